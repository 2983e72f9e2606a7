//! German: the SMS texts and the words people may answer.

use chrono::{Datelike, NaiveDateTime};

use crate::messaging::notification::{AppointmentLine, Notification, Reply, Visit};
use crate::messaging::sms_dialogue::Word;
use crate::messaging::text::{short_link, shortened};

/// The wordings of a message, fullest first.
pub(crate) fn wordings(notification: &Notification) -> Vec<String> {
    match notification {
        Notification::VerificationCode { code, host, .. } => {
            vec![format!("Ihr Code: {code}. Gültig 10 Min. Nicht weitergeben.\n\n@{host} #{code}")]
        }
        Notification::BookingConfirmed { visit, link, .. } => confirmed(visit, short_link(link)),
        Notification::BookingMoved { visit, was, code_stays, link, .. } => {
            moved(visit, *was, *code_stays, short_link(link))
        }
        Notification::BookingCancelledByOffice { starts, link, .. } => {
            let (when, link) = (when(*starts), short_link(link));
            vec![
                format!(
                    "Ihr Termin {when} Uhr muss leider entfallen. Neuen Termin buchen: Antwort TERMIN oder {link}. \
                     Wir bitten um Entschuldigung."
                ),
                format!(
                    "Ihr Termin {when} Uhr muss leider entfallen. Neu buchen: {link} Wir bitten um Entschuldigung."
                ),
                format!("Ihr Termin {when} Uhr muss leider entfallen. Neu buchen: Antwort TERMIN."),
            ]
        }
        Notification::BookingCancelled { starts, .. } => vec![cancelled(*starts)],
        Notification::Reminder { visit, .. } => reminder(visit),
        Notification::SlotOffered { starts, until, link } => {
            let (when, until, link) = (when(*starts), until.format("%H:%M"), short_link(link));
            vec![
                format!("Ein Termin ist frei geworden: {when} Uhr. Nur für Sie bis {until} Uhr: {link}"),
                format!("Termin frei: {when} Uhr. Bis {until} Uhr nur für Sie: {link}"),
            ]
        }
        Notification::LostCode { visit, .. } => vec![format!(
            "Ihr Check-in-Code für {} Uhr: {}. Bitte am Terminal eingeben.",
            when(visit.starts),
            visit.check_in_code
        )],
        Notification::QueueStage { number, ahead, zone, office, .. } => {
            let start = format!("Nr. {number}: Noch {ahead} vor Ihnen.");
            vec![
                format!("{start} Bitte jetzt in {zone}, {office}, kommen."),
                format!("{start} Bitte jetzt in {}, {}, kommen.", shortened(zone, 45), shortened(office, 45)),
            ]
        }
        Notification::QueueCalled { number, counter, .. } => {
            vec![format!("Nr. {number}: Bitte jetzt zu {}.", place_of_counter(counter))]
        }
        Notification::QueueMissed { number, rejoin_until, .. } => vec![format!(
            "Nr. {number}: Wir haben Sie zweimal aufgerufen. Noch da? Bitte bis {} Uhr am Terminal oder am Schalter melden.",
            rejoin_until.format("%H:%M")
        )],
        Notification::InboundReply { reply, .. } => reply_wordings(reply),
    }
}

/// The words people may write, whole messages only.
pub(crate) const WORDS: &[(&str, Word)] = &[
    ("STOP", Word::Stop),
    ("STOPP", Word::Stop),
    ("HALT", Word::Stop),
    ("ABMELDEN", Word::Stop),
    ("KEINE SMS", Word::Stop),
    ("KEINE SMS MEHR", Word::Stop),
    ("START", Word::Start),
    ("ANMELDEN", Word::Start),
    ("HILFE", Word::Help),
    ("INFO", Word::Info),
    ("STATUS", Word::Info),
    ("TERMINE", Word::Info),
    ("MEIN TERMIN", Word::Info),
    ("MEINE TERMINE", Word::Info),
    ("STORNO", Word::Cancel),
    ("STORNIEREN", Word::Cancel),
    ("ABSAGE", Word::Cancel),
    ("ABSAGEN", Word::Cancel),
    ("TERMIN ABSAGEN", Word::Cancel),
    ("TERMIN STORNIEREN", Word::Cancel),
    ("TERMIN", Word::Book),
    ("BUCHEN", Word::Book),
    ("NEUER TERMIN", Word::Book),
    ("TERMIN BUCHEN", Word::Book),
    ("VERSCHIEBEN", Word::Book),
    ("DA", Word::Here),
    ("BIN DA", Word::Here),
    ("ICH BIN DA", Word::Here),
    ("HIER", Word::Here),
    ("BIN HIER", Word::Here),
    ("ICH BIN HIER", Word::Here),
    ("JA", Word::Yes),
    ("J", Word::Yes),
    ("NEIN", Word::No),
    ("N", Word::No),
    ("EINS", Word::Choice(1)),
    ("ZWEI", Word::Choice(2)),
    ("DREI", Word::Choice(3)),
    ("VIER", Word::Choice(4)),
    ("ZURÜCK", Word::Choice(0)),
    ("ZURUECK", Word::Choice(0)),
    ("KEINEN", Word::Choice(0)),
];

/// Words of courtesy around a command that change nothing.
pub(crate) const COURTESY: &[&str] = &["BITTE", "HALLO", "DANKE", "GUTEN TAG", "GUTEN MORGEN", "MOIN"];

fn when(starts: NaiveDateTime) -> String {
    const DAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];
    let day = DAYS[starts.weekday().num_days_from_monday() as usize];
    format!("{day} {}", starts.format("%d.%m. %H:%M"))
}

/// Where to go: the office, or only street and entrance where its name would tell too much.
fn places(visit: &Visit) -> Vec<String> {
    if visit.sensitive {
        let mut places = vec![shortened(&visit.address, 45)];
        if let Some(entrance) = &visit.entrance {
            places.insert(0, format!("{}, {}", visit.address, entrance));
        }
        return places;
    }
    vec![
        format!("{}, {}", visit.office, visit.address),
        visit.office.clone(),
        shortened(&visit.office, 40),
        shortened(&visit.office, 24),
    ]
}

fn confirmed(visit: &Visit, link: &str) -> Vec<String> {
    let (when, code) = (when(visit.starts), &visit.check_in_code);
    let places = places(visit);
    let full = places.iter().map(|place| {
        format!(
            "Termin bestätigt: {when} Uhr, {place}. Check-in-Code {code}. Absagen: Antwort STORNO. {link}"
        )
    });
    let short = places.iter().map(|place| format!("Termin: {when} Uhr, {place}. Code {code}. {link}"));
    full.chain(short).collect()
}

fn moved(visit: &Visit, was: NaiveDateTime, code_stays: bool, link: &str) -> Vec<String> {
    let (new, old, code) = (when(visit.starts), when(was), &visit.check_in_code);
    let code = if code_stays { format!("Code bleibt {code}") } else { format!("Neuer Code {code}") };
    // The design names the office alone here: two times leave no room for the street.
    let places = if visit.sensitive { places(visit) } else { places(visit).split_off(1) };
    let full = places.iter().map(|place| {
        format!("Neuer Termin: {new} statt {old} Uhr, {place}. {code}. Absagen: Antwort STORNO. {link}")
    });
    let short =
        places.iter().map(|place| format!("Neuer Termin: {new} statt {old} Uhr, {place}. {code}. {link}"));
    let shortest = [format!("Neuer Termin: {new} statt {old} Uhr. {code}. {link}")];
    full.chain(short).chain(shortest).collect()
}

fn reminder(visit: &Visit) -> Vec<String> {
    let (when, code) = (when(visit.starts), &visit.check_in_code);
    let places = places(visit);
    let full = places.iter().map(|place| {
        format!(
            "Erinnerung: Morgen, {when} Uhr, {place}, Code {code}. Ausweis mitbringen. \
             Keine Zeit? STORNO antworten, andere warten."
        )
    });
    let short = places.iter().map(|place| {
        format!("Erinnerung: Morgen, {when} Uhr, {place}, Code {code}. Keine Zeit? STORNO antworten, andere warten.")
    });
    full.chain(short).collect()
}

fn cancelled(starts: NaiveDateTime) -> String {
    format!(
        "Termin {} Uhr ist abgesagt. Danke, der Platz wird neu vergeben. Neuer Termin: Antwort TERMIN.",
        when(starts)
    )
}

/// A bare number is a "Platz"; a counter with its own word ("Zimmer 12") keeps it.
fn place_of_counter(counter: &str) -> String {
    if counter.starts_with(|c: char| c.is_ascii_digit()) {
        format!("Platz {counter}")
    } else {
        counter.to_owned()
    }
}

fn reply_wordings(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Help { telephone, privacy_link } => {
            let commands = "Befehle: TERMIN buchen, INFO Termine zeigen, STORNO absagen, DA bin da, HALT keine SMS mehr, START wieder an.";
            vec![
                format!("{commands} Telefon {telephone}. Datenschutz: {}", short_link(privacy_link)),
                format!("{commands} Telefon {telephone}."),
            ]
        }
        Reply::Appointments { lines, total } if lines.is_empty() && *total == 0 => {
            vec!["Für diese Nummer ist kein Termin eingetragen. Neuer Termin: Antwort TERMIN.".to_owned()]
        }
        Reply::Appointments { lines, total } => appointments(lines, *total),
        Reply::ConfirmCancel { line } => {
            let when = when(line.starts);
            vec![
                format!("{when} Uhr, {} absagen? Antwort JA oder NEIN (10 Min.).", line.place),
                format!(
                    "{when} Uhr, {} absagen? Antwort JA oder NEIN (10 Min.).",
                    shortened(&line.place, 60)
                ),
            ]
        }
        Reply::PickCancel { lines } => pick_cancel(lines),
        Reply::Cancelled { starts } => vec![cancelled(*starts)],
        Reply::Kept { starts } => vec![format!("Gut, Ihr Termin {} Uhr bleibt bestehen.", when(*starts))],
        Reply::CannotCancel { telephone } => {
            vec![format!("Dieser Termin kann nicht mehr abgesagt werden. Hilfe: Telefon {telephone}.")]
        }
        Reply::NothingOpen { link } => {
            vec![format!("Für diese Nummer ist kein Termin eingetragen. Buchen: {}", short_link(link))]
        }
        Reply::BookLink { link } => vec![
            format!(
                "Termin buchen: {} Ihre Termine: Antwort INFO. Absagen: Antwort STORNO.",
                short_link(link)
            ),
            format!("Termin buchen: {}", short_link(link)),
        ],
        Reply::Arrived { number, zone } => {
            vec![format!(
                "Schön, dass Sie da sind. Ihre Nummer: {number}. Bitte warten: {}.",
                shortened(zone, 60)
            )]
        }
        Reply::CannotArrive { line } => {
            let start = format!("Ihr Termin ist {} Uhr.", when(line.starts));
            vec![format!(
                "{start} Bitte am Tag selbst am Terminal anmelden, mit Code {}.",
                line.check_in_code
            )]
        }
        Reply::OptedOut => {
            vec![
                "Sie erhalten keine SMS mehr von uns. Ihre Termine bleiben gültig. Wieder an: START."
                    .to_owned(),
            ]
        }
        Reply::OptedIn => vec!["SMS sind wieder an. TERMIN bucht, HALT schaltet ab.".to_owned()],
        Reply::NotUnderstood { choices, telephone } => {
            let ask = match choices {
                Some(most) => format!("Bitte 1 bis {most} oder 0 antworten. "),
                None => String::new(),
            };
            let call = telephone.as_ref().map_or(String::new(), |number| format!(" Telefon {number}."));
            vec![format!("Nicht verstanden. {ask}HILFE zeigt alle Befehle.{call}")]
        }
        Reply::TooLate { telephone } => {
            vec![format!(
                "Diese Frage ist nicht mehr offen, es wurde nichts geändert. INFO zeigt Ihre Termine. Hilfe: Telefon {telephone}."
            )]
        }
    }
}

fn appointments(lines: &[AppointmentLine], total: u32) -> Vec<String> {
    let with = |shown: usize, place: usize| {
        let list: Vec<String> = lines
            .iter()
            .take(shown)
            .map(|line| {
                format!(
                    "{} {}, Code {}",
                    when(line.starts),
                    shortened(&line.place, place),
                    line.check_in_code
                )
            })
            .collect();
        let more = total.saturating_sub(list.len() as u32);
        let more = if more > 0 { format!(" und {more} weitere.") } else { ".".to_owned() };
        format!("Ihre Termine: {}{more} Absagen: STORNO.", list.join("; "))
    };
    (1..=lines.len()).rev().flat_map(|shown| [40, 20].map(|place| with(shown, place))).collect()
}

fn pick_cancel(lines: &[AppointmentLine]) -> Vec<String> {
    let with = |place: usize| {
        let list: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let place =
                    if place == 0 { String::new() } else { format!(" {}", shortened(&line.place, place)) };
                format!("{}) {}{place}", index + 1, when(line.starts))
            })
            .collect();
        format!("Welchen Termin absagen? {} 0) keinen. Antwort mit Zahl.", list.join(" "))
    };
    vec![with(30), with(14), with(0)]
}

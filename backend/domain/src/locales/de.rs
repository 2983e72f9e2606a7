//! German: the SMS texts and the words people may answer.

pub(crate) mod mail;
pub(crate) mod push;

use chrono::{Datelike, NaiveDateTime};

use crate::messaging::notification::{AppointmentLine, Kind, Notification, Reply, SlotLine, Visit};
use crate::messaging::sms_dialogue::Word;
use crate::messaging::text::{numbered, short_link, shortened};

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
        Notification::Reminder { visit, .. } => reminder("Erinnerung: Morgen", visit),
        Notification::EarlyReminder { visit } => reminder("Erinnerung an Ihren Termin", visit),
        Notification::SlotOffered { starts, until, link } => {
            let (when, until, link) = (when(*starts), until.format("%H:%M"), short_link(link));
            vec![
                format!(
                    "Ein Termin ist frei geworden: {when} Uhr. Nur für Sie bis {until} Uhr: Antwort JA nimmt ihn an, oder {link}"
                ),
                format!("Termin frei: {when} Uhr. Bis {until} Uhr nur für Sie: Antwort JA oder {link}"),
                format!("Termin frei: {when} Uhr. Bis {until} Uhr nur für Sie: Antwort JA."),
            ]
        }
        Notification::LostCode { visit, .. } => vec![format!(
            "Ihr Check-in-Code für {} Uhr: {}. Bitte am Terminal eingeben.",
            when(visit.starts),
            visit.check_in_code
        )],
        Notification::QueueStage { number, ahead, zone, office, .. } => {
            let start = match ahead {
                0 => format!("Nr. {number}: Sie sind als Nächste dran."),
                ahead => format!("Nr. {number}: Noch {ahead} vor Ihnen."),
            };
            vec![
                format!("{start} Bitte jetzt in {zone}, {office}, kommen."),
                format!("{start} Bitte jetzt in {}, {}, kommen.", shortened(zone, 45), shortened(office, 45)),
            ]
        }
        Notification::QueueComeIn { number, zone, office } => {
            let say = |zone: &str, office: &str| {
                format!("Nr. {number}: Jetzt ist Platz für Sie. Bitte kommen Sie herein: {zone}, {office}.")
            };
            vec![say(zone, office), say(&shortened(zone, 45), &shortened(office, 45))]
        }
        Notification::QueueCalled { number, counter, .. } => {
            vec![format!("Nr. {number}: Bitte jetzt zu {}.", place_of_counter(counter))]
        }
        Notification::QueueMissed { number, rejoin_until, .. } => vec![format!(
            "Nr. {number}: Wir haben Sie aufgerufen. Noch da? Antwort DA, oder bis {} Uhr am Schalter melden.",
            rejoin_until.format("%H:%M")
        )],
        Notification::QueueTransferred { number, was, zone, office } => {
            vec![format!(
                "Neue Nr. {number} statt {was}: Bitte warten Sie jetzt in {}, {}.",
                shortened(zone, 45),
                shortened(office, 45)
            )]
        }
        Notification::InboundReply { reply, .. } => reply_wordings(reply),
    }
}

/// Our wordings as templates, where a town that writes its own begins.
pub(crate) fn template(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::VerificationCode => "Ihr Code: {code}. Gültig 10 Min. Nicht weitergeben.",
        Kind::BookingConfirmed => {
            "Termin bestätigt: {when} Uhr, {place}. Code {code}. Absagen: Antwort STORNO. {link}"
        }
        Kind::BookingMoved => {
            "Neuer Termin: {when} statt {was} Uhr. Code {code}. Absagen: Antwort STORNO. {link}"
        }
        Kind::BookingCancelledByOffice => {
            "Ihr Termin {when} Uhr muss leider entfallen. Neu buchen: {link} Wir bitten um Entschuldigung."
        }
        Kind::BookingCancelled => {
            "Termin {when} Uhr ist abgesagt. Danke, der Platz wird neu vergeben. Neuer Termin: Antwort TERMIN."
        }
        Kind::Reminder => {
            "Erinnerung: Morgen, {when} Uhr, {place}, Code {code}. Keine Zeit? STORNO antworten, andere warten."
        }
        Kind::EarlyReminder => {
            "Erinnerung an Ihren Termin, {when} Uhr, {place}, Code {code}. Keine Zeit? STORNO antworten, andere warten."
        }
        Kind::SlotOffered => "Termin frei: {when} Uhr. Bis {until} Uhr nur für Sie: Antwort JA oder {link}",
        Kind::LostCode => "Ihr Check-in-Code für {when} Uhr: {code}. Bitte am Terminal eingeben.",
        Kind::QueueStage => "Nr. {number}: Noch {ahead} vor Ihnen. Bitte jetzt in {zone}, {place}, kommen.",
        Kind::QueueComeIn => {
            "Nr. {number}: Jetzt ist Platz für Sie. Bitte kommen Sie herein: {zone}, {place}."
        }
        Kind::QueueCalled => "Nr. {number}: Bitte jetzt zu {counter}.",
        Kind::QueueMissed => {
            "Nr. {number}: Wir haben Sie aufgerufen. Noch da? Antwort DA, oder bis {until} Uhr am Schalter melden."
        }
        Kind::QueueTransferred => "Neue Nr. {number}: Bitte warten Sie jetzt in {zone}, {place}.",
        Kind::InboundReply => return None,
    })
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
    ("VERSCHIEBEN", Word::Move),
    ("TERMIN VERSCHIEBEN", Word::Move),
    ("UMBUCHEN", Word::Move),
    ("VERLEGEN", Word::Move),
    ("SPÄTER", Word::Later),
    ("SPAETER", Word::Later),
    ("SPÄTERE", Word::Later),
    ("SPAETERE", Word::Later),
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

/// Words that deny what follows or precedes.
pub(crate) const NOT: &[&str] = &["NICHT", "KEIN", "KEINE", "KEINEN", "NIE", "DOCH"];

/// Words of courtesy around a command that change nothing.
pub(crate) const COURTESY: &[&str] = &["BITTE", "HALLO", "DANKE", "GUTEN TAG", "GUTEN MORGEN", "MOIN"];

pub(crate) fn when(starts: NaiveDateTime) -> String {
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

fn reminder(start: &str, visit: &Visit) -> Vec<String> {
    let (when, code) = (when(visit.starts), &visit.check_in_code);
    let places = places(visit);
    let full = places.iter().map(|place| {
        format!(
            "{start}, {when} Uhr, {place}, Code {code}. Ausweis mitbringen. \
             Keine Zeit? STORNO antworten, andere warten."
        )
    });
    let short = places.iter().map(|place| {
        format!("{start}, {when} Uhr, {place}, Code {code}. Keine Zeit? STORNO antworten, andere warten.")
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
            let commands = "TERMIN buchen, INFO zeigen, VERSCHIEBEN, STORNO absagen, DA bin da, HALT keine SMS, START wieder an.";
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
        Reply::PickCancel { lines } => pick("Welchen Termin absagen?", lines),
        Reply::PickMove { lines } => pick("Welchen Termin verschieben?", lines),
        Reply::PickService { options, privacy_link } => pick_service(options, short_link(privacy_link)),
        Reply::OtherService { link } => vec![
            format!("Bitte schreiben Sie TERMIN und ein Stichwort, zum Beispiel TERMIN PASS. Oder im Internet: {}", short_link(link)),
            "Bitte schreiben Sie TERMIN und ein Stichwort, zum Beispiel TERMIN PASS.".to_owned(),
        ],
        Reply::NoService { link } => vec![
            format!("Dazu finden wir nichts. Bitte TERMIN und ein anderes Stichwort schreiben, zum Beispiel TERMIN PASS, oder {}", short_link(link)),
            "Dazu finden wir nichts. Bitte TERMIN und ein anderes Stichwort schreiben, zum Beispiel TERMIN PASS.".to_owned(),
        ],
        Reply::PickOffice { options } => pick_office(options),
        Reply::PickSlot { place, lines, gone } => pick_slot(place.as_deref(), lines, *gone),
        Reply::NoSlots { link } => vec![
            format!("Leider ist gerade nichts frei. Später noch einmal: Antwort TERMIN. Warteliste: {}", short_link(link)),
            "Leider ist gerade nichts frei. Später noch einmal: Antwort TERMIN.".to_owned(),
        ],
        Reply::ConfirmSlot { line, was, minutes } => confirm_slot(line, *was, *minutes),
        Reply::Stopped => vec!["Gut, es wurde nichts gebucht. Neuer Termin: Antwort TERMIN.".to_owned()],
        Reply::TooManyOpen { open, telephone } => vec![format!(
            "Sie haben bereits {open} offene Termine. Absagen: STORNO. Hilfe: Telefon {telephone}."
        )],
        Reply::SameService { starts } => vec![format!(
            "Dafür haben Sie schon einen Termin: {} Uhr. Anderer Tag: Antwort VERSCHIEBEN. Absagen: STORNO.",
            when(*starts)
        )],
        Reply::CannotMove { telephone } => {
            vec![format!("Dieser Termin kann nicht mehr verschoben werden. Hilfe: Telefon {telephone}.")]
        }
        Reply::OfferGone => {
            vec!["Dieser Termin ist leider nicht mehr frei. Sie bleiben auf der Warteliste.".to_owned()]
        }
        Reply::OfferDeclined => {
            vec!["Gut, wir bieten diesen Termin anderen an. Sie bleiben auf der Warteliste.".to_owned()]
        }
        Reply::Cancelled { starts } => vec![cancelled(*starts)],
        Reply::Kept { starts } => vec![format!("Gut, Ihr Termin {} Uhr bleibt bestehen.", when(*starts))],
        Reply::CannotCancel { telephone } => {
            vec![format!("Dieser Termin kann nicht mehr abgesagt werden. Hilfe: Telefon {telephone}.")]
        }
        Reply::NothingOpen { link } => {
            vec![format!("Für diese Nummer ist kein Termin eingetragen. Buchen: {}", short_link(link))]
        }
        Reply::Arrived { number, zone, too_late } => {
            let zone = shortened(zone, 45);
            vec![match too_late {
                false => format!("Schön, dass Sie da sind. Ihre Nummer: {number}. Bitte warten: {zone}."),
                true => format!(
                    "Ihre Terminzeit ist vorbei, Sie warten wie ohne Termin. Ihre Nummer: {number}. Bitte warten: {zone}."
                ),
            }]
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

/// A choice among appointments; 0 leaves all as they are.
fn pick(question: &str, lines: &[AppointmentLine]) -> Vec<String> {
    let with = |place: usize| {
        let list = numbered(lines.iter().map(|line| match place {
            0 => when(line.starts),
            _ => format!("{} {}", when(line.starts), shortened(&line.place, place)),
        }));
        format!("{question} {list} 0) keinen. Antwort mit Zahl.")
    };
    vec![with(30), with(14), with(0)]
}

fn pick_service(options: &[String], privacy_link: &str) -> Vec<String> {
    let other = options.len() + 1;
    let with = |length: usize, tail: &str| {
        let list = numbered(options.iter().map(|option| shortened(option, length)));
        format!("Wofür? {list} {other}) Anderes. Antwort mit Zahl.{tail}")
    };
    let tail = format!(" Keine SMS: HALT. Datenschutz: {privacy_link}");
    vec![with(40, &tail), with(26, &tail), with(40, ""), with(30, ""), with(20, ""), with(12, "")]
}

fn pick_office(options: &[String]) -> Vec<String> {
    let any = options.len() + 1;
    let with = |length: usize| {
        let list = numbered(options.iter().map(|option| shortened(option, length)));
        format!("Wo? {list} {any}) egal, schnellster Termin. 0 zurück.")
    };
    vec![with(40), with(26), with(18), with(12)]
}

fn pick_slot(place: Option<&str>, lines: &[SlotLine], gone: bool) -> Vec<String> {
    let later = lines.len() + 1;
    let with = |length: usize| {
        let list = numbered(lines.iter().map(|line| match (place, length) {
            (Some(_), _) | (None, 0) => when(line.starts),
            (None, _) => format!("{} {}", when(line.starts), shortened(&line.place, length)),
        }));
        let start = match (gone, place) {
            (true, _) => "Der Termin ist gerade vergeben worden. Neu:".to_owned(),
            (false, Some(place)) if length > 0 => format!("{}:", shortened(place, length)),
            (false, _) => "Frei:".to_owned(),
        };
        format!("{start} {list} {later}) spätere. Antwort mit Zahl.")
    };
    vec![with(40), with(20), with(12), with(0)]
}

fn confirm_slot(line: &SlotLine, was: Option<NaiveDateTime>, minutes: u32) -> Vec<String> {
    let new = when(line.starts);
    let with = |place: &str| match was {
        None => format!(
            "{new} Uhr, {place} ist {minutes} Min. für Sie reserviert. Antwort JA bucht, NEIN zeigt andere Termine."
        ),
        Some(was) => format!(
            "{new} statt {} Uhr, {place}: {minutes} Min. für Sie reserviert. Antwort JA verschiebt, NEIN zeigt andere.",
            when(was)
        ),
    };
    vec![with(&line.place), with(&shortened(&line.place, 40)), with(&shortened(&line.place, 24))]
}

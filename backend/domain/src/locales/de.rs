//! German: the SMS texts and the words people may answer.

pub(crate) mod mail;
pub(crate) mod push;
pub(crate) mod replies;

use chrono::{Datelike, NaiveDateTime};

use crate::messaging::notification::{Kind, Notification, Visit};
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
        Notification::InboundReply { reply, .. } => replies::wordings(reply),
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

/// The words people may write besides those of every language, whole messages only.
pub(crate) const WORDS: &[(&str, Word)] = &[
    ("STOPP", Word::Stop),
    ("ABMELDEN", Word::Stop),
    ("KEINE SMS", Word::Stop),
    ("KEINE SMS MEHR", Word::Stop),
    ("HILFE", Word::Help),
    ("TERMINE", Word::Info),
    ("MEIN TERMIN", Word::Info),
    ("MEINE TERMINE", Word::Info),
    ("STORNIEREN", Word::Cancel),
    ("ABSAGE", Word::Cancel),
    ("ABSAGEN", Word::Cancel),
    ("TERMIN ABSAGEN", Word::Cancel),
    ("TERMIN STORNIEREN", Word::Cancel),
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
    ("BIN DA", Word::Here),
    ("ICH BIN DA", Word::Here),
    ("HIER", Word::Here),
    ("BIN HIER", Word::Here),
    ("ICH BIN HIER", Word::Here),
    ("JA", Word::Yes),
    ("J", Word::Yes),
    ("NEIN", Word::No),
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
pub(crate) const COURTESY: &[&str] =
    &["BITTE", "HALLO", "DANKE", "GUTEN TAG", "GUTEN MORGEN", "MOIN", "GERNE", "GERN"];

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

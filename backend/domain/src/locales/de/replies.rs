//! What is answered to an SMS, in German.

use chrono::NaiveDateTime;

use super::{cancelled, when};
use crate::messaging::notification::{AppointmentLine, Reply, SlotLine};
use crate::messaging::text::{first_digits, numbered, offered, short_link, shortened, stands_alone};

/// The wordings of an answer, the fullest first.
pub(crate) fn wordings(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Help { telephone, privacy_link } => {
            let commands = "TERMIN buchen, INFO zeigen, VERSCHIEBEN, STORNO absagen, DA bin da, HALT keine SMS, START wieder an, EN English.";
            vec![
                format!("{commands} Telefon {telephone}. Datenschutz: {}", short_link(privacy_link)),
                format!("{commands} Telefon {telephone}."),
            ]
        }
        Reply::Appointments { lines, total, .. } if lines.is_empty() && *total == 0 => {
            vec!["Für diese Nummer ist kein Termin eingetragen. Neuer Termin: Antwort TERMIN.".to_owned()]
        }
        Reply::Appointments { lines, total, begun } => appointments(lines, *total, *begun),
        Reply::ConfirmCancel { line } => {
            let asked = |place: &str, code: &str| {
                format!("{} Uhr, {place}{code} absagen? Antwort JA oder NEIN (10 Min.).", when(line.starts))
            };
            let code = format!(", Code {}", line.check_in_code);
            vec![asked(&line.place, &code), asked(&shortened(&line.place, 60), &code)]
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
            vec![format!(
                "Dieser Termin kann nicht mehr verschoben werden. Sind Sie da? Antwort DA. Hilfe: Telefon {telephone}."
            )]
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
            vec![format!(
                "Dieser Termin kann nicht mehr abgesagt werden. Sind Sie da? Antwort DA. Hilfe: Telefon {telephone}."
            )]
        }
        Reply::NothingOpen { link } => {
            let said = "Für diese Nummer ist kein Termin eingetragen. Neuer Termin: Antwort TERMIN";
            vec![format!("{said} oder {}", short_link(link)), format!("{said}.")]
        }
        Reply::IsHere { number, zone, telephone } => {
            let zone = shortened(zone, 45);
            vec![format!(
                "Sie sind angemeldet, Nr. {number}. Bitte warten: {zone}. Doch nicht? Bitte am Schalter sagen, Telefon {telephone}."
            )]
        }
        Reply::Arrived { number, zone, too_late, at } => {
            let zone = shortened(zone, 45);
            let at = at.map_or(String::new(), |at| format!(" für {} Uhr", at.format("%H:%M")));
            vec![match too_late {
                false => format!("Schön, dass Sie da sind. Ihre Nummer{at}: {number}. Bitte warten: {zone}."),
                true => format!(
                    "Ihre Terminzeit ist vorbei, Sie warten wie ohne Termin. Ihre Nummer{at}: {number}. Bitte warten: {zone}."
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
        Reply::NotUnderstood { choices, yes_or_no, telephone } => {
            let ask = match choices {
                Some(most) => format!("Bitte 1 bis {most} oder 0 antworten. "),
                None if *yes_or_no => "Bitte JA oder NEIN antworten. ".to_owned(),
                None => String::new(),
            };
            let call = telephone.as_ref().map_or(String::new(), |number| format!(" Telefon {number}."));
            vec![format!("Nicht verstanden. {ask}HILFE zeigt alle Befehle.{call}")]
        }
        Reply::TooLate { telephone } => {
            vec![format!(
                "Diese Frage ist nicht mehr offen, es wurde nichts geändert. Neu: Antwort TERMIN. INFO zeigt Ihre Termine. Telefon {telephone}."
            )]
        }
    }
}

fn appointments(lines: &[AppointmentLine], total: u32, begun: bool) -> Vec<String> {
    let next = if begun { "Sind Sie da? Antwort DA." } else { "Absagen: STORNO." };
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
        format!("Ihre Termine: {}{more} {next}", list.join("; "))
    };
    (1..=lines.len()).rev().flat_map(|shown| [40, 20].map(|place| with(shown, place))).collect()
}

/// A choice among appointments; 0 leaves all as they are.
fn pick(question: &str, lines: &[AppointmentLine]) -> Vec<String> {
    let with = |question: &str, place: usize, tail: &str| {
        let list = numbered(lines.iter().map(|line| {
            let alone = stands_alone(line, lines, place > 0);
            let word = if tail.is_empty() { "Nr." } else { "Code" };
            let code = if alone { String::new() } else { format!(" {word} {}", first_digits(line)) };
            match place {
                0 => format!("{}{code}", when(line.starts)),
                _ => format!("{} {}{code}", when(line.starts), shortened(&line.place, place)),
            }
        }));
        format!("{question} {list} 0) keinen.{tail}")
    };
    let tail = " Antwort mit Zahl.";
    vec![with(question, 30, tail), with(question, 14, tail), with(question, 0, tail), with("Welchen?", 0, "")]
}

fn pick_service(options: &[String], privacy_link: &str) -> Vec<String> {
    let other = options.len() + 1;
    let tail = format!(" Keine SMS: HALT. Datenschutz: {privacy_link}");
    let say =
        |(list, tail): (String, &str)| format!("Wofür? {list} {other}) Anderes. Antwort mit Zahl.{tail}");
    offered(options, &tail).into_iter().map(say).collect()
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

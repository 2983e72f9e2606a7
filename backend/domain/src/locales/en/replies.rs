//! What is answered to an SMS, in English.

use chrono::NaiveDateTime;

use super::{cancelled, when};
use crate::messaging::notification::{AppointmentLine, Reply, SlotLine};
use crate::messaging::text::{first_digits, numbered, offered, short_link, shortened, stands_alone};

/// The wordings of an answer, the fullest first.
pub(crate) fn wordings(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Help { telephone, privacy_link } => {
            let commands = "TERMIN book, INFO show, MOVE, STORNO cancel, DA I am here, HALT no more SMS, START SMS again, DE Deutsch.";
            vec![
                format!("{commands} Phone {telephone}. Privacy: {}", short_link(privacy_link)),
                format!("{commands} Phone {telephone}."),
            ]
        }
        Reply::Appointments { lines, total, .. } if lines.is_empty() && *total == 0 => {
            vec!["There is no appointment for this number. New appointment: reply TERMIN.".to_owned()]
        }
        Reply::Appointments { lines, total, begun } => appointments(lines, *total, *begun),
        Reply::ConfirmCancel { line } => {
            let asked = |place: &str, code: &str| {
                format!("Cancel {}, {place}{code}? Reply YES or NO (10 min).", when(line.starts))
            };
            let code = format!(", code {}", line.check_in_code);
            vec![asked(&line.place, &code), asked(&shortened(&line.place, 60), &code)]
        }
        Reply::PickCancel { lines } => pick("Cancel which one?", lines),
        Reply::PickMove { lines } => pick("Move which one?", lines),
        Reply::PickService { options, privacy_link } => pick_service(options, short_link(privacy_link)),
        Reply::OtherService { link } => vec![
            format!(
                "Please write TERMIN and a word for it, such as TERMIN PASSPORT. Or online: {}",
                short_link(link)
            ),
            "Please write TERMIN and a word for it, such as TERMIN PASSPORT.".to_owned(),
        ],
        Reply::NoService { link } => vec![
            format!(
                "We find nothing for that. Please write TERMIN and another word, such as TERMIN PASSPORT, or {}",
                short_link(link)
            ),
            "We find nothing for that. Please write TERMIN and another word, such as TERMIN PASSPORT."
                .to_owned(),
        ],
        Reply::PickOffice { options } => pick_office(options),
        Reply::PickSlot { place, lines, gone } => pick_slot(place.as_deref(), lines, *gone),
        Reply::NoSlots { link } => vec![
            format!(
                "Nothing is free at the moment. Try again later: reply TERMIN. Waiting list: {}",
                short_link(link)
            ),
            "Nothing is free at the moment. Try again later: reply TERMIN.".to_owned(),
        ],
        Reply::ConfirmSlot { line, was, minutes } => confirm_slot(line, *was, *minutes),
        Reply::Stopped => vec!["All right, nothing was booked. New appointment: reply TERMIN.".to_owned()],
        Reply::TooManyOpen { open, telephone } => {
            vec![format!(
                "You have {open} open appointments already. Cancel one: STORNO. Help: phone {telephone}."
            )]
        }
        Reply::SameService { starts } => vec![format!(
            "You have an appointment for that already: {}. Another day: reply MOVE. To cancel: STORNO.",
            when(*starts)
        )],
        Reply::CannotMove { telephone } => {
            vec![format!(
                "This appointment can no longer be moved. Are you here? Reply DA. Help: phone {telephone}."
            )]
        }
        Reply::OfferGone => vec!["This slot is no longer free. You stay on the waiting list.".to_owned()],
        Reply::OfferDeclined => {
            vec!["All right, we offer this slot to somebody else. You stay on the waiting list.".to_owned()]
        }
        Reply::Cancelled { starts } => vec![cancelled(*starts)],
        Reply::Kept { starts } => vec![format!("Good, your appointment {} stands.", when(*starts))],
        Reply::CannotCancel { telephone } => {
            vec![format!(
                "This appointment can no longer be cancelled. Are you here? Reply DA. Help: phone {telephone}."
            )]
        }
        Reply::NothingOpen { link } => {
            let said = "There is no appointment for this number. New appointment: reply TERMIN";
            vec![format!("{said} or {}", short_link(link)), format!("{said}.")]
        }
        Reply::IsHere { number, zone, telephone } => {
            let zone = shortened(zone, 45);
            vec![format!(
                "You are checked in, your number: {number}. Please wait: {zone}. Want to leave? Please tell a counter, phone {telephone}."
            )]
        }
        Reply::Arrived { number, zone, too_late, at } => {
            let zone = shortened(zone, 45);
            let at = at.map_or(String::new(), |at| format!(" for {}", at.format("%H:%M")));
            vec![match too_late {
                false => format!("Welcome. Your number{at}: {number}. Please wait here: {zone}."),
                true => format!(
                    "Your appointment time is over, you wait as without one. Your number{at}: {number}. Please wait here: {zone}."
                ),
            }]
        }
        Reply::CannotArrive { line } => vec![format!(
            "Your appointment is {}. Please check in at the terminal on the day itself, with code {}.",
            when(line.starts),
            line.check_in_code
        )],
        Reply::OptedOut => {
            vec![
                "You will get no more SMS from us. Your appointments stay valid. SMS again: START."
                    .to_owned(),
            ]
        }
        Reply::OptedIn => vec!["SMS are on again. TERMIN books, HALT switches off.".to_owned()],
        Reply::NotUnderstood { choices, yes_or_no, telephone } => {
            let ask = match choices {
                Some(most) => format!("Please reply 1 to {most} or 0. "),
                None if *yes_or_no => "Please reply YES or NO. ".to_owned(),
                None => String::new(),
            };
            let call = telephone.as_ref().map_or(String::new(), |number| format!(" Phone {number}."));
            vec![format!("Not understood. {ask}HELP shows all commands.{call}")]
        }
        Reply::TooLate { telephone } => {
            vec![format!(
                "This question is no longer open, nothing was changed. New: reply TERMIN. INFO shows your appointments. Phone {telephone}."
            )]
        }
    }
}

fn appointments(lines: &[AppointmentLine], total: u32, begun: bool) -> Vec<String> {
    let next = if begun { "Are you here? Reply DA." } else { "To cancel: STORNO." };
    let with = |shown: usize, place: usize| {
        let list: Vec<String> = lines
            .iter()
            .take(shown)
            .map(|line| {
                format!(
                    "{} {}, code {}",
                    when(line.starts),
                    shortened(&line.place, place),
                    line.check_in_code
                )
            })
            .collect();
        let more = total.saturating_sub(list.len() as u32);
        let more = if more > 0 { format!(" and {more} more.") } else { ".".to_owned() };
        format!("Your appointments: {}{more} {next}", list.join("; "))
    };
    (1..=lines.len()).rev().flat_map(|shown| [40, 20].map(|place| with(shown, place))).collect()
}

fn pick(question: &str, lines: &[AppointmentLine]) -> Vec<String> {
    let with = |question: &str, place: usize, tail: &str| {
        let list = numbered(lines.iter().map(|line| {
            let alone = stands_alone(line, lines, place > 0);
            let word = if tail.is_empty() { "no." } else { "code" };
            let code = if alone { String::new() } else { format!(" {word} {}", first_digits(line)) };
            match place {
                0 => format!("{}{code}", when(line.starts)),
                _ => format!("{} {}{code}", when(line.starts), shortened(&line.place, place)),
            }
        }));
        format!("{question} {list} 0) none.{tail}")
    };
    let tail = " Reply with a number.";
    vec![with(question, 30, tail), with(question, 14, tail), with(question, 0, tail), with("Which?", 0, "")]
}

fn pick_service(options: &[String], privacy_link: &str) -> Vec<String> {
    let other = options.len() + 1;
    let tail = format!(" No SMS: HALT. Privacy: {privacy_link}");
    let say =
        |(list, tail): (String, &str)| format!("What for? {list} {other}) other. Reply with a number.{tail}");
    offered(options, &tail).into_iter().map(say).collect()
}

fn pick_office(options: &[String]) -> Vec<String> {
    let any = options.len() + 1;
    let with = |length: usize| {
        let list = numbered(options.iter().map(|option| shortened(option, length)));
        format!("Where? {list} {any}) anywhere, soonest. 0 back.")
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
            (true, _) => "Somebody was faster. Now free:".to_owned(),
            (false, Some(place)) if length > 0 => format!("{}:", shortened(place, length)),
            (false, _) => "Free:".to_owned(),
        };
        format!("{start} {list} {later}) later ones. Reply with a number.")
    };
    vec![with(40), with(20), with(12), with(0)]
}

fn confirm_slot(line: &SlotLine, was: Option<NaiveDateTime>, minutes: u32) -> Vec<String> {
    let new = when(line.starts);
    let with = |place: &str| match was {
        None => format!(
            "{new}, {place} is kept for you for {minutes} min. Reply YES to book, NO for other times."
        ),
        Some(was) => {
            let was = when(was);
            format!(
                "{new} instead of {was}, {place}: kept for {minutes} min. Reply YES to move, NO for other times."
            )
        }
    };
    vec![with(&line.place), with(&shortened(&line.place, 40)), with(&shortened(&line.place, 24))]
}

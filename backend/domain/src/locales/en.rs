//! English: the SMS texts and the words people may answer.

pub(crate) mod mail;
pub(crate) mod push;
pub(crate) mod replies;

use chrono::NaiveDateTime;

use crate::messaging::notification::{Kind, Notification, Visit};
use crate::messaging::sms_dialogue::Word;
use crate::messaging::text::{short_link, shortened};

/// The wordings of a message, fullest first.
pub(crate) fn wordings(notification: &Notification) -> Vec<String> {
    match notification {
        Notification::VerificationCode { code, host, .. } => {
            vec![format!("Your code: {code}. Valid for 10 min. Do not share it.\n\n@{host} #{code}")]
        }
        Notification::BookingConfirmed { visit, link, .. } => confirmed(visit, short_link(link)),
        Notification::BookingMoved { visit, was, code_stays, link, .. } => {
            moved(visit, *was, *code_stays, short_link(link))
        }
        Notification::BookingCancelledByOffice { starts, link, .. } => {
            let (when, link) = (when(*starts), short_link(link));
            vec![
                format!(
                    "We are sorry: your appointment {when} cannot take place. New appointment: reply TERMIN or {link}"
                ),
                format!("We are sorry: your appointment {when} cannot take place. Book again: {link}"),
                format!("We are sorry: your appointment {when} cannot take place. Book again: reply TERMIN."),
            ]
        }
        Notification::BookingCancelled { starts, .. } => vec![cancelled(*starts)],
        Notification::Reminder { visit, .. } => reminder("Reminder: tomorrow", visit),
        Notification::EarlyReminder { visit } => reminder("Reminder of your appointment", visit),
        Notification::SlotOffered { starts, until, link } => {
            let (when, until, link) = (when(*starts), until.format("%H:%M"), short_link(link));
            vec![
                format!(
                    "A slot is free: {when}. Kept for you until {until}. Reply YES to take it, or {link}"
                ),
                format!("Slot free: {when}. Until {until} only for you: reply YES or {link}"),
                format!("Slot free: {when}. Until {until} only for you: reply YES."),
            ]
        }
        Notification::LostCode { visit, .. } => vec![format!(
            "Your check-in code for {}: {}. Please type it at the terminal.",
            when(visit.starts),
            visit.check_in_code
        )],
        Notification::QueueStage { number, ahead, zone, office, .. } => {
            let start = match ahead {
                0 => format!("No. {number}: You are next."),
                ahead => format!("No. {number}: {ahead} ahead of you."),
            };
            vec![
                format!("{start} Please come to {zone}, {office}, now."),
                format!("{start} Please come to {}, {}, now.", shortened(zone, 45), shortened(office, 45)),
            ]
        }
        Notification::QueueComeIn { number, zone, office } => {
            let say = |zone: &str, office: &str| {
                format!("No. {number}: There is room for you now. Please come in: {zone}, {office}.")
            };
            vec![say(zone, office), say(&shortened(zone, 45), &shortened(office, 45))]
        }
        Notification::QueueCalled { number, counter, .. } => {
            vec![format!("No. {number}: Please go to {} now.", place_of_counter(counter))]
        }
        Notification::QueueMissed { number, rejoin_until, .. } => vec![format!(
            "No. {number}: We called you. Still here? Reply DA, or come to a counter by {}.",
            rejoin_until.format("%H:%M")
        )],
        Notification::QueueTransferred { number, was, zone, office } => {
            vec![format!(
                "New no. {number} instead of {was}: please wait in {}, {}, now.",
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
        Kind::VerificationCode => "Your code: {code}. Valid for 10 min. Do not pass it on.",
        Kind::BookingConfirmed => {
            "Appointment confirmed: {when}, {place}. Code {code}. To cancel reply STORNO. {link}"
        }
        Kind::BookingMoved => {
            "New appointment: {when} instead of {was}. Code {code}. To cancel reply STORNO. {link}"
        }
        Kind::BookingCancelledByOffice => {
            "We are sorry: your appointment {when} cannot take place. Book again: {link}"
        }
        Kind::BookingCancelled => {
            "Your appointment {when} is cancelled. Thank you, others can use it. New appointment: reply TERMIN."
        }
        Kind::Reminder => {
            "Reminder: tomorrow, {when}, {place}, code {code}. No time? Reply STORNO, others wait."
        }
        Kind::EarlyReminder => {
            "Reminder of your appointment, {when}, {place}, code {code}. No time? Reply STORNO, others wait."
        }
        Kind::SlotOffered => "Slot free: {when}. Until {until} only for you: reply YES or {link}",
        Kind::LostCode => "Your check-in code for {when}: {code}. Please type it at the terminal.",
        Kind::QueueStage => "No. {number}: {ahead} ahead of you. Please come to {zone}, {place}, now.",
        Kind::QueueComeIn => "No. {number}: There is room for you now. Please come in: {zone}, {place}.",
        Kind::QueueCalled => "No. {number}: please go to {counter} now.",
        Kind::QueueMissed => {
            "No. {number}: we called you. Still here? Reply DA, or come to a counter by {until}."
        }
        Kind::QueueTransferred => "New no. {number}: please wait in {zone}, {place}, now.",
        Kind::InboundReply => return None,
    })
}

/// The words people may write besides those of every language, whole messages only. CANCEL is an opt-out word because carriers treat it as one.
pub(crate) const WORDS: &[(&str, Word)] = &[
    ("STOPALL", Word::Stop),
    ("STOP ALL", Word::Stop),
    ("UNSUBSCRIBE", Word::Stop),
    ("END", Word::Stop),
    ("QUIT", Word::Stop),
    ("REVOKE", Word::Stop),
    ("OPTOUT", Word::Stop),
    ("OPT OUT", Word::Stop),
    ("CANCEL", Word::Stop),
    ("UNSTOP", Word::Start),
    ("HELP", Word::Help),
    ("MY APPOINTMENT", Word::Info),
    ("MY APPOINTMENTS", Word::Info),
    ("CANCEL APPOINTMENT", Word::Cancel),
    ("CANCEL MY APPOINTMENT", Word::Cancel),
    ("BOOK", Word::Book),
    ("MOVE", Word::Move),
    ("RESCHEDULE", Word::Move),
    ("LATER", Word::Later),
    ("NEW APPOINTMENT", Word::Book),
    ("APPOINTMENT", Word::Book),
    ("BOOK APPOINTMENT", Word::Book),
    ("HERE", Word::Here),
    ("I AM HERE", Word::Here),
    ("YES", Word::Yes),
    ("Y", Word::Yes),
    ("NO", Word::No),
    ("ONE", Word::Choice(1)),
    ("TWO", Word::Choice(2)),
    ("THREE", Word::Choice(3)),
    ("FOUR", Word::Choice(4)),
    ("NONE", Word::Choice(0)),
];

/// Words that deny what follows or precedes.
pub(crate) const NOT: &[&str] = &["NOT", "NO", "NEVER", "DONT"];

/// Words of courtesy around a command that change nothing.
pub(crate) const COURTESY: &[&str] = &["PLEASE", "HELLO", "HI", "THANKS", "THANK YOU"];

pub(crate) fn when(starts: NaiveDateTime) -> String {
    starts.format("%a %-d %b %H:%M").to_string()
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
            "Appointment confirmed: {when}, {place}. Check-in code {code}. To cancel reply STORNO. {link}"
        )
    });
    let short = places.iter().map(|place| format!("Appointment: {when}, {place}. Code {code}. {link}"));
    full.chain(short).collect()
}

fn moved(visit: &Visit, was: NaiveDateTime, code_stays: bool, link: &str) -> Vec<String> {
    let (new, old, code) = (when(visit.starts), when(was), &visit.check_in_code);
    let code = if code_stays { format!("Code still {code}") } else { format!("New code {code}") };
    let places = if visit.sensitive { places(visit) } else { places(visit).split_off(1) };
    let full = places.iter().map(|place| {
        format!("New time: {new} instead of {old}, {place}. {code}. To cancel reply STORNO. {link}")
    });
    let short =
        places.iter().map(|place| format!("New time: {new} instead of {old}, {place}. {code}. {link}"));
    let shortest = [format!("New time: {new} instead of {old}. {code}. {link}")];
    full.chain(short).chain(shortest).collect()
}

fn reminder(start: &str, visit: &Visit) -> Vec<String> {
    let (when, code) = (when(visit.starts), &visit.check_in_code);
    let places = places(visit);
    let full = places.iter().map(|place| {
        format!("{start}, {when}, {place}, code {code}. Bring your ID. No time? Reply STORNO, others wait.")
    });
    let short = places
        .iter()
        .map(|place| format!("{start}, {when}, {place}, code {code}. No time? Reply STORNO, others wait."));
    full.chain(short).collect()
}

fn cancelled(starts: NaiveDateTime) -> String {
    format!(
        "Your appointment {} is cancelled. Thank you, others can use it. New appointment: reply TERMIN.",
        when(starts)
    )
}

fn place_of_counter(counter: &str) -> String {
    let bare = counter.strip_prefix("Platz ").unwrap_or(counter);
    if bare.starts_with(|c: char| c.is_ascii_digit()) { format!("counter {bare}") } else { bare.to_owned() }
}

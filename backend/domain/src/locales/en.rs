//! English: the SMS texts and the words people may answer.

pub(crate) mod mail;
pub(crate) mod push;

use chrono::NaiveDateTime;

use crate::messaging::notification::{AppointmentLine, Kind, Notification, Reply, SlotLine, Visit};
use crate::messaging::sms_dialogue::Word;
use crate::messaging::text::{numbered, short_link, shortened};

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
        Notification::InboundReply { reply, .. } => reply_wordings(reply),
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

/// The words people may write, whole messages only. CANCEL is an opt-out word because carriers treat it as one.
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
    ("HERE", Word::Here),
    ("I AM HERE", Word::Here),
    ("YES", Word::Yes),
    ("OK", Word::Yes),
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

fn reply_wordings(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Help { telephone, privacy_link } => {
            let commands = "TERMIN book, INFO show, MOVE, STORNO cancel, DA I am here, HALT no more SMS, START SMS again.";
            vec![
                format!("{commands} Phone {telephone}. Privacy: {}", short_link(privacy_link)),
                format!("{commands} Phone {telephone}."),
            ]
        }
        Reply::Appointments { lines, total } if lines.is_empty() && *total == 0 => {
            vec!["There is no appointment for this number. New appointment: reply TERMIN.".to_owned()]
        }
        Reply::Appointments { lines, total } => appointments(lines, *total),
        Reply::ConfirmCancel { line } => {
            let when = when(line.starts);
            vec![
                format!("Cancel {when}, {}? Reply YES or NO (10 min).", line.place),
                format!("Cancel {when}, {}? Reply YES or NO (10 min).", shortened(&line.place, 60)),
            ]
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
            vec![format!("This appointment can no longer be moved. Help: phone {telephone}.")]
        }
        Reply::OfferGone => vec!["This slot is no longer free. You stay on the waiting list.".to_owned()],
        Reply::OfferDeclined => {
            vec!["All right, we offer this slot to somebody else. You stay on the waiting list.".to_owned()]
        }
        Reply::Cancelled { starts } => vec![cancelled(*starts)],
        Reply::Kept { starts } => vec![format!("Good, your appointment {} stands.", when(*starts))],
        Reply::CannotCancel { telephone } => {
            vec![format!("This appointment can no longer be cancelled. Help: phone {telephone}.")]
        }
        Reply::NothingOpen { link } => {
            vec![format!("There is no appointment for this number. Book: {}", short_link(link))]
        }
        Reply::Arrived { number, zone, too_late } => {
            let zone = shortened(zone, 45);
            vec![match too_late {
                false => format!("Welcome. Your number: {number}. Please wait here: {zone}."),
                true => format!(
                    "Your appointment time is over, you wait as without one. Your number: {number}. Please wait here: {zone}."
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
        Reply::NotUnderstood { choices, telephone } => {
            let ask = match choices {
                Some(most) => format!("Please reply 1 to {most} or 0. "),
                None => String::new(),
            };
            let call = telephone.as_ref().map_or(String::new(), |number| format!(" Phone {number}."));
            vec![format!("Not understood. {ask}HELP shows all commands.{call}")]
        }
        Reply::TooLate { telephone } => {
            vec![format!(
                "This question is no longer open, nothing was changed. INFO shows your appointments. Phone {telephone}."
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
                    "{} {}, code {}",
                    when(line.starts),
                    shortened(&line.place, place),
                    line.check_in_code
                )
            })
            .collect();
        let more = total.saturating_sub(list.len() as u32);
        let more = if more > 0 { format!(" and {more} more.") } else { ".".to_owned() };
        format!("Your appointments: {}{more} To cancel: STORNO.", list.join("; "))
    };
    (1..=lines.len()).rev().flat_map(|shown| [40, 20].map(|place| with(shown, place))).collect()
}

fn pick(question: &str, lines: &[AppointmentLine]) -> Vec<String> {
    let with = |place: usize| {
        let list = numbered(lines.iter().map(|line| match place {
            0 => when(line.starts),
            _ => format!("{} {}", when(line.starts), shortened(&line.place, place)),
        }));
        format!("{question} {list} 0) none. Reply with a number.")
    };
    vec![with(30), with(14), with(0)]
}

fn pick_service(options: &[String], privacy_link: &str) -> Vec<String> {
    let other = options.len() + 1;
    let with = |length: usize, tail: &str| {
        let list = numbered(options.iter().map(|option| shortened(option, length)));
        format!("What for? {list} {other}) other. Reply with a number.{tail}")
    };
    let tail = format!(" No SMS: HALT. Privacy: {privacy_link}");
    vec![with(40, &tail), with(26, &tail), with(40, ""), with(30, ""), with(20, ""), with(12, "")]
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

//! The dialogue with one mobile number: which question is open, and what a command does then. Exactly one answer per
//! inbound message, none while muted; a cancellation always takes two steps, and so does a booking.
//!
//! [`step`] decides what is to be done. Where that needs to look something up (services, free slots), whoever looks it up
//! asks on with what [`booking`] makes of it.

pub mod booking;
mod cancelling;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, HoldId, OfficeId, PoolId};
use crate::language::Language;
use crate::messaging::notification::{AppointmentLine, Reply};
use crate::messaging::sms_dialogue::Command;

/// How long "absagen?" may be answered.
pub const CONFIRM_MINUTES: i64 = 10;
/// How long any other question may be answered.
pub const ASK_MINUTES: i64 = 30;
/// How long we stay silent after three messages nobody understood: two robots must not talk all night.
pub const MUTE_MINUTES: i64 = 30;
/// Most choices in one list.
pub const MOST_CHOICES: usize = 5;

/// The open question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Question {
    /// None.
    #[default]
    None,
    /// Which one to cancel?
    PickCancel {
        /// The bookings in the order they were offered.
        options: Vec<BookingId>,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// Really cancel this one?
    ConfirmCancel {
        /// The booking.
        booking: BookingId,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// Which one to move?
    PickMove {
        /// The bookings in the order they were offered.
        options: Vec<BookingId>,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// What for? After the choices comes "something else".
    PickService {
        /// The services in the order they were offered.
        options: Vec<Choice<String>>,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// Where? After the choices comes "anywhere".
    PickOffice {
        /// The service, by its slug.
        service: String,
        /// The offices in the order they were offered.
        options: Vec<Choice<OfficeId>>,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// When? After the choices comes "later".
    PickSlot {
        /// What the slots are for.
        wish: Wish,
        /// The slots in the order they were offered.
        options: Vec<Slot>,
        /// Until when it may be answered.
        until: DateTime<Utc>,
    },
    /// This one, which is held meanwhile?
    ConfirmSlot {
        /// What the slot is for.
        wish: Wish,
        /// The slot.
        slot: Slot,
        /// What keeps it.
        hold: HoldId,
        /// Until when it is kept.
        until: DateTime<Utc>,
    },
}

/// Something to choose, and how it was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<T> {
    /// What is chosen.
    pub of: T,
    /// How it was called.
    pub label: String,
}

/// What an appointment is wanted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What for.
    pub what: What,
    /// Where; anywhere without.
    pub office: Option<OfficeId>,
}

/// What for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A new appointment for this service, by its slug.
    Service(String),
    /// Another time for this booking.
    Instead(BookingId),
}

/// A free slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// At which counters.
    pub pool: PoolId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

/// What we remember about a number between two messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The open question.
    pub question: Question,
    /// Messages in a row that we did not understand.
    pub misunderstood: u32,
    /// No answer before this moment.
    pub muted_until: Option<DateTime<Utc>>,
    /// The language that was spoken last, where a word told.
    #[serde(default)]
    pub language: Option<Language>,
    /// When the number last wrote that it wants no messages, or wants them again.
    #[serde(default)]
    pub opted_at: Option<DateTime<Utc>>,
}

/// An open appointment of the number that wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBooking {
    /// The booking.
    pub id: BookingId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Start, office time.
    pub starts: NaiveDateTime,
    /// Name of the office, or its street where the name would tell too much.
    pub place: String,
    /// The check-in code as shown.
    pub check_in_code: String,
    /// Whether its time has begun: it can be neither cancelled nor moved, but still be arrived for.
    pub begun: bool,
}

impl OpenBooking {
    /// As one line of an answer.
    pub fn line(&self) -> AppointmentLine {
        AppointmentLine {
            starts: self.starts,
            place: self.place.clone(),
            check_in_code: self.check_in_code.clone(),
        }
    }
}

/// What the dialogue needs to know besides the message.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The number's open appointments of today and later, soonest first.
    pub open: Vec<OpenBooking>,
    /// Since when a freed slot is offered to the number, if one is.
    pub offered: Option<DateTime<Utc>>,
    /// The telephone for people.
    pub telephone: String,
    /// The booking page.
    pub booking_link: String,
    /// The privacy notice.
    pub privacy_link: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answer.
    Reply(Reply),
    /// Cancel this booking and tell how it went.
    Cancel(BookingId),
    /// Note the arrival of this booking, or the return of a missed ticket, and tell how it went. Without a booking the number
    /// may be here all the same.
    Arrive(Option<BookingId>),
    /// Look for services, by these words or those that most ask for, and offer them.
    FindServices(Option<String>),
    /// Look where this service, by its slug, is offered, and ask; where there is only one place, go on, or back.
    FindOffices {
        /// The service.
        service: String,
        /// Whether one comes from the slots and wants back.
        back: bool,
    },
    /// Look for free slots after this moment and offer them.
    FindSlots {
        /// What for.
        wish: Wish,
        /// After the ones that were offered.
        after: Option<DateTime<Utc>>,
    },
    /// Keep this slot and ask whether it shall be booked.
    Hold(Wish, Slot),
    /// Book what is kept, and tell how it went.
    Book(Wish, Slot, HoldId),
    /// Take the freed slot that is offered, and tell how it went.
    AcceptOffer,
    /// Leave the freed slot that is offered to others, and say so.
    DeclineOffer,
    /// No more messages to this number, and say so.
    OptOut,
    /// Messages again, and say so.
    OptIn,
    /// Stay silent.
    Nothing,
}

impl Facts {
    /// Whether a slot was offered after a question was asked: then that is what was asked last.
    fn offered_since(&self, asked: Option<DateTime<Utc>>) -> bool {
        self.offered.is_some_and(|offered| asked.is_none_or(|asked| asked <= offered))
    }
}

impl Question {
    /// When it was asked.
    fn asked_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::None => None,
            Self::ConfirmCancel { until, .. } | Self::ConfirmSlot { until, .. } => {
                Some(*until - Duration::minutes(CONFIRM_MINUTES))
            }
            Self::PickCancel { until, .. }
            | Self::PickMove { until, .. }
            | Self::PickService { until, .. }
            | Self::PickOffice { until, .. }
            | Self::PickSlot { until, .. } => Some(*until - Duration::minutes(ASK_MINUTES)),
        }
    }

    /// When it was asked and may be answered by yes, if it still is that.
    fn wants_yes(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::ConfirmCancel { until, .. } | Self::ConfirmSlot { until, .. } if now < *until => {
                self.asked_at()
            }
            _ => None,
        }
    }
}

impl Conversation {
    /// The hold that is asked about.
    pub fn hold(&self) -> Option<HoldId> {
        match &self.question {
            Question::ConfirmSlot { hold, .. } => Some(*hold),
            _ => None,
        }
    }
}

/// One step: the command and the facts give the next state and the one thing to do.
pub fn step(
    before: &Conversation,
    command: &Command,
    facts: &Facts,
    now: DateTime<Utc>,
) -> (Conversation, Act) {
    match command {
        // Opting out works always, whatever else is going on.
        Command::Stop => (idle(), Act::OptOut),
        Command::Start => (idle(), Act::OptIn),
        Command::Help => (keep(before), help(facts)),
        Command::Info => (keep(before), Act::Reply(appointments(facts))),
        Command::Book { about } => (idle(), Act::FindServices(about.clone())),
        Command::Move { code } => booking::wants_to_move(code.as_deref(), facts, now),
        Command::Later => booking::later(before, facts, now),
        Command::Speak(_) => again(before, facts, now),
        Command::Here => (idle(), Act::Arrive(nearest(facts, now).map(|next| next.id))),
        Command::Cancel { code } => cancelling::cancel(code.as_deref(), facts, now),
        Command::Yes => answer_yes(before, facts, now),
        Command::No => answer_no(before, facts, now),
        Command::Choice(number) => choose(before, *number, facts, now),
        Command::Words(words) => booking::named(before, words, facts, now),
    }
}

fn idle() -> Conversation {
    Conversation::default()
}

fn asking(question: Question) -> Conversation {
    Conversation { question, ..idle() }
}

/// The question stays open; the misunderstanding is over.
fn keep(before: &Conversation) -> Conversation {
    asking(before.question.clone())
}

/// What the number has open, one line each.
pub fn appointments(facts: &Facts) -> Reply {
    if facts.open.is_empty() {
        return nothing_open(facts);
    }
    let lines = facts.open.iter().take(MOST_CHOICES).map(OpenBooking::line).collect();
    let begun = facts.open.iter().all(|open| open.begun);
    Reply::Appointments { lines, total: facts.open.len() as u32, begun }
}

fn nothing_open(facts: &Facts) -> Reply {
    Reply::NothingOpen { link: facts.booking_link.clone() }
}

/// The appointment somebody who is here has come for: the one whose time is nearest.
fn nearest(facts: &Facts, now: DateTime<Utc>) -> Option<&OpenBooking> {
    facts.open.iter().min_by_key(|open| (open.starts_at - now).abs())
}

/// The open question once more, in the language that is spoken from now on; without one, the commands.
fn again(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match &before.question {
        Question::PickService { .. } => (idle(), Act::FindServices(None)),
        Question::PickOffice { service, .. } => {
            (idle(), Act::FindOffices { service: service.clone(), back: false })
        }
        Question::PickSlot { wish, .. } => (idle(), Act::FindSlots { wish: wish.clone(), after: None }),
        Question::ConfirmSlot { wish, slot, .. } => (idle(), Act::Hold(wish.clone(), *slot)),
        Question::PickCancel { .. } => cancelling::cancel(None, facts, now),
        Question::PickMove { .. } => booking::wants_to_move(None, facts, now),
        Question::ConfirmCancel { booking, .. } => match facts.open.iter().find(|open| open.id == *booking) {
            Some(open) => cancelling::confirm(open, now),
            None => (idle(), help(facts)),
        },
        Question::None => (idle(), help(facts)),
    }
}

fn help(facts: &Facts) -> Act {
    let (telephone, privacy_link) = (facts.telephone.clone(), facts.privacy_link.clone());
    Act::Reply(Reply::Help { telephone, privacy_link })
}

/// Goes on with the booking that is meant, by the first digits of its code or because it is the only one; asks where several
/// may be meant, and refuses where it has begun.
fn with_meant(
    code: Option<&str>,
    facts: &Facts,
    refused: Reply,
    go_on: impl Fn(&OpenBooking) -> (Conversation, Act),
    ask: impl Fn(Vec<BookingId>, Vec<AppointmentLine>) -> (Question, Reply),
) -> (Conversation, Act) {
    let fits = |open: &&OpenBooking| code.is_none_or(|code| open.check_in_code.starts_with(code));
    let (begun, ahead): (Vec<&OpenBooking>, Vec<&OpenBooking>) =
        facts.open.iter().filter(fits).partition(|open| open.begun);
    match ahead.as_slice() {
        [] if !begun.is_empty() => (idle(), Act::Reply(refused)),
        // The code fits none of theirs: show what there is, change nothing.
        [] => (idle(), Act::Reply(appointments(facts))),
        [only] => go_on(only),
        several => {
            let offered = several.iter().take(MOST_CHOICES);
            let (options, lines) = offered.map(|open| (open.id, open.line())).unzip();
            let (question, reply) = ask(options, lines);
            (asking(question), Act::Reply(reply))
        }
    }
}

/// Yes answers what was asked last: a slot that was offered since is taken, and nothing is cancelled by a yes to that.
fn answer_yes(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let asked = before.question.wants_yes(now);
    if facts.offered_since(asked) {
        return (idle(), Act::AcceptOffer);
    }
    match &before.question {
        Question::ConfirmCancel { .. } if asked.is_none() => (idle(), too_late(facts)),
        Question::ConfirmCancel { booking, .. } => match facts.open.iter().find(|open| open.id == *booking) {
            Some(open) => (idle(), Act::Cancel(open.id)),
            // It was moved or cancelled meanwhile: show what there is.
            None => (idle(), Act::Reply(appointments(facts))),
        },
        Question::ConfirmSlot { wish, slot, hold, .. } if asked.is_some() => {
            (keep(before), Act::Book(wish.clone(), *slot, *hold))
        }
        // It is kept no longer, but may still be free.
        Question::ConfirmSlot { wish, slot, .. } => (idle(), Act::Hold(wish.clone(), *slot)),
        Question::PickCancel { .. }
        | Question::PickMove { .. }
        | Question::PickService { .. }
        | Question::PickOffice { .. }
        | Question::PickSlot { .. }
        | Question::None => misunderstood(before, facts, now),
    }
}

/// No, too, answers what was asked last, a list included.
fn answer_no(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    if facts.offered_since(before.question.asked_at()) {
        return (keep(before), Act::DeclineOffer);
    }
    leave(before, facts, now)
}

/// The open question is answered by no.
fn leave(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match &before.question {
        Question::ConfirmCancel { booking, .. } => match facts.open.iter().find(|open| open.id == *booking) {
            Some(open) => (idle(), Act::Reply(Reply::Kept { starts: open.starts })),
            None => (idle(), Act::Reply(appointments(facts))),
        },
        Question::ConfirmSlot { wish, .. } => (idle(), Act::FindSlots { wish: wish.clone(), after: None }),
        Question::PickCancel { .. } | Question::PickMove { .. } => (idle(), Act::Reply(appointments(facts))),
        Question::PickSlot { wish: Wish { what: What::Instead(moving), .. }, .. } => {
            match facts.open.iter().find(|open| open.id == *moving) {
                Some(open) => (idle(), Act::Reply(Reply::Kept { starts: open.starts })),
                None => (idle(), Act::Reply(appointments(facts))),
            }
        }
        Question::PickService { .. } | Question::PickOffice { .. } | Question::PickSlot { .. } => {
            (idle(), Act::Reply(Reply::Stopped))
        }
        Question::None => misunderstood(before, facts, now),
    }
}

fn choose(before: &Conversation, number: u32, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let picked = (number as usize).checked_sub(1);
    match &before.question {
        Question::PickCancel { until, .. }
        | Question::PickMove { until, .. }
        | Question::PickService { until, .. }
        | Question::PickOffice { until, .. }
        | Question::PickSlot { until, .. }
            if now >= *until =>
        {
            (idle(), too_late(facts))
        }
        Question::PickCancel { .. } | Question::PickMove { .. } if picked.is_none() => {
            (idle(), Act::Reply(appointments(facts)))
        }
        Question::PickCancel { options, .. } => match one_of(options, picked, facts) {
            Some(open) => cancelling::confirm(open, now),
            None => misunderstood(before, facts, now),
        },
        Question::PickMove { options, .. } => match one_of(options, picked, facts) {
            Some(open) => booking::move_of(open, None),
            None => misunderstood(before, facts, now),
        },
        Question::PickService { .. } | Question::PickOffice { .. } | Question::PickSlot { .. } => {
            booking::choose(before, picked, facts, now)
        }
        // 0 leaves a question; any other number is no answer to it.
        Question::ConfirmCancel { .. } | Question::ConfirmSlot { .. } if picked.is_none() => {
            leave(before, facts, now)
        }
        Question::ConfirmCancel { .. } | Question::ConfirmSlot { .. } | Question::None => {
            misunderstood(before, facts, now)
        }
    }
}

fn one_of<'a>(options: &[BookingId], at: Option<usize>, facts: &'a Facts) -> Option<&'a OpenBooking> {
    let id = options.get(at?)?;
    facts.open.iter().find(|open| open.id == *id)
}

fn misunderstood(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    if before.muted_until.is_some_and(|until| now < until) {
        return (before.clone(), Act::Nothing);
    }
    let count = before.misunderstood + 1;
    if count >= 3 {
        let muted_until = Some(now + Duration::minutes(MUTE_MINUTES));
        return (Conversation { muted_until, ..idle() }, Act::Nothing);
    }
    let choices = match &before.question {
        Question::PickCancel { options, .. } | Question::PickMove { options, .. } => Some(options.len()),
        // One more: something else, anywhere, later.
        Question::PickService { options, .. } => Some(options.len() + 1),
        Question::PickOffice { options, .. } => Some(options.len() + 1),
        Question::PickSlot { options, .. } => Some(options.len() + 1),
        Question::None | Question::ConfirmCancel { .. } | Question::ConfirmSlot { .. } => None,
    };
    let yes_or_no = matches!(before.question, Question::ConfirmCancel { .. } | Question::ConfirmSlot { .. });
    let telephone = (count >= 2).then(|| facts.telephone.clone());
    let after = Conversation { misunderstood: count, ..asking(before.question.clone()) };
    let choices = choices.map(|most| most as u32);
    (after, Act::Reply(Reply::NotUnderstood { choices, yes_or_no, telephone }))
}

fn too_late(facts: &Facts) -> Act {
    Act::Reply(Reply::TooLate { telephone: facts.telephone.clone() })
}

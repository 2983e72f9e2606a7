//! The dialogue with one mobile number: which question is open, and what a command does then. Exactly one answer per
//! inbound message, none while muted; a cancellation always takes two steps.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::BookingId;
use crate::messaging::notification::{AppointmentLine, Reply};
use crate::messaging::sms_dialogue::Command;

/// How long "absagen?" may be answered.
pub const CONFIRM_MINUTES: i64 = 10;
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
}

/// An open appointment of the number that wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBooking {
    /// The booking.
    pub id: BookingId,
    /// Start, office time.
    pub starts: NaiveDateTime,
    /// Name of the office, or its street where the name would tell too much.
    pub place: String,
    /// The check-in code as shown.
    pub check_in_code: String,
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
    /// The number's open appointments, soonest first.
    pub open: Vec<OpenBooking>,
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
    /// Note the arrival of this booking, or the return of a missed ticket, and tell how it went.
    Arrive(BookingId),
    /// No more messages to this number, and say so.
    OptOut,
    /// Messages again, and say so.
    OptIn,
    /// Stay silent.
    Nothing,
}

/// One step: the command and the facts give the next state and the one thing to do.
pub fn step(
    before: &Conversation,
    command: &Command,
    facts: &Facts,
    now: DateTime<Utc>,
) -> (Conversation, Act) {
    // Opting out works always, whatever else is going on.
    match command {
        Command::Stop => return (Conversation::default(), Act::OptOut),
        Command::Start => return (Conversation::default(), Act::OptIn),
        Command::Unknown if before.muted_until.is_some_and(|until| now < until) => {
            return (before.clone(), Act::Nothing);
        }
        _ => {}
    }
    match command {
        Command::Help => (
            keep(before),
            Act::Reply(Reply::Help {
                telephone: facts.telephone.clone(),
                privacy_link: facts.privacy_link.clone(),
            }),
        ),
        Command::Info => (keep(before), Act::Reply(appointments(facts))),
        Command::Book => (idle(), Act::Reply(Reply::BookLink { link: facts.booking_link.clone() })),
        Command::Here => (idle(), arrive(facts)),
        Command::Cancel { code } => cancel(code.as_deref(), facts, now),
        Command::Yes => answer_yes(before, facts, now),
        Command::No => answer_no(before, facts, now),
        Command::Choice(number) => choose(before, *number, facts, now),
        Command::Unknown => misunderstood(before, facts, now),
        Command::Stop | Command::Start => (idle(), Act::Nothing),
    }
}

fn idle() -> Conversation {
    Conversation::default()
}

/// The question stays open; the misunderstanding is over.
fn keep(before: &Conversation) -> Conversation {
    Conversation { question: before.question.clone(), ..Conversation::default() }
}

fn appointments(facts: &Facts) -> Reply {
    if facts.open.is_empty() {
        return Reply::NothingOpen { link: facts.booking_link.clone() };
    }
    let lines = facts.open.iter().take(MOST_CHOICES).map(OpenBooking::line).collect();
    Reply::Appointments { lines, total: facts.open.len() as u32 }
}

fn arrive(facts: &Facts) -> Act {
    match facts.open.first() {
        Some(next) => Act::Arrive(next.id),
        None => Act::Reply(Reply::NothingOpen { link: facts.booking_link.clone() }),
    }
}

fn cancel(code: Option<&str>, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let meant: Vec<&OpenBooking> = match code {
        Some(code) => facts.open.iter().filter(|open| open.check_in_code.starts_with(code)).collect(),
        None => facts.open.iter().collect(),
    };
    match meant.as_slice() {
        [] if facts.open.is_empty() => {
            (idle(), Act::Reply(Reply::NothingOpen { link: facts.booking_link.clone() }))
        }
        // The code fits none of theirs: show what there is, cancel nothing.
        [] => (idle(), Act::Reply(appointments(facts))),
        [only] => confirm(only, now),
        several => {
            let offered = &several[..several.len().min(MOST_CHOICES)];
            let options = offered.iter().map(|open| open.id).collect();
            let until = now + Duration::minutes(CONFIRM_MINUTES);
            let question = Question::PickCancel { options, until };
            let lines = offered.iter().map(|open| open.line()).collect();
            (Conversation { question, ..idle() }, Act::Reply(Reply::PickCancel { lines }))
        }
    }
}

fn confirm(open: &OpenBooking, now: DateTime<Utc>) -> (Conversation, Act) {
    let until = now + Duration::minutes(CONFIRM_MINUTES);
    let question = Question::ConfirmCancel { booking: open.id, until };
    (Conversation { question, ..idle() }, Act::Reply(Reply::ConfirmCancel { line: open.line() }))
}

fn answer_yes(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match &before.question {
        Question::ConfirmCancel { booking, until } if now < *until => (idle(), Act::Cancel(*booking)),
        Question::ConfirmCancel { .. } => (idle(), too_late(facts)),
        Question::PickCancel { .. } | Question::None => misunderstood(before, facts, now),
    }
}

fn answer_no(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match &before.question {
        Question::ConfirmCancel { booking, .. } => match facts.open.iter().find(|open| open.id == *booking) {
            Some(open) => (idle(), Act::Reply(Reply::Kept { starts: open.starts })),
            None => (idle(), Act::Reply(appointments(facts))),
        },
        Question::PickCancel { .. } => (idle(), Act::Reply(appointments(facts))),
        Question::None => misunderstood(before, facts, now),
    }
}

fn choose(before: &Conversation, number: u32, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match &before.question {
        Question::PickCancel { until, .. } if now >= *until => (idle(), too_late(facts)),
        Question::PickCancel { .. } if number == 0 => (idle(), Act::Reply(appointments(facts))),
        Question::PickCancel { options, .. } => {
            let picked = options.get(number as usize - 1);
            match picked.and_then(|id| facts.open.iter().find(|open| open.id == *id)) {
                Some(open) => confirm(open, now),
                None => misunderstood(before, facts, now),
            }
        }
        // 0 leaves a question; any other number is no answer to it.
        Question::ConfirmCancel { .. } if number == 0 => answer_no(before, facts, now),
        Question::ConfirmCancel { .. } | Question::None => misunderstood(before, facts, now),
    }
}

fn misunderstood(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let count = before.misunderstood + 1;
    if count >= 3 {
        let muted_until = Some(now + Duration::minutes(MUTE_MINUTES));
        return (Conversation { muted_until, ..idle() }, Act::Nothing);
    }
    let choices = match &before.question {
        Question::PickCancel { options, .. } => Some(options.len() as u32),
        Question::None | Question::ConfirmCancel { .. } => None,
    };
    let telephone = (count >= 2).then(|| facts.telephone.clone());
    let after = Conversation { question: before.question.clone(), misunderstood: count, muted_until: None };
    (after, Act::Reply(Reply::NotUnderstood { choices, telephone }))
}

fn too_late(facts: &Facts) -> Act {
    Act::Reply(Reply::TooLate { telephone: facts.telephone.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::sms_dialogue::parse;
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn noon() -> DateTime<Utc> {
        "2026-09-10T12:00:00Z".parse().unwrap()
    }

    fn id(n: u128) -> BookingId {
        BookingId(Uuid::from_u128(n))
    }

    fn booking(n: u128) -> OpenBooking {
        let day = NaiveDate::from_ymd_opt(2026, 9, 13 + n as u32).unwrap();
        OpenBooking {
            id: id(n),
            starts: day.and_hms_opt(10, 20, 0).unwrap(),
            place: "Bürgeramt Mitte".into(),
            check_in_code: format!("482{n}-1376"),
        }
    }

    fn facts(open: u128) -> Facts {
        Facts {
            open: (1..=open).map(booking).collect(),
            telephone: "115".into(),
            booking_link: "https://termine.example".into(),
            privacy_link: "https://termine.example/datenschutz".into(),
        }
    }

    fn talk(open: u128, bodies: &[&str]) -> Vec<Act> {
        let facts = facts(open);
        let mut state = Conversation::default();
        let mut acts = vec![];
        for body in bodies {
            let (after, act) = step(&state, &parse(body).command, &facts, noon());
            state = after;
            acts.push(act);
        }
        acts
    }

    #[test]
    fn cancelling_takes_two_steps() {
        let acts = talk(1, &["storno", "JA"]);
        assert_eq!(acts[0], Act::Reply(Reply::ConfirmCancel { line: booking(1).line() }));
        assert_eq!(acts[1], Act::Cancel(id(1)));
    }

    #[test]
    fn no_keeps_the_appointment_and_says_so() {
        let acts = talk(1, &["storno", "nein"]);
        assert_eq!(acts[1], Act::Reply(Reply::Kept { starts: booking(1).starts }));
    }

    #[test]
    fn of_several_one_is_picked_first() {
        let acts = talk(3, &["storno", "2", "ja"]);
        assert!(matches!(&acts[0], Act::Reply(Reply::PickCancel { lines }) if lines.len() == 3));
        assert_eq!(acts[1], Act::Reply(Reply::ConfirmCancel { line: booking(2).line() }));
        assert_eq!(acts[2], Act::Cancel(id(2)));
    }

    #[test]
    fn the_code_picks_at_once() {
        let acts = talk(3, &["STORNO 4823", "ja"]);
        assert_eq!(acts[1], Act::Cancel(id(3)));
    }

    #[test]
    fn yes_without_a_question_does_nothing() {
        assert!(matches!(talk(1, &["ja"])[0], Act::Reply(Reply::NotUnderstood { .. })));
    }

    #[test]
    fn yes_to_a_list_cancels_nothing() {
        assert!(matches!(
            talk(2, &["storno", "ja"])[1],
            Act::Reply(Reply::NotUnderstood { choices: Some(2), .. })
        ));
    }

    #[test]
    fn yes_after_ten_minutes_changes_nothing() {
        let facts = facts(1);
        let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &facts, noon());
        let later = noon() + Duration::minutes(CONFIRM_MINUTES);
        let (_, act) = step(&asked, &Command::Yes, &facts, later);
        assert_eq!(act, Act::Reply(Reply::TooLate { telephone: "115".into() }));
    }

    #[test]
    fn a_second_yes_does_not_cancel_again() {
        assert!(!matches!(talk(2, &["STORNO 4821", "ja", "ja"])[2], Act::Cancel(_)));
    }

    #[test]
    fn three_misunderstandings_end_in_silence_for_half_an_hour() {
        let acts = talk(1, &["bla", "bla", "bla", "bla", "INFO"]);
        assert_eq!(acts[0], Act::Reply(Reply::NotUnderstood { choices: None, telephone: None }));
        assert_eq!(
            acts[1],
            Act::Reply(Reply::NotUnderstood { choices: None, telephone: Some("115".into()) })
        );
        assert_eq!(acts[2], Act::Nothing);
        assert_eq!(acts[3], Act::Nothing);
        assert!(
            matches!(acts[4], Act::Reply(Reply::Appointments { .. })),
            "a real command is always answered"
        );
    }

    #[test]
    fn opting_out_works_in_any_state() {
        assert_eq!(talk(2, &["storno", "HALT"])[1], Act::OptOut);
        assert_eq!(talk(2, &["bla", "bla", "bla", "STOP"])[3], Act::OptOut);
    }

    #[test]
    fn here_arrives_with_the_next_appointment() {
        assert_eq!(talk(2, &["DA"])[0], Act::Arrive(id(1)));
        assert!(matches!(talk(0, &["DA"])[0], Act::Reply(Reply::NothingOpen { .. })));
    }

    proptest! {
        #[test]
        fn nothing_is_cancelled_without_a_question_answered_by_yes(
            bodies in prop::collection::vec(
                prop::sample::select(vec![
                    "storno", "ja", "nein", "0", "1", "2", "9", "info", "da", "bla", "halt", "start", "termin", "?",
                ]), 0..14),
            open in 0_u128..5
        ) {
            let facts = facts(open);
            let mut state = Conversation::default();
            for body in bodies {
                let asked = state.question.clone();
                let (after, act) = step(&state, &parse(body).command, &facts, noon());
                if let Act::Cancel(id) = act {
                    prop_assert_eq!(body, "ja");
                    let right = matches!(asked, Question::ConfirmCancel { booking, .. } if booking == id);
                    prop_assert!(right);
                    prop_assert_eq!(&after.question, &Question::None);
                }
                state = after;
            }
        }
    }
}

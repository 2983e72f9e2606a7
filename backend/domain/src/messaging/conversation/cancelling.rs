//! Cancelling by SMS: always asks back.

use chrono::{DateTime, Duration, Utc};

use super::{
    Act, CONFIRM_MINUTES, Conversation, Facts, MOST_CHOICES, OpenBooking, Question, appointments, asking,
    idle, meant, nothing_open,
};
use crate::messaging::notification::Reply;

pub(super) fn cancel(code: Option<&str>, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    match meant(code, facts).as_slice() {
        [] if facts.open.is_empty() => (idle(), Act::Reply(nothing_open(facts))),
        // The code fits none of theirs: show what there is, cancel nothing.
        [] => (idle(), Act::Reply(appointments(facts))),
        [only] => confirm(only, now),
        several => {
            let offered = &several[..several.len().min(MOST_CHOICES)];
            let options = offered.iter().map(|open| open.id).collect();
            let until = now + Duration::minutes(CONFIRM_MINUTES);
            let lines = offered.iter().map(|open| open.line()).collect();
            (asking(Question::PickCancel { options, until }), Act::Reply(Reply::PickCancel { lines }))
        }
    }
}

pub(super) fn confirm(open: &OpenBooking, now: DateTime<Utc>) -> (Conversation, Act) {
    let until = now + Duration::minutes(CONFIRM_MINUTES);
    let question = Question::ConfirmCancel { booking: open.id, until };
    (asking(question), Act::Reply(Reply::ConfirmCancel { line: open.line() }))
}

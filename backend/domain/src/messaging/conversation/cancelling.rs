//! Cancelling by SMS: always asks back.

use chrono::{DateTime, Duration, Utc};

use super::{Act, CONFIRM_MINUTES, Conversation, Facts, OpenBooking, Question, asking, with_meant};
use crate::messaging::notification::Reply;

pub(super) fn cancel(code: Option<&str>, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let until = now + Duration::minutes(CONFIRM_MINUTES);
    let ask = |options, lines| (Question::PickCancel { options, until }, Reply::PickCancel { lines });
    let refused = Reply::CannotCancel { telephone: facts.telephone.clone() };
    with_meant(code, facts, refused, |open| confirm(open, now), ask)
}

pub(super) fn confirm(open: &OpenBooking, now: DateTime<Utc>) -> (Conversation, Act) {
    let until = now + Duration::minutes(CONFIRM_MINUTES);
    let question = Question::ConfirmCancel { booking: open.id, until };
    (asking(question), Act::Reply(Reply::ConfirmCancel { line: open.line() }))
}

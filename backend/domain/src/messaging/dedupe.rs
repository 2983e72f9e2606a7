//! What makes a message the same message: asked for twice, it exists once. One function per kind, so that two callers cannot
//! disagree.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{BookingId, SubscriptionId, VisitId};
use crate::messaging::recipient::ChannelKind;

/// One sending of one verification challenge.
pub fn verification(challenge: Uuid, sending: u32) -> String {
    format!("otp:{challenge}:{sending}")
}

/// The confirmation of a booking in this revision.
pub fn confirmed(booking: BookingId, rev: i32) -> String {
    format!("confirm:{booking}:{rev}")
}

/// The news that a booking moved, in this revision.
pub fn moved(booking: BookingId, rev: i32) -> String {
    format!("moved:{booking}:{rev}")
}

/// The office cancelled, in this revision: it may take that back before it is told, and cancel again.
pub fn cancelled_by_office(booking: BookingId, rev: i32) -> String {
    format!("office-cancel:{booking}:{rev}")
}

/// The citizen cancelled; nothing happens to a booking after that.
pub fn cancelled(booking: BookingId) -> String {
    format!("cancelled:{booking}")
}

/// The day-before reminder for this start and revision: a moved booking gets another one, and so does one that was taken
/// back before its reminder left.
pub fn reminder(booking: BookingId, starts_at: DateTime<Utc>, rev: i32) -> String {
    format!("reminder24:{booking}:{}:{rev}", starts_at.timestamp())
}

/// The reminder some days before, for this start and revision.
pub fn early_reminder(booking: BookingId, starts_at: DateTime<Utc>, rev: i32) -> String {
    format!("reminder72:{booking}:{}:{rev}", starts_at.timestamp())
}

/// This offer of a freed slot.
pub fn offered(offer: Uuid) -> String {
    format!("offer:{offer}")
}

/// A lost code sent again; `request` is the tap or request that asked for it.
pub fn lost_code(request: Uuid) -> String {
    format!("lost-code:{request}")
}

/// Few are ahead of this ticket: said once, whoever comes between afterwards.
pub fn queue_stage(visit: VisitId) -> String {
    format!("queue:{visit}:stage")
}

/// There is room for this ticket: said once.
pub fn queue_come_in(visit: VisitId) -> String {
    format!("queue:{visit}:come-in")
}

/// This call of a ticket (1 the first, 2 the second).
pub fn queue_called(visit: VisitId, call: u32) -> String {
    format!("queue:{visit}:call{call}")
}

/// Missed after so many calls.
pub fn queue_missed(visit: VisitId, calls: u32) -> String {
    format!("queue:{visit}:missed{calls}")
}

/// Sent on; the visit is the new one.
pub fn queue_transferred(visit: VisitId) -> String {
    format!("queue:{visit}:transferred")
}

/// The one answer to an inbound message.
pub fn reply(provider: &str, provider_sid: &str) -> String {
    format!("reply:{provider}:{provider_sid}")
}

/// The same message by a further channel.
pub fn copy(first: &str, channel: ChannelKind) -> String {
    format!("{first}:{}", channel.as_str())
}

/// The same message as a push to one browser.
pub fn push(first: &str, browser: SubscriptionId) -> String {
    format!("{first}:push:{browser}")
}

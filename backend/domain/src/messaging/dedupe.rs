//! What makes a message the same message: asked for twice, it exists once. One function per kind, so that two callers cannot
//! disagree.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{BookingId, MessageId, VisitId};
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

/// The day-before reminder for this start: a moved booking gets another one.
pub fn reminder(booking: BookingId, starts_at: DateTime<Utc>) -> String {
    format!("reminder24:{booking}:{}", starts_at.timestamp())
}

/// The reminder some days before, for this start.
pub fn early_reminder(booking: BookingId, starts_at: DateTime<Utc>) -> String {
    format!("reminder72:{booking}:{}", starts_at.timestamp())
}

/// This offer of a freed slot.
pub fn offered(offer: Uuid) -> String {
    format!("offer:{offer}")
}

/// A lost code sent again; `request` is the tap or request that asked for it.
pub fn lost_code(request: Uuid) -> String {
    format!("lost-code:{request}")
}

/// So many ahead of this ticket.
pub fn queue_stage(visit: VisitId, ahead: u32) -> String {
    format!("queue:{visit}:stage{ahead}")
}

/// This call of a ticket (1 the first, 2 the second).
pub fn queue_called(visit: VisitId, call: u32) -> String {
    format!("queue:{visit}:call{call}")
}

/// Missed after so many calls.
pub fn queue_missed(visit: VisitId, calls: u32) -> String {
    format!("queue:{visit}:missed{calls}")
}

/// The one answer to an inbound message.
pub fn reply(provider: &str, provider_sid: &str) -> String {
    format!("reply:{provider}:{provider_sid}")
}

/// The same message by a further channel.
pub fn copy(first: &str, channel: ChannelKind) -> String {
    format!("{first}:{}", channel.as_str())
}

/// The message that replaces another on a different channel.
pub fn fallback(parent: MessageId, channel: &str) -> String {
    format!("fallback:{parent}:{channel}")
}

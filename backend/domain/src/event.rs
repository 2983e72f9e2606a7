//! The append-only event log: who moved what from which state to which. All statistics come from it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::actor::Actor;
use crate::ids::{
    BookingId, CounterId, DeviceId, EmergencyId, HoldId, MessageId, SessionId, StaffId, TownId, VisitId,
};

/// What an event happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A hold on a slot.
    Hold(HoldId),
    /// A booking.
    Booking(BookingId),
    /// A visit.
    Visit(VisitId),
    /// A session at a counter.
    Session(SessionId),
    /// A message.
    Message(MessageId),
    /// A message somebody wrote to us.
    Inbound(Uuid),
    /// A counter opened, paused or closed.
    Counter(CounterId),
    /// A terminal or display.
    Device(DeviceId),
    /// A member of staff.
    Staff(StaffId),
    /// An entry of the waiting list.
    Waiting(Uuid),
    /// An offer of a freed slot.
    Offer(Uuid),
    /// The sending of a town's messages: paused, resumed, divided among providers.
    Sending(TownId),
    /// An action of operators on many messages.
    Bulk(Uuid),
    /// A recipient who wants no messages, by the first half of the keyed hash.
    OptOut(Uuid),
    /// The SMS budget of a town.
    Budget(TownId),
    /// How closely the codes of a town are guarded.
    Guard(TownId),
    /// A note of staff about a visit, by the note's own id.
    Note(Uuid),
    /// An emergency call of staff.
    Emergency(EmergencyId),
    /// Staff looked for somebody, by the first half of the keyed hash of what they typed.
    Search(Uuid),
}

impl Subject {
    /// The word and the id under which the event log keeps this subject.
    #[must_use]
    pub fn as_log(self) -> (&'static str, Uuid) {
        match self {
            Self::Hold(id) => ("hold", id.0),
            Self::Booking(id) => ("booking", id.0),
            Self::Visit(id) => ("visit", id.0),
            Self::Session(id) => ("session", id.0),
            Self::Message(id) => ("message", id.0),
            Self::Inbound(id) => ("inbound", id),
            Self::Counter(id) => ("counter", id.0),
            Self::Device(id) => ("device", id.0),
            Self::Staff(id) => ("staff", id.0),
            Self::Waiting(id) => ("waiting", id),
            Self::Offer(id) => ("offer", id),
            Self::Sending(town) => ("sending", town.0),
            Self::Bulk(id) => ("bulk", id),
            Self::OptOut(id) => ("opt_out", id),
            Self::Budget(id) => ("budget", id.0),
            Self::Guard(id) => ("guard", id.0),
            Self::Note(id) => ("note", id),
            Self::Emergency(id) => ("emergency", id.0),
            Self::Search(id) => ("search", id),
        }
    }
}

/// One transition, as it is written in the same transaction as the change itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The town it happened in.
    pub town: TownId,
    /// When.
    pub at: DateTime<Utc>,
    /// To what.
    pub subject: Subject,
    /// The state before; `None` for a beginning.
    pub from: Option<&'static str>,
    /// The state after.
    pub to: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// At which counter, if at one.
    pub counter: Option<CounterId>,
    /// Why, in a stable word or a sentence of staff; never personal data of citizens; what was typed is a
    /// [`crate::reason::Reason`].
    pub reason: Option<String>,
}

//! Typed ids, so that a booking's id cannot be handed in where a visit's is wanted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An id type over a UUID (version 7: sortable by creation time).
pub trait Id: Copy {
    /// The typed id of this UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID within.
    fn uuid(self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A town (Kommune), the tenant.
    TownId,
    /// A department (Amt).
    DepartmentId,
    /// An office (Dienststelle): a building or a part of one with its own address.
    OfficeId,
    /// A waiting zone (Wartebereich).
    ZoneId,
    /// A pool of interchangeable counters: the unit of capacity.
    PoolId,
    /// A counter (Platz, Schalter).
    CounterId,
    /// A service of the town (Leistung, Anliegen).
    ServiceId,
    /// An offer: a service at a pool.
    OfferId,
    /// An opening rule of a pool.
    OpeningRuleId,
    /// A closure (Schließung).
    ClosureId,
    /// A hold on a slot.
    HoldId,
    /// A booking (Buchung).
    BookingId,
    /// A verification challenge: the six digits sent by SMS.
    ChallengeId,
    /// How to reach a person, encrypted at rest.
    ContactId,
    /// A visit: a person in the building with a ticket.
    VisitId,
    /// A session: time at a counter.
    SessionId,
    /// A member of staff.
    StaffId,
    /// A terminal or display.
    DeviceId,
    /// A browser that gets pushes about one booking or visit.
    SubscriptionId,
    /// A message we owe somebody.
    MessageId,
    /// One row of the event log.
    EventId,
    /// An SMS that came in.
    InboundId,
    /// An emergency call of staff.
    EmergencyId,
}

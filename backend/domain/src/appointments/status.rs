//! The machines of holds and bookings: one table of legal transitions each.
//!
//! Who cancelled is part of the state. A transition that is not in the table does not happen.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a hold stands (Termin ist reserviert).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Its ticks are taken until it expires.
    Held,
    /// It has become a booking, which took over its ticks.
    Booked,
    /// Its time ran out or it was given back; its ticks are free.
    Expired,
}

/// What can happen to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldEvent {
    /// The citizen went on and booked.
    Book,
    /// The time ran out.
    Expire,
    /// The citizen gave it back.
    Release,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Waits for the six digits sent to the mobile number.
    Unverified,
    /// Stands.
    Booked,
    /// The person is here; the visit goes on from now.
    Arrived,
    /// The six digits did not come in time.
    Expired,
    /// The citizen cancelled.
    CancelledByCitizen,
    /// The office cancelled.
    CancelledByOffice,
    /// The person did not come.
    NoShow,
    /// Another booking took its place.
    Moved,
}

/// What can happen to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BookingEvent {
    /// The six digits were right.
    Verify,
    /// The six digits did not come in time.
    VerificationExpired,
    /// The person checked in.
    Arrive,
    /// A tap at the wrong person's name is taken back.
    UndoArrival,
    /// The citizen cancels.
    CancelByCitizen,
    /// The office cancels.
    CancelByOffice,
    /// The office takes back that it cancelled, before anybody was told.
    UndoCancelByOffice,
    /// The office notes that nobody came.
    MarkNoShow,
    /// The person came after all.
    UndoNoShow,
    /// It is moved to another time.
    Move,
}

/// A transition that is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{event:?} is not possible in state {state:?}")]
pub struct IllegalTransition<State: std::fmt::Debug, Event: std::fmt::Debug> {
    /// The state it is in.
    pub state: State,
    /// What was tried.
    pub event: Event,
}

impl HoldState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Held, Self::Booked, Self::Expired];

    /// The table of holds.
    pub fn after(self, event: HoldEvent) -> Result<Self, IllegalTransition<Self, HoldEvent>> {
        match (self, event) {
            (Self::Held, HoldEvent::Book) => Ok(Self::Booked),
            (Self::Held, HoldEvent::Expire | HoldEvent::Release) => Ok(Self::Expired),
            (Self::Booked | Self::Expired, _) => Err(IllegalTransition { state: self, event }),
        }
    }

    /// Whether its ticks are counted as taken in its own right.
    pub fn claims_capacity(self) -> bool {
        matches!(self, Self::Held)
    }

    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Booked => "booked",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl HoldEvent {
    /// All events.
    pub const ALL: [Self; 3] = [Self::Book, Self::Expire, Self::Release];
}

impl BookingState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Unverified,
        Self::Booked,
        Self::Arrived,
        Self::Expired,
        Self::CancelledByCitizen,
        Self::CancelledByOffice,
        Self::NoShow,
        Self::Moved,
    ];

    /// The table of bookings.
    pub fn after(self, event: BookingEvent) -> Result<Self, IllegalTransition<Self, BookingEvent>> {
        use BookingEvent as Event;
        match (self, event) {
            (Self::Unverified, Event::Verify)
            | (Self::Arrived, Event::UndoArrival)
            | (Self::CancelledByOffice, Event::UndoCancelByOffice) => Ok(Self::Booked),
            (Self::Unverified, Event::VerificationExpired) => Ok(Self::Expired),
            (Self::Unverified | Self::Booked, Event::CancelByCitizen) => Ok(Self::CancelledByCitizen),
            (Self::Unverified | Self::Booked, Event::CancelByOffice) => Ok(Self::CancelledByOffice),
            (Self::Booked, Event::Arrive) => Ok(Self::Arrived),
            (Self::Booked, Event::MarkNoShow) => Ok(Self::NoShow),
            (Self::Booked, Event::Move) => Ok(Self::Moved),
            (Self::NoShow, Event::UndoNoShow) => Ok(Self::Booked),
            (
                Self::Unverified
                | Self::Booked
                | Self::Arrived
                | Self::Expired
                | Self::CancelledByCitizen
                | Self::CancelledByOffice
                | Self::NoShow
                | Self::Moved,
                _,
            ) => Err(IllegalTransition { state: self, event }),
        }
    }

    /// Whether it still claims its ticks.
    pub fn claims_capacity(self) -> bool {
        match self {
            Self::Unverified | Self::Booked | Self::Arrived | Self::NoShow => true,
            Self::Expired | Self::CancelledByCitizen | Self::CancelledByOffice | Self::Moved => false,
        }
    }

    /// Whether it counts against the limit of open bookings of a number.
    pub fn is_open(self) -> bool {
        match self {
            Self::Unverified | Self::Booked => true,
            Self::Arrived
            | Self::Expired
            | Self::CancelledByCitizen
            | Self::CancelledByOffice
            | Self::NoShow
            | Self::Moved => false,
        }
    }

    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Expired => "expired",
            Self::CancelledByCitizen => "cancelled_by_citizen",
            Self::CancelledByOffice => "cancelled_by_office",
            Self::NoShow => "no_show",
            Self::Moved => "moved",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl BookingEvent {
    /// All events.
    pub const ALL: [Self; 10] = [
        Self::Verify,
        Self::VerificationExpired,
        Self::Arrive,
        Self::UndoArrival,
        Self::CancelByCitizen,
        Self::CancelByOffice,
        Self::UndoCancelByOffice,
        Self::MarkNoShow,
        Self::UndoNoShow,
        Self::Move,
    ];
}

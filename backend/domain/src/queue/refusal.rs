//! Why a verb of the queue does not happen, with what people need to know then.

use chrono::{DateTime, NaiveDate, Utc};

use super::check_in::CheckInRefused;
use super::status::{CalledTooLittle, IllegalStep, RejoinTooLate, VisitState};
use super::transfer::TransferRefused;

/// Why somebody cannot check in or draw a ticket at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrivalRefused {
    /// No booking has this code.
    #[error("no booking has this code")]
    UnknownCode {
        /// Tries left within the minute.
        tries_left: u32,
    },
    /// The device guessed too often.
    #[error("too many wrong codes, again from {again_at}")]
    TooManyTries {
        /// When it may try again.
        again_at: DateTime<Utc>,
    },
    /// The booking is not for here and now.
    #[error("the booking is not for here and now")]
    NotHereAndNow {
        /// Why.
        why: CheckInRefused,
        /// The local day of the appointment.
        day: NaiveDate,
        /// The office of the appointment.
        office_name: String,
        /// Its street.
        street: String,
    },
    /// There is no such booking, or no such service for walk-ins in this office.
    #[error("nothing of that kind in this office")]
    NotOffered,
    /// The house is closed: there are no numbers until shortly before it opens.
    #[error("the office is closed")]
    Closed {
        /// When it opens next, if it does within two weeks.
        opens_next: Option<DateTime<Utc>>,
    },
    /// Nobody is served there for this service without an appointment.
    #[error("this service is given with an appointment only")]
    AppointmentOnly,
    /// Whoever checks in by phone has to type the code shown in the foyer.
    #[error("the code of the foyer is missing")]
    FoyerCodeNeeded,
    /// It is not the code shown in the foyer, or no longer.
    #[error("not the code of the foyer")]
    FoyerCodeWrong {
        /// Tries left within the window.
        tries_left: u32,
    },
    /// The mobile number cannot be used.
    #[error("the mobile number cannot be used")]
    Phone(#[from] crate::contact::PhoneRefused),
}

/// Why staff or a visitor cannot do something with a visit or a counter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueRefused {
    /// There is no such visit, booking or counter in this town.
    #[error("there is no such visit, booking or counter")]
    Unknown,
    /// The town has no such service, or not that many of it were delivered.
    #[error("this cannot have been delivered")]
    NotDelivered,
    /// The person does not sit at this counter, or it takes a break.
    #[error("the counter is not open for this person")]
    CounterNotOpen,
    /// Somebody else sits there.
    #[error("somebody else sits at this counter")]
    CounterTaken {
        /// Who.
        staff_name: String,
    },
    /// A visitor is called to this counter or sits there.
    #[error("the counter has a visitor")]
    CounterBusy,
    /// Nobody waits whom this counter can serve.
    #[error("nobody waits")]
    NobodyWaits {
        /// How many wait whose call now would make somebody else late.
        held_back: usize,
    },
    /// The visit stands elsewhere, mostly because somebody was faster.
    #[error("not possible now")]
    NotPossibleNow {
        /// Where it stands.
        state: VisitState,
    },
    /// The second call is missing.
    #[error(transparent)]
    CalledTooLittle(#[from] CalledTooLittle),
    /// The way back is closed.
    #[error(transparent)]
    RejoinTooLate(#[from] RejoinTooLate),
    /// The visit is of a day gone by: nobody goes on with it.
    #[error("the visit was on {day}, and that day is over")]
    DayOver {
        /// Its local day.
        day: NaiveDate,
    },
    /// The booking is in another state, or its time has not come.
    #[error("not possible with this booking now")]
    BookingNotPossible {
        /// Where the booking stands.
        state: &'static str,
    },
    /// The booking cannot check in.
    #[error("the booking cannot check in")]
    CheckIn(#[from] CheckInRefused),
    /// The visitor is called to another counter or sits there; who works there decides.
    #[error("the visitor is at another counter")]
    AtOtherCounter,
    /// The visitor sits at a counter: what was done there is noted there.
    #[error("the visitor is being served")]
    BeingServed,
    /// The visitor cannot go on there.
    #[error(transparent)]
    Transfer(#[from] TransferRefused),
    /// More minutes than anybody may be moved by, or none, or no reason.
    #[error("minutes cannot be granted like that")]
    GrantNotPossible,
    /// A note without words, or with too many.
    #[error("there is nothing in the note, or too much")]
    NoteNotPossible,
}

impl From<IllegalStep> for QueueRefused {
    fn from(illegal: IllegalStep) -> Self {
        Self::NotPossibleNow { state: illegal.state }
    }
}

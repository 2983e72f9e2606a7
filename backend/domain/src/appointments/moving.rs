//! Moving an appointment (Termin verschieben), and what becomes of a slot that is given back.

use chrono::{DateTime, Duration, Utc};
use thiserror::Error;

use super::booking::{HoldRefused, decide_span};
use super::status::BookingState;
use crate::ids::PoolId;
use crate::schedule::slots::BookingWindow;
use crate::schedule::timeline::Timeline;
use crate::schedule::{Audience, TickSpan};

/// A slot freed more than this ahead does not reappear at once (resale bots cancel and
/// book again).
pub const COOLS_WHEN_AHEAD: Duration = Duration::hours(24);
/// The shortest time after which it reappears.
pub const SHORTEST_COOLING: Duration = Duration::minutes(10);
/// The longest time after which it reappears.
pub const LONGEST_COOLING: Duration = Duration::minutes(180);

/// Where a slot is: the pool, its ticks, and which count they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The pool.
    pub pool: PoolId,
    /// Its ticks.
    pub span: TickSpan,
    /// Which count they are in.
    pub audience: Audience,
}

impl Place {
    /// The ticks of this place that another does not have: what is taken, or freed, when one becomes the other.
    pub fn without(&self, other: &Self) -> Vec<TickSpan> {
        if self.pool == other.pool && self.audience == other.audience {
            self.span.without(other.span)
        } else {
            vec![self.span]
        }
    }
}

/// Why an appointment is not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoveRefused {
    /// It has begun, was cancelled, or the person is here.
    #[error("an appointment that is {state:?} cannot be moved")]
    NotMovable {
        /// Where it stands.
        state: BookingState,
    },
    /// It is where it shall go.
    #[error("the appointment is at that time already")]
    SameSlot,
    /// The new slot cannot be taken; the old one is untouched.
    #[error(transparent)]
    Slot(#[from] HoldRefused),
}

/// Whether an appointment may still be moved: it stands and has not begun.
pub fn may_move(state: BookingState, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    state == BookingState::Booked && now < starts_at
}

/// What is to be moved where.
#[derive(Clone, Copy, Debug)]
pub struct WantedMove {
    /// Where the appointment stands.
    pub state: BookingState,
    /// The slot it has.
    pub from: Place,
    /// The pool it shall go to.
    pub pool: PoolId,
    /// When it shall begin.
    pub starts_at: DateTime<Utc>,
    /// How long it takes there, in ticks.
    pub length: u16,
    /// Out of which count.
    pub audience: Audience,
}

/// Whether the appointment may be moved, and the slot to take. `timeline` is that of the new pool; the appointment's own
/// ticks count as free, so that it may be moved by a little.
pub fn decide_move(
    wanted: &WantedMove,
    mut timeline: Timeline,
    window: BookingWindow,
    now: DateTime<Utc>,
) -> Result<Place, MoveRefused> {
    if !may_move(wanted.state, wanted.from.span.starts_at(), now) {
        return Err(MoveRefused::NotMovable { state: wanted.state });
    }
    if wanted.pool == wanted.from.pool && wanted.starts_at == wanted.from.span.starts_at() {
        return Err(MoveRefused::SameSlot);
    }
    if wanted.pool == wanted.from.pool && wanted.audience == wanted.from.audience {
        timeline.give_back(wanted.from.span);
    }
    let span = decide_span(wanted.starts_at, wanted.length, &timeline, window)?;
    Ok(Place { pool: wanted.pool, span, audience: wanted.audience })
}

/// When a slot that is given back now reappears for everybody; `None`: at once. What is kept for staff is no market for
/// bots and never waits. `random` is any number.
pub fn reappears_at(place: &Place, now: DateTime<Utc>, random: u64) -> Option<DateTime<Utc>> {
    if place.audience == Audience::Staff || place.span.starts_at() - now <= COOLS_WHEN_AHEAD {
        return None;
    }
    let seconds = (LONGEST_COOLING - SHORTEST_COOLING).num_seconds().unsigned_abs() + 1;
    let extra = i64::try_from(random % seconds).unwrap_or(0);
    Some(now + SHORTEST_COOLING + Duration::seconds(extra))
}

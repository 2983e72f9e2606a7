//! When a pool of counters (Schalter) can take people: opening hours, holidays and free slots.
//!
//! A tick is five minutes, counted from the beginning of 1970 in UTC: the unit of capacity and of bookings.
//! A timeline lays capacity and use side by side, tick by tick, over one or many local days.

pub mod counts;
pub mod holidays;
pub mod opening_hours;
pub mod slots;
pub mod timeline;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Length of a tick in minutes.
pub const TICK_MINUTES: u16 = 5;
const TICK_SECONDS: i64 = TICK_MINUTES as i64 * 60;

/// Five minutes of time, counted from the beginning of 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(pub i64);

impl Tick {
    /// The tick that contains the instant.
    pub fn containing(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp().div_euclid(TICK_SECONDS))
    }

    /// The first tick that begins at or after the instant.
    pub fn at_or_after(instant: DateTime<Utc>) -> Self {
        let tick = Self::containing(instant);
        if tick.starts_at() < instant { tick.plus(1) } else { tick }
    }

    /// The tick that begins exactly then, if one does.
    pub fn starting_at(instant: DateTime<Utc>) -> Option<Self> {
        let tick = Self::containing(instant);
        (tick.starts_at() == instant).then_some(tick)
    }

    /// The instant at which it begins.
    pub fn starts_at(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.saturating_mul(TICK_SECONDS), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The tick so many later.
    pub fn plus(self, ticks: u16) -> Self {
        Self(self.0 + i64::from(ticks))
    }

    /// How many ticks lie from `earlier` to this one, 0 when it is not earlier.
    pub fn since(self, earlier: Self) -> usize {
        usize::try_from(self.0 - earlier.0).unwrap_or(0)
    }
}

/// For whom capacity is kept and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody, by web, app, SMS and terminal.
    Public,
    /// Kept free for bookings that staff make.
    Staff,
}

/// The ticks of an appointment: `[first, first + count)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TickSpan {
    /// The tick in which it begins.
    pub first: Tick,
    /// How many ticks it takes.
    pub count: u16,
}

impl TickSpan {
    /// The ticks one by one, ascending.
    pub fn ticks(self) -> impl Iterator<Item = Tick> {
        (0..self.count).map(move |ahead| self.first.plus(ahead))
    }

    /// The ticks that another span does not have: none, one stretch or two.
    pub fn without(self, other: Self) -> Vec<Self> {
        let (begin, end) = (self.first.0, self.first.0 + i64::from(self.count));
        let cut_begin = other.first.0.clamp(begin, end);
        let cut_end = (other.first.0 + i64::from(other.count)).clamp(begin, end);
        let piece = |from: i64, to: i64| {
            let count = u16::try_from(to - from).ok().filter(|count| *count > 0)?;
            Some(Self { first: Tick(from), count })
        };
        [piece(begin, cut_begin), piece(cut_end, end)].into_iter().flatten().collect()
    }

    /// The instant at which it begins.
    pub fn starts_at(self) -> DateTime<Utc> {
        self.first.starts_at()
    }

    /// The instant at which it ends.
    pub fn ends_at(self) -> DateTime<Utc> {
        self.first.plus(self.count).starts_at()
    }
}

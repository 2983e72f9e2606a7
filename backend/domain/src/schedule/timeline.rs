//! Capacity and use of one pool side by side, tick by tick, over consecutive local days.

use std::ops::Range;

use chrono::NaiveDate;

use super::opening_hours::{DayCapacity, OpeningHours};
use super::{Audience, Tick, TickSpan};

/// What a pool can take and what is taken, over a run of local days.
#[derive(Clone, Debug)]
pub struct Timeline {
    first: Tick,
    capacity: Vec<u16>,
    used: Vec<u16>,
    days: Vec<TimelineDay>,
}

/// One local day of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineDay {
    /// The local day.
    pub date: NaiveDate,
    /// Whether any counter opens on it.
    pub open: bool,
    /// Its ticks, counted from the beginning of the timeline.
    pub ticks: Range<usize>,
}

impl Timeline {
    /// The days from one to another, both included, with nothing taken yet.
    pub fn of(hours: &OpeningHours, audience: Audience, from: NaiveDate, to: NaiveDate) -> Self {
        let days = from.iter_days().take_while(|date| *date <= to);
        Self::join(&days.map(|date| hours.capacity(date, audience)).collect::<Vec<_>>())
    }

    /// Consecutive days with these capacities, with nothing taken yet.
    pub fn join(days: &[DayCapacity]) -> Self {
        let first = days.first().map_or(Tick(0), |day| day.first);
        let mut timeline = Self { first, capacity: Vec::new(), used: Vec::new(), days: Vec::new() };
        for day in days {
            let start = timeline.capacity.len();
            timeline.capacity.extend_from_slice(&day.steps);
            let ticks = start..timeline.capacity.len();
            timeline.days.push(TimelineDay { date: day.date, open: day.is_open(), ticks });
        }
        timeline.used = vec![0; timeline.capacity.len()];
        timeline
    }

    /// Notes how many are taken in the ticks from one on; those outside the timeline are ignored.
    pub fn set_used(&mut self, from: Tick, counts: &[u16]) {
        let counts = counts.get(self.first.since(from)..).unwrap_or_default();
        let used = self.used.get_mut(from.since(self.first)..).unwrap_or_default();
        for (used, count) in used.iter_mut().zip(counts) {
            *used = *count;
        }
    }

    /// Takes one counter for the whole span.
    pub fn take(&mut self, span: TickSpan) {
        for tick in span.ticks() {
            if let Some(used) = self.position(tick).and_then(|at| self.used.get_mut(at)) {
                *used = used.saturating_add(1);
            }
        }
    }

    /// Gives one counter back for the whole span.
    pub fn give_back(&mut self, span: TickSpan) {
        for tick in span.ticks() {
            if let Some(used) = self.position(tick).and_then(|at| self.used.get_mut(at)) {
                *used = used.saturating_sub(1);
            }
        }
    }

    /// The days it covers.
    pub fn days(&self) -> &[TimelineDay] {
        &self.days
    }

    /// Its first tick.
    pub fn first(&self) -> Tick {
        self.first
    }

    /// The first tick after it.
    pub fn end(&self) -> Tick {
        Tick(self.first.0 + self.capacity.len() as i64)
    }

    /// The tick at a position of it.
    pub fn tick(&self, position: usize) -> Tick {
        Tick(self.first.0 + position as i64)
    }

    /// Counters open at a tick.
    pub fn capacity_at(&self, tick: Tick) -> u16 {
        self.position(tick).and_then(|at| self.capacity.get(at)).copied().unwrap_or(0)
    }

    /// Counters taken at a tick.
    pub fn used_at(&self, tick: Tick) -> u16 {
        self.position(tick).and_then(|at| self.used.get(at)).copied().unwrap_or(0)
    }

    /// Counters left at each position; none where more is taken than is open.
    pub fn left(&self) -> Vec<u16> {
        self.capacity.iter().zip(&self.used).map(|(capacity, used)| capacity.saturating_sub(*used)).collect()
    }

    /// Whether one counter is left during the whole span.
    pub fn has_room(&self, span: TickSpan) -> bool {
        span.count > 0 && span.ticks().all(|tick| self.capacity_at(tick) > self.used_at(tick))
    }

    fn position(&self, tick: Tick) -> Option<usize> {
        usize::try_from(tick.0 - self.first.0).ok()
    }
}

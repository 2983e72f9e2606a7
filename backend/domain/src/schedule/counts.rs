//! What is taken of a pool, counted tick by tick, a day in UTC at a time.

use std::ops::Range;

use chrono::NaiveDate;

use super::{TICK_SECONDS, Tick, TickSpan};

/// Ticks of a day in UTC, which never has 23 or 25 hours.
pub const DAY_TICKS: usize = 288;

/// How many counters are taken in each tick of a day in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCounts([u16; DAY_TICKS]);

/// Why counts cannot be read: they are not those of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts of a day are {DAY_TICKS} numbers of two bytes")]
pub struct NotADay;

impl Default for DayCounts {
    fn default() -> Self {
        Self([0; DAY_TICKS])
    }
}

impl DayCounts {
    /// Takes one counter for all of these ticks, or for none when one of them has none left.
    pub fn take(&mut self, ticks: &Range<usize>, capacity: impl Fn(usize) -> u16) -> bool {
        let Some(counts) = self.0.get_mut(ticks.clone()) else { return false };
        let has_room = counts.iter().zip(ticks.clone()).all(|(count, at)| *count < capacity(at));
        if has_room {
            counts.iter_mut().for_each(|count| *count += 1);
        }
        has_room
    }

    /// Gives one counter back for each of these ticks.
    pub fn give_back(&mut self, ticks: &Range<usize>) {
        for count in self.0.get_mut(ticks.clone()).unwrap_or_default() {
            *count = count.saturating_sub(1);
        }
    }

    /// The counts, from midnight in UTC on.
    pub fn counts(&self) -> &[u16] {
        &self.0
    }

    /// As they are stored: two bytes each, the lower one first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|count| count.to_le_bytes()).collect()
    }

    /// Reads what [`DayCounts::to_bytes`] gave.
    ///
    /// # Errors
    /// When they are not those of a day.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotADay> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if pairs.len() != DAY_TICKS || !rest.is_empty() {
            return Err(NotADay);
        }
        let mut counts = [0; DAY_TICKS];
        for (count, pair) in counts.iter_mut().zip(pairs) {
            *count = u16::from_le_bytes(*pair);
        }
        Ok(Self(counts))
    }
}

impl Tick {
    /// The day in UTC that contains it.
    pub fn utc_day(self) -> NaiveDate {
        self.starts_at().date_naive()
    }

    /// The first tick of a day in UTC.
    pub fn first_of(utc_day: NaiveDate) -> Self {
        Self(utc_day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp().div_euclid(TICK_SECONDS))
    }
}

impl TickSpan {
    /// The days in UTC it touches, ascending, with its ticks in each.
    pub fn by_utc_day(self) -> impl Iterator<Item = (NaiveDate, Range<usize>)> {
        let (mut next, end) = (self.first, self.first.plus(self.count));
        std::iter::from_fn(move || {
            let day = next.utc_day();
            let midnight = Tick::first_of(day);
            let from = next.since(midnight);
            let ticks = from..end.since(midnight).min(DAY_TICKS);
            (next < end).then(|| {
                next = Tick(midnight.0 + ticks.end as i64);
                (day, ticks)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_taken_when_one_tick_is_full() {
        let mut counts = DayCounts::default();
        let capacity = |at: usize| if at == 102 { 0 } else { 2 };
        assert!(!counts.take(&(100..103), capacity));
        assert_eq!(counts, DayCounts::default());
        assert!(!counts.take(&(280..289), |_| 2), "no day has a tick 288");
    }

    #[test]
    fn a_span_over_midnight_is_two_days() {
        let midnight = Tick::first_of(NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day"));
        let span = TickSpan { first: Tick(midnight.0 - 2), count: 5 };
        let days: Vec<_> = span.by_utc_day().map(|(day, ticks)| (day.to_string(), ticks)).collect();
        assert_eq!(days, [("2026-11-23".to_owned(), 286..288), ("2026-11-24".to_owned(), 0..3)]);
        assert_eq!(TickSpan { first: midnight, count: 0 }.by_utc_day().count(), 0);
    }

    #[test]
    fn counts_of_another_length_are_not_read() {
        assert_eq!(DayCounts::from_bytes(&[0; 575]), Err(NotADay));
        assert_eq!(DayCounts::from_bytes(&[0; 578]), Err(NotADay));
    }

    proptest! {
        #[test]
        fn days_together_are_the_span(first in -1_000_000_i64..10_000_000, count in 0_u16..2_000) {
            let span = TickSpan { first: Tick(first), count };
            let ticks: Vec<Tick> = span
                .by_utc_day()
                .flat_map(|(day, ticks)| ticks.map(move |at| Tick(Tick::first_of(day).0 + at as i64)))
                .collect();
            prop_assert_eq!(ticks, span.ticks().collect::<Vec<_>>());
        }

        #[test]
        fn no_count_goes_over_its_capacity_and_all_come_back(
            wishes in prop::collection::vec((0_usize..280, 1_usize..8), 0..400),
            capacity in prop::collection::vec(0_u16..5, DAY_TICKS),
        ) {
            let of = |at: usize| capacity.get(at).copied().unwrap_or(0);
            let mut counts = DayCounts::default();
            let mut taken = Vec::new();
            for (from, length) in wishes {
                let ticks = from..from + length;
                let has_room = ticks.clone().all(|at| counts.counts()[at] < of(at));
                prop_assert_eq!(counts.take(&ticks, of), has_room);
                if has_room {
                    taken.push(ticks);
                }
            }
            prop_assert!(counts.counts().iter().zip(&capacity).all(|(count, most)| count <= most));
            prop_assert_eq!(&DayCounts::from_bytes(&counts.to_bytes()).expect("a day"), &counts);
            for ticks in taken {
                counts.give_back(&ticks);
            }
            prop_assert_eq!(counts, DayCounts::default());
        }
    }
}

//! Free slots (freie Termine): where an appointment of a given length still fits, and which starts to offer.
//!
//! Counters of a pool are interchangeable, so capacity as a count is exact: intervals can be given to k
//! counters if and only if at most k overlap. An appointment fits at t when the sliding-window minimum of
//! capacity less use over its length is at least 1, which is the same as: t begins a run of ticks with a
//! counter left that is long enough. List, calendar, earliest and the re-check all ask this module.

use std::ops::RangeInclusive;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::timeline::Timeline;
use super::{Tick, TickSpan};
use crate::catalog::BookableDays;
use crate::local_time::day_span;

/// When, counted from local midnight, a new day at the end of the horizon is released at the earliest: when people are
/// awake to see it.
pub const RELEASES_FROM: Duration = Duration::hours(7);
/// And how long after that at the latest: no fixed hour for bots.
pub const RELEASES_WITHIN: Duration = Duration::hours(12);

/// When one may book: not too soon, not too far ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingWindow {
    /// The earliest start that is offered.
    pub earliest: DateTime<Utc>,
    /// The last start that is offered.
    pub latest: DateTime<Utc>,
}

impl BookingWindow {
    /// From so many minutes ahead of now until the given instant.
    pub fn ahead_of(now: DateTime<Utc>, lead_minutes: u32, latest: DateTime<Utc>) -> Self {
        Self { earliest: now + Duration::minutes(i64::from(lead_minutes)), latest }
    }

    /// Of it what lies on these local days.
    #[must_use]
    pub fn on_days(self, zone: Tz, days: BookableDays) -> Self {
        let begin = |day: NaiveDate| day_span(zone, day).0;
        let end = |day: NaiveDate| day_span(zone, day).1 - Duration::microseconds(1);
        Self {
            earliest: days.from.map_or(self.earliest, |day| self.earliest.max(begin(day))),
            latest: days.until.map_or(self.latest, |day| self.latest.min(end(day))),
        }
    }

    /// Whether a start lies in it.
    pub fn contains(&self, start: DateTime<Utc>) -> bool {
        (self.earliest..=self.latest).contains(&start)
    }

    /// The first and the last tick that may be a start.
    pub fn ticks(&self) -> RangeInclusive<Tick> {
        Tick::at_or_after(self.earliest)..=Tick::containing(self.latest)
    }
}

/// The last instant that can be booked so many days ahead. The last day joins at a moment of today that nobody can
/// guess: `random` follows from that day and a secret, so that it is the same for every request.
pub fn end_of_horizon(
    zone: Tz,
    now: DateTime<Utc>,
    horizon_days: u16,
    random: impl Fn(NaiveDate) -> u64,
) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let ahead = |days: u64| today.checked_add_days(chrono::Days::new(days)).unwrap_or(today);
    let last = ahead(u64::from(horizon_days));
    let within = RELEASES_WITHIN.num_seconds().unsigned_abs();
    let shift = i64::try_from(random(last) % within).unwrap_or(0);
    let (midnight, _) = day_span(zone, today);
    let released = now >= midnight + RELEASES_FROM + Duration::seconds(shift);
    let day = if released { last } else { ahead(u64::from(horizon_days.saturating_sub(1))) };
    let (_, end) = day_span(zone, day);
    end - Duration::microseconds(1)
}

/// The free starts of one local day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeDay {
    /// The local day.
    pub date: NaiveDate,
    /// Whether any counter opens on it.
    pub open: bool,
    /// The offered starts, ascending.
    pub starts: Vec<Tick>,
}

/// The starts to offer for an appointment of `length` ticks, day by day.
///
/// Each stretch with a counter left is cut into windows of the appointment's length, and every window offers
/// one start: the one that touches other bookings or an edge of the opening hours most, otherwise the
/// window's own. So appointments of 10, 15, 25 and 40 minutes pack without gaps that fit nothing, and the
/// list stays short.
pub fn free(timeline: &Timeline, length: u16, window: BookingWindow) -> Vec<FreeDay> {
    let left = timeline.left();
    let mut days: Vec<FreeDay> = timeline
        .days()
        .iter()
        .map(|day| FreeDay { date: day.date, open: day.open, starts: Vec::new() })
        .collect();
    let mut offered = Vec::new();
    let allowed = window.ticks();
    for run in runs(&left, usize::from(length)) {
        offer(&left, run, usize::from(length), |start| allowed.contains(&timeline.tick(start)), &mut offered);
    }
    let mut at = 0;
    for (day, found) in timeline.days().iter().zip(&mut days) {
        while let Some(start) = offered.get(at).copied().filter(|start| *start < day.ticks.end) {
            found.starts.push(timeline.tick(start));
            at += 1;
        }
    }
    days
}

/// The first start that is free within the window, on the offer grid.
pub fn earliest(timeline: &Timeline, length: u16, window: BookingWindow) -> Option<Tick> {
    free(timeline, length, window).into_iter().find_map(|day| day.starts.first().copied())
}

/// Up to `limit` offered starts, those nearest to the one that was wanted first.
pub fn nearest(timeline: &Timeline, wanted: TickSpan, window: BookingWindow, limit: usize) -> Vec<Tick> {
    let mut starts: Vec<Tick> =
        free(timeline, wanted.count, window).into_iter().flat_map(|day| day.starts).collect();
    starts.sort_by_key(|start| ((start.0 - wanted.first.0).abs(), *start));
    starts.truncate(limit);
    starts
}

/// The re-check at booking: whether this very appointment still fits.
pub fn is_free(timeline: &Timeline, wanted: TickSpan, window: BookingWindow) -> bool {
    window.contains(wanted.starts_at()) && timeline.has_room(wanted)
}

/// The stretches of ticks with a counter left that can hold an appointment of that length.
fn runs(left: &[u16], length: usize) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < left.len() {
        let taken = left[start..].iter().position(|left| *left == 0).unwrap_or(left.len() - start);
        if length > 0 && taken >= length {
            found.push(start..start + taken);
        }
        start += taken + 1;
    }
    found
}

/// Adds the starts of one run: one for each window that has an allowed one.
fn offer(
    left: &[u16],
    run: std::ops::Range<usize>,
    length: usize,
    allowed: impl Fn(usize) -> bool,
    offered: &mut Vec<usize>,
) {
    let last = run.end - length;
    let before = offered.len();
    for window in (run.start..=last).step_by(length) {
        let starts = window..=last.min(window + length - 1);
        let best = starts
            .filter(|start| allowed(*start))
            .map(|start| (touches(left, start, length), start))
            .filter(|(touches, start)| *touches > 0 || *start == window)
            .min_by_key(|(touches, start)| (std::cmp::Reverse(*touches), *start));
        offered.extend(best.map(|(_, start)| start));
    }
    if offered.len() == before {
        // The time to book cuts the run between two windows: better an odd time than none.
        offered.extend((run.start..=last).find(|start| allowed(*start)));
    }
}

/// How many ends of `[start, start + length)` lie where a counter becomes free or is taken again.
fn touches(left: &[u16], start: usize, length: usize) -> u8 {
    let at = |position: Option<usize>| position.and_then(|at| left.get(at)).copied().unwrap_or(0);
    let end = start + length;
    let begins = at(start.checked_sub(1)) < at(Some(start));
    let ends = at(Some(end)) < at(Some(end - 1));
    u8::from(begins) + u8::from(ends)
}

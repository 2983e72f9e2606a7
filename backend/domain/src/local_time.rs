//! Office time: turns local dates and minutes into UTC instants and back.
//!
//! Rules are written in local time, instants are stored in UTC. On the two clock-change nights a local time
//! may not exist (then the next one that does is meant) or exist twice (then the first one is meant).

use chrono::{DateTime, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Minutes in a day by the clock on the wall, also on the two days that are longer or shorter.
pub const MINUTES_PER_DAY: u16 = 24 * 60;

/// A time by the clock on the wall, as minutes after local midnight; 24:00 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct LocalMinute(u16);

/// A local time that does not fit into a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("minute {0} is not within a day (0 to 1440)")]
pub struct NoSuchMinute(pub u16);

impl LocalMinute {
    /// The beginning of the day, 00:00.
    pub const START_OF_DAY: Self = Self(0);
    /// The end of the day, 24:00.
    pub const END_OF_DAY: Self = Self(MINUTES_PER_DAY);

    /// The time that many minutes after midnight.
    pub fn new(minute: u16) -> Result<Self, NoSuchMinute> {
        if minute <= MINUTES_PER_DAY { Ok(Self(minute)) } else { Err(NoSuchMinute(minute)) }
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// Reads "08:00", "8:00" or "24:00".
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hours) || !digits(minutes) || minutes.len() != 2 || hours.len() > 2 {
            return None;
        }
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        if minutes >= 60 {
            return None;
        }
        Self::new(hours * 60 + minutes).ok()
    }
}

impl TryFrom<u16> for LocalMinute {
    type Error = NoSuchMinute;

    fn try_from(minute: u16) -> Result<Self, NoSuchMinute> {
        Self::new(minute)
    }
}

impl From<LocalMinute> for u16 {
    fn from(minute: LocalMinute) -> u16 {
        minute.0
    }
}

impl std::fmt::Display for LocalMinute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// The first day that is reckoned with.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 2).expect("a day");
/// The last day that is reckoned with. What somebody writes for a day lies further off is meant to be this one: no office plans
/// for it, and no sum with it overflows.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 29).expect("a day");

/// The day itself, or the last one that is reckoned with on its side.
fn within_reckoning(date: NaiveDate) -> NaiveDate {
    date.clamp(FIRST_DAY, LAST_DAY)
}

/// A minute of a local day; 24:00 is the next day's beginning.
pub fn local_at(date: NaiveDate, minute: LocalMinute) -> NaiveDateTime {
    within_reckoning(date).and_time(NaiveTime::MIN) + Duration::minutes(i64::from(minute.minutes()))
}

/// The instant of a local time on a local date.
pub fn instant_at(zone: Tz, date: NaiveDate, minute: LocalMinute) -> DateTime<Utc> {
    instant_of(zone, local_at(date, minute))
}

/// The instant of a local date and time; a time in the gap of March means the next that exists,
/// a time in the fold of October its first occurrence.
pub fn instant_of(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let local = within_reckoning(local.date()).and_time(local.time());
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
        LocalResult::None => end_of_gap(zone, local),
    }
}

/// The first instant after the gap that swallowed `local`.
fn end_of_gap(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // No gap is longer than a day (Samoa skipped one), and all end on a full minute.
    let minute = local - Duration::nanoseconds(seconds_within_minute_nanos(local));
    (1..=i64::from(MINUTES_PER_DAY) + 60)
        .find_map(|ahead| zone.from_local_datetime(&(minute + Duration::minutes(ahead))).earliest())
        .map_or_else(|| Utc.from_utc_datetime(&local), |instant| instant.with_timezone(&Utc))
}

fn seconds_within_minute_nanos(local: NaiveDateTime) -> i64 {
    let utc = local.and_utc();
    utc.timestamp().rem_euclid(60) * 1_000_000_000 + i64::from(utc.timestamp_subsec_nanos())
}

/// The local date and time of an instant.
pub fn local_of(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    let (first, last) = (FIRST_DAY.and_time(NaiveTime::MIN), LAST_DAY.and_time(NaiveTime::MIN));
    instant.clamp(first.and_utc(), last.and_utc()).with_timezone(&zone).naive_local()
}

/// The local calendar day of an instant.
pub fn local_day(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    local_of(zone, instant).date()
}

/// The first instant of a local day and of the day after it: 23, 24 or 25 hours apart.
pub fn day_span(zone: Tz, date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    (
        instant_at(zone, date, LocalMinute::START_OF_DAY),
        instant_at(zone, next_day(date), LocalMinute::START_OF_DAY),
    )
}

/// The calendar day after this one.
pub fn next_day(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn at(date: &str, time: &str) -> DateTime<Utc> {
        instant_at(Berlin, day(date), LocalMinute::parse(time).unwrap())
    }

    #[test]
    fn ordinary_times_follow_the_season() {
        assert_eq!(at("2026-01-15", "08:00"), utc("2026-01-15T07:00:00Z"));
        assert_eq!(at("2026-07-15", "08:00"), utc("2026-07-15T06:00:00Z"));
        assert_eq!(at("2026-07-15", "24:00"), utc("2026-07-15T22:00:00Z"));
    }

    #[test]
    fn every_time_in_the_gap_of_march_means_three_o_clock() {
        for minute in ["02:00", "02:01", "02:30", "02:59", "03:00"] {
            assert_eq!(at("2027-03-28", minute), utc("2027-03-28T01:00:00Z"), "{minute}");
        }
        assert_eq!(at("2027-03-28", "01:59"), utc("2027-03-28T00:59:00Z"));
        let seconds = day("2027-03-28").and_hms_opt(2, 59, 59).unwrap();
        assert_eq!(instant_of(Berlin, seconds), utc("2027-03-28T01:00:00Z"));
    }

    #[test]
    fn a_time_in_the_fold_of_october_means_its_first_occurrence() {
        assert_eq!(at("2026-10-25", "02:00"), utc("2026-10-25T00:00:00Z"));
        assert_eq!(at("2026-10-25", "02:30"), utc("2026-10-25T00:30:00Z"));
        assert_eq!(at("2026-10-25", "03:00"), utc("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn clock_change_days_have_23_and_25_hours() {
        let hours = |date| {
            let (from, to) = day_span(Berlin, day(date));
            (to - from).num_hours()
        };
        assert_eq!(hours("2027-03-28"), 23);
        assert_eq!(hours("2026-10-25"), 25);
        assert_eq!(hours("2026-10-26"), 24);
    }

    #[test]
    fn the_local_day_of_an_instant_changes_at_local_midnight() {
        assert_eq!(local_day(Berlin, utc("2026-10-24T21:59:59Z")), day("2026-10-24"));
        assert_eq!(local_day(Berlin, utc("2026-10-24T22:00:00Z")), day("2026-10-25"));
        assert_eq!(local_day(Berlin, utc("2026-10-25T22:59:59Z")), day("2026-10-25"));
        assert_eq!(local_day(Berlin, utc("2026-10-25T23:00:00Z")), day("2026-10-26"));
    }

    #[test]
    fn a_skipped_day_ends_with_the_next_that_exists() {
        let skipped = instant_at(chrono_tz::Pacific::Apia, day("2011-12-30"), LocalMinute::START_OF_DAY);
        assert_eq!(local_day(chrono_tz::Pacific::Apia, skipped), day("2011-12-31"));
    }

    #[test]
    fn wall_clock_times_are_read_and_written() {
        assert_eq!(LocalMinute::parse("8:05").map(LocalMinute::minutes), Some(485));
        assert_eq!(LocalMinute::new(485).unwrap().to_string(), "08:05");
        for wrong in ["", "8", "8:5", "24:01", "25:00", "12:60", "-1:00", "+8:00", "08:000"] {
            assert_eq!(LocalMinute::parse(wrong), None, "{wrong}");
        }
    }
}

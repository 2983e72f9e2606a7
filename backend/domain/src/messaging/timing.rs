//! When a message may go out: quiet hours (Ruhezeiten) in the office's own time, and the moments of the reminders.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::local_time::instant_of;

const EVENING: u32 = 20;
const MORNING: u32 = 8;
const SUNDAY_MORNING: u32 = 10;
/// How many days before its appointment the early reminder leaves.
const EARLY_DAYS: i64 = 3;

/// The first moment from `at` on that is not in quiet hours: 20:00 to 8:00, on Sundays and holidays to 10:00.
pub fn outside_quiet_hours(
    at: DateTime<Utc>,
    zone: Tz,
    is_holiday: impl Fn(NaiveDate) -> bool,
) -> DateTime<Utc> {
    let local = at.with_timezone(&zone).naive_local();
    let morning = |day: NaiveDate| {
        let late = day.weekday() == Weekday::Sun || is_holiday(day);
        day.and_time(on_the_hour(if late { SUNDAY_MORNING } else { MORNING }))
    };
    if local.hour() >= EVENING {
        return to_utc(morning(local.date() + Duration::days(1)), zone);
    }
    let opens = morning(local.date());
    if local < opens { to_utc(opens, zone) } else { at }
}

/// When the reminders of a booking are due; `None` where it needs none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reminders {
    /// Some days before, for whoever booked long ago.
    pub early: Option<DateTime<Utc>>,
    /// The day before.
    pub day_before: Option<DateTime<Utc>>,
}

/// The reminders of an appointment that is booked, or moved, now.
pub fn reminders(booked_at: DateTime<Utc>, starts_at: DateTime<Utc>, zone: Tz, spread: u64) -> Reminders {
    let due = |wanted: bool, days| wanted.then(|| reminder_due(starts_at, zone, spread, days));
    let ahead = starts_at - booked_at;
    Reminders {
        early: due(ahead > Duration::days(14), EARLY_DAYS),
        day_before: due(needs_reminder(booked_at, starts_at), 1),
    }
}

/// When the reminder so many days before an appointment is due: same wall-clock time between 9:00 and 19:00, spread over a
/// quarter of an hour either way by the booking's own number, so that not all leave in the same second.
fn reminder_due(starts_at: DateTime<Utc>, zone: Tz, spread: u64, days: i64) -> DateTime<Utc> {
    let starts = starts_at.with_timezone(&zone).naive_local();
    let (first, last) = (on_the_hour(9), on_the_hour(19));
    let time = starts.time().clamp(first, last);
    let day = starts.date() - Duration::days(days);
    let shift = Duration::seconds((spread % 1801) as i64 - 900);
    let due = (day.and_time(time) + shift).clamp(day.and_time(first), day.and_time(last));
    to_utc(due, zone)
}

/// When a reminder that says "tomorrow" is no longer true: the end of the day before.
pub fn reminder_expires(starts_at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let day = starts_at.with_timezone(&zone).date_naive();
    to_utc(day.and_time(NaiveTime::MIN), zone)
}

/// When the early reminder is over: at the end of its day, long before the other one.
pub fn early_reminder_expires(starts_at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let day = starts_at.with_timezone(&zone).date_naive() - Duration::days(EARLY_DAYS - 1);
    to_utc(day.and_time(NaiveTime::MIN), zone)
}

/// Whether an appointment booked now needs a reminder at all: the confirmation suffices for the next 26 hours.
fn needs_reminder(booked_at: DateTime<Utc>, starts_at: DateTime<Utc>) -> bool {
    starts_at - booked_at >= Duration::hours(26)
}

fn on_the_hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a whole hour below 24")
}

fn to_utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    instant_of(zone, local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn allowed(at: &str) -> DateTime<Utc> {
        outside_quiet_hours(utc(at), Berlin, |day| day == NaiveDate::from_ymd_opt(2026, 10, 3).unwrap())
    }

    #[test]
    fn one_second_before_eight_in_the_evening_is_allowed_and_eight_is_not() {
        assert_eq!(allowed("2026-09-14T17:59:59Z"), utc("2026-09-14T17:59:59Z"));
        assert_eq!(allowed("2026-09-14T18:00:00Z"), utc("2026-09-15T06:00:00Z"));
        assert_eq!(allowed("2026-09-15T05:59:59Z"), utc("2026-09-15T06:00:00Z"));
        assert_eq!(allowed("2026-09-15T06:00:00Z"), utc("2026-09-15T06:00:00Z"));
    }

    #[test]
    fn sundays_and_holidays_sleep_until_ten() {
        assert_eq!(allowed("2026-09-19T20:00:00Z"), utc("2026-09-20T08:00:00Z"));
        assert_eq!(allowed("2026-10-03T07:00:00Z"), utc("2026-10-03T08:00:00Z"));
    }

    #[test]
    fn the_nights_of_the_clock_change_end_at_ten_local_time() {
        assert_eq!(allowed("2026-10-25T00:30:00Z"), utc("2026-10-25T09:00:00Z"));
        assert_eq!(allowed("2027-03-28T00:30:00Z"), utc("2027-03-28T08:00:00Z"));
    }

    #[test]
    fn the_reminder_is_due_the_day_before_at_the_same_local_time() {
        assert_eq!(reminder_due(utc("2026-09-14T08:20:00Z"), Berlin, 900, 1), utc("2026-09-13T08:20:00Z"));
        // Clock change in between: local time counts.
        assert_eq!(reminder_due(utc("2026-10-25T09:30:00Z"), Berlin, 900, 1), utc("2026-10-24T08:30:00Z"));
        assert_eq!(reminder_due(utc("2026-09-14T05:30:00Z"), Berlin, 900, 1), utc("2026-09-13T07:00:00Z"));
    }

    #[test]
    fn only_who_booked_more_than_two_weeks_ago_is_reminded_twice() {
        let starts = utc("2026-09-30T08:20:00Z");
        let wanted = |booked: &str| {
            let both = reminders(utc(booked), starts, Berlin, 900);
            (both.early.is_some(), both.day_before.is_some())
        };
        assert_eq!(wanted("2026-09-16T08:19:59Z"), (true, true));
        assert_eq!(wanted("2026-09-16T08:20:00Z"), (false, true));
        assert_eq!(wanted("2026-09-29T06:20:01Z"), (false, false));
        let early = reminders(utc("2026-09-01T08:00:00Z"), starts, Berlin, 900).early;
        assert_eq!(early, Some(utc("2026-09-27T08:20:00Z")));
    }

    proptest! {
        #[test]
        fn the_reminder_leaves_by_day_and_not_too_late(seconds in 0_i64..40_000_000, spread in any::<u64>()) {
            let starts = utc("2026-01-01T00:00:00Z") + Duration::seconds(seconds);
            let both = reminders(starts - Duration::days(15), starts, Berlin, spread);
            let (early, due) = (both.early.unwrap(), both.day_before.unwrap());
            for local in [early, due].map(|due| due.with_timezone(&Berlin)) {
                let by_seven = local.hour() < 19 || (local.hour() == 19 && local.minute() == 0);
                prop_assert!(local.hour() >= 9 && by_seven);
            }
            prop_assert!(due < reminder_expires(starts, Berlin) && due < starts);
            let over = early_reminder_expires(starts, Berlin);
            prop_assert!(early < over && over < due);
        }

        #[test]
        fn nothing_leaves_in_quiet_hours(seconds in 0_i64..40_000_000) {
            let at = utc("2026-01-01T00:00:00Z") + Duration::seconds(seconds);
            let sent = outside_quiet_hours(at, Berlin, |_| false);
            let hour = sent.with_timezone(&Berlin).hour();
            prop_assert!(sent >= at && (8..20).contains(&hour));
        }
    }
}

//! Local times and instants: there and back, in zones with every kind of clock change.
#![cfg(test)]

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::local_time::{LocalMinute, day_span, instant_at, instant_of, local_day, local_of, next_day};
use domain::schedule::Tick;
use proptest::prelude::*;

/// Ours; one whose clocks change by half an hour; one that changes in the other half of the year; one that skipped a day.
const ZONES: [Tz; 4] = [
    chrono_tz::Europe::Berlin,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::America::Santiago,
    chrono_tz::Pacific::Apia,
];

fn first_minute() -> DateTime<Utc> {
    "2011-01-01T00:00:00Z".parse().unwrap()
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..30 * 365 * 24 * 60).prop_map(|minutes| first_minute() + Duration::minutes(minutes))
}

/// Instants around the nights on which the clocks of Berlin change: random ones hardly ever meet them.
fn near_a_change() -> impl Strategy<Value = DateTime<Utc>> {
    let nights =
        ["2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z", "2028-03-26T01:00:00Z"];
    (prop::sample::select(nights.to_vec()), -240_i64..240)
        .prop_map(|(night, minutes)| night.parse::<DateTime<Utc>>().unwrap() + Duration::minutes(minutes))
}

fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![instant(), near_a_change()]
}

fn any_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(ZONES.to_vec())
}

/// The same local times, as they are typed: some do not exist, some exist twice.
fn any_local() -> impl Strategy<Value = NaiveDateTime> {
    any_instant().prop_map(|instant| instant.naive_utc() + Duration::hours(1))
}

proptest! {
    #[test]
    fn an_instant_comes_back_or_is_the_first_of_two_with_its_local_time(zone in any_zone(), instant in any_instant()) {
        let local = local_of(zone, instant);
        let back = instant_of(zone, local);
        prop_assert_eq!(local_of(zone, back), local);
        let twice = zone_twice(zone, local);
        prop_assert!(back == instant || (twice && back < instant && instant - back <= Duration::hours(1)));
    }

    #[test]
    fn a_local_time_comes_back_or_becomes_the_next_that_exists(zone in any_zone(), local in any_local()) {
        let instant = instant_of(zone, local);
        let back = local_of(zone, instant);
        prop_assert!(back >= local);
        if back > local {
            let before = local_of(zone, instant - Duration::minutes(1));
            prop_assert!(before < local, "{} exists and is later than {}", before, local);
        }
    }

    #[test]
    fn a_later_local_time_is_never_an_earlier_instant(
        zone in any_zone(), local in any_local(), minutes in 0_i64..2000,
    ) {
        prop_assert!(instant_of(zone, local) <= instant_of(zone, local + Duration::minutes(minutes)));
    }

    #[test]
    fn days_follow_each_other_without_gap_and_every_tick_lies_in_its_own(instant in any_instant()) {
        let zone = chrono_tz::Europe::Berlin;
        let date: NaiveDate = local_day(zone, instant);
        let (begin, end) = day_span(zone, date);
        prop_assert_eq!(end, day_span(zone, next_day(date)).0);
        prop_assert!(begin <= instant && instant < end);
        prop_assert!([23, 24, 25].contains(&(end - begin).num_hours()));
        let ticks = Tick::containing(begin).0..Tick::containing(end).0;
        prop_assert!(ticks.map(|tick| Tick(tick).starts_at()).all(|start| local_day(zone, start) == date));
    }

    #[test]
    fn minutes_of_a_day_ascend_also_on_the_nights_of_change(instant in any_instant(), minute in 0_u16..1440) {
        let zone = chrono_tz::Europe::Berlin;
        let date = local_day(zone, instant);
        let at = |minute| instant_at(zone, date, LocalMinute::new(minute).unwrap());
        prop_assert!(at(minute) <= at(minute + 1));
        prop_assert!(LocalMinute::parse(&LocalMinute::new(minute).unwrap().to_string()).is_some());
    }
}

/// Whether the clocks show this time twice.
fn zone_twice(zone: Tz, local: NaiveDateTime) -> bool {
    use chrono::{LocalResult, TimeZone};
    matches!(zone.from_local_datetime(&local), LocalResult::Ambiguous(..))
}

//! Free slots: what is offered is free, what is free is found, and nothing is wasted.
#![cfg(test)]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::local_time::{LocalMinute, instant_at};
use domain::schedule::opening_hours::{DayCapacity, MonthWeeks, OpeningHours, OpeningRule, Weekdays};
use domain::schedule::slots::{BookingWindow, earliest, free, is_free, nearest};
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use proptest::prelude::*;

const FIRST: Tick = Tick(5_983_200);

fn timeline(capacity: &[u16]) -> Timeline {
    let date: NaiveDate = "2026-11-23".parse().unwrap();
    Timeline::join(&[DayCapacity { date, first: FIRST, steps: capacity.to_vec() }])
}

fn any_time() -> BookingWindow {
    BookingWindow { earliest: DateTime::<Utc>::MIN_UTC, latest: DateTime::<Utc>::MAX_UTC }
}

fn at(position: usize, count: u16) -> TickSpan {
    TickSpan { first: Tick(FIRST.0 + position as i64), count }
}

fn offered(timeline: &Timeline, length: u16) -> Vec<usize> {
    starts(timeline, length, any_time())
}

fn starts(timeline: &Timeline, length: u16, window: BookingWindow) -> Vec<usize> {
    let days = free(timeline, length, window);
    days.into_iter().flat_map(|day| day.starts).map(|start| (start.0 - FIRST.0) as usize).collect()
}

#[test]
fn an_empty_morning_is_offered_back_to_back() {
    assert_eq!(offered(&timeline(&[1; 12]), 3), [0, 3, 6, 9]);
    assert_eq!(offered(&timeline(&[0, 0, 1, 1, 1, 1, 0]), 2), [2, 4]);
}

#[test]
fn a_taken_counter_moves_the_offers_beside_the_booking() {
    let mut morning = timeline(&[1; 12]);
    morning.take(at(4, 3));
    assert_eq!(offered(&morning, 3), [0, 7]);
}

#[test]
fn the_second_counter_is_offered_while_the_first_is_taken() {
    let mut two = timeline(&[2; 6]);
    two.take(at(0, 6));
    assert_eq!(offered(&two, 3), [0, 3]);
    two.take(at(0, 6));
    assert_eq!(offered(&two, 3), [] as [usize; 0]);
}

#[test]
fn two_adjacent_gaps_of_different_counters_are_not_one_slot() {
    let mut two = timeline(&[2; 6]);
    two.take(at(0, 3));
    two.take(at(0, 3));
    assert_eq!(offered(&two, 4), [] as [usize; 0]);
    assert_eq!(offered(&two, 3), [3]);
}

#[test]
fn more_taken_than_open_is_simply_full() {
    let mut less = timeline(&[1; 4]);
    less.set_used(FIRST, &[3]);
    assert_eq!(offered(&less, 1), [1, 2, 3]);
    assert!(!is_free(&less, at(0, 1), any_time()));
}

#[test]
fn lead_time_and_horizon_cut_the_offers() {
    let morning = timeline(&[1; 12]);
    let window =
        BookingWindow { earliest: Tick(FIRST.0 + 1).starts_at(), latest: Tick(FIRST.0 + 6).starts_at() };
    assert_eq!(starts(&morning, 3, window), [3, 6]);
    assert!(!is_free(&morning, at(0, 3), window));
    assert!(is_free(&morning, at(3, 3), window));
    assert!(!is_free(&morning, at(9, 3), window));
}

#[test]
fn the_nearest_offers_come_first() {
    let morning = timeline(&[1; 12]);
    let near: Vec<i64> =
        nearest(&morning, at(5, 3), any_time(), 3).into_iter().map(|tick| tick.0 - FIRST.0).collect();
    assert_eq!(near, [6, 3, 9]);
}

#[test]
fn no_length_offers_nothing() {
    assert_eq!(offered(&timeline(&[1; 4]), 0), [] as [usize; 0]);
    assert!(!is_free(&timeline(&[1; 4]), at(0, 0), any_time()));
}

fn day() -> impl Strategy<Value = (Vec<u16>, Vec<(usize, u16)>)> {
    let steps = prop::collection::vec((0_u16..5, 1_usize..20), 1..8).prop_map(|steps| {
        steps.into_iter().flat_map(|(step, times)| vec![step; times]).collect::<Vec<u16>>()
    });
    (steps, prop::collection::vec((0_usize..120, 1_u16..10), 0..40))
}

/// A timeline with as many of the wanted bookings as fit.
fn filled(capacity: &[u16], wanted: &[(usize, u16)]) -> Timeline {
    let mut timeline = timeline(capacity);
    for (position, length) in wanted {
        let span = at(*position, *length);
        if is_free(&timeline, span, any_time()) {
            timeline.take(span);
        }
    }
    timeline
}

proptest! {
    #[test]
    fn what_is_offered_is_free_and_ascending((capacity, wanted) in day(), length in 1_u16..12) {
        let timeline = filled(&capacity, &wanted);
        let offered = offered(&timeline, length);
        prop_assert!(offered.is_sorted());
        prop_assert!(offered.iter().all(|start| is_free(&timeline, at(*start, length), any_time())));
    }

    #[test]
    fn what_is_free_is_never_hidden(
        (capacity, wanted) in day(), length in 1_u16..12, from in 0_usize..100, span in 12_usize..100,
    ) {
        let timeline = filled(&capacity, &wanted);
        let window = BookingWindow { earliest: at(from, 1).starts_at(), latest: at(from + span, 1).starts_at() };
        let any = (0..capacity.len()).any(|start| is_free(&timeline, at(start, length), window));
        prop_assert_eq!(any, !starts(&timeline, length, window).is_empty());
        let list = starts(&timeline, length, window).first().map(|start| Tick(FIRST.0 + *start as i64));
        prop_assert_eq!(earliest(&timeline, length, window), list, "list and earliest agree");
    }

    #[test]
    fn a_start_is_free_exactly_when_the_window_minimum_is_at_least_one(
        (capacity, wanted) in day(), length in 1_u16..12, start in 0_usize..120,
    ) {
        let timeline = filled(&capacity, &wanted);
        let left = timeline.left();
        let end = start + usize::from(length);
        let minimum = left.get(start..end).and_then(|window| window.iter().min().copied()).unwrap_or(0);
        prop_assert_eq!(is_free(&timeline, at(start, length), any_time()), minimum >= 1);
    }

    #[test]
    fn taking_offers_never_exceeds_capacity_and_fills_one_counter_to_the_last_place(
        ticks in 1_usize..100, length in 1_u16..12, choices in prop::collection::vec(any::<prop::sample::Index>(), 100),
    ) {
        let mut timeline = timeline(&vec![1; ticks]);
        let mut taken = 0;
        for choice in choices {
            let offered = offered(&timeline, length);
            if offered.is_empty() { break; }
            timeline.take(at(*choice.get(&offered), length));
            taken += 1;
        }
        prop_assert_eq!(taken, ticks / usize::from(length), "whoever takes which offer, nobody is shut out");
        prop_assert!((0..ticks).all(|tick| timeline.used_at(Tick(FIRST.0 + tick as i64)) <= 1));
    }

    #[test]
    fn mixed_lengths_on_several_counters_leave_little_unused(
        choices in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4), 600),
    ) {
        let mut timeline = timeline(&[4; 96]);
        for (choice, kind) in choices {
            let length = [2, 3, 5, 8][kind];
            let offered = offered(&timeline, length);
            if !offered.is_empty() {
                timeline.take(at(*choice.get(&offered), length));
            }
        }
        let unused: u32 = timeline.left().iter().map(|left| u32::from(*left)).sum();
        prop_assert!(unused * 100 <= 4 * 96 * 8, "{} of 384 ticks stay empty", unused);
    }

    #[test]
    fn an_opening_day_offers_as_many_slots_whether_the_clocks_change_or_not(
        opens in 4_u16..12, ticks in 1_u16..60, counters in 1_u16..4, length in 1_u16..12,
        wanted in prop::collection::vec((0_usize..60, 1_u16..10), 0..12),
    ) {
        let counts: Vec<usize> = ["2026-10-24", "2026-10-25", "2027-03-28", "2027-03-29"]
            .into_iter()
            .map(|date| slots_on(date, (opens * 60, ticks, counters), &wanted, length))
            .collect();
        prop_assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }
}

/// How many slots a day offers that is open from a minute on for so many ticks, after as many bookings as fit.
fn slots_on(
    date: &str,
    (opens, ticks, counters): (u16, u16, u16),
    wanted: &[(usize, u16)],
    length: u16,
) -> usize {
    let date: NaiveDate = date.parse().unwrap();
    let minute = |minute| LocalMinute::new(minute).unwrap();
    let rule = OpeningRule {
        weekdays: Weekdays::from_bits(0b111_1111),
        every_n_weeks: 1,
        month_weeks: MonthWeeks::default(),
        opens: minute(opens),
        closes: minute(opens + ticks * 5),
        capacity_public: counters,
        capacity_staff: 0,
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: None,
    };
    let zone = chrono_tz::Europe::Berlin;
    let hours = OpeningHours { zone, rules: vec![rule], closures: Vec::new(), holidays: BTreeSet::new() };
    let mut timeline = Timeline::of(&hours, Audience::Public, date, date);
    let begin = Tick::containing(instant_at(zone, date, minute(opens)));
    for (position, count) in wanted {
        let span = TickSpan { first: Tick(begin.0 + *position as i64), count: *count };
        if is_free(&timeline, span, any_time()) {
            timeline.take(span);
        }
    }
    free(&timeline, length, any_time()).iter().map(|day| day.starts.len()).sum()
}

//! The expected wait: never negative, nothing when a counter idles, more work never means less waiting.
#![cfg(test)]

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{CounterId, PoolId, VisitId};
use domain::queue::announced::Announced;
use domain::queue::forecast::{Away, Expected, Seat, Situation, Waiting, Work};
use domain::queue::habits::Habits;
use domain::queue::wait_estimate::{Asking, MOST_PLAYED, expected_waits, fallback, rollout, work_in_order};
use proptest::prelude::*;
use uuid::Uuid;

const POOL: PoolId = PoolId(Uuid::from_u128(1));

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_424_400 + minute * 60, 0).unwrap()
}

fn seat(n: u128, busy_since: Option<i64>) -> Seat {
    Seat {
        counter: CounterId(Uuid::from_u128(n)),
        pools: vec![POOL],
        work: busy_since
            .map(|since| Work { elapsed: TimeDelta::minutes(since), usual: TimeDelta::minutes(12) }),
    }
}

fn waiting(n: u128, due: i64) -> Waiting {
    Waiting {
        visit: VisitId(Uuid::from_u128(n)),
        pool: POOL,
        due_at: at(due),
        arrived_at: at(-5),
        has_appointment: false,
        usual: TimeDelta::minutes(12),
    }
}

fn newcomer() -> Asking {
    Asking { pool: POOL, due_at: at(30), visit: None, usual: TimeDelta::minutes(12) }
}

fn of_waiting(one: &Waiting) -> Asking {
    Asking { pool: one.pool, due_at: one.due_at, visit: Some(one.visit), usual: one.usual }
}

fn situation(counters: Vec<Seat>, people: u128, appointments: i64) -> Situation {
    Situation {
        now: at(0),
        counters,
        waiting: (1..=people).map(|n| waiting(n, 5)).collect(),
        expected: (0..appointments)
            .map(|n| Expected { pool: POOL, starts_at: at(5 + n * 4), usual: TimeDelta::minutes(12) })
            .collect(),
        away: vec![],
        habits: Habits { changeover: TimeDelta::zero(), ..Habits::ASSUMED },
    }
}

#[test]
fn nobody_ahead_and_an_idle_counter_mean_no_wait() {
    let quiet = situation(vec![seat(1, Some(3)), seat(2, None)], 0, 0);
    assert_eq!(work_in_order(&quiet, &newcomer()), Some(TimeDelta::zero()));
    let drawn = rollout(&quiet, &[newcomer()], 100, 7)[0].unwrap();
    assert_eq!((drawn.low, drawn.high), (TimeDelta::zero(), TimeDelta::zero()));
}

#[test]
fn without_an_open_counter_there_is_no_estimate() {
    let closed = situation(vec![], 3, 0);
    assert_eq!(work_in_order(&closed, &newcomer()), None);
    assert_eq!(rollout(&closed, &[newcomer()], 50, 7), [None]);
}

#[test]
fn the_formula_shares_the_work_among_the_counters() {
    // Three ahead of 12 minutes and two residuals of 12 − 6 minutes, two counters: (36 + 12) / 2.
    let busy = situation(vec![seat(1, Some(6)), seat(2, Some(6))], 3, 0);
    assert_eq!(work_in_order(&busy, &newcomer()), Some(TimeDelta::minutes(24)));
}

#[test]
fn appointments_due_before_my_turn_come_in_between() {
    let busy = situation(vec![seat(1, Some(6))], 1, 0);
    let with_appointments = situation(vec![seat(1, Some(6))], 1, 3);
    assert!(work_in_order(&with_appointments, &newcomer()) > work_in_order(&busy, &newcomer()));
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let busy = situation(vec![seat(1, Some(6)), seat(2, Some(1))], 5, 4);
    assert_eq!(rollout(&busy, &[newcomer()], 100, 1), rollout(&busy, &[newcomer()], 100, 1));
}

#[test]
fn the_rollout_agrees_roughly_with_the_formula() {
    let mut busy = situation(vec![seat(1, Some(6)), seat(2, Some(1)), seat(3, Some(9))], 8, 0);
    // The formula knows nothing of people who give up.
    busy.habits.patience = TimeDelta::days(30);
    let drawn = rollout(&busy, &[newcomer()], 400, 3)[0].unwrap();
    let formula = work_in_order(&busy, &newcomer()).unwrap();
    assert!((drawn.median - formula).abs() < TimeDelta::minutes(8), "{} {}", drawn.median, formula);
}

#[test]
fn somebody_put_aside_comes_back_before_those_who_are_due_later() {
    let mut one_desk = situation(vec![seat(1, Some(6))], 4, 0);
    let without = rollout(&one_desk, &[newcomer()], 200, 5)[0].unwrap();
    let aside = VisitId(Uuid::from_u128(99));
    one_desk.away = vec![Away::parked(aside, POOL, at(-10), TimeDelta::minutes(24))];
    let with = rollout(&one_desk, &[newcomer()], 200, 5)[0].unwrap();
    assert!(with.median > without.median + TimeDelta::minutes(4), "{with:?} {without:?}");
}

#[test]
fn an_idle_counter_takes_people_early_but_not_when_an_appointment_would_suffer() {
    // One counter, free; a long visit that is due in half an hour, and an appointment in six minutes.
    let mut house = situation(vec![seat(1, None)], 0, 0);
    let long = Asking { usual: TimeDelta::minutes(40), ..newcomer() };
    assert_eq!(rollout(&house, &[long], 100, 1)[0].unwrap().high, TimeDelta::zero());
    house.expected = vec![Expected { pool: POOL, starts_at: at(6), usual: TimeDelta::minutes(12) }];
    let vetoed = rollout(&house, &[long], 100, 1)[0].unwrap();
    assert!(vetoed.median >= TimeDelta::minutes(5), "{vetoed:?}");
    let short = Asking { usual: TimeDelta::minutes(5), ..newcomer() };
    assert_eq!(rollout(&house, &[short], 100, 1)[0].unwrap().median, TimeDelta::zero());
}

#[test]
fn the_later_it_gets_the_less_an_appointment_is_waited_for() {
    let before = |minutes: i64| {
        let mut one_desk = situation(vec![seat(1, Some(6))], 0, 0);
        one_desk.expected =
            vec![Expected { pool: POOL, starts_at: at(minutes), usual: TimeDelta::minutes(60) }];
        rollout(&one_desk, &[newcomer()], 200, 5)[0].unwrap().high
    };
    assert!(before(4) > before(-9) + TimeDelta::minutes(20), "{} {}", before(4), before(-9));
}

#[test]
fn who_is_ahead_may_give_up() {
    let queue = situation(vec![seat(1, Some(6))], 12, 0);
    let mut patient = queue.clone();
    patient.habits.patience = TimeDelta::days(30);
    let [some_leave, all_stay] =
        [queue, patient].map(|queue| rollout(&queue, &[newcomer()], 100, 1)[0].unwrap());
    assert!(some_leave.median + TimeDelta::minutes(15) < all_stay.median, "{some_leave:?} {all_stay:?}");
}

#[test]
fn a_queue_too_long_to_be_played_is_answered_by_the_formula() {
    let endless = situation(vec![seat(1, None), seat(2, None)], MOST_PLAYED as u128 + 1, 0);
    let answer = expected_waits(&endless, &[newcomer()], 80, 1)[0].unwrap();
    assert_eq!(answer.median, work_in_order(&endless, &newcomer()).unwrap());
}

proptest! {
    #[test]
    fn waits_are_never_negative_and_ranges_are_in_order(
        busy in prop::collection::vec(prop::option::of(0..60_i64), 1..6),
        people in 0..20_u128,
        appointments in 0..10_i64,
        seed: u64,
    ) {
        let seats = busy.iter().enumerate().map(|(n, busy)| seat(n as u128, *busy)).collect();
        let situation = situation(seats, people, appointments);
        let mut asking = vec![newcomer()];
        asking.extend(situation.waiting.iter().map(of_waiting));
        let mut estimates = rollout(&situation, &asking, 30, seed);
        estimates.extend(asking.iter().map(|one| fallback(&situation, one)));
        for estimate in estimates {
            let estimate = estimate.unwrap();
            prop_assert!(TimeDelta::zero() <= estimate.low);
            prop_assert!(estimate.low <= estimate.median && estimate.median <= estimate.high);
            let range = Announced::first(estimate, at(0)).range();
            prop_assert!(range.from_minutes + 5 <= range.to_minutes);
            prop_assert!(range.from_minutes.is_multiple_of(5) && range.to_minutes.is_multiple_of(5));
        }
    }

    #[test]
    fn one_more_person_ahead_never_shortens_the_wait(people in 0..20_u128, counters in 1..5_u128) {
        let seats = || (0..counters).map(|n| seat(n, Some(4))).collect();
        let fewer = work_in_order(&situation(seats(), people, 2), &newcomer());
        let more = work_in_order(&situation(seats(), people + 1, 2), &newcomer());
        prop_assert!(fewer <= more);
    }
}

//! Who is called next: the smallest due, early only without harm, and nobody starves.
#![cfg(test)]

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{CounterId, PoolId, VisitId};
use domain::queue::call_order::{
    Choice, Next, Reason, ahead_of, due_at, near_the_front, next_for, next_with,
};
use domain::queue::forecast::{Expected, HARM_TOLERANCE, Seat, Situation, Waiting, Work};
use domain::queue::habits::Habits;
use proptest::prelude::*;
use uuid::Uuid;

const TARGET: TimeDelta = TimeDelta::minutes(30);

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_424_400 + minute * 60, 0).unwrap()
}

fn pool(n: u128) -> PoolId {
    PoolId(Uuid::from_u128(n))
}

fn visit(n: u128) -> VisitId {
    VisitId(Uuid::from_u128(n))
}

fn seat(n: u128, pools: &[u128]) -> Seat {
    Seat {
        counter: CounterId(Uuid::from_u128(n)),
        pools: pools.iter().map(|n| pool(*n)).collect(),
        work: None,
    }
}

fn waiting(n: u128, arrived: i64, due: i64, takes: i64) -> Waiting {
    Waiting {
        visit: visit(n),
        pool: pool(1),
        due_at: at(due),
        arrived_at: at(arrived),
        has_appointment: false,
        usual: TimeDelta::minutes(takes),
    }
}

fn one_counter(now: i64, waiting: Vec<Waiting>) -> Situation {
    Situation {
        now: at(now),
        counters: vec![seat(1, &[1])],
        waiting,
        expected: vec![],
        away: vec![],
        habits: Habits::ASSUMED,
    }
}

fn called(choice: Choice) -> Next {
    match choice {
        Choice::Call(next) => next,
        Choice::HoldBack(_) | Choice::NobodyWaits => panic!("somebody should be called: {choice:?}"),
    }
}

#[test]
fn the_story_of_b_012_is_told_with_its_three_reasons() {
    // 10:16: B 012 is due at 10:20, B 008 waits longer but is due at 10:32.
    let situation = one_counter(16, vec![waiting(8, -8, 32, 10), waiting(12, 8, 20, 10)]);
    let next = called(next_for(&situation, &situation.counters[0]));
    assert_eq!(next.visit, visit(12));
    assert_eq!(
        next.reasons,
        [
            Reason::EarliestDue { due_at: at(20) },
            Reason::EarlyWithoutHarm { minutes_early: 4 },
            Reason::LongerWaitDueLater { visit: visit(8), due_at: at(32) },
        ]
    );
}

#[test]
fn an_early_call_that_makes_an_appointment_late_is_vetoed_until_the_visitor_is_due() {
    // A long walk-in, due at 30; an appointment comes at 10 and would wait until 40.
    let mut situation = one_counter(0, vec![waiting(1, 0, 30, 40)]);
    situation.expected = vec![Expected { pool: pool(1), starts_at: at(10), usual: TimeDelta::minutes(10) }];
    let Choice::HoldBack(held_back) = next_for(&situation, &situation.counters[0]) else {
        panic!("the call should be vetoed");
    };
    assert_eq!(
        (held_back[0].visit, held_back[0].harm.due_at, held_back[0].harm.late_minutes),
        (visit(1), at(10), 30)
    );

    situation.now = at(30);
    situation.expected[0].starts_at = at(35);
    assert_eq!(called(next_for(&situation, &situation.counters[0])).visit, visit(1));
}

#[test]
fn a_second_counter_that_can_take_the_appointment_lifts_the_veto() {
    let mut situation = one_counter(0, vec![waiting(1, 0, 30, 40)]);
    situation.expected = vec![Expected { pool: pool(1), starts_at: at(10), usual: TimeDelta::minutes(10) }];
    situation.counters.push(seat(2, &[1]));
    assert_eq!(called(next_for(&situation, &situation.counters[0])).visit, visit(1));
    // … unless it is busy for long.
    situation.counters[1].work = Some(Work { elapsed: TimeDelta::zero(), usual: TimeDelta::minutes(50) });
    assert!(matches!(next_for(&situation, &situation.counters[0]), Choice::HoldBack(_)));
}

#[test]
fn a_short_visit_goes_first_when_the_long_one_has_to_wait() {
    let mut situation = one_counter(0, vec![waiting(1, 0, 25, 40), waiting(2, 0, 30, 5)]);
    situation.expected = vec![Expected { pool: pool(1), starts_at: at(10), usual: TimeDelta::minutes(10) }];
    let next = called(next_for(&situation, &situation.counters[0]));
    assert_eq!(next.visit, visit(2));
    assert_eq!(next.held_back.len(), 1);
    assert_eq!(next.reasons, [Reason::EarlyWithoutHarm { minutes_early: 30 }]);
}

#[test]
fn a_counter_calls_only_whom_it_can_serve() {
    let mut situation = one_counter(0, vec![waiting(1, 0, 5, 10)]);
    situation.waiting[0].pool = pool(2);
    assert_eq!(next_for(&situation, &situation.counters[0]), Choice::NobodyWaits);
}

#[test]
fn people_ahead_are_those_with_an_earlier_due_at_shared_counters() {
    let mut situation =
        one_counter(0, vec![waiting(1, -9, 5, 10), waiting(2, -8, 6, 10), waiting(3, -7, 7, 10)]);
    situation.waiting[1].pool = pool(2);
    assert_eq!(ahead_of(&situation, visit(3)), Some(1));
    situation.counters.push(seat(2, &[1, 2]));
    assert_eq!(ahead_of(&situation, visit(3)), Some(2));
    assert_eq!(ahead_of(&situation, visit(9)), None);
}

prop_compose! {
    fn a_queue()(
        people in prop::collection::vec((-60..0_i64, -20..60_i64, 3..50_i64, 1..4_u128), 0..25),
        expected in prop::collection::vec((-5..90_i64, 5..40_i64, 1..4_u128), 0..12),
        seats in prop::collection::vec((prop::collection::btree_set(1..4_u128, 1..3), prop::option::of(0..30_i64)), 1..5),
    ) -> Situation {
        Situation {
            now: at(0),
            counters: seats.into_iter().enumerate().map(|(n, (pools, busy))| Seat {
                work: busy.map(|elapsed| Work { elapsed: TimeDelta::minutes(elapsed), usual: TimeDelta::minutes(15) }),
                ..seat(n as u128 + 1, &pools.into_iter().collect::<Vec<_>>())
            }).collect(),
            waiting: people.into_iter().enumerate().map(|(n, (arrived, due, takes, served_by))| Waiting {
                pool: pool(served_by),
                ..waiting(n as u128 + 1, arrived, due, takes)
            }).collect(),
            expected: expected.into_iter().map(|(starts, takes, served_by)| Expected {
                pool: pool(served_by),
                starts_at: at(starts),
                usual: TimeDelta::minutes(takes),
            }).collect(),
            away: vec![],
            habits: Habits::ASSUMED,
        }
    }
}

proptest! {
    #[test]
    fn the_called_one_has_the_smallest_due_of_all_who_are_not_vetoed(situation in a_queue()) {
        for seat in &situation.counters {
            let line = situation.line_for(seat);
            match next_for(&situation, seat) {
                Choice::NobodyWaits => prop_assert!(line.is_empty()),
                Choice::HoldBack(held_back) => {
                    prop_assert_eq!(held_back.len(), line.len());
                    prop_assert!(line.iter().all(|one| one.due_at > situation.now));
                }
                Choice::Call(next) => {
                    let vetoed: Vec<_> = next.held_back.iter().map(|one| one.visit).collect();
                    let first = line.iter().find(|one| !vetoed.contains(&one.visit)).unwrap();
                    prop_assert_eq!(first.visit, next.visit);
                    for held in &next.held_back {
                        prop_assert!(held.due_at > situation.now);
                        prop_assert!(TimeDelta::minutes(held.harm.late_minutes) >= HARM_TOLERANCE);
                    }
                }
            }
        }
    }

    #[test]
    fn who_is_due_is_never_held_back_even_by_a_veto_that_always_says_no(situation in a_queue()) {
        let always = domain::queue::forecast::Harm { due_at: at(0), late_minutes: 99 };
        for seat in &situation.counters {
            let due = situation.line_for(seat).into_iter().find(|one| one.due_at <= situation.now);
            match next_with(&situation, seat, |_, _| Some(always)) {
                Choice::Call(next) => prop_assert_eq!(Some(next.visit), due.map(|one| one.visit)),
                Choice::HoldBack(_) | Choice::NobodyWaits => prop_assert!(due.is_none()),
            }
        }
    }

    #[test]
    fn near_the_front_are_those_with_few_ahead(situation in a_queue(), most in 0..4_usize) {
        let mut near = near_the_front(&situation, most);
        near.sort_unstable();
        let ahead = |one: &Waiting| Some((one.visit, ahead_of(&situation, one.visit)?));
        let mut few: Vec<_> = situation.waiting.iter().filter_map(ahead).filter(|(_, it)| *it <= most).collect();
        few.sort_unstable();
        prop_assert_eq!(near, few);
    }

    /// Whoever takes as long as somebody vetoed is vetoed, too; so a full house costs few looks ahead.
    #[test]
    fn a_full_house_is_asked_once_for_each_length(people in 100..400_u128) {
        let line = (1..=people).map(|n| waiting(n, -1, 30, 4 + 4 * (n as i64 % 3))).collect();
        let situation = one_counter(0, line);
        let asked = std::cell::Cell::new(0);
        let always = domain::queue::forecast::Harm { due_at: at(0), late_minutes: 99 };
        let choice = next_with(&situation, &situation.counters[0], |_, _| {
            asked.set(asked.get() + 1);
            Some(always)
        });
        let Choice::HoldBack(held) = choice else { panic!("{choice:?}") };
        prop_assert_eq!(held.len() as u128, people);
        prop_assert!(asked.get() <= 3, "{} looks ahead", asked.get());
    }

    /// A walk-in against an endless stream of appointments: once the target wait is over, only those whose own time
    /// came before may still be called first. So the number of people before them is bounded by what was due.
    #[test]
    fn nobody_starves(every in 5..12_i64, takes in 3..12_i64, walk_in_takes in 3..40_i64) {
        let walk_in = Waiting { usual: TimeDelta::minutes(walk_in_takes), ..waiting(1, 0, 30, 0) };
        prop_assert_eq!(walk_in.due_at, due_at(None, at(0), TARGET, TimeDelta::zero()));
        let mut line = vec![walk_in];
        let (mut minute, mut served, mut next_appointment) = (0, 0, 0);
        loop {
            while next_appointment * every <= minute {
                line.push(waiting(100 + next_appointment as u128, next_appointment * every, next_appointment * every, takes));
                next_appointment += 1;
            }
            let mut situation = one_counter(minute, line.clone());
            situation.expected = (next_appointment..next_appointment + 6)
                .map(|n| Expected { pool: pool(1), starts_at: at(n * every), usual: TimeDelta::minutes(takes) })
                .collect();
            match next_for(&situation, &situation.counters[0]) {
                Choice::Call(next) if next.visit == visit(1) => break,
                Choice::Call(next) => {
                    let one = line.iter().position(|one| one.visit == next.visit).unwrap();
                    minute += line.remove(one).usual.num_minutes();
                    served += 1;
                }
                Choice::HoldBack(_) | Choice::NobodyWaits => minute += 1,
            }
            prop_assert!(served <= 30 / every + 1, "{served} appointments before the walk-in");
        }
    }

    #[test]
    fn staff_may_grant_minutes(granted in 0..60_i64) {
        let due = due_at(Some(at(60)), at(0), TARGET, TimeDelta::minutes(granted));
        prop_assert_eq!(due, at(60 - granted));
    }
}

//! The expected waits on simulated days, and the rules of the queue over whole days: a small edition of what
//! `make bench` measures.
#![cfg(test)]

use std::collections::HashMap;

use domain::queue::call_order::Choice;
use domain::queue::learning::{Past, learn};
use simulator::day::{End, TARGET_WAIT, Visit, planned, play};
use simulator::people::OPEN;
use system_tests::estimates::compare;
use system_tests::estimates::methods::Method;
use system_tests::estimates::scenarios::{Scenario, all};

/// Two days of a kind scatter more than thirty; what `ESTIMATES.md` holds them to is stricter.
const SEEDS: std::ops::Range<u64> = 0..2;

#[test]
fn the_expected_waits_are_better_than_what_others_tell() {
    let found: Vec<_> = all().iter().map(|scenario| compare(scenario, SEEDS, 10)).collect();
    for findings in &found {
        for (has_appointment, at_most) in [(false, 0.95), (true, 0.75)] {
            let ratio = findings.ratio(Method::ZmsConfigured, has_appointment).unwrap();
            assert!(ratio <= at_most, "{}: {ratio:.2}, appointment: {has_appointment}", findings.scenario);
            let ours = findings.of(Method::Ours, has_appointment).unwrap();
            let covered = ours.accuracy.covered_percent;
            assert!(covered >= 60, "{}: {covered} % within the range", findings.scenario);
        }
        let bias = findings.of(Method::Ours, true).unwrap().accuracy.bias;
        assert!(bias.num_seconds().abs() <= 180, "{}: {bias}", findings.scenario);
    }
}

/// Plays two days of each kind, and looks at each.
fn each_day(mut look: impl FnMut(&Scenario, &[Visit])) {
    let nothing_learned = learn(&Past::default(), &planned());
    for scenario in all() {
        for day in SEEDS {
            look(&scenario, &play(&scenario.plan, day, &nothing_learned, |_, _| {}, |_| {}));
        }
    }
}

#[test]
fn every_visit_of_a_day_ends_in_exactly_one_end_state() {
    each_day(|scenario, visits| {
        assert!(visits.len() > 60, "{}: {}", scenario.name, visits.len());
        for visit in visits {
            let (came, called, served) =
                (visit.person.arrives.is_some(), visit.called.is_some(), visit.served.is_some());
            let expected = match visit.end.expect("nobody is forgotten") {
                End::Done => (true, true, true),
                End::Missed => (true, true, false),
                End::Left => (true, false, false),
                End::NoShow => (false, false, false),
            };
            assert_eq!((came, called, served), expected, "{}: {visit:?}", scenario.name);
        }
    });
}

#[test]
fn a_counter_has_one_visitor_at_a_time() {
    each_day(|scenario, visits| {
        let mut by_counter: HashMap<usize, Vec<(i64, i64)>> = HashMap::new();
        for (counter, from, to) in visits.iter().filter_map(|visit| visit.served) {
            by_counter.entry(counter).or_default().push((from, to));
        }
        for sessions in by_counter.values_mut() {
            sessions.sort_unstable();
            assert!(sessions.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{}", scenario.name);
        }
    });
}

#[test]
fn all_day_long_the_smallest_due_is_called_unless_a_veto_stands_and_nobody_who_is_due_is_held_back() {
    let nothing_learned = learn(&Past::default(), &planned());
    let mut vetoes = 0;
    for scenario in all() {
        for day in SEEDS {
            play(
                &scenario.plan,
                day,
                &nothing_learned,
                |_, _| {},
                |call| {
                    let line = call.situation.line_for(&call.seat);
                    let (chosen, held) = match &call.choice {
                        Choice::Call(next) => (Some(next.visit), &next.held_back),
                        Choice::HoldBack(held) => (None, held),
                        Choice::NobodyWaits => panic!("a counter called although nobody waits"),
                    };
                    vetoes += held.len();
                    assert!(
                        held.iter().all(|one| one.due_at > call.situation.now),
                        "{}: {held:?}",
                        scenario.name
                    );
                    let first = line.iter().find(|one| held.iter().all(|held| held.visit != one.visit));
                    assert_eq!(first.map(|one| one.visit), chosen, "{}", scenario.name);
                },
            );
        }
    }
    assert!(vetoes > 0, "the veto was never tried");
}

/// Once somebody without appointment is due, only those go first whose own time came before: their wait is bounded by
/// the work that was due then.
#[test]
fn nobody_starves() {
    each_day(|scenario, visits| {
        for me in visits.iter().filter(|visit| visit.called.is_some_and(|called| called > visit.due)) {
            let called = me.called.unwrap();
            let since = me.due.max(me.person.arrives.unwrap());
            let overtaken = visits.iter().any(|other| {
                let late = other.person.arrives.is_some_and(|arrives| arrives > me.due);
                let before = other.called.is_some_and(|at| at > since && at < called);
                late && before && other.due > me.due
            });
            assert!(!overtaken, "{}: somebody due later went first: {me:?}", scenario.name);
        }
        let longest =
            visits.iter().filter_map(|visit| Some(visit.called? - visit.person.arrives?)).max().unwrap();
        assert!(longest < TARGET_WAIT + OPEN / 4, "{}: {longest} s", scenario.name);
    });
}

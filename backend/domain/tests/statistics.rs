//! Statistics: quantiles, periods, a day condensed from its log, durations and one counter more.
#![cfg(test)]

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use domain::ids::{CounterId, OfficeId, PoolId, ServiceId, VisitId};
use domain::local_time::{LocalMinute, instant_at};
use domain::queue::status::VisitState;
use domain::statistics::calibration::{ENOUGH, LEAST, Measured, measure};
use domain::statistics::condense::{CounterTurn, DayIs, DayLog, Line, LoggedVisit, condense};
use domain::statistics::facts::{DayFacts, Entry, OpenSpan, VisitFact, VisitOutcome};
use domain::statistics::figures::{OfficeDay, Scope, report};
use domain::statistics::period::{Period, PeriodRefused};
use domain::statistics::quantile::{Spread, plausible, quantile};
use domain::statistics::staffing::{Change, Past, Window};
use proptest::prelude::*;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(date: &str, hour: u16, minute: u16) -> DateTime<Utc> {
    instant_at(Berlin, day(date), LocalMinute::new(hour * 60 + minute).unwrap())
}

#[test]
fn quantiles_are_values_that_were_measured() {
    assert_eq!(quantile(&[], 50), None);
    assert_eq!(quantile(&[7], 1), Some(7));
    assert_eq!(quantile(&[7], 90), Some(7));
    assert_eq!(quantile(&[1, 2, 3, 4], 50), Some(2));
    assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
    assert_eq!(quantile(&[1, 2, 3], 100), Some(3));
    assert_eq!(Spread::of(vec![]), Spread::default());
    assert_eq!(Spread::of(vec![9, 3]), Spread { count: 2, median: Some(3), p90: Some(9) });
}

proptest! {
    #[test]
    fn at_least_so_many_percent_lie_at_or_below_a_quantile(mut values in proptest::collection::vec(0_u32..5000, 1..200), percent in 1_u32..=100) {
        values.sort_unstable();
        let found = quantile(&values, percent).unwrap();
        let below = values.iter().filter(|one| **one <= found).count();
        prop_assert!(below * 100 >= values.len() * percent as usize);
        let strictly = values.iter().filter(|one| **one < found).count();
        prop_assert!(strictly * 100 < values.len() * percent as usize);
    }

    #[test]
    fn what_is_plausible_is_in_order_and_neither_a_slip_nor_forgotten(values in proptest::collection::vec(0_u32..90_000, 0..200)) {
        let kept = plausible(values);
        prop_assert!(kept.is_sorted());
        prop_assert!(kept.iter().all(|one| *one >= 20));
    }

    #[test]
    fn the_days_before_are_as_many_on_the_same_weekdays(start in 0_i64..2000, length in 0_i64..700) {
        let from = day("2024-01-01") + TimeDelta::days(start);
        let period = Period { from, to: from + TimeDelta::days(length) };
        let before = period.before();
        prop_assert_eq!(before.days(), period.days());
        prop_assert_eq!((period.from - before.from).num_days() % 7, 0);
        prop_assert!(before.to < period.from);
    }

    #[test]
    fn one_counter_more_never_makes_a_day_longer_to_wait(arrivals in proptest::collection::vec(28_800_u32..43_200, 1..40)) {
        let visits: Vec<VisitFact> = arrivals.iter().map(|arrived| visit(*arrived, 600)).collect();
        let past = Past::of(PoolId(id(1)), &[house(day("2026-09-14"), visits, 1)], 1800);
        if let Some(effect) = past.try_out(Window { weekday: 0, from: 28_800, until: 43_200 }, Change::OneMore) {
            prop_assert!(effect.saved >= 0, "{effect:?}");
            prop_assert!(effect.median_after <= effect.median_before);
        }
    }
}

#[test]
fn slips_and_forgotten_visitors_are_no_service_times() {
    assert!(plausible(vec![0, 19]).is_empty());
    assert_eq!(plausible(vec![20, 600, 500, 3001, 40_000, 700]), [20, 500, 600, 700]);
}

#[test]
fn a_period_ends_after_it_begins_has_begun_and_is_not_endless() {
    let today = day("2026-09-16");
    let asked = |from, to| Period::asked(day(from), day(to), today);
    assert_eq!(asked("2026-09-16", "2026-09-15"), Err(PeriodRefused::EndsBeforeItBegins));
    assert_eq!(asked("2026-09-17", "2026-09-20"), Err(PeriodRefused::Future));
    assert_eq!(asked("2016-09-16", "2026-09-16"), Err(PeriodRefused::TooLong));
    let week = asked("2026-09-14", "2026-09-20").unwrap();
    assert_eq!((week.from, week.to), (day("2026-09-14"), today), "what is to come is left out");
    assert_eq!(week.before(), Period { from: day("2026-09-07"), to: day("2026-09-09") });
}

fn line(
    visit: u128,
    at: DateTime<Utc>,
    from: Option<VisitState>,
    to: VisitState,
) -> Line<VisitId, VisitState> {
    Line {
        subject: VisitId(id(visit)),
        at,
        from,
        to,
        entry: Entry::Terminal,
        counter: Some(CounterId(id(5))),
    }
}

fn logged(visit: u128) -> LoggedVisit {
    LoggedVisit {
        id: VisitId(id(visit)),
        pool: PoolId(id(1)),
        items: vec![(ServiceId(id(2)), 1)],
        appointment_at: None,
        sent_on: false,
    }
}

#[test]
fn a_visit_is_waited_from_the_arrival_to_the_call_that_stood_and_served_without_parked_time() {
    use VisitState::{Called, Done, Parked, Serving, Waiting};
    let monday = "2026-09-14";
    let lines = vec![
        line(1, at(monday, 9, 0), None, Waiting),
        line(1, at(monday, 9, 5), Some(Waiting), Called),
        // Taken back: a slip.
        line(1, at(monday, 9, 6), Some(Called), Waiting),
        line(1, at(monday, 9, 20), Some(Waiting), Called),
        line(1, at(monday, 9, 21), Some(Called), Serving),
        line(1, at(monday, 9, 25), Some(Serving), Parked),
        line(1, at(monday, 9, 55), Some(Parked), Serving),
        line(1, at(monday, 10, 0), Some(Serving), Done),
    ];
    let log = DayLog {
        visits: vec![logged(1)],
        visit_lines: lines,
        counters: HashMap::from([(CounterId(id(5)), PoolId(id(1)))]),
        counter_lines: vec![
            (CounterId(id(5)), at(monday, 8, 0), CounterTurn::Opened),
            (CounterId(id(5)), at(monday, 9, 30), CounterTurn::Closed),
            (CounterId(id(5)), at(monday, 9, 45), CounterTurn::Opened),
        ],
        ..DayLog::default()
    };
    let facts = condense(Berlin, day(monday), DayIs::Over, &log);
    let [visit] = facts.visits[..] else { panic!("{facts:?}") };
    assert_eq!((visit.arrived, visit.wait, visit.served), (9 * 3600, Some(20 * 60), Some(9 * 60)));
    assert_eq!((visit.outcome, visit.entry, visit.pieces), (VisitOutcome::Done, Entry::Terminal, 1));
    let open: Vec<_> = facts.open.iter().map(|span| (span.from / 60, span.until / 60)).collect();
    assert_eq!(open, [(480, 570), (585, 600)], "closed by itself with the last visit");
}

#[test]
fn who_is_sent_on_with_a_new_number_came_once_and_waited_twice() {
    use VisitState::{Called, Done, Serving, Transferred, Waiting};
    let monday = "2026-09-14";
    let lines = vec![
        line(1, at(monday, 9, 0), None, Waiting),
        line(1, at(monday, 9, 10), Some(Waiting), Called),
        line(1, at(monday, 9, 10), Some(Called), Serving),
        line(1, at(monday, 9, 15), Some(Serving), Transferred),
        line(2, at(monday, 9, 15), None, Waiting),
        line(2, at(monday, 9, 20), Some(Waiting), Called),
        line(2, at(monday, 9, 20), Some(Called), Serving),
        line(2, at(monday, 9, 30), Some(Serving), Done),
    ];
    let visits = vec![logged(1), LoggedVisit { sent_on: true, ..logged(2) }];
    let log = DayLog { visits, visit_lines: lines, ..DayLog::default() };
    let facts = condense(Berlin, day(monday), DayIs::Over, &log);
    let one = OfficeDay { office: OfficeId(id(3)), day: day(monday), facts };
    let period = Period { from: day(monday), to: day(monday) };
    let total = report(period, &[one], &Scope::default()).total;
    assert_eq!((total.visits, total.walk_ins, total.served, total.from_terminal), (1, 1, 1, 1));
    assert_eq!((total.wait_walk_in.count, total.service_time.count), (2, 2));
}

#[test]
fn two_lines_of_one_instant_are_told_apart_by_the_state_before() {
    use VisitState::{Called, Done, Serving, Waiting};
    let monday = "2026-09-14";
    // Finished without having been started: both lines bear the same instant, in any order.
    let log = DayLog {
        visits: vec![logged(1)],
        visit_lines: vec![
            line(1, at(monday, 9, 0), None, Waiting),
            line(1, at(monday, 9, 5), Some(Waiting), Called),
            line(1, at(monday, 9, 9), Some(Serving), Done),
            line(1, at(monday, 9, 9), Some(Called), Serving),
        ],
        ..DayLog::default()
    };
    let facts = condense(Berlin, day(monday), DayIs::Over, &log);
    assert_eq!((facts.visits[0].outcome, facts.visits[0].served), (VisitOutcome::Done, Some(0)));
}

#[test]
fn whoever_still_waits_has_left_when_the_day_is_over_and_nobody_is_served_all_night() {
    use VisitState::{Called, Left, Serving, Waiting};
    let monday = "2026-09-14";
    let lines = vec![
        line(1, at(monday, 16, 0), None, Waiting),
        line(2, at(monday, 16, 0), None, Waiting),
        line(2, at(monday, 16, 5), Some(Waiting), Called),
        line(2, at(monday, 16, 5), Some(Called), Serving),
        line(2, at("2026-09-15", 8, 0), Some(Serving), Left),
    ];
    let log = DayLog { visits: vec![logged(1), logged(2)], visit_lines: lines, ..DayLog::default() };
    let running = condense(Berlin, day(monday), DayIs::Running, &log);
    assert_eq!(running.visits[0].outcome, VisitOutcome::Open);
    let over = condense(Berlin, day(monday), DayIs::Over, &log);
    assert_eq!(over.visits[0].outcome, VisitOutcome::Left);
    assert_eq!((over.visits[1].wait, over.visits[1].served), (Some(300), None));
}

#[test]
fn the_night_of_the_clock_change_moves_no_opening_hour() {
    // 25 October 2026: 02:00 to 03:00 comes twice.
    let sunday = "2026-10-25";
    let log = DayLog {
        visits: vec![logged(1)],
        visit_lines: vec![
            line(1, at(sunday, 9, 0), None, VisitState::Waiting),
            line(1, at(sunday, 9, 10), Some(VisitState::Waiting), VisitState::Called),
        ],
        ..DayLog::default()
    };
    let facts = condense(Berlin, day(sunday), DayIs::Running, &log);
    assert_eq!((facts.visits[0].arrived, facts.visits[0].wait), (9 * 3600, Some(600)));
}

#[test]
fn what_is_kept_reads_back_as_it_was() {
    let facts = house(day("2026-09-14"), vec![visit(30_000, 300), visit(31_000, 20)], 2).facts;
    let kept = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<DayFacts>(&kept).unwrap(), facts);
    assert!(kept.contains("[0,0,1,30000,null,0,300,1,0]"), "{kept}");
    assert!(serde_json::from_str::<DayFacts>(&kept.replace(",1,0]", ",9,0]")).is_err());
}

#[test]
fn an_empty_period_has_no_figures_and_no_advice() {
    let period = Period { from: day("2026-09-14"), to: day("2026-09-20") };
    let empty = report(period, &[], &Scope::default());
    assert_eq!(
        (empty.total.visits, empty.total.wait_walk_in, empty.total.planned_min),
        (0, Spread::default(), Some(0))
    );
    assert!(measure(&[]).is_empty());
    assert_eq!(Measured::of(vec![]), None);
    let past = Past::of(PoolId(id(1)), &[], 1800);
    assert_eq!((past.advise().more, past.days()), (vec![], 0));
}

#[test]
fn a_long_period_is_told_by_weeks() {
    let days: Vec<OfficeDay> = (0..100)
        .map(|n| house(day("2026-06-01") + TimeDelta::days(n), vec![visit(30_000, 300)], 1))
        .collect();
    let period = Period { from: day("2026-06-01"), to: day("2026-09-08") };
    let weeks = report(period, &days, &Scope::default());
    assert!(weeks.in_weeks);
    assert_eq!(weeks.by_day.len(), 15);
    assert_eq!(weeks.by_day[&day("2026-06-08")].visits, 7);
    assert_eq!(weeks.total.visits, 100);
    assert_eq!(weeks.by_hour[&8].open_min, Some(6000), "an hour on each of a hundred days");
}

#[test]
fn a_duration_is_proposed_from_twenty_and_warned_about_from_fifty_measurements() {
    let measured = |count: u32| Measured::of((0..count).map(|n| 400 + n % 40 * 10).collect()).unwrap();
    assert_eq!(measured(LEAST - 1).propose(20, 0).proposed_min, None);
    let few = measured(LEAST).propose(20, 0);
    assert_eq!((few.proposed_min, few.warn), (Some(10), false));
    let many = measured(ENOUGH).propose(20, 100);
    assert!(many.warn, "{many:?}");
    assert_eq!(many.proposed_min, Some(10));
    // Ten appointments of 20 minutes a week are 200 minutes: ten more of ten.
    assert_eq!(many.slots_per_week_tenths, 100);
    assert_eq!(many.overrun_planned, 0);
    assert!(many.overrun_proposed > 0);
    let fits = measured(ENOUGH).propose(10, 100);
    assert_eq!((fits.warn, fits.slots_per_week_tenths), (false, 0));
}

#[test]
fn only_visits_with_one_service_measure_its_duration() {
    let mut two = visit(30_000, 3000);
    two.pieces = 2;
    let days = [house(day("2026-09-14"), vec![visit(30_000, 600), two, visit(31_000, 620)], 1)];
    let measured = measure(&days);
    let one = &measured[&(ServiceId(id(2)), PoolId(id(1)))];
    assert_eq!((one.count, one.median, one.upper), (2, 600, 620));
    assert_eq!(one.histogram[1..3], [1, 1]);
}

#[test]
fn a_crowded_window_is_found_and_the_answer_is_always_the_same() {
    // From 10 to 12 somebody comes every five minutes and takes ten; before and after that hardly anybody.
    let crowd = (0..24).map(|n| visit(36_000 + n * 300, 600));
    let quiet = [visit(29_000, 300), visit(52_000, 300)];
    let days: Vec<OfficeDay> = ["2026-09-14", "2026-09-21"]
        .map(|monday| house(day(monday), crowd.clone().chain(quiet).collect(), 1))
        .into();
    let past = Past::of(PoolId(id(1)), &days, 1800);
    let advice = past.advise();
    let best = advice.more[0];
    assert_eq!((best.window, best.counters), (Window { weekday: 0, from: 36_000, until: 43_200 }, 1));
    assert!(best.median_before > 600 && best.median_after < best.median_before / 4, "{best:?}");
    assert_eq!(best.people_tenths, 240);
    assert_eq!(advice, past.advise());
    assert!(advice.fewer.is_empty(), "the only counter is never taken away");
    assert_eq!(past.try_out(best.window, Change::OneMore), Some(best));
    let nobody = Window { weekday: 3, from: 36_000, until: 43_200 };
    assert_eq!(past.try_out(nobody, Change::OneMore), None);
}

#[test]
fn where_two_counters_have_nothing_to_do_one_is_enough() {
    let days = [house(day("2026-09-14"), (0..8).map(|n| visit(28_800 + n * 3600, 300)).collect(), 2)];
    let advice = Past::of(PoolId(id(1)), &days, 1800).advise();
    assert!(advice.more.is_empty(), "{advice:?}");
    assert!(!advice.fewer.is_empty());
    assert!(advice.fewer.iter().all(|one| one.counters == 2 && one.p90_after <= one.p90_before + 120));
}

/// Somebody without appointment who is called at once.
fn visit(arrived: u32, served: u32) -> VisitFact {
    VisitFact {
        pool: 0,
        service: 0,
        pieces: 1,
        arrived,
        appointment: None,
        wait: Some(0),
        served: Some(served),
        outcome: VisitOutcome::Done,
        entry: Entry::Terminal,
    }
}

/// A day with these visits and so many counters from 8 to 18.
fn house(day: NaiveDate, visits: Vec<VisitFact>, counters: usize) -> OfficeDay {
    let open = vec![OpenSpan { pool: 0, from: 8 * 3600, until: 18 * 3600 }; counters];
    let (pools, services) = (vec![PoolId(id(1))], vec![ServiceId(id(2))]);
    let facts = DayFacts { pools, services, visits, open, ..DayFacts::default() };
    OfficeDay { office: OfficeId(id(3)), day, facts }
}

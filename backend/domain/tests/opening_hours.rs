//! Opening rules, closures and holidays, on ordinary days and on both clock-change days.
#![cfg(test)]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Europe::Berlin;
use domain::local_time::LocalMinute;
use domain::schedule::opening_hours::{
    Closure, ClosureSpan, MonthWeek, MonthWeeks, OpeningHours, OpeningRule, RuleRefused, Weekdays,
};
use domain::schedule::{Audience, Tick};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn minute(text: &str) -> LocalMinute {
    LocalMinute::parse(text).unwrap()
}

fn rule(weekdays: &[Weekday], opens: &str, closes: &str, counters: u16) -> OpeningRule {
    OpeningRule {
        weekdays: Weekdays::of(weekdays),
        every_n_weeks: 1,
        month_weeks: MonthWeeks::default(),
        opens: minute(opens),
        closes: minute(closes),
        capacity_public: counters,
        capacity_staff: 0,
        valid_from: day("2026-01-01"),
        valid_to: None,
    }
}

fn hours(rules: Vec<OpeningRule>) -> OpeningHours {
    OpeningHours { zone: Berlin, rules, closures: Vec::new(), holidays: BTreeSet::new() }
}

fn every_day(opens: &str, closes: &str, counters: u16) -> OpeningHours {
    let week =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    hours(vec![rule(&week, opens, closes, counters)])
}

fn open_ticks(hours: &OpeningHours, date: &str) -> usize {
    hours.capacity(day(date), Audience::Public).steps.iter().filter(|step| **step > 0).count()
}

fn capacity_at(hours: &OpeningHours, instant: &str) -> u16 {
    let instant = utc(instant);
    let date = domain::local_time::local_day(hours.zone, instant);
    hours.capacity(date, Audience::Public).at(Tick::containing(instant))
}

#[test]
fn a_rule_opens_its_counters_on_its_weekdays_only() {
    let monday = hours(vec![rule(&[Weekday::Mon], "08:00", "12:00", 3)]);
    assert_eq!(open_ticks(&monday, "2026-11-23"), 48);
    assert_eq!(open_ticks(&monday, "2026-11-24"), 0);
    assert_eq!(capacity_at(&monday, "2026-11-23T07:00:00Z"), 3);
    assert_eq!(capacity_at(&monday, "2026-11-23T10:55:00Z"), 3);
    assert_eq!(capacity_at(&monday, "2026-11-23T11:00:00Z"), 0);
}

#[test]
fn rules_that_overlap_add_up() {
    let two =
        hours(vec![rule(&[Weekday::Thu], "08:00", "18:00", 2), rule(&[Weekday::Thu], "14:00", "18:00", 1)]);
    assert_eq!(capacity_at(&two, "2026-11-26T10:00:00Z"), 2);
    assert_eq!(capacity_at(&two, "2026-11-26T14:00:00Z"), 3);
}

#[test]
fn staff_capacity_is_apart_from_public_capacity() {
    let mut kept = rule(&[Weekday::Mon], "08:00", "12:00", 3);
    kept.capacity_staff = 1;
    let kept = hours(vec![kept]);
    let steps = |audience| kept.capacity(day("2026-11-23"), audience).steps.into_iter().max();
    assert_eq!(steps(Audience::Public), Some(3));
    assert_eq!(steps(Audience::Staff), Some(1));
}

#[test]
fn some_weekdays_of_a_month() {
    let on = |weeks: &[MonthWeek]| {
        let mut rule = rule(&[Weekday::Thu], "09:00", "12:00", 1);
        rule.month_weeks = MonthWeeks::of(weeks);
        let hours = hours(vec![rule]);
        let days = day("2026-04-01").iter_days().take(61);
        days.filter(|date| open_ticks(&hours, &date.to_string()) > 0)
            .map(|date| date.format("%d.%m.").to_string())
            .collect::<Vec<_>>()
    };
    // April 2026 has five Thursdays, the first of them on its second day; May has four.
    assert_eq!(on(&[]).len(), 9);
    assert_eq!(on(&[MonthWeek::First, MonthWeek::Third]), ["02.04.", "16.04.", "07.05.", "21.05."]);
    assert_eq!(on(&[MonthWeek::Last]), ["30.04.", "28.05."]);
    assert_eq!(on(&[MonthWeek::Fourth]), ["23.04.", "28.05."]);
    assert_eq!(on(&[MonthWeek::Fourth, MonthWeek::Last]), ["23.04.", "30.04.", "28.05."]);
    assert_eq!(MonthWeeks::from_bits(MonthWeeks::of(&MonthWeek::ALL).bits()).weeks(), MonthWeek::ALL);
}

#[test]
fn every_other_week_counts_from_the_week_of_the_first_day() {
    let mut fortnightly = rule(&[Weekday::Mon, Weekday::Sat], "09:00", "12:00", 1);
    fortnightly.every_n_weeks = 2;
    fortnightly.valid_from = day("2026-11-25");
    let fortnightly = hours(vec![fortnightly]);
    assert_eq!(open_ticks(&fortnightly, "2026-11-23"), 0, "before it is valid");
    assert_eq!(open_ticks(&fortnightly, "2026-11-28"), 36, "the Saturday of the first week");
    assert_eq!(open_ticks(&fortnightly, "2026-11-30"), 0, "the second week");
    assert_eq!(open_ticks(&fortnightly, "2026-12-07"), 36, "the third week");
}

#[test]
fn a_rule_ends_after_its_last_day() {
    let mut ending = rule(&[Weekday::Mon], "09:00", "12:00", 1);
    ending.valid_to = Some(day("2026-11-30"));
    let ending = hours(vec![ending]);
    assert_eq!(open_ticks(&ending, "2026-11-30"), 36);
    assert_eq!(open_ticks(&ending, "2026-12-07"), 0);
}

#[test]
fn holidays_and_closures_take_capacity_away() {
    let mut town = every_day("08:00", "16:00", 4);
    town.holidays.insert(day("2026-12-25"));
    let afternoon = ClosureSpan::Days {
        from: day("2026-12-23"),
        to: day("2026-12-24"),
        opens: minute("12:00"),
        closes: minute("24:00"),
    };
    let training =
        ClosureSpan::Instants { from: utc("2026-11-24T09:02:00Z"), to: utc("2026-11-24T10:00:00Z") };
    town.closures = vec![
        Closure::closed(ClosureSpan::days(day("2026-12-31"), day("2026-12-31"))),
        Closure::closed(afternoon),
        Closure { span: training, at_most: 1 },
    ];
    assert_eq!(open_ticks(&town, "2026-12-25"), 0, "holiday");
    assert_eq!(open_ticks(&town, "2026-12-31"), 0, "closed day");
    assert_eq!(open_ticks(&town, "2026-12-23"), 48, "half day");
    assert_eq!(open_ticks(&town, "2026-12-22"), 96);
    assert_eq!(capacity_at(&town, "2026-11-24T08:55:00Z"), 4);
    assert_eq!(capacity_at(&town, "2026-11-24T09:00:00Z"), 1, "a closure takes the whole tick");
    assert_eq!(capacity_at(&town, "2026-11-24T10:00:00Z"), 4);
}

#[test]
fn a_closure_over_midnight_reaches_both_days() {
    let mut town = every_day("00:00", "24:00", 1);
    let span = ClosureSpan::Instants { from: utc("2026-11-24T22:00:00Z"), to: utc("2026-11-25T00:00:00Z") };
    town.closures = vec![Closure::closed(span)];
    assert_eq!(open_ticks(&town, "2026-11-24"), 288 - 12);
    assert_eq!(open_ticks(&town, "2026-11-25"), 288 - 12);
}

#[test]
fn days_of_clock_changes_have_their_real_length() {
    let always = every_day("00:00", "24:00", 1);
    assert_eq!(open_ticks(&always, "2027-03-28"), 276);
    assert_eq!(open_ticks(&always, "2026-10-25"), 300);
    assert_eq!(open_ticks(&always, "2026-10-26"), 288);
}

#[test]
fn hours_that_lie_in_a_gap_open_nothing() {
    let night = every_day("02:00", "03:00", 1);
    assert_eq!(open_ticks(&night, "2027-03-28"), 0);
    assert_eq!(open_ticks(&night, "2026-10-25"), 24, "the hour that comes twice");
    assert_eq!(open_ticks(&every_day("02:30", "04:00", 1), "2027-03-28"), 12);
}

#[test]
fn the_next_opening_skips_closed_days() {
    let mut town = hours(vec![rule(&[Weekday::Mon, Weekday::Fri], "08:00", "12:00", 2)]);
    town.holidays.insert(day("2026-11-27"));
    assert_eq!(town.opens_next(utc("2026-11-23T06:00:00Z"), 14), Some(utc("2026-11-23T07:00:00Z")));
    assert_eq!(town.opens_next(utc("2026-11-23T11:00:00Z"), 14), Some(utc("2026-11-30T07:00:00Z")));
    assert_eq!(town.opens_next(utc("2026-11-23T11:00:00Z"), 3), None);
    assert!(town.open_at(utc("2026-11-23T10:59:59Z")));
    assert!(!town.open_at(utc("2026-11-23T11:00:00Z")));
}

#[test]
fn rules_that_could_never_open_are_refused() {
    let good = rule(&[Weekday::Mon], "08:00", "12:00", 1);
    assert_eq!(good.check(), Ok(()));
    let with = |change: fn(&mut OpeningRule)| {
        let mut rule = good.clone();
        change(&mut rule);
        rule.check()
    };
    assert_eq!(with(|rule| rule.weekdays = Weekdays::default()), Err(RuleRefused::NoWeekday));
    assert_eq!(with(|rule| rule.closes = rule.opens), Err(RuleRefused::ClosesBeforeItOpens));
    assert_eq!(with(|rule| rule.opens = LocalMinute::new(481).unwrap()), Err(RuleRefused::OffTheGrid));
    assert_eq!(with(|rule| rule.capacity_public = 0), Err(RuleRefused::NoCapacity));
    assert_eq!(with(|rule| rule.every_n_weeks = 0), Err(RuleRefused::BadRepetition));
    assert_eq!(
        with(|rule| rule.valid_to = Some(NaiveDate::from_ymd_opt(2025, 1, 1).unwrap())),
        Err(RuleRefused::EndsBeforeItBegins)
    );
}

proptest! {
    #[test]
    fn an_opening_day_has_the_same_length_on_every_date(
        offset in 0_i64..4000, opens in 4_u16..20, length in 1_u16..60, counters in 1_u16..9,
    ) {
        let date = day("2024-01-01") + chrono::Duration::days(offset);
        let opens = LocalMinute::new(opens * 60).unwrap();
        let closes = LocalMinute::new((opens.minutes() + length * 5).min(1440)).unwrap();
        let mut hours = every_day("08:00", "12:00", counters);
        hours.rules[0].valid_from = day("2024-01-01");
        hours.rules[0].opens = opens;
        hours.rules[0].closes = closes;
        let capacity = hours.capacity(date, Audience::Public);
        let total: u32 = capacity.steps.iter().map(|step| u32::from(*step)).sum();
        let ticks = u32::from((closes.minutes() - opens.minutes()) / 5);
        prop_assert_eq!(total, ticks * u32::from(counters));
    }

    #[test]
    fn a_closure_never_adds_capacity(from in 0_i64..600, length in 0_i64..600, at_most in 0_u16..6) {
        let open = every_day("08:00", "16:00", 4);
        let from = utc("2026-11-23T00:00:00Z") + chrono::Duration::minutes(from * 5);
        let mut closed = open.clone();
        let span = ClosureSpan::Instants { from, to: from + chrono::Duration::minutes(length * 5) };
        closed.closures.push(Closure { span, at_most });
        for date in ["2026-11-23", "2026-11-24", "2026-11-25"] {
            let before = open.capacity(day(date), Audience::Public);
            let after = closed.capacity(day(date), Audience::Public);
            prop_assert!(before.steps.iter().zip(&after.steps).all(|(before, after)| after <= before));
        }
    }
}

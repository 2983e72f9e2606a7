//! Opening hours (Öffnungszeiten): weekly rules in local time, closures, holidays, and the capacity they give.
//!
//! Rules that overlap add up: "one more counter on Thursday afternoon" is a second rule. Closures take away.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{Audience, TICK_MINUTES, Tick};
use crate::ids::{DepartmentId, OfficeId, PoolId};
use crate::local_time::{LocalMinute, instant_at, local_day, next_day};

/// A set of weekdays, Monday in the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Friday.
    pub const WORKING: Self = Self(0b001_1111);

    /// These days.
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | Self::bit(*day)))
    }

    /// The set stored as these bits; bits beyond Sunday are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0b111_1111)
    }

    /// The bits to store, Monday lowest.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether the day belongs to the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    /// Whether no day does.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.num_days_from_monday()
    }
}

/// One of the times a weekday comes in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthWeek {
    /// Its first.
    First,
    /// Its second.
    Second,
    /// Its third.
    Third,
    /// Its fourth.
    Fourth,
    /// Its last: the fourth or the fifth.
    Last,
}

impl MonthWeek {
    /// All of them, in the order of the month.
    pub const ALL: [Self; 5] = [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Last];
}

/// On which of the weekdays of a month: "every first and third Thursday". An empty set stands for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MonthWeeks(u8);

impl MonthWeeks {
    /// These times.
    pub fn of(weeks: &[MonthWeek]) -> Self {
        Self(weeks.iter().fold(0, |bits, week| bits | 1 << *week as u8))
    }

    /// The set stored as these bits; those that mean nothing are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1_1111)
    }

    /// The bits to store, the first time lowest.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The times, in the order of the month.
    pub fn weeks(self) -> Vec<MonthWeek> {
        MonthWeek::ALL.into_iter().filter(|week| self.0 & 1 << *week as u8 != 0).collect()
    }

    /// Whether that day is one of them.
    pub fn contains(self, date: NaiveDate) -> bool {
        let time = date.day0() / 7;
        let last = date.checked_add_days(Days::new(7)).is_none_or(|next| next.month() != date.month());
        self.0 == 0
            || (time < 4 && self.0 & 1 << time != 0)
            || (last && self.0 & 1 << MonthWeek::Last as u8 != 0)
    }
}

/// One weekly rule of a pool: on these days, from then to then, so many counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRule {
    /// The days of the week on which it applies.
    pub weekdays: Weekdays,
    /// 1 for every week, 2 for every other one, counted from the week of `valid_from`.
    pub every_n_weeks: u8,
    /// On which of these days of a month.
    #[serde(default)]
    pub month_weeks: MonthWeeks,
    /// Local time at which the counters open.
    pub opens: LocalMinute,
    /// Local time at which they close.
    pub closes: LocalMinute,
    /// Counters for the public.
    pub capacity_public: u16,
    /// Counters kept for bookings by staff, besides.
    pub capacity_staff: u16,
    /// First local day on which it applies.
    pub valid_from: NaiveDate,
    /// Last local day on which it applies; open-ended without.
    pub valid_to: Option<NaiveDate>,
}

/// What is wrong with an opening rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RuleRefused {
    /// No weekday is chosen.
    #[error("the rule names no weekday")]
    NoWeekday,
    /// It closes before or when it opens.
    #[error("the rule closes before it opens")]
    ClosesBeforeItOpens,
    /// Opening or closing time is not on the five-minute grid.
    #[error("opening and closing times must be multiples of five minutes")]
    OffTheGrid,
    /// It gives no capacity at all.
    #[error("the rule opens no counter")]
    NoCapacity,
    /// Weeks between are not 1 to 52.
    #[error("a rule repeats every 1 to 52 weeks")]
    BadRepetition,
    /// It ends before it begins.
    #[error("the rule ends before it begins")]
    EndsBeforeItBegins,
}

impl OpeningRule {
    /// Refuses a rule that could never open anything or that does not fit the grid.
    pub fn check(&self) -> Result<(), RuleRefused> {
        let off_grid = |minute: LocalMinute| !minute.minutes().is_multiple_of(TICK_MINUTES);
        if self.weekdays.is_empty() {
            return Err(RuleRefused::NoWeekday);
        }
        if self.closes <= self.opens {
            return Err(RuleRefused::ClosesBeforeItOpens);
        }
        if off_grid(self.opens) || off_grid(self.closes) {
            return Err(RuleRefused::OffTheGrid);
        }
        if self.capacity_public == 0 && self.capacity_staff == 0 {
            return Err(RuleRefused::NoCapacity);
        }
        if !(1..=52).contains(&self.every_n_weeks) {
            return Err(RuleRefused::BadRepetition);
        }
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(RuleRefused::EndsBeforeItBegins);
        }
        Ok(())
    }

    /// Whether the rule opens counters on that local day.
    pub fn applies_on(&self, date: NaiveDate) -> bool {
        self.weekdays.contains(date.weekday())
            && self.month_weeks.contains(date)
            && date >= self.valid_from
            && self.valid_to.is_none_or(|to| date <= to)
            && weeks_between(self.valid_from, date) % i64::from(self.every_n_weeks.max(1)) == 0
    }

    fn capacity_for(&self, audience: Audience) -> u16 {
        match audience {
            Audience::Public => self.capacity_public,
            Audience::Staff => self.capacity_staff,
        }
    }
}

fn weeks_between(from: NaiveDate, to: NaiveDate) -> i64 {
    let monday = |date: NaiveDate| {
        i64::from(date.num_days_from_ce()) - i64::from(date.weekday().num_days_from_monday())
    };
    (monday(to) - monday(from)) / 7
}

/// When a closure applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClosureSpan {
    /// From one instant to another.
    Instants {
        /// The first closed instant.
        from: DateTime<Utc>,
        /// The first instant after it.
        to: DateTime<Utc>,
    },
    /// On every local day from one to another, both included, between two local times:
    /// 00:00 to 24:00 for whole days, 12:00 to 24:00 for afternoons.
    Days {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
        /// Local time from which it applies on each of the days.
        opens: LocalMinute,
        /// Local time until which it applies.
        closes: LocalMinute,
    },
}

impl ClosureSpan {
    /// Whole local days, both included.
    pub fn days(from: NaiveDate, to: NaiveDate) -> Self {
        Self::Days { from, to, opens: LocalMinute::START_OF_DAY, closes: LocalMinute::END_OF_DAY }
    }

    /// Whether what is closed daily would end before it begins on each of its days.
    pub fn daily_ends_before_it_begins(from: NaiveDateTime, until: NaiveDateTime) -> bool {
        (until - Duration::minutes(1)).time() < from.time()
    }

    /// On every local day from the first one to the last one, each from the one's time until the other's; midnight at the
    /// end is the end of the day before.
    pub fn daily(from: NaiveDateTime, until: NaiveDateTime) -> Self {
        let minute = |time: NaiveTime| {
            let minutes = u16::try_from(time.num_seconds_from_midnight() / 60).unwrap_or_default();
            LocalMinute::new(minutes).unwrap_or(LocalMinute::START_OF_DAY)
        };
        let (to, closes) = match until.time() {
            NaiveTime::MIN => (until.date().pred_opt().unwrap_or(until.date()), LocalMinute::END_OF_DAY),
            time => (until.date(), minute(time)),
        };
        Self::Days { from: from.date(), to, opens: minute(from.time()), closes }
    }

    /// The part of a local day it covers, as instants.
    fn on(self, zone: Tz, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        match self {
            Self::Instants { from, to } => {
                let touches = local_day(zone, from) <= date && date <= local_day(zone, to);
                touches.then_some((from, to))
            }
            Self::Days { from, to, opens, closes } => (from..=to)
                .contains(&date)
                .then(|| (instant_at(zone, date, opens), instant_at(zone, date, closes))),
        }
    }
}

/// What a closure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosureScope {
    /// The whole town.
    Town,
    /// One department (Amt), in whatever office.
    Department(DepartmentId),
    /// One office.
    Office(OfficeId),
    /// One pool of counters.
    Pool(PoolId),
}

impl ClosureScope {
    /// The scope of this name and id.
    pub fn parse(name: &str, id: Option<Uuid>) -> Option<Self> {
        match (name, id) {
            ("town", None) => Some(Self::Town),
            ("department", Some(id)) => Some(Self::Department(DepartmentId(id))),
            ("office", Some(id)) => Some(Self::Office(OfficeId(id))),
            ("pool", Some(id)) => Some(Self::Pool(PoolId(id))),
            _ => None,
        }
    }

    /// Its name in the database and in the API, and the id of what it names.
    pub fn parts(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Town => ("town", None),
            Self::Department(id) => ("department", Some(id.0)),
            Self::Office(id) => ("office", Some(id.0)),
            Self::Pool(id) => ("pool", Some(id.0)),
        }
    }

    /// Whether it reaches a pool of this department and office.
    pub fn reaches(self, department: DepartmentId, office: OfficeId, pool: PoolId) -> bool {
        match self {
            Self::Town => true,
            Self::Department(id) => id == department,
            Self::Office(id) => id == office,
            Self::Pool(id) => id == pool,
        }
    }
}

/// A time at which fewer counters are open than the rules say, or none (Schließung).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// When.
    pub span: ClosureSpan,
    /// How many counters of each kind stay open; 0 is closed.
    pub at_most: u16,
}

impl Closure {
    /// Nobody is there.
    pub fn closed(span: ClosureSpan) -> Self {
        Self { span, at_most: 0 }
    }
}

/// All that decides when a pool is open: its rules, the closures that reach it, the holidays of its town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    /// The zone the rules are written in.
    pub zone: Tz,
    /// The weekly rules of the pool.
    pub rules: Vec<OpeningRule>,
    /// Closures of the town, the department, the office and the pool.
    pub closures: Vec<Closure>,
    /// Days on which nothing opens.
    pub holidays: BTreeSet<NaiveDate>,
}

/// The capacity of one local day, tick by tick: 276, 288 or 300 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCapacity {
    /// The local day.
    pub date: NaiveDate,
    /// Its first tick.
    pub first: Tick,
    /// Open counters at each tick of the day.
    pub steps: Vec<u16>,
}

impl DayCapacity {
    /// Whether any counter is open at any time.
    pub fn is_open(&self) -> bool {
        self.steps.iter().any(|capacity| *capacity > 0)
    }

    /// Open counters at this tick, 0 outside the day.
    pub fn at(&self, tick: Tick) -> u16 {
        let ahead = usize::try_from(tick.0 - self.first.0).ok();
        ahead.and_then(|ahead| self.steps.get(ahead)).copied().unwrap_or(0)
    }
}

impl OpeningHours {
    /// Open counters on a local day, tick by tick.
    pub fn capacity(&self, date: NaiveDate, audience: Audience) -> DayCapacity {
        let midnight = |date| Tick::containing(instant_at(self.zone, date, LocalMinute::START_OF_DAY));
        let first = midnight(date);
        let mut steps = vec![0_u16; midnight(next_day(date)).since(first)];
        if !self.holidays.contains(&date) {
            for rule in self.rules.iter().filter(|rule| rule.applies_on(date)) {
                let from = Tick::at_or_after(instant_at(self.zone, date, rule.opens));
                let to = Tick::containing(instant_at(self.zone, date, rule.closes));
                let counters = rule.capacity_for(audience);
                change(&mut steps, first, from, to, |capacity| capacity.saturating_add(counters));
            }
            for closure in &self.closures {
                if let Some((from, to)) = closure.span.on(self.zone, date) {
                    let (from, to) = (Tick::containing(from), Tick::at_or_after(to));
                    change(&mut steps, first, from, to, |capacity| capacity.min(closure.at_most));
                }
            }
        }
        DayCapacity { date, first, steps }
    }

    /// The next instant at which a counter opens for the public, at or after `now`, within so many days.
    pub fn opens_next(&self, now: DateTime<Utc>, within_days: u16) -> Option<DateTime<Utc>> {
        let today = local_day(self.zone, now);
        let earliest = Tick::at_or_after(now);
        (0..=u64::from(within_days)).filter_map(|ahead| today.checked_add_days(Days::new(ahead))).find_map(
            |date| {
                let day = self.capacity(date, Audience::Public);
                let open = day.steps.iter().enumerate().filter(|(_, capacity)| **capacity > 0);
                open.map(|(ahead, _)| Tick(day.first.0 + ahead as i64))
                    .find(|tick| *tick >= earliest)
                    .map(Tick::starts_at)
            },
        )
    }

    /// Whether a counter is open for the public at this instant.
    pub fn open_at(&self, instant: DateTime<Utc>) -> bool {
        let day = self.capacity(local_day(self.zone, instant), Audience::Public);
        day.at(Tick::containing(instant)) > 0
    }
}

/// Changes the steps of the ticks `[from, to)` as far as they lie in the day.
fn change(steps: &mut [u16], first: Tick, from: Tick, to: Tick, how: impl Fn(u16) -> u16) {
    let (from, to) = (from.since(first).min(steps.len()), to.since(first).min(steps.len()));
    for step in steps.get_mut(from..to).unwrap_or_default() {
        *step = how(*step);
    }
}

//! Opening rules as they travel.

use chrono::{NaiveDate, Weekday};
use domain::local_time::LocalMinute;
use domain::schedule::opening_hours::{self, MonthWeeks, OpeningRule, Weekdays};
use domain::setup::{WEEK, weekday};
use poem_openapi::{Enum, Object};

use crate::problem::Unreadable;

/// A weekly rule.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct RuleBody {
    /// The days of the week: `mo`, `di`, `mi`, `do`, `fr`, `sa`, `so`.
    #[oai(validator(max_items = 7))]
    pub weekdays: Vec<String>,
    /// 1 for every week, 2 for every other one, counted from the week of `valid_from`.
    pub every_weeks: u8,
    /// On which of these days of a month; on every one when empty.
    #[oai(default, validator(max_items = 5))]
    pub month_weeks: Vec<MonthWeek>,
    /// Local time at which the counters open: `08:00`.
    #[oai(validator(max_length = 5))]
    pub opens: String,
    /// Local time at which they close.
    #[oai(validator(max_length = 5))]
    pub closes: String,
    /// Counters for the public.
    pub public: u16,
    /// Counters kept for bookings by staff, besides.
    pub staff: u16,
    /// The first local day on which it applies.
    pub valid_from: NaiveDate,
    /// The last local day; open-ended without.
    pub valid_to: Option<NaiveDate>,
}

/// One of the times a weekday comes in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(remote = "opening_hours::MonthWeek", rename_all = "snake_case")]
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

/// The opening hours of a pool.
#[derive(Clone, Debug, Object)]
pub struct OpeningBody {
    /// The weekly rules; those that overlap add up.
    #[oai(validator(max_items = 50))]
    pub rules: Vec<RuleBody>,
    /// The revision that was read.
    pub rev: u64,
}

impl OpeningBody {
    pub(super) fn read(&self) -> Result<Vec<OpeningRule>, Unreadable> {
        self.rules.iter().enumerate().map(|(index, rule)| rule.read(index)).collect()
    }
}

impl RuleBody {
    fn read(&self, index: usize) -> Result<OpeningRule, Unreadable> {
        let wrong = |field: &str| {
            let field = format!("rules[{index}].{field}");
            move || Unreadable::field(field)
        };
        let days: Option<Vec<Weekday>> = self.weekdays.iter().map(|day| weekday(day)).collect();
        Ok(OpeningRule {
            weekdays: Weekdays::of(&days.ok_or_else(wrong("weekdays"))?),
            every_n_weeks: self.every_weeks,
            month_weeks: MonthWeeks::of(
                &self.month_weeks.iter().copied().map(Into::into).collect::<Vec<_>>(),
            ),
            opens: LocalMinute::parse(&self.opens).ok_or_else(wrong("opens"))?,
            closes: LocalMinute::parse(&self.closes).ok_or_else(wrong("closes"))?,
            capacity_public: self.public,
            capacity_staff: self.staff,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
        })
    }
}

impl From<OpeningRule> for RuleBody {
    fn from(rule: OpeningRule) -> Self {
        let days = WEEK.iter().filter(|(day, _)| rule.weekdays.contains(*day));
        Self {
            weekdays: days.map(|(_, word)| (*word).to_owned()).collect(),
            every_weeks: rule.every_n_weeks,
            month_weeks: rule.month_weeks.weeks().into_iter().map(Into::into).collect(),
            opens: rule.opens.to_string(),
            closes: rule.closes.to_string(),
            public: rule.capacity_public,
            staff: rule.capacity_staff,
            valid_from: rule.valid_from,
            valid_to: rule.valid_to,
        }
    }
}

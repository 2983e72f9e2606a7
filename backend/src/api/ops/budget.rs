//! The money of a day as operators see and change it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::guard::Lately;
use operations::messaging::budget::BudgetOfDay;
use poem_openapi::Object;

/// The SMS budget of today, and the guard over codes.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OpsBudget {
    /// The town's day.
    pub day: NaiveDate,
    /// SMS parts a day may cost.
    pub segments_per_day: u32,
    /// Parts on top of that, for codes, confirmations and calls.
    pub reserve: u32,
    /// Parts used today.
    pub used: u32,
    /// Messages put aside until tomorrow or a higher budget.
    pub held: u64,
    /// `usual`, `short` from 80 percent, `used_up` from 100, `empty` from 120.
    pub level: String,
    /// Since when codes are guarded, because few were typed in.
    pub guarded_since: Option<DateTime<Utc>>,
    /// Codes of the last half hour.
    pub codes_sent: u32,
    /// How many of them were typed in.
    pub codes_typed_in: u32,
}

/// Another budget for every day from now on.
#[derive(Clone, Debug, Object)]
pub struct NewBudget {
    /// SMS parts a day may cost: at most a million.
    pub segments_per_day: u32,
    /// Why, in a sentence; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

pub(super) fn shown(budget: &BudgetOfDay, guarded_since: Option<DateTime<Utc>>, lately: Lately) -> OpsBudget {
    OpsBudget {
        day: budget.day,
        segments_per_day: budget.per_day,
        reserve: budget.reserve,
        used: budget.used,
        held: budget.held,
        level: budget.level.as_str().to_owned(),
        guarded_since,
        codes_sent: lately.sent,
        codes_typed_in: lately.typed_in,
    }
}

//! The days somebody asks about, and the days before to compare with.

use chrono::{Days, NaiveDate};

/// The longest period, in days: two years and a day.
pub const LONGEST_DAYS: i64 = 731;

/// Consecutive local days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// Why there are no figures of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodRefused {
    /// It ends before it begins.
    #[error("it ends before it begins")]
    EndsBeforeItBegins,
    /// It is longer than two years.
    #[error("it is longer than {LONGEST_DAYS} days")]
    TooLong,
    /// It has not begun.
    #[error("it has not begun")]
    Future,
}

impl Period {
    /// The days asked for, up to today: what is still to come of them has no figures yet.
    pub fn asked(from: NaiveDate, to: NaiveDate, today: NaiveDate) -> Result<Self, PeriodRefused> {
        if to < from {
            return Err(PeriodRefused::EndsBeforeItBegins);
        }
        if from > today {
            return Err(PeriodRefused::Future);
        }
        if (to - from).num_days() >= LONGEST_DAYS {
            return Err(PeriodRefused::TooLong);
        }
        Ok(Self { from, to: to.min(today) })
    }

    /// How many days.
    #[must_use]
    pub fn days(self) -> u64 {
        u64::try_from((self.to - self.from).num_days()).unwrap_or(0) + 1
    }

    /// As many days before, on the same weekdays: Monday to Wednesday is compared with Monday to Wednesday.
    #[must_use]
    pub fn before(self) -> Self {
        let back = Days::new(self.days().div_ceil(7) * 7);
        let earlier = |day: NaiveDate| day.checked_sub_days(back).unwrap_or(NaiveDate::MIN);
        Self { from: earlier(self.from), to: earlier(self.to) }
    }

    /// Whether the day lies in it.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }
}

//! One counter more or less as it travels; times in seconds, nobody's name.

use chrono::NaiveDate;
use domain::statistics::staffing::{Change, Effect};
use operations::statistics::{PoolName, StaffingView, WindowAsked};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

/// A pool with its office.
#[derive(Clone, Debug, Object)]
pub struct StatisticsPool {
    /// Which one.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its office's name.
    pub office_name: String,
}

/// What one counter more or fewer does to those who come in a window; times are seconds.
#[derive(Clone, Debug, Object)]
pub struct StaffingEffect {
    /// Monday is 0.
    pub weekday: u8,
    /// From which minute of the day.
    pub from_min: u16,
    /// Until which.
    pub until_min: u16,
    /// How many come in it on one day, in tenths.
    pub people_tenths: u32,
    /// How many counters are open in it on most days.
    pub counters: u32,
    /// Half wait at most this long now.
    pub median_before_s: u32,
    /// Half would wait at most this long.
    pub median_after_s: u32,
    /// Nine of ten wait at most this long now.
    pub p90_before_s: u32,
    /// Nine of ten would wait at most this long.
    pub p90_after_s: u32,
    /// Waiting of everybody saved on one day; below 0 where it grows.
    pub saved_s: i64,
}

/// What the recent weeks advise for a pool.
#[derive(Clone, Debug, Object)]
pub struct Staffing {
    /// The first day played.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// On how many of them people came.
    pub days: u32,
    /// The pool.
    pub pool_id: Uuid,
    /// The pools to choose from.
    pub pools: Vec<StatisticsPool>,
    /// Where one counter more saves most.
    pub more: Vec<StaffingEffect>,
    /// Where one fewer costs nearly nothing.
    pub fewer: Vec<StaffingEffect>,
}

/// One counter more or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StaffingChange {
    /// One more.
    OneMore,
    /// One fewer.
    OneFewer,
}

/// A window to try.
#[derive(Clone, Debug, Object)]
pub struct TriedWindow {
    /// Monday is 0.
    pub weekday: u8,
    /// From which minute of the day.
    pub from_min: u16,
    /// Until which.
    pub until_min: u16,
    /// One more or one fewer.
    pub change: StaffingChange,
}

/// What a tried window does.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct StaffingTried {
    /// The effect; none when nobody came then, or no counter was open that could be left out.
    pub effect: Option<StaffingEffect>,
}

impl TriedWindow {
    pub(super) fn read(&self) -> WindowAsked {
        let change = match self.change {
            StaffingChange::OneMore => Change::OneMore,
            StaffingChange::OneFewer => Change::OneFewer,
        };
        WindowAsked { weekday: self.weekday, from_min: self.from_min, until_min: self.until_min, change }
    }
}

impl From<PoolName> for StatisticsPool {
    fn from(pool: PoolName) -> Self {
        Self { id: pool.id.0, name: pool.name, office_name: pool.office_name }
    }
}

impl From<Effect> for StaffingEffect {
    fn from(effect: Effect) -> Self {
        let minute = |second: u32| u16::try_from(second / 60).unwrap_or(0);
        Self {
            weekday: effect.window.weekday,
            from_min: minute(effect.window.from),
            until_min: minute(effect.window.until),
            people_tenths: effect.people_tenths,
            counters: effect.counters,
            median_before_s: effect.median_before,
            median_after_s: effect.median_after,
            p90_before_s: effect.p90_before,
            p90_after_s: effect.p90_after,
            saved_s: effect.saved,
        }
    }
}

impl From<StaffingView> for Staffing {
    fn from(view: StaffingView) -> Self {
        Self {
            from: view.period.from,
            to: view.period.to,
            days: view.advice.days,
            pool_id: view.pool.0,
            pools: view.pools.into_iter().map(StatisticsPool::from).collect(),
            more: view.advice.more.into_iter().map(StaffingEffect::from).collect(),
            fewer: view.advice.fewer.into_iter().map(StaffingEffect::from).collect(),
        }
    }
}

//! One counter more or less at a pool, tried out on the demand of the recent weeks.

use chrono::Days;
use domain::actor::StaffMember;
use domain::ids::PoolId;
use domain::local_time::local_day;
use domain::statistics::period::Period;
use domain::statistics::staffing::{Advice, Change, Effect, Past, Window};
use domain::town::Town;

use super::{PoolName, StatisticsProblem, count, facts, may_see, pools};
use crate::app::App;
use crate::error::{Error, Outcome};

/// How far back demand is looked at: six weeks, today left out.
const BACK_DAYS: u64 = 42;

/// What the recent weeks advise for a pool.
#[derive(Clone, Debug)]
pub struct StaffingView {
    /// The days that were played.
    pub period: Period,
    /// The pool; the first of the town where none was named.
    pub pool: PoolId,
    /// The pools to choose from.
    pub pools: Vec<PoolName>,
    /// The best windows.
    pub advice: Advice,
}

/// A window somebody wants to try: minutes of the day.
#[derive(Clone, Copy, Debug)]
pub struct WindowAsked {
    /// Monday is 0.
    pub weekday: u8,
    /// From when.
    pub from_min: u16,
    /// Until when.
    pub until_min: u16,
    /// One more or one fewer.
    pub change: Change,
}

/// Where one counter more saves most waiting at a pool, and where one fewer costs nearly nothing.
///
/// # Errors
/// When the role does not see it, there is no such pool, or the database fails.
pub async fn staffing(
    app: &App,
    town: &Town,
    by: &StaffMember,
    pool: Option<PoolId>,
) -> Outcome<StaffingView, StatisticsProblem> {
    may_see(by)?;
    let pools = pools(app, town).await?;
    let found = match pool {
        Some(pool) => pools.iter().find(|one| one.id == pool),
        None => pools.first(),
    };
    let unknown = || Error::Refused(StatisticsProblem::UnknownPool);
    let pool = found.cloned().ok_or_else(unknown)?;
    let (period, past) = past(app, town, &pool).await?;
    let advice = count(move || past.advise()).await;
    Ok(StaffingView { period, pool: pool.id, pools, advice })
}

/// What one counter more or fewer in a window of one's own would do; nothing when nobody came in it.
///
/// # Errors
/// When the role does not see it, there is no such pool, the window is none, or the database fails.
pub async fn try_window(
    app: &App,
    town: &Town,
    by: &StaffMember,
    pool: PoolId,
    asked: WindowAsked,
) -> Outcome<Option<Effect>, StatisticsProblem> {
    may_see(by)?;
    let WindowAsked { weekday, from_min, until_min, change } = asked;
    if weekday > 6 || until_min <= from_min || until_min > 24 * 60 {
        return Err(Error::Refused(StatisticsProblem::BadWindow));
    }
    let pools = pools(app, town).await?;
    let unknown = || Error::Refused(StatisticsProblem::UnknownPool);
    let pool = pools.into_iter().find(|one| one.id == pool).ok_or_else(unknown)?;
    let (_, past) = past(app, town, &pool).await?;
    let window = Window { weekday, from: u32::from(from_min) * 60, until: u32::from(until_min) * 60 };
    Ok(count(move || past.try_out(window, change)).await)
}

async fn past(app: &App, town: &Town, pool: &PoolName) -> Result<(Period, Past), store::StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let period = Period { from: back(BACK_DAYS), to: back(1) };
    let days = facts(app, town, period, Some(pool.office)).await?;
    let target_wait = u32::from(town.settings.target_wait_minutes) * 60;
    Ok((period, Past::of(pool.id, &days, target_wait)))
}

//! Statistics (Auswertung): facts of past days are condensed once and kept; everything asked about them is counted from
//! what is kept, and from the log for the days that are not yet.
//!
//! Only the administration sees them, and no figure leads to a citizen or to a member of staff.

mod calibration;
mod online;
mod staffing;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::actor::StaffMember;
use domain::catalog::OnlinePossible;
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::language::Text;
use domain::local_time::{day_span, local_day};
use domain::statistics::condense::{DayIs, DayLog, condense, planned_minutes};
use domain::statistics::figures::{OfficeDay, Report, Scope, report};
use domain::statistics::period::{Period, PeriodRefused};
use domain::town::Town;
use store::{Connection, StoreError};

use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::hours::{Parts, opening_hours, parts_of};
pub use calibration::{Calibration, CalibrationView, Verdict, calibrations, decide};
pub use online::{OnlineUse, note_online};
pub use staffing::{StaffingView, WindowAsked, staffing, try_window};
pub use store::statistics::Decision;

/// How long after a day's end its facts are kept: what is noted late still counts.
const SETTLED_AFTER: TimeDelta = TimeDelta::hours(3);
/// How many days are condensed in one transaction.
const PAGE_DAYS: u64 = 28;

/// The log of some days, by office.
pub type Logs = HashMap<(OfficeId, NaiveDate), DayLog>;

/// Why there is nothing to see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatisticsProblem {
    /// This role sees no statistics.
    #[error("this role sees no statistics")]
    NotAllowed,
    /// The period is wrong.
    #[error(transparent)]
    Period(#[from] PeriodRefused),
    /// The town has no such office.
    #[error("there is no such office")]
    UnknownOffice,
    /// The town has no such service.
    #[error("there is no such service")]
    UnknownService,
    /// The town has no such pool.
    #[error("there is no such pool")]
    UnknownPool,
    /// The service is not offered at this pool.
    #[error("the service is not offered there")]
    UnknownOffer,
    /// The window is no time of day.
    #[error("the window is no time of day")]
    BadWindow,
    /// This duration was neither proposed nor in force before.
    #[error("this duration was not proposed")]
    NotProposed,
    /// A proposal is turned down without a reason.
    #[error("it does not say why")]
    NoReason,
    /// Somebody else changed the duration meanwhile.
    #[error("somebody else changed it meanwhile")]
    ChangedMeanwhile,
}

fn may_see(by: &StaffMember) -> Result<(), Error<StatisticsProblem>> {
    if by.role.may_administer() { Ok(()) } else { Err(Error::Refused(StatisticsProblem::NotAllowed)) }
}

/// What to count.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Only this office.
    pub office: Option<OfficeId>,
    /// Only this service.
    pub service: Option<ServiceId>,
}

/// The figures of a period and of the days before it.
#[derive(Clone, Debug)]
pub struct StatisticsView {
    /// The days counted: up to today.
    pub period: Period,
    /// The days to compare with.
    pub before: Period,
    /// Today, which may still go on.
    pub today: NaiveDate,
    /// The figures.
    pub now: Report,
    /// The figures of the days before.
    pub then: Report,
    /// The offices of the town, in their order.
    pub offices: Vec<(OfficeId, String)>,
    /// The services of the town, in their order.
    pub services: Vec<(ServiceId, Text)>,
    /// Who went online instead, in the period and in the days before; not where one office is asked for.
    pub went_online: Option<(OnlineUse, OnlineUse)>,
}

/// The figures of a period, compared with the same weekdays before it.
///
/// # Errors
/// When the role does not see them, the period, office or service is wrong, or the database fails.
pub async fn figures(
    app: &App,
    town: &Town,
    by: &StaffMember,
    asked: &Asked,
) -> Outcome<StatisticsView, StatisticsProblem> {
    may_see(by)?;
    let today = local_day(town.zone, app.clock.now());
    let period = Period::asked(asked.from, asked.to, today)
        .map_err(|refused| Error::Refused(StatisticsProblem::Period(refused)))?;
    let before = period.before();
    let offices = offices(app, town).await?;
    if asked.office.is_some_and(|wanted| offices.iter().all(|(id, _)| *id != wanted)) {
        return Err(Error::Refused(StatisticsProblem::UnknownOffice));
    }
    let all = store::catalog::all_services(&app.db, town.id).await?;
    if asked.service.is_some_and(|wanted| all.iter().all(|service| service.id != wanted)) {
        return Err(Error::Refused(StatisticsProblem::UnknownService));
    }
    let mut online = HashSet::new();
    let mut services = Vec::with_capacity(all.len());
    for service in all {
        if service.detail.on(today).online.possible != OnlinePossible::No {
            online.insert(service.id);
        }
        services.push((service.id, service.name));
    }
    let days = facts(app, town, Period { from: before.from, to: period.to }, asked.office).await?;
    let counted = Arc::new((days, Scope { service: asked.service, online }));
    let report_of = |period: Period| {
        let counted = Arc::clone(&counted);
        count(move || report(period, &counted.0, &counted.1))
    };
    let (now, then) = tokio::join!(report_of(period), report_of(before));
    let uses = (online::uses(app, town, asked, period).await?, online::uses(app, town, asked, before).await?);
    let went_online = uses.0.zip(uses.1);
    Ok(StatisticsView { period, before, today, now, then, offices, services, went_online })
}

/// Counts beside the threads that answer everybody.
async fn count<T: Send + 'static>(counting: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(counting).await.expect("counting does not panic and is not cancelled")
}

async fn offices(app: &App, town: &Town) -> Result<Vec<(OfficeId, String)>, StoreError> {
    let offices = store::setup::offices(&app.db, town.id).await?;
    Ok(offices.into_iter().map(|office| (office.id, office.name)).collect())
}

/// The facts of these days: those that are kept, and the latest from the log.
async fn facts(
    app: &App,
    town: &Town,
    days: Period,
    office: Option<OfficeId>,
) -> Result<Vec<OfficeDay>, StoreError> {
    // Megabytes for a year: one half is read while the other is on its way.
    let (first, second) = halves(days);
    let kept = |half| store::statistics::kept(&app.db, town.id, half, office);
    let (mut all, later) = tokio::try_join!(kept(first), kept(second))?;
    all.extend(later);
    if let Some(fresh) = not_kept(app, town).await? {
        let wanted = Period { from: fresh.from.max(days.from), to: fresh.to.min(days.to) };
        if wanted.from <= wanted.to {
            let condensed = condensed(app, &app.db, town, wanted).await?;
            all.extend(condensed.into_iter().filter(|one| office.is_none_or(|only| only == one.office)));
        }
    }
    Ok(all)
}

/// The same days as two; the second is empty where there is but one.
fn halves(days: Period) -> (Period, Period) {
    let middle = days.from + TimeDelta::days((days.to - days.from).num_days() / 2);
    (Period { to: middle, ..days }, Period { from: middle + TimeDelta::days(1), ..days })
}

/// The days up to today whose facts are not kept; days are kept one after the other, without gaps.
async fn not_kept(app: &App, town: &Town) -> Result<Option<Period>, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let (first, last_kept) = store::statistics::reach(&app.db, town.id).await?;
    let from = last_kept.and_then(|day| day.checked_add_days(Days::new(1))).or(first);
    Ok(from.filter(|from| *from <= today).map(|from| Period { from, to: today }))
}

/// The facts of all offices on these days, from the log.
async fn condensed(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    days: Period,
) -> Result<Vec<OfficeDay>, StoreError> {
    let logs = store::statistics::logs(connection, (town.id, town.zone), days).await?;
    with_plan(app, connection, town, days, logs).await
}

/// The facts of all offices on these days: what happened, beside what the opening hours planned.
async fn with_plan(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    days: Period,
    mut logs: Logs,
) -> Result<Vec<OfficeDay>, StoreError> {
    let now = app.clock.now();
    let places = store::schedule::pools_of_town(connection, town.id).await?;
    let parts: Vec<Parts> = places.iter().map(parts_of).collect();
    let hours = opening_hours(connection, town, &parts, (days.from, days.to)).await?;
    let mut all = Vec::new();
    for office in store::setup::offices(connection, town.id).await? {
        for day in days.from.iter_days().take_while(|day| *day <= days.to) {
            let mut log = logs.remove(&(office.id, day)).unwrap_or_default();
            for ((_, _, pool), hours) in parts.iter().zip(&hours).filter(|(place, _)| place.1 == office.id) {
                let minutes = planned_minutes(hours, day);
                log.planned.extend(minutes.into_iter().map(|(hour, minutes)| (*pool, hour, minutes)));
            }
            let is = if settled(town, day, now) { DayIs::Over } else { DayIs::Running };
            all.push(OfficeDay { office: office.id, day, facts: condense(town.zone, day, is, &log) });
        }
    }
    Ok(all)
}

/// Whether nothing more is noted about a day.
fn settled(town: &Town, day: NaiveDate, now: DateTime<Utc>) -> bool {
    now >= day_span(town.zone, day).1 + SETTLED_AFTER
}

/// Keeps the facts of all past days that are not kept yet, a month at a time; gives how many days. What was done before
/// is not done again, and whoever is interrupted goes on where they stopped.
///
/// # Errors
/// When the database fails.
pub async fn keep_past_days(app: &App) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let mut kept = 0;
    for town in store::town::all(&app.db).await? {
        let Some(open) = not_kept(app, &town).await? else { continue };
        let past: Vec<NaiveDate> =
            open.from.iter_days().take_while(|day| *day <= open.to && settled(&town, *day, now)).collect();
        for page in past.chunks(PAGE_DAYS as usize) {
            let (Some(from), Some(to)) = (page.first(), page.last()) else { continue };
            let days = Period { from: *from, to: *to };
            let logs = store::statistics::logs(&app.db, (town.id, town.zone), days).await?;
            keep_days(app, &town, days, logs).await?;
            kept += page.len();
        }
    }
    Ok(kept)
}

/// Keeps these days, on which this is what happened. Days are kept in their order, without gaps.
///
/// # Errors
/// When the database fails.
pub async fn keep_days(app: &App, town: &Town, days: Period, logs: Logs) -> Result<(), StoreError> {
    let facts = with_plan(app, &app.db, town, days, logs).await?;
    let tx = app.db.write().await?;
    for one in &facts {
        store::statistics::keep(&tx, town.id, one, app.clock.now()).await?;
    }
    tx.commit().await
}

/// A pool with its office, as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolName {
    /// The pool.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// Its office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
}

/// The pools of a town, by office.
async fn pools(app: &App, town: &Town) -> Result<Vec<PoolName>, StoreError> {
    let places = store::schedule::pools_of_town(&app.db, town.id).await?;
    let mut pools = Vec::with_capacity(places.len());
    for (office, office_name) in offices(app, town).await? {
        let here = places.iter().filter(|place| place.office == office);
        pools.extend(here.map(|place| PoolName {
            id: place.pool,
            name: place.name.clone(),
            office,
            office_name: office_name.clone(),
        }));
    }
    Ok(pools)
}

//! The week of an office at one glance: what is open, what is taken, what no longer fits.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use domain::actor::StaffMember;
use domain::ids::{OfficeId, PoolId};
use domain::local_time::{day_span, local_day};
use domain::schedule::holidays::{HolidayCalendar, Land};
use domain::schedule::timeline::{Timeline, TimelineDay};
use domain::schedule::{Audience, TICK_MINUTES};
use domain::town::Town;
use store::StoreError;
use store::planning::Replan;
use store::schedule::{PoolPlace, StoredClosure};

use super::conflicts::{Conflict, conflicts};
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::hours::{Parts, opening_hours, parts_of};

/// A week of an office.
#[derive(Clone, Debug)]
pub struct WeekView {
    /// The office.
    pub office: (OfficeId, String),
    /// Monday to Sunday.
    pub days: Vec<WeekDay>,
    /// Its pools.
    pub pools: Vec<PoolWeek>,
    /// The closures that touch the week and this office, soonest first.
    pub closures: Vec<StoredClosure>,
    /// Everybody the hours no longer hold, in this week and after it.
    pub conflicts: Vec<Conflict>,
    /// The last replanning, while it can be undone.
    pub undoable: Option<Replan>,
}

/// A day of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekDay {
    /// The local day.
    pub date: NaiveDate,
    /// The holiday it is, if it is one.
    pub holiday: Option<String>,
}

/// A pool's week.
#[derive(Clone, Debug)]
pub struct PoolWeek {
    /// The pool.
    pub pool: PoolId,
    /// Its name.
    pub name: String,
    /// Monday to Sunday.
    pub days: Vec<PoolDay>,
}

/// A pool's day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolDay {
    /// Capacity and use, in steps; nothing when it is closed and nothing is taken.
    pub steps: Vec<WeekStep>,
    /// Minutes of counters open, for the public and for staff together.
    pub open_min: u32,
    /// Minutes of counters taken.
    pub used_min: u32,
    /// Appointments that stand.
    pub bookings: u32,
}

/// A time during which capacity and use stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekStep {
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Counters for public bookings.
    pub public: u16,
    /// Counters kept for bookings by staff.
    pub staff: u16,
    /// Counters taken out of the public ones.
    pub public_used: u16,
    /// Counters taken out of those of staff.
    pub staff_used: u16,
}

/// The week that contains a day.
///
/// # Errors
/// When the role does not plan, there is no such office, or the database fails.
pub async fn week(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
    day: Option<NaiveDate>,
) -> Outcome<WeekView, PlanningProblem> {
    may_plan(by)?;
    let offices = store::setup::offices(&app.db, town.id).await?;
    let office = offices.into_iter().find(|one| one.id == office);
    let office = office.ok_or(Error::Refused(PlanningProblem::UnknownOffice))?;
    let day = day.unwrap_or_else(|| local_day(town.zone, app.clock.now()));
    let monday =
        day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day);
    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
    let pools = store::schedule::pools_of_office(&app.db, office.id).await?;
    let (begin, _) = day_span(town.zone, monday);
    let (_, end) = day_span(town.zone, sunday);
    let mut closures = store::schedule::stored_closures(&app.db, town.id, begin, end).await?;
    closures.retain(|closure| pools.iter().any(|pool| closure.scoped(town.zone).reaches(parts_of(pool))));
    Ok(WeekView {
        days: days(town, monday, sunday),
        pools: pool_weeks(app, town, office.id, &pools, (monday, sunday)).await?,
        closures,
        conflicts: conflicts(app, town, office.id).await?,
        undoable: crate::appointments::last_replan(app, town).await?,
        office: (office.id, office.name),
    })
}

fn days(town: &Town, monday: NaiveDate, sunday: NaiveDate) -> Vec<WeekDay> {
    let holidays = Land::from_code(&town.land)
        .map(|land| {
            HolidayCalendar { land, local: town.settings.local_holidays.clone() }.between(monday, sunday)
        })
        .unwrap_or_default();
    monday
        .iter_days()
        .take_while(|date| *date <= sunday)
        .map(|date| {
            let holiday = holidays.iter().find(|holiday| holiday.date == date);
            WeekDay { date, holiday: holiday.map(|holiday| holiday.name.to_owned()) }
        })
        .collect()
}

async fn pool_weeks(
    app: &App,
    town: &Town,
    office: OfficeId,
    pools: &[PoolPlace],
    (monday, sunday): (NaiveDate, NaiveDate),
) -> Result<Vec<PoolWeek>, StoreError> {
    let parts: Vec<Parts> = pools.iter().map(parts_of).collect();
    let hours = opening_hours(&app.db, town, &parts, (monday, sunday)).await?;
    let lay = |audience| -> Vec<(PoolId, Timeline)> {
        let each = pools.iter().zip(&hours);
        each.map(|(pool, hours)| (pool.pool, Timeline::of(hours, audience, monday, sunday))).collect()
    };
    let (mut public, mut staff) = (lay(Audience::Public), lay(Audience::Staff));
    store::schedule::load_use(&app.db, Audience::Public, &mut public).await?;
    store::schedule::load_use(&app.db, Audience::Staff, &mut staff).await?;
    let counts: HashMap<(PoolId, NaiveDate), u32> =
        store::planning::booked_by_day(&app.db, office, monday, sunday).await?.into_iter().collect();
    Ok(pools
        .iter()
        .zip(public.iter().zip(&staff))
        .map(|(pool, ((_, public), (_, staff)))| PoolWeek {
            pool: pool.pool,
            name: pool.name.clone(),
            days: public
                .days()
                .iter()
                .map(|day| PoolDay {
                    bookings: counts.get(&(pool.pool, day.date)).copied().unwrap_or(0),
                    ..pool_day(public, staff, day)
                })
                .collect(),
        })
        .collect())
}

fn pool_day(public: &Timeline, staff: &Timeline, day: &TimelineDay) -> PoolDay {
    let mut found = PoolDay::default();
    for tick in day.ticks.clone().map(|at| public.tick(at)) {
        let (starts_at, ends_at) = (tick.starts_at(), tick.plus(1).starts_at());
        let step = WeekStep {
            starts_at,
            ends_at,
            public: public.capacity_at(tick),
            staff: staff.capacity_at(tick),
            public_used: public.used_at(tick),
            staff_used: staff.used_at(tick),
        };
        let (open, used) = (step.public + step.staff, step.public_used + step.staff_used);
        if open + used == 0 {
            continue;
        }
        found.open_min += u32::from(open) * u32::from(TICK_MINUTES);
        found.used_min += u32::from(used) * u32::from(TICK_MINUTES);
        match found.steps.last_mut() {
            Some(last)
                if last.ends_at == starts_at
                    && WeekStep { starts_at: last.starts_at, ends_at: last.ends_at, ..step } == *last =>
            {
                last.ends_at = ends_at;
            }
            _ => found.steps.push(step),
        }
    }
    found
}

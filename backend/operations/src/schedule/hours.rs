//! When pools and offices are open: rules, closures and holidays put together.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::ids::{DepartmentId, OfficeId, PoolId};
use domain::local_time::{day_span, local_day};
use domain::schedule::Audience;
use domain::schedule::holidays::{HolidayCalendar, Land};
use domain::schedule::opening_hours::{OpeningHours, OpeningRule};
use domain::schedule::timeline::Timeline;
use domain::town::Town;
use store::schedule::{PoolPlace, ScopedClosure};
use store::{Connection, StoreError};

use super::after;
use crate::app::App;

/// Department, office and pool: what a closure may name.
pub(crate) type Parts = (DepartmentId, OfficeId, PoolId);

pub(crate) fn parts_of(place: &PoolPlace) -> Parts {
    (place.department, place.office, place.pool)
}

/// The opening hours of pools as they stand between two local days, in the order asked for.
pub(crate) async fn opening_hours(
    connection: &impl Connection,
    town: &Town,
    places: &[Parts],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<OpeningHours>, StoreError> {
    let pools: Vec<PoolId> = places.iter().map(|(_, _, pool)| *pool).collect();
    let mut rules = store::schedule::rules(connection, &pools).await?;
    let (begin, _) = day_span(town.zone, from);
    let (_, end) = day_span(town.zone, to);
    let closures = store::schedule::closures(connection, (town.id, town.zone), begin, end).await?;
    let holidays = holidays(town, from, to);
    Ok(places
        .iter()
        .map(|parts| hours_of(town, rules.remove(&parts.2).unwrap_or_default(), &closures, *parts, &holidays))
        .collect())
}

pub(super) fn hours_of(
    town: &Town,
    rules: Vec<OpeningRule>,
    closures: &[ScopedClosure],
    parts: Parts,
    holidays: &BTreeSet<NaiveDate>,
) -> OpeningHours {
    let reaching = closures.iter().filter(|closure| closure.reaches(parts)).map(|closure| closure.closure);
    OpeningHours { zone: town.zone, rules, closures: reaching.collect(), holidays: holidays.clone() }
}

/// The opening hours of one pool between two local days.
///
/// # Errors
/// When the database fails.
pub async fn hours_of_pool(
    connection: &impl Connection,
    town: &Town,
    place: &PoolPlace,
    days: (NaiveDate, NaiveDate),
) -> Result<OpeningHours, StoreError> {
    let parts = parts_of(place);
    let mut hours = opening_hours(connection, town, &[parts], days).await?;
    Ok(hours.pop().unwrap_or_else(|| hours_of(town, Vec::new(), &[], parts, &BTreeSet::new())))
}

/// Capacity and use of one pool, both counts, on one local day: for the day view of the desk.
///
/// # Errors
/// When the database fails.
pub async fn day_of_pool(
    connection: &impl Connection,
    town: &Town,
    place: &PoolPlace,
    day: NaiveDate,
) -> Result<[(Audience, Timeline); 2], StoreError> {
    let hours = hours_of_pool(connection, town, place, (day, day)).await?;
    let mut public = [(place.pool, Timeline::of(&hours, Audience::Public, day, day))];
    let mut staff = [(place.pool, Timeline::of(&hours, Audience::Staff, day, day))];
    store::schedule::load_use(connection, Audience::Public, &mut public).await?;
    store::schedule::load_use(connection, Audience::Staff, &mut staff).await?;
    let ([(_, public)], [(_, staff)]) = (public, staff);
    Ok([(Audience::Public, public), (Audience::Staff, staff)])
}

/// When an office is open for the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeOpening {
    /// Whether any of its pools is open now.
    pub open_now: bool,
    /// When the next one opens, within two weeks.
    pub opens_next: Option<DateTime<Utc>>,
}

/// So long before it opens, who stands in the foyer gets a number.
const BEFORE_OPENING: TimeDelta = TimeDelta::minutes(30);

impl OfficeOpening {
    /// Whether somebody without an appointment gets a number (Wartenummer): while it is open, and shortly before.
    #[must_use]
    pub fn gives_numbers(&self, now: DateTime<Utc>) -> bool {
        self.open_now || self.opens_next.is_some_and(|opens| opens - now <= BEFORE_OPENING)
    }
}

/// Whether an office is open and when it opens next.
///
/// # Errors
/// When the database fails.
pub async fn opening_of_office(
    app: &App,
    town: &Town,
    office: OfficeId,
) -> Result<OfficeOpening, StoreError> {
    const DAYS: u16 = 14;
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let pools = store::schedule::pools_of_office(&app.db, office).await?;
    let places: Vec<Parts> = pools.iter().map(parts_of).collect();
    let hours = opening_hours(&app.db, town, &places, (today, after(today, u64::from(DAYS)))).await?;
    Ok(OfficeOpening {
        open_now: hours.iter().any(|hours| hours.open_at(now)),
        opens_next: hours.iter().filter_map(|hours| hours.opens_next(now, DAYS)).min(),
    })
}

pub(crate) fn holidays(town: &Town, from: NaiveDate, to: NaiveDate) -> BTreeSet<NaiveDate> {
    let Some(land) = Land::from_code(&town.land) else { return BTreeSet::new() };
    let calendar = HolidayCalendar { land, local: town.settings.local_holidays.clone() };
    calendar.between(from, to).into_iter().map(|holiday| holiday.date).collect()
}

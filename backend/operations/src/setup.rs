//! Take over a town's set-up: everything of the file or nothing.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::ids::{OfficeId, TownId, ZoneId};
use domain::local_time;
use domain::schedule::opening_hours::ClosureScope;
use domain::setup::{Fault, PoolSetup, Setup};
use domain::town::Town;
use store::schedule::StoredClosure;
use store::setup::PoolPlace;
use store::{StoreError, Tx};

use crate::app::App;
use crate::error::{Error, Outcome};

/// Offers and opening rules of an imported set-up hold from this day on.
const VALID_FROM: NaiveDate = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day of the calendar");

/// Makes the town of this file, without offices yet, or gives the one that has its slug.
///
/// # Errors
/// When the zone is unknown or the database fails.
pub async fn put_town(app: &App, setup: &Setup) -> Outcome<Town, Vec<Fault>> {
    let existing = store::town::all(&app.db).await?;
    if let Some(town) = existing.into_iter().find(|town| town.slug == setup.town.slug) {
        return Ok(town);
    }
    let zone = setup.town.zone.parse().map_err(|_| refused("town.zone", "not a time zone"))?;
    let town = Town {
        id: app.id(),
        slug: setup.town.slug.clone(),
        name: setup.town.name.clone(),
        host: setup.town.host.clone(),
        zone,
        land: setup.town.land.clone(),
        settings: setup.town.settings.clone(),
    };
    let tx = app.db.write().await?;
    store::town::insert(&tx, &town, app.clock.now()).await?;
    tx.commit().await?;
    Ok(town)
}

/// Takes over offices, zones, pools, counters, opening rules, offers and closures of a set-up file. The
/// departments and services it names must be there (the catalogue is imported first).
///
/// # Errors
/// Every fault of the file that only shows against the catalogue, with its place; nothing is changed then.
pub async fn import(app: &App, town: &Town, setup: &Setup) -> Outcome<(), Vec<Fault>> {
    let tx = app.db.write().await?;
    let zones = put_offices(app, &tx, town.id, setup).await?;
    let mut faults = Vec::new();
    for (index, pool) in setup.pools.iter().enumerate() {
        put_pool(app, &tx, town.id, &zones, (index, pool), &mut faults).await?;
    }
    for closure in &setup.closures {
        let (from, until) = local_time::day_span(town.zone, closure.day);
        let there = store::schedule::stored_closures(&tx, town.id, from, until).await?;
        if there.iter().any(|one| (one.scope, one.from) == (ClosureScope::Town, from)) {
            continue;
        }
        let (id, reason) = (app.uuid(), closure.reason.clone());
        let new = StoredClosure { id, scope: ClosureScope::Town, from, until, at_most: 0, reason };
        store::schedule::insert_closure(&tx, town.id, &new).await?;
    }
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    store::schedule::plan_changed(&tx, town.id).await?;
    tx.commit().await?;
    Ok(())
}

type Zones = HashMap<(String, String), (OfficeId, ZoneId)>;

async fn put_offices(app: &App, tx: &Tx, town: TownId, setup: &Setup) -> Result<Zones, StoreError> {
    let mut zones = Zones::new();
    for (position, office) in setup.offices.iter().enumerate() {
        let office_id = store::setup::put_office(tx, town, app.id(), position, office).await?;
        for (position, zone) in office.zones.iter().enumerate() {
            let zone_id = store::setup::put_zone(tx, town, office_id, app.id(), position, zone).await?;
            zones.insert((office.slug.clone(), zone.letter.clone()), (office_id, zone_id));
        }
    }
    Ok(zones)
}

async fn put_pool(
    app: &App,
    tx: &Tx,
    town: TownId,
    zones: &Zones,
    (index, pool): (usize, &PoolSetup),
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let place = format!("pools[{index}]");
    let Some(department) = store::setup::department_of_slug(tx, town, &pool.department).await? else {
        faults.push(fault(
            &format!("{place}.department"),
            format!("there is no department {:?}", pool.department),
        ));
        return Ok(());
    };
    let Some(&(office, zone)) = zones.get(&(pool.office.clone(), pool.zone.clone())) else {
        faults.push(fault(&format!("{place}.zone"), format!("there is no zone {:?}", pool.zone)));
        return Ok(());
    };
    let pool_place = PoolPlace { town, office, department, zone };
    let pool_id = store::setup::put_pool(tx, pool_place, app.id(), pool).await?;
    for (position, counter) in pool.counters.iter().enumerate() {
        store::setup::put_counter(tx, pool_place, pool_id, app.uuid(), position, counter).await?;
    }
    let rules: Vec<_> = pool.opening.iter().map(|opening| opening.rule(VALID_FROM)).collect();
    store::schedule::replace_rules(tx, town, pool_id, &rules, || app.uuid()).await?;
    let services = store::setup::services_of_department(tx, department).await?;
    for (number, slug) in pool.services.iter().enumerate() {
        if !services.iter().any(|(_, known, _)| known == slug) {
            let what = format!("the department has no service {slug:?}");
            faults.push(fault(&format!("{place}.services[{number}]"), what));
        }
    }
    let offered = |slug: &String| pool.services.is_empty() || pool.services.contains(slug);
    for (service, _, minutes) in services.iter().filter(|(_, slug, _)| offered(slug)) {
        store::setup::put_offer(tx, town, pool_id, *service, *minutes, VALID_FROM, app.uuid()).await?;
    }
    Ok(())
}

fn fault(place: &str, what: impl Into<String>) -> Fault {
    Fault { place: place.to_owned(), what: what.into() }
}

fn refused(place: &str, what: &str) -> Error<Vec<Fault>> {
    Error::Refused(vec![fault(place, what)])
}

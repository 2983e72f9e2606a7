//! Take over a town's set-up: everything of the file or nothing; and write one.

mod export;

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::appointments::booking::OfferTerms;
use domain::catalog::Catalogue;
use domain::fault::Fault;
use domain::ids::{DepartmentId, OfficeId, PoolId, ServiceId, TownId, ZoneId};
use domain::local_time::instant_of;
use domain::schedule::opening_hours::ClosureScope;
use domain::setup::{ClosureSetup, PoolSetup, Setup};
use domain::town::Town;
use store::catalog::{Department, Service};
use store::schedule::StoredClosure;
use store::setup::PoolPlace;
use store::{StoreError, Tx};

use crate::app::App;
use crate::error::{Error, Outcome};
pub use export::export;

/// Offers and opening rules of an imported set-up hold from this day on.
const VALID_FROM: NaiveDate = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day of the calendar");

/// Makes the town of this file, without offices yet, or gives the one that has its slug.
///
/// # Errors
/// When the zone is unknown or the database fails.
pub async fn put_town(app: &App, setup: &Setup) -> Outcome<Town, Vec<Fault>> {
    let tx = app.db.write().await?;
    let town = town_of_file(app, &tx, setup).await?;
    tx.commit().await?;
    Ok(town)
}

async fn town_of_file(app: &App, tx: &Tx, setup: &Setup) -> Outcome<Town, Vec<Fault>> {
    let existing = store::town::all(tx).await?;
    if let Some(town) = existing.into_iter().find(|town| town.slug == setup.town.slug) {
        return Ok(town);
    }
    let zone = setup.town.zone.parse().map_err(|_| {
        Error::Refused(vec![missing("town.zone", "Diese Zeitzone gibt es nicht.", "not a time zone")])
    })?;
    let town = Town {
        id: app.id(),
        slug: setup.town.slug.clone(),
        name: setup.town.name.clone(),
        host: setup.town.host.clone(),
        zone,
        land: setup.town.land.clone(),
        settings: setup.town.settings.clone(),
        guarded_since: None,
    };
    store::town::insert(tx, &town, app.clock.now()).await?;
    Ok(town)
}

/// Takes over a set-up file and the catalogues it refers to, and makes its town if that is new: all of it or nothing.
///
/// # Errors
/// Every fault that only shows against what is there, with its place; nothing is changed then.
pub async fn import_town(app: &App, setup: &Setup, catalogues: &[&Catalogue]) -> Outcome<Town, Vec<Fault>> {
    let tx = app.db.write().await?;
    let town = town_of_file(app, &tx, setup).await?;
    for catalogue in catalogues {
        crate::catalog::put(app, &tx, &town, catalogue).await?;
    }
    put(app, &tx, &town, setup).await?;
    tx.commit().await?;
    Ok(town)
}

/// Takes over a set-up file: its departments and services when it has them, offices, zones, pools, counters, opening
/// rules, offers and closures. What it no longer names stays, because bookings may point at it.
///
/// # Errors
/// Every fault of the file that only shows against the catalogue, with its place; nothing is changed then.
pub async fn import(app: &App, town: &Town, setup: &Setup) -> Outcome<(), Vec<Fault>> {
    let tx = app.db.write().await?;
    put(app, &tx, town, setup).await?;
    tx.commit().await?;
    Ok(())
}

/// As [`import`], in a transaction that decides later.
pub(crate) async fn put(app: &App, tx: &Tx, town: &Town, setup: &Setup) -> Outcome<(), Vec<Fault>> {
    // First, because it makes others who plan wait.
    store::schedule::plan_changed(tx, town.id).await?;
    if let Some(catalogue) = &setup.catalogue {
        crate::catalog::put(app, tx, town, catalogue).await?;
    }
    let zones = put_offices(app, tx, town.id, setup).await?;
    let services = store::catalog::all_services(tx, town.id).await?;
    let departments = store::catalog::departments(tx, town.id).await?;
    let known = Known { services, departments, zones };
    let mut pools = Pools::new();
    let mut faults = Vec::new();
    for (index, pool) in setup.pools.iter().enumerate() {
        let id = put_pool(app, tx, town.id, &known, (index, pool), &mut faults).await?;
        pools.extend(id.map(|id| ((pool.office.clone(), pool.slug.clone()), id)));
    }
    for (index, closure) in setup.closures.iter().enumerate() {
        put_closure(app, tx, town, &known, (&pools, index, closure), &mut faults).await?;
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Refused(faults)) }
}

/// What pools and closures of a file refer to.
struct Known {
    services: Vec<Service>,
    departments: Vec<Department>,
    zones: Zones,
}

type Pools = HashMap<(String, String), PoolId>;

async fn put_closure(
    app: &App,
    tx: &Tx,
    town: &Town,
    known: &Known,
    (pools, index, closure): (&Pools, usize, &ClosureSetup),
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let Some((from, until)) = closure.span() else { return Ok(()) };
    let (from, until) = (instant_of(town.zone, from), instant_of(town.zone, until));
    let Some(scope) = scope_of(known, pools, closure) else {
        let place = format!("closures[{index}]");
        let de = "Dieses Amt, diesen Standort oder diese Stelle gibt es nicht.";
        faults.push(missing(&place, de, "there is no such department, office or pool"));
        return Ok(());
    };
    let there = store::schedule::stored_closures(tx, town.id, from, until).await?;
    let same = there.iter().find(|one| (one.scope, one.from, one.until) == (scope, from, until));
    if let Some(same) = same {
        if (same.daily, same.at_most, &same.reason) == (closure.daily, closure.at_most, &closure.reason) {
            return Ok(());
        }
        store::schedule::delete_closure(tx, town.id, same.id).await?;
    }
    let (id, daily) = (app.uuid(), closure.daily);
    let (at_most, reason) = (closure.at_most, closure.reason.clone());
    store::schedule::insert_closure(
        tx,
        town.id,
        &StoredClosure { id, scope, from, until, daily, at_most, reason },
    )
    .await
}

fn scope_of(known: &Known, pools: &Pools, closure: &ClosureSetup) -> Option<ClosureScope> {
    match (&closure.department, &closure.office, &closure.pool) {
        (None, None, None) => Some(ClosureScope::Town),
        (Some(slug), None, None) => {
            let department = known.departments.iter().find(|department| department.slug == *slug)?;
            Some(ClosureScope::Department(department.id))
        }
        (None, Some(slug), None) => {
            let mut zones = known.zones.iter();
            let (_, (office, _)) = zones.find(|((office, _), _)| office == slug)?;
            Some(ClosureScope::Office(*office))
        }
        (None, Some(office), Some(pool)) => {
            pools.get(&(office.clone(), pool.clone())).map(|pool| ClosureScope::Pool(*pool))
        }
        _ => None,
    }
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
    known: &Known,
    (index, pool): (usize, &PoolSetup),
    faults: &mut Vec<Fault>,
) -> Result<Option<PoolId>, StoreError> {
    let place = format!("pools[{index}]");
    let department = known.departments.iter().find(|department| department.slug == pool.department);
    let Some(department) = department.map(|department| department.id) else {
        let en = format!("there is no department {:?}", pool.department);
        faults.push(missing(&format!("{place}.department"), "Dieses Amt gibt es nicht.", &en));
        return Ok(None);
    };
    let Some(&(office, zone)) = known.zones.get(&(pool.office.clone(), pool.zone.clone())) else {
        let en = format!("there is no zone {:?}", pool.zone);
        faults.push(missing(&format!("{place}.zone"), "Diesen Wartebereich gibt es nicht.", &en));
        return Ok(None);
    };
    let pool_place = PoolPlace { town, office, department, zone };
    let id = store::setup::put_pool(tx, pool_place, app.id(), pool).await?;
    for (position, counter) in pool.counters.iter().enumerate() {
        store::setup::put_counter(tx, pool_place, id, app.uuid(), position, counter).await?;
    }
    let rules: Vec<_> = pool.opening.iter().map(|opening| opening.rule(VALID_FROM)).collect();
    store::schedule::replace_rules(tx, town, id, &rules, || app.uuid()).await?;
    let offers = offers_of(known, department, (&place, pool), faults);
    store::catalog::replace_offers_of_pool(tx, town, id, &offers, VALID_FROM, || app.uuid()).await?;
    Ok(Some(id))
}

/// What a pool of a file offers: with times of their own, by name, or everything of its department.
fn offers_of(
    known: &Known,
    department: DepartmentId,
    (place, pool): (&str, &PoolSetup),
    faults: &mut Vec<Fault>,
) -> Vec<(ServiceId, OfferTerms)> {
    let usual = |service: &Service| {
        let terms = OfferTerms { duration_min: service.duration_min, per_person_min: 0, buffer_min: 0 };
        (service.id, terms)
    };
    let own = |service: &&Service| service.department == department;
    if pool.services.is_empty() && pool.offers.is_none() {
        return known.services.iter().filter(own).map(usual).collect();
    }
    let mut offers = Vec::new();
    for (number, offer) in pool.offers.iter().flatten().enumerate() {
        match known.services.iter().find(|service| service.slug == offer.service) {
            Some(service) => {
                let (duration_min, per_person_min, buffer_min) =
                    (offer.duration_min, offer.per_person_min, offer.buffer_min);
                offers.push((service.id, OfferTerms { duration_min, per_person_min, buffer_min }));
            }
            None => {
                let en = format!("there is no service {:?}", offer.service);
                let place = format!("{place}.offers[{number}].service");
                faults.push(missing(&place, "Diese Leistung gibt es nicht.", &en));
            }
        }
    }
    for (number, slug) in pool.services.iter().enumerate() {
        match known.services.iter().filter(own).find(|service| service.slug == *slug) {
            Some(service) => offers.push(usual(service)),
            None => {
                let en = format!("the department has no service {slug:?}");
                let place = format!("{place}.services[{number}]");
                faults.push(missing(&place, "Diese Leistung hat das Amt nicht.", &en));
            }
        }
    }
    offers
}

fn missing(place: &str, de: &str, en: &str) -> Fault {
    Fault::new(place, "unknown", (de, en))
}

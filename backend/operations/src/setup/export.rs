//! Writes a town's whole set-up as a file, from which another town can start.

use domain::catalog::{Catalogue, DepartmentEntry};
use domain::local_time::{local_day, local_of};
use domain::schedule::opening_hours::ClosureScope;
use domain::setup::{
    ClosureSetup, CounterSetup, OfferSetup, OfficeSetup, OpeningSetup, PoolSetup, Setup, TownSetup, ZoneSetup,
};
use domain::town::{Town, TownSettings};
use store::catalog::{Department, OfferRow, Service};
use store::queue::counters::{Counter, counters_of_town};
use store::schedule::{PoolPlace, StoredClosure};
use store::setup::OfficeWithZones;
use store::{Connection, StoreError};

use crate::app::App;

/// Everything of a town that people set up: departments and services, offices, pools with counters, offers and opening
/// rules, closures to come, rules of booking. No person, no booking, no secret.
///
/// # Errors
/// When the database fails.
pub async fn export(app: &App, town: &Town) -> Result<Setup, StoreError> {
    Whole::read(app, town).await?.setup(app, town).await
}

/// What a set-up is written from.
struct Whole {
    departments: Vec<Department>,
    services: Vec<Service>,
    offices: Vec<OfficeWithZones>,
    pools: Vec<PoolPlace>,
    counters: Vec<Counter>,
    offers: Vec<OfferRow>,
}

impl Whole {
    async fn read(app: &App, town: &Town) -> Result<Self, StoreError> {
        let db = &app.db;
        let offices = store::setup::offices(db, town.id).await?;
        let mut pools = Vec::new();
        for office in &offices {
            pools.extend(store::schedule::pools_of_office(db, office.id).await?);
        }
        let today = local_day(town.zone, app.clock.now());
        Ok(Self {
            departments: store::catalog::departments(db, town.id).await?,
            services: store::catalog::all_services(db, town.id).await?,
            counters: counters_of_town(db, town.id).await?,
            offers: store::catalog::offer_rows(db, town.id, None, today).await?,
            offices,
            pools,
        })
    }

    async fn setup(&self, app: &App, town: &Town) -> Result<Setup, StoreError> {
        let settings = store::town::settings(&app.db, town.id).await?;
        let mut rules = store::schedule::rules_of_town(&app.db, town.id).await?;
        let mut pools = Vec::with_capacity(self.pools.len());
        for pool in &self.pools {
            let opening = rules.remove(&pool.pool).unwrap_or_default().iter().map(OpeningSetup::of).collect();
            pools.push(self.pool(pool, opening)?);
        }
        Ok(Setup {
            town: TownSetup {
                slug: town.slug.clone(),
                name: town.name.clone(),
                host: town.host.clone(),
                zone: town.zone.name().to_owned(),
                land: town.land.clone(),
                settings,
            },
            offices: self.offices.iter().map(office).collect(),
            pools,
            closures: self.closures(&app.db, app, town).await?,
            catalogue: Some(self.catalogue()?),
            named_settings: TownSettings::names(),
        })
    }

    fn catalogue(&self) -> Result<Catalogue, StoreError> {
        let department =
            |one: &Department| DepartmentEntry { slug: one.slug.clone(), name: one.name.clone() };
        let services = self.services.iter().cloned().map(|service| service.entry(&self.departments));
        Ok(Catalogue {
            departments: self.departments.iter().map(department).collect(),
            services: services.collect::<Result<_, _>>()?,
        })
    }

    fn pool(&self, place: &PoolPlace, opening: Vec<OpeningSetup>) -> Result<PoolSetup, StoreError> {
        let missing = StoreError::Corrupt { column: "pool" };
        let (Some(office), Some(department)) = (
            self.offices.iter().find(|office| office.id == place.office),
            self.departments.iter().find(|department| department.id == place.department),
        ) else {
            return Err(missing);
        };
        let zone = office.zones.iter().find(|zone| zone.id == place.zone).ok_or(missing)?;
        let counters = self.counters.iter().filter(|counter| counter.pool == place.pool);
        let offers = self.offers.iter().filter(|offer| offer.pool == place.pool);
        let offer = |offer: &OfferRow| {
            let service = self.services.iter().find(|service| service.id == offer.service)?;
            Some(OfferSetup {
                service: service.slug.clone(),
                duration_min: offer.terms.duration_min,
                per_person_min: offer.terms.per_person_min,
                buffer_min: offer.terms.buffer_min,
            })
        };
        let mut offers: Vec<OfferSetup> = offers.filter_map(offer).collect();
        offers.sort_by(|one, other| one.service.cmp(&other.service));
        Ok(PoolSetup {
            slug: place.slug.clone(),
            name: place.name.clone(),
            office: office.slug.clone(),
            department: department.slug.clone(),
            zone: zone.letter.clone(),
            services: Vec::new(),
            offers: Some(offers),
            counters: counters.map(counter).collect(),
            opening,
        })
    }

    async fn closures(
        &self,
        connection: &impl Connection,
        app: &App,
        town: &Town,
    ) -> Result<Vec<ClosureSetup>, StoreError> {
        let now = app.clock.now();
        let end = now + chrono::Duration::days(3660);
        let all = store::schedule::stored_closures(connection, town.id, now, end).await?;
        Ok(all.iter().filter_map(|closure| self.closure(town, closure)).collect())
    }

    /// A closure of something that is there.
    fn closure(&self, town: &Town, closure: &StoredClosure) -> Option<ClosureSetup> {
        let office_slug =
            |id| self.offices.iter().find(|office| office.id == id).map(|office| office.slug.clone());
        let (mut department, mut office, mut pool) = (None, None, None);
        match closure.scope {
            ClosureScope::Town => {}
            ClosureScope::Department(id) => {
                department = Some(self.departments.iter().find(|one| one.id == id)?.slug.clone());
            }
            ClosureScope::Office(id) => office = Some(office_slug(id)?),
            ClosureScope::Pool(id) => {
                let place = self.pools.iter().find(|place| place.pool == id)?;
                office = Some(office_slug(place.office)?);
                pool = Some(place.slug.clone());
            }
        }
        Some(ClosureSetup {
            day: None,
            from: Some(local_of(town.zone, closure.from)),
            until: Some(local_of(town.zone, closure.until)),
            department,
            office,
            pool,
            daily: closure.daily,
            at_most: closure.at_most,
            reason: closure.reason.clone(),
        })
    }
}

fn office(office: &OfficeWithZones) -> OfficeSetup {
    let zone = |zone: &store::setup::Zone| ZoneSetup {
        letter: zone.letter.clone(),
        name: zone.name.clone(),
        floor: zone.floor.clone(),
        way: zone.way.clone(),
    };
    OfficeSetup {
        slug: office.slug.clone(),
        name: office.name.clone(),
        street: office.street.clone(),
        postal_code: office.postal_code.clone(),
        city: office.city.clone(),
        level_access: office.level_access,
        zones: office.zones.iter().map(zone).collect(),
    }
}

fn counter(counter: &Counter) -> CounterSetup {
    CounterSetup { number: counter.number.clone(), way: counter.way.clone() }
}

//! What is remembered of a town's plan (offices, services, offers, opening rules, closures), so that a search asks the
//! database once: for what is taken, and in the same statement whether the plan is still the same.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use domain::ids::{OfficeId, PoolId, ServiceId, TownId};
use domain::local_time::day_span;
use domain::schedule::Audience;
use domain::schedule::opening_hours::{OpeningHours, OpeningRule};
use domain::schedule::timeline::Timeline;
use domain::town::Town;
use store::catalog::{Offer, Service};
use store::schedule::{PoolPlace, Reach, Revisions, ScopedClosure, read_use};
use store::setup::OfficeWithZones;
use store::{Connection, StoreError};

use super::answers::{Answers, Basis};
use super::hours::{holidays, hours_of, parts_of};
use super::visit::{Candidate, ItemRequest, ItemsProblem, Visit, visit_of};
use super::{after, before};
use crate::error::{Error, Outcome};

/// How far back closures are remembered: a search may begin yesterday.
const DAYS_BACK: u64 = 7;
/// And how far ahead.
const DAYS_AHEAD: u64 = 3660;

/// From one local day to another, both included.
type Days = (NaiveDate, NaiveDate);

/// For each place, what is open and what is taken.
type Timelines = Vec<(PoolId, Timeline)>;

/// The visit that is searched for, the places where it could be, and how often what was read had changed.
pub(super) type Found = (Visit, Timelines, Revisions);

/// The plans of all towns as they were read last, and answers that were made from them.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    read: Arc<Mutex<HashMap<TownId, Arc<Plan>>>>,
    /// Answers about free slots.
    pub(super) answers: Answers,
}

/// A town's plan as it was read.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its revision when it was read.
    rev: i64,
    /// The local day it was read for: another version of an offer may hold from tomorrow on.
    day: NaiveDate,
    offices: Vec<OfficeWithZones>,
    places: Vec<PoolPlace>,
    services: Vec<Service>,
    offers: Vec<Offer>,
    rules: HashMap<PoolId, Vec<OpeningRule>>,
    closures: Vec<ScopedClosure>,
}

/// What is searched for.
pub(crate) struct Wanted<'a> {
    /// The services.
    pub(crate) items: &'a [ItemRequest],
    /// Whose services may be looked for.
    pub(crate) services_of: Audience,
    /// The services to which the person was invited besides.
    pub(crate) invited: &'a [String],
    /// Whose capacity is looked at.
    pub(crate) capacity_of: Audience,
    /// Where.
    pub(crate) places: Places,
}

/// Which of the places where a visit could be.
#[derive(Clone, Copy)]
pub(crate) enum Places {
    /// All of them.
    All,
    /// Those of an office.
    Office(OfficeId),
    /// One pool.
    Pool(PoolId),
}

impl Plans {
    /// Looks for a visit in the plan as it is now, and for what is still free of it.
    pub(super) async fn search(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
        wanted: &Wanted<'_>,
        days: Days,
    ) -> Outcome<Found, ItemsProblem> {
        let look = |plan: &Plan| plan.look(town, wanted, days);
        let found = self.with_use(connection, town, today, wanted.capacity_of, look);
        let ((visit, timelines), revisions) = found.await?;
        Ok((visit, timelines, revisions))
    }

    /// Looks again, with what is known of the last time; nothing where nothing has changed since.
    pub(super) async fn search_again(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
        wanted: &Wanted<'_>,
        (days, basis): (Days, &Basis),
    ) -> Outcome<Option<Found>, ItemsProblem> {
        let known = basis.revisions;
        let taken = read_use(connection, town.id, &basis.reach, Some(known.counts)).await?;
        if taken.revisions == known {
            return Ok(None);
        }
        let plan = self.remembered(town, today).filter(|plan| plan.rev == taken.revisions.plan);
        // What is within reach follows from the plan.
        let Some(plan) = plan.filter(|plan| plan.rev == known.plan) else {
            return Ok(Some(self.search(connection, town, today, wanted, days).await?));
        };
        let (visit, mut timelines) = plan.look(town, wanted, days).map_err(Error::Refused)?;
        taken.lay(&mut timelines);
        Ok(Some((visit, timelines, taken.revisions)))
    }

    /// The plan as it is now. Not for a transaction that changes it.
    pub(crate) async fn now(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
    ) -> Result<Arc<Plan>, StoreError> {
        if let Some(plan) = self.remembered(town, today)
            && store::schedule::plan_rev(connection, town.id).await? == plan.rev
        {
            return Ok(plan);
        }
        self.read_anew(connection, town, today).await
    }

    /// Capacity and use of the pools from one local day to another, in the order of the candidates.
    pub(super) async fn timelines(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
        candidates: &[Candidate],
        (audience, days): (Audience, Days),
    ) -> Result<Timelines, StoreError> {
        let found = self.with_use(connection, town, today, audience, |plan| {
            Ok::<_, Infallible>(((), plan.timelines(town, candidates, audience, days)))
        });
        match found.await {
            Ok((((), timelines), _)) => Ok(timelines),
            Err(Error::Failed(failure)) => Err(failure),
        }
    }

    /// Builds something on the plan as it is now and lays what is taken into its timelines. Not for a transaction that
    /// changes the plan: what it may still take back would be remembered.
    async fn with_use<T, E>(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
        audience: Audience,
        build: impl Fn(&Plan) -> Result<(T, Timelines), E>,
    ) -> Outcome<((T, Timelines), Revisions), E> {
        if let Some(plan) = self.remembered(town, today) {
            match build(&plan) {
                Ok((built, mut timelines)) => {
                    let reach = Reach::of(audience, &timelines);
                    let taken = read_use(connection, town.id, &reach, None).await?;
                    if taken.revisions.plan == plan.rev {
                        taken.lay(&mut timelines);
                        return Ok(((built, timelines), taken.revisions));
                    }
                }
                // What the plan of before refuses may be there since.
                Err(refused) if store::schedule::plan_rev(connection, town.id).await? == plan.rev => {
                    return Err(Error::Refused(refused));
                }
                Err(_) => {}
            }
        }
        let plan = self.read_anew(connection, town, today).await?;
        let (built, mut timelines) = build(&plan).map_err(Error::Refused)?;
        let taken = read_use(connection, town.id, &Reach::of(audience, &timelines), None).await?;
        taken.lay(&mut timelines);
        // The plan's own revision: what has changed while it was read is noticed the next time.
        Ok(((built, timelines), Revisions { plan: plan.rev, ..taken.revisions }))
    }

    fn remembered(&self, town: &Town, today: NaiveDate) -> Option<Arc<Plan>> {
        let plans = self.read.lock().expect("no holder of this lock panics");
        plans.get(&town.id).filter(|plan| plan.day == today).cloned()
    }

    async fn read_anew(
        &self,
        connection: &impl Connection,
        town: &Town,
        today: NaiveDate,
    ) -> Result<Arc<Plan>, StoreError> {
        let plan = Arc::new(Plan::read(connection, town, today).await?);
        let mut plans = self.read.lock().expect("no holder of this lock panics");
        plans.insert(town.id, Arc::clone(&plan));
        Ok(plan)
    }
}

impl Plan {
    async fn read(db: &impl Connection, town: &Town, today: NaiveDate) -> Result<Self, StoreError> {
        // The revision first: what changes while the rest is read is then read once more.
        let rev = store::schedule::plan_rev(db, town.id).await?;
        let offers = store::catalog::offers_of_town(db, town.id, today).await?;
        let rules = store::schedule::rules_of_town(db, town.id).await?;
        let (from, _) = day_span(town.zone, before(today, DAYS_BACK));
        let (_, until) = day_span(town.zone, after(today, DAYS_AHEAD));
        let closures = store::schedule::closures(db, (town.id, town.zone), from, until).await?;
        let offices = store::setup::offices(db, town.id).await?;
        let places = store::schedule::pools_of_town(db, town.id).await?;
        let services = store::catalog::all_services(db, town.id).await?;
        Ok(Self { rev, day: today, offices, places, services, offers, rules, closures })
    }

    /// An office of the town.
    pub(crate) fn office(&self, id: OfficeId) -> Option<&OfficeWithZones> {
        self.offices.iter().find(|office| office.id == id)
    }

    /// A pool of the town.
    pub(crate) fn place(&self, id: PoolId) -> Option<&PoolPlace> {
        self.places.iter().find(|place| place.pool == id)
    }

    /// A service of the town, also one that is switched off.
    pub(crate) fn service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// The services that the public may book somewhere, in the town's order.
    pub(crate) fn bookable(&self) -> impl Iterator<Item = &Service> {
        let offered = |service: &&Service| self.offers.iter().any(|offer| offer.service == service.id);
        let public = |service: &&Service| service.active && service.kind.is_bookable_by_all();
        self.services.iter().filter(public).filter(offered)
    }

    /// Whether there is such a service, by its slug, also one that is switched off.
    pub(crate) fn knows(&self, slug: &str) -> bool {
        self.services.iter().any(|service| service.slug == slug)
    }

    /// Whether messages must not name a service, by its slug.
    pub(crate) fn is_sensitive(&self, slug: &str) -> bool {
        self.services.iter().any(|service| service.slug == slug && service.sensitive)
    }

    /// Where a service is offered, by its slug, in the order of the offices.
    pub(crate) fn offices_of(&self, slug: &str) -> Vec<&OfficeWithZones> {
        let offers = |office: &&OfficeWithZones| {
            self.offers.iter().any(|offer| offer.slug == slug && offer.office == office.id)
        };
        self.offices.iter().filter(offers).collect()
    }

    /// When a pool is open on a local day, not further away than closures are remembered.
    pub(crate) fn hours(&self, town: &Town, place: &PoolPlace, day: NaiveDate) -> OpeningHours {
        let rules = self.rules.get(&place.pool).cloned().unwrap_or_default();
        hours_of(town, rules, &self.closures, parts_of(place), &holidays(town, day, day))
    }

    fn visit(&self, wanted: &Wanted<'_>) -> Result<Visit, ItemsProblem> {
        let named = |offer: &&Offer| wanted.items.iter().any(|item| item.service == offer.slug);
        let invited = |offer: &Offer| wanted.invited.contains(&offer.slug);
        let theirs = |offer: &&Offer| offer.public || wanted.services_of == Audience::Staff || invited(offer);
        let offers: Vec<Offer> = self.offers.iter().filter(named).filter(theirs).cloned().collect();
        let mut visit = visit_of(wanted.items, &offers)?;
        visit.candidates.retain(|candidate| match wanted.places {
            Places::All => true,
            Places::Office(office) => candidate.office == office,
            Places::Pool(pool) => candidate.pool == pool,
        });
        Ok(visit)
    }

    /// The visit that is wanted and what is open where it could be, with nothing taken yet.
    fn look(&self, town: &Town, wanted: &Wanted<'_>, days: Days) -> Result<(Visit, Timelines), ItemsProblem> {
        let visit = self.visit(wanted)?;
        let timelines = self.timelines(town, &visit.candidates, wanted.capacity_of, days);
        Ok((visit, timelines))
    }

    /// What is open at these places, with nothing taken yet.
    fn timelines(&self, town: &Town, places: &[Candidate], audience: Audience, days: Days) -> Timelines {
        let holidays = holidays(town, days.0, days.1);
        let timelines = places.iter().map(|place| {
            let rules = self.rules.get(&place.pool).cloned().unwrap_or_default();
            let hours = hours_of(town, rules, &self.closures, place.parts, &holidays);
            (place.pool, Timeline::of(&hours, audience, days.0, days.1))
        });
        timelines.collect()
    }
}

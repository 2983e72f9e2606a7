//! What is remembered of a town's plan (offers, opening rules, closures), so that a search asks the database once: for what
//! is taken, and in the same statement whether the plan is still the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{Days, NaiveDate};
use domain::ids::{PoolId, TownId};
use domain::local_time::day_span;
use domain::schedule::Audience;
use domain::schedule::opening_hours::OpeningRule;
use domain::schedule::timeline::Timeline;
use domain::town::Town;
use store::catalog::Offer;
use store::schedule::ScopedClosure;
use store::{Database, StoreError};

use super::hours::{holidays, hours_of};
use super::visit::{Visit, visit_of};
use super::{ItemsProblem, SlotSearch};
use crate::error::{Error, Outcome};

/// How far back closures are remembered: a search may begin yesterday.
const DAYS_BACK: u64 = 7;

/// The visit that is searched for and, for each place where it could be, what is open and what is taken.
type Found = (Visit, Vec<(PoolId, Timeline)>);

/// The plans of all towns, as they were read last.
#[derive(Clone, Debug, Default)]
pub struct Plans(Arc<Mutex<HashMap<TownId, Arc<Plan>>>>);

#[derive(Debug)]
struct Plan {
    /// Its revision when it was read.
    rev: i64,
    /// The local day it was read for: another version of an offer may hold from tomorrow on.
    day: NaiveDate,
    offers: Vec<Offer>,
    rules: HashMap<PoolId, Vec<OpeningRule>>,
    closures: Vec<ScopedClosure>,
}

impl Plans {
    /// Looks for a visit in the plan as it is now.
    pub(super) async fn search(
        &self,
        db: &Database,
        town: &Town,
        today: NaiveDate,
        (search, whose): (&SlotSearch, Audience),
        days: (NaiveDate, NaiveDate),
    ) -> Outcome<Found, ItemsProblem> {
        if let Some(plan) = self.remembered(town, today) {
            let (visit, mut timelines) = plan.search(town, search, whose, days)?;
            let rev =
                store::schedule::load_use_and_rev(db, town.id, Audience::Public, &mut timelines).await?;
            if rev == plan.rev {
                return Ok((visit, timelines));
            }
        }
        let plan = Arc::new(Plan::read(db, town, today).await?);
        self.remember(town.id, Arc::clone(&plan));
        let (visit, mut timelines) = plan.search(town, search, whose, days)?;
        store::schedule::load_use(db, Audience::Public, &mut timelines).await?;
        Ok((visit, timelines))
    }

    fn remembered(&self, town: &Town, today: NaiveDate) -> Option<Arc<Plan>> {
        let plans = self.0.lock().expect("no holder of this lock panics");
        plans.get(&town.id).filter(|plan| plan.day == today).cloned()
    }

    fn remember(&self, town: TownId, plan: Arc<Plan>) {
        self.0.lock().expect("no holder of this lock panics").insert(town, plan);
    }
}

impl Plan {
    async fn read(db: &Database, town: &Town, today: NaiveDate) -> Result<Self, StoreError> {
        // The revision first: what changes while the rest is read is then read once more.
        let rev = store::schedule::plan_rev(db, town.id).await?;
        let offers = store::catalog::offers_of_town(db, town.id, today).await?;
        let rules = store::schedule::rules_of_town(db, town.id).await?;
        let (from, _) = day_span(town.zone, today.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(today));
        let (_, until) = day_span(town.zone, today.checked_add_days(Days::new(3660)).unwrap_or(today));
        let closures = store::schedule::closures(db, town.id, from, until).await?;
        Ok(Self { rev, day: today, offers, rules, closures })
    }

    fn search(
        &self,
        town: &Town,
        search: &SlotSearch,
        whose: Audience,
        days: (NaiveDate, NaiveDate),
    ) -> Outcome<Found, ItemsProblem> {
        let wanted = |offer: &&Offer| search.items.iter().any(|item| item.service == offer.slug);
        let offers = self.offers.iter().filter(wanted).cloned().collect();
        let mut visit = visit_of(&search.items, offers, whose).map_err(Error::Refused)?;
        visit.candidates.retain(|candidate| search.office.is_none_or(|office| candidate.office == office));
        let holidays = holidays(town, days.0, days.1);
        let timelines = visit.candidates.iter().map(|candidate| {
            let rules = self.rules.get(&candidate.pool).cloned().unwrap_or_default();
            let hours = hours_of(town, rules, &self.closures, candidate.parts, &holidays);
            (candidate.pool, Timeline::of(&hours, Audience::Public, days.0, days.1))
        });
        let timelines = timelines.collect();
        Ok((visit, timelines))
    }
}

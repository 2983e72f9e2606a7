//! Durations held against what was measured: proposals that a person accepts or turns down; every decision is kept.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::actor::StaffMember;
use domain::ids::{PoolId, ServiceId};
use domain::language::Text;
use domain::local_time::local_day;
use domain::statistics::calibration::{Measured, Proposal, measure};
use domain::statistics::facts::Fate;
use domain::statistics::figures::OfficeDay;
use domain::statistics::period::Period;
use domain::town::Town;
use serde_json::json;
use store::StoreError;
use store::planning::NewChange;
use store::statistics::{Decision, NewDecision};

use super::{PoolName, StatisticsProblem, count, facts, may_see, pools};
use crate::app::App;
use crate::error::{Error, Outcome};

/// How far back is measured: half a year, today left out.
const BACK_DAYS: u64 = 182;
/// How long a reason may be.
const REASON_CHARS: usize = 500;

/// A service at a pool, what is planned for it and what was measured.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The service.
    pub service: ServiceId,
    /// Its name.
    pub service_name: Text,
    /// The pool.
    pub pool: PoolName,
    /// Planned minutes.
    pub planned_min: u16,
    /// What was measured; `None` without any visit.
    pub measured: Option<Measured>,
    /// What follows from it.
    pub proposal: Option<Proposal>,
    /// What was decided so far, the newest first.
    pub decisions: Vec<Decision>,
}

/// All services at all pools that were measured or decided about.
#[derive(Clone, Debug)]
pub struct CalibrationView {
    /// The days measured.
    pub period: Period,
    /// Those with a warning first, then the most measured.
    pub all: Vec<Calibration>,
}

/// What a person makes of a proposal.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The service.
    pub service: ServiceId,
    /// The pool.
    pub pool: PoolId,
    /// Whether it is taken over.
    pub accept: bool,
    /// The planned minutes that were seen.
    pub seen_min: u16,
    /// The minutes proposed, or those of a former version.
    pub to_min: u16,
    /// Why; needed to turn it down.
    pub reason: Option<String>,
}

/// Planned and measured durations of the last half year.
///
/// # Errors
/// When the role does not see them or the database fails.
pub async fn calibrations(
    app: &App,
    town: &Town,
    by: &StaffMember,
) -> Outcome<CalibrationView, StatisticsProblem> {
    may_see(by)?;
    Ok(read(app, town).await?)
}

async fn read(app: &App, town: &Town) -> Result<CalibrationView, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let period = Period { from: back(BACK_DAYS), to: back(1) };
    let days = facts(app, town, period, None).await?;
    let (mut measured, per_week) = count(move || (measure(&days), bookings_per_week(&days))).await;
    let pools = pools(app, town).await?;
    let mut decisions: BTreeMap<(ServiceId, PoolId), Vec<Decision>> = BTreeMap::new();
    for one in store::statistics::decisions(&app.db, town.id).await? {
        decisions.entry((one.service, one.pool)).or_default().push(one);
    }
    let services = store::catalog::all_services(&app.db, town.id).await?;
    let mut all = Vec::new();
    for offer in store::catalog::offer_rows(&app.db, town.id, None, today).await? {
        let key = (offer.service, offer.pool);
        let (measured, decisions) = (measured.remove(&key), decisions.remove(&key).unwrap_or_default());
        let service = services.iter().find(|service| service.id == offer.service);
        let pool = pools.iter().find(|pool| pool.id == offer.pool);
        let (Some(service), Some(pool)) = (service, pool) else { continue };
        if measured.is_none() && decisions.is_empty() {
            continue;
        }
        let planned_min = offer.terms.duration_min;
        let booked = per_week.get(&key).copied().unwrap_or(0);
        all.push(Calibration {
            service: offer.service,
            service_name: service.name.clone(),
            pool: pool.clone(),
            planned_min,
            proposal: measured.as_ref().map(|measured| measured.propose(planned_min, booked)),
            measured,
            decisions,
        });
    }
    let rank = |one: &Calibration| {
        let warn = one.proposal.as_ref().is_some_and(|proposal| proposal.warn);
        let count = one.measured.as_ref().map_or(0, |measured| measured.count);
        (std::cmp::Reverse((warn, count)), one.service, one.pool.id)
    };
    all.sort_by_key(rank);
    Ok(CalibrationView { period, all })
}

/// How many appointments of a service at a pool came due in a week, in tenths.
fn bookings_per_week(days: &[OfficeDay]) -> BTreeMap<(ServiceId, PoolId), u32> {
    let mut counts: BTreeMap<(ServiceId, PoolId), u32> = BTreeMap::new();
    let dates = || days.iter().filter(|one| !one.facts.bookings.is_empty()).map(|one| one.day);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else { return counts };
    let span = u32::try_from((last - first).num_days()).unwrap_or(0) + 1;
    for OfficeDay { facts, .. } in days {
        for booking in facts.bookings.iter().filter(|one| matches!(one.fate, Fate::Arrived | Fate::NoShow)) {
            let service = facts.services.get(usize::from(booking.service));
            let pool = facts.pools.get(usize::from(booking.pool));
            if let (Some(service), Some(pool)) = (service, pool) {
                *counts.entry((*service, *pool)).or_default() += 1;
            }
        }
    }
    counts.values_mut().for_each(|count| *count = *count * 70 / span.max(7));
    counts
}

/// Takes a proposal over, goes back to a former duration, or turns a proposal down. Only what is booked from now on takes
/// as long; each appointment that stands keeps its own length.
///
/// # Errors
/// When the role does not decide, the service is not offered there, the duration was never proposed, a reason is missing,
/// somebody else changed it meanwhile, or the database fails.
pub async fn decide(
    app: &App,
    town: &Town,
    by: &StaffMember,
    verdict: &Verdict,
) -> Outcome<CalibrationView, StatisticsProblem> {
    may_see(by)?;
    let refuse = |problem| Err(Error::Refused(problem));
    let reason = verdict.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if reason.is_none() && !verdict.accept {
        return refuse(StatisticsProblem::NoReason);
    }
    let view = read(app, town).await?;
    let mut all = view.all.iter();
    let Some(one) = all.find(|one| (one.service, one.pool.id) == (verdict.service, verdict.pool)) else {
        return refuse(StatisticsProblem::UnknownOffer);
    };
    if one.planned_min != verdict.seen_min {
        return refuse(StatisticsProblem::ChangedMeanwhile);
    }
    let proposed = one.proposal.as_ref().and_then(|proposal| proposal.proposed_min);
    let former = one.decisions.iter().filter(|past| past.accepted);
    let mut known = former.flat_map(|past| [past.from_min, past.to_min]).chain(proposed);
    if known.all(|minutes| minutes != verdict.to_min) {
        return refuse(StatisticsProblem::NotProposed);
    }
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let tx = app.db.write().await?;
    // First, because it makes others who plan wait: the duration read after it is the last one.
    store::schedule::plan_changed(&tx, town.id).await?;
    if planned(&tx, town, verdict, today).await? != Some(verdict.seen_min) {
        return refuse(StatisticsProblem::ChangedMeanwhile);
    }
    let evidence = one.measured.as_ref().map(|measured| {
        json!({ "count": measured.count, "lower": measured.lower, "median": measured.median,
                "upper": measured.upper, "target": measured.target })
        .to_string()
    });
    let decision = NewDecision {
        id: app.uuid(),
        service: verdict.service,
        pool: verdict.pool,
        by: by.id,
        at: now,
        accepted: verdict.accept,
        from_min: verdict.seen_min,
        to_min: verdict.to_min,
        evidence,
        reason: reason.map(|reason| reason.chars().take(REASON_CHARS).collect()),
    };
    store::statistics::decide(&tx, town.id, &decision).await?;
    if verdict.accept {
        let offer = (verdict.service, verdict.pool);
        store::catalog::set_duration(&tx, town.id, app.uuid(), offer, verdict.to_min, today).await?;
        let place = format!("{}, {}", one.pool.office_name, one.pool.name);
        let change = |minutes: u16| {
            json!({ "name": one.service_name.de, "pool": place, "duration_min": minutes }).to_string()
        };
        let (before, after) = (change(verdict.seen_min), change(verdict.to_min));
        // Under the service: whoever edits it at this moment is told that it changed.
        let new = NewChange {
            subject: "service",
            subject_id: verdict.service.0,
            before: Some(&before),
            after: Some(&after),
        };
        store::planning::note_change(&tx, town.id, app.uuid(), (by.id, now), new).await?;
    }
    tx.commit().await?;
    Ok(read(app, town).await?)
}

async fn planned(
    tx: &store::Tx,
    town: &Town,
    verdict: &Verdict,
    today: NaiveDate,
) -> Result<Option<u16>, StoreError> {
    let offers = store::catalog::offer_rows(tx, town.id, Some(verdict.service), today).await?;
    Ok(offers.into_iter().find(|offer| offer.pool == verdict.pool).map(|offer| offer.terms.duration_min))
}

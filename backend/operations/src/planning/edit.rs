//! Editing opening hours and closures, with a preview of whom it displaces and a history of who changed what.

use chrono::NaiveDateTime;
use domain::actor::StaffMember;
use domain::ids::{OfficeId, PoolId, TownId};
use domain::local_time::{instant_of, local_of};
use domain::schedule::opening_hours::{ClosureScope, ClosureSpan, OpeningHours, OpeningRule};
use domain::town::Town;
use serde_json::{Value, json};
use store::planning::{NewChange, SetupChange};
use store::schedule::StoredClosure;
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

use super::conflicts::{Conflict, conflicts_under};
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::hours::Parts;

/// How many changes the history shows.
const HISTORY: u64 = 200;

/// A closure as it is asked for, in the town's local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosureRequest {
    /// What it reaches.
    pub scope: ClosureScope,
    /// From when.
    pub from: NaiveDateTime,
    /// Until when.
    pub until: NaiveDateTime,
    /// Whether it is on each of its days between the two times; else without a break.
    pub daily: bool,
    /// How many counters of each kind stay open; 0 is closed.
    pub at_most: u16,
    /// Why.
    pub reason: String,
}

/// Hours that are only assumed, to see whom they would displace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumed {
    /// As they are.
    AsItIs,
    /// With one more closure.
    Closed(ClosureRequest),
    /// With other rules at a pool.
    Opening(PoolId, Vec<OpeningRule>),
}

impl Assumed {
    pub(super) fn change(&self, place: Parts, hours: &mut OpeningHours) {
        match self {
            Self::AsItIs => {}
            Self::Closed(request) => {
                let closure = stored(request, hours.zone, Uuid::nil()).scoped(hours.zone);
                if closure.reaches(place) {
                    hours.closures.push(closure.closure);
                }
            }
            Self::Opening(pool, rules) if *pool == place.2 => hours.rules.clone_from(rules),
            Self::Opening(..) => {}
        }
    }
}

fn stored(request: &ClosureRequest, zone: chrono_tz::Tz, id: Uuid) -> StoredClosure {
    StoredClosure {
        id,
        scope: request.scope,
        from: instant_of(zone, request.from),
        until: instant_of(zone, request.until),
        daily: request.daily,
        at_most: request.at_most,
        reason: request.reason.trim().to_owned(),
    }
}

/// Whom a change would displace, with proposals; nothing is changed.
///
/// # Errors
/// When the role does not plan, the change is wrong, or the database fails.
pub async fn preview(
    app: &App,
    town: &Town,
    by: &StaffMember,
    assumed: &Assumed,
) -> Outcome<Vec<Conflict>, PlanningProblem> {
    may_plan(by)?;
    let offices = match assumed {
        Assumed::AsItIs => all_offices(app, town).await?,
        Assumed::Closed(request) => {
            check_closure(app, &app.db, town, request).await?;
            match request.scope {
                ClosureScope::Office(office) => vec![office],
                ClosureScope::Pool(pool) => vec![office_of(&app.db, town, pool).await?],
                ClosureScope::Town | ClosureScope::Department(_) => all_offices(app, town).await?,
            }
        }
        Assumed::Opening(pool, rules) => {
            check_rules(rules)?;
            vec![office_of(&app.db, town, *pool).await?]
        }
    };
    let mut all = Vec::new();
    for office in offices {
        all.extend(conflicts_under(app, town, office, assumed).await?);
    }
    Ok(all)
}

pub(super) async fn all_offices(app: &App, town: &Town) -> Result<Vec<OfficeId>, StoreError> {
    Ok(store::setup::offices(&app.db, town.id).await?.into_iter().map(|office| office.id).collect())
}

async fn office_of(
    connection: &impl Connection,
    town: &Town,
    pool: PoolId,
) -> Outcome<OfficeId, PlanningProblem> {
    let place = store::schedule::pool_place(connection, town.id, pool).await?;
    place.map(|place| place.office).ok_or(Error::Refused(PlanningProblem::UnknownPool))
}

async fn check_closure(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    request: &ClosureRequest,
) -> Outcome<(), PlanningProblem> {
    let refuse = |problem| Err(Error::Refused(problem));
    let (from, until) = (request.from, request.until);
    // An hour that the clocks skip in March is none in which anything can be closed.
    let nothing = instant_of(town.zone, until) <= instant_of(town.zone, from);
    if until <= from || nothing || (request.daily && ClosureSpan::daily_ends_before_it_begins(from, until)) {
        return refuse(PlanningProblem::EndsBeforeItBegins);
    }
    if request.until <= local_of(town.zone, app.clock.now()) {
        return refuse(PlanningProblem::Over);
    }
    if request.reason.trim().is_empty() {
        return refuse(PlanningProblem::NoReason);
    }
    match request.scope {
        ClosureScope::Town => {}
        ClosureScope::Department(id) => {
            let departments = store::catalog::departments(connection, town.id).await?;
            if departments.iter().all(|department| department.id != id) {
                return refuse(PlanningProblem::UnknownDepartment);
            }
        }
        ClosureScope::Office(id) => {
            if store::setup::offices(connection, town.id).await?.iter().all(|office| office.id != id) {
                return refuse(PlanningProblem::UnknownOffice);
            }
        }
        ClosureScope::Pool(id) => {
            office_of(connection, town, id).await?;
        }
    }
    Ok(())
}

fn check_rules(rules: &[OpeningRule]) -> Result<(), Error<PlanningProblem>> {
    for (index, rule) in rules.iter().enumerate() {
        rule.check().map_err(|refused| Error::Refused(PlanningProblem::Rule { index, refused }))?;
    }
    Ok(())
}

/// Closes; no booking is touched. Gives the closure as it is kept.
///
/// # Errors
/// When the role does not plan, the closure is wrong, or the database fails.
pub async fn close(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &ClosureRequest,
) -> Outcome<StoredClosure, PlanningProblem> {
    may_plan(by)?;
    let tx = app.db.write().await?;
    check_closure(app, &tx, town, request).await?;
    let new = stored(request, town.zone, app.uuid());
    store::schedule::insert_closure(&tx, town.id, &new).await?;
    store::schedule::plan_changed(&tx, town.id).await?;
    note(app, &tx, town, by, ("closure", new.id), (None, Some(&closure_json(town, &new)))).await?;
    tx.commit().await?;
    told(app, town, &all_offices(app, town).await?);
    Ok(new)
}

/// Takes a closure back.
///
/// # Errors
/// When the role does not plan, there is no such closure, or the database fails.
pub async fn reopen(app: &App, town: &Town, by: &StaffMember, id: Uuid) -> Outcome<(), PlanningProblem> {
    may_plan(by)?;
    let tx = app.db.write().await?;
    let removed = store::schedule::delete_closure(&tx, town.id, id).await?;
    let removed = removed.ok_or(Error::Refused(PlanningProblem::UnknownClosure))?;
    store::schedule::plan_changed(&tx, town.id).await?;
    note(app, &tx, town, by, ("closure", id), (Some(&closure_json(town, &removed)), None)).await?;
    tx.commit().await?;
    told(app, town, &all_offices(app, town).await?);
    Ok(())
}

/// The opening rules of a pool, and how often they were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningOfPool {
    /// The rules.
    pub rules: Vec<OpeningRule>,
    /// What whoever edits them says they saw.
    pub rev: u64,
}

/// The opening rules of a pool.
///
/// # Errors
/// When the role does not plan, there is no such pool, or the database fails.
pub async fn opening_of_pool(
    app: &App,
    town: &Town,
    by: &StaffMember,
    pool: PoolId,
) -> Outcome<OpeningOfPool, PlanningProblem> {
    may_plan(by)?;
    office_of(&app.db, town, pool).await?;
    Ok(opening(&app.db, town.id, pool).await?)
}

async fn opening(
    connection: &impl Connection,
    town: TownId,
    pool: PoolId,
) -> Result<OpeningOfPool, StoreError> {
    let mut rules = store::schedule::rules(connection, &[pool]).await?;
    let rev = store::planning::changes_of(connection, town, pool.0).await?;
    Ok(OpeningOfPool { rules: rules.remove(&pool).unwrap_or_default(), rev })
}

/// Replaces the opening rules of a pool; no booking is touched. `seen` is the revision that was edited.
///
/// # Errors
/// When the role does not plan, a rule is wrong, somebody else changed them meanwhile, or the database fails.
pub async fn set_opening(
    app: &App,
    town: &Town,
    by: &StaffMember,
    pool: PoolId,
    rules: &[OpeningRule],
    seen: u64,
) -> Outcome<OpeningOfPool, PlanningProblem> {
    may_plan(by)?;
    check_rules(rules)?;
    let tx = app.db.write().await?;
    // First, because it makes others who plan wait: the revision read after it is the last one.
    store::schedule::plan_changed(&tx, town.id).await?;
    let office = office_of(&tx, town, pool).await?;
    let before = opening(&tx, town.id, pool).await?;
    if before.rev != seen {
        return Err(Error::Refused(PlanningProblem::ChangedMeanwhile));
    }
    store::schedule::replace_rules(&tx, town.id, pool, rules, || app.uuid()).await?;
    let json_of = |rules: &[OpeningRule]| serde_json::to_value(rules).unwrap_or_default();
    let (was, is) = (json_of(&before.rules), json_of(rules));
    note(app, &tx, town, by, ("opening", pool.0), (Some(&was), Some(&is))).await?;
    let after = opening(&tx, town.id, pool).await?;
    tx.commit().await?;
    told(app, town, &[office]);
    Ok(after)
}

pub(super) async fn note(
    app: &App,
    tx: &Tx,
    town: &Town,
    by: &StaffMember,
    (subject, subject_id): (&str, Uuid),
    (before, after): (Option<&Value>, Option<&Value>),
) -> Result<(), StoreError> {
    let (before, after) = (before.map(Value::to_string), after.map(Value::to_string));
    let new = NewChange { subject, subject_id, before: before.as_deref(), after: after.as_deref() };
    store::planning::note_change(tx, town.id, app.uuid(), (by.id, app.clock.now()), new).await
}

fn closure_json(town: &Town, closure: &StoredClosure) -> Value {
    let (scope, scope_id) = closure.scope.parts();
    json!({
        "scope": scope,
        "scope_id": scope_id,
        "from": local_of(town.zone, closure.from),
        "until": local_of(town.zone, closure.until),
        "daily": closure.daily,
        "at_most": closure.at_most,
        "reason": closure.reason,
    })
}

/// Everybody who looks at the day looks again.
pub(super) fn told(app: &App, town: &Town, offices: &[OfficeId]) {
    for office in offices {
        app.bus.publish(bus::Signal { town: town.id.0, topic: bus::Topic::Queue { office: office.0 } });
    }
}

/// What was changed last, newest first.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn history(app: &App, town: &Town, by: &StaffMember) -> Outcome<Vec<SetupChange>, PlanningProblem> {
    may_plan(by)?;
    Ok(store::planning::changes(&app.db, town.id, HISTORY).await?)
}

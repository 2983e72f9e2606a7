//! Editing services in place: what a citizen reads about them, where they are offered, and how long they take there.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::actor::StaffMember;
use domain::appointments::booking::{LONGEST_VISIT_MIN as LONGEST, OfferTerms};
use domain::catalog::ServiceEntry;
use domain::fault::Fault;
use domain::ids::{DepartmentId, PoolId, ServiceId, TownId};
use domain::local_time::local_day;
use domain::town::Town;
use serde_json::{Value, json};
use store::catalog::{Department, Service};
use store::{Connection, StoreError, Tx};

use super::edit::note;
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};

/// A service in the list of those who plan.
#[derive(Clone, Debug)]
pub struct ServiceInList {
    /// The service.
    pub service: Service,
    /// At how many pools it is offered.
    pub offered_at: u32,
}

/// The departments and services of a town.
#[derive(Clone, Debug)]
pub struct ServiceOverview {
    /// The departments in their order.
    pub departments: Vec<Department>,
    /// The services in their order, also internal ones and those that are switched off.
    pub services: Vec<ServiceInList>,
}

/// A pool, and how long a service takes there when it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferAt {
    /// The pool.
    pub pool: PoolId,
    /// Its name.
    pub pool_name: String,
    /// Its office's name.
    pub office_name: String,
    /// How long it takes; nothing where it is not offered.
    pub terms: Option<OfferTerms>,
}

/// A service as it is edited.
#[derive(Clone, Debug)]
pub struct ServiceToEdit {
    /// The service.
    pub id: ServiceId,
    /// As the catalogue has it.
    pub entry: ServiceEntry,
    /// Every pool of the town.
    pub offers: Vec<OfferAt>,
    /// What whoever edits it says they saw.
    pub rev: u64,
}

/// A service as somebody wants it.
#[derive(Clone, Debug)]
pub struct ServiceEdit {
    /// As a catalogue has it, unread.
    pub entry: Value,
    /// The pools that offer it.
    pub offers: Vec<(PoolId, OfferTerms)>,
    /// The revision that was edited; 0 for a new one.
    pub seen: u64,
}

/// All departments and services of a town.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn services(app: &App, town: &Town, by: &StaffMember) -> Outcome<ServiceOverview, PlanningProblem> {
    may_plan(by)?;
    let departments = store::catalog::departments(&app.db, town.id).await?;
    let all = store::catalog::all_services(&app.db, town.id).await?;
    let offers = store::catalog::offer_rows(&app.db, town.id, None, today(app, town)).await?;
    let offered_at = |id: ServiceId| offers.iter().filter(|offer| offer.service == id).count();
    let services = all.into_iter().map(|service| ServiceInList {
        offered_at: u32::try_from(offered_at(service.id)).unwrap_or(u32::MAX),
        service,
    });
    Ok(ServiceOverview { services: services.collect(), departments })
}

/// One service with everything that can be edited.
///
/// # Errors
/// When the role does not plan, there is no such service, or the database fails.
pub async fn service(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: ServiceId,
) -> Outcome<ServiceToEdit, PlanningProblem> {
    may_plan(by)?;
    read(app, &app.db, town, id).await?.ok_or(Error::Refused(PlanningProblem::UnknownService))
}

async fn read(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    id: ServiceId,
) -> Result<Option<ServiceToEdit>, StoreError> {
    let mut found = store::catalog::services_of_ids(connection, &[id]).await?;
    let Some(service) = found.pop().filter(|service| service.town == town.id) else { return Ok(None) };
    let departments = store::catalog::departments(connection, town.id).await?;
    let offers = offers_of(connection, town.id, Some(id), today(app, town)).await?;
    let rev = store::planning::changes_of(connection, town.id, id.0).await?;
    let mut entry = service.entry(&departments)?;
    // What was planned and has come is no longer planned: it is edited like everything else.
    entry.detail = entry.detail.on(today(app, town));
    Ok(Some(ServiceToEdit { id, entry, offers, rev }))
}

async fn offers_of(
    connection: &impl Connection,
    town: TownId,
    service: Option<ServiceId>,
    today: NaiveDate,
) -> Result<Vec<OfferAt>, StoreError> {
    let there = match service {
        Some(_) => store::catalog::offer_rows(connection, town, service, today).await?,
        None => Vec::new(),
    };
    let mut all = Vec::new();
    for office in store::setup::offices(connection, town).await? {
        for pool in store::schedule::pools_of_office(connection, office.id).await? {
            all.push(OfferAt {
                terms: there.iter().find(|offer| offer.pool == pool.pool).map(|offer| offer.terms),
                pool: pool.pool,
                pool_name: pool.name,
                office_name: office.name.clone(),
            });
        }
    }
    Ok(all)
}

/// The pools at which a new service could be offered.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn pools_for_service(
    app: &App,
    town: &Town,
    by: &StaffMember,
) -> Outcome<Vec<OfferAt>, PlanningProblem> {
    may_plan(by)?;
    Ok(offers_of(&app.db, town.id, None, today(app, town)).await?)
}

/// Puts a new service in, at the end of the list.
///
/// # Errors
/// When the role does not plan, something in it is wrong, or the database fails.
pub async fn create_service(
    app: &App,
    town: &Town,
    by: &StaffMember,
    edit: &ServiceEdit,
) -> Outcome<ServiceToEdit, PlanningProblem> {
    put(app, town, by, None, edit).await
}

/// Replaces what is known of a service and where it is offered; no booking is touched, each keeps its own length. The
/// slug stays, because addresses point at it.
///
/// # Errors
/// When the role does not plan, something in it is wrong, somebody else changed it meanwhile, or the database fails.
pub async fn set_service(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: ServiceId,
    edit: &ServiceEdit,
) -> Outcome<ServiceToEdit, PlanningProblem> {
    put(app, town, by, Some(id), edit).await
}

async fn put(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: Option<ServiceId>,
    edit: &ServiceEdit,
) -> Outcome<ServiceToEdit, PlanningProblem> {
    may_plan(by)?;
    let tx = app.db.write().await?;
    // First, because it makes others who plan wait: the revision read after it is the last one.
    store::schedule::plan_changed(&tx, town.id).await?;
    let before = match id {
        Some(id) => {
            let there = read(app, &tx, town, id).await?;
            Some(there.ok_or(Error::Refused(PlanningProblem::UnknownService))?)
        }
        None => None,
    };
    if before.as_ref().is_some_and(|before| before.rev != edit.seen) {
        return Err(Error::Refused(PlanningProblem::ChangedMeanwhile));
    }
    let (entry, department, position) = checked(&tx, town, before.as_ref(), edit).await?;
    let id = id.unwrap_or_else(|| app.id());
    store::catalog::put_service(&tx, town.id, department, id, position, &entry).await?;
    let (valid_from, fresh) = (today(app, town), || app.uuid());
    store::catalog::replace_offers(&tx, town.id, id, &edit.offers, valid_from, fresh).await?;
    let after = read(app, &tx, town, id).await?.ok_or(StoreError::Corrupt { column: "service.id" })?;
    let was = before.as_ref().map(to_json);
    note(app, &tx, town, by, ("service", id.0), (was.as_ref(), Some(&to_json(&after)))).await?;
    tx.commit().await?;
    Ok(ServiceToEdit { rev: after.rev + 1, ..after })
}

/// Reads and checks what somebody wants: all that is wrong at once.
async fn checked(
    tx: &Tx,
    town: &Town,
    before: Option<&ServiceToEdit>,
    edit: &ServiceEdit,
) -> Outcome<(ServiceEntry, DepartmentId, usize), PlanningProblem> {
    let departments = store::catalog::departments(tx, town.id).await?;
    let known: BTreeSet<&str> = departments.iter().map(|department| department.slug.as_str()).collect();
    let mut faults = Vec::new();
    let entry = ServiceEntry::read(&edit.entry, &known).map_err(|found| faults = found).ok();
    let all = store::catalog::all_services(tx, town.id).await?;
    let others = |one: &&Service| before.is_none_or(|before| one.id != before.id);
    if let Some(entry) = &entry {
        if before.is_some_and(|before| before.entry.slug != entry.slug) {
            faults.push(Fault::new(
                "slug",
                "fixed",
                ("Der Name in Adressen bleibt.", "the name in addresses stays"),
            ));
        }
        let twice = |field, taken: bool| {
            let words = ("Das ist schon vergeben.", "is taken already");
            taken.then(|| Fault::new(field, "taken", words))
        };
        let mut elsewhere = all.iter().filter(others);
        faults.extend(twice("slug", elsewhere.any(|one| one.slug == entry.slug)));
        let word = entry.sms_keyword.as_ref();
        let mut elsewhere = all.iter().filter(others);
        faults.extend(twice(
            "sms_keyword",
            elsewhere.any(|one| word.is_some() && one.sms_keyword.as_ref() == word),
        ));
        if entry.active && edit.offers.is_empty() {
            let words = (
                "Ein Anliegen, das angeboten wird, braucht mindestens eine Stelle.",
                "a service that is offered needs a pool at least",
            );
            faults.push(Fault::new("offers", "required", words));
        }
    }
    faults.extend(offer_faults(tx, town, &edit.offers).await?);
    let (Some(entry), true) = (entry, faults.is_empty()) else {
        return Err(Error::Refused(PlanningProblem::Service(faults)));
    };
    let department = departments.iter().find(|department| department.slug == entry.department);
    let department = department.ok_or(StoreError::Corrupt { column: "department.slug" })?.id;
    let own = before.and_then(|before| all.iter().position(|one| one.id == before.id));
    Ok((entry, department, own.unwrap_or(all.len())))
}

async fn offer_faults(
    tx: &Tx,
    town: &Town,
    offers: &[(PoolId, OfferTerms)],
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    for (at, (pool, terms)) in offers.iter().enumerate() {
        let place = |field: &str| format!("offers[{at}].{field}");
        if store::schedule::pool_place(tx, town.id, *pool).await?.is_none() {
            faults.push(Fault::new(
                &place("pool_id"),
                "unknown",
                ("Diese Stelle gibt es nicht.", "there is no such pool"),
            ));
        }
        if offers[..at].iter().any(|(before, _)| before == pool) {
            faults.push(Fault::new(
                &place("pool_id"),
                "twice",
                ("Diese Stelle steht zweimal da.", "it stands twice"),
            ));
        }
        let ranges = [
            ("duration_min", terms.duration_min, 1),
            ("per_person_min", terms.per_person_min, 0),
            ("buffer_min", terms.buffer_min, 0),
        ];
        for (field, value, least) in ranges {
            if !(least..=LONGEST).contains(&value) {
                let de = format!("Erlaubt sind {least} bis {LONGEST}.");
                let words = (de, format!("{least} to {LONGEST} are allowed"));
                faults.push(Fault::new(&place(field), "out_of_range", words));
            }
        }
    }
    Ok(faults)
}

fn today(app: &App, town: &Town) -> NaiveDate {
    local_day(town.zone, app.clock.now())
}

/// As the history keeps it.
fn to_json(service: &ServiceToEdit) -> Value {
    let mut json = service.entry.to_json();
    let offered = service.offers.iter().filter_map(|offer| Some((offer, offer.terms?)));
    json["offers"] = offered
        .map(|(offer, terms)| {
            json!({
                "pool": format!("{}, {}", offer.office_name, offer.pool_name),
                "duration_min": terms.duration_min,
                "per_person_min": terms.per_person_min,
                "buffer_min": terms.buffer_min,
            })
        })
        .collect();
    json
}

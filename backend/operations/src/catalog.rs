//! The catalogue: taken over from a file as a whole, shown by list and one by one.

use domain::actor::StaffMember;
use domain::catalog::Catalogue;
use domain::fault::Fault;
use domain::ids::{DepartmentId, OfficeId};
use domain::language::Language;
use domain::local_time::local_day;
use domain::town::Town;
pub use store::catalog::{Department, Offer, Service};
use store::{StoreError, Tx};

use crate::app::App;
use crate::error::{Error, Outcome};
use crate::invitations::invited_to;

/// Takes a whole catalogue over, departments and services by their slugs; taken over twice it changes nothing.
/// What the catalogue no longer names stays, because bookings may point at it.
///
/// # Errors
/// Every fault that only shows against the services there are, with its place, or when the database fails; nothing is
/// changed then.
pub async fn import(app: &App, town: &Town, catalogue: &Catalogue) -> Outcome<(), Vec<Fault>> {
    let tx = app.db.write().await?;
    put(app, &tx, town, catalogue).await?;
    store::schedule::plan_changed(&tx, town.id).await?;
    tx.commit().await?;
    Ok(())
}

pub(crate) async fn put(app: &App, tx: &Tx, town: &Town, catalogue: &Catalogue) -> Outcome<(), Vec<Fault>> {
    let faults = taken_keywords(&store::catalog::all_services(tx, town.id).await?, catalogue);
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    let mut departments: Vec<(&str, DepartmentId)> = Vec::new();
    for (position, entry) in catalogue.departments.iter().enumerate() {
        let id = store::catalog::put_department(tx, town.id, app.id(), position, entry).await?;
        departments.push((&entry.slug, id));
    }
    for (position, entry) in catalogue.services.iter().enumerate() {
        let department = departments.iter().find(|(slug, _)| *slug == entry.department);
        // The catalogue was checked when it was read: every service has its department.
        let Some((_, department)) = department else { continue };
        store::catalog::put_service(tx, town.id, *department, app.id(), position, entry).await?;
    }
    Ok(())
}

/// Two services cannot be booked by the same word of an SMS: neither two of the file nor one that stays beside it.
fn taken_keywords(there: &[Service], catalogue: &Catalogue) -> Vec<Fault> {
    let named = |slug: &str| catalogue.services.iter().any(|entry| entry.slug == slug);
    let stays: Vec<&Service> = there.iter().filter(|service| !named(&service.slug)).collect();
    let entries = catalogue.services.iter().enumerate();
    let taken = entries.filter_map(|(index, entry)| {
        let word = entry.sms_keyword.as_ref()?;
        let by = stays.iter().find(|service| service.sms_keyword.as_ref() == Some(word))?;
        let words = (
            format!("„{word}“ gehört schon zu „{}“.", by.name.get(Language::De)),
            format!("\"{word}\" belongs to \"{}\" already", by.name.get(Language::En)),
        );
        Some(Fault::new(&format!("services[{index}].sms_keyword"), "taken", words))
    });
    taken.collect()
}

/// The services somebody may book.
#[derive(Clone, Debug)]
pub struct BookableServices {
    /// The departments that have services.
    pub departments: Vec<Department>,
    /// The services one can book.
    pub services: Vec<Service>,
}

/// The services the public may book, with their departments.
///
/// # Errors
/// When the database fails.
pub async fn public_catalogue(app: &App, town: &Town) -> Result<BookableServices, StoreError> {
    let mut services = services_of_today(app, town).await?;
    services.retain(|service| service.kind.is_bookable_by_all());
    let mut departments = store::catalog::departments(&app.db, town.id).await?;
    departments.retain(|department| services.iter().any(|service| service.department == department.id));
    Ok(BookableServices { departments, services })
}

async fn services_of_today(app: &App, town: &Town) -> Result<Vec<Service>, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let services = store::catalog::services(&app.db, town.id).await?;
    let of_today = |service: Service| Service { detail: service.detail.on(today), ..service };
    Ok(services.into_iter().map(of_today).collect())
}

/// The services staff may book for somebody, internal ones included, with their departments.
///
/// # Errors
/// When the role does not serve or the database fails.
pub async fn staff_catalogue(
    app: &App,
    town: &Town,
    by: &StaffMember,
) -> Outcome<BookableServices, NotAllowed> {
    if !by.role.may_serve() {
        return Err(Error::Refused(NotAllowed));
    }
    let services = services_of_today(app, town).await?;
    let departments = store::catalog::departments(&app.db, town.id).await?;
    Ok(BookableServices { departments, services })
}

/// This role books for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this role books for nobody")]
pub struct NotAllowed;

/// There is no such service, or not for the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such service")]
pub struct UnknownService;

/// A service and the offices that offer it.
#[derive(Clone, Debug)]
pub struct ServicePage {
    /// The service.
    pub service: Service,
    /// Where it is offered, in the order of the offices.
    pub offices: Vec<(OfficeId, String)>,
}

/// One service the public may book, or somebody was invited to.
///
/// # Errors
/// When there is no such service or the database fails.
pub async fn service_page(app: &App, town: &Town, slug: &str) -> Outcome<ServicePage, UnknownService> {
    let invited = invited_to(app, town, slug);
    let asked = slug;
    let slug = invited.unwrap_or(slug);
    let found = store::catalog::services_of_slugs(&app.db, town.id, &[slug]).await?;
    let service = found.into_iter().find(|service| invited.is_some() || service.kind.is_bookable_by_all());
    let Some(mut service) = service else { return Err(Error::Refused(UnknownService)) };
    let today = local_day(town.zone, app.clock.now());
    service.detail = service.detail.on(today);
    // By the name it was asked for it is booked, too.
    asked.clone_into(&mut service.slug);
    let offers = store::catalog::offers(&app.db, town.id, &[slug], today).await?;
    let mut offices: Vec<(OfficeId, String)> = Vec::new();
    for offer in offers {
        if offices.iter().all(|(office, _)| *office != offer.office) {
            offices.push((offer.office, offer.office_name));
        }
    }
    Ok(ServicePage { service, offices })
}

//! Staff book: for somebody on the phone, and the appointment that follows a visit (Folgetermin).

use domain::actor::{Actor, StaffMember};
use domain::appointments::booking::{
    Booker, BookingFacts, BookingRefused, HoldRefused, NewBooking, decide, decide_span,
};
use domain::appointments::form::{Asked, Particulars};
use domain::event::Subject;
use domain::ids::{ServiceId, VisitId};
use domain::language::Language;
use domain::schedule::Audience;
use domain::town::Town;
use store::Connection;
use store::appointments::{Channel, contacts};
use store::messaging::many::lock_numbers;

use super::book::{Place, confirm, fields, insert};
use super::hold::{HoldProblem, HoldRequest, find_candidate, refuse_slot};
use super::show::{AppointmentPage, Told};
use super::{Tries, signal};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::messaging;
use crate::schedule::{self, Candidate, Visit, window_of};

/// A booking that staff make for a caller.
#[derive(Clone)]
pub struct CallerRequest {
    /// The slot.
    pub slot: HoldRequest,
    /// What the caller said; only the name is needed.
    pub particulars: Particulars,
    /// The language of messages.
    pub language: Language,
    /// The visit it follows (Folgetermin): what is not said is taken from there.
    pub follows: Option<VisitId>,
}

/// Why a caller gets no booking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallerProblem {
    /// This role does not book.
    #[error("this role does not book")]
    NotAllowed,
    /// There is no visit it could follow.
    #[error("there is no visit it could follow")]
    UnknownVisit,
    /// The services make no visit, or the slot cannot be taken.
    #[error(transparent)]
    Slot(#[from] HoldProblem),
    /// The particulars are wrong.
    #[error(transparent)]
    Refused(#[from] BookingRefused),
}

/// Books for a caller at once: no hold, no digits; the confirmation goes to the number if there is one. Takes what
/// is kept for staff first, then what is open for all.
///
/// # Errors
/// When the services make no visit, the slot is taken, the particulars are wrong, the number has the service booked
/// already, or the database fails.
pub async fn book_for_caller(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &CallerRequest,
) -> Outcome<AppointmentPage, CallerProblem> {
    book_as_staff(app, town, by, request, Booker::StaffUnaware).await
}

/// As [`book_for_caller`], beside whatever the number has booked; the log says so.
///
/// # Errors
/// When the services make no visit, the slot is taken, the particulars are wrong, or the database fails.
pub async fn book_for_caller_anyway(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &CallerRequest,
) -> Outcome<AppointmentPage, CallerProblem> {
    book_as_staff(app, town, by, request, Booker::Staff).await
}

async fn book_as_staff(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &CallerRequest,
    booker: Booker,
) -> Outcome<AppointmentPage, CallerProblem> {
    if !by.role.may_serve() {
        return Err(Error::Refused(CallerProblem::NotAllowed));
    }
    let mut tries = Tries::default();
    let told = loop {
        match try_book_for_caller(app, town, by, request, booker).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    signal(app, town, told.booking.office, told.booking.id);
    Ok(told.page(app, town)?)
}

async fn try_book_for_caller(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &CallerRequest,
    booker: Booker,
) -> Outcome<Told, CallerProblem> {
    let slot = |error: Error<HoldProblem>| error.map_refusal(CallerProblem::Slot);
    let (visit, candidate) = find_candidate(app, town, &request.slot).await.map_err(slot)?;
    let services: Vec<ServiceId> = visit.services.iter().map(|(service, _)| *service).collect();
    let of_services = fields(&app.db, &services).await?;
    let asked = of_services.for_staff();
    let mut particulars = request.particulars.clone();
    if let Some(visit) = request.follows {
        let email_before = particulars.email.is_some();
        particulars = said_before(app, town, visit, &particulars).await?;
        if !email_before && of_services.email == Asked::NotAsked {
            particulars.email = None;
        }
    }
    let contact = particulars.read(asked, &town.settings.phone_countries);
    let number = contact.as_ref().ok().and_then(|contact| contact.phone.as_ref());
    let number = number.map(|number| app.db.sealer().phone_hash(number));
    let open_bookings = match &number {
        Some(number) => store::appointments::open_bookings(&app.db, town.id, number, app.clock.now()).await?,
        None => Vec::new(),
    };
    let facts = BookingFacts {
        booker,
        hold: None,
        services: &services,
        open_bookings: &open_bookings,
        open_bookings_per_number: town.settings.open_bookings_per_number,
    };
    let beside = open_bookings.iter().any(|open| open.services.iter().any(|one| services.contains(one)));
    let new = decide(contact, facts, app.clock.now()).map_err(|refused| Error::Refused(refused.into()))?;
    for audience in [Audience::Staff, Audience::Public] {
        let new = (&new, beside, number.as_ref().map(|number| (number, open_bookings.len())));
        let taken = take_for_caller(app, town, by, request, (&visit, &candidate), audience, new).await;
        if let Some(told) = taken.map_err(slot)? {
            return Ok(told);
        }
    }
    refuse_slot(app, town, &candidate, request.slot.starts_at, HoldRefused::SlotTaken).await.map_err(slot)
}

/// What was said now, and of what was not said what the person of that visit said.
async fn said_before(
    app: &App,
    town: &Town,
    visit: VisitId,
    now: &Particulars,
) -> Outcome<Particulars, CallerProblem> {
    let visit = store::queue::visit(&app.db, visit).await?.filter(|visit| visit.town == town.id);
    let visit = visit.ok_or(Error::Refused(CallerProblem::UnknownVisit))?;
    let mut said = now.clone();
    let Some(id) = visit.contact else { return Ok(said) };
    let Some(known) = contacts::contact(&app.db, id).await? else { return Ok(said) };
    if said.name.trim().is_empty() {
        said.name = known.name;
    }
    said.phone = said.phone.or_else(|| known.phone.map(|number| number.e164().to_owned()));
    said.email = said.email.or(known.email);
    said.address = said.address.or(known.address);
    Ok(said)
}

/// Takes the slot out of one of the two counts; `None` when it has no room there.
async fn take_for_caller(
    app: &App,
    town: &Town,
    by: &StaffMember,
    request: &CallerRequest,
    (visit, candidate): (&Visit, &Candidate),
    audience: Audience,
    (new, beside, number): (&NewBooking, bool, Option<(&store::PhoneHash, usize)>),
) -> Outcome<Option<Told>, HoldProblem> {
    let now = app.clock.now();
    let starts_at = request.slot.starts_at;
    let timeline = schedule::timeline_around(app, &app.db, town, (candidate, audience), starts_at).await?;
    let window = window_of(&app.db, town, now, (candidate, Audience::Staff));
    let span = match decide_span(starts_at, candidate.length, &timeline, window) {
        Ok(span) => span,
        Err(HoldRefused::SlotTaken) => return Ok(None),
        Err(refused) => return refuse_slot(app, town, candidate, starts_at, refused).await,
    };
    let tx = app.db.write().await?;
    if let Some((number, known)) = number {
        // Two who book for one number at once are decided one after the other.
        lock_numbers(&tx, std::slice::from_ref(&number.0)).await?;
        let open = store::appointments::open_bookings(&tx, town.id, number, now).await?;
        if open.len() != known {
            return Err(Error::Failed(store::StoreError::Stale));
        }
    }
    let capacity = |tick| timeline.capacity_at(tick);
    if !store::schedule::take(&tx, candidate.pool, span, audience, capacity).await? {
        return Ok(None);
    }
    let place = Place {
        hold: None,
        office: candidate.office,
        pool: candidate.pool,
        span,
        audience,
        items: visit.services.clone(),
    };
    let booking = insert(app, &tx, town, &place, new, (Channel::Desk, request.language)).await?;
    let told = confirm(app, &tx, town, &booking, Actor::from(by)).await?;
    if beside {
        let state = told.booking.state.as_str();
        let change = Change::moves(state, state).because("beside another booking of the number");
        app.log(&tx, town.id, Subject::Booking(booking.id), change, Actor::from(by)).await?;
    }
    tx.commit().await?;
    Ok(Some(told))
}

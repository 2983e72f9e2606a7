//! Move an appointment: the old slot is kept until the new one is safe. Code, link, name and services stay.

use chrono::{DateTime, NaiveDate, Utc};
use domain::actor::{Actor, Citizen, Device, StaffMember};
use domain::appointments::booking::HoldRefused;
use domain::appointments::moving::{MoveRefused, Place, WantedMove, decide_move, may_move};
use domain::appointments::status::{BookingEvent, BookingState};
use domain::event::Subject;
use domain::ids::{BookingId, OfficeId, PoolId};
use domain::local_time::{day_span, local_day, local_of};
use domain::messaging::{Notification, dedupe};
use domain::schedule::Audience;
use domain::town::Town;
use store::appointments::{Booking, contacts, moves};
use store::planning::Replan;
use store::{Connection, StoreError, Tx};

use super::free::{free, place_of};
use super::hold::{HoldProblem, HoldRequest, find_candidate, refuse_slot};
use super::show::{AppointmentPage, page_of};
use super::{KEEP_CONTACT, Tries, fresh_code, link, link_token, reminders, signal, visit_text};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::messaging::{self, Owed, notify};
use crate::schedule::{self, Candidate, FreeSlots, ItemRequest, free_slots_of, window_of};

/// Where an appointment shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveRequest {
    /// The pool of the chosen slot.
    pub pool: PoolId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

/// Why an appointment is not moved; it is where it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveProblem {
    /// There is no such booking in this town.
    #[error("there is no such booking")]
    UnknownBooking,
    /// This role does not move.
    #[error("this role does not move")]
    NotAllowed,
    /// It has begun, was cancelled, or the person is here.
    #[error("an appointment that is {state:?} cannot be moved")]
    NotMovable {
        /// Where it stands.
        state: BookingState,
    },
    /// It is at that time already.
    #[error("the appointment is at that time already")]
    SameSlot,
    /// The new slot cannot be taken.
    #[error(transparent)]
    Slot(#[from] HoldProblem),
}

/// The citizen moves the own appointment.
///
/// # Errors
/// When it cannot be moved, the new slot cannot be taken, or the database fails.
pub async fn move_by_citizen(
    app: &App,
    town: &Town,
    by: &Citizen,
    to: MoveRequest,
) -> Outcome<AppointmentPage, MoveProblem> {
    let audiences = &[Audience::Public];
    let moved = move_booking(app, town, by.booking, &Move::new(to, Actor::from(*by), audiences)).await?;
    Ok(page_of(app, town, &moved).await?)
}

/// Staff move an appointment; the citizen is told. Takes what is kept for staff first, then what is open for all.
///
/// # Errors
/// When it cannot be moved, the new slot cannot be taken, or the database fails.
pub async fn move_by_staff(
    app: &App,
    town: &Town,
    by: &StaffMember,
    booking: BookingId,
    to: MoveRequest,
) -> Outcome<AppointmentPage, MoveProblem> {
    if !by.role.may_serve() {
        return Err(Error::Refused(MoveProblem::NotAllowed));
    }
    let audiences = &[Audience::Staff, Audience::Public];
    let moved = move_booking(app, town, booking, &Move::new(to, Actor::from(by), audiences)).await?;
    Ok(page_of(app, town, &moved).await?)
}

/// A terminal moves the appointment of the person in front of it, to a slot of today in its own office.
pub(crate) async fn move_booking_of_device(
    app: &App,
    town: &Town,
    by: &Device,
    booking: BookingId,
    to: MoveRequest,
) -> Outcome<Booking, MoveProblem> {
    let today = local_day(town.zone, app.clock.now());
    let place = store::schedule::pool_place(&app.db, town.id, to.pool).await?;
    let here = place.is_some_and(|place| place.office == by.office);
    if !here || local_day(town.zone, to.starts_at) != today {
        let (_, latest) = day_span(town.zone, today);
        let refused = HoldRefused::BeyondHorizon { latest };
        let nothing =
            HoldProblem::Slot { refused, nearest: Vec::new(), office_name: String::new(), zone: town.zone };
        return Err(Error::Refused(nothing.into()));
    }
    let audiences = &[Audience::Public];
    move_booking(app, town, booking, &Move::new(to, Actor::from(*by), audiences)).await
}

/// The free slots to which the citizen's own appointment can be moved, over some days.
///
/// # Errors
/// When there is no such booking, its services are offered no longer, or the database fails.
pub async fn slots_to_move_to(
    app: &App,
    town: &Town,
    by: &Citizen,
    from: Option<NaiveDate>,
    days: u16,
) -> Outcome<FreeSlots, MoveProblem> {
    let booking = known(&app.db, town, by.booking).await?;
    let items = items_of(&app.db, booking.id).await?;
    free_slots_of(app, &app.db, town, &items, None, (from, days)).await.map_err(items_problem)
}

/// The free slots of today in an office to which a booking can be moved; none when it cannot be moved.
pub(crate) async fn slots_today(
    app: &App,
    town: &Town,
    booking: &Booking,
    by: &Device,
) -> Outcome<FreeSlots, MoveProblem> {
    let now = app.clock.now();
    if !may_move(booking.state, booking.starts_at, now) {
        return Err(Error::Refused(MoveProblem::NotMovable { state: booking.state }));
    }
    let items = items_of(&app.db, booking.id).await?;
    free_slots_of(app, &app.db, town, &items, Some(by.office), (None, 1)).await.map_err(items_problem)
}

fn items_problem(error: Error<schedule::ItemsProblem>) -> Error<MoveProblem> {
    error.map_refusal(|problem| MoveProblem::Slot(HoldProblem::Items(problem)))
}

/// A move: where to, who wants it, and out of which counts.
pub(super) struct Move<'a> {
    pub(super) to: MoveRequest,
    pub(super) by: Actor,
    pub(super) audiences: &'a [Audience],
    /// The replanning it belongs to: the old slot is no more, and the news waits until nothing can be undone.
    pub(super) replan: Option<Replan>,
}

impl<'a> Move<'a> {
    fn new(to: MoveRequest, by: Actor, audiences: &'a [Audience]) -> Self {
        Self { to, by, audiences, replan: None }
    }
}

pub(super) async fn move_booking(
    app: &App,
    town: &Town,
    booking: BookingId,
    wanted: &Move<'_>,
) -> Outcome<Booking, MoveProblem> {
    let mut tries = Tries::default();
    let moved = loop {
        match try_move(app, town, booking, wanted).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    signal(app, town, moved.office, booking);
    signal(app, town, moved.office, moved.id);
    Ok(moved)
}

async fn known(connection: &impl Connection, town: &Town, id: BookingId) -> Outcome<Booking, MoveProblem> {
    let found = store::appointments::booking(connection, town.id, id).await?;
    found.ok_or(Error::Refused(MoveProblem::UnknownBooking))
}

/// The services of a booking, as they would be asked for again.
pub(crate) async fn items_of(
    connection: &impl Connection,
    booking: BookingId,
) -> Result<Vec<ItemRequest>, StoreError> {
    let items = store::appointments::items_of(connection, &[booking]).await?;
    Ok(items.into_iter().map(|item| ItemRequest { service: item.slug, quantity: item.quantity }).collect())
}

async fn try_move(app: &App, town: &Town, id: BookingId, wanted: &Move<'_>) -> Outcome<Booking, MoveProblem> {
    let slot = |error: Error<HoldProblem>| error.map_refusal(MoveProblem::Slot);
    let booking = known(&app.db, town, id).await?;
    if !may_move(booking.state, booking.starts_at, app.clock.now()) {
        return Err(Error::Refused(MoveProblem::NotMovable { state: booking.state }));
    }
    let request = HoldRequest {
        items: items_of(&app.db, booking.id).await?,
        pool: wanted.to.pool,
        starts_at: wanted.to.starts_at,
        origin: None,
    };
    // What was booked once may be moved, also when only staff could book it.
    let (_, candidate) = find_candidate(app, town, &request).await.map_err(slot)?;
    let mut refusal = HoldRefused::SlotTaken;
    for audience in wanted.audiences {
        match decide(app, town, &booking, &candidate, wanted, *audience).await? {
            Ok((place, capacity)) => {
                if let Some(moved) =
                    take(app, town, &booking, &candidate, (&place, &capacity), wanted).await?
                {
                    return Ok(moved);
                }
            }
            Err(MoveRefused::Slot(refused)) => refusal = refused,
            Err(MoveRefused::SameSlot) => return Err(Error::Refused(MoveProblem::SameSlot)),
            Err(MoveRefused::NotMovable { state }) => {
                return Err(Error::Refused(MoveProblem::NotMovable { state }));
            }
        }
    }
    refuse_slot(app, town, &candidate, wanted.to.starts_at, refusal).await.map_err(slot)
}

/// The place to take out of one count, with the capacity of its ticks.
async fn decide(
    app: &App,
    town: &Town,
    booking: &Booking,
    candidate: &Candidate,
    wanted: &Move<'_>,
    audience: Audience,
) -> Result<Result<(Place, schedule::Capacity), MoveRefused>, StoreError> {
    let now = app.clock.now();
    let timeline =
        schedule::timeline_around(app, &app.db, town, (candidate, audience), wanted.to.starts_at).await?;
    let whose = if wanted.audiences.contains(&Audience::Staff) { Audience::Staff } else { audience };
    let window = window_of(&app.db, town, now, (candidate, whose));
    let capacity = schedule::Capacity::of(&timeline);
    let wanted = WantedMove {
        state: booking.state,
        from: place_of(booking),
        pool: candidate.pool,
        starts_at: wanted.to.starts_at,
        length: candidate.length,
        audience,
    };
    Ok(decide_move(&wanted, timeline, window, now).map(|place| (place, capacity)))
}

/// The writing part, in one transaction: the new ticks first, then the bookings, then the old ticks are given back;
/// or nothing when somebody was faster.
async fn take(
    app: &App,
    town: &Town,
    old: &Booking,
    candidate: &Candidate,
    (to, capacity): (&Place, &schedule::Capacity),
    wanted: &Move<'_>,
) -> Result<Option<Booking>, StoreError> {
    let from = place_of(old);
    let tx = app.db.write().await?;
    store::schedule::lock_counts(&tx, &[&from, to]).await?;
    for span in to.without(&from) {
        if !store::schedule::take(&tx, to.pool, span, to.audience, |tick| capacity.at(tick)).await? {
            return Ok(None);
        }
    }
    let new = replace(app, &tx, town, old, candidate.office, to).await?;
    for span in from.without(to) {
        match wanted.replan {
            None => free(app, &tx, town, old.office, &Place { span, ..from }).await?,
            Some(_) => store::schedule::give_back(&tx, from.pool, span, from.audience).await?,
        }
    }
    log(app, &tx, old, &new, wanted.by).await?;
    if let Some(replan) = wanted.replan {
        store::planning::insert_item(&tx, replan.id, old.id, Some(new.id)).await?;
    }
    owe_news(app, &tx, town, old, &new, wanted.replan.map(|replan| replan.undo_until)).await?;
    tx.commit().await?;
    Ok(Some(new))
}

/// The booking that takes the place of another; the code stays unless somebody else has it on the new day.
pub(super) async fn replace(
    app: &App,
    tx: &Tx,
    town: &Town,
    old: &Booking,
    office: OfficeId,
    to: &Place,
) -> Result<Booking, StoreError> {
    let now = app.clock.now();
    let state = old.state.after(BookingEvent::Move).map_err(|_| StoreError::Stale)?;
    let mut new = Booking {
        id: app.id(),
        office,
        pool: to.pool,
        hold: None,
        starts_at: to.span.starts_at(),
        ends_at: to.span.ends_at(),
        day: local_day(town.zone, to.span.starts_at()),
        audience: to.audience,
        rev: old.rev + 1,
        version: 1,
        created_at: now,
        first: Some(old.lasting_id()),
        ..old.clone()
    };
    new.reminders = reminders(town, &new, now);
    moves::end_moved(tx, old, new.id, state, now).await?;
    new.check_in_code = match old.check_in_code {
        Some(code) if !store::appointments::code_is_taken(tx, new.office, new.day, code).await? => Some(code),
        _ => Some(fresh_code(app)),
    };
    let items = store::appointments::items_of(tx, &[old.id]).await?;
    let items: Vec<_> = items.into_iter().map(|item| (item.service, item.quantity)).collect();
    store::appointments::insert(tx, &new, &items).await?;
    if let Some(contact) = new.contact {
        moves::keep_contact_until(tx, contact, new.ends_at + KEEP_CONTACT).await?;
    }
    Ok(new)
}

/// Moves a booking to a place whose ticks are counted already: its own go back, and the news about it is owed.
pub(super) async fn move_onto(
    app: &App,
    tx: &Tx,
    town: &Town,
    old: &Booking,
    (office, to): (OfficeId, &Place),
) -> Result<Booking, StoreError> {
    let new = replace(app, tx, town, old, office, to).await?;
    free(app, tx, town, old.office, &place_of(old)).await?;
    log(app, tx, old, &new, Actor::Citizen(old.id)).await?;
    owe_news(app, tx, town, old, &new, None).await?;
    Ok(new)
}

pub(super) async fn log(
    app: &App,
    tx: &Tx,
    old: &Booking,
    new: &Booking,
    by: Actor,
) -> Result<(), StoreError> {
    let moved = BookingState::Moved.as_str();
    let change = Change::moves(old.state.as_str(), moved).because(format!("to {}", new.id));
    app.log(tx, old.town, Subject::Booking(old.id), change, by).await?;
    let change = Change::begins(new.state.as_str()).because(moved);
    app.log(tx, new.town, Subject::Booking(new.id), change, by).await
}

pub(super) async fn owe_news(
    app: &App,
    tx: &Tx,
    town: &Town,
    old: &Booking,
    new: &Booking,
    not_before: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let Some(contact) = new.contact else { return Ok(()) };
    let Some(contact) = contacts::contact(tx, contact).await? else { return Ok(()) };
    let Some(visit) = visit_text(app, tx, town, new).await? else { return Ok(()) };
    let owed = Owed {
        notification: Notification::BookingMoved {
            visit,
            was: local_of(town.zone, old.starts_at),
            code_stays: old.check_in_code == new.check_in_code,
            link: link(app, town, &link_token(app, new.lasting_id())),
        },
        to: contact.into(),
        language: new.language,
        booking: Some((new.id, new.rev)),
        visit: None,
        dedupe: dedupe::moved(new.id, new.rev),
        not_before,
    };
    notify(app, tx, town, owed).await?;
    Ok(())
}

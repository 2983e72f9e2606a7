//! Cancel: by the citizen until the minute, by staff with the news sent. Who cancelled is part of the state.

use chrono::{DateTime, Utc};
use domain::actor::{Actor, Citizen, StaffMember};
use domain::appointments::booking::may_cancel;
use domain::appointments::status::{BookingEvent, BookingState};
use domain::event::Subject;
use domain::ids::BookingId;
use domain::local_time::local_of;
use domain::messaging::timing::Reminders;
use domain::messaging::{Notification, dedupe};
use domain::reason::Reason;
use domain::town::Town;
use store::appointments::{Booking, Transition, contacts, moves};
use store::{StoreError, Tx};

use super::free::{free, place_of};
use super::show::{AppointmentPage, page_of};
use super::{KEEP_CONTACT, Tries, signal};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::messaging::{self, Owed, notify};

/// Why a booking is not cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelProblem {
    /// There is no such booking in this town.
    #[error("there is no such booking")]
    UnknownBooking,
    /// It has begun, or no longer stands.
    #[error("a booking that is {state:?} cannot be cancelled any more")]
    NotCancellable {
        /// Where it stands.
        state: BookingState,
    },
    /// This role does not cancel.
    #[error("this role does not cancel")]
    NotAllowed,
}

/// The citizen cancels; done twice it is cancelled once.
///
/// # Errors
/// When the appointment has begun or no longer stands, or the database fails.
pub async fn cancel_by_citizen(
    app: &App,
    town: &Town,
    by: &Citizen,
) -> Outcome<AppointmentPage, CancelProblem> {
    let request = Cancellation {
        booking: by.booking,
        event: BookingEvent::CancelByCitizen,
        done: BookingState::CancelledByCitizen,
        by: Actor::from(*by),
        reason: None,
    };
    let booking = persist(app, town, &request).await?;
    messaging::wake(app, town.id);
    signal(app, town, booking.office, booking.id);
    Ok(page_of(app, town, &booking).await?)
}

/// The office cancels and tells the citizen; done twice it is cancelled once and told once.
///
/// # Errors
/// When there is no such booking, it no longer stands, or the database fails.
pub async fn cancel_by_staff(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: BookingId,
    reason: Option<String>,
) -> Outcome<(), CancelProblem> {
    if !by.role.may_serve() {
        return Err(Error::Refused(CancelProblem::NotAllowed));
    }
    let request = Cancellation {
        booking: id,
        event: BookingEvent::CancelByOffice,
        done: BookingState::CancelledByOffice,
        by: Actor::from(by),
        reason: reason.as_deref().and_then(Reason::typed).map(String::from),
    };
    let booking = persist(app, town, &request).await?;
    messaging::wake(app, town.id);
    signal(app, town, booking.office, booking.id);
    Ok(())
}

/// Who cancels what, and the state it then has.
struct Cancellation {
    booking: BookingId,
    event: BookingEvent,
    done: BookingState,
    by: Actor,
    reason: Option<String>,
}

async fn persist(app: &App, town: &Town, request: &Cancellation) -> Outcome<Booking, CancelProblem> {
    let mut tries = Tries::default();
    loop {
        match cancel(app, town, request).await {
            Err(error) if tries.again(&error) => {}
            outcome => return outcome,
        }
    }
}

async fn known(tx: &Tx, town: &Town, id: BookingId) -> Outcome<Booking, CancelProblem> {
    let found = store::appointments::booking(tx, town.id, id).await?;
    found.ok_or(Error::Refused(CancelProblem::UnknownBooking))
}

/// Frees the slot, logs who did it, and owes the news to a number that was verified. Citizens cancel until the
/// minute of the appointment, the office whenever it still stands.
async fn cancel(app: &App, town: &Town, request: &Cancellation) -> Outcome<Booking, CancelProblem> {
    let tx = app.db.write().await?;
    let cancelled = cancel_in(app, &tx, town, request).await?;
    tx.commit().await?;
    Ok(cancelled)
}

async fn cancel_in(
    app: &App,
    tx: &Tx,
    town: &Town,
    request: &Cancellation,
) -> Outcome<Booking, CancelProblem> {
    let booking = known(tx, town, request.booking).await?;
    if booking.state == request.done {
        return Ok(booking);
    }
    let not_cancellable = || Error::Refused(CancelProblem::NotCancellable { state: booking.state });
    let by_citizen = request.event == BookingEvent::CancelByCitizen;
    if by_citizen && !may_cancel(booking.state, booking.starts_at, app.clock.now()) {
        return Err(not_cancellable());
    }
    let to = booking.state.after(request.event).map_err(|_| not_cancellable())?;
    let cancelled = end(app, tx, town, &booking, to, request.by, request.reason.clone()).await?;
    if booking.state == BookingState::Booked {
        owe_news(app, tx, town, &cancelled, None).await?;
    }
    Ok(cancelled)
}

/// The citizen cancels by SMS, in the transaction of the message that asks for it; the news of it is the answer.
pub(crate) async fn cancel_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
) -> Outcome<Booking, CancelProblem> {
    let request = Cancellation {
        booking,
        event: BookingEvent::CancelByCitizen,
        done: BookingState::CancelledByCitizen,
        by: Actor::Citizen(booking),
        reason: None,
    };
    cancel_in(app, tx, town, &request).await
}

/// Ends a booking: state, ticks and log.
pub(super) async fn end(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    to: BookingState,
    by: Actor,
    reason: Option<String>,
) -> Result<Booking, StoreError> {
    let change =
        Transition { to, new_rev: true, secrets: None, reminders: Reminders::default(), at: app.clock.now() };
    let ended = store::appointments::change_state(tx, booking, &change).await?;
    if let Some(contact) = booking.contact {
        let over = change.at.min(booking.ends_at);
        moves::keep_contact_until(tx, contact, over + KEEP_CONTACT).await?;
    }
    free(app, tx, town, booking.office, &place_of(booking)).await?;
    let mut change = Change::moves(booking.state.as_str(), to.as_str());
    change.reason = reason;
    app.log(tx, town.id, Subject::Booking(booking.id), change, by).await?;
    Ok(ended)
}

pub(super) async fn owe_news(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    not_before: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let Some(contact) = booking.contact else { return Ok(()) };
    let Some(contact) = contacts::contact(tx, contact).await? else { return Ok(()) };
    let starts = local_of(town.zone, booking.starts_at);
    let (notification, dedupe) = if booking.state == BookingState::CancelledByOffice {
        let link = app.link(town, "");
        let news = Notification::BookingCancelledByOffice { starts, link };
        (news, dedupe::cancelled_by_office(booking.id, booking.rev))
    } else {
        (Notification::BookingCancelled { starts }, dedupe::cancelled(booking.id))
    };
    let owed = Owed {
        notification,
        to: contact.into(),
        language: booking.language,
        booking: Some((booking.id, booking.rev)),
        visit: None,
        dedupe,
        not_before,
    };
    notify(app, tx, town, owed).await?;
    Ok(())
}

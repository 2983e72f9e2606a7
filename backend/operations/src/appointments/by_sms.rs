//! The verbs of an appointment inside the transaction in which an SMS is answered: the number is proved by the message itself,
//! and known to belong to nobody else. A verb that is refused leaves nothing behind.

use chrono::{DateTime, Utc};
use domain::appointments::booking::{BookingRefused, HoldFacts, HoldRefused, decide_hold};
use domain::appointments::moving::{self, may_move};
use domain::contact::{Contact, PhoneNumber};
use domain::ids::{BookingId, HoldId, OfficeId};
use domain::language::Language;
use domain::messaging::conversation::Slot;
use domain::schedule::Audience;
use domain::town::Town;
use store::appointments::holds::{self, Hold};
use store::appointments::{Booking, Channel, waiting};
use store::{Connection, StoreError, Tx};

use super::book::{Place, book_known, use_up};
use super::hold::{Origin, keep, let_go};
use super::move_to;
use super::offers::{self, OfferProblem};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::{self, ItemRequest, ItemsProblem, window_of};

/// Why an SMS books, moves or keeps nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BySmsProblem {
    /// The services are offered no longer.
    #[error(transparent)]
    Items(#[from] ItemsProblem),
    /// Somebody was faster, or the time is over.
    #[error(transparent)]
    Slot(#[from] HoldRefused),
    /// The rules of bookings say no.
    #[error(transparent)]
    Booking(#[from] BookingRefused),
    /// The appointment can no longer be moved.
    #[error("the booking can no longer be moved")]
    NotMovable,
}

/// A slot that is kept while the question is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldBySms {
    /// What keeps it.
    pub(crate) id: HoldId,
    /// Until when.
    pub(crate) until: DateTime<Utc>,
    /// Where.
    pub(crate) office: OfficeId,
}

/// Keeps a slot for these services; `instead` allows also those that only staff may book, because they were booked once.
pub(crate) async fn hold_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    (items, instead): (&[ItemRequest], bool),
    slot: Slot,
) -> Outcome<HeldBySms, BySmsProblem> {
    let now = app.clock.now();
    let whose = if instead { Audience::Staff } else { Audience::Public };
    let looked = schedule::look_at(app, tx, town, (items, whose), (slot.pool, slot.starts_at)).await;
    let (visit, candidate, timeline) = looked.map_err(|error| error.map_refusal(BySmsProblem::Items))?;
    let window = window_of(tx, town, now, (&candidate, Audience::Public));
    // One question at a time keeps one slot at a time.
    let facts = HoldFacts { timeline: &timeline, window, live_holds_of_origin: 0, holds_per_origin: 1 };
    let new = decide_hold(slot.starts_at, candidate.length, facts, now);
    let new = new.map_err(|refused| Error::Refused(refused.into()))?;
    let token = app.token();
    let found = (&visit, &candidate, &timeline);
    let kept = keep(app, tx, town, found, new, (&token, &Origin::default())).await?;
    let hold = kept.ok_or(Error::Refused(HoldRefused::SlotTaken.into()))?;
    Ok(HeldBySms { id: hold.id, until: hold.terms.expires_at, office: hold.office })
}

/// Gives a slot back that is no longer asked about; nothing when it went back by itself.
pub(crate) async fn let_go_by_sms(app: &App, tx: &Tx, town: &Town, id: HoldId) -> Result<(), StoreError> {
    match holds::hold(tx, town.id, id).await? {
        Some(hold) => let_go(app, tx, &hold).await,
        None => Ok(()),
    }
}

/// Books what is kept: the appointment stands at once, and its confirmation is owed.
pub(crate) async fn book_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    hold: HoldId,
    (number, language): (&PhoneNumber, Language),
) -> Outcome<Booking, BySmsProblem> {
    let part = tx.part().await?;
    let outcome = book(app, &part, town, hold, (number, language)).await;
    end(part, outcome).await
}

async fn book(
    app: &App,
    tx: &Tx,
    town: &Town,
    hold: HoldId,
    (number, language): (&PhoneNumber, Language),
) -> Outcome<Booking, BySmsProblem> {
    let hold = live_hold(app, tx, town, hold).await?;
    // Nothing but the number is known; the rest is asked at the counter.
    let contact = Contact {
        name: String::new(),
        phone: Some(number.clone()),
        email: None,
        address: None,
        remark: None,
    };
    use_up(app, tx, town, &hold).await?;
    let whose = (contact, &tx.sealer().phone_hash(number));
    let booked = book_known(app, tx, town, &Place::of_hold(&hold), whose, (Channel::Sms, language)).await;
    booked.map_err(|error| error.map_refusal(BySmsProblem::Booking))
}

async fn live_hold(app: &App, tx: &Tx, town: &Town, id: HoldId) -> Outcome<Hold, BySmsProblem> {
    let now = app.clock.now();
    let hold = holds::hold(tx, town.id, id).await?.filter(|hold| hold.terms.is_live(now));
    hold.ok_or(Error::Refused(BookingRefused::HoldExpired.into()))
}

/// Moves an appointment to what is kept; the news about it is owed.
pub(crate) async fn move_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
    hold: HoldId,
) -> Outcome<Booking, BySmsProblem> {
    let part = tx.part().await?;
    let outcome = move_to_hold(app, &part, town, booking, hold).await;
    end(part, outcome).await
}

async fn move_to_hold(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
    hold: HoldId,
) -> Outcome<Booking, BySmsProblem> {
    let hold = live_hold(app, tx, town, hold).await?;
    let old = movable(app, tx, town, booking).await?;
    use_up(app, tx, town, &hold).await?;
    let to = moving::Place { pool: hold.pool, span: hold.span(), audience: hold.audience };
    Ok(move_to::move_onto(app, tx, town, &old, (hold.office, &to)).await?)
}

async fn movable(app: &App, tx: &Tx, town: &Town, id: BookingId) -> Outcome<Booking, BySmsProblem> {
    let found = store::appointments::booking(tx, town.id, id).await?;
    let movable = found.filter(|booking| may_move(booking.state, booking.starts_at, app.clock.now()));
    movable.ok_or(Error::Refused(BySmsProblem::NotMovable))
}

/// The services of an appointment that can be moved, and its office.
pub(crate) async fn movable_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
) -> Outcome<(Vec<ItemRequest>, OfficeId), BySmsProblem> {
    let booking = movable(app, tx, town, booking).await?;
    Ok((move_to::items_of(tx, booking.id).await?, booking.office))
}

/// Takes the freed slot that is offered to a number; `None` when there is none any more.
pub(crate) async fn accept_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    number: &[u8],
) -> Result<Option<Booking>, StoreError> {
    let offer = waiting::open_offer_of_number(tx, town.id, number, app.clock.now()).await?;
    let Some(offer) = offer else { return Ok(None) };
    let part = tx.part().await?;
    let outcome: Outcome<Booking, OfferProblem> = offers::take(app, &part, town, &offer).await;
    match end(part, outcome).await {
        Ok(booking) => Ok(Some(booking)),
        Err(Error::Refused(_)) => Ok(None),
        Err(Error::Failed(failure)) => Err(failure),
    }
}

/// Leaves the freed slot that is offered to a number to others; `false` when there is none any more.
pub(crate) async fn decline_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    number: &[u8],
) -> Result<bool, StoreError> {
    let offer = waiting::open_offer_of_number(tx, town.id, number, app.clock.now()).await?;
    let Some(offer) = offer else { return Ok(false) };
    offers::decline(app, tx, &offer).await
}

/// Keeps what was written, or undoes it when the verb was refused.
async fn end<T, R>(part: Tx, outcome: Outcome<T, R>) -> Outcome<T, R> {
    match outcome {
        Ok(done) => {
            part.commit().await?;
            Ok(done)
        }
        Err(error) => {
            part.undo().await?;
            Err(error)
        }
    }
}

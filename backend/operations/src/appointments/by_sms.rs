//! The verbs of an appointment inside the transaction in which an SMS is answered: the number is proved by the message itself,
//! and known to belong to nobody else. A verb that is refused leaves nothing behind.

use chrono::{DateTime, Utc};
use domain::actor::Actor;
use domain::appointments::booking::{
    Booker, BookingFacts, BookingRefused, HoldFacts, HoldRefused, decide, decide_hold,
};
use domain::appointments::moving::may_move;
use domain::contact::{Contact, PhoneNumber};
use domain::ids::{BookingId, HoldId, OfficeId, ServiceId};
use domain::language::Language;
use domain::messaging::conversation::Slot;
use domain::schedule::Audience;
use domain::town::Town;
use store::appointments::holds::{self, Hold};
use store::appointments::{Booking, Channel, waiting};
use store::{Connection, StoreError, Tx};

use super::book::{Place, confirm, insert, use_up};
use super::free::{free, place_of};
use super::hold::{Origin, keep, let_go};
use super::move_to;
use super::offers::{self, OfferProblem};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::{self, FreeSlots, ItemRequest, ItemsProblem, free_slots_of, window_of};

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
    let now = app.clock.now();
    let hold = live_hold(tx, town, hold, now).await?;
    let services: Vec<ServiceId> = hold.items.iter().map(|(service, _)| *service).collect();
    let open = store::appointments::open_bookings(tx, town.id, &tx.sealer().phone_hash(number), now).await?;
    let facts = BookingFacts {
        booker: Booker::KnownNumber,
        hold: Some(hold.terms),
        services: &services,
        open_bookings: &open,
        open_bookings_per_number: town.settings.open_bookings_per_number,
    };
    // Nothing but the number is known; the rest is asked at the counter.
    let contact = Contact {
        name: String::new(),
        phone: Some(number.clone()),
        email: None,
        address: None,
        remark: None,
    };
    let new = decide(Ok(contact), facts, now).map_err(|refused| Error::Refused(refused.into()))?;
    use_up(app, tx, town, &hold).await?;
    let booking = insert(app, tx, town, &Place::of_hold(&hold), &new, (Channel::Sms, language)).await?;
    Ok(confirm(app, tx, town, &booking, Actor::Citizen(booking.id)).await?)
}

async fn live_hold(tx: &Tx, town: &Town, id: HoldId, now: DateTime<Utc>) -> Outcome<Hold, BySmsProblem> {
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
    let now = app.clock.now();
    let hold = live_hold(tx, town, hold, now).await?;
    let old = movable(app, tx, town, booking).await?;
    use_up(app, tx, town, &hold).await?;
    let to =
        domain::appointments::moving::Place { pool: hold.pool, span: hold.span(), audience: hold.audience };
    let new = move_to::replace(app, tx, town, &old, hold.office, &to).await?;
    free(app, tx, town, old.office, &place_of(&old)).await?;
    move_to::log(app, tx, &old, &new, Actor::Citizen(old.id)).await?;
    move_to::owe_news(app, tx, town, &old, &new, None).await?;
    Ok(new)
}

async fn movable(app: &App, tx: &Tx, town: &Town, id: BookingId) -> Outcome<Booking, BySmsProblem> {
    let found = store::appointments::booking(tx, town.id, id).await?;
    let movable = found.filter(|booking| may_move(booking.state, booking.starts_at, app.clock.now()));
    movable.ok_or(Error::Refused(BySmsProblem::NotMovable))
}

/// The services of an appointment that can be moved, and the free slots for them over some days, in its own office.
pub(crate) async fn slots_instead(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
    (from, days): (Option<chrono::NaiveDate>, u16),
) -> Outcome<(Vec<ItemRequest>, FreeSlots), BySmsProblem> {
    let booking = movable(app, tx, town, booking).await?;
    let items = move_to::items_of(tx, &booking).await?;
    let found = free_slots_of(app, tx, town, &items, Some(booking.office), (from, days)).await;
    Ok((items, found.map_err(|error| error.map_refusal(BySmsProblem::Items))?))
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

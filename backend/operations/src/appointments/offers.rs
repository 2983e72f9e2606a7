//! Offer a freed slot to those who wait, one after the other, each for a quarter of an hour; the ticks stay taken meanwhile.

use chrono::NaiveDate;
use chrono::{DateTime, Utc};
use domain::actor::Actor;
use domain::appointments::booking::BookingRefused;
use domain::appointments::codes::LinkToken;
use domain::appointments::moving::{Place, may_move};
use domain::appointments::waiting::{
    OFFER_LIFETIME, OfferRefused, OfferState, WaitingEvent, WaitingState, worth_offering,
};
use domain::contact::PhoneNumber;
use domain::event::Subject;
use domain::ids::PoolId;
use domain::language::Language;
use domain::local_time::{local_day, local_of};
use domain::messaging::{Notification, dedupe};
use domain::schedule::{Audience, TickSpan};
use domain::town::Town;
use store::appointments::freed::{self, FreedSlot};
use store::appointments::waiting::{self, Offer, Waiting};
use store::appointments::{Booking, Channel, contacts};
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

use super::book;
use super::free::free;
use super::move_to;
use super::show::{AppointmentPage, page_of};
use super::verify::BookedAppointment;
use super::{Tries, link_token, signal};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::links::Opened;
use crate::messaging::{self, Owed, notify_until, quiet};
use crate::schedule::{Candidate, find_visit_again, timeline_around};
use crate::secrets::Purpose;

/// How many freed slots are looked at in one run, and how many people for each.
const BATCH: u64 = 200;

/// What one run of the job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Offers that nobody answered.
    pub expired: u32,
    /// New offers.
    pub offered: u32,
}

/// Why an offer is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferProblem {
    /// The secret opens no offer.
    #[error("there is no such offer")]
    Unknown,
    /// It has expired or was taken.
    #[error(transparent)]
    Offer(#[from] OfferRefused),
    /// The rules of bookings say no.
    #[error(transparent)]
    Booking(#[from] BookingRefused),
    /// The appointment that should be earlier can no longer be moved.
    #[error("the booking can no longer be moved")]
    NotMovable,
}

/// An offer as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferPage {
    /// Where it stands.
    pub state: OfferState,
    /// When the slot begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// The office's name.
    pub office_name: String,
    /// Until when it may be taken.
    pub expires_at: DateTime<Utc>,
    /// The appointment it would take the place of.
    pub instead_of: Option<DateTime<Utc>>,
}

/// Ends offers that nobody answered, and offers freed slots to those who wait. May run twice, late, or be interrupted.
///
/// # Errors
/// When the database fails.
pub async fn offer_freed(app: &App) -> Result<Offered, StoreError> {
    let mut done = Offered::default();
    for offer in waiting::lapsed_offers(&app.db, app.clock.now(), BATCH).await? {
        let tx = app.db.write().await?;
        if waiting::end_offer(&tx, offer.id, OfferState::Expired).await? {
            log_offer(app, &tx, &offer, OfferState::Expired, Actor::System).await?;
            tx.commit().await?;
            done.expired += 1;
        }
    }
    let towns = store::town::all(&app.db).await?;
    for slot in freed::cooling(&app.db, app.clock.now(), BATCH).await? {
        let Some(town) = towns.iter().find(|town| town.id == slot.town) else { continue };
        match offer_one(app, town, &slot).await {
            Ok(new) => done.offered += u32::from(new),
            // Somebody else offered it, or the slot is gone: nothing to do.
            Err(StoreError::Duplicate(_) | StoreError::Stale | StoreError::Busy(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(done)
}

/// Offers a slot to whoever waits longest and may be asked now.
async fn offer_one(app: &App, town: &Town, slot: &FreedSlot) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let is_quiet = quiet::allowed_from(town, now) > now;
    if slot.place.audience != Audience::Public || !worth_offering(&slot.place, now) || is_quiet {
        return Ok(false);
    }
    let day = local_day(town.zone, slot.place.span.starts_at());
    let today = local_day(town.zone, now);
    for entry in waiting::waiting_for(&app.db, town.id, day, slot.id, BATCH).await? {
        if !entry.terms.may_be_offered(today) {
            continue;
        }
        let Some(span) = fitting(app, town, &entry, slot).await? else { continue };
        let Some(number) = number_of(app, town, &entry, span).await? else { continue };
        make_offer(app, town, &entry, slot, (span, &number)).await?;
        messaging::wake(app, town.id);
        return Ok(true);
    }
    Ok(false)
}

/// The ticks of the freed slot in which what somebody waits for fits.
async fn fitting(
    app: &App,
    town: &Town,
    entry: &Waiting,
    slot: &FreedSlot,
) -> Result<Option<TickSpan>, StoreError> {
    let Some(candidate) = candidate_at(app, &app.db, town, entry, slot.place.pool).await? else {
        return Ok(None);
    };
    let fits = entry.wish.fits(slot.office, &slot.place, candidate.length, town.zone);
    let in_season = |span: &TickSpan| candidate.bookable.contains(local_day(town.zone, span.starts_at()));
    let Some(span) = fits.filter(in_season) else { return Ok(None) };
    Ok(is_still_open(app, &app.db, town, &candidate, span).await?.then_some(span))
}

/// What somebody waits for, as it would be at this pool now; `None` when it is no longer given there.
async fn candidate_at(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    entry: &Waiting,
    pool: PoolId,
) -> Result<Option<Candidate>, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let visit = find_visit_again(connection, town, &entry.items, Audience::Staff, today).await?;
    Ok(visit.and_then(|visit| visit.candidates.into_iter().find(|candidate| candidate.pool == pool)))
}

/// Whether it was not closed since the slot became free; the slot itself is among what is taken.
async fn is_still_open(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    candidate: &Candidate,
    span: TickSpan,
) -> Result<bool, StoreError> {
    let timeline =
        timeline_around(app, connection, town, (candidate, Audience::Public), span.starts_at()).await?;
    Ok(span.ticks().all(|tick| timeline.used_at(tick) <= timeline.capacity_at(tick)))
}

/// Whether the place of an offer was not closed while it was being thought about.
async fn is_open(
    app: &App,
    tx: &Tx,
    town: &Town,
    entry: &Waiting,
    offer: &Offer,
) -> Result<bool, StoreError> {
    match candidate_at(app, tx, town, entry, offer.place.pool).await? {
        Some(candidate) => is_still_open(app, tx, town, &candidate, offer.place.span).await,
        None => Ok(false),
    }
}

/// Where to write to; `None` when the slot is no gain, or there is nobody to write to any more.
async fn number_of(
    app: &App,
    town: &Town,
    entry: &Waiting,
    span: TickSpan,
) -> Result<Option<PhoneNumber>, StoreError> {
    let contact = match entry.booking {
        None => entry.contact,
        Some(lasting) => {
            let booking = waiting::standing_booking(&app.db, town.id, lasting).await?;
            let now = app.clock.now();
            booking
                .filter(|booking| may_move(booking.state, booking.starts_at, now))
                .filter(|booking| span.starts_at() < booking.starts_at)
                .and_then(|booking| booking.contact)
        }
    };
    let Some(contact) = contact else { return Ok(None) };
    Ok(contacts::contact(&app.db, contact).await?.and_then(|contact| contact.phone))
}

async fn make_offer(
    app: &App,
    town: &Town,
    entry: &Waiting,
    slot: &FreedSlot,
    (span, number): (TickSpan, &PhoneNumber),
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let token = LinkToken::from_random(app.rng.bytes());
    let offer = Offer {
        id: app.uuid(),
        town: town.id,
        waiting: entry.id,
        freed: slot.id,
        office: slot.office,
        place: Place { span, ..slot.place },
        state: OfferState::Open,
        token_hash: app.secret_hash(Purpose::Offer, token.reveal()),
        offered_at: now,
        expires_at: now + OFFER_LIFETIME,
    };
    let tx = app.db.write().await?;
    if !freed::lock(&tx, slot.id).await? {
        return Err(StoreError::Stale);
    }
    let today = local_day(town.zone, now);
    waiting::change(&tx, entry, |entry| {
        entry.terms.offers += 1;
        entry.terms.offered_on = Some(today);
    })
    .await?;
    waiting::insert_offer(&tx, &offer).await?;
    let change = Change::begins(offer.state.as_str()).because(format!("to {}", entry.id));
    app.log(&tx, town.id, Subject::Offer(offer.id), change, Actor::System).await?;
    owe_offer(app, &tx, town, &offer, (entry.language, number, &token)).await?;
    tx.commit().await
}

async fn owe_offer(
    app: &App,
    tx: &Tx,
    town: &Town,
    offer: &Offer,
    (language, to, token): (Language, &PhoneNumber, &LinkToken),
) -> Result<(), StoreError> {
    let owed = Owed {
        notification: Notification::SlotOffered {
            starts: local_of(town.zone, offer.place.span.starts_at()),
            until: local_of(town.zone, offer.expires_at).time(),
            link: app.link(town, &format!("a/{}", token.reveal())),
        },
        to: to.clone().into(),
        language,
        booking: None,
        visit: None,
        dedupe: dedupe::offered(offer.id),
        not_before: None,
    };
    notify_until(app, tx, town, owed, offer.expires_at).await?;
    Ok(())
}

/// An offer as the person sees it.
///
/// # Errors
/// When the secret opens no offer or the database fails.
pub async fn offer_page(app: &App, town: &Town, token: &str) -> Outcome<OfferPage, OfferProblem> {
    let offer = known(app, &app.db, town, token).await?;
    let offices = store::setup::offices(&app.db, town.id).await?;
    let office = offices.into_iter().find(|office| office.id == offer.office);
    let instead_of = match entry_of(&app.db, &offer).await?.booking {
        Some(lasting) => waiting::standing_booking(&app.db, town.id, lasting).await?,
        None => None,
    };
    let over = offer.state == OfferState::Open && app.clock.now() >= offer.expires_at;
    Ok(OfferPage {
        state: if over { OfferState::Expired } else { offer.state },
        starts_at: offer.place.span.starts_at(),
        ends_at: offer.place.span.ends_at(),
        day: local_day(town.zone, offer.place.span.starts_at()),
        office_name: office.map(|office| office.name).unwrap_or_default(),
        expires_at: offer.expires_at,
        instead_of: instead_of.filter(|_| offer.state == OfferState::Open).map(|booking| booking.starts_at),
    })
}

/// Declines an offer, so that the next one is asked; done twice it is declined once.
///
/// # Errors
/// When the secret opens no offer, it was taken, or the database fails.
pub async fn decline_offer(app: &App, town: &Town, token: &str) -> Outcome<(), OfferProblem> {
    let tx = app.db.write().await?;
    let offer = known(app, &tx, town, token).await?;
    if offer.state == OfferState::Taken {
        return Err(Error::Refused(OfferRefused::Taken.into()));
    }
    if decline(app, &tx, &offer).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Declines an offer, in a transaction; `false` when it was answered already.
pub(super) async fn decline(app: &App, tx: &Tx, offer: &Offer) -> Result<bool, StoreError> {
    let mine = waiting::end_offer(tx, offer.id, OfferState::Declined).await?;
    if mine {
        log_offer(app, tx, offer, OfferState::Declined, Actor::Nobody).await?;
    }
    Ok(mine)
}

/// Takes an offer: the appointment stands at once, or the one that should be earlier moves. Taken once, whoever asks how
/// often.
///
/// # Errors
/// When the secret opens no offer, it has expired or was taken, or the database fails.
pub async fn accept_offer(app: &App, town: &Town, token: &str) -> Outcome<BookedAppointment, OfferProblem> {
    let mut tries = Tries::default();
    let booking = loop {
        match try_accept(app, town, token).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    signal(app, town, booking.office, booking.id);
    let page: AppointmentPage = page_of(app, town, &booking).await?;
    Ok(BookedAppointment { link_token: link_token(app, booking.lasting_id()), page })
}

async fn try_accept(app: &App, town: &Town, token: &str) -> Outcome<Booking, OfferProblem> {
    let tx = app.db.write().await?;
    let offer = known(app, &tx, town, token).await?;
    let booking = take(app, &tx, town, &offer).await?;
    tx.commit().await?;
    Ok(booking)
}

/// Takes an offer, in a transaction.
pub(super) async fn take(app: &App, tx: &Tx, town: &Town, offer: &Offer) -> Outcome<Booking, OfferProblem> {
    let answer = offer.state.may_answer(offer.expires_at, app.clock.now());
    answer.map_err(|refused| Error::Refused(refused.into()))?;
    let slot = freed::slot(tx, offer.freed).await?.ok_or(StoreError::Stale)?;
    let mine = waiting::end_offer(tx, offer.id, OfferState::Taken).await?;
    if !mine || !freed::take(tx, offer.freed).await? {
        return Err(Error::Failed(StoreError::Stale));
    }
    let entry = entry_of(tx, offer).await?;
    if !is_open(app, tx, town, &entry, offer).await? {
        return Err(Error::Refused(OfferProblem::Offer(OfferRefused::Expired)));
    }
    let booking = match entry.booking {
        Some(lasting) => move_earlier(app, tx, town, lasting, offer).await?,
        None => book_offered(app, tx, town, &entry, offer).await?,
    };
    for span in slot.place.without(&offer.place) {
        free(app, tx, town, slot.office, &Place { span, ..slot.place }).await?;
    }
    if let Some(to) = entry.terms.state.after(WaitingEvent::Serve) {
        let after = waiting::change(tx, &entry, |entry| entry.terms.state = to).await?;
        super::waiting::log(app, tx, &after, Some(entry.terms.state), Actor::Citizen(booking.id)).await?;
    }
    log_offer(app, tx, offer, OfferState::Taken, Actor::Citizen(booking.id)).await?;
    Ok(booking)
}

/// The booking that should be earlier goes to the offered slot; its ticks are counted already.
async fn move_earlier(
    app: &App,
    tx: &Tx,
    town: &Town,
    lasting: domain::ids::BookingId,
    offer: &Offer,
) -> Outcome<Booking, OfferProblem> {
    let old = waiting::standing_booking(tx, town.id, lasting).await?;
    let old = old.filter(|old| may_move(old.state, old.starts_at, app.clock.now()));
    let old = old.ok_or(Error::Refused(OfferProblem::NotMovable))?;
    Ok(move_to::move_onto(app, tx, town, &old, (offer.office, &offer.place)).await?)
}

/// A booking of its own at the offered slot; its ticks are counted already, its number is proved.
async fn book_offered(
    app: &App,
    tx: &Tx,
    town: &Town,
    entry: &Waiting,
    offer: &Offer,
) -> Outcome<Booking, OfferProblem> {
    let expired = || Error::Refused(OfferProblem::Offer(OfferRefused::Expired));
    if entry.terms.state != WaitingState::Waiting {
        return Err(expired());
    }
    let Some(contact_id) = entry.contact else { return Err(expired()) };
    let contact = contacts::contact(tx, contact_id).await?.ok_or_else(expired)?;
    let place = book::Place {
        hold: None,
        office: offer.office,
        pool: offer.place.pool,
        span: offer.place.span,
        audience: offer.place.audience,
        items: entry.items.clone(),
    };
    let whose = (contact, &entry.phone_hash);
    let booked = book::book_known(app, tx, town, &place, whose, (Channel::Web, entry.language)).await;
    let booked = booked.map_err(|error| error.map_refusal(OfferProblem::Booking))?;
    contacts::delete(tx, contact_id).await?;
    Ok(booked)
}

/// Whether a secret opens any offer of this town, whatever became of it.
///
/// # Errors
/// When the database fails.
pub async fn opens_an_offer(app: &App, town: &Town, token: &str) -> Result<Opened<()>, StoreError> {
    Ok(of_token(app, &app.db, town, token).await?.map(drop))
}

async fn known(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    token: &str,
) -> Outcome<Offer, OfferProblem> {
    let found = of_token(app, connection, town, token).await?;
    found.it().ok_or(Error::Refused(OfferProblem::Unknown))
}

async fn of_token(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    token: &str,
) -> Result<Opened<Offer>, StoreError> {
    let Ok(token) = LinkToken::parse(token) else { return Ok(Opened::NoLink) };
    let hash = app.secret_hash(Purpose::Offer, token.reveal());
    waiting::offer_of_token(connection, town.id, &hash).await.map(Opened::from)
}

async fn entry_of(connection: &impl Connection, offer: &Offer) -> Result<Waiting, StoreError> {
    let id: Uuid = offer.waiting;
    let found = waiting::entry(connection, id).await?;
    found.ok_or(StoreError::Corrupt { column: "slot_offer.waiting_id" })
}

async fn log_offer(app: &App, tx: &Tx, offer: &Offer, to: OfferState, by: Actor) -> Result<(), StoreError> {
    let change = Change::moves(OfferState::Open.as_str(), to.as_str());
    app.log(tx, offer.town, Subject::Offer(offer.id), change, by).await
}

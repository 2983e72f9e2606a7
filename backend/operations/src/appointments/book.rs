//! Turn a hold into a booking that waits for its six digits.

use chrono::{DateTime, Utc};
use domain::actor::Actor;
use domain::appointments::booking::{Booker, BookingFacts, BookingRefused, NewBooking, decide};
use domain::appointments::form::{FormFields, Particulars};
use domain::appointments::status::{BookingState, HoldEvent, HoldState};
use domain::appointments::verification::Challenge;
use domain::contact::{Contact, PhoneNumber};
use domain::event::Subject;
use domain::ids::{BookingId, HoldId, OfficeId, PoolId, ServiceId};
use domain::language::Language;
use domain::local_time::local_day;
use domain::messaging::timing::Reminders;
use domain::schedule::{Audience, TickSpan};
use domain::town::Town;
use store::appointments::holds::{self, Hold};
use store::appointments::{Booking, Channel, Transition};
use store::appointments::{challenges, contacts};
use store::{Connection, PhoneHash, StoreError, Tx};

use super::near::{Near, near_hold};
use super::show::Told;
use super::verify::{
    CodeNotSent, NEEDS_MAILBOX, PendingChallenge, is_number_of, may_have, owe_code, pending, replace_contact,
};
use super::{
    KEEP_CONTACT, Tries, ended, fresh_code, hold_of_token, link_token, owe_confirmation, reminders, signal,
};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::messaging;
use crate::secrets::Purpose;

/// The particulars of a booking.
#[derive(Clone)]
pub struct BookRequest {
    /// The hold it grows out of.
    pub hold: HoldId,
    /// What was typed.
    pub particulars: Particulars,
    /// The language of messages.
    pub language: Language,
}

/// Why a hold does not become a booking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookProblem {
    /// The secret opens no such hold.
    #[error("there is no such hold")]
    UnknownHold,
    /// The hold has lapsed; other slots are near.
    #[error("the hold has expired")]
    HoldExpired(Near),
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] BookingRefused),
    /// The number got enough codes; the next is possible later.
    #[error("the number got enough codes")]
    TooManyCodes {
        /// When the next one is possible.
        resend_at: DateTime<Utc>,
    },
}

/// A booking that waits for its six digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingBooking {
    /// The booking.
    pub id: BookingId,
    /// The code that is on its way.
    pub challenge: PendingChallenge,
}

/// Turns a hold into a booking and sends six digits to the number. Done twice it is one booking and one code; with other
/// particulars those are taken over while the booking waits for its digits.
///
/// # Errors
/// When the secret does not open this hold, the rules say no, or the database fails.
pub async fn book(
    app: &App,
    town: &Town,
    token: &str,
    request: &BookRequest,
) -> Outcome<PendingBooking, BookProblem> {
    let mut tries = Tries::default();
    let pending = loop {
        match try_book(app, town, token, request).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    Ok(pending)
}

async fn try_book(
    app: &App,
    town: &Town,
    token: &str,
    request: &BookRequest,
) -> Outcome<PendingBooking, BookProblem> {
    let tx = app.db.write().await?;
    let hold = hold_of_token(app, &tx, town, token).await?.filter(|hold| hold.id == request.hold);
    let hold = hold.ok_or(Error::Refused(BookProblem::UnknownHold))?;
    if let Some(booking) = waiting_booking(&tx, &hold).await? {
        let pending = take_over(app, &tx, town, (&hold, &booking), &request.particulars).await?;
        tx.commit().await?;
        return Ok(pending);
    }
    let new = decide_from_hold(app, &tx, town, &hold, &request.particulars).await?;
    use_up(app, &tx, town, &hold).await?;
    let place = Place::of_hold(&hold);
    let booking = insert(app, &tx, town, &place, &new, (Channel::Web, request.language)).await?;
    let challenge = send_code(app, &tx, town, (&hold, &booking), (&new.contact, None)).await?;
    tx.commit().await?;
    signal(app, town, booking.office, booking.id);
    Ok(PendingBooking { id: booking.id, challenge })
}

/// The form asks every citizen for a number, so that it can be verified.
fn asked_number(contact: &Contact) -> Result<&PhoneNumber, StoreError> {
    contact.phone.as_ref().ok_or(StoreError::Corrupt { column: "contact.phone" })
}

async fn send_code(
    app: &App,
    tx: &Tx,
    town: &Town,
    place: (&Hold, &Booking),
    to: (&Contact, Option<Challenge>),
) -> Outcome<PendingChallenge, BookProblem> {
    let sent = owe_code(app, tx, town, place, to).await?;
    sent.map_err(|refused| {
        Error::Refused(match refused {
            CodeNotSent::Later(refused) => BookProblem::TooManyCodes { resend_at: refused.resend_at },
            CodeNotSent::NeedsMailbox => BookingRefused::Fields(vec![NEEDS_MAILBOX]).into(),
        })
    })
}

/// The booking this hold has become already, while it waits for its digits.
async fn waiting_booking(tx: &Tx, hold: &Hold) -> Result<Option<Booking>, StoreError> {
    if hold.terms.state != HoldState::Booked {
        return Ok(None);
    }
    let found = store::appointments::booking_of_hold(tx, hold.id).await?;
    Ok(found.filter(|booking| booking.state == BookingState::Unverified))
}

/// The same request once more, or with particulars that were corrected meanwhile: what was typed last counts. Another number
/// gets a code of its own.
async fn take_over(
    app: &App,
    tx: &Tx,
    town: &Town,
    (hold, booking): (&Hold, &Booking),
    particulars: &Particulars,
) -> Outcome<PendingBooking, BookProblem> {
    if booking.unverified_until.is_some_and(|until| app.clock.now() >= until) {
        return Err(Error::Refused(BookProblem::HoldExpired(near_hold(app, tx, town, hold).await?)));
    }
    let services: Vec<ServiceId> = hold.items.iter().map(|(service, _)| *service).collect();
    let asked = fields(tx, &services).await?.for_citizen();
    let typed = particulars.read(asked, &town.settings.phone_countries);
    let typed = typed.map_err(|wrong| Error::Refused(BookingRefused::Fields(wrong).into()))?;
    let number = asked_number(&typed)?;
    let room = may_have(app, tx, town, (hold, booking), number).await;
    room.map_err(|error| error.map_refusal(BookProblem::Refused))?;
    let same_number = is_number_of(tx, booking, number);
    let on_its_way = pending(tx, booking).await?.filter(|_| same_number);
    let kept = match booking.contact {
        Some(contact) => contacts::contact(tx, contact).await?,
        None => None,
    };
    if kept.as_ref() != Some(&typed) {
        replace_contact(app, tx, town, booking, &typed).await?;
    }
    let challenge = match on_its_way {
        Some(challenge) => challenge,
        None => {
            let before = challenges::latest(tx, booking.id).await?.map(|challenge| challenge.terms);
            send_code(app, tx, town, (hold, booking), (&typed, before)).await?
        }
    };
    Ok(PendingBooking { id: booking.id, challenge })
}

async fn decide_from_hold(
    app: &App,
    tx: &Tx,
    town: &Town,
    hold: &Hold,
    particulars: &Particulars,
) -> Outcome<NewBooking, BookProblem> {
    let now = app.clock.now();
    let services: Vec<ServiceId> = hold.items.iter().map(|(service, _)| *service).collect();
    let asked = fields(tx, &services).await?;
    let contact = particulars.read(asked.for_citizen(), &town.settings.phone_countries);
    let number = contact.as_ref().ok().and_then(|contact| contact.phone.as_ref());
    let open_bookings = match number.map(|number| tx.sealer().phone_hash(number)) {
        Some(number) => store::appointments::open_bookings(tx, town.id, &number, now).await?,
        None => Vec::new(),
    };
    let facts = BookingFacts {
        booker: Booker::Citizen,
        hold: Some(hold.terms),
        services: &services,
        open_bookings: &open_bookings,
        open_bookings_per_number: town.settings.open_bookings_per_number,
    };
    match decide(contact, facts, now) {
        Ok(new) => Ok(new),
        Err(BookingRefused::HoldExpired) => {
            Err(Error::Refused(BookProblem::HoldExpired(near_hold(app, tx, town, hold).await?)))
        }
        Err(refused) => Err(Error::Refused(refused.into())),
    }
}

/// A booking by somebody whose number is proved, at a place whose ticks are counted already: it stands at once, and its
/// confirmation is owed.
pub(super) async fn book_known(
    app: &App,
    tx: &Tx,
    town: &Town,
    place: &Place,
    (contact, number): (Contact, &PhoneHash),
    made: (Channel, Language),
) -> Outcome<Booking, BookingRefused> {
    let now = app.clock.now();
    let services: Vec<ServiceId> = place.items.iter().map(|(service, _)| *service).collect();
    let open_bookings = store::appointments::open_bookings(tx, town.id, number, now).await?;
    let facts = BookingFacts {
        booker: Booker::KnownNumber,
        hold: None,
        services: &services,
        open_bookings: &open_bookings,
        open_bookings_per_number: town.settings.open_bookings_per_number,
    };
    let new = decide(Ok(contact), facts, now).map_err(Error::Refused)?;
    let booking = insert(app, tx, town, place, &new, made).await?;
    Ok(confirm(app, tx, town, &booking, Actor::Citizen(booking.id)).await?.booking)
}

/// What the form asks for, over all services of the visit.
pub(super) async fn fields(
    connection: &impl Connection,
    services: &[ServiceId],
) -> Result<FormFields, StoreError> {
    let services = store::catalog::services_of_ids(connection, services).await?;
    let asked = services.iter().map(|service| service.detail.form).reduce(FormFields::and);
    Ok(asked.unwrap_or_default())
}

/// The hold has done its work; its ticks go over to the booking.
pub(super) async fn use_up(app: &App, tx: &Tx, town: &Town, hold: &Hold) -> Result<(), StoreError> {
    let state = hold.terms.state.after(HoldEvent::Book).map_err(|_| StoreError::Stale)?;
    holds::change(tx, hold, ended(hold.terms, state)).await?;
    let change = Change::moves(hold.terms.state.as_str(), state.as_str());
    app.log(tx, town.id, Subject::Hold(hold.id), change, Actor::Nobody).await
}

/// When, where and for what a booking is made.
pub(super) struct Place {
    pub(super) hold: Option<HoldId>,
    pub(super) office: OfficeId,
    pub(super) pool: PoolId,
    pub(super) span: TickSpan,
    pub(super) audience: Audience,
    pub(super) items: Vec<(ServiceId, u16)>,
}

impl Place {
    pub(super) fn of_hold(hold: &Hold) -> Self {
        Self {
            hold: Some(hold.id),
            office: hold.office,
            pool: hold.pool,
            span: hold.span(),
            audience: hold.audience,
            items: hold.items.clone(),
        }
    }
}

/// Writes the contact, the booking with its services, and the first line of its log.
pub(super) async fn insert(
    app: &App,
    tx: &Tx,
    town: &Town,
    place: &Place,
    new: &NewBooking,
    (channel, language): (Channel, Language),
) -> Result<Booking, StoreError> {
    let now = app.clock.now();
    let contact = app.id();
    let delete_after = place.span.ends_at() + KEEP_CONTACT;
    let nonce = app.rng.bytes();
    contacts::insert(tx, town.id, contact, &new.contact, nonce, (now, delete_after)).await?;
    let booking = Booking {
        id: app.id(),
        town: town.id,
        office: place.office,
        pool: place.pool,
        hold: place.hold,
        starts_at: place.span.starts_at(),
        ends_at: place.span.ends_at(),
        day: local_day(town.zone, place.span.starts_at()),
        audience: place.audience,
        state: new.state,
        rev: 1,
        version: 1,
        check_in_code: None,
        link_token_hash: None,
        contact: Some(contact),
        phone_hash: new.contact.phone.as_ref().map(|number| tx.sealer().phone_hash(number)),
        language,
        channel,
        people: place.items.iter().map(|(_, quantity)| *quantity).max().unwrap_or(1),
        unverified_until: new.unverified_until,
        reminders: Reminders::default(),
        created_at: now,
        first: None,
    };
    store::appointments::insert(tx, &booking, &place.items).await?;
    if booking.state == BookingState::Unverified {
        let change = Change::begins(booking.state.as_str()).because(channel.as_str());
        app.log(tx, town.id, Subject::Booking(booking.id), change, Actor::Nobody).await?;
    }
    Ok(booking)
}

/// The booking stands from now on: it gets its code and its link, and the confirmation is owed.
pub(super) async fn confirm(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    by: Actor,
) -> Result<Told, StoreError> {
    let now = app.clock.now();
    let code = fresh_code(app);
    let hash = app.secret_hash(Purpose::Link, link_token(app, booking.id).reveal());
    let change = Transition {
        to: BookingState::Booked,
        new_rev: false,
        secrets: Some((code, hash)),
        reminders: reminders(town, booking, now),
        at: now,
    };
    let booked = store::appointments::change_state(tx, booking, &change).await?;
    let began = booking.state == BookingState::Booked;
    let change = if began {
        Change::begins(booked.state.as_str()).because(booking.channel.as_str())
    } else {
        Change::moves(booking.state.as_str(), booked.state.as_str())
    };
    app.log(tx, town.id, Subject::Booking(booking.id), change, by).await?;
    let told = Told::read(app, tx, town, booked).await?;
    owe_confirmation(app, tx, town, &told).await?;
    Ok(told)
}

//! Prove the mobile number with six digits; ask for new ones; give another number.

use chrono::{DateTime, Duration, Utc};
use domain::actor::Actor;
use domain::appointments::booking::{BookingRefused, check_open_bookings};
use domain::appointments::codes::{LinkToken, VerificationCode};
use domain::appointments::form::{Field, FieldProblem, FieldRefused, read_phone};
use domain::appointments::guard::{self, Admission, Limits};
use domain::appointments::status::BookingState;
use domain::appointments::verification::{Challenge, CodeRefused, SendRefused, may_send};
use domain::contact::{Contact, EmailAddress, PhoneNumber};
use domain::ids::{BookingId, ServiceId};
use domain::messaging::{ChannelKind, Notification, dedupe};
use domain::town::Town;
use store::appointments::challenges::{self, CodePlace, StoredChallenge};
use store::appointments::holds::Hold;
use store::appointments::{Booking, contacts};
use store::{Connection, StoreError, Tx};

use super::book::confirm;
use super::near::{Near, near_hold};
use super::show::{AppointmentPage, Told};
use super::{KEEP_CONTACT, Tries, hold_of_token, link_token, signal};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::messaging::{self, Owed, To, budget, notify};
use crate::secrets::Purpose;

/// A code that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingChallenge {
    /// The number, masked.
    pub sent_to: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When another may be asked for.
    pub resend_at: DateTime<Utc>,
    /// Tries left.
    pub tries_left: u8,
}

/// Why the number is not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyProblem {
    /// The secret opens no such booking.
    #[error("there is no such booking")]
    UnknownBooking,
    /// The booking lapsed before the digits came; its slot is free again, and so are others near.
    #[error("the booking has lapsed")]
    Lapsed(Near),
    /// The digits are wrong, or too late.
    #[error(transparent)]
    Code(#[from] CodeRefused),
    /// What was typed cannot be one: no try is used up.
    #[error("a code has six digits")]
    NotSixDigits,
    /// No further code yet.
    #[error(transparent)]
    Send(#[from] SendRefused),
    /// The new number cannot be used.
    #[error("the number cannot be used")]
    Number(FieldRefused),
    /// The new number has bookings enough.
    #[error(transparent)]
    Refused(#[from] BookingRefused),
    /// The number is verified already.
    #[error("the number is verified")]
    AlreadyVerified,
}

/// A booking that stands.
#[derive(Clone, Debug)]
pub struct BookedAppointment {
    /// The secret of the citizen's link.
    pub link_token: LinkToken,
    /// The appointment.
    pub page: AppointmentPage,
}

/// Checks the six digits; the right ones make the booking stand. Right twice gives the same answer twice.
///
/// # Errors
/// When the secret does not open this booking, the digits are wrong or too late, or the database fails.
pub async fn verify(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
    typed: &str,
) -> Outcome<BookedAppointment, VerifyProblem> {
    let typed = VerificationCode::parse(typed).map_err(|_| Error::Refused(VerifyProblem::NotSixDigits))?;
    let mut tries = Tries::default();
    let told = loop {
        match try_verify(app, town, token, id, &typed).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    signal(app, town, told.booking.office, id);
    let page = told.page(app, town)?;
    Ok(BookedAppointment { link_token: link_token(app, id), page })
}

async fn try_verify(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
    typed: &VerificationCode,
) -> Outcome<Told, VerifyProblem> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let (hold, booking) = own_booking(app, &tx, town, token, id).await?;
    let latest = challenges::latest(&tx, id).await?;
    let challenge = latest.ok_or(Error::Refused(VerifyProblem::UnknownBooking))?;
    let right = code_hash(app, &booking, &challenge.number.0, typed) == challenge.code_hash;
    if booking.state != BookingState::Unverified {
        let again = right && challenge.used && booking.state == BookingState::Booked;
        if again {
            return Ok(Told::read(app, &tx, town, booking).await?);
        }
        return Err(lapsed(app, &tx, town, &hold).await?);
    }
    if booking.unverified_until.is_some_and(|until| now >= until) {
        return Err(lapsed(app, &tx, town, &hold).await?);
    }
    let tried = challenge.terms.try_code(right, now);
    match tried.outcome {
        Ok(()) => {
            challenges::tried(&tx, &challenge, tried.challenge.wrong_tries, true).await?;
            let proved = proved_by(app, &tx, town, &booking, challenge.channel).await?;
            let told = confirm(app, &tx, town, &proved, Actor::Citizen(id)).await?;
            tx.commit().await?;
            Ok(told)
        }
        Err(refused) => {
            if tried.challenge != challenge.terms {
                challenges::tried(&tx, &challenge, tried.challenge.wrong_tries, false).await?;
            }
            // A wrong try counts: it is kept although the verb refuses.
            tx.commit().await?;
            Err(Error::Refused(refused.into()))
        }
    }
}

/// The booking as it was proved: who typed in what came to a mailbox has not proved the number, and it hears nothing.
async fn proved_by(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    channel: ChannelKind,
) -> Result<Booking, StoreError> {
    let Some(old) = booking.contact.filter(|_| channel == ChannelKind::Email) else {
        return Ok(booking.clone());
    };
    let Some(contact) = contacts::contact(tx, old).await? else { return Ok(booking.clone()) };
    let (new, contact) = (app.id(), Contact { phone: None, ..contact });
    let times = (app.clock.now(), booking.ends_at + KEEP_CONTACT);
    contacts::insert(tx, town.id, new, &contact, app.rng.bytes(), times).await?;
    let booking = store::appointments::drop_number(tx, booking, new).await?;
    contacts::delete(tx, old).await?;
    Ok(booking)
}

/// Sends new digits to the same number.
///
/// # Errors
/// When the secret does not open this booking, it is too soon, or the database fails.
pub async fn resend_code(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
) -> Outcome<PendingChallenge, VerifyProblem> {
    send_code(app, town, token, id, None).await
}

/// Takes another number and sends digits there; those sent before no longer count.
///
/// # Errors
/// When the secret does not open this booking, the number cannot be used, it is too soon, or the database fails.
pub async fn change_phone(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
    typed: &str,
) -> Outcome<PendingChallenge, VerifyProblem> {
    let number = read_phone(typed, &town.settings.phone_countries)
        .map_err(|refused| Error::Refused(VerifyProblem::Number(refused)))?;
    send_code(app, town, token, id, Some(&number)).await
}

/// Sends digits to the number of the booking, or to another that takes its place.
async fn send_code(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
    other: Option<&PhoneNumber>,
) -> Outcome<PendingChallenge, VerifyProblem> {
    let mut tries = Tries::default();
    let sent = loop {
        match try_send_code(app, town, token, id, other).await {
            Err(error) if tries.again(&error) => {}
            outcome => break outcome?,
        }
    };
    messaging::wake(app, town.id);
    Ok(sent)
}

async fn try_send_code(
    app: &App,
    town: &Town,
    token: &str,
    id: BookingId,
    other: Option<&PhoneNumber>,
) -> Outcome<PendingChallenge, VerifyProblem> {
    let tx = app.db.write().await?;
    let (hold, booking) = waiting_booking(app, &tx, town, token, id).await?;
    let mut contact =
        contact_of(&tx, &booking).await?.ok_or(Error::Refused(VerifyProblem::UnknownBooking))?;
    if let Some(number) = other {
        let room = may_have(app, &tx, town, (&hold, &booking), number).await;
        room.map_err(|error| error.map_refusal(VerifyProblem::Refused))?;
        replace_number(app, &tx, town, &booking, number).await?;
        contact.phone = Some(number.clone());
    }
    let before = challenges::latest(&tx, booking.id).await?.map(|challenge| challenge.terms);
    let sent = owe_code(app, &tx, town, (&hold, &booking), (&contact, before)).await?;
    let sent = sent.map_err(|refused| Error::Refused(refused.into()))?;
    tx.commit().await?;
    Ok(sent)
}

/// Another number takes the booking over only if it could have made it.
pub(super) async fn may_have(
    app: &App,
    tx: &Tx,
    town: &Town,
    (hold, booking): (&Hold, &Booking),
    number: &PhoneNumber,
) -> Outcome<(), BookingRefused> {
    if is_number_of(tx, booking, number) {
        return Ok(());
    }
    let hash = tx.sealer().phone_hash(number);
    let open = store::appointments::open_bookings(tx, town.id, &hash, app.clock.now()).await?;
    let services: Vec<ServiceId> = hold.items.iter().map(|(service, _)| *service).collect();
    check_open_bookings(&open, &services, town.settings.open_bookings_per_number).map_err(Error::Refused)
}

/// Whether a booking was made with this number.
pub(super) fn is_number_of(tx: &Tx, booking: &Booking, number: &PhoneNumber) -> bool {
    booking.phone_hash.as_ref() == Some(&tx.sealer().phone_hash(number))
}

async fn replace_number(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    number: &PhoneNumber,
) -> Result<(), StoreError> {
    let Some(old) = booking.contact else { return Err(StoreError::Stale) };
    let Some(mut contact) = contacts::contact(tx, old).await? else { return Err(StoreError::Stale) };
    contact.phone = Some(number.clone());
    replace_contact(app, tx, town, booking, &contact).await
}

/// What was typed last takes the place of what a booking had that waits for its digits.
pub(super) async fn replace_contact(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    contact: &Contact,
) -> Result<(), StoreError> {
    let (Some(old), Some(number)) = (booking.contact, &contact.phone) else { return Err(StoreError::Stale) };
    let new = app.id();
    let times = (app.clock.now(), booking.ends_at + KEEP_CONTACT);
    contacts::insert(tx, town.id, new, contact, app.rng.bytes(), times).await?;
    store::appointments::change_number(tx, booking, new, tx.sealer().phone_hash(number)).await?;
    contacts::delete(tx, old).await
}

/// Why no code is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CodeNotSent {
    /// Not yet.
    Later(SendRefused),
    /// Only to a mailbox just now, and none was given.
    NeedsMailbox,
}

impl From<CodeNotSent> for VerifyProblem {
    fn from(refused: CodeNotSent) -> Self {
        match refused {
            CodeNotSent::Later(refused) => Self::Send(refused),
            CodeNotSent::NeedsMailbox => Self::Number(NEEDS_MAILBOX),
        }
    }
}

/// How the form is told that a mailbox is needed just now.
pub(super) const NEEDS_MAILBOX: FieldRefused =
    FieldRefused { field: Field::Email, problem: FieldProblem::NeededNow };

/// Draws six digits, keeps their hash, and owes the message, if the number may get one now, after those it got for the
/// same booking before.
pub(super) async fn owe_code(
    app: &App,
    tx: &Tx,
    town: &Town,
    (hold, booking): (&Hold, &Booking),
    (contact, before): (&Contact, Option<Challenge>),
) -> Result<Result<PendingChallenge, CodeNotSent>, StoreError> {
    let phone = contact.phone.as_ref().ok_or(StoreError::Corrupt { column: "contact.phone" })?;
    let now = app.clock.now();
    let number = tx.sealer().phone_hash(phone);
    let recent = challenges::sent_since(tx, &number, now - Duration::days(1)).await?;
    let allowed = match before {
        Some(before) => before.resend(&recent, now),
        None => may_send(&recent, now).map(|()| Challenge::first(now)),
    };
    let terms = match allowed {
        Ok(terms) => terms,
        Err(refused) => return Ok(Err(CodeNotSent::Later(refused))),
    };
    let place = place_of_code(app, hold, phone);
    let to = match admitted(app, tx, town, contact, phone, &place).await? {
        Ok(to) => to,
        Err(refused) => return Ok(Err(refused)),
    };
    let code = VerificationCode::from_random(u64::from_le_bytes(app.rng.bytes()));
    let code_hash = code_hash(app, booking, &number.0, &code);
    let challenge =
        StoredChallenge { id: app.id(), number, code_hash, channel: to.channel(), used: false, terms };
    challenges::insert(tx, town.id, booking.id, &challenge, &place);
    let owed = Owed {
        notification: Notification::VerificationCode {
            code: code.reveal().to_owned(),
            host: page_host(app, town).to_owned(),
        },
        to: to.clone().into(),
        language: booking.language,
        booking: Some((booking.id, booking.rev)),
        visit: None,
        dedupe: dedupe::verification(challenge.id.0, u32::from(terms.sends)),
        not_before: None,
    };
    notify(app, tx, town, owed).await?;
    Ok(Ok(show(to.masked(), &terms)))
}

/// Where digits go.
#[derive(Clone)]
enum CodeTo {
    Phone(PhoneNumber),
    Mailbox(EmailAddress),
}

impl CodeTo {
    fn channel(&self) -> ChannelKind {
        match self {
            Self::Phone(_) => ChannelKind::Sms,
            Self::Mailbox(_) => ChannelKind::Email,
        }
    }

    fn masked(&self) -> String {
        match self {
            Self::Phone(number) => number.masked(),
            Self::Mailbox(address) => address.masked(),
        }
    }
}

impl From<CodeTo> for To {
    fn from(to: CodeTo) -> Self {
        match to {
            CodeTo::Phone(number) => number.into(),
            CodeTo::Mailbox(address) => address.into(),
        }
    }
}

/// Where a code is asked for: from where its slot was held. Staff and terminals hold from nowhere.
fn place_of_code(app: &App, hold: &Hold, phone: &PhoneNumber) -> CodePlace {
    CodePlace {
        office: hold.office,
        network: hold.origin.clone(),
        wide_network: hold.wide_origin.clone(),
        number_block: app.short_hash("number block", guard::number_block(phone.e164())),
    }
}

/// Where the code goes, if the guard over codes lets it; at the desk and at our terminals it always does. While no SMS can
/// leave, it goes to a mailbox: nobody waits for a code that does not come.
async fn admitted(
    app: &App,
    tx: &Tx,
    town: &Town,
    contact: &Contact,
    phone: &PhoneNumber,
    place: &CodePlace,
) -> Result<Result<CodeTo, CodeNotSent>, StoreError> {
    if place.network.is_none() {
        return Ok(Ok(CodeTo::Phone(phone.clone())));
    }
    let now = app.clock.now();
    let (untyped, lately) = challenges::guarded(tx, town.id, place, now).await?;
    let settings = &town.settings;
    let limits = Limits {
        network: settings.codes_per_network.into(),
        wide_network: settings.codes_per_wide_network.into(),
        number_block: settings.codes_per_number_block.into(),
        office: settings.codes_per_office.into(),
    };
    let typed = contact.email.as_deref().and_then(|typed| EmailAddress::parse(typed).ok());
    let admission = match guard::admit(untyped, lately, limits, town.guarded_since.is_some(), now) {
        Admission::BySms if budget::no_codes_by_sms(tx, town, now).await? => Admission::ByMail,
        admission => admission,
    };
    Ok(match admission {
        Admission::BySms => Ok(CodeTo::Phone(phone.clone())),
        Admission::Later(resend_at) => Err(CodeNotSent::Later(SendRefused { resend_at })),
        Admission::ByMail if app.mail_from.is_none() => {
            Err(CodeNotSent::Later(SendRefused { resend_at: now + guard::LOOK_BACK }))
        }
        Admission::ByMail => typed.map(CodeTo::Mailbox).ok_or(CodeNotSent::NeedsMailbox),
    })
}

/// The host of the town's pages without its port, by which phones fill the digits in by themselves (WebOTP,
/// origin-bound one-time codes).
pub(super) fn page_host<'a>(app: &'a App, town: &'a Town) -> &'a str {
    let host = town.host.as_deref().unwrap_or(&app.public_host);
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// The code that is on its way for a booking.
pub(super) async fn pending(tx: &Tx, booking: &Booking) -> Result<Option<PendingChallenge>, StoreError> {
    let Some(contact) = contact_of(tx, booking).await? else { return Ok(None) };
    let Some(challenge) = challenges::latest(tx, booking.id).await? else { return Ok(None) };
    let email = contact.email.as_deref().and_then(|typed| EmailAddress::parse(typed).ok());
    let to = match challenge.channel {
        ChannelKind::Sms => contact.phone.map(CodeTo::Phone),
        ChannelKind::Email => email.map(CodeTo::Mailbox),
        // No digits go by push.
        ChannelKind::Push => None,
    };
    Ok(to.map(|to| show(to.masked(), &challenge.terms)))
}

fn show(sent_to: String, terms: &Challenge) -> PendingChallenge {
    PendingChallenge {
        sent_to,
        expires_at: terms.expires_at(),
        resend_at: terms.resend_at(),
        tries_left: terms.tries_left(),
    }
}

/// The digits are good for this booking and this number only.
fn code_hash(app: &App, booking: &Booking, number_hash: &[u8], code: &VerificationCode) -> Vec<u8> {
    let bound = format!("{}:{}:{}", booking.id, hex(number_hash), code.reveal());
    app.secret_hash(Purpose::Verification, &bound)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn contact_of(connection: &impl Connection, booking: &Booking) -> Result<Option<Contact>, StoreError> {
    let Some(contact) = booking.contact else { return Ok(None) };
    contacts::contact(connection, contact).await
}

async fn lapsed(app: &App, tx: &Tx, town: &Town, hold: &Hold) -> Result<Error<VerifyProblem>, StoreError> {
    Ok(Error::Refused(VerifyProblem::Lapsed(near_hold(app, tx, town, hold).await?)))
}

async fn own_booking(
    app: &App,
    tx: &Tx,
    town: &Town,
    token: &str,
    id: BookingId,
) -> Outcome<(Hold, Booking), VerifyProblem> {
    let unknown = || Error::Refused(VerifyProblem::UnknownBooking);
    let hold = hold_of_token(app, tx, town, token).await?.ok_or_else(unknown)?;
    let found = store::appointments::booking_of_hold(tx, hold.id).await?;
    let booking = found.filter(|booking| booking.id == id).ok_or_else(unknown)?;
    Ok((hold, booking))
}

async fn waiting_booking(
    app: &App,
    tx: &Tx,
    town: &Town,
    token: &str,
    id: BookingId,
) -> Outcome<(Hold, Booking), VerifyProblem> {
    let (hold, booking) = own_booking(app, tx, town, token, id).await?;
    let over = booking.unverified_until.is_some_and(|until| app.clock.now() >= until);
    match booking.state {
        BookingState::Unverified if !over => Ok((hold, booking)),
        BookingState::Booked | BookingState::Arrived => Err(Error::Refused(VerifyProblem::AlreadyVerified)),
        BookingState::Unverified
        | BookingState::Expired
        | BookingState::CancelledByCitizen
        | BookingState::CancelledByOffice
        | BookingState::NoShow
        | BookingState::Moved => Err(lapsed(app, tx, town, &hold).await?),
    }
}

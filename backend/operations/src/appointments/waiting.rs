//! Get onto the waiting list, with a number that was proved, or from a booking that shall be earlier; leave it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::actor::{Actor, Citizen};
use domain::appointments::codes::{LinkToken, VerificationCode};
use domain::appointments::form::{FieldRefused, Particulars};
use domain::appointments::guard;
use domain::appointments::moving::may_move;
use domain::appointments::verification::{LIFETIME, SENDS_PER_HOUR, TRIES};
use domain::appointments::waiting::{
    OFFERS_PER_PERSON, WaitingEvent, WaitingState, WaitingTerms, Wish, WishRefused,
};
use domain::contact::PhoneNumber;
use domain::event::Subject;
use domain::ids::ServiceId;
use domain::language::Language;
use domain::local_time::{day_span, local_day};
use domain::messaging::{Notification, dedupe};
use domain::schedule::Audience;
use domain::town::Town;
use store::appointments::waiting::{self, Offer, Waiting};
use store::appointments::{Booking, contacts};
use store::messaging::many::lock_numbers;
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

use super::KEEP_CONTACT;
use super::book::fields;
use super::verify::page_host;
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::invitations::read_items;
use crate::links::Opened;
use crate::messaging::{self, Owed, notify};
use crate::schedule::{ItemRequest, ItemsProblem, find_visit};
use crate::secrets::Purpose;

/// What somebody waits for.
#[derive(Clone)]
pub struct WaitingRequest {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// When and where.
    pub wish: Wish,
    /// What was typed.
    pub particulars: Particulars,
    /// The language of messages.
    pub language: Language,
    /// The network it comes from, to limit how many codes it can ask for; kept as a keyed hash only.
    pub origin: Option<String>,
}

/// Why somebody is not on the waiting list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitingProblem {
    /// The secret opens no entry.
    #[error("there is no such entry")]
    Unknown,
    /// The services make no visit.
    #[error(transparent)]
    Items(#[from] ItemsProblem),
    /// The wish makes no sense, or the number has enough.
    #[error(transparent)]
    Wish(#[from] WishRefused),
    /// Particulars are missing or cannot be read.
    #[error("particulars are missing or wrong")]
    Fields(Vec<FieldRefused>),
    /// The number got enough codes.
    #[error("the number got enough codes")]
    TooManyCodes {
        /// When the next one is possible.
        resend_at: DateTime<Utc>,
    },
    /// What was typed cannot be a code: no try is used up.
    #[error("a code has six digits")]
    NotSixDigits,
    /// The digits are wrong.
    #[error("the code is wrong")]
    WrongCode {
        /// Tries left.
        tries_left: u8,
    },
    /// Too many wrong digits, or too late.
    #[error("the code is dead")]
    CodeDead,
    /// The booking that shall be earlier can no longer be moved.
    #[error("the booking can no longer be moved")]
    NotMovable,
}

/// An entry that waits for its six digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEntry {
    /// Its secret.
    pub token: LinkToken,
    /// The number, masked.
    pub sent_to: String,
    /// Until when the digits are good.
    pub expires_at: DateTime<Utc>,
}

/// An entry as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub state: WaitingState,
    /// When and where.
    pub wish: Wish,
    /// Offers that may still come.
    pub offers_left: u16,
    /// Until when the present offer is open.
    pub offered_until: Option<DateTime<Utc>>,
}

/// Notes a wish and sends six digits to the number.
///
/// # Errors
/// When the services make no visit, the wish or the particulars make no sense, or the database fails.
pub async fn join_waiting_list(
    app: &App,
    town: &Town,
    request: &WaitingRequest,
) -> Outcome<PendingEntry, WaitingProblem> {
    let today = local_day(town.zone, app.clock.now());
    let (items, invited) = read_items(app, town, &request.items);
    let visit = find_visit(&app.db, town, &items, (Audience::Public, &invited), today)
        .await
        .map_err(|error| error.map_refusal(WaitingProblem::Items))?;
    let there = |office| visit.candidates.iter().any(|candidate| candidate.office == office);
    if request.wish.office.is_some_and(|office| !there(office)) {
        return Err(Error::Refused(WaitingProblem::Items(ItemsProblem::NotOfferedTogether)));
    }
    let services: Vec<ServiceId> = visit.services.iter().map(|(service, _)| *service).collect();
    let asked = fields(&app.db, &services).await?.for_citizen();
    let contact = request.particulars.read(asked, &town.settings.phone_countries);
    let contact = contact.map_err(|refused| Error::Refused(WaitingProblem::Fields(refused)))?;
    let Some(number) = contact.phone.clone() else {
        return Err(Error::Failed(StoreError::Corrupt { column: "contact.phone" }));
    };
    let tx = app.db.write().await?;
    let phone_hash = tx.sealer().phone_hash(&number);
    check_wish(&tx, town, &request.wish, &phone_hash, today).await?;
    may_send(app, &tx, &phone_hash.0).await?;
    may_ask(app, &tx, town, &number, request.origin.as_deref()).await?;
    let contact_id = app.id();
    let times = (app.clock.now(), end_of(town, &request.wish) + KEEP_CONTACT);
    contacts::insert(&tx, town.id, contact_id, &contact, app.rng.bytes(), times).await?;
    let blank = blank(app, town, request.wish, visit.services, phone_hash, request.language);
    let (mut entry, token) = blank;
    entry.contact = Some(contact_id);
    let code = VerificationCode::from_random(u64::from_le_bytes(app.rng.bytes()));
    let expires_at = app.clock.now() + LIFETIME;
    entry.code = Some((code_hash(app, entry.id, &code), expires_at));
    waiting::insert(&tx, &entry).await?;
    log(app, &tx, &entry, None, Actor::Nobody).await?;
    owe_code(app, &tx, town, &entry, &number, &code).await?;
    tx.commit().await?;
    messaging::wake(app, town.id);
    Ok(PendingEntry { token, sent_to: number.masked(), expires_at })
}

/// Notes that the citizen's own appointment shall be earlier; the number is proved already.
///
/// # Errors
/// When the appointment can no longer be moved, the wish makes no sense, or the database fails.
pub async fn wait_for_earlier(
    app: &App,
    town: &Town,
    by: &Citizen,
    wish: Wish,
) -> Outcome<(LinkToken, Entry), WaitingProblem> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let booking = store::appointments::booking(&tx, town.id, by.booking).await?;
    let booking = booking.ok_or(Error::Refused(WaitingProblem::Unknown))?;
    if !may_move(booking.state, booking.starts_at, now) {
        return Err(Error::Refused(WaitingProblem::NotMovable));
    }
    let wish = Wish { to_day: wish.to_day.min(booking.day), ..wish };
    let Some(phone_hash) = booking.phone_hash.clone() else {
        return Err(Error::Refused(WaitingProblem::NotMovable));
    };
    check_wish(&tx, town, &wish, &phone_hash, local_day(town.zone, now)).await?;
    let items = items_of(&tx, &booking).await?;
    let (mut entry, token) = blank(app, town, wish, items, phone_hash, booking.language);
    entry.booking = Some(booking.lasting_id());
    entry.terms.state = WaitingState::Waiting;
    waiting::insert(&tx, &entry).await?;
    log(app, &tx, &entry, None, Actor::from(*by)).await?;
    tx.commit().await?;
    Ok((token, show(&entry, None)))
}

/// Checks the six digits; the right ones put the person onto the list. Right twice gives the same answer twice.
///
/// # Errors
/// When the secret opens no entry, the digits are wrong or too late, or the database fails.
pub async fn verify_waiting(
    app: &App,
    town: &Town,
    token: &str,
    typed: &str,
) -> Outcome<Entry, WaitingProblem> {
    let typed = VerificationCode::parse(typed).map_err(|_| Error::Refused(WaitingProblem::NotSixDigits))?;
    let tx = app.db.write().await?;
    let entry = known(app, &tx, town, token).await?;
    let Some((hash, until)) = entry.code.clone() else {
        return Err(Error::Refused(WaitingProblem::CodeDead));
    };
    let right = code_hash(app, entry.id, &typed) == hash;
    if entry.terms.state == WaitingState::Waiting && right {
        return Ok(show(&entry, None));
    }
    let Some(to) = entry.terms.state.after(WaitingEvent::Verify) else {
        return Err(Error::Refused(WaitingProblem::CodeDead));
    };
    if app.clock.now() >= until || entry.code_tries >= TRIES {
        return Err(Error::Refused(WaitingProblem::CodeDead));
    }
    if !right {
        let entry = waiting::change(&tx, &entry, |entry| entry.code_tries += 1).await?;
        // A wrong try counts: it is kept although the verb refuses.
        tx.commit().await?;
        let tries_left = TRIES.saturating_sub(entry.code_tries);
        return Err(Error::Refused(if tries_left == 0 {
            WaitingProblem::CodeDead
        } else {
            WaitingProblem::WrongCode { tries_left }
        }));
    }
    // Several may have been asked for before the first was proved.
    lock_numbers(&tx, std::slice::from_ref(&entry.phone_hash.0)).await?;
    let today = local_day(town.zone, app.clock.now());
    check_wish(&tx, town, &entry.wish, &entry.phone_hash, today).await?;
    let after = waiting::change(&tx, &entry, |entry| entry.terms.state = to).await?;
    log(app, &tx, &after, Some(entry.terms.state), Actor::Nobody).await?;
    tx.commit().await?;
    Ok(show(&after, None))
}

/// How an entry stands.
///
/// # Errors
/// When the secret opens no entry or the database fails.
pub async fn waiting_entry(app: &App, town: &Town, token: &str) -> Outcome<Entry, WaitingProblem> {
    let entry = known(app, &app.db, town, token).await?;
    let offer = waiting::open_offer(&app.db, entry.id, app.clock.now()).await?;
    Ok(show(&entry, offer.as_ref()))
}

/// Leaves the list; done twice it is left once. An open offer stays open until it expires.
///
/// # Errors
/// When the secret opens no entry or the database fails.
pub async fn leave_waiting_list(app: &App, town: &Town, token: &str) -> Outcome<(), WaitingProblem> {
    let tx = app.db.write().await?;
    let entry = known(app, &tx, town, token).await?;
    let Some(to) = entry.terms.state.after(WaitingEvent::Withdraw) else { return Ok(()) };
    let after = waiting::change(&tx, &entry, |entry| entry.terms.state = to).await?;
    log(app, &tx, &after, Some(entry.terms.state), Actor::Nobody).await?;
    if let Some(contact) = after.contact {
        contacts::delete(&tx, contact).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whether a secret opens any entry of this town's list, whatever became of it.
///
/// # Errors
/// When the database fails.
pub async fn opens_an_entry(app: &App, town: &Town, token: &str) -> Result<Opened<()>, StoreError> {
    Ok(of_token(app, &app.db, town, token).await?.map(drop))
}

async fn known(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    token: &str,
) -> Outcome<Waiting, WaitingProblem> {
    let found = of_token(app, connection, town, token).await?;
    found.it().ok_or(Error::Refused(WaitingProblem::Unknown))
}

async fn of_token(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    token: &str,
) -> Result<Opened<Waiting>, StoreError> {
    let Ok(token) = LinkToken::parse(token) else { return Ok(Opened::NoLink) };
    let hash = app.secret_hash(Purpose::Waiting, token.reveal());
    waiting::of_token(connection, town.id, &hash).await.map(Opened::from)
}

fn show(entry: &Waiting, offer: Option<&Offer>) -> Entry {
    Entry {
        state: entry.terms.state,
        wish: entry.wish,
        offers_left: OFFERS_PER_PERSON.saturating_sub(entry.terms.offers),
        offered_until: offer.map(|offer| offer.expires_at),
    }
}

async fn check_wish(
    tx: &Tx,
    town: &Town,
    wish: &Wish,
    number: &store::PhoneHash,
    today: NaiveDate,
) -> Outcome<(), WaitingProblem> {
    let wishes = waiting::wishes_of_number(tx, town.id, number, today).await?;
    wish.check(today, wishes).map_err(|refused| Error::Refused(refused.into()))
}

fn blank(
    app: &App,
    town: &Town,
    wish: Wish,
    items: Vec<(ServiceId, u16)>,
    phone_hash: store::PhoneHash,
    language: Language,
) -> (Waiting, LinkToken) {
    let token = LinkToken::from_random(app.rng.bytes());
    let entry = Waiting {
        id: app.uuid(),
        town: town.id,
        wish,
        items,
        terms: WaitingTerms { state: WaitingState::Unverified, offers: 0, offered_on: None },
        contact: None,
        phone_hash,
        language,
        booking: None,
        token_hash: app.secret_hash(Purpose::Waiting, token.reveal()),
        code: None,
        code_tries: 0,
        version: 1,
        created_at: app.clock.now(),
    };
    (entry, token)
}

async fn items_of(tx: &Tx, booking: &Booking) -> Result<Vec<(ServiceId, u16)>, StoreError> {
    let items = store::appointments::items_of(tx, &[booking.id]).await?;
    Ok(items.into_iter().map(|item| (item.service, item.quantity)).collect())
}

fn end_of(town: &Town, wish: &Wish) -> DateTime<Utc> {
    day_span(town.zone, wish.to_day).1
}

/// A number gets only so many codes, here as for bookings.
async fn may_send(app: &App, tx: &Tx, number: &[u8]) -> Outcome<(), WaitingProblem> {
    let tail: String = number.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let hour = Duration::hours(1);
    let key = format!("waiting-codes:{tail}");
    let (sent, resend_at) = store::throttle::count(tx, &key, hour, app.clock.now()).await?;
    if usize::try_from(sent).unwrap_or(usize::MAX) > SENDS_PER_HOUR {
        return Err(Error::Refused(WaitingProblem::TooManyCodes { resend_at }));
    }
    Ok(())
}

/// Robots that earn from SMS ask here, too: what one network or block of numbers gets in an hour has an end, and while the
/// town's codes are guarded the list takes nobody.
async fn may_ask(
    app: &App,
    tx: &Tx,
    town: &Town,
    number: &PhoneNumber,
    origin: Option<&str>,
) -> Outcome<(), WaitingProblem> {
    let now = app.clock.now();
    if town.guarded_since.is_some() {
        return Err(Error::Refused(WaitingProblem::TooManyCodes { resend_at: now + guard::LOOK_BACK }));
    }
    let settings = &town.settings;
    let wide = origin.and_then(guard::wide_network);
    let places = [
        ("network", origin, settings.codes_per_network),
        ("wide", wide.as_deref(), settings.codes_per_wide_network),
        ("block", Some(guard::number_block(number.e164())), settings.codes_per_number_block),
        ("town", Some(""), settings.codes_per_office),
    ];
    for (place, value, most) in places {
        let Some(value) = value else { continue };
        let place = app.short_hash("waiting codes", &format!("{}:{place}:{value}", town.id));
        let key = format!("waiting-codes:{place}");
        let (count, resend_at) = store::throttle::count(tx, &key, guard::WINDOW, now).await?;
        if count > u32::from(most) {
            return Err(Error::Refused(WaitingProblem::TooManyCodes { resend_at }));
        }
    }
    Ok(())
}

async fn owe_code(
    app: &App,
    tx: &Tx,
    town: &Town,
    entry: &Waiting,
    to: &PhoneNumber,
    code: &VerificationCode,
) -> Result<(), StoreError> {
    let host = page_host(app, town).to_owned();
    let owed = Owed {
        notification: Notification::VerificationCode { code: code.reveal().to_owned(), host },
        to: to.clone().into(),
        language: entry.language,
        booking: None,
        visit: None,
        dedupe: dedupe::verification(entry.id, 1),
        not_before: None,
    };
    notify(app, tx, town, owed).await?;
    Ok(())
}

fn code_hash(app: &App, entry: Uuid, code: &VerificationCode) -> Vec<u8> {
    app.secret_hash(Purpose::Verification, &format!("waiting:{entry}:{}", code.reveal()))
}

pub(super) async fn log(
    app: &App,
    tx: &Tx,
    entry: &Waiting,
    from: Option<WaitingState>,
    by: Actor,
) -> Result<(), StoreError> {
    let to = entry.terms.state.as_str();
    let change = from.map_or_else(|| Change::begins(to), |from| Change::moves(from.as_str(), to));
    app.log(tx, entry.town, Subject::Waiting(entry.id), change, by).await
}

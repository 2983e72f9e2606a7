//! The verbs of appointments: hold a slot, book it, prove the number, see, cancel; staff book for callers.
//!
//! The last guard against two people in one place is the count of what is taken. A verb that meets another one on
//! the same rows is tried again from its beginning, with fresh facts.

mod book;
mod by_sms;
mod caller;
mod cancel;
mod expire;
mod free;
mod guard;
mod hold;
mod move_to;
mod near;
mod offers;
mod proof;
mod replan;
mod show;
mod verify;
mod waiting;

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use domain::actor::Citizen;
use domain::appointments::booking::HoldTerms;
use domain::appointments::codes::{CheckInCode, LinkToken};
use domain::contact::Contact;
use domain::ids::{BookingId, ContactId, OfficeId};
use domain::local_time::{local_day, local_of};
use domain::messaging::notification::Visit as VisitText;
use domain::messaging::timing::{self, Reminders};
use domain::messaging::{Notification, dedupe};
use domain::town::Town;
use store::appointments::holds::Hold;
use store::appointments::{BookedItem, Booking};
use store::{Connection, StoreError, Tx};

pub use book::{BookProblem, BookRequest, PendingBooking, book};
pub(crate) use by_sms::{
    BySmsProblem, accept_by_sms, book_by_sms, decline_by_sms, hold_by_sms, let_go_by_sms, movable_by_sms,
    move_by_sms,
};
pub use caller::{CallerProblem, CallerRequest, book_for_caller, book_for_caller_anyway};
pub(crate) use cancel::cancel_by_sms;
pub use cancel::{CancelProblem, cancel_by_citizen, cancel_by_staff};
pub use expire::{Expired, expire_due};
pub(crate) use free::place_of;
pub use free::release_freed;
pub use guard::{codes_lately, guard_codes};
pub use hold::{
    Effort, ExtendProblem, HeldSlot, HoldProblem, HoldRequest, extend_hold, hold, hold_with, release_hold,
};
pub use move_to::{MoveProblem, MoveRequest, move_by_citizen, move_by_staff, slots_to_move_to};
pub(crate) use move_to::{items_of, move_booking_of_device, slots_today};
pub use near::Near;
pub use offers::{
    OfferPage, OfferProblem, Offered, accept_offer, decline_offer, offer_freed, offer_page, opens_an_offer,
};
pub use proof::{HoldChallenge, Proof, hold_challenge};
pub use replan::{Decision, Fate, ReplanProblem, Replanned, Undone, last_replan, replan, undo_replan};
use show::Told;
pub(crate) use show::calendar_of;
pub use show::{
    AppointmentPage, BookedService, FeeOfService, UnknownBooking, appointment, calendar_file, page_of,
};
pub use store::appointments::{BookedItem as Item, Booking as StoredBooking, Channel};
pub use verify::{BookedAppointment, PendingChallenge, VerifyProblem, change_phone, resend_code, verify};
pub use waiting::{
    Entry, PendingEntry, WaitingProblem, WaitingRequest, join_waiting_list, leave_waiting_list,
    opens_an_entry, verify_waiting, wait_for_earlier, waiting_entry,
};

use crate::app::App;
use crate::error::Tries;
use crate::links::Opened;
use crate::messaging::{Owed, notify};
use crate::schedule::plan::Plan;
use crate::secrets::Purpose;

/// How long after the visit particulars are kept.
const KEEP_CONTACT: Duration = Duration::hours(48);

/// The citizen whose booking a link opens. A link ends one day after the appointment.
///
/// # Errors
/// When the database fails.
pub async fn citizen_of_link(app: &App, town: &Town, token: &str) -> Result<Opened<Citizen>, StoreError> {
    let Ok(token) = LinkToken::parse(token) else { return Ok(Opened::NoLink) };
    let hash = app.secret_hash(Purpose::Link, token.reveal());
    let found = store::appointments::booking_of_link(&app.db, town.id, &hash).await?;
    let Some(booking) = found else { return Ok(Opened::Nothing) };
    if app.clock.now() >= booking.ends_at + Duration::days(1) {
        return Ok(Opened::NotHere);
    }
    Ok(Opened::It(Citizen { town: town.id, booking: booking.id }))
}

/// The secret of a booking's link. It follows from the booking's lasting id and the key of this installation, so that it can
/// be said again by whoever proved to be the citizen; in the database there is only its hash.
pub(crate) fn link_token(app: &App, booking: BookingId) -> LinkToken {
    let random = app.db.sealer().keyed_hash("link token", booking.0.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&random[..16]);
    LinkToken::from_random(bytes)
}

/// The address of the citizen's page.
fn link(app: &App, town: &Town, token: &LinkToken) -> String {
    app.link(town, &format!("t/{}", token.reveal()))
}

/// Whoever holds the secret of a hold.
async fn hold_of_token(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    token: &str,
) -> Result<Option<Hold>, StoreError> {
    let hash = app.secret_hash(Purpose::Hold, token);
    store::appointments::holds::of_token(connection, town.id, &hash).await
}

/// The terms of a hold in another state.
fn ended(terms: HoldTerms, state: domain::appointments::status::HoldState) -> HoldTerms {
    HoldTerms { state, ..terms }
}

/// Whether a secret opens any hold of this town, whatever became of it.
///
/// # Errors
/// When the database fails.
pub async fn opens_a_hold(app: &App, town: &Town, token: &str) -> Result<bool, StoreError> {
    Ok(hold_of_token(app, &app.db, town, token).await?.is_some())
}

/// A check-in code. One of a hundred million; that nobody else has it there is seen when it is written.
fn fresh_code(app: &App) -> CheckInCode {
    CheckInCode::from_random(u64::from_le_bytes(app.rng.bytes()))
}

/// When the reminders of a booking that is made now are due.
fn reminders(town: &Town, booking: &Booking, now: DateTime<Utc>) -> Reminders {
    let spread = (booking.id.0.as_u128() & u128::from(u64::MAX)) as u64;
    timing::reminders(now, booking.starts_at, town.zone, spread)
}

/// The confirmation goes out with the booking: it is owed in the same transaction.
async fn owe_confirmation(app: &App, tx: &Tx, town: &Town, told: &Told) -> Result<(), StoreError> {
    let Told { booking, plan, contact, items } = told;
    let Some(contact) = contact.clone() else { return Ok(()) };
    let Some(visit) = visit_text_of(town, plan, booking, items) else { return Ok(()) };
    let link = link(app, town, &link_token(app, booking.lasting_id()));
    let owed = Owed {
        notification: Notification::BookingConfirmed { visit, link },
        to: contact.into(),
        language: booking.language,
        booking: Some((booking.id, booking.rev)),
        visit: None,
        dedupe: dedupe::confirmed(booking.id, booking.rev),
        not_before: None,
    };
    notify(app, tx, town, owed).await?;
    Ok(())
}

/// When and where a booking takes place, as messages say it; `None` while it has no code.
pub(crate) async fn visit_text(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    booking: &Booking,
) -> Result<Option<VisitText>, StoreError> {
    let plan = app.plans.now(connection, town, local_day(town.zone, app.clock.now())).await?;
    let items = store::appointments::items_of(connection, &[booking.id]).await?;
    Ok(visit_text_of(town, &plan, booking, &items))
}

fn visit_text_of(town: &Town, plan: &Plan, booking: &Booking, items: &[BookedItem]) -> Option<VisitText> {
    let office = plan.office(booking.office)?;
    Some(VisitText {
        starts: local_of(town.zone, booking.starts_at),
        office: office.name.clone(),
        address: office.street.clone(),
        entrance: None,
        sensitive: is_sensitive(items),
        check_in_code: booking.check_in_code?.to_string(),
    })
}

fn is_sensitive(items: &[BookedItem]) -> bool {
    items.iter().any(|item| item.sensitive)
}

/// Tells everybody who watches the office's day that a booking changed.
pub(crate) fn signal(app: &App, town: &Town, office: OfficeId, booking: BookingId) {
    let tell = |topic| app.bus.publish(bus::Signal { town: town.id.0, topic });
    tell(bus::Topic::Queue { office: office.0 });
    tell(bus::Topic::Booking { booking: booking.0 });
}

/// Who comes and what for.
pub(crate) struct Details {
    pub(crate) contacts: HashMap<ContactId, Contact>,
    pub(crate) items: HashMap<BookingId, Vec<BookedItem>>,
}

/// Contacts and services of bookings: two statements for all of them.
pub(crate) async fn details_of(
    connection: &impl Connection,
    bookings: impl Iterator<Item = &Booking> + Clone,
) -> Result<Details, StoreError> {
    let contact_ids: Vec<ContactId> = bookings.clone().filter_map(|one| one.contact).collect();
    let contacts = store::appointments::contacts::contacts(connection, &contact_ids).await?;
    let ids: Vec<BookingId> = bookings.map(|one| one.id).collect();
    let mut items: HashMap<BookingId, Vec<BookedItem>> = HashMap::new();
    for item in store::appointments::items_of(connection, &ids).await? {
        items.entry(item.booking).or_default().push(item);
    }
    Ok(Details { contacts: contacts.into_iter().collect(), items })
}

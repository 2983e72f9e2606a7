//! Arriving with an appointment: by code at a terminal, by SMS, by staff; who did not come.

use std::str::FromStr;

use bus::{Signal, Topic};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::actor::{Actor, Device, StaffMember};
use domain::appointments::codes::{CheckInCode, LinkToken};
use domain::appointments::status::{BookingEvent, BookingState};
use domain::devices::taps::{self, KeptTap};
use domain::event::Subject;
use domain::ids::{BookingId, OfficeId, PoolId, ServiceId, TownId, VisitId, ZoneId};
use domain::language::Language;
use domain::local_time::local_day;
use domain::messaging::timing::Reminders;
use domain::queue::TicketNumber;
use domain::queue::check_in::{
    self, Arrival, BookingFacts, CheckInRefused, Place, Punctuality, Standing, punctuality,
};
use domain::queue::refusal::{ArrivalRefused, QueueRefused};
use domain::queue::status::VisitState;
use domain::town::Town;
use store::appointments::{Booking, Transition};
use store::queue::Visit;
use store::{Connection, StoreError, Tx};

use super::guessing::{may_try, wrong_code};
use super::{of_today, predictions, refused, serving, signal, situation, tickets};
use crate::app::{App, Change};
use crate::devices::signs;
use crate::error::{Error, Outcome};

/// How far back and ahead a code is looked for, to say which day it is for.
const CODE_DAYS: (i64, i64) = (30, 370);

/// What was typed at a terminal, and which tap it was.
#[derive(Clone, Debug, Default)]
pub struct TypedCode {
    /// The code as typed or scanned.
    pub code: String,
    /// The tap: the same tap delivered twice is one check-in.
    pub tap_key: String,
    /// The network the terminal is in.
    pub network: String,
    /// When the terminal took it, where it says so.
    pub kept: Option<Kept>,
}

/// What a terminal says of a check-in that it may have kept while its line was down.
#[derive(Clone, Debug)]
pub struct Kept {
    /// When the person stood there, by the terminal's clock.
    pub tapped_at: DateTime<Utc>,
    /// The terminal's signature, as base64url.
    pub signature: String,
}

/// Somebody who is here.
#[derive(Clone, Debug)]
pub struct CheckedIn {
    /// The visit.
    pub visit: Visit,
    /// The secret that opens the ticket's page.
    pub token: LinkToken,
    /// How punctual.
    pub punctuality: Punctuality,
    /// Whether the person had checked in before.
    pub already: bool,
}

/// Checks somebody in by their code, at a terminal.
pub async fn check_in(
    app: &App,
    town: &Town,
    by: &Device,
    typed: TypedCode,
) -> Outcome<CheckedIn, ArrivalRefused> {
    if let Some(visit) = store::queue::visit_of_tap(&app.db, town.id, &typed.tap_key).await? {
        return Ok(known(app, visit, false));
    }
    may_try(app, by, &typed.network).await?;
    let Ok(code) = CheckInCode::parse(&typed.code) else {
        return Err(wrong_code(app, by, &typed.network).await?);
    };
    let now = stood_there_at(app, town, by, &typed).await?;
    let tx = app.db.write().await?;
    let today = local_day(town.zone, now);
    let Some(booking) = booking_of_code(&tx, town, by, code, today).await? else {
        drop(tx);
        return Err(wrong_code(app, by, &typed.network).await?);
    };
    let before = store::queue::visit_of_booking(&tx, booking.id).await?;
    let here = Place { office: by.office, zone: town.zone, target_wait: situation::target_wait(town) };
    let arrival = match check_in::decide(&facts_of(&booking, before.as_ref()), &here, now) {
        Ok(arrival) => arrival,
        Err(CheckInRefused::AlreadyHere(_)) => {
            let visit = before.ok_or(StoreError::Corrupt { column: "visit.booking_id" })?;
            return here_before(app, tx, town, (&booking, visit), Actor::from(*by)).await;
        }
        Err(why) => return Err(Error::Refused(not_here(&tx, town, &booking, why).await?)),
    };
    let tap = Some(typed.tap_key);
    arrive_once(app, tx, town, (&booking, arrival), tap, Actor::from(*by)).await
}

/// Lets somebody in; who came in at the same moment at another place gets that ticket.
pub(super) async fn arrive_once(
    app: &App,
    tx: Tx,
    town: &Town,
    (booking, arrival): (&Booking, Arrival),
    tap: Option<String>,
    actor: Actor,
) -> Outcome<CheckedIn, ArrivalRefused> {
    let visit = match arrive(app, &tx, town, booking, arrival, tap, actor).await {
        Err(error) if error.is_duplicate() || matches!(error, StoreError::Stale) => {
            // The same person at two terminals, the same tap on two lines, pressed twice: the other one was faster.
            drop(tx);
            let visit = store::queue::visit_of_booking(&app.db, booking.id).await?;
            return visit.map(|visit| known(app, visit, true)).ok_or(Error::Failed(error));
        }
        other => other?,
    };
    tx.commit().await?;
    Ok(let_in(app, town, visit, arrival.punctuality).await)
}

/// Somebody who was here before: gets the number again, is back in the queue when the call was missed, or hears that the
/// visit is over.
pub(super) async fn here_before(
    app: &App,
    tx: Tx,
    town: &Town,
    (booking, visit): (&Booking, Visit),
    actor: Actor,
) -> Outcome<CheckedIn, ArrivalRefused> {
    match back_again(app, &tx, town, visit, actor).await {
        Ok(visit) => {
            tx.commit().await?;
            signal(app, &visit);
            Ok(known(app, visit, true))
        }
        Err(Error::Refused(_)) => {
            let over = CheckInRefused::Expired { starts_at: booking.starts_at };
            Err(Error::Refused(not_here(&tx, town, booking, over).await?))
        }
        Err(Error::Failed(failure)) => Err(Error::Failed(failure)),
    }
}

/// The visit of somebody who says again that they are here.
async fn back_again(
    app: &App,
    tx: &Tx,
    town: &Town,
    visit: Visit,
    actor: Actor,
) -> Outcome<Visit, QueueRefused> {
    of_today(app, town, &visit)?;
    match visit.state {
        VisitState::Missed => serving::rejoin_within(app, tx, town, actor, visit.id).await,
        VisitState::Waiting
        | VisitState::Called
        | VisitState::Serving
        | VisitState::Parked
        | VisitState::Transferred => Ok(visit),
        VisitState::Done | VisitState::Left => {
            Err(refused(QueueRefused::NotPossibleNow { state: visit.state }))
        }
    }
}

/// When the person stood at the terminal: a signed time is believed within today, anything else is now.
async fn stood_there_at(
    app: &App,
    town: &Town,
    by: &Device,
    typed: &TypedCode,
) -> Result<DateTime<Utc>, StoreError> {
    let now = app.clock.now();
    let Some(Kept { tapped_at, signature }) = &typed.kept else { return Ok(now) };
    if (now - tapped_at).abs() < taps::JUST_NOW {
        return Ok(now);
    }
    let tap = KeptTap { device: by.id, tap_key: &typed.tap_key, code: &typed.code, tapped_at: *tapped_at };
    if signs(app, town, &tap, signature).await? {
        return Ok(taps::believed(*tapped_at, now, town.zone));
    }
    tracing::warn!(device.id = %by.id, "a kept check-in is not signed by its terminal: its time is not believed");
    Ok(now)
}

/// Checks somebody in by hand ("Ist da").
pub async fn check_in_by_staff(
    app: &App,
    town: &Town,
    by: &StaffMember,
    booking: BookingId,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let booking = booking_of(&tx, town, booking).await?;
    let before = store::queue::visit_of_booking(&tx, booking.id).await?;
    let here = Place { office: booking.office, zone: town.zone, target_wait: situation::target_wait(town) };
    let arrival = match check_in::decide(&facts_of(&booking, before.as_ref()), &here, app.clock.now()) {
        Ok(arrival) => arrival,
        Err(why) => match before {
            // Who was missed is here again; who is here is here.
            Some(visit) if !matches!(visit.state, VisitState::Done | VisitState::Left) => {
                let visit = back_again(app, &tx, town, visit, Actor::from(by)).await?;
                tx.commit().await?;
                signal(app, &visit);
                return Ok(visit);
            }
            Some(_) | None => return Err(refused(why)),
        },
    };
    let visit = arrive(app, &tx, town, &booking, arrival, None, Actor::from(by)).await?;
    tx.commit().await?;
    Ok(let_in(app, town, visit, arrival.punctuality).await.visit)
}

/// Somebody who said by SMS that they are here.
pub(crate) struct HereBySms {
    /// The visit.
    pub visit: Visit,
    /// The name of the zone where to wait.
    pub zone: String,
    /// Whether they came too late to keep the place.
    pub too_late: bool,
}

/// Checks somebody in by SMS (DA), in the transaction of the message that says so.
pub(crate) async fn check_in_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
) -> Outcome<HereBySms, QueueRefused> {
    let booking = booking_of(tx, town, booking).await?;
    let before = store::queue::visit_of_booking(tx, booking.id).await?;
    let here = Place { office: booking.office, zone: town.zone, target_wait: situation::target_wait(town) };
    let arrival =
        check_in::decide(&facts_of(&booking, before.as_ref()), &here, app.clock.now()).map_err(refused)?;
    let visit = arrive(app, tx, town, &booking, arrival, None, Actor::Citizen(booking.id)).await?;
    let too_late = matches!(arrival.punctuality, Punctuality::TooLate { .. });
    Ok(HereBySms { zone: zone_name(tx, town, &visit).await?, visit, too_late })
}

/// Somebody who says by SMS once more that they are here: waits already, or missed the call and is back.
pub(crate) async fn here_again_by_sms(
    app: &App,
    tx: &Tx,
    town: &Town,
    number: &[u8],
) -> Outcome<Option<HereBySms>, QueueRefused> {
    let today = local_day(town.zone, app.clock.now());
    let Some(visit) = store::queue::visit_of_number(tx, town.id, number, today).await? else {
        return Ok(None);
    };
    let actor = visit.booking.map_or(Actor::TicketHolder(visit.id), Actor::Citizen);
    let visit = back_again(app, tx, town, visit, actor).await?;
    Ok(Some(HereBySms { zone: zone_name(tx, town, &visit).await?, visit, too_late: false }))
}

/// The ticket of a number that is here, and where to wait.
pub(crate) async fn waiting_number(
    app: &App,
    tx: &Tx,
    town: &Town,
    number: &[u8],
) -> Result<Option<(String, String)>, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let Some(visit) = store::queue::visit_of_number(tx, town.id, number, today).await? else {
        return Ok(None);
    };
    Ok(Some((visit.ticket.compact(), zone_name(tx, town, &visit).await?)))
}

async fn zone_name(tx: &Tx, town: &Town, visit: &Visit) -> Result<String, StoreError> {
    let offices = store::setup::offices(tx, town.id).await?;
    let zone = offices.into_iter().flat_map(|office| office.zones).find(|zone| zone.id == visit.zone);
    Ok(zone.map(|zone| zone.name).unwrap_or_default())
}

/// Notes that nobody came for a booking whose time has begun.
pub async fn mark_no_show(
    app: &App,
    town: &Town,
    by: &StaffMember,
    booking: BookingId,
) -> Outcome<(), QueueRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let booking = booking_of(&tx, town, booking).await?;
    let not_possible = || refused(QueueRefused::BookingNotPossible { state: booking.state.as_str() });
    if now < booking.starts_at {
        return Err(not_possible());
    }
    let to = booking.state.after(BookingEvent::MarkNoShow).map_err(|_| not_possible())?;
    move_booking(app, &tx, &booking, to, Actor::from(by)).await?;
    tx.commit().await?;
    signal_booking(app, &booking);
    Ok(())
}

/// The booking that is meant by a code typed at a device.
pub(super) async fn booking_of_code(
    connection: &impl Connection,
    town: &Town,
    by: &Device,
    code: CheckInCode,
    today: NaiveDate,
) -> Result<Option<Booking>, StoreError> {
    let days = (today - TimeDelta::days(CODE_DAYS.0), today + TimeDelta::days(CODE_DAYS.1));
    let found = store::appointments::bookings_of_code(connection, town.id, code, days).await?;
    Ok(best_of(found, by, today))
}

/// Of all bookings with this code, the one that is meant: today and here, else today, else the next, else the last.
fn best_of(bookings: Vec<Booking>, by: &Device, today: NaiveDate) -> Option<Booking> {
    bookings.into_iter().min_by_key(|one| {
        let days = (one.day - today).num_days();
        (days != 0, one.office != by.office, days < 0, days.abs())
    })
}

pub(super) fn facts_of(booking: &Booking, visit: Option<&Visit>) -> BookingFacts {
    let standing = match (booking.state, visit) {
        (_, Some(visit)) => Standing::Arrived(visit.ticket),
        (BookingState::Unverified | BookingState::Expired, None) => Standing::Unverified,
        (BookingState::NoShow, None) => Standing::NoShow,
        (BookingState::Booked | BookingState::Arrived, None) => Standing::Booked,
        (BookingState::CancelledByCitizen | BookingState::CancelledByOffice | BookingState::Moved, None) => {
            Standing::Cancelled
        }
    };
    BookingFacts { office: booking.office, starts_at: booking.starts_at, standing }
}

pub(super) async fn not_here(
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    why: CheckInRefused,
) -> Result<ArrivalRefused, StoreError> {
    let offices = store::setup::offices(tx, town.id).await?;
    let office = offices.into_iter().find(|office| office.id == booking.office);
    let (office_name, street) = office.map(|office| (office.name, office.street)).unwrap_or_default();
    Ok(ArrivalRefused::NotHereAndNow { why, day: booking.day, office_name, street })
}

/// What follows once somebody's arrival stands.
pub(super) async fn let_in(app: &App, town: &Town, visit: Visit, punctuality: Punctuality) -> CheckedIn {
    signal(app, &visit);
    predictions::keep(app, town, &visit).await;
    CheckedIn { token: tickets::token_of(app, visit.id), visit, punctuality, already: false }
}

/// A visit that exists already: the same tap again, or the same person.
fn known(app: &App, visit: Visit, already: bool) -> CheckedIn {
    let punctuality = visit
        .appointment_at
        .map_or(Punctuality::OnTime, |starts_at| punctuality(starts_at, visit.arrived_at));
    CheckedIn { token: tickets::token_of(app, visit.id), visit, punctuality, already }
}

/// The booking's person is here: the booking ends its own life, the visit begins.
async fn arrive(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: &Booking,
    arrival: Arrival,
    tap_key: Option<String>,
    actor: Actor,
) -> Result<Visit, StoreError> {
    let place = store::schedule::pool_place(tx, town.id, booking.pool).await?;
    let place = place.ok_or(StoreError::Corrupt { column: "booking.pool_id" })?;
    let items = store::appointments::items_of(tx, &[booking.id]).await?;
    let items: Vec<(ServiceId, u16)> = items.into_iter().map(|item| (item.service, item.quantity)).collect();
    let mut standing = booking.clone();
    if standing.state == BookingState::NoShow {
        standing = move_booking(app, tx, &standing, BookingState::Booked, actor).await?;
    }
    move_booking(app, tx, &standing, BookingState::Arrived, actor).await?;
    let planned = (booking.ends_at - booking.starts_at).num_minutes();
    let visit = Visit {
        pool: booking.pool,
        zone: place.zone,
        booking: Some(booking.id),
        due_at: arrival.due_at,
        appointment_at: Some(booking.starts_at),
        planned_min: u16::try_from(planned).unwrap_or(1).max(1),
        people: booking.people,
        language: booking.language,
        contact: booking.contact,
        phone_hash: booking.phone_hash.clone(),
        tap_key,
        arrived_at: arrival.arrived_at,
        ..blank(app, town.id, booking.office, booking.day)
    };
    enter(app, tx, town, visit, &items, actor).await
}

/// A visit that begins now in an office; pool, zone and number are filled in by the caller.
pub(super) fn blank(app: &App, town: TownId, office: OfficeId, day: NaiveDate) -> Visit {
    let now: DateTime<Utc> = app.clock.now();
    let id: VisitId = app.id();
    Visit {
        id,
        town,
        office,
        pool: PoolId(id.0),
        zone: ZoneId(id.0),
        booking: None,
        day,
        ticket: TicketNumber::from_str("A1").expect("a letter and a number"),
        state: VisitState::Waiting,
        due_at: now,
        appointment_at: None,
        arrived_at: now,
        counter: None,
        called_at: None,
        recalled_at: None,
        calls: 0,
        started_at: None,
        missed_at: None,
        ended_at: None,
        planned_min: 1,
        people: 1,
        language: Language::De,
        contact: None,
        phone_hash: None,
        token_hash: None,
        tap_key: None,
        park_reason: None,
        outside: false,
        let_in_at: None,
        first: None,
        wished_counter: None,
        version: 0,
    }
}

/// Gives the visit its number and secret, and writes it.
pub(super) async fn enter(
    app: &App,
    tx: &Tx,
    town: &Town,
    mut visit: Visit,
    items: &[(ServiceId, u16)],
    actor: Actor,
) -> Result<Visit, StoreError> {
    let offices = store::setup::offices(tx, town.id).await?;
    let zone = offices.iter().flat_map(|office| &office.zones).find(|zone| zone.id == visit.zone);
    let letter = zone.and_then(|zone| zone.letter.chars().next());
    let count = store::queue::next_count(tx, visit.zone, visit.day).await?;
    visit.ticket = letter
        .and_then(|letter| TicketNumber::new(letter, count).ok())
        .ok_or(StoreError::Corrupt { column: "zone.letter" })?;
    visit.token_hash = Some(tickets::hash_of(app, &tickets::token_of(app, visit.id)));
    store::queue::insert(tx, &visit, items).await?;
    let change = Change::begins(visit.state.as_str());
    app.log(tx, town.id, Subject::Visit(visit.id), change, actor).await?;
    Ok(visit)
}

async fn booking_of(tx: &Tx, town: &Town, id: BookingId) -> Outcome<Booking, QueueRefused> {
    store::appointments::booking(tx, town.id, id).await?.ok_or_else(|| refused(QueueRefused::Unknown))
}

async fn move_booking(
    app: &App,
    tx: &Tx,
    booking: &Booking,
    to: BookingState,
    actor: Actor,
) -> Result<Booking, StoreError> {
    let transition = Transition {
        to,
        new_rev: false,
        secrets: None,
        reminders: Reminders::default(),
        at: app.clock.now(),
    };
    let after = store::appointments::change_state(tx, booking, &transition).await?;
    let change = Change::moves(booking.state.as_str(), to.as_str());
    app.log(tx, booking.town, Subject::Booking(booking.id), change, actor).await?;
    Ok(after)
}

fn signal_booking(app: &App, booking: &Booking) {
    let town = booking.town.0;
    app.bus.publish(Signal { town, topic: Topic::Queue { office: booking.office.0 } });
    app.bus.publish(Signal { town, topic: Topic::Booking { booking: booking.id.0 } });
}

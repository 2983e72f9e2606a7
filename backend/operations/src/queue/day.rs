//! A day of an office: its appointments, what happened at the counters, and how much of its capacity is taken.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, OfficeId, VisitId};
use domain::language::Text;
use domain::local_time::day_span;
use domain::queue::status::VisitState;
use domain::schedule::Tick;
use domain::town::Town;
use store::StoreError;
use store::appointments::{BookedItem, Booking};
use store::queue::sessions::PastSession;

use crate::app::App;
use crate::appointments::{Details, details_of};

/// One local day of an office.
#[derive(Clone, Debug)]
pub struct DayView {
    /// The day.
    pub day: NaiveDate,
    /// The office.
    pub office: (OfficeId, String),
    /// Its appointments, soonest first.
    pub bookings: Vec<DayBooking>,
    /// Its counters with their sessions.
    pub counters: Vec<DayCounter>,
    /// Capacity and use, in steps.
    pub capacity: Vec<CapacityStep>,
}

/// An appointment of the day.
#[derive(Clone, Debug)]
pub struct DayBooking {
    /// The booking.
    pub booking: Booking,
    /// The person's name, while it is kept.
    pub name: String,
    /// The services.
    pub items: Vec<BookedItem>,
    /// The ticket, once the person is here.
    pub ticket: Option<String>,
}

/// A counter's day.
#[derive(Clone, Debug)]
pub struct DayCounter {
    /// Its name.
    pub name: String,
    /// Its sessions, oldest first, each with its first service.
    pub sessions: Vec<(PastSession, Text)>,
}

/// A time during which capacity and use stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityStep {
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Counters for public bookings.
    pub public: u32,
    /// Counters for bookings by staff.
    pub staff: u32,
    /// Counters taken.
    pub used: u32,
}

/// A local day of an office; `None` when the town has no such office.
///
/// # Errors
/// When the database fails.
pub async fn view(
    app: &App,
    town: &Town,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Option<DayView>, StoreError> {
    let offices = store::setup::offices(&app.db, town.id).await?;
    let Some(office) = offices.into_iter().find(|one| one.id == office) else { return Ok(None) };
    let mut bookings = store::appointments::bookings_of_day(&app.db, office.id, day).await?;
    bookings.retain(|booking| shown(booking.state));
    Ok(Some(DayView {
        day,
        bookings: with_names(app, bookings, office.id, day).await?,
        counters: counters(app, town, office.id, day).await?,
        capacity: capacity(app, town, office.id, day).await?,
        office: (office.id, office.name),
    }))
}

/// Bookings that never came to stand, or stand elsewhere now, do not belong to the day.
fn shown(state: BookingState) -> bool {
    match state {
        BookingState::Booked
        | BookingState::Arrived
        | BookingState::NoShow
        | BookingState::CancelledByCitizen
        | BookingState::CancelledByOffice => true,
        BookingState::Unverified | BookingState::Expired | BookingState::Moved => false,
    }
}

async fn with_names(
    app: &App,
    bookings: Vec<Booking>,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Vec<DayBooking>, StoreError> {
    let Details { contacts, mut items } = details_of(&app.db, bookings.iter()).await?;
    let visits = store::queue::visits_of_day(&app.db, office, day, &VisitState::ALL).await?;
    let tickets: HashMap<BookingId, String> =
        visits.iter().filter_map(|visit| Some((visit.booking?, visit.ticket.to_string()))).collect();
    Ok(bookings
        .into_iter()
        .map(|booking| DayBooking {
            name: booking
                .contact
                .and_then(|id| contacts.get(&id))
                .map(|contact| contact.name.clone())
                .unwrap_or_default(),
            items: items.remove(&booking.id).unwrap_or_default(),
            ticket: tickets.get(&booking.id).cloned(),
            booking,
        })
        .collect())
}

async fn counters(
    app: &App,
    town: &Town,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Vec<DayCounter>, StoreError> {
    let (from, until) = day_span(town.zone, day);
    let sessions = store::queue::sessions::sessions_between(&app.db, office, from, until).await?;
    let mut visits: Vec<VisitId> = sessions.iter().map(|session| session.visit).collect();
    visits.sort_unstable();
    visits.dedup();
    let mut services: HashMap<VisitId, Text> = HashMap::new();
    for item in store::queue::reading::items_of(&app.db, &visits).await? {
        services.entry(item.visit).or_insert(item.name);
    }
    let counters = store::queue::counters::counters_of_office(&app.db, office).await?;
    Ok(counters
        .into_iter()
        .map(|counter| DayCounter {
            sessions: sessions
                .iter()
                .filter(|session| session.counter == counter.id)
                .map(|session| (session.clone(), services.get(&session.visit).cloned().unwrap_or_default()))
                .collect(),
            name: counter.name,
        })
        .collect())
}

/// Capacity and use of all pools of the office together; neighbouring ticks that are alike are one step.
async fn capacity(
    app: &App,
    town: &Town,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Vec<CapacityStep>, StoreError> {
    let mut ticks: BTreeMap<Tick, (u32, u32, u32)> = BTreeMap::new();
    for place in store::schedule::pools_of_office(&app.db, office).await? {
        let [(_, public), (_, staff)] = crate::schedule::day_of_pool(&app.db, town, &place, day).await?;
        for tick in (public.first().0..public.end().0).map(Tick) {
            let sums = ticks.entry(tick).or_default();
            sums.0 += u32::from(public.capacity_at(tick));
            sums.1 += u32::from(staff.capacity_at(tick));
            sums.2 += u32::from(public.used_at(tick)) + u32::from(staff.used_at(tick));
        }
    }
    let mut steps: Vec<CapacityStep> = Vec::new();
    for (tick, (public, staff, used)) in ticks {
        if public + staff + used == 0 {
            continue;
        }
        let (starts_at, ends_at) = (tick.starts_at(), tick.plus(1).starts_at());
        match steps.last_mut() {
            Some(last)
                if last.ends_at == starts_at
                    && (last.public, last.staff, last.used) == (public, staff, used) =>
            {
                last.ends_at = ends_at;
            }
            _ => steps.push(CapacityStep { starts_at, ends_at, public, staff, used }),
        }
    }
    Ok(steps)
}

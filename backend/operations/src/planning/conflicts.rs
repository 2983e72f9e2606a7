//! Whom a change of hours displaces, and where everybody could go.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::codes::CheckInCode;
use domain::appointments::replanning::{Claim, Displaced, displaced, propose};
use domain::appointments::status::BookingState;
use domain::catalog::BookableDays;
use domain::ids::{BookingId, OfficeId, PoolId, ServiceId};
use domain::local_time::local_day;
use domain::schedule::opening_hours::OpeningHours;
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, TickSpan};
use domain::town::Town;
use store::StoreError;
use store::appointments::{BookedItem, Booking};
use store::schedule::PoolPlace;

use super::edit::Assumed;
use crate::app::App;
use crate::appointments::{Details, details_of, place_of};
use crate::schedule::hours::{Parts, opening_hours, parts_of};
use crate::schedule::{Candidate, booking_window, find_visit_again};

/// An appointment that the hours no longer hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The booking.
    pub booking: BookingId,
    /// Its check-in code.
    pub check_in_code: Option<CheckInCode>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Its office.
    pub office: OfficeId,
    /// Its pool.
    pub pool: PoolId,
    /// The pool's name.
    pub pool_name: String,
    /// The person's name, while it is kept.
    pub name: String,
    /// Whether there is a mobile number to tell.
    pub reachable: bool,
    /// The services.
    pub items: Vec<BookedItem>,
    /// Where it could go; nothing when no slot is free in the office.
    pub proposal: Option<(PoolId, TickSpan)>,
}

/// The appointments of an office that its hours no longer hold, soonest first, each with a proposal.
///
/// # Errors
/// When the database fails.
pub async fn conflicts(app: &App, town: &Town, office: OfficeId) -> Result<Vec<Conflict>, StoreError> {
    conflicts_under(app, town, office, &Assumed::AsItIs).await
}

/// The same under hours that are only assumed.
pub(super) async fn conflicts_under(
    app: &App,
    town: &Town,
    office: OfficeId,
    assumed: &Assumed,
) -> Result<Vec<Conflict>, StoreError> {
    let now = app.clock.now();
    let bookings = store::planning::claims_of_office(&app.db, office, now).await?;
    let Some(last) = bookings.iter().map(|booking| booking.day).max() else { return Ok(Vec::new()) };
    let pools = store::schedule::pools_of_office(&app.db, office).await?;
    let window = booking_window(&app.db, town, now, Audience::Public);
    let days = (local_day(town.zone, now), last.max(local_day(town.zone, window.latest)));
    let hours = hours_under(app, town, &pools, days, assumed).await?;
    let mut out: Vec<&Booking> = Vec::new();
    for (pool, hours) in pools.iter().zip(&hours) {
        for audience in [Audience::Public, Audience::Staff] {
            let open = Timeline::of(hours, audience, days.0, days.1);
            let claims: Vec<Claim> = bookings
                .iter()
                .filter(|booking| booking.pool == pool.pool && booking.audience == audience)
                .map(claim)
                .collect();
            let gone = displaced(open, &claims);
            out.extend(bookings.iter().filter(|one| gone.iter().any(|claim| claim.booking == one.id)));
        }
    }
    // Who has not given the six digits yet is told by the clock.
    out.retain(|booking| booking.state == BookingState::Booked);
    out.sort_by_key(|booking| (booking.starts_at, booking.id));
    let mut found = described(app, &pools, &out).await?;
    let candidates = candidates(app, town, &found, days.0).await?;
    let mut free = free_places(app, &pools, &hours, days).await?;
    let wanted: Vec<Displaced> = out
        .iter()
        .zip(candidates)
        .map(|(booking, candidates)| {
            let bookable = candidates.first().map_or(BookableDays::default(), |one| one.bookable);
            Displaced {
                claim: claim(booking),
                pools: candidates.iter().map(|one| (one.pool, one.length)).collect(),
                window: window.on_days(town.zone, bookable),
            }
        })
        .collect();
    for (conflict, proposal) in found.iter_mut().zip(propose(&wanted, &mut free)) {
        conflict.proposal = proposal.to;
    }
    Ok(found)
}

fn claim(booking: &Booking) -> Claim {
    Claim { booking: booking.id, place: place_of(booking), made_at: booking.created_at }
}

async fn hours_under(
    app: &App,
    town: &Town,
    pools: &[PoolPlace],
    days: (NaiveDate, NaiveDate),
    assumed: &Assumed,
) -> Result<Vec<OpeningHours>, StoreError> {
    let parts: Vec<Parts> = pools.iter().map(parts_of).collect();
    let mut hours = opening_hours(&app.db, town, &parts, days).await?;
    for (place, hours) in parts.iter().zip(&mut hours) {
        assumed.change(*place, hours);
    }
    Ok(hours)
}

/// What the public may still book at each pool.
async fn free_places(
    app: &App,
    pools: &[PoolPlace],
    hours: &[OpeningHours],
    days: (NaiveDate, NaiveDate),
) -> Result<HashMap<PoolId, Timeline>, StoreError> {
    let mut timelines: Vec<(PoolId, Timeline)> = pools
        .iter()
        .zip(hours)
        .map(|(pool, hours)| (pool.pool, Timeline::of(hours, Audience::Public, days.0, days.1)))
        .collect();
    store::schedule::load_use(&app.db, Audience::Public, &mut timelines).await?;
    Ok(timelines.into_iter().collect())
}

async fn described(
    app: &App,
    pools: &[PoolPlace],
    bookings: &[&Booking],
) -> Result<Vec<Conflict>, StoreError> {
    let Details { contacts, mut items } = details_of(&app.db, bookings.iter().copied()).await?;
    let pool_name = |id| pools.iter().find(|pool| pool.pool == id).map(|pool| pool.name.clone());
    Ok(bookings
        .iter()
        .map(|booking| {
            let contact = booking.contact.and_then(|id| contacts.get(&id));
            Conflict {
                booking: booking.id,
                check_in_code: booking.check_in_code,
                starts_at: booking.starts_at,
                ends_at: booking.ends_at,
                day: booking.day,
                office: booking.office,
                pool: booking.pool,
                pool_name: pool_name(booking.pool).unwrap_or_default(),
                name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
                reachable: contact.is_some_and(|contact| contact.phone.is_some()),
                items: items.remove(&booking.id).unwrap_or_default(),
                proposal: None,
            }
        })
        .collect())
}

/// The places in the own office that offer each conflict's services; looked up once for each set of services.
async fn candidates(
    app: &App,
    town: &Town,
    conflicts: &[Conflict],
    today: NaiveDate,
) -> Result<Vec<Vec<Candidate>>, StoreError> {
    let mut known: HashMap<Vec<(ServiceId, u16)>, Vec<Candidate>> = HashMap::new();
    let mut all = Vec::with_capacity(conflicts.len());
    for conflict in conflicts {
        let items: Vec<(ServiceId, u16)> =
            conflict.items.iter().map(|item| (item.service, item.quantity)).collect();
        if !known.contains_key(&items) {
            let visit = find_visit_again(&app.db, town, &items, Audience::Staff, today).await?;
            known.insert(items.clone(), visit.map(|visit| visit.candidates).unwrap_or_default());
        }
        let here = known[&items].iter().filter(|candidate| candidate.office == conflict.office);
        all.push(here.cloned().collect());
    }
    Ok(all)
}

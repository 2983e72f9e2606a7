//! Give slots back: at once when they begin soon, else after a random while, so that nobody can cancel and re-book for
//! somebody who waits at the door.

use chrono::{DateTime, Utc};
use domain::appointments::moving::{Place, reappears_at};
use domain::appointments::waiting::worth_offering;
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::schedule::Audience;
use domain::town::Town;
use store::appointments::freed::{self, FreedSlot};
use store::appointments::{Booking, waiting};
use store::{StoreError, Tx};

use crate::app::App;

/// How many slots reappear in one run.
const BATCH: u64 = 500;

/// Where a booking is.
pub(crate) fn place_of(booking: &Booking) -> Place {
    Place { pool: booking.pool, span: booking.span(), audience: booking.audience }
}

/// Gives a slot back, in the transaction of whatever freed it.
pub(super) async fn free(
    app: &App,
    tx: &Tx,
    town: &Town,
    office: OfficeId,
    place: &Place,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let release_at = match reappears_at(place, now, u64::from_le_bytes(app.rng.bytes())) {
        Some(release_at) => Some(release_at),
        // Due at once, but those who wait are asked first.
        None if may_be_waited_for(tx, town, place, now).await? => Some(now),
        None => None,
    };
    let Some(release_at) = release_at else {
        return store::schedule::give_back(tx, place.pool, place.span, place.audience).await;
    };
    let (id, place) = (app.uuid(), *place);
    freed::insert(tx, &FreedSlot { id, town: town.id, office, place, release_at, freed_at: now }).await
}

async fn may_be_waited_for(
    tx: &Tx,
    town: &Town,
    place: &Place,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if place.audience == Audience::Staff || !worth_offering(place, now) {
        return Ok(false);
    }
    waiting::anybody_waits(tx, town.id, local_day(town.zone, place.span.starts_at())).await
}

/// Lets the slots reappear whose time has come; gives their number. Each is a transaction of its own and happens once,
/// however often and by however many this runs.
///
/// # Errors
/// When the database fails.
pub async fn release_freed(app: &App) -> Result<u32, StoreError> {
    let mut released = 0;
    for slot in freed::due(&app.db, app.clock.now(), BATCH).await? {
        match release(app, &slot).await {
            Ok(done) => released += u32::from(done),
            // The next run comes soon.
            Err(StoreError::Busy(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(released)
}

async fn release(app: &App, slot: &FreedSlot) -> Result<bool, StoreError> {
    let tx = app.db.write().await?;
    // Looked at under the lock: an offer that was being made is seen, and none can be made meanwhile.
    if !freed::lock(&tx, slot.id).await? || waiting::is_offered(&tx, slot.id).await? {
        return Ok(false);
    }
    if !freed::take(&tx, slot.id).await? {
        return Ok(false);
    }
    store::schedule::give_back(&tx, slot.place.pool, slot.place.span, slot.place.audience).await?;
    tx.commit().await?;
    let topic = bus::Topic::Queue { office: slot.office.0 };
    app.bus.publish(bus::Signal { town: slot.town.0, topic });
    Ok(true)
}

//! Give slots back: at once when they begin soon, else after a random while, so that nobody can cancel and re-book for
//! somebody who waits at the door.

use domain::appointments::moving::{Place, reappears_at};
use domain::ids::{OfficeId, TownId};
use store::appointments::Booking;
use store::appointments::freed::{self, FreedSlot};
use store::{StoreError, Tx};

use crate::app::App;

/// How many slots reappear in one run.
const BATCH: u64 = 500;

/// Where a booking is.
pub(super) fn place_of(booking: &Booking) -> Place {
    Place { pool: booking.pool, span: booking.span(), audience: booking.audience }
}

/// Gives a slot back, in the transaction of whatever freed it.
pub(super) async fn free(
    app: &App,
    tx: &Tx,
    (town, office): (TownId, OfficeId),
    place: &Place,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    match reappears_at(place, now, u64::from_le_bytes(app.rng.bytes())) {
        None => store::schedule::give_back(tx, place.pool, place.span, place.audience).await,
        Some(release_at) => {
            let slot = FreedSlot { id: app.uuid(), town, office, place: *place, release_at, freed_at: now };
            freed::insert(tx, &slot).await
        }
    }
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
    if !freed::take(&tx, slot.id).await? {
        return Ok(false);
    }
    store::schedule::give_back(&tx, slot.place.pool, slot.place.span, slot.place.audience).await?;
    tx.commit().await?;
    let topic = bus::Topic::Queue { office: slot.office.0 };
    app.bus.publish(bus::Signal { town: slot.town.0, topic });
    Ok(true)
}

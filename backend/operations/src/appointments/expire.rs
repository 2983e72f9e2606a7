//! Free what nobody came back for: holds after ten minutes, unverified bookings after thirty.

use domain::actor::Actor;
use domain::appointments::status::{BookingEvent, HoldEvent};
use domain::event::Subject;
use domain::town::Town;
use store::StoreError;
use store::appointments::Booking;
use store::appointments::holds::{self, Hold};

use super::cancel::end;
use super::{ended, signal};
use crate::app::{App, Change};

/// How many of each are freed in one run.
const BATCH: u64 = 500;

/// What was freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Holds that lapsed.
    pub holds: u32,
    /// Bookings whose digits did not come.
    pub bookings: u32,
}

/// Frees the slots of lapsed holds and unverified bookings of all towns; run again it finds nothing left. Each is
/// a transaction of its own, so that one that changes meanwhile stops no other.
///
/// # Errors
/// When the database fails.
pub async fn expire_due(app: &App) -> Result<Expired, StoreError> {
    let now = app.clock.now();
    let towns = store::town::all(&app.db).await?;
    let town_of = |id| towns.iter().find(|town| town.id == id);
    let mut expired = Expired::default();
    for hold in holds::lapsed(&app.db, now, BATCH).await? {
        let Some(town) = town_of(hold.town) else { continue };
        expired.holds += u32::from(unless_changed(expire_hold(app, town, &hold).await)?);
    }
    for booking in store::appointments::lapsed_bookings(&app.db, now, BATCH).await? {
        let Some(town) = town_of(booking.town) else { continue };
        let done = unless_changed(expire_booking(app, town, &booking).await)?;
        expired.bookings += u32::from(done);
        if done {
            signal(app, town, booking.office, booking.id);
        }
    }
    Ok(expired)
}

async fn expire_hold(app: &App, town: &Town, hold: &Hold) -> Result<(), StoreError> {
    let state = hold.terms.state.after(HoldEvent::Expire).map_err(|_| StoreError::Stale)?;
    let tx = app.db.write().await?;
    holds::change(&tx, hold, ended(hold.terms, state)).await?;
    store::schedule::give_back(&tx, hold.pool, hold.span(), hold.audience).await?;
    let change = Change::moves(hold.terms.state.as_str(), state.as_str()).because("expired");
    app.log(&tx, town.id, Subject::Hold(hold.id), change, Actor::System).await?;
    tx.commit().await
}

async fn expire_booking(app: &App, town: &Town, booking: &Booking) -> Result<(), StoreError> {
    let to = booking.state.after(BookingEvent::VerificationExpired).map_err(|_| StoreError::Stale)?;
    let tx = app.db.write().await?;
    end(app, &tx, town, booking, to, Actor::System, None).await?;
    tx.commit().await
}

/// Somebody else was faster: nothing to do. Busy: the next run comes soon.
fn unless_changed(done: Result<(), StoreError>) -> Result<bool, StoreError> {
    match done {
        Ok(()) => Ok(true),
        Err(StoreError::Stale | StoreError::Busy(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

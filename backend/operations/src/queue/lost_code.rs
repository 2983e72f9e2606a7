//! Sending the codes of today's appointments again to a number that lost them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::appointments::status::BookingState;
use domain::contact::PhoneNumber;
use domain::local_time::{local_day, local_of};
use domain::messaging::{Notification, dedupe, notification};
use domain::town::Town;
use store::{Connection, StoreError};

use crate::app::App;
use crate::messaging::{self, Owed};
use crate::throttle::{self, Limit};

/// How many lost codes one number may ask for.
const LOST_CODES: Limit = Limit { tries: 3, window: TimeDelta::hours(1) };

/// Sends the codes of today's appointments of a number again. Says nothing to whoever asks.
///
/// # Errors
/// When the database fails.
pub async fn send_lost_code(app: &App, town: &Town, phone: &str) -> Result<(), StoreError> {
    let Ok(phone) = PhoneNumber::parse(phone, &town.settings.phone_countries) else { return Ok(()) };
    let now = app.clock.now();
    let hash = app.db.sealer().phone_hash(&phone);
    let key = format!("lost-code:{}", URL_SAFE_NO_PAD.encode(&hash.0));
    if throttle::count(app, &key, LOST_CODES).await?.is_err() {
        return Ok(());
    }
    let tx = app.db.write().await?;
    let today = local_day(town.zone, now);
    // A little back, so that somebody who is late finds the code, too.
    let since = now - TimeDelta::hours(2);
    let bookings = store::appointments::bookings_of_number(&tx, town.id, &hash, since).await?;
    let offices = store::setup::offices(&tx, town.id).await?;
    for booking in bookings.iter().filter(|one| one.day == today && one.state == BookingState::Booked) {
        let Some(code) = booking.check_in_code else { continue };
        let Some(office) = offices.iter().find(|office| office.id == booking.office) else { continue };
        let items = store::appointments::items_of(&tx, &[booking.id]).await?;
        let notification = Notification::LostCode {
            visit: notification::Visit {
                starts: local_of(town.zone, booking.starts_at),
                office: office.name.clone(),
                address: office.street.clone(),
                entrance: None,
                sensitive: items.iter().any(|item| item.sensitive),
                check_in_code: code.to_string(),
            },
        };
        let owed = Owed {
            notification,
            to: phone.clone().into(),
            language: booking.language,
            booking: Some((booking.id, booking.rev)),
            visit: None,
            dedupe: dedupe::lost_code(app.uuid()),
            not_before: None,
        };
        messaging::notify(app, &tx, town, owed).await?;
    }
    tx.commit().await?;
    messaging::wake(app, town.id);
    Ok(())
}

//! Wrong codes at terminals: how many are let pass, for a device and for its network, and when staff hear of it.

use bus::{Signal, Topic};
use domain::actor::{Actor, Device};
use domain::devices::{GUESSING, GUESSING_WINDOW, NETWORK_TRIES, TRIES, TRIES_WINDOW, Tries};
use domain::event::Subject;
use domain::ids::DeviceId;
use domain::queue::refusal::ArrivalRefused;
use store::StoreError;

use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::throttle::{self, Limit};

/// Refuses while the device, or all devices of its network together, have guessed too often.
pub(super) async fn may_try(app: &App, by: &Device, network: &str) -> Outcome<(), ArrivalRefused> {
    let now = app.clock.now();
    let too_many = |again_at| Err(Error::Refused(ArrivalRefused::TooManyTries { again_at }));
    if let Some((wrong, again_at)) =
        store::throttle::peek(&app.db, &device_key(by.id), TRIES_WINDOW, now).await?
        && let Err(many) = (Tries { window_at: again_at - TRIES_WINDOW, wrong }).may_try(now)
    {
        return too_many(many.again_at);
    }
    match store::throttle::peek(&app.db, &network_key(app, network), GUESSING_WINDOW, now).await? {
        Some((wrong, again_at)) if wrong >= NETWORK_TRIES => too_many(again_at),
        Some(_) | None => Ok(()),
    }
}

/// Counts a wrong code, in a transaction of its own, and says how many are left. The one that makes it guessing goes into
/// the log, once a window.
pub(super) async fn wrong_code(
    app: &App,
    by: &Device,
    network: &str,
) -> Result<Error<ArrivalRefused>, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let (wrong, _) = store::throttle::count(&tx, &device_key(by.id), TRIES_WINDOW, now).await?;
    let (lately, _) = store::throttle::count(&tx, &guessing_key(by.id), GUESSING_WINDOW, now).await?;
    store::throttle::count(&tx, &network_key(app, network), GUESSING_WINDOW, now).await?;
    if lately == GUESSING {
        let change = Change::moves("active", "active").because("codes are guessed");
        app.log(&tx, by.town, Subject::Device(by.id), change, Actor::Device(by.id)).await?;
    }
    tx.commit().await?;
    if lately == GUESSING {
        tracing::warn!(device.id = %by.id, "codes are guessed at a terminal");
        app.bus.publish(Signal { town: by.town.0, topic: Topic::Devices });
    }
    Ok(Error::Refused(ArrivalRefused::UnknownCode { tries_left: TRIES.saturating_sub(wrong) }))
}

/// How many wrong codes were sent from this device lately, once they are too many for typing slips.
pub(crate) async fn guesses_of(app: &App, device: DeviceId) -> Result<Option<u32>, StoreError> {
    let now = app.clock.now();
    let found = store::throttle::peek(&app.db, &guessing_key(device), GUESSING_WINDOW, now).await?;
    Ok(found.map(|(wrong, _)| wrong).filter(|wrong| *wrong >= GUESSING))
}

/// Counts a wrong code of the foyer of one appointment and says how many are left.
pub(super) async fn wrong_foyer_code(
    app: &App,
    key: &str,
    limit: Limit,
) -> Result<Error<ArrivalRefused>, StoreError> {
    let tries_left = throttle::count(app, key, limit).await?.unwrap_or(0);
    Ok(Error::Refused(ArrivalRefused::FoyerCodeWrong { tries_left }))
}

fn device_key(device: DeviceId) -> String {
    format!("check-in:{device}")
}

fn guessing_key(device: DeviceId) -> String {
    format!("guessing:{device}")
}

fn network_key(app: &App, network: &str) -> String {
    format!("check-in-from:{}", app.short_hash("check-in network", network))
}

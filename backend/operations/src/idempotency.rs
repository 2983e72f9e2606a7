//! Requests that may arrive twice: taken once, answered as often as they come.

use chrono::Duration;
use serde::{Deserialize, Serialize};
use store::{Connection, StoreError};

use crate::app::App;

/// How long an answer is kept.
pub const KEPT_FOR: Duration = Duration::hours(48);
/// A request in flight for longer belongs to a process that is gone.
const STALE_AFTER: Duration = Duration::minutes(1);
const PURPOSE: &str = "idempotency";

/// A key with the request it stands for; both as hashes.
#[derive(Clone, Debug)]
pub struct Key {
    hash: Vec<u8>,
    body_hash: Vec<u8>,
}

impl Key {
    /// The key of this scope (who, what, which key) for a request with this body.
    #[must_use]
    pub fn new(app: &App, scope: &str, body_hash: Vec<u8>) -> Self {
        Self { hash: app.db.sealer().keyed_hash(PURPOSE, scope.as_bytes()), body_hash }
    }
}

/// What is to be done with a request.
#[derive(Clone, Debug)]
pub enum Begun {
    /// It is new and ours to do.
    Ours,
    /// It was done: this was the answer.
    Answered(Answer),
    /// Somebody is doing it.
    InFlight,
    /// The key was used for another request.
    OtherRequest,
}

/// An answer as it went out; kept sealed, since it may hold personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// Takes the key, or says what became of the request it stands for.
///
/// # Errors
/// When the database fails.
pub async fn begin(app: &App, key: &Key) -> Result<Begun, StoreError> {
    let now = app.clock.now();
    let known = store::idempotency::take(&app.db, &key.hash, &key.body_hash, now, now - STALE_AFTER).await?;
    Ok(match known {
        store::idempotency::Known::New => Begun::Ours,
        store::idempotency::Known::InFlight => Begun::InFlight,
        store::idempotency::Known::Different => Begun::OtherRequest,
        store::idempotency::Known::Answered { sealed, .. } => {
            Begun::Answered(app.db.sealer().open(&sealed, PURPOSE)?)
        }
    })
}

/// Keeps the answer for whoever asks again.
///
/// # Errors
/// When the database fails.
pub async fn keep(app: &App, key: &Key, answer: &Answer) -> Result<(), StoreError> {
    let sealed = app.db.sealer().seal(answer, app.rng.bytes(), PURPOSE)?;
    store::idempotency::answer(&app.db, &key.hash, answer.status, &sealed).await
}

/// Gives the key back: the request changed nothing.
///
/// # Errors
/// When the database fails.
pub async fn give_back(app: &App, key: &Key) -> Result<(), StoreError> {
    store::idempotency::release(&app.db, &key.hash).await
}

/// Forgets what is older than [`KEPT_FOR`], and sessions long over; for the timetable.
///
/// # Errors
/// When the database fails.
pub async fn forget_old(app: &App) -> Result<u64, StoreError> {
    let before = app.clock.now() - KEPT_FOR;
    let tx = app.db.write().await?;
    let keys = store::idempotency::forget(&tx, before).await?;
    let sessions = store::staff::forget_sessions(&tx, before).await?;
    tx.commit().await?;
    Ok(keys + sessions)
}

//! From what is due to hints in the queue; while the queue is away, straight to the worker.

use std::future::Future;

use chrono::{DateTime, Duration, Utc};
use domain::ids::MessageId;
use domain::messaging::Lane;
use store::messaging::relay as rows;
use store::messaging::relay::Closed;
use store::{StoreError, Tx};

pub use store::messaging::relay::Due;

use super::routing::{Allowance, Providers};
use crate::app::App;
use crate::fail_point;

/// How much is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// At once.
    pub batch: u64,
    /// Hints that may be out at the same time.
    pub outstanding: u64,
}

/// Why hints could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum RelayError<E> {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue did not take them; the messages stay due.
    #[error("the queue did not take the hints")]
    Push(#[source] E),
}

/// Hands the due messages to the queue; gives their number. Pushes first and commits then: a hint too many is harmless, a
/// missing one costs two minutes.
///
/// # Errors
/// When the database or the queue fails.
pub async fn relay<'a, P, F, E>(
    app: &App,
    amount: Amount,
    providers: impl Into<Providers<'a>>,
    push: P,
) -> Result<usize, RelayError<E>>
where
    P: FnOnce(Vec<Due>) -> F,
    F: Future<Output = Result<(), E>>,
{
    let providers: Providers<'a> = providers.into();
    let now = app.clock.now();
    let closed = providers.closed();
    if !rows::is_anything_due(&app.db, now, &closed).await? {
        return Ok(0);
    }
    let room = amount.outstanding.saturating_sub(rows::outstanding(&app.db).await?);
    if room == 0 {
        return Ok(0);
    }
    let allowance = Allowance::read(app, &providers).await?;
    let tx = app.db.write().await?;
    let due = admitted(&tx, now, &closed, allowance, amount.batch.min(room)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let ids: Vec<MessageId> = due.iter().map(|due| due.id).collect();
    push(due).await.map_err(RelayError::Push)?;
    fail_point::reached(fail_point::RELAY_PUSHED);
    rows::mark_enqueued(&tx, &ids, now).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// What is due and may go: as much of the bulk as the buckets hold beside their reserve, and the rest before it.
async fn admitted(
    tx: &Tx,
    now: DateTime<Utc>,
    closed: &[Closed],
    mut allowance: Allowance,
    most: u64,
) -> Result<Vec<Due>, StoreError> {
    if allowance.is_unlimited() {
        return rows::lock_due(tx, now, (None, closed), most).await;
    }
    let others: Vec<Lane> = Lane::ALL.into_iter().filter(|lane| *lane != Lane::Sms).collect();
    let mut due = rows::lock_due(tx, now, (Some(&others), closed), most).await?;
    due.retain(|due| allowance.admit(due.lane));
    let bulk = allowance.admit_up_to(Lane::Sms, most - (due.len() as u64).min(most));
    if bulk > 0 {
        due.extend(rows::lock_due(tx, now, (Some(&[Lane::Sms]), closed), bulk).await?);
    }
    Ok(due)
}

/// The messages of a lane that a worker without a queue should try to claim, most urgent first.
///
/// # Errors
/// When the database fails.
pub async fn due_in_lane<'a>(
    app: &App,
    lane: Lane,
    providers: impl Into<Providers<'a>>,
    limit: u64,
) -> Result<Vec<MessageId>, StoreError> {
    let providers: Providers<'a> = providers.into();
    let limit = Allowance::read(app, &providers).await?.admit_up_to(lane, limit);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let due = rows::due_in_lane(&app.db, lane, app.clock.now(), &providers.closed(), limit).await?;
    Ok(due.into_iter().map(|due| due.id).collect())
}

/// Whether hints have been lying around for this long.
///
/// # Errors
/// When the database fails.
pub async fn has_stale_hints(app: &App, age: Duration) -> Result<bool, StoreError> {
    rows::has_stale_hints(&app.db, app.clock.now() - age).await
}

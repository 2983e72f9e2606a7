//! Idempotency keys and the answers they replay: sealed, since answers may hold personal data.
//!
//! Each step is one statement and waits for no disk. When the machine of the database falls over, the keys of its last
//! moment may be gone: a request sent once more meets the guards of its verb then, as after any crash.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::database::{Connection, Database, Kind, Raw, Tx};
use crate::error::StoreError;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is new: now it is ours, and in flight.
    New,
    /// Somebody sent the same request and has no answer yet.
    InFlight,
    /// The answer it got.
    Answered { status: u16, sealed: Vec<u8> },
    /// It was used for another request.
    Different,
}

/// Takes the key for this request, or says what it was used for. A key in flight since before `stale` is taken
/// over: its process is gone.
///
/// # Errors
/// When the database fails.
pub async fn take(
    db: &Database,
    key_hash: &[u8],
    body_hash: &[u8],
    now: DateTime<Utc>,
    stale: DateTime<Utc>,
) -> Result<Known, StoreError> {
    let sql = format!(
        "{} INSERT INTO idempotency (key_hash, body_hash, created_at) SELECT ?, ?, ? FROM hurry WHERE true \
         ON CONFLICT (key_hash) DO UPDATE SET created_at = excluded.created_at \
         WHERE idempotency.status IS NULL AND idempotency.created_at < ? \
         AND idempotency.body_hash = excluded.body_hash",
        hurry(db.kind())
    );
    let values = [key_hash.into(), body_hash.into(), now.into(), stale.into()];
    if db.write_alone(&sql, values).await? == 1 {
        return Ok(Known::New);
    }
    let sql = "SELECT body_hash, status, sealed FROM idempotency WHERE key_hash = ?";
    let select = db.kind().statement(sql, [key_hash.into()]);
    let Some(row) = db.raw().query_one_raw(select).await? else { return Ok(Known::InFlight) };
    let other: Vec<u8> = row.try_get("", "body_hash")?;
    let status: Option<i32> = row.try_get("", "status")?;
    let sealed: Option<Vec<u8>> = row.try_get("", "sealed")?;
    Ok(match (other == body_hash, status, sealed) {
        (false, _, _) => Known::Different,
        (true, Some(status), Some(sealed)) => {
            let status =
                u16::try_from(status).map_err(|_| StoreError::Corrupt { column: "idempotency.status" })?;
            Known::Answered { status, sealed }
        }
        (true, _, _) => Known::InFlight,
    })
}

/// Keeps the answer to a key's request.
///
/// # Errors
/// When the database fails.
pub async fn answer(db: &Database, key_hash: &[u8], status: u16, sealed: &[u8]) -> Result<(), StoreError> {
    let sql = format!(
        "{} UPDATE idempotency SET status = ?, sealed = ? FROM hurry WHERE key_hash = ?",
        hurry(db.kind())
    );
    db.write_alone(&sql, [i32::from(status).into(), sealed.into(), key_hash.into()]).await?;
    Ok(())
}

/// Gives a key back: its request failed, or was refused in a way that may change.
///
/// # Errors
/// When the database fails.
pub async fn release(db: &Database, key_hash: &[u8]) -> Result<(), StoreError> {
    let sql = format!(
        "{} DELETE FROM idempotency WHERE key_hash = ? AND status IS NULL AND EXISTS (SELECT 1 FROM hurry)",
        hurry(db.kind())
    );
    db.write_alone(&sql, [key_hash.into()]).await?;
    Ok(())
}

/// What lets a statement end without waiting for the disk: on PostgreSQL a setting for its own transaction. SQLite does not
/// wait in the mode we use.
const fn hurry(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "WITH hurry AS (SELECT 1)",
        Kind::Postgres => "WITH hurry AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))",
    }
}

/// Forgets keys taken before this time; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let delete = tx.kind().statement("DELETE FROM idempotency WHERE created_at < ?", [before.into()]);
    Ok(tx.raw().execute_raw(delete).await?.rows_affected())
}

//! Counted tries in a window, in the database: they survive restarts and count across processes.

use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Counts one more try under this key and gives the number of tries in the current window, with the window's end.
///
/// # Errors
/// When the database fails.
pub async fn count(
    tx: &Tx,
    key: &str,
    window: Duration,
    now: DateTime<Utc>,
) -> Result<(u32, DateTime<Utc>), StoreError> {
    let fresh = now - window;
    let statement = tx.kind().statement(
        "INSERT INTO throttle (key, window_started_at, count) VALUES (?, ?, 1) \
         ON CONFLICT (key) DO UPDATE SET \
         count = CASE WHEN throttle.window_started_at > ? THEN throttle.count + 1 ELSE 1 END, \
         window_started_at = CASE WHEN throttle.window_started_at > ? THEN throttle.window_started_at \
         ELSE excluded.window_started_at END \
         RETURNING count, window_started_at",
        [key.into(), now.into(), fresh.into(), fresh.into()],
    );
    let row =
        tx.raw().query_one_raw(statement).await?.ok_or(StoreError::Corrupt { column: "throttle.count" })?;
    let count: i32 = row.try_get("", "count")?;
    let started: DateTime<Utc> = row.try_get("", "window_started_at")?;
    Ok((u32::try_from(count).unwrap_or(u32::MAX), started + window))
}

/// The tries under this key in the current window, with the window's end; nothing is counted.
///
/// # Errors
/// When the database fails.
pub async fn peek(
    connection: &impl Connection,
    key: &str,
    window: Duration,
    now: DateTime<Utc>,
) -> Result<Option<(u32, DateTime<Utc>)>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT count, window_started_at FROM throttle WHERE key = ? AND window_started_at > ?",
        [key.into(), (now - window).into()],
    );
    let Some(row) = connection.raw().query_one_raw(statement).await? else {
        return Ok(None);
    };
    let count: i32 = row.try_get("", "count")?;
    let started: DateTime<Utc> = row.try_get("", "window_started_at")?;
    Ok(Some((u32::try_from(count).unwrap_or(u32::MAX), started + window)))
}

/// Forgets the tries under this key: a right answer ends the counting.
///
/// # Errors
/// When the database fails.
pub async fn clear(tx: &Tx, key: &str) -> Result<(), StoreError> {
    let statement = tx.kind().statement("DELETE FROM throttle WHERE key = ?", [key.into()]);
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

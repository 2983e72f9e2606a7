//! Counted tries in a window, kept in the database so that they survive restarts and count across processes.

use chrono::{DateTime, Duration, Utc};
use store::StoreError;

use crate::app::App;

/// How many tries in how long.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The tries allowed in one window.
    pub tries: u32,
    /// The window.
    pub window: Duration,
}

/// Counts one more try; `Err` gives the time from when on another is allowed.
///
/// # Errors
/// When the database fails.
pub async fn count(app: &App, key: &str, limit: Limit) -> Result<Result<u32, DateTime<Utc>>, StoreError> {
    let tx = app.db.write().await?;
    let (count, until) = store::throttle::count(&tx, key, limit.window, app.clock.now()).await?;
    tx.commit().await?;
    Ok(if count > limit.tries { Err(until) } else { Ok(limit.tries - count) })
}

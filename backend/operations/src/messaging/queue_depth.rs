//! What the workers find in the queue between processes, beside what the database says: hints that one of them has forgotten.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::app::App;

const NAME: &str = "queue_depth";

/// What was found in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDepth {
    /// When.
    pub measured_at: DateTime<Utc>,
    /// Hints in the queue; `None` when it did not answer.
    pub in_queue: Option<u64>,
    /// Hints out by the database, at the same moment.
    pub hints_out: u64,
}

/// Keeps what a worker found in the queue.
///
/// # Errors
/// When the database fails.
pub async fn note(app: &App, in_queue: Option<u64>) -> Result<(), StoreError> {
    let hints_out = store::messaging::relay::outstanding(&app.db).await?;
    let depth = QueueDepth { measured_at: app.clock.now(), in_queue, hints_out };
    let text = serde_json::to_string(&depth).unwrap_or_default();
    crate::settings::put(app, NAME, &text).await
}

/// What was found last; `None` where there is no queue between processes, or nobody looked yet.
///
/// # Errors
/// When the database fails.
pub async fn last(app: &App) -> Result<Option<QueueDepth>, StoreError> {
    if app.bus.redis_connected().is_none() {
        return Ok(None);
    }
    let text = store::settings::get(&app.db, NAME).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

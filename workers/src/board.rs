//! What operators have set, remembered for a second: not asked for with every message, and never older than people notice.

use std::sync::Arc;
use std::time::Duration;

use operations::messaging::switches::Switches;
use operations::{App, StoreError};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How old it may be.
const FRESH: Duration = Duration::from_secs(1);

/// The switches as they were a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Option<(Instant, Arc<Switches>)>>);

impl Board {
    /// The switches, read again when they are a second old.
    pub(crate) async fn read(&self, app: &App) -> Result<Arc<Switches>, StoreError> {
        let mut kept = self.0.lock().await;
        if let Some((read_at, switches)) = &*kept
            && read_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(switches));
        }
        let switches = Arc::new(Switches::read(app).await?);
        *kept = Some((Instant::now(), Arc::clone(&switches)));
        Ok(switches)
    }
}

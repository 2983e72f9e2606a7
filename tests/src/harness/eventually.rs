//! Waiting for something that happens elsewhere, without guessing how long it takes.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long things may take that normally take a moment: generous, since the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What `look` finds, as soon as it finds something; fails with `what` when patience ends.
pub async fn eventually<T, F, Fut>(what: &str, look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    eventually_within(PATIENCE, what, look).await
}

/// Like [`eventually`], with the longest time it may take.
pub async fn eventually_within<T, F, Fut>(longest: Duration, what: &str, mut look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < longest, "did not happen within {longest:?}: {what}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

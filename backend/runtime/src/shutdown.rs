//! How a process stops: one token everybody listens to, cancelled by SIGTERM or SIGINT; a second signal
//! does not wait any longer.

use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The wish to stop, shared by all parts of a process.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A wish nobody has uttered yet; tests and the demo trigger it themselves.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that SIGTERM and SIGINT utter. The second signal ends the process at once, with code 130.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let trigger = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping: running work is finished first");
            trigger.trigger();
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("stopping at once: a second signal came");
            std::process::exit(130);
        });
        Ok(shutdown)
    }

    /// Tells everybody to stop.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    pub fn triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until everybody is told to stop.
    pub async fn wait(&self) {
        self.token.cancelled().await;
    }

    /// The token itself, for libraries that take one.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Lets `work` finish within `limit`; says whether it did, and logs when it did not.
pub async fn finish_within(what: &str, limit: Duration, work: impl Future<Output = ()>) -> bool {
    let finished = tokio::time::timeout(limit, work).await.is_ok();
    if !finished {
        tracing::warn!(part = what, limit_seconds = limit.as_secs(), "did not stop in time");
    }
    finished
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wish_to_stop_reaches_every_clone() {
        let shutdown = Shutdown::new();
        let other = shutdown.clone();
        assert!(!other.triggered());
        shutdown.trigger();
        other.wait().await;
        assert!(other.triggered());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_end_is_left_behind_at_the_limit() {
        assert!(finish_within("quick", Duration::from_secs(1), async {}).await);
        assert!(!finish_within("stuck", Duration::from_secs(1), std::future::pending()).await);
    }
}

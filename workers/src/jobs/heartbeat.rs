//! Says that this worker lives, so that operators see who does.

use std::time::Duration;

use domain::messaging::Lane;
use operations::App;
use operations::messaging::upkeep;
use runtime::Shutdown;

const EVERY: Duration = Duration::from_secs(5);

/// Says so until the wish to stop.
pub(crate) async fn run(app: App, name: String, shutdown: Shutdown) {
    let started_at = app.clock.now();
    let lanes = Lane::ALL.map(Lane::as_str);
    while !shutdown.triggered() {
        if let Err(error) = upkeep::beat(&app, &name, &lanes, started_at).await {
            tracing::debug!(%error, "a heartbeat was not kept");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.wait() => {}
        }
    }
}

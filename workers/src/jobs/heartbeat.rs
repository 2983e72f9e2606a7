//! Says that this worker lives and how its providers do, so that operators see both.

use std::sync::Arc;
use std::time::Duration;

use domain::messaging::Lane;
use operations::messaging::{providers, upkeep};
use runtime::Shutdown;

use crate::jobs::deliver::Deliverer;

const EVERY: Duration = Duration::from_secs(5);

/// Says so until the wish to stop.
pub(crate) async fn run(deliverer: Arc<Deliverer>, name: String, shutdown: Shutdown) {
    let app = &deliverer.app;
    let started_at = app.clock.now();
    let lanes = Lane::ALL.map(Lane::as_str);
    while !shutdown.triggered() {
        if let Err(error) = upkeep::beat(app, &name, &lanes, started_at).await {
            tracing::debug!(%error, "a heartbeat was not kept");
        }
        let known = deliverer.health.known(app.clock.now());
        if let Err(error) = providers::report(app, &name, &known).await {
            tracing::debug!(%error, "how the providers do was not kept");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.wait() => {}
        }
    }
}

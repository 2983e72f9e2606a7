//! Records what the simulated phones report, as a webhook would record a provider's reports.

use domain::messaging::attempt::Report;
use operations::App;
use operations::messaging::receipts::record_receipt;
use runtime::Shutdown;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Records until the wish to stop.
pub(crate) async fn run(app: App, mut reports: Receiver<Report>, shutdown: Shutdown) {
    loop {
        let report = tokio::select! {
            report = reports.recv() => report,
            () = shutdown.wait() => return,
        };
        match report {
            Ok(report) => {
                if let Err(error) = record_receipt(&app, &report).await {
                    tracing::warn!(%error, "a report could not be recorded");
                }
            }
            Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "reports of the simulated phones were lost"),
            Err(RecvError::Closed) => return,
        }
    }
}

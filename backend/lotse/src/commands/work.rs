//! `lotse work`: the workers that deliver messages and keep the timetable.

use anyhow::Context;
use operations::{App, Clock};
use runtime::{Config, Shutdown};

use crate::assemble;

pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    runtime::logging::start(&config.log);
    runtime::metrics::recorder();
    let shutdown = Shutdown::on_signals().context("listening for signals")?;
    let mut app = tokio::select! {
        app = assemble::app(&config, Clock::system()) => app?,
        () = shutdown.wait() => return Ok(()),
    };
    assemble::spool(&mut app, &config, &shutdown);
    backend::serve_metrics(&app, &config, &shutdown).await.context("listening for /metrics")?;
    let workers = start(&app, &config, &shutdown)?;
    shutdown.wait().await;
    workers.stopped().await;
    assemble::close(app).await
}

/// Starts the workers of this process on the configured provider.
pub(crate) fn start(app: &App, config: &Config, shutdown: &Shutdown) -> anyhow::Result<workers::Running> {
    let ways = assemble::ways(app, config)?;
    workers::start(app.clone(), ways, config, shutdown.clone()).context("starting the workers")
}

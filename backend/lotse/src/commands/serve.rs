//! `lotse serve`: the API and the front ends, with the workers beside them in a small town.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use backend::ServerParts;
use clap::Args;
use operations::Clock;
use runtime::{Config, Shutdown};

use crate::assemble;
use crate::commands::work;

#[derive(Args)]
pub(crate) struct Serve {
    /// Deliver messages in this process, too: a small town needs no other.
    #[arg(long)]
    with_workers: bool,
    /// Serve the front ends from this folder instead of those built into the program.
    #[arg(long, value_name = "FOLDER")]
    web_dir: Option<PathBuf>,
}

pub(crate) async fn run(serve: Serve, mut config: Config) -> anyhow::Result<()> {
    runtime::logging::start(&config.log);
    runtime::metrics::recorder();
    if serve.web_dir.is_some() {
        config.http.web_dir = serve.web_dir;
    }
    let shutdown = Shutdown::on_signals().context("listening for signals")?;
    let mut app = assemble::app(&config, Clock::system()).await?;
    assemble::spool(&mut app, &config, &shutdown);
    let config = Arc::new(config);
    let workers = if serve.with_workers { Some(work::start(&app, &config, &shutdown)?) } else { None };
    let push = assemble::web_push(&config)?;
    let parts = ServerParts { push, ..ServerParts::new(app.clone(), Arc::clone(&config)) };
    let server = backend::start(parts, shutdown.clone())
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    shutdown.wait().await;
    server.stopped().await.context("serving")?;
    if let Some(workers) = workers {
        workers.stopped().await;
    }
    assemble::close(app).await
}

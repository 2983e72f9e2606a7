//! Log lines: for people on a terminal, or as JSON for a collector. Nothing personal belongs in them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};

/// Modules whose own chatter hides ours at `info`.
const QUIET: &str = "sqlx=warn,sea_orm=warn,hyper=warn,h2=warn,rustls=warn,apalis=warn,tower=warn";

/// Starts logging to standard error. A second call in one process (tests) changes nothing.
pub fn start(config: &LogConfig) {
    // What the setting says comes last and wins over the defaults for noisy modules.
    let filter = EnvFilter::new(format!("{QUIET},{}", config.filter));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match config.format {
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
        LogFormat::Pretty => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

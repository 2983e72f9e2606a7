//! How fast the web process answers after its start, and what it holds in memory while nobody asks.

use std::time::Duration;

use system_tests::town::Town;

use crate::measured::{Figures, percentile_ms};

const STARTS: usize = 9;

/// `start_to_ready_ms` (median of nine starts on a filled database) and `idle_rss_mib`.
pub async fn measure(figures: &mut Figures) {
    let mut town = Town::single(None).await;
    let mut timings = Vec::new();
    for _ in 0..STARTS {
        town.serve.kill();
        timings.push(town.start_serve().await);
    }
    figures.at_most("start_to_ready_ms", percentile_ms(&mut timings, 0.5), "ms", 300.0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let resident = town.serve.resident_mib().unwrap_or(f64::NAN);
    figures.at_most("idle_rss_mib", resident, "MiB", 60.0);
}

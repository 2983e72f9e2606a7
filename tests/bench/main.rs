//! The figures of this machine: `name value unit target ok|short`, one line each, and the same in RESULTS.md.
//! Everything is measured in one run, through HTTP, on an optimised binary.

mod against_pgbench;
mod book;
mod codes;
mod estimates;
mod inbound;
mod live;
mod machine;
mod measured;
mod outbox;
mod race;
mod slots;
mod start;
mod statistics;

use measured::Figures;
use system_tests::harness::TestDatabase;

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|it| name.starts_with(it.as_str()));
    let mut figures = Figures::default();
    if runs("start_to_ready_ms") || runs("idle_rss_mib") {
        start::measure(&mut figures).await;
    }
    if runs("race") {
        race::measure(&mut figures, "sqlite", || None).await;
        race::measure(&mut figures, "postgres", TestDatabase::create).await;
    }
    if runs("slots_30d_2500") {
        slots::of_one_office(&mut figures, "sqlite", None, 1.0).await;
        slots::of_one_office(&mut figures, "postgres", TestDatabase::create(), 2.0).await;
    }
    if runs("slots_flat") {
        slots::however_many(&mut figures).await;
    }
    if runs("slots_month") {
        slots::of_many_offices(&mut figures, "sqlite", None).await;
        slots::of_many_offices(&mut figures, "postgres", TestDatabase::create()).await;
    }
    if runs("book") {
        book::measure(&mut figures, "sqlite", None).await;
        book::measure(&mut figures, "postgres", TestDatabase::create()).await;
        against_pgbench::measure(&mut figures).await;
    }
    if ["relay", "webhook_p99", "inbound", "code"].into_iter().any(runs) {
        outbox::measure(&mut figures).await;
    }
    if runs("live_10k") {
        live::ten_thousand(&mut figures).await;
    }
    if runs("call_to_display_p99") {
        live::call_to_display(&mut figures).await;
    }
    if runs("statistics") {
        statistics::measure(&mut figures, TestDatabase::create()).await;
    }
    if runs("estimate") {
        estimates::speed(&mut figures);
    }
    if runs("estimates") {
        estimates::quality(&mut figures);
    }
    if wanted.is_empty() {
        machine::write_results(&figures);
    }
    if figures.any_short() {
        std::process::exit(1);
    }
}

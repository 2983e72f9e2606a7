//! What the clock asks for. Jobs run beside each other, each in one process at a time; its last run and result are kept for
//! operators.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::staff::SessionRules;
use operations::messaging::upkeep::Turn;
use operations::messaging::{budget, bulk, recovery, reminders, upkeep};
use operations::{App, StoreError};
use runtime::{Config, Shutdown};

use crate::jobs::deliver::Deliverer;
use crate::jobs::{catch_up, reconcile};

/// One job of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name: in the database, in logs, on the operators' page.
    pub name: &'static str,
    /// How often it runs.
    pub every: Duration,
}

/// All jobs of the clock.
pub const JOBS: &[Entry] = &[
    Entry { name: "sweep_messages", every: Duration::from_secs(10) },
    Entry { name: "reconcile_uncertain", every: Duration::from_secs(15) },
    Entry { name: "resume_bulk", every: Duration::from_secs(15) },
    Entry { name: "expire_holds", every: Duration::from_secs(15) },
    Entry { name: "offer_freed", every: Duration::from_secs(15) },
    Entry { name: "release_freed", every: Duration::from_secs(15) },
    Entry { name: "guard_codes", every: Duration::from_secs(30) },
    Entry { name: "watch_spending", every: Duration::from_secs(60) },
    Entry { name: "remind_day_before", every: Duration::from_secs(60) },
    Entry { name: "catch_up", every: Duration::from_secs(300) },
    Entry { name: "leave_counters", every: Duration::from_secs(60) },
    Entry { name: "end_days", every: Duration::from_secs(3600) },
    Entry { name: "erase_old", every: Duration::from_secs(3600) },
    Entry { name: "keep_past_days", every: Duration::from_secs(1800) },
    Entry { name: "learn_durations", every: Duration::from_secs(6 * 3600) },
];

/// The least time between two runs of a job, by the clock on the wall.
const BETWEEN_RUNS: Duration = Duration::from_secs(1);
/// When a job is due is looked up again after this time at the latest: whoever had it may have given it back.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The rest after the database could not be asked.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How long a job that is under way may go on when the process is told to stop.
const LAST_MOMENT: Duration = Duration::from_secs(3);

/// Runs one job when it is due, until the wish to stop. Each has a task of its own, so a slow one delays no other.
pub(crate) async fn keep(entry: Entry, deliverer: Arc<Deliverer>, config: Config, shutdown: Shutdown) {
    while !shutdown.triggered() {
        let rest = run_if_due(&deliverer, &config, entry, &shutdown).await;
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// How long a job rests by the world's clock; the demo's may run faster.
fn pace(app: &App, every: Duration) -> Duration {
    every.div_f64(speed(app)).max(BETWEEN_RUNS)
}

fn speed(app: &App) -> f64 {
    app.clock.speed().clamp(1.0, 1000.0)
}

/// Gives how long to rest before the next look.
async fn run_if_due(deliverer: &Deliverer, config: &Config, entry: Entry, shutdown: &Shutdown) -> Duration {
    let app = &deliverer.app;
    match upkeep::take(app, entry.name, in_chrono(entry.every)).await {
        Ok(Turn::Ours(taken_at)) => {
            run_held(deliverer, config, entry, (taken_at, shutdown)).await;
            BETWEEN_RUNS
        }
        Ok(Turn::DueAt(at)) => {
            let wait = (at - app.clock.now()).to_std().unwrap_or_default();
            wait.div_f64(speed(app)).clamp(Duration::from_millis(50), LOOK_AGAIN)
        }
        Err(error) => {
            tracing::debug!(job = entry.name, %error, "a job cannot be taken");
            AFTER_FAILURE
        }
    }
}

/// Runs a job that was taken; no other process gets it meanwhile. The wish to stop leaves it a moment.
async fn run_held(
    deliverer: &Deliverer,
    config: &Config,
    entry: Entry,
    (taken_at, shutdown): (DateTime<Utc>, &Shutdown),
) {
    let moment_is_over = async {
        shutdown.wait().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    let broken_off = tokio::select! {
        () = run_and_note(deliverer, config, entry.name) => return,
        () = lost(&deliverer.app, entry, taken_at) => "another process has it",
        () = moment_is_over => "the process stops",
    };
    tracing::info!(job = entry.name, reason = broken_off, "a job was broken off");
    // Whoever comes next goes on with it.
    if let Err(error) = upkeep::let_go(&deliverer.app, entry.name, taken_at).await {
        tracing::debug!(job = entry.name, %error, "a job was not given back");
    }
}

/// Holds a job while it runs; ends when another process has taken it, because this one stood still for too long.
async fn lost(app: &App, entry: Entry, taken_at: DateTime<Utc>) {
    loop {
        tokio::time::sleep(pace(app, entry.every) / 3).await;
        match upkeep::hold(app, entry.name, taken_at, in_chrono(entry.every)).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::debug!(job = entry.name, %error, "a job cannot be held"),
        }
    }
}

async fn run_and_note(deliverer: &Deliverer, config: &Config, name: &str) {
    let result = run_job(deliverer, config, name).await.map_err(|error| {
        tracing::warn!(job = name, %error, "a job failed");
        error.to_string()
    });
    let result = result.as_ref().map(Vec::as_slice).map_err(String::as_str);
    if let Err(error) = upkeep::done(&deliverer.app, name, result).await {
        tracing::debug!(job = name, %error, "the result of a job was not kept");
    }
}

/// Runs every job once, due or not; for tests and for those who want it done now.
///
/// # Errors
/// When a job fails.
pub async fn run_due_jobs(deliverer: &Deliverer, config: &Config) -> Result<(), StoreError> {
    for entry in JOBS {
        run_job(deliverer, config, entry.name).await?;
    }
    Ok(())
}

/// What a job did: a word the operators' page has a text for, and how often.
pub type Counts = Vec<(&'static str, u64)>;

fn count(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(0)
}

/// Runs one job; says what it did.
///
/// # Errors
/// When the database fails.
pub async fn run_job(deliverer: &Deliverer, config: &Config, name: &str) -> Result<Counts, StoreError> {
    let app = &deliverer.app;
    match name {
        "sweep_messages" => {
            let lost_after = chrono::Duration::seconds(i64::from(config.workers.lost_hint_seconds));
            let swept = recovery::sweep(app, lost_after).await?;
            let recovery::Swept { lost_hints, broken_claims, expired } = swept;
            Ok(vec![
                ("lost_hints", lost_hints),
                ("broken_claims", broken_claims),
                ("expired_messages", expired),
            ])
        }
        "reconcile_uncertain" => Ok(vec![("looked_into", count(reconcile::run(deliverer).await?))]),
        "catch_up" => {
            let caught = catch_up::run(deliverer).await?;
            Ok(vec![("inbound", count(caught.inbound)), ("reports", count(caught.reports))])
        }
        "resume_bulk" => Ok(vec![("messages", bulk::resume(app).await?)]),
        "expire_holds" => {
            let expired = operations::appointments::expire_due(app).await?;
            Ok(vec![("holds", count(expired.holds)), ("unverified_bookings", count(expired.bookings))])
        }
        "offer_freed" => {
            let done = operations::appointments::offer_freed(app).await?;
            Ok(vec![("offers", count(done.offered)), ("expired_offers", count(done.expired))])
        }
        "release_freed" => {
            Ok(vec![("freed_slots", count(operations::appointments::release_freed(app).await?))])
        }
        "guard_codes" => {
            Ok(vec![("guarded_towns", count(operations::appointments::guard_codes(app).await?.len()))])
        }
        "watch_spending" => Ok(vec![("unusual_towns", count(budget::unusual_hours(app).await?.len()))]),
        "remind_day_before" => {
            let mut owed = 0;
            for town in operations::town::all(app).await? {
                owed += reminders::remind(app, &town).await?;
            }
            Ok(vec![("reminders", owed)])
        }
        "leave_counters" => {
            let (rules, mut left) = (session_rules(config), 0);
            for town in operations::town::all(app).await? {
                left += operations::staff::leave_counters(app, &town, rules).await?;
            }
            Ok(vec![("left_counters", count(left))])
        }
        "end_days" => {
            let mut ended = 0;
            for town in operations::town::all(app).await? {
                ended += operations::queue::serving::end_days(app, &town).await?;
            }
            Ok(vec![("visits", count(ended))])
        }
        "erase_old" => {
            let erased = upkeep::erase_old(app).await? + operations::idempotency::forget_old(app).await?;
            Ok(vec![("rows", erased)])
        }
        "keep_past_days" => Ok(vec![("days", count(operations::statistics::keep_past_days(app).await?))]),
        "learn_durations" => Ok(vec![("offices", count(operations::queue::learning::learn_all(app).await?))]),
        _ => Ok(Counts::new()),
    }
}

fn in_chrono(time: Duration) -> chrono::Duration {
    chrono::Duration::from_std(time).unwrap_or(chrono::Duration::MAX)
}

fn session_rules(config: &Config) -> SessionRules {
    SessionRules { lifetime: in_chrono(config.session.lifetime()), idle: in_chrono(config.session.idle()) }
}

//! `/metrics`: what the database says is read when somebody asks, by whichever process is asked; what this process did it has
//! counted itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Lane};
use operations::App;
use operations::messaging::figures::{self, Figures};
use operations::messaging::watch::ALIVE_SECONDS;
use runtime::metrics as names;
use tokio::sync::Mutex;

/// The database is asked at most this often.
const PACE: Duration = Duration::from_secs(5);

/// Remembers when the database was last asked.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<Option<Instant>>>);

/// The figures as Prometheus reads them.
pub async fn render(app: &App, asked: &Asked) -> String {
    let mut last = asked.0.lock().await;
    if last.is_none_or(|at| at.elapsed() >= PACE) {
        *last = Some(Instant::now());
        match figures::read(app).await {
            Ok(figures) => {
                set(&figures);
                metrics::gauge!(names::DATABASE_UP).set(1.0);
            }
            Err(error) => {
                tracing::warn!(%error, "the figures cannot be read");
                metrics::gauge!(names::DATABASE_UP).set(0.0);
            }
        }
    }
    drop(last);
    metrics::gauge!(names::BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    names::upkeep();
    names::render()
}

/// Every class by every channel, so that one that stops goes back to nought.
fn failures(figures: &Figures) {
    for channel in ChannelKind::ALL {
        for class in ErrorClass::ALL {
            let of_both = |one: &&(ChannelKind, String, i64)| one.0 == channel && one.1 == class.letter();
            let count = figures.failures.iter().find(of_both).map_or(0, |(.., count)| *count);
            let labels = [("channel", channel.as_str()), ("class", class.letter())];
            metrics::gauge!(names::FAILURES_LATELY, &labels).set(count as f64);
        }
    }
}

fn set(figures: &Figures) {
    let age =
        |at: chrono::DateTime<chrono::Utc>| ((figures.at - at).num_milliseconds() as f64 / 1000.0).max(0.0);
    for (state, count) in &figures.states {
        metrics::gauge!(names::MESSAGES, "state" => state.as_str()).set(*count as f64);
    }
    for (channel, state, count) in &figures.ended {
        let labels = [("channel", channel.as_str()), ("state", state.as_str())];
        metrics::gauge!(names::ENDED_LATELY, &labels).set(*count as f64);
    }
    failures(figures);
    for lane in Lane::ALL {
        let oldest = figures.backlog.iter().filter(|one| one.lane == lane).filter_map(|one| one.oldest).min();
        metrics::gauge!(names::OLDEST_DUE_SECONDS, "lane" => lane.as_str()).set(oldest.map_or(0.0, age));
        for (kind, channel) in lane.kinds() {
            let due = figures.backlog.iter().find(|one| (one.kind, one.channel) == (kind, channel));
            let labels = [("lane", lane.as_str()), ("kind", kind.as_str()), ("channel", channel.as_str())];
            metrics::gauge!(names::MESSAGES_DUE, &labels).set(due.map_or(0, |due| due.waiting) as f64);
        }
    }
    metrics::gauge!(names::LATE_REMINDERS).set(figures.late_reminders as f64);
    let alive = figures.workers.iter().filter(|worker| age(worker.heartbeat_at) <= ALIVE_SECONDS as f64);
    metrics::gauge!(names::WORKERS_ALIVE).set(alive.count() as f64);
    for job in &figures.jobs {
        let failed = job.last_result.as_deref() == Some("failed");
        metrics::gauge!(names::JOB_OVERDUE_SECONDS, "job" => job.name.clone()).set(age(job.next_run_at));
        metrics::gauge!(names::JOB_FAILED, "job" => job.name.clone()).set(f64::from(u8::from(failed)));
    }
    metrics::gauge!(names::BULKS_RUNNING).set(figures.bulks as f64);
    metrics::gauge!(names::HINTS_OUT).set(figures.hints_out as f64);
    if let Some(up) = figures.redis {
        metrics::gauge!(names::QUEUE_UP).set(f64::from(u8::from(up)));
    }
    if let Some(queue) = &figures.queue {
        let missing = queue.in_queue.map_or(0, |there| queue.hints_out.saturating_sub(there));
        metrics::gauge!(names::HINTS_MISSING).set(missing as f64);
    }
    for (provider, speed) in &figures.speeds {
        let rate = speed.rate as f64 / 1000.0;
        let blocked = f64::from(u8::from(speed.blocked_until.is_some()));
        metrics::gauge!(names::PROVIDER_RATE, "provider" => provider.clone()).set(rate);
        metrics::gauge!(names::PROVIDER_BLOCKED, "provider" => provider.clone()).set(blocked);
    }
    for (scope, count) in &figures.pauses {
        metrics::gauge!(names::PAUSES, "scope" => *scope).set(*count as f64);
    }
    for town in &figures.towns {
        metrics::gauge!(names::SMS_BUDGET_SHARE, "town" => town.slug.clone()).set(town.budget_share);
    }
    let unusual = figures.towns.iter().filter(|town| town.unusual).count();
    metrics::gauge!(names::SMS_UNUSUAL).set(unusual as f64);
    let guarded = figures.towns.iter().filter(|town| town.guarded).count();
    metrics::gauge!(names::CODES_GUARDED).set(guarded as f64);
}

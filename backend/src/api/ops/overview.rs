//! The outbox at a glance.

use chrono::{DateTime, Duration, DurationRound, Utc};
use domain::messaging::delivery::State;
use domain::messaging::{Kind, Lane as DomainLane};
use domain::town::Town;
use operations::messaging::watch::{self, ALIVE_SECONDS, Overview};
use operations::{App, StoreError};
use poem_openapi::Object;

/// Everything on the overview page.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OpsOverview {
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// What is due.
    pub waiting: Waiting,
    /// For how long the oldest due message has been waiting.
    pub oldest_due_seconds: Option<f64>,
    /// Seconds from due to taken by the provider, 95 of 100 messages.
    pub to_provider_p95_seconds: Option<f64>,
    /// The delivered part of those whose end is known.
    pub delivered_share: Option<f64>,
    /// Failed ones of the window.
    pub failed_open: i64,
    /// What happened over time.
    pub per_minute: Vec<MinuteCount>,
    /// The lanes.
    pub lanes: Vec<Lane>,
    /// Messages in each state.
    pub by_state: Vec<StateCount>,
    /// The workers.
    pub workers: Vec<Worker>,
    /// The jobs of the clock.
    pub jobs: Vec<Job>,
    /// `in_process` or `redis`.
    pub queue_backend: String,
    /// Whether the queue answers.
    pub queue_ok: bool,
}

/// What is due.
#[derive(Clone, Debug, Object)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// How many lanes have a message that waits for more than two minutes.
    pub overdue: i64,
}

/// What happened in a span of time.
#[derive(Clone, Debug, Object)]
pub struct MinuteCount {
    /// When the span began.
    pub at: DateTime<Utc>,
    /// Taken by the provider, without reminders.
    pub sent: u32,
    /// Reminders taken by the provider.
    pub reminders: u32,
    /// Failed or not delivered.
    pub failed: u32,
}

/// A lane.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Lane {
    /// `codes`, `calls`, `dialogue` or `sms`.
    pub lane: String,
    /// Messages that are due.
    pub waiting: i64,
    /// For how long the oldest of them has been waiting.
    pub oldest_seconds: Option<f64>,
    /// Taken by the provider in the last minute.
    pub per_minute: u32,
    /// Seconds from due to taken, 95 of 100 messages.
    pub p95_seconds: Option<f64>,
    /// Who carries them.
    pub provider: String,
}

/// How many messages are in a state.
#[derive(Clone, Debug, Object)]
pub struct StateCount {
    /// The state.
    pub state: String,
    /// How many.
    pub count: i64,
}

/// A worker process.
#[derive(Clone, Debug, Object)]
#[oai(rename = "OpsWorker")]
pub struct Worker {
    /// Its name.
    pub name: String,
    /// The lanes it serves.
    pub lanes: Vec<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// How long ago it last said that it lives.
    pub heartbeat_age_seconds: i64,
    /// Whether that was recent.
    pub alive: bool,
}

/// A job of the clock.
#[derive(Clone, Debug, Object)]
#[oai(rename = "OpsJob", skip_serializing_if_is_none = false)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// How often it runs.
    pub every_seconds: i32,
    /// When it last began.
    pub last_run_at: Option<DateTime<Utc>>,
    /// `ok` or `failed`.
    pub last_result: Option<String>,
    /// What it did or what went wrong.
    pub last_note: Option<String>,
    /// When it is due again.
    pub next_run_at: Option<DateTime<Utc>>,
}

impl From<&watch::StateCount> for StateCount {
    fn from(count: &watch::StateCount) -> Self {
        Self { state: count.state.as_str().to_owned(), count: count.count }
    }
}

/// Makes the overview of the last hours.
pub(super) async fn make(app: &App, town: &Town, hours: u32) -> Result<OpsOverview, StoreError> {
    let hours = hours.clamp(1, 168);
    let found = watch::overview(app, town, hours).await?;
    let now = found.generated_at;
    let age = |since: DateTime<Utc>| ((now - since).num_milliseconds().max(0) as f64) / 1000.0;
    let oldest = found.backlog.iter().filter_map(|lane| lane.oldest).min();
    let overdue =
        |lane: &&watch::Backlog| lane.oldest.is_some_and(|oldest| now - oldest > Duration::minutes(2));
    let in_states = |states: &[State]| {
        found.states.iter().filter(|one| states.contains(&one.state)).map(|one| one.count).sum()
    };
    Ok(OpsOverview {
        generated_at: now,
        waiting: Waiting {
            count: found.backlog.iter().map(|lane| lane.waiting).sum(),
            overdue: found.backlog.iter().filter(overdue).map(|lane| lane.waiting).sum(),
        },
        oldest_due_seconds: oldest.map(age),
        to_provider_p95_seconds: found.p95_seconds(None),
        delivered_share: found.delivered_share(),
        failed_open: in_states(&[State::Failed, State::Undelivered, State::Uncertain]),
        per_minute: per_minute(&found, hours),
        lanes: DomainLane::ALL.into_iter().map(|lane| lane_of(&found, lane)).collect(),
        by_state: found.states.iter().map(StateCount::from).collect(),
        workers: found.workers.iter().map(|worker| worker_of(worker, now)).collect(),
        jobs: found.jobs.iter().map(job_of).collect(),
        queue_backend: if found.redis.is_some() { "redis" } else { "in_process" }.to_owned(),
        queue_ok: found.redis.unwrap_or(true),
    })
}

/// Sixty to a hundred spans, each as long as the window asks for.
fn per_minute(found: &Overview, hours: u32) -> Vec<MinuteCount> {
    let span = Duration::minutes(match hours {
        0..=2 => 1,
        3..=24 => 15,
        _ => 120,
    });
    let last = found.generated_at.duration_trunc(span).unwrap_or(found.generated_at);
    let spans =
        i32::try_from(Duration::hours(i64::from(hours)).num_minutes() / span.num_minutes()).unwrap_or(60);
    let first = last - span * (spans - 1);
    let mut counts: Vec<MinuteCount> = (0..spans)
        .map(|index| MinuteCount { at: first + span * index, sent: 0, reminders: 0, failed: 0 })
        .collect();
    let slot =
        |at: DateTime<Utc>| usize::try_from((at - first).num_seconds().div_euclid(span.num_seconds())).ok();
    for one in &found.recent {
        if let Some(count) = one.accepted_at.and_then(slot).and_then(|slot| counts.get_mut(slot)) {
            match one.kind {
                Kind::Reminder | Kind::EarlyReminder => count.reminders += 1,
                Kind::VerificationCode
                | Kind::BookingConfirmed
                | Kind::BookingMoved
                | Kind::BookingCancelledByOffice
                | Kind::BookingCancelled
                | Kind::SlotOffered
                | Kind::LostCode
                | Kind::QueueStage
                | Kind::QueueCalled
                | Kind::QueueMissed
                | Kind::InboundReply => count.sent += 1,
            }
        }
        let failed = matches!(one.state, State::Failed | State::Undelivered);
        if let Some(count) =
            one.final_at.filter(|_| failed).and_then(slot).and_then(|slot| counts.get_mut(slot))
        {
            count.failed += 1;
        }
    }
    counts
}

fn lane_of(found: &Overview, lane: DomainLane) -> Lane {
    let backlog = found.backlog.iter().find(|one| one.lane == lane);
    let minute_ago = found.generated_at - Duration::minutes(1);
    let taken = |one: &&watch::Recent| one.lane == lane && one.accepted_at.is_some_and(|at| at > minute_ago);
    let oldest = backlog.and_then(|backlog| backlog.oldest);
    Lane {
        lane: lane.as_str().to_owned(),
        waiting: backlog.map_or(0, |backlog| backlog.waiting),
        oldest_seconds: oldest.map(|at| (found.generated_at - at).num_milliseconds() as f64 / 1000.0),
        per_minute: u32::try_from(found.recent.iter().filter(taken).count()).unwrap_or(u32::MAX),
        p95_seconds: found.p95_seconds(Some(lane)),
        provider: found.provider.clone().unwrap_or_default(),
    }
}

fn worker_of(worker: &watch::Worker, now: DateTime<Utc>) -> Worker {
    let age = (now - worker.heartbeat_at).num_seconds().max(0);
    Worker {
        name: worker.name.clone(),
        lanes: worker.lanes.clone(),
        started_at: worker.started_at,
        heartbeat_age_seconds: age,
        alive: age <= ALIVE_SECONDS,
    }
}

fn job_of(job: &watch::Job) -> Job {
    Job {
        name: job.name.clone(),
        every_seconds: job.every_seconds,
        last_run_at: job.last_started_at,
        last_result: job.last_result.clone(),
        last_note: job.last_note.clone(),
        next_run_at: Some(job.next_run_at),
    }
}

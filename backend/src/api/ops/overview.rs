//! The outbox at a glance.

use chrono::{DateTime, Duration, DurationRound, Utc};
use domain::messaging::Lane as DomainLane;
use domain::town::Town;
use operations::messaging::watch::{self, ALIVE_SECONDS, Happened, Overview};
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
    /// The delivered part of those whose end is known, pushes left out: they have no proof of delivery.
    pub delivered_share: Option<f64>,
    /// Failed ones of the window, without pushes whose browser is gone while another message tells the same.
    pub failed_open: i64,
    /// What happened over time.
    pub throughput: Throughput,
    /// What is due of each kind by each channel.
    pub backlog: Vec<KindBacklog>,
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
    /// Hints that are out by the database, of all towns.
    pub hints_out: u64,
    /// What the workers last found in the queue; `null` where there is none between processes.
    pub queue: Option<QueueDepth>,
}

/// Hints in the queue beside those the database knows of.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct QueueDepth {
    /// When a worker looked.
    pub measured_at: DateTime<Utc>,
    /// Hints in the queue; `null` when it did not answer.
    pub in_queue: Option<u64>,
    /// Hints out by the database at that moment, those included that a worker has just taken.
    pub hints_out: u64,
}

/// What is due.
#[derive(Clone, Debug, Object)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// How many of them are of a kind whose oldest waits for more than two minutes.
    pub overdue: i64,
}

/// What happened in equal spans of time.
#[derive(Clone, Debug, Object)]
pub struct Throughput {
    /// When the first span began.
    pub from: DateTime<Utc>,
    /// How long a span is.
    pub span_seconds: i64,
    /// How many spans there are.
    pub spans: u32,
    /// Each kind by each channel that something happened to.
    pub series: Vec<ThroughputSeries>,
}

/// What happened to messages of one kind, span by span.
#[derive(Clone, Debug, Object)]
pub struct ThroughputSeries {
    /// The kind.
    pub kind: String,
    /// By which channel.
    pub channel: String,
    /// Taken by the provider.
    pub taken: Vec<u32>,
    /// Reported as arrived.
    pub delivered: Vec<u32>,
    /// Failed or not arrived.
    pub failed: Vec<u32>,
    /// Not sent: expired, overtaken, unwanted, stopped.
    pub dropped: Vec<u32>,
}

/// What is due of one kind.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct KindBacklog {
    /// The kind.
    pub kind: String,
    /// By which channel.
    pub channel: String,
    /// Messages that are due.
    pub waiting: i64,
    /// For how long the oldest of them has been waiting.
    pub oldest_seconds: Option<f64>,
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
    /// Who took them within the last hour.
    pub providers: Vec<String>,
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

/// How often a job did something.
#[derive(Clone, Debug, Object)]
pub struct JobCount {
    /// What, in one word: `reminders`, `lost_hints`, …
    pub what: String,
    /// How often.
    pub count: u64,
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
    /// What it did.
    pub last_counts: Vec<JobCount>,
    /// What went wrong, for those who look into it.
    pub last_error: Option<String>,
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
    let found = watch::overview(app, town, hours).await?;
    let now = found.generated_at;
    let age = |since: DateTime<Utc>| seconds(now - since);
    let oldest = found.backlog.iter().filter_map(|lane| lane.oldest).min();
    let overdue =
        |lane: &&watch::Backlog| lane.oldest.is_some_and(|oldest| now - oldest > Duration::minutes(2));
    Ok(OpsOverview {
        generated_at: now,
        waiting: Waiting {
            count: found.backlog.iter().map(|lane| lane.waiting).sum(),
            overdue: found.backlog.iter().filter(overdue).map(|lane| lane.waiting).sum(),
        },
        oldest_due_seconds: oldest.map(age),
        to_provider_p95_seconds: found.p95_seconds(None),
        delivered_share: found.delivered_share(),
        failed_open: found.failed_open(),
        throughput: throughput(&found, hours),
        backlog: found.backlog.iter().map(|due| due_of(due, now)).collect(),
        lanes: DomainLane::ALL.into_iter().map(|lane| lane_of(&found, lane)).collect(),
        by_state: found.states.iter().map(StateCount::from).collect(),
        workers: found.workers.iter().map(|worker| worker_of(worker, now)).collect(),
        jobs: found.jobs.iter().map(job_of).collect(),
        queue_backend: if found.redis.is_some() { "redis" } else { "in_process" }.to_owned(),
        queue_ok: found.redis.unwrap_or(true),
        hints_out: found.hints_out,
        queue: found.queue.as_ref().map(|queue| QueueDepth {
            measured_at: queue.measured_at,
            in_queue: queue.in_queue,
            hints_out: queue.hints_out,
        }),
    })
}

/// Forty-eight to eighty-four spans, each as long as the window asks for.
fn throughput(found: &Overview, hours: u32) -> Throughput {
    let span = Duration::minutes(match hours {
        0..=2 => 1,
        3..=24 => 30,
        _ => 120,
    });
    let last = found.generated_at.duration_trunc(span).unwrap_or(found.generated_at);
    let spans = Duration::hours(i64::from(hours)).num_seconds() / span.num_seconds();
    let from = last - span * i32::try_from(spans - 1).unwrap_or(60);
    let size = usize::try_from(spans).unwrap_or(60);
    let mut series: Vec<ThroughputSeries> = Vec::new();
    for one in &found.happenings {
        let slot = usize::try_from((one.at - from).num_seconds().div_euclid(span.num_seconds())).ok();
        let Some(slot) = slot.filter(|slot| *slot < size) else { continue };
        let (kind, channel) = (one.kind.as_str(), one.channel.as_str());
        let known = series.iter().position(|series| series.kind == kind && series.channel == channel);
        let at = known.unwrap_or_else(|| {
            series.push(nothing_yet(kind, channel, size));
            series.len() - 1
        });
        let counts = match one.what {
            Happened::Taken => &mut series[at].taken,
            Happened::Delivered => &mut series[at].delivered,
            Happened::Failed => &mut series[at].failed,
            Happened::Dropped => &mut series[at].dropped,
        };
        counts[slot] += u32::try_from(one.count).unwrap_or(u32::MAX);
    }
    series.sort_by(|a, b| (&a.kind, &a.channel).cmp(&(&b.kind, &b.channel)));
    Throughput { from, span_seconds: span.num_seconds(), spans: u32::try_from(size).unwrap_or(0), series }
}

fn nothing_yet(kind: &str, channel: &str, spans: usize) -> ThroughputSeries {
    ThroughputSeries {
        kind: kind.to_owned(),
        channel: channel.to_owned(),
        taken: vec![0; spans],
        delivered: vec![0; spans],
        failed: vec![0; spans],
        dropped: vec![0; spans],
    }
}

fn due_of(due: &watch::Backlog, now: DateTime<Utc>) -> KindBacklog {
    KindBacklog {
        kind: due.kind.as_str().to_owned(),
        channel: due.channel.as_str().to_owned(),
        waiting: due.waiting,
        oldest_seconds: due.oldest.map(|oldest| seconds(now - oldest)),
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.num_milliseconds().max(0) as f64 / 1000.0
}

fn lane_of(found: &Overview, lane: DomainLane) -> Lane {
    let backlog: Vec<_> = found.backlog.iter().filter(|one| one.lane == lane).collect();
    let minute_ago = found.generated_at - Duration::minutes(1);
    let taken = |one: &&watch::Wait| one.lane == lane && one.accepted_at > minute_ago;
    let oldest = backlog.iter().filter_map(|one| one.oldest).min();
    let carriers = found.carriers.iter().filter(|(of, _)| *of == lane);
    Lane {
        lane: lane.as_str().to_owned(),
        waiting: backlog.iter().map(|one| one.waiting).sum(),
        oldest_seconds: oldest.map(|at| seconds(found.generated_at - at)),
        per_minute: u32::try_from(found.waits.iter().filter(taken).count()).unwrap_or(u32::MAX),
        p95_seconds: found.p95_seconds(Some(lane)),
        providers: carriers.map(|(_, provider)| provider.clone()).collect(),
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
        last_counts: job.last_counts.iter().map(count_of).collect(),
        last_error: job.last_error.clone(),
        next_run_at: Some(job.next_run_at),
    }
}

fn count_of((what, count): &(String, u64)) -> JobCount {
    JobCount { what: what.clone(), count: *count }
}

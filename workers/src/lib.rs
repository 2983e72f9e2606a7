//! The workers: they hand due messages to a queue, deliver them, and do what the clock asks for. apalis is transport only:
//! truth, retries and schedules are in the database, and the queue may lose everything at any moment.

mod board;
mod health;
mod jobs;
mod lanes;
mod patience;
mod queues;
mod relay;
mod timetable;
mod together;
mod ways;

use std::sync::Arc;
use std::time::Duration;

use channels::Channel;
use domain::messaging::Lane;
use operations::App;
use runtime::config::RedisUrl;
use runtime::{Config, Shutdown};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

pub use jobs::deliver::Deliverer;
pub use queues::{Hint, QueueError};
pub use timetable::{run_due_jobs, run_job};
pub use ways::{SmsWay, Ways};

use queues::Queues;
use relay::Relay;

/// How long a worker that stops may take to say so.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// Running workers; they stop when the wish to stop is uttered.
#[derive(Debug)]
pub struct Running {
    parts: Parts,
    deliveries: TaskTracker,
    shutdown: Shutdown,
    limit: Duration,
    app: App,
    name: String,
}

/// Why workers cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The queue's address cannot be used.
    #[error("the queue cannot be used")]
    Queue(#[from] QueueError),
}

/// Starts the workers of this process: relay, one consumer per lane, the clock's jobs, heartbeats.
///
/// # Errors
/// When the queue's address cannot be used. A queue that does not answer is no error: until it does, messages are taken
/// straight from the database.
pub fn start(
    app: App,
    ways: impl Into<Ways>,
    config: &Config,
    shutdown: Shutdown,
) -> Result<Running, StartError> {
    let ways: Ways = ways.into();
    let name = format!("lotse-{}-{}", std::process::id(), app.uuid().simple());
    let queues = Queues::open(config.redis_url.as_ref().map(RedisUrl::expose), config.workers.concurrency)?;
    let deliveries = TaskTracker::new();
    let providers: Vec<_> = ways.sms.iter().map(|way| way.channel.provider()).collect();
    let reports = ways.sms.iter().find_map(|way| match &way.channel {
        Channel::Simulator(simulator) => Some(simulator.reports()),
        Channel::Twilio(_) | Channel::Gateway(_) => None,
    });
    let deliverer = Arc::new(Deliverer::new(app.clone(), ways, config, deliveries.clone()));
    let mut parts = Parts::default();
    for lane in Lane::ALL {
        let consumer =
            lanes::consume(lane, queues.clone(), deliverer.clone(), name.clone(), shutdown.clone());
        parts.spawn(lane.as_str(), consumer);
    }
    parts.spawn("relay", Relay::new(queues, deliverer.clone(), &config.relay, shutdown.clone()).run());
    for job in timetable::JOBS {
        parts.spawn(job.name, timetable::keep(*job, deliverer.clone(), config.clone(), shutdown.clone()));
    }
    parts.spawn("heartbeat", jobs::heartbeat::run(deliverer, name.clone(), shutdown.clone()));
    if let Some(reports) = reports {
        parts.spawn("reports", jobs::reports::run(app.clone(), reports, shutdown.clone()));
    }
    tracing::info!(worker.name = %name, providers = providers.join(","), "workers started");
    let limit = Duration::from_secs(config.workers.stop_seconds);
    Ok(Running { parts, deliveries, shutdown, limit, app, name })
}

impl Running {
    /// Waits until the wish to stop was uttered and everything ended, or the configured time is over: no new message is
    /// taken, running deliveries end. What has not ended by then is left behind, and said.
    pub async fn stopped(mut self) {
        self.shutdown.wait().await;
        let until = Instant::now() + self.limit;
        self.parts.ended_by(until).await;
        self.deliveries.close();
        let left = until.saturating_duration_since(Instant::now());
        runtime::shutdown::finish_within("deliveries", left, self.deliveries.wait()).await;
        let good_bye = async {
            if let Err(error) = operations::messaging::upkeep::sign_off(&self.app, &self.name).await {
                tracing::debug!(%error, "good-bye was not kept");
            }
        };
        runtime::shutdown::finish_within("good-bye", GOOD_BYE, good_bye).await;
        tracing::info!(worker.name = %self.name, "workers stopped");
    }
}

/// The tasks of the workers, each with a name for when it does not end.
#[derive(Debug, Default)]
struct Parts {
    tasks: JoinSet<&'static str>,
    names: Vec<&'static str>,
}

impl Parts {
    fn spawn(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        self.names.push(name);
        self.tasks.spawn(async move {
            part.await;
            name
        });
    }

    /// Waits until all have ended; those that have not by then are broken off.
    async fn ended_by(&mut self, until: Instant) {
        while let Ok(Some(ended)) = timeout_at(until, self.tasks.join_next()).await {
            match ended {
                Ok(name) => self.names.retain(|other| *other != name),
                Err(error) => tracing::error!(%error, "a part of the workers failed"),
            }
        }
        if !self.tasks.is_empty() {
            tracing::warn!(parts = self.names.join(","), "some parts of the workers did not end in time");
            self.tasks.abort_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_ends_is_left_behind_in_time() {
        let mut parts = Parts::default();
        parts.spawn("quick", async {});
        parts.spawn("stuck", std::future::pending());
        parts.ended_by(Instant::now() + Duration::from_millis(50)).await;
        assert_eq!(parts.names, ["stuck"]);
    }
}

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
use tokio_util::task::TaskTracker;

pub use jobs::deliver::Deliverer;
pub use queues::{Hint, QueueError};
pub use timetable::{run_due_jobs, run_job};
pub use ways::{SmsWay, Ways};

use queues::Queues;
use relay::Relay;

/// Running workers; they stop when the wish to stop is uttered.
#[derive(Debug)]
pub struct Running {
    tasks: JoinSet<()>,
    deliveries: TaskTracker,
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
    let mut tasks = JoinSet::new();
    for lane in Lane::ALL {
        tasks.spawn(lanes::consume(lane, queues.clone(), deliverer.clone(), name.clone(), shutdown.clone()));
    }
    tasks.spawn(Relay::new(queues, deliverer.clone(), &config.relay, shutdown.clone()).run());
    for job in timetable::JOBS {
        tasks.spawn(timetable::keep(*job, deliverer.clone(), config.clone(), shutdown.clone()));
    }
    tasks.spawn(jobs::heartbeat::run(deliverer, name.clone(), shutdown.clone()));
    if let Some(reports) = reports {
        tasks.spawn(jobs::reports::run(app.clone(), reports, shutdown));
    }
    tracing::info!(worker.name = %name, providers = providers.join(","), "workers started");
    Ok(Running { tasks, deliveries, limit: Duration::from_secs(config.workers.stop_seconds), app, name })
}

impl Running {
    /// Waits until the wish to stop was uttered and everything ended: no new message is taken, running deliveries end
    /// within the configured time.
    pub async fn stopped(mut self) {
        let everything = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "a part of the workers failed");
                }
            }
        };
        everything.await;
        self.deliveries.close();
        runtime::shutdown::finish_within("deliveries", self.limit, self.deliveries.wait()).await;
        if let Err(error) = operations::messaging::upkeep::sign_off(&self.app, &self.name).await {
            tracing::debug!(%error, "good-bye was not kept");
        }
        tracing::info!(worker.name = %self.name, "workers stopped");
    }
}

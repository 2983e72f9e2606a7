//! One consumer per lane: fetches hints and delivers. Begins anew when the queue breaks, with a pause.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{BackendExt, BoxDynError, WorkerBuilder, WorkerBuilderExt};
use domain::messaging::Lane;
use futures::FutureExt;
use runtime::Shutdown;

use crate::jobs::deliver::Deliverer;
use crate::queues::{Backend, Hint, Queues};

/// How long a hint may lie on Redis before it is looked at; apalis' own default is half a minute.
const POLL: Duration = Duration::from_millis(100);
/// The pause before a broken consumer begins anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Consumes a lane until the wish to stop.
pub(crate) async fn consume(
    lane: Lane,
    queues: Queues,
    deliverer: Arc<Deliverer>,
    process: String,
    shutdown: Shutdown,
) {
    let mut start = 0_u64;
    while !shutdown.triggered() {
        start += 1;
        // A name used twice loses jobs.
        let name = format!("{process}-{}-{start}", lane.as_str());
        let mut renewals = queues.renewals();
        // Not stopped by its own means: it would wait for room in a channel nobody empties any more, and lose a hint whose
        // fetch is under way. Deliveries go on: they are tasks of their own.
        tokio::select! {
            () = run(lane, &name, &queues, &deliverer) => {}
            _ = renewals.changed() => tracing::info!(lane = lane.as_str(), "consumer begins anew"),
            () = shutdown.wait() => {}
        }
        queues.hand_back(lane, &name).await;
        if queues.in_process() {
            // The hints went with the consumer; the sweeper gives them out again.
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.wait() => {}
        }
    }
}

async fn run(lane: Lane, name: &str, queues: &Queues, deliverer: &Arc<Deliverer>) {
    let deliverer = deliverer.clone();
    let handle = move |hint: Hint| {
        let deliverer = deliverer.clone();
        async move {
            deliverer.deliver_apart(hint.message_id).await;
            // Always Ok: what follows a failure is decided in the database.
            Ok::<(), BoxDynError>(())
        }
    };
    let ended = match queues.backend(lane).await {
        Ok(Some(Backend::Memory(memory))) => {
            let worker = WorkerBuilder::new(name).backend(memory).concurrency(queues.concurrency);
            worker.build(handle).run().boxed().await
        }
        Ok(Some(Backend::Redis(redis))) => {
            let redis = redis.poll_with_interval(POLL);
            let worker = WorkerBuilder::new(name).backend(redis).concurrency(queues.concurrency);
            worker.build(handle).run().boxed().await
        }
        Ok(None) => return,
        Err(error) => {
            tracing::debug!(lane = lane.as_str(), %error, "no queue to consume");
            return;
        }
    };
    if let Err(error) = ended {
        tracing::warn!(lane = lane.as_str(), %error, "consumer broke off");
    }
}

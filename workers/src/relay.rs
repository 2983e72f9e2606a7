//! Hands due messages to the queue: at once when a verb says so, otherwise by looking every now and then. While the queue
//! is away, it delivers straight from the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::{Change, Topic};
use domain::messaging::Lane;
use futures::StreamExt;
use operations::App;
use operations::messaging::delivery::{self, Amount, RelayError};
use operations::messaging::recovery;
use runtime::Shutdown;
use runtime::config::RelayConfig;

use crate::jobs::deliver::Deliverer;
use crate::queues::Queues;

/// The queue may be away for this long before we do without.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often finished jobs are removed from the queue.
const TRIM_EVERY: Duration = Duration::from_secs(60);
/// Messages of one lane taken straight from the database at once.
const DIRECT_BATCH: u64 = 64;

/// Relays until the wish to stop.
pub(crate) async fn run(
    app: App,
    queues: Queues,
    deliverer: Arc<Deliverer>,
    config: RelayConfig,
    shutdown: Shutdown,
) {
    let mut changes = app.bus.subscribe();
    let busy = Duration::from_millis(config.busy_poll_ms.max(10));
    let idle = Duration::from_millis(config.idle_poll_ms).max(busy);
    let amount = Amount { batch: u64::from(config.batch), outstanding: u64::from(config.outstanding) };
    let mut pause = busy;
    let mut away_since: Option<Instant> = None;
    let mut trimmed_at = Instant::now();
    if queues.in_process() {
        // What an earlier process had handed out went with it.
        if let Err(error) = recovery::sweep(&app, chrono::Duration::zero()).await {
            tracing::warn!(%error, "lost hints cannot be given out again yet");
        }
    }
    while !shutdown.triggered() {
        match delivery::relay(&app, amount, |due| queues.push(due)).await {
            Ok(handed_over) => {
                if away_since.take().is_some_and(|since| since.elapsed() > PATIENCE) && handed_over > 0 {
                    tracing::info!("the queue is back");
                    queues.renew();
                }
                pause = if handed_over > 0 { busy } else { (pause * 2).min(idle) };
                if handed_over as u64 == amount.batch {
                    continue;
                }
            }
            Err(RelayError::Push(error)) => {
                let since = *away_since.get_or_insert_with(|| {
                    tracing::warn!(%error, "the queue takes no hints");
                    Instant::now()
                });
                pause = busy;
                if since.elapsed() > PATIENCE {
                    deliver_directly(&app, &deliverer, &shutdown).await;
                }
            }
            Err(RelayError::Store(error)) => {
                tracing::warn!(%error, "the relay cannot read what is due");
                pause = idle;
            }
        }
        if trimmed_at.elapsed() > TRIM_EVERY && away_since.is_none() {
            trimmed_at = Instant::now();
            if let Err(error) = queues.trim().await {
                tracing::debug!(%error, "finished jobs were not removed");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = wanted(&mut changes) => pause = busy,
            () = shutdown.wait() => {}
        }
    }
}

/// Waits for a verb that owes something.
async fn wanted(changes: &mut (impl futures::Stream<Item = Change> + Unpin)) {
    loop {
        match changes.next().await {
            Some(Change::At(signal)) if signal.topic == Topic::Outbox => return,
            Some(Change::Everything) => return,
            Some(Change::At(_)) => {}
            None => std::future::pending().await,
        }
    }
}

/// Delivers what is due without a queue, lane by lane, the urgent ones first.
async fn deliver_directly(app: &App, deliverer: &Arc<Deliverer>, shutdown: &Shutdown) {
    for lane in Lane::ALL {
        let due = match delivery::due_in_lane(app, lane, DIRECT_BATCH).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "cannot read what is due");
                return;
            }
        };
        let deliveries = due.into_iter().map(|id| deliverer.deliver_apart(id));
        futures::stream::iter(deliveries).buffer_unordered(16).for_each(|()| async {}).await;
        if shutdown.triggered() {
            return;
        }
    }
}

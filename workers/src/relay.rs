//! Hands due messages to the queue: at once when a verb says so, otherwise by looking every now and then. While the queue
//! is away, it delivers straight from the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::{Change, Topic};
use domain::messaging::Lane;
use futures::StreamExt;
use operations::App;
use operations::messaging::delivery::{self, Amount, RelayError};
use operations::messaging::{queue_depth, recovery};
use runtime::Shutdown;
use runtime::config::RelayConfig;

use crate::jobs::deliver::Deliverer;
use crate::queues::Queues;

/// The queue may be away for this long before we do without.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often finished jobs are removed from the queue, and silent consumers looked after.
const CARE_EVERY: Duration = Duration::from_secs(30);
/// How often it is looked how many hints lie in the queue.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Messages of one lane taken straight from the database at once.
const DIRECT_BATCH: u64 = 64;

/// What the relay works with.
pub(crate) struct Relay {
    app: App,
    queues: Queues,
    deliverer: Arc<Deliverer>,
    shutdown: Shutdown,
    amount: Amount,
    busy: Duration,
    idle: Duration,
    away_since: Option<Instant>,
    cared_at: Instant,
    measured_at: Option<Instant>,
    hints_then: u64,
}

impl Relay {
    pub(crate) fn new(
        queues: Queues,
        deliverer: Arc<Deliverer>,
        config: &RelayConfig,
        shutdown: Shutdown,
    ) -> Self {
        let busy = Duration::from_millis(config.busy_poll_ms.max(10));
        Self {
            app: deliverer.app.clone(),
            queues,
            deliverer,
            shutdown,
            amount: Amount { batch: u64::from(config.batch), outstanding: u64::from(config.outstanding) },
            busy,
            idle: Duration::from_millis(config.idle_poll_ms).max(busy),
            away_since: None,
            cared_at: Instant::now(),
            measured_at: None,
            hints_then: 0,
        }
    }

    /// Relays until the wish to stop.
    pub(crate) async fn run(mut self) {
        let mut changes = self.app.bus.subscribe();
        if self.queues.in_process() {
            // What an earlier process had handed out went with it.
            if let Err(error) = recovery::sweep(&self.app, chrono::Duration::zero()).await {
                tracing::warn!(%error, "lost hints cannot be given out again yet");
            }
        }
        let mut pause = self.busy;
        while !self.shutdown.triggered() {
            let handed_over = self.once().await;
            if handed_over == self.amount.batch {
                continue;
            }
            pause = if handed_over > 0 || self.away_since.is_some() {
                self.busy
            } else {
                (pause * 2).min(self.idle)
            };
            self.care().await;
            self.measure().await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = wanted(&mut changes) => pause = self.busy,
                () = self.shutdown.wait() => {}
            }
        }
    }

    /// Hands over what is due; gives how many.
    async fn once(&mut self) -> u64 {
        let missed = self.away_since.is_some_and(|since| since.elapsed() > PATIENCE);
        // Asked first, so that no transaction waits for a queue that is away.
        if missed && !self.queues.answers().await {
            self.deliver_directly().await;
            return 0;
        }
        let providers = match self.deliverer.providers().await {
            Ok(providers) => providers,
            Err(error) => {
                tracing::warn!(%error, "the relay cannot read what is set about sending");
                return 0;
            }
        };
        match delivery::relay(&self.app, self.amount, providers, |due| self.queues.push(due)).await {
            Ok(handed_over) => {
                // Nothing due is no proof that it would be taken.
                if self.away_since.is_some() && (handed_over > 0 || missed) {
                    self.away_since = None;
                    tracing::info!("the queue is back");
                    self.queues.renew();
                }
                handed_over as u64
            }
            Err(RelayError::Push(error)) => {
                if self.away_since.is_none() {
                    tracing::warn!(%error, "the queue takes no hints");
                    self.away_since = Some(Instant::now());
                }
                0
            }
            Err(RelayError::Store(error)) => {
                tracing::warn!(%error, "the relay cannot read what is due");
                0
            }
        }
    }

    /// Delivers what is due without a queue, lane by lane, the urgent ones first.
    async fn deliver_directly(&self) {
        for lane in [Lane::Calls, Lane::Push, Lane::Codes, Lane::Dialogue, Lane::Sms, Lane::Mail] {
            let due = async {
                let providers = self.deliverer.providers().await?;
                delivery::due_in_lane(&self.app, lane, providers, DIRECT_BATCH).await
            };
            let due = match due.await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(%error, "cannot read what is due");
                    return;
                }
            };
            let deliveries = due.into_iter().map(|id| self.deliverer.deliver_apart(id));
            futures::stream::iter(deliveries).buffer_unordered(16).for_each(|()| async {}).await;
            if self.shutdown.triggered() {
                return;
            }
        }
    }

    /// Tells operators how many hints lie in the queue, so that they see what it has forgotten.
    async fn measure(&mut self) {
        let fresh = self.measured_at.is_some_and(|at| at.elapsed() < MEASURE_EVERY);
        if fresh || self.queues.in_process() {
            return;
        }
        self.measured_at = Some(Instant::now());
        if let Err(error) = queue_depth::note(&self.app, self.queues.depth().await).await {
            tracing::debug!(%error, "the depth of the queue was not kept");
        }
    }

    /// Removes finished jobs, and wakes consumers that hear nothing although hints lie around: after Redis was away for a
    /// moment, one in eight hangs.
    async fn care(&mut self) {
        if self.cared_at.elapsed() < CARE_EVERY || self.away_since.is_some() || self.queues.in_process() {
            return;
        }
        self.cared_at = Instant::now();
        if let Err(error) = self.queues.trim().await {
            tracing::debug!(%error, "finished jobs were not removed");
        }
        let heard = self.deliverer.hints();
        let silent = heard == self.hints_then;
        self.hints_then = heard;
        let age = chrono::Duration::from_std(CARE_EVERY).unwrap_or(chrono::Duration::MAX);
        if silent && matches!(delivery::has_stale_hints(&self.app, age).await, Ok(true)) {
            tracing::warn!("hints lie around and nobody hears them: consumers begin anew");
            self.queues.renew();
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

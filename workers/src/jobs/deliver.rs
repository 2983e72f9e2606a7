//! Delivers one message: claim, send, write the outcome. No database connection is held while the provider is asked.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::board::Board;
use crate::health::Health;
use crate::together::Together;
use crate::ways::Ways;
use domain::ids::MessageId;
use domain::messaging::attempt::SendOutcome;
use futures::FutureExt;
use operations::messaging::delivery::{self, Claimed, Finished, Providers};
use operations::messaging::spool;
use operations::{App, StoreError, fail_point};
use runtime::{Config, metrics as figures};
use tokio_util::task::TaskTracker;

/// Pauses between tries to write an outcome: the provider's answer must not be lost for a short outage.
const WRITE_PAUSES_MS: [u64; 7] = [50, 200, 1000, 2000, 5000, 10_000, 20_000];

/// What a delivery needs.
#[derive(Debug)]
pub struct Deliverer {
    pub(crate) app: App,
    pub(crate) ways: Ways,
    pub(crate) health: Health,
    board: Board,
    claim: chrono::Duration,
    /// A call to a provider begins within this time after the claim, or not at all.
    claim_begins_within: Duration,
    tracker: TaskTracker,
    hints: AtomicU64,
    claims: Together<MessageId, Shared<Option<Claimed>>>,
    outcomes: Together<Arc<Ended>, Shared<Finished>>,
}

/// A message that was taken, and what its provider said.
type Ended = (Claimed, SendOutcome);
/// What a group gets together: its failure is everybody's.
type Shared<T> = Result<T, Arc<StoreError>>;

impl Deliverer {
    /// Delivers by these channels.
    pub fn new(app: App, ways: impl Into<Ways>, config: &Config, tracker: TaskTracker) -> Self {
        let claim = chrono::Duration::seconds(i64::from(config.workers.claim_seconds));
        let claim_begins_within = Duration::from_secs(u64::from(config.workers.claim_seconds)) / 2;
        let ways: Ways = ways.into();
        let health = Health::of(ways.sms.iter().map(|way| way.channel.provider()));
        let (board, hints) = (Board::default(), AtomicU64::new(0));
        let (claims, outcomes) = (Together::default(), Together::default());
        Self { app, ways, health, board, claim, claim_begins_within, tracker, hints, claims, outcomes }
    }

    /// The providers as they stand now, for those who only look.
    pub(crate) async fn providers(&self) -> Result<Providers<'_>, StoreError> {
        let switches = self.board.read(&self.app).await?;
        Ok(self.ways.providers(&self.health.look(self.app.clock.now()), switches))
    }

    /// How many hints have come so far: a consumer that hears none while some lie around has to begin anew.
    pub(crate) fn hints(&self) -> u64 {
        self.hints.load(Ordering::Relaxed)
    }

    /// Delivers in a task of its own, so that whoever waits may go away without breaking it off.
    pub(crate) async fn deliver_apart(self: &Arc<Self>, id: MessageId) {
        self.hints.fetch_add(1, Ordering::Relaxed);
        let this = Arc::clone(self);
        let delivery = self.tracker.spawn(async move {
            let guarded = AssertUnwindSafe(this.deliver(id)).catch_unwind();
            if guarded.await.is_err() {
                metrics::counter!(figures::PANICS).increment(1);
                tracing::error!(message.id = %id, "a delivery panicked");
            }
        });
        // It was caught above; a task that was aborted with the process leaves nobody to tell.
        let _ = delivery.await;
    }

    /// Delivers a message, if it is still to be delivered; gives where it stands then.
    pub async fn deliver(&self, id: MessageId) -> Option<Finished> {
        let begun = Instant::now();
        let claimed = match self.claim(id).await? {
            Ok(claimed) => claimed?,
            Err(error) => {
                // Nothing was taken: the hint is given out again.
                tracing::warn!(message.id = %id, %error, "a message cannot be claimed");
                return None;
            }
        };
        fail_point::reached(fail_point::CLAIMED);
        // A process that stood still (stopped, swapped out, a machine moved) may find that others have looked into its
        // message and sent it again: it begins no call that could end after its claim.
        let outcome = if begun.elapsed() < self.claim_begins_within {
            self.send(&claimed).await
        } else {
            SendOutcome::NotSent { reason: "claim_ran_out" }
        };
        fail_point::reached(fail_point::ANSWERED);
        self.finish(Arc::new((claimed, outcome))).await
    }

    /// Claims it, with the others that are asked for at this moment.
    async fn claim(&self, id: MessageId) -> Option<Shared<Option<Claimed>>> {
        let all = |ids: Vec<MessageId>| async move {
            match self.claim_all(&ids).await {
                Ok(claimed) => claimed.into_iter().map(Ok).collect(),
                Err(error) if ids.len() == 1 || is_away(&self.app, &error).await => {
                    same_for_all(error, ids.len())
                }
                // One of them is the reason: each for itself.
                Err(_) => {
                    let mut claimed = Vec::with_capacity(ids.len());
                    for id in ids {
                        let one = self.claim_all(&[id]).await;
                        claimed.push(one.map(|mut one| one.pop().flatten()).map_err(Arc::new));
                    }
                    claimed
                }
            }
        };
        self.claims.ask(id, all).await
    }

    async fn claim_all(&self, ids: &[MessageId]) -> Result<Vec<Option<Claimed>>, StoreError> {
        let switches = self.board.read(&self.app).await?;
        let now = self.app.clock.now();
        let offered = self.health.offer(now);
        let providers = self.ways.providers(&offered, switches);
        let claimed = delivery::claim_all(&self.app, ids, providers, self.claim).await;
        let taken = claimed.as_deref().unwrap_or_default().iter().flatten();
        let used: Vec<&str> = taken.map(|claimed| claimed.provider.as_str()).collect();
        self.health.settle(&offered, &used, now);
        claimed
    }

    async fn send(&self, claimed: &Claimed) -> SendOutcome {
        let started = Instant::now();
        let (provider, outcome) = self.ways.send(&claimed.provider, &claimed.outgoing).await;
        self.health.record(provider, outcome.class(), claimed.probe, self.app.clock.now());
        figures::observe(figures::PROVIDER_SECONDS, ("channel", provider.to_owned()), started);
        metrics::counter!(figures::DELIVERY_ATTEMPTS, "channel" => provider, "outcome" => outcome.word())
            .increment(1);
        if let SendOutcome::Config { code } = outcome {
            tracing::error!(provider, code, "the provider refuses our settings: no message can leave");
        }
        outcome
    }

    async fn finish(&self, ended: Arc<Ended>) -> Option<Finished> {
        let (claimed, outcome) = &*ended;
        let id = claimed.outgoing.message();
        for pause in WRITE_PAUSES_MS {
            match self.write(&ended).await? {
                Ok(finished) => {
                    let ms = (self.app.clock.now() - claimed.outgoing.at()).num_milliseconds();
                    tracing::info!(
                        message.id = %id, message.kind = claimed.kind.as_str(), attempt = claimed.outgoing.attempt(),
                        outcome = outcome.word(), took_ms = ms, "message attempted"
                    );
                    return Some(finished);
                }
                Err(error) => {
                    tracing::warn!(message.id = %id, %error, "an outcome cannot be written, trying again");
                    if let SendOutcome::Accepted { reference, segments } = outcome
                        && spool::keep_acceptance(&self.app, claimed, reference, *segments).await.is_ok()
                    {
                        // It is written from there when the database is back.
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        }
        // The claim runs out, the message becomes uncertain, and the provider is asked.
        tracing::error!(message.id = %id, outcome = outcome.word(), "an outcome could not be written");
        None
    }

    /// Writes an outcome, with the others that are there at this moment.
    async fn write(&self, ended: &Arc<Ended>) -> Option<Shared<Finished>> {
        let app = &self.app;
        let all = |group: Vec<Arc<Ended>>| async move {
            let pairs: Vec<(&Claimed, &SendOutcome)> = group.iter().map(|one| (&one.0, &one.1)).collect();
            match delivery::finish_all(app, &pairs).await {
                Ok(finished) => finished.into_iter().map(Ok).collect(),
                Err(error) if pairs.len() == 1 || is_away(app, &error).await => {
                    same_for_all(error, pairs.len())
                }
                // One of them is the reason: each for itself.
                Err(_) => {
                    let mut finished = Vec::with_capacity(pairs.len());
                    for (claimed, outcome) in pairs {
                        finished.push(delivery::finish(app, claimed, outcome).await.map_err(Arc::new));
                    }
                    finished
                }
            }
        };
        self.outcomes.ask(Arc::clone(ended), all).await
    }
}

/// Whether the database is away, rather than one of a group being the reason of a failure.
async fn is_away(app: &App, error: &StoreError) -> bool {
    !error.may_retry() && app.db.ping().await.is_err()
}

fn same_for_all<T>(error: StoreError, count: usize) -> Vec<Shared<T>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(Arc::clone(&error))).collect()
}

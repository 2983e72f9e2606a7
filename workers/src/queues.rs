//! The queues hints travel by, one per lane: in memory within one process, on Redis between processes.
//!
//! Traps of apalis-redis 1.0, each found by running it, and what is done about them:
//! - More than some 8,000 jobs at once stop a queue for good: the relay never has more than 5,000 hints out.
//! - A worker name used twice loses jobs: names are unique per start.
//! - Finished jobs are kept forever: [`Queues::trim`] removes them. `vacuum()` must never be called.
//! - A worker that stops by its own means forgets a job whose fetch is under way, and never ends when more than four jobs end
//!   after it was told to: it is dropped instead, and what it holds is handed back.
//! - An idempotency key would swallow the second hint of a message whose first one was lost: none is used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use apalis::prelude::{
    BoxDynError, MemorySink, MemoryStorage, MemoryStorageError, RandomId, TaskBuilder, TaskId, TaskSink,
};
use apalis_core::task::Task;
use apalis_redis::{Config as RedisConfig, ConnectionManager, RedisStorage};
use domain::ids::MessageId;
use domain::messaging::Lane;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{SinkExt, StreamExt};
use operations::messaging::delivery::Due;
use redis::aio::ConnectionManagerConfig;
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, watch};

/// How long Redis may take to accept hints; they are pushed within a transaction.
const PUSH_TIMEOUT: Duration = Duration::from_secs(2);
/// Puts what a consumer holds in front of what waits, and strikes the consumer off. A job without its data would break whoever
/// fetches it.
const HAND_BACK: &str = "
    local back = 0
    for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
        if redis.call('HEXISTS', KEYS[5], id) == 1 and redis.call('EXISTS', KEYS[6] .. ':' .. id) == 1 then
            redis.call('LPUSH', KEYS[2], id)
            back = back + 1
        end
    end
    redis.call('DEL', KEYS[1])
    redis.call('ZREM', KEYS[4], ARGV[1])
    if back > 0 then
        redis.call('DEL', KEYS[3])
        redis.call('LPUSH', KEYS[3], 1)
    end
    return back";
/// Finished jobs removed in one step.
const TRIM_STEP: usize = 1000;

/// "Look at this message": all that travels by a queue. No number, no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The message.
    pub message_id: MessageId,
    /// How often it had been claimed when the hint went out; for people who look at the queue.
    #[serde(default)]
    pub epoch: i32,
}

/// Why the queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The address cannot be understood.
    #[error("the address of the queue cannot be used")]
    Address(#[source] redis::RedisError),
    /// It does not answer.
    #[error("the queue does not answer")]
    Unreachable(#[source] redis::RedisError),
    /// It did not take the hints.
    #[error("the queue did not take the hints")]
    Refused(#[source] BoxDynError),
    /// It did not take them in time.
    #[error("the queue took too long")]
    TimedOut,
}

/// The queues of all lanes; clones are the same queues.
#[derive(Clone)]
pub(crate) struct Queues {
    kind: Kind,
    /// Counts up when consumers should connect anew, because the queue was away.
    generation: Arc<watch::Sender<u64>>,
    pub(crate) concurrency: usize,
}

#[derive(Clone)]
enum Kind {
    InProcess(Arc<InProcess>),
    Redis(Arc<Redis>),
}

struct InProcess {
    senders: HashMap<Lane, UnboundedSender<Task<Hint>>>,
    receivers: Mutex<HashMap<Lane, UnboundedReceiver<Task<Hint>>>>,
}

struct Redis {
    client: redis::Client,
    connection: OnceCell<ConnectionManager>,
}

/// A backend a worker consumes.
pub(crate) enum Backend {
    Memory(MemoryStorage<Hint>),
    Redis(Box<RedisStorage<Hint>>),
}

impl Queues {
    /// Queues on Redis under this address, or in memory without one.
    pub(crate) fn open(redis_url: Option<&str>, concurrency: u32) -> Result<Self, QueueError> {
        let kind = match redis_url {
            Some(url) => Kind::Redis(Arc::new(Redis {
                client: redis::Client::open(url).map_err(QueueError::Address)?,
                connection: OnceCell::new(),
            })),
            None => {
                let (senders, receivers) = Lane::ALL
                    .into_iter()
                    .map(|lane| {
                        let (sender, receiver) = unbounded();
                        ((lane, sender), (lane, receiver))
                    })
                    .unzip();
                Kind::InProcess(Arc::new(InProcess { senders, receivers: Mutex::new(receivers) }))
            }
        };
        let (generation, _) = watch::channel(0);
        Ok(Self { kind, generation: Arc::new(generation), concurrency: concurrency.max(1) as usize })
    }

    /// Whether the hints live in this process only, so that a restart loses them.
    pub(crate) fn in_process(&self) -> bool {
        matches!(self.kind, Kind::InProcess(_))
    }

    /// Hands over hints. Nothing is lost when this fails half-way: a hint too many is harmless.
    pub(crate) async fn push(&self, due: Vec<Due>) -> Result<(), QueueError> {
        match &self.kind {
            Kind::InProcess(memory) => {
                for one in due {
                    memory.push(one.lane, hint(&one))?;
                }
                Ok(())
            }
            Kind::Redis(redis) => {
                let push = push_to_redis(redis, due);
                tokio::time::timeout(PUSH_TIMEOUT, push).await.map_err(|_| QueueError::TimedOut)?
            }
        }
    }

    /// The backend a lane's worker consumes. In memory there is one per lane and process.
    pub(crate) async fn backend(&self, lane: Lane) -> Result<Option<Backend>, QueueError> {
        match &self.kind {
            Kind::InProcess(memory) => Ok(memory.storage(lane).map(Backend::Memory)),
            Kind::Redis(redis) => {
                let connection = redis.connection().await?;
                Ok(Some(Backend::Redis(Box::new(storage(connection, lane)))))
            }
        }
    }

    /// Puts back what a consumer that ended had taken and not finished, so that the next one finds it at once. What is being
    /// delivered comes twice, which is harmless.
    pub(crate) async fn hand_back(&self, lane: Lane, consumer: &str) {
        let Kind::Redis(redis) = &self.kind else { return };
        let handed_back = async {
            // The same connection: a fetch that was under way is carried out before this.
            let mut connection = redis.connection().await?;
            hand_back(&mut connection, lane, consumer).await.map_err(QueueError::Unreachable)
        };
        match tokio::time::timeout(PUSH_TIMEOUT, handed_back).await.unwrap_or(Err(QueueError::TimedOut)) {
            Ok(0) => {}
            Ok(hints) => tracing::info!(lane = lane.as_str(), hints, "a consumer that ended gave hints back"),
            Err(error) => tracing::debug!(lane = lane.as_str(), %error, "hints were not given back"),
        }
    }

    /// Tells consumers to connect anew: some hang after Redis was away.
    pub(crate) fn renew(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Hears when to connect anew.
    pub(crate) fn renewals(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Whether the queue answers.
    pub(crate) async fn answers(&self) -> bool {
        let Kind::Redis(redis) = &self.kind else { return true };
        let ping = async {
            let mut connection = redis.connection().await.ok()?;
            redis::cmd("PING").query_async::<()>(&mut connection).await.ok()
        };
        matches!(tokio::time::timeout(PUSH_TIMEOUT, ping).await, Ok(Some(())))
    }

    /// How many hints lie in the queue, taken by a worker or not; `None` when it does not answer, or is in memory.
    pub(crate) async fn depth(&self) -> Option<u64> {
        let Kind::Redis(redis) = &self.kind else { return None };
        let count = async {
            let mut connection = redis.connection().await.ok()?;
            let mut pipe = redis::pipe();
            for lane in Lane::ALL {
                let queue = queue_name(lane);
                pipe.cmd("LLEN").arg(format!("{queue}:active"));
                pipe.cmd("ZCARD").arg(format!("{queue}:scheduled"));
            }
            let counts: Vec<u64> = pipe.query_async(&mut connection).await.ok()?;
            Some(counts.iter().sum())
        };
        tokio::time::timeout(PUSH_TIMEOUT, count).await.ok().flatten()
    }

    /// Removes finished jobs, which apalis keeps forever; gives their number.
    pub(crate) async fn trim(&self) -> Result<usize, QueueError> {
        let Kind::Redis(redis) = &self.kind else { return Ok(0) };
        let mut connection = redis.connection().await?;
        let mut removed = 0;
        for lane in Lane::ALL {
            loop {
                let done = trim_step(&mut connection, lane).await.map_err(QueueError::Unreachable)?;
                removed += done;
                if done < TRIM_STEP {
                    break;
                }
            }
        }
        Ok(removed)
    }
}

impl InProcess {
    fn push(&self, lane: Lane, hint: Hint) -> Result<(), QueueError> {
        let id = TaskId::from_string(RandomId::default());
        let task = TaskBuilder::new(hint).task_id(id).build();
        let sender = self.senders.get(&lane).ok_or(QueueError::TimedOut)?;
        sender.unbounded_send(task).map_err(|error| QueueError::Refused(error.into_send_error().into()))
    }

    fn storage(&self, lane: Lane) -> Option<MemoryStorage<Hint>> {
        let receiver = self.receivers.lock().unwrap_or_else(PoisonError::into_inner).remove(&lane)?;
        let sender = self.senders.get(&lane)?.clone().sink_map_err(MemoryStorageError::from);
        let sink = MemorySink::new(Arc::new(futures::lock::Mutex::new(Box::new(sender))));
        Some(MemoryStorage::new_with(sink, receiver.boxed()))
    }
}

impl Redis {
    /// One connection for all lanes; it reconnects by itself once it was there.
    async fn connection(&self) -> Result<ConnectionManager, QueueError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(Duration::from_secs(2)))
                .set_response_timeout(Some(Duration::from_secs(5)))
                .set_number_of_retries(1);
            let connecting = self.client.get_connection_manager_with_config(config);
            let limit = Duration::from_secs(5);
            tokio::time::timeout(limit, connecting)
                .await
                .map_err(|_| QueueError::TimedOut)?
                .map_err(QueueError::Unreachable)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }
}

fn hint(due: &Due) -> Hint {
    Hint { message_id: due.id, epoch: due.attempts }
}

/// The literal name of a lane's queue on Redis.
fn queue_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Codes => "lotse:codes",
        Lane::Calls => "lotse:calls",
        Lane::Dialogue => "lotse:dialogue",
        Lane::Sms => "lotse:sms",
        Lane::Mail => "lotse:mail",
        Lane::Push => "lotse:push",
    }
}

fn storage(connection: ConnectionManager, lane: Lane) -> RedisStorage<Hint> {
    let config = RedisConfig::default()
        .queue(queue_name(lane))
        // One at a time: what a killed worker had fetched ahead would wait for minutes.
        .batch_size(1)
        .heartbeat_interval(Duration::from_secs(5))
        .missed_heartbeats(3);
    RedisStorage::new(connection).with_config(config)
}

async fn push_to_redis(redis: &Redis, due: Vec<Due>) -> Result<(), QueueError> {
    let connection = redis.connection().await?;
    for lane in Lane::ALL {
        let hints: Vec<Hint> = due.iter().filter(|one| one.lane == lane).map(hint).collect();
        if !hints.is_empty() {
            let pushed = storage(connection.clone(), lane).push_bulk(hints).await;
            pushed.map_err(|error| QueueError::Refused(error.into()))?;
        }
    }
    Ok(())
}

async fn hand_back(
    connection: &mut ConnectionManager,
    lane: Lane,
    consumer: &str,
) -> Result<u64, redis::RedisError> {
    let queue = queue_name(lane);
    redis::cmd("EVAL")
        .arg(HAND_BACK)
        .arg(6)
        .arg(format!("{queue}:inflight:{consumer}"))
        .arg(format!("{queue}:active"))
        .arg(format!("{queue}:signal"))
        .arg(format!("{queue}:workers"))
        .arg(format!("{queue}:data"))
        .arg(format!("{queue}:meta"))
        .arg(consumer)
        .query_async(connection)
        .await
}

/// Takes finished jobs out of the set, the data and their metadata.
async fn trim_step(connection: &mut ConnectionManager, lane: Lane) -> Result<usize, redis::RedisError> {
    let queue = queue_name(lane);
    let mut ids: Vec<String> = Vec::new();
    for set in ["done", "dead"] {
        let popped: Vec<String> =
            redis::cmd("SPOP").arg(format!("{queue}:{set}")).arg(TRIM_STEP).query_async(connection).await?;
        ids.extend(popped);
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let mut pipe = redis::pipe();
    pipe.cmd("HDEL").arg(format!("{queue}:data")).arg(&ids).ignore();
    for id in &ids {
        pipe.cmd("DEL").arg(format!("{queue}:meta:{id}")).ignore();
    }
    pipe.query_async::<()>(connection).await?;
    Ok(ids.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterdays_payloads_are_read_today() {
        for payload in [
            include_str!("../tests/payloads/hint-v1.json"),
            include_str!("../tests/payloads/hint-v1-without-epoch.json"),
            include_str!("../tests/payloads/hint-of-tomorrow.json"),
        ] {
            let hint: Hint = serde_json::from_str(payload).unwrap();
            assert_eq!(hint.message_id.to_string(), "01992f6a-3c00-7000-8000-000000000001");
        }
    }

    #[test]
    fn every_lane_has_a_queue_of_its_own() {
        let names: std::collections::BTreeSet<_> = Lane::ALL.map(queue_name).into_iter().collect();
        assert_eq!(names.len(), Lane::ALL.len());
    }
}

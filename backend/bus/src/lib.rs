//! "Something changed" signals: within one process, or between processes over Redis. A signal says what to
//! look at again, never what it looks like now: it may be lost, doubled or late without harm, and nothing
//! personal is in it.

mod redis_link;
mod signal;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{Stream, StreamExt};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

pub use redis_link::check_redis;
pub use signal::{Change, Signal, Topic};

/// Changes a slow listener may lag behind before it is told that everything may have changed.
const BACKLOG: usize = 1024;

/// Redis cannot be used under this address.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("the Redis address cannot be used")]
    Address(#[source] redis::RedisError),
    #[error("Redis does not answer")]
    Unreachable(#[source] redis::RedisError),
    #[error("Redis did not answer in time")]
    TimedOut,
}

/// The town's grapevine. Cloning it is cheap, all clones are one bus.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    local: broadcast::Sender<Change>,
    redis: Option<redis_link::Link>,
}

impl Bus {
    /// A bus for one process that does everything.
    pub fn in_process() -> Self {
        let (local, _) = broadcast::channel(BACKLOG);
        Self { inner: Arc::new(Inner { local, redis: None }) }
    }

    /// A bus between processes. It connects in the background and keeps trying for as long as it lives; while
    /// Redis is away, listeners in this process still hear this process.
    pub fn redis(url: &str) -> Result<Self, BusError> {
        let client = redis::Client::open(url).map_err(BusError::Address)?;
        let (local, _) = broadcast::channel(BACKLOG);
        let link = redis_link::Link::start(client, local.clone());
        Ok(Self { inner: Arc::new(Inner { local, redis: Some(link) }) })
    }

    /// Tells every listener, here and elsewhere. Never waits and never fails: the change itself is already
    /// committed, and whoever misses the signal looks again by itself.
    pub fn publish(&self, signal: Signal) {
        // An error only says that nobody listens in this process.
        let _ = self.inner.local.send(Change::At(signal));
        if let Some(link) = &self.inner.redis {
            link.publish(signal);
        }
    }

    /// The changes from now on, here and elsewhere.
    pub fn subscribe(&self) -> impl Stream<Item = Change> + Send + Unpin + use<> {
        BroadcastStream::new(self.inner.local.subscribe()).map(|received| match received {
            Ok(change) => change,
            Err(BroadcastStreamRecvError::Lagged(_)) => Change::Everything,
        })
    }

    /// Whether Redis can be heard just now; `None` when there is none to hear.
    pub fn redis_connected(&self) -> Option<bool> {
        self.inner.redis.as_ref().map(redis_link::Link::connected)
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.redis_connected() {
            None => f.write_str("Bus(in process)"),
            Some(connected) => write!(f, "Bus(redis, connected: {connected})"),
        }
    }
}

/// A flag that reports each change of its state once.
#[derive(Debug, Default)]
struct Latch(AtomicBool);

impl Latch {
    /// Sets the state; says whether it is new.
    fn turn(&self, state: bool) -> bool {
        self.0.swap(state, Ordering::SeqCst) != state
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

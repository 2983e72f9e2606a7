//! The link to Redis: one task speaks, one listens, both reconnect for ever. After a gap both sides are told
//! that everything may have changed.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::{BusError, Change, Latch, Signal};

/// The one channel all processes of an installation share.
const CHANNEL: &str = "lotse:signals";
/// Signals that may wait to be spoken; more are dropped and made good by "everything".
const OUTBOX: usize = 4096;
/// Signals spoken in one round trip.
const AT_ONCE: usize = 256;
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often the listener makes sure that the line is not dead.
const PING_EVERY: Duration = Duration::from_secs(10);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(2);

/// What travels through Redis: who says it, and what changed (nothing named: everything may have).
#[derive(Serialize, Deserialize)]
struct Spoken {
    from: u64,
    #[serde(default)]
    signal: Option<Signal>,
}

/// The tasks of one bus; they end with it.
pub(crate) struct Link {
    outbox: mpsc::Sender<Signal>,
    missed: Arc<Latch>,
    hearing: Arc<Latch>,
    tasks: [JoinHandle<()>; 2],
}

impl Link {
    pub(crate) fn start(client: redis::Client, local: broadcast::Sender<Change>) -> Self {
        // Tells our own echo from the others' words. Not a secret and not a decision, hence not from App.
        let own = RandomState::new().build_hasher().finish();
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let missed = Arc::new(Latch::default());
        let hearing = Arc::new(Latch::default());
        let speaker = tokio::spawn(speak(client.clone(), own, inbox, missed.clone()));
        let listener = tokio::spawn(listen(client, own, local, hearing.clone()));
        Self { outbox, missed, hearing, tasks: [speaker, listener] }
    }

    pub(crate) fn publish(&self, signal: Signal) {
        if self.outbox.try_send(signal).is_err() {
            self.missed.turn(true);
        }
    }

    pub(crate) fn connected(&self) -> bool {
        self.hearing.get()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn connect(client: &redis::Client) -> Result<MultiplexedConnection, BusError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT));
    match timeout(TIMEOUT, client.get_multiplexed_async_connection_with_config(&config)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(BusError::Unreachable(error)),
        Err(_) => Err(BusError::TimedOut),
    }
}

/// Whether a Redis under this address answers; for `doctor` and the readiness check.
pub async fn check_redis(url: &str) -> Result<(), BusError> {
    let client = redis::Client::open(url).map_err(BusError::Address)?;
    let mut connection = connect(&client).await?;
    redis::cmd("PING").query_async::<String>(&mut connection).await.map_err(BusError::Unreachable)?;
    Ok(())
}

async fn speak(client: redis::Client, own: u64, mut inbox: mpsc::Receiver<Signal>, missed: Arc<Latch>) {
    let mut retry = FIRST_RETRY;
    loop {
        match connect(&client).await {
            Ok(connection) => {
                retry = FIRST_RETRY;
                match speak_on(connection, own, &mut inbox, &missed).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(error = %error, "Redis does not take signals; trying again"),
                }
            }
            Err(error) => {
                // What is said meanwhile cannot be heard elsewhere; the first word after the gap makes it good.
                while inbox.try_recv().is_ok() {
                    missed.turn(true);
                }
                tracing::debug!(error = %error, "Redis is away");
                sleep(retry).await;
                retry = (retry * 2).min(LAST_RETRY);
            }
        }
    }
}

/// Speaks until the line breaks; ends well when the bus is gone.
async fn speak_on(
    mut connection: MultiplexedConnection,
    own: u64,
    inbox: &mut mpsc::Receiver<Signal>,
    missed: &Latch,
) -> Result<(), redis::RedisError> {
    let mut batch = Vec::with_capacity(AT_ONCE);
    loop {
        if missed.turn(false) {
            say(&mut connection, own, &[None]).await.inspect_err(|_| {
                missed.turn(true);
            })?;
        }
        batch.clear();
        if inbox.recv_many(&mut batch, AT_ONCE).await == 0 {
            return Ok(());
        }
        let signals: Vec<_> = batch.iter().copied().map(Some).collect();
        say(&mut connection, own, &signals).await.inspect_err(|_| {
            missed.turn(true);
        })?;
    }
}

async fn say(
    connection: &mut MultiplexedConnection,
    own: u64,
    signals: &[Option<Signal>],
) -> Result<(), redis::RedisError> {
    let mut pipe = redis::pipe();
    for signal in signals {
        let spoken = Spoken { from: own, signal: *signal };
        let text = serde_json::to_string(&spoken).expect("ids and names always make JSON");
        pipe.cmd("PUBLISH").arg(CHANNEL).arg(text).ignore();
    }
    pipe.query_async(connection).await
}

async fn listen(client: redis::Client, own: u64, local: broadcast::Sender<Change>, hearing: Arc<Latch>) {
    let mut retry = FIRST_RETRY;
    let mut failures = 0_u32;
    loop {
        match subscribe(&client).await {
            Ok((mut sink, mut stream)) => {
                if failures > 0 {
                    tracing::info!(attempts = failures, "Redis is back");
                }
                (retry, failures) = (FIRST_RETRY, 0);
                hearing.turn(true);
                // Whatever was said before we listened is unknown to us.
                let _ = local.send(Change::Everything);
                hear(&mut sink, &mut stream, own, &local).await;
                hearing.turn(false);
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(error = %error, "Redis cannot be heard; other processes' changes show late");
                }
                failures += 1;
                sleep(retry).await;
                retry = (retry * 2).min(LAST_RETRY);
            }
        }
    }
}

type Line = (redis::aio::PubSubSink, redis::aio::PubSubStream);

async fn subscribe(client: &redis::Client) -> Result<Line, BusError> {
    let subscribed = async {
        let (mut sink, stream) = client.get_async_pubsub().await?.split();
        sink.subscribe(CHANNEL).await?;
        Ok((sink, stream))
    };
    match timeout(TIMEOUT, subscribed).await {
        Ok(result) => result.map_err(BusError::Unreachable),
        Err(_) => Err(BusError::TimedOut),
    }
}

/// Passes on what is said until the line breaks or goes silent.
async fn hear(
    sink: &mut redis::aio::PubSubSink,
    stream: &mut redis::aio::PubSubStream,
    own: u64,
    local: &broadcast::Sender<Change>,
) {
    let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            _ = ping.tick() => match timeout(TIMEOUT, sink.ping::<redis::Value>()).await {
                Ok(Ok(_)) => continue,
                Ok(Err(_)) | Err(_) => return,
            },
        };
        let Some(message) = message else { return };
        match serde_json::from_slice::<Spoken>(message.get_payload_bytes()) {
            Ok(spoken) if spoken.from == own => {}
            // A word of a newer version that we do not know: look at everything.
            Err(_) | Ok(Spoken { signal: None, .. }) => drop(local.send(Change::Everything)),
            Ok(Spoken { signal: Some(signal), .. }) => drop(local.send(Change::At(signal))),
        }
    }
}

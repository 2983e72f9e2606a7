//! Live pages: a full snapshot on connecting and after every change, so that a client never has to piece things
//! together; at least every fifteen seconds, so that ages stay right.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bus::{Bus, Change, Topic};
use domain::ids::TownId;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, stream};
use poem_openapi::payload::EventStream;
use poem_openapi::types::{ToJSON, Type};
use runtime::metrics::LIVE_LISTENERS;

use crate::server::Stopping;

/// A stream of snapshots.
pub type Live<T> = EventStream<BoxStream<'static, T>>;

/// The longest time between two snapshots.
const REFRESH: Duration = Duration::from_secs(15);

/// Changes that follow each other within this time are one snapshot.
const COALESCE: Duration = Duration::from_millis(40);

/// How long after a failed look the next one is tried.
const AGAIN: Duration = Duration::from_secs(2);

/// What to listen to.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The town.
    pub town: TownId,
    /// What may change.
    pub topics: Vec<Topic>,
}

struct Watching<F> {
    changes: Pin<Box<dyn Stream<Item = Change> + Send>>,
    watch: Watch,
    stopping: Stopping,
    look: F,
    begun: bool,
    _counted: Listening,
}

/// Counts an open stream for as long as it lives.
struct Listening;

impl Listening {
    fn begin() -> Self {
        metrics::gauge!(LIVE_LISTENERS).increment(1.0);
        Self
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        metrics::gauge!(LIVE_LISTENERS).decrement(1.0);
    }
}

/// Streams what `look` sees; ends when it sees nothing any more (a revoked device, a vanished visit) or the server stops.
pub fn live<T, E, F, Fut>(bus: &Bus, watch: Watch, stopping: &Stopping, look: F) -> Live<T>
where
    T: Type + ToJSON + Send + 'static,
    E: Error + Send + 'static,
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Result<Option<T>, E>> + Send + 'static,
{
    EventStream::new(snapshots(bus, watch, stopping, look).boxed()).keep_alive(REFRESH)
}

fn snapshots<T, E, F, Fut>(
    bus: &Bus,
    watch: Watch,
    stopping: &Stopping,
    look: F,
) -> impl Stream<Item = T> + Send + 'static
where
    T: Send + 'static,
    E: Error + Send + 'static,
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Result<Option<T>, E>> + Send + 'static,
{
    // Subscribed before the first look: nothing falls between.
    let changes = Box::pin(bus.subscribe());
    let watching = Watching {
        changes,
        watch,
        stopping: stopping.clone(),
        look,
        begun: false,
        _counted: Listening::begin(),
    };
    stream::unfold(watching, next)
}

async fn next<T, E, F, Fut>(mut watching: Watching<F>) -> Option<(T, Watching<F>)>
where
    E: Error + Send + 'static,
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<Option<T>, E>> + Send + 'static,
{
    if watching.begun && !watching.changed().await {
        return None;
    }
    watching.begun = true;
    loop {
        match (watching.look)().await {
            Ok(Some(snapshot)) => return Some((snapshot, watching)),
            Ok(None) => return None,
            Err(failure) => tracing::warn!(error = %failure, "a live page could not be read"),
        }
        tokio::select! {
            () = watching.stopping.0.wait() => return None,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

impl<F> Watching<F> {
    /// Waits for something to look at again; `false` when the server stops.
    async fn changed(&mut self) -> bool {
        let refresh = tokio::time::sleep(REFRESH);
        tokio::pin!(refresh);
        loop {
            tokio::select! {
                () = self.stopping.0.wait() => return false,
                () = &mut refresh => return true,
                change = self.changes.next() => match change {
                    None => return false,
                    Some(change) if self.concerns(change) => break,
                    Some(_) => {}
                },
            }
        }
        tokio::time::sleep(COALESCE).await;
        while let Some(Some(_)) = self.changes.next().now_or_never() {}
        true
    }

    fn concerns(&self, change: Change) -> bool {
        change.concerns(self.watch.town.0, &self.watch.topics)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bus::Signal;
    use runtime::Shutdown;
    use uuid::Uuid;

    use super::*;

    const TOWN: TownId = TownId(Uuid::from_u128(1));
    const OFFICE: Topic = Topic::Queue { office: Uuid::from_u128(2) };

    /// Counts the looks; sees nothing any more after `last`.
    fn counting(bus: &Bus, stopping: &Stopping, last: usize) -> impl Stream<Item = usize> + Unpin {
        let looks = Arc::new(AtomicUsize::new(0));
        let watch = Watch { town: TOWN, topics: vec![OFFICE] };
        Box::pin(snapshots(bus, watch, stopping, move || {
            let look = looks.fetch_add(1, Ordering::SeqCst) + 1;
            async move { Ok::<_, Infallible>((look <= last).then_some(look)) }
        }))
    }

    #[tokio::test]
    async fn a_snapshot_on_connecting_and_one_for_a_burst_of_changes() {
        let (bus, stopping) = (Bus::in_process(), Stopping(Shutdown::new()));
        let mut seen = counting(&bus, &stopping, 9);
        assert_eq!(seen.next().await, Some(1));
        for _ in 0..20 {
            bus.publish(Signal { town: TOWN.0, topic: OFFICE });
        }
        assert_eq!(seen.next().await, Some(2));
        assert_eq!(seen.next().now_or_never(), None, "the burst is told once");
    }

    #[tokio::test]
    async fn other_towns_and_topics_wake_nobody() {
        let (bus, stopping) = (Bus::in_process(), Stopping(Shutdown::new()));
        let mut seen = counting(&bus, &stopping, 9);
        assert_eq!(seen.next().await, Some(1));
        bus.publish(Signal { town: Uuid::from_u128(9), topic: OFFICE });
        bus.publish(Signal { town: TOWN.0, topic: Topic::Outbox });
        tokio::task::yield_now().await;
        assert_eq!(seen.next().now_or_never(), None);
    }

    #[tokio::test]
    async fn it_ends_when_there_is_nothing_to_see_and_when_the_server_stops() {
        let (bus, stopping) = (Bus::in_process(), Stopping(Shutdown::new()));
        let mut seen = counting(&bus, &stopping, 1);
        assert_eq!(seen.next().await, Some(1));
        bus.publish(Signal { town: TOWN.0, topic: OFFICE });
        assert_eq!(seen.next().await, None);

        let mut stopped = counting(&bus, &stopping, 9);
        assert_eq!(stopped.next().await, Some(1));
        stopping.0.trigger();
        assert_eq!(stopped.next().await, None);
    }
}

//! What many look at is read once: when the first of them comes, after every change, and every fifteen seconds, until the last has gone.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::{Bus, Change, Topic};
use domain::ids::TownId;
use futures::{FutureExt, Stream, StreamExt};
use runtime::Shutdown;
use runtime::metrics::LIVE_READINGS;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// The longest time between two readings.
const REFRESH: Duration = Duration::from_secs(15);

/// A change is told in several signals: so long the first waits for the others.
const GATHER: Duration = Duration::from_millis(3);

/// The shortest time between two readings. The first change is read at once; what follows closely is read together.
const COALESCE: Duration = Duration::from_millis(40);

/// How long after a failed reading the next one is tried.
const AGAIN: Duration = Duration::from_secs(2);

/// So long after the last event a listener hears that the line is alive; while readings succeed, they come before.
const ALIVE: Duration = Duration::from_secs(20);

/// What may change of something that is looked at.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The town.
    pub town: TownId,
    /// What may change.
    pub topics: Vec<Topic>,
}

type Sender<T> = Arc<watch::Sender<Option<Arc<T>>>>;
type Readings<K, T> = HashMap<K, Sender<T>>;

/// Things that are looked at just now, each read for all who look.
#[derive(Debug)]
pub struct Shared<K, T>(Arc<Mutex<Readings<K, T>>>);

impl<K, T> Clone for Shared<K, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T> Default for Shared<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, T> Shared<K, T>
where
    K: Copy + Eq + Hash + Send + Debug + 'static,
    T: Send + Sync + 'static,
{
    /// One more who looks at this. `read` is used when nobody looked before; when it finds nothing any more, or the
    /// server stops, all who look hear the end.
    pub fn look<E, F, Fut>(&self, key: K, bus: &Bus, watch: Watch, stopping: &Shutdown, read: F) -> Look<T>
    where
        E: Error + Send + 'static,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<T>, E>> + Send + 'static,
    {
        let mut readings = lock(&self.0);
        if let Some(sender) = readings.get(&key) {
            return Look::at(sender);
        }
        let sender = Sender::new(watch::channel(None).0);
        let look = Look::at(&sender);
        readings.insert(key, Arc::clone(&sender));
        let reader = Reader {
            // Subscribed before the first reading: nothing falls between.
            changes: Box::pin(bus.subscribe()),
            watch,
            stopping: stopping.clone(),
            place: Place { shared: self.clone(), key, sender },
        };
        tokio::spawn(reader.run(read));
        look
    }

    /// What all who look at this see just now; nothing while nobody looks.
    #[cfg(test)]
    fn seen(&self, key: K) -> Option<Arc<T>> {
        lock(&self.0).get(&key).and_then(|sender| sender.borrow().clone())
    }
}

fn lock<K, T>(readings: &Mutex<Readings<K, T>>) -> MutexGuard<'_, Readings<K, T>> {
    readings.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who looks.
#[derive(Debug)]
pub struct Look<T>(watch::Receiver<Option<Arc<T>>>);

/// What somebody who looks learns next.
#[derive(Debug)]
pub enum Turn<T> {
    /// How it is now.
    Now(Arc<T>),
    /// Nothing new for a while.
    Quiet,
    /// There is nothing to see any more.
    End,
}

impl<T> Look<T> {
    fn at(sender: &Sender<T>) -> Self {
        let mut receiver = sender.subscribe();
        if receiver.borrow().is_some() {
            receiver.mark_changed();
        }
        Self(receiver)
    }

    /// How it is, at once for whoever has just come, else after the next reading. Readings that came meanwhile are one.
    pub async fn next(&mut self) -> Turn<T> {
        match timeout(ALIVE, self.0.changed()).await {
            Ok(Ok(())) => self.0.borrow_and_update().clone().map_or(Turn::Quiet, Turn::Now),
            Ok(Err(_)) => Turn::End,
            Err(_) => Turn::Quiet,
        }
    }
}

/// Reads one thing for all who look at it.
struct Reader<K, T>
where
    K: Copy + Eq + Hash,
{
    changes: Pin<Box<dyn Stream<Item = Change> + Send>>,
    watch: Watch,
    stopping: Shutdown,
    place: Place<K, T>,
}

/// Where the reader stands among the readings. However it ends, it is taken out, so that nobody waits for it.
struct Place<K: Copy + Eq + Hash, T> {
    shared: Shared<K, T>,
    key: K,
    sender: Sender<T>,
}

impl<K, T> Reader<K, T>
where
    K: Copy + Eq + Hash + Send + Debug + 'static,
    T: Send + Sync + 'static,
{
    async fn run<E, F, Fut>(mut self, read: F)
    where
        E: Error + Send + 'static,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<Option<T>, E>> + Send,
    {
        loop {
            let began = Instant::now();
            let next = match read().await {
                Ok(Some(seen)) => {
                    metrics::counter!(LIVE_READINGS).increment(1);
                    self.place.sender.send_replace(Some(Arc::new(seen)));
                    self.changed(began + REFRESH).await
                }
                Ok(None) => return,
                Err(failure) => {
                    tracing::warn!(error = %failure, "a live page could not be read");
                    self.nothing_until(Instant::now() + AGAIN).await
                }
            };
            if next == Next::End {
                return;
            }
            sleep_until((began + COALESCE).max(Instant::now() + GATHER)).await;
            while let Some(Some(_)) = self.changes.next().now_or_never() {}
        }
    }

    /// Waits for a change, at most until then.
    async fn changed(&mut self, latest: Instant) -> Next {
        loop {
            tokio::select! {
                () = self.stopping.wait() => return Next::End,
                () = self.place.sender.closed() => if self.place.leave() { return Next::End },
                () = sleep_until(latest) => return Next::Read,
                change = self.changes.next() => match change {
                    None => return Next::End,
                    Some(change) if change.concerns(self.watch.town.0, &self.watch.topics) => return Next::Read,
                    Some(_) => {}
                },
            }
        }
    }

    async fn nothing_until(&mut self, then: Instant) -> Next {
        loop {
            tokio::select! {
                () = self.stopping.wait() => return Next::End,
                () = self.place.sender.closed() => if self.place.leave() { return Next::End },
                () = sleep_until(then) => return Next::Read,
            }
        }
    }
}

/// What a reader does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Read,
    End,
}

impl<K: Copy + Eq + Hash, T> Place<K, T> {
    /// Gives the place up if nobody looks any more; whoever comes later begins anew.
    fn leave(&self) -> bool {
        let mut readings = lock(&self.shared.0);
        if self.sender.receiver_count() > 0 {
            return false;
        }
        self.take_out(&mut readings);
        true
    }

    fn take_out(&self, readings: &mut Readings<K, T>) {
        if readings.get(&self.key).is_some_and(|sender| Arc::ptr_eq(sender, &self.sender)) {
            readings.remove(&self.key);
        }
    }
}

impl<K: Copy + Eq + Hash, T> Drop for Place<K, T> {
    fn drop(&mut self) {
        self.take_out(&mut lock(&self.shared.0));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bus::Signal;
    use tokio::sync::Semaphore;
    use uuid::Uuid;

    use super::*;

    const TOWN: TownId = TownId(Uuid::from_u128(1));
    const OFFICE: Topic = Topic::Queue { office: Uuid::from_u128(2) };

    /// Something that counts how often it was read, and is gone after `last`.
    struct Counted {
        bus: Bus,
        stopping: Shutdown,
        shared: Shared<u8, usize>,
        readings: Arc<AtomicUsize>,
        last: usize,
        /// A reading waits for one of these.
        may_read: Arc<Semaphore>,
    }

    impl Counted {
        fn until(last: usize) -> Self {
            Self {
                bus: Bus::in_process(),
                stopping: Shutdown::new(),
                shared: Shared::default(),
                readings: Arc::default(),
                last,
                may_read: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            }
        }

        fn look(&self) -> Look<usize> {
            let watch = Watch { town: TOWN, topics: vec![OFFICE] };
            let (readings, may_read, last) =
                (Arc::clone(&self.readings), Arc::clone(&self.may_read), self.last);
            self.shared.look(1, &self.bus, watch, &self.stopping, move || {
                let reading = readings.fetch_add(1, Ordering::SeqCst) + 1;
                let may_read = Arc::clone(&may_read);
                async move {
                    may_read.acquire().await.expect("it is never closed").forget();
                    Ok::<_, Infallible>((reading <= last).then_some(reading))
                }
            })
        }

        fn change(&self) {
            self.bus.publish(Signal { town: TOWN.0, topic: OFFICE });
        }

        fn readings(&self) -> usize {
            self.readings.load(Ordering::SeqCst)
        }
    }

    async fn sees(look: &mut Look<usize>) -> Option<usize> {
        match look.next().await {
            Turn::Now(seen) => Some(*seen),
            Turn::Quiet => panic!("nothing was read for {ALIVE:?}"),
            Turn::End => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_changes_is_one_reading_for_all_who_look() {
        let counted = Counted::until(99);
        let mut looks: Vec<_> = (0..100).map(|_| counted.look()).collect();
        for look in &mut looks {
            assert_eq!(sees(look).await, Some(1));
        }
        for _ in 0..20 {
            counted.change();
        }
        for look in &mut looks {
            assert_eq!(sees(look).await, Some(2));
        }
        tokio::time::sleep(COALESCE * 4).await;
        assert_eq!(counted.readings(), 2);
        let mut late = counted.look();
        assert_eq!(sees(&mut late).await, Some(2), "whoever comes later sees at once what the others see");
        assert_eq!(counted.readings(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn changes_during_a_reading_are_exactly_one_more() {
        let counted = Counted::until(99);
        let mut look = counted.look();
        assert_eq!(sees(&mut look).await, Some(1));
        tokio::time::sleep(COALESCE).await;
        counted.may_read.forget_permits(Semaphore::MAX_PERMITS);
        counted.change();
        while counted.readings() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..5 {
            counted.change();
            tokio::time::sleep(COALESCE).await;
        }
        counted.may_read.add_permits(9);
        assert_eq!(sees(&mut look).await, Some(2));
        assert_eq!(sees(&mut look).await, Some(3));
        tokio::time::sleep(COALESCE * 4).await;
        assert_eq!(counted.readings(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn without_changes_it_is_read_every_fifteen_seconds() {
        let counted = Counted::until(99);
        let mut look = counted.look();
        let began = Instant::now();
        for reading in 1..=5 {
            assert_eq!(sees(&mut look).await, Some(reading));
        }
        assert!(began.elapsed() >= REFRESH * 4);
    }

    #[tokio::test(start_paused = true)]
    async fn other_towns_and_topics_are_no_reason_to_read() {
        let counted = Counted::until(99);
        let mut look = counted.look();
        assert_eq!(sees(&mut look).await, Some(1));
        counted.bus.publish(Signal { town: Uuid::from_u128(9), topic: OFFICE });
        counted.bus.publish(Signal { town: TOWN.0, topic: Topic::Outbox });
        tokio::time::sleep(COALESCE * 4).await;
        assert_eq!(counted.readings(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_for_nobody() {
        let counted = Counted::until(99);
        let mut look = counted.look();
        assert_eq!(sees(&mut look).await, Some(1));
        drop(look);
        tokio::time::sleep(COALESCE).await;
        assert!(counted.shared.seen(1).is_none(), "nothing is kept");
        counted.change();
        tokio::time::sleep(REFRESH * 2).await;
        assert_eq!(counted.readings(), 1);
        assert_eq!(sees(&mut counted.look()).await, Some(2), "whoever comes later begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn all_hear_the_end_when_it_is_gone_and_when_the_server_stops() {
        let gone = Counted::until(1);
        let (mut one, mut other) = (gone.look(), gone.look());
        assert_eq!((sees(&mut one).await, sees(&mut other).await), (Some(1), Some(1)));
        gone.change();
        assert_eq!((sees(&mut one).await, sees(&mut other).await), (None, None));

        let stopped = Counted::until(9);
        let mut look = stopped.look();
        assert_eq!(sees(&mut look).await, Some(1));
        stopped.stopping.trigger();
        assert_eq!(sees(&mut look).await, None);
    }
}

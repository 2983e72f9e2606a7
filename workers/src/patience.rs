//! Patience with a provider that is asked about many things: a few at a time, for a bounded time, and not on when it hangs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

/// Questions that are under way at the same time.
const SIDE_BY_SIDE: usize = 4;
/// After so many silences without an answer between them it is left alone for this run.
const GIVEN_UP_AFTER: u32 = 3;
/// No answer, and not before this time: it hangs. Sooner, it refuses or knows nothing.
const SILENCE: Duration = Duration::from_secs(1);

/// How long a provider is asked in one run of a job.
#[derive(Debug)]
pub(crate) struct Patience {
    until: Instant,
    silences: AtomicU32,
}

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<T> {
    /// It said something.
    Answer(T),
    /// It said at once that there is nothing to say.
    Nothing,
    /// It hung.
    Silence,
    /// It was not asked: the time of this run is over, or it hangs.
    NotAsked,
}

impl Patience {
    /// Patience for so long, from now on.
    pub(crate) fn lasting(limit: Duration) -> Self {
        Self { until: Instant::now() + limit, silences: AtomicU32::new(0) }
    }

    /// Asks, unless patience is over; an answer that takes longer than patience lasts is not waited for.
    pub(crate) async fn ask<T>(&self, question: impl Future<Output = Option<T>>) -> Heard<T> {
        let asked_at = Instant::now();
        if asked_at >= self.until || self.silences.load(Ordering::Relaxed) >= GIVEN_UP_AFTER {
            return Heard::NotAsked;
        }
        match timeout_at(self.until, question).await {
            Ok(Some(answer)) => {
                self.silences.store(0, Ordering::Relaxed);
                Heard::Answer(answer)
            }
            Ok(None) if asked_at.elapsed() < SILENCE => Heard::Nothing,
            Ok(None) | Err(_) => {
                self.silences.fetch_add(1, Ordering::Relaxed);
                Heard::Silence
            }
        }
    }
}

/// Asks all of these, a few at a time; gives what came of it in the order it came.
pub(crate) async fn side_by_side<Q: Future>(questions: Vec<Q>) -> Vec<Q::Output> {
    futures::stream::iter(questions).buffer_unordered(SIDE_BY_SIDE).collect().await
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    async fn hanging() -> Option<()> {
        tokio::time::sleep(SILENCE).await;
        None
    }

    #[tokio::test]
    async fn a_provider_that_hangs_is_left_alone_unless_it_answers_in_between() {
        let patience = Patience::lasting(Duration::from_secs(600));
        for _ in 0..2 {
            let both = [patience.ask(hanging()), patience.ask(hanging())];
            assert_eq!(side_by_side(both.into()).await, [Heard::Silence, Heard::Silence]);
            assert_eq!(patience.ask(async { Some(()) }).await, Heard::Answer(()));
        }
        for _ in 0..5 {
            assert_eq!(patience.ask(async { None::<()> }).await, Heard::Nothing, "a refusal is no silence");
        }
        side_by_side((0..3).map(|_| patience.ask(hanging())).collect()).await;
        assert_eq!(patience.ask(async { Some(()) }).await, Heard::NotAsked);
    }

    #[tokio::test]
    async fn nobody_is_waited_for_longer_than_patience_lasts() {
        let patience = Patience::lasting(Duration::from_millis(50));
        assert_eq!(patience.ask(pending::<Option<()>>()).await, Heard::Silence);
        assert_eq!(patience.ask(async { Some(()) }).await, Heard::NotAsked);
    }
}

//! What is asked at the same moment goes together: who comes while a transaction runs goes into the next one with everybody
//! else who waits. Alone, nobody waits for others.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, oneshot};

/// The most that go together.
const MOST: usize = 64;
/// So many groups are under way at once: while one waits for a lock, the next need not.
const GROUPS: usize = 2;

/// Those who wait, each with where its answer goes.
pub(crate) struct Together<In, Out> {
    waiting: Mutex<VecDeque<(In, oneshot::Sender<Out>)>>,
    turns: Semaphore,
}

impl<In, Out> Default for Together<In, Out> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(GROUPS) }
    }
}

impl<In, Out> fmt::Debug for Together<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together")
    }
}

impl<In, Out> Together<In, Out> {
    /// The answer to `one`, out of those that `all` gives for a group, in its order. `None` when whoever led the group
    /// broke off.
    pub(crate) async fn ask<F, Answers>(&self, one: In, all: F) -> Option<Out>
    where
        F: FnOnce(Vec<In>) -> Answers,
        Answers: Future<Output = Vec<Out>>,
    {
        let (answer, mut heard) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((one, answer));
        let turn = self.turns.acquire().await.ok()?;
        // Turns come in the order of asking, and each leads those at the front: ours is among them, or was led before.
        if let Ok(answer) = heard.try_recv() {
            return Some(answer);
        }
        let (group, answers): (Vec<In>, Vec<_>) = self.front().into_iter().unzip();
        if !group.is_empty() {
            for (answer, to) in all(group).await.into_iter().zip(answers) {
                // Who no longer listens has gone.
                let _ = to.send(answer);
            }
        }
        drop(turn);
        heard.await.ok()
    }

    fn front(&self) -> Vec<(In, oneshot::Sender<Out>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(MOST);
        waiting.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn each_gets_its_own_answer_and_those_who_wait_go_together() {
        let together: Arc<Together<usize, usize>> = Arc::default();
        let groups = Arc::new(AtomicUsize::new(0));
        let asked = (0..500).map(|n| {
            let (together, groups) = (Arc::clone(&together), Arc::clone(&groups));
            tokio::spawn(async move {
                let all = |group: Vec<usize>| async move {
                    groups.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    group.into_iter().map(|n| n * 2).collect()
                };
                together.ask(n, all).await
            })
        });
        for (n, answer) in futures::future::join_all(asked).await.into_iter().enumerate() {
            assert_eq!(answer.unwrap(), Some(n * 2));
        }
        assert!(groups.load(Ordering::Relaxed) < 100, "{groups:?} groups for 500");
    }

    #[tokio::test]
    async fn a_group_that_breaks_off_leaves_the_others_their_turn() {
        let together: Arc<Together<usize, usize>> = Arc::default();
        let both = Arc::new(Barrier::new(2));
        let broken = {
            let (together, both) = (Arc::clone(&together), Arc::clone(&both));
            tokio::spawn(async move {
                let all = |_| async move {
                    both.wait().await;
                    panic!("the leader breaks off")
                };
                together.ask(1, all).await
            })
        };
        both.wait().await;
        assert!(broken.await.is_err());
        assert_eq!(together.ask(2, std::future::ready).await, Some(2));
    }
}

//! Answers about free slots that are remembered, each with what it was made from. Before one is given again, the database
//! is asked whether that has changed: it is as true as a new one, and costs a statement that gives one row. Those who ask
//! the same thing while one is being made share the next one: it begins after the last of them has come.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::NaiveDate;
use domain::ids::TownId;
use domain::schedule::Tick;
use domain::town::Town;
use store::schedule::{Reach, Revisions};
use tokio::sync::OwnedMutexGuard;

use super::SlotSearch;

/// So many are remembered at once; they are a few KB each, and outlived after five minutes.
const MOST: usize = 200;

/// The answers of one process.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Arc<Mutex<Remembered>>);

type Remembered = HashMap<(TownId, SlotSearch), Arc<Answer>>;

/// One of them, from the first who asks on.
#[derive(Debug)]
struct Answer {
    moment: Moment,
    /// How many have asked so far.
    asked: AtomicU64,
    last: Arc<tokio::sync::Mutex<Last>>,
}

/// The answer as it was made or looked at last, and the last of those who had asked when that began.
#[derive(Debug, Default)]
struct Last {
    serves: u64,
    made: Option<(Basis, Arc<[u8]>)>,
}

/// What else an answer depends on: the town's settings, the local day, and the ticks at which an appointment may begin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) town: Town,
    pub(super) today: NaiveDate,
    pub(super) starts: RangeInclusive<Tick>,
}

/// What was read for an answer, and how often it had changed.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub(super) reach: Reach,
    pub(super) revisions: Revisions,
}

/// What is to be done for somebody who asks.
pub(super) enum Turn {
    /// Nothing: it was made or looked at after they asked.
    Made(Arc<[u8]>),
    /// To make it.
    First(Place),
    /// To look whether it still holds, and to make it anew if not.
    Again(Place, Basis, Arc<[u8]>),
}

/// The right to make an answer; those who asked before it was given wait for what becomes of it.
pub(super) struct Place {
    serves: u64,
    /// `None` where no more are remembered.
    last: Option<OwnedMutexGuard<Last>>,
}

impl Answers {
    /// Waits until it is made for this search, or until it is one's turn to make it.
    pub(super) async fn turn(&self, search: &SlotSearch, moment: Moment) -> Turn {
        let Some(answer) = self.remembered(search, moment) else {
            return Turn::First(Place { serves: 0, last: None });
        };
        let mine = answer.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let last = Arc::clone(&answer.last).lock_owned().await;
        let (made, served) = (last.made.clone(), last.serves);
        let place = Place { serves: answer.asked.load(Ordering::SeqCst), last: Some(last) };
        match made {
            Some((_, body)) if served >= mine => Turn::Made(body),
            Some((basis, body)) => Turn::Again(place, basis, body),
            None => Turn::First(place),
        }
    }

    fn remembered(&self, search: &SlotSearch, moment: Moment) -> Option<Arc<Answer>> {
        let mut answers = self.lock();
        let key = (moment.town.id, search.clone());
        if let Some(answer) = answers.get(&key).filter(|answer| answer.moment == moment) {
            return Some(Arc::clone(answer));
        }
        if answers.len() >= MOST {
            answers.retain(|_, answer| answer.moment == moment);
        }
        (answers.len() < MOST).then(|| {
            let answer = Arc::new(Answer { moment, asked: AtomicU64::new(0), last: Arc::default() });
            answers.insert(key, Arc::clone(&answer));
            answer
        })
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Place {
    /// It is made of this; gives it.
    pub(super) fn keep(mut self, basis: Basis, body: Arc<[u8]>) -> Arc<[u8]> {
        if let Some(last) = &mut self.last {
            **last = Last { serves: self.serves, made: Some((basis, Arc::clone(&body))) };
        }
        body
    }

    /// Nothing has changed; gives it.
    pub(super) fn holds(mut self, body: Arc<[u8]>) -> Arc<[u8]> {
        if let Some(last) = &mut self.last {
            last.serves = self.serves;
        }
        body
    }
}

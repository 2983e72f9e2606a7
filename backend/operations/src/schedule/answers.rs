//! Answers about free slots that are remembered, each with what it was made from. Before one is given again, the database
//! is asked whether that has changed: it is as true as a new one, and costs a statement that gives one row. Those who ask
//! the same thing while the database is being asked share the next look: it begins after the last of them has come.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use domain::ids::TownId;
use domain::schedule::Tick;
use domain::town::Town;
use store::schedule::{Reach, Revisions};
use store::{Connection, StoreError};

use super::SlotSearch;

/// So many are remembered at once; they are a few KB each, and outlived after five minutes.
const MOST: usize = 200;

/// The answers of one process.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Arc<Mutex<HashMap<(TownId, SlotSearch), Answer>>>);

#[derive(Clone, Debug)]
struct Answer {
    moment: Moment,
    basis: Basis,
    body: Arc<[u8]>,
    looks: Arc<Looks>,
}

/// The looks at the revisions of one answer.
#[derive(Debug, Default)]
struct Looks {
    /// How many have asked for one so far.
    asked: AtomicU64,
    last: tokio::sync::Mutex<Look>,
}

/// A look, and the last of those who had asked when it began.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    serves: u64,
    seen: Option<Revisions>,
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

impl Answers {
    /// The answer to this search, if it is remembered and nothing has changed.
    pub(super) async fn still(
        &self,
        connection: &impl Connection,
        search: &SlotSearch,
        moment: &Moment,
    ) -> Result<Option<Arc<[u8]>>, StoreError> {
        let remembered = self.remembered(moment.town.id, search);
        let Some(answer) = remembered.filter(|answer| answer.moment == *moment) else { return Ok(None) };
        let now = answer.looks.look(connection, moment.town.id, &answer.basis.reach).await?;
        Ok((now == answer.basis.revisions).then_some(answer.body))
    }

    /// Remembers an answer.
    pub(super) fn keep(&self, search: &SlotSearch, moment: Moment, basis: Basis, body: &Arc<[u8]>) {
        let mut answers = self.0.lock().expect("no holder of this lock panics");
        if answers.len() >= MOST {
            answers.retain(|_, answer| answer.moment == moment);
        }
        if answers.len() < MOST {
            let key = (moment.town.id, search.clone());
            let looks = Arc::default();
            answers.insert(key, Answer { moment, basis, body: Arc::clone(body), looks });
        }
    }

    fn remembered(&self, town: TownId, search: &SlotSearch) -> Option<Answer> {
        let answers = self.0.lock().expect("no holder of this lock panics");
        answers.get(&(town, search.clone())).cloned()
    }
}

impl Looks {
    /// The revisions as they are at a moment after this was called.
    async fn look(
        &self,
        connection: &impl Connection,
        town: TownId,
        reach: &Reach,
    ) -> Result<Revisions, StoreError> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut last = self.last.lock().await;
        if let Some(seen) = last.seen
            && last.serves >= mine
        {
            return Ok(seen);
        }
        let serves = self.asked.load(Ordering::SeqCst);
        let seen = store::schedule::revisions(connection, town, reach).await?;
        *last = Look { serves, seen: Some(seen) };
        Ok(seen)
    }
}

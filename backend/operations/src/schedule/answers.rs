//! Answers about free slots that are remembered, each with what it was made from. Before one is given again, the database
//! is asked whether that has changed: it is as true as a new one, and costs a statement that gives one row.

use std::collections::HashMap;
use std::ops::RangeInclusive;
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
        let now = store::schedule::revisions(connection, moment.town.id, &answer.basis.reach).await?;
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
            answers.insert(key, Answer { moment, basis, body: Arc::clone(body) });
        }
    }

    fn remembered(&self, town: TownId, search: &SlotSearch) -> Option<Answer> {
        let answers = self.0.lock().expect("no holder of this lock panics");
        answers.get(&(town, search.clone())).cloned()
    }
}

//! The methods that are compared: ours, and what other systems tell their visitors.

use chrono::{DateTime, TimeDelta, Utc};
use domain::queue::forecast::{Situation, Waiting};
use domain::queue::wait_estimate::{Asking, Estimate, expected_waits, fallback};
use simulator::day::{Visit, at};

/// So many afternoons are played, as in the office.
const RUNS: usize = 200;

/// Whose appointment begins within this is due (ZMS).
const ZMS_DUE: TimeDelta = TimeDelta::minutes(2);

/// What ZMS is told an average visit takes: what the services are planned with.
const CONFIGURED: TimeDelta = TimeDelta::seconds(1_005);

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// The queue played forward.
    Ours,
    /// Our fallback formula.
    Formula,
    /// ZMS's formula with the configured mean.
    ZmsConfigured,
    /// ZMS's formula with the true mean, which nobody knows.
    ZmsTrue,
    /// What the last ten who were called waited, on average.
    LastTen,
    /// Everybody who waits, times the configured mean, by counters.
    QueueLength,
}

/// The methods that answer from the situation.
pub const METHODS: [Method; 5] =
    [Method::Ours, Method::Formula, Method::ZmsConfigured, Method::ZmsTrue, Method::QueueLength];

impl Method {
    /// As the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Formula => "our fallback formula",
            Self::ZmsConfigured => "ZMS, configured mean",
            Self::ZmsTrue => "ZMS, true mean",
            Self::LastTen => "mean of the last ten",
            Self::QueueLength => "queue length",
        }
    }
}

/// What the methods know beside the situation.
pub struct Records {
    true_mean: TimeDelta,
}

impl Records {
    /// With the mean of the visits before.
    pub fn new(true_mean: TimeDelta) -> Self {
        Self { true_mean }
    }

    /// What a method tells somebody who has just arrived; `None` when no counter is open.
    pub fn ask(&self, method: Method, situation: &Situation, me: &Waiting) -> Option<Estimate> {
        let asking = Asking { pool: me.pool, due_at: me.due_at, visit: Some(me.visit), usual: me.usual };
        match method {
            Method::Ours => expected_waits(situation, &[asking], RUNS, 7).pop().flatten(),
            Method::Formula => fallback(situation, &asking),
            Method::ZmsConfigured => zms(situation, me, CONFIGURED).map(exactly),
            Method::ZmsTrue => zms(situation, me, self.true_mean).map(exactly),
            Method::QueueLength => {
                let ahead = i32::try_from(situation.waiting.len() - 1).ok()?;
                Some(exactly(CONFIGURED * ahead / counters(situation)?))
            }
            Method::LastTen => None,
        }
    }

    /// The mean wait of the ten who were called last before this visitor came.
    pub fn last_ten(&self, visits: &[Visit], visit: &Visit) -> Estimate {
        let now = visit.person.arrives.unwrap_or(0);
        let mut called: Vec<(i64, i64)> = visits
            .iter()
            .filter_map(|one| Some((one.called?, one.called? - one.person.arrives?)))
            .filter(|(called, _)| *called < now)
            .collect();
        called.sort_unstable_by(|one, other| other.cmp(one));
        called.truncate(10);
        let count = i64::try_from(called.len()).unwrap_or(1).max(1);
        exactly(TimeDelta::seconds(called.iter().map(|(_, waited)| waited).sum::<i64>() / count))
    }
}

/// ZMS: everybody gets a slot of the average time divided by the counters, appointments that are due before people
/// without one; the wait is the sum of the slots ahead. Read in its favour: an appointment that is not due yet
/// counts as due when it is asked for, because in our house it is called before people without one.
fn zms(situation: &Situation, me: &Waiting, mean: TimeDelta) -> Option<TimeDelta> {
    let slot = mean / counters(situation)?;
    let mine = zms_rank(me, me, situation.now);
    let ahead = situation.waiting.iter().filter(|one| one.visit != me.visit);
    let ahead = ahead.filter(|one| zms_rank(one, me, situation.now) < mine).count();
    Some(slot * i32::try_from(ahead).ok()?)
}

/// Appointments that are due, then people without one by arrival, then appointments to come.
fn zms_rank(one: &Waiting, me: &Waiting, now: DateTime<Utc>) -> (u8, DateTime<Utc>) {
    let is_due = one.due_at <= now + ZMS_DUE || (one.visit == me.visit || me.has_appointment);
    match one.has_appointment {
        true if is_due => (0, one.due_at),
        false => (1, one.arrived_at),
        true => (2, one.due_at),
    }
}

fn counters(situation: &Situation) -> Option<i32> {
    i32::try_from(situation.counters.len()).ok().filter(|count| *count > 0)
}

fn exactly(wait: TimeDelta) -> Estimate {
    Estimate { low: wait, median: wait, high: wait }
}

/// The simulated day's clock, for those who count in seconds after opening.
pub fn since_opening(moment: DateTime<Utc>) -> i64 {
    (moment - at(0)).num_seconds()
}

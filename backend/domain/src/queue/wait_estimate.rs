//! How long it will take (erwartete Wartezeit): the queue played forward many times with durations drawn at random,
//! and a plain formula as the fallback. Shown as a range, never as a single minute.

use chrono::{DateTime, TimeDelta, Utc};

use super::forecast::{Situation, Work};
use super::rollout;
use crate::ids::{PoolId, VisitId};

/// In a longer queue than this nobody is helped by more than the formula, and playing it would take too long.
pub const MOST_PLAYED: usize = 600;

/// So many people are played in all the runs together: in a long line chance evens out, and fewer runs tell as much.
const MOST_TURNS: usize = 20_000;

/// Whose wait is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The pool that will serve.
    pub pool: PoolId,
    /// The due time.
    pub due_at: DateTime<Utc>,
    /// The visit, or `None` for somebody who thinks about drawing a ticket now.
    pub visit: Option<VisitId>,
    /// Time such a visit takes on average.
    pub usual: TimeDelta,
}

/// An expected wait: half of the people wait less than `median`, eight of ten between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The 10 % quantile.
    pub low: TimeDelta,
    /// The median.
    pub median: TimeDelta,
    /// The 90 % quantile.
    pub high: TimeDelta,
}

impl Estimate {
    /// No wait at all.
    pub const NONE: Self =
        Self { low: TimeDelta::zero(), median: TimeDelta::zero(), high: TimeDelta::zero() };
}

/// The wait of each asking visitor at once, of `runs` runs or fewer in a long line; the formula answers where the queue is too long to be played.
/// `None` for whom no open counter serves.
pub fn expected_waits(
    situation: &Situation,
    asking: &[Asking],
    runs: usize,
    seed: u64,
) -> Vec<Option<Estimate>> {
    let people = situation.waiting.len() + situation.expected.len() + asking.len();
    if people > MOST_PLAYED {
        asking.iter().map(|one| fallback(situation, one)).collect()
    } else {
        rollout(situation, asking, runs.min(MOST_TURNS / people.max(1)), seed)
    }
}

/// The fallback formula: the work in order, shared among the counters that can serve,
/// `(Σ residuals + Σ E[S] ahead + (1−p)·Σ E[S] due before my turn) / counters`; 0 when a counter idles and nobody is ahead.
/// `None` when no counter is open for the pool.
pub fn work_in_order(situation: &Situation, asking: &Asking) -> Option<TimeDelta> {
    let seats: Vec<_> = situation.counters.iter().filter(|seat| seat.serves(asking.pool)).collect();
    let counters = i32::try_from(seats.len()).ok().filter(|count| *count > 0)?;
    let competes = |pool: PoolId| seats.iter().any(|seat| seat.serves(pool));
    let ahead: Vec<_> = situation
        .waiting
        .iter()
        .filter(|one| Some(one.visit) != asking.visit && competes(one.pool) && one.due_at <= asking.due_at)
        .collect();
    if ahead.is_empty() && seats.iter().any(|seat| seat.work.is_none()) {
        return Some(TimeDelta::zero());
    }
    let changeover = situation.habits.changeover;
    let residuals: TimeDelta = seats.iter().filter_map(|seat| seat.work).map(Work::left).sum();
    let present: TimeDelta = ahead.iter().map(|one| one.usual + changeover).sum();
    let mut wait = (residuals + present) / counters;
    // My turn comes later with each appointment that slips in before it, which lets in more: a few steps settle it.
    for _ in 0..6 {
        let turn = situation.now + wait;
        let slipping_in: TimeDelta = situation
            .expected
            .iter()
            .filter(|one| competes(one.pool) && one.starts_at <= turn && one.starts_at < asking.due_at)
            .map(|one| one.usual + changeover)
            .sum();
        let coming = slipping_in * i32::try_from(situation.habits.show_percent).unwrap_or(100) / 100;
        wait = (residuals + present + coming) / counters;
    }
    Some(wait)
}

/// The wait by the fallback formula with a spread of a quarter either way.
pub fn fallback(situation: &Situation, asking: &Asking) -> Option<Estimate> {
    let median = work_in_order(situation, asking)?;
    Some(Estimate { low: median * 3 / 4, median, high: median * 5 / 4 })
}

/// The wait of each asking visitor at once, by playing the real queue forward `runs` times. The same seed gives
/// everybody the same luck, so that a refresh changes the answer only when the queue changed.
/// `None` for whom no open counter serves.
pub fn rollout(situation: &Situation, asking: &[Asking], runs: usize, seed: u64) -> Vec<Option<Estimate>> {
    rollout::starts(situation, asking, runs, seed).into_iter().map(quantiles).collect()
}

fn quantiles(mut waits: Vec<i64>) -> Option<Estimate> {
    waits.sort_unstable();
    let last = waits.len().checked_sub(1)?;
    let quantile = |tenths: usize| TimeDelta::seconds(waits[(last * tenths + 5) / 10].max(0));
    Some(Estimate { low: quantile(1), median: quantile(5), high: quantile(9) })
}

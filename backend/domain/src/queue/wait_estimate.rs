//! How long it will take (erwartete Wartezeit): the queue played forward many times with durations drawn at random,
//! and a plain formula as the fallback. Shown as a range, never as a single minute.

use chrono::{DateTime, TimeDelta, Utc};

use super::forecast::{Desk, Person, Situation, play};
use crate::ids::{PoolId, VisitId};

/// Share of appointments whose visitor does not come, in per cent (`load-model.json`, with reminders).
pub const NO_SHOW_PERCENT: i64 = 8;

/// Spread of service times: standard deviation divided by mean (`load-model.json`).
const SERVICE_TIME_CV: f64 = 0.6;

/// Arrival relative to the appointment, in seconds: mean and standard deviation (`load-model.json`).
const ARRIVAL_OFFSET: (f64, f64) = (-600.0, 468.0);

/// Whose wait is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The pool that will serve.
    pub pool: PoolId,
    /// The due time.
    pub due_at: DateTime<Utc>,
    /// The visit, or `None` for somebody who thinks about drawing a ticket now.
    pub visit: Option<VisitId>,
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

/// The wait as people see it, in steps of five minutes: "20–30 Min.".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitRange {
    /// At least about this.
    pub from_minutes: u32,
    /// At most about this; at least five minutes more.
    pub to_minutes: u32,
}

impl Estimate {
    /// No wait at all.
    pub const NONE: Self =
        Self { low: TimeDelta::zero(), median: TimeDelta::zero(), high: TimeDelta::zero() };

    /// Both ends rounded up to five minutes, at least five apart; 0–5 when nobody has to wait.
    pub fn range(self) -> WaitRange {
        let to = five_up(self.high).max(5);
        let from = five_up(self.low).min(to - 5);
        WaitRange { from_minutes: from, to_minutes: to }
    }
}

fn five_up(wait: TimeDelta) -> u32 {
    let fives = (wait.num_seconds().max(0) + 299) / 300;
    u32::try_from(fives * 5).unwrap_or(u32::MAX)
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
    let residuals: TimeDelta =
        seats.iter().filter_map(|seat| seat.work).map(super::forecast::Work::left).sum();
    let present: TimeDelta = ahead.iter().map(|one| one.usual).sum();
    let mut wait = (residuals + present) / counters;
    // My turn comes later with each appointment that slips in before it, which lets in more: a few steps settle it.
    for _ in 0..6 {
        let turn = situation.now + wait;
        let slipping_in: TimeDelta = situation
            .expected
            .iter()
            .filter(|one| competes(one.pool) && one.starts_at <= turn && one.starts_at < asking.due_at)
            .map(|one| one.usual)
            .sum();
        wait = (residuals + present + slipping_in * (100 - NO_SHOW_PERCENT as i32) / 100) / counters;
    }
    Some(wait)
}

/// The wait by the fallback formula with a spread of a quarter either way.
pub fn fallback(situation: &Situation, asking: &Asking) -> Option<Estimate> {
    let median = work_in_order(situation, asking)?;
    Some(Estimate { low: median * 3 / 4, median, high: median * 5 / 4 })
}

/// The wait of each asking visitor at once, by playing the real queue forward `runs` times. The same seed gives the
/// same noise, so that a refresh changes the answer only when the queue changed.
/// `None` for whom no open counter serves.
pub fn rollout(situation: &Situation, asking: &[Asking], runs: usize, seed: u64) -> Vec<Option<Estimate>> {
    let mut chance = Chance(seed);
    let mut waits: Vec<Vec<i64>> = vec![Vec::with_capacity(runs); asking.len()];
    for _ in 0..runs {
        let starts = one_run(situation, asking, &mut chance);
        for (waits, start) in waits.iter_mut().zip(starts) {
            waits.extend(start);
        }
    }
    waits
        .into_iter()
        .map(|mut waits| {
            waits.sort_unstable();
            let quantile = |tenths: usize| {
                waits
                    .get((waits.len().saturating_sub(1)) * tenths / 10)
                    .map(|s| TimeDelta::seconds((*s).max(0)))
            };
            Some(Estimate { low: quantile(1)?, median: quantile(5)?, high: quantile(9)? })
        })
        .collect()
}

/// One simulated afternoon; the starts of the asking ones.
fn one_run(situation: &Situation, asking: &[Asking], chance: &mut Chance) -> Vec<Option<i64>> {
    let since_now = |at: DateTime<Utc>| (at - situation.now).num_seconds();
    let mut desks: Vec<Desk<'_>> = situation
        .counters
        .iter()
        .map(|seat| Desk {
            pools: &seat.pools,
            free_at: seat.work.map_or(0, |work| chance.residual(work.usual, work.elapsed)),
        })
        .collect();
    let mut people = Vec::with_capacity(situation.waiting.len() + situation.expected.len() + asking.len());
    for one in &situation.waiting {
        people.push(Person {
            pool: one.pool,
            due: since_now(one.due_at),
            // Ranks of the present are kept: who came first wins a tie.
            here_from: since_now(one.arrived_at),
            takes: chance.service_time(one.usual),
        });
    }
    for one in &situation.expected {
        let comes = chance.percent(100 - NO_SHOW_PERCENT);
        let offset = chance.normal() * ARRIVAL_OFFSET.1 + ARRIVAL_OFFSET.0;
        let takes = chance.service_time(one.usual);
        if comes {
            let due = since_now(one.starts_at);
            people.push(Person { pool: one.pool, due, here_from: (due + offset as i64).max(1), takes });
        }
    }
    // Newcomers do not delay each other: each is a question of its own, so they take no time.
    let newcomers = people.len();
    for one in asking.iter().filter(|one| one.visit.is_none()) {
        people.push(Person { pool: one.pool, due: since_now(one.due_at), here_from: 0, takes: 0 });
    }
    let starts = play(&mut desks, &people);
    let mut next_newcomer = newcomers;
    asking
        .iter()
        .map(|one| match one.visit {
            Some(visit) => {
                situation.waiting.iter().position(|other| other.visit == visit).and_then(|at| starts[at])
            }
            None => {
                next_newcomer += 1;
                starts[next_newcomer - 1]
            }
        })
        .collect()
}

/// A small generator of its own (SplitMix64): the domain has no ambient randomness, and the estimate needs speed, not secrecy.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn percent(&mut self, percent: i64) -> bool {
        self.unit() * 100.0 <= percent as f64
    }

    /// Standard normal (Box–Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A lognormal service time with this mean, in seconds.
    fn service_time(&mut self, usual: TimeDelta) -> i64 {
        let variance = (1.0 + SERVICE_TIME_CV * SERVICE_TIME_CV).ln();
        let factor = (self.normal() * variance.sqrt() - variance / 2.0).exp();
        (usual.num_seconds() as f64 * factor) as i64
    }

    /// What is left of a session that has already taken `elapsed`: drawn among those that take longer.
    fn residual(&mut self, usual: TimeDelta, elapsed: TimeDelta) -> i64 {
        let elapsed = elapsed.num_seconds();
        (0..24)
            .map(|_| self.service_time(usual) - elapsed)
            .find(|left| *left > 0)
            .unwrap_or_else(|| (usual / 4).num_seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_rounded_up_to_five_minutes_and_never_a_single_number() {
        let minutes = TimeDelta::minutes;
        let range = |low, high| {
            let range = Estimate { low: minutes(low), median: minutes(low), high: minutes(high) }.range();
            (range.from_minutes, range.to_minutes)
        };
        assert_eq!(range(0, 0), (0, 5));
        assert_eq!(range(6, 12), (10, 15));
        assert_eq!(range(6, 9), (5, 10));
        assert_eq!(range(18, 29), (20, 30));
    }
}

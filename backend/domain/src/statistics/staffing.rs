//! One counter more or less (Was wäre wenn): the demand of past days, played again by the calling rule of the house with
//! other counters. Pure, and the same answer every time.

use chrono::{Datelike, NaiveDate};

use super::facts::{DayFacts, OpenSpan, SecondOfDay};
use super::figures::OfficeDay;
use super::quantile::{plausible, quantile};
use crate::ids::PoolId;
use crate::queue::forecast::{Played, play_day};

/// How often each day is played, with other service times of the same services each time.
const SEEDS: u64 = 8;

/// The length of the windows that are looked through, in seconds.
const WINDOW: u32 = 2 * 3600;

/// How many windows are told.
const TOLD: usize = 3;

/// A counter less costs nearly nothing while nine of ten wait at most this much longer, in seconds.
const NEARLY_NOTHING: u32 = 120;

/// A weekday (Monday is 0) and a time of day on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Monday is 0.
    pub weekday: u8,
    /// From when.
    pub from: SecondOfDay,
    /// Until when.
    pub until: SecondOfDay,
}

/// How many counters more or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One more.
    OneMore,
    /// One fewer.
    OneFewer,
}

/// What a change does to those who come in the window, in seconds of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When.
    pub window: Window,
    /// How many come in it, on one day, in tenths.
    pub people_tenths: u32,
    /// How many counters are open in it on most days.
    pub counters: u32,
    /// Half wait at most this long now.
    pub median_before: u32,
    /// Half would wait at most this long.
    pub median_after: u32,
    /// Nine of ten wait at most this long now.
    pub p90_before: u32,
    /// Nine of ten would wait at most this long.
    pub p90_after: u32,
    /// Waiting of everybody over the whole day that would be saved, in seconds on one day; below 0 where it grows.
    pub saved: i64,
}

/// What the recent weeks advise for one pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// Where one counter more saves most, the best first.
    pub more: Vec<Effect>,
    /// Where one counter fewer costs nearly nothing, the cheapest first.
    pub fewer: Vec<Effect>,
    /// How many days were played.
    pub days: u32,
}

/// The demand of one past day at one pool.
#[derive(Clone, Debug)]
struct Demand {
    weekday: u8,
    people: Vec<Comer>,
    open: Vec<(SecondOfDay, SecondOfDay)>,
}

/// Somebody who came.
#[derive(Clone, Copy, Debug)]
struct Comer {
    arrived: SecondOfDay,
    due: SecondOfDay,
    /// When the house owes the call at the earliest.
    from: SecondOfDay,
    /// How long it took; who went away is drawn anew.
    took: Option<u32>,
}

/// The past days of a pool, ready to be played again.
#[derive(Clone, Debug)]
pub struct Past {
    days: Vec<Demand>,
    /// Service times of the pool, in ascending order, to draw from.
    times: Vec<u32>,
}

impl Past {
    /// What came to this pool on these days; `target_wait` is how long somebody without appointment should wait at most.
    #[must_use]
    pub fn of(pool: PoolId, days: &[OfficeDay], target_wait: u32) -> Self {
        let days: Vec<Demand> =
            days.iter().filter_map(|one| demand(pool, one.day, &one.facts, target_wait)).collect();
        let times = days.iter().flat_map(|day| &day.people).filter_map(|one| one.took).collect();
        Self { days, times: plausible(times) }
    }

    /// How many days there are.
    #[must_use]
    pub fn days(&self) -> u32 {
        u32::try_from(self.days.len()).unwrap_or(u32::MAX)
    }

    /// What one counter more or fewer in this window would have done; `None` when nobody came in it, or when there is no
    /// counter to take away.
    #[must_use]
    pub fn try_out(&self, window: Window, change: Change) -> Option<Effect> {
        let days: Vec<&Demand> = self.days.iter().filter(|day| day.weekday == window.weekday).collect();
        self.effect(&days, &self.baseline(&days), window, change)
    }

    /// The best windows for one counter more, and those in which one fewer costs nearly nothing.
    #[must_use]
    pub fn advise(&self) -> Advice {
        let mut advice = Advice { days: self.days(), ..Advice::default() };
        for weekday in 0..7 {
            let days: Vec<&Demand> = self.days.iter().filter(|day| day.weekday == weekday).collect();
            let baseline = self.baseline(&days);
            for window in windows(weekday, &days) {
                advice.more.extend(self.effect(&days, &baseline, window, Change::OneMore));
                advice.fewer.extend(self.effect(&days, &baseline, window, Change::OneFewer));
            }
        }
        advice.more.retain(|one| one.saved > 0 && one.median_before.max(one.p90_before) >= 60);
        advice.more.sort_by_key(|one| (-one.saved, one.window));
        advice.more.truncate(TOLD);
        advice.fewer.retain(|one| one.counters > 1 && one.p90_after <= one.p90_before + NEARLY_NOTHING);
        advice.fewer.sort_by_key(|one| (-one.saved, one.window));
        advice.fewer.truncate(TOLD);
        advice
    }

    /// Every day played as it was, once for each seed.
    fn baseline(&self, days: &[&Demand]) -> Vec<Vec<u32>> {
        let runs = days.iter().flat_map(|day| (0..SEEDS).map(move |seed| (day, seed)));
        runs.map(|(day, seed)| self.play(day, &day.open, seed)).collect()
    }

    fn effect(
        &self,
        days: &[&Demand],
        baseline: &[Vec<u32>],
        window: Window,
        change: Change,
    ) -> Option<Effect> {
        let (mut before, mut after, mut saved, mut counters) = (Vec::new(), Vec::new(), 0, Vec::new());
        let mut played = baseline.iter();
        for day in days {
            counters.push(open_in(&day.open, window));
            let open = changed(&day.open, window, change);
            for seed in 0..SEEDS {
                let was = played.next()?;
                let is = self.play(day, &open, seed);
                saved += was.iter().map(|wait| i64::from(*wait)).sum::<i64>();
                saved -= is.iter().map(|wait| i64::from(*wait)).sum::<i64>();
                for (who, (was, is)) in day.people.iter().zip(was.iter().zip(is)) {
                    if (window.from..window.until).contains(&who.from) {
                        before.push(*was);
                        after.push(is);
                    }
                }
            }
        }
        let people = u32::try_from(before.len()).ok()?;
        before.sort_unstable();
        after.sort_unstable();
        counters.sort_unstable();
        let counters = quantile(&counters, 50)?;
        if change == Change::OneFewer && counters == 0 {
            return None;
        }
        let runs = u32::try_from(baseline.len()).ok().filter(|runs| *runs > 0)?;
        Some(Effect {
            window,
            people_tenths: people * 10 / runs,
            counters,
            median_before: quantile(&before, 50)?,
            median_after: quantile(&after, 50)?,
            p90_before: quantile(&before, 90)?,
            p90_after: quantile(&after, 90)?,
            saved: saved / i64::from(runs),
        })
    }

    /// The waits of a day's people with these counters open.
    fn play(&self, day: &Demand, open: &[(SecondOfDay, SecondOfDay)], seed: u64) -> Vec<u32> {
        let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ day.people.len() as u64);
        let people: Vec<Played> = day
            .people
            .iter()
            .map(|one| Played {
                due: i64::from(one.due),
                here_from: i64::from(one.arrived),
                // First as it was; then as it might have been.
                takes: i64::from(one.took.filter(|_| seed == 0).unwrap_or_else(|| draw.one_of(&self.times))),
            })
            .collect();
        let open: Vec<(i64, i64)> =
            open.iter().map(|(from, until)| (i64::from(*from), i64::from(*until))).collect();
        let starts = play_day(&open, &people);
        let waits = day.people.iter().zip(starts).map(|(who, start)| {
            // Who would still sit there when the last counter closes has waited until then.
            let end = open.iter().map(|(_, until)| *until).max().unwrap_or(0);
            u32::try_from(start.unwrap_or(end) - i64::from(who.from)).unwrap_or(0)
        });
        waits.collect()
    }
}

fn demand(pool: PoolId, day: NaiveDate, facts: &DayFacts, target_wait: u32) -> Option<Demand> {
    let place = u16::try_from(facts.pools.iter().position(|one| *one == pool)?).ok()?;
    let people: Vec<Comer> = facts
        .visits
        .iter()
        .filter(|one| one.pool == place)
        .map(|one| Comer {
            arrived: one.arrived,
            due: one.appointment.unwrap_or(one.arrived + target_wait),
            from: one.appointment.map_or(one.arrived, |at| at.max(one.arrived)),
            took: one.served.filter(|took| *took >= 20),
        })
        .collect();
    let spans = facts.open.iter().filter(|span| span.pool == place);
    let open: Vec<_> = spans.map(|OpenSpan { from, until, .. }| (*from, *until)).collect();
    let weekday = u8::try_from(day.weekday().num_days_from_monday()).ok()?;
    (!people.is_empty() && !open.is_empty()).then_some(Demand { weekday, people, open })
}

/// The windows of two hours, on the full hour, in which counters are open on this weekday.
fn windows(weekday: u8, days: &[&Demand]) -> impl Iterator<Item = Window> + use<> {
    let spans = || days.iter().flat_map(|day| &day.open);
    let first = spans().map(|(from, _)| (from + 1800) / 3600 * 3600).min();
    let last = spans().map(|(_, until)| *until).max();
    let range = first
        .zip(last)
        .map(|(first, last)| (first..last.saturating_sub(WINDOW / 2)).step_by(WINDOW as usize));
    range.into_iter().flatten().map(move |from| Window { weekday, from, until: from + WINDOW })
}

/// How many counters are open in the middle of the window.
fn open_in(open: &[(SecondOfDay, SecondOfDay)], window: Window) -> u32 {
    let middle = u32::midpoint(window.from, window.until);
    let there = open.iter().filter(|(from, until)| *from <= middle && middle < *until).count();
    u32::try_from(there).unwrap_or(u32::MAX)
}

/// The counters with one more in the window, or with that one away which is open in it longest.
fn changed(
    open: &[(SecondOfDay, SecondOfDay)],
    window: Window,
    change: Change,
) -> Vec<(SecondOfDay, SecondOfDay)> {
    let mut open = open.to_vec();
    let within =
        |(from, until): &(u32, u32)| (*until).min(window.until).saturating_sub((*from).max(window.from));
    match change {
        Change::OneMore => open.push((window.from, window.until)),
        Change::OneFewer => {
            let longest = (0..open.len()).max_by_key(|at| (within(&open[*at]), *at));
            if let Some(at) = longest.filter(|at| within(&open[*at]) > 0) {
                let (from, until) = open.swap_remove(at);
                let rest = [(from, until.min(window.from)), (from.max(window.until), until)];
                open.extend(rest.into_iter().filter(|(from, until)| until > from));
            }
        }
    }
    open
}

/// Draws service times (SplitMix64): the domain has no ambient randomness.
struct Draw(u64);

impl Draw {
    fn one_of(&mut self, times: &[u32]) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let at = (mixed % times.len().max(1) as u64) as usize;
        times.get(at).copied().unwrap_or(600)
    }
}

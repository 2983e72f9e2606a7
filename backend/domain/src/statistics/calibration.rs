//! Calibration of durations (§7): what was measured for a service at a pool, and the duration it proposes. A person decides.

use std::collections::BTreeMap;

use super::facts::VisitOutcome;
use super::figures::OfficeDay;
use super::quantile::{plausible, quantile};
use crate::ids::{PoolId, ServiceId};

/// The share of visits that the proposed duration is long enough for, in percent: §7 asks for 60 to 70.
pub const SHARE: u32 = 65;

/// From how many measurements on a difference is worth a warning.
pub const ENOUGH: u32 = 50;

/// From how many measurements on a duration is proposed at all.
pub const LEAST: u32 = 20;

/// How far planned and measured may lie apart without a warning, in percent of the planned.
const TOLERANCE_PERCENT: u32 = 20;

/// Durations are multiples of five minutes.
const TICK_MIN: u16 = 5;

/// What was measured of a service at a pool: visits with this one service and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// How many visits.
    pub count: u32,
    /// A quarter took at most this, in seconds.
    pub lower: u32,
    /// Half took at most this.
    pub median: u32,
    /// Three quarters took at most this.
    pub upper: u32,
    /// As many took at most this as the proposal is made for.
    pub target: u32,
    /// How many took up to 5 minutes, up to 10, …; the last holds all above.
    pub histogram: Vec<u32>,
    /// The times, in ascending order.
    seconds: Vec<u32>,
}

/// A planned duration held against what was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Planned today, in minutes.
    pub planned_min: u16,
    /// What is proposed, in minutes; `None` while too little was measured.
    pub proposed_min: Option<u16>,
    /// Whether planned and measured lie further apart than they should.
    pub warn: bool,
    /// How much longer than planned an appointment takes on average, in seconds, those that are shorter counted as 0.
    pub overrun_planned: u32,
    /// The same with the proposed duration.
    pub overrun_proposed: u32,
    /// Appointments more (or fewer) in a week with as many minutes as the appointments of this service take now, in tenths.
    pub slots_per_week_tenths: i64,
}

/// The bars of a picture of the distribution: five minutes each, an hour and above in the last.
const BARS: usize = 13;

/// What was measured of each service at each pool over these days.
#[must_use]
pub fn measure(days: &[OfficeDay]) -> BTreeMap<(ServiceId, PoolId), Measured> {
    let mut times: BTreeMap<(ServiceId, PoolId), Vec<u32>> = BTreeMap::new();
    for OfficeDay { facts, .. } in days {
        for visit in facts.visits.iter().filter(|one| one.pieces == 1 && one.outcome == VisitOutcome::Done) {
            let service = facts.services.get(usize::from(visit.service));
            let pool = facts.pools.get(usize::from(visit.pool));
            if let (Some(service), Some(pool), Some(served)) = (service, pool, visit.served) {
                times.entry((*service, *pool)).or_default().push(served);
            }
        }
    }
    times.into_iter().filter_map(|(key, seconds)| Some((key, Measured::of(seconds)?))).collect()
}

impl Measured {
    /// What these service times say; `None` when none of them is one.
    #[must_use]
    pub fn of(seconds: Vec<u32>) -> Option<Self> {
        let seconds = plausible(seconds);
        let mut histogram = vec![0; BARS];
        for one in &seconds {
            let bar = (one.saturating_sub(1) / 300) as usize;
            histogram[bar.min(BARS - 1)] += 1;
        }
        Some(Self {
            count: u32::try_from(seconds.len()).unwrap_or(u32::MAX),
            lower: quantile(&seconds, 25)?,
            median: quantile(&seconds, 50)?,
            upper: quantile(&seconds, 75)?,
            target: quantile(&seconds, SHARE)?,
            histogram,
            seconds,
        })
    }

    /// What to make of a planned duration; `bookings_per_week_tenths` is how often the service is booked there.
    #[must_use]
    pub fn propose(&self, planned_min: u16, bookings_per_week_tenths: u32) -> Proposal {
        let proposed_min = (self.count >= LEAST).then(|| to_tick(self.target));
        let planned_s = u32::from(planned_min) * 60;
        let apart = self.target.abs_diff(planned_s);
        let kept = proposed_min.unwrap_or(planned_min);
        let freed = i64::from(bookings_per_week_tenths) * (i64::from(planned_min) - i64::from(kept));
        Proposal {
            planned_min,
            proposed_min,
            warn: self.count >= ENOUGH && apart * 100 > planned_s * TOLERANCE_PERCENT,
            overrun_planned: self.overrun(planned_min),
            overrun_proposed: self.overrun(kept),
            slots_per_week_tenths: freed / i64::from(kept.max(1)),
        }
    }

    /// How much longer than `minutes` a visit takes on average, in seconds; shorter ones save nobody time.
    fn overrun(&self, minutes: u16) -> u32 {
        let planned = u32::from(minutes) * 60;
        let over: u64 = self.seconds.iter().map(|one| u64::from(one.saturating_sub(planned))).sum();
        u32::try_from(over / u64::from(self.count.max(1))).unwrap_or(u32::MAX)
    }
}

/// The nearest multiple of five minutes, five at least.
fn to_tick(seconds: u32) -> u16 {
    let ticks = (seconds + 150) / 300;
    u16::try_from(ticks).unwrap_or(u16::MAX / TICK_MIN).max(1).saturating_mul(TICK_MIN)
}

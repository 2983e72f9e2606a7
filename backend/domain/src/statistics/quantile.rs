//! Quantiles by nearest rank: always a value that was measured, and the same on every machine.

/// The smallest value that at least so many percent of all values do not exceed; `None` without values.
/// The values stand in ascending order.
#[must_use]
pub fn quantile(ascending: &[u32], percent: u32) -> Option<u32> {
    let rank = (ascending.len() * percent.min(100) as usize).div_ceil(100).max(1);
    ascending.get(rank - 1).copied()
}

/// How values spread: how many there are, and where half and nine tenths of them lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many values.
    pub count: u32,
    /// Half of them are at most this.
    pub median: Option<u32>,
    /// Nine of ten are at most this (P90).
    pub p90: Option<u32>,
}

impl Spread {
    /// The spread of these values, in any order.
    #[must_use]
    pub fn of(mut values: Vec<u32>) -> Self {
        values.sort_unstable();
        Self {
            count: u32::try_from(values.len()).unwrap_or(u32::MAX),
            median: quantile(&values, 50),
            p90: quantile(&values, 90),
        }
    }
}

/// What somebody was served for less than this, in seconds, was a slip of the hand.
const LEAST_SECONDS: u32 = 20;

/// Somebody who was served for more than so many medians was forgotten at the counter.
const MOST_MEDIANS: u32 = 5;

/// Leaves out what is no service time (§6): under 20 seconds, or over five times the median of the rest. What is left is
/// in ascending order.
#[must_use]
pub fn plausible(mut seconds: Vec<u32>) -> Vec<u32> {
    seconds.retain(|one| *one >= LEAST_SECONDS);
    seconds.sort_unstable();
    if let Some(median) = quantile(&seconds, 50) {
        seconds.retain(|one| *one <= median.saturating_mul(MOST_MEDIANS));
    }
    seconds
}

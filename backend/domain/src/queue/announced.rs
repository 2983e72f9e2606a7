//! What people are told (angesagte Wartezeit): a range in steps of five minutes that does not jump. Whoever was told
//! twenty minutes is not told forty a moment later: what is announced rises by at most one minute for every minute
//! that passes, and falls at once. One routine for ticket, terminal, display, board and SMS.

use chrono::{DateTime, TimeDelta, Utc};

use super::wait_estimate::Estimate;

/// Beyond this no number is worth anything: the place in the line is said, and that we write.
pub const LONGEST_SAID: TimeDelta = TimeDelta::minutes(45);

/// The wait as people see it, in steps of five minutes: "20–30 Min.".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitRange {
    /// At least about this.
    pub from_minutes: u32,
    /// At most about this; at least five minutes more.
    pub to_minutes: u32,
    /// More than 45 minutes: the place in the line is said instead, and that we write.
    pub long: bool,
}

/// What was announced, to the second; kept as long as somebody may look at it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The least.
    pub low: TimeDelta,
    /// The most.
    pub high: TimeDelta,
    /// When it was said.
    pub at: DateTime<Utc>,
}

impl Announced {
    /// What is said first.
    pub fn first(estimate: Estimate, now: DateTime<Utc>) -> Self {
        Self { low: estimate.low, high: estimate.high, at: now }
    }

    /// What is said next, after `self`: shorter at once, longer by at most a minute for each whole minute since.
    /// Between two such minutes it stands, however often somebody looks.
    pub fn next(self, estimate: Estimate, now: DateTime<Utc>) -> Self {
        let minutes = TimeDelta::minutes((now - self.at).num_minutes().max(0));
        let low = estimate.low.min(self.low + minutes);
        let high = estimate.high.min(self.high + minutes).max(low);
        // The clock for the next minute starts only when this one is over, or when less was said.
        let falls = high < self.high || low < self.low;
        let at = if minutes > TimeDelta::zero() {
            self.at + minutes
        } else if falls {
            now
        } else {
            self.at
        };
        Self { low, high, at }
    }

    /// As people see it: both ends rounded up to five minutes, at least five apart; 0–5 when nobody has to wait.
    pub fn range(self) -> WaitRange {
        let to = five_up(self.high).max(5);
        let from = five_up(self.low).min(to - 5);
        WaitRange { from_minutes: from, to_minutes: to, long: self.high > LONGEST_SAID }
    }
}

fn five_up(wait: TimeDelta) -> u32 {
    let fives = (wait.num_seconds().max(0) + 299) / 300;
    u32::try_from(fives * 5).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_424_400 + second, 0).expect("a time")
    }

    fn estimate(low: i64, high: i64) -> Estimate {
        let minutes = TimeDelta::minutes;
        Estimate { low: minutes(low), median: minutes(low), high: minutes(high) }
    }

    fn said(announced: Announced) -> (i64, i64) {
        (announced.low.num_minutes(), announced.high.num_minutes())
    }

    #[test]
    fn a_range_is_rounded_up_to_five_minutes_and_never_a_single_number() {
        let range = |low, high| {
            let range = Announced::first(estimate(low, high), at(0)).range();
            (range.from_minutes, range.to_minutes, range.long)
        };
        assert_eq!(range(0, 0), (0, 5, false));
        assert_eq!(range(6, 12), (10, 15, false));
        assert_eq!(range(6, 9), (5, 10, false));
        assert_eq!(range(18, 29), (20, 30, false));
        assert_eq!(range(30, 45), (30, 45, false));
        assert_eq!(range(30, 46), (30, 50, true));
    }

    #[test]
    fn an_announced_time_rises_by_a_minute_for_each_minute_and_falls_at_once() {
        let first = Announced::first(estimate(10, 20), at(0));
        assert_eq!(said(first.next(estimate(20, 40), at(59))), (10, 20));
        let after_one = first.next(estimate(20, 40), at(60));
        assert_eq!(said(after_one), (11, 21));
        assert_eq!(said(after_one.next(estimate(20, 40), at(61))), (11, 21));
        assert_eq!(said(after_one.next(estimate(3, 7), at(62))), (3, 7));
        // Nobody looked for half an hour: what is said then is the truth.
        assert_eq!(said(first.next(estimate(20, 40), at(1800))), (20, 40));
    }

    #[test]
    fn looking_often_makes_nothing_rise_faster() {
        let mut announced = Announced::first(estimate(5, 10), at(0));
        for second in 1..=600 {
            announced = announced.next(estimate(30, 60), at(second));
        }
        assert_eq!(said(announced), (15, 20));
    }
}

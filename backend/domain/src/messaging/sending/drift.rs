//! How a provider that fails loses part of its share, and gets it back.

use chrono::{DateTime, Duration, Utc};

/// Points in one step.
const STEP: u32 = 10;
/// A step away is taken at most this often.
const AWAY_EVERY: Duration = Duration::minutes(1);
/// A step back is taken this often.
const BACK_EVERY: Duration = Duration::minutes(5);

/// How many points of its weight a provider has lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    lost: u32,
    moved_at: Option<DateTime<Utc>>,
}

impl Drift {
    /// The points lost now: what was lost comes back by ten points every five minutes.
    #[must_use]
    pub fn points(&self, now: DateTime<Utc>) -> u32 {
        let Some(moved_at) = self.moved_at else { return 0 };
        let steps = (now - moved_at).num_seconds().max(0) / BACK_EVERY.num_seconds();
        self.lost.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX).saturating_mul(STEP))
    }

    /// A call failed: ten points away, at most once a minute.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        if self.moved_at.is_none_or(|moved_at| now - moved_at >= AWAY_EVERY) {
            self.lost = (self.points(now) + STEP).min(100);
            self.moved_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::seconds(seconds)
    }

    #[test]
    fn failures_take_ten_points_a_minute_and_five_good_minutes_give_ten_back() {
        let mut drift = Drift::default();
        for second in 0..120 {
            drift.failed(at(second));
        }
        assert_eq!(drift.points(at(120)), 20, "one step each minute");
        assert_eq!(drift.points(at(60 + 299)), 20);
        assert_eq!(drift.points(at(60 + 300)), 10);
        assert_eq!(drift.points(at(60 + 600)), 0);
    }

    proptest! {
        #[test]
        fn points_are_steps_between_none_and_all(failures in prop::collection::vec(0_i64..1000, 0..60)) {
            let mut drift = Drift::default();
            let mut second = 0;
            for pause in failures {
                let before = drift.points(at(second));
                second += pause;
                prop_assert!(drift.points(at(second)) <= before, "without a failure nothing is lost");
                drift.failed(at(second));
                let points = drift.points(at(second));
                prop_assert!(points <= 100 && points % STEP == 0);
            }
        }
    }
}

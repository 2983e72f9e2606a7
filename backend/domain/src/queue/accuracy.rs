//! How good the announced waits were (Vorhersagegüte): what was predicted at the arrival against when the call came.

use chrono::TimeDelta;

use super::wait_estimate::Estimate;

/// What was predicted for a visit, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the visitor had an appointment.
    pub has_appointment: bool,
    /// The local hour of the arrival.
    pub hour: u32,
    /// What was predicted then.
    pub predicted: Estimate,
    /// The time until the first call.
    pub waited: TimeDelta,
}

/// How good a number of predictions were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accuracy {
    /// How many.
    pub visits: u32,
    /// The mean of what was predicted (medians).
    pub predicted: TimeDelta,
    /// The mean of what came.
    pub waited: TimeDelta,
    /// How far off on average, either way.
    pub error: TimeDelta,
    /// Predicted less what came, on average: above zero, people waited less than they were told.
    pub bias: TimeDelta,
    /// Nine of ten were off by at most this.
    pub error_90: TimeDelta,
    /// Of a hundred waits, so many lay within the predicted range, to the minute.
    pub covered_percent: u32,
}

impl Outcome {
    /// How far off the prediction was: above zero, the wait was shorter than said.
    pub fn error(&self) -> TimeDelta {
        self.predicted.median - self.waited
    }

    /// Whether the wait lay within the range; both ends count to the whole minute.
    pub fn is_covered(&self) -> bool {
        let minute = 60;
        let low = self.predicted.low.num_seconds().div_euclid(minute) * minute;
        let high = (self.predicted.high.num_seconds() + minute - 1).div_euclid(minute) * minute;
        (low..=high).contains(&self.waited.num_seconds())
    }
}

/// How good these predictions were; `None` of nothing.
pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Option<Accuracy> {
    let outcomes: Vec<&Outcome> = outcomes.into_iter().collect();
    let count = i32::try_from(outcomes.len()).ok().filter(|count| *count > 0)?;
    let mean =
        |of: &dyn Fn(&Outcome) -> TimeDelta| outcomes.iter().map(|one| of(one)).sum::<TimeDelta>() / count;
    let mut errors: Vec<TimeDelta> = outcomes.iter().map(|one| one.error().abs()).collect();
    errors.sort_unstable();
    let covered = outcomes.iter().filter(|one| one.is_covered()).count();
    Some(Accuracy {
        visits: u32::try_from(outcomes.len()).unwrap_or(u32::MAX),
        predicted: mean(&|one| one.predicted.median),
        waited: mean(&|one| one.waited),
        error: mean(&|one| one.error().abs()),
        bias: mean(&|one| one.error()),
        error_90: errors[(errors.len() - 1) * 9 / 10],
        covered_percent: u32::try_from(covered * 100 / outcomes.len()).unwrap_or(100),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(low: i64, median: i64, high: i64, waited_seconds: i64) -> Outcome {
        let minutes = TimeDelta::minutes;
        Outcome {
            has_appointment: false,
            hour: 9,
            predicted: Estimate { low: minutes(low), median: minutes(median), high: minutes(high) },
            waited: TimeDelta::seconds(waited_seconds),
        }
    }

    #[test]
    fn error_bias_and_coverage_are_what_they_say() {
        let outcomes = [outcome(5, 10, 15, 12 * 60), outcome(5, 10, 15, 4 * 60), outcome(0, 0, 0, 0)];
        let accuracy = of(&outcomes).expect("there are outcomes");
        assert_eq!(accuracy.visits, 3);
        assert_eq!(accuracy.error.num_seconds(), (120 + 360) / 3);
        assert_eq!(accuracy.bias.num_seconds(), (360 - 120) / 3);
        assert_eq!(accuracy.covered_percent, 66);
        assert_eq!(accuracy.error_90.num_seconds(), 120);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_range_covers_to_the_whole_minute() {
        let mut one = outcome(0, 1, 2, 120);
        assert!(one.is_covered());
        one.waited = TimeDelta::seconds(121);
        assert!(!one.is_covered());
        one.predicted.high = TimeDelta::seconds(121);
        assert!(one.is_covered());
    }
}

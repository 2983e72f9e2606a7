//! How fast a provider is asked: a bucket of segments that fills by the second, with a reserve for what cannot wait.
//!
//! The bucket holds one second's worth, so that no queue of ours builds up at the provider, where nothing can be stopped any
//! more. When the provider asks us to slow down, the rate is halved and nothing is sent until the moment it names; afterwards
//! the rate comes back by a tenth of the limit every ten seconds.

use chrono::{DateTime, Duration, Utc};

use crate::messaging::Lane;

/// One segment, in the units a bucket counts in.
const SEGMENT: i64 = 1_000_000;
/// The least a bucket holds: a text of several segments.
const LEAST_CAPACITY: i64 = 4 * SEGMENT;
/// The rate comes back by a tenth of the limit this often.
const RAISED_EVERY: Duration = Duration::seconds(10);
/// How long nothing is sent when the provider names no time.
const SHORT_REST: Duration = Duration::seconds(1);
/// Longer than this no provider can make us wait.
const LONGEST_REST: Duration = Duration::minutes(10);

/// The bucket of one provider and sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most that may be sent: thousandths of a segment in a second.
    pub limit: i64,
    /// What is sent now: thousandths of a segment in a second.
    pub rate: i64,
    /// What is in the bucket: millionths of a segment. Below zero after a text longer than the bucket.
    pub level: i64,
    /// When that was so.
    pub filled_at: DateTime<Utc>,
    /// When the rate was last changed.
    pub changed_at: DateTime<Utc>,
    /// The provider asked us to send nothing before this moment.
    pub blocked_until: Option<DateTime<Utc>>,
}

impl Pace {
    /// A full bucket for so many segments in a second.
    #[must_use]
    pub fn new(per_second: u32, now: DateTime<Utc>) -> Self {
        let limit = i64::from(per_second.max(1)) * 1000;
        let mut pace =
            Self { limit, rate: limit, level: 0, filled_at: now, changed_at: now, blocked_until: None };
        pace.level = pace.capacity();
        pace
    }

    /// The same bucket under the limit that is set now.
    #[must_use]
    pub fn limited_to(self, per_second: u32, now: DateTime<Utc>) -> Self {
        let limit = i64::from(per_second.max(1)) * 1000;
        if limit == self.limit { self } else { Self { limit, rate: limit, changed_at: now, ..self } }
    }

    /// Until when nothing may be sent, if the provider asked for that.
    #[must_use]
    pub fn blocked(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.blocked_until.filter(|until| *until > now)
    }

    /// The rate now, with what came back of it: thousandths of a segment in a second.
    #[must_use]
    pub fn rate_at(&self, now: DateTime<Utc>) -> i64 {
        self.filled(now).rate
    }

    /// Takes so many segments out for a lane.
    ///
    /// # Errors
    /// Gives the moment from which it can, if nobody takes before.
    pub fn take(&self, segments: u32, lane: Lane, now: DateTime<Utc>) -> Result<Self, DateTime<Utc>> {
        if let Some(until) = self.blocked(now) {
            return Err(until);
        }
        let mut pace = self.filled(now);
        let wanted = i64::from(segments.max(1)) * SEGMENT;
        // What is larger than the bucket goes when it is full.
        let needed = (wanted + pace.reserve(lane)).min(pace.capacity());
        if pace.level < needed {
            let millis = (needed - pace.level + pace.rate - 1) / pace.rate;
            return Err(now + Duration::milliseconds(millis.max(1)));
        }
        pace.level -= wanted;
        Ok(pace)
    }

    /// Takes out what is on its way already, whether it is there or not.
    #[must_use]
    pub fn without(&self, segments: u32, now: DateTime<Utc>) -> Self {
        let pace = self.filled(now);
        Self { level: pace.level - i64::from(segments) * SEGMENT, ..pace }
    }

    /// The provider asked us to slow down. Several answers to one burst halve the rate once.
    #[must_use]
    pub fn throttled(&self, after: Option<Duration>, now: DateTime<Utc>) -> Self {
        let rest = after.unwrap_or(SHORT_REST).clamp(SHORT_REST, LONGEST_REST);
        let known = self.blocked(now);
        let mut pace = self.filled(now);
        if known.is_none() {
            pace.rate = (pace.rate / 2).max(pace.limit / 16).max(100);
        }
        let until = known.map_or(now + rest, |known| known.max(now + rest));
        Self {
            level: pace.level.min(0),
            filled_at: until,
            changed_at: until,
            blocked_until: Some(until),
            ..pace
        }
    }

    /// The bucket as it is now.
    fn filled(&self, now: DateTime<Utc>) -> Self {
        let mut pace = *self;
        let raises = (now - pace.changed_at).num_seconds() / RAISED_EVERY.num_seconds();
        if raises > 0 && pace.rate < pace.limit {
            pace.rate = (pace.rate + raises.min(100) * (pace.limit / 10).max(1)).min(pace.limit);
            pace.changed_at += RAISED_EVERY * i32::try_from(raises).unwrap_or(i32::MAX);
        }
        let millis = (now - pace.filled_at).num_milliseconds();
        if millis > 0 {
            // A bucket is full long before a day.
            let gained = pace.rate * millis.min(86_400_000);
            pace.level = (pace.level + gained).min(pace.capacity());
            pace.filled_at += Duration::milliseconds(millis);
        }
        pace
    }

    fn capacity(&self) -> i64 {
        (self.rate * 1000).max(LEAST_CAPACITY)
    }

    /// What a lane leaves in the bucket for those that are more urgent.
    fn reserve(&self, lane: Lane) -> i64 {
        match lane {
            Lane::Codes | Lane::Calls => 0,
            Lane::Dialogue => self.capacity() / 4,
            Lane::Sms | Lane::Mail | Lane::Push => self.capacity() / 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::milliseconds(millis)
    }

    /// How many single segments of a lane leave from one moment to another, asked for all the time.
    fn sent(pace: &mut Pace, lane: Lane, from: i64, to: i64) -> u32 {
        let mut count = 0;
        let mut now = at(from);
        while now < at(to) {
            match pace.take(1, lane, now) {
                Ok(less) => {
                    *pace = less;
                    count += 1;
                }
                Err(later) => now = later,
            }
        }
        count
    }

    #[test]
    fn ten_a_second_are_ten_a_second() {
        let mut pace = Pace::new(10, at(0));
        let sent = sent(&mut pace, Lane::Sms, 0, 60_000);
        assert!((600..=606).contains(&sent), "{sent}");
    }

    #[test]
    fn reminders_leave_half_of_the_bucket_to_codes() {
        let mut pace = Pace::new(10, at(0));
        assert_eq!(sent(&mut pace, Lane::Sms, 0, 1), 5);
        assert!(pace.take(1, Lane::Sms, at(1)).is_err());
        assert_eq!(sent(&mut pace, Lane::Codes, 1, 2), 5, "a code never waits for a reminder");
    }

    #[test]
    fn a_slow_sender_still_sends_long_texts() {
        let mut pace = Pace::new(1, at(0));
        pace = pace.take(6, Lane::Sms, at(0)).unwrap();
        let later = pace.take(1, Lane::Codes, at(0)).unwrap_err();
        assert_eq!(later, at(3000), "the two segments too many are waited for");
    }

    #[test]
    fn a_provider_that_asks_for_patience_gets_it_and_half_the_rate() {
        let pace = Pace::new(10, at(0)).throttled(Some(Duration::seconds(7)), at(0));
        assert_eq!(pace.take(1, Lane::Calls, at(6999)), Err(at(7000)));
        assert_eq!(pace.rate, 5000);
        let again = pace.throttled(Some(Duration::seconds(3)), at(100));
        assert_eq!((again.rate, again.blocked_until), (5000, Some(at(7000))), "one burst halves once");
        let mut later = again;
        let sent = sent(&mut later, Lane::Codes, 7000, 17_000);
        assert!((49..=51).contains(&sent), "{sent} in ten seconds at half the rate");
        assert_eq!(again.rate_at(at(17_000)), 6000, "a tenth of the limit comes back every ten seconds");
        assert_eq!(again.rate_at(at(57_000)), 10_000);
        assert_eq!(again.rate_at(at(600_000)), 10_000);
    }

    #[test]
    fn a_new_limit_holds_at_once() {
        let pace = Pace::new(10, at(0)).limited_to(2, at(5));
        assert_eq!((pace.limit, pace.rate), (2000, 2000));
        assert_eq!(Pace::new(10, at(0)).limited_to(10, at(5)).changed_at, at(0));
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_and_one_bucket(
            limit in 1_u32..50,
            asks in prop::collection::vec((0_i64..400, 1_u32..4, 0_usize..4, any::<bool>()), 1..300),
        ) {
            let lanes = [Lane::Codes, Lane::Calls, Lane::Dialogue, Lane::Sms];
            let mut pace = Pace::new(limit, at(0));
            let (mut now, mut sent) = (0, 0_i64);
            for (pause, segments, lane, throttled) in asks {
                now += pause;
                if throttled && pause % 7 == 0 {
                    pace = pace.throttled(None, at(now));
                }
                if let Ok(less) = pace.take(segments, lanes[lane], at(now)) {
                    prop_assert!(pace.blocked(at(now)).is_none());
                    sent += i64::from(segments);
                    pace = less;
                }
                let bucket = i64::from(limit).max(4);
                prop_assert!(sent * 1000 <= bucket * 1000 + i64::from(limit) * now);
            }
        }

        #[test]
        fn the_moment_it_names_is_the_moment_it_can(limit in 1_u32..50, taken in 0_u32..60, lane in 0_usize..4) {
            let lanes = [Lane::Codes, Lane::Calls, Lane::Dialogue, Lane::Sms];
            let pace = Pace::new(limit, at(0)).without(taken, at(0));
            if let Err(later) = pace.take(1, lanes[lane], at(0)) {
                prop_assert!(pace.take(1, lanes[lane], later).is_ok());
                prop_assert!(pace.take(1, lanes[lane], later - Duration::milliseconds(1)).is_err());
            }
        }
    }
}

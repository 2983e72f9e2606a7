//! How fast a provider is asked: a bucket of segments that fills by the second, with a reserve for what cannot wait.
//!
//! The bucket holds one second's worth, so that no queue of ours builds up at the provider, where nothing can be stopped any
//! more. When the provider asks us to slow down, nothing is sent until the moment it names; then the rate begins at seven
//! tenths of what it was and comes back on the curve of RFC 9438 (CUBIC): soon close to the rate that was too much, long about
//! as much, and only then beyond it. A provider that allows less than the limit is so asked for what it allows, nearly all
//! the time; one that was overloaded for a moment has the whole rate after some minutes.

use chrono::{DateTime, Duration, Utc};

use crate::messaging::Lane;

/// One segment, in the units a bucket counts in.
const SEGMENT: i64 = 1_000_000;
/// The least a bucket holds: a text of several segments.
const LEAST_CAPACITY: i64 = 4 * SEGMENT;
/// What is left of the rate when it was too much, in tenths.
const LEFT: i64 = 7;
/// How long the rate takes to come back to what was too much, and then again to leave it behind.
const PLATEAU: Duration = Duration::seconds(90);
/// How long nothing is sent when the provider names no time.
const SHORT_REST: Duration = Duration::seconds(1);
/// Longer than this no provider can make us wait.
const LONGEST_REST: Duration = Duration::minutes(10);

/// The bucket of one provider and sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most that may be sent: thousandths of a segment in a second.
    pub limit: i64,
    /// What was sent when the rate was last changed: thousandths of a segment in a second. It has come back since
    /// ([`rate_at`](Self::rate_at)).
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
        pace.level = pace.capacity(now);
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
        // How far on the curve, in thousandths: from -1000 through 0, where the rate is what was too much.
        let way =
            (now - self.changed_at).num_milliseconds().max(0) * 1000 / PLATEAU.num_milliseconds() - 1000;
        if self.rate >= self.limit || way > 5000 {
            return self.limit;
        }
        let too_much = self.rate * 10 / LEFT;
        let part = 1_000_000_000 + way * way * way * (10 - LEFT) / 10;
        (i128::from(too_much) * i128::from(part) / 1_000_000_000)
            .try_into()
            .map_or(self.limit, |rate: i64| rate.clamp(self.rate, self.limit))
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
        let needed = (wanted + pace.reserve(lane, now)).min(pace.capacity(now));
        if pace.level < needed {
            let rate = pace.rate_at(now);
            let millis = (needed - pace.level + rate - 1) / rate;
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

    /// The provider asked us to slow down. Several answers to one burst lower the rate once.
    #[must_use]
    pub fn throttled(&self, after: Option<Duration>, now: DateTime<Utc>) -> Self {
        let rest = after.unwrap_or(SHORT_REST).clamp(SHORT_REST, LONGEST_REST);
        let known = self.blocked(now);
        let mut pace = self.filled(now);
        if known.is_none() {
            pace.rate = (pace.rate_at(now) * LEFT / 10).max(pace.limit / 16).max(100);
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
        let millis = (now - self.filled_at).num_milliseconds();
        if millis <= 0 {
            return *self;
        }
        // A bucket is full long before a day.
        let gained = self.rate_at(self.filled_at) * millis.min(86_400_000);
        Self {
            level: (self.level + gained).min(self.capacity(now)),
            filled_at: self.filled_at + Duration::milliseconds(millis),
            ..*self
        }
    }

    fn capacity(&self, now: DateTime<Utc>) -> i64 {
        (self.rate_at(now) * 1000).max(LEAST_CAPACITY)
    }

    /// What a lane leaves in the bucket for those that are more urgent.
    fn reserve(&self, lane: Lane, now: DateTime<Utc>) -> i64 {
        match lane {
            Lane::Codes | Lane::Calls => 0,
            Lane::Dialogue => self.capacity(now) / 4,
            Lane::Sms | Lane::Mail | Lane::Push => self.capacity(now) / 2,
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
    fn a_provider_that_asks_for_patience_gets_it_and_a_lower_rate() {
        let pace = Pace::new(10, at(0)).throttled(Some(Duration::seconds(7)), at(0));
        assert_eq!(pace.take(1, Lane::Calls, at(6999)), Err(at(7000)));
        assert_eq!(pace.rate_at(at(7000)), 7000);
        let again = pace.throttled(Some(Duration::seconds(3)), at(100));
        assert_eq!((again.rate, again.blocked_until), (7000, Some(at(7000))), "one burst counts once");
        let mut later = again;
        let sent = sent(&mut later, Lane::Codes, 7000, 8000);
        assert!((6..=8).contains(&sent), "{sent} in the first second");
        assert_eq!(
            again.rate_at(at(52_000)),
            9625,
            "half way, with an eighth of what was lost still missing"
        );
        assert_eq!(again.rate_at(at(97_000)), 10_000);
        assert_eq!(again.rate_at(at(600_000)), 10_000);
    }

    #[test]
    fn a_provider_that_was_overloaded_has_the_whole_rate_after_some_minutes() {
        let mut pace = Pace::new(10, at(0));
        for second in 0..60 {
            pace = pace.throttled(None, at(second * 1000));
        }
        assert_eq!(pace.rate_at(at(60_000)), 625, "a sixteenth is asked for whatever it says");
        let back = (60..).find(|second| pace.rate_at(at(second * 1000)) == 10_000).unwrap();
        assert!((300..480).contains(&back), "{back} s");
    }

    #[test]
    fn a_provider_that_allows_less_is_asked_for_nearly_all_of_it() {
        for allowed in [2_i64, 3, 5, 7, 9] {
            let mut pace = Pace::new(10, at(0));
            // Its own bucket, of one second, in thousandths of a message.
            let (mut left, mut since, mut got, mut refused) = (allowed * 1000, 0, 0, 0);
            let mut now = 0;
            while now < 1_800_000 {
                let Ok(less) = pace.take(1, Lane::Sms, at(now)) else {
                    now += 20;
                    continue;
                };
                pace = less;
                left = (left + (now - since) * allowed).min(allowed * 1000);
                since = now;
                if left < 1000 {
                    pace = pace.throttled(Some(Duration::seconds(7)), at(now));
                    refused += i32::from(now > 300_000);
                } else {
                    left -= 1000;
                    got += i64::from(now > 300_000);
                }
            }
            let part = got * 100 / (allowed * 1500);
            assert!((80..=100).contains(&part), "{part} % of {allowed} a second");
            assert!(refused <= 30, "{refused} times in 25 minutes, allowed are {allowed} a second");
        }
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

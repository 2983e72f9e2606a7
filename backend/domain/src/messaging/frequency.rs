//! How often one number gets an SMS from us, so that nobody can be made to hear from the town hall all day.
//!
//! Answers to what the number itself wrote are limited where they are owed; calls are never held back, because somebody
//! sits in the waiting room, and neither is that the office cancelled: a late one sends somebody on the way for nothing.
//! These do not count. Codes count, and have an hourly limit of their own where they are asked for.

use chrono::{DateTime, Duration, Utc};

use super::Kind;

/// How many SMS one number gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// In an hour.
    pub per_hour: usize,
    /// In a day.
    pub per_day: usize,
}

/// Whether a kind ever waits because its number got enough.
pub fn is_limited(kind: Kind) -> bool {
    match kind {
        Kind::InboundReply
        | Kind::BookingCancelledByOffice
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueCalled
        | Kind::QueueMissed
        | Kind::QueueTransferred => false,
        Kind::VerificationCode
        | Kind::LostCode
        | Kind::BookingConfirmed
        | Kind::BookingMoved
        | Kind::BookingCancelled
        | Kind::Reminder
        | Kind::EarlyReminder
        | Kind::SlotOffered => true,
    }
}

/// From when on this kind may go to a number that got others at these instants.
pub fn allowed_from(
    kind: Kind,
    sent: &[DateTime<Utc>],
    most: Frequency,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let (hour, day) = match kind {
        Kind::InboundReply
        | Kind::BookingCancelledByOffice
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueCalled
        | Kind::QueueMissed
        | Kind::QueueTransferred => return now,
        Kind::VerificationCode | Kind::LostCode => (None, Some(most.per_day)),
        Kind::BookingConfirmed
        | Kind::BookingMoved
        | Kind::BookingCancelled
        | Kind::Reminder
        | Kind::EarlyReminder
        | Kind::SlotOffered => (Some(most.per_hour), Some(most.per_day)),
    };
    let free = |within: Duration, at_most: Option<usize>| free_from(sent, within, at_most?, now);
    let hour = free(Duration::hours(1), hour).unwrap_or(now);
    let day = free(Duration::days(1), day).unwrap_or(now);
    hour.max(day)
}

/// When so many of those that were sent have lapsed that there is room for one more; `None` when there is room now.
pub fn free_from(
    sent: &[DateTime<Utc>],
    within: Duration,
    at_most: usize,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let mut recent: Vec<_> = sent.iter().copied().filter(|sent| *sent > now - within).collect();
    recent.sort_unstable();
    let first_to_lapse = recent.len().checked_sub(at_most.max(1))?;
    recent.get(first_to_lapse).map(|sent| *sent + within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: Frequency = Frequency { per_hour: 3, per_day: 6 };

    fn now() -> DateTime<Utc> {
        "2026-09-14T07:30:00Z".parse().unwrap()
    }

    fn ago(minutes: &[i64]) -> Vec<DateTime<Utc>> {
        minutes.iter().map(|minutes| now() - Duration::minutes(*minutes)).collect()
    }

    #[test]
    fn the_fourth_in_an_hour_waits_for_the_first_to_lapse() {
        let allowed = |sent: &[i64]| allowed_from(Kind::BookingConfirmed, &ago(sent), MOST, now());
        assert_eq!(allowed(&[]), now());
        assert_eq!(allowed(&[5, 10]), now());
        assert_eq!(allowed(&[5, 10, 50]), now() + Duration::minutes(10));
        assert_eq!(allowed(&[5, 10, 60]), now(), "an hour is over");
    }

    #[test]
    fn the_seventh_in_a_day_waits_for_the_next() {
        let six = ago(&[100, 200, 300, 400, 500, 1430]);
        for kind in [Kind::Reminder, Kind::VerificationCode] {
            assert_eq!(allowed_from(kind, &six, MOST, now()), now() + Duration::minutes(10), "{kind:?}");
        }
    }

    #[test]
    fn codes_have_their_own_hour_and_calls_always_go() {
        let many = ago(&[1, 2, 3, 4]);
        assert_eq!(allowed_from(Kind::VerificationCode, &many, MOST, now()), now());
        let more = ago(&[1, 2, 3, 4, 5, 6, 7, 8]);
        for kind in [
            Kind::QueueCalled,
            Kind::QueueStage,
            Kind::QueueComeIn,
            Kind::QueueMissed,
            Kind::QueueTransferred,
            Kind::InboundReply,
        ] {
            assert_eq!(allowed_from(kind, &more, MOST, now()), now(), "{kind:?}");
        }
    }

    proptest! {
        /// Whoever sends as soon as it is allowed never sends more than that.
        #[test]
        fn no_window_ever_holds_more(waits in prop::collection::vec(0_i64..7200, 1..40)) {
            let (mut at, mut sent) = (now(), Vec::new());
            for wait in waits {
                at += Duration::seconds(wait);
                at = allowed_from(Kind::Reminder, &sent, MOST, at);
                prop_assert_eq!(allowed_from(Kind::Reminder, &sent, MOST, at), at);
                sent.push(at);
                let within = |span: Duration| sent.iter().filter(|one| **one > at - span).count();
                prop_assert!(within(Duration::hours(1)) <= 3 && within(Duration::days(1)) <= 6);
            }
        }
    }
}

//! The money of a day (Tagesbudget): how many SMS parts a town pays for between two midnights, and who may still send when
//! they are used up.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::Kind;
use crate::local_time::{instant_of, local_day};

/// The most parts a day may ever be given: what is more is a slip of the keyboard.
pub const MOST_PER_DAY: u32 = 1_000_000;

/// How far the budget of a day is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// There is plenty.
    Usual,
    /// Four fifths are used: somebody should look.
    Short,
    /// It is used up: what can wait is held, the reserve is for codes, confirmations and calls.
    UsedUp,
    /// The reserve is used up, too: nothing leaves.
    Empty,
}

impl Level {
    /// The word in the event log, the API and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Short => "short",
            Self::UsedUp => "used_up",
            Self::Empty => "empty",
        }
    }

    /// The level at so many parts used of so many a day.
    pub fn of(used: u32, per_day: u32) -> Self {
        let (used, reserve, per_day) = (u64::from(used), u64::from(reserve(per_day)), u64::from(per_day));
        if used >= per_day + reserve {
            Self::Empty
        } else if used >= per_day {
            Self::UsedUp
        } else if used * 5 >= per_day * 4 {
            Self::Short
        } else {
            Self::Usual
        }
    }
}

/// The parts on top of so many a day that are kept for what people wait for: a fifth.
pub fn reserve(per_day: u32) -> u32 {
    per_day / 5
}

/// The parts up to which a kind may be sent on a day of so many.
pub fn most(kind: Kind, per_day: u32) -> u32 {
    if may_use_reserve(kind) { per_day.saturating_add(reserve(per_day)) } else { per_day }
}

/// Whether somebody waits for it, so that it may use the reserve.
pub fn may_use_reserve(kind: Kind) -> bool {
    match kind {
        Kind::VerificationCode
        | Kind::LostCode
        | Kind::BookingConfirmed
        | Kind::BookingMoved
        | Kind::BookingCancelledByOffice
        | Kind::BookingCancelled
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueCalled
        | Kind::QueueMissed
        | Kind::QueueTransferred => true,
        Kind::Reminder | Kind::EarlyReminder | Kind::SlotOffered | Kind::InboundReply => false,
    }
}

/// The day whose budget pays for what leaves now.
pub fn day_of(now: DateTime<Utc>, zone: Tz) -> NaiveDate {
    local_day(zone, now)
}

/// When the next day's budget begins.
pub fn next_day(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    instant_of(zone, (local_day(zone, now) + Duration::days(1)).and_time(NaiveTime::MIN))
}

/// Whether an hour is so far above what is usual that somebody should look: half as much again as the median of the same
/// hour of the last weeks, and more than a handful. Nothing is unusual for a town that sent nothing in those weeks yet: it is
/// new, and its budget and the guard over codes watch meanwhile.
pub fn is_unusual(this_hour: u32, same_hour_before: &[u32]) -> bool {
    !same_hour_before.is_empty()
        && this_hour >= 20
        && f64::from(this_hour) > 1.5 * f64::from(median(same_hour_before))
}

/// The middle one; of an even number the lower of the two in the middle.
pub fn median(counts: &[u32]) -> u32 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    #[test]
    fn the_levels_begin_at_eighty_a_hundred_and_a_hundred_and_twenty_percent() {
        let level = |used| Level::of(used, 100);
        assert_eq!([level(0), level(79), level(80)], [Level::Usual, Level::Usual, Level::Short]);
        assert_eq!([level(99), level(100)], [Level::Short, Level::UsedUp]);
        assert_eq!([level(119), level(120)], [Level::UsedUp, Level::Empty]);
        assert_eq!(Level::of(0, 0), Level::Empty, "who gives nothing sends nothing");
    }

    #[test]
    fn what_people_wait_for_may_use_a_fifth_more() {
        assert_eq!(most(Kind::Reminder, 100), 100);
        assert_eq!(most(Kind::VerificationCode, 100), 120);
        assert_eq!(most(Kind::QueueCalled, u32::MAX), u32::MAX);
    }

    #[test]
    fn a_day_ends_at_midnight_also_when_the_clocks_change() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(next_day(at("2026-09-14T21:59:59Z"), Berlin), at("2026-09-14T22:00:00Z"));
        assert_eq!(next_day(at("2026-10-25T00:30:00Z"), Berlin), at("2026-10-25T23:00:00Z"));
        assert_eq!(day_of(at("2026-09-14T22:00:00Z"), Berlin).to_string(), "2026-09-15");
    }

    #[test]
    fn an_hour_is_unusual_at_half_as_much_again() {
        assert!(!is_unusual(30, &[20, 22, 18, 20]));
        assert!(is_unusual(31, &[20, 22, 18, 20]));
        assert!(!is_unusual(19, &[0, 0, 0, 0]), "a handful is never an alarm");
        assert!(is_unusual(20, &[0, 0, 0]), "an hour in which nobody writes");
        assert!(!is_unusual(500, &[]), "nobody knows what is usual");
        assert_eq!(median(&[9, 1, 5]), 5);
    }
}

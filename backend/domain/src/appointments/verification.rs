//! The check of a mobile number by six digits (Bestätigungscode): how often, how long, how many tries.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How long a code is good for.
pub const LIFETIME: Duration = Duration::minutes(10);
/// Wrong codes until the challenge is dead.
pub const TRIES: u8 = 5;
/// Codes sent to one number in an hour.
pub const SENDS_PER_HOUR: usize = 3;
/// Codes sent to one number in a day.
pub const SENDS_PER_DAY: usize = 5;

/// One code that was sent, without the code itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// When the present code was sent.
    pub sent_at: DateTime<Utc>,
    /// How many codes this challenge has sent so far.
    pub sends: u8,
    /// Wrong codes so far for the present one.
    pub wrong_tries: u8,
}

/// Why a typed code does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodeRefused {
    /// Wrong digits; that many tries are left.
    #[error("the code is wrong")]
    Wrong {
        /// Tries left.
        tries_left: u8,
    },
    /// Too many wrong ones or too late: a new code is possible from then on.
    #[error("the code is dead")]
    Dead {
        /// When a new code may be sent.
        resend_at: DateTime<Utc>,
    },
}

/// Why no further code is sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the next code is sent at {resend_at}")]
pub struct SendRefused {
    /// When the next one is possible.
    pub resend_at: DateTime<Utc>,
}

/// What a try does to the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The challenge to keep.
    pub challenge: Challenge,
    /// Whether the number is verified.
    pub outcome: Result<(), CodeRefused>,
}

impl Challenge {
    /// The first code is on its way.
    pub fn first(now: DateTime<Utc>) -> Self {
        Self { sent_at: now, sends: 1, wrong_tries: 0 }
    }

    /// When the present code ends to be good.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.sent_at + LIFETIME
    }

    /// When the next code may be sent, as far as this challenge goes: after 30, 60, then 120 seconds.
    pub fn resend_at(&self) -> DateTime<Utc> {
        let seconds = match self.sends {
            0 | 1 => 30,
            2 => 60,
            3.. => 120,
        };
        self.sent_at + Duration::seconds(seconds)
    }

    /// Tries left for the present code.
    pub fn tries_left(&self) -> u8 {
        TRIES.saturating_sub(self.wrong_tries)
    }

    /// Whether the present code can no longer be used.
    pub fn is_dead(&self, now: DateTime<Utc>) -> bool {
        self.tries_left() == 0 || now >= self.expires_at()
    }

    /// Judges a typed code; `matches` says whether it is the one that was sent.
    pub fn try_code(self, matches: bool, now: DateTime<Utc>) -> Tried {
        if self.is_dead(now) {
            let outcome = Err(CodeRefused::Dead { resend_at: self.resend_at().max(now) });
            return Tried { challenge: self, outcome };
        }
        if matches {
            return Tried { challenge: self, outcome: Ok(()) };
        }
        let challenge = Self { wrong_tries: self.wrong_tries + 1, ..self };
        let outcome = match challenge.tries_left() {
            0 => Err(CodeRefused::Dead { resend_at: challenge.resend_at().max(now) }),
            tries_left => Err(CodeRefused::Wrong { tries_left }),
        };
        Tried { challenge, outcome }
    }

    /// The challenge after another code was sent, if that is allowed now.
    ///
    /// `recent` are the instants of all codes sent to this number in the last day, by whichever booking.
    pub fn resend(self, recent: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<Self, SendRefused> {
        let cooled_at = self.resend_at();
        if now < cooled_at {
            return Err(SendRefused { resend_at: cooled_at });
        }
        may_send(recent, now)?;
        Ok(Self { sent_at: now, sends: self.sends.saturating_add(1), wrong_tries: 0 })
    }
}

/// Whether the number may get a code now, after those of the last day.
pub fn may_send(recent: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<(), SendRefused> {
    let free_from = |within: Duration, at_most: usize| {
        let mut sent: Vec<_> = recent.iter().copied().filter(|sent| *sent > now - within).collect();
        sent.sort_unstable();
        let first_to_lapse = sent.len().checked_sub(at_most)?;
        sent.get(first_to_lapse).map(|sent| *sent + within)
    };
    let hour = free_from(Duration::hours(1), SENDS_PER_HOUR);
    let day = free_from(Duration::days(1), SENDS_PER_DAY);
    match hour.max(day) {
        Some(resend_at) => Err(SendRefused { resend_at }),
        None => Ok(()),
    }
}

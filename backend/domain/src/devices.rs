//! Terminals and displays: how one is enrolled with a one-time code, how often a terminal may guess, and when something
//! is wrong with one.

pub mod self_service;
pub mod taps;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long an enrolment code is good for.
pub const ENROLMENT_CODE_TTL: TimeDelta = TimeDelta::minutes(10);

/// Wrong codes a device may send within [`TRIES_WINDOW`].
pub const TRIES: u32 = 5;

/// The window in which wrong codes are counted.
pub const TRIES_WINDOW: TimeDelta = TimeDelta::minutes(1);

/// So many wrong codes at one device within [`GUESSING_WINDOW`] are no typing slips: staff shall look after it.
pub const GUESSING: u32 = 10;

/// The window in which wrong codes become guessing.
pub const GUESSING_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Wrong codes all devices of one network may send within [`GUESSING_WINDOW`]; two terminals that are guessed at all the
/// time stay below it.
pub const NETWORK_TRIES: u32 = 110;

/// An enrolled device that has asked for nothing so long, while its office is open, is off or cut off.
pub const SILENT_AFTER: TimeDelta = TimeDelta::minutes(5);

/// What a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A check-in terminal in the foyer.
    Terminal,
    /// A display in a waiting zone (Aufrufanzeige).
    Display,
}

impl DeviceKind {
    /// The word kept in the database and sent over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Display => "display",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Terminal, Self::Display].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A one-time code that turns a browser into a device: shown to an admin once, typed at the device once.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode(String);

/// The text is no enrolment code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment code: expected eight letters and digits")]
pub struct NotAnEnrolmentCode;

/// Letters and digits that nobody confuses on a wall or on the phone.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

impl EnrolmentCode {
    /// A code from random bytes of the caller.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
    }

    /// Reads what somebody typed: case, spaces and hyphens do not matter.
    pub fn parse(text: &str) -> Result<Self, NotAnEnrolmentCode> {
        let code: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let known = code.bytes().all(|letter| ALPHABET.contains(&letter));
        if code.len() == 8 && known { Ok(Self(code)) } else { Err(NotAnEnrolmentCode) }
    }

    /// The bare eight characters, for hashing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = self.0.split_at(4);
        write!(out, "{left}-{right}")
    }
}

/// Codes are secrets; they do not appear in logs.
impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("EnrolmentCode(…)")
    }
}

/// What is known about an enrolment code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentFacts {
    /// When the admin asked for it.
    pub created_at: DateTime<Utc>,
    /// Whether a device has used it.
    pub used: bool,
}

/// Why a device is not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefused {
    /// No such code.
    #[error("no such enrolment code")]
    Unknown,
    /// It was good for ten minutes.
    #[error("the enrolment code has expired")]
    Expired,
    /// One code, one device.
    #[error("the enrolment code was used before")]
    Used,
}

/// Decides whether the code enrols a device.
pub fn enrol(facts: Option<EnrolmentFacts>, now: DateTime<Utc>) -> Result<(), EnrolmentRefused> {
    let facts = facts.ok_or(EnrolmentRefused::Unknown)?;
    if facts.used {
        Err(EnrolmentRefused::Used)
    } else if now >= facts.created_at + ENROLMENT_CODE_TTL {
        Err(EnrolmentRefused::Expired)
    } else {
        Ok(())
    }
}

/// Whether an enrolled device should have been heard of by now.
#[must_use]
pub fn is_silent(last_seen_at: Option<DateTime<Utc>>, now: DateTime<Utc>, office_open: bool) -> bool {
    office_open && last_seen_at.is_none_or(|seen| now - seen >= SILENT_AFTER)
}

/// The wrong codes of a device in its current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// When the window began.
    pub window_at: DateTime<Utc>,
    /// Wrong codes since then.
    pub wrong: u32,
}

/// The device guessed too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong codes, again from {again_at}")]
pub struct TooManyTries {
    /// When it may try again.
    pub again_at: DateTime<Utc>,
}

impl Tries {
    /// Whether another code may be tried now.
    pub fn may_try(self, now: DateTime<Utc>) -> Result<(), TooManyTries> {
        let again_at = self.window_at + TRIES_WINDOW;
        if now < again_at && self.wrong >= TRIES { Err(TooManyTries { again_at }) } else { Ok(()) }
    }

    /// The count after a wrong code.
    pub fn after_wrong(self, now: DateTime<Utc>) -> Self {
        if now < self.window_at + TRIES_WINDOW {
            Self { wrong: self.wrong.saturating_add(1), ..self }
        } else {
            Self { window_at: now, wrong: 1 }
        }
    }

    /// Tries left in the window that holds at `now`.
    pub fn left(self, now: DateTime<Utc>) -> u32 {
        if now < self.window_at + TRIES_WINDOW { TRIES.saturating_sub(self.wrong) } else { TRIES }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_424_400 + second, 0).unwrap()
    }

    #[test]
    fn a_code_is_shown_in_two_groups_and_read_back_however_it_is_typed() {
        let code = EnrolmentCode::from_random([0, 1, 30, 31, 64, 255, 8, 9]);
        let shown = code.to_string();
        assert_eq!(shown.len(), 9);
        assert_eq!(EnrolmentCode::parse(&shown.to_lowercase()), Ok(code));
        assert_eq!(EnrolmentCode::parse("ABCD-EFG"), Err(NotAnEnrolmentCode));
        assert_eq!(EnrolmentCode::parse("ABCD-EFG0"), Err(NotAnEnrolmentCode));
    }

    #[test]
    fn a_device_is_silent_only_while_its_office_is_open() {
        assert!(!is_silent(Some(at(0)), at(299), true));
        assert!(is_silent(Some(at(0)), at(300), true));
        assert!(is_silent(None, at(300), true));
        assert!(!is_silent(Some(at(0)), at(9000), false));
    }

    #[test]
    fn a_code_never_shows_in_logs() {
        assert_eq!(format!("{:?}", EnrolmentCode::from_random([1; 8])), "EnrolmentCode(…)");
    }

    #[test]
    fn a_code_enrols_once_within_ten_minutes() {
        let fresh = EnrolmentFacts { created_at: at(0), used: false };
        assert_eq!(enrol(Some(fresh), at(599)), Ok(()));
        assert_eq!(enrol(Some(fresh), at(600)), Err(EnrolmentRefused::Expired));
        assert_eq!(enrol(Some(EnrolmentFacts { used: true, ..fresh }), at(1)), Err(EnrolmentRefused::Used));
        assert_eq!(enrol(None, at(1)), Err(EnrolmentRefused::Unknown));
    }

    #[test]
    fn five_wrong_codes_a_minute_and_then_a_pause() {
        let mut tries = Tries { window_at: at(0), wrong: 0 };
        for second in 1..=5 {
            assert_eq!(tries.may_try(at(second)), Ok(()));
            tries = tries.after_wrong(at(second));
        }
        assert_eq!(tries.left(at(6)), 0);
        assert_eq!(tries.may_try(at(59)), Err(TooManyTries { again_at: at(60) }));
        assert_eq!(tries.may_try(at(60)), Ok(()));
        assert_eq!(tries.after_wrong(at(60)), Tries { window_at: at(60), wrong: 1 });
    }
}

//! The code of the foyer (Foyer-Code): four digits on display and terminal that change every minute. Whoever says
//! "I am here" on a phone types them in, so that nobody queues from the sofa.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

/// How long a code is shown.
pub const STEP: TimeDelta = TimeDelta::minutes(1);

/// Wrong codes one appointment may send within [`TRIES_WINDOW`]: two of ten thousand codes are right at a time.
pub const TRIES: u32 = 5;

/// The window in which wrong codes are counted.
pub const TRIES_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// The four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoyerCode(u16);

/// The text is no code of the foyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a foyer code: expected four digits")]
pub struct NotAFoyerCode;

impl FoyerCode {
    /// The code that follows from the bytes of a keyed hash.
    #[must_use]
    pub fn from_hash(hash: &[u8]) -> Self {
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Self(u16::try_from(number % 10_000).unwrap_or(0))
    }

    /// Reads what somebody typed; spaces and hyphens do not matter.
    ///
    /// # Errors
    /// When it is anything but four digits.
    pub fn parse(text: &str) -> Result<Self, NotAFoyerCode> {
        let digits: String =
            text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–')).collect();
        let four = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if four { digits.parse().map(Self).map_err(|_| NotAFoyerCode) } else { Err(NotAFoyerCode) }
    }
}

impl fmt::Display for FoyerCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}", self.0)
    }
}

/// The steps whose codes are taken at `now`: the one shown, and the one before, for whoever has just read it.
#[must_use]
pub fn steps_at(now: DateTime<Utc>) -> [i64; 2] {
    let step = now.timestamp().div_euclid(STEP.num_seconds());
    [step, step - 1]
}

/// When the code shown at `now` gives way to the next.
#[must_use]
pub fn changes_at(now: DateTime<Utc>) -> DateTime<Utc> {
    let [step, _] = steps_at(now);
    DateTime::from_timestamp((step + 1) * STEP.num_seconds(), 0).unwrap_or(now + STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_424_400 + second, 0).unwrap()
    }

    #[test]
    fn four_digits_are_read_however_they_are_typed() {
        let code = FoyerCode::from_hash(&[0, 0, 0, 0, 0, 0, 0, 42]);
        assert_eq!(code.to_string(), "0042");
        for typed in ["0042", " 00 42 ", "00-42"] {
            assert_eq!(FoyerCode::parse(typed), Ok(code));
        }
        for typed in ["", "42", "00042", "004x", "٠٠٤٢", "🙂🙂🙂🙂"] {
            assert_eq!(FoyerCode::parse(typed), Err(NotAFoyerCode), "{typed}");
        }
    }

    #[test]
    fn a_code_is_shown_for_a_minute_and_taken_for_one_more() {
        let shown = steps_at(at(0))[0];
        assert_eq!(steps_at(at(59))[0], shown);
        assert_eq!(steps_at(at(60)), [shown + 1, shown]);
        assert!(!steps_at(at(120)).contains(&shown));
        assert_eq!((changes_at(at(0)), changes_at(at(59))), (at(60), at(60)));
    }
}

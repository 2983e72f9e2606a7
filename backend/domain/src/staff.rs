//! Staff (Beschäftigte): roles and sign-in rules.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works at a counter: calls, serves, books for callers.
    Desk,
    /// Plans the week: everything of `Desk`, plus devices, staff, catalogue.
    Admin,
    /// Watches messages and jobs, and acts on them.
    Ops,
    /// Watches messages and jobs, and acts on nothing.
    Observer,
}

impl Role {
    /// The word kept in the database and sent over the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Admin => "admin",
            Self::Ops => "ops",
            Self::Observer => "observer",
        }
    }

    /// The role of this word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "desk" => Some(Self::Desk),
            "admin" => Some(Self::Admin),
            "ops" => Some(Self::Ops),
            "observer" => Some(Self::Observer),
            _ => None,
        }
    }

    /// Whether this role may work at a counter.
    #[must_use]
    pub const fn may_serve(self) -> bool {
        matches!(self, Self::Desk | Self::Admin)
    }

    /// Whether this role may change devices, staff and the catalogue.
    #[must_use]
    pub const fn may_administer(self) -> bool {
        matches!(self, Self::Admin)
    }

    /// Whether this role may see messages and jobs.
    #[must_use]
    pub const fn may_watch(self) -> bool {
        matches!(self, Self::Ops | Self::Observer | Self::Admin)
    }

    /// Whether this role may retry, cancel or reveal messages.
    #[must_use]
    pub const fn may_operate(self) -> bool {
        matches!(self, Self::Ops)
    }
}

/// The fewest letters a password may have; length is what guards it (NIST SP 800-63B), not odd characters.
pub const PASSWORD_MIN: usize = 12;
/// The most: a longer one would only cost us time.
pub const PASSWORD_MAX: usize = 200;

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefused {
    /// Login or password is wrong, or the person is no longer active; which of them is not told.
    #[error("login or password is wrong")]
    WrongCredentials,
    /// Too many wrong passwords: wait.
    #[error("too many tries, again from {retry_at}")]
    Throttled {
        /// From when on another try counts.
        retry_at: DateTime<Utc>,
    },
}

/// Why the list of staff stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefused {
    /// A login is 2 to 40 small letters, digits, dots, dashes.
    #[error("not a login")]
    LoginInvalid,
    /// Somebody has this login already.
    #[error("the login is taken")]
    LoginTaken,
    /// A name is needed, of at most 80 letters.
    #[error("not a name")]
    NameInvalid,
    /// Too short or too long.
    #[error("the password must have {PASSWORD_MIN} to {PASSWORD_MAX} letters")]
    PasswordLength,
    /// There is nobody with this id.
    #[error("unknown")]
    Unknown,
    /// Nobody locks themselves out.
    #[error("oneself")]
    Oneself,
}

/// A login (Anmeldename): small letters, digits, dots and dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// The login in this text; capitals and spaces around it do not matter.
    ///
    /// # Errors
    /// When it has other letters, or too few or too many.
    pub fn parse(text: &str) -> Result<Self, StaffRefused> {
        let login = text.trim().to_lowercase();
        let fits = (2..=40).contains(&login.len())
            && login
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte));
        if fits { Ok(Self(login)) } else { Err(StaffRefused::LoginInvalid) }
    }

    /// The login as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this can be a person's password.
///
/// # Errors
/// When it is too short or too long.
pub fn check_password(password: &str) -> Result<(), StaffRefused> {
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&password.chars().count()) {
        Ok(())
    } else {
        Err(StaffRefused::PasswordLength)
    }
}

/// How long staff stay signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// The longest life of a session.
    pub lifetime: Duration,
    /// The longest pause within it.
    pub idle: Duration,
}

impl SessionRules {
    /// Whether a session may still be used.
    #[must_use]
    pub fn alive(&self, started_at: DateTime<Utc>, last_seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < started_at + self.lifetime && now < last_seen_at + self.idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_plain_and_small() {
        assert_eq!(Login::parse(" M.Exempel ").map(|login| login.0), Ok("m.exempel".to_owned()));
        for bad in ["", "a", "zwei worte", "ä.ö", &"x".repeat(41)] {
            assert_eq!(Login::parse(bad), Err(StaffRefused::LoginInvalid), "{bad}");
        }
    }

    #[test]
    fn a_password_counts_letters_not_bytes() {
        assert_eq!(check_password("äöüäöüäöüäö"), Err(StaffRefused::PasswordLength));
        assert_eq!(check_password("äöüäöüäöüäöü"), Ok(()));
        assert_eq!(check_password(&"x".repeat(201)), Err(StaffRefused::PasswordLength));
    }

    #[test]
    fn a_session_ends_by_age_and_by_idleness() {
        let rules = SessionRules { lifetime: Duration::hours(12), idle: Duration::hours(1) };
        let start = DateTime::UNIX_EPOCH;
        assert!(rules.alive(start, start, start + Duration::minutes(59)));
        assert!(!rules.alive(start, start, start + Duration::minutes(60)));
        let busy = start + Duration::hours(11) + Duration::minutes(30);
        assert!(rules.alive(start, busy, busy + Duration::minutes(29)));
        assert!(!rules.alive(start, busy, start + Duration::hours(12)));
    }
}

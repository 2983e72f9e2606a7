//! Staff (Beschäftigte): roles and sign-in rules.

use serde::{Deserialize, Serialize};

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works at a counter: calls, serves, books for callers.
    Desk,
    /// Plans the week: everything of `Desk`, plus devices, staff, catalogue.
    Admin,
    /// Watches messages and jobs.
    Ops,
}

impl Role {
    /// The word kept in the database and sent over the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Admin => "admin",
            Self::Ops => "ops",
        }
    }

    /// The role of this word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "desk" => Some(Self::Desk),
            "admin" => Some(Self::Admin),
            "ops" => Some(Self::Ops),
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
        matches!(self, Self::Ops | Self::Admin)
    }

    /// Whether this role may retry, cancel or reveal messages.
    #[must_use]
    pub const fn may_operate(self) -> bool {
        matches!(self, Self::Ops)
    }
}

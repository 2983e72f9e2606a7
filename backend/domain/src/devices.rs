//! Terminals and displays: how they are enrolled and what they may try.

use serde::{Deserialize, Serialize};

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The foyer terminal, where people check in.
    Terminal,
    /// The call display of a waiting zone (Aufrufanzeige).
    Display,
}

impl DeviceKind {
    /// The word kept in the database and sent over the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Display => "display",
        }
    }

    /// The kind of this word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "terminal" => Some(Self::Terminal),
            "display" => Some(Self::Display),
            _ => None,
        }
    }
}

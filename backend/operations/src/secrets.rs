//! Secrets handed out once and kept as hashes: bearer tokens of holds, tickets, devices and sessions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::Connection;

use crate::app::App;

/// What a secret opens; the same secret hashed for another purpose is another hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A hold on a slot.
    Hold,
    /// A booking's link.
    Link,
    /// A walk-in ticket.
    Ticket,
    /// A terminal or display.
    Device,
    /// A device's one-time enrolment code.
    Enrolment,
    /// A staff session.
    Session,
    /// The six digits of a verification.
    Verification,
    /// An entry of the waiting list.
    Waiting,
    /// An offer of a freed slot.
    Offer,
    /// An invitation to book a service.
    Invitation,
    /// Our ids in a provider's status callback.
    Callback,
    /// The codes shown in the foyer.
    Foyer,
    /// The key with which a terminal signs what it keeps.
    Tap,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Link => "link",
            Self::Ticket => "ticket",
            Self::Device => "device",
            Self::Enrolment => "enrolment",
            Self::Session => "session",
            Self::Verification => "verification",
            Self::Waiting => "waiting",
            Self::Offer => "offer",
            Self::Invitation => "invitation",
            Self::Callback => "callback",
            Self::Foyer => "foyer",
            Self::Tap => "tap",
        }
    }
}

impl App {
    /// A fresh secret of 256 bits, safe in headers and URLs.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.rng.bytes::<32>())
    }

    /// The keyed hash under which a secret is kept and found again.
    #[must_use]
    pub fn secret_hash(&self, purpose: Purpose, secret: &str) -> Vec<u8> {
        self.db.sealer().keyed_hash(purpose.as_str(), secret.as_bytes())
    }

    /// A short keyed hash as text, for counters kept under something personal.
    #[must_use]
    pub(crate) fn short_hash(&self, purpose: &str, value: &str) -> String {
        URL_SAFE_NO_PAD.encode(&self.db.sealer().keyed_hash(purpose, value.as_bytes())[..18])
    }

    /// Whether somebody knows the short hash of a value, as a link told it. Compared as hashes, so that the time it takes tells
    /// nothing.
    #[must_use]
    pub(crate) fn knows_short_hash(&self, purpose: &str, value: &str, told: &str) -> bool {
        self.short_hash(purpose, told) == self.short_hash(purpose, &self.short_hash(purpose, value))
    }
}

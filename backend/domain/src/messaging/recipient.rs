//! Whom a message goes to, and by which channel.

use serde::{Deserialize, Serialize};

use crate::contact::{EmailAddress, PhoneNumber};
use crate::ids::SubscriptionId;

/// A channel: how a message travels, whichever provider carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A push to a browser.
    Push,
}

impl ChannelKind {
    /// Every channel.
    pub const ALL: [ChannelKind; 3] = [ChannelKind::Sms, ChannelKind::Email, ChannelKind::Push];

    /// The word in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChannelKind::Sms => "sms",
            ChannelKind::Email => "email",
            ChannelKind::Push => "push",
        }
    }

    /// The channel of a word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }

    /// Whether a second copy replaces the first, so that what may have been sent is simply sent again.
    #[must_use]
    pub fn is_repeatable(self) -> bool {
        match self {
            ChannelKind::Sms => false,
            // By its Message-ID.
            ChannelKind::Email => true,
            // By its topic and its tag.
            ChannelKind::Push => true,
        }
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A mobile phone.
    Phone(PhoneNumber),
    /// A mailbox.
    Email(EmailAddress),
    /// A browser.
    Push(SubscriptionId),
}

impl Recipient {
    /// By which channel.
    #[must_use]
    pub fn channel(&self) -> ChannelKind {
        match self {
            Recipient::Phone(_) => ChannelKind::Sms,
            Recipient::Email(_) => ChannelKind::Email,
            Recipient::Push(_) => ChannelKind::Push,
        }
    }

    /// As people read it; for whoever may see it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Recipient::Phone(number) => number.national(),
            Recipient::Email(address) => address.as_str().to_owned(),
            Recipient::Push(browser) => browser.to_string(),
        }
    }

    /// As much of it as operators may see: the last four digits, or the first letter of a mailbox. A browser has only the
    /// number we gave it.
    #[must_use]
    pub fn tail(&self) -> String {
        match self {
            Recipient::Phone(number) => {
                let digits = number.e164();
                digits[digits.len().saturating_sub(4)..].to_owned()
            }
            Recipient::Email(address) => address.tail(),
            Recipient::Push(browser) => {
                let digits = browser.0.simple().to_string();
                digits[digits.len().saturating_sub(4)..].to_owned()
            }
        }
    }
}

//! One attempt to send: what goes to a channel, what the channel says about it, and what comes back later. Channels produce
//! these, verbs consume them; neither knows the other.

mod email;
mod push;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::contact::PhoneNumber;
use crate::ids::MessageId;
use crate::messaging::delivery::Receipt;
use crate::messaging::failure::{ErrorClass, class_of_code};

pub use email::{CalendarMethod, CalendarPart, OutgoingEmail};
pub use push::{NotATopic, OutgoingPush, PushSubscription, Topic, Urgency};

/// A text on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The message.
    pub message: MessageId,
    /// Which attempt of it.
    pub attempt: i32,
    /// To whom.
    pub to: PhoneNumber,
    /// The text.
    pub body: String,
    /// How long the provider may keep trying.
    pub validity: Duration,
    /// When the attempt began.
    pub at: DateTime<Utc>,
}

/// Shows neither the number nor the text.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} attempt {})", self.message, self.attempt)
    }
}

/// Anything on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// A text message.
    Sms(Outgoing),
    /// An e-mail.
    Email(Box<OutgoingEmail>),
    /// A push.
    Push(Box<OutgoingPush>),
}

impl Dispatch {
    /// The message.
    #[must_use]
    pub fn message(&self) -> MessageId {
        match self {
            Dispatch::Sms(sms) => sms.message,
            Dispatch::Email(mail) => mail.message,
            Dispatch::Push(push) => push.message,
        }
    }

    /// Which attempt of it.
    #[must_use]
    pub fn attempt(&self) -> i32 {
        match self {
            Dispatch::Sms(sms) => sms.attempt,
            Dispatch::Email(mail) => mail.attempt,
            Dispatch::Push(push) => push.attempt,
        }
    }

    /// When the attempt began.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Dispatch::Sms(sms) => sms.at,
            Dispatch::Email(mail) => mail.at,
            Dispatch::Push(push) => push.at,
        }
    }

    /// The text, as whoever gets it reads it first.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Dispatch::Sms(sms) => &sms.body,
            Dispatch::Email(mail) => &mail.text,
            Dispatch::Push(push) => &push.body,
        }
    }
}

/// What became of an attempt, as far as the caller can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider took it.
    Accepted {
        /// The provider's own id of it.
        reference: String,
        /// Parts billed, where the provider says so.
        segments: Option<i32>,
    },
    /// Too fast; nothing was sent.
    Throttled {
        /// How long the provider asks us to wait.
        after: Option<Duration>,
        /// The provider's code.
        code: Option<u32>,
    },
    /// It never left us.
    NotSent {
        /// In one stable word: `dns_or_connect`, `private_address` (a push service's name led into our own network),
        /// `dialogue` (a mail server fell silent before it had the mail), `provider_error`.
        reason: &'static str,
    },
    /// The provider refused this message.
    Refused {
        /// What its reason means.
        class: ErrorClass,
        /// The provider's code.
        code: u32,
        /// The status of its answer.
        http_status: u16,
    },
    /// It may have been accepted.
    Ambiguous {
        /// In one stable word: `timeout`, `reset`, `server_error`, `provider_error`, `unreadable_answer`.
        reason: &'static str,
        /// The status of the answer, where there was one.
        http_status: Option<u16>,
    },
    /// Our settings are wrong.
    Config {
        /// The provider's code, or the status of its answer.
        code: u32,
    },
}

impl SendOutcome {
    /// A refusal with one of Twilio's codes.
    #[must_use]
    pub fn refused(code: u32, http_status: u16) -> Self {
        Self::Refused { class: class_of_code(code), code, http_status }
    }

    /// The class of the failure, if it is one.
    pub fn class(&self) -> Option<ErrorClass> {
        match self {
            SendOutcome::Accepted { .. } => None,
            SendOutcome::Throttled { .. } => Some(ErrorClass::Throttled),
            SendOutcome::NotSent { .. } => Some(ErrorClass::NotSent),
            SendOutcome::Refused { class, .. } => Some(*class),
            SendOutcome::Ambiguous { .. } => Some(ErrorClass::Ambiguous),
            SendOutcome::Config { .. } => Some(ErrorClass::Configuration),
        }
    }

    /// Whether it certainly cost nothing and reached nobody.
    pub fn is_surely_not_sent(&self) -> bool {
        match self {
            SendOutcome::Throttled { .. }
            | SendOutcome::NotSent { .. }
            | SendOutcome::Refused { .. }
            | SendOutcome::Config { .. } => true,
            SendOutcome::Accepted { .. } | SendOutcome::Ambiguous { .. } => false,
        }
    }

    /// The word under which the attempt is kept; see [`is_surely_not_sent`].
    pub fn word(&self) -> &'static str {
        match self {
            SendOutcome::Accepted { .. } => "accepted",
            SendOutcome::Throttled { .. } => "throttled",
            SendOutcome::NotSent { .. } => "not_sent",
            SendOutcome::Refused { .. } => "refused",
            SendOutcome::Ambiguous { .. } => "ambiguous",
            SendOutcome::Config { .. } => "config",
        }
    }

    /// The provider's code or our reason, as it is kept and shown.
    pub fn code(&self) -> Option<String> {
        match self {
            SendOutcome::Accepted { .. } => None,
            SendOutcome::Throttled { code, .. } => code.map(|code| code.to_string()),
            SendOutcome::NotSent { reason } | SendOutcome::Ambiguous { reason, .. } => {
                Some((*reason).to_owned())
            }
            SendOutcome::Refused { code, .. } | SendOutcome::Config { code } => Some(code.to_string()),
        }
    }

    /// The status of the provider's answer, where there was one.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            SendOutcome::Accepted { .. } => Some(201),
            SendOutcome::Throttled { .. } => Some(429),
            SendOutcome::NotSent { .. } | SendOutcome::Config { .. } => None,
            SendOutcome::Refused { http_status, .. } => Some(*http_status),
            SendOutcome::Ambiguous { http_status, .. } => *http_status,
        }
    }
}

/// Whether an attempt kept under this word certainly cost nothing and reached nobody.
#[must_use]
pub fn is_surely_not_sent(word: &str) -> bool {
    matches!(word, "throttled" | "not_sent" | "refused" | "config")
}

/// What the provider's list says about an attempt nobody is sure of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// What is there and says the same to the same: one of them is it, unless each belongs to another attempt.
    Found(Vec<Listed>),
    /// It is not there.
    NotFound,
    /// The provider has no list to look into.
    Unknown,
    /// The list could not be read.
    Failed,
}

/// A message in a provider's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The provider's own id of it.
    pub reference: String,
    /// How far it got, where the provider says so.
    pub receipt: Option<Receipt>,
}

/// A provider's report about a message it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which provider.
    pub provider: &'static str,
    /// The provider's own id of the message.
    pub reference: String,
    /// What it reports.
    pub receipt: Receipt,
    /// Its error code, where there is one.
    pub error_code: Option<u32>,
    /// What a bad report means, where the provider gives a reason.
    pub class: Option<ErrorClass>,
    /// Our own id of the message and the attempt, where the report proves to know them.
    pub ours: Option<(MessageId, i32)>,
}

/// What the provider itself did with an opt-out word before it told us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderOptOut {
    /// It blocked the number and answered.
    Stop,
    /// It unblocked the number and answered.
    Start,
    /// It sent its help text.
    Help,
}

/// An SMS somebody wrote to us.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundSms {
    /// Which provider brought it.
    pub provider: &'static str,
    /// The provider's own id of it; the same one twice is the same message.
    pub sid: String,
    /// Who wrote.
    pub from: PhoneNumber,
    /// To which of our numbers.
    pub to: String,
    /// The text as written.
    pub body: String,
    /// What the provider already did about it.
    pub opt_out: Option<ProviderOptOut>,
}

/// Shows neither the number nor the text.
impl fmt::Debug for InboundSms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboundSms({} {})", self.provider, self.sid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_tells_whether_it_was_sent() {
        let outcomes = [
            SendOutcome::Accepted { reference: "1".into(), segments: None },
            SendOutcome::Throttled { after: None, code: None },
            SendOutcome::NotSent { reason: "dns_or_connect" },
            SendOutcome::refused(21_211, 400),
            SendOutcome::Ambiguous { reason: "timeout", http_status: None },
            SendOutcome::Config { code: 401 },
        ];
        for outcome in outcomes {
            assert_eq!(is_surely_not_sent(outcome.word()), outcome.is_surely_not_sent(), "{outcome:?}");
        }
    }
}

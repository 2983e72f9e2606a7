//! A web push on its way out, and the subscription it goes to.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::ids::MessageId;

/// A web push on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingPush {
    /// The message.
    pub message: MessageId,
    /// Which attempt of it.
    pub attempt: i32,
    /// To which browser.
    pub subscription: PushSubscription,
    /// What stands in bold; safe on a locked screen.
    pub title: String,
    /// What stands below.
    pub body: String,
    /// The page that opens.
    pub url: Url,
    /// Notifications of the same tag replace each other on the screen.
    pub tag: String,
    /// Messages of the same topic replace each other at the push service while the device is away.
    pub topic: Topic,
    /// How long the push service keeps trying.
    pub ttl: Duration,
    /// How soon it must arrive.
    pub urgency: Urgency,
    /// Where the service worker says that it was shown.
    pub ack: Option<Url>,
    /// When the attempt began.
    pub at: DateTime<Utc>,
}

/// Shows neither the browser nor the text.
impl fmt::Debug for OutgoingPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutgoingPush({} attempt {})", self.message, self.attempt)
    }
}

/// A browser's subscription as it gave it to us; the channel checks it before it is kept and before each use.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// The address at the browser's push service. Who knows it can send to the device.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
    /// Which of our keys it was made with; the present one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vapid_key: Option<String>,
}

/// Shows nothing: all of it leads to one device.
impl fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushSubscription(…)")
    }
}

/// How soon a push must arrive, weighed against the phone's battery (RFC 8030 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// When the device is charged and on a free network.
    VeryLow,
    /// When the device is awake anyway.
    Low,
    /// A reminder.
    Normal,
    /// A call: wakes the device.
    High,
}

impl Urgency {
    /// The word in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Urgency::VeryLow => "very-low",
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
        }
    }
}

/// A topic as push services take it: 1 to 32 characters of base64url (RFC 8030 §5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic(String);

/// A word that cannot be a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a topic has 1 to 32 letters, digits, - and _")]
pub struct NotATopic;

impl Topic {
    /// Reads a topic.
    ///
    /// # Errors
    /// When it is empty, too long or has other characters.
    pub fn new(word: &str) -> Result<Self, NotATopic> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if word.is_empty() || word.len() > 32 || !word.bytes().all(fits) {
            return Err(NotATopic);
        }
        Ok(Self(word.to_owned()))
    }

    /// The topic of an id, which has exactly 32 digits.
    #[must_use]
    pub fn of_id(id: uuid::Uuid) -> Self {
        Self(id.simple().to_string())
    }

    /// The word in the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_what_push_services_take() {
        assert_eq!(Topic::new("ticket-7_A").map(|topic| topic.as_str().to_owned()), Ok("ticket-7_A".into()));
        for word in ["", "ä", "a b", "a\r\nb", "a+b", &"a".repeat(33)] {
            assert_eq!(Topic::new(word), Err(NotATopic), "{word:?}");
        }
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(Topic::new(Topic::of_id(id).as_str()), Ok(Topic::of_id(id)));
    }

    #[test]
    fn a_subscription_prints_nothing_of_itself() {
        let subscription = PushSubscription {
            endpoint: "https://push.example/geheim".into(),
            p256dh: "geheim".into(),
            auth: "geheim".into(),
            vapid_key: None,
        };
        assert_eq!(format!("{subscription:?}"), "PushSubscription(…)");
    }
}

//! What Twilio needs to know about the account, and what we need to prove that a webhook is Twilio's.

use std::fmt;
use std::time::Duration;

use url::Url;

/// Who the messages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number, E.164.
    Number(String),
    /// A messaging service (`MG…`).
    Service(String),
}

/// A key that may send but not change the account.
#[derive(Clone)]
pub struct ApiKey {
    /// `SK…`.
    pub sid: String,
    /// Its secret.
    pub secret: String,
}

/// Settings of the account.
#[derive(Clone)]
pub struct Config {
    /// `AC…`.
    pub account_sid: String,
    /// Signs webhooks; sends where there is no API key.
    pub auth_token: String,
    /// The coming token while it is being changed: webhooks may be signed with either.
    pub next_auth_token: Option<String>,
    /// Sends, where there is one.
    pub api_key: Option<ApiKey>,
    /// Who the messages come from.
    pub sender: Sender,
    /// `https://api.twilio.com`, or a fake of the tests.
    pub base_url: Url,
    /// The address under which Twilio reaches us; webhook signatures cover it.
    pub public_url: Url,
    /// Proves that the ids in a status callback are ours.
    pub callback_secret: Vec<u8>,
    /// To connect.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub timeout: Duration,
}

/// Shows no secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "twilio::Config({} at {})", self.account_sid, self.base_url)
    }
}

/// Why a client cannot be made of these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The account or its token cannot stand in a header.
    #[error("the account or token cannot be used")]
    Credentials,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

impl Config {
    /// Both tokens a webhook may be signed with.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.auth_token.as_str()).chain(self.next_auth_token.as_deref())
    }

    /// The public address without a slash at its end.
    pub(crate) fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

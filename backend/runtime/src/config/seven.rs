//! The account at seven.io.

use serde::{Deserialize, Serialize};

use super::Secret;

/// The account at seven.io; needed when `sms.provider` or `sms.second` is `seven`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SevenConfig {
    /// The key that may send.
    pub api_key: Option<Secret>,
    /// The key webhooks are signed with; without it there are no reports and no answers.
    pub signing_key: Option<Secret>,
    /// The coming signing key while it is being changed: webhooks signed with it are accepted, too.
    pub next_signing_key: Option<Secret>,
    /// The number messages come from, as `+49…`.
    pub sender: Option<String>,
    /// Where the API is; tests point it at a fake.
    pub url: String,
    /// Segments a second it may be given, by all workers together; 0 is no limit.
    pub segments_per_second: u32,
    /// Time to connect.
    pub connect_timeout_seconds: u64,
    /// Time for the whole call; later the outcome counts as unknown.
    pub timeout_seconds: u64,
}

impl Default for SevenConfig {
    fn default() -> Self {
        Self {
            api_key: None,
            signing_key: None,
            next_signing_key: None,
            sender: None,
            url: "https://gateway.seven.io/api/sms".to_owned(),
            segments_per_second: 10,
            connect_timeout_seconds: 3,
            timeout_seconds: 10,
        }
    }
}

impl SevenConfig {
    /// The keys a webhook may be signed with.
    pub fn signing_keys(&self) -> Vec<String> {
        let keys = [&self.signing_key, &self.next_signing_key];
        keys.into_iter().flatten().map(|key| key.expose().to_owned()).collect()
    }

    /// What is missing or does not fit together, by setting.
    pub(super) fn check(&self, refuse: &mut impl FnMut(&str, Option<String>, &str)) {
        if self.api_key.is_none() {
            refuse("seven.api_key", None, "is needed because seven carries text messages");
        }
        if self.sender.is_none() {
            refuse("seven.sender", None, "is needed to send from");
        }
        if self.signing_key.is_none() {
            refuse("seven.signing_key", None, "is needed: only reports tell what became of a message");
        }
        match url::Url::parse(&self.url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            _ => refuse("seven.url", Some(format!("`{}`", self.url)), "is not an http(s) URL"),
        }
    }
}

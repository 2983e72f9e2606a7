//! Pushes to browsers.

use serde::{Deserialize, Serialize};

use super::Secret;

/// Pushes to browsers; without a key none are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushConfig {
    /// The key that names us to push services: 32 bytes, base64url.
    pub key: Option<Secret>,
    /// The key before it, while browsers still hold on to it.
    pub former_key: Option<Secret>,
    /// Whom push services write to: `mailto:…` or `https:…`.
    pub contact: Option<String>,
    /// The push services that are called; a name behind a dot stands for everything below it.
    pub hosts: Vec<String>,
    /// Push services of tests, on this machine.
    pub test_hosts: Vec<String>,
    /// Time to connect.
    pub connect_timeout_seconds: u64,
    /// Time for the whole call.
    pub timeout_seconds: u64,
}

impl Default for PushConfig {
    fn default() -> Self {
        let hosts = [
            "fcm.googleapis.com",
            "jmt17.google.com",
            "updates.push.services.mozilla.com",
            ".push.services.mozilla.com",
            ".push.apple.com",
            ".notify.windows.com",
        ];
        Self {
            key: None,
            former_key: None,
            contact: None,
            hosts: hosts.map(str::to_owned).into(),
            test_hosts: Vec::new(),
            connect_timeout_seconds: 3,
            timeout_seconds: 10,
        }
    }
}

impl PushConfig {
    /// What is missing or does not fit together, by setting.
    pub(super) fn check(&self, refuse: &mut impl FnMut(&str, Option<String>, &str)) {
        if self.key.is_none() {
            if self.former_key.is_some() {
                refuse("push.former_key", None, "is of no use without push.key");
            }
            return;
        }
        match &self.contact {
            None => refuse("push.contact", None, "is needed because push.key is set"),
            Some(contact) if !contact.starts_with("mailto:") && !contact.starts_with("https:") => {
                refuse("push.contact", Some(format!("`{contact}`")), "must begin with mailto: or https:");
            }
            Some(_) => {}
        }
        if self.hosts.is_empty() && self.test_hosts.is_empty() {
            refuse("push.hosts", Some("`[]`".to_owned()), "must name a push service");
        }
    }
}

//! Our side of web push: the key that names us, and whom we may call.

use std::fmt;
use std::time::Duration;

use url::{Host, Url};

use super::endpoint::Hosts;
use super::vapid::VapidKey;

/// Settings of web push.
#[derive(Clone)]
pub struct Config {
    /// The key new subscriptions are made with.
    pub key: VapidKey,
    /// The key before it: subscriptions keep the one they were made with until the browser renews them.
    pub former_key: Option<VapidKey>,
    /// Whom push services write to when something is wrong: `mailto:…` or `https:…`.
    pub contact: Url,
    /// The push services we call.
    pub hosts: Hosts,
    /// Push services of tests: origins on this machine (`http://127.0.0.1:8123`). Empty wherever people are served.
    pub test_hosts: Vec<Url>,
    /// To connect.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub timeout: Duration,
}

/// Shows no key.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "web_push::Config(key {})", self.key.id())
    }
}

/// Why no push can be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Push services would not know whom to write to.
    #[error("the contact must be a mailto: or https: address")]
    Contact,
    /// A test host must not open a way into a network.
    #[error("{0} is no origin on this machine such as http://127.0.0.1:8123")]
    TestHost(Url),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

impl Config {
    /// Finds what would fail with the first push.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !matches!(self.contact.scheme(), "mailto" | "https") {
            return Err(ConfigError::Contact);
        }
        match self.test_hosts.iter().find(|host| !is_on_this_machine(host)) {
            Some(stray) => Err(ConfigError::TestHost(stray.clone())),
            None => Ok(()),
        }
    }

    /// The key a subscription was made with.
    pub(super) fn key_of(&self, id: Option<&str>) -> &VapidKey {
        match &self.former_key {
            Some(former) if id == Some(former.id()) => former,
            _ => &self.key,
        }
    }
}

/// An address, not a name: names can come to mean something else.
fn is_on_this_machine(origin: &Url) -> bool {
    match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

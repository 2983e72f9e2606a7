//! What we need to know about the mail server.

use std::fmt;
use std::time::Duration;

use domain::contact::EmailAddress;
use url::Host;

/// How the line to the mail server is protected. The server's name is always checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// STARTTLS before anything else, usually port 587; a server that does not offer it gets nothing.
    StartTls,
    /// No TLS: for a relay on the same machine.
    None,
}

/// An account at the mail server.
#[derive(Clone)]
pub struct Credentials {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// Settings of the mail server.
#[derive(Clone)]
pub struct Config {
    /// Its host name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Our account, where the server wants one.
    pub credentials: Option<Credentials>,
    /// A certificate authority of the house's own, PEM; the public ones are known.
    pub authority: Option<Vec<u8>>,
    /// Our own host: greets the server and names the mails (`<message@host>`).
    pub host: String,
    /// The address mails are sent from.
    pub from: EmailAddress,
    /// Lines open at once.
    pub connections: usize,
    /// To connect, agree on TLS and sign in.
    pub connect_timeout: Duration,
    /// For the dialogue up to the mail, and once more for the mail itself.
    pub timeout: Duration,
}

/// Shows neither the account nor its password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "email::Config({}:{} {:?})", self.server, self.port, self.security)
    }
}

/// Why no mail can be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The server's or our own host is no host name.
    #[error("{0:?} is not a host name")]
    Host(String),
    /// The sender has letters before the @ that not every server takes.
    #[error("the sender's address has letters outside of ASCII before the @")]
    Sender,
    /// A password would be readable on the network.
    #[error("an account needs TLS, except on this machine")]
    OpenPassword,
    /// There must be at least one line.
    #[error("the number of connections must not be zero")]
    NoConnections,
    /// The certificate authority cannot be read.
    #[error("the certificate authority cannot be read")]
    Authority(#[source] lettre::transport::smtp::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl Config {
    /// Finds what would fail with the first mail.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let local = match Host::parse(&self.server) {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(address)) => address.is_loopback(),
            Ok(Host::Ipv6(address)) => address.is_loopback(),
            Err(_) => return Err(ConfigError::Host(self.server.clone())),
        };
        // It stands in greetings and heads as it is written here.
        if !matches!(Host::parse(&self.host), Ok(Host::Domain(read)) if read == self.host) {
            return Err(ConfigError::Host(self.host.clone()));
        }
        if !self.from.local_part().is_ascii() {
            return Err(ConfigError::Sender);
        }
        if self.credentials.is_some() && self.security == Security::None && !local {
            return Err(ConfigError::OpenPassword);
        }
        if self.connections == 0 {
            return Err(ConfigError::NoConnections);
        }
        Ok(())
    }
}

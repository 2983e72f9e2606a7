//! The mail server e-mails leave by.

use serde::{Deserialize, Serialize};

use super::Secret;

/// The mail server; without one no e-mails are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailConfig {
    /// Its host name.
    pub server: Option<String>,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub security: MailSecurity,
    /// Our account there, where it wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The address mails come from.
    pub from: Option<String>,
    /// A certificate authority of the house's own, as a PEM file; the public ones are known.
    pub authority_file: Option<String>,
    /// Lines open at once.
    pub connections: u32,
    /// Time to connect and sign in.
    pub connect_timeout_seconds: u64,
    /// Time for the dialogue, and once more for the mail itself.
    pub timeout_seconds: u64,
}

/// How the line to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS before anything else.
    Starttls,
    /// No TLS: for a relay on the same machine.
    None,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            server: None,
            port: 465,
            security: MailSecurity::Tls,
            user: None,
            password: None,
            from: None,
            authority_file: None,
            connections: 4,
            connect_timeout_seconds: 5,
            timeout_seconds: 20,
        }
    }
}

impl MailConfig {
    /// What is missing or does not fit together, by setting.
    pub(super) fn check(&self, refuse: &mut impl FnMut(&str, Option<String>, &str)) {
        if self.server.is_none() {
            return;
        }
        if self.from.is_none() {
            refuse("mail.from", None, "is needed because mail.server is set");
        }
        if self.user.is_some() != self.password.is_some() {
            refuse("mail.user", None, "and mail.password belong together: give both or none");
        }
        if self.connections == 0 {
            refuse("mail.connections", Some("`0`".to_owned()), "must be at least 1");
        }
    }
}

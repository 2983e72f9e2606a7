//! What we need to know about a provider: how it is asked, how it answers, how it tells us what happened.
//!
//! Places in answers and reports are JSON pointers (RFC 6901): `/messages/0/id`; the empty one is the whole.

use std::fmt;
use std::time::Duration;

use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use url::Url;

/// Settings of a provider.
#[derive(Clone)]
pub struct Config {
    /// The word under which attempts and receipts are kept.
    pub provider: &'static str,
    /// Where messages are posted.
    pub url: Url,
    /// Headers that say who we are, with their secrets.
    pub headers: Vec<(String, String)>,
    /// How the request is written.
    pub format: Format,
    /// What its fields are called.
    pub fields: Fields,
    /// How the number is written.
    pub number: NumberForm,
    /// Who the messages come from: a number, or up to eleven letters that nobody can answer.
    pub sender: String,
    /// How the answer is read.
    pub answer: Answer,
    /// How reports and inbound messages are proven and read; without it there are none.
    pub hooks: Option<Hooks>,
    /// To connect.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub timeout: Duration,
}

/// How a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// A flat JSON object of strings.
    Json,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberForm {
    /// `+491713920012`.
    Plus,
    /// `491713920012`.
    Digits,
}

/// The names of the fields of a request.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The recipient.
    pub to: String,
    /// The text.
    pub text: String,
    /// The sender.
    pub from: Option<String>,
    /// Our own id of the attempt, which the provider repeats in its reports.
    pub reference: Option<String>,
    /// How long the provider keeps trying.
    pub validity: Option<Validity>,
    /// Fields that are always the same.
    pub fixed: Vec<(String, String)>,
}

/// The field for how long the provider keeps trying.
#[derive(Clone, Debug)]
pub struct Validity {
    /// Its name.
    pub field: String,
    /// What it counts.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Minutes; parts of one are rounded up.
    Minutes,
}

/// How an answer is read.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where the code stands; the first place that holds a word or number counts.
    pub code: Vec<String>,
    /// The codes that say "accepted".
    pub accepted: Vec<String>,
    /// Where the provider's own id stands.
    pub reference: String,
    /// Where the number of parts stands.
    pub segments: Option<String>,
    /// What the other codes mean. One that is missing leaves in doubt whether the message was sent.
    pub classes: Vec<(String, ErrorClass)>,
}

/// How webhooks are proven and read.
#[derive(Clone)]
pub struct Hooks {
    /// What proves that the provider speaks.
    pub proof: Proof,
    /// How a report is read.
    pub receipts: Option<ReceiptFields>,
    /// How an inbound message is read.
    pub inbound: Option<InboundFields>,
}

/// What proves that the provider speaks. The lists hold the present secret and, while it is being changed, the coming one.
#[derive(Clone)]
pub enum Proof {
    /// `X-Signature`: hex HMAC-SHA-256 over time, nonce, method, address and the body's MD5, as seven.io writes it.
    Signature {
        /// The account's signing keys.
        keys: Vec<String>,
        /// The address under which the provider reaches us; the signature covers it.
        public_url: Url,
    },
    /// A header with hex HMAC-SHA-256 over the body.
    BodyHmac {
        /// The header's name.
        header: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// A secret in the query of the address we gave the provider.
    Secret {
        /// The field's name.
        field: String,
        /// The secrets.
        secrets: Vec<String>,
    },
}

/// A place that must hold this word, where one address gets several kinds of webhooks.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The place.
    pub at: String,
    /// The word.
    pub is: String,
}

/// Where the parts of a report stand.
#[derive(Clone, Debug)]
pub struct ReceiptFields {
    /// What makes it a report.
    pub when: Option<Condition>,
    /// The provider's own id of the message.
    pub reference: String,
    /// The word for what happened.
    pub status: String,
    /// Our own id of the attempt.
    pub ours: Option<String>,
    /// What the words mean; others say nothing about delivery.
    pub words: Vec<Word>,
}

/// A provider's word for what happened.
#[derive(Clone, Debug)]
pub struct Word {
    /// The word.
    pub word: String,
    /// What it means.
    pub receipt: Receipt,
    /// Why, for bad news.
    pub class: Option<ErrorClass>,
}

/// Where the parts of an inbound message stand.
#[derive(Clone, Debug)]
pub struct InboundFields {
    /// What makes it an inbound message.
    pub when: Option<Condition>,
    /// The provider's own id of it.
    pub id: String,
    /// Who wrote.
    pub from: String,
    /// To which number.
    pub to: String,
    /// The text.
    pub text: String,
}

/// Shows no secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "gateway::Config({} at {host})", self.provider)
    }
}

/// Shows no secret.
impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("proof", &self.proof).finish_non_exhaustive()
    }
}

/// Shows no secret.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Proof::Signature { .. } => "Signature",
            Proof::BodyHmac { .. } => "BodyHmac",
            Proof::Secret { .. } => "Secret",
        })
    }
}

/// Why no message can be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A header cannot stand in a request.
    #[error("the header {0:?} or its value cannot be used")]
    Header(String),
    /// A place in an answer or report is no JSON pointer.
    #[error("{0:?} is no JSON pointer")]
    Pointer(String),
    /// Numbers and texts would be readable on the way.
    #[error("the provider must be called by https, except on this machine")]
    Open,
    /// Anybody could speak for the provider.
    #[error("webhooks need a secret that is not empty")]
    NoSecret,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

impl Config {
    /// Finds what would fail with the first message or the first report.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.url.scheme() != "https" && !is_on_this_machine(&self.url) {
            return Err(ConfigError::Open);
        }
        if let Some(bad) = self.pointers().find(|it| !it.is_empty() && !it.starts_with('/')) {
            return Err(ConfigError::Pointer(bad.to_owned()));
        }
        match &self.hooks {
            Some(hooks) if hooks.proof.secrets().is_empty() => Err(ConfigError::NoSecret),
            Some(hooks) if hooks.proof.secrets().iter().any(String::is_empty) => Err(ConfigError::NoSecret),
            Some(_) | None => Ok(()),
        }
    }

    fn pointers(&self) -> impl Iterator<Item = &str> {
        let answer = &self.answer;
        let of_answer = answer.code.iter().chain([&answer.reference]).chain(&answer.segments);
        let receipts = self.hooks.iter().filter_map(|hooks| hooks.receipts.as_ref());
        let of_receipts = receipts.flat_map(|fields| {
            let places = [Some(&fields.reference), Some(&fields.status), fields.ours.as_ref()];
            places.into_iter().chain([fields.when.as_ref().map(|when| &when.at)]).flatten()
        });
        let inbound = self.hooks.iter().filter_map(|hooks| hooks.inbound.as_ref());
        let of_inbound = inbound.flat_map(|fields| {
            let places = [&fields.id, &fields.from, &fields.to, &fields.text];
            places.into_iter().chain(fields.when.as_ref().map(|when| &when.at))
        });
        of_answer.chain(of_receipts).chain(of_inbound).map(String::as_str)
    }
}

impl Proof {
    fn secrets(&self) -> &[String] {
        match self {
            Proof::Signature { keys, .. } | Proof::BodyHmac { keys, .. } => keys,
            Proof::Secret { secrets, .. } => secrets,
        }
    }
}

fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

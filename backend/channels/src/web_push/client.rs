//! Sends one push: checked, encrypted, signed, once.

use std::fmt;
use std::sync::Arc;

use domain::messaging::attempt::{OutgoingPush, PushSubscription, SendOutcome};
use domain::messaging::failure::ErrorClass;

use super::answer::{Answered, classify};
use super::config::{Config, ConfigError};
use super::endpoint::{self, Endpoint};
use super::notification;
use super::resolver::{PublicOnly, is_no_public_address};
use super::subscription::{self, Keys, SubscriptionRefused};
use super::vapid::{Statements, VapidKey};
use crate::http;

/// Push services answer in a line; whoever answers more is none.
const LONGEST_ANSWER: usize = 4 * 1024;
/// Push services keep nothing longer than 30 days.
const LONGEST_TTL: u64 = 30 * 24 * 3600;

/// The client; cheap to clone.
#[derive(Clone)]
pub struct WebPush {
    config: Arc<Config>,
    statements: Arc<Statements>,
    http: reqwest::Client,
}

impl fmt::Debug for WebPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebPush({:?})", self.config)
    }
}

impl WebPush {
    /// A client with these settings.
    ///
    /// # Errors
    /// When no push could be sent with them.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        // A proxy of the environment would choose the address in our place.
        let http = http::client_builder(config.connect_timeout, config.timeout)
            .no_proxy()
            .https_only(config.test_hosts.is_empty())
            .dns_resolver(PublicOnly)
            .build()
            .map_err(ConfigError::Client)?;
        Ok(Self { config: Arc::new(config), statements: Arc::default(), http })
    }

    /// The word under which attempts of this channel are kept.
    pub fn provider(&self) -> &'static str {
        super::PROVIDER
    }

    /// The public key browsers subscribe with, base64url.
    pub fn public_key(&self) -> &str {
        self.config.key.public()
    }

    /// The short name of that key, to be kept with a new subscription.
    pub fn key_id(&self) -> &str {
        self.config.key.id()
    }

    /// Whether a subscription may be kept.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn accept(&self, subscription: &PushSubscription) -> Result<(), SubscriptionRefused> {
        self.read(subscription).map(|_| ())
    }

    /// Sends once and says what is known about it. Never retries, never takes longer than its time-out.
    pub async fn send(&self, push: &OutgoingPush) -> SendOutcome {
        let refused = |class, code: u16| SendOutcome::Refused { class, code: code.into(), http_status: code };
        // A subscription that is no longer allowed leads nowhere: the next channel takes over.
        let Ok((endpoint, keys)) = self.read(&push.subscription) else {
            return refused(ErrorClass::Gone, 410);
        };
        let text = notification::write(push);
        let sealed = text.and_then(|text| web_push_native::encrypt(text, &keys.public, &keys.auth).ok());
        let Some(sealed) = sealed else { return refused(ErrorClass::Render, 413) };
        let key = self.config.key_of(push.subscription.vapid_key.as_deref());
        let origin = endpoint.origin.clone();
        let response = match self.request(push, endpoint, key, sealed).send().await {
            Ok(response) => response,
            Err(error) if is_no_public_address(&error) => {
                return SendOutcome::NotSent { reason: "private_address" };
            }
            Err(error) => return http::of_transport(&error),
        };
        let status = response.status().as_u16();
        let wait = http::header(&response, "retry-after");
        let retry_after = wait.and_then(|wait| http::retry_after(&wait, push.at));
        // Read so that the line can be used again; the status says it all.
        let _ = http::body(response, LONGEST_ANSWER).await;
        let answered = Answered { status, retry_after, proven: self.statements.is_proven(key, &origin) };
        let outcome = classify(answered, format!("{}.{}", push.message, push.attempt));
        if matches!(outcome, SendOutcome::Accepted { .. }) {
            self.statements.prove(key, &origin);
        }
        outcome
    }

    fn read(&self, subscription: &PushSubscription) -> Result<(Endpoint, Keys), SubscriptionRefused> {
        let endpoint = endpoint::check(subscription, &self.config.hosts, &self.config.test_hosts)?;
        Ok((endpoint, subscription::keys(subscription)?))
    }

    fn request(
        &self,
        push: &OutgoingPush,
        endpoint: Endpoint,
        key: &VapidKey,
        sealed: Vec<u8>,
    ) -> reqwest::RequestBuilder {
        let statement = self.statements.header(key, &endpoint.origin, &self.config.contact, push.at);
        self.http
            .post(endpoint.url)
            .header("Authorization", statement)
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .header("TTL", push.ttl.as_secs().min(LONGEST_TTL))
            .header("Urgency", push.urgency.as_str())
            .header("Topic", push.topic.as_str())
            .body(sealed)
    }
}

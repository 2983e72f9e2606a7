//! Sends one message: once, within its time, and says what is known about it.

use std::sync::Arc;

use domain::messaging::attempt::{Lookup, Outgoing, SendOutcome};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::answer::{Answered, classify};
use super::config::{Config, ConfigError, Format, NumberForm, Unit};
use crate::http;

/// Longer than any answer about one message.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Gateway {
    config: Arc<Config>,
    http: reqwest::Client,
}

impl Gateway {
    /// A client for this provider.
    ///
    /// # Errors
    /// When no message could be sent with these settings.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let http = http::client_builder(config.connect_timeout, config.timeout)
            .default_headers(headers(&config)?)
            .build()
            .map_err(ConfigError::Client)?;
        Ok(Self { config: Arc::new(config), http })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Sends once.
    pub async fn send(&self, outgoing: &Outgoing) -> SendOutcome {
        let heard = match http::ask(self.request(outgoing), LONGEST_ANSWER).await {
            Ok(heard) => heard,
            Err(outcome) => return outcome,
        };
        let retry_after = heard.wait.and_then(|wait| http::retry_after(&wait, outgoing.at));
        let answered = Answered { status: heard.status, retry_after, body: &heard.body };
        classify(&self.config.answer, &answered, &our_reference(outgoing))
    }

    /// There is no list to look into; only reports can tell.
    pub fn lookup(&self, _outgoing: &Outgoing) -> Lookup {
        Lookup::Unknown
    }

    fn request(&self, outgoing: &Outgoing) -> reqwest::RequestBuilder {
        let request = self.http.post(self.config.url.clone());
        let fields = self.fields(outgoing);
        match self.config.format {
            Format::Form => request.form(&fields),
            Format::Json => {
                let whole: serde_json::Map<_, _> =
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                request.json(&whole)
            }
        }
    }

    fn fields(&self, outgoing: &Outgoing) -> Vec<(&str, String)> {
        let names = &self.config.fields;
        let number = outgoing.to.e164();
        let number = match self.config.number {
            NumberForm::Plus => number,
            NumberForm::Digits => number.trim_start_matches('+'),
        };
        let mut fields = vec![(names.to.as_str(), number.to_owned()), (&names.text, outgoing.body.clone())];
        if let Some(from) = &names.from {
            fields.push((from, self.config.sender.clone()));
        }
        if let Some(reference) = &names.reference {
            fields.push((reference, our_reference(outgoing)));
        }
        if let Some(validity) = &names.validity {
            let seconds = outgoing.validity.as_secs().max(1);
            let value = match validity.unit {
                Unit::Seconds => seconds,
                Unit::Minutes => seconds.div_ceil(60),
            };
            fields.push((&validity.field, value.to_string()));
        }
        fields.extend(names.fixed.iter().map(|(name, value)| (name.as_str(), value.clone())));
        fields
    }
}

/// Our own id of an attempt: `<message>.<attempt>`.
fn our_reference(outgoing: &Outgoing) -> String {
    format!("{}.{}", outgoing.message, outgoing.attempt)
}

fn headers(config: &Config) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.headers {
        let refused = || ConfigError::Header(name.clone());
        let read = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        headers.insert(read, value);
    }
    Ok(headers)
}

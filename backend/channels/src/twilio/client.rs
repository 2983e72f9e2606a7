//! Sends one message and finds one again. Time-outs are ours, redirects and retries are off.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::messaging::attempt::{Lookup, Outgoing, SendOutcome};
use domain::messaging::delivery::Receipt;
use hyper014::Method;
use serde::Deserialize;
use twilio_async::{Execute, TwilioErr, encode_pairs};

use super::answer;
use super::config::{Config, ConfigError, Sender};
use super::webhook::callback_url;
use crate::http;

/// An answer longer than this is not Twilio's.
const LONGEST_ANSWER: usize = 256 * 1024;
/// A message may be listed with a time a little before we started: clocks differ.
const CLOCKS_DIFFER: chrono::Duration = chrono::Duration::seconds(60);

/// The client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Twilio {
    config: Arc<Config>,
    builder: Arc<twilio_async::Twilio>,
    http: reqwest::Client,
}

impl Twilio {
    /// A client for this account.
    ///
    /// # Errors
    /// When the settings cannot be used in a request.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let builder = twilio_async::Twilio::new(config.account_sid.clone(), &config.auth_token)
            .map_err(|_| ConfigError::Credentials)?;
        let http = http::client_builder(config.connect_timeout, config.timeout)
            .build()
            .map_err(ConfigError::Client)?;
        Ok(Self { config: Arc::new(config), builder: Arc::new(builder), http })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Sends once.
    pub async fn send(&self, outgoing: &Outgoing) -> SendOutcome {
        let Ok(request) = self.send_request(outgoing) else {
            // The crate refuses only what cannot stand in a request line or header.
            return SendOutcome::refused(21617, 400);
        };
        match http::ask(request, LONGEST_ANSWER).await {
            Ok(heard) => answer::classify(heard.status, heard.wait.as_deref(), &heard.body),
            Err(outcome) => outcome,
        }
    }

    /// Looks for an attempt in the list of messages: same recipient, same text, not before the attempt.
    pub async fn lookup(&self, outgoing: &Outgoing) -> Lookup {
        let Ok(request) = self.list_request(outgoing) else { return Lookup::Failed };
        let Ok(response) = request.send().await else { return Lookup::Failed };
        if !response.status().is_success() {
            return Lookup::Failed;
        }
        let Some(body) = http::body(response, LONGEST_ANSWER).await else { return Lookup::Failed };
        match serde_json::from_slice::<List>(&body) {
            Ok(list) => find(list, outgoing),
            Err(_) => Lookup::Failed,
        }
    }

    fn send_request(&self, outgoing: &Outgoing) -> Result<reqwest::RequestBuilder, TwilioErr> {
        let callback = callback_url(&self.config, outgoing.message, outgoing.attempt);
        let validity = outgoing.validity.as_secs().clamp(1, 36_000).to_string();
        let to = outgoing.to.e164();
        let (sender_field, sender) = match &self.config.sender {
            Sender::Number(number) => ("From", number),
            Sender::Service(sid) => ("MessagingServiceSid", sid),
        };
        let form = encode_pairs([
            ("To", to),
            (sender_field, sender),
            ("Body", &outgoing.body),
            ("StatusCallback", &callback),
            ("ValidityPeriod", &validity),
            ("SmartEncoded", "false"),
        ]);
        let form = form.unwrap_or_default();
        let built = self.builder.send_msg(sender, to, &outgoing.body).request(
            Method::POST,
            "Messages.json",
            Some(form.clone()),
        )?;
        Ok(self.transported(&built).body(form))
    }

    fn list_request(&self, outgoing: &Outgoing) -> Result<reqwest::RequestBuilder, TwilioErr> {
        let since = (outgoing.at - CLOCKS_DIFFER).format("%Y-%m-%d").to_string();
        let query = encode_pairs([("To", outgoing.to.e164()), ("DateSent>", &since), ("PageSize", "200")]);
        let path = format!("Messages.json?{}", query.unwrap_or_default());
        let built = self.builder.msgs().request(Method::GET, path, None)?;
        Ok(self.transported(&built))
    }

    /// The crate's request, on our transport and at the configured address.
    fn transported<B>(&self, built: &hyper014::Request<B>) -> reqwest::RequestBuilder {
        let path = built.uri().path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.config.base_url.as_str().trim_end_matches('/'));
        let mut request = match *built.method() {
            Method::POST => self.http.post(url),
            _ => self.http.get(url),
        };
        for (name, value) in built.headers() {
            if self.config.api_key.is_some() && name.as_str() == "authorization" {
                continue;
            }
            request = request.header(name.as_str(), value.as_bytes());
        }
        match &self.config.api_key {
            Some(key) => request.basic_auth(&key.sid, Some(&key.secret)),
            None => request,
        }
    }
}

#[derive(Deserialize)]
struct List {
    messages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    date_created: Option<String>,
}

fn find(list: List, outgoing: &Outgoing) -> Lookup {
    let earliest = outgoing.at - CLOCKS_DIFFER;
    let same = |listed: &Listed| {
        let created = listed.date_created.as_deref().and_then(rfc2822);
        listed.to == outgoing.to.e164()
            && listed.body == outgoing.body
            && created.is_none_or(|created| created >= earliest)
    };
    match list.messages.into_iter().find(same) {
        Some(listed) => Lookup::Found { receipt: Receipt::parse(&listed.status), reference: listed.sid },
        None => Lookup::NotFound,
    }
}

fn rfc2822(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc))
}

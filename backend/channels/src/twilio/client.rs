//! Sends one message and finds one again. Time-outs are ours, redirects and retries are off.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::messaging::attempt::{self, InboundSms, Lookup, Outgoing, Report, SendOutcome};
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::class_of_code;
use hyper014::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use twilio_async::{Execute, TwilioErr, encode_pairs};

use super::PROVIDER;
use super::answer;
use super::config::{Config, ConfigError, Sender};
use super::webhook::callback_url;
use crate::http;

/// An answer longer than this is not Twilio's.
const LONGEST_ANSWER: usize = 256 * 1024;
/// The same for a page of a list: each of the two hundred may have a text of ten parts.
const LONGEST_LIST: usize = 1024 * 1024;
/// Pages of a list that are read at most.
const MOST_PAGES: usize = 100;
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
        let path = list_path(outgoing.to.e164(), outgoing.at - CLOCKS_DIFFER);
        match self.read::<List>(&path).await {
            Some(list) => find(list, outgoing),
            None => Lookup::Failed,
        }
    }

    /// What people wrote to a number of ours since then, with when they did, the oldest first; `None` when the list
    /// cannot be read to its end.
    pub async fn received(
        &self,
        number: &str,
        since: DateTime<Utc>,
    ) -> Option<Vec<(InboundSms, DateTime<Utc>)>> {
        let mut path = list_path(number, since);
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let list: List = self.read(&path).await?;
            all.extend(list.messages.into_iter().filter_map(written).filter(|(_, at)| *at >= since));
            match list.next_page_uri {
                // The crate writes what stands before it.
                Some(next) => path = next.get(next.rfind("Messages.json")?..)?.to_owned(),
                None => {
                    all.reverse();
                    return Some(all);
                }
            }
        }
        None
    }

    /// What became of a message; `None` when that cannot be read.
    pub async fn report(&self, reference: &str) -> Option<Report> {
        let listed: Listed = self.read(&format!("Messages/{reference}.json")).await?;
        Some(Report {
            provider: PROVIDER,
            receipt: Receipt::parse(&listed.status)?,
            error_code: listed.error_code,
            class: listed.error_code.map(class_of_code),
            reference: listed.sid,
            ours: None,
        })
    }

    /// Reads a resource of the account; `None` when it does not come or is none.
    async fn read<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let built = self.builder.msgs().request(Method::GET, path, None).ok()?;
        let response = self.transported(&built).send().await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        serde_json::from_slice(&http::body(response, LONGEST_LIST).await?).ok()
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

/// The list of messages to a number since a day, the newest first.
fn list_path(to: &str, since: DateTime<Utc>) -> String {
    let since = since.format("%Y-%m-%d").to_string();
    let query = encode_pairs([("To", to), ("DateSent>", &since), ("PageSize", "200")]);
    format!("Messages.json?{}", query.unwrap_or_default())
}

#[derive(Deserialize)]
struct List {
    messages: Vec<Listed>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    error_code: Option<u32>,
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
    let found: Vec<_> = list
        .messages
        .into_iter()
        .filter(same)
        .map(|listed| attempt::Listed { receipt: Receipt::parse(&listed.status), reference: listed.sid })
        .collect();
    if found.is_empty() { Lookup::NotFound } else { Lookup::Found(found) }
}

/// What somebody wrote to us, and when.
fn written(listed: Listed) -> Option<(InboundSms, DateTime<Utc>)> {
    let at = listed.date_created.as_deref().and_then(rfc2822)?;
    let sms = InboundSms {
        provider: PROVIDER,
        sid: listed.sid,
        from: PhoneNumber::trusted(listed.from),
        to: listed.to,
        body: listed.body,
        opt_out: None,
    };
    (listed.direction == "inbound").then_some((sms, at))
}

fn rfc2822(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc))
}

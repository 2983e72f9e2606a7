//! What Twilio tells us: proves that it is Twilio who speaks (X-Twilio-Signature), then reads status reports and inbound
//! messages.
//!
//! The signature is HMAC-SHA1, base64, over the URL as Twilio called it and all form fields, sorted by name, each name
//! once per distinct value. It has no time in it: replays are caught by unique keys where reports are recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::messaging::attempt::{InboundSms, ProviderOptOut, Report};
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::class_of_code;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::form_urlencoded;
use uuid::Uuid;

use super::PROVIDER;
use super::config::Config;

/// The path of status reports.
pub const STATUS_PATH: &str = "/hooks/twilio/status";
/// The path of inbound messages.
pub const SMS_PATH: &str = "/hooks/twilio/sms";

/// A webhook as it arrived. The host is not asked: the signature must fit the address we are configured for.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// Path and query exactly as requested, not normalised.
    pub path_and_query: &'a str,
    /// The header `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The raw body.
    pub body: &'a [u8],
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// There is no signature.
    #[error("the signature is missing")]
    Missing,
    /// The signature fits neither token.
    #[error("the signature is wrong")]
    Wrong,
}

/// Why a webhook of Twilio cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field {0} is missing or cannot be read")]
pub struct Unreadable(pub &'static str);

/// Form fields in the order they came.
#[derive(Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &'static str) -> Result<&str, Unreadable> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(Unreadable(name))
    }
}

/// Proves that Twilio sent this, and gives its fields.
///
/// # Errors
/// When the signature is missing or fits neither the present nor the coming token.
pub fn verify(config: &Config, hook: Hook<'_>) -> Result<Fields, Forged> {
    let given = hook.signature.ok_or(Forged::Missing)?;
    let json = hook.content_type.is_some_and(|kind| kind.trim_start().starts_with("application/json"));
    let fields = if json {
        if !body_hash_fits(hook) {
            return Err(Forged::Wrong);
        }
        Fields(Vec::new())
    } else {
        Fields(form_urlencoded::parse(hook.body).into_owned().collect())
    };
    let signed = signed_fields(&fields);
    let mut fits = subtle::Choice::from(0);
    for url in addresses(config, hook.path_and_query) {
        for token in config.tokens() {
            fits |= signature(token, &url, &signed).as_bytes().ct_eq(given.as_bytes());
        }
    }
    if bool::from(fits) { Ok(fields) } else { Err(Forged::Wrong) }
}

/// Reads a status report; `None` for a word that says nothing about delivery.
///
/// # Errors
/// When a field is missing.
pub fn status_report(
    config: &Config,
    fields: &Fields,
    query: Option<&str>,
) -> Result<Option<Report>, Unreadable> {
    let reference = fields.required("MessageSid").or_else(|_| fields.required("SmsSid"))?.to_owned();
    let word = fields.required("MessageStatus").or_else(|_| fields.required("SmsStatus"))?;
    let Some(receipt) = Receipt::parse(word) else { return Ok(None) };
    let error_code = fields.get("ErrorCode").and_then(|code| code.parse().ok());
    let class = error_code.map(class_of_code);
    let ours = query.and_then(|query| our_ids(config, query));
    Ok(Some(Report { provider: PROVIDER, reference, receipt, error_code, class, ours }))
}

/// Reads an inbound message.
///
/// # Errors
/// When a field is missing.
pub fn inbound_sms(fields: &Fields) -> Result<InboundSms, Unreadable> {
    let sid = fields.required("MessageSid").or_else(|_| fields.required("SmsSid"))?.to_owned();
    let from = fields.required("From")?;
    let opt_out = match fields.get("OptOutType") {
        Some("STOP") => Some(ProviderOptOut::Stop),
        Some("START") => Some(ProviderOptOut::Start),
        Some("HELP") => Some(ProviderOptOut::Help),
        _ => None,
    };
    Ok(InboundSms {
        provider: PROVIDER,
        sid,
        from: PhoneNumber::trusted(from.to_owned()),
        to: fields.required("To")?.to_owned(),
        body: fields.get("Body").unwrap_or_default().to_owned(),
        opt_out,
    })
}

/// Where Twilio shall report about this attempt: with our own ids, so that a report can teach us what we never heard.
pub(crate) fn callback_url(config: &Config, message: MessageId, attempt: i32) -> String {
    let key = callback_key(config, message, attempt);
    format!("{}{STATUS_PATH}?mid={message}&a={attempt}&k={key}", config.public_base())
}

/// Our ids out of a callback's query, if the key proves that we wrote them.
fn our_ids(config: &Config, query: &str) -> Option<(MessageId, i32)> {
    let field = |name: &str| {
        form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value)
    };
    let message = MessageId(Uuid::parse_str(&field("mid")?).ok()?);
    let attempt: i32 = field("a")?.parse().ok()?;
    let key = callback_key(config, message, attempt);
    let fits = key.as_bytes().ct_eq(field("k")?.as_bytes());
    bool::from(fits).then_some((message, attempt))
}

/// Twelve hex digits of HMAC-SHA-256.
fn callback_key(config: &Config, message: MessageId, attempt: i32) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&config.callback_secret).expect("HMAC takes keys of any length");
    mac.update(message.0.as_bytes());
    mac.update(&attempt.to_be_bytes());
    mac.finalize().into_bytes().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// JSON bodies are covered by their hash in the query.
fn body_hash_fits(hook: Hook<'_>) -> bool {
    let query = hook.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let Some((_, given)) = named else { return false };
    let hash: String = Sha256::digest(hook.body).iter().map(|byte| format!("{byte:02x}")).collect();
    bool::from(hash.as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes()))
}

/// All fields, sorted by name and value as bytes, equal ones once: nothing trimmed, nothing left out.
fn signed_fields(fields: &Fields) -> Vec<&(String, String)> {
    let mut sorted: Vec<_> = fields.0.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn signature(token: &str, url: &str, fields: &[&(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The address as configured, and as Twilio may write it: with or without the default port.
fn addresses(config: &Config, path_and_query: &str) -> Vec<String> {
    let base = config.public_base();
    let mut bases = vec![base.to_owned()];
    let default_port = if config.public_url.scheme() == "https" { 443 } else { 80 };
    if let Some((scheme, rest)) = base.split_once("://") {
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let bare = without_port(authority);
        if bare == authority {
            bases.push(format!("{scheme}://{authority}:{default_port}{path}"));
        } else {
            bases.push(format!("{scheme}://{bare}{path}"));
        }
    }
    bases.into_iter().map(|base| format!("{base}{path_and_query}")).collect()
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // `[::1]` has colons, but no port.
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests;

//! What a provider tells us: proves that it is the provider who speaks, then reads reports and inbound messages.

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::messaging::attempt::{InboundSms, Report};
use hmac::{Hmac, Mac};
use md5::Md5;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use url::form_urlencoded;
use uuid::Uuid;

use super::answer::word;
use super::config::{Condition, Config, Hooks, InboundFields, Proof, ReceiptFields};

/// The path under which the provider reaches us.
pub const PATH: &str = "/hooks/gateway";
/// A signature older or newer than this is somebody else's repetition.
const CLOCKS_DIFFER: i64 = 300;

/// A webhook as it arrived. The host is not asked: a signature must fit the address we are configured for.
#[derive(Clone, Copy)]
pub struct Hook<'a> {
    /// `POST`, `GET`.
    pub method: &'a str,
    /// Path and query exactly as requested, not normalised.
    pub path_and_query: &'a str,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// The raw body.
    pub body: &'a [u8],
}

/// Why a webhook is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookRefused {
    /// This provider has no webhooks here.
    #[error("no webhooks are expected")]
    NotExpected,
    /// There is no signature or secret.
    #[error("the proof is missing")]
    Missing,
    /// The signature or secret is wrong.
    #[error("the proof is wrong")]
    Wrong,
    /// The signature was made at another time.
    #[error("the signature is too old or too new")]
    Stale,
    /// It is the provider's, but cannot be read.
    #[error("the {0} is missing or cannot be read")]
    Unreadable(&'static str),
}

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookEvent {
    /// What became of a message.
    Receipt(Report),
    /// Somebody wrote to us.
    Inbound(InboundSms),
    /// Nothing that concerns us; to be answered with success, or it comes again.
    Nothing,
}

/// Proves a webhook and reads it.
///
/// # Errors
/// When the proof does not hold, or a part is missing.
pub fn read(config: &Config, hook: Hook<'_>, now: DateTime<Utc>) -> Result<HookEvent, HookRefused> {
    let hooks = config.hooks.as_ref().ok_or(HookRefused::NotExpected)?;
    prove(&hooks.proof, hook, now)?;
    let body = body(hook)?;
    let Hooks { receipts, inbound, .. } = hooks;
    if let Some(fields) = receipts.as_ref().filter(|fields| holds(fields.when.as_ref(), &body)) {
        return receipt(config.provider, fields, &body);
    }
    if let Some(fields) = inbound.as_ref().filter(|fields| holds(fields.when.as_ref(), &body)) {
        return inbound_sms(config.provider, fields, &body);
    }
    Ok(HookEvent::Nothing)
}

fn prove(proof: &Proof, hook: Hook<'_>, now: DateTime<Utc>) -> Result<(), HookRefused> {
    let fits = match proof {
        Proof::Signature { keys, public_url } => {
            let given = header(hook, "x-signature").ok_or(HookRefused::Missing)?;
            let time = header(hook, "x-timestamp").ok_or(HookRefused::Missing)?;
            let nonce = header(hook, "x-nonce").ok_or(HookRefused::Missing)?;
            let made_at: i64 = time.parse().map_err(|_| HookRefused::Wrong)?;
            let base = public_url.as_str().trim_end_matches('/');
            let content = hex(&Md5::digest(hook.body));
            let (method, path) = (hook.method, hook.path_and_query);
            let signed = format!("{time}\n{nonce}\n{method}\n{base}{path}\n{content}");
            let fits = any_hmac(keys, signed.as_bytes(), given);
            if bool::from(fits) && now.timestamp().abs_diff(made_at) > CLOCKS_DIFFER.unsigned_abs() {
                return Err(HookRefused::Stale);
            }
            fits
        }
        Proof::BodyHmac { header: name, keys } => {
            any_hmac(keys, hook.body, header(hook, name).ok_or(HookRefused::Missing)?)
        }
        Proof::Secret { field, secrets } => {
            let query = hook.path_and_query.split_once('?').map_or("", |(_, query)| query);
            let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == field);
            let given = given.ok_or(HookRefused::Missing)?.1;
            let same = |secret: &String| secret.as_bytes().ct_eq(given.as_bytes());
            secrets.iter().map(same).fold(Choice::from(0), |any, one| any | one)
        }
    };
    if bool::from(fits) { Ok(()) } else { Err(HookRefused::Wrong) }
}

fn any_hmac(keys: &[String], signed: &[u8], given: &str) -> Choice {
    let given = given.trim().to_ascii_lowercase();
    let fits = |key: &String| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(signed);
        hex(&mac.finalize().into_bytes()).as_bytes().ct_eq(given.as_bytes())
    };
    keys.iter().map(fits).fold(Choice::from(0), |any, one| any | one)
}

fn header<'a>(hook: Hook<'a>, name: &str) -> Option<&'a str> {
    let found = hook.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// JSON as it is; a form as a flat object.
fn body(hook: Hook<'_>) -> Result<Value, HookRefused> {
    let json = header(hook, "content-type")
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"));
    if json {
        return serde_json::from_slice(hook.body).map_err(|_| HookRefused::Unreadable("body"));
    }
    let fields = form_urlencoded::parse(hook.body).into_owned();
    Ok(Value::Object(fields.map(|(name, value)| (name, Value::String(value))).collect()))
}

fn holds(condition: Option<&Condition>, body: &Value) -> bool {
    condition.is_none_or(|condition| word(body, &condition.at).as_deref() == Some(&condition.is))
}

fn required(body: &Value, place: &str, name: &'static str) -> Result<String, HookRefused> {
    word(body, place).filter(|word| !word.is_empty()).ok_or(HookRefused::Unreadable(name))
}

fn receipt(provider: &'static str, fields: &ReceiptFields, body: &Value) -> Result<HookEvent, HookRefused> {
    let reference = required(body, &fields.reference, "reference")?;
    let status = required(body, &fields.status, "status")?;
    let Some(known) = fields.words.iter().find(|known| known.word.eq_ignore_ascii_case(&status)) else {
        return Ok(HookEvent::Nothing);
    };
    let ours = fields.ours.as_ref().and_then(|place| our_ids(&word(body, place)?));
    let (receipt, class) = (known.receipt, known.class);
    Ok(HookEvent::Receipt(Report { provider, reference, receipt, error_code: None, class, ours }))
}

fn inbound_sms(
    provider: &'static str,
    fields: &InboundFields,
    body: &Value,
) -> Result<HookEvent, HookRefused> {
    let sid = required(body, &fields.id, "id")?;
    let from = required(body, &fields.from, "sender")?;
    let to = required(body, &fields.to, "recipient")?;
    // Senders made of letters, and short codes, are machines: nobody there reads an answer.
    let Some(from) = e164(&from) else { return Ok(HookEvent::Nothing) };
    let to = e164(&to).unwrap_or(to);
    let body = word(body, &fields.text).unwrap_or_default();
    let from = PhoneNumber::trusted(from);
    Ok(HookEvent::Inbound(InboundSms { provider, sid, from, to, body, opt_out: None }))
}

/// A number as providers write them, with or without `+` or `00`, as E.164.
fn e164(written: &str) -> Option<String> {
    let digits = written.trim();
    let digits = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")).unwrap_or(digits);
    let fits = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    fits.then(|| format!("+{digits}"))
}

/// Our ids out of the reference we gave along. The proof covers it.
fn our_ids(reference: &str) -> Option<(MessageId, i32)> {
    let (message, attempt) = reference.split_once('.')?;
    Some((MessageId(Uuid::parse_str(message).ok()?), attempt.parse().ok()?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;

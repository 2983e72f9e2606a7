//! A push service of our own, its HTTP side: it checks what real ones check (signature, TTL, topic, size), decrypts as the
//! browser would, keeps a ledger, and answers whatever it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::SecretKey;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use web_push_native::Auth;

use super::http_server::{HttpServer, Reply, Request};

/// What goes wrong with one push.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, and nothing is kept.
    Status(u16),
    /// 429 or 503 with this `Retry-After`.
    Wait(u16, String),
    /// This status, and the push is kept all the same.
    StatusAfter(u16),
    /// Sent elsewhere.
    Redirect(String),
    /// The push is kept, the answer never comes.
    HangAfterAccept(Duration),
    /// The line drops.
    Drop,
    /// Accepted, with an answer this long.
    Chatter(usize),
}

/// What the browser gives to the town.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// One line of the ledger: a push that was taken and could be read.
#[derive(Clone, Debug)]
pub struct Push {
    pub path: String,
    pub ttl: u64,
    pub urgency: String,
    pub topic: String,
    pub statement: String,
    /// How long it was before encryption.
    pub length: usize,
    pub body: Value,
}

struct Browser {
    secret: SecretKey,
    auth: Auth,
    /// The only key that may push to it.
    town: String,
}

#[derive(Default)]
struct State {
    browsers: BTreeMap<String, Browser>,
    ledger: Vec<Push>,
    asked: usize,
    violations: Vec<String>,
    script: VecDeque<Fault>,
    origin: String,
}

/// The running push service.
pub struct PushService {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl PushService {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let state = Arc::clone(&shared);
            async move { handle(&mut lock(&state), &request) }
        })
        .await;
        let service = Self { server, state };
        service.state().origin = service.origin();
        service
    }

    /// What stands in the town's list of test hosts.
    pub fn origin(&self) -> String {
        format!("http://{}", self.server.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A browser subscribes with the town's public key.
    pub fn subscribe(&self, town: &str) -> Subscription {
        let mut state = self.state();
        let path = format!("/push/{}", state.browsers.len() + 1);
        // Every browser has its own key, the same ones in every run.
        let seed = Sha256::digest(format!("browser {path}"));
        let secret = SecretKey::from_slice(&seed).expect("a hash is a key, but for one in 2^32");
        let auth = Auth::clone_from_slice(&seed[..16]);
        let subscription = Subscription {
            endpoint: format!("{}{path}", state.origin),
            p256dh: URL_SAFE_NO_PAD.encode(secret.public_key().to_sec1_bytes()),
            auth: URL_SAFE_NO_PAD.encode(auth),
        };
        state.browsers.insert(path, Browser { secret, auth, town: town.to_owned() });
        subscription
    }

    /// What goes wrong next, each once, in this order.
    pub fn script(&self, faults: &[Fault]) {
        self.state().script.extend(faults.iter().cloned());
    }

    /// Every push that was taken, in order.
    pub fn ledger(&self) -> Vec<Push> {
        self.state().ledger.clone()
    }

    /// How many requests came, whatever became of them.
    pub fn asked(&self) -> usize {
        self.state().asked
    }

    /// What was wrong with requests, in words.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn handle(state: &mut State, request: &Request) -> Reply {
    state.asked += 1;
    let fault = state.script.pop_front();
    match &fault {
        Some(Fault::Status(status)) => return answer(*status, Vec::new()),
        Some(Fault::Wait(status, wait)) => return answer(*status, vec![("Retry-After", wait.clone())]),
        Some(Fault::Redirect(to)) => return answer(307, vec![("Location", to.clone())]),
        Some(Fault::Drop) => return Reply::Drop,
        None | Some(Fault::StatusAfter(_) | Fault::HangAfterAccept(_) | Fault::Chatter(_)) => {}
    }
    let push = match read(state, request) {
        Ok(push) => push,
        Err((status, reason)) => {
            state.violations.push(reason);
            return answer(status, Vec::new());
        }
    };
    state.ledger.push(push);
    match fault {
        Some(Fault::StatusAfter(status)) => answer(status, Vec::new()),
        Some(Fault::HangAfterAccept(silence)) => Reply::Hang(silence),
        Some(Fault::Chatter(length)) => {
            Reply::Answer { status: 201, headers: Vec::new(), body: "x".repeat(length) }
        }
        _ => answer(201, vec![("Location", format!("{}/message/{}", state.origin, state.ledger.len()))]),
    }
}

fn answer(status: u16, headers: Vec<(&'static str, String)>) -> Reply {
    Reply::Answer { status, headers, body: String::new() }
}

/// Checks a request as push services do and decrypts it as the browser does.
fn read(state: &State, request: &Request) -> Result<Push, (u16, String)> {
    let wrong = |status: u16, reason: &str| (status, reason.to_owned());
    if request.method != "POST" {
        return Err(wrong(405, "not a POST"));
    }
    let browser = state.browsers.get(&request.target).ok_or(wrong(404, "nobody subscribed here"))?;
    let statement = request.header("authorization").unwrap_or_default().to_owned();
    check_statement(&statement, &state.origin, &browser.town).map_err(|reason| (403, reason))?;
    if request.header("content-encoding") != Some("aes128gcm") {
        return Err(wrong(400, "not aes128gcm"));
    }
    let ttl = request.header("ttl").and_then(|ttl| ttl.parse().ok()).ok_or(wrong(400, "no TTL"))?;
    let topic = request.header("topic").unwrap_or_default().to_owned();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if topic.len() > 32 || !topic.bytes().all(fits) {
        return Err(wrong(400, "no topic"));
    }
    let urgency = request.header("urgency").unwrap_or("normal").to_owned();
    if !["very-low", "low", "normal", "high"].contains(&urgency.as_str()) {
        return Err(wrong(400, "no urgency"));
    }
    if request.bytes.len() > 4096 {
        return Err(wrong(413, "too large"));
    }
    let plain = web_push_native::decrypt(request.bytes.clone(), &browser.secret, &browser.auth)
        .map_err(|_| wrong(400, "the browser cannot decrypt it"))?;
    let body = serde_json::from_slice(&plain).map_err(|_| wrong(400, "not JSON"))?;
    let path = request.target.clone();
    Ok(Push { path, ttl, urgency, topic, statement, length: plain.len(), body })
}

/// RFC 8292: signed by the key the browser subscribed with, for us, for at most a day from now.
fn check_statement(header: &str, origin: &str, town: &str) -> Result<(), String> {
    let parts = header.strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k="));
    let (token, key) = parts.ok_or("no vapid statement")?;
    if key != town {
        return Err("another key than the browser subscribed with".to_owned());
    }
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "not base64url".to_owned());
    let (signed, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let (head, claims) = signed.split_once('.').ok_or("no claims")?;
    let signature = Signature::from_slice(&decoded(signature)?).map_err(|_| "no ES256 signature")?;
    let key = VerifyingKey::from_sec1_bytes(&decoded(key)?).map_err(|_| "no key on P-256")?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is wrong")?;
    let read = |text: &str| serde_json::from_slice(&decoded(text)?).map_err(|_| "not JSON".to_owned());
    let (head, claims): (Value, Value) = (read(head)?, read(claims)?);
    let left = claims["exp"].as_i64().unwrap_or_default() - now();
    match () {
        () if head["alg"] != "ES256" => Err("not ES256".to_owned()),
        () if claims["aud"] != origin => Err("for somebody else".to_owned()),
        () if !(1..=24 * 3600).contains(&left) => Err(format!("valid for {left} s")),
        () if !claims["sub"].as_str().unwrap_or_default().contains(':') => Err("no contact".to_owned()),
        () => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the push service lives outside, on real time")]
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

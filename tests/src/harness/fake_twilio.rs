//! A Twilio of our own at the far side of the network: it keeps an append-only ledger of what it was asked to send,
//! tells the fate of each message by signed callbacks, and misbehaves as scripted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use url::form_urlencoded;

use super::eventually::eventually;
use super::http_server::{HttpServer, Reply, Request};

/// What goes wrong with one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// 429 with this many seconds in `Retry-After`; nothing is sent.
    Throttled(u64),
    /// 500, and nothing is sent.
    ErrorBefore,
    /// 500, although the message is sent.
    ErrorAfter,
    /// The message is sent, the answer never comes.
    HangAfterAccept(Duration),
    /// The message is sent, the answer comes after this long.
    Slow(Duration),
    /// The line drops; nothing is sent.
    DropBefore,
    /// The line drops, although the message is sent.
    DropAfter,
    /// 400 with one of Twilio's error codes.
    Refused(u32),
}

/// How the fate of accepted messages is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Callbacks {
    /// `sent`, then `delivered`.
    InOrder,
    /// Never.
    Dropped,
    /// Each one three times, the last status first.
    ShuffledAndTripled,
    /// As before, and of every fifth message nothing at all.
    ShuffledTripledAndLost,
}

/// A message somebody wrote to the town.
#[derive(Clone, Debug)]
pub struct Written {
    pub sid: String,
    pub from: String,
    pub body: String,
    pub at: DateTime<Utc>,
}

/// One line of the ledger: a message Twilio accepted.
#[derive(Clone, Debug)]
pub struct Sent {
    pub sid: String,
    pub to: String,
    pub from: String,
    pub body: String,
    pub status_callback: Option<String>,
    pub accepted_at: DateTime<Utc>,
}

impl Sent {
    /// Our own id of the message, as the callback's address names it.
    pub fn message(&self) -> Option<String> {
        message_of(self.status_callback.as_deref()?)
    }
}

fn message_of(callback: &str) -> Option<String> {
    Some(callback.split_once("mid=")?.1.split('&').next()?.to_owned())
}

/// So many in a second and no more; who asks for more waits so many seconds.
struct Allowance {
    per_second: f64,
    wait: u64,
    /// What is left of it, at most one second's worth, and since when.
    left: f64,
    since: DateTime<Utc>,
}

impl Allowance {
    /// One more, or the fault it meets.
    fn take(&mut self) -> Option<Fault> {
        let now = now();
        let gained = (now - self.since).num_microseconds().unwrap_or(0) as f64 / 1e6 * self.per_second;
        (self.left, self.since) = ((self.left + gained).min(self.per_second.max(1.0)), now);
        if self.left < 1.0 {
            return Some(Fault::Throttled(self.wait));
        }
        self.left -= 1.0;
        None
    }
}

struct State {
    ledger: Vec<Sent>,
    written: Vec<Written>,
    asked: usize,
    every: Vec<(usize, Fault)>,
    allowance: Option<Allowance>,
    /// Messages that were refused as too many, and until when they are to wait.
    throttled: BTreeMap<String, DateTime<Utc>>,
    too_early: usize,
    refused: usize,
    script: Vec<(String, Fault)>,
    always: Option<Fault>,
    callbacks: Callbacks,
    statuses_told: BTreeSet<(String, String)>,
    inbound: u64,
}

/// The account every test uses. Nothing here opens anything at the real Twilio.
pub const ACCOUNT: &str = "AC00000000000000000000000000000000";
/// The secret of that account.
pub const AUTH_TOKEN: &str = "token-of-the-fake-provider";
/// The number the town sends from.
pub const SENDER: &str = "+491713920099";

/// The running fake.
pub struct FakeTwilio {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl FakeTwilio {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            ledger: Vec::new(),
            written: Vec::new(),
            asked: 0,
            every: Vec::new(),
            allowance: None,
            throttled: BTreeMap::new(),
            too_early: 0,
            refused: 0,
            script: Vec::new(),
            always: None,
            callbacks: Callbacks::InOrder,
            statuses_told: BTreeSet::new(),
            inbound: 0,
        }));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let state = Arc::clone(&shared);
            async move { handle(&state, &request) }
        })
        .await;
        Self { server, state }
    }

    /// What `twilio.base_url` is set to.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The next messages that contain `part` meet these faults, one each; those after them are accepted.
    pub fn script(&self, part: &str, faults: &[Fault]) {
        self.state().script.extend(faults.iter().map(|it| (part.to_owned(), *it)));
    }

    /// Every message meets this fault, until told otherwise.
    pub fn always(&self, fault: Option<Fault>) {
        self.state().always = fault;
    }

    /// Every so-manieth message meets this fault, the first rule that fits counts.
    pub fn every(&self, rules: &[(usize, Fault)]) {
        self.state().every = rules.to_vec();
    }

    /// So many a second are accepted; one more is refused as too many and asked to wait so many seconds.
    pub fn allows(&self, per_second: u32, wait: u64) {
        let per_second = f64::from(per_second);
        self.state().allowance = Some(Allowance { per_second, wait, left: per_second, since: now() });
    }

    /// How many messages came again before the wait they were asked for was over.
    pub fn too_early(&self) -> usize {
        self.state().too_early
    }

    /// How fates are told from now on.
    pub fn callbacks(&self, how: Callbacks) {
        self.state().callbacks = how;
    }

    /// Everything that was really sent, in order.
    pub fn ledger(&self) -> Vec<Sent> {
        self.state().ledger.clone()
    }

    /// How many times sending was asked for, whatever came of it.
    pub fn asked(&self) -> usize {
        self.state().asked
    }

    /// How many requests came without the account's name and secret.
    pub fn refused(&self) -> usize {
        self.state().refused
    }

    /// Everything somebody wrote to the town, in order.
    pub fn written(&self) -> Vec<Written> {
        self.state().written.clone()
    }

    /// The statuses whose callbacks were answered with success, as (sid, status).
    pub fn told(&self) -> BTreeSet<(String, String)> {
        self.state().statuses_told.clone()
    }

    /// What a phone received, in order.
    pub fn received_by(&self, number: &str) -> Vec<String> {
        self.state().ledger.iter().filter(|it| it.to == number).map(|it| it.body.clone()).collect()
    }

    /// Waits for a message to this number that contains `part`.
    pub async fn message(&self, number: &str, part: &str) -> String {
        eventually(&format!("an SMS with \"{part}\""), || async {
            self.received_by(number).into_iter().rev().find(|it| it.contains(part))
        })
        .await
    }

    /// Someone writes to the town: the webhook for incoming messages, signed. Answers the status it met.
    pub async fn write_from(&self, public_url: &str, number: &str, text: &str) -> u16 {
        let sid = self.keeps(number, text, now());
        self.brings(public_url, number, text, &sid).await
    }

    /// Someone wrote to the town at that time; the webhook never comes, the list has it. Gives its sid.
    pub fn keeps(&self, number: &str, text: &str, at: DateTime<Utc>) -> String {
        let mut state = self.state();
        state.inbound += 1;
        let sid = format!("SM{:032x}", 0xF000_0000_u64 + state.inbound);
        let (from, body) = (number.to_owned(), text.to_owned());
        state.written.push(Written { sid: sid.clone(), from, body, at });
        sid
    }

    /// Reports what became of a message, whenever that may be. Answers the status it met, 0 when nobody answered.
    pub async fn reports(&self, sent: &Sent, status: &str) -> u16 {
        let answered = report(sent, status).await;
        if (200..300).contains(&answered) {
            self.state().statuses_told.insert((sent.sid.clone(), status.to_owned()));
        }
        answered
    }

    /// The webhook of a message somebody wrote, perhaps once more. Answers the status it met, 0 when nobody answered.
    pub async fn brings(&self, public_url: &str, number: &str, text: &str, sid: &str) -> u16 {
        bring(public_url, number, text, sid).await
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// `X-Twilio-Signature`: base64 of HMAC-SHA1 over the URL and the parameters in byte order.
pub fn signature(url: &str, parameters: &[(&str, &str)], token: &str) -> String {
    let mut sorted: Vec<_> = parameters.to_vec();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A webhook as Twilio calls it, signed with `token`. Answers the status, 0 when nobody answered.
pub async fn post_signed(url: &str, parameters: &[(&str, &str)], token: &str) -> u16 {
    let signature = signature(url, parameters, token);
    let request = client().post(url).timeout(Duration::from_secs(10)).form(parameters);
    match request.header("X-Twilio-Signature", signature).send().await {
        Ok(answer) => answer.status().as_u16(),
        Err(_) => 0,
    }
}

/// The webhook of a message somebody wrote. Answers the status it met, 0 when nobody answered.
pub async fn bring(public_url: &str, number: &str, text: &str, sid: &str) -> u16 {
    let parameters = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("Body", text),
        ("From", number),
        ("MessageSid", sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", sid),
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("To", SENDER),
    ];
    post_signed(&format!("{public_url}/hooks/twilio/sms"), &parameters, AUTH_TOKEN).await
}

/// One client for all webhooks: a new one for each costs more than the call.
fn client() -> &'static reqwest::Client {
    static CLIENT: std::sync::OnceLock<reqwest::Client> = std::sync::OnceLock::new();
    // Lines are not kept: each test has a runtime of its own.
    CLIENT.get_or_init(|| {
        super::http::client_builder().pool_max_idle_per_host(0).build().expect("a client needs nothing")
    })
}

fn handle(state: &Arc<Mutex<State>>, request: &Request) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let Some(resource) = path.strip_prefix(&format!("/2010-04-01/Accounts/{ACCOUNT}/Messages")) else {
        return error(404, 20404, "The requested resource was not found");
    };
    let expected = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{AUTH_TOKEN}")));
    if request.header("authorization") != Some(&expected) {
        lock(state).refused += 1;
        return error(401, 20003, "Authenticate");
    }
    match (request.method.as_str(), resource) {
        ("POST", ".json") => send(state, &request.body),
        ("GET", ".json") => list(&lock(state), query),
        ("GET", one) => fate(&lock(state), one.trim_start_matches('/').trim_end_matches(".json")),
        _ => error(405, 20004, "Method not allowed"),
    }
}

fn send(state: &Arc<Mutex<State>>, form: &str) -> Reply {
    let field = |name: &str| {
        form_urlencoded::parse(form.as_bytes())
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.into_owned())
    };
    let (Some(to), Some(body)) = (field("To"), field("Body")) else {
        return error(400, 21602, "Message body or recipient is missing");
    };
    let fault = {
        let mut state = lock(state);
        state.asked += 1;
        let message = field("StatusCallback").and_then(|callback| message_of(&callback)).unwrap_or_default();
        if state.throttled.remove(&message).is_some_and(|until| now() < until) {
            state.too_early += 1;
        }
        let scripted = state.script.iter().position(|(part, _)| body.contains(part.as_str()));
        let by_number =
            state.every.iter().find(|(every, _)| state.asked.is_multiple_of(*every)).map(|it| it.1);
        let fault = scripted.map(|at| state.script.remove(at).1).or(by_number).or(state.always);
        let fault = fault.or_else(|| state.allowance.as_mut()?.take());
        if let Some(Fault::Throttled(seconds)) = fault {
            state.throttled.insert(message, now() + Duration::from_secs(seconds));
        }
        fault
    };
    match fault {
        Some(Fault::Throttled(seconds)) => {
            let Reply::Answer { status, mut headers, body } = error(429, 20429, "Too many requests") else {
                return Reply::Drop;
            };
            headers.push(("Retry-After", seconds.to_string()));
            return Reply::Answer { status, headers, body };
        }
        Some(Fault::ErrorBefore) => return error(500, 20500, "Internal server error"),
        Some(Fault::DropBefore) => return Reply::Drop,
        // As Twilio does, with the number in the message.
        Some(Fault::Refused(code)) => {
            return error(400, code, &format!("The 'To' number {to} is not a valid phone number."));
        }
        None | Some(Fault::ErrorAfter | Fault::HangAfterAccept(_) | Fault::DropAfter | Fault::Slow(_)) => {}
    }
    let sent = {
        let mut state = lock(state);
        let sent = Sent {
            sid: format!("SM{:032x}", state.ledger.len() + 1),
            to,
            from: field("From").or_else(|| field("MessagingServiceSid")).unwrap_or_default(),
            body,
            status_callback: field("StatusCallback"),
            accepted_at: now(),
        };
        state.ledger.push(sent.clone());
        sent
    };
    tokio::spawn(tell(Arc::clone(state), sent.clone()));
    match fault {
        Some(Fault::ErrorAfter) => error(500, 20500, "Internal server error"),
        Some(Fault::HangAfterAccept(silence)) => Reply::Hang(silence),
        Some(Fault::DropAfter) => Reply::Drop,
        Some(Fault::Slow(wait)) => Reply::After(wait, Box::new(answer(201, &resource(&sent)))),
        _ => answer(201, &resource(&sent)),
    }
}

/// Tells the fate of an accepted message, as often and in the order the callbacks are set to.
async fn tell(state: Arc<Mutex<State>>, sent: Sent) {
    if sent.status_callback.is_none() {
        return;
    }
    // Twilio does not tell of `queued`; the first callback comes a moment after the answer.
    tokio::time::sleep(Duration::from_millis(30)).await;
    let told = lock(&state).callbacks;
    let order: &[&str] = match told {
        Callbacks::Dropped => &[],
        // The sid counts the messages.
        Callbacks::ShuffledTripledAndLost if sent.sid.ends_with(['0', '5', 'a']) => &[],
        Callbacks::ShuffledTripledAndLost => &["delivered", "sent", "delivered", "sent", "delivered", "sent"],
        Callbacks::InOrder => &["sent", "delivered"],
        Callbacks::ShuffledAndTripled => &["delivered", "sent", "delivered", "sent", "delivered", "sent"],
    };
    for status in order {
        // A server that is down misses one try; Twilio itself would not try twice, we are kinder to slow machines.
        for _ in 0..20 {
            let answered = report(&sent, status).await;
            if (200..300).contains(&answered) {
                lock(&state).statuses_told.insert((sent.sid.clone(), (*status).to_owned()));
            }
            if answered != 0 && answered != 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// The callback with one status of a message that asked for callbacks.
async fn report(sent: &Sent, status: &str) -> u16 {
    let Some(url) = &sent.status_callback else { return 0 };
    let parameters = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("From", sent.from.as_str()),
        ("MessageSid", sent.sid.as_str()),
        ("MessageStatus", status),
        ("SmsSid", sent.sid.as_str()),
        ("SmsStatus", status),
        ("To", sent.to.as_str()),
    ];
    post_signed(url, &parameters, AUTH_TOKEN).await
}

/// `GET Messages.json?To=…`: what was sent to a number, newest first. The day filter is left to the caller.
fn list(state: &State, query: &str) -> Reply {
    let to = form_urlencoded::parse(query.as_bytes())
        .find(|(it, _)| it == "To")
        .map(|(_, value)| value.into_owned());
    if to.as_deref() == Some(SENDER) {
        let messages: Vec<Value> = state.written.iter().rev().map(inbound).collect();
        return answer(
            200,
            &json!({ "messages": messages, "page": 0, "page_size": 1000, "next_page_uri": null }),
        );
    }
    let messages: Vec<Value> = state
        .ledger
        .iter()
        .rev()
        .filter(|it| to.as_ref().is_none_or(|to| *to == it.to))
        .map(resource)
        .collect();
    answer(200, &json!({ "messages": messages, "page": 0, "page_size": 1000, "next_page_uri": null }))
}

/// `GET Messages/SM….json`: what became of a message, known here as soon as it is accepted.
fn fate(state: &State, sid: &str) -> Reply {
    let Some(sent) = state.ledger.iter().find(|it| it.sid == sid) else {
        return error(404, 20404, "The requested resource was not found");
    };
    let mut resource = resource(sent);
    resource["status"] = json!("delivered");
    answer(200, &resource)
}

fn inbound(written: &Written) -> Value {
    let at = written.at.format("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "sid": written.sid,
        "account_sid": ACCOUNT,
        "to": SENDER,
        "from": written.from,
        "body": written.body,
        "status": "received",
        "direction": "inbound",
        "error_code": null,
        "date_created": at,
        "date_sent": at,
    })
}

fn resource(sent: &Sent) -> Value {
    let at = sent.accepted_at.format("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "sid": sent.sid,
        "account_sid": ACCOUNT,
        "messaging_service_sid": null,
        "api_version": "2010-04-01",
        "to": sent.to,
        "from": sent.from,
        "body": sent.body,
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "price": null,
        "price_unit": null,
        "error_code": null,
        "error_message": null,
        "date_created": at,
        "date_sent": at,
        "date_updated": at,
        "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{}.json", sent.sid),
        "subresource_uris": {},
    })
}

fn answer(status: u16, body: &Value) -> Reply {
    Reply::Answer {
        status,
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: body.to_string(),
    }
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    answer(status, &json!({ "code": code, "message": message, "more_info": more_info, "status": status }))
}

#[expect(clippy::disallowed_methods, reason = "the provider lives outside, on real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

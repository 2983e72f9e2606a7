//! A seven.io of our own at the far side of the network: an append-only ledger, reports signed with the account's key, and
//! the same scripted faults as the other provider's fake.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::Utc;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use url::form_urlencoded;

use super::fake_twilio::Fault;
use super::http_server::{HttpServer, Reply, Request};

/// The key of the account every test uses. Nothing here opens anything at the real provider.
pub const API_KEY: &str = "key-of-the-fake-provider";
/// The key webhooks are signed with.
pub const SIGNING_KEY: &str = "signing-key-of-the-fake-provider";
/// The number the town sends from.
pub const SENDER: &str = "+491713920098";

/// One line of the ledger: a message the provider accepted.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: String,
    pub to: String,
    pub from: String,
    pub text: String,
    pub foreign_id: Option<String>,
    pub ttl_minutes: Option<u64>,
}

#[derive(Default)]
struct State {
    ledger: Vec<Sent>,
    asked: usize,
    refused: usize,
    script: Vec<Fault>,
    always: Option<Fault>,
    reports_to: Option<String>,
    inbound: u64,
}

/// The running fake.
pub struct FakeSeven {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl FakeSeven {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let state = Arc::clone(&shared);
            async move { handle(&state, &request) }
        })
        .await;
        Self { server, state }
    }

    /// What the provider's address is set to.
    pub fn url(&self) -> String {
        format!("http://{}/api/sms", self.server.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The next messages meet these faults, one each.
    pub fn script(&self, faults: &[Fault]) {
        self.state().script.extend_from_slice(faults);
    }

    /// Every message meets this fault, until told otherwise.
    pub fn always(&self, fault: Option<Fault>) {
        self.state().always = fault;
    }

    /// Where fates are told from now on, as set in the account: the whole address.
    pub fn report_to(&self, address: Option<String>) {
        self.state().reports_to = address;
    }

    /// Everything that was really sent, in order.
    pub fn ledger(&self) -> Vec<Sent> {
        self.state().ledger.clone()
    }

    /// How many times sending was asked for, whatever came of it.
    pub fn asked(&self) -> usize {
        self.state().asked
    }

    /// How many requests came without the account's key.
    pub fn refused(&self) -> usize {
        self.state().refused
    }

    /// Tells one fate of a message. Answers the status it met.
    pub async fn tell(&self, address: &str, sent: &Sent, status: &str) -> u16 {
        post_signed(address, &report(sent, status)).await
    }

    /// Someone writes to the town. Answers the status it met.
    pub async fn write_from(&self, address: &str, number: &str, text: &str) -> u16 {
        let id = {
            let mut state = self.state();
            state.inbound += 1;
            state.inbound.to_string()
        };
        let (sender, system) = (number.trim_start_matches('+'), SENDER.trim_start_matches('+'));
        let data =
            json!({ "id": id, "sender": sender, "system": system, "text": text, "message_type": "SMS" });
        post_signed(address, &json!({ "data": data, "webhook_event": "sms_mo" })).await
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn handle(state: &Arc<Mutex<State>>, request: &Request) -> Reply {
    if request.method != "POST" || request.target != "/api/sms" {
        return answer(404, &json!({ "success": false }));
    }
    if request.header("x-api-key") != Some(API_KEY) {
        lock(state).refused += 1;
        return answer(401, &json!("900"));
    }
    let fault = {
        let mut state = lock(state);
        state.asked += 1;
        if state.script.is_empty() { state.always } else { Some(state.script.remove(0)) }
    };
    match fault {
        Some(Fault::Throttled(seconds)) => {
            let headers = vec![("Retry-After", seconds.to_string())];
            Reply::Answer { status: 429, headers, body: String::new() }
        }
        Some(Fault::ErrorBefore) => answer(500, &json!("error")),
        Some(Fault::DropBefore) => Reply::Drop,
        Some(Fault::Refused(code)) => refusal(code),
        None => accept(state, &request.body),
        Some(Fault::Slow(wait)) => Reply::After(wait, Box::new(accept(state, &request.body))),
        Some(Fault::ErrorAfter) => {
            accept(state, &request.body);
            answer(500, &json!("error"))
        }
        Some(Fault::HangAfterAccept(silence)) => {
            accept(state, &request.body);
            Reply::Hang(silence)
        }
        Some(Fault::DropAfter) => {
            accept(state, &request.body);
            Reply::Drop
        }
    }
}

fn accept(state: &Arc<Mutex<State>>, form: &str) -> Reply {
    let field = |name: &str| {
        form_urlencoded::parse(form.as_bytes())
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.into_owned())
    };
    let (Some(to), Some(text)) = (field("to"), field("text")) else { return refusal(301) };
    let (sent, reports_to) = {
        let mut state = lock(state);
        let sent = Sent {
            id: (77_229_318_000_u64 + state.ledger.len() as u64).to_string(),
            to,
            from: field("from").unwrap_or_default(),
            text,
            foreign_id: field("foreign_id"),
            ttl_minutes: field("ttl").and_then(|ttl| ttl.parse().ok()),
        };
        state.ledger.push(sent.clone());
        (sent, state.reports_to.clone())
    };
    if let Some(address) = reports_to {
        tokio::spawn(tell_all(address, sent.clone()));
    }
    let message = json!({
        "id": sent.id, "sender": sent.from, "recipient": sent.to.trim_start_matches('+'), "text": sent.text,
        "encoding": "gsm", "label": null, "parts": 1, "udh": null, "is_binary": false, "price": 0.075,
        "success": true, "error": null, "error_text": null,
    });
    answer(
        200,
        &json!({
            "success": "100", "total_price": 0.075, "balance": 46.748, "debug": "false", "sms_type": "direct",
            "messages": [message],
        }),
    )
}

/// The fate of an accepted message, in order.
async fn tell_all(address: String, sent: Sent) {
    tokio::time::sleep(Duration::from_millis(30)).await;
    for status in ["TRANSMITTED", "DELIVERED"] {
        post_signed(&address, &report(&sent, status)).await;
    }
}

fn report(sent: &Sent, status: &str) -> Value {
    let at = now().format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    let data = json!({ "msg_id": sent.id, "foreign_id": sent.foreign_id, "status": status, "timestamp": at });
    json!({ "data": data, "webhook_event": "dlr", "webhook_timestamp": at })
}

/// A webhook as the provider calls it. Answers the status, 0 when nobody answered.
async fn post_signed(address: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let time = now().timestamp().to_string();
    let nonce = hex(&Sha256::digest(format!("{time} {body}")))[..32].to_owned();
    let content = hex(&Md5::digest(body.as_bytes()));
    let text = format!("{time}\n{nonce}\nPOST\n{address}\n{content}");
    let mut mac =
        Hmac::<Sha256>::new_from_slice(SIGNING_KEY.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    let request = super::http::client()
        .post(address)
        .timeout(Duration::from_secs(10))
        .header("Content-Type", "application/json")
        .header("X-Timestamp", time)
        .header("X-Nonce", nonce)
        .header("X-Signature", hex(&mac.finalize().into_bytes()));
    match request.body(body).send().await {
        Ok(answer) => answer.status().as_u16(),
        Err(_) => 0,
    }
}

/// Errors come with status 200, as at the real one: the code is in the body.
fn refusal(code: u32) -> Reply {
    let code = code.to_string();
    let message = json!({ "id": null, "success": false, "error": code, "error_text": "refused" });
    answer(200, &json!({ "success": code, "messages": [message] }))
}

fn answer(status: u16, body: &Value) -> Reply {
    Reply::Answer {
        status,
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: body.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::disallowed_methods, reason = "the provider lives outside, on real time")]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}

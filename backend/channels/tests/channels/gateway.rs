//! The HTTP adapter with settings of a provider that is not seven.io, and reports as they come over the line.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use channels::delivery::{Outgoing, SendOutcome};
use channels::gateway::webhook::{self, Hook, HookEvent};
use channels::gateway::{
    Answer, Config, ConfigError, Fields, Format, Gateway, Hooks, NumberForm, Proof, Unit, Validity, seven,
};
use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use system_tests::harness::http_server::{HttpServer, Reply, Request};
use system_tests::harness::{FakeSeven, eventually, fake_seven};
use url::Url;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_millis(700);

/// A provider that answers the same to everybody, and what it was asked.
async fn provider(status: u16, body: &'static str) -> (HttpServer, Arc<Mutex<Vec<Request>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ledger = Arc::clone(&seen);
    let server = HttpServer::start(move |request| {
        ledger.lock().unwrap().push(request);
        async move { Reply::Answer { status, headers: Vec::new(), body: body.to_owned() } }
    })
    .await;
    (server, seen)
}

/// A provider that takes JSON, wants digits and seconds, and answers in words.
fn config(server: &HttpServer) -> Config {
    Config {
        provider: "other",
        url: Url::parse(&format!("http://{}/v2/messages?dry=0", server.address)).unwrap(),
        headers: vec![("Authorization".into(), "Bearer geheim".into())],
        format: Format::Json,
        fields: Fields {
            to: "recipient".into(),
            text: "message".into(),
            from: None,
            reference: Some("ref".into()),
            validity: Some(Validity { field: "valid".into(), unit: Unit::Seconds }),
            fixed: vec![("route".into(), "de".into())],
        },
        number: NumberForm::Digits,
        sender: String::new(),
        answer: Answer {
            code: vec!["/result".into()],
            accepted: vec!["queued".into()],
            reference: "/message/id".into(),
            segments: None,
            classes: vec![
                ("unknown_number".into(), ErrorClass::PermanentRecipient),
                ("slow_down".into(), ErrorClass::Throttled),
                ("stopped".into(), ErrorClass::OptedOut),
            ],
        },
        hooks: None,
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    }
}

fn outgoing() -> Outgoing {
    Outgoing {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 2,
        to: PhoneNumber::trusted("+491713920012".into()),
        body: "Nr. B012: Bitte jetzt zu Platz 3.".into(),
        validity: Duration::from_secs(170),
        at: now(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the fakes keep real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::test]
async fn another_provider_is_another_set_of_settings() {
    let (server, seen) = provider(201, r#"{"result":"queued","message":{"id":4711}}"#).await;
    let outcome = Gateway::new(config(&server)).unwrap().send(&outgoing()).await;
    assert_eq!(outcome, SendOutcome::Accepted { reference: "4711".into(), segments: None });
    let request = seen.lock().unwrap().remove(0);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v2/messages?dry=0"));
    assert_eq!(request.header("authorization"), Some("Bearer geheim"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let expected = serde_json::json!({
        "recipient": "491713920012",
        "message": "Nr. B012: Bitte jetzt zu Platz 3.",
        "ref": "00000000-0000-0000-0000-000000000007.2",
        "valid": "170",
        "route": "de",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn its_words_have_the_meaning_settings_give_them() {
    for (status, body, class) in [
        (200, r#"{"result":"unknown_number"}"#, ErrorClass::PermanentRecipient),
        (422, r#"{"result":"unknown_number"}"#, ErrorClass::PermanentRecipient),
        (200, r#"{"result":"slow_down"}"#, ErrorClass::Throttled),
        (400, r#"{"result":"stopped"}"#, ErrorClass::OptedOut),
        (200, r#"{"result":"a word of tomorrow"}"#, ErrorClass::Ambiguous),
        (422, r#"{"result":"a word of tomorrow"}"#, ErrorClass::Configuration),
    ] {
        let (server, seen) = provider(status, body).await;
        let outcome = Gateway::new(config(&server)).unwrap().send(&outgoing()).await;
        assert_eq!(outcome.class(), Some(class), "{status} {body}");
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_the_start() {
    let (server, _) = provider(200, "").await;
    let open = Config { url: Url::parse("http://gateway.example/sms").unwrap(), ..config(&server) };
    assert!(matches!(Gateway::new(open), Err(ConfigError::Open)));
    let mut pointer = config(&server);
    pointer.answer.reference = "message.id".into();
    assert!(matches!(Gateway::new(pointer), Err(ConfigError::Pointer(_))));
    for (name, value) in [("X Key", "geheim"), ("X-Key", "a\r\nX-Other: b")] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        assert!(matches!(Gateway::new(Config { headers, ..config(&server) }), Err(ConfigError::Header(_))));
    }
    for secrets in [Vec::new(), vec![String::new()]] {
        let proof = Proof::Secret { field: "key".into(), secrets };
        let hooks = Some(Hooks { proof, receipts: None, inbound: None });
        assert!(matches!(Gateway::new(Config { hooks, ..config(&server) }), Err(ConfigError::NoSecret)));
    }
    assert!(Gateway::new(config(&server)).is_ok());
}

/// Our side of seven.io's webhooks: keeps what came.
async fn town() -> (HttpServer, Arc<Mutex<Vec<Request>>>) {
    provider(200, "").await
}

fn read(request: &Request, public_url: Url) -> HookEvent {
    let account = seven::Account {
        url: Url::parse("http://127.0.0.1:1").unwrap(),
        api_key: fake_seven::API_KEY.into(),
        sender: fake_seven::SENDER.into(),
        signing_keys: vec![fake_seven::SIGNING_KEY.into()],
        public_url,
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    };
    let hook = Hook {
        method: &request.method,
        path_and_query: &request.target,
        headers: &request.headers,
        body: &request.bytes,
    };
    webhook::read(&seven::config(account), hook, now()).unwrap()
}

#[tokio::test]
async fn what_seven_tells_over_the_line_is_believed_and_read() {
    let (town, seen) = town().await;
    let public_url = Url::parse(&format!("http://{}", town.address)).unwrap();
    let address = format!("http://{}{}", town.address, webhook::PATH);
    let fake = FakeSeven::start().await;
    fake.report_to(Some(address.clone()));
    let account = seven::Account {
        url: Url::parse(&fake.url()).unwrap(),
        api_key: fake_seven::API_KEY.into(),
        sender: fake_seven::SENDER.into(),
        signing_keys: vec![fake_seven::SIGNING_KEY.into()],
        public_url: public_url.clone(),
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    };
    let sent = Gateway::new(seven::config(account)).unwrap().send(&outgoing()).await;
    let SendOutcome::Accepted { reference, segments: Some(1) } = sent else { panic!("{sent:?}") };
    let told = || async { Some(seen.lock().unwrap().clone()).filter(|seen| seen.len() == 2) };
    let reports = eventually("both reports", told).await;
    for (request, receipt) in reports.iter().zip([Receipt::Sent, Receipt::Delivered]) {
        let HookEvent::Receipt(report) = read(request, public_url.clone()) else { panic!("no report") };
        assert_eq!((report.provider, report.receipt), ("seven", receipt));
        assert_eq!(
            (report.reference.as_str(), report.ours),
            (reference.as_str(), Some((outgoing().message, 2)))
        );
    }
    assert_eq!(fake.write_from(&address, "+491713920012", "STORNO").await, 200);
    let request = seen.lock().unwrap().pop().unwrap();
    let HookEvent::Inbound(sms) = read(&request, public_url) else { panic!("no message") };
    assert_eq!(
        (sms.from.e164(), sms.to.as_str(), sms.body.as_str()),
        ("+491713920012", fake_seven::SENDER, "STORNO")
    );
}

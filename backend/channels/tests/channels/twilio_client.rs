//! The Twilio client against a provider that speaks HTTP by hand and misbehaves as told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use channels::delivery::{Lookup, Outgoing, SendOutcome};
use channels::twilio::{ApiKey, Config, Sender, Twilio};
use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::{Url, form_urlencoded};
use uuid::Uuid;

/// What the provider does with every request.
#[derive(Clone)]
enum Answer {
    Say(u16, &'static str, String),
    HangUp,
    Silence,
}

/// The raw requests that arrived.
type Seen = Arc<Mutex<Vec<String>>>;

async fn provider(answer: Answer) -> (Url, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let seen = Seen::default();
    let ledger = seen.clone();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !complete(&request) {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&buffer[..n]),
                }
            }
            ledger.lock().unwrap().push(String::from_utf8(request).unwrap());
            match &answer {
                Answer::Say(status, headers, body) => {
                    let head =
                        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                }
                Answer::HangUp => drop(stream),
                Answer::Silence => silent.push(stream),
            }
        }
    });
    (url, seen)
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

fn config(base_url: Url) -> Config {
    Config {
        account_sid: "AC00000000000000000000000000000000".into(),
        auth_token: "token".into(),
        next_auth_token: None,
        api_key: None,
        sender: Sender::Number("+491713920099".into()),
        base_url,
        public_url: Url::parse("https://termine.example").unwrap(),
        callback_secret: b"secret".to_vec(),
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_millis(800),
    }
}

fn noon() -> DateTime<Utc> {
    "2026-09-14T12:00:00Z".parse().unwrap()
}

fn outgoing() -> Outgoing {
    Outgoing {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 2,
        to: PhoneNumber::trusted("+491713920012".into()),
        body: "Nr. B012: Bitte jetzt zu Platz 3. Größe & mehr".into(),
        validity: Duration::from_secs(180),
        at: noon(),
    }
}

async fn send(answer: Answer) -> (SendOutcome, Seen) {
    let (url, seen) = provider(answer).await;
    let outcome = Twilio::new(config(url)).unwrap().send(&outgoing()).await;
    (outcome, seen)
}

#[tokio::test]
async fn the_request_is_what_twilio_expects() {
    let created = Answer::Say(201, "", r#"{"sid":"SM1","status":"accepted","price_unit":null}"#.into());
    let (outcome, seen) = send(created).await;
    assert_eq!(outcome, SendOutcome::Accepted { reference: "SM1".into(), segments: None });
    let request = seen.lock().unwrap()[0].clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line = "POST /2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json HTTP/1.1";
    assert!(head.starts_with(line), "{head}");
    assert!(head.to_lowercase().contains("authorization: basic "), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/x-www-form-urlencoded"));
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(field("To"), Some("+491713920012"));
    assert_eq!(field("From"), Some("+491713920099"));
    assert_eq!(field("Body"), Some("Nr. B012: Bitte jetzt zu Platz 3. Größe & mehr"));
    assert_eq!(field("ValidityPeriod"), Some("180"));
    assert_eq!(field("SmartEncoded"), Some("false"));
    let callback = field("StatusCallback").unwrap();
    let start = "https://termine.example/hooks/twilio/status?mid=00000000-0000-0000-0000-000000000007&a=2&k=";
    assert!(callback.starts_with(start), "{callback}");
}

#[tokio::test]
async fn an_api_key_signs_in_instead_of_the_account() {
    let (url, seen) = provider(Answer::Say(201, "", r#"{"sid":"SM1"}"#.into())).await;
    let mut config = config(url);
    config.api_key = Some(ApiKey { sid: "SK1".into(), secret: "geheim".into() });
    Twilio::new(config).unwrap().send(&outgoing()).await;
    let request = seen.lock().unwrap()[0].clone();
    assert_eq!(request.to_lowercase().matches("authorization:").count(), 1);
    assert!(request.contains("/Accounts/AC0000"));
    assert!(request.contains("Basic U0sxOmdlaGVpbQ=="), "{request}");
}

#[tokio::test]
async fn trouble_is_classified_by_what_can_be_known() {
    for (answer, expected) in [
        (Answer::HangUp, SendOutcome::Ambiguous { reason: "reset", http_status: None }),
        (Answer::Silence, SendOutcome::Ambiguous { reason: "timeout", http_status: None }),
        (
            Answer::Say(500, "", r#"{"code":20500}"#.into()),
            SendOutcome::Ambiguous { reason: "server_error", http_status: Some(500) },
        ),
        (
            Answer::Say(429, "Retry-After: 7\r\n", r#"{"code":20429}"#.into()),
            SendOutcome::Throttled { after: Some(Duration::from_secs(7)), code: Some(20429) },
        ),
        (Answer::Say(400, "", r#"{"code":21211}"#.into()), SendOutcome::refused(21211, 400)),
        (Answer::Say(401, "", r#"{"code":20003}"#.into()), SendOutcome::Config { code: 20003 }),
        (
            Answer::Say(302, "Location: http://127.0.0.1:1/\r\n", String::new()),
            SendOutcome::Config { code: 302 },
        ),
    ] {
        let (outcome, seen) = send(answer).await;
        assert_eq!(outcome, expected);
        assert_eq!(seen.lock().unwrap().len(), 1, "exactly one request: no retries, no redirects");
    }
}

#[tokio::test]
async fn nobody_listening_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let outcome = Twilio::new(config(url)).unwrap().send(&outgoing()).await;
    assert_eq!(outcome, SendOutcome::NotSent { reason: "dns_or_connect" });
}

#[tokio::test]
async fn a_message_is_found_by_recipient_text_and_time() {
    let listed = |to: &str, body: &str, at: &str| {
        format!(
            r#"{{"messages":[{{"sid":"SM9","to":"{to}","body":"{body}","status":"sent","date_created":"{at}"}}]}}"#
        )
    };
    let body = outgoing().body;
    let now = "Mon, 14 Sep 2026 11:59:30 +0000";
    for (answer, found) in [
        (listed("+491713920012", &body, now), true),
        (listed("+491713920013", &body, now), false),
        (listed("+491713920012", "Anderer Text", now), false),
        (listed("+491713920012", &body, "Mon, 14 Sep 2026 11:58:00 +0000"), false),
        (r#"{"messages":[]}"#.to_owned(), false),
    ] {
        let (url, seen) = provider(Answer::Say(200, "", answer.clone())).await;
        let lookup = Twilio::new(config(url)).unwrap().lookup(&outgoing()).await;
        assert_eq!(matches!(lookup, Lookup::Found { .. }), found, "{answer}");
        assert!(found || lookup == Lookup::NotFound);
        let request = seen.lock().unwrap()[0].clone();
        assert!(request.starts_with("GET /2010-04-01/Accounts/"), "{request}");
        assert!(request.contains("Messages.json?To=%2B491713920012&DateSent%3E=2026-09-14&"), "{request}");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_tells_nothing() {
    for answer in [Answer::HangUp, Answer::Say(500, "", String::new()), Answer::Say(200, "", "<html>".into())]
    {
        let (url, _) = provider(answer).await;
        assert_eq!(Twilio::new(config(url)).unwrap().lookup(&outgoing()).await, Lookup::Failed);
    }
}

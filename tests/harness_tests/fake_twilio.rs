//! The fake provider behaves as the real one is documented to: otherwise the journeys prove nothing.

use std::time::Duration;

use serde_json::Value;
use system_tests::harness::fake_twilio::{ACCOUNT, AUTH_TOKEN, Callbacks, SENDER, signature};
use system_tests::harness::http_server::{HttpServer, Reply};
use system_tests::harness::{FakeTwilio, Fault, eventually};

const PHONE: &str = "+491713920011";

async fn post(fake: &FakeTwilio, body: &str, callback: &str) -> reqwest::Result<reqwest::Response> {
    system_tests::harness::http::client()
        .post(format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", fake.base_url()))
        .basic_auth(ACCOUNT, Some(AUTH_TOKEN))
        .timeout(Duration::from_secs(2))
        .form(&[("To", PHONE), ("From", SENDER), ("Body", body), ("StatusCallback", callback)])
        .send()
        .await
}

#[test]
fn the_signature_is_the_one_twilio_documents() {
    let parameters = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ];
    let url = "https://example.com/myapp.php?foo=1&bar=2";
    assert_eq!(signature(url, &parameters, "12345"), "L/OH5YylLD5NRKLltdqwSvS0BnU=");
}

#[tokio::test]
async fn an_accepted_message_is_in_the_ledger_and_its_fate_is_told_signed() {
    let calls = std::sync::Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let seen = std::sync::Arc::clone(&calls);
    let town = HttpServer::start(move |request| {
        let seen = std::sync::Arc::clone(&seen);
        async move {
            assert!(request.header("x-twilio-signature").is_some());
            seen.lock().unwrap().push(request.body);
            Reply::Answer { status: 204, headers: Vec::new(), body: String::new() }
        }
    })
    .await;
    let fake = FakeTwilio::start().await;

    let callback = format!("http://{}/hooks/twilio/status?mid=1", town.address);
    let answer = post(&fake, "Grüße", &callback).await.unwrap();
    assert_eq!(answer.status(), 201);
    let resource: Value = answer.json().await.unwrap();
    assert_eq!(resource["status"], "queued");
    assert_eq!(fake.received_by(PHONE), ["Grüße"]);
    eventually("both callbacks", || async { (fake.told().len() == 2).then_some(()) }).await;
    let told = calls.lock().unwrap().clone();
    assert!(
        told[0].contains("MessageStatus=sent") && told[1].contains("MessageStatus=delivered"),
        "{told:?}"
    );
}

#[tokio::test]
async fn faults_are_met_in_the_order_they_were_scripted() {
    let fake = FakeTwilio::start().await;
    fake.callbacks(Callbacks::Dropped);
    fake.script(
        "",
        &[
            Fault::Throttled(7),
            Fault::ErrorBefore,
            Fault::ErrorAfter,
            Fault::DropBefore,
            Fault::DropAfter,
            Fault::Refused(21610),
            Fault::HangAfterAccept(Duration::from_secs(60)),
        ],
    );

    let throttled = post(&fake, "1", "").await.unwrap();
    assert_eq!(
        (throttled.status().as_u16(), throttled.headers()["retry-after"].to_str().unwrap()),
        (429, "7")
    );
    assert_eq!(post(&fake, "2", "").await.unwrap().status(), 500);
    assert!(fake.ledger().is_empty());
    assert_eq!(post(&fake, "3", "").await.unwrap().status(), 500);
    assert_eq!(fake.ledger().len(), 1);
    assert!(post(&fake, "4", "").await.is_err());
    assert!(post(&fake, "5", "").await.is_err());
    let refused: Value = post(&fake, "6", "").await.unwrap().json().await.unwrap();
    assert_eq!(refused["code"], 21610);
    assert!(post(&fake, "7", "").await.unwrap_err().is_timeout());
    assert_eq!(post(&fake, "8", "").await.unwrap().status(), 201);
    assert_eq!(fake.received_by(PHONE), ["3", "5", "7", "8"]);
    assert_eq!(fake.asked(), 8);
}

#[tokio::test]
async fn strangers_are_turned_away_and_the_list_names_what_was_sent() {
    let fake = FakeTwilio::start().await;
    let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", fake.base_url());
    let stranger = system_tests::harness::http::client()
        .get(&url)
        .basic_auth(ACCOUNT, Some("wrong"))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 401);

    post(&fake, "eins", "").await.unwrap();
    post(&fake, "zwei", "").await.unwrap();
    let asked = [("To", PHONE), ("DateSent>", "2026-01-01")];
    let list =
        system_tests::harness::http::client().get(&url).query(&asked).basic_auth(ACCOUNT, Some(AUTH_TOKEN));
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    let bodies: Vec<_> = list["messages"].as_array().unwrap().iter().map(|it| it["body"].clone()).collect();
    assert_eq!(bodies, ["zwei", "eins"]);
}

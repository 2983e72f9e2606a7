//! What a provider may bring over its real webhooks, signed as it should be: each is dealt with once and never answered
//! twice, whatever is in it and however late it comes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use domain::ids::MessageId;
use domain::messaging::Lane;
use domain::messaging::attempt::SendOutcome;
use hmac::{Hmac, Mac};
use operations::messaging::delivery;
use operations::testing;
use poem::http::Method;
use runtime::Config;
use runtime::config::Secret;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::support::{Answer, Caller, TestApp};

const TOKEN: &str = "the token";
const OURS: &str = "+491713920000";
const SOMEBODY: &str = "+491713920021";

fn settings(config: &mut Config) {
    config.twilio.account_sid = Some("AC1".to_owned());
    config.twilio.auth_token = Some(Secret::new(TOKEN));
}

async fn town() -> TestApp {
    TestApp::start_with(settings).await
}

/// A webhook with these fields, signed; the body is written by the caller, so that it may be any bytes.
async fn signed(app: &TestApp, path: &str, fields: &[(&str, &[u8])], body: Vec<u8>) -> Answer {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("http://localhost:8080{path}").as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value);
    }
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", signature.as_str())];
    app.call(Method::POST, path, &Caller::Nobody, &headers, body).await
}

async fn told(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    signed(app, path, &fields, body.into_bytes()).await
}

/// An SMS to the town, as Twilio brings it.
async fn written(app: &TestApp, sid: &str, from: &str, body: &str, media: &str) -> Answer {
    let fields = [("MessageSid", sid), ("From", from), ("To", OURS), ("Body", body), ("NumMedia", media)];
    told(app, "/hooks/twilio/sms", &fields).await
}

trait Taken {
    /// Twilio hears that it was taken, and nothing else: the answer goes through the outbox.
    fn is_taken(&self);
}

impl Taken for Answer {
    #[track_caller]
    fn is_taken(&self) {
        assert_eq!(self.status.as_u16(), 200, "{}", self.text());
        assert!(self.text().ends_with("<Response/>"), "{}", self.text());
    }
}

/// What was written to us, the newest first: the provider's id, what it was heard as, what became of it.
async fn kept(app: &TestApp) -> Vec<(String, String, String)> {
    let ops = app.staff("ops").await;
    let list = app.post("/ops/inbound/search", &ops, &json!({ "outcomes": [] })).await.expect(200);
    let word = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let rows = list["messages"].as_array().unwrap().iter();
    rows.map(|row| (word(row, "provider_ref"), word(row, "command"), word(row, "outcome"))).collect()
}

fn row(sid: &str, command: &str, outcome: &str) -> (String, String, String) {
    (sid.to_owned(), command.to_owned(), outcome.to_owned())
}

/// The texts of the answers that are owed, each taken to be sent.
async fn answers(app: &TestApp) -> Vec<String> {
    let minute = Duration::minutes(1);
    let mut texts = Vec::new();
    for lane in Lane::ALL {
        for id in delivery::due_in_lane(&app.app, lane, "twilio", 100).await.unwrap() {
            if let Some(claimed) = delivery::claim(&app.app, id, "twilio", minute).await.unwrap() {
                texts.push(claimed.outgoing.text().to_owned());
            }
        }
    }
    texts
}

#[tokio::test]
async fn a_picture_without_words_is_told_what_can_be_written() {
    let app = town().await;
    written(&app, "MM1", SOMEBODY, "", "1").await.is_taken();
    written(&app, "MM2", "+491713920022", " \n", "3").await.is_taken();
    let texts = answers(&app).await;
    assert_eq!(texts.len(), 2);
    for text in &texts {
        assert!(text.contains("TERMIN") && text.contains("HALT"), "{text}");
    }
    // What is written beside a picture counts; the picture does not.
    written(&app, "MM3", SOMEBODY, "INFO", "1").await.is_taken();
    let mut heard = kept(&app).await;
    heard.sort_unstable();
    let answered = |sid, command| row(sid, command, "answered");
    assert_eq!(heard, [answered("MM1", "help"), answered("MM2", "help"), answered("MM3", "info")]);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_read_as_far_as_they_go_and_never_break_anything() {
    let app = town().await;
    let body = b"MessageSid=SM1&From=%2B491713920021&To=%2B491713920000&Body=ST%FF%FEORNO%C3".to_vec();
    let fields = |text: &'static [u8]| {
        [
            ("MessageSid", b"SM1".as_slice()),
            ("From", SOMEBODY.as_bytes()),
            ("To", OURS.as_bytes()),
            ("Body", text),
        ]
    };
    // Who signs the bytes themselves is not Twilio: it writes UTF-8 only.
    let raw = signed(&app, "/hooks/twilio/sms", &fields(b"ST\xff\xfeORNO\xc3"), body.clone()).await;
    raw.refused(403, "forged_webhook");
    assert!(kept(&app).await.is_empty());
    let replaced = "ST\u{fffd}\u{fffd}ORNO\u{fffd}".as_bytes();
    for _ in 0..2 {
        signed(&app, "/hooks/twilio/sms", &fields(replaced), body.clone()).await.is_taken();
    }
    assert_eq!(answers(&app).await.len(), 1);
    let heard = kept(&app).await;
    assert_eq!((heard.len(), heard[0].2.as_str()), (1, "answered"));
    assert_ne!(heard[0].1, "cancel", "what cannot be read cancels nothing");
}

#[tokio::test]
async fn ten_kilobytes_are_heard_by_their_beginning_and_answered_once() {
    let app = town().await;
    let long = "Ich möchte meinen Termin verlegen, weil ".repeat(250);
    assert!(long.len() > 10_000);
    for _ in 0..2 {
        written(&app, "SM1", SOMEBODY, &long, "0").await.is_taken();
    }
    assert_eq!(kept(&app).await.len(), 1);
    let texts = answers(&app).await;
    assert_eq!(texts.len(), 1);
    assert!(texts[0].chars().count() <= 480, "{}", texts[0]);
    // Beyond what a webhook can hold, nothing is read at all.
    let huge = "x".repeat(70 * 1024);
    let refused = written(&app, "SM2", SOMEBODY, &huge, "0").await;
    assert_eq!(refused.status.as_u16(), 413, "{}", refused.text());
    assert_eq!(kept(&app).await.len(), 1);
}

#[tokio::test]
async fn senders_nobody_can_answer_are_kept_and_get_no_answer() {
    let app = town().await;
    for (sid, from) in [
        ("SM1", "+436641234567"),
        ("SM2", "Sparkasse"),
        ("SM3", "80808"),
        ("SM4", OURS),
        ("SM5", "+49304567"),
    ] {
        written(&app, sid, from, "TERMIN", "0").await.is_taken();
    }
    let heard = kept(&app).await;
    let sids: Vec<&str> = heard.iter().map(|(sid, _, _)| sid.as_str()).collect();
    assert_eq!(sids.len(), 5, "{sids:?}");
    assert!(heard.iter().all(|(_, _, outcome)| outcome == "unanswerable"), "{heard:?}");
    assert!(answers(&app).await.is_empty());
}

#[tokio::test]
async fn what_was_written_to_a_number_of_no_town_is_nobodys() {
    let first = testing::app_sqlite().await;
    let town = testing::town(&first).await;
    testing::neighbour(&first).await;
    let app = TestApp::start_on(first, town, settings, |_| {}).await;
    let fields = [("MessageSid", "SM1"), ("From", SOMEBODY), ("To", "+491713920098"), ("Body", "TERMIN")];
    // Taken, so that it does not come again and again.
    told(&app, "/hooks/twilio/sms", &fields).await.is_taken();
    assert!(kept(&app).await.is_empty() && answers(&app).await.is_empty());
    for missing in ["From", "To", "MessageSid"] {
        let rest: Vec<_> = fields.into_iter().filter(|(name, _)| *name != missing).collect();
        let refused = told(&app, "/hooks/twilio/sms", &rest).await;
        assert_eq!(refused.status.as_u16(), 400, "without {missing}");
    }
}

#[tokio::test]
async fn the_same_message_brought_again_is_answered_once_also_a_day_later() {
    let app = town().await;
    for later in [0, 1, 60, 24 * 60] {
        app.app.clock.advance(Duration::minutes(later));
        written(&app, "SM1", SOMEBODY, "HILFE", "0").await.is_taken();
    }
    assert_eq!(answers(&app).await.len(), 0, "the only answer was owed a day ago and is over");
    written(&app, "SM2", SOMEBODY, "HILFE", "0").await.is_taken();
    written(&app, "SM2", SOMEBODY, "HILFE", "0").await.is_taken();
    assert_eq!(answers(&app).await.len(), 1);
    assert_eq!(kept(&app).await.len(), 2);
}

/// Lets Twilio take the one answer that is owed, under this id.
async fn sent_as(app: &TestApp, reference: &str) -> MessageId {
    let mut due = Vec::new();
    for lane in Lane::ALL {
        due.extend(delivery::due_in_lane(&app.app, lane, "twilio", 10).await.unwrap());
    }
    let claimed = delivery::claim(&app.app, due[0], "twilio", Duration::minutes(1)).await.unwrap().unwrap();
    let accepted = SendOutcome::Accepted { reference: reference.to_owned(), segments: Some(1) };
    delivery::finish(&app.app, &claimed, &accepted).await.unwrap();
    due[0]
}

async fn report(app: &TestApp, sid: &str, status: &str, more: &[(&str, &str)]) -> Answer {
    let fields = [&[("AccountSid", "AC1"), ("MessageSid", sid), ("MessageStatus", status)], more].concat();
    told(app, "/hooks/twilio/status", &fields).await
}

#[tokio::test]
async fn a_receipt_that_comes_a_day_late_or_twice_tells_and_sends_nothing_again() {
    let app = town().await;
    written(&app, "IN1", SOMEBODY, "HILFE", "0").await.is_taken();
    let id = sent_as(&app, "SM1").await;
    let state = async || state_of(&app, id).await;
    assert_eq!(state().await, "accepted");
    app.app.clock.advance(Duration::hours(25));
    for _ in 0..3 {
        report(&app, "SM1", "delivered", &[]).await.expect(204);
        assert_eq!(state().await, "delivered");
    }
    // What comes after the last word is no news.
    report(&app, "SM1", "sent", &[]).await.expect(204);
    assert_eq!(state().await, "delivered");
    assert!(answers(&app).await.is_empty(), "no second SMS");
}

#[tokio::test]
async fn receipts_for_what_nobody_sent_change_nothing() {
    let app = town().await;
    written(&app, "IN1", SOMEBODY, "HILFE", "0").await.is_taken();
    let id = sent_as(&app, "SM1").await;
    for status in ["delivered", "failed", "undelivered", "sent", "received", "no word of Twilio"] {
        report(&app, "SM-UNKNOWN", status, &[("ErrorCode", "30003")]).await.expect(204);
    }
    // Ids of ours that we never wrote into an address.
    let forged = format!("/hooks/twilio/status?mid={id}&a=1&k=000000000000");
    let fields = [("MessageSid", "SM-OTHER"), ("MessageStatus", "failed")];
    told(&app, &forged, &fields).await.expect(204);
    let refused = report(&app, "", "failed", &[]).await;
    assert_eq!(refused.status.as_u16(), 400);
    assert_eq!(state_of(&app, id).await, "accepted");
    assert!(answers(&app).await.is_empty());
}

async fn state_of(app: &TestApp, id: MessageId) -> String {
    let ops = app.staff("ops").await;
    let page = app.get("/ops/messages", &ops).await.expect(200);
    let found = page["messages"].as_array().unwrap().iter().find(|one| one["id"] == id.to_string());
    found.unwrap_or_else(|| panic!("{page}"))["state"].as_str().unwrap().to_owned()
}

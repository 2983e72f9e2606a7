//! Webhooks nobody but the provider may call: a forged one changes nothing and is counted.

use poem::http::Method;
use runtime::config::Secret;

use crate::support::{Answer, Caller, TestApp};

const INBOUND: &str = "AccountSid=AC1&MessageSid=SM1&From=%2B491713920021&To=%2B491713920000&Body=STORNO";
const REPORT: &str = "AccountSid=AC1&MessageSid=SM1&MessageStatus=failed&ErrorCode=30003";

async fn hook(app: &TestApp, path: &str, body: &str, signature: Option<&str>) -> Answer {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(signature.map(|signature| ("x-twilio-signature", signature)));
    app.call(Method::POST, path, &Caller::Nobody, &headers, body.as_bytes().to_vec()).await
}

fn forged() -> u64 {
    let figures = runtime::metrics::render();
    let line = figures.lines().find(|line| {
        line.starts_with("lotse_webhooks_total") && line.contains("twilio") && line.contains("forged")
    });
    line.and_then(|line| line.rsplit(' ').next()).map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn a_forged_webhook_is_refused_counted_and_changes_nothing() {
    runtime::metrics::recorder();
    let app = TestApp::start_with(|config| {
        config.twilio.account_sid = Some("AC1".to_owned());
        config.twilio.auth_token = Some(Secret::new("the token"));
    })
    .await;
    let ops = app.staff("ops").await;
    let before = forged();
    for (path, body) in [("/hooks/twilio/sms", INBOUND), ("/hooks/twilio/status", REPORT)] {
        for signature in [None, Some(""), Some("bm90IHRoZSBzaWduYXR1cmU="), Some("not base64")] {
            hook(&app, path, body, signature).await.refused(403, "forged_webhook");
        }
    }
    assert_eq!(forged(), before + 8);
    let page = app.get("/ops/messages", &ops).await.expect(200);
    assert_eq!(page["messages"], serde_json::json!([]), "no answer is owed");
}

#[tokio::test]
async fn without_a_provider_there_are_no_webhooks() {
    let app = TestApp::start().await;
    hook(&app, "/hooks/twilio/sms", INBOUND, None).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_forged_webhook_of_the_second_provider_is_refused_and_unknown_ones_are_not_there() {
    let app = TestApp::start_with(|config| {
        config.seven.api_key = Some(Secret::new("the key"));
        config.seven.signing_key = Some(Secret::new("the signing key"));
    })
    .await;
    let body = r#"{"webhook_event":"sms_mo","data":{"id":"1","sender":"491713920021","system":"491713920000","text":"STORNO"}}"#;
    let now = app.app.clock.now().timestamp().to_string();
    let proofs = [
        vec![],
        vec![("x-timestamp", now.as_str()), ("x-nonce", "0123"), ("x-signature", "")],
        vec![("x-timestamp", now.as_str()), ("x-nonce", "0123"), ("x-signature", "00ff")],
    ];
    for proof in proofs {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(proof);
        let answer = app
            .call(Method::POST, "/hooks/gateway", &Caller::Nobody, &headers, body.as_bytes().to_vec())
            .await;
        answer.refused(403, "forged_webhook");
    }
    let ops = app.staff("ops").await;
    let page = app.get("/ops/messages", &ops).await.expect(200);
    assert_eq!(page["messages"], serde_json::json!([]), "no answer is owed");
    hook(&TestApp::start().await, "/hooks/gateway", INBOUND, None).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_cannot_be_paused_or_divided_is_refused_with_its_word() {
    let app = TestApp::start().await;
    let ops = app.staff("ops").await;
    let order =
        |scope: &str, name: &str| serde_json::json!({ "scope": scope, "name": name, "reason": "Probe" });
    for (scope, name) in [("kind", "pigeon"), ("everything", ""), ("provider", "pigeon"), ("channel", "")] {
        app.post("/ops/pauses", &ops, &order(scope, name)).await.refused(422, "invalid");
    }
    let silent = serde_json::json!({ "scope": "paid_sms", "reason": " " });
    app.post("/ops/pauses", &ops, &silent).await.refused(422, "invalid");
    app.post("/ops/pauses/end", &ops, &order("paid_sms", "")).await.refused(409, "not_paused");
    let paused = app.post("/ops/pauses", &ops, &order("paid_sms", "")).await.expect(200);
    assert_eq!(paused["pauses"][0]["scope"], "paid_sms");
    app.post("/ops/pauses", &ops, &order("paid_sms", "")).await.refused(409, "already_paused");
    let weights =
        serde_json::json!({ "weights": [{ "provider": "twilio", "weight": 1 }], "reason": "Probe" });
    app.put("/ops/providers/weights", &ops, &weights).await.refused(422, "invalid");
}

//! Browsers that want pushes: whose they are, and whom we would never call.

use operations::testing;
use serde_json::{Value, json};

use crate::support::{Caller, ENDPOINT, TestApp, browser, pushes};

async fn town_with_pushes() -> TestApp {
    let mut app = testing::app_sqlite().await;
    app.app.web_push = true;
    let town = testing::town(&app).await;
    let test = TestApp::start_on(app, town, |_| {}, |parts| parts.push = Some(pushes())).await;
    test.furnish().await;
    test
}

/// The link of a booking.
async fn booked(test: &TestApp, phone: &str) -> Caller {
    Caller::Bearer(test.booked(phone).await)
}

/// Whether anybody is told anything at an endpoint: only then it can be renewed.
async fn is_told(test: &TestApp, endpoint: &str) -> bool {
    let same = json!({ "before": endpoint, "now": browser(endpoint) });
    test.post("/push/browsers/renew", &Caller::Nobody, &same).await.status == 204
}

#[tokio::test]
async fn a_browser_is_told_of_the_own_appointment_only() {
    let test = town_with_pushes().await;
    let link = booked(&test, "0171 3920061").await;
    let other = booked(&test, "0171 3920062").await;
    let key = test.get("/push/key", &Caller::Nobody).await.expect(200);
    assert_eq!(key["key"], pushes().public_key());
    test.post("/push/browsers", &Caller::Nobody, &browser(ENDPOINT)).await.refused(401, "not_signed_in");
    let guessed = Caller::Bearer("2222222222".into());
    test.post("/push/browsers", &guessed, &browser(ENDPOINT)).await.refused(401, "not_signed_in");
    for _ in 0..2 {
        test.post("/push/browsers", &link, &browser(ENDPOINT)).await.expect(204);
    }
    // Neither with the same body nor by removing can another citizen reach it.
    test.post("/push/browsers", &other, &browser(ENDPOINT)).await.expect(204);
    test.post("/push/browsers/remove", &other, &json!({ "endpoint": ENDPOINT })).await.expect(204);
    assert!(is_told(&test, ENDPOINT).await);
    let renewed = json!({ "before": ENDPOINT, "now": browser(&format!("{ENDPOINT}2")) });
    test.post("/push/browsers/renew", &Caller::Nobody, &renewed).await.expect(204);
    test.post("/push/browsers/renew", &Caller::Nobody, &renewed).await.refused(404, "not_found");
    test.post("/push/browsers/remove", &link, &json!({ "endpoint": format!("{ENDPOINT}2") }))
        .await
        .expect(204);
    assert!(!is_told(&test, &format!("{ENDPOINT}2")).await);
}

#[tokio::test]
async fn nobody_makes_us_call_what_is_no_push_service() {
    let test = town_with_pushes().await;
    let link = booked(&test, "0171 3920063").await;
    for endpoint in [
        "https://127.0.0.1/wpush/v2/1",
        "http://127.0.0.1:6379/",
        "https://[::1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://updates.push.services.mozilla.com@127.0.0.1/",
        "https://updates.push.services.mozilla.com.example.org/",
        "https://updates.push.services.mozilla.com:8443/",
        "http://updates.push.services.mozilla.com/",
        "file:///etc/passwd",
        "",
    ] {
        let refused =
            test.post("/push/browsers", &link, &browser(endpoint)).await.refused(422, "push_refused");
        assert_eq!(refused["fields"][0]["field"], "endpoint", "{endpoint}");
        let renewed = json!({ "before": ENDPOINT, "now": browser(endpoint) });
        test.post("/push/browsers/renew", &Caller::Nobody, &renewed).await.refused(422, "push_refused");
    }
    for (field, value) in [("p256dh", "AAAA"), ("auth", "AAAA")] {
        let mut wrong = browser(ENDPOINT);
        wrong[field] = json!(value);
        let refused = test.post("/push/browsers", &link, &wrong).await.refused(422, "push_refused");
        assert_eq!(refused["fields"][0]["field"], field);
    }
    let long = browser(&format!("{ENDPOINT}{}", "1".repeat(600)));
    assert!(!test.post("/push/browsers", &link, &long).await.status.is_success());
    assert!(!is_told(&test, ENDPOINT).await);
}

#[tokio::test]
async fn five_devices_are_enough_and_a_cancelled_appointment_has_none_to_come() {
    let test = town_with_pushes().await;
    let link = booked(&test, "0171 3920064").await;
    for n in 0..5 {
        test.post("/push/browsers", &link, &browser(&format!("{ENDPOINT}{n}"))).await.expect(204);
    }
    test.post("/push/browsers", &link, &browser(ENDPOINT)).await.refused(409, "too_many_devices");
    test.post("/appointment/cancel", &link, &json!({})).await.expect(200);
    let again = browser(&format!("{ENDPOINT}1"));
    test.post("/push/browsers", &link, &again).await.refused(409, "visit_over");
}

#[tokio::test]
async fn a_town_without_a_key_offers_no_pushes() {
    let test = TestApp::start().await;
    test.furnish().await;
    let link = Caller::Bearer(test.booked("0171 3920065").await);
    assert_eq!(test.get("/push/key", &Caller::Nobody).await.expect(200)["key"], Value::Null);
    test.post("/push/browsers", &link, &browser(ENDPOINT)).await.refused(409, "push_off");
}

//! What every request meets before a handler: limits, refusals as problems, headers that protect the browser.

use poem::http::Method;
use serde_json::json;

use crate::support::{Caller, TestApp};

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let app = TestApp::start().await;
    app.get("/nirgendwo", &Caller::Nobody).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_wrong_method_is_a_problem() {
    let app = TestApp::start().await;
    let answer = app.call(Method::DELETE, "/api/v1/town", &Caller::Nobody, &[], Vec::new()).await;
    answer.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_large_body_is_refused_unread() {
    let app = TestApp::start_with(|config| config.http.body_limit_kib = 1).await;
    let large = json!({ "login": "x".repeat(2000), "password": "" });
    app.post("/staff/sign-in", &Caller::Nobody, &large).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn what_is_not_json_is_refused_with_the_place() {
    let app = TestApp::start().await;
    let json_type = [("content-type", "application/json")];
    let path = "/api/v1/staff/sign-in";
    let answer = app.call(Method::POST, path, &Caller::Nobody, &json_type, b"{\"login\":".to_vec()).await;
    let problem = answer.refused(400, "bad_request");
    assert!(problem["data"]["reason"].is_string(), "{problem}");
    let form = [("content-type", "text/plain")];
    let answer = app.call(Method::POST, path, &Caller::Nobody, &form, b"{}".to_vec()).await;
    answer.refused(415, "wrong_media_type");
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer = app.call(Method::POST, path, &Caller::Nobody, &packed, b"{}".to_vec()).await;
    answer.refused(415, "packed_body");
}

#[tokio::test]
async fn a_foreign_page_cannot_use_a_session() {
    let app = TestApp::start().await;
    let desk = app.staff("desk").await;
    for foreign in ["https://evil.example", "null", "http://localhost:9999"] {
        let answer = app.post_with("/staff/sign-out", &desk, &[("origin", foreign)], &json!({})).await;
        answer.refused(403, "foreign_origin");
    }
    app.get("/staff/me", &desk).await.expect(200);
    let own = [("origin", "http://localhost:8080")];
    app.post_with("/staff/sign-out", &desk, &own, &json!({})).await.expect(204);
}

#[tokio::test]
async fn every_answer_protects_the_browser() {
    let app = TestApp::start_with(|config| {
        config.public_url = "https://termine.stadt.example".to_owned().try_into().unwrap();
    })
    .await;
    for path in ["/api/v1/town", "/api/v1/nirgendwo", "/", "/health/live"] {
        let answer = app.call(Method::GET, path, &Caller::Nobody, &[], Vec::new()).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let terminal = app.call(Method::GET, "/terminal", &Caller::Nobody, &[], Vec::new()).await;
    assert!(terminal.header("permissions-policy").contains("camera=(self)"));
}

#[tokio::test]
async fn one_address_is_told_to_wait_when_it_asks_too_often() {
    let app = TestApp::start_with(|config| {
        config.http.request_burst = 10;
        config.http.requests_per_minute = 1;
    })
    .await;
    for _ in 0..7 {
        app.get("/town", &Caller::Nobody).await.expect(200);
    }
    let mut last = app.get("/town", &Caller::Nobody).await;
    for _ in 0..5 {
        last = app.get("/town", &Caller::Nobody).await;
    }
    last.refused(429, "too_many_requests");
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn health_tells_whether_the_process_can_serve() {
    let app = TestApp::start().await;
    let live = app.call(Method::GET, "/health/live", &Caller::Nobody, &[], Vec::new()).await;
    assert_eq!(live.expect(200)["status"], "live");
    let ready = app.call(Method::GET, "/health/ready", &Caller::Nobody, &[], Vec::new()).await;
    assert_eq!(ready.expect(200)["status"], "ready");
}

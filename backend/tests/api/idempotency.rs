//! The same creating request sent twice.

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{Caller, PASSWORD, TestApp};

fn new(login: &str) -> Value {
    json!({ "login": login, "name": "P. Probe", "role": "desk", "password": PASSWORD })
}

#[tokio::test]
async fn the_same_request_twice_is_done_once_and_answered_the_same() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let key = [("idempotency-key", "8b5c1f0e-0000-4000-8000-000000000001")];
    let first = app.post_with("/staff", &admin, &key, &new("probe")).await;
    let second = app.post_with("/staff", &admin, &key, &new("probe")).await;
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(second.header("content-type"), first.header("content-type"));
    // Without the key it is a second request.
    app.post("/staff", &admin, &new("probe")).await.refused(409, "login_taken");
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_caller() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let key = [("idempotency-key", "k-1")];
    app.post_with("/staff", &admin, &key, &new("probe")).await.expect(201);
    let other = app.post_with("/staff", &admin, &key, &new("probe2")).await;
    other.refused(422, "idempotency_key_reused");
    let again = app.staff("admin").await;
    app.post_with("/staff", &again, &key, &new("probe3")).await.expect(201);
}

#[tokio::test]
async fn a_refused_request_may_be_mended_by_waiting_and_asking_again() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let key = [("idempotency-key", "k-2")];
    app.post_with("/staff", &admin, &key, &new("desk")).await.refused(409, "login_taken");
    app.post_with("/staff", &admin, &key, &new("desk")).await.refused(409, "login_taken");
    app.post_with("/staff", &admin, &key, &new("probe")).await.expect(201);
}

#[tokio::test]
async fn an_unusable_key_is_refused() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let long = "x".repeat(201);
    for key in ["", &long] {
        let answer = app.post_with("/staff", &admin, &[("idempotency-key", key)], &new("probe")).await;
        answer.refused(400, "idempotency_key_invalid");
    }
}

#[tokio::test]
async fn a_session_is_never_replayed() {
    let app = TestApp::start().await;
    let headers = [("idempotency-key", "k-3"), ("content-type", "application/json")];
    let body = serde_json::to_vec(&json!({ "login": "desk", "password": PASSWORD })).unwrap();
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let path = "/api/v1/staff/sign-in";
        let answer = app.call(Method::POST, path, &Caller::Nobody, &headers, body.clone()).await;
        answer.expect(200);
        cookies.push(answer.header("set-cookie").to_owned());
    }
    assert!(cookies[0] != cookies[1] && !cookies[1].is_empty());
}

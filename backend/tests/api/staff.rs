//! Signing in and the list of staff.

use chrono::Duration;
use serde_json::json;

use crate::support::{Caller, PASSWORD, TestApp};

#[tokio::test]
async fn the_session_cookie_is_for_this_host_only_and_out_of_reach_of_scripts() {
    let app = TestApp::start().await;
    let body = json!({ "login": "desk", "password": PASSWORD });
    let answer = app.post("/staff/sign-in", &Caller::Nobody, &body).await;
    let me = answer.expect(200);
    assert_eq!((&me["login"], &me["role"]), (&json!("desk"), &json!("desk")));
    assert_eq!((&me["office"], &me["counter"]), (&json!(null), &json!(null)));
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-lotse_session="), "{cookie}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn who_signs_out_is_out_and_the_cookie_goes() {
    let app = TestApp::start().await;
    let desk = app.staff("desk").await;
    assert_eq!(app.get("/staff/me", &desk).await.expect(200)["name"], "M. Exempel");
    let out = app.post("/staff/sign-out", &desk, &json!({})).await;
    out.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    app.get("/staff/me", &desk).await.refused(401, "not_signed_in");
    app.get("/staff/me", &Caller::Nobody).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn wrong_passwords_are_refused_and_then_have_to_wait() {
    let app = TestApp::start_with(|config| config.sign_in.failures = 2).await;
    let wrong = json!({ "login": "desk", "password": "falsch" });
    for _ in 0..2 {
        app.post("/staff/sign-in", &Caller::Nobody, &wrong).await.refused(401, "wrong_credentials");
    }
    let right = json!({ "login": "desk", "password": PASSWORD });
    let refused = app.post("/staff/sign-in", &Caller::Nobody, &right).await.refused(429, "sign_in_throttled");
    assert_eq!(refused["data"]["retry_at"], "2026-09-14T07:45:00Z");
    app.app.clock.advance(Duration::minutes(16));
    app.staff("desk").await;
}

#[tokio::test]
async fn an_admin_adds_people_and_takes_their_access_away() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let new = json!({ "login": "Probe", "name": "P. Probe", "role": "ops", "password": PASSWORD });
    let row = app.post("/staff", &admin, &new).await.expect(201);
    assert_eq!((&row["login"], &row["active"]), (&json!("probe"), &json!(true)));
    app.post("/staff", &admin, &new).await.refused(409, "login_taken");
    let probe = app.staff("probe").await;
    let path = format!("/staff/{}/deactivate", row["id"].as_str().unwrap());
    assert_eq!(app.post(&path, &admin, &json!({})).await.expect(200)["active"], false);
    app.get("/staff/me", &probe).await.refused(401, "not_signed_in");
    let rows = app.get("/staff", &admin).await.expect(200);
    assert_eq!(rows.as_array().unwrap().len(), 5, "one of each role, and the new one");
}

#[tokio::test]
async fn a_wrong_entry_names_its_field() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    for (login, name, password, field) in [
        ("zwei worte", "P", PASSWORD, "login"),
        ("probe", "", PASSWORD, "name"),
        ("probe", "P", "kurz", "password"),
    ] {
        let new = json!({ "login": login, "name": name, "role": "desk", "password": password });
        let refused = app.post("/staff", &admin, &new).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], field);
    }
}

#[tokio::test]
async fn nobody_takes_away_their_own_access() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let me = app.get("/staff/me", &admin).await.expect(200);
    let path = format!("/staff/{}/deactivate", me["id"].as_str().unwrap());
    app.post(&path, &admin, &json!({})).await.refused(409, "oneself");
    let stranger = format!("/staff/{}/deactivate", uuid::Uuid::nil());
    app.post(&stranger, &admin, &json!({})).await.refused(404, "staff_unknown");
}

//! What bad input gets, on both databases: a refusal that says what helps, and nothing half done.

use chrono::Duration;
use operations::testing;
use serde_json::{Value, json};

use crate::support::{Caller, SERVICE, TestApp};

const PHONE: &str = "0171 3920021";

fn holder(hold: &Value) -> Caller {
    Caller::Bearer(hold["token"].as_str().unwrap().to_owned())
}

fn form(hold: &Value, phone: &str) -> Value {
    json!({
        "hold_id": hold["id"],
        "name": "M. Exempel",
        "phone": phone,
        "address": "Beispielweg 1, 12345 Musterstadt",
        "language": "de",
    })
}

fn wanted(slot: &Value) -> Value {
    json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "pool_id": slot["pool_id"],
        "starts_at": slot["starts_at"],
    })
}

/// A booking that waits for its digits: the hold, the path of the booking, the digits.
async fn pending(app: &TestApp, phone: &str) -> (Value, String, String) {
    let hold = app.held().await;
    app.texted_codes().await;
    let pending = app.post("/bookings", &holder(&hold), &form(&hold, phone)).await.expect(201);
    let path = format!("/bookings/{}", pending["booking_id"].as_str().unwrap());
    (hold, path, app.texted_code().await)
}

/// Offers of other slots, each of which can be had.
async fn can_be_had(app: &TestApp, problem: &Value, lost: &Value) {
    let nearest = problem["data"]["nearest"].as_array().unwrap();
    assert!(!nearest.is_empty(), "{problem}");
    for slot in nearest {
        assert_ne!(slot["starts_at"], lost["starts_at"]);
    }
    app.post("/holds", &Caller::Nobody, &wanted(&nearest[0])).await.expect(201);
}

async fn count(app: &TestApp, kind: &str) -> usize {
    let ops = app.staff("ops").await;
    let page = app.get(&format!("/ops/messages?kind={kind}&limit=100"), &ops).await.expect(200);
    page["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_slot_taken_meanwhile_comes_with_the_nearest_that_are_free() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let mut answer = app.post("/holds", &Caller::Nobody, &wanted(&slot)).await;
        while answer.status == 201 {
            answer = app.post("/holds", &Caller::Nobody, &wanted(&slot)).await;
        }
        let problem = answer.refused(409, "slot_taken");
        can_be_had(&app, &problem, &slot).await;
    }
}

#[tokio::test]
async fn whoever_comes_back_too_late_is_offered_other_slots_at_every_step() {
    for app in TestApp::furnished_everywhere().await {
        let hold = app.held().await;
        let (booked, path, code) = pending(&app, PHONE).await;
        app.app.clock.advance(Duration::minutes(11));
        for swept in [false, true] {
            if swept {
                operations::appointments::expire_due(&app.app).await.unwrap();
            }
            let extend = format!("/holds/{}/extend", hold["id"].as_str().unwrap());
            let late = app.post(&extend, &holder(&hold), &Value::Null).await.refused(409, "hold_expired");
            can_be_had(&app, &late, &Value::Null).await;
            let late = app.post("/bookings", &holder(&hold), &form(&hold, "0171 3920022")).await;
            can_be_had(&app, &late.refused(409, "hold_expired"), &Value::Null).await;
        }
        assert_eq!(count(&app, "verification_code").await, 1, "who was too late got no code");
        app.app.clock.advance(Duration::minutes(20));
        let verify = format!("{path}/verify");
        let late = app.post(&verify, &holder(&booked), &json!({ "code": code })).await;
        can_be_had(&app, &late.refused(409, "hold_expired"), &Value::Null).await;
        let late = app.post(&format!("{path}/resend-code"), &holder(&booked), &Value::Null).await;
        can_be_had(&app, &late.refused(409, "hold_expired"), &Value::Null).await;
    }
}

#[tokio::test]
async fn the_same_booking_sent_twice_is_one_booking_and_one_code() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let key = [("idempotency-key", "2f6f3ad0-0000-4000-8000-000000000001")];
        let hold = app.post_with("/holds", &Caller::Nobody, &key, &wanted(&slot)).await.expect(201);
        let again = app.post_with("/holds", &Caller::Nobody, &key, &wanted(&slot)).await.expect(201);
        assert_eq!(hold, again, "one slot is held, not two");
        let body = form(&hold, PHONE);
        let first = app.post_with("/bookings", &holder(&hold), &key, &body).await.expect(201);
        let second = app.post_with("/bookings", &holder(&hold), &key, &body).await;
        assert_eq!(first, second.expect(201));
        assert_eq!(second.header("idempotency-replayed"), "true");
        // Without the key, too: the hold has become that booking.
        let third = app.post("/bookings", &holder(&hold), &body).await.expect(201);
        assert_eq!(first["booking_id"], third["booking_id"]);
        assert_eq!(count(&app, "verification_code").await, 1);
        let mut other = body;
        other["name"] = json!("E. Beispiel");
        let answer = app.post_with("/bookings", &holder(&hold), &key, &other).await;
        answer.refused(422, "idempotency_key_reused");
    }
}

#[tokio::test]
async fn a_booking_in_no_language_at_all_is_refused() {
    for app in TestApp::furnished_everywhere().await {
        let hold = app.held().await;
        let mut body = form(&hold, PHONE);
        body["language"] = json!("klingonisch");
        let refused = app.post("/bookings", &holder(&hold), &body).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], "language", "{refused}");
        body["language"] = json!("fr");
        app.post("/bookings", &holder(&hold), &body).await.expect(201);
    }
}

#[tokio::test]
async fn what_is_corrected_before_the_digits_are_typed_is_taken_over() {
    for app in TestApp::furnished_everywhere().await {
        let (hold, path, first_code) = pending(&app, PHONE).await;
        let mut body = form(&hold, PHONE);
        body["name"] = json!("Erika Exempel");
        let again = app.post("/bookings", &holder(&hold), &body).await.expect(201);
        assert_eq!(path, format!("/bookings/{}", again["booking_id"].as_str().unwrap()), "one booking");
        assert!(app.texted_codes().await.is_empty(), "the number has its code");

        let mut wrong = body.clone();
        wrong["name"] = json!("Erika\nExempel");
        let problem = app.post("/bookings", &holder(&hold), &wrong).await.refused(422, "invalid");
        assert_eq!(problem["fields"][0]["field"], "name", "{problem}");

        // Another number gets digits of its own, not at once, and the first ones open nothing any more.
        body["phone"] = json!("0171 3920022");
        app.post("/bookings", &holder(&hold), &body).await.refused(429, "too_soon");
        app.app.clock.advance(Duration::seconds(31));
        let other = app.post("/bookings", &holder(&hold), &body).await.expect(201);
        assert!(other["challenge"]["sent_to"].as_str().unwrap().ends_with("22"), "{other}");
        let code = app.texted_code().await;
        let verify = format!("{path}/verify");
        if code != first_code {
            let old = app.post(&verify, &holder(&hold), &json!({ "code": first_code })).await;
            old.refused(422, "wrong_code");
        }
        let booked = app.post(&verify, &holder(&hold), &json!({ "code": code })).await.expect(200);
        assert_eq!(booked["appointment"]["name"], "Erika Exempel");
        assert!(booked["appointment"]["sent_to"].as_str().unwrap().ends_with("22"), "{booked}");
        body["name"] = json!("Jemand Anderes");
        app.post("/bookings", &holder(&hold), &body).await.refused(409, "hold_expired");
        let link = Caller::Bearer(booked["link_token"].as_str().unwrap().to_owned());
        let page = app.get("/appointment", &link).await.expect(200);
        assert_eq!(page["name"], "Erika Exempel", "who has booked is not exchanged");
    }
}

#[tokio::test]
async fn a_number_that_gets_no_sms_names_its_field_and_the_reason() {
    for app in TestApp::furnished_everywhere().await {
        let hold = app.held().await;
        for (typed, reason) in [
            ("", "required"),
            ("12", "invalid"),
            ("0171 39200xx", "invalid"),
            ("+43 664 1234567", "foreign"),
            ("030 901820", "not_mobile"),
        ] {
            let answer = app.post("/bookings", &holder(&hold), &form(&hold, typed)).await;
            let problem = answer.refused(422, "invalid");
            assert_eq!(problem["fields"][0]["field"], "phone", "{problem}");
            assert_eq!(problem["fields"][0]["code"], reason, "{typed}: {problem}");
            assert!(!answer.text().contains("664"), "what was typed is not repeated: {problem}");
        }
        assert_eq!(count(&app, "verification_code").await, 0);
        app.post("/bookings", &holder(&hold), &form(&hold, PHONE)).await.expect(201);
    }
}

#[tokio::test]
async fn a_town_says_itself_from_which_countries_it_takes_numbers() {
    let app = testing::app_sqlite().await;
    let countries = vec!["DE".to_owned(), "AT".to_owned()];
    let town = testing::town_with(&app, |town| town.settings.phone_countries = countries).await;
    let app = TestApp::start_on(app, town, |_| {}, |_| {}).await;
    app.furnish().await;
    let hold = app.held().await;
    let swiss = app.post("/bookings", &holder(&hold), &form(&hold, "+41 79 123 45 67")).await;
    assert_eq!(swiss.refused(422, "invalid")["fields"][0]["code"], "foreign");
    app.post("/bookings", &holder(&hold), &form(&hold, "+43 664 1234567")).await.expect(201);
}

#[tokio::test]
async fn five_wrong_codes_end_the_code_and_a_new_one_comes_after_the_pause() {
    for app in TestApp::furnished_everywhere().await {
        let (hold, path, code) = pending(&app, PHONE).await;
        let (by, verify) = (holder(&hold), format!("{path}/verify"));
        let wrong = json!({ "code": if code == "111111" { "222222" } else { "111111" } });
        for left in [4, 3, 2, 1] {
            let problem = app.post(&verify, &by, &wrong).await.refused(422, "wrong_code");
            assert_eq!(problem["data"]["tries_left"], left);
        }
        app.post(&verify, &by, &wrong).await.refused(409, "challenge_dead");
        let dead = app.post(&verify, &by, &json!({ "code": code })).await.refused(409, "challenge_dead");
        let resend = format!("{path}/resend-code");
        let soon = app.post(&resend, &by, &Value::Null).await.refused(429, "too_soon");
        assert_eq!(soon["data"]["resend_at"], dead["data"]["resend_at"]);
        app.app.clock.advance(Duration::seconds(30));
        let challenge = app.post(&resend, &by, &Value::Null).await.expect(200);
        assert_eq!(challenge["tries_left"], 5);
        let new = app.texted_code().await;
        if new != code {
            app.post(&verify, &by, &json!({ "code": code })).await.refused(422, "wrong_code");
        }
        app.post(&verify, &by, &json!({ "code": new })).await.expect(200);
    }
}

#[tokio::test]
async fn a_number_that_has_an_appointment_for_it_takes_over_no_other() {
    for app in TestApp::furnished_everywhere().await {
        app.booked(PHONE).await;
        let (hold, path, _) = pending(&app, "0171 3920022").await;
        app.app.clock.advance(Duration::seconds(31));
        let body = serde_json::to_vec(&json!({ "phone": PHONE })).unwrap();
        let path = format!("/api/v1{path}/phone");
        let json_type = [("content-type", "application/json")];
        let answer = app.call(poem::http::Method::PATCH, &path, &holder(&hold), &json_type, body).await;
        answer.refused(409, "already_booked");
    }
}

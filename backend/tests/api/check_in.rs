//! What a terminal says to codes that do not lead to a ticket, on both databases.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::support::{Caller, SERVICE, TestApp};

/// Enrols a terminal in an office.
pub async fn terminal(app: &TestApp, office: &Value) -> Caller {
    let admin = app.staff("admin").await;
    let new = json!({ "kind": "terminal", "name": "Probe", "office_id": office });
    let made = app.post("/devices", &admin, &new).await.expect(201);
    let code = json!({ "code": made["enrolment_code"] });
    let enrolled = app.post("/devices/enrol", &Caller::Nobody, &code).await.expect(201);
    Caller::Bearer(enrolled["token"].as_str().unwrap().to_owned())
}

/// Books a slot as staff do.
pub async fn booked(app: &TestApp, slot: &Value) -> Value {
    let desk = app.staff("desk").await;
    let body = json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "pool_id": slot["pool_id"],
        "starts_at": slot["starts_at"],
        "name": "M. Exempel",
    });
    app.post("/staff/bookings", &desk, &body).await.expect(201)["appointment"].clone()
}

/// Types a code at a terminal.
pub async fn typed(app: &TestApp, terminal: &Caller, code: &Value, tap: u32) -> crate::support::Answer {
    let body = json!({ "code": code, "tap_key": format!("tap-key-{tap}") });
    app.post("/check-ins", terminal, &body).await
}

#[tokio::test]
async fn each_code_that_leads_nowhere_is_told_apart() {
    for app in TestApp::furnished_everywhere().await {
        let slots = app.free_slots().await;
        let today = &slots[0];
        let terminal = terminal(&app, &today["office_id"]).await;

        let tomorrow = slots.iter().find(|slot| slot["day"] != today["day"]).unwrap();
        let other_day = booked(&app, tomorrow).await;
        let problem = typed(&app, &terminal, &other_day["check_in_code"], 1).await;
        let problem = problem.refused(409, "check_in_other_day");
        assert_eq!(problem["data"]["starts_at"], tomorrow["starts_at"]);
        assert_eq!(problem["data"]["day"], tomorrow["day"]);

        let away = slots.iter().find(|slot| slot["office_id"] != today["office_id"]).unwrap();
        let other_office = booked(&app, away).await;
        let problem = typed(&app, &terminal, &other_office["check_in_code"], 2).await;
        let problem = problem.refused(409, "check_in_other_office");
        assert_eq!(problem["data"]["office_name"], away["office_name"]);
        assert!(problem["data"]["street"].as_str().is_some_and(|street| !street.is_empty()));

        let cancelled = booked(&app, today).await;
        let desk = app.staff("desk").await;
        let path = format!("/bookings/{}/cancel", cancelled["id"].as_str().unwrap());
        app.post(&path, &desk, &json!({})).await.expect(204);
        let problem = typed(&app, &terminal, &cancelled["check_in_code"], 3).await;
        problem.refused(409, "check_in_cancelled");

        let past = booked(&app, today).await;
        app.app.clock.advance(Duration::days(1));
        let problem = typed(&app, &terminal, &past["check_in_code"], 4).await;
        let problem = problem.refused(409, "check_in_expired");
        assert_eq!(problem["data"]["starts_at"], today["starts_at"]);
    }
}

#[tokio::test]
async fn a_ticket_is_in_a_language_we_write_in_and_no_tag_is_refused() {
    for app in TestApp::furnished_everywhere().await {
        let office = app.free_slot().await["office_id"].clone();
        let terminal = terminal(&app, &office).await;
        let drawn = async |language: &str| {
            app.post("/tickets", &terminal, &json!({ "service": SERVICE, "language": language })).await
        };
        for (wished, given) in [("en-GB", "en"), ("uk", "de"), ("", "de")] {
            assert_eq!(drawn(wished).await.expect(201)["language"], given, "{wished}");
        }
        for wrong in ["klingonisch", "<b>", "d"] {
            let refused = drawn(wrong).await.refused(422, "invalid");
            assert_eq!(refused["fields"][0]["field"], "language", "{refused}");
        }
    }
}

#[tokio::test]
async fn who_checks_in_twice_has_one_ticket() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let terminal = terminal(&app, &slot["office_id"]).await;
        let booking = booked(&app, &slot).await;
        let first = typed(&app, &terminal, &booking["check_in_code"], 1).await.expect(200);
        let same_tap = typed(&app, &terminal, &booking["check_in_code"], 1).await.expect(200);
        let again = typed(&app, &terminal, &booking["check_in_code"], 2).await.expect(200);
        assert_eq!(first["already"], false);
        assert_eq!((&same_tap["already"], &again["already"]), (&json!(false), &json!(true)));
        for answer in [&same_tap, &again] {
            assert_eq!(answer["ticket"]["number"], first["ticket"]["number"]);
            assert_eq!(answer["ticket_token"], first["ticket_token"]);
        }
    }
}

#[tokio::test]
async fn a_terminal_guesses_five_times_a_minute_and_no_other_suffers_for_it() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let guesser = terminal(&app, &slot["office_id"]).await;
        let neighbour = terminal(&app, &slot["office_id"]).await;
        let booking = booked(&app, &slot).await;
        for (tap, left) in (0_u32..).zip([4, 3, 2, 1, 0]) {
            // Neither a code nobody has nor one that cannot be a code tells more than that it is unknown.
            let guess = if tap == 2 { json!("1") } else { json!(format!("9{tap}000000")) };
            let problem = typed(&app, &guesser, &guess, tap).await.refused(404, "check_in_code_unknown");
            assert_eq!(problem["data"]["tries_left"], left);
        }
        let stopped = typed(&app, &guesser, &booking["check_in_code"], 10).await;
        let stopped = stopped.refused(429, "too_many_tries");
        let again: DateTime<Utc> = stopped["data"]["retry_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(again, app.app.clock.now() + Duration::minutes(1));
        typed(&app, &neighbour, &json!("99000000"), 11).await.refused(404, "check_in_code_unknown");
        app.app.clock.set(again);
        typed(&app, &guesser, &booking["check_in_code"], 12).await.expect(200);
    }
}

#[tokio::test]
async fn i_am_here_is_said_by_link_with_the_code_of_the_foyer() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let terminal = terminal(&app, &slot["office_id"]).await;
        let link = Caller::Bearer(app.booked_at(&slot, "0171 3920061").await);
        let page = app.get("/appointment", &link).await.expect(200);
        assert_eq!((&page["may_check_in"], &page["foyer_code"]), (&json!(true), &json!(true)));

        let nothing = app.post("/appointment/check-in", &link, &json!({})).await;
        nothing.refused(409, "foyer_code_needed");
        let wrong = app.post("/appointment/check-in", &link, &json!({ "foyer_code": "x" })).await;
        assert_eq!(wrong.refused(409, "foyer_code_wrong")["data"]["tries_left"], 4);
        let too_long = json!({ "foyer_code": "1".repeat(21) });
        app.post("/appointment/check-in", &link, &too_long).await.expect(400);
        let shown = app.get("/foyer-code", &terminal).await.expect(200);
        assert!(shown["until"].as_str().is_some_and(|until| !until.is_empty()));

        let here = json!({ "foyer_code": shown["code"] });
        let first = app.post("/appointment/check-in", &link, &here).await.expect(200);
        let again = app.post("/appointment/check-in", &link, &json!({})).await.expect(200);
        assert_eq!((&first["already"], &again["already"]), (&json!(false), &json!(true)));
        assert_eq!(first["ticket"]["number"], again["ticket"]["number"]);
        let ticket = app.get("/ticket", &link).await.expect(200);
        assert_eq!((&ticket["state"], &ticket["outside"]), (&json!("waiting"), &json!(false)));
        let page = app.get("/appointment", &link).await.expect(200);
        assert_eq!(page["may_check_in"], false);
    }
}

#[tokio::test]
async fn a_device_that_was_taken_away_opens_nothing_and_a_terminal_offers_what_it_is_told() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let here = terminal(&app, &slot["office_id"]).await;
        let admin = app.staff("admin").await;
        let own = app.get("/device", &here).await.expect(200);
        assert_eq!(own["self_service"], Value::Null);
        assert_eq!(own["signing_key"].as_str().map(str::len), Some(43));
        let path = format!("/devices/{}/self-service", own["id"].as_str().unwrap());
        let offer = |minutes: u16| json!({ "self_service": { "minutes": minutes, "opens": "in_frame" } });
        app.put(&path, &admin, &offer(2)).await.refused(422, "invalid_fields");
        app.put(&path, &admin, &offer(15)).await.expect(200);
        let own = app.get("/device", &here).await.expect(200);
        assert_eq!(own["self_service"], json!({ "minutes": 15, "opens": "in_frame" }));

        let booking = booked(&app, &slot).await;
        let revoke = format!("/devices/{}/revoke", own["id"].as_str().unwrap());
        app.post(&revoke, &admin, &json!({})).await.expect(200);
        typed(&app, &here, &booking["check_in_code"], 1).await.refused(401, "device_revoked");
    }
}

//! What bad input gets: a clear refusal, nothing half done, what was typed kept.

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::harness::fake_twilio::{ACCOUNT, SENDER, post_signed};
use system_tests::harness::{Api, Caller, eventually};
use system_tests::people::{Citizen, check_in, digits_after, enrol, fresh_key, list, text};
use system_tests::town::Town;

/// One town for all of it: the cases do not touch each other's slots and numbers.
#[tokio::test]
async fn bad_input_is_refused_clearly_and_changes_nothing() {
    let Some(town) = Town::cluster(1).await else { return };
    a_slot_taken_meanwhile_offers_others(&town).await;
    the_same_post_twice_is_one_booking_and_one_sms(&town).await;
    a_wrong_number_names_its_field(&town).await;
    wrong_codes_count_down_and_end_the_challenge(&town).await;
    the_terminal_says_which_code_is_wrong_and_why(&town).await;
    forged_webhooks_change_nothing(&town).await;
    what_is_no_request_gets_a_problem(&town).await;
}

async fn a_slot_taken_meanwhile_offers_others(town: &Town) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920021".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slots = citizen.free_slots(&slug).await;
    let slot = slots.last().expect("free slots");
    // Six counters: the seventh finds it taken.
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(citizen.holds(&slug, slot).await);
    }
    let data = citizen.tries_to_hold(&slug, slot).await.expect_problem(409, "slot_taken");
    assert!(!list(&data, "/nearest").is_empty(), "the nearest free slots are offered");

    // A hold that has gone is told as such, with other slots.
    let hold = held.pop().expect("six holds");
    let path = format!("/holds/{}", hold.id);
    town.api.send(town.api.request(Method::DELETE, &path, &hold.caller)).await.expect(204);
    let late = town.api.post_once("/bookings", &hold.caller, &fresh_key(), &citizen.form(&hold)).await;
    let data = late.expect_problem(409, "hold_expired");
    assert!(data["nearest"].is_array());
}

async fn the_same_post_twice_is_one_booking_and_one_sms(town: &Town) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920022".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(3);
    let hold = citizen.holds(&slug, &slot).await;
    let key = fresh_key();
    let form = citizen.form(&hold);
    let first = town.api.post_once("/bookings", &hold.caller, &key, &form).await.expect(201);
    let second = town.api.post_once("/bookings", &hold.caller, &key, &form).await.expect(201);
    assert_eq!(first, second);

    let mut other = form;
    other["name"] = json!("Erika Beispiel");
    let changed = town.api.post_once("/bookings", &hold.caller, &key, &other).await;
    assert_eq!(changed.status, 422, "the same key with another body: {}", changed.text);

    citizen.types_the_code(&hold, &text(&first, "/booking_id")).await;
    town.phones.message(&citizen.phone, "Termin bestätigt").await;
    let received = town.phones.received_by(&citizen.phone).await;
    assert_eq!(received.iter().filter(|it| it.contains("Ihr Code")).count(), 1, "{}", received.len());
}

async fn a_wrong_number_names_its_field(town: &Town) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: String::new() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(5);
    let hold = citizen.holds(&slug, &slot).await;
    let cases =
        [("12", "invalid"), ("", "required"), ("+43 664 1234567", "foreign"), ("030 1234567", "not_mobile")];
    for (typed, reason) in cases {
        let mut form = citizen.form(&hold);
        form["phone"] = json!(typed);
        let answer = town.api.post_once("/bookings", &hold.caller, &fresh_key(), &form).await;
        assert_eq!(answer.status, 422, "{reason}: {}", answer.text);
        let field = list(&answer.body, "/fields").iter().find(|it| it["field"] == "phone").cloned();
        assert_eq!(field.as_ref().map(|it| &it["code"]), Some(&json!(reason)), "{}", answer.text);
    }
    // The hold stands; the form can be sent again.
    let right = Citizen { phone: "0171 3920023".to_owned(), ..citizen };
    right.sends_the_form(&hold).await;
}

async fn wrong_codes_count_down_and_end_the_challenge(town: &Town) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920024".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(7);
    let hold = citizen.holds(&slug, &slot).await;
    let booking = text(&citizen.sends_the_form(&hold).await, "/booking_id");
    let right = digits_after(&town.phones.message(&citizen.phone, "Ihr Code").await, "Ihr Code: ");
    let wrong = if right == "111111" { "222222" } else { "111111" };
    let path = format!("/bookings/{booking}/verify");
    for typed in ["", "12345", "1234567", "zwölf3", "💣💣💣💣💣💣"] {
        let body = json!({ "code": typed });
        town.api.post(&path, &hold.caller, &body).await.expect_problem(422, "invalid");
    }
    for left in [4, 3, 2, 1] {
        let data = town
            .api
            .post(&path, &hold.caller, &json!({ "code": wrong }))
            .await
            .expect_problem(422, "wrong_code");
        assert_eq!(data["tries_left"], left);
    }
    let fifth = town.api.post(&path, &hold.caller, &json!({ "code": wrong })).await;
    assert!([409, 422].contains(&fifth.status), "{}", fifth.text);
    let dead = town.api.post(&path, &hold.caller, &json!({ "code": right })).await;
    let data = dead.expect_problem(409, "challenge_dead");
    assert!(data["resend_at"].is_string(), "a new code is possible later: {data}");
}

async fn the_terminal_says_which_code_is_wrong_and_why(town: &Town) {
    let api = &town.api;
    let citizen = Citizen { api, phones: &town.phones, phone: "0171 3920025".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slots = citizen.free_slots(&slug).await;
    let today = town.today().await;
    let admin = town.admin().await;
    let home = text(&slots[0], "/office_id");

    let tomorrow = slots.iter().find(|it| it["day"] != today.as_str()).expect("slots of tomorrow");
    let booked = citizen.books(&slug, tomorrow).await;
    let terminal = enrol(api, &admin, "terminal", &town.office(&text(tomorrow, "/office_id")).await).await;
    let code = text(&booked.appointment, "/check_in_code");
    let data = check_in(api, &terminal, &code).await.expect_problem(409, "check_in_other_day");
    assert_eq!(data["starts_at"], tomorrow["starts_at"]);

    let elsewhere = slots
        .iter()
        .find(|it| it["office_id"] != home.as_str() && it["day"] == today.as_str())
        .expect("two offices");
    let other = Citizen { phone: "0171 3920026".to_owned(), ..citizen };
    let booked = other.books(&slug, elsewhere).await;
    let terminal = enrol(api, &admin, "terminal", &town.office(&home).await).await;
    let code = text(&booked.appointment, "/check_in_code");
    let data = check_in(api, &terminal, &code).await.expect_problem(409, "check_in_other_office");
    assert_eq!(data["office_name"], elsewhere["office_name"]);

    api.post("/appointment/cancel", &booked.link, &json!({})).await.expect(200);
    let at_home = enrol(api, &admin, "terminal", &town.office(&text(elsewhere, "/office_id")).await).await;
    check_in(api, &at_home, &code).await.expect_problem(409, "check_in_cancelled");

    // Guessing ends after five tries in a minute, on this device only.
    let guesser = enrol(api, &admin, "terminal", &town.office(&home).await).await;
    let mut answers = Vec::new();
    for guess in 0..6 {
        answers.push(check_in(api, &guesser, &format!("9{guess}000000")).await);
    }
    let throttled = answers.pop().expect("six answers");
    assert!(answers.iter().all(|it| it.status == 404 || it.status == 422), "{:?}", answers[0]);
    assert!(throttled.expect_problem(429, "too_many_tries")["retry_at"].is_string());
    assert_ne!(check_in(api, &at_home, &code).await.status, 429);
}

async fn forged_webhooks_change_nothing(town: &Town) {
    // First what is on its way arrives: afterwards only a forged webhook could change a state.
    let before = eventually("every message is delivered", async || {
        let states = states(town);
        // Who arrives at once needs no confirmation any more.
        let over = |state: &String| state.ends_with("|delivered") || state.ends_with("|superseded");
        states.iter().all(over).then_some(states)
    })
    .await;
    let sent = town.twilio().ledger().pop().expect("messages were sent");
    let genuine = sent.status_callback.expect("we ask for callbacks");
    let parameters = [
        ("AccountSid", ACCOUNT),
        ("MessageSid", sent.sid.as_str()),
        ("MessageStatus", "failed"),
        ("ErrorCode", "30003"),
        ("From", SENDER),
        ("To", sent.to.as_str()),
    ];
    assert_eq!(post_signed(&genuine, &parameters, "not the token").await, 403);
    let sms = format!("{}/hooks/twilio/sms", town.api.base);
    let storno = [("From", sent.to.as_str()), ("To", SENDER), ("Body", "STORNO"), ("MessageSid", "SM1")];
    assert_eq!(post_signed(&sms, &storno, "not the token").await, 403);
    let unsigned =
        system_tests::harness::http::client().post(&sms).form(&storno).send().await.expect("an answer");
    assert_eq!(unsigned.status(), 403);
    assert_eq!(states(town), before);
}

/// Every message with its state.
fn states(town: &Town) -> Vec<String> {
    town.sql().sql("SELECT id, state FROM message ORDER BY id")
}

async fn what_is_no_request_gets_a_problem(town: &Town) {
    let api = &town.api;
    api.get("/nowhere", &Caller::Nobody).await.expect_problem(404, "not_found");
    let broken =
        api.request(Method::POST, "/holds", &Caller::Nobody).header("Content-Type", "application/json");
    let broken = api.send(broken.body("{\"items\": [")).await;
    assert_eq!((broken.status, problem(&broken.content_type)), (400, true), "{}", broken.text);
    let oversized = json!({ "items": [], "filler": "x".repeat(80 * 1024) });
    // Its connection ends with it, so it is one of its own.
    let oversized = Api::at(&api.base).post("/holds", &Caller::Nobody, &oversized).await;
    assert_eq!((oversized.status, problem(&oversized.content_type)), (413, true), "{}", oversized.text);
    let nobody = api.get("/ops/overview?hours=1", &Caller::Nobody).await;
    assert_eq!((nobody.status, problem(&nobody.content_type)), (401, true), "{}", nobody.text);
    for answer in [broken, oversized, nobody] {
        assert!(
            answer.body["code"].is_string() && answer.body["request_id"] != Value::Null,
            "{}",
            answer.text
        );
    }
}

fn problem(content_type: &str) -> bool {
    content_type.starts_with("application/problem+json")
}

//! Offers of the waiting list as their links meet them: one tap of many at two servers, and one that comes too late.

use std::sync::Arc;

use chrono::Duration;
use domain::appointments::waiting::OFFER_LIFETIME;
use domain::messaging::Lane;
use operations::messaging::delivery;
use operations::testing;
use serde_json::{Value, json};

use crate::support::{Caller, SERVICE, TestApp, slots_of_day};

const WAITS: &str = "0171 3920025";

/// Somebody gets onto the list for the day of a slot.
async fn waits_for(app: &TestApp, day: &Value) {
    app.texted_codes().await;
    let wish = json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "wish": { "from_day": day, "to_day": day },
        "name": "Erika Exempel",
        "address": "Beispielweg 1, 12345 Musterstadt",
        "phone": WAITS,
        "language": "de",
    });
    let pending = app.post("/waiting-list", &Caller::Nobody, &wish).await.expect(201);
    let code = json!({ "token": pending["token"], "code": app.texted_code().await });
    app.post("/waiting-list/verify", &Caller::Nobody, &code).await.expect(200);
}

/// The secret in the link of the offer that is about to be sent.
async fn offered(app: &TestApp) -> String {
    operations::appointments::offer_freed(&app.app).await.unwrap();
    for lane in Lane::ALL {
        for id in delivery::due_in_lane(&app.app, lane, "simulator", 100).await.unwrap() {
            let claimed = delivery::claim(&app.app, id, "simulator", Duration::minutes(1)).await.unwrap();
            let body = claimed.map(|claimed| claimed.outgoing.text().to_owned()).unwrap_or_default();
            if let Some((_, link)) = body.split_once("/a/") {
                return link.chars().take_while(char::is_ascii_alphanumeric).collect();
            }
        }
    }
    panic!("no offer is due");
}

/// A slot that was cancelled and is offered to somebody who waits: the slot and the secret of the offer.
/// On one connection: what is looked up while an offer is taken is looked up in its transaction.
#[tokio::test]
async fn an_offer_needs_no_second_connection() {
    for app in testing::apps().await {
        let app = app.on_one_connection().await;
        let town = testing::town(&app).await;
        let app = TestApp::start_on(app, town, |_| {}, |_| {}).await;
        app.furnish().await;
        let (_, token) = offer(&app).await;
        app.post("/offers/accept", &Caller::Nobody, &json!({ "token": token })).await.expect(200);
    }
}

async fn offer(app: &TestApp) -> (Value, String) {
    let link = Caller::Bearer(app.booked("0171 3920024").await);
    // What begins soon is free for everybody at once; what is days ahead is offered first.
    let ahead = (app.app.clock.now() + Duration::days(3)).date_naive();
    let found = app.get(&format!("/appointment/slots?from={ahead}&days=1"), &link).await.expect(200);
    let to = slots_of_day(&found["places"], &found["days"][0]).swap_remove(0);
    let to = json!({ "pool_id": to["pool_id"], "starts_at": to["starts_at"] });
    let slot = app.post("/appointment/move", &link, &to).await.expect(200);
    waits_for(app, &slot["day"]).await;
    app.post("/appointment/cancel", &link, &json!({})).await.expect(200);
    (slot, offered(app).await)
}

#[tokio::test]
async fn an_offer_that_has_expired_says_so_and_books_nothing() {
    for app in TestApp::furnished_everywhere().await {
        let (_, token) = offer(&app).await;
        let token = json!({ "token": token });
        app.app.clock.advance(OFFER_LIFETIME);
        app.post("/offers/accept", &Caller::Nobody, &token).await.refused(409, "offer_expired");
        let page = app.post("/offers/show", &Caller::Nobody, &token).await.expect(200);
        assert_eq!(page["state"], "expired");
        let unknown = json!({ "token": "NICHTBEKANNT" });
        let unknown = app.post("/offers/accept", &Caller::Nobody, &unknown).await;
        assert_eq!(unknown.status, 404, "{}", unknown.text());
    }
}

#[tokio::test]
async fn an_offer_for_a_day_that_was_closed_meanwhile_books_nothing() {
    for app in TestApp::furnished_everywhere().await {
        let (slot, token) = offer(&app).await;
        let admin = app.staff("admin").await;
        let closed = json!({
            "scope": "town",
            "from_day": slot["day"],
            "from_time": "00:00",
            "until_day": slot["day"],
            "until_time": "24:00",
            "reason": "Wasserschaden",
        });
        app.post("/planning/closures", &admin, &closed).await.expect(201);
        let accept = json!({ "token": token });
        app.post("/offers/accept", &Caller::Nobody, &accept).await.refused(409, "offer_expired");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_offer_is_taken_by_one_tap_of_many() {
    for app in TestApp::furnished_everywhere().await {
        let (slot, token) = offer(&app).await;
        let second = Arc::new(app.second_server().await);
        let first = Arc::new(app);
        let taps: Vec<_> = (0..12)
            .map(|number| {
                let server = Arc::clone(if number % 2 == 0 { &first } else { &second });
                let body = json!({ "token": token });
                tokio::spawn(async move { server.post("/offers/accept", &Caller::Nobody, &body).await })
            })
            .collect();
        let mut taken = Vec::new();
        for tap in taps {
            let answer = tap.await.unwrap();
            match answer.status.as_u16() {
                200 => taken.push(answer.json()),
                _ => drop(answer.refused(409, "offer_taken")),
            }
        }
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0]["appointment"]["starts_at"], slot["starts_at"]);
    }
}

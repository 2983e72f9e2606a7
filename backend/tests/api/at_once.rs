//! What many ask at the same moment is decided one after the other, and what was closed or changed meanwhile is seen.

use futures::future::join_all;
use poem::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, SERVICE, TestApp, hold_for};

#[tokio::test]
async fn a_network_that_asks_at_once_keeps_no_more_than_one_by_one() {
    for app in TestApp::furnished_everywhere().await {
        let slots = app.free_slots().await;
        let most = app.town.settings.holds_per_network as usize;
        let wishes: Vec<Value> = slots.iter().cycle().take(most * 3).map(|slot| hold_for(slot, 1)).collect();
        let answers = join_all(wishes.iter().map(|wish| app.post("/holds", &Caller::Nobody, wish))).await;
        let count = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert!(count(StatusCode::CREATED) <= most, "{} of {most}", count(StatusCode::CREATED));
        assert_eq!(count(StatusCode::INTERNAL_SERVER_ERROR), 0);
        // One by one the rest of them may be had, and no more.
        for slot in slots.iter().cycle().take(most * 2) {
            app.post("/holds", &Caller::Nobody, &hold_for(slot, 1)).await;
        }
        app.post("/holds", &Caller::Nobody, &hold_for(&app.free_slot().await, 1))
            .await
            .refused(429, "too_many_holds");
    }
}

#[tokio::test]
async fn one_number_books_a_service_once_however_many_desks_press() {
    for app in TestApp::furnished_everywhere().await {
        let desk = app.staff("desk").await;
        let slots = app.free_slots().await;
        let wishes: Vec<Value> = slots
            .iter()
            .take(8)
            .map(|slot| {
                let mut wish = hold_for(slot, 1);
                wish["name"] = json!("Erika Exempel");
                wish["phone"] = json!("0171 3920026");
                wish
            })
            .collect();
        let answers = join_all(wishes.iter().map(|wish| app.post("/staff/bookings", &desk, wish))).await;
        let booked = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
        let texts: Vec<String> = answers.iter().map(Answer::text).collect();
        assert_eq!(booked, 1, "{texts:?}");
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500), "{texts:?}");
        app.post("/staff/bookings", &desk, &wishes[7]).await.refused(409, "already_booked");
    }
}

#[tokio::test]
async fn what_was_refused_before_a_service_changed_is_not_refused_after() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let path = app.path_of_service(&admin).await;
        let mut found = app.get(&path, &admin).await.expect(200);
        let most = found["service"]["max_quantity"].as_u64().unwrap();
        let ask = format!("/slots?items={SERVICE}:{}", most + 1);
        app.free_slot().await;
        app.get(&ask, &Caller::Nobody).await.refused(422, "invalid");
        found["service"]["max_quantity"] = json!(most + 1);
        app.put(&path, &admin, &found).await.expect(200);
        // Nothing else was asked for in between that would have read the plan anew.
        app.get(&ask, &Caller::Nobody).await.expect(200);
    }
}

#[tokio::test]
async fn days_beyond_all_reckoning_are_refused_like_any_other() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let link = Caller::Bearer(app.booked("0171 3920027").await);
        let mut far = hold_for(&app.free_slot().await, 1);
        for starts_at in ["+262142-12-31T23:55:00Z", "-262143-01-01T00:00:00Z", "9999-12-31T23:55:00Z"] {
            far["starts_at"] = json!(starts_at);
            let to = json!({ "pool_id": far["pool_id"], "starts_at": starts_at });
            for answer in [
                app.post("/holds", &Caller::Nobody, &far).await,
                app.post("/appointment/move", &link, &to).await,
                app.post("/staff/bookings", &admin, &far).await,
            ] {
                assert!((400..500).contains(&answer.status.as_u16()), "{starts_at}: {}", answer.text());
            }
        }
        for (from, to) in [("+262142-12-01", "+262142-12-31"), ("9999-01-01", "9999-01-10")] {
            let wish = json!({
                "items": [{ "service": SERVICE, "quantity": 1 }],
                "wish": { "from_day": from, "to_day": to },
                "name": "Erika Exempel",
                "address": "Beispielweg 1, 12345 Musterstadt",
                "phone": "0171 3920028",
            });
            app.post("/waiting-list", &Caller::Nobody, &wish).await.refused(422, "invalid");
        }
        let closed = json!({
            "scope": "town",
            "from_day": "2026-12-01",
            "from_time": "00:00",
            "until_day": "+262142-12-31",
            "until_time": "24:00",
            "reason": "Probe",
        });
        let answer = app.post("/planning/closures/preview", &admin, &closed).await;
        assert!(answer.status.as_u16() < 500, "{}", answer.text());
    }
}

//! What bookings and planning say to what cannot be: a clear refusal with a stable code beside its field, nothing lost.

use serde_json::{Value, json};

use crate::support::{Caller, SERVICE, TestApp, hold_for};

/// The one field that is wrong, and its code.
fn field(problem: &Value) -> (&str, &str) {
    let fields = problem["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 1, "{problem}");
    (fields[0]["field"].as_str().unwrap(), fields[0]["code"].as_str().unwrap())
}

#[tokio::test]
async fn too_many_persons_too_far_ahead_and_between_the_starts() {
    for app in TestApp::furnished_everywhere().await {
        let slot = app.free_slot().await;
        let fifty = app.post("/holds", &Caller::Nobody, &hold_for(&slot, 50)).await.refused(422, "invalid");
        assert_eq!(field(&fifty), ("items", "quantity"));
        let fifty = app.get(&format!("/slots?items={SERVICE}:50"), &Caller::Nobody).await;
        assert_eq!(field(&fifty.refused(422, "invalid")), ("items", "quantity"));

        let mut far = hold_for(&slot, 1);
        far["starts_at"] = json!("2036-11-24T09:00:00Z");
        let far = app.post("/holds", &Caller::Nobody, &far).await.refused(409, "slot_beyond_horizon");
        assert!(far["data"]["nearest"].is_array(), "{far}");
        let later =
            app.get(&format!("/slots?items={SERVICE}:1&from=2036-11-24&days=7"), &Caller::Nobody).await;
        let later = later.expect(200);
        assert!(later["days"].as_array().unwrap().iter().all(|day| day["free"] == json!([])), "{later}");

        let mut between = hold_for(&slot, 1);
        between["starts_at"] = json!(slot["starts_at"].as_str().unwrap().replace(":00Z", ":07Z"));
        let between = app.post("/holds", &Caller::Nobody, &between).await.refused(422, "invalid");
        assert_eq!(field(&between), ("starts_at", "invalid"));
        app.post("/holds", &Caller::Nobody, &hold_for(&slot, 1)).await.expect(201);
    }
}

#[tokio::test]
async fn a_name_may_be_written_in_any_script_but_starts_no_new_line() {
    for app in TestApp::furnished_everywhere().await {
        for (name, wrong) in [
            ("Zoë 🦉 Şahin-Nguyễn", None),
            ("Erika\r\nBcc: alle@example.org", Some("invalid")),
            ("Erika\u{202e}elpmexE", Some("invalid")),
            (" ", Some("required")),
        ] {
            let hold = app.held().await;
            let by = Caller::Bearer(hold["token"].as_str().unwrap().to_owned());
            let form = json!({
                "hold_id": hold["id"],
                "name": name,
                "phone": "0171 3920022",
                "address": "Beispielweg 1, 12345 Musterstadt",
            });
            let answer = app.post("/bookings", &by, &form).await;
            match wrong {
                None => {
                    answer.expect(201);
                }
                Some(code) => assert_eq!(field(&answer.refused(422, "invalid")), ("name", code), "{name:?}"),
            }
            if wrong.is_some() {
                // What was typed is corrected, not begun again: the slot is still kept.
                let mut right = form;
                right["name"] = json!("Erika Exempel");
                right["phone"] = json!("0171 3920023");
                let kept = app.post("/bookings", &by, &right).await;
                assert!(matches!(kept.status.as_u16(), 201 | 409), "{}", kept.text());
            }
        }
    }
}

#[tokio::test]
async fn one_network_keeps_some_slots_and_not_all() {
    for app in TestApp::furnished_everywhere().await {
        let slots = app.free_slots().await;
        let mut held = 0;
        let mut refused = 0;
        for slot in slots.iter().cycle().take(1_000) {
            let answer = app.post("/holds", &Caller::Nobody, &hold_for(slot, 1)).await;
            match answer.status.as_u16() {
                201 => held += 1,
                429 => {
                    answer.refused(429, "too_many_holds");
                    refused += 1;
                }
                // Its counters are all kept by now.
                _ => {
                    answer.refused(409, "slot_taken");
                }
            }
        }
        let most = app.town.settings.holds_per_network;
        assert_eq!(held, most, "of 1,000 asked for, {refused} were refused");
        assert!(refused >= 900, "{refused}");
    }
}

#[tokio::test]
async fn a_link_used_again_says_where_things_stand() {
    for app in TestApp::furnished_everywhere().await {
        let link = Caller::Bearer(app.booked("0171 3920024").await);
        app.post("/appointment/cancel", &link, &json!({})).await.expect(200);
        let again = app.post("/appointment/cancel", &link, &json!({})).await;
        assert!(matches!(again.status.as_u16(), 200 | 409), "{}", again.text());
        let page = app.get("/appointment", &link).await.expect(200);
        assert_eq!(page["state"], "cancelled_by_citizen", "{page}");
        let moved = json!({ "pool_id": app.free_slot().await["pool_id"], "starts_at": app.free_slot().await["starts_at"] });
        app.post("/appointment/move", &link, &moved).await.refused(409, "not_movable");
        app.get("/appointment", &Caller::Bearer("kein-link".to_owned())).await.refused(401, "not_signed_in");
    }
}

#[tokio::test]
async fn rules_that_open_nothing_and_terms_beyond_reason() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let pool = app.free_slot().await["pool_id"].as_str().unwrap().to_owned();
        let path = format!("/planning/pools/{pool}/opening");
        let opening = app.get(&path, &admin).await.expect(200);
        for (change, wrong, code) in [
            (json!({ "public": 0, "staff": 0 }), "rules[0].public", "required"),
            (json!({ "weekdays": [] }), "rules[0].weekdays", "required"),
            (json!({ "opens": "12:00", "closes": "08:00" }), "rules[0].closes", "ends_before_it_begins"),
            (json!({ "opens": "08:03" }), "rules[0].opens", "off_the_grid"),
            (json!({ "opens": "25:00" }), "rules[0].opens", "invalid"),
            (json!({ "every_weeks": 0 }), "rules[0].every_weeks", "out_of_range"),
        ] {
            let mut body = opening.clone();
            for (name, value) in change.as_object().unwrap() {
                body["rules"][0][name] = value.clone();
            }
            let refused = app.put(&path, &admin, &body).await.refused(422, "invalid");
            assert_eq!(field(&refused), (wrong, code));
        }
        assert_eq!(app.get(&path, &admin).await.expect(200), opening, "nothing was changed");
        // Rules that overlap add up: "one counter more on Thursdays" is a second rule.
        let mut twice = opening.clone();
        let first = twice["rules"][0].clone();
        twice["rules"].as_array_mut().unwrap().push(first);
        app.put(&path, &admin, &twice).await.expect(200);

        let mut terms = app.get("/planning/terms", &admin).await.expect(200);
        terms["horizon_days"] = json!(3_650);
        let ten_years = app.put("/planning/terms", &admin, &terms).await.refused(422, "invalid");
        assert_eq!(field(&ten_years), ("horizon_days", "out_of_range"));
    }
}

#[tokio::test]
async fn a_service_that_is_offered_nowhere_is_not_saved_and_one_switched_off_is_not_booked() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let path = app.path_of_service(&admin).await;
        let found = app.get(&path, &admin).await.expect(200);
        let mut nowhere = found.clone();
        nowhere["offers"] = json!([]);
        let refused = app.put(&path, &admin, &nowhere).await.refused(422, "invalid");
        assert_eq!(field(&refused), ("offers", "required"));
        let slot = app.free_slot().await;
        nowhere["service"]["active"] = json!(false);
        app.put(&path, &admin, &nowhere).await.expect(200);
        let gone = app.post("/holds", &Caller::Nobody, &hold_for(&slot, 1)).await.refused(422, "invalid");
        assert_eq!(field(&gone), ("items", "unknown_service"));
        app.put(&path, &admin, &found).await.refused(409, "changed_meanwhile");
    }
}

#[tokio::test]
async fn an_hour_that_the_clocks_skip_is_no_time_to_close_or_to_begin() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let skipped = json!({
            "scope": "town",
            "from_day": "2027-03-28",
            "from_time": "02:00",
            "until_day": "2027-03-28",
            "until_time": "03:00",
            "reason": "Probe",
        });
        for path in ["/planning/closures/preview", "/planning/closures"] {
            let refused = app.post(path, &admin, &skipped).await.refused(422, "invalid");
            assert_eq!(field(&refused).1, "ends_before_it_begins");
        }
        let mut longer = skipped;
        longer["until_time"] = json!("03:30");
        app.post("/planning/closures", &admin, &longer).await.expect(201);

        // Rules of a night open nothing in the hour that is not there; what begins then cannot be held.
        let mut slot = app.free_slot().await;
        slot["starts_at"] = json!("2027-03-28T02:30:00+01:00");
        let refused = app.post("/holds", &Caller::Nobody, &hold_for(&slot, 1)).await;
        refused.refused(409, "slot_beyond_horizon");
    }
}

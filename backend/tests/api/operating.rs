//! What operators do with many messages, and what those who only watch cannot do; `/metrics`.

use backend::figures::{Asked, render};
use chrono::Duration;
use domain::ids::MessageId;
use domain::messaging::attempt::SendOutcome;
use operations::messaging::delivery;
use operations::testing;
use serde_json::{Value, json};

use crate::support::TestApp;

/// The confirmation of an appointment, which failed.
async fn failed_message(app: &TestApp) -> String {
    app.booked("0171 3920041").await;
    let ops = app.staff("ops").await;
    let query = json!({ "search": "0171 3920041", "kind": "booking_confirmed", "states": ["queued"] });
    let list = app.post("/ops/messages/search", &ops, &query).await.expect(200);
    let id = list["messages"][0]["id"].as_str().unwrap().to_owned();
    let message = MessageId(id.parse().unwrap());
    let claimed =
        delivery::claim(&app.app, message, "simulator", Duration::minutes(1)).await.unwrap().unwrap();
    delivery::finish(&app.app, &claimed, &SendOutcome::refused(30007, 400)).await.unwrap();
    id
}

fn everything_failed(app: &TestApp) -> Value {
    let now = app.app.clock.now();
    json!({ "action": "retry", "from": now - Duration::hours(1), "until": now + Duration::hours(1) })
}

#[tokio::test]
async fn many_are_tried_out_given_a_reason_and_sent_again() {
    for app in TestApp::furnished_everywhere().await {
        let ops = app.staff("ops").await;
        let id = failed_message(&app).await;
        app.app.clock.advance(Duration::seconds(1));
        let query = everything_failed(&app);
        let preview = app.post("/ops/bulk/preview", &ops, &query).await.expect(200);
        assert_eq!((preview["changes"].as_u64(), preview["needs_second"].as_bool()), (Some(1), Some(false)));
        assert_eq!(preview["verdicts"], json!([{ "verdict": "send", "count": 1 }]));
        let segments = preview["segments"].as_u64().unwrap();
        assert_eq!(preview["cost_cents"], json!((segments * 75).div_ceil(10)), "7.5 cents each");
        let silent = json!({ "query": query, "expected": 1, "reason": " " });
        assert_eq!(app.post("/ops/bulk", &ops, &silent).await.expect(422)["code"], "invalid");
        let wish = json!({ "query": query, "expected": 1, "reason": "Störung behoben" });
        let done = app.post("/ops/bulk", &ops, &wish).await.expect(200);
        assert_eq!(
            (&done["state"], &done["done"], &done["asked_by_me"]),
            (&json!("done"), &json!(1), &json!(true))
        );
        let story = app.get(&format!("/ops/messages/{id}"), &ops).await.expect(200);
        assert_eq!(story["state"], "queued");
        let acts = app.get("/ops/acts", &ops).await.expect(200);
        assert_eq!((&acts["acts"][0]["subject"], &acts["acts"][0]["messages"]), (&json!("bulk"), &json!(1)));
        assert_eq!(acts["acts"].as_array().unwrap().len(), 1, "not each of its messages");
        let acts = app.get("/ops/acts?kind=message", &ops).await.expect(200);
        assert!(acts["acts"].as_array().unwrap().iter().all(|act| act["who"] == "M. Exempel"));
        assert!(acts["acts"].as_array().unwrap().iter().any(|act| act["subject_id"] == json!(id)));
        assert_eq!(app.post("/ops/bulk", &ops, &wish).await.expect(409)["code"], "bulk_empty");
        // A word nobody knows selects nothing; it does not select everything.
        for field in ["kind", "channel", "class"] {
            let mut query = everything_failed(&app);
            query[field] = json!("remindr");
            let refused = app.post("/ops/bulk/preview", &ops, &query).await.expect(422);
            assert_eq!(refused["fields"][0]["field"], field);
            let wish = json!({ "query": query, "expected": 1, "reason": "Störung behoben" });
            app.post("/ops/bulk", &ops, &wish).await.expect(422);
            app.post("/ops/messages/search", &ops, &json!({ field: "remindr" })).await.expect(422);
        }
        for path in [
            "messages?state=deliverd",
            "messages?cursor=zzz",
            "acts?cursor=zzz",
            "acts?cursor=a.b",
            "acts?kind=nothing",
        ] {
            app.get(&format!("/ops/{path}"), &ops).await.expect(422);
        }
        let mut query = everything_failed(&app);
        query["until"] = query["from"].clone();
        app.post("/ops/bulk/preview", &ops, &query).await.expect(422);
    }
}

#[tokio::test]
async fn whoever_only_watches_sees_everything_and_changes_nothing() {
    for app in TestApp::furnished_everywhere().await {
        let ops = app.staff("ops").await;
        let observer = app.staff("observer").await;
        let id = failed_message(&app).await;
        let proposal = testing::proposed_bulk(&app.app, &app.town).await;
        let opt_out = testing::opt_out(&app.app, &app.town).await;
        let written = testing::inbound("IN-1", 62, "Hilfe");
        operations::messaging::record_inbound(&app.app, &app.town, written).await.unwrap();
        let found = app
            .post("/ops/inbound/search", &observer, &json!({ "outcomes": ["answered"] }))
            .await
            .expect(200);
        let written = found["messages"][0]["id"].as_str().unwrap();
        assert_eq!(found["messages"][0]["from"], "••••0062");
        for path in
            ["overview", "messages", "bulk", "tomorrow", "opt-outs", "acts", &format!("messages/{id}")]
        {
            app.get(&format!("/ops/{path}"), &observer).await.expect(200);
        }
        let query = everything_failed(&app);
        app.post("/ops/bulk/preview", &observer, &query).await.expect(200);
        let why = json!({ "reason": "Probe" });
        let acts = [
            (format!("/ops/messages/{id}/retry"), why.clone()),
            (format!("/ops/messages/{id}/cancel"), why.clone()),
            (format!("/ops/messages/{id}/reveal"), why.clone()),
            (format!("/ops/inbound/{written}/reveal"), why),
            ("/ops/bulk".to_owned(), json!({ "query": query, "expected": 1, "reason": "Probe" })),
            (format!("/ops/bulk/{proposal}/agree"), Value::Null),
            (format!("/ops/bulk/{proposal}/withdraw"), Value::Null),
            (format!("/ops/opt-outs/{opt_out}/lift"), json!({ "channel": "sms", "reason": "Probe" })),
        ];
        for (path, body) in acts {
            app.post(&path, &observer, &body).await.refused(403, "not_allowed");
        }
        app.get("/counters", &observer).await.expect(403);
        let story = app.get(&format!("/ops/messages/{id}"), &ops).await.expect(200);
        assert_eq!(story["state"], "failed");
    }
}

#[tokio::test]
async fn what_is_over_is_not_sent_again_and_the_page_knows_why() {
    for app in TestApp::furnished_everywhere().await {
        let id = failed_message(&app).await;
        app.app.clock.advance(Duration::days(3));
        let ops = app.staff("ops").await;
        let story = app.get(&format!("/ops/messages/{id}"), &ops).await.expect(200);
        assert_eq!((&story["may_retry"], &story["not_again"]), (&json!(false), &json!("expired")));
        let path = format!("/ops/messages/{id}/retry");
        let refused = app.post(&path, &ops, &json!({ "reason": "Probe" })).await.expect(409);
        assert_eq!(
            (&refused["code"], &refused["data"]["why"]),
            (&json!("not_sent_again"), &json!("expired"))
        );
    }
}

#[tokio::test]
async fn the_figures_tell_of_messages_workers_jobs_and_the_database() {
    runtime::metrics::recorder();
    for app in TestApp::furnished_everywhere().await {
        failed_message(&app).await;
        operations::messaging::upkeep::beat(&app.app, "w", &["sms"], app.app.clock.now()).await.unwrap();
        let hour = Duration::hours(1);
        operations::messaging::upkeep::take(&app.app, "erase_old", hour).await.unwrap();
        let text = render(&app.app, &Asked::default()).await;
        for line in [
            "lotse_messages{state=\"failed\"} ",
            "lotse_messages_due{",
            "lotse_messages_oldest_due_seconds{lane=\"codes\"} ",
            "lotse_messages_ended_15m{channel=\"sms\",state=\"failed\"} ",
            "lotse_delivery_failures_15m{channel=\"sms\",class=\"G\"} ",
            "lotse_reminders_late ",
            "lotse_workers_alive ",
            "lotse_job_overdue_seconds{job=\"erase_old\"} ",
            "lotse_job_failed{job=\"erase_old\"} ",
            "lotse_bulk_running ",
            "lotse_queue_hints_out ",
            "lotse_sms_budget_share{town=\"musterstadt\"} ",
            "lotse_sms_unusual_towns 0",
            "lotse_codes_guarded_towns 0",
            "lotse_panics_total ",
            "lotse_database_up 1",
            "lotse_build_info{version=",
            "lotse_http_requests_total{",
            "lotse_http_request_seconds_bucket{",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("39200"), "no number in the figures");
    }
}

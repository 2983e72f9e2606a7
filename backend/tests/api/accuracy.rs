//! How good the announced waits were, over HTTP.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn a_period_without_visits_is_empty_and_a_wrong_one_is_refused() {
    for app in TestApp::furnished_everywhere().await {
        let admin = app.staff("admin").await;
        let path = "/statistics/accuracy?from=2026-03-02&to=2026-03-29";
        let report = app.get(path, &admin).await.expect(200);
        assert_eq!((&report["from"], &report["to"]), (&json!("2026-03-02"), &json!("2026-03-29")));
        assert_eq!((&report["walk_in"], &report["hours"]), (&Value::Null, &json!([])));
        for wrong in ["?from=2026-03-29&to=2026-03-02", "?from=2025-01-01&to=2026-03-02"] {
            let refused = app.get(&format!("/statistics/accuracy{wrong}"), &admin).await.expect(422);
            assert_eq!(refused["code"], "period_invalid", "{wrong}");
        }
    }
}

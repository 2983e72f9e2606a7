//! Who may call what: every operation of the description has a row, and is called as everybody.

use domain::actor::Actor;
use domain::devices::DeviceKind;
use operations::devices::NewDevice;
use poem::http::Method;
use serde_json::Value;

use crate::contract::{operations, spec};
use crate::support::{Caller, TestApp};

/// Everybody there is, in the order of the table's columns.
const WHO: [&str; 9] = ["nobody", "citizen", "hold", "ticket", "terminal", "display", "desk", "admin", "ops"];

/// `x`: may call (and may then be refused for other reasons); `.`: is turned away with 401 or 403.
const TABLE: &[(&str, &str)] = &[
    //                        n c h t T D d a o
    ("get_town", "x x x x x x x x x"),
    ("sign_in", "x x x x x x x x x"),
    ("sign_out", ". . . . . . x x x"),
    ("get_me", ". . . . . . x x x"),
    ("list_staff", ". . . . . . . x ."),
    ("add_staff", ". . . . . . . x ."),
    ("deactivate_staff", ". . . . . . . x ."),
    ("enrol_device", "x x x x x x x x x"),
    ("get_device", ". . . . x x . . ."),
    ("list_devices", ". . . . . . . x ."),
    ("create_device", ". . . . . . . x ."),
    ("renew_device_code", ". . . . . . . x ."),
    ("revoke_device", ". . . . . . . x ."),
];

#[tokio::test]
async fn every_operation_lets_in_whom_the_table_names_and_nobody_else() {
    let app = TestApp::start().await;
    app.furnish().await;
    let callers = callers(&app).await;
    let spec = spec();
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for (method, path, operation) in operations(&spec) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let Some((_, row)) = TABLE.iter().find(|(name, _)| *name == id) else {
            wrong.push(format!("{id} ({method} {path}) has no row in the table"));
            continue;
        };
        for (column, allowed) in row.split(' ').enumerate() {
            let Some(caller) = callers.get(column).and_then(Option::as_ref) else { continue };
            let status = call(&app, &method, &path, &operation, caller).await;
            let let_in = !matches!(status, 401 | 403);
            // A wrong password is a 401 to somebody who may ask.
            let let_in = let_in || (id == "sign_in" && status == 401);
            if status >= 500 || let_in != (allowed == "x") {
                wrong.push(format!("{id} as {}: {status}, but the table says `{allowed}`", WHO[column]));
            }
        }
        seen.push(id);
    }
    for (id, _) in TABLE {
        if !seen.iter().any(|seen| seen == id) {
            wrong.push(format!("{id} is in the table but not in the API"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The callers by column.
async fn callers(app: &TestApp) -> Vec<Option<Caller>> {
    vec![
        Some(Caller::Nobody),
        None,
        None,
        None,
        Some(device(app, DeviceKind::Terminal).await),
        Some(device(app, DeviceKind::Display).await),
        Some(app.staff("desk").await),
        Some(app.staff("admin").await),
        Some(app.staff("ops").await),
    ]
}

async fn device(app: &TestApp, kind: DeviceKind) -> Caller {
    let office = operations::town::offices(&app.app, &app.town).await.unwrap()[0].id;
    let new = NewDevice { kind, name: "Probe".to_owned(), office, zones: Vec::new() };
    let enrolment = operations::devices::create(&app.app, &app.town, Actor::System, new).await.unwrap();
    let code = enrolment.code.as_str().to_owned();
    let enrolled = operations::devices::enrol(&app.app, &app.town, &code, "127.0.0.1").await;
    Caller::Bearer(enrolled.unwrap().0)
}

/// Calls an operation with made-up ids and an empty body: enough to see whether the door opens.
async fn call(app: &TestApp, method: &str, path: &str, operation: &Value, caller: &Caller) -> u16 {
    let mut path = format!("/api/v1{path}");
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, "0190b3a0-0000-7000-8000-000000000000");
    }
    let method: Method = method.parse().unwrap();
    let headers = [("content-type", "application/json")];
    let body = if operation.get("requestBody").is_some() { b"{}".to_vec() } else { Vec::new() };
    // Sign-out would end the caller's session for the rows that follow.
    if operation["operationId"] == "sign_out" && matches!(caller, Caller::Session(_)) {
        let Caller::Session(_) = caller else { return 0 };
        return app.get("/staff/me", caller).await.status.as_u16();
    }
    app.call(method, &path, caller, &headers, body).await.status.as_u16()
}

//! Who may call what: every operation of the description has a row, and is called as everybody.

use domain::actor::Actor;
use domain::devices::DeviceKind;
use operations::devices::NewDevice;
use poem::http::Method;
use serde_json::{Value, json};

use crate::contract::{operations, spec};
use crate::support::{Caller, SERVICE, TestApp};

/// Everybody there is, in the order of the table's columns.
const WHO: [&str; 9] = ["nobody", "citizen", "hold", "ticket", "terminal", "display", "desk", "admin", "ops"];

/// `x`: may call (and may then be refused for other reasons); `.`: is turned away with 401 or 403.
#[rustfmt::skip]
const TABLE: &[(&str, &str)] = &[
    //                          n c h t T D d a o
    // For everybody.
    ("get_town",              "x x x x x x x x x"),
    ("list_services",         "x x x x x x x x x"),
    ("get_service",           "x x x x x x x x x"),
    ("free_slots",            "x x x x x x x x x"),
    ("get_live_board",        "x x x x x x x x x"),
    ("hold_slot",             "x x x x x x x x x"),
    ("sign_in",               "x x x x x x x x x"),
    ("enrol_device",          "x x x x x x x x x"),
    ("get_demo",              "x x x x x x x x x"),
    ("list_demo_phones",      "x x x x x x x x x"),
    ("watch_demo_phones",     "x x x x x x x x x"),
    ("read_demo_phone",       "x x x x x x x x x"),
    ("reply_from_demo_phone", "x x x x x x x x x"),
    // Whoever holds a slot.
    ("extend_hold",           ". . x . . . . . ."),
    ("release_hold",          ". . x . . . . . ."),
    ("book_appointment",      ". . x . . . . . ."),
    ("verify_booking",        ". . x . . . . . ."),
    ("resend_code",           ". . x . . . . . ."),
    ("change_phone",          ". . x . . . . . ."),
    // Whoever has the link of an appointment.
    ("get_appointment",       ". x . . . . . . ."),
    ("cancel_appointment",    ". x . . . . . . ."),
    ("get_calendar_file",     ". x . . . . . . ."),
    // Whoever has the link of an appointment or of a ticket.
    ("get_ticket",            ". x . x . . . . ."),
    ("watch_ticket",          ". x . x . . . . ."),
    ("rejoin_queue",          ". x . x . . . . ."),
    ("leave_queue",           ". x . x . . . . ."),
    // Devices.
    ("get_device",            ". . . . x x . . ."),
    ("get_terminal",          ". . . . x . . . ."),
    ("check_in",              ". . . . x . . . ."),
    ("send_lost_code",        ". . . . x . . . ."),
    ("draw_ticket",           ". . . . x . . . ."),
    ("get_display",           ". . . . . x . . ."),
    ("watch_display",         ". . . . . x . . ."),
    // Staff.
    ("sign_out",              ". . . . . . x x x"),
    ("get_me",                ". . . . . . x x x"),
    ("book_for_caller",       ". . . . . . x x ."),
    ("cancel_booking",        ". . . . . . x x ."),
    ("get_day",               ". . . . . . x x ."),
    ("list_counters",         ". . . . . . x x ."),
    ("open_counter",          ". . . . . . x x ."),
    ("close_counter",         ". . . . . . x x ."),
    ("pause_counter",         ". . . . . . x x ."),
    ("get_queue",             ". . . . . . x x ."),
    ("watch_queue",           ". . . . . . x x ."),
    ("call_next",             ". . . . . . x x ."),
    ("call_visit",            ". . . . . . x x ."),
    ("recall_visit",          ". . . . . . x x ."),
    ("put_back_visit",        ". . . . . . x x ."),
    ("start_visit",           ". . . . . . x x ."),
    ("finish_visit",          ". . . . . . x x ."),
    ("mark_visit_missed",     ". . . . . . x x ."),
    ("park_visit",            ". . . . . . x x ."),
    ("resume_visit",          ". . . . . . x x ."),
    ("rejoin_visit",          ". . . . . . x x ."),
    ("leave_visit",           ". . . . . . x x ."),
    ("check_in_booking",      ". . . . . . x x ."),
    ("mark_no_show",          ". . . . . . x x ."),
    ("list_staff",            ". . . . . . . x ."),
    ("add_staff",             ". . . . . . . x ."),
    ("deactivate_staff",      ". . . . . . . x ."),
    ("list_devices",          ". . . . . . . x ."),
    ("create_device",         ". . . . . . . x ."),
    ("renew_device_code",     ". . . . . . . x ."),
    ("revoke_device",         ". . . . . . . x ."),
    ("ops_overview",          ". . . . . . . x x"),
    ("watch_ops",             ". . . . . . . x x"),
    ("list_messages",         ". . . . . . . x x"),
    ("get_message",           ". . . . . . . x x"),
    ("retry_message",         ". . . . . . . . x"),
    ("cancel_message",        ". . . . . . . . x"),
    ("reveal_message",        ". . . . . . . . x"),
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
            let caller = &callers[column];
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
async fn callers(app: &TestApp) -> Vec<Caller> {
    vec![
        Caller::Nobody,
        Caller::Bearer(app.booked("+491713920001").await),
        Caller::Bearer(app.held().await["token"].as_str().unwrap().to_owned()),
        walk_in(app).await,
        device(app, DeviceKind::Terminal).await,
        device(app, DeviceKind::Display).await,
        app.staff("desk").await,
        app.staff("admin").await,
        app.staff("ops").await,
    ]
}

/// Somebody who drew a ticket without an appointment.
async fn walk_in(app: &TestApp) -> Caller {
    let terminal = device(app, DeviceKind::Terminal).await;
    let body = json!({ "service": SERVICE, "language": "de" });
    let drawn = app.post("/tickets", &terminal, &body).await.expect(201);
    Caller::Bearer(drawn["ticket_token"].as_str().unwrap().to_owned())
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
    // These would end the caller's own proof before the rows that follow; their neighbours guard the same way.
    let path = match (operation["operationId"].as_str().unwrap_or_default(), caller) {
        ("sign_out", Caller::Session(_)) => return app.get("/staff/me", caller).await.status.as_u16(),
        ("cancel_appointment", Caller::Bearer(_)) => {
            return app.get("/appointment", caller).await.status.as_u16();
        }
        ("leave_queue", Caller::Bearer(_)) => return app.get("/ticket", caller).await.status.as_u16(),
        _ => path,
    };
    let mut path = format!("/api/v1{path}");
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, "0190b3a0-0000-7000-8000-000000000000");
    }
    let method: Method = method.parse().unwrap();
    let headers = [("content-type", "application/json")];
    let body = if operation.get("requestBody").is_some() { b"{}".to_vec() } else { Vec::new() };
    app.status(method, &path, caller, &headers, body).await
}

//! Somebody goes every way through a town: books, moves, writes, comes, draws a ticket, is called, told by her browser and seen
//! on live pages, is looked for, mistypes; providers and the database fail meanwhile. Nothing of her is found outside the sealed columns: not in a log (of debugging, too), a
//! figure, Redis, an address, or a file.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::canary::{ADDRESS, EMAIL, NAME, PHONE, SPELLINGS, found_in, found_in_files};
use system_tests::harness::fake_smtp::{Step, Trouble};
use system_tests::harness::fake_twilio::{AUTH_TOKEN, SENDER, post_signed};
use system_tests::harness::push_service::Subscription;
use system_tests::harness::{
    Caller, Fault, PostgresServer, TestDatabase, eventually, eventually_within, free_port,
};
use system_tests::people::{Booked, Citizen, Desk, check_in, enrol, fresh_key, list, text, whole_slots};
use system_tests::town::{Town, international};

const SERVICE: &str = "personalausweis-beantragen";
const DEBUG: (&str, &str) = ("LOTSE_LOG__FILTER", "debug");
/// A job of the timetable may have to come round once more.
const PATIENCE: Duration = Duration::from_secs(150);

#[tokio::test]
async fn nothing_of_a_person_is_found_beside_the_sealed_columns_of_a_town_of_several_processes() {
    let Some(server) = PostgresServer::start() else { return };
    let mut town = Town::cluster_on(TestDatabase::create_on(&server.url()), 0, &[DEBUG]).await;
    let redis = town.redis.as_ref().expect("a cluster has a Redis").listen_in().await;
    let mut figures = vec![format!("{}/metrics", town.api.base)];
    for _ in 0..2 {
        let address = format!("127.0.0.1:{}", free_port());
        town.start_worker_with(&[("LOTSE_METRICS__LISTEN", &address)]);
        figures.push(format!("http://{address}/metrics"));
    }
    lives_here(&town).await;
    is_reminded(&mut town).await;
    let mut found = while_the_database_is_away(&town, &server).await;

    for address in figures {
        // The database is back only just now.
        let told = eventually("figures of a database that is there", || async {
            let answer = system_tests::harness::http::client().get(&address).send().await.ok()?;
            let told = answer.text().await.ok()?;
            (told.contains("lotse_messages{") && told.contains("lotse_sms_budget_share{")).then_some(told)
        })
        .await;
        found.extend(found_in("/metrics", &told));
    }
    let kept = town.redis.as_ref().expect("a cluster has a Redis").dump().await;
    let told = redis.text();
    assert!(told.contains("PUBLISH") || told.contains("publish"), "signals went over Redis");
    found.extend(found_in("kept by Redis", &kept));
    found.extend(found_in("told to Redis", &told));
    found.extend(found_in("the database", &town.sql().everything()));
    found.extend(found_in("the log of PostgreSQL", &server.log()));
    found.extend(beside_the_database(&town));
    assert!(found.is_empty(), "{}", found.join("\n"));

    // Every row was looked at: what is planted is found.
    town.sql().sql(&format!("UPDATE town SET name = '{NAME}'"));
    assert_eq!(found_in("the database", &town.sql().everything()).len(), 1);
}

#[tokio::test]
async fn nothing_of_a_person_is_found_in_the_files_of_a_village() {
    let town = Town::village(&[DEBUG]).await;
    lives_here(&town).await;
    let told = town.api.get("//metrics", &Caller::Nobody).await.text;
    let mut found = found_in("/metrics", &told);
    // The database is one of these files.
    found.extend(beside_the_database(&town));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Everything that happens to one person, failures included.
async fn lives_here(town: &Town) {
    let (login, password) = town.desk_login();
    let staff = town.api.sign_in(login, password).await;
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: PHONE.to_owned() };
    let slots = citizen.free_slots(SERVICE).await;
    mistypes(town, &citizen, &slots[3]).await;
    let today = town.today().await;
    let slot = slots.iter().find(|it| it["day"] == today.as_str()).expect("a slot of today");
    let booked = books(town, &citizen, slot).await;
    moves(town, &booked, slot).await;
    is_booked_by_telephone(town, &staff, slots.last().expect("a slot of another day")).await;
    wants_to_come_earlier(town, &today).await;
    writes(town).await;
    comes(town, &booked, slot).await;
    is_looked_for(town, &staff, &text(slot, "/office_id")).await;
    assert!(town.serve.log().contains("answered"), "requests are logged while debugging");
}

/// Books with her number in the spelling of her address book; the first e-mail is refused by its mailbox, by name.
async fn books(town: &Town, citizen: &Citizen<'_>, slot: &Value) -> Booked {
    let mail = town.mail.as_ref().expect("the town has a mail server");
    mail.script(&[Trouble::Answer(Step::Recipient, "550 5.1.1 <kunigunde@canarova.example>: no such user")]);
    let hold = citizen.holds(SERVICE, slot).await;
    let mut form = citizen.form(&hold);
    form["name"] = json!(NAME);
    form["address"] = json!(ADDRESS);
    form["phone"] = json!("+49 171 39 200 68");
    form["email"] = json!(EMAIL);
    let pending = town.api.post_once("/bookings", &hold.caller, &fresh_key(), &form).await.expect(201);
    let booked = citizen.types_the_code(&hold, &text(&pending, "/booking_id")).await;
    town.phones.message(PHONE, "Termin bestätigt").await;
    town.api.get("/appointment", &booked.link).await.expect(200);
    town.api.get("/appointment/calendar.ics", &booked.link).await;
    booked
}

/// Has her browser told of it, moves the appointment by her link, and back.
async fn moves(town: &Town, booked: &Booked, slot: &Value) {
    if let Some(push) = &town.push {
        let key = town.api.get("/push/key", &Caller::Nobody).await.expect(200);
        let Subscription { endpoint, p256dh, auth } = push.subscribe(&text(&key, "/key"));
        let body = json!({ "endpoint": endpoint, "p256dh": p256dh, "auth": auth });
        town.api.post("/push/browsers", &booked.link, &body).await.expect(204);
    }
    let free = whole_slots(&town.api.get("/appointment/slots", &booked.link).await.expect(200));
    let other = free.iter().find(|it| it["day"] == slot["day"] && it["starts_at"] != slot["starts_at"]);
    for to in [other.expect("another slot of the day"), slot] {
        let body = json!({ "pool_id": to["pool_id"], "starts_at": to["starts_at"] });
        town.api.post_once("/appointment/move", &booked.link, &fresh_key(), &body).await.expect(200);
    }
}

/// Staff books for her; the provider refuses the confirmation, and names the number in its answer.
async fn is_booked_by_telephone(town: &Town, staff: &Caller, slot: &Value) {
    town.twilio().script("bestätigt", &[Fault::Refused(21211)]);
    telephones(town, staff, slot).await;
    let ops = town.ops().await;
    let failed = eventually("the refused confirmation", || async {
        let page = town.api.get("/ops/messages?state=failed", &ops).await.expect(200);
        let failed = list(&page, "/messages").clone();
        failed.into_iter().find(|one| one["channel"] == "sms" && one["kind"] == "booking_confirmed")
    })
    .await;
    let path = format!("/ops/messages/{}", text(&failed, "/id"));
    let again = town.api.post(&format!("{path}/retry"), &ops, &json!({ "reason": "Nummer geprüft" })).await;
    again.expect(200);
    let read = town.api.post(&format!("{path}/reveal"), &ops, &json!({ "reason": "Beschwerde" })).await;
    assert!(read.expect(200)["recipient"].as_str().is_some_and(|it| found_in("", it).len() == 1));
    eventually("both confirmations", || async {
        let received = town.phones.received_by(PHONE).await;
        (received.iter().filter(|it| it.contains("bestätigt")).count() == 2).then_some(())
    })
    .await;
    let mail = town.mail.as_ref().expect("the town has a mail server");
    eventually("an e-mail", || async {
        mail.ledger().iter().any(|mail| mail.to.iter().any(|to| to == EMAIL)).then_some(())
    })
    .await;
}

async fn telephones(town: &Town, staff: &Caller, slot: &Value) {
    let body = json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "pool_id": slot["pool_id"],
        "starts_at": slot["starts_at"],
        "name": NAME,
        "phone": "0049 171 3920068",
        "email": EMAIL,
        "remark": format!("Familie Canarova ruft zurück: {PHONE}"),
        "language": "de",
        "override": true,
    });
    town.api.post_once("/staff/bookings", staff, &fresh_key(), &body).await.expect(201);
}

async fn wants_to_come_earlier(town: &Town, today: &str) {
    let today: NaiveDate = today.parse().expect("a day");
    let wish = json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "wish": { "from_day": today + TimeDelta::days(2), "to_day": today + TimeDelta::days(9) },
        "name": NAME,
        "address": ADDRESS,
        "phone": "0171/39 200 68",
        "email": EMAIL,
        "language": "de",
    });
    let answer = town.api.post_once("/waiting-list", &Caller::Nobody, &fresh_key(), &wish).await;
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
}

/// Cancels one of her appointments by SMS, and tells more than she was asked; an answer of the provider is lost.
async fn writes(town: &Town) {
    let number = international(PHONE);
    let says = async |words: &str, answered: &str| {
        let before = town.phones.received_by(PHONE).await.len();
        assert_eq!(town.twilio().write_from(&town.api.base, &number, words).await, 200);
        eventually_within(PATIENCE, &format!("the answer to {words}"), || async {
            let received = town.phones.received_by(PHONE).await;
            received[before..].iter().any(|it| it.contains(answered)).then_some(())
        })
        .await;
    };
    says(&format!("Hier ist {NAME}, {EMAIL}, Tel. 0171 3920068"), "").await;
    town.twilio().script("absagen?", &[Fault::DropAfter]);
    says("STORNO", "absagen?").await;
    says("2", "absagen?").await;
    says("JA", "abgesagt").await;
}

/// With a lost code and at the terminal; then once more without appointment, with the number; is called and served.
async fn comes(town: &Town, booked: &Booked, slot: &Value) {
    let admin = town.admin().await;
    let office = town.office(&text(slot, "/office_id")).await;
    let terminal = enrol(&town.api, &admin, "terminal", &office).await;
    let lost = json!({ "phone": "00491713920068" });
    assert_eq!(town.api.post("/check-ins/lost-code", &terminal, &lost).await.status, 202);
    let appointment = town.api.get("/appointment", &booked.link).await.expect(200);
    let code = text(&appointment, "/check_in_code");
    let here = check_in(&town.api, &terminal, &code).await.expect(200);
    let ticket = json!({ "service": SERVICE, "language": "de", "phone": "(0171) 3920-068" });
    let drawn = town.api.post_once("/tickets", &terminal, &fresh_key(), &ticket).await.expect(201);
    let own = Caller::Bearer(text(&drawn, "/ticket_token"));
    let mut page = town.api.live("/ticket/live", &own).await;
    page.until(PATIENCE, "her ticket", |it| it["state"] == "waiting").await;
    let display = enrol(&town.api, &admin, "display", &office).await;
    let mut display = town.api.live("/display/live", &display).await;

    let zone = text(&here, "/ticket/zone/letter");
    let desk = Desk::opens(&town.api, town.desk_login(), &text(&office, "/id"), &zone).await;
    for calls in 1..=2 {
        let called = desk.calls_next().await.expect(200);
        let visit = text(&called, "/id");
        let shown = |it: &Value| it["calls"][0]["number"] == called["number"];
        let (seen, _) = display.until(PATIENCE, "the call on the display", shown).await;
        let seen = found_in("the display", &seen.to_string());
        assert!(seen.is_empty(), "{}", seen.join("\n"));
        eventually_within(PATIENCE, "the call", || async {
            let received = town.phones.received_by(PHONE).await;
            (received.iter().filter(|it| it.contains("Bitte jetzt zu")).count() == calls).then_some(())
        })
        .await;
        desk.does(&visit, "start", &json!({})).await.expect(200);
        let delivered = json!({ "delivered": [{ "service": SERVICE, "quantity": 1 }] });
        desk.does(&visit, "finish", &delivered).await.expect(200);
    }
}

/// By the desk and by operators, in every spelling.
async fn is_looked_for(town: &Town, staff: &Caller, office: &str) {
    let find = format!("/staff/search?office={office}");
    let ops = town.ops().await;
    for typed in SPELLINGS.into_iter().chain([NAME, EMAIL, "canarova"]) {
        town.api.post(&find, staff, &json!({ "query": typed })).await.expect(200);
        town.api.post("/ops/messages/search", &ops, &json!({ "search": typed })).await.expect(200);
    }
    let seen = town.api.post("/ops/messages/search", &ops, &json!({ "search": PHONE })).await.expect(200);
    assert!(list(&seen, "/messages").len() > 5, "she was found, and there was much to find");
    let by_name = town.api.post(&find, staff, &json!({ "query": "Canarova" })).await.expect(200);
    assert!(!list(&by_name, "/bookings").is_empty());
}

/// What cannot be read, is refused or forged.
async fn mistypes(town: &Town, citizen: &Citizen<'_>, slot: &Value) {
    let hold = citizen.holds(SERVICE, slot).await;
    let unreadable =
        format!(r#"{{"hold_id": "{NAME}", "name": "{NAME}", "phone": "{PHONE}", "email": "{EMAIL}""#);
    let wrong = [
        unreadable.clone(),
        format!("{unreadable}}}"),
        json!({ "hold_id": hold.id, "name": { "first": NAME }, "phone": [PHONE] }).to_string(),
        json!({ "hold_id": hold.id, "name": NAME.repeat(50), "phone": PHONE, "email": EMAIL }).to_string(),
        json!({ "hold_id": hold.id, "name": NAME, "phone": format!("{PHONE} abends"), "email": "@canarova" })
            .to_string(),
        json!({ "hold_id": hold.id, "name": NAME, "language": NAME }).to_string(),
    ];
    for body in wrong {
        let request = town.api.request(Method::POST, "/bookings", &hold.caller).body(body);
        let request = request.header("Content-Type", "application/json");
        let answer = town.api.send(request.header("Idempotency-Key", fresh_key())).await;
        assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text);
    }
    let signing_in = json!({ "login": EMAIL, "password": PHONE });
    let request = town.api.request(Method::POST, "/staff/sign-in", &Caller::Nobody).json(&signing_in);
    assert_eq!(town.api.send(request.header("Origin", &town.api.origin)).await.status, 401);

    let hook = format!("{}/hooks/twilio/sms", town.api.base);
    let number = international(PHONE);
    let fields = [("From", number.as_str()), ("To", SENDER), ("Body", NAME)];
    assert_eq!(post_signed(&hook, &fields, "another token").await, 403);
    assert!(
        (400..500).contains(&post_signed(&hook, &fields, AUTH_TOKEN).await),
        "it has no number of its own"
    );
    let strange = [("From", NAME), ("To", PHONE), ("Body", EMAIL), ("MessageSid", "SM7")];
    post_signed(&hook, &strange, AUTH_TOKEN).await;
}

/// She has another appointment, and its reminder is owed; on a Sunday morning it waits for ten o'clock.
async fn is_reminded(town: &mut Town) {
    let (login, password) = town.desk_login();
    let staff = town.api.sign_in(login, password).await;
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: PHONE.to_owned() };
    let slots = citizen.free_slots(SERVICE).await;
    telephones(town, &staff, slots.last().expect("a slot of another day")).await;
    town.sql()
        .sql("UPDATE timetable SET next_run_at = now() - interval '1 hour' WHERE job = 'remind_day_before'");
    town.sql().sql("UPDATE booking SET remind_at = now() - interval '1 minute' WHERE state = 'booked'");
    // A new process looks at the timetable at once.
    town.start_worker();
    eventually_within(PATIENCE, "the reminder", || async {
        (town.sql().count("SELECT count(*) FROM message WHERE kind = 'reminder'") > 0).then_some(())
    })
    .await;
}

/// What she writes meanwhile waits in a file, and is found in nothing when it is read there.
async fn while_the_database_is_away(town: &Town, server: &PostgresServer) -> Vec<String> {
    let number = international(PHONE);
    let before = town.sql().count("SELECT count(*) FROM inbound_sms");
    server.stop();
    let words = format!("INFO von {NAME}, {EMAIL}");
    assert_eq!(town.twilio().write_from(&town.api.base, &number, &words).await, 200);
    let form =
        json!({ "hold_id": fresh_key(), "name": NAME, "phone": PHONE, "email": EMAIL, "language": "de" });
    let refused = town.api.post_once("/bookings", &Caller::Nobody, &fresh_key(), &form).await;
    assert!(refused.status >= 400, "{}", refused.text);
    let spool = town.folder().join("data").join("spool");
    let files = std::fs::read_dir(&spool).expect("the spool").filter_map(Result::ok);
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    assert!(bytes > 0, "it waits in the spool");
    let found = found_in_files(&spool);
    server.start_again();
    eventually_within(PATIENCE, "what she wrote in the database", || async {
        (town.sql().count("SELECT count(*) FROM inbound_sms") > before).then_some(())
    })
    .await;
    found
}

/// In any file of the town (logs, what is spooled, a SQLite database), or in an address that somebody calls.
fn beside_the_database(town: &Town) -> Vec<String> {
    let mut found = found_in_files(town.folder());
    let sent = town.twilio().ledger();
    assert!(sent.iter().any(|it| it.to == international(PHONE)), "she was written to");
    for callback in sent.iter().filter_map(|it| it.status_callback.as_deref()) {
        found.extend(found_in("the address of reports", callback));
    }
    found
}

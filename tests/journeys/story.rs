//! The story of one visit, once in the demo's mode and once over separate processes: book, code by SMS, confirm,
//! check in at the terminal, be called, be served; every surface tells the same.

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::harness::{Caller, eventually};
use system_tests::people::{Citizen, Desk, ONE_SECOND, check_in, enrol, list, text};
use system_tests::town::Town;

#[tokio::test]
async fn a_visit_in_the_demo_town_from_search_to_counter() {
    let town = Town::demo().await;
    a_visit(&town).await;
}

#[tokio::test]
async fn a_visit_over_separate_processes_with_postgresql_redis_and_twilio() {
    let Some(town) = Town::cluster(2).await else { return };
    a_visit(&town).await;
    town.keeps_secrets().await;
    let told = town.twilio().told();
    assert!(told.iter().any(|(_, status)| status == "delivered"), "no callback was answered: {told:?}");
}

async fn a_visit(town: &Town) {
    let api = &town.api;
    let citizen = Citizen { api, phones: &town.phones, phone: "0171 3920012".to_owned() };

    // The citizen finds the service and a free slot of today.
    let service = citizen.finds_service("Perso").await;
    let slug = text(&service, "/slug");
    let detail = api.get(&format!("/services/{slug}"), &Caller::Nobody).await.expect(200);
    assert!(!list(&detail, "/documents").is_empty(), "the page names the documents to bring");
    let today = town.today().await;
    let slots = citizen.free_slots(&slug).await;
    let slot =
        slots.iter().find(|it| it["day"] == today.as_str()).unwrap_or_else(|| panic!("no slot on {today}"));

    // Hold, form, code by SMS, confirmed.
    let booked = citizen.books(&slug, slot).await;
    assert_eq!(booked.appointment["state"], "booked");
    let confirmation = town.phones.message(&citizen.phone, "Termin bestätigt").await;
    let code = text(&booked.appointment, "/check_in_code");
    assert!(confirmation.contains(&code), "the confirmation carries the check-in code");
    let calendar = api.get("/appointment/calendar.ics", &booked.link).await;
    assert!(calendar.content_type.starts_with("text/calendar") && calendar.text.contains("BEGIN:VEVENT"));

    // At the terminal, on a display's watch, with the ticket page open.
    let admin = town.admin().await;
    let office = town.office(&text(slot, "/office_id")).await;
    let terminal = enrol(api, &admin, "terminal", &office).await;
    let display = enrol(api, &admin, "display", &office).await;
    let checked_in = check_in(api, &terminal, &code.replace('-', "")).await.expect(200);
    let number = text(&checked_in, "/ticket/number");
    let zone = text(&checked_in, "/ticket/zone/letter");
    let visit = text(&checked_in, "/ticket/visit_id");
    assert_eq!(checked_in["ticket"]["state"], "waiting");
    assert!(number.starts_with(&zone), "{number} belongs to zone {zone}");
    let again = check_in(api, &terminal, &code).await.expect(200);
    assert_eq!((&again["ticket"]["number"], &again["already"]), (&json!(number), &json!(true)));

    let mut display_live = api.live("/display/live", &display).await;
    let mut ticket_live = api.live("/ticket/live", &booked.link).await;
    let (ticket, _) = ticket_live.until(ONE_SECOND, "the ticket as it stands", |_| true).await;
    assert_eq!(ticket["state"], "waiting");
    drop(display_live.next().await);

    // The desk sees who is here and calls.
    let desk = Desk::opens(api, town.desk_login(), &text(&office, "/id"), &zone).await;
    let queue = desk.queue().await;
    let here = list(&queue, "/here");
    assert!(here.iter().any(|it| it["id"] == visit.as_str()), "the desk sees {number}: {queue}");
    // In the demo others are waiting, too; alone in the house, our visitor is next.
    let called = match town.database {
        Some(_) => desk.calls_next().await.expect(200),
        None => desk.calls(&visit).await.expect(200),
    };
    assert_eq!(called["id"], visit.as_str());
    assert_eq!(called["state"], "called");
    let counter = text(&desk.counter, "/name");

    // Everybody sees it, within a second.
    let (_, to_display) =
        display_live.until(Duration::from_secs(5), "the call on the display", |it| shows(it, &number)).await;
    let (ticket, to_ticket) = ticket_live
        .until(Duration::from_secs(5), "the call on the ticket page", |it| it["state"] == "called")
        .await;
    assert!(
        to_display <= ONE_SECOND && to_ticket <= ONE_SECOND,
        "display {to_display:?}, ticket {to_ticket:?}"
    );
    assert_eq!(ticket["counter"]["name"], counter.as_str());
    let call = town.phones.message(&citizen.phone, "Bitte jetzt zu").await;
    assert_eq!(call, format!("Nr. {}: Bitte jetzt zu {counter}.", number.replace(' ', "")));

    // Served and done.
    desk.does(&visit, "recall", &json!({})).await.expect(200);
    assert_eq!(desk.does(&visit, "start", &json!({})).await.expect(200)["state"], "serving");
    let delivered = json!({ "delivered": [{ "service": slug, "quantity": 1 }] });
    assert_eq!(desk.does(&visit, "finish", &delivered).await.expect(200)["state"], "done");
    // A second press finds it done.
    assert_eq!(desk.does(&visit, "finish", &delivered).await.expect(200)["state"], "done");

    // Operations sees each message delivered.
    let ops = town.ops().await;
    eventually("the visit's messages delivered", || async {
        let page = api.get("/ops/messages?limit=100", &ops).await.expect(200);
        let ours: Vec<Value> = list(&page, "/messages")
            .iter()
            .filter(|it| text(it, "/recipient").ends_with("0012"))
            .cloned()
            .collect();
        (ours.len() >= 3 && ours.iter().all(|it| it["state"] == "delivered")).then_some(())
    })
    .await;
    let overview = api.get("/ops/overview?hours=1", &ops).await.expect(200);
    assert_eq!(overview["queue_ok"], true);
    assert!(!list(&overview, "/workers").is_empty(), "the workers are seen");
}

fn shows(display: &Value, number: &str) -> bool {
    list(display, "/calls").iter().any(|it| it["number"] == number)
}

//! PostgreSQL is restarted and away under load: no booking that was confirmed is lost, no webhook that was answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use system_tests::harness::fake_twilio::FakeTwilio;
use system_tests::harness::{Api, Caller, PostgresServer, TestDatabase, eventually_within};
use system_tests::people::{fresh_key, text, whole_slots};
use system_tests::town::Town;
use tokio::sync::Mutex;

use crate::invariants;
use crate::outbox::{Owed, owe, settled};
use crate::report::{Row, count};

const SERVICE: &str = "personalausweis-beantragen";
const LONG: Duration = Duration::from_secs(600);

/// What was promised while PostgreSQL came and went.
#[derive(Default)]
struct Promised {
    stop: AtomicBool,
    /// Bookings that were answered with 201.
    bookings: Mutex<BTreeSet<String>>,
    /// Messages whose webhook was answered with 200.
    inbound: Mutex<BTreeSet<String>>,
    refused: AtomicUsize,
}

#[tokio::test]
async fn f05_postgres_restarted_and_away_under_load() {
    let restarts = count(2, 10);
    let away = Duration::from_secs(count(6, 60) as u64);
    let row =
        Row::of(5, &format!("PostgreSQL restarted {restarts} times and once away for {away:?}, under load"));
    let Some(server) = PostgresServer::start() else { return };
    let town = Town::cluster_on(TestDatabase::create_on(&server.url()), 2, &[]).await;
    invariants::watch(&town);
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let slots = whole_slots(
        &town.api.get(&format!("/slots?items={SERVICE}:1&days=14"), &Caller::Nobody).await.expect(200),
    );
    owe(&town, Owed::now(count(100, 5_000))).await;
    let promised = Arc::new(Promised::default());
    let base = town.api.base.clone();
    let (twilio, api) = (town.twilio(), town.api.clone());
    let breaking = async {
        for _ in 0..restarts {
            tokio::time::sleep(Duration::from_millis(700)).await;
            server.stop();
            tokio::time::sleep(Duration::from_millis(500)).await;
            server.start_again();
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.stop();
        tokio::time::sleep(away).await;
        server.start_again();
        tokio::time::sleep(Duration::from_secs(1)).await;
        promised.stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(
        breaking,
        books(&api, &desk, &slots, &promised),
        writes(twilio, &base, 1, &promised),
        writes(twilio, &base, 2, &promised),
    );
    let inbound = promised.inbound.lock().await.clone();
    let kept = "SELECT provider_sid FROM inbound_sms WHERE processed_at IS NOT NULL";
    eventually_within(LONG, "every message whose webhook was answered has been dealt with", || async {
        let kept: BTreeSet<String> = town.sql().sql(kept).into_iter().collect();
        inbound.is_subset(&kept).then_some(())
    })
    .await;
    let booked: BTreeSet<String> = town.sql().sql("SELECT id FROM booking").into_iter().collect();
    let bookings = promised.bookings.lock().await.clone();
    assert!(bookings.is_subset(&booked), "a booking that was confirmed is lost");
    assert_eq!(promised.refused.load(Ordering::Relaxed), 0, "every webhook is answered with success");
    // Whoever wrote HALT, START, HALT, … gets what was written last: the order stayed.
    let stopped = town.sql().count("SELECT count(*) FROM suppression");
    let halted = [1, 2].into_iter().filter(|it| last_word(twilio, *it) == Some("HALT")).count() as u64;
    assert_eq!(stopped, halted, "what was kept was replayed in its order");
    settled(&town, LONG).await;
    let tries = town.sql().count("SELECT coalesce(max(attempts), 0) FROM message");
    // Each time it goes away, it may break one attempt of a message off; waiting for it costs none.
    let broken_off = restarts as u64 + 1;
    assert!(tries <= broken_off + 1, "an outage of the database costs no attempts: {tries}");
    let figure = format!("{} bookings, {} webhooks answered", bookings.len(), inbound.len());
    row.passes_with(&invariants::check(&town), &figure);
}

#[tokio::test]
async fn callers_who_hang_up_in_the_middle_break_nothing_off() {
    let calls = count(300, 5_000);
    let row = Row::of(5, &format!("{calls} callers hang up within milliseconds, then others book"));
    let Some(town) = crate::outbox::town(0, &[]).await else { return };
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let path = format!("/slots?items={SERVICE}:1&days=14");
    let slots = whole_slots(&town.api.get(&path, &Caller::Nobody).await.expect(200));
    let booking = |number: usize| {
        let slot = &slots[number * 3 % slots.len()];
        let body = json!({
            "items": [{ "service": SERVICE, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
            "name": "Erika Exempel",
            "language": "de",
        });
        let request = town.api.request(reqwest::Method::POST, "/staff/bookings", &desk);
        request.header("Idempotency-Key", fresh_key()).json(&body)
    };
    let mut hung_up = 0;
    for some in (0..calls).collect::<Vec<_>>().chunks(12) {
        let mut at_once = tokio::task::JoinSet::new();
        for number in some {
            let patience = Duration::from_millis(2 + *number as u64 % 40);
            at_once.spawn(booking(*number).timeout(patience).send());
        }
        hung_up += at_once.join_all().await.into_iter().filter(Result::is_err).count();
    }
    assert!(hung_up > calls / 10, "somebody has hung up: {hung_up}");
    for number in calls..calls + 20 {
        let status = booking(number).send().await.expect("the server answers").status().as_u16();
        assert!([201, 409].contains(&status), "{status}");
    }
    let log = town.serve.log();
    assert!(!log.contains("transaction in progress"), "a transaction was left open for the next request");
    let halves = "SELECT count(*) FROM booking b WHERE NOT EXISTS \
        (SELECT 1 FROM booking_item i WHERE i.booking_id = b.id)";
    assert_eq!(town.sql().count(halves), 0, "nothing is booked by half");
    row.holds();
}

/// The last message of a number whose webhook was called.
fn last_word(twilio: &FakeTwilio, number: u8) -> Option<&'static str> {
    let from = phone(number);
    let last = twilio.written().into_iter().rev().find(|it| it.from == from)?;
    Some(if last.body == "HALT" { "HALT" } else { "START" })
}

fn phone(number: u8) -> String {
    format!("+4917139200{:02}", 90 + number)
}

/// A member of staff books one slot after the other, and keeps what was answered.
async fn books(api: &Api, desk: &Caller, slots: &[Value], promised: &Promised) {
    for slot in slots.iter().step_by(7) {
        if promised.stop.load(Ordering::Relaxed) {
            return;
        }
        let body = json!({
            "items": [{ "service": SERVICE, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
            "name": "Erika Exempel",
            "language": "de",
        });
        let answer = api.post_once("/staff/bookings", desk, &fresh_key(), &body).await;
        if answer.status == 201 {
            let id = text(&answer.body, "/appointment/id");
            promised.bookings.lock().await.insert(id);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Somebody writes HALT, START, HALT, … one after the other.
async fn writes(twilio: &FakeTwilio, base: &str, number: u8, promised: &Promised) {
    for word in ["HALT", "START"].into_iter().cycle() {
        if promised.stop.load(Ordering::Relaxed) {
            return;
        }
        let sid = twilio.keeps(&phone(number), word, crate::outbox::now());
        let status = twilio.brings(base, &phone(number), word, &sid).await;
        if (200..300).contains(&status) {
            promised.inbound.lock().await.insert(sid);
        } else {
            promised.refused.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

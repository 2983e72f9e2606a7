//! A town with two providers of text messages: when one is away the other carries, never both; and operators can stop them.

use std::time::Duration;

use serde_json::json;
use system_tests::harness::fake_seven::SIGNING_KEY;
use system_tests::harness::{Caller, Fault, eventually_within};
use system_tests::people::{Citizen, fresh_key, list, text};
use system_tests::town::{First, Town, international};

const SERVICE: &str = "personalausweis-beantragen";
/// Two tries at the first provider, or the look into its list, and the way to the second.
const PATIENCE: Duration = Duration::from_secs(90);

/// Books for a number up to the confirmation being due.
async fn book(town: &Town, phone: &str) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: phone.to_owned() };
    let slot = citizen.free_slots(SERVICE).await.pop().expect("a free slot");
    citizen.books(SERVICE, &slot).await;
}

/// What the second provider sent to a number.
fn by_seven(town: &Town, phone: &str) -> Vec<String> {
    let number = international(phone);
    town.seven().ledger().into_iter().filter(|sent| sent.to == number).map(|sent| sent.text).collect()
}

/// Waits until so many messages are in a state, and none on its way.
async fn all_delivered(town: &Town, count: u64) {
    let delivered = "SELECT count(*) FROM message WHERE channel = 'sms' AND state = 'delivered'";
    let others = "SELECT count(*) FROM message WHERE channel = 'sms' AND state <> 'delivered'";
    eventually_within(PATIENCE, "every message delivered", || async {
        (town.sql().count(delivered) == count && town.sql().count(others) == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn while_the_first_provider_refuses_connections_the_second_carries_and_is_heard() {
    let Some(town) = Town::cluster_with_second_provider(2, First::RefusesConnections).await else { return };
    let phone = "0171 3920061";
    book(&town, phone).await;
    eventually_within(PATIENCE, "code and confirmation by the second provider", || async {
        (by_seven(&town, phone).len() == 2).then_some(())
    })
    .await;
    // Its reports came through its own webhook, signed.
    all_delivered(&town, 2).await;
    assert!(town.twilio().ledger().is_empty());

    // Who writes to the second provider's number is answered from there.
    let hook = format!("{}/hooks/gateway", town.api.base);
    assert_eq!(town.seven().write_from(&hook, &international("0171 3920062"), "Hilfe").await, 204);
    eventually_within(PATIENCE, "the answer", || async {
        by_seven(&town, "0171 3920062").into_iter().find(|text| text.contains("STORNO"))
    })
    .await;

    // A forged one changes nothing.
    let forged = system_tests::harness::http::client()
        .post(&hook)
        .header("Content-Type", "application/json")
        .header("X-Timestamp", "1789000000")
        .header("X-Nonce", "00000000000000000000000000000000")
        .header("X-Signature", SIGNING_KEY)
        .body(json!({ "webhook_event": "sms_mo", "data": {} }).to_string())
        .send()
        .await
        .expect("the town answers");
    assert_eq!(forged.status().as_u16(), 403);

    // Operators see who carried.
    let ops = town.ops().await;
    let seen = eventually_within(PATIENCE, "both providers in ops", || async {
        let seen = town.api.get("/ops/providers", &ops).await.expect(200);
        (list(&seen, "/providers").len() == 2).then_some(seen)
    })
    .await;
    assert_eq!(
        (text(&seen, "/providers/0/name"), text(&seen, "/providers/1/name")),
        ("twilio".into(), "seven".into())
    );
    let outcomes = list(&seen, "/providers/0/outcomes");
    assert!(outcomes.iter().any(|one| one["outcome"] == "not_sent"), "{seen}");
    town.keeps_secrets().await;
}

#[tokio::test]
async fn what_the_first_provider_accepted_before_it_failed_never_goes_to_the_second() {
    let Some(town) = Town::cluster_with_second_provider(2, First::Works).await else { return };
    let fault = [Fault::ErrorAfter, Fault::DropAfter, Fault::HangAfterAccept(Duration::from_secs(20))];
    town.twilio().script("bestätigt", &fault);
    let phones = ["0171 3920063", "0171 3920064", "0171 3920065"];
    for phone in phones {
        book(&town, phone).await;
    }
    all_delivered(&town, 6).await;
    for phone in phones {
        let confirmed = town.phones.received_by(phone).await;
        assert_eq!(confirmed.iter().filter(|it| it.contains("bestätigt")).count(), 1, "{confirmed:?}");
        assert!(by_seven(&town, phone).is_empty());
    }

    // Asked for patience, the first is left alone for a minute; the second steps in, once.
    town.twilio().script("bestätigt", &[Fault::Throttled(60)]);
    book(&town, "0171 3920066").await;
    eventually_within(PATIENCE, "the confirmation by the second provider", || async {
        by_seven(&town, "0171 3920066").into_iter().find(|text| text.contains("bestätigt"))
    })
    .await;
    all_delivered(&town, 8).await;
    let received = town.phones.received_by("0171 3920066").await;
    assert_eq!(received.iter().filter(|it| it.contains("bestätigt")).count(), 1);
}

#[tokio::test]
async fn operators_stop_everything_that_is_paid_for_and_let_it_go_on() {
    let Some(town) = Town::cluster_with_second_provider(1, First::Works).await else { return };
    let phone = "0171 3920067";
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: phone.to_owned() };
    let slot = citizen.free_slots(SERVICE).await.pop().expect("a free slot");
    let booked = citizen.books(SERVICE, &slot).await;
    town.phones.message(phone, "bestätigt").await;

    let (ops, admin) = (town.ops().await, town.admin().await);
    let order = json!({ "scope": "paid_sms", "name": "", "reason": "Missbrauch" });
    assert_eq!(town.api.post("/ops/pauses", &admin, &order).await.status, 403, "others only look");
    let paused = town.api.post("/ops/pauses", &ops, &order).await.expect(200);
    assert_eq!(
        (text(&paused, "/pauses/0/scope"), text(&paused, "/pauses/0/by")),
        ("paid_sms".into(), "Probe".into())
    );
    assert_eq!(town.api.post("/ops/pauses", &ops, &order).await.status, 409);
    // What a worker has read about it is a second old at most.
    tokio::time::sleep(Duration::from_secs(2)).await;

    // What is to leave waits; and no code would come, so whoever books is asked for a mailbox at once.
    town.api.post("/appointment/cancel", &booked.link, &json!({})).await.expect(200);
    let other = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920069".into() };
    let slot = other.free_slots(SERVICE).await.pop().expect("a free slot");
    let hold = other.holds(SERVICE, &slot).await;
    let refused =
        town.api.post_once("/bookings", &hold.caller, &fresh_key(), &other.form(&hold)).await.expect(422);
    assert_eq!(
        (text(&refused, "/fields/0/field"), text(&refused, "/fields/0/code")),
        ("email".into(), "needed_now".into())
    );
    let queued = "SELECT count(*) FROM message WHERE state = 'queued' AND attempts = 0";
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(town.sql().count(queued), 1, "it waits");
    assert!(!town.phones.received_by(phone).await.iter().any(|text| text.contains("abgesagt")));

    let ended = town.api.post("/ops/pauses/end", &ops, &order).await.expect(200);
    assert!(list(&ended, "/pauses").is_empty());
    town.phones.message(phone, "abgesagt").await;
    // The place was kept meanwhile.
    let pending = other.sends_the_form(&hold).await;
    other.types_the_code(&hold, &text(&pending, "/booking_id")).await;
    // And nobody else may look.
    assert_eq!(town.api.get("/ops/pauses", &Caller::Nobody).await.status, 401);
}

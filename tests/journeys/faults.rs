//! Something breaks in the middle: nothing is lost, nothing is sent twice, and it heals alone.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use system_tests::harness::fake_twilio::Callbacks;
use system_tests::harness::{Fault, eventually_within};
use system_tests::people::{Citizen, list, text};
use system_tests::town::{Town, international};

/// How long healing may take: the sweeper's round and the provider's list, as set for these towns.
const HEALING: Duration = Duration::from_secs(60);

/// Books for these numbers (the last two digits) up to the confirmation being due.
async fn book_for(town: &Town, numbers: std::ops::Range<u8>) -> Vec<String> {
    let mut phones = Vec::new();
    for number in numbers {
        let phone = format!("0171 39200{number:02}");
        let citizen = Citizen { api: &town.api, phones: &town.phones, phone: phone.clone() };
        let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
        let slots = citizen.free_slots(&slug).await;
        citizen.books(&slug, &slots[usize::from(number) % slots.len()]).await;
        phones.push(phone);
    }
    phones
}

/// Every number got its confirmation exactly once, and no message is left on the way.
async fn each_confirmed_once(town: &Town, phones: &[String]) {
    eventually_within(HEALING, "every booking confirmed by SMS", || async {
        let mut confirmed = 0;
        for phone in phones {
            confirmed +=
                usize::from(town.phones.received_by(phone).await.iter().any(|it| it.contains("bestätigt")));
        }
        (confirmed == phones.len()).then_some(())
    })
    .await;
    let open = "SELECT count(*) FROM message WHERE state NOT IN \
        ('delivered', 'undelivered', 'failed', 'expired', 'superseded', 'suppressed', 'cancelled')";
    eventually_within(HEALING, "every message at its end", || async {
        (town.sql().count(open) == 0).then_some(())
    })
    .await;
    let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
    for sent in town.twilio().ledger() {
        *times.entry((sent.to, sent.body)).or_default() += 1;
    }
    let twice = times.values().filter(|it| **it > 1).count();
    assert_eq!(twice, 0, "{twice} messages were sent more than once");
    assert_eq!(phones.len(), times.keys().filter(|(_, body)| body.contains("bestätigt")).count());
}

#[tokio::test]
async fn a_worker_killed_while_it_waits_for_the_provider_loses_and_repeats_nothing() {
    let Some(mut town) = Town::cluster(2).await else { return };
    let mut phones = book_for(&town, 30..32).await;
    // The next ones hang at the provider: accepted there, unknown here, when the workers are killed.
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920032".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(9);
    let hold = citizen.holds(&slug, &slot).await;
    town.twilio().always(Some(Fault::HangAfterAccept(Duration::from_secs(30))));
    let pending = citizen.sends_the_form(&hold).await;
    town.phones.message(&citizen.phone, "Ihr Code").await;
    for worker in &mut town.workers {
        worker.kill();
    }
    town.twilio().always(None);
    town.start_worker();
    town.start_worker();
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920032".to_owned() };
    citizen.types_the_code(&hold, &text(&pending, "/booking_id")).await;
    phones.push(citizen.phone.clone());
    each_confirmed_once(&town, &phones).await;
}

#[tokio::test]
async fn a_redis_flushed_and_stopped_midway_loses_and_repeats_nothing() {
    let Some(mut town) = Town::cluster(2).await else { return };
    let mut phones = book_for(&town, 40..42).await;
    town.redis.as_ref().expect("a cluster has a Redis").flush().await;
    phones.extend(book_for(&town, 42..44).await);
    town.redis.as_mut().expect("a cluster has a Redis").stop();
    // Without Redis people still book, and the workers find their work in the database.
    phones.extend(book_for(&town, 44..46).await);
    town.redis.as_mut().expect("a cluster has a Redis").start_again().await;
    phones.extend(book_for(&town, 46..48).await);
    each_confirmed_once(&town, &phones).await;
    // Only hints lie in Redis, nothing personal.
    town.keeps_secrets().await;
}

#[tokio::test]
async fn a_web_process_killed_keeps_every_booking_it_confirmed() {
    let Some(mut town) = Town::cluster(1).await else { return };
    let phones = book_for(&town, 36..39).await;
    town.serve.kill();
    town.start_serve().await;
    let mut phones_after = book_for(&town, 39..40).await;
    phones_after.extend(phones);
    let booked = town.sql().count("SELECT count(*) FROM booking WHERE state = 'booked'");
    assert_eq!(booked, 4);
    each_confirmed_once(&town, &phones_after).await;
    // Told to stop, every process goes by itself and without complaint.
    assert_eq!(town.serve.stop(), Some(0));
    for worker in &mut town.workers {
        assert_eq!(worker.stop(), Some(0));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_slow_or_says_500_after_accepting_gets_each_message_once() {
    let Some(town) = Town::cluster(2).await else { return };
    town.twilio().callbacks(Callbacks::ShuffledAndTripled);
    let hang = Fault::HangAfterAccept(Duration::from_secs(20));
    town.twilio().script("Ihr Code", &[Fault::ErrorAfter, Fault::Throttled(1), Fault::DropAfter, hang]);
    town.twilio().script("bestätigt", &[hang, Fault::DropAfter, Fault::Throttled(1), Fault::ErrorAfter]);
    let phones = book_for(&town, 50..54).await;
    each_confirmed_once(&town, &phones).await;
    let regressed = "SELECT count(*) FROM message WHERE state <> 'delivered'";
    assert_eq!(town.sql().count(regressed), 0, "shuffled callbacks never move a message back");
}

#[tokio::test]
async fn a_number_the_provider_refuses_is_seen_in_ops_and_the_booking_stands() {
    let Some(town) = Town::cluster(1).await else { return };
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920060".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(2);
    let hold = citizen.holds(&slug, &slot).await;
    let pending = citizen.sends_the_form(&hold).await;
    town.phones.message(&citizen.phone, "Ihr Code").await;
    town.twilio().script("bestätigt", &[Fault::Refused(21211)]);
    let booked = citizen.types_the_code(&hold, &text(&pending, "/booking_id")).await;

    let ops = town.ops().await;
    let failed = eventually_within(HEALING, "the failed message in ops", || async {
        let page = town.api.get("/ops/messages?state=failed", &ops).await.expect(200);
        list(&page, "/messages").first().cloned()
    })
    .await;
    let path = format!("/ops/messages/{}", text(&failed, "/id"));
    let detail = town.api.get(&path, &ops).await.expect(200);
    assert_eq!(list(&detail, "/attempts").last().expect("an attempt")["error_code"], "21211");
    assert_eq!(town.api.get("/appointment", &booked.link).await.expect(200)["state"], "booked");

    // Operations tries again, and it goes out once.
    assert_eq!(detail["may_retry"], true);
    town.api.post(&format!("{path}/retry"), &ops, &json!({ "reason": "Nummer geprüft" })).await.expect(200);
    town.phones.message(&citizen.phone, "Termin bestätigt").await;
    let confirmations = town.twilio().received_by(&international(&citizen.phone));
    assert_eq!(confirmations.iter().filter(|it| it.contains("bestätigt")).count(), 1);
}

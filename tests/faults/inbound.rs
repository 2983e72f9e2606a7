//! What people write: twice, while we are away, while the disk is full, and when they want to hear nothing more.

use std::time::Duration;

use chrono::TimeDelta;
use system_tests::harness::{Fault, TestDatabase, eventually};
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::invariants;
use crate::outbox::{self, Owed, owe, settled, town};
use crate::report::{Row, count};

const LONG: Duration = Duration::from_secs(300);
const NUMBER: &str = "+491713920081";

#[tokio::test]
async fn f14_the_same_message_brought_fifty_times_at_once() {
    let rounds = count(2, 20);
    let row = Row::of(14, &format!("the same message 50 times at once, {rounds} rounds"));
    let Some(town) = town(1, &[]).await else { return };
    for round in 0..rounds {
        let number = format!("+4917139200{:02}", round % 60);
        let sid = town.twilio().keeps(&number, "INFO", outbox::now());
        let parameters = [("From", number), ("Body", "INFO".to_owned()), ("MessageSid", sid.clone())];
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let (url, parameters) = (format!("{}/hooks/twilio/sms", town.api.base), parameters.clone());
            calls.spawn(async move {
                let [(_, from), (_, body), (_, sid)] = &parameters;
                let all = [
                    ("Body", body.as_str()),
                    ("From", from),
                    ("MessageSid", sid),
                    ("To", system_tests::harness::fake_twilio::SENDER),
                ];
                system_tests::harness::fake_twilio::post_signed(
                    &url,
                    &all,
                    system_tests::harness::fake_twilio::AUTH_TOKEN,
                )
                .await
            });
        }
        assert!(calls.join_all().await.into_iter().all(|status| status == 200));
    }
    settled(&town, LONG).await;
    assert_eq!(town.sql().count("SELECT count(*) FROM inbound_sms"), rounds as u64);
    assert_eq!(town.twilio().ledger().len(), rounds, "one answer each");
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn what_was_written_while_nobody_listened_is_found_in_the_list() {
    let row = Row::of(
        14,
        "messages whose webhook never came are found in the provider's list, answered once if fresh",
    );
    let Some(mut town) = town(0, &[]).await else { return };
    let brought = town.twilio().write_from(&town.api.base, NUMBER, "INFO").await;
    assert_eq!(brought, 200);
    let fresh = town.twilio().keeps(NUMBER, "HILFE", outbox::now() - TimeDelta::minutes(5));
    let old = town.twilio().keeps("+491713920082", "TERMIN", outbox::now() - TimeDelta::hours(3));
    let halt = town.twilio().keeps("+491713920083", "HALT", outbox::now() - TimeDelta::hours(3));
    for _ in 0..2 {
        town.sql().sql("UPDATE timetable SET next_run_at = now() - interval '1 hour' WHERE job = 'catch_up'");
        town.workers.clear();
        town.start_worker();
        eventually("every message of the list in the database", || async {
            let kept = town.sql().sql("SELECT provider_sid FROM inbound_sms");
            [&fresh, &old, &halt].into_iter().all(|sid| kept.contains(sid)).then_some(())
        })
        .await;
    }
    settled(&town, LONG).await;
    assert_eq!(town.sql().count("SELECT count(*) FROM inbound_sms"), 4);
    assert_eq!(town.twilio().received_by(NUMBER).len(), 2, "one answer to each message");
    assert!(town.twilio().received_by("+491713920082").is_empty(), "nobody waits for it any more");
    assert!(town.twilio().received_by("+491713920083").is_empty());
    assert_eq!(town.sql().count("SELECT count(*) FROM suppression"), 1, "HALT is heard however late");
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn f20_whoever_stops_hears_nothing_until_start() {
    let row = Row::of(20, "STOP, then five messages due; START, then five more; 21610 of the provider");
    let Some(town) = town(1, &[]).await else { return };
    let base = town.api.base.clone();
    owe(&town, Owed { count: 5, to: Some(81), after: TimeDelta::seconds(4) }).await;
    assert_eq!(town.twilio().write_from(&base, NUMBER, "HALT").await, 200);
    let suppressed = "SELECT count(*) FROM message WHERE state = 'suppressed'";
    eventually("the five are suppressed", || async { (town.sql().count(suppressed) == 5).then_some(()) })
        .await;
    let news = |town: &Town| {
        town.twilio().received_by(NUMBER).into_iter().filter(|it| it.contains("abgesagt")).count()
    };
    assert_eq!(news(&town), 0);
    assert_eq!(town.twilio().write_from(&base, NUMBER, "START").await, 200);
    owe(&town, Owed { count: 5, to: Some(81), after: TimeDelta::zero() }).await;
    settled(&town, LONG).await;
    assert_eq!(news(&town), 5);
    // The provider knows of an opt-out that never reached us.
    town.twilio().script("abgesagt", &[Fault::Refused(21610)]);
    owe(&town, Owed { count: 1, to: Some(84), after: TimeDelta::zero() }).await;
    settled(&town, LONG).await;
    owe(&town, Owed { count: 3, to: Some(84), after: TimeDelta::zero() }).await;
    settled(&town, LONG).await;
    assert!(town.twilio().received_by("+491713920084").is_empty());
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn f28_a_full_disk_refuses_and_harms_nothing() {
    let row = Row::of(28, "the database away and no room on the disk: webhooks get 503, the process lives");
    let Some(server) = system_tests::harness::PostgresServer::start() else { return };
    let spool = tempfile::tempdir().expect("a folder");
    // A file on which every byte is one too many.
    std::os::unix::fs::symlink("/dev/full", spool.path().join("spool-1")).expect("a link");
    let folder = spool.path().display().to_string();
    let database = TestDatabase::create_on(&server.url());
    let mut town = Town::cluster_on(database, 0, &[("LOTSE_SPOOL__FOLDER", &folder)]).await;
    invariants::watch(&town);
    server.stop();
    let base = town.api.base.clone();
    for _ in 0..2 {
        assert_eq!(town.twilio().write_from(&base, NUMBER, "INFO").await, 503);
    }
    assert!(!town.serve.ended());
    server.start_again();
    // The provider brings it again, and this time it is taken.
    eventually("a webhook is taken again", || async {
        (town.twilio().write_from(&base, NUMBER, "INFO").await == 200).then_some(())
    })
    .await;
    assert!(!town.serve.log().contains("panicked"));
    row.holds();
}

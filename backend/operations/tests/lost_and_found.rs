//! What came late, or while the database was away: kept, found again, and never dealt with twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::language::Language;
use domain::messaging::attempt::{Listed, Lookup, Report, SendOutcome};
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::{Notification, Recipient};
use domain::town::Town;
use operations::App;
use operations::messaging::delivery::{Claimed, Finished, claim, finish};
use operations::messaging::spool::{self, Spool};
use operations::messaging::{catch_up, recovery};
use operations::testing::{self, inbound};
use store::messaging::NewMessage;

const PROVIDER: &str = "fake";
const ROOM: u64 = 100_000;

async fn owe(app: &App, town: &Town, dedupe: &str) -> MessageId {
    let now = app.clock.now();
    let starts = chrono::NaiveDate::from_ymd_opt(2026, 9, 15).unwrap().and_hms_opt(10, 20, 0).unwrap();
    let new = NewMessage {
        id: app.id(),
        town: town.id,
        dedupe_key: dedupe.to_owned(),
        to: Recipient::Phone(PhoneNumber::trusted("+491713920012".to_owned())),
        notification: Notification::BookingCancelled { starts },
        language: Language::De,
        template_version: 1,
        text: None,
        parent: None,
        booking: None,
        visit: None,
        not_before: now,
        expires_at: now + Duration::hours(6),
        created_at: now,
    };
    let tx = app.db.write().await.unwrap();
    assert!(store::messaging::insert(&tx, &new, app.rng.bytes()).await.unwrap());
    tx.commit().await.unwrap();
    new.id
}

async fn take(app: &App, id: MessageId) -> Claimed {
    claim(app, id, PROVIDER, Duration::seconds(60)).await.unwrap().expect("it can be claimed")
}

async fn state(app: &App, id: MessageId) -> State {
    store::messaging::get(&app.db, id).await.unwrap().unwrap().state
}

fn accepted(reference: &str) -> SendOutcome {
    SendOutcome::Accepted { reference: reference.into(), segments: Some(1) }
}

fn ambiguous() -> SendOutcome {
    SendOutcome::Ambiguous { reason: "timeout", http_status: None }
}

fn list(references: &[&str]) -> Lookup {
    let listed = |reference: &&str| Listed { reference: (*reference).to_owned(), receipt: None };
    Lookup::Found(references.iter().map(listed).collect())
}

#[tokio::test]
async fn an_acceptance_that_comes_late_makes_sending_again_needless() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        app.clock.advance(Duration::seconds(400));
        recovery::sweep(&app, Duration::seconds(120)).await.unwrap();
        let open = recovery::uncertain(&app, 10).await.unwrap();
        assert_eq!(recovery::resolve(&app, &open[0], &Lookup::NotFound).await.unwrap(), State::Queued);
        assert_eq!(finish(&app, &claimed, &accepted("SM1")).await.unwrap(), Finished::At(State::Accepted));
        assert!(claim(&app, id, PROVIDER, Duration::seconds(60)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn what_the_list_denies_is_sent_again_more_often_than_what_nobody_knows() {
    for (lookup, resends) in [(Lookup::NotFound, 4), (Lookup::Unknown, 1)] {
        for app in testing::apps().await {
            let town = testing::town(&app).await;
            let id = owe(&app, &town, "a").await;
            for sent in 0..=resends {
                let claimed = take(&app, id).await;
                finish(&app, &claimed, &ambiguous()).await.unwrap();
                app.clock.advance(Duration::seconds(301));
                let open = recovery::uncertain(&app, 10).await.unwrap();
                let after = recovery::resolve(&app, &open[0], &lookup).await.unwrap();
                let expected = if sent < resends { State::Queued } else { State::Failed };
                assert_eq!(after, expected, "{lookup:?}, sent {} times", sent + 1);
            }
        }
    }
}

#[tokio::test]
async fn two_messages_of_one_text_never_take_the_same_entry_of_the_list() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let known = owe(&app, &town, "known").await;
        let doubtful = owe(&app, &town, "doubtful").await;
        let first = take(&app, known).await;
        let second = take(&app, doubtful).await;
        finish(&app, &first, &accepted("SM1")).await.unwrap();
        finish(&app, &second, &ambiguous()).await.unwrap();
        app.clock.advance(Duration::seconds(15));
        let open = recovery::uncertain(&app, 10).await.unwrap();
        assert_eq!(recovery::resolve(&app, &open[0], &list(&["SM1"])).await.unwrap(), State::Uncertain);
        let both = list(&["SM1", "SM2"]);
        assert_eq!(recovery::resolve(&app, &open[0], &both).await.unwrap(), State::Accepted);
    }
}

#[tokio::test]
async fn what_comes_in_while_the_database_is_away_is_replayed_once_by_whoever_comes_next() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        let folder = tempfile::tempdir().unwrap();
        let next = app.beside().await;
        let mut cut_off = app.beside().await.app.clone();
        cut_off.spool = Spool::open(folder.path(), ROOM);
        cut_off.db.clone().close().await.unwrap();

        spool::take_inbound(&cut_off, inbound("SM-IN", 31, "HALT")).await.unwrap();
        spool::take_inbound(&cut_off, inbound("SM-IN-2", 31, "START")).await.unwrap();
        spool::keep_acceptance(&cut_off, &claimed, "SM1", Some(1)).await.unwrap();
        let delivered = Report {
            provider: PROVIDER,
            reference: "SM1".into(),
            receipt: Receipt::Delivered,
            error_code: None,
            class: None,
            ours: Some((id, 1)),
        };
        spool::take_report(&cut_off, &delivered).await.unwrap();
        assert!(spool::replay(&cut_off, true).await.is_err(), "the database is still away");
        assert!(!cut_off.spool.is_empty());
        drop(cut_off);

        let mut next = next.app.clone();
        next.spool = Spool::open(folder.path(), ROOM);
        assert_eq!(spool::replay(&next, true).await.unwrap(), 4);
        assert_eq!(spool::replay(&next, true).await.unwrap(), 0);
        assert_eq!(state(&next, id).await, State::Delivered);
        // In its order: the last word was START.
        let claimable = owe(&next, &town, "b").await;
        assert!(claim(&next, claimable, PROVIDER, Duration::seconds(60)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn without_room_what_comes_in_is_refused() {
    let app = testing::app_sqlite().await;
    testing::town(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let mut cut_off = app.beside().await.app.clone();
    cut_off.db.clone().close().await.unwrap();
    assert!(spool::take_inbound(&cut_off, inbound("SM1", 31, "INFO")).await.is_err(), "it has no spool");
    cut_off.spool = Spool::open(folder.path(), 10);
    assert!(spool::take_inbound(&cut_off, inbound("SM1", 31, "INFO")).await.is_err(), "it has no room");
}

#[tokio::test]
async fn the_list_brings_what_is_missing_and_answers_nobody_who_has_stopped_waiting() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let now = app.clock.now();
        let listed = vec![
            (inbound("SM-OLD", 31, "TERMIN"), now - Duration::hours(2)),
            (inbound("SM-HALT", 32, "HALT"), now - Duration::hours(2)),
            (inbound("SM-NEW", 33, "HILFE"), now - Duration::minutes(2)),
        ];
        assert_eq!(catch_up::record_missing(&app, &town, listed.clone()).await.unwrap(), 3);
        assert_eq!(catch_up::record_missing(&app, &town, listed).await.unwrap(), 0, "each once");
        let due =
            operations::messaging::delivery::due_in_lane(&app, domain::messaging::Lane::Dialogue, "fake", 10);
        assert_eq!(due.await.unwrap().len(), 1, "one answer");
    }
}

#[tokio::test]
async fn a_message_without_a_report_is_asked_for_after_a_while_and_then_less_and_less() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        finish(&app, &claimed, &accepted("SM1")).await.unwrap();
        assert!(catch_up::unreported(&app, PROVIDER, 10).await.unwrap().is_empty());
        app.clock.advance(Duration::minutes(11));
        let open = catch_up::unreported(&app, PROVIDER, 10).await.unwrap();
        assert_eq!((open[0].message, open[0].attempt, open[0].reference.as_str()), (id, 1, "SM1"));
        catch_up::look_later(&app, id, open[0].accepted_at).await.unwrap();
        app.clock.advance(Duration::minutes(10));
        assert!(catch_up::unreported(&app, PROVIDER, 10).await.unwrap().is_empty());
        app.clock.advance(Duration::minutes(2));
        assert_eq!(catch_up::unreported(&app, PROVIDER, 10).await.unwrap().len(), 1);
        app.clock.advance(Duration::days(3));
        assert!(
            catch_up::unreported(&app, PROVIDER, 10).await.unwrap().is_empty(),
            "nothing changes any more"
        );
    }
}

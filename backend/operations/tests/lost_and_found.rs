//! What came late, or while the database was away: kept, found again, and never dealt with twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::language::Language;
use domain::messaging::attempt::{Listed, Lookup, Report, SendOutcome};
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::failure::ErrorClass;
use domain::messaging::{Notification, Recipient};
use domain::town::Town;
use operations::App;
use operations::messaging::delivery::{Claimed, Finished, claim, finish};
use operations::messaging::receipts::record_receipt;
use operations::messaging::spool::{self, Spool};
use operations::messaging::{budget, catch_up, record_inbound, recovery};
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

fn report(reference: &str, receipt: Receipt, ours: (MessageId, i32)) -> Report {
    let reference = reference.to_owned();
    Report { provider: PROVIDER, reference, receipt, error_code: None, class: None, ours: Some(ours) }
}

/// The parts of a message that are paid for, and those of the day.
async fn cost(app: &App, town: &Town, id: MessageId) -> (Option<i32>, u32) {
    let message = store::messaging::get(&app.db, id).await.unwrap().unwrap();
    (message.segments, budget::today(app, town).await.unwrap().used)
}

#[tokio::test]
async fn what_the_list_denies_costs_nothing_until_it_is_proven_after_all() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        assert_eq!(cost(&app, &town, id).await, (Some(1), 1), "paid for before anybody is asked");
        finish(&app, &claimed, &ambiguous()).await.unwrap();
        app.clock.advance(Duration::seconds(301));
        let open = recovery::uncertain(&app, 10).await.unwrap();
        recovery::resolve(&app, &open[0], &Lookup::NotFound).await.unwrap();
        assert_eq!(cost(&app, &town, id).await, (None, 0));
        let claimed = take(&app, id).await;
        finish(&app, &claimed, &accepted("SM2")).await.unwrap();
        assert_eq!(cost(&app, &town, id).await, (Some(1), 1));
        record_receipt(&app, &report("SM1", Receipt::Sent, (id, 1))).await.unwrap();
        record_receipt(&app, &report("SM1", Receipt::Delivered, (id, 1))).await.unwrap();
        assert_eq!(cost(&app, &town, id).await, (Some(2), 2), "both went out");
    }
}

#[tokio::test]
async fn what_nobody_knows_of_is_paid_for_and_so_is_what_the_provider_counts() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        finish(&app, &claimed, &ambiguous()).await.unwrap();
        app.clock.advance(Duration::seconds(301));
        let open = recovery::uncertain(&app, 10).await.unwrap();
        recovery::resolve(&app, &open[0], &Lookup::Unknown).await.unwrap();
        assert_eq!(cost(&app, &town, id).await, (Some(1), 1));
        let claimed = take(&app, id).await;
        let twice = SendOutcome::Accepted { reference: "SM2".into(), segments: Some(2) };
        finish(&app, &claimed, &twice).await.unwrap();
        assert_eq!(cost(&app, &town, id).await, (Some(3), 3), "it counts two parts where we count one");
    }
}

#[tokio::test]
async fn a_refusal_that_comes_after_the_claim_ran_out_gives_its_money_back() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        app.clock.advance(Duration::seconds(61));
        recovery::sweep(&app, Duration::seconds(120)).await.unwrap();
        let refused = SendOutcome::refused(21_211, 400);
        assert_eq!(finish(&app, &claimed, &refused).await.unwrap(), Finished::Fenced);
        assert_eq!(cost(&app, &town, id).await, (None, 0));
    }
}

#[tokio::test]
async fn a_message_that_arrives_in_the_end_has_no_failure_left() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        let claimed = take(&app, id).await;
        finish(&app, &claimed, &accepted("SM1")).await.unwrap();
        let lost = Report {
            error_code: Some(30_003),
            class: Some(ErrorClass::CarrierTemporary),
            ..report("SM1", Receipt::Undelivered, (id, 1))
        };
        record_receipt(&app, &lost).await.unwrap();
        let message = async || store::messaging::get(&app.db, id).await.unwrap().unwrap();
        assert_eq!(message().await.error_code.as_deref(), Some("30003"));
        app.clock.advance(Duration::minutes(40));
        // The report about the second attempt overtakes the answer to it.
        take(&app, id).await;
        record_receipt(&app, &report("SM2", Receipt::Delivered, (id, 2))).await.unwrap();
        let arrived = message().await;
        assert_eq!((arrived.state, arrived.error_class, arrived.error_code), (State::Delivered, None, None));
        assert_eq!(cost(&app, &town, id).await, (Some(2), 2), "each attempt left");
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
        assert_eq!(spool::answer_landed(&next).await.unwrap(), 0, "another server may have kept older ones");
        next.clock.advance(Duration::seconds(3));
        assert_eq!(spool::answer_landed(&next).await.unwrap(), 2);
        assert_eq!(spool::answer_landed(&next).await.unwrap(), 0, "each once");
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
async fn the_last_word_about_messages_counts_in_whatever_order_it_reaches_us() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let written = app.clock.now();
        app.clock.advance(Duration::minutes(3));
        let live = async |sid: &str, body: &str| {
            record_inbound(&app, &town, inbound(sid, 31, body)).await.unwrap();
        };
        let listed = async |sid: &str, body: &str, at| {
            catch_up::record_missing(&app, &town, vec![(inbound(sid, 31, body), at)]).await.unwrap();
        };
        let hash = {
            use store::Connection;
            app.db.sealer().phone_hash(&inbound("x", 31, "x").from).0
        };
        let suppressed = async || {
            let to = (domain::messaging::ChannelKind::Sms, hash.as_slice());
            store::messaging::inbox::is_suppressed(&app.db, town.id, to).await.unwrap()
        };
        live("SM-START", "START").await;
        listed("SM-HALT", "HALT", written).await;
        assert!(!suppressed().await, "written before the START that is known");
        app.clock.advance(Duration::minutes(1));
        live("SM-HALT-2", "HALT").await;
        listed("SM-START-2", "START", written).await;
        listed("SM-START-3", "START", written - Duration::hours(2)).await;
        assert!(suppressed().await, "nobody is written to who said so last");
        app.clock.advance(Duration::minutes(1));
        live("SM-INFO", "INFO").await;
        listed("SM-START-4", "START", app.clock.now() - Duration::seconds(90)).await;
        assert!(suppressed().await, "what was written in between changes nothing");
        listed("SM-START-5", "START", app.clock.now() - Duration::seconds(30)).await;
        assert!(!suppressed().await);
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
    }
}

#[tokio::test]
async fn time_in_which_nobody_could_ask_loses_no_report_and_nobody_is_asked_for_ever() {
    for app in testing::apps().await {
        for (number, outage) in
            [Duration::zero(), Duration::hours(64), Duration::days(14)].into_iter().enumerate()
        {
            let town = if number == 0 { testing::town(&app).await } else { testing::plain_town() };
            let id = owe(&app, &town, &format!("outage {number}")).await;
            finish(&app, &take(&app, id).await, &accepted(&format!("SM{number}"))).await.unwrap();
            let taken_at = app.clock.now();
            app.clock.advance(outage);
            let mut asked = 0;
            while app.clock.now() < taken_at + Duration::days(60) {
                for open in catch_up::unreported(&app, PROVIDER, 10).await.unwrap() {
                    assert_eq!(open.message, id);
                    catch_up::look_later(&app, id, open.accepted_at).await.unwrap();
                    asked += 1;
                }
                app.clock.advance(Duration::minutes(10).max((app.clock.now() - taken_at) / 20));
            }
            assert!((2..=13).contains(&asked), "asked {asked} times after {outage}");
        }
    }
}

#[tokio::test]
async fn a_question_that_was_not_heard_is_asked_again_soon_however_old_the_message_is() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a").await;
        finish(&app, &take(&app, id).await, &accepted("SM1")).await.unwrap();
        app.clock.advance(Duration::days(14));
        catch_up::look_soon(&app, id).await.unwrap();
        assert!(catch_up::unreported(&app, PROVIDER, 10).await.unwrap().is_empty());
        app.clock.advance(Duration::hours(1));
        assert_eq!(catch_up::unreported(&app, PROVIDER, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_entry_no_database_takes_is_passed_over_and_an_outage_is_not() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let now = app.clock.now();
        let listed = vec![
            (inbound("SM1", 31, "TERMIN"), now - Duration::minutes(2)),
            (inbound("SM\0", 32, "HALT"), now - Duration::minutes(2)),
            (inbound("SM2", 33, "HILFE"), now - Duration::minutes(2)),
        ];
        record_inbound(&app, &town, inbound("SM1", 31, "TERMIN")).await.unwrap();
        let brought = catch_up::record_missing(&app, &town, listed.clone()).await.unwrap();
        assert!((1..=2).contains(&brought), "SQLite takes any text: {brought}");
        assert_eq!(catch_up::record_missing(&app, &town, listed).await.unwrap(), 0, "each once");
        let cut_off = app.beside().await;
        cut_off.db.clone().close().await.unwrap();
        let missing = vec![(inbound("SM3", 34, "HILFE"), now)];
        assert!(catch_up::record_missing(&cut_off, &town, missing).await.is_err(), "it is asked for again");
    }
}

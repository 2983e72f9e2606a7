//! The way of a message on every database: owed, claimed, sent, lost, found, reported.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::actor::StaffMember;
use domain::contact::PhoneNumber;
use domain::ids::{Id, MessageId, StaffId};
use domain::language::Language;
use domain::messaging::attempt::{Listed, Lookup, Report, SendOutcome};
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::{Kind, Lane, Notification, Recipient};
use domain::staff::Role;
use domain::town::Town;
use operations::App;
use operations::messaging::delivery::{Amount, Claimed, Finished, claim, due_in_lane, finish, relay};
use operations::messaging::receipts::{Recorded, record_receipt};
use operations::messaging::watch::{self, Filter, MessageRefused};
use operations::messaging::{Answered, record_inbound, recovery};
use operations::testing::{self, inbound};
use store::messaging::NewMessage;
use uuid::Uuid;

const PROVIDER: &str = "fake";

fn phone(last: u32) -> PhoneNumber {
    PhoneNumber::trusted(format!("+4917139200{last:02}"))
}

fn amount() -> Amount {
    Amount { batch: 500, outstanding: 5000 }
}

fn minute() -> Duration {
    Duration::seconds(60)
}

/// Owes a message as a verb would.
async fn owe(app: &App, town: &Town, dedupe: &str, notification: Notification, to: u32) -> Option<MessageId> {
    let now = app.clock.now();
    let lifetime = notification.kind().lifetime();
    let new = NewMessage {
        id: app.id(),
        town: town.id,
        dedupe_key: dedupe.to_owned(),
        to: Recipient::Phone(phone(to)),
        notification,
        language: Language::De,
        template_version: 1,
        text: None,
        booking: None,
        visit: None,
        parent: None,
        not_before: now,
        expires_at: now + lifetime,
        created_at: now,
    };
    let tx = app.db.write().await.unwrap();
    let fresh = store::messaging::insert(&tx, &new, app.rng.bytes()).await.unwrap();
    tx.commit().await.unwrap();
    fresh.then_some(new.id)
}

fn code() -> Notification {
    Notification::VerificationCode { code: "482913".into(), host: "termine.example".into() }
}

fn cancelled() -> Notification {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 15).unwrap();
    Notification::BookingCancelled { starts: day.and_hms_opt(10, 20, 0).unwrap() }
}

async fn take(app: &App, id: MessageId) -> Claimed {
    claim(app, id, PROVIDER, minute()).await.unwrap().expect("it can be claimed")
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

fn report(reference: &str, receipt: Receipt, ours: Option<(MessageId, i32)>) -> Report {
    Report { provider: PROVIDER, reference: reference.into(), receipt, error_code: None, class: None, ours }
}

#[tokio::test]
async fn a_message_goes_out_exactly_once() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", code(), 12).await.unwrap();
        let mut hints = Vec::new();
        let handed = relay(&app, amount(), PROVIDER, |due| {
            hints = due;
            std::future::ready(Ok::<(), std::io::Error>(()))
        });
        assert_eq!(handed.await.unwrap(), 1);
        assert_eq!((hints[0].id, hints[0].lane), (id, Lane::Codes));
        assert_eq!(state(&app, id).await, State::Enqueued);
        let claimed = take(&app, id).await;
        assert_eq!(
            claimed.outgoing.text().lines().next(),
            Some("Ihr Code: 482913. Gültig 10 Min. Nicht weitergeben.")
        );
        assert!(
            claim(&app, id, PROVIDER, minute()).await.unwrap().is_none(),
            "a second hint finds nothing to do"
        );
        assert_eq!(finish(&app, &claimed, &accepted("SM1")).await.unwrap(), Finished::At(State::Accepted));
        let sent = report("SM1", Receipt::Sent, None);
        assert_eq!(record_receipt(&app, &sent).await.unwrap(), Recorded::At(State::Sent));
        assert_eq!(record_receipt(&app, &sent).await.unwrap(), Recorded::NothingNew);
        let delivered = report("SM1", Receipt::Delivered, None);
        assert_eq!(record_receipt(&app, &delivered).await.unwrap(), Recorded::At(State::Delivered));
    }
}

#[tokio::test]
async fn the_same_message_is_owed_once() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        assert!(owe(&app, &town, "same", code(), 12).await.is_some());
        assert!(owe(&app, &town, "same", code(), 12).await.is_none());
        assert_eq!(due_in_lane(&app, Lane::Codes, PROVIDER, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_relay_that_cannot_push_loses_nothing() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", code(), 12).await.unwrap();
        let broken =
            relay(&app, amount(), PROVIDER, |_| std::future::ready(Err(std::io::Error::other("away"))));
        assert!(broken.await.is_err());
        assert_eq!(state(&app, id).await, State::Queued);
    }
}

#[tokio::test]
async fn no_more_hints_are_out_than_the_queue_can_bear() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        for index in 0..5 {
            owe(&app, &town, &format!("m{index}"), code(), 12).await.unwrap();
        }
        let few = Amount { batch: 500, outstanding: 3 };
        let push = |_| std::future::ready(Ok::<(), std::io::Error>(()));
        assert_eq!(relay(&app, few, PROVIDER, push).await.unwrap(), 3);
        assert_eq!(relay(&app, few, PROVIDER, push).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_stale_message_is_not_sent() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", code(), 12).await.unwrap();
        app.clock.advance(Kind::VerificationCode.lifetime());
        assert!(claim(&app, id, PROVIDER, minute()).await.unwrap().is_none());
        assert_eq!(state(&app, id).await, State::Expired);
    }
}

#[tokio::test]
async fn a_lost_hint_is_given_out_again_after_two_minutes() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", cancelled(), 12).await.unwrap();
        let push = |_| std::future::ready(Ok::<(), std::io::Error>(()));
        relay(&app, amount(), PROVIDER, push).await.unwrap();
        let two_minutes = Duration::seconds(120);
        assert_eq!(recovery::sweep(&app, two_minutes).await.unwrap().lost_hints, 0);
        app.clock.advance(Duration::seconds(121));
        assert_eq!(recovery::sweep(&app, two_minutes).await.unwrap().lost_hints, 1);
        assert_eq!(state(&app, id).await, State::Queued);
    }
}

#[tokio::test]
async fn a_worker_that_slept_too_long_is_fenced_but_its_acceptance_counts() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", cancelled(), 12).await.unwrap();
        let claimed = take(&app, id).await;
        app.clock.advance(Duration::seconds(61));
        assert_eq!(recovery::sweep(&app, minute()).await.unwrap().broken_claims, 1);
        assert_eq!(state(&app, id).await, State::Uncertain);
        let not_sent = SendOutcome::NotSent { reason: "dns_or_connect" };
        assert_eq!(finish(&app, &claimed, &not_sent).await.unwrap(), Finished::Fenced);
        assert_eq!(state(&app, id).await, State::Uncertain);
        assert_eq!(finish(&app, &claimed, &accepted("SM1")).await.unwrap(), Finished::At(State::Accepted));
    }
}

/// Looks into uncertain messages at each of the moments and finds nothing.
async fn look_in_vain(app: &App) {
    for after in [15, 30, 75, 180] {
        app.clock.advance(Duration::seconds(after));
        for uncertain in recovery::uncertain(app, 10).await.unwrap() {
            recovery::resolve(app, &uncertain, &Lookup::Unknown).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_message_nobody_can_find_is_sent_once_more_or_given_up_by_its_kind() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let news = owe(&app, &town, "news", cancelled(), 12).await.unwrap();
        let digits = owe(&app, &town, "digits", code(), 12).await.unwrap();
        for id in [news, digits] {
            let claimed = take(&app, id).await;
            finish(&app, &claimed, &ambiguous()).await.unwrap();
            assert_eq!(state(&app, id).await, State::Uncertain);
        }
        look_in_vain(&app).await;
        assert_eq!(state(&app, digits).await, State::Failed, "a second code would only confuse");
        assert_eq!(state(&app, news).await, State::Queued, "lost news cost a visit");
        let again = take(&app, news).await;
        assert_eq!(again.outgoing.attempt(), 2);
        finish(&app, &again, &ambiguous()).await.unwrap();
        look_in_vain(&app).await;
        assert_eq!(state(&app, news).await, State::Failed, "once more, not forever");
    }
}

#[tokio::test]
async fn whoever_gives_an_uncertain_message_up_ends_the_asking_and_a_report_still_counts() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let ops =
            StaffMember { town: town.id, id: StaffId(Uuid::from_u128(7)), role: Role::Ops, counter: None };
        let id = owe(&app, &town, "news", cancelled(), 12).await.unwrap();
        let claimed = take(&app, id).await;
        finish(&app, &claimed, &ambiguous()).await.unwrap();
        watch::cancel(&app, &town, &ops, id, "Anbieter bestätigt den Ausfall").await.unwrap();
        assert_eq!(state(&app, id).await, State::Failed);
        app.clock.advance(Duration::minutes(5));
        assert!(recovery::uncertain(&app, 10).await.unwrap().is_empty());
        let late = report("SM1", Receipt::Delivered, Some((id, 1)));
        assert_eq!(record_receipt(&app, &late).await.unwrap(), Recorded::At(State::Delivered));
    }
}

#[tokio::test]
async fn the_providers_list_or_a_callback_with_our_id_settles_an_uncertain_message() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let listed = owe(&app, &town, "listed", cancelled(), 12).await.unwrap();
        let called = owe(&app, &town, "called", cancelled(), 13).await.unwrap();
        for id in [listed, called] {
            let claimed = take(&app, id).await;
            finish(&app, &claimed, &ambiguous()).await.unwrap();
        }
        let callback = report("SM2", Receipt::Delivered, Some((called, 1)));
        assert_eq!(record_receipt(&app, &callback).await.unwrap(), Recorded::At(State::Delivered));
        app.clock.advance(Duration::seconds(15));
        let open = recovery::uncertain(&app, 10).await.unwrap();
        assert_eq!(open.len(), 1);
        let found = Lookup::Found(vec![Listed { reference: "SM1".into(), receipt: Some(Receipt::Sent) }]);
        assert_eq!(recovery::resolve(&app, &open[0], &found).await.unwrap(), State::Sent);
        let later = report("SM1", Receipt::Delivered, None);
        assert_eq!(record_receipt(&app, &later).await.unwrap(), Recorded::At(State::Delivered));
    }
}

#[tokio::test]
async fn a_report_may_overtake_the_answer() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", cancelled(), 12).await.unwrap();
        let claimed = take(&app, id).await;
        let early = report("SM1", Receipt::Delivered, Some((id, 1)));
        assert_eq!(record_receipt(&app, &early).await.unwrap(), Recorded::At(State::Delivered));
        assert_eq!(finish(&app, &claimed, &accepted("SM1")).await.unwrap(), Finished::At(State::Delivered));
        let late = report("SM1", Receipt::Sent, Some((id, 1)));
        assert_eq!(record_receipt(&app, &late).await.unwrap(), Recorded::NothingNew);
    }
}

#[tokio::test]
async fn throttled_and_unreached_messages_wait_and_settings_that_are_wrong_burn_nothing() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, "a", cancelled(), 12).await.unwrap();
        let seven = Some(std::time::Duration::from_secs(7));
        for outcome in [
            SendOutcome::Throttled { after: seven, code: Some(20429) },
            SendOutcome::NotSent { reason: "dns_or_connect" },
            SendOutcome::Config { code: 20003 },
        ] {
            let claimed = take(&app, id).await;
            assert_eq!(finish(&app, &claimed, &outcome).await.unwrap(), Finished::At(State::Queued));
            assert!(claim(&app, id, PROVIDER, minute()).await.unwrap().is_none(), "not before its time");
            app.clock.advance(Duration::seconds(90));
        }
    }
}

#[tokio::test]
async fn a_number_that_opted_out_gets_no_more() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let first = owe(&app, &town, "first", cancelled(), 12).await.unwrap();
        let claimed = take(&app, first).await;
        let refused = SendOutcome::refused(21610, 400);
        assert_eq!(finish(&app, &claimed, &refused).await.unwrap(), Finished::At(State::Suppressed));
        let second = owe(&app, &town, "second", cancelled(), 12).await.unwrap();
        assert!(claim(&app, second, PROVIDER, minute()).await.unwrap().is_none());
        assert_eq!(state(&app, second).await, State::Suppressed);
        let other = owe(&app, &town, "other", cancelled(), 13).await.unwrap();
        assert!(claim(&app, other, PROVIDER, minute()).await.unwrap().is_some(), "others do");
    }
}

async fn answers(app: &App, town: &Town) -> Vec<String> {
    let page = watch::messages(app, town, &Filter::default(), 50).await.unwrap();
    let mut texts = Vec::new();
    for message in page.messages.iter().rev() {
        let content = store::messaging::content(&app.db, message.id).await.unwrap().unwrap();
        texts.push(domain::messaging::text::render(&content.notification, message.language));
    }
    texts
}

#[tokio::test]
async fn an_inbound_message_is_answered_once_however_often_it_comes() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        assert_eq!(record_inbound(&app, &town, inbound("IN1", 12, "Hilfe")).await.unwrap(), Answered::Once);
        assert_eq!(record_inbound(&app, &town, inbound("IN1", 12, "Hilfe")).await.unwrap(), Answered::Before);
        let texts = answers(&app, &town).await;
        assert_eq!(texts.len(), 1);
        assert!(texts[0].starts_with("TERMIN buchen, INFO zeigen"), "{}", texts[0]);
    }
}

#[tokio::test]
async fn halt_switches_off_and_start_on_again() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        record_inbound(&app, &town, inbound("IN1", 12, "HALT")).await.unwrap();
        let silent = owe(&app, &town, "silent", cancelled(), 12).await.unwrap();
        assert!(claim(&app, silent, PROVIDER, minute()).await.unwrap().is_none());
        record_inbound(&app, &town, inbound("IN2", 12, "START")).await.unwrap();
        let loud = owe(&app, &town, "loud", cancelled(), 12).await.unwrap();
        // It lets the two answers go first, for a while.
        app.clock.advance(minute() * 3);
        assert!(claim(&app, loud, PROVIDER, minute()).await.unwrap().is_some());
        let texts = answers(&app, &town).await;
        assert!(texts.iter().any(|text| text.starts_with("Sie erhalten keine SMS mehr")));
        assert!(texts.iter().any(|text| text.starts_with("SMS sind wieder an")));
    }
}

#[tokio::test]
async fn a_robot_and_we_do_not_talk_all_night() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        for index in 0..40 {
            record_inbound(&app, &town, inbound(&format!("IN{index}"), 12, "INFO")).await.unwrap();
        }
        assert_eq!(answers(&app, &town).await.len(), 15);
        for index in 0..5 {
            record_inbound(&app, &town, inbound(&format!("AR{index}"), 13, "Ich bin nicht da"))
                .await
                .unwrap();
        }
        assert_eq!(answers(&app, &town).await.len(), 17);
    }
}

#[tokio::test]
async fn operators_send_again_and_stop_with_a_reason_that_is_kept() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = StaffMember {
            town: town.id,
            id: StaffId::from_uuid(Uuid::from_u128(9)),
            role: Role::Ops,
            counter: None,
        };
        let id = owe(&app, &town, "a", cancelled(), 12).await.unwrap();
        let claimed = take(&app, id).await;
        let unknown_number = SendOutcome::refused(21211, 400);
        assert_eq!(finish(&app, &claimed, &unknown_number).await.unwrap(), Finished::At(State::Failed));
        let refused = watch::retry(&app, &town, &by, id, " ").await;
        assert!(matches!(refused, Err(operations::Error::Refused(MessageRefused::ReasonMissing))));
        watch::retry(&app, &town, &by, id, "Nummer berichtigt").await.unwrap();
        assert_eq!(state(&app, id).await, State::Queued);
        watch::cancel(&app, &town, &by, id, "doch nicht").await.unwrap();
        assert_eq!(state(&app, id).await, State::Cancelled);
        let story = watch::story(&app, &town, id).await.unwrap();
        let reasons: Vec<_> = story.interventions.iter().filter_map(|one| one.reason.as_deref()).collect();
        assert_eq!(reasons, ["Nummer berichtigt", "doch nicht"]);
        let again = watch::cancel(&app, &town, &by, id, "noch einmal").await;
        assert!(matches!(again, Err(operations::Error::Refused(MessageRefused::NotNow { .. }))));
        let stranger = watch::cancel(&app, &town, &by, MessageId(Uuid::nil()), "?").await;
        assert!(matches!(stranger, Err(operations::Error::Refused(MessageRefused::NotFound))));
    }
}

#[tokio::test]
async fn the_overview_and_the_list_count_what_there_is() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        for index in 0..3 {
            owe(&app, &town, &format!("m{index}"), cancelled(), 12 + index).await.unwrap();
            app.clock.advance(Duration::seconds(1));
        }
        let overview = watch::overview(&app, &town, 1).await.unwrap();
        assert_eq!(overview.backlog.len(), 1);
        assert_eq!((overview.backlog[0].lane, overview.backlog[0].waiting), (Lane::Sms, 3));
        let first = watch::messages(&app, &town, &Filter::default(), 2).await.unwrap();
        let next = Filter { after: first.next, ..Filter::default() };
        let second = watch::messages(&app, &town, &next, 2).await.unwrap();
        assert_eq!((first.messages.len(), second.messages.len()), (2, 1));
        assert!(second.next.is_none());
        let tail = Filter { sought: watch::sought(&town, "0013"), ..Filter::default() };
        assert_eq!(watch::messages(&app, &town, &tail, 10).await.unwrap().messages.len(), 1);
    }
}

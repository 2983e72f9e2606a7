//! Two providers for one channel, on every database: who gets a message, who never does, how fast, and what people stop.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::actor::StaffMember;
use domain::contact::PhoneNumber;
use domain::ids::{Id, MessageId, StaffId};
use domain::language::Language;
use domain::messaging::attempt::{Lookup, Report, SendOutcome};
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::sending::{Passage, Scope};
use domain::messaging::{ChannelKind, Kind, Lane, Notification, Recipient};
use domain::staff::Role;
use domain::town::Town;
use operations::messaging::delivery::{
    Amount, Carrier, Claimed, Finished, Providers, claim, due_in_lane, finish, relay,
};
use operations::messaging::providers::{self, Known};
use operations::messaging::receipts::{Recorded, record_receipt};
use operations::messaging::recovery;
use operations::messaging::switches::{self, SwitchRefused, Switches};
use operations::messaging::watch;
use operations::testing::{self, TestApp};
use operations::{App, Error};
use store::messaging::NewMessage;
use uuid::Uuid;

/// Two providers and what is set about them.
struct Two {
    first: Passage,
    second: Passage,
    per_second: Option<u32>,
}

const FREE: Two = Two { first: Passage::Free, second: Passage::Free, per_second: None };

impl Two {
    fn shut(until: DateTime<Utc>) -> Self {
        Self { first: Passage::Shut(until), ..FREE }
    }

    async fn of(&self, app: &App) -> Providers<'static> {
        let carrier = |name, passage| Carrier {
            name,
            sender: "+491713920099",
            per_second: self.per_second,
            passage,
            lost_points: 0,
        };
        let sms = vec![carrier("first", self.first), carrier("second", self.second)];
        Providers { sms, email: None, push: None, switches: Arc::new(Switches::read(app).await.unwrap()) }
    }
}

fn notification(kind: Kind) -> Notification {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 15).unwrap();
    let starts = day.and_hms_opt(10, 20, 0).unwrap();
    match kind {
        Kind::VerificationCode => {
            Notification::VerificationCode { code: "482913".into(), host: "termine.example".into() }
        }
        _ => Notification::BookingCancelled { starts },
    }
}

/// Owes a message as a verb would.
async fn owe(app: &App, town: &Town, kind: Kind, index: usize) -> MessageId {
    let now = app.clock.now();
    let notification = notification(kind);
    let new = NewMessage {
        id: app.id(),
        town: town.id,
        dedupe_key: format!("{}{index}", kind.as_str()),
        to: Recipient::Phone(PhoneNumber::trusted("+491713920012".to_owned())),
        expires_at: now + notification.kind().lifetime(),
        notification,
        language: Language::De,
        template_version: 1,
        text: None,
        parent: None,
        booking: None,
        visit: None,
        not_before: now,
        created_at: now,
    };
    let tx = app.db.write().await.unwrap();
    assert!(store::messaging::insert(&tx, &new, app.rng.bytes()).await.unwrap());
    tx.commit().await.unwrap();
    new.id
}

async fn take(app: &App, id: MessageId, two: &Two) -> Option<Claimed> {
    claim(app, id, two.of(app).await, Duration::seconds(60)).await.unwrap()
}

/// Claims, and says how it ended; gives by whom it went.
async fn tried(app: &App, id: MessageId, two: &Two, outcome: &SendOutcome) -> Option<String> {
    let claimed = take(app, id, two).await?;
    finish(app, &claimed, outcome).await.unwrap();
    Some(claimed.provider)
}

async fn message(app: &App, id: MessageId) -> store::messaging::Message {
    store::messaging::get(&app.db, id).await.unwrap().unwrap()
}

/// Moves the clock to when the message is due again; gives how many seconds that took.
async fn until_due(app: &TestApp, id: MessageId) -> i64 {
    let wait = message(app, id).await.not_before - app.clock.now();
    app.clock.advance(wait.max(Duration::zero()));
    wait.num_seconds()
}

async fn handed(app: &App, two: &Two) -> usize {
    let push = |_| std::future::ready(Ok::<(), std::io::Error>(()));
    relay(app, Amount { batch: 500, outstanding: 5000 }, two.of(app).await, push).await.unwrap()
}

fn ops(town: &Town) -> StaffMember {
    StaffMember { town: town.id, id: StaffId::from_uuid(Uuid::from_u128(9)), role: Role::Ops, counter: None }
}

fn accepted(reference: &str) -> SendOutcome {
    SendOutcome::Accepted { reference: reference.into(), segments: Some(1) }
}

const NOT_SENT: SendOutcome = SendOutcome::NotSent { reason: "dns_or_connect" };
const IN_DOUBT: SendOutcome = SendOutcome::Ambiguous { reason: "server_error", http_status: Some(500) };

#[tokio::test]
async fn what_cannot_reach_the_first_twice_goes_by_the_second_within_seconds() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        assert_eq!(tried(&app, id, &FREE, &NOT_SENT).await.as_deref(), Some("first"));
        let mut waited = until_due(&app, id).await;
        assert_eq!(tried(&app, id, &FREE, &NOT_SENT).await.as_deref(), Some("first"));
        waited += until_due(&app, id).await;
        assert_eq!(tried(&app, id, &FREE, &accepted("S1")).await.as_deref(), Some("second"));
        assert!(waited <= 8, "{waited} s");
        let sent = message(&app, id).await;
        assert_eq!((sent.state, sent.provider.as_deref()), (State::Accepted, Some("second")));
    }
}

#[tokio::test]
async fn wrong_settings_and_an_open_breaker_send_it_to_the_second_at_once() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        let wrong = SendOutcome::Config { code: 20003 };
        assert_eq!(tried(&app, id, &FREE, &wrong).await.as_deref(), Some("first"));
        assert!(until_due(&app, id).await <= 1);
        assert_eq!(tried(&app, id, &FREE, &accepted("S1")).await.as_deref(), Some("second"));
        let other = owe(&app, &town, Kind::BookingCancelled, 2).await;
        let shut = Two::shut(app.clock.now() + Duration::seconds(30));
        assert_eq!(tried(&app, other, &shut, &accepted("S2")).await.as_deref(), Some("second"));
    }
}

#[tokio::test]
async fn what_the_first_may_have_taken_never_goes_to_the_second() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        assert_eq!(tried(&app, id, &FREE, &IN_DOUBT).await.as_deref(), Some("first"));
        assert_eq!(message(&app, id).await.state, State::Uncertain);
        assert!(take(&app, id, &FREE).await.is_none(), "nobody takes what is in doubt");
        // Nobody finds out, and the policy says: once more.
        app.clock.advance(Duration::seconds(301));
        let uncertain = recovery::uncertain(&app, 10).await.unwrap();
        assert_eq!(uncertain[0].provider, "first");
        let state = recovery::resolve(&app, &uncertain[0], &Lookup::Unknown).await.unwrap();
        assert_eq!(state, State::Queued);
        let shut = Two::shut(app.clock.now() + Duration::seconds(30));
        assert!(take(&app, id, &shut).await.is_none(), "it waits for the first");
        let waiting = message(&app, id).await;
        assert_eq!((waiting.state, waiting.attempts), (State::Queued, 1), "no attempt is burnt");
        assert_eq!(until_due(&app, id).await, 30);
        assert_eq!(tried(&app, id, &FREE, &NOT_SENT).await.as_deref(), Some("first"));
        until_due(&app, id).await;
        assert_eq!(tried(&app, id, &FREE, &NOT_SENT).await.as_deref(), Some("first"));
        until_due(&app, id).await;
        assert_eq!(tried(&app, id, &FREE, &accepted("F1")).await.as_deref(), Some("first"));
    }
}

#[tokio::test]
async fn a_worker_that_died_in_the_middle_binds_the_message_too() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        assert_eq!(take(&app, id, &FREE).await.unwrap().provider, "first");
        app.clock.advance(Duration::seconds(61));
        recovery::sweep(&app, Duration::seconds(120)).await.unwrap();
        app.clock.advance(Duration::seconds(301));
        let uncertain = recovery::uncertain(&app, 10).await.unwrap().remove(0);
        recovery::resolve(&app, &uncertain, &Lookup::NotFound).await.unwrap();
        let shut = Two::shut(app.clock.now() + Duration::seconds(30));
        assert!(take(&app, id, &shut).await.is_none());
    }
}

#[tokio::test]
async fn with_every_breaker_open_messages_wait_and_no_attempt_is_burnt() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::VerificationCode, 1).await;
        let until = app.clock.now() + Duration::seconds(20);
        let shut = Two { second: Passage::Shut(until), ..Two::shut(until + Duration::seconds(10)) };
        assert_eq!(handed(&app, &shut).await, 0, "the relay leaves it where it is");
        assert!(take(&app, id, &shut).await.is_none());
        let waiting = message(&app, id).await;
        assert_eq!((waiting.state, waiting.attempts, waiting.not_before), (State::Queued, 0, until));
    }
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_is_left_alone_by_all_and_no_attempt_counts() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let one = Two { second: Passage::Shut(app.clock.now() + Duration::days(1)), ..FREE };
        let one = Two { per_second: Some(10), ..one };
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        let other = owe(&app, &town, Kind::VerificationCode, 2).await;
        let throttled =
            SendOutcome::Throttled { after: Some(std::time::Duration::from_secs(7)), code: Some(20429) };
        assert_eq!(tried(&app, id, &one, &throttled).await.as_deref(), Some("first"));
        assert!(message(&app, id).await.not_before >= app.clock.now() + Duration::seconds(7));
        assert!(take(&app, other, &one).await.is_none(), "a code waits, too");
        assert_eq!(until_due(&app, other).await, 7);
        // The bucket begins empty then.
        if take(&app, other, &one).await.is_none() {
            assert_eq!(until_due(&app, other).await, 0);
            assert!(take(&app, other, &one).await.is_some());
        }
        let listed = store::messaging::providers::paces(&app.db).await.unwrap();
        let first = listed.iter().find(|row| row.provider == "first").unwrap();
        assert_eq!(first.pace.rate, 7000, "the rate begins lower");
        // However often it is throttled, the message is not given up.
        let mut again = 0;
        for _ in 0..40 {
            until_due(&app, id).await;
            again += usize::from(tried(&app, id, &one, &throttled).await.is_some());
            assert_eq!(message(&app, id).await.state, State::Queued);
        }
        assert!(again > 10, "{again}");
    }
}

#[tokio::test]
async fn where_there_is_a_second_one_nobody_waits_for_the_throttled_first() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let two = Two { per_second: Some(10), ..FREE };
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        // Its time would be over before the first may be asked again.
        app.clock.advance(message(&app, id).await.expires_at - app.clock.now() - Duration::seconds(30));
        let throttled =
            SendOutcome::Throttled { after: Some(std::time::Duration::from_secs(60)), code: None };
        assert_eq!(tried(&app, id, &two, &throttled).await.as_deref(), Some("first"));
        assert!(until_due(&app, id).await <= 1);
        assert_eq!(handed(&app, &two).await, 1, "the relay knows that the second steps in");
        assert_eq!(tried(&app, id, &two, &accepted("S1")).await.as_deref(), Some("second"));
    }
}

#[tokio::test]
async fn several_workers_together_keep_the_rate_and_codes_go_first() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let beside = app.beside().await;
        let shut = Passage::Shut(app.clock.now() + Duration::days(1));
        let one = Two { second: shut, per_second: Some(10), ..FREE };
        let mut bulk = Vec::new();
        for index in 0..60 {
            bulk.push(owe(&app, &town, Kind::BookingCancelled, index).await);
        }
        let start = app.clock.now();
        let (mut left, mut sent) = (bulk, 0);
        // Two workers ask in turn, every tenth of a second, for two seconds.
        for round in 0..20 {
            for worker in [&app, &beside] {
                let mut later = Vec::new();
                for id in left {
                    if message(worker, id).await.not_before > app.clock.now() {
                        later.push(id);
                    } else if tried(worker, id, &one, &accepted(&format!("F{sent}"))).await.is_some() {
                        sent += 1;
                    } else {
                        later.push(id);
                    }
                }
                left = later;
            }
            if round == 10 {
                let code = owe(&app, &town, Kind::VerificationCode, 99).await;
                assert!(take(&app, code, &one).await.is_some(), "a code goes at once");
            }
            app.clock.advance(Duration::milliseconds(100));
        }
        let seconds = (app.clock.now() - start).num_seconds();
        assert!((20..=26).contains(&sent), "{sent} in {seconds} s at ten a second and one bucket");
    }
}

#[tokio::test]
async fn the_relay_hands_out_no_more_than_the_bucket_holds() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let two = Two { second: Passage::Shut(app.clock.now() + Duration::days(1)), ..FREE };
        let two = Two { per_second: Some(10), ..two };
        for index in 0..50 {
            owe(&app, &town, Kind::BookingCancelled, index).await;
        }
        for index in 0..3 {
            owe(&app, &town, Kind::VerificationCode, index).await;
        }
        let first = handed(&app, &two).await;
        assert_eq!(first, 5, "three codes, then the bulk down to its reserve");
        assert_eq!(handed(&app, &two).await, 0, "what is on its way counts");
        let lane = due_in_lane(&app, Lane::Sms, two.of(&app).await, 64).await.unwrap();
        assert!(lane.len() <= 5, "without a queue, too: {}", lane.len());
        app.clock.advance(Duration::seconds(10));
        assert!(handed(&app, &two).await >= 5, "hints that nobody took do not stop everything");
    }
}

#[tokio::test]
async fn shares_are_what_operators_set() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let breaker = domain::messaging::sending::Breaker::default();
        let known = |provider| Known { provider, breaker: breaker.clone(), lost_points: 0 };
        providers::report(&app, "worker", &[known("first"), known("second")]).await.unwrap();
        let by = ops(&town);
        let set = |weights: &[(&str, u32)]| -> Vec<(String, u32)> {
            weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect()
        };
        for (weights, refusal) in [
            (set(&[("first", 101)]), SwitchRefused::WeightsImpossible),
            (set(&[("first", 0), ("second", 0)]), SwitchRefused::WeightsImpossible),
            (set(&[("pigeon", 5)]), SwitchRefused::ProviderUnknown),
        ] {
            let refused = providers::set_weights(&app, &town, &by, &weights, "Probe").await;
            assert!(matches!(refused, Err(Error::Refused(why)) if why == refusal));
        }
        let mut count = 0;
        for index in 0..10 {
            let id = owe(&app, &town, Kind::BookingCancelled, index).await;
            count += usize::from(take(&app, id, &FREE).await.unwrap().provider == "second");
        }
        assert_eq!(count, 0, "the first has all until somebody says otherwise");
        let half = set(&[("first", 50), ("second", 50)]);
        providers::set_weights(&app, &town, &by, &half, "Kosten").await.unwrap();
        for index in 10..50 {
            let id = owe(&app, &town, Kind::BookingCancelled, index).await;
            count += usize::from(take(&app, id, &FREE).await.unwrap().provider == "second");
        }
        assert!((8..=32).contains(&count), "{count} of 40");
        app.clock.advance(Duration::seconds(1));
        let none = set(&[("first", 0)]);
        providers::set_weights(&app, &town, &by, &none, "Störung").await.unwrap();
        let id = owe(&app, &town, Kind::BookingCancelled, 60).await;
        assert_eq!(take(&app, id, &FREE).await.unwrap().provider, "second");
        let listed = providers::list(&app, &town).await.unwrap();
        let shares: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.weight)).collect();
        assert_eq!(shares, [("first", 0), ("second", 50)]);
        let acts = watch::acts_of_staff(&app, &town, watch::Acts::All, None, 10).await.unwrap();
        let told: Vec<_> = acts.iter().filter_map(|act| act.reason.as_deref()).collect();
        assert_eq!(told, ["first 50 -> 0, second 50: Störung", "first 100 -> 50, second 0 -> 50: Kosten"]);
        assert_eq!(listed[0].workers.len(), 1);
        assert!(listed[0].outcomes.iter().any(|one| one.outcome == "started" && one.count >= 10));
    }
}

#[tokio::test]
async fn what_is_paused_stays_queued_expires_and_goes_on() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = ops(&town);
        for scope in [Scope::PaidSms, Scope::Channel(ChannelKind::Sms), Scope::Kind(Kind::BookingCancelled)] {
            let index = usize::try_from(app.rng.below(1_000_000)).unwrap();
            let id = owe(&app, &town, Kind::BookingCancelled, index).await;
            let nobody = switches::pause(&app, &town, &by, scope.clone(), "  ").await;
            assert!(matches!(nobody, Err(Error::Refused(SwitchRefused::ReasonMissing))));
            switches::pause(&app, &town, &by, scope.clone(), "Störung").await.unwrap();
            let again = switches::pause(&app, &town, &by, scope.clone(), "Störung").await;
            assert!(matches!(again, Err(Error::Refused(SwitchRefused::AlreadyPaused))));
            assert_eq!(handed(&app, &FREE).await, 0, "{scope:?}");
            assert!(take(&app, id, &FREE).await.is_none(), "a hint that was out already finds nothing");
            let waiting = message(&app, id).await;
            assert_eq!((waiting.state, waiting.attempts), (State::Queued, 0));
            let kept = switches::pauses(&app, &town).await.unwrap();
            assert_eq!((kept.len(), kept[0].reason.as_str()), (1, "Störung"));
            switches::resume(&app, &town, &by, scope.clone(), "vorbei").await.unwrap();
            let again = switches::resume(&app, &town, &by, scope, "vorbei").await;
            assert!(matches!(again, Err(Error::Refused(SwitchRefused::NotPaused))));
            assert_eq!(handed(&app, &FREE).await, 1);
            assert!(take(&app, id, &FREE).await.is_some());
        }
        let id = owe(&app, &town, Kind::VerificationCode, 7).await;
        switches::pause(&app, &town, &by, Scope::PaidSms, "Missbrauch").await.unwrap();
        app.clock.advance(Kind::VerificationCode.lifetime());
        let swept = recovery::sweep(&app, Duration::seconds(120)).await.unwrap();
        assert_eq!((swept.expired, message(&app, id).await.state), (1, State::Expired));
        let log = store::events::of_subject(&app.db, town.id.0).await.unwrap();
        let told: Vec<_> = log.iter().filter_map(|one| one.reason.as_deref()).collect();
        assert!(told.contains(&"paid_sms: Missbrauch"));
        assert!(told.contains(&"kind booking_cancelled: vorbei"));
    }
}

#[tokio::test]
async fn a_stop_is_seen_at_the_last_moment_and_ends_at_the_town_s_border() {
    for per_second in [Some(10), None] {
        for app in testing::apps().await {
            let town = testing::town(&app).await;
            let neighbour = testing::neighbour(&app).await;
            let known_before = Two { per_second, ..FREE }.of(&app).await;
            let ours = owe(&app, &town, Kind::VerificationCode, 1).await;
            let theirs = owe(&app, &neighbour, Kind::VerificationCode, 2).await;
            switches::pause(&app, &town, &ops(&town), Scope::PaidSms, "Missbrauch").await.unwrap();
            let minute = Duration::seconds(60);
            let claimed = claim(&app, ours, known_before.clone(), minute).await.unwrap();
            assert!(claimed.is_none(), "although the switches were read before");
            assert_eq!(message(&app, ours).await.state, State::Queued);
            assert!(claim(&app, theirs, known_before, minute).await.unwrap().is_some());
            assert!(switches::pauses(&app, &neighbour).await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_paused_provider_s_messages_go_by_the_other() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = ops(&town);
        let first = Scope::Provider("first".into());
        let unknown = switches::pause(&app, &town, &by, first.clone(), "Vertrag").await;
        assert!(matches!(unknown, Err(Error::Refused(SwitchRefused::ProviderUnknown))));
        let breaker = domain::messaging::sending::Breaker::default();
        let known = |provider| Known { provider, breaker: breaker.clone(), lost_points: 0 };
        providers::report(&app, "worker", &[known("first"), known("second")]).await.unwrap();
        switches::pause(&app, &town, &by, first, "Vertrag").await.unwrap();
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        assert_eq!(take(&app, id, &FREE).await.unwrap().provider, "second");
        switches::pause(&app, &town, &by, Scope::Provider("second".into()), "auch").await.unwrap();
        owe(&app, &town, Kind::BookingCancelled, 2).await;
        assert_eq!(handed(&app, &FREE).await, 0, "with all of them paused nothing goes");
    }
}

#[tokio::test]
async fn a_provider_s_report_moves_only_its_own_attempts() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let id = owe(&app, &town, Kind::BookingCancelled, 1).await;
        let claimed = take(&app, id, &FREE).await.unwrap();
        assert_eq!(finish(&app, &claimed, &accepted("F1")).await.unwrap(), Finished::At(State::Accepted));
        let report = |provider, ours| Report {
            provider,
            reference: "F1".to_owned(),
            receipt: Receipt::Delivered,
            error_code: None,
            class: None,
            ours,
        };
        let foreign = record_receipt(&app, &report("second", Some((id, 1)))).await.unwrap();
        assert_eq!(foreign, Recorded::Unknown);
        let own = record_receipt(&app, &report("first", None)).await.unwrap();
        assert_eq!(own, Recorded::At(State::Delivered));
    }
}

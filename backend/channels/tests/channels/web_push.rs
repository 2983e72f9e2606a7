//! The push channel against a push service that checks, decrypts and misbehaves as told, and against endpoints that are none.

use std::time::{Duration, Instant};

use channels::WebPush;
use channels::delivery::SendOutcome;
use channels::web_push::{Config, ConfigError, EndpointRefused, Hosts, SubscriptionRefused, VapidKey};
use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use domain::messaging::attempt::{OutgoingPush, PushSubscription, Topic, Urgency};
use domain::messaging::failure::ErrorClass;
use system_tests::harness::PushService;
use system_tests::harness::push_service::{Fault, Subscription};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_millis(700);

fn config(test_hosts: &[&str]) -> Config {
    Config {
        key: VapidKey::from_bytes(&[7; 32]).unwrap(),
        former_key: None,
        contact: Url::parse("mailto:termine@musterstadt.example").unwrap(),
        hosts: Hosts::default(),
        test_hosts: test_hosts.iter().map(|host| Url::parse(host).unwrap()).collect(),
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    }
}

pub fn channel_to(service: &PushService) -> WebPush {
    WebPush::new(config(&[&service.origin()])).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the push service keeps real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

pub fn push_to(subscription: Subscription) -> OutgoingPush {
    let Subscription { endpoint, p256dh, auth } = subscription;
    OutgoingPush {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 2,
        subscription: PushSubscription { endpoint, p256dh, auth, vapid_key: None },
        title: "Ihr Termin".into(),
        body: "Nr. B012: Bitte jetzt zu Platz 3.".into(),
        url: Url::parse("https://termine.example/meine").unwrap(),
        tag: "ticket-7".into(),
        topic: Topic::new("ticket-7").unwrap(),
        ttl: Duration::from_secs(180),
        urgency: Urgency::High,
        ack: Some(Url::parse("https://termine.example/push/ack/7").unwrap()),
        at: now(),
    }
}

/// Meets one fault; says what came of it, after showing that there was one request and no more.
async fn meet(service: &PushService, channel: &WebPush, fault: Fault) -> SendOutcome {
    let asked = service.asked();
    service.script(std::slice::from_ref(&fault));
    let outcome = channel.send(&push_to(service.subscribe(channel.public_key()))).await;
    assert_eq!(service.asked(), asked + 1, "{fault:?}: one request, never a second by itself");
    outcome
}

#[tokio::test]
async fn a_push_is_signed_sealed_and_read_by_its_browser() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let outcome = channel.send(&push_to(service.subscribe(channel.public_key()))).await;
    assert_eq!(service.violations(), Vec::<String>::new());
    let reference = "00000000-0000-0000-0000-000000000007.2".to_owned();
    assert_eq!(outcome, SendOutcome::Accepted { reference, segments: None });
    let push = service.ledger().remove(0);
    assert_eq!((push.ttl, push.urgency.as_str(), push.topic.as_str()), (180, "high", "ticket-7"));
    assert_eq!(push.body["web_push"], 8030);
    assert_eq!(push.body["notification"]["title"], "Ihr Termin");
    assert_eq!(push.body["notification"]["body"], "Nr. B012: Bitte jetzt zu Platz 3.");
    assert_eq!(push.body["notification"]["navigate"], "https://termine.example/meine");
    assert_eq!(push.body["notification"]["tag"], "ticket-7");
    assert_eq!(push.body["ack"], "https://termine.example/push/ack/7");
    assert_eq!(push.length % 256, 0, "its length tells nothing");
}

#[tokio::test]
async fn one_statement_serves_for_half_a_day() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let at = |hours| now() - chrono::Duration::hours(hours);
    for at in [at(11), at(5), at(0), at(0)] {
        let push = OutgoingPush { at, ..push_to(service.subscribe(channel.public_key())) };
        assert_eq!(channel.send(&push).await.class(), None);
    }
    let mut statements: Vec<_> = service.ledger().into_iter().map(|push| push.statement).collect();
    statements.dedup();
    assert_eq!(statements.len(), 1);
    let later = OutgoingPush {
        at: now() + chrono::Duration::hours(1),
        ..push_to(service.subscribe(channel.public_key()))
    };
    assert_eq!(channel.send(&later).await.class(), None);
    assert_ne!(service.ledger().pop().unwrap().statement, statements[0]);
}

#[tokio::test]
async fn a_subscription_keeps_the_key_it_was_made_with() {
    let service = PushService::start().await;
    let former = VapidKey::from_bytes(&[8; 32]).unwrap();
    let config = Config { former_key: Some(former.clone()), ..config(&[&service.origin()]) };
    let channel = WebPush::new(config).unwrap();
    let mut push = push_to(service.subscribe(former.public()));
    assert_eq!(channel.send(&push).await.class(), Some(ErrorClass::Configuration));
    push.subscription.vapid_key = Some(former.id().to_owned());
    assert_eq!(channel.send(&push).await.class(), None);
    let mut present = push_to(service.subscribe(channel.public_key()));
    present.subscription.vapid_key = Some(channel.key_id().to_owned());
    assert_eq!(channel.send(&present).await.class(), None);
}

#[tokio::test]
async fn answers_are_classified_and_nothing_is_tried_again() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    for (fault, class) in [
        (Fault::Status(200), None),
        (Fault::Status(202), None),
        (Fault::Status(404), Some(ErrorClass::Gone)),
        (Fault::Status(410), Some(ErrorClass::Gone)),
        (Fault::Status(413), Some(ErrorClass::Render)),
        (Fault::Status(429), Some(ErrorClass::Throttled)),
        (Fault::Status(500), Some(ErrorClass::Ambiguous)),
        (Fault::StatusAfter(502), Some(ErrorClass::Ambiguous)),
        (Fault::Drop, Some(ErrorClass::Ambiguous)),
        (Fault::Chatter(1_000_000), None),
    ] {
        assert_eq!(meet(&service, &channel, fault.clone()).await.class(), class, "{fault:?}");
    }
    assert_eq!(
        meet(&service, &channel, Fault::Status(201)).await.class(),
        None,
        "trouble leaves nothing behind"
    );
}

#[tokio::test]
async fn a_key_nobody_takes_is_our_fault_and_a_strangers_subscription_is_not() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    for status in [401, 403] {
        let outcome = meet(&service, &channel, Fault::Status(status)).await;
        assert_eq!(outcome.class(), Some(ErrorClass::Configuration), "{status}");
    }
    assert_eq!(channel.send(&push_to(service.subscribe(channel.public_key()))).await.class(), None);
    let another = VapidKey::from_bytes(&[9; 32]).unwrap();
    let strange = channel.send(&push_to(service.subscribe(another.public()))).await;
    assert_eq!(strange.class(), Some(ErrorClass::Blocked), "{strange:?}");
}

#[tokio::test]
async fn a_wait_is_kept_in_seconds_and_as_a_date() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let wait = |outcome| match outcome {
        SendOutcome::Throttled { after, .. } => after.map(|after| after.as_secs()),
        other => panic!("{other:?}"),
    };
    for status in [429, 503] {
        assert_eq!(wait(meet(&service, &channel, Fault::Wait(status, "7".into())).await), Some(7));
    }
    let date = (now() + chrono::Duration::seconds(100)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let seconds = wait(meet(&service, &channel, Fault::Wait(429, date)).await).unwrap();
    assert!((95..=100).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn silence_is_doubt_and_ends_in_time() {
    let service = PushService::start().await;
    let began = Instant::now();
    let hang = Fault::HangAfterAccept(Duration::from_secs(30));
    let outcome = meet(&service, &channel_to(&service), hang).await;
    assert_eq!(outcome, SendOutcome::Ambiguous { reason: "timeout", http_status: None });
    assert!(began.elapsed() < PATIENCE + Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn nobody_listening_is_surely_not_sent() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let push = push_to(service.subscribe(channel.public_key()));
    drop(service);
    let outcome = channel.send(&push).await;
    assert_eq!(outcome, SendOutcome::NotSent { reason: "dns_or_connect" });
}

/// A listener that nobody may call.
async fn honeypot() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn assert_nobody_called(honeypot: &TcpListener) {
    let called = tokio::time::timeout(Duration::from_millis(100), honeypot.accept()).await;
    assert!(called.is_err(), "somebody called the machine itself");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let (honeypot, port) = honeypot().await;
    let to = format!("http://127.0.0.1:{port}/internal");
    let outcome = meet(&service, &channel, Fault::Redirect(to)).await;
    assert_eq!(outcome.class(), Some(ErrorClass::Blocked), "{outcome:?}");
    assert_nobody_called(&honeypot).await;
}

#[tokio::test]
async fn the_machine_itself_is_called_in_no_spelling() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let browser = service.subscribe(channel.public_key());
    let (honeypot, port) = honeypot().await;
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0000017700000001",
        "0",
        "0.0.0.0",
        "127.0.0.1.",
        "127.255.255.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "fcm.googleapis.com@127.0.0.1",
        "fcm.googleapis.com:443@localhost",
        "127.0.0.1\\@fcm.googleapis.com",
        "127.0.0.1#@fcm.googleapis.com",
        "127.0.0.1?@fcm.googleapis.com",
    ];
    for host in hosts {
        for scheme in ["http", "https"] {
            let endpoint = format!("{scheme}://{host}:{port}/x");
            let push = push_to(Subscription { endpoint: endpoint.clone(), ..browser.clone() });
            let refused = channel.accept(&push.subscription);
            assert!(matches!(refused, Err(SubscriptionRefused::Endpoint(_))), "{endpoint}: {refused:?}");
            assert_eq!(channel.send(&push).await.class(), Some(ErrorClass::Gone), "{endpoint}");
        }
    }
    assert_nobody_called(&honeypot).await;
    assert_eq!(service.asked(), 0);
}

#[tokio::test]
async fn an_allowed_name_that_leads_home_is_not_called() {
    let service = PushService::start().await;
    let browser = service.subscribe("");
    // As if the name of a push service began to mean this machine.
    let hosts = Hosts::parse(&["localhost"]).unwrap();
    let channel = WebPush::new(Config { hosts, ..config(&[]) }).unwrap();
    let push = push_to(Subscription { endpoint: "https://localhost/push/1".into(), ..browser });
    assert_eq!(channel.accept(&push.subscription), Ok(()));
    assert_eq!(channel.send(&push).await, SendOutcome::NotSent { reason: "private_address" });
}

#[tokio::test]
async fn what_is_no_subscription_is_not_kept() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let good = push_to(service.subscribe(channel.public_key())).subscription;
    assert_eq!(channel.accept(&good), Ok(()));
    let bad = |change: fn(&mut PushSubscription)| {
        let mut subscription = good.clone();
        change(&mut subscription);
        channel.accept(&subscription)
    };
    assert_eq!(bad(|it| it.p256dh = "AAAA".into()), Err(SubscriptionRefused::Key));
    assert_eq!(bad(|it| it.auth = "AAAA".into()), Err(SubscriptionRefused::Auth));
    let endpoint = bad(|it| it.endpoint = "https://evil.example/".into());
    assert_eq!(endpoint, Err(SubscriptionRefused::Endpoint(EndpointRefused::Host)));
}

#[tokio::test]
async fn a_push_that_is_too_long_never_leaves() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let push = OutgoingPush { body: "ä".repeat(2_000), ..push_to(service.subscribe(channel.public_key())) };
    assert_eq!(channel.send(&push).await.class(), Some(ErrorClass::Render));
    assert_eq!(service.asked(), 0);
}

#[test]
fn test_hosts_lie_on_this_machine_and_a_contact_is_needed() {
    for stray in ["http://10.0.0.1:80", "http://localhost:8123", "https://push.example", "http://[fd00::1]"] {
        let refused = WebPush::new(config(&[stray]));
        assert!(matches!(refused, Err(ConfigError::TestHost(_))), "{stray}");
    }
    assert!(WebPush::new(config(&["http://127.0.0.1:8123", "http://[::1]:8123"])).is_ok());
    let contact = Url::parse("http://termine.example").unwrap();
    assert!(matches!(WebPush::new(Config { contact, ..config(&[]) }), Err(ConfigError::Contact)));
}

#[tokio::test]
async fn nothing_personal_and_no_secret_is_shown() {
    let service = PushService::start().await;
    let channel = channel_to(&service);
    let push = push_to(service.subscribe(channel.public_key()));
    let outcome = channel.send(&push).await;
    let shown = format!("{channel:?} {push:?} {:?} {outcome:?}", push.subscription);
    let subscription = &push.subscription;
    for secret in ["Platz 3", &subscription.endpoint, &subscription.auth, &subscription.p256dh, "/push/1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

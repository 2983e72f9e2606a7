//! What every SMS channel promises, shown for each of them against a fake provider at the far side of the network: it sends
//! once, never by itself again, within its time, and says truthfully what is known.

use std::time::{Duration, Instant};

use channels::delivery::{Lookup, Outgoing, SendOutcome};
use channels::gateway::{Gateway, seven};
use channels::twilio::{self, Sender, Twilio};
use channels::{Caps, Channel, Simulator};
use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::messaging::failure::ErrorClass;
use system_tests::harness::fake_twilio::{self, FakeTwilio, Fault};
use system_tests::harness::{FakeSeven, fake_seven};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

/// The time-out of every channel here.
pub const PATIENCE: Duration = Duration::from_millis(700);

/// A provider of the tests, and what it does not have.
enum Provider {
    Twilio(FakeTwilio),
    Seven(FakeSeven),
    /// Within our own process: no line to cut, nothing to throttle.
    Simulator(Simulator),
}

impl Provider {
    async fn all() -> Vec<Provider> {
        vec![
            Provider::Twilio(FakeTwilio::start().await),
            Provider::Seven(FakeSeven::start().await),
            Provider::Simulator(Simulator::in_memory()),
        ]
    }

    /// Those that are reached over a line.
    async fn remote() -> Vec<Provider> {
        Provider::all().await.into_iter().filter(|it| !matches!(it, Provider::Simulator(_))).collect()
    }

    fn channel(&self) -> Channel {
        match self {
            Provider::Twilio(fake) => twilio_at(&fake.base_url(), fake_twilio::AUTH_TOKEN),
            Provider::Seven(fake) => seven_at(&fake.url(), fake_seven::API_KEY),
            Provider::Simulator(simulator) => Channel::Simulator(simulator.clone()),
        }
    }

    /// The same channel with settings the provider does not know.
    fn unknown_channel(&self) -> Channel {
        match self {
            Provider::Twilio(fake) => twilio_at(&fake.base_url(), "another token"),
            Provider::Seven(fake) => seven_at(&fake.url(), "another key"),
            Provider::Simulator(_) => unreachable!("the simulator has no settings"),
        }
    }

    fn script(&self, fault: Fault) {
        match self {
            Provider::Twilio(fake) => fake.script("", &[fault]),
            Provider::Seven(fake) => fake.script(&[fault]),
            Provider::Simulator(_) => unreachable!("the simulator has no faults"),
        }
    }

    /// The code for a number nobody has.
    fn unknown_number(&self) -> u32 {
        match self {
            Provider::Twilio(_) | Provider::Simulator(_) => 21211,
            Provider::Seven(_) => 202,
        }
    }

    /// The texts it really sent.
    fn sent(&self) -> Vec<String> {
        match self {
            Provider::Twilio(fake) => fake.ledger().into_iter().map(|sent| sent.body).collect(),
            Provider::Seven(fake) => fake.ledger().into_iter().map(|sent| sent.text).collect(),
            Provider::Simulator(simulator) => {
                let texts = simulator.messages(&number(12)).into_iter();
                texts.map(|text| text.body).collect()
            }
        }
    }

    fn asked(&self) -> usize {
        match self {
            Provider::Twilio(fake) => fake.asked() + fake.refused(),
            Provider::Seven(fake) => fake.asked() + fake.refused(),
            Provider::Simulator(simulator) => simulator.messages(&number(12)).len(),
        }
    }
}

pub fn twilio_at(base_url: &str, auth_token: &str) -> Channel {
    let config = twilio::Config {
        account_sid: fake_twilio::ACCOUNT.into(),
        auth_token: auth_token.into(),
        next_auth_token: None,
        api_key: None,
        sender: Sender::Number(fake_twilio::SENDER.into()),
        base_url: Url::parse(base_url).unwrap(),
        // Reports go to a port nobody has; they are not what is asked here.
        public_url: Url::parse("http://127.0.0.1:1").unwrap(),
        callback_secret: b"secret".to_vec(),
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    };
    Channel::Twilio(Twilio::new(config).unwrap())
}

pub fn seven_at(url: &str, api_key: &str) -> Channel {
    let account = seven::Account {
        url: Url::parse(url).unwrap(),
        api_key: api_key.into(),
        sender: fake_seven::SENDER.into(),
        signing_keys: vec![fake_seven::SIGNING_KEY.into()],
        public_url: Url::parse("https://termine.example").unwrap(),
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    };
    Channel::Gateway(Gateway::new(seven::config(account)).unwrap())
}

fn number(last: u32) -> PhoneNumber {
    PhoneNumber::trusted(format!("+4917139200{last:02}"))
}

#[expect(clippy::disallowed_methods, reason = "the fakes keep real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

pub fn outgoing() -> Outgoing {
    Outgoing {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 2,
        to: number(12),
        body: "Nr. B012: Bitte jetzt zu Platz 3. Größe & mehr".into(),
        validity: Duration::from_secs(170),
        at: now(),
    }
}

/// Meets one fault; says what came of it, after showing that there was one request and no more.
async fn meet(provider: &Provider, fault: Fault) -> SendOutcome {
    provider.script(fault);
    let asked = provider.asked();
    let outcome = provider.channel().send(&outgoing()).await;
    assert_eq!(provider.asked(), asked + 1, "{fault:?}: one request, never a second by itself");
    outcome
}

#[tokio::test]
async fn a_message_is_accepted_once_and_arrives_as_written() {
    for provider in Provider::all().await {
        let outcome = provider.channel().send(&outgoing()).await;
        let SendOutcome::Accepted { reference, .. } = &outcome else { panic!("{outcome:?}") };
        assert!(!reference.is_empty());
        assert_eq!(provider.sent(), [outgoing().body]);
        assert_eq!(provider.asked(), 1);
    }
}

#[tokio::test]
async fn a_refused_recipient_is_refused_for_good() {
    for provider in Provider::all().await {
        let code = provider.unknown_number();
        let outcome = match &provider {
            Provider::Simulator(_) => {
                provider.channel().send(&Outgoing { to: number(90), ..outgoing() }).await
            }
            Provider::Twilio(_) | Provider::Seven(_) => meet(&provider, Fault::Refused(code)).await,
        };
        assert_eq!(outcome.class(), Some(ErrorClass::PermanentRecipient), "{outcome:?}");
        assert_eq!(outcome.code(), Some(code.to_string()));
        assert!(provider.sent().is_empty());
    }
}

#[tokio::test]
async fn a_throttled_message_is_not_sent_and_waits_as_long_as_asked() {
    for provider in Provider::remote().await {
        let outcome = meet(&provider, Fault::Throttled(7)).await;
        let SendOutcome::Throttled { after, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, Some(Duration::from_secs(7)));
        assert!(provider.sent().is_empty());
    }
}

#[tokio::test]
async fn settings_the_provider_does_not_know_are_our_fault() {
    for provider in Provider::remote().await {
        let outcome = provider.unknown_channel().send(&outgoing()).await;
        assert_eq!(outcome.class(), Some(ErrorClass::Configuration), "{outcome:?}");
        assert_eq!((provider.asked(), provider.sent().len()), (1, 0));
    }
}

#[tokio::test]
async fn silence_is_doubt_and_ends_in_time() {
    for provider in Provider::remote().await {
        let began = Instant::now();
        let outcome = meet(&provider, Fault::HangAfterAccept(Duration::from_secs(30))).await;
        assert_eq!(outcome, SendOutcome::Ambiguous { reason: "timeout", http_status: None });
        assert!(began.elapsed() < PATIENCE + Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(provider.sent().len(), 1, "it was sent, and nobody told us");
    }
}

#[tokio::test]
async fn a_dropped_line_is_doubt_whether_it_was_sent_or_not() {
    for provider in Provider::remote().await {
        for (fault, sent) in [(Fault::DropBefore, 0), (Fault::DropAfter, 1)] {
            let outcome = meet(&provider, fault).await;
            assert_eq!(outcome, SendOutcome::Ambiguous { reason: "reset", http_status: None });
            assert_eq!(provider.sent().len(), sent);
        }
    }
}

#[tokio::test]
async fn an_error_of_the_provider_is_doubt_whether_it_was_sent_or_not() {
    for provider in Provider::remote().await {
        for (fault, sent) in [(Fault::ErrorBefore, 0), (Fault::ErrorAfter, 1)] {
            let outcome = meet(&provider, fault).await;
            assert_eq!(outcome, SendOutcome::Ambiguous { reason: "server_error", http_status: Some(500) });
            assert_eq!(provider.sent().len(), sent);
        }
    }
}

#[tokio::test]
async fn nobody_listening_is_surely_not_sent() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for channel in [twilio_at(&address, "token"), seven_at(&address, "key")] {
        let outcome = channel.send(&outgoing()).await;
        assert_eq!(outcome, SendOutcome::NotSent { reason: "dns_or_connect" });
    }
}

#[tokio::test]
async fn trouble_with_one_message_is_none_for_the_next() {
    for provider in Provider::remote().await {
        let channel = provider.channel();
        for fault in [Fault::DropBefore, Fault::Throttled(1), Fault::ErrorBefore] {
            provider.script(fault);
            assert!(channel.send(&outgoing()).await.class().is_some());
        }
        assert_eq!(channel.send(&outgoing()).await.class(), None);
        assert_eq!(provider.sent().len(), 1);
    }
}

#[tokio::test]
async fn a_channel_finds_again_what_it_says_it_can_find() {
    for provider in Provider::all().await {
        let channel = provider.channel();
        let attempt = outgoing();
        channel.send(&attempt).await;
        let found = channel.lookup(&attempt).await;
        let stranger =
            Outgoing { body: "Anderer Text".into(), message: MessageId(Uuid::from_u128(8)), ..outgoing() };
        let missing = channel.lookup(&stranger).await;
        if channel.caps().finds_again {
            assert!(matches!(found, Lookup::Found { .. }), "{found:?}");
            assert_eq!(missing, Lookup::NotFound);
        } else {
            assert_eq!((found, missing), (Lookup::Unknown, Lookup::Unknown));
        }
    }
}

#[tokio::test]
async fn channels_say_what_they_can_do_and_who_they_are() {
    let mut words = Vec::new();
    for provider in Provider::all().await {
        let channel = provider.channel();
        let Caps { finds_again, reports, receives, repeatable } = channel.caps();
        assert!(reports && receives, "all of them report and can be answered");
        assert_eq!(finds_again, !matches!(provider, Provider::Seven(_)));
        assert!(!repeatable, "a second SMS always arrives");
        words.push(channel.provider());
    }
    assert_eq!(words, ["twilio", "seven", "simulator"]);
}

#[tokio::test]
async fn nothing_personal_and_no_secret_is_shown() {
    for provider in Provider::all().await {
        let channel = provider.channel();
        let outcome = channel.send(&outgoing()).await;
        let shown = format!("{channel:?} {:?} {outcome:?}", outgoing());
        for secret in
            ["3920012", "Platz 3", fake_twilio::AUTH_TOKEN, fake_seven::API_KEY, fake_seven::SIGNING_KEY]
        {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[tokio::test]
async fn seven_gets_what_its_interface_asks_for() {
    let fake = FakeSeven::start().await;
    seven_at(&fake.url(), fake_seven::API_KEY).send(&outgoing()).await;
    let sent = fake.ledger().remove(0);
    assert_eq!((sent.to.as_str(), sent.from.as_str()), ("+491713920012", fake_seven::SENDER));
    let id = "00000000-0000-0000-0000-000000000007.2";
    assert_eq!(sent.foreign_id.as_deref(), Some(id));
    assert!(id.len() <= 64, "longer ones are refused");
    assert_eq!(sent.ttl_minutes, Some(3), "170 s, rounded up");
}

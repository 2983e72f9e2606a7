//! What every channel promises, whatever it carries, an SMS, an e-mail or a push: it sends once and never by itself again, within
//! its time, and says truthfully what is known.

use std::time::{Duration, Instant};

use channels::delivery::SendOutcome;
use channels::{Channel, Smtp, WebPush};
use domain::messaging::failure::ErrorClass;
use system_tests::harness::fake_smtp::{Step, Trouble as MailTrouble};
use system_tests::harness::fake_twilio::{FakeTwilio, Fault as SmsFault};
use system_tests::harness::push_service::{Fault as PushFault, Subscription};
use system_tests::harness::{FakeSeven, FakeSmtp, PushService, fake_seven, fake_twilio};

use crate::contract::{PATIENCE, outgoing, seven_at, twilio_at};
use crate::{email, web_push};

/// What goes wrong at the far side, in the words of each protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// This recipient takes nothing, for good.
    NoSuchRecipient,
    /// Not now.
    NotNow,
    /// It knows no such account of ours.
    UnknownAccount,
    /// It is taken, and nothing more is said.
    TakenAndSilent,
    /// The line drops before an answer.
    Dropped,
}

/// The far side of a channel, and the channel to it.
enum Far {
    Twilio(FakeTwilio, Channel),
    Seven(FakeSeven, Channel),
    Smtp(FakeSmtp, Smtp),
    Push(PushService, WebPush, Subscription),
}

impl Far {
    async fn all() -> Vec<Far> {
        let (twilio, seven) = (FakeTwilio::start().await, FakeSeven::start().await);
        let (smtp, push) = (FakeSmtp::start().await, PushService::start().await);
        let (to_twilio, to_seven) = (
            twilio_at(&twilio.base_url(), fake_twilio::AUTH_TOKEN),
            seven_at(&seven.url(), fake_seven::API_KEY),
        );
        let (to_smtp, to_push) = (email::channel_to(&smtp), web_push::channel_to(&push));
        let browser = push.subscribe(to_push.public_key());
        vec![
            Far::Twilio(twilio, to_twilio),
            Far::Seven(seven, to_seven),
            Far::Smtp(smtp, to_smtp),
            Far::Push(push, to_push, browser),
        ]
    }

    fn name(&self) -> &'static str {
        match self {
            Far::Twilio(..) => "twilio",
            Far::Seven(..) => "seven",
            Far::Smtp(..) => "smtp",
            Far::Push(..) => "push",
        }
    }

    /// Sends the one message of these tests.
    async fn send(&self) -> SendOutcome {
        match self {
            Far::Twilio(_, channel) | Far::Seven(_, channel) => channel.send(&outgoing()).await,
            Far::Smtp(_, channel) => channel.send(&email::mail()).await,
            Far::Push(_, channel, browser) => channel.send(&web_push::push_to(browser.clone())).await,
        }
    }

    fn script(&self, trouble: Trouble) {
        let long = Duration::from_secs(30);
        match self {
            Far::Twilio(fake, _) => fake.script("", &[of_sms(trouble, 21211)]),
            Far::Seven(fake, _) => fake.script(&[of_sms(trouble, 202)]),
            Far::Smtp(fake, _) => fake.script(&[match trouble {
                Trouble::NoSuchRecipient => MailTrouble::Answer(Step::Recipient, "550 5.1.1 User unknown"),
                Trouble::NotNow => MailTrouble::Answer(Step::Recipient, "450 4.2.0 Greylisted"),
                Trouble::UnknownAccount => MailTrouble::Answer(Step::Sender, "550 5.7.1 Not your address"),
                Trouble::TakenAndSilent => MailTrouble::Hang(Step::Accepted),
                Trouble::Dropped => MailTrouble::Drop(Step::Accepted),
            }]),
            Far::Push(fake, ..) => fake.script(&[match trouble {
                Trouble::NoSuchRecipient => PushFault::Status(410),
                Trouble::NotNow => PushFault::Wait(429, "7".into()),
                Trouble::UnknownAccount => PushFault::Status(403),
                Trouble::TakenAndSilent => PushFault::HangAfterAccept(long),
                Trouble::Dropped => PushFault::Drop,
            }]),
        }
    }

    /// How often it was asked to take something.
    fn asked(&self) -> usize {
        match self {
            Far::Twilio(fake, _) => fake.asked() + fake.refused(),
            Far::Seven(fake, _) => fake.asked() + fake.refused(),
            Far::Smtp(fake, _) => fake.begun(),
            Far::Push(fake, ..) => fake.asked(),
        }
    }

    /// How much it has taken.
    fn taken(&self) -> usize {
        match self {
            Far::Twilio(fake, _) => fake.ledger().len(),
            Far::Seven(fake, _) => fake.ledger().len(),
            Far::Smtp(fake, _) => fake.ledger().len(),
            Far::Push(fake, ..) => fake.ledger().len(),
        }
    }

    /// Meets one trouble; says what came of it, after showing that nothing was tried twice.
    async fn meet(&self, trouble: Trouble) -> SendOutcome {
        self.script(trouble);
        let asked = self.asked();
        let outcome = self.send().await;
        assert!(self.asked() <= asked + 1, "{}, {trouble:?}: never a second by itself", self.name());
        outcome
    }
}

fn of_sms(trouble: Trouble, unknown_number: u32) -> SmsFault {
    match trouble {
        Trouble::NoSuchRecipient => SmsFault::Refused(unknown_number),
        Trouble::NotNow => SmsFault::Throttled(7),
        Trouble::UnknownAccount => unreachable!("shown with another channel"),
        Trouble::TakenAndSilent => SmsFault::HangAfterAccept(Duration::from_secs(30)),
        Trouble::Dropped => SmsFault::DropAfter,
    }
}

#[tokio::test]
async fn what_is_taken_is_taken_once_under_a_name() {
    for far in Far::all().await {
        let outcome = far.send().await;
        let SendOutcome::Accepted { reference, .. } = &outcome else { panic!("{}: {outcome:?}", far.name()) };
        assert!(!reference.is_empty());
        assert_eq!((far.asked(), far.taken()), (1, 1), "{}", far.name());
    }
}

#[tokio::test]
async fn who_takes_nothing_is_given_up_and_not_now_is_later() {
    for far in Far::all().await {
        let gone = far.meet(Trouble::NoSuchRecipient).await.class();
        assert!(matches!(gone, Some(ErrorClass::PermanentRecipient | ErrorClass::Gone)), "{}", far.name());
        let later = far.meet(Trouble::NotNow).await.class();
        assert!(matches!(later, Some(ErrorClass::Throttled | ErrorClass::MailTemporary)), "{}", far.name());
        assert_eq!(far.taken(), 0, "{}", far.name());
    }
}

#[tokio::test]
async fn an_account_nobody_knows_is_our_fault() {
    for far in Far::all().await {
        let outcome = match &far {
            Far::Twilio(fake, _) => twilio_at(&fake.base_url(), "another token").send(&outgoing()).await,
            Far::Seven(fake, _) => seven_at(&fake.url(), "another key").send(&outgoing()).await,
            Far::Smtp(..) | Far::Push(..) => far.meet(Trouble::UnknownAccount).await,
        };
        assert_eq!(outcome.class(), Some(ErrorClass::Configuration), "{}", far.name());
        assert_eq!(far.taken(), 0, "{}", far.name());
    }
}

#[tokio::test]
async fn silence_and_a_dropped_line_are_doubt_within_the_time() {
    for far in Far::all().await {
        let began = Instant::now();
        let silent = far.meet(Trouble::TakenAndSilent).await;
        assert_eq!(silent, SendOutcome::Ambiguous { reason: "timeout", http_status: None }, "{}", far.name());
        assert!(began.elapsed() < PATIENCE + Duration::from_secs(3), "{}: {:?}", far.name(), began.elapsed());
        assert_eq!(far.taken(), 1, "{}: it was taken, and nobody told us", far.name());
        let dropped = far.meet(Trouble::Dropped).await;
        assert_eq!(dropped, SendOutcome::Ambiguous { reason: "reset", http_status: None }, "{}", far.name());
    }
}

#[tokio::test]
async fn nobody_at_the_far_side_means_surely_not_sent() {
    for far in Far::all().await {
        let name = far.name();
        let outcome = match far {
            Far::Twilio(fake, channel) => {
                drop(fake);
                channel.send(&outgoing()).await
            }
            Far::Seven(fake, channel) => {
                drop(fake);
                channel.send(&outgoing()).await
            }
            Far::Smtp(fake, channel) => {
                drop(fake);
                channel.send(&email::mail()).await
            }
            Far::Push(fake, channel, browser) => {
                drop(fake);
                channel.send(&web_push::push_to(browser)).await
            }
        };
        assert_eq!(outcome, SendOutcome::NotSent { reason: "dns_or_connect" }, "{name}");
    }
}

#[tokio::test]
async fn trouble_with_one_is_none_for_the_next() {
    for far in Far::all().await {
        for trouble in [Trouble::NotNow, Trouble::NoSuchRecipient, Trouble::Dropped] {
            assert!(far.meet(trouble).await.class().is_some(), "{}, {trouble:?}", far.name());
        }
        let before = far.taken();
        assert_eq!(far.send().await.class(), None, "{}", far.name());
        assert_eq!(far.taken(), before + 1, "{}", far.name());
    }
}

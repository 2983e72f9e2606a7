//! Why an attempt failed and what follows: the error classes A to M and their schedules, capped by the message's expiry.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// What kind of failure it was; decides what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// A: it never left us (name resolution, connect, TLS).
    NotSent,
    /// B: the provider asks us to slow down.
    Throttled,
    /// C: it may have been accepted (read time-out, reset, 5xx).
    Ambiguous,
    /// D: this number cannot receive it, now or later.
    PermanentRecipient,
    /// E: the recipient has opted out at the provider.
    OptedOut,
    /// F: the carrier may manage later (phone off).
    CarrierTemporary,
    /// G: the carrier or provider filtered it.
    Blocked,
    /// H: our settings are wrong; no message can succeed until a person mends them.
    Configuration,
    /// I: the provider's own queue is full.
    ProviderQueue,
    /// J: the provider dropped it because its validity was over.
    Late,
    /// K: the browser has ended its subscription to push messages.
    Gone,
    /// L: our text or request is at fault.
    Render,
    /// M: the mail server asks to come again later.
    MailTemporary,
}

impl ErrorClass {
    /// Every class, for tables and tests.
    pub const ALL: [ErrorClass; 13] = [
        ErrorClass::NotSent,
        ErrorClass::Throttled,
        ErrorClass::Ambiguous,
        ErrorClass::PermanentRecipient,
        ErrorClass::OptedOut,
        ErrorClass::CarrierTemporary,
        ErrorClass::Blocked,
        ErrorClass::Configuration,
        ErrorClass::ProviderQueue,
        ErrorClass::Late,
        ErrorClass::Gone,
        ErrorClass::Render,
        ErrorClass::MailTemporary,
    ];

    /// The letter in the database, in logs and in the runbook.
    pub fn letter(self) -> &'static str {
        match self {
            ErrorClass::NotSent => "A",
            ErrorClass::Throttled => "B",
            ErrorClass::Ambiguous => "C",
            ErrorClass::PermanentRecipient => "D",
            ErrorClass::OptedOut => "E",
            ErrorClass::CarrierTemporary => "F",
            ErrorClass::Blocked => "G",
            ErrorClass::Configuration => "H",
            ErrorClass::ProviderQueue => "I",
            ErrorClass::Late => "J",
            ErrorClass::Gone => "K",
            ErrorClass::Render => "L",
            ErrorClass::MailTemporary => "M",
        }
    }

    /// The class of a letter, if it is one.
    pub fn parse(letter: &str) -> Option<ErrorClass> {
        ErrorClass::ALL.into_iter().find(|class| class.letter() == letter)
    }
}

/// The class of a provider's numeric code, as Twilio uses them in answers and receipts.
pub fn class_of_code(code: u32) -> ErrorClass {
    match code {
        20429 | 14107 | 30022 => ErrorClass::Throttled,
        21211 | 21217 | 21219 | 21265 | 21401 | 21421 | 21612 | 21614 | 21635 | 30005 | 30006 => {
            ErrorClass::PermanentRecipient
        }
        21610 => ErrorClass::OptedOut,
        30003 | 30008 => ErrorClass::CarrierTemporary,
        30004 | 30007 => ErrorClass::Blocked,
        20001..=20010
        | 20101..=20107
        | 20403
        | 20404
        | 21212
        | 21408
        | 21603
        | 21606..=21609
        | 21613
        | 21659..=21661
        | 21701..=21712
        | 30002
        | 30034
        | 63038 => ErrorClass::Configuration,
        21611 => ErrorClass::ProviderQueue,
        30001 => ErrorClass::ProviderQueue,
        30036 => ErrorClass::Late,
        20500 | 20503 | 30009 | 30010 => ErrorClass::Ambiguous,
        _ => ErrorClass::Render,
    }
}

/// Spreads retries over ±20 %: a number in 0..1000 drawn by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(u16);

impl Jitter {
    /// No spread, for tests and previews.
    pub const NONE: Jitter = Jitter(500);

    /// From any random number.
    pub fn from_random(random: u32) -> Jitter {
        Jitter((random % 1000) as u16)
    }

    fn spread(self, duration: Duration) -> Duration {
        let permille = 800 + i64::from(self.0) * 400 / 999;
        Duration::milliseconds(duration.num_milliseconds() * permille / 1000)
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again from this moment on.
    RetryAt(DateTime<Utc>),
    /// Find out first whether it was accepted.
    FindOut,
    /// It will not be sent.
    Fail,
    /// It will not be sent and the number is bad.
    FailRecipient,
    /// The number wants no messages.
    Suppress,
    /// Its time is over.
    Expire,
}

/// The failure as the schedule needs it.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Its class.
    pub class: ErrorClass,
    /// How many attempts of this class there have been, this one included.
    pub count: u32,
    /// What the provider asked for.
    pub retry_after: Option<Duration>,
    /// How soon another provider may try, where one may.
    pub elsewhere: Option<Duration>,
    /// Whether a second copy replaces the first: e-mails by their Message-ID, pushes by their topic and tag.
    pub repeatable: bool,
}

/// What follows a failed attempt: the schedule of its class, spread, and never past the expiry.
pub fn after_failure(
    failure: Failure,
    jitter: Jitter,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Next {
    let count = failure.count.max(1);
    let wait = match failure.class {
        ErrorClass::NotSent => Some(jitter.spread(not_sent_wait(count))),
        ErrorClass::Throttled => Some(match failure.retry_after {
            // Never earlier than asked: spread upwards only.
            Some(asked) => {
                let asked = asked.clamp(Duration::seconds(1), Duration::minutes(10));
                asked + (jitter.spread(asked) - asked).max(Duration::zero())
            }
            None => jitter.spread(Duration::seconds(2_i64.pow(count.min(6)).min(60))),
        }),
        ErrorClass::CarrierTemporary => match count {
            1 => Some(jitter.spread(Duration::minutes(30))),
            2 => Some(jitter.spread(Duration::hours(2))),
            _ => None,
        },
        ErrorClass::ProviderQueue => (count <= 5).then(|| jitter.spread(Duration::seconds(60))),
        ErrorClass::Configuration => Some(jitter.spread(Duration::seconds(60))),
        ErrorClass::Render => (count < 2).then(|| jitter.spread(Duration::seconds(5))),
        ErrorClass::MailTemporary => mail_wait(count).map(|wait| jitter.spread(wait)),
        ErrorClass::Blocked => None,
        ErrorClass::Ambiguous if failure.repeatable => Some(jitter.spread(not_sent_wait(count))),
        ErrorClass::Ambiguous => return Next::FindOut,
        ErrorClass::PermanentRecipient | ErrorClass::Gone => return Next::FailRecipient,
        ErrorClass::OptedOut => return Next::Suppress,
        ErrorClass::Late => return Next::Expire,
    };
    let wait = wait.map(|wait| failure.elsewhere.map_or(wait, |elsewhere| wait.min(elsewhere)));
    match wait.map(|wait| now + wait) {
        Some(at) if at < expires_at => Next::RetryAt(at),
        Some(_) => Next::Expire,
        None => Next::Fail,
    }
}

/// Mail servers that ask for patience get two days of it (RFC 5321 §4.5.4.1 asks for four to five, no reminder needs them).
fn mail_wait(count: u32) -> Option<Duration> {
    let minutes = match count {
        1 => 5,
        2 => 15,
        3 => 30,
        4 => 60,
        5 => 120,
        6..=16 => 240,
        _ => return None,
    };
    Some(Duration::minutes(minutes))
}

fn not_sent_wait(count: u32) -> Duration {
    match count {
        1 => Duration::seconds(1),
        2 => Duration::seconds(5),
        3 => Duration::seconds(30),
        4 => Duration::minutes(2),
        5 => Duration::minutes(5),
        _ => Duration::minutes(15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noon() -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse().unwrap()
    }

    fn wait(class: ErrorClass, count: u32) -> Option<i64> {
        let failure = Failure { class, count, retry_after: None, elsewhere: None, repeatable: false };
        match after_failure(failure, Jitter::NONE, noon(), noon() + Duration::days(2)) {
            Next::RetryAt(at) => Some((at - noon()).num_seconds()),
            Next::FindOut | Next::Fail | Next::FailRecipient | Next::Suppress | Next::Expire => None,
        }
    }

    #[test]
    fn the_schedules_are_those_of_the_design() {
        let not_sent: Vec<_> = (1..=7).map(|n| wait(ErrorClass::NotSent, n)).collect();
        assert_eq!(not_sent, [1, 5, 30, 120, 300, 900, 900].map(Some));
        let throttled: Vec<_> = (1..=7).map(|n| wait(ErrorClass::Throttled, n)).collect();
        assert_eq!(throttled, [2, 4, 8, 16, 32, 60, 60].map(Some));
        let carrier: Vec<_> = (1..=3).map(|n| wait(ErrorClass::CarrierTemporary, n)).collect();
        assert_eq!(carrier, [Some(1800), Some(7200), None]);
        assert_eq!(wait(ErrorClass::ProviderQueue, 5), Some(60));
        assert_eq!(wait(ErrorClass::ProviderQueue, 6), None);
        assert_eq!(wait(ErrorClass::Blocked, 1), None);
        let mail: Vec<_> = (1..=17).map(|n| wait(ErrorClass::MailTemporary, n)).collect();
        assert_eq!(mail[..7], [300, 900, 1800, 3600, 7200, 14_400, 14_400].map(Some));
        assert_eq!((mail[15], mail[16]), (Some(14_400), None));
        let whole: i64 = mail.iter().flatten().sum();
        assert!((46..=48).contains(&(whole / 3600)), "two days of patience, not {whole} s");
    }

    #[test]
    fn where_another_may_carry_it_nobody_waits_for_the_throttled_one() {
        let wait = Some(Duration::minutes(10));
        let alone = Failure {
            class: ErrorClass::Throttled,
            count: 1,
            retry_after: wait,
            elsewhere: None,
            repeatable: false,
        };
        let code = noon() + Duration::minutes(5);
        assert_eq!(after_failure(alone, Jitter::NONE, noon(), code), Next::Expire);
        let second = Failure { elsewhere: Some(Duration::seconds(1)), ..alone };
        let soon = Next::RetryAt(noon() + Duration::seconds(1));
        assert_eq!(after_failure(second, Jitter::NONE, noon(), code), soon);
    }

    #[test]
    fn an_ended_subscription_is_never_tried_again() {
        let gone = Failure {
            class: ErrorClass::Gone,
            count: 1,
            retry_after: None,
            elsewhere: None,
            repeatable: true,
        };
        let next = after_failure(gone, Jitter::NONE, noon(), noon() + Duration::days(1));
        assert_eq!(next, Next::FailRecipient);
    }

    #[test]
    fn what_replaces_its_first_copy_is_repeated_without_looking() {
        let failure = Failure {
            class: ErrorClass::Ambiguous,
            count: 2,
            retry_after: None,
            elsewhere: None,
            repeatable: true,
        };
        let next = after_failure(failure, Jitter::NONE, noon(), noon() + Duration::days(1));
        assert_eq!(next, Next::RetryAt(noon() + Duration::seconds(5)));
    }

    #[test]
    fn an_ambiguous_attempt_is_looked_into_and_never_repeated_blindly() {
        let failure = Failure {
            class: ErrorClass::Ambiguous,
            count: 1,
            retry_after: None,
            elsewhere: None,
            repeatable: false,
        };
        assert_eq!(after_failure(failure, Jitter::NONE, noon(), noon()), Next::FindOut);
    }

    #[test]
    fn known_codes_have_their_class() {
        for (code, class) in [
            (20429, ErrorClass::Throttled),
            (21211, ErrorClass::PermanentRecipient),
            (21614, ErrorClass::PermanentRecipient),
            (21635, ErrorClass::PermanentRecipient),
            (30005, ErrorClass::PermanentRecipient),
            (30006, ErrorClass::PermanentRecipient),
            (21610, ErrorClass::OptedOut),
            (30003, ErrorClass::CarrierTemporary),
            (30008, ErrorClass::CarrierTemporary),
            (30007, ErrorClass::Blocked),
            (30004, ErrorClass::Blocked),
            (20003, ErrorClass::Configuration),
            (21606, ErrorClass::Configuration),
            (21408, ErrorClass::Configuration),
            (30001, ErrorClass::ProviderQueue),
            (21611, ErrorClass::ProviderQueue),
            (30036, ErrorClass::Late),
            (20500, ErrorClass::Ambiguous),
        ] {
            assert_eq!(class_of_code(code), class, "{code}");
        }
    }

    #[test]
    fn every_class_keeps_its_letter() {
        for class in ErrorClass::ALL {
            assert_eq!(ErrorClass::parse(class.letter()), Some(class));
        }
    }

    proptest! {
        #[test]
        fn no_retry_after_the_expiry_and_none_in_the_past(
            index in 0..ErrorClass::ALL.len(), count in 0_u32..40, random in any::<u32>(),
            asked in prop::option::of(0_i64..100_000), left in 0_i64..200_000, repeatable in any::<bool>()
        ) {
            let failure = Failure {
                class: ErrorClass::ALL[index], count, retry_after: asked.map(Duration::seconds),
                elsewhere: (random % 2 == 0).then(|| Duration::seconds(1)), repeatable,
            };
            let expires = noon() + Duration::seconds(left);
            if let Next::RetryAt(at) = after_failure(failure, Jitter::from_random(random), noon(), expires) {
                prop_assert!(at > noon() && at < expires);
            }
        }

        #[test]
        fn a_throttled_retry_is_never_earlier_than_asked(random in any::<u32>(), asked in 1_i64..600) {
            let failure = Failure {
                class: ErrorClass::Throttled, count: 1, retry_after: Some(Duration::seconds(asked)),
                elsewhere: None,
                repeatable: false,
            };
            let next = after_failure(failure, Jitter::from_random(random), noon(), noon() + Duration::days(1));
            let Next::RetryAt(at) = next else { return Err(TestCaseError::fail("no retry")) };
            prop_assert!(at >= noon() + Duration::seconds(asked));
            prop_assert!(at <= noon() + Duration::seconds(asked * 12 / 10 + 1));
        }
    }
}

//! Fills the outbox of a town by the thousand, each message with a text of its own, and waits until it is empty.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::contact::PhoneNumber;
use domain::ids::{MessageId, TownId};
use domain::language::Language;
use domain::messaging::{Notification, Recipient};
use store::messaging::NewMessage;
use store::{Database, Sealer};
use system_tests::harness::{TestDatabase, eventually_within};
use system_tests::town::Town;
use uuid::Uuid;

use crate::{invariants, report};

/// The key of `system_tests::town`, before base64.
const KEY: &[u8; 32] = b"not a key, only 32 bytes of text";

/// A town over PostgreSQL, Redis and a fake Twilio, whose messages' steps are written down.
pub async fn town(workers: usize, own: &[(&str, &str)]) -> Option<Town> {
    let Some(database) = TestDatabase::create() else {
        eprintln!("not run: LOTSE_TEST_POSTGRES_URL is not set (infra/setup/services.sh sets it)");
        return None;
    };
    let town = Town::cluster_on(database, workers, own).await;
    invariants::watch(&town);
    Some(town)
}

/// What is owed: how many, to which numbers, from when on.
#[derive(Clone, Copy)]
pub struct Owed {
    pub count: usize,
    /// The last two digits of the number; `None` spreads them over all that are free for fiction.
    pub to: Option<u8>,
    pub after: TimeDelta,
}

impl Owed {
    /// So many, to everybody, now.
    pub fn now(count: usize) -> Self {
        Self { count, to: None, after: TimeDelta::zero() }
    }
}

/// Owes news of cancellations, each of another minute: messages that are to arrive whatever happens.
pub async fn owe(town: &Town, owed: Owed) {
    let minute = |number: usize| {
        let day = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day").and_time(chrono::NaiveTime::MIN);
        Notification::BookingCancelled { starts: day + TimeDelta::minutes(number as i64) }
    };
    owe_each(town, owed, minute).await;
}

/// Owes six digits, each other ones: what somebody is waiting for.
pub async fn owe_codes(town: &Town, owed: Owed) {
    let code = |number: usize| Notification::VerificationCode {
        code: format!("{number:06}"),
        host: "termine.musterstadt.example".to_owned(),
    };
    owe_each(town, owed, code).await;
}

async fn owe_each(town: &Town, owed: Owed, notification: impl Fn(usize) -> Notification) {
    let url = &town.sql().url;
    let db = Database::connect(url, 2, Sealer::new(KEY)).await.expect("the database answers");
    let id: Uuid = town.sql().sql("SELECT id FROM town")[0].parse().expect("an id");
    let first = town.sql().count("SELECT count(*) FROM message") as usize;
    for page in (0..owed.count).collect::<Vec<_>>().chunks(200) {
        let tx = db.write().await.expect("a transaction");
        for number in page {
            let number = first + number;
            let now = now();
            let last = owed.to.map_or(number % 99, usize::from);
            let notification = notification(number);
            let lifetime = notification.kind().lifetime();
            let new = NewMessage {
                id: MessageId(Uuid::from_u128(0x7000_0000_0000_4000_8000_0000_0000_0000 + number as u128)),
                town: TownId(id),
                dedupe_key: format!("fault:{number}"),
                to: Recipient::Phone(PhoneNumber::trusted(format!("+4917139200{last:02}"))),
                notification,
                language: Language::De,
                template_version: 1,
                text: None,
                parent: None,
                booking: None,
                visit: None,
                not_before: now + owed.after,
                expires_at: now + owed.after + lifetime,
                created_at: now,
            };
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&(number as u64).to_le_bytes());
            assert!(store::messaging::insert(&tx, &new, nonce).await.expect("it is owed"));
        }
        tx.commit().await.expect("they are owed");
    }
    db.close().await.expect("it closes");
}

/// Waits until no message is on its way any more. With small counts the minutes are not waited out in which an attempt
/// nobody knows of is looked for.
pub async fn settled(town: &Town, longest: Duration) {
    let open = "SELECT count(*) FROM message WHERE channel = 'sms' \
        AND state IN ('queued', 'enqueued', 'sending', 'uncertain')";
    eventually_within(longest, "every message at its end", || async {
        if !report::full() {
            hurry(town);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        (town.sql().count(open) == 0).then_some(())
    })
    .await;
}

/// Five minutes pass for the attempts nobody knows of: the next look is the last one.
pub fn hurry(town: &Town) {
    town.sql().sql(
        "UPDATE message_attempt a SET started_at = a.started_at - interval '5 minutes' FROM message m \
         WHERE m.id = a.message_id AND m.attempts = a.no AND m.state = 'uncertain' \
         AND a.started_at > now() - interval '5 minutes' AND m.claim_until < now() + interval '1 hour'; \
         UPDATE message SET claim_until = now() WHERE state = 'uncertain' AND claim_until > now();",
    );
}

#[expect(clippy::disallowed_methods, reason = "the processes under test run on real time")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

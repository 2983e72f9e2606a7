//! How soon whoever writes to the town is answered, and how long the provider waits for our answer to its webhook.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use system_tests::harness::eventually_within;
use system_tests::harness::fake_twilio::bring;
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::{Figures, percentile_ms};
use crate::outbox::LONG;

const WRITTEN: usize = 400;
const A_SECOND: u32 = 20;
/// Each writes a few times: there is a limit to what one is answered in an hour.
const NUMBERS: usize = 90;

/// `inbound_hook_p99`, our answer to the webhook of a message somebody wrote, twenty a second; `inbound_reply_p95`, from
/// writing it until the provider takes the reply.
pub async fn measure(figures: &mut Figures, town: &Town) {
    let mut every = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    let mut calls = JoinSet::new();
    for number in 0..WRITTEN {
        every.tick().await;
        let from = format!("+4917139200{:02}", number % NUMBERS);
        let sid = town.twilio().keeps(&from, "INFO", now());
        let base = town.api.base.clone();
        calls.spawn(async move {
            let began = Instant::now();
            assert_eq!(bring(&base, &from, "INFO", &sid).await, 200, "every message is taken");
            began.elapsed()
        });
    }
    let mut took = calls.join_all().await;
    figures.at_most("inbound_hook_p99", percentile_ms(&mut took, 0.99), "ms", 300.0);
    let mut took = replies(town).await;
    figures.at_most("inbound_reply_p95", percentile_ms(&mut took, 0.95), "ms", 2000.0);
}

/// From each message until the provider took its reply, once all are answered.
async fn replies(town: &Town) -> Vec<Duration> {
    let replies = eventually_within(LONG, "every message answered", || async {
        let rows = town.sql().sql(
            "SELECT i.provider_sid, m.id FROM inbound_sms i JOIN message m ON m.id = i.reply_message_id \
             WHERE m.accepted_at IS NOT NULL",
        );
        (rows.len() >= WRITTEN).then_some(rows)
    })
    .await;
    let written: BTreeMap<String, DateTime<Utc>> =
        town.twilio().written().into_iter().map(|it| (it.sid, it.at)).collect();
    let accepted: BTreeMap<String, DateTime<Utc>> =
        town.twilio().ledger().into_iter().filter_map(|it| Some((it.message()?, it.accepted_at))).collect();
    let took = |row: &String| {
        let (sid, reply) = row.split_once('|')?;
        (*accepted.get(reply)? - *written.get(sid)?).to_std().ok()
    };
    replies.iter().filter_map(took).collect()
}

#[expect(clippy::disallowed_methods, reason = "the processes under test run on real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

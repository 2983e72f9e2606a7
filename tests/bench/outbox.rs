//! How fast messages leave, and how long a provider waits for our answer to its reports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use system_tests::harness::fake_twilio::{ACCOUNT, AUTH_TOKEN, Callbacks, Sent, post_signed};
use system_tests::harness::{TestDatabase, eventually_within};
use system_tests::people::Citizen;
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::{Figures, percentile_ms};
use crate::{codes, inbound};

/// What everybody comes for.
pub const SERVICE: &str = "personalausweis-beantragen";
const MESSAGES: usize = 6_000;
const REPORTS_A_SECOND: usize = 200;
const REPORTS: usize = 2_000;
/// How long it may take until everything that was owed has left.
pub const LONG: Duration = Duration::from_secs(600);

/// As a town is set, not as the tests of faults are.
const AS_INSTALLED: &[(&str, &str)] = &[
    ("LOTSE_WORKERS__CLAIM_SECONDS", "60"),
    ("LOTSE_WORKERS__LOST_HINT_SECONDS", "120"),
    // What is measured is us, not how fast the provider lets itself be asked.
    ("LOTSE_TWILIO__SEGMENTS_PER_SECOND", "100000"),
];

/// `relay` (one worker process, over Redis), `webhook_p99` (200 reports a second), what people write, and codes under load.
pub async fn measure(figures: &mut Figures) {
    let Some(database) = TestDatabase::create() else { return };
    let mut town = Town::cluster_on(database, 1, AS_INSTALLED).await;
    town.twilio().callbacks(Callbacks::Dropped);
    someone_books(&town).await;
    relay(figures, &town).await;
    webhooks(figures, &town).await;
    inbound::measure(figures, &town).await;
    codes::measure(figures, &mut town).await;
}

/// A whole booking, so that there are a booking and messages to copy.
async fn someone_books(town: &Town) {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920001".to_owned() };
    let slots = citizen.free_slots(SERVICE).await;
    citizen.books(SERVICE, &slots[3]).await;
}

/// Inserts a copy of `row` for every row of `from`, which names it; what differs is said by column.
pub fn copy(town: &Town, table: &str, from: &str, own: impl Fn(&str) -> Option<String>) {
    let columns = town.sql().sql(&format!(
        "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position",
    ));
    let value = |column: &String| own(column).unwrap_or_else(|| format!("row.{column}"));
    let values: Vec<String> = columns.iter().map(value).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    town.sql().sql(&format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {from}"));
}

/// What a copy number `n` of a message has of its own to be owed anew, to somebody else, now.
pub fn owed_anew(kind: &str, column: &str) -> Option<String> {
    Some(match column {
        "id" => "gen_random_uuid()".to_owned(),
        "recipient_hash" => format!("decode(md5('{kind}' || n), 'hex')"),
        "dedupe_key" => format!("'{kind}:' || n"),
        "state" => "'queued'".to_owned(),
        "attempts" => "0".to_owned(),
        "created_at" | "not_before" => "now()".to_owned(),
        "expires_at" => "now() + interval '6 hours'".to_owned(),
        "claim_token" | "claim_until" | "enqueued_at" | "provider" | "provider_ref" | "segments"
        | "sent_at" | "accepted_at" | "final_at" => "NULL".to_owned(),
        _ => return None,
    })
}

async fn relay(figures: &mut Figures, town: &Town) {
    let before = town.twilio().asked();
    let code = "(SELECT * FROM message WHERE kind = 'verification_code' LIMIT 1) AS row";
    copy(town, "message", &format!("{code}, generate_series(1, {MESSAGES}) AS n"), |column| match column {
        "kind" => Some("'lost_code'".to_owned()),
        "lane" => Some("'sms'".to_owned()),
        "priority" => Some("1".to_owned()),
        "booking_id" | "booking_rev" => Some("NULL".to_owned()),
        other => owed_anew("lost_code", other),
    });
    let began = Instant::now();
    eventually_within(LONG, "every message accepted", || async {
        (town.twilio().asked() >= before + MESSAGES).then_some(())
    })
    .await;
    figures.at_least("relay", MESSAGES as f64 / began.elapsed().as_secs_f64(), "messages_a_second", 1000.0);
}

async fn webhooks(figures: &mut Figures, town: &Town) {
    let sent: Vec<Sent> = town.twilio().ledger().into_iter().take(REPORTS).collect();
    let mut every = tokio::time::interval(Duration::from_secs(1) / REPORTS_A_SECOND as u32);
    let mut calls = JoinSet::new();
    for sent in sent {
        every.tick().await;
        let sent = Arc::new(sent);
        calls.spawn(async move {
            let url = sent.status_callback.clone().unwrap_or_default();
            let parameters = [
                ("AccountSid", ACCOUNT),
                ("From", sent.from.as_str()),
                ("MessageSid", sent.sid.as_str()),
                ("MessageStatus", "delivered"),
                ("To", sent.to.as_str()),
            ];
            let began = Instant::now();
            let status = post_signed(&url, &parameters, AUTH_TOKEN).await;
            assert_eq!(status, 204, "every report is taken");
            began.elapsed()
        });
    }
    let mut took = calls.join_all().await;
    figures.at_most("webhook_p99", percentile_ms(&mut took, 0.99), "ms", 50.0);
}

//! How fast messages leave, whether codes wait for reminders, and how long a provider waits for our answer to its reports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use system_tests::harness::fake_twilio::{ACCOUNT, AUTH_TOKEN, Callbacks, Sent, post_signed};
use system_tests::harness::{TestDatabase, eventually_within};
use system_tests::people::{Citizen, digits_after, text};
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::{Figures, percentile_ms};

const SERVICE: &str = "personalausweis-beantragen";
const MESSAGES: usize = 6_000;
const REMINDERS: usize = 20_000;
const CODES: usize = 60;
const REPORTS_A_SECOND: usize = 200;
const REPORTS: usize = 2_000;
const LONG: Duration = Duration::from_secs(600);

/// As a town is set, not as the tests of faults are.
const AS_INSTALLED: &[(&str, &str)] = &[
    ("LOTSE_WORKERS__CLAIM_SECONDS", "60"),
    ("LOTSE_WORKERS__LOST_HINT_SECONDS", "120"),
    // What is measured is us, not how fast the provider lets itself be asked.
    ("LOTSE_TWILIO__SEGMENTS_PER_SECOND", "100000"),
];

/// `relay` (one worker process, over Redis), `webhook_p99` (200 reports a second) and `codes_p95_under_reminders`.
pub async fn measure(figures: &mut Figures) {
    let Some(database) = TestDatabase::create() else { return };
    let mut town = Town::cluster_on(database, 1, AS_INSTALLED).await;
    town.twilio().callbacks(Callbacks::Dropped);
    someone_books(&town, 1).await;
    relay(figures, &town).await;
    webhooks(figures, &town).await;
    codes(figures, &mut town).await;
}

/// A whole booking, so that there is a message to copy.
async fn someone_books(town: &Town, number: usize) -> Duration {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: format!("0171 39200{number:02}") };
    let slots = citizen.free_slots(SERVICE).await;
    let hold = citizen.holds(SERVICE, &slots[number * 3]).await;
    let began = Instant::now();
    let pending = citizen.sends_the_form(&hold).await;
    let sms = town.phones.message(&citizen.phone, "Ihr Code").await;
    let took = began.elapsed();
    let code = digits_after(&sms, "Ihr Code: ");
    let path = format!("/bookings/{}/verify", text(&pending, "/booking_id"));
    town.api.post(&path, &hold.caller, &serde_json::json!({ "code": code })).await.expect(200);
    took
}

/// Owes so many copies of the first code, as messages of this kind.
fn copy(town: &Town, count: usize, kind: &str, priority: u32) {
    let columns = town.sql().sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'message' ORDER BY ordinal_position",
    );
    let value = |column: &String| match column.as_str() {
        "id" => "gen_random_uuid()".to_owned(),
        // Each to somebody else, as reminders are.
        "recipient_hash" => format!("decode(md5('{kind}' || n), 'hex')"),
        "dedupe_key" => format!("'{kind}:' || n"),
        "kind" => format!("'{kind}'"),
        "lane" => "'sms'".to_owned(),
        "priority" => priority.to_string(),
        "state" => "'queued'".to_owned(),
        "attempts" => "0".to_owned(),
        "created_at" | "not_before" => "now()".to_owned(),
        "expires_at" => "now() + interval '1 day'".to_owned(),
        "claim_token" | "claim_until" | "enqueued_at" | "provider" | "provider_ref" | "segments"
        | "accepted_at" | "final_at" | "booking_id" | "booking_rev" => "NULL".to_owned(),
        other => other.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    town.sql().sql(&format!(
        "INSERT INTO message ({}) SELECT {} FROM (SELECT * FROM message WHERE kind = 'verification_code' LIMIT 1) AS m, \
         generate_series(1, {count}) AS n",
        columns.join(", "),
        values.join(", ")
    ));
}

async fn relay(figures: &mut Figures, town: &Town) {
    let before = town.twilio().asked();
    copy(town, MESSAGES, "lost_code", 1);
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

async fn codes(figures: &mut Figures, town: &mut Town) {
    copy(town, REMINDERS, "booking_cancelled", 9);
    let mut took = Vec::new();
    for number in 2..2 + CODES {
        took.push(someone_books(town, number).await);
    }
    let left = town.sql().count("SELECT count(*) FROM message WHERE priority = 9 AND accepted_at IS NULL");
    println!("# {left} of {REMINDERS} reminders were still waiting after the last code");
    let seconds = percentile_ms(&mut took, 0.95) / 1000.0;
    figures.at_most("codes_p95_under_reminders", seconds, "s", 1.0);
}

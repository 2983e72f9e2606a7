//! A provider that hangs, lies, throttles, and reports late, twice, in any order or never.

use std::time::Duration;

use system_tests::harness::Fault;
use system_tests::harness::fake_twilio::{Callbacks, Sent};
use system_tests::town::Town;

use crate::invariants;
use crate::outbox::{Owed, owe, settled, town};
use crate::report::{Row, count, full};

/// Of five thousand, one or two fail three times, and each time takes five minutes to be sure.
const LONG: Duration = Duration::from_secs(2_400);

#[tokio::test]
async fn f08_accepted_and_then_silence() {
    let messages = count(100, 5_000);
    let row = Row::of(8, &format!("every tenth of {messages} is accepted and never answered"));
    let Some(town) = town(2, &[]).await else { return };
    town.twilio().every(&[(10, Fault::HangAfterAccept(Duration::from_secs(30)))]);
    owe(&town, Owed::now(messages)).await;
    settled(&town, LONG).await;
    row.passes_known_within(&invariants::check(&town), Duration::from_secs(150));
}

#[tokio::test]
async fn f09_errors_before_and_after_accepting() {
    let messages = count(100, 5_000);
    let row = Row::of(9, &format!("500 after accepting (1 in 20) and before (1 in 19), {messages} messages"));
    let Some(town) = town(2, &[]).await else { return };
    town.twilio().callbacks(Callbacks::Dropped);
    town.twilio().every(&[(20, Fault::ErrorAfter), (19, Fault::ErrorBefore)]);
    owe(&town, Owed::now(messages)).await;
    settled(&town, LONG).await;
    row.passes(&invariants::check(&town));
}

/// Seven a second are allowed where ten are configured: of what would be sent, three tenths are refused.
#[tokio::test]
async fn f11_throttled_is_waited_out_and_costs_no_attempt() {
    const ALLOWED: u32 = 7;
    let (messages, wait) = (count(100, 4_000), count(1, 7) as u64);
    let row = Row::of(
        11,
        &format!("429 with Retry-After {wait} above {ALLOWED} a second, 10 configured, {messages} messages"),
    );
    let Some(town) = town(2, &[("LOTSE_TWILIO__SEGMENTS_PER_SECOND", "10")]).await else { return };
    town.twilio().allows(ALLOWED, wait);
    owe(&town, Owed::now(messages)).await;
    settled(&town, LONG).await;
    let failed = town.sql().count("SELECT count(*) FROM message WHERE state = 'failed'");
    assert_eq!(failed, 0, "however often it is told to wait");
    assert_eq!(town.twilio().too_early(), 0, "nobody comes back before the time");
    // Of what is allowed, once the rate has found its way.
    let sent: Vec<_> = town.twilio().ledger().iter().map(|it| it.accepted_at).skip(messages / 5).collect();
    let seconds = (sent[sent.len() - 1] - sent[0]).as_seconds_f64();
    let part = sent.len() as f64 / seconds / f64::from(ALLOWED) * 100.0;
    assert!(!full() || part >= 80.0, "{part:.0} % of what is allowed");
    let refused = town.twilio().asked() - town.twilio().ledger().len();
    row.passes_with(&invariants::check(&town), &format!("{part:.0} % of what is allowed, {refused} refused"));
}

#[tokio::test]
async fn f12_reports_shuffled_tripled_and_lost() {
    let messages = count(100, 5_000);
    let row = Row::of(
        12,
        &format!(
            "reports of {messages} shuffled, tripled, a fifth never sent, one a day late; asked for later"
        ),
    );
    let Some(mut town) = town(1, &[]).await else { return };
    town.twilio().callbacks(Callbacks::ShuffledTripledAndLost);
    owe(&town, Owed::now(messages)).await;
    settled(&town, LONG).await;
    let delivered = "SELECT count(*) FROM message WHERE state = 'delivered'";
    let told = |sid: &String| !sid.ends_with(['0', '5', 'a']);
    let expected = town.twilio().ledger().iter().filter(|it| told(&it.sid)).count() as u64;
    system_tests::harness::eventually_within(LONG, "all that was reported", || async {
        (town.sql().count(delivered) >= expected).then_some(())
    })
    .await;
    a_day_late(&town).await;
    // A quarter of an hour later the workers ask for themselves.
    let began = std::time::Instant::now();
    while town.sql().count(delivered) < messages as u64 {
        assert!(began.elapsed() < LONG, "not all that was asked for");
        town.sql().sql(
            "UPDATE message SET accepted_at = accepted_at - interval '15 minutes', claim_until = NULL \
             WHERE state IN ('accepted', 'sent') AND accepted_at > now() - interval '15 minutes'; \
             UPDATE timetable SET next_run_at = now() - interval '1 hour' WHERE job = 'catch_up';",
        );
        town.workers.clear();
        town.start_worker();
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    row.passes(&invariants::check(&town));
}

/// What was reported of nothing so far is reported a day after it left, in the wrong order; and of one that arrived, that it
/// did not.
async fn a_day_late(town: &Town) {
    let ledger = town.twilio().ledger();
    let silent = ledger.iter().find(|it| it.sid.ends_with('5')).expect("one of which nothing was told");
    let arrived = ledger.iter().find(|it| it.sid.ends_with('1')).expect("one of which all was told");
    let state = |sent: &Sent| {
        let id = sent.message().expect("an id");
        town.sql().sql(&format!("SELECT state FROM message WHERE id = '{id}'")).remove(0)
    };
    assert_eq!((state(silent).as_str(), state(arrived).as_str()), ("accepted", "delivered"));
    let ids: Vec<String> = [silent, arrived].iter().filter_map(|it| it.message()).collect();
    let of_both = format!("'{}'", ids.join("', '"));
    town.sql().sql(&format!(
        "UPDATE message SET created_at = created_at - interval '1 day', not_before = not_before - interval '1 day', \
         expires_at = expires_at - interval '1 day', sent_at = sent_at - interval '1 day', \
         accepted_at = accepted_at - interval '1 day', final_at = final_at - interval '1 day' WHERE id IN ({of_both}); \
         UPDATE message_attempt SET started_at = started_at - interval '1 day', \
         finished_at = finished_at - interval '1 day' WHERE message_id IN ({of_both})",
    ));
    for (sent, status) in [(silent, "delivered"), (silent, "sent"), (arrived, "undelivered")] {
        assert_eq!(town.twilio().reports(sent, status).await, 204, "{status}");
        assert_eq!(state(sent), "delivered", "{status} a day late");
    }
    // When they were owed is how their delay is measured.
    town.sql().sql(&format!(
        "UPDATE message SET created_at = created_at + interval '1 day', not_before = not_before + interval '1 day' \
         WHERE id IN ({of_both})",
    ));
}

//! Redis is emptied, restarted, away.

use std::time::{Duration, Instant};

use system_tests::harness::eventually_within;

use crate::invariants;
use crate::outbox::{Owed, owe, settled, town};
use crate::report::{Row, count, full};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn f03_redis_emptied_again_and_again() {
    let (messages, times) = (count(200, 10_000), count(4, 20));
    let row = Row::of(3, &format!("FLUSHALL {times} times in {messages} messages"));
    let Some(town) = town(2, &[]).await else { return };
    for _ in 0..times {
        owe(&town, Owed::now(messages / times)).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        town.redis.as_ref().expect("a cluster has a Redis").flush().await;
    }
    settled(&town, LONG).await;
    let findings = invariants::check(&town);
    assert!(findings.worst_delay_ms <= 150_000, "{} ms from owed to accepted", findings.worst_delay_ms);
    row.passes(&findings);
}

#[tokio::test]
async fn f04_redis_killed_restarted_and_away_for_long() {
    let (messages, times) = (count(120, 10_000), count(3, 20));
    let away = Duration::from_secs(count(8, 60) as u64);
    let row =
        Row::of(4, &format!("Redis killed {times} times and once away for {away:?}, {messages} messages"));
    let Some(mut town) = town(2, &[]).await else { return };
    let before: Vec<u32> = town.workers.iter().map(system_tests::harness::Lotse::pid).collect();
    for _ in 0..times {
        owe(&town, Owed::now(messages / times / 2)).await;
        town.redis.as_mut().expect("a cluster has a Redis").stop();
        tokio::time::sleep(Duration::from_millis(300)).await;
        town.redis.as_mut().expect("a cluster has a Redis").start_again().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    settled(&town, LONG).await;
    town.redis.as_mut().expect("a cluster has a Redis").stop();
    let (began, already) = (Instant::now(), town.twilio().ledger().len());
    owe(&town, Owed::now(messages / 2)).await;
    settled(&town, LONG).await;
    let rate = (town.twilio().ledger().len() - already) as f64 / began.elapsed().as_secs_f64();
    assert!(!full() || rate >= 50.0, "{rate:.0} a second without Redis");
    tokio::time::sleep(away.saturating_sub(began.elapsed())).await;
    town.redis.as_mut().expect("a cluster has a Redis").start_again().await;
    // Sending goes on at once.
    let already = town.twilio().ledger().len();
    owe(&town, Owed::now(10)).await;
    let most = if full() { Duration::from_secs(10) } else { LONG };
    eventually_within(most, "sending goes on", || async {
        (town.twilio().ledger().len() >= already + 10).then_some(())
    })
    .await;
    settled(&town, LONG).await;
    assert!(town.workers.iter_mut().all(|it| !it.ended()), "nobody had to start a worker again");
    let after: Vec<u32> = town.workers.iter().map(system_tests::harness::Lotse::pid).collect();
    assert_eq!(before, after);
    row.passes_with(&invariants::check(&town), &format!("{rate:.0} a second without Redis"));
}

//! A long time under load with something breaking every few seconds: nothing is lost, nothing doubled, nothing grows.

use std::time::{Duration, Instant};

use system_tests::harness::Fault;
use system_tests::harness::fake_twilio::Callbacks;

use crate::invariants;
use crate::outbox::{Owed, owe, settled, town};
use crate::report::{Row, count, full};

const LONG: Duration = Duration::from_secs(900);

/// How long it takes: `LOTSE_TEST_SOAK_MINUTES`, else ten minutes in full and some seconds in `make test`.
fn length() -> Duration {
    let minutes = std::env::var("LOTSE_TEST_SOAK_MINUTES").ok().and_then(|it| it.parse::<u64>().ok());
    minutes.map_or_else(|| Duration::from_secs(count(15, 600) as u64), |it| Duration::from_secs(it * 60))
}

#[tokio::test]
async fn f29_load_and_faults_for_a_long_time() {
    let length = length();
    let pause = Duration::from_secs(count(3, 30) as u64);
    let row = Row::of(29, &format!("load for {length:?} with a fault every {pause:?}"));
    let Some(mut town) = town(2, &[]).await else { return };
    let began = Instant::now();
    let (mut next_fault, mut faults, mut grown) = (began + pause, 0_usize, Vec::new());
    while began.elapsed() < length {
        owe(&town, Owed::now(10)).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        if Instant::now() < next_fault {
            continue;
        }
        next_fault = Instant::now() + pause;
        faults += 1;
        match faults % 6 {
            0 => {
                // The first one lives as long as the test: its memory is looked at.
                town.workers.remove(1).kill();
                town.start_worker();
            }
            1 => town.redis.as_ref().expect("a Redis").flush().await,
            2 => {
                town.redis.as_mut().expect("a Redis").stop();
                tokio::time::sleep(Duration::from_millis(500)).await;
                town.redis.as_mut().expect("a Redis").start_again().await;
            }
            3 => town.twilio().every(&[
                (7, Fault::DropAfter),
                (5, Fault::Throttled(1)),
                (9, Fault::ErrorAfter),
            ]),
            4 => {
                town.twilio().every(&[]);
                town.twilio().callbacks(Callbacks::ShuffledAndTripled);
            }
            _ => {
                town.twilio().callbacks(Callbacks::InOrder);
                town.serve.kill();
                town.start_serve().await;
                grown.extend(town.workers.first().and_then(system_tests::harness::Lotse::resident_mib));
            }
        }
    }
    town.twilio().every(&[]);
    settled(&town, LONG).await;
    let messages = town.twilio().ledger().len();
    let memory: Vec<String> = grown.iter().map(|it| format!("{it:.0}")).collect();
    // The first figure is that of a worker that has just seen everything once.
    if let (true, [first, .., last]) = (full(), grown.as_slice()) {
        assert!(*last <= first * 1.05, "a worker grew: {memory:?} MiB");
    }
    let figure = format!("{messages} messages, {faults} faults, a worker's MiB {}", memory.join(" "));
    row.passes_with(&invariants::check(&town), &figure);
}

//! Workers that are killed, stopped for minutes, or end at the worst moment.

use std::time::Duration;

use system_tests::harness::Fault;
use system_tests::harness::fake_twilio::Callbacks;
use system_tests::town::Town;

use crate::invariants;
use crate::outbox::{Owed, owe, settled, town};
use crate::report::{Row, count, full};

const LONG: Duration = Duration::from_secs(600);

async fn killed_again_and_again(callbacks: Callbacks, what: &str) {
    let (messages, kills) = (count(120, 10_000), count(5, 200));
    let row = Row::of(1, &format!("kill -9 of a random worker {kills} times in {messages} messages, {what}"));
    let Some(mut town) = town(count(2, 4), &[]).await else { return };
    town.twilio().callbacks(callbacks);
    // Half of them are in the middle of a call whenever somebody is killed.
    town.twilio().every(&[(2, Fault::Slow(Duration::from_millis(400)))]);
    owe(&town, Owed::now(messages)).await;
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(250 + 37 * (kill as u64 % 7))).await;
        let victim = kill * 7 % town.workers.len();
        town.workers.swap_remove(victim).kill();
        town.start_worker();
    }
    settled(&town, LONG).await;
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn f01_workers_killed_in_the_middle_of_everything() {
    killed_again_and_again(Callbacks::InOrder, "with callbacks").await;
}

#[tokio::test]
async fn f01_workers_killed_while_the_provider_reports_nothing() {
    killed_again_and_again(Callbacks::Dropped, "without callbacks, by the list alone").await;
}

#[tokio::test]
async fn f02_a_worker_stopped_for_minutes_sends_nothing_when_it_goes_on() {
    let (messages, stops) = (count(80, 2_000), count(2, 5));
    let seconds = count(6, 330);
    let row = Row::of(2, &format!("SIGSTOP for {seconds} s, {stops} times, in {messages} messages"));
    let Some(town) = town(2, &[]).await else { return };
    town.twilio().every(&[(2, Fault::Slow(Duration::from_millis(200)))]);
    owe(&town, Owed::now(messages)).await;
    for stop in 0..stops {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let worker = &town.workers[stop % 2];
        worker.signal("STOP");
        let mut waited = 0;
        while waited < seconds {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !full() {
                crate::outbox::hurry(&town);
            }
            waited += 1;
        }
        worker.signal("CONT");
    }
    settled(&town, LONG).await;
    row.passes(&invariants::check(&town));
}

/// Starts one worker after the other that ends at this point, then one that does not.
async fn ends_at(town: &mut Town, point: &str, times: usize) {
    for number in 0..times {
        let point = format!("{point}:{}", 1 + number % 3);
        // Always enough to come by it once more, whatever the one before took with it.
        owe(town, Owed::now(12)).await;
        town.start_worker_with(&[("LOTSE_TEST_FAIL_POINT", &point), ("LOTSE_RELAY__BATCH", "4")]);
        let began = std::time::Instant::now();
        while !town.workers[0].ended() {
            assert!(began.elapsed() < LONG, "no worker came by {point}");
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !full() {
                crate::outbox::hurry(town);
            }
        }
        town.workers.clear();
    }
    town.start_worker();
}

#[tokio::test]
async fn f06_a_relay_killed_between_hint_and_commit() {
    let times = count(4, 500);
    let row = Row::of(6, &format!("the relay ends between push and commit, {times} times"));
    let Some(mut town) = town(0, &[]).await else { return };
    ends_at(&mut town, "relay_pushed", times).await;
    settled(&town, LONG).await;
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn f07_a_worker_killed_between_the_providers_answer_and_ours() {
    let times = count(4, 500);
    let row = Row::of(7, &format!("a worker ends between accept and outcome, {times} times, with callbacks"));
    let Some(mut town) = town(0, &[]).await else { return };
    ends_at(&mut town, "answered", times).await;
    settled(&town, LONG).await;
    row.passes_known_within(&invariants::check(&town), Duration::from_secs(60));
}

#[tokio::test]
async fn f07_the_same_when_the_provider_reports_nothing() {
    let times = count(3, 100);
    let row = Row::of(7, &format!("the same {times} times without callbacks, found in the list"));
    let Some(mut town) = town(0, &[]).await else { return };
    town.twilio().callbacks(Callbacks::Dropped);
    ends_at(&mut town, "answered", times).await;
    settled(&town, LONG).await;
    row.passes_known_within(&invariants::check(&town), Duration::from_secs(150));
}

#[tokio::test]
async fn f07_a_worker_killed_between_claim_and_call() {
    let times = count(2, 100);
    let row = Row::of(7, &format!("a worker ends between claim and call, {times} times"));
    let Some(mut town) = town(0, &[]).await else { return };
    ends_at(&mut town, "claimed", times).await;
    settled(&town, LONG).await;
    row.passes(&invariants::check(&town));
}

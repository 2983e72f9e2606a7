//! What listeners hear, in one process and over a real Redis (LOTSE_TEST_REDIS_URL; the restart test starts
//! its own server).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bus::{Bus, Change, Signal, Topic};
use futures::{Stream, StreamExt};
use uuid::Uuid;

const TOWN: Uuid = Uuid::from_u128(7);

fn signal(office: u128) -> Signal {
    Signal { town: TOWN, topic: Topic::Queue { office: Uuid::from_u128(office) } }
}

async fn hears(stream: &mut (impl Stream<Item = Change> + Unpin), wanted: Change) {
    let heard = async { while stream.next().await.unwrap() != wanted {} };
    tokio::time::timeout(Duration::from_secs(10), heard)
        .await
        .unwrap_or_else(|_| panic!("never heard {wanted:?}"));
}

/// Says it until it is heard: a bus promises nothing to somebody who is just connecting.
async fn eventually_hears(from: &Bus, to: &Bus, what: Signal) {
    let mut stream = to.subscribe();
    let heard = async {
        loop {
            from.publish(what);
            let quick = hears(&mut stream, Change::At(what));
            if tokio::time::timeout(Duration::from_millis(100), quick).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), heard).await.expect("the signal arrives in the end");
}

#[tokio::test]
async fn every_listener_of_a_process_hears_a_signal() {
    let bus = Bus::in_process();
    let (mut first, mut second) = (bus.subscribe(), bus.clone().subscribe());
    bus.publish(signal(1));
    assert_eq!(first.next().await, Some(Change::At(signal(1))));
    assert_eq!(second.next().await, Some(Change::At(signal(1))));
    assert_eq!(bus.redis_connected(), None);
}

#[tokio::test]
async fn a_listener_that_lags_is_told_that_everything_may_have_changed() {
    let bus = Bus::in_process();
    let mut slow = bus.subscribe();
    for office in 0..5000 {
        bus.publish(signal(office));
    }
    assert_eq!(slow.next().await, Some(Change::Everything));
    hears(&mut slow, Change::At(signal(4999))).await;
}

#[test]
fn a_change_concerns_those_who_watch_it_in_their_town() {
    let watched = [Topic::Queue { office: Uuid::from_u128(1) }, Topic::Messages];
    assert!(Change::At(signal(1)).concerns(TOWN, &watched));
    assert!(!Change::At(signal(2)).concerns(TOWN, &watched));
    assert!(!Change::At(signal(1)).concerns(Uuid::from_u128(8), &watched));
    assert!(Change::Everything.concerns(TOWN, &watched));
}

#[tokio::test]
async fn signals_reach_other_processes_over_redis() {
    let Ok(url) = std::env::var("LOTSE_TEST_REDIS_URL") else { return };
    let (here, there) = (Bus::redis(&url).unwrap(), Bus::redis(&url).unwrap());
    eventually_hears(&here, &there, signal(11)).await;
    eventually_hears(&there, &here, signal(12)).await;
    assert_eq!(here.redis_connected(), Some(true));
    // Local listeners hear a signal once, not again as an echo.
    let mut own = here.subscribe();
    here.publish(signal(13));
    eventually_hears(&there, &here, signal(14)).await;
    let mut heard = 0;
    while let Ok(Some(change)) = tokio::time::timeout(Duration::from_millis(200), own.next()).await {
        heard += usize::from(change == Change::At(signal(13)));
    }
    assert_eq!(heard, 1);
    bus::check_redis(&url).await.unwrap();
}

#[tokio::test]
async fn without_redis_local_listeners_still_hear_and_the_check_says_so() {
    // Port 1 is reserved and refuses.
    let bus = Bus::redis("redis://127.0.0.1:1").unwrap();
    let mut stream = bus.subscribe();
    bus.publish(signal(21));
    hears(&mut stream, Change::At(signal(21))).await;
    assert_eq!(bus.redis_connected(), Some(false));
    bus::check_redis("redis://127.0.0.1:1").await.unwrap_err();
    Bus::redis("http://x").unwrap_err();
}

struct Server(Child);

impl Server {
    fn start(port: u16) -> Option<Self> {
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.ok().map(Self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_restart_of_redis_heals_alone_and_is_told_as_everything() {
    if std::env::var_os("LOTSE_TEST_REDIS_URL").is_none() {
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(port).expect("redis-server is installed where LOTSE_TEST_REDIS_URL is set");
    let url = format!("redis://127.0.0.1:{port}");
    let (here, there) = (Bus::redis(&url).unwrap(), Bus::redis(&url).unwrap());
    eventually_hears(&here, &there, signal(31)).await;

    let mut stream = there.subscribe();
    drop(server);
    here.publish(signal(32));
    let _server = Server::start(port).expect("it started before");
    hears(&mut stream, Change::Everything).await;
    eventually_hears(&here, &there, signal(33)).await;
}

//! How workers end: in time, and without taking a hint with them.

use std::time::Duration;

use domain::messaging::delivery::State;
use runtime::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::timetable::hanging;
use super::{Office, owe, redis};

/// More than the channel of a consumer has room for.
const MANY: usize = 20;

#[tokio::test]
async fn workers_end_although_many_deliveries_are_under_way() {
    let Some(url) = redis(8).await else { return };
    let mut office = Office::open(Some(&url), 0).await;
    let (channel, calls) = hanging(Duration::from_secs(3)).await;
    let running =
        workers::start(office.app.app.clone(), channel, &office.config, office.shutdown.clone()).unwrap();
    office.running.push(running);
    for index in 0..MANY {
        owe(&office.app, &office.town, index).await;
    }
    while calls.load(std::sync::atomic::Ordering::Relaxed) < MANY {
        sleep(Duration::from_millis(20)).await;
    }
    let app = office.app.beside().await;
    let town = office.town.clone();
    timeout(Duration::from_secs(12), office.close()).await.expect("it ends in time");
    let filter = operations::messaging::watch::Filter::default();
    let page = operations::messaging::watch::messages(&app, &town, &filter, 50).await.unwrap();
    let ended = page.messages.iter().filter(|message| message.state == State::Uncertain).count();
    assert_eq!(ended, MANY, "each delivery was waited for");
}

/// A Redis whose answers take their time.
async fn slow(url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (base, database) = url.rsplit_once('/').unwrap();
    let behind = base.trim_start_matches("redis://").to_owned();
    let slow = format!("redis://{}/{database}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(&behind).await.unwrap();
            let ((mut asked, mut said), (mut answers, mut asks)) = (near.into_split(), far.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut asked, &mut asks).await });
            tokio::spawn(async move {
                let mut some = [0; 4096];
                while let Ok(read @ 1..) = answers.read(&mut some).await {
                    sleep(Duration::from_millis(100)).await;
                    if said.write_all(&some[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    slow
}

/// Consumers that have taken hints.
async fn holders(connection: &mut redis::aio::MultiplexedConnection) -> usize {
    let consumers: Vec<String> =
        redis::cmd("KEYS").arg("lotse:dialogue:inflight:*").query_async(connection).await.unwrap();
    consumers.len()
}

#[tokio::test]
async fn a_hint_that_was_fetched_while_the_workers_stopped_is_there_for_the_next() {
    let Some(url) = redis(9).await else { return };
    let mut connection =
        redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let mut office = Office::open(Some(&slow(&url).await), 1).await;
    owe(&office.app, &office.town, 1).await;
    // Redis has given it out, the answer has not arrived.
    while holders(&mut connection).await == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    office.shutdown.trigger();
    for running in std::mem::take(&mut office.running) {
        running.stopped().await;
    }
    assert_eq!(holders(&mut connection).await, 0, "nobody keeps one who has gone");
    office.shutdown = Shutdown::new();
    office.config.redis_url = Some(url.try_into().unwrap());
    office.start();
    let delivered = async {
        while office.states().await.iter().any(|state| *state != State::Delivered) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(5), delivered).await.expect("nobody waits for the sweeper");
    assert_eq!(office.texts(), 1, "exactly once");
    office.close().await;
}

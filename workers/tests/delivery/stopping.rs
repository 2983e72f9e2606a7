//! How workers end: in time, and without taking a hint with them.

use std::time::Duration;

use domain::messaging::delivery::State;
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

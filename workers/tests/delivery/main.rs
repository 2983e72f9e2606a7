//! Workers as they run: each message once, over the queue in memory, over a real Redis, and without the queue when it is
//! away. Without `LOTSE_TEST_REDIS_URL` the Redis half is skipped, visibly.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod stopping;
mod timetable;

use std::time::Duration;

use channels::gateway::seven;
use channels::{Channel, Gateway, Simulator};
use domain::contact::PhoneNumber;
use domain::messaging::Lane;
use domain::messaging::attempt::InboundSms;
use domain::messaging::delivery::State;
use domain::messaging::sending::Breaker;
use domain::town::Town;
use operations::App;
use operations::messaging::delivery;
use operations::messaging::providers::{self, Known};
use operations::messaging::watch::{self, Filter};
use operations::messaging::{Answered, record_inbound};
use operations::testing::{self, TestApp};
use runtime::{Config, Shutdown};
use workers::{Running, SmsWay, Ways, run_job};

fn phone(index: usize) -> PhoneNumber {
    // The first number is the town's own.
    PhoneNumber::trusted(format!("+4917139200{:02}", 1 + index % 79))
}

/// Owes one SMS to a phone: the answer to a call for help.
async fn owe(app: &App, town: &Town, index: usize) {
    let sms = InboundSms {
        provider: "test",
        sid: format!("IN{index}"),
        from: phone(index),
        to: "+491713920099".into(),
        body: "Hilfe".into(),
        opt_out: None,
    };
    assert_eq!(record_inbound(app, town, sms).await.unwrap(), Answered::Once);
}

struct Office {
    app: TestApp,
    town: Town,
    phones: Simulator,
    config: Config,
    shutdown: Shutdown,
    running: Vec<Running>,
}

impl Office {
    async fn open(redis_url: Option<&str>, processes: usize) -> Self {
        let app = testing::app_sqlite().await;
        let town = testing::town(&app).await;
        let redis_url = redis_url.map(|url| url.to_owned().try_into().unwrap());
        let mut config = Config { redis_url, ..Config::default() };
        config.relay.busy_poll_ms = 20;
        config.relay.idle_poll_ms = 100;
        let mut office = Self {
            app,
            town,
            phones: Simulator::in_memory(),
            config,
            shutdown: Shutdown::new(),
            running: vec![],
        };
        for _ in 0..processes {
            office.start();
        }
        office
    }

    fn start(&mut self) {
        let channel = Channel::Simulator(self.phones.clone());
        let running =
            workers::start(self.app.app.clone(), channel, &self.config, self.shutdown.clone()).unwrap();
        self.running.push(running);
    }

    fn texts(&self) -> usize {
        (0..79).map(|index| self.phones.messages(&phone(index)).len()).sum()
    }

    async fn states(&self) -> Vec<State> {
        let page = watch::messages(&self.app, &self.town, &Filter::default(), 200).await.unwrap();
        page.messages.into_iter().map(|message| message.state).collect()
    }

    /// Waits until so many texts arrived and were reported, and then a moment for one too many.
    async fn until_delivered(&self, count: usize) {
        for _ in 0..600 {
            let delivered =
                self.states().await.into_iter().filter(|state| *state == State::Delivered).count();
            if delivered >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(self.states().await, vec![State::Delivered; count]);
        assert_eq!(self.texts(), count, "each exactly once");
    }

    async fn close(self) {
        self.shutdown.trigger();
        for running in self.running {
            running.stopped().await;
        }
    }
}

/// A Redis to ourselves, emptied; `None`, and a printed line, without `LOTSE_TEST_REDIS_URL`. The first of its databases is
/// other tests'.
async fn redis(database: u8) -> Option<String> {
    let Ok(url) = std::env::var("LOTSE_TEST_REDIS_URL") else {
        println!("skipped on Redis: LOTSE_TEST_REDIS_URL is not set");
        return None;
    };
    let base = url.trim_end_matches('/');
    let base = base
        .rsplit_once('/')
        .filter(|(head, _)| head.contains("//") && !head.ends_with('/'))
        .map_or(base, |(head, _)| head);
    let own = format!("{base}/{database}");
    let client = redis::Client::open(own.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
    Some(own)
}

#[tokio::test]
async fn in_one_process_every_message_arrives_once() {
    let office = Office::open(None, 1).await;
    for index in 0..30 {
        owe(&office.app, &office.town, index).await;
    }
    office.until_delivered(30).await;
    office.close().await;
}

#[tokio::test]
async fn over_redis_two_workers_deliver_every_message_once_and_leave_nothing_behind() {
    let Some(url) = redis(7).await else { return };
    let office = Office::open(Some(&url), 2).await;
    for index in 0..60 {
        owe(&office.app, &office.town, index).await;
    }
    office.until_delivered(60).await;

    // Everything in Redis is gone in the middle of it: the sweeper gives the hints out again.
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
    for index in 60..75 {
        owe(&office.app, &office.town, index).await;
    }
    redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
    office.app.clock.advance(chrono::Duration::seconds(130));
    let deliverer = workers::Deliverer::new(
        office.app.app.clone(),
        Channel::Simulator(office.phones.clone()),
        &office.config,
        tokio_util::task::TaskTracker::new(),
    );
    run_job(&deliverer, &office.config, "sweep_messages").await.unwrap();
    office.until_delivered(75).await;
    office.close().await;
}

#[tokio::test]
async fn without_the_queue_messages_are_taken_straight_from_the_database() {
    // Nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    drop(listener);
    let office = Office::open(Some(&url), 1).await;
    for index in 0..5 {
        owe(&office.app, &office.town, index).await;
    }
    office.until_delivered(5).await;
    office.close().await;
}

#[tokio::test]
async fn what_was_handed_out_before_a_restart_is_delivered_after_it() {
    let mut office = Office::open(None, 0).await;
    owe(&office.app, &office.town, 1).await;
    let amount = delivery::Amount { batch: 10, outstanding: 10 };
    let lost = |_| std::future::ready(Ok::<(), std::io::Error>(()));
    delivery::relay(&office.app, amount, "simulator", lost).await.unwrap();
    assert_eq!(office.states().await, [State::Enqueued]);
    office.app.clock.advance(chrono::Duration::seconds(1));
    office.start();
    office.until_delivered(1).await;
    office.close().await;
}

#[tokio::test]
async fn every_job_of_the_clock_runs_twice_without_harm() {
    let office = Office::open(None, 0).await;
    let channel = Channel::Simulator(office.phones.clone());
    let tracker = tokio_util::task::TaskTracker::new();
    let deliverer = workers::Deliverer::new(office.app.app.clone(), channel, &office.config, tracker);
    for _ in 0..2 {
        workers::run_due_jobs(&deliverer, &office.config).await.unwrap();
    }
    office.close().await;
}

/// A provider at an address where nobody listens.
fn unreachable() -> SmsWay {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/sms", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let account = seven::Account {
        url,
        api_key: "key".into(),
        sender: "+491713920098".into(),
        signing_keys: vec!["signing".into()],
        public_url: "http://localhost:1".parse().unwrap(),
        connect_timeout: Duration::from_secs(3),
        timeout: Duration::from_secs(10),
    };
    SmsWay::unlimited(Channel::Gateway(Gateway::new(seven::config(account)).unwrap()))
}

/// Tries everything that is due, until nothing is.
async fn deliver_due(office: &Office, deliverer: &workers::Deliverer) {
    loop {
        let providers = "simulator";
        let due = delivery::due_in_lane(&office.app, Lane::Dialogue, providers, 100).await.unwrap();
        if due.is_empty() {
            return;
        }
        for id in due {
            deliverer.deliver(id).await;
        }
    }
}

#[tokio::test]
async fn a_provider_nobody_can_reach_is_left_alone_and_the_other_carries_each_message_once() {
    let office = Office::open(None, 0).await;
    for index in 0..30 {
        owe(&office.app, &office.town, index).await;
    }
    let second = SmsWay::unlimited(Channel::Simulator(office.phones.clone()));
    let ways = Ways { sms: vec![unreachable(), second], email: None, push: None };
    let tracker = tokio_util::task::TaskTracker::new();
    let deliverer = workers::Deliverer::new(office.app.app.clone(), ways, &office.config, tracker);
    deliver_due(&office, &deliverer).await;
    assert_eq!(office.texts(), 10, "twenty calls went wrong, the rest goes by the other");
    // The retry schedule of those twenty: a second, and they do not go to the first again.
    office.app.clock.advance(chrono::Duration::seconds(2));
    deliver_due(&office, &deliverer).await;
    assert_eq!(office.texts(), 30, "each exactly once");
    let known = |provider| Known { provider, breaker: Breaker::default(), lost_points: 0 };
    providers::report(&office.app, "test", &[known("seven"), known("simulator")]).await.unwrap();
    let listed = providers::list(&office.app, &office.town).await.unwrap();
    let calls = |at: usize| listed[at].outcomes.iter().map(|one| one.count).sum::<i64>();
    assert_eq!((calls(0), calls(1)), (20, 30));
    // After half a minute one message is the probe; it fails, and arrives by the other a little later.
    office.app.clock.advance(chrono::Duration::seconds(31));
    for index in 30..35 {
        owe(&office.app, &office.town, index).await;
    }
    deliver_due(&office, &deliverer).await;
    assert_eq!(office.texts(), 34);
    office.app.clock.advance(chrono::Duration::seconds(2));
    deliver_due(&office, &deliverer).await;
    assert_eq!(office.texts(), 35);
    office.close().await;
}

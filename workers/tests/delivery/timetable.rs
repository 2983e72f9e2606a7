//! The clock's jobs while a provider hangs: others run on, and it is not asked for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use channels::twilio::{self, Sender};
use channels::{Channel, Twilio};
use domain::ids::MessageId;
use domain::messaging::Lane;
use domain::messaging::attempt::SendOutcome;
use domain::messaging::delivery::State;
use operations::App;
use operations::messaging::delivery::{self, claim, finish};
use operations::messaging::{figures, upkeep};
use operations::testing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use workers::{Deliverer, run_job};

use super::{Office, owe};

/// An account whose provider listens there.
async fn account(timeout: Duration) -> (Channel, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = twilio::Config {
        account_sid: "AC00000000000000000000000000000000".into(),
        auth_token: "token".into(),
        next_auth_token: None,
        api_key: None,
        sender: Sender::Number("+491713920098".into()),
        base_url: format!("http://{}", listener.local_addr().unwrap()).parse().unwrap(),
        public_url: "http://localhost:1".parse().unwrap(),
        callback_secret: b"secret".to_vec(),
        connect_timeout: Duration::from_secs(1),
        timeout,
    };
    (Channel::Twilio(Twilio::new(config).unwrap()), listener)
}

/// A provider that takes every call and says nothing; counts them.
pub(crate) async fn hanging(timeout: Duration) -> (Channel, Arc<AtomicUsize>) {
    let (channel, listener) = account(timeout).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            open.push(stream);
        }
    });
    (channel, calls)
}

/// A provider that knows one message somebody wrote, with an id no database takes, and says of all others that they arrived.
async fn answering() -> Channel {
    let (channel, listener) = account(Duration::from_secs(5)).await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    channel
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let (mut heard, mut some) = (Vec::new(), [0; 1024]);
    while !heard.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut some).await?;
        heard.extend_from_slice(&some[..read]);
    }
    let asked = String::from_utf8_lossy(&heard).into_owned();
    let body = if asked.contains("/Messages.json") {
        r#"{"messages":[{"sid":"SM\u0000","from":"+491713920011","to":"+491713920000","body":"Hilfe",
            "status":"received","direction":"inbound","date_created":"Mon, 14 Sep 2026 07:40:00 +0000"}]}"#
    } else {
        r#"{"sid":"SM1","status":"delivered"}"#
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await
}

/// Everything that is due was given to a provider, with this answer.
async fn sent(app: &App, outcome: &SendOutcome) -> Vec<MessageId> {
    let due = delivery::due_in_lane(app, Lane::Dialogue, twilio::PROVIDER, 100).await.unwrap();
    for id in &due {
        let claimed = claim(app, *id, twilio::PROVIDER, chrono::Duration::seconds(60)).await.unwrap();
        finish(app, &claimed.unwrap(), outcome).await.unwrap();
    }
    due
}

/// An office with this many messages of which nobody knows whether they were sent.
async fn in_doubt(count: usize) -> Office {
    let office = Office::open(None, 0).await;
    for index in 0..count {
        owe(&office.app, &office.town, index).await;
    }
    sent(&office.app, &SendOutcome::Ambiguous { reason: "timeout", http_status: None }).await;
    office.app.clock.advance(chrono::Duration::seconds(16));
    office
}

fn deliverer(office: &Office, channel: Channel) -> Deliverer {
    Deliverer::new(office.app.app.clone(), channel, &office.config, tokio_util::task::TaskTracker::new())
}

async fn job(app: &App, name: &str) -> Option<operations::messaging::watch::Job> {
    figures::read(app).await.unwrap().jobs.into_iter().find(|job| job.name == name)
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_for_this_run() {
    let office = in_doubt(12).await;
    let (channel, calls) = hanging(Duration::from_millis(1500)).await;
    let deliverer = deliverer(&office, channel);
    let began = Instant::now();
    run_job(&deliverer, &office.config, "reconcile_uncertain").await.unwrap();
    assert!(calls.load(Ordering::Relaxed) <= 6, "{calls:?} calls");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    let open = operations::messaging::recovery::uncertain(&office.app, 50).await.unwrap();
    assert!(open.len() >= 6, "what was not asked for waits for the next run");
}

#[tokio::test]
async fn a_job_that_waits_for_a_provider_keeps_no_other_waiting_and_is_broken_off_at_the_end() {
    let mut office = in_doubt(12).await;
    let (channel, calls) = hanging(Duration::from_secs(60)).await;
    let running =
        workers::start(office.app.app.clone(), channel, &office.config, office.shutdown.clone()).unwrap();
    office.running.push(running);
    let began = Instant::now();
    for other in ["sweep_messages", "resume_bulk", "guard_codes", "remind_day_before", "erase_old"] {
        while job(&office.app, other).await.is_none_or(|job| job.last_finished_at.is_none()) {
            assert!(began.elapsed() < Duration::from_secs(10), "{other} has not run");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(calls.load(Ordering::Relaxed) > 0, "the provider is being asked");
    let stops = Instant::now();
    let app = office.app.beside().await;
    office.close().await;
    assert!(stops.elapsed() < Duration::from_secs(8), "{:?} until all had ended", stops.elapsed());
    let broken_off = job(&app, "reconcile_uncertain").await.unwrap();
    assert!(broken_off.next_run_at <= app.clock.now(), "whoever comes next goes on with it");
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_however_late_the_worker_has_started() {
    let mut office = Office::open(None, 0).await;
    let (every, now) = (chrono::Duration::seconds(300), office.app.clock.now());
    upkeep::take(&office.app, "catch_up", every).await.unwrap();
    office.app.clock.run_from(now + every - chrono::Duration::seconds(2), 1.0);
    office.start();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if job(&office.app, "catch_up").await.unwrap().last_finished_at.is_some() {
            break;
        }
    }
    let job = job(&office.app, "catch_up").await.unwrap();
    assert!(job.last_started_at.unwrap() >= now + every, "{job:?}");
    office.close().await;
}

#[tokio::test]
async fn reports_are_asked_for_whatever_is_in_the_list_of_what_people_wrote() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        owe(&app, &town, 1).await;
        let taken = SendOutcome::Accepted { reference: "SM1".into(), segments: Some(1) };
        let id = sent(&app, &taken).await[0];
        app.clock.advance(chrono::Duration::minutes(11));
        let config = runtime::Config::default();
        let tracker = tokio_util::task::TaskTracker::new();
        let deliverer = Deliverer::new(app.app.clone(), answering().await, &config, tracker);
        run_job(&deliverer, &config, "catch_up").await.unwrap();
        let filter = operations::messaging::watch::Filter::default();
        let page = operations::messaging::watch::messages(&app, &town, &filter, 10).await.unwrap();
        let message = page.messages.into_iter().find(|message| message.id == id).unwrap();
        assert_eq!(message.state, State::Delivered);
    }
}

//! How long free slots take in offices that are well booked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use system_tests::harness::{Caller, TestDatabase};
use system_tests::people::{fresh_key, text, whole_slots};
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::{Figures, percentile_ms};

const SERVICE: &str = "personalausweis-beantragen";
const BOOKINGS: usize = 2_500;
const ASKED: usize = 1_000;
const ASKED_AFTER_CHANGES: usize = 400;
/// The bookings of the whole country in its busiest hour.
const BOOKINGS_A_SECOND: u32 = 13;
const OFFICES: usize = 20;
/// How full the offices of the large town are.
const FULL: f64 = 0.6;
/// Bookings of days gone by.
const HISTORY: usize = 100_000 - BOOKINGS;
/// How long throughput is measured.
const FOR: Duration = Duration::from_secs(4);
/// Who asks and books at the same time.
const CLIENTS: usize = 16;
/// A JSON answer for which no database is asked: what the town is called and how it looks, for home screens. It is smaller than the
/// answer it is compared with, which is no advantage for ours.
const CONSTANT: &str = "//app.webmanifest";

/// `slots_30d_2500_…`: free slots of 30 days, one office, 6 counters, 2,500 bookings, over HTTP, p50, when somebody has booked
/// since the last answer, so that none is remembered;
/// `slots_vs_hello_…`: how many such answers a second, by those of a constant JSON answer of the same server, while people book.
pub async fn of_one_office(
    figures: &mut Figures,
    store: &str,
    database: Option<TestDatabase>,
    target_ms: f64,
) {
    let town = Arc::new(Town::single_with_offices(database, 1).await);
    let path = format!("/slots?items={SERVICE}:1&days=30");
    let changes = Changes::begin(&town, &path).await;
    book(&town, &path, BOOKINGS).await;
    figures.at_most(
        &format!("slots_30d_2500_{store}"),
        p50_after_changes(&town, &path, &changes).await,
        "ms",
        target_ms,
    );
    println!("# {:.2} ms when nothing has changed", p50(&town, &path).await);

    let busy = Arc::new(changes);
    let going_on = tokio::spawn({
        let busy = Arc::clone(&busy);
        async move {
            let mut every = tokio::time::interval(Duration::from_secs(1) / BOOKINGS_A_SECOND);
            loop {
                every.tick().await;
                busy.one().await;
            }
        }
    });
    let slots = throughput(&town, &path).await;
    going_on.abort();
    let constant = throughput(&town, CONSTANT).await;
    println!("# {slots:.0} answers of slots a second, {constant:.0} of a constant JSON");
    figures.at_least(&format!("slots_vs_hello_{store}"), slots / constant, "ratio", 0.35);
}

/// `slots_flat_100k`: free slots of an office with 100,000 bookings, by those of its neighbour with hardly any: p50, each time
/// after somebody has booked there. They are asked in turn, since a machine is not the same from one minute to the next.
pub async fn however_many(figures: &mut Figures) {
    let town = Arc::new(Town::single_with_offices(TestDatabase::create(), 2).await);
    let Some(database) = &town.database else { return };
    let offices = town.api.get("/town", &Caller::Nobody).await.expect(200);
    let path = |at: &str| format!("/slots?items={SERVICE}:1&days=30&office={}", text(&offices, at));
    let (old, new) = (path("/offices/0/id"), path("/offices/1/id"));
    book(&town, &old, BOOKINGS).await;
    grow_old(database);
    let changes = (Changes::begin(&town, &old).await, Changes::begin(&town, &new).await);
    let (mut of_old, mut of_new) = (Vec::new(), Vec::new());
    for _ in 0..ASKED_AFTER_CHANGES {
        changes.0.one().await;
        of_old.push(ask(&town, &old).await);
        changes.1.one().await;
        of_new.push(ask(&town, &new).await);
    }
    let (old, new) = (percentile_ms(&mut of_old, 0.5), percentile_ms(&mut of_new, 0.5));
    println!("# {old:.2} ms with a hundred thousand bookings, {new:.2} with hardly any");
    figures.at_most("slots_flat_100k", old / new, "ratio", 1.3);
}

/// Somebody books here and there, so that what is free has changed.
struct Changes {
    town: Arc<Town>,
    desk: Caller,
    slots: Vec<Value>,
    next: AtomicUsize,
}

impl Changes {
    async fn begin(town: &Arc<Town>, path: &str) -> Self {
        let (login, password) = town.desk_login();
        let desk = town.api.sign_in(login, password).await;
        let slots = free_slots(town, path).await;
        Self { town: Arc::clone(town), desk, slots, next: AtomicUsize::new(0) }
    }

    async fn one(&self) {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) * 97 % self.slots.len()];
        let answer =
            self.town.api.post_once("/staff/bookings", &self.desk, &fresh_key(), &booking(slot)).await;
        assert!([201, 409].contains(&answer.status), "{}", answer.text);
    }
}

fn booking(slot: &Value) -> Value {
    json!({
        "items": [{ "service": SERVICE, "quantity": 1 }],
        "pool_id": slot["pool_id"],
        "starts_at": slot["starts_at"],
        "name": "Erika Exempel",
        "language": "de",
    })
}

/// `slots_month_20_…`: when 20 offices, 60 % full, are free within a month, p50.
pub async fn of_many_offices(figures: &mut Figures, store: &str, database: Option<TestDatabase>) {
    let town = Arc::new(Town::single_with_offices(database, OFFICES).await);
    let path = format!("/slots?items={SERVICE}:1&days=30");
    let all = free_slots(&town, &path).await.len();
    // Each of six counters can take every slot.
    book(&town, &path, (all as f64 * 6.0 * FULL) as usize).await;
    figures.at_most(&format!("slots_month_20_{store}"), p50(&town, &path).await, "ms", 10.0);
}

async fn free_slots(town: &Town, path: &str) -> Vec<Value> {
    whole_slots(&town.api.get(path, &Caller::Nobody).await.expect(200))
}

/// As [`p50`], each time after somebody has booked.
async fn p50_after_changes(town: &Town, path: &str, changes: &Changes) -> f64 {
    let mut timings = Vec::with_capacity(ASKED_AFTER_CHANGES);
    for _ in 0..ASKED_AFTER_CHANGES {
        changes.one().await;
        timings.push(ask(town, path).await);
    }
    percentile_ms(&mut timings, 0.5)
}

/// The time of half of the answers, from asking to the last byte; what a phone makes of it is not the server's time.
async fn p50(town: &Town, path: &str) -> f64 {
    let mut timings = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        timings.push(ask(town, path).await);
    }
    percentile_ms(&mut timings, 0.5)
}

async fn ask(town: &Town, path: &str) -> Duration {
    let request = town.api.request(Method::GET, path, &Caller::Nobody);
    let began = Instant::now();
    let answer = request.send().await.expect("the server answers");
    let status = answer.status();
    let body = answer.bytes().await.expect("the answer is whole");
    let took = began.elapsed();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    took
}

/// Books so many slots, spread over all of an answer, as staff would on the telephone.
async fn book(town: &Arc<Town>, path: &str, wanted: usize) {
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let slots = free_slots(town, path).await;
    // Every third slot, then those between, over and over.
    let round: Vec<&Value> = (0..3).flat_map(|first| slots.iter().skip(first).step_by(3)).collect();
    let mut wishes = round.into_iter().cycle().take(slots.len() * 12).cloned().peekable();
    let mut left = wanted;
    while left > 0 {
        assert!(wishes.peek().is_some(), "{left} of {wanted} bookings do not fit");
        let mut clients = JoinSet::new();
        for slot in wishes.by_ref().take(left.min(CLIENTS)) {
            let (town, desk) = (Arc::clone(town), desk.clone());
            clients.spawn(async move {
                town.api.post_once("/staff/bookings", &desk, &fresh_key(), &booking(&slot)).await.status
                    == 201
            });
        }
        left -= clients.join_all().await.into_iter().filter(|booked| *booked).count();
    }
}

/// Answers a second, to many who ask at once.
async fn throughput(town: &Town, path: &str) -> f64 {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        // A connection of its own for each.
        let request = town.api.request(Method::GET, path, &Caller::Nobody).build().expect("a request");
        let http = Client::builder().no_proxy().build().expect("a client");
        clients.spawn(async move {
            let mut answers = 0_u32;
            while began.elapsed() < FOR {
                let request = request.try_clone().expect("it has no body");
                let answer = http.execute(request).await.expect("the server answers");
                assert_eq!(answer.status(), 200);
                answer.bytes().await.expect("the answer is whole");
                answers += 1;
            }
            answers
        });
    }
    let answers: u32 = clients.join_all().await.into_iter().sum();
    f64::from(answers) / began.elapsed().as_secs_f64()
}

/// Adds the bookings of past years, as copies of one.
fn grow_old(database: &TestDatabase) {
    let columns = database.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'booking' ORDER BY ordinal_position",
    );
    let value = |column: &String| match column.as_str() {
        "id" => "gen_random_uuid()".to_owned(),
        "hold_id" | "contact_id" => "NULL".to_owned(),
        "link_token_hash" | "phone_hash" => "decode(md5(random()::text), 'hex')".to_owned(),
        "check_in_code" => "CAST(10000000 + i AS varchar)".to_owned(),
        "state" => "'arrived'".to_owned(),
        "day" => "day - 1 - i % 1500".to_owned(),
        "starts_at" | "ends_at" => format!("{column} - (1 + i % 1500) * interval '1 day'"),
        other => other.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    database.sql(&format!(
        "INSERT INTO booking ({}) SELECT {} FROM generate_series(1, {HISTORY}) AS i, (SELECT * FROM booking LIMIT 1) AS one",
        columns.join(", "),
        values.join(", ")
    ));
    // In the years such an office takes, the database has tidied up many a time.
    database.sql("VACUUM ANALYZE");
}

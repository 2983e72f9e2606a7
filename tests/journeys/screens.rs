//! What the screens of a house show while something breaks: no call is lost, none is made twice, and whoever looks sees
//! how it is as soon as somebody answers again.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::harness::{Api, Caller, Live, TestDatabase, eventually};
use system_tests::people::{Desk, enrol, fresh_key, list, text};
use system_tests::town::Town;
use tokio::task::JoinSet;

const SERVICE: &str = "personalausweis-beantragen";
const PASSWORD: &str = "ein-langes-kennwort";
const DESKS: usize = 3;
const VISITORS: usize = 24;
/// How long a machine that has much to do may take.
const LONG: Duration = Duration::from_secs(60);
/// How soon screens are right after somebody answers again.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_server_killed_while_desks_call_loses_and_repeats_no_call_on_sqlite() {
    killed_while_desks_call(None).await;
}

#[tokio::test]
async fn a_server_killed_while_desks_call_loses_and_repeats_no_call_on_postgresql() {
    let Some(database) = some_database() else { return };
    killed_while_desks_call(Some(database)).await;
}

async fn killed_while_desks_call(database: Option<TestDatabase>) {
    let mut town = Town::single_with_counters(database, u8::try_from(DESKS).expect("few")).await;
    let house = House::of(&town).await;
    house.draws(&town.api, VISITORS).await;
    let served = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for desk in house.desks(&town).await {
        working.spawn(desk.works(Arc::clone(&served)));
    }
    for killed_after in [3, 9, 15] {
        eventually(&format!("{killed_after} visitors served"), || async {
            (served.load(Ordering::SeqCst) >= killed_after).then_some(())
        })
        .await;
        town.serve.kill();
        town.start_serve().await;
        // Whoever watches looks again, and sees how it is.
        let mut display = town.api.live("/display/live", &house.display).await;
        let shown = tokio::time::timeout(SOON, display.next()).await.expect("in time").expect("a snapshot");
        let called_by_now = list(&shown, "/calls").len() + list(&shown, "/recent").len();
        assert!(
            called_by_now >= killed_after.min(12),
            "{called_by_now} calls are shown after {killed_after}"
        );
    }
    let visits: Vec<String> = working.join_all().await.into_iter().flatten().collect();
    assert_eq!(visits.len(), VISITORS, "as many are served as came");
    assert_eq!(visits.iter().collect::<HashSet<_>>().len(), VISITORS, "nobody twice, nobody forgotten");
    let path = format!("/day?office={}", text(&house.office, "/id"));
    let day = town.api.get(&path, &house.admin).await.expect(200);
    let sessions: usize = list(&day, "/counters").iter().map(|it| list(it, "/sessions").len()).sum();
    assert_eq!(sessions, VISITORS, "each has sat at a counter once");
}

#[tokio::test]
async fn a_display_that_was_cut_off_shows_what_was_called_meanwhile() {
    let town = Town::single_with_counters(None, 1).await;
    let house = House::of(&town).await;
    house.draws(&town.api, 2).await;
    let mut display = town.api.live("/display/live", &house.display).await;
    assert!(list(&display.next().await.expect("a snapshot"), "/calls").is_empty());
    drop(display);

    let desk = Desk::opens(&town.api, town.desk_login(), &text(&house.office, "/id"), "B").await;
    let called = desk.calls_next().await.expect(200);
    let mut display = town.api.live("/display/live", &house.display).await;
    let (shown, _) = display.until(LONG, "the call", |it| it["calls"][0]["number"] == called["number"]).await;
    assert_eq!(shown["calls"][0]["fresh"], true, "what was called a moment ago is announced now");
}

#[tokio::test]
async fn a_display_ends_with_its_revocation_and_the_others_go_on() {
    let town = Town::single_with_counters(None, 1).await;
    let house = House::of(&town).await;
    let other = enrol(&town.api, &house.admin, "display", &house.office).await;
    let mut revoked = town.api.live("/display/live", &house.display).await;
    let mut stays = town.api.live("/display/live", &other).await;
    drop((revoked.next().await.expect("a snapshot"), stays.next().await.expect("a snapshot")));

    // Set up while others watch: what they all look at may have been read before.
    let new = enrol(&town.api, &house.admin, "display", &house.office).await;
    let mut new = town.api.live("/display/live", &new).await;
    new.next().await.expect("a snapshot for who has just come");
    let id = text(&town.api.get("/device", &house.display).await.expect(200), "/id");
    town.api.post(&format!("/devices/{id}/revoke"), &house.admin, &json!({})).await.expect(200);
    let ended = async { while revoked.next().await.is_some() {} };
    tokio::time::timeout(LONG, ended).await.expect("its line ends");
    house.draws(&town.api, 1).await;
    stays.until(LONG, "one who waits", |it| it["waiting"] == 1).await;
}

#[tokio::test]
async fn the_open_lines_of_staff_end_with_their_session_and_no_other() {
    let town = Town::single(None).await;
    for (role, path) in [("desk", "/queue/live"), ("admin", "/ops/live")] {
        let (login, password) = town.login(role);
        let (leaves, stays) =
            (town.api.sign_in(login, password).await, town.api.sign_in(login, password).await);
        let (mut ends, mut goes_on) = (town.api.live(path, &leaves).await, town.api.live(path, &stays).await);
        drop((ends.next().await.expect("a snapshot"), goes_on.next().await.expect("a snapshot")));
        town.api.post("/staff/sign-out", &leaves, &json!({})).await.expect(204);
        let ended = async { while ends.next().await.is_some() {} };
        tokio::time::timeout(LONG, ended).await.expect("its line ends");
        goes_on.next().await.expect("the other one is told how it is");
    }
}

#[tokio::test]
async fn a_ticket_page_goes_along_to_another_office_and_to_the_end() {
    let town = Town::single(None).await;
    let house = House::of(&town).await;
    let ticket = house.draws(&town.api, 1).await.remove(0);
    let mut page = town.api.live("/ticket/live", &Caller::Bearer(text(&ticket, "/ticket_token"))).await;
    page.until(LONG, "the ticket", |it| it["state"] == "waiting").await;

    // Somebody in the other house is there to go on with it.
    let counters = town.api.get("/counters", &house.admin).await.expect(200);
    let elsewhere = list(&counters, "").iter().find(|it| it["office"]["id"] != house.office["id"]);
    let other = text(elsewhere.expect("there are two offices"), "/office/id");
    let there = Desk::opens(&town.api, town.login("admin"), &other, "N").await;
    let here = Desk::opens(&town.api, town.desk_login(), &text(&house.office, "/id"), "B").await;
    let called = here.calls_next().await.expect(200);
    page.until(LONG, "the call", |it| it["state"] == "called").await;
    let to = json!({ "counter_id": there.counter["id"] });
    here.does(&text(&called, "/id"), "transfer", &to).await.expect(200);
    let (ticket, _) = page.until(LONG, "the new ticket", |it| it["was"] == called["number"]).await;
    assert_eq!(ticket["state"], "waiting");
    assert_eq!(ticket["office_name"], there.counter["office"]["name"]);

    // There, too, the page follows, and to the end.
    let called = there.calls_next().await.expect(200);
    let (ticket, _) = page.until(LONG, "the call there", |it| it["state"] == "called").await;
    assert_eq!(ticket["counter"]["name"], there.counter["name"]);
    there.does(&text(&called, "/id"), "finish", &json!({ "delivered": [] })).await.expect(200);
    page.until(LONG, "the end", |it| it["state"] == "done").await;
}

#[tokio::test]
async fn screens_of_another_server_follow_after_redis_was_flushed_and_away() {
    let Some(mut town) = Town::cluster(0).await else { return };
    let second = town.second_server().await;
    let house = House::of(&town).await;
    house.draws(&town.api, 3).await;
    let desk_login = town.desk_login();
    let (login, password) = (desk_login.0.to_owned(), desk_login.1.to_owned());
    let api = town.api.clone();
    let desk = Desk::opens(&api, (&login, &password), &text(&house.office, "/id"), "B").await;
    let mut display = second.api.live("/display/live", &house.display).await;
    drop(display.next().await.expect("a snapshot"));

    let redis = town.redis.as_mut().expect("a cluster has a Redis");
    redis.flush().await;
    called_and_shown(&desk, &mut display, "after Redis was emptied").await;
    redis.stop();
    called_and_shown(&desk, &mut display, "while Redis is away").await;
    redis.start_again().await;
    called_and_shown(&desk, &mut display, "after Redis is back").await;
}

async fn called_and_shown(desk: &Desk<'_>, display: &mut Live, when: &str) {
    let called = desk.calls_next().await.expect(200);
    let shows = |it: &Value| list(it, "/calls").iter().any(|call| call["number"] == called["number"]);
    display.until(LONG, when, shows).await;
    desk.does(&text(&called, "/id"), "finish", &json!({ "delivered": [] })).await.expect(200);
}

fn some_database() -> Option<TestDatabase> {
    let database = TestDatabase::create();
    if database.is_none() {
        eprintln!("not run: LOTSE_TEST_POSTGRES_URL is not set (infra/setup/services.sh sets it)");
    }
    database
}

/// An office with a terminal and a display.
struct House {
    office: Value,
    admin: Caller,
    terminal: Caller,
    display: Caller,
}

impl House {
    async fn of(town: &Town) -> Self {
        let api = &town.api;
        let admin = town.admin().await;
        let office = list(&api.get("/town", &Caller::Nobody).await.expect(200), "/offices")[0].clone();
        let terminal = enrol(api, &admin, "terminal", &office).await;
        let display = enrol(api, &admin, "display", &office).await;
        Self { office, admin, terminal, display }
    }

    /// Draws so many tickets.
    async fn draws(&self, api: &Api, tickets: usize) -> Vec<Value> {
        let body = json!({ "service": SERVICE, "language": "de" });
        let mut drawn = Vec::new();
        for _ in 0..tickets {
            drawn.push(api.post_once("/tickets", &self.terminal, &fresh_key(), &body).await.expect(201));
        }
        drawn
    }

    /// Somebody at every counter of the office.
    async fn desks(&self, town: &Town) -> Vec<Patient> {
        let counters = town.api.get("/counters", &self.admin).await.expect(200);
        let mut desks = Vec::new();
        for (number, counter) in list(&counters, "").iter().enumerate() {
            let login = format!("platz{number}");
            let new = json!({ "login": login, "name": format!("P. {number}"), "role": "desk", "password": PASSWORD });
            town.api.post("/staff", &self.admin, &new).await.expect(201);
            let caller = town.api.sign_in(&login, PASSWORD).await;
            let counter = text(counter, "/id");
            town.api.post(&format!("/counters/{counter}/open"), &caller, &json!({})).await.expect(200);
            desks.push(Patient { api: town.api.clone(), caller, counter });
        }
        assert_eq!(desks.len(), DESKS);
        desks
    }
}

/// Somebody at a counter whose page sends again, under the same key, what was not answered.
struct Patient {
    api: Api,
    caller: Caller,
    counter: String,
}

impl Patient {
    /// Calls and serves until everybody has been served; gives whom.
    async fn works(self, served: Arc<AtomicUsize>) -> Vec<String> {
        let mut visits = Vec::new();
        while served.load(Ordering::SeqCst) < VISITORS {
            let (status, called) =
                self.insists("/queue/call-next", &json!({ "counter_id": self.counter })).await;
            let visit = match (status, called["code"].as_str()) {
                (200, _) => text(&called, "/id"),
                // The call was made, and its answer was lost with the server: the page shows who is called.
                (409, Some("counter_busy")) => match self.current().await {
                    Some(visit) => visit,
                    None => continue,
                },
                (409, Some("nobody_waiting")) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                _ => panic!("call-next: {status} {called}"),
            };
            let (status, done) =
                self.insists(&format!("/visits/{visit}/finish"), &json!({ "delivered": [] })).await;
            assert_eq!((status, &done["state"]), (200, &json!("done")), "{done}");
            visits.push(visit);
            served.fetch_add(1, Ordering::SeqCst);
        }
        visits
    }

    async fn current(&self) -> Option<String> {
        let answer = self.api.request(Method::GET, "/queue", &self.caller).send().await.ok()?;
        let queue: Value = answer.json().await.ok()?;
        queue["current"]["id"].as_str().map(str::to_owned)
    }

    /// Asks until it is answered.
    async fn insists(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut key = fresh_key();
        let answered = async {
            loop {
                let request = self.api.request(Method::POST, path, &self.caller);
                let sent = request.header("Idempotency-Key", &key).json(body).send().await;
                if let Ok(answer) = sent
                    && let status = answer.status().as_u16()
                    && let Ok(body) = answer.json::<Value>().await
                    && status < 500
                {
                    if body["code"] != "idempotency_in_flight" {
                        return (status, body);
                    }
                    // The server that knew it is gone; whether it was done, the verb itself says.
                    key = fresh_key();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(LONG, answered).await.unwrap_or_else(|_| panic!("{path} is not answered"))
    }
}

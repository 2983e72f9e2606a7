//! Twenty desks and a full waiting room, over two servers on one database: nobody is called twice, nobody is forgotten,
//! the order follows the rule, and no server ever fails.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use system_tests::harness::{Answer, Api, Caller, TestDatabase};
use system_tests::people::{enrol, fresh_key, list, text};
use system_tests::town::Town;
use tokio::task::JoinSet;

const DESKS: usize = 20;
const VISITORS: usize = 500;
/// Terminals that draw tickets at the same time.
const TERMINALS: usize = 8;
const PASSWORD: &str = "ein-langes-kennwort";

#[tokio::test]
async fn twenty_desks_call_everybody_exactly_once_on_sqlite() {
    the_day(None).await;
}

#[tokio::test]
async fn twenty_desks_call_everybody_exactly_once_on_postgresql() {
    let Some(database) = TestDatabase::create() else {
        eprintln!("not run: LOTSE_TEST_POSTGRES_URL is not set (infra/setup/services.sh sets it)");
        return;
    };
    the_day(Some(database)).await;
}

async fn the_day(database: Option<TestDatabase>) {
    let town = Town::single_with_counters(database, u8::try_from(DESKS).expect("few")).await;
    let second = town.second_server().await;
    let servers = [town.api.clone(), second.api.clone()];
    let office = list(&town.api.get("/town", &Caller::Nobody).await.expect(200), "/offices")[0].clone();
    let waiting = everybody_comes(&town, &servers, &office).await;
    let desks = everybody_sits_down(&town, &servers, &text(&office, "/id")).await;

    let served = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for desk in desks {
        working.spawn(desk.works(Arc::clone(&served)));
    }
    let mut calls: Vec<(String, String)> = working.join_all().await.into_iter().flatten().collect();
    calls.sort();
    let called: Vec<&String> = calls.iter().map(|(_, visit)| visit).collect();
    assert_eq!(called.len(), VISITORS, "as many calls as visitors");
    assert_eq!(called.iter().collect::<HashSet<_>>().len(), VISITORS, "nobody twice, nobody forgotten");
    // Who is due first is called first, but for calls that are under way at the same moment.
    for (place, visit) in called.iter().enumerate() {
        let due = waiting[*visit];
        assert!(due.abs_diff(place) <= 2 * DESKS, "number {due} in the order was called as number {place}");
    }
    let day = town.api.get(&format!("/day?office={}", text(&office, "/id")), &town.admin().await).await;
    let sessions: usize =
        list(&day.expect(200), "/counters").iter().map(|it| list(it, "/sessions").len()).sum();
    assert_eq!(sessions, VISITORS, "each has sat at a counter once");
}

/// Draws all tickets, at several terminals of both servers; gives the visits by their place in the order.
async fn everybody_comes(town: &Town, servers: &[Api; 2], office: &Value) -> HashMap<String, usize> {
    let admin = town.admin().await;
    let mut drawing = JoinSet::new();
    for number in 0..TERMINALS {
        let terminal = enrol(&town.api, &admin, "terminal", office).await;
        let api = servers[number % 2].clone();
        let tickets = VISITORS / TERMINALS + usize::from(number < VISITORS % TERMINALS);
        drawing.spawn(async move {
            let body = json!({ "service": "personalausweis-beantragen", "language": "de" });
            let mut drawn = Vec::new();
            for _ in 0..tickets {
                let answer = api.post_once("/tickets", &terminal, &fresh_key(), &body).await.expect(201);
                drawn.push((text(&answer, "/ticket/arrived_at"), text(&answer, "/ticket/visit_id")));
            }
            drawn
        });
    }
    let mut drawn: Vec<(String, String)> = drawing.join_all().await.into_iter().flatten().collect();
    drawn.sort();
    drawn.into_iter().enumerate().map(|(place, (_, visit))| (visit, place)).collect()
}

async fn everybody_sits_down(town: &Town, servers: &[Api; 2], office: &str) -> Vec<Desk> {
    let admin = town.admin().await;
    let counters = town.api.get("/counters", &admin).await.expect(200);
    let mut desks = Vec::new();
    for (number, counter) in list(&counters, "").iter().filter(|it| it["office"]["id"] == office).enumerate()
    {
        let login = format!("platz{number}");
        let new =
            json!({ "login": login, "name": format!("P. {number}"), "role": "desk", "password": PASSWORD });
        town.api.post("/staff", &admin, &new).await.expect(201);
        let api = servers[number % 2].clone();
        let caller = api.sign_in(&login, PASSWORD).await;
        let counter = text(counter, "/id");
        api.post(&format!("/counters/{counter}/open"), &caller, &json!({})).await.expect(200);
        desks.push(Desk { api, caller, counter });
    }
    assert_eq!(desks.len(), DESKS);
    desks
}

struct Desk {
    api: Api,
    caller: Caller,
    counter: String,
}

impl Desk {
    /// Calls and serves until everybody has been served; gives when whom.
    async fn works(self, served: Arc<AtomicUsize>) -> Vec<(String, String)> {
        let mut calls = Vec::new();
        while served.load(Ordering::SeqCst) < VISITORS {
            let body = json!({ "counter_id": self.counter });
            let answer = self.post("/queue/call-next", &body).await;
            if answer.status != 200 {
                answer.expect_problem(409, "nobody_waiting");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            let visit = text(&answer.body, "/id");
            calls.push((text(&answer.body, "/called_at"), visit.clone()));
            let done = self.post(&format!("/visits/{visit}/finish"), &json!({ "delivered": [] })).await;
            assert_eq!(done.expect(200)["state"], "done");
            served.fetch_add(1, Ordering::SeqCst);
        }
        calls
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let answer = self.api.post_once(path, &self.caller, &fresh_key(), body).await;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.text);
        answer
    }
}

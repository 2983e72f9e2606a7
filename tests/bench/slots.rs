//! How long a month of free slots takes in an office that is well booked.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::harness::{Caller, TestDatabase};
use system_tests::people::{fresh_key, text, whole_slots};
use system_tests::town::Town;

use crate::measured::{Figures, percentile_ms};

const BOOKINGS: usize = 2500;
const ASKED: usize = 500;

/// `slots_30d_2500_…`: free slots of 30 days, one office, 6 counters, 2,500 bookings, over HTTP, p50 and p99.
pub async fn measure(figures: &mut Figures, store: &str, database: Option<TestDatabase>, target_ms: f64) {
    let town = Town::single(database).await;
    let office = fill(&town).await;
    let path = format!("/slots?items=personalausweis-beantragen:1&office={office}&days=30");
    let mut timings = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let request = town.api.request(Method::GET, &path, &Caller::Nobody);
        let began = Instant::now();
        // What the citizen's phone makes of the answer is not the server's time.
        let answer = request.send().await.expect("the server answers");
        let status = answer.status();
        let body = answer.bytes().await.expect("the answer is whole");
        timings.push(began.elapsed());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }
    figures.at_most(&format!("slots_30d_2500_{store}"), percentile_ms(&mut timings, 0.5), "ms", target_ms);
}

/// Books 2,500 slots of one office over the month, as its staff would on the telephone; answers the office's id.
async fn fill(town: &Town) -> String {
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let path = "/slots?items=personalausweis-beantragen:1&days=30";
    let slots = town.api.get(path, &Caller::Nobody).await.expect(200);
    let slots = whole_slots(&slots);
    let office = text(&slots[0], "/office_id");
    let slots: Vec<Value> = slots.into_iter().filter(|it| it["office_id"] == office.as_str()).collect();
    let mut booked = 0;
    // Spread over the month, and again from the start until enough are booked.
    for round in 0.. {
        for slot in slots.iter().skip(round).step_by(3) {
            let body = json!({
                "items": [{ "service": "personalausweis-beantragen", "quantity": 1 }],
                "pool_id": slot["pool_id"],
                "starts_at": slot["starts_at"],
                "name": "Erika Exempel",
                "language": "de",
            });
            let answer = town.api.post_once("/staff/bookings", &desk, &fresh_key(), &body).await;
            booked += usize::from(answer.status == 201);
            if booked == BOOKINGS {
                return office;
            }
        }
        assert!(round < 20, "only {booked} bookings fit");
    }
    office
}

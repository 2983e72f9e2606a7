//! Many at once, over two servers on one database: nothing is sold twice, lost or booked again.
//! (Offers of the waiting list, which nobody gets on a Sunday, race where the clock stands: `backend/tests/api/offers.rs`.)

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::harness::{Answer, Api, Caller, TestDatabase};
use system_tests::people::{Booked, Citizen, digits_after, fresh_key, text};
use system_tests::town::{Server, Town};
use tokio::task::JoinSet;

const SERVICE: &str = "personalausweis-beantragen";
/// As many people as a slot takes.
const COUNTERS: usize = 6;

#[tokio::test]
async fn two_servers_on_one_sqlite_file_keep_every_promise_when_many_come_at_once() {
    all_races(None).await;
}

#[tokio::test]
async fn two_servers_on_postgresql_keep_every_promise_when_many_come_at_once() {
    let Some(database) = TestDatabase::create() else {
        eprintln!("not run: LOTSE_TEST_POSTGRES_URL is not set (infra/setup/services.sh sets it)");
        return;
    };
    all_races(Some(database)).await;
}

async fn all_races(database: Option<TestDatabase>) {
    let mut town = Town::single(database).await;
    town.start_worker();
    let second = town.second_server().await;
    let house = House { town: &town, second: &second };
    let slots = house.untouched_slots().await;
    a_slot_takes_exactly_as_many_as_there_are_counters(&house, &slots[..3]).await;
    a_storm_of_moves_loses_nobody_and_sells_nothing_twice(&house, &slots[3..6]).await;
    the_same_request_to_both_servers_is_one_booking(&house, &slots[6]).await;
}

/// One town behind two addresses.
struct House<'a> {
    town: &'a Town,
    second: &'a Server,
}

impl House<'_> {
    /// The server that the n-th request goes to.
    fn server(&self, number: usize) -> Api {
        if number.is_multiple_of(2) { self.town.api.clone() } else { self.second.api.clone() }
    }

    fn citizen(&self, phone: &str) -> Citizen<'_> {
        Citizen { api: &self.town.api, phones: &self.town.phones, phone: phone.to_owned() }
    }

    /// Slots of the town hall that do not overlap, soonest first.
    async fn untouched_slots(&self) -> Vec<Value> {
        let slots = self.citizen("").free_slots(SERVICE).await;
        let office = text(&slots[0], "/office_id");
        let length = slots[0]["duration_min"].as_i64().expect("a length");
        let mut chosen: Vec<Value> = Vec::new();
        for slot in slots.into_iter().filter(|it| it["office_id"] == office.as_str()) {
            let after = |last: &Value| begins(&slot) - begins(last) >= TimeDelta::minutes(length);
            if chosen.last().is_none_or(after) {
                chosen.push(slot);
            }
        }
        chosen
    }

    /// How many of so many wishes for a slot, all at once and at both servers, become holds.
    async fn holds(&self, slot: &Value, wishes: usize) -> usize {
        // Each with a proof of its own, computed before anybody sends anything.
        let mut bodies = Vec::new();
        for _ in 0..wishes {
            bodies.push(self.citizen("").wish_to_hold(SERVICE, slot).await);
        }
        let wishes = bodies.into_iter().enumerate().map(|(number, body)| {
            let api = self.server(number);
            async move { api.post_once("/holds", &Caller::Nobody, &fresh_key(), &body).await }
        });
        let mut held = 0;
        for answer in at_once(wishes).await {
            match answer.status {
                201 => held += 1,
                _ => {
                    answer.expect_problem(409, "slot_taken");
                }
            }
        }
        held
    }
}

fn begins(slot: &Value) -> DateTime<Utc> {
    text(slot, "/starts_at").parse().expect("an instant")
}

async fn at_once<T: Send + 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    for one in all {
        running.spawn(one);
    }
    running.join_all().await
}

async fn a_slot_takes_exactly_as_many_as_there_are_counters(house: &House<'_>, slots: &[Value]) {
    for slot in slots {
        assert_eq!(house.holds(slot, 24).await, COUNTERS, "{slot}");
    }
}

/// Eight people and nine places: everybody moves somewhere else again and again.
async fn a_storm_of_moves_loses_nobody_and_sells_nothing_twice(house: &House<'_>, slots: &[Value]) {
    const PEOPLE: usize = 8;
    const ROUNDS: usize = 3;
    let people = everybody_books(house, PEOPLE, slots).await;
    let mut kept = 0;
    for slot in slots {
        kept += house.holds(slot, 3).await;
    }
    assert_eq!(kept, 9, "with these, one place is left");

    for round in 0..ROUNDS {
        let moves = people.iter().enumerate().map(|(number, person)| {
            let (api, link) = (house.server(number + round), person.link.clone());
            let to = &slots[(number * 2 + round) % slots.len()];
            let body = json!({ "pool_id": to["pool_id"], "starts_at": to["starts_at"] });
            async move { api.post("/appointment/move", &link, &body).await }
        });
        for answer in at_once(moves).await {
            let code = answer.body["code"].as_str();
            let fine = answer.status == 200 || code == Some("slot_taken") || code == Some("same_slot");
            assert!(fine, "{}", answer.text);
        }
    }

    for person in &people {
        let page = house.second.api.get("/appointment", &person.link).await.expect(200);
        assert_eq!(page["state"], "booked", "{page}");
        assert!(slots.iter().any(|slot| begins(slot) == begins(&page)), "{page}");
    }
    let mut left = 0;
    for slot in slots {
        left += house.holds(slot, COUNTERS).await;
    }
    assert_eq!(left, slots.len() * COUNTERS - PEOPLE - kept, "what nobody has is free, and only that");
}

/// First all ask for their codes, then all type them: nobody waits for another one's SMS.
async fn everybody_books(house: &House<'_>, people: usize, slots: &[Value]) -> Vec<Booked> {
    let phone = |number: usize| format!("0171 39200{}", 30 + number);
    let mut pending = Vec::new();
    for number in 0..people {
        let citizen = house.citizen(&phone(number));
        let hold = citizen.holds(SERVICE, &slots[number % slots.len()]).await;
        let booking = citizen.sends_the_form(&hold).await;
        pending.push((citizen, hold, text(&booking, "/booking_id")));
    }
    let mut booked = Vec::new();
    for (citizen, hold, booking) in pending {
        booked.push(citizen.types_the_code(&hold, &booking).await);
    }
    booked
}

/// An impatient tap that reaches both servers, eight times over.
async fn the_same_request_to_both_servers_is_one_booking(house: &House<'_>, slot: &Value) {
    let citizen = house.citizen("0171 3920045");
    let wish = citizen.wish_to_hold(SERVICE, slot).await;
    let hold = same_request(house, "/holds", &Caller::Nobody, &wish).await;
    assert_eq!(house.holds(slot, 12).await, COUNTERS - 1, "one counter is held, not eight");

    let holder = Caller::Bearer(text(&hold, "/token"));
    let form = json!({
        "hold_id": hold["id"],
        "name": "Erika Exempel",
        "address": "Beispielweg 1, 12345 Musterstadt",
        "phone": citizen.phone,
        "language": "de",
    });
    let pending = same_request(house, "/bookings", &holder, &form).await;
    let sms = house.town.phones.message(&citizen.phone, "Ihr Code").await;
    let path = format!("/bookings/{}/verify", text(&pending, "/booking_id"));
    let code = json!({ "code": digits_after(&sms, "Ihr Code: ") });
    house.second.api.post(&path, &holder, &code).await.expect(200);
    house.town.phones.message(&citizen.phone, "Termin bestätigt").await;
    let received = house.town.phones.received_by(&citizen.phone).await;
    assert_eq!(received.iter().filter(|it| it.contains("Ihr Code")).count(), 1, "one code for one booking");
}

/// Sends a request eight times at once under one key; all answers of success are the same.
async fn same_request(house: &House<'_>, path: &'static str, by: &Caller, body: &Value) -> Value {
    let key = fresh_key();
    let taps = (0..8).map(|number| {
        let (api, by, key, body) = (house.server(number), by.clone(), key.clone(), body.clone());
        async move { answered(&api, path, &by, &key, &body).await.expect(201) }
    });
    let answers = at_once(taps).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    answers.into_iter().next().expect("eight answers")
}

/// The answer, when the other server is no longer at it.
async fn answered(api: &Api, path: &str, by: &Caller, key: &str, body: &Value) -> Answer {
    for _ in 0..200 {
        let answer = api.post_once(path, by, key, body).await;
        if answer.body["code"] != "idempotency_in_flight" {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} is being worked on for ever");
}

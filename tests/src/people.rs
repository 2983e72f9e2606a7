//! What people do at each surface, told once: the citizen at the phone, the visitor at the terminal, the desk.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::harness::{Answer, Api, Caller};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::town::Phones;

/// A key or token nobody used before.
pub fn fresh_key() -> String {
    let half = || RandomState::new().hash_one(0_u8);
    Uuid::from_u64_pair(half(), half()).to_string()
}

/// The text at a place of an answer.
#[track_caller]
pub fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
        .to_owned()
}

/// The list at a place of an answer.
#[track_caller]
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no list {pointer} in {value}"))
}

/// The free slots of an answer, each with its place and its day, as the front ends put them together.
pub fn whole_slots(answer: &Value) -> Vec<Value> {
    let places = list(answer, "/places");
    let mut slots = Vec::new();
    for day in list(answer, "/days") {
        let begins_at: DateTime<Utc> = text(day, "/begins_at").parse().expect("an instant");
        let mut of_day = Vec::new();
        for free in list(day, "/free") {
            let place = free["place"].as_u64().and_then(|at| places.get(at as usize));
            let place = place.unwrap_or_else(|| panic!("no place of {free}"));
            for minute in list(free, "/minutes") {
                let mut whole = place.clone();
                whole["day"] = day["day"].clone();
                whole["starts_at"] =
                    json!(begins_at + TimeDelta::minutes(minute.as_i64().unwrap_or_default()));
                of_day.push(whole);
            }
        }
        of_day.sort_by_key(|slot| text(slot, "/starts_at"));
        slots.extend(of_day);
    }
    slots
}

/// Someone with a mobile phone who wants an appointment.
pub struct Citizen<'a> {
    pub api: &'a Api,
    pub phones: &'a Phones,
    /// As typed into the form: `0171 39200xx`.
    pub phone: String,
}

/// A held slot.
pub struct Hold {
    pub id: String,
    pub caller: Caller,
}

impl Hold {
    /// What an answer says of it.
    pub fn of(answer: &Value) -> Self {
        Self { id: text(answer, "/id"), caller: Caller::Bearer(text(answer, "/token")) }
    }
}

/// What a browser computes before a hold: digits with which the hash of the challenge begins with enough zero bits.
fn solve(challenge: &Value) -> Value {
    let difficulty = challenge["difficulty"].as_u64().expect("a difficulty");
    if difficulty == 0 {
        return Value::Null;
    }
    let challenge = text(challenge, "/challenge");
    let zeros = |nonce: &u64| {
        let hash = Sha256::digest(format!("{challenge}:{nonce}"));
        let first = hash.iter().position(|byte| *byte != 0).unwrap_or(hash.len());
        8 * first as u64 + hash.get(first).map_or(0, |byte| u64::from(byte.leading_zeros()))
    };
    let nonce = (0_u64..).find(|nonce| zeros(nonce) >= difficulty).expect("there is one");
    json!({ "challenge": challenge, "nonce": nonce.to_string() })
}

/// A booked appointment and the key to it.
pub struct Booked {
    pub link: Caller,
    pub appointment: Value,
}

impl Citizen<'_> {
    /// The first service a search for `word` shows, by name or keyword.
    pub async fn finds_service(&self, word: &str) -> Value {
        let found = self.api.get("/services", &Caller::Nobody).await.expect(200);
        let word = word.to_lowercase();
        list(&found, "/services")
            .iter()
            .find(|it| it["name"]["de"].as_str().is_some_and(|name| name.to_lowercase().starts_with(&word)))
            .or_else(|| {
                list(&found, "/services")
                    .iter()
                    .find(|it| it["keywords"].to_string().to_lowercase().contains(&word))
            })
            .unwrap_or_else(|| panic!("a search for {word} finds nothing"))
            .clone()
    }

    /// The free slots of a service in the coming days, in their order.
    pub async fn free_slots(&self, service: &str) -> Vec<Value> {
        let answer =
            self.api.get(&format!("/slots?items={service}:1&days=14"), &Caller::Nobody).await.expect(200);
        whole_slots(&answer)
    }

    /// Tries to hold a slot.
    pub async fn tries_to_hold(&self, service: &str, slot: &Value) -> Answer {
        let wish = self.wish_to_hold(service, slot).await;
        self.sends_wish(&wish).await
    }

    /// The wish to hold a slot, with the proof of work the town asks for.
    pub async fn wish_to_hold(&self, service: &str, slot: &Value) -> Value {
        let challenge = self.api.post("/hold-challenges", &Caller::Nobody, &json!({})).await.expect(200);
        json!({
            "items": [{ "service": service, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
            "proof": solve(&challenge),
        })
    }

    /// Sends a wish to hold.
    pub async fn sends_wish(&self, wish: &Value) -> Answer {
        self.api.post_once("/holds", &Caller::Nobody, &fresh_key(), wish).await
    }

    /// Holds a slot for ten minutes.
    pub async fn holds(&self, service: &str, slot: &Value) -> Hold {
        Hold::of(&self.tries_to_hold(service, slot).await.expect(201))
    }

    /// What the form sends.
    pub fn form(&self, hold: &Hold) -> Value {
        json!({
            "hold_id": hold.id,
            "name": "Erika Exempel",
            "address": "Beispielweg 1, 12345 Musterstadt",
            "phone": self.phone,
            "email": null,
            "remark": null,
            "language": "de",
        })
    }

    /// Sends the form; a code is on its way.
    pub async fn sends_the_form(&self, hold: &Hold) -> Value {
        self.api.post_once("/bookings", &hold.caller, &fresh_key(), &self.form(hold)).await.expect(201)
    }

    /// Types the code from the SMS.
    pub async fn types_the_code(&self, hold: &Hold, booking_id: &str) -> Booked {
        let sms = self.phones.message(&self.phone, "Ihr Code").await;
        let code = digits_after(&sms, "Ihr Code: ");
        let path = format!("/bookings/{booking_id}/verify");
        let booked = self.api.post(&path, &hold.caller, &json!({ "code": code })).await.expect(200);
        Booked {
            link: Caller::Bearer(text(&booked, "/link_token")),
            appointment: booked["appointment"].clone(),
        }
    }

    /// The whole way: hold, form, code.
    pub async fn books(&self, service: &str, slot: &Value) -> Booked {
        let hold = self.holds(service, slot).await;
        let pending = self.sends_the_form(&hold).await;
        self.types_the_code(&hold, &text(&pending, "/booking_id")).await
    }
}

/// The run of digits that follows `start` in a text.
#[track_caller]
pub fn digits_after(message: &str, start: &str) -> String {
    let rest = message.split(start).nth(1).unwrap_or_else(|| panic!("no \"{start}\" in an SMS"));
    rest.chars().take_while(char::is_ascii_digit).collect()
}

/// A device of the house, enrolled by its code.
pub async fn enrol(api: &Api, admin: &Caller, kind: &str, office: &Value) -> Caller {
    let zones: Vec<_> = list(office, "/zones").iter().map(|it| it["id"].clone()).collect();
    let body = json!({ "kind": kind, "name": format!("Probe {kind}"), "office_id": office["id"], "zone_ids": zones });
    let created = api.post_once("/devices", admin, &fresh_key(), &body).await.expect(201);
    let code = json!({ "code": created["enrolment_code"] });
    let enrolled = api.post("/devices/enrol", &Caller::Nobody, &code).await.expect(201);
    Caller::Bearer(text(&enrolled, "/token"))
}

/// Types a check-in code at the terminal.
pub async fn check_in(api: &Api, terminal: &Caller, code: &str) -> Answer {
    let body = json!({ "code": code, "tap_key": fresh_key() });
    api.post_once("/check-ins", terminal, &fresh_key(), &body).await
}

/// Staff at an open counter.
pub struct Desk<'a> {
    pub api: &'a Api,
    pub caller: Caller,
    pub counter: Value,
    pub office_id: String,
}

impl<'a> Desk<'a> {
    /// Signs in and opens the first free counter that serves `zone`.
    pub async fn opens(api: &'a Api, login: (&str, &str), office_id: &str, zone: &str) -> Self {
        let caller = api.sign_in(login.0, login.1).await;
        let counters = api.get("/counters", &caller).await.expect(200);
        let counter = counters
            .as_array()
            .expect("a list of counters")
            .iter()
            .find(|it| {
                it["office"]["id"] == office_id && it["zone_letter"] == zone && it["state"] == "closed"
            })
            .unwrap_or_else(|| panic!("no closed counter in zone {zone}: {counters}"))
            .clone();
        let desk = Self { api, caller, counter, office_id: office_id.to_owned() };
        let path = format!("/counters/{}/open", text(&desk.counter, "/id"));
        api.post(&path, &desk.caller, &json!({})).await.expect(200);
        desk
    }

    /// What the desk sees.
    pub async fn queue(&self) -> Value {
        self.api.get(&format!("/queue?office={}", self.office_id), &self.caller).await.expect(200)
    }

    /// *Nächste Person*.
    pub async fn calls_next(&self) -> Answer {
        let body = json!({ "counter_id": self.counter["id"] });
        self.api.post_once("/queue/call-next", &self.caller, &fresh_key(), &body).await
    }

    /// This person, whoever would be next.
    pub async fn calls(&self, visit: &str) -> Answer {
        let body = json!({ "counter_id": self.counter["id"] });
        self.api.post_once(&format!("/visits/{visit}/call"), &self.caller, &fresh_key(), &body).await
    }

    /// Recall, start, finish, missed …
    pub async fn does(&self, visit: &str, what: &str, body: &Value) -> Answer {
        self.api.post(&format!("/visits/{visit}/{what}"), &self.caller, body).await
    }
}

/// How long a call may take to every eye.
pub const ONE_SECOND: Duration = Duration::from_secs(1);

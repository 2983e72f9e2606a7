//! Two towns with people, devices, appointments and messages in them.

use std::sync::Arc;

use backend::api::demo::{Demo, DemoGuide};
use channels::simulator::Simulator;
use operations::testing::{self, NEIGHBOUR_HOST};
use poem::http::Method;
use serde_json::{Value, json};

use super::cases::Case;
use crate::support::{self, Answer, Caller, SERVICE, TestApp, slots_of_day};

/// Two towns, and who calls.
pub struct World {
    pub app: TestApp,
    pub office: String,
    /// The counters of desk and admin.
    pub counters: [String; 2],
    pub desk: Caller,
    pub admin: Caller,
    pub ops: Caller,
    pub terminal: Caller,
    display: Caller,
    revoked: Caller,
    neighbours_admin: Caller,
    neighbours_ops: Caller,
    /// The visitor whose things are asked for.
    pub first: Visitor,
    pub other: Visitor,
    /// How many telephone numbers are in use.
    numbers: u32,
    /// Ids of our town that a neighbour must not see.
    ours: Vec<String>,
}

/// What a visitor has.
pub struct Visitor {
    pub link: Caller,
    pub hold: Caller,
    pub ticket: Caller,
    /// The ids of booking, visit and message.
    ids: Vec<String>,
}

pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer} in {value}")).to_owned()
}

pub fn bearer(value: &Value, pointer: &str) -> Caller {
    Caller::Bearer(text(value, pointer))
}

fn demo() -> Demo {
    let guide = DemoGuide { surfaces: Vec::new(), logins: Vec::new(), speed: 1.0, data_dir: String::new() };
    Demo { phones: Simulator::in_memory(), guide: Arc::new(guide) }
}

impl World {
    pub async fn build() -> Self {
        let mut app = testing::app_sqlite().await.on_one_connection().await;
        app.app.web_push = true;
        let town = testing::town_with(&app, |town| town.settings.holds_per_network = 1000).await;
        let neighbour = testing::neighbour(&app).await;
        support::hire(&app, &neighbour).await;
        support::furnish(&app, &neighbour).await;
        let app = TestApp::start_on(
            app,
            town,
            |_| {},
            |parts| {
                parts.demo = Some(demo());
                parts.push = Some(support::pushes());
            },
        )
        .await;
        app.furnish().await;
        let nobody = || Visitor {
            link: Caller::Nobody,
            hold: Caller::Nobody,
            ticket: Caller::Nobody,
            ids: Vec::new(),
        };
        let mut world = Self {
            office: String::new(),
            counters: [String::new(), String::new()],
            desk: app.staff("desk").await,
            admin: app.staff("admin").await,
            ops: app.staff("ops").await,
            terminal: Caller::Nobody,
            display: Caller::Nobody,
            revoked: Caller::Nobody,
            neighbours_admin: app.staff_at(NEIGHBOUR_HOST, "admin").await,
            neighbours_ops: app.staff_at(NEIGHBOUR_HOST, "ops").await,
            first: nobody(),
            other: nobody(),
            numbers: 0,
            ours: Vec::new(),
            app,
        };
        world.office = text(&world.app.free_slot().await, "/office_id");
        world.counters = world.counters_of_office().await;
        world.terminal = world.device("terminal").await.1;
        world.display = world.device("display").await.1;
        let (revoked_id, revoked) = world.device("terminal").await;
        let path = format!("/devices/{revoked_id}/revoke");
        world.app.post(&path, &world.admin, &Value::Null).await.expect(200);
        world.revoked = revoked;
        world.first = world.visitor().await;
        world.other = world.visitor().await;
        world.ours =
            [world.first.ids.as_slice(), &world.counters, &[world.office.clone(), revoked_id]].concat();
        world
    }

    /// Calls an operation as somebody.
    pub async fn call(
        &mut self,
        (method, path, operation): (&str, &str, &str),
        case: &Case,
        who: &str,
    ) -> Answer {
        let caller = match who {
            "citizen" => case.link.as_ref().unwrap_or(&self.first.link),
            "holder" => case.hold.as_ref().unwrap_or(&self.first.hold),
            "ticket" => case.ticket.as_ref().unwrap_or(&self.first.ticket),
            "another visitor" => case.other.as_ref().unwrap_or(&self.other.link),
            "terminal" => &self.terminal,
            "display" => &self.display,
            "revoked terminal" => &self.revoked,
            "desk" => &self.desk,
            "admin" => &self.admin,
            "ops" => &self.ops,
            "neighbour's admin" | "neighbour's admin astray" => &self.neighbours_admin,
            "neighbour's ops" => &self.neighbours_ops,
            _ => &Caller::Nobody,
        };
        let at_home = matches!(who, "neighbour's admin" | "neighbour's ops");
        let host = if at_home { NEIGHBOUR_HOST } else { "localhost:8080" };
        let answer = self.send(method, path, case, caller, host).await;
        if operation == "sign_out" && answer.status.is_success() {
            self.sign_in_again(who).await;
        }
        answer
    }

    async fn send(&self, method: &str, path: &str, case: &Case, caller: &Caller, host: &str) -> Answer {
        let mut path = format!("/api/v1{path}{}", case.query);
        if let (Some(from), Some(to)) = (path.find('{'), path.rfind('}')) {
            path.replace_range(from..=to, &case.id);
        }
        let method: Method = method.parse().unwrap();
        let body = case.body.as_ref().map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let clock = &self.app.app.clock;
        let now = clock.now();
        clock.set(case.at.unwrap_or(now));
        let headers = [("host", host), ("content-type", "application/json")];
        let answer = self.app.call(method, &path, caller, &headers, body).await;
        clock.set(now);
        answer
    }

    /// What must not stand in an answer to this caller.
    pub fn secrets(&self, who: &str) -> &[String] {
        match who {
            "another visitor" => &self.first.ids,
            "neighbour's admin" | "neighbour's ops" => &self.ours,
            _ => &[],
        }
    }

    async fn sign_in_again(&mut self, who: &str) {
        match who {
            "desk" => self.desk = self.app.staff("desk").await,
            "admin" => self.admin = self.app.staff("admin").await,
            "ops" => self.ops = self.app.staff("ops").await,
            "neighbour's admin" => self.neighbours_admin = self.app.staff_at(NEIGHBOUR_HOST, "admin").await,
            _ => self.neighbours_ops = self.app.staff_at(NEIGHBOUR_HOST, "ops").await,
        }
    }

    /// Two counters that serve what visitors come for.
    async fn counters_of_office(&self) -> [String; 2] {
        let counters = self.app.get("/counters", &self.desk).await.expect(200);
        let letter = |counter: &Value| text(counter, "/zone_letter") == "B";
        let mut ids =
            counters.as_array().unwrap().iter().filter(|one| letter(one)).map(|one| text(one, "/id"));
        [ids.next().unwrap(), ids.next().unwrap()]
    }

    /// A terminal or display of the office: its id and its token.
    pub async fn device(&self, kind: &str) -> (String, Caller) {
        let (id, code) = self.device_to_enrol(kind).await;
        let enrolled =
            self.app.post("/devices/enrol", &Caller::Nobody, &json!({ "code": code })).await.expect(201);
        (id, bearer(&enrolled, "/token"))
    }

    /// A device that waits to be enrolled: its id and its code.
    pub async fn device_to_enrol(&self, kind: &str) -> (String, String) {
        let new = json!({ "kind": kind, "name": "Probe", "office_id": self.office });
        let made = self.app.post("/devices", &self.admin, &new).await.expect(201);
        (text(&made, "/device/id"), text(&made, "/enrolment_code"))
    }

    /// A visitor with an appointment who is here, with a slot held and a ticket drawn.
    async fn visitor(&mut self) -> Visitor {
        let (booking, link) = self.booked().await;
        let visit = self.app.post(&format!("/bookings/{booking}/check-in"), &self.desk, &Value::Null).await;
        let (drawn, ticket) = self.drawn().await;
        let message = self.message_of(&booking).await;
        Visitor {
            link,
            hold: bearer(&self.app.held().await, "/token"),
            ticket,
            ids: vec![booking, text(&visit.expect(200), "/id"), drawn, message],
        }
    }

    /// A message to the first visitor.
    pub fn first_message(&self) -> String {
        self.first.ids.last().cloned().unwrap_or_default()
    }

    /// A number nobody has used yet.
    pub fn number(&mut self) -> String {
        self.numbers += 1;
        format!("0171 39200{:02}", self.numbers)
    }

    /// An appointment as citizens make it: its id and its link.
    pub async fn booked(&mut self) -> (String, Caller) {
        let number = self.number();
        // Where somebody can be called, as long as there is room.
        let slot = match self.slots_here().await.into_iter().next() {
            Some(slot) => slot,
            None => self.app.free_slot().await,
        };
        let link = Caller::Bearer(self.app.booked_at(&slot, &number).await);
        let appointment = self.app.get("/appointment", &link).await.expect(200);
        (text(&appointment, "/id"), link)
    }

    /// The last free slot of today in our office: the first ones are for those who book.
    pub async fn late_slot(&self) -> Value {
        self.slots_here().await.pop().unwrap()
    }

    /// The free slots of today in our office.
    async fn slots_here(&self) -> Vec<Value> {
        let path = format!("/slots?items={SERVICE}:1&days=1&office={}", self.office);
        let slots = self.app.get(&path, &Caller::Nobody).await.expect(200);
        let found = slots_of_day(&slots["places"], &slots["days"][0]);
        let slot = |slot: Value| json!({ "pool_id": slot["pool_id"], "starts_at": slot["starts_at"] });
        found.into_iter().map(slot).collect()
    }

    /// An appointment as staff make it.
    pub async fn booked_by_staff(&self, phone: Option<&str>) -> Value {
        self.booked_at(&self.app.free_slot().await, phone).await
    }

    /// An appointment as staff make it, of today and in our office.
    pub async fn booked_here(&self) -> Value {
        let slot = self.slots_here().await.swap_remove(0);
        self.booked_at(&slot, None).await
    }

    async fn booked_at(&self, slot: &Value, phone: Option<&str>) -> Value {
        let body = json!({
            "items": [{ "service": SERVICE, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
            "name": "M. Exempel",
            "phone": phone,
        });
        let booked = self.app.post("/staff/bookings", &self.desk, &body).await.expect(201);
        booked["appointment"].clone()
    }

    /// Somebody without appointment: the id of the visit and the ticket's secret.
    pub async fn drawn(&self) -> (String, Caller) {
        let body = json!({ "service": SERVICE, "language": "de" });
        let drawn = self.app.post("/tickets", &self.terminal, &body).await.expect(201);
        (text(&drawn, "/ticket/visit_id"), bearer(&drawn, "/ticket_token"))
    }

    /// The newest message about a booking.
    pub async fn message_of(&self, booking: &str) -> String {
        let query = json!({ "search": booking });
        text(&self.app.post("/ops/messages/search", &self.ops, &query).await.expect(200), "/messages/0/id")
    }
}

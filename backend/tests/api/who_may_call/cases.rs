//! What each operation needs to succeed for whom it is meant: an id that exists, in the state it asks for.

use chrono::{DateTime, Duration, Utc};
use domain::actor::StaffMember;
use domain::ids::{Id, MessageId, StaffId};
use domain::messaging::Kind;
use domain::messaging::attempt::SendOutcome;
use domain::messaging::sending::{Breaker, Scope};
use domain::staff::Role;
use operations::messaging::providers::{self, Known};
use operations::messaging::{delivery, inbound, record_inbound, switches};
use operations::testing;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, bearer, text};
use crate::support::{Caller, ENDPOINT, PASSWORD, SERVICE, browser};

/// What an operation is called with.
#[derive(Default)]
pub struct Case {
    pub id: String,
    pub query: String,
    pub body: Option<Value>,
    /// The proofs of citizen, holder, ticket and another visitor, where the usual ones would not do.
    pub link: Option<Caller>,
    pub hold: Option<Caller>,
    pub ticket: Option<Caller>,
    pub other: Option<Caller>,
    /// When it is called, where that matters.
    pub at: Option<DateTime<Utc>>,
}

impl Case {
    fn of(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    fn asking(query: String) -> Self {
        Self { query, ..Self::default() }
    }

    fn saying(body: Value) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    fn and(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

impl World {
    /// Makes what the operation needs, for this caller.
    pub async fn prepare(&mut self, operation: &str, who: &str) -> Case {
        match operation {
            "get_service" | "note_online" => Case::of(SERVICE),
            "invite" => Case::saying(json!({ "service": SERVICE })),
            "free_slots" | "free_slots_for_staff" => Case::asking(format!("?items={SERVICE}:1&days=1")),
            "hold_slot" => Case::saying(self.wanted().await),
            "sign_in" => Case::saying(json!({ "login": "desk", "password": PASSWORD })),
            "enrol_device" => Case::saying(json!({ "code": self.device_to_enrol("display").await.1 })),
            "read_demo_phone" => Case::of("01713920001"),
            "reply_from_demo_phone" => Case::of("01713920001").and(json!({ "body": "INFO" })),
            "extend_hold" | "release_hold" | "book_appointment" => self.held_case(operation).await,
            "verify_booking" | "resend_code" | "change_phone" => self.unverified_case(operation).await,
            "cancel_appointment" => self.cancelled_case(who).await,
            "move_appointment" => {
                let to = self.late_slot().await;
                self.cancelled_case(who).await.and(to)
            }
            "wait_for_earlier" => {
                let wish = self.wish();
                self.cancelled_case(who).await.and(wish)
            }
            "join_waiting_list" => Case::saying(json!({
                "items": [{ "service": SERVICE, "quantity": 1 }],
                "wish": self.wish(),
                "name": "M. Exempel",
                "phone": self.number(),
                "address": "Beispielweg 1, 12345 Musterstadt",
            })),
            "verify_waiting" => Case::saying(json!({ "token": "2222222222", "code": "123456" })),
            "get_waiting_entry" | "leave_waiting_list" | "get_offer" | "accept_offer" | "decline_offer" => {
                Case::saying(json!({ "token": "2222222222" }))
            }
            "stop_mails" => Case::saying(json!({ "token": "x" })),
            "subscribe_push" => Case::saying(browser(ENDPOINT)),
            "unsubscribe_push" => Case::saying(json!({ "endpoint": ENDPOINT })),
            "renew_push" => {
                Case::saying(json!({ "before": format!("{ENDPOINT}0"), "now": browser(ENDPOINT) }))
            }
            "push_shown" => Case::of(self.first_message()).and(json!({ "token": "x" })),
            "slots_for_code" => {
                let booking = self.booked_here().await;
                Case::saying(json!({ "code": booking["check_in_code"] }))
            }
            "move_booking" | "move_and_check_in" => self.moved_case(operation).await,
            "rejoin_queue" | "leave_queue" => self.ticket_case(operation, who).await,
            "check_in" => {
                let booking = self.booked_here().await;
                Case::saying(json!({ "code": booking["check_in_code"], "tap_key": booking["id"] }))
            }
            "set_text" => {
                Case::of("booking_cancelled/de").and(json!({ "template": "Abgesagt: {when}", "version": 0 }))
            }
            "preview_text" => Case::of("booking_cancelled/de").and(json!({ "template": "Abgesagt: {when}" })),
            "text_history" => Case::of("booking_cancelled/de"),
            "set_budget" => Case::saying(json!({ "segments_per_day": 4000, "reason": "Probe" })),
            "send_lost_code" => Case::saying(json!({ "phone": "0171 3920001" })),
            "draw_ticket" => Case::saying(json!({ "service": SERVICE, "language": "de" })),
            "add_staff" => Case::saying(self.new_colleague()),
            "deactivate_staff" => {
                let new = self.new_colleague();
                Case::of(text(&self.app.post("/staff", &self.admin, &new).await.expect(201), "/id"))
            }
            "create_device" => {
                Case::saying(json!({ "kind": "display", "name": "Probe", "office_id": self.office }))
            }
            "set_self_service" => Case::of(self.device_to_enrol("terminal").await.0)
                .and(json!({ "self_service": { "minutes": 10, "opens": "in_frame" } })),
            "check_in_by_link" => Case::saying(json!({})),
            "set_admission" => Case::of(self.office.clone()).and(json!({ "appointment_only": false })),
            "set_notice" => Case::of(self.office.clone()).and(json!({})),
            "ask_foyer_code" => Case::saying(json!({ "asked": true })),
            "renew_device_code" | "revoke_device" => Case::of(self.device_to_enrol("display").await.0),
            "find_people" => {
                Case::asking(format!("?office={}", self.office)).and(json!({ "query": "Niemand" }))
            }
            "answer_emergency" | "end_emergency" => self.emergency_case().await,
            "get_queue" | "watch_queue" | "get_day" | "raise_emergency" => {
                Case::asking(format!("?office={}", self.office))
            }
            "get_message" | "retry_message" | "cancel_message" | "reveal_message" => {
                self.message_case(operation).await
            }
            "reveal_inbound" => self.inbound_case().await,
            "pause_messages" => {
                Case::saying(json!({ "scope": "kind", "name": "reminder", "reason": "Probe" }))
            }
            "resume_messages" => self.paused_case().await,
            "set_provider_weights" => self.weights_case().await,
            "search_messages" | "search_inbound" => Case::saying(json!({ "search": "0171 3920001" })),
            "preview_bulk" | "begin_bulk" | "agree_to_bulk" | "withdraw_bulk" => {
                self.bulk_case(operation).await
            }
            "lift_opt_out" => self.opt_out_case().await,
            "book_for_caller" | "cancel_booking" | "check_in_booking" | "mark_no_show" => {
                self.booking_case(operation).await
            }
            _ if operation.ends_with("_counter") => self.counter_case(operation, who).await,
            "get_week" => Case::of(self.office.clone()),
            "preview_closure" | "close_office" | "reopen_office" => self.closure_case(operation).await,
            "get_opening" | "preview_opening" | "set_opening" => self.opening_case().await,
            "get_plan_service" | "set_service" | "create_service" => self.service_case(operation).await,
            "import_setup" => {
                let file = self.app.get("/planning/setup", &self.admin).await.expect(200);
                Case::saying(json!({ "file": file.to_string(), "only_check": true }))
            }
            "set_booking_terms" => {
                let mut terms = self.app.get("/planning/terms", &self.admin).await.expect(200);
                if who == "neighbour's admin" {
                    terms["rev"] = json!(0);
                }
                Case::saying(terms)
            }
            "replan" | "undo_replan" => self.replan_case(operation).await,
            "get_statistics" => {
                let today = self.app.app.clock.now().date_naive();
                Case::asking(format!("?from={today}&to={today}&office={}", self.office))
            }
            "get_staffing" => Case::asking(format!("?pool={}", text(&self.late_slot().await, "/pool_id"))),
            "try_staffing" => Case::of(text(&self.late_slot().await, "/pool_id"))
                .and(json!({ "weekday": 0, "from_min": 600, "until_min": 720, "change": "one_more" })),
            "decide_duration" => self.duration_case().await,
            "call_next" => self.visit_case(operation, who).await,
            _ if operation.ends_with("_visit") || operation == "mark_visit_missed" => {
                self.visit_case(operation, who).await
            }
            _ => Case::default(),
        }
    }

    /// Lost codes are paused in every town.
    async fn paused_case(&self) -> Case {
        for town in operations::town::all(&self.app.app).await.unwrap() {
            let by = StaffMember {
                town: town.id,
                id: StaffId::from_uuid(Uuid::from_u128(9)),
                role: Role::Ops,
                counter: None,
            };
            let scope = Scope::Kind(Kind::LostCode);
            // It may be paused already.
            let _ = switches::pause(&self.app.app, &town, &by, scope, "Probe").await;
        }
        Case::saying(json!({ "scope": "kind", "name": "lost_code", "reason": "Probe" }))
    }

    async fn weights_case(&self) -> Case {
        let known = Known { provider: "simulator", breaker: Breaker::default(), lost_points: 0 };
        providers::report(&self.app.app, "worker", &[known]).await.unwrap();
        let weights = json!([{ "provider": "simulator", "weight": 100 }]);
        Case::saying(json!({ "weights": weights, "reason": "Probe" }))
    }

    async fn wanted(&self) -> Value {
        let slot = self.app.free_slot().await;
        json!({
            "items": [{ "service": SERVICE, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
        })
    }

    /// A hold whose holder is the column's, while another visitor has another one.
    async fn held_case(&mut self, operation: &str) -> Case {
        let hold = self.app.held().await;
        let case = match operation {
            "book_appointment" => Case::saying(self.particulars(&hold)),
            _ => Case::of(text(&hold, "/id")),
        };
        Case { hold: Some(bearer(&hold, "/token")), other: Some(self.other.hold.clone()), ..case }
    }

    fn particulars(&mut self, hold: &Value) -> Value {
        json!({
            "hold_id": hold["id"],
            "name": "M. Exempel",
            "phone": self.number(),
            "address": "Beispielweg 1, 12345 Musterstadt",
            "language": "de",
        })
    }

    /// A booking that waits for its six digits, and may ask for new ones.
    async fn unverified_case(&mut self, operation: &str) -> Case {
        let hold = self.app.held().await;
        let holder = bearer(&hold, "/token");
        let particulars = self.particulars(&hold);
        self.app.texted_codes().await;
        let pending = self.app.post("/bookings", &holder, &particulars).await.expect(201);
        let code = self.app.texted_code().await;
        let case = Case::of(text(&pending, "/booking_id"));
        let case = match operation {
            "verify_booking" => case.and(json!({ "code": code })),
            "change_phone" => case.and(json!({ "phone": self.number() })),
            _ => case,
        };
        let later = self.app.app.clock.now() + Duration::seconds(31);
        Case { hold: Some(holder), other: Some(self.other.hold.clone()), at: Some(later), ..case }
    }

    fn wish(&self) -> Value {
        let today = self.app.app.clock.now().date_naive();
        json!({ "from_day": today, "to_day": today + Duration::days(20) })
    }

    async fn moved_case(&self, operation: &str) -> Case {
        let booking = self.booked_here().await;
        let mut to = self.late_slot().await;
        if operation == "move_booking" {
            return Case::of(text(&booking, "/id")).and(to);
        }
        to["code"] = booking["check_in_code"].clone();
        to["tap_key"] = booking["id"].clone();
        Case::saying(to)
    }

    /// A closure of our office on a day nobody has booked.
    async fn closure_case(&self, operation: &str) -> Case {
        let day = self.app.app.clock.now().date_naive() + Duration::days(400);
        let closure = json!({
            "scope": "office",
            "scope_id": self.office,
            "from_day": day,
            "until_day": day,
            "reason": "Probe",
        });
        if operation == "reopen_office" {
            let made = self.app.post("/planning/closures", &self.admin, &closure).await.expect(201);
            return Case::of(text(&made, "/id"));
        }
        Case::saying(closure)
    }

    /// The opening hours of one of our pools, as they are.
    async fn opening_case(&self) -> Case {
        let pool = text(&self.late_slot().await, "/pool_id");
        let path = format!("/planning/pools/{pool}/opening");
        Case::of(pool).and(self.app.get(&path, &self.admin).await.expect(200))
    }

    async fn service_case(&self, operation: &str) -> Case {
        let all = self.app.get("/planning/services", &self.admin).await.expect(200);
        let id = text(&all, "/services/0/id");
        let mut request = self.app.get(&format!("/planning/services/{id}"), &self.admin).await.expect(200);
        if operation == "create_service" {
            request["service"]["slug"] =
                json!(format!("neu-{}", all["services"].as_array().map_or(0, Vec::len)));
            request["service"]["sms_keyword"] = Value::Null;
        }
        Case::of(id).and(request)
    }

    /// A duration that was in force before, turned down.
    async fn duration_case(&self) -> Case {
        let (service, pool, minutes) = testing::former_duration(&self.app.app, &self.app.town).await;
        let verdict = json!({ "accept": false, "seen_min": minutes, "to_min": minutes, "reason": "Probe" });
        Case::of(format!("{service}/{pool}")).and(verdict)
    }

    async fn replan_case(&self, operation: &str) -> Case {
        let booking = self.booked_here().await;
        let decision = json!({ "booking_id": booking["id"], "move_to": self.late_slot().await });
        let decisions = json!({ "decisions": [decision] });
        if operation == "undo_replan" {
            let done = self.app.post("/planning/replans", &self.admin, &decisions).await.expect(201);
            return Case::of(text(&done, "/id"));
        }
        Case::saying(decisions)
    }

    async fn cancelled_case(&mut self, who: &str) -> Case {
        match who {
            "citizen" => Case { link: Some(self.booked().await.1), ..Case::default() },
            "another visitor" => Case { other: Some(self.booked().await.1), ..Case::default() },
            _ => Case::default(),
        }
    }

    /// A ticket that waits, or that was missed and may come back.
    async fn ticket_case(&mut self, operation: &str, who: &str) -> Case {
        let (visit, proof) = match who {
            "citizen" => {
                let (booking, link) = self.booked().await;
                let path = format!("/bookings/{booking}/check-in");
                let visit = self.app.post(&path, &self.desk, &Value::Null).await.expect(200);
                (text(&visit, "/id"), link)
            }
            "ticket" | "another visitor" => self.drawn().await,
            _ => return Case::default(),
        };
        if operation == "rejoin_queue" {
            self.bring(&visit, "desk", &["call", "missed"]).await;
        }
        let proof = Some(proof);
        match who {
            "citizen" => Case { link: proof, ..Case::default() },
            "ticket" => Case { ticket: proof, ..Case::default() },
            _ => Case { other: proof, ..Case::default() },
        }
    }

    fn new_colleague(&mut self) -> Value {
        let login = self.number().replace(' ', "");
        json!({ "login": format!("p{login}"), "name": "P. Probe", "role": "desk", "password": PASSWORD })
    }

    /// A message that waits, or that failed.
    async fn message_case(&mut self, operation: &str) -> Case {
        let number = self.number();
        let booking = text(&self.booked_by_staff(Some(&number)).await, "/id");
        let id = self.message_of(&booking).await;
        if operation == "retry_message" {
            let message = MessageId(id.parse().unwrap());
            let minute = Duration::minutes(1);
            let claimed =
                delivery::claim(&self.app.app, message, "simulator", minute).await.unwrap().unwrap();
            let refused = SendOutcome::refused(21211, 400);
            delivery::finish(&self.app.app, &claimed, &refused).await.unwrap();
        }
        Case::of(id).and(json!({ "reason": "Probe" }))
    }

    /// A message somebody wrote.
    async fn inbound_case(&mut self) -> Case {
        let (app, town) = (&self.app.app, &self.app.town);
        let sid = app.uuid().to_string();
        record_inbound(app, town, testing::inbound(&sid, 61, "Hilfe")).await.unwrap();
        let newest = inbound::list(app, town, &inbound::Filter::default(), 1).await.unwrap().written;
        Case::of(newest[0].id.to_string()).and(json!({ "reason": "Probe" }))
    }

    /// One failed message, or an action that waits for somebody else's consent.
    async fn bulk_case(&mut self, operation: &str) -> Case {
        self.message_case("retry_message").await;
        let now = self.app.app.clock.now();
        let query = json!({
            "action": "cancel", "kind": "booking_confirmed", "from": now - Duration::hours(1), "until": now + Duration::hours(1),
        });
        match operation {
            "preview_bulk" => Case::saying(query),
            "begin_bulk" => {
                // Something of ours that waits.
                self.message_case("get_message").await;
                Case::saying(json!({ "query": query, "expected": 1000, "reason": "Probe" }))
            }
            // Somebody else asked for it, who is not here.
            _ => Case::of(testing::proposed_bulk(&self.app.app, &self.app.town).await.to_string()),
        }
    }

    /// A number that wants no messages.
    async fn opt_out_case(&mut self) -> Case {
        let id = testing::opt_out(&self.app.app, &self.app.town).await;
        Case::of(id.to_string()).and(json!({ "channel": "sms", "reason": "Probe" }))
    }

    /// A colleague of ours calls for help.
    async fn emergency_case(&self) -> Case {
        let path = format!("/emergencies?office={}", self.office);
        Case::of(text(&self.app.post(&path, &self.desk, &Value::Null).await.expect(200), "/id"))
    }

    async fn booking_case(&mut self, operation: &str) -> Case {
        if operation == "book_for_caller" {
            let mut body = self.wanted().await;
            body["name"] = json!("M. Exempel");
            return Case::saying(body);
        }
        let booking = self.booked_by_staff(None).await;
        let case = Case::of(text(&booking, "/id"));
        match operation {
            "cancel_booking" => case.and(json!({})),
            "mark_no_show" => Case { at: Some(text(&booking, "/starts_at").parse().unwrap()), ..case },
            _ => case,
        }
    }

    /// A counter the caller may have: their own, open where the operation asks for it.
    async fn counter_case(&mut self, operation: &str, who: &str) -> Case {
        let (counter, caller) = self.seat(who).await;
        if operation == "open_counter" {
            let path = format!("/counters/{counter}/close");
            self.app.post(&path, &caller, &Value::Null).await.expect(200);
        }
        let case = Case::of(counter);
        if operation == "pause_counter" { case.and(json!({ "paused": true })) } else { case }
    }

    /// A visit in the state the operation asks for, at the counter of the caller.
    async fn visit_case(&mut self, operation: &str, who: &str) -> Case {
        let (counter, _) = self.seat(who).await;
        let (visit, _) = self.drawn().await;
        let before: &[&str] = match operation {
            "recall_visit" | "put_back_visit" | "start_visit" | "mark_visit_missed" => &["call"],
            "finish_visit" | "park_visit" => &["call", "start"],
            "resume_visit" => &["call", "start", "park"],
            "rejoin_visit" => &["call", "missed"],
            _ => &[],
        };
        self.bring(&visit, who, before).await;
        let case = Case::of(visit);
        match operation {
            "call_next" | "call_visit" => case.and(json!({ "counter_id": counter })),
            "finish_visit" => case.and(json!({ "delivered": [{ "service": SERVICE, "quantity": 1 }] })),
            "park_visit" => case.and(json!({ "reason": "Probe" })),
            "transfer_visit" => case.and(json!({ "counter_id": counter })),
            "grant_visit" => case.and(json!({ "minutes": 5, "reason": "Probe" })),
            "note_visit" => case.and(json!({ "text": "Probe" })),
            "mark_visit_missed" => Case { query: "?insist=true".to_owned(), ..case },
            _ => case,
        }
    }

    /// Sits the caller, or else the desk, down at their counter, with nobody there; gives both.
    async fn seat(&self, who: &str) -> (String, Caller) {
        let (counter, caller) = match who {
            "admin" => (&self.counters[1], &self.admin),
            _ => (&self.counters[0], &self.desk),
        };
        self.app.post(&format!("/counters/{counter}/open"), caller, &Value::Null).await.expect(200);
        let queue = self.app.get(&format!("/queue?office={}", self.office), caller).await.expect(200);
        if let Some(visit) = queue["current"]["id"].as_str() {
            self.app.post(&format!("/visits/{visit}/leave"), caller, &Value::Null).await.expect(200);
        }
        (counter.clone(), caller.clone())
    }

    /// Takes a visit through these steps at the counter of the caller.
    async fn bring(&self, visit: &str, who: &str, steps: &[&str]) {
        let (counter, caller) = self.seat(who).await;
        for step in steps {
            let body = match *step {
                "call" => json!({ "counter_id": counter }),
                "park" => json!({}),
                _ => Value::Null,
            };
            let query = if *step == "missed" { "?insist=true" } else { "" };
            self.app.post(&format!("/visits/{visit}/{step}{query}"), &caller, &body).await.expect(200);
        }
    }
}

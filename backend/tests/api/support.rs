//! A server to call without a network: an own database, a standing clock, people of every role, a plain client.

use std::sync::Arc;
use std::time::Duration;

use backend::ServerParts;
use backend::auth::staff_session::SESSION_COOKIE;
use channels::web_push::{self, Hosts, VapidKey, WebPush};
use chrono::{DateTime, Utc};
use domain::actor::Actor;
use domain::catalog::Catalogue;
use domain::messaging::Lane;
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use futures::StreamExt;
use operations::App;
use operations::messaging::delivery;
use operations::staff::NewStaff;
use operations::testing;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{HeaderMap, Method, StatusCode};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, RequestParts, Response};
use runtime::{Config, Shutdown};
use serde_json::{Value, json};

/// Who sends pushes for the towns of these tests.
pub fn pushes() -> WebPush {
    let config = web_push::Config {
        key: VapidKey::from_bytes(&[7; 32]).unwrap(),
        former_key: None,
        contact: "mailto:termine@musterstadt.example".parse().unwrap(),
        hosts: Hosts::default(),
        test_hosts: Vec::new(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
    };
    WebPush::new(config).unwrap()
}

/// What a browser gives, with the keys of the example in RFC 8291, appendix A.
pub fn browser(endpoint: &str) -> Value {
    json!({
        "endpoint": endpoint,
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    })
}

/// The address of a browser at its push service.
pub const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/1";

/// A service every demo town offers, with and without appointment.
pub const SERVICE: &str = "personalausweis-beantragen";

/// The password of everybody in these tests.
pub const PASSWORD: &str = "ein-langes-kennwort";

/// A town with its server.
pub struct TestApp {
    pub app: testing::TestApp,
    pub town: Town,
    endpoint: BoxEndpoint<'static, Response>,
}

/// Who calls, by the proof they send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    Nobody,
    /// A link, hold, ticket or device token.
    Bearer(String),
    /// A staff session.
    Session(String),
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The body, after a look at the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// A refusal: its status, its code, and that it is a whole problem.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], self.header("x-request-id"));
        assert!(body["type"].as_str().unwrap().ends_with(code), "{body}");
        for text in std::iter::once(&body["detail"])
            .chain(body["fields"].as_array().unwrap().iter().map(|one| &one["detail"]))
        {
            let said = |language: &str| text[language].as_str().is_some_and(|said| !said.is_empty());
            assert!(said("de") && said("en"), "{body}");
        }
        assert_eq!(body["title"], body["detail"]["de"], "{body}");
        body
    }
}

/// A slot for so many persons with [`SERVICE`].
pub fn hold_for(slot: &Value, quantity: u32) -> Value {
    json!({
        "items": [{ "service": SERVICE, "quantity": quantity }],
        "pool_id": slot["pool_id"],
        "starts_at": slot["starts_at"],
    })
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let app = testing::app_sqlite().await;
        let town = testing::town(&app).await;
        Self::start_on(app, town, change, |_| {}).await
    }

    /// A furnished town on every database at hand.
    pub async fn furnished_everywhere() -> Vec<Self> {
        let mut tests = Vec::new();
        for app in testing::apps().await {
            let town = testing::town(&app).await;
            let test = Self::start_on(app, town, |_| {}, |_| {}).await;
            test.furnish().await;
            tests.push(test);
        }
        tests
    }

    /// The server of a town that is there already.
    pub async fn start_on(
        app: testing::TestApp,
        town: Town,
        change: impl FnOnce(&mut Config),
        add: impl FnOnce(&mut ServerParts),
    ) -> Self {
        let test = Self::serve(app, town, change, add);
        hire(&test.app, &test.town).await;
        test
    }

    fn serve(
        app: testing::TestApp,
        town: Town,
        change: impl FnOnce(&mut Config),
        add: impl FnOnce(&mut ServerParts),
    ) -> Self {
        let mut config = Config::default();
        config.http.request_burst = 1_000_000;
        change(&mut config);
        let mut parts = ServerParts::new(app.app.clone(), Arc::new(config));
        add(&mut parts);
        let endpoint = backend::server::service(parts, Shutdown::new()).into_endpoint();
        Self { app, town, endpoint: endpoint.map_to_response().boxed() }
    }

    /// Another server on the same database.
    pub async fn second_server(&self) -> Self {
        Self::serve(self.app.beside().await, self.town.clone(), |_| {}, |_| {})
    }

    /// Furnishes the town: the catalogue, and the house of the demo.
    pub async fn furnish(&self) {
        furnish(&self.app, &self.town).await;
    }

    /// A request of any kind; `path` is whole.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        caller: &Caller,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let request = request(method, path, caller, headers, body);
        let mut response = self.endpoint.get_response(request).await;
        let streams = response.content_type().is_some_and(|kind| kind.starts_with("text/event-stream"));
        let body = response.take_body();
        // Of what never ends, the first event.
        let body = if streams {
            let first = body.into_bytes_stream().next().await;
            first.unwrap_or_else(|| panic!("{path} streams nothing")).unwrap().to_vec()
        } else {
            body.into_vec().await.unwrap()
        };
        Answer { status: response.status(), headers: response.headers().clone(), body }
    }

    /// The free slots of today and tomorrow for [`SERVICE`], soonest first, each with its place.
    pub async fn free_slots(&self) -> Vec<Value> {
        let path = format!("/slots?items={SERVICE}:1&days=2");
        let found = self.get(&path, &Caller::Nobody).await.expect(200);
        let mut free = Vec::new();
        for day in found["days"].as_array().unwrap() {
            free.extend(slots_of_day(&found["places"], day));
        }
        free
    }

    /// The first free slot.
    pub async fn free_slot(&self) -> Value {
        self.free_slots().await.swap_remove(0)
    }

    /// Holds the first free slot of [`SERVICE`].
    pub async fn held(&self) -> Value {
        self.held_at(&self.free_slot().await).await
    }

    async fn held_at(&self, slot: &Value) -> Value {
        self.post("/holds", &Caller::Nobody, &hold_for(slot, 1)).await.expect(201)
    }

    /// Where [`SERVICE`] is edited.
    pub async fn path_of_service(&self, admin: &Caller) -> String {
        let all = self.get("/planning/services", admin).await.expect(200);
        let service = all["services"].as_array().unwrap().iter().find(|one| one["slug"] == SERVICE).unwrap();
        format!("/planning/services/{}", service["id"].as_str().unwrap())
    }

    /// Books and verifies an appointment as a citizen does; gives the token of its link.
    pub async fn booked(&self, phone: &str) -> String {
        self.booked_at(&self.free_slot().await, phone).await
    }

    /// The same for this slot.
    pub async fn booked_at(&self, slot: &Value, phone: &str) -> String {
        let hold = self.held_at(slot).await;
        let holder = Caller::Bearer(hold["token"].as_str().unwrap().to_owned());
        let body = json!({
            "hold_id": hold["id"],
            "name": "M. Exempel",
            "phone": phone,
            "address": "Beispielweg 1, 12345 Musterstadt",
            "language": "de",
        });
        self.texted_codes().await;
        let pending = self.post("/bookings", &holder, &body).await.expect(201);
        let code = self.texted_code().await;
        let path = format!("/bookings/{}/verify", pending["booking_id"].as_str().unwrap());
        let booked = self.post(&path, &holder, &json!({ "code": code })).await.expect(200);
        booked["link_token"].as_str().unwrap().to_owned()
    }

    /// The six digits of the code that is about to be sent.
    pub async fn texted_code(&self) -> String {
        self.texted_codes().await.pop().expect("a code is due")
    }

    /// Takes all codes that are about to be sent.
    pub async fn texted_codes(&self) -> Vec<String> {
        let minute = chrono::Duration::minutes(1);
        let mut codes = Vec::new();
        for id in delivery::due_in_lane(&self.app, Lane::Codes, "simulator", 100).await.unwrap() {
            let Some(claimed) = delivery::claim(&self.app, id, "simulator", minute).await.unwrap() else {
                continue;
            };
            let mut words = claimed.outgoing.text().split(|c: char| !c.is_ascii_digit());
            codes.extend(words.find(|word| word.len() == 6).map(str::to_owned));
        }
        codes
    }

    pub async fn get(&self, path: &str, caller: &Caller) -> Answer {
        self.call(Method::GET, &format!("/api/v1{path}"), caller, &[], Vec::new()).await
    }

    pub async fn post(&self, path: &str, caller: &Caller, body: &Value) -> Answer {
        self.post_with(path, caller, &[], body).await
    }

    pub async fn put(&self, path: &str, caller: &Caller, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call(Method::PUT, &format!("/api/v1{path}"), caller, &headers, body.to_string().into_bytes())
            .await
    }

    pub async fn post_with(
        &self,
        path: &str,
        caller: &Caller,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        let body = serde_json::to_vec(body).unwrap();
        self.call(Method::POST, &format!("/api/v1{path}"), caller, &headers, body).await
    }

    /// Signs in one of `desk`, `admin`, `ops`.
    pub async fn staff(&self, login: &str) -> Caller {
        self.staff_at("localhost:8080", login).await
    }

    /// Signs in under a host name.
    pub async fn staff_at(&self, host: &str, login: &str) -> Caller {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = self.post_with("/staff/sign-in", &Caller::Nobody, &[("host", host)], &body).await;
        answer.expect(200);
        let cookie = answer.header("set-cookie");
        let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
        Caller::Session(value.to_owned())
    }
}

/// One person of every role; the password is [`PASSWORD`].
pub async fn hire(app: &App, town: &Town) {
    let roles =
        [("desk", Role::Desk), ("admin", Role::Admin), ("ops", Role::Ops), ("observer", Role::Observer)];
    for (login, role) in roles {
        let new = NewStaff {
            login: login.to_owned(),
            name: "M. Exempel".to_owned(),
            role,
            office: None,
            password: PASSWORD.to_owned(),
        };
        operations::staff::add(app, town, Actor::System, new).await.unwrap();
    }
}

/// Gives a town the house of the demo and some of its services: each of these tests has towns of its own.
pub async fn furnish(app: &App, town: &Town) {
    let mut catalogue = Catalogue::parse(include_str!("../../lotse/data/catalogue.json")).unwrap();
    let setup = Setup::parse(include_str!("../../lotse/data/musterstadt.json")).unwrap();
    catalogue.services.truncate(8);
    operations::catalog::import(app, town, &catalogue).await.unwrap();
    operations::setup::import(app, town, &setup).await.unwrap();
}

/// A request as it comes from the network: webhooks are signed for the address as it was called.
fn request(method: Method, path: &str, caller: &Caller, headers: &[(&str, &str)], body: Vec<u8>) -> Request {
    let mut request = poem::http::Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8080");
    }
    match caller {
        Caller::Nobody => {}
        Caller::Bearer(token) => request = request.header("authorization", format!("Bearer {token}")),
        Caller::Session(token) => request = request.header("cookie", format!("{SESSION_COOKIE}={token}")),
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let parts = RequestParts::from((parts, LocalAddr::default(), RemoteAddr::default(), Scheme::HTTP));
    Request::from_parts(parts, body.into())
}

/// The slots of a day of an answer, soonest first, each with its place, its day and when it begins.
pub fn slots_of_day(places: &Value, day: &Value) -> Vec<Value> {
    let begins_at: DateTime<Utc> = day["begins_at"].as_str().unwrap().parse().unwrap();
    let mut slots = Vec::new();
    for place in day["free"].as_array().unwrap() {
        for minute in place["minutes"].as_array().unwrap() {
            let mut slot = places[place["place"].as_u64().unwrap() as usize].clone();
            let starts_at = begins_at + chrono::Duration::minutes(minute.as_i64().unwrap());
            slot["starts_at"] = json!(starts_at);
            slot["day"] = day["day"].clone();
            slots.push(slot);
        }
    }
    slots.sort_by_key(|slot| slot["starts_at"].to_string());
    slots
}

//! A client of the API as each kind of caller is one: browser, terminal, desk.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::live::Live;

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Caller {
    Nobody,
    /// A hold, link, ticket or device token.
    Bearer(String),
    /// A signed-in member of staff: the session cookie.
    Staff(String),
}

/// Where the API is.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    /// The address of the server, without `/api/v1`.
    pub base: String,
    /// What a browser would send as the origin of a writing request.
    pub origin: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Value,
    pub text: String,
    asked: String,
}

impl Answer {
    /// The body, when the status is the expected one; fails with everything there is to know otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self.body
    }

    /// The problem's data, when it is this problem.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        assert!(
            self.content_type.starts_with("application/problem+json"),
            "{}: {}",
            self.asked,
            self.content_type
        );
        assert_eq!(self.body["code"], code, "{}: {}", self.asked, self.text);
        self.body["data"].clone()
    }
}

impl Api {
    /// A client of the server at `base`.
    pub fn at(base: &str) -> Self {
        let http = super::http::client_builder()
            .timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client needs nothing from outside");
        Self { http, base: base.to_owned(), origin: base.to_owned() }
    }

    /// A request by this caller to a path below `/api/v1`, or to any path that starts with `//`.
    pub fn request(&self, method: Method, path: &str, caller: &Caller) -> RequestBuilder {
        let url = match path.strip_prefix('/') {
            Some(rest) if rest.starts_with('/') => format!("{}{rest}", self.base),
            _ => format!("{}/api/v1{path}", self.base),
        };
        let writes = method != Method::GET;
        let request = self.http.request(method, url);
        match caller {
            Caller::Nobody => request,
            Caller::Bearer(token) => request.bearer_auth(token),
            Caller::Staff(cookie) if writes => request.header(COOKIE, cookie).header(ORIGIN, &self.origin),
            Caller::Staff(cookie) => request.header(COOKIE, cookie),
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a well-formed request");
        let asked = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        let status = answer.status().as_u16();
        let content_type =
            answer.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let text = answer.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, content_type, body, text, asked }
    }

    pub async fn get(&self, path: &str, caller: &Caller) -> Answer {
        self.send(self.request(Method::GET, path, caller)).await
    }

    pub async fn post(&self, path: &str, caller: &Caller, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, caller).json(body)).await
    }

    /// A creating POST with its key: sent again with the same key it means the same.
    pub async fn post_once(&self, path: &str, caller: &Caller, key: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, caller).header("Idempotency-Key", key).json(body)).await
    }

    /// Signs a member of staff in.
    pub async fn sign_in(&self, login: &str, password: &str) -> Caller {
        let body = serde_json::json!({ "login": login, "password": password });
        let request =
            self.request(Method::POST, "/staff/sign-in", &Caller::Nobody).header(ORIGIN, &self.origin);
        let answer = request.json(&body).send().await.expect("the server answers");
        let status = answer.status();
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|it| it.to_str().ok())
            .and_then(|it| it.split(';').next())
            .map(str::to_owned);
        let text = answer.text().await.unwrap_or_default();
        Caller::Staff(cookie.unwrap_or_else(|| panic!("{login} is not signed in: {status} {text}")))
    }

    /// Opens a live stream.
    pub async fn live(&self, path: &str, caller: &Caller) -> Live {
        let answer = self
            .request(Method::GET, path, caller)
            .timeout(Duration::from_secs(600))
            .send()
            .await
            .expect("the server answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        Live::of(answer)
    }
}

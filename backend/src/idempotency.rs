//! Idempotency-Key: the same creating request sent twice (a lost answer, an impatient tap) is done once and
//! answered twice. Only answers of success are kept, for 48 hours; what was refused changed nothing and may be
//! tried again under the same key.

use std::sync::Arc;

use domain::town::Town;
use operations::App;
use operations::idempotency::{Answer, Begun, Key};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use sha2::{Digest, Sha256};

use crate::auth;
use crate::auth::staff_session::SESSION_COOKIE;
use crate::guard::problem;
use crate::problem::{Description, failed};

const HEADER: &str = "idempotency-key";
/// Says that an answer was kept from before.
const REPLAYED: &str = "idempotency-replayed";
const LONGEST: usize = 200;

/// The middleware that answers repeated requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Idempotency;

impl<E: Endpoint> Middleware<E> for Idempotency {
    type Output = Idempotent<E>;

    fn transform(&self, inner: E) -> Idempotent<E> {
        Idempotent { inner }
    }
}

/// An endpoint that does the same request once.
pub struct Idempotent<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Idempotent<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let Some(given) = request.headers().get(HEADER).filter(|_| request.method() == Method::POST) else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        let Some(given) = given.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST) else {
            return Ok(problem(unusable()));
        };
        let given = given.to_owned();
        let app = auth::app(&request)?.clone();
        let town = Arc::clone(auth::town(&request)?);
        // The guard has read and limited the body already.
        let body = request.take_body().into_bytes().await?;
        let key = key(&app, &town, &request, &given, &body);
        request.set_body(body);
        match operations::idempotency::begin(&app, &key).await {
            Ok(Begun::Ours) => self.answer(&app, &key, request).await,
            Ok(Begun::Answered(answer)) => Ok(replay(answer)),
            Ok(Begun::InFlight) => Ok(problem(in_flight())),
            Ok(Begun::OtherRequest) => Ok(problem(other_request())),
            Err(failure) => Ok(problem(failed(&failure))),
        }
    }
}

impl<E: Endpoint> Idempotent<E> {
    async fn answer(&self, app: &App, key: &Key, request: Request) -> Result<Response> {
        let mut response = match self.inner.call(request).await {
            Ok(output) => output.into_response(),
            Err(error) => {
                give_back(app, key).await;
                return Err(error);
            }
        };
        // A session is begun anew each time: its cookie is not kept.
        let keep = response.status().is_success() && !response.headers().contains_key(header::SET_COOKIE);
        if !keep {
            give_back(app, key).await;
            return Ok(response);
        }
        let body = response.take_body().into_bytes().await?;
        let answer = Answer {
            status: response.status().as_u16(),
            content_type: response.content_type().map(ToOwned::to_owned),
            body: body.to_vec(),
        };
        response.set_body(body);
        // The request is done either way; without a kept answer a repetition meets the verb's own guards.
        if let Err(failure) = operations::idempotency::keep(app, key, &answer).await {
            tracing::error!(error = %failure, "an answer could not be kept for repetition");
        }
        Ok(response)
    }
}

async fn give_back(app: &App, key: &Key) {
    if let Err(failure) = operations::idempotency::give_back(app, key).await {
        tracing::error!(error = %failure, "an idempotency key could not be given back");
    }
}

/// Who calls, what, under which key. Tokens enter as part of a keyed hash only.
fn key(app: &App, town: &Town, request: &Request, given: &str, body: &[u8]) -> Key {
    let scope =
        format!("{}\n{}\n{}\n{given}", town.id, request.original_uri().path(), caller(request.headers()));
    Key::new(app, &scope, Sha256::digest(body).to_vec())
}

fn caller(headers: &HeaderMap) -> &str {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let session = text(header::COOKIE).and_then(|cookies| {
        cookies.split("; ").find(|cookie| cookie.split('=').next() == Some(SESSION_COOKIE))
    });
    text(header::AUTHORIZATION).or(session).unwrap_or("nobody")
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = Response::builder().status(status).header(REPLAYED, "true");
    if let Some(content_type) = answer.content_type {
        response = response.content_type(content_type);
    }
    response.body(answer.body)
}

fn unusable() -> Description {
    Description::new(
        StatusCode::BAD_REQUEST,
        "idempotency_key_invalid",
        "Der Idempotency-Key ist nicht verwendbar.",
        "The Idempotency-Key cannot be used: 1 to 200 visible letters.",
    )
}

fn in_flight() -> Description {
    Description::new(
        StatusCode::CONFLICT,
        "idempotency_in_flight",
        "Diese Anfrage wird gerade bearbeitet.",
        "This request is being worked on.",
    )
}

fn other_request() -> Description {
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "Dieser Idempotency-Key gehört zu einer anderen Anfrage.",
        "This Idempotency-Key belongs to another request.",
    )
}

//! What stands around every request: its number, its line in the log, limits on its body, a problem+json for
//! whatever went wrong (panics too), and the headers that protect the browser.

use std::sync::Arc;
use std::time::Instant;

use operations::App;
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result};
use runtime::Config;
use runtime::config::Network;
use runtime::metrics::{HTTP_REQUESTS, HTTP_SECONDS, PANICS};
use tracing::Instrument;

use crate::client_address::ClientAddress;
use crate::problem::{Description, ProblemJson, REQUEST_ID, away};
use crate::server::{REQUEST_ID_HEADER, may_write};

/// Where a whole set-up is taken over.
const SETUP: &str = "/api/v1/planning/setup";
/// Pages whose path goes on with a secret or a telephone number: an appointment or ticket, an offer, the end of mails, the
/// demo's phones.
const SECRET_PATHS: [&str; 4] = ["/t/", "/a/", "/keine-mails/", "/api/v1/demo/phones/"];
/// The largest set-up: ten times that of a town with 120 services.
const SETUP_LIMIT: usize = 4 * 1024 * 1024;

/// The middleware around everything.
#[derive(Clone, Debug)]
pub struct Guard {
    app: App,
    proxies: Arc<[Network]>,
    body_limit: usize,
    https: bool,
    origin: HeaderValue,
}

impl Guard {
    /// With the limits of these settings.
    pub fn new(app: App, config: &Config) -> Self {
        Self {
            app,
            proxies: config.http.trusted_proxies.clone().into(),
            body_limit: config.http.body_limit_kib as usize * 1024,
            https: config.public_url.https(),
            origin: HeaderValue::from_str(&config.public_url.origin())
                .unwrap_or_else(|_| HeaderValue::from_static("null")),
        }
    }
}

impl<E: Endpoint + 'static> Middleware<E> for Guard {
    type Output = Guarded<E>;

    fn transform(&self, inner: E) -> Guarded<E> {
        Guarded { inner: Arc::new(inner), guard: self.clone() }
    }
}

/// An endpoint within the guard.
pub struct Guarded<E> {
    inner: Arc<E>,
    guard: Guard,
}

impl<E: Endpoint + 'static> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let started = Instant::now();
        let id = self.guard.app.uuid().simple().to_string();
        let method = request.method().clone();
        // Without query and token: nothing personal belongs into the log.
        let path = loggable(request.uri().path());
        let docs = request.uri().path().starts_with("/api/docs");
        let terminal = request.uri().path().starts_with("/terminal");
        let span = tracing::info_span!("request", id = %id, %method, path = %path);
        let answer = REQUEST_ID.scope(id.clone(), self.answer(request)).instrument(span.clone());
        let mut response = answer.await;
        let status = response.status();
        let micros = started.elapsed().as_micros() as u64;
        span.in_scope(|| tracing::debug!(status = status.as_u16(), duration_us = micros, "answered"));
        metrics::counter!(HTTP_REQUESTS, "method" => method.to_string(), "status" => status.as_u16().to_string())
            .increment(1);
        metrics::histogram!(HTTP_SECONDS).record(started.elapsed().as_secs_f64());
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID_HEADER, value);
        }
        self.guard.protect(&mut response, docs, terminal);
        Ok(response)
    }
}

impl<E: Endpoint + 'static> Guarded<E> {
    async fn answer(&self, mut request: Request) -> Response {
        let address = ClientAddress::of(&request, &self.guard.proxies);
        request.set_data(address);
        // Nobody waits for a connection that nobody gets; webhooks have a place of their own.
        if self.guard.app.db.is_away() && request.uri().path().starts_with("/api/") {
            return problem(away());
        }
        if let Err(refused) = self.guard.admit(&mut request).await {
            return problem(*refused);
        }
        // A stream that is compressed would be held back until a block is full.
        if request.uri().path().ends_with("/live") {
            request.headers_mut().remove(header::ACCEPT_ENCODING);
        }
        // In a task of its own, so that it is carried to its end when the caller goes away: a transaction that is broken off
        // in the middle of a statement leaves its connection in a state the next one does not expect.
        let inner = Arc::clone(&self.inner);
        let call = REQUEST_ID.scope(REQUEST_ID.get(), async move { inner.call(request).await });
        match tokio::spawn(call.in_current_span()).await {
            Ok(Ok(output)) => self.guard.after(output.into_response()),
            Ok(Err(error)) => self.guard.after(error_response(error)),
            Err(_) => {
                metrics::counter!(PANICS).increment(1);
                tracing::error!("a request panicked");
                problem(internal())
            }
        }
    }
}

impl Guard {
    /// Whoever could not be served is a reason to look whether the database is there.
    fn after(&self, response: Response) -> Response {
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            self.app.db.look_after();
        }
        response
    }

    /// Refuses what is too large, packed, or comes from a foreign page.
    async fn admit(&self, request: &mut Request) -> Result<(), Box<Description>> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Box::new(Description::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "packed_body",
                "Komprimierte Anfragen werden nicht angenommen.",
                "Compressed requests are not accepted.",
            )));
        }
        if !may_write(request.method()) {
            return Ok(());
        }
        self.same_origin(request)?;
        let length = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        // A town's whole set-up is the one thing that is large.
        let limit = if request.uri().path() == SETUP { SETUP_LIMIT } else { self.body_limit };
        if length.is_some_and(|length| length > limit) {
            return Err(Box::new(too_large()));
        }
        let body = request.take_body().into_bytes_limit(limit).await.map_err(|error| {
            Box::new(match error {
                ReadBodyError::PayloadTooLarge => too_large(),
                _ => Description::new(
                    StatusCode::BAD_REQUEST,
                    "unreadable_body",
                    "Die Anfrage kam nicht vollständig an.",
                    "The request did not arrive in full.",
                ),
            })
        })?;
        request.set_body(body);
        Ok(())
    }

    /// A browser's write with our cookie must come from our own page (CSRF); other programs send no Origin.
    fn same_origin(&self, request: &Request) -> Result<(), Box<Description>> {
        if request.headers().get(header::COOKIE).is_none() {
            return Ok(());
        }
        let Some(origin) = request.headers().get(header::ORIGIN) else {
            return Ok(());
        };
        let host = request.header(header::HOST).unwrap_or_default();
        let own = origin == self.origin
            || origin
                .to_str()
                .ok()
                .and_then(|origin| origin.split_once("://"))
                .is_some_and(|(_, from)| from == host);
        if own {
            return Ok(());
        }
        Err(Box::new(Description::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "Diese Anfrage kommt von einer fremden Seite.",
            "This request comes from a foreign page.",
        )))
    }

    fn protect(&self, response: &mut Response, docs: bool, terminal: bool) {
        const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; worker-src 'self'; \
             frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
        // A terminal may show the town's online services in a frame.
        const TERMINAL_CSP: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; worker-src 'self'; \
             frame-src https:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
        // Swagger UI is one page with its script inside.
        const DOCS_CSP: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
             style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
        let camera = if terminal {
            "camera=(self), microphone=(), geolocation=()"
        } else {
            "camera=(), microphone=(), geolocation=()"
        };
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value: &'static str| {
            headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
        };
        let policy = match (docs, terminal) {
            (true, _) => DOCS_CSP,
            (false, true) => TERMINAL_CSP,
            (false, false) => CSP,
        };
        set("content-security-policy", policy);
        set("x-content-type-options", "nosniff");
        set("referrer-policy", "no-referrer");
        set("permissions-policy", camera);
        set("cross-origin-opener-policy", "same-origin");
        if self.https {
            set("strict-transport-security", "max-age=63072000; includeSubDomains");
        }
    }
}

/// The path as it may stand in the log: links in messages and invitations lose their secret.
fn loggable(path: &str) -> String {
    if let Some((page, _)) = path.split_once('~') {
        return format!("{page}~…");
    }
    match SECRET_PATHS.iter().find(|page| path.starts_with(**page)) {
        Some(page) => format!("{page}…"),
        None => path.chars().take(120).collect(),
    }
}

/// What a refusal of the framework is in our words.
fn error_response(error: Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    if error.is::<NotFoundError>() {
        return problem(Description::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Das gibt es hier nicht.",
            "There is no such thing here.",
        ));
    }
    if error.is::<MethodNotAllowedError>() {
        return problem(Description::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "So lässt sich das nicht abrufen.",
            "This cannot be asked for in this way.",
        ));
    }
    let status = error.status();
    if status.is_server_error() {
        tracing::error!(%error, "request failed");
        return problem(internal());
    }
    let (code, de, en) = match status {
        StatusCode::UNAUTHORIZED => ("not_signed_in", "Bitte melden Sie sich an.", "Please sign in."),
        StatusCode::FORBIDDEN => ("not_allowed", "Das dürfen Sie nicht.", "You may not do this."),
        StatusCode::NOT_FOUND => ("not_found", "Das gibt es hier nicht.", "There is no such thing here."),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("body_too_large", "Die Anfrage ist zu groß.", "The request is too large.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("wrong_media_type", "Bitte als application/json senden.", "Please send application/json.")
        }
        _ => ("bad_request", "Die Anfrage ist nicht lesbar.", "The request cannot be understood."),
    };
    let mut description = Description::new(status, code, de, en);
    if code == "bad_request" {
        // The framework names the field or the place in the JSON; it never repeats values.
        description.data = Some(serde_json::json!({ "reason": error.to_string() }));
    }
    problem(description)
}

/// A problem as the whole answer.
pub(crate) fn problem(description: Description) -> Response {
    let status = description.status;
    let mut response = ProblemJson(description.into_problem()).into_response();
    response.set_status(status);
    response
}

fn internal() -> Description {
    Description::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "Das hat leider nicht geklappt. Bitte versuchen Sie es noch einmal.",
        "Something went wrong on our side. Please try again.",
    )
}

fn too_large() -> Description {
    Description::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "Die Anfrage ist zu groß.",
        "The request is too large.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_link_stands_in_the_log() {
        for (path, shown) in [
            ("/t/7fq2mkd9tr", "/t/…"),
            ("/a/7fq2mkd9tr", "/a/…"),
            ("/keine-mails/0190f0f00000700080000000000000005a0gcs5WnXkKcUqY8hBz3Qa1v", "/keine-mails/…"),
            ("/anliegen/personalausweis-beantragen~c2VjcmV0", "/anliegen/personalausweis-beantragen~…"),
            ("/api/v1/demo/phones/01713920012", "/api/v1/demo/phones/…"),
            ("/api/v1/appointment", "/api/v1/appointment"),
            ("/terminal", "/terminal"),
        ] {
            assert_eq!(loggable(path), shown);
        }
        assert_eq!(loggable(&"/x".repeat(200)).chars().count(), 120);
    }
}

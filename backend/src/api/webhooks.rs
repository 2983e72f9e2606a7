//! What providers tell us: reports and inbound messages. Verify, read, hand over, answer at once.
//!
//! Not part of the described API: Twilio calls these. A forged call changes nothing, is answered 403 and counted.

use std::sync::Arc;
use std::time::Duration;

use channels::twilio::webhook::{self, Fields, Forged, Hook};
use channels::twilio::{Config as TwilioConfig, Sender};
use operations::App;
use operations::messaging::spool::{self, NotKept};
use operations::secrets::Purpose;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, IntoResponse, Request, Response, handler};
use runtime::{Config, metrics as figures};
use url::Url;

use crate::guard::problem;
use crate::problem::Description;

/// Larger bodies are no webhook of Twilio.
const LARGEST: usize = 64 * 1024;

/// What is needed to believe a webhook; `None` when no provider is set up that calls us.
#[derive(Clone)]
pub struct Hooks(Option<Arc<TwilioConfig>>);

impl Hooks {
    /// From the settings.
    pub fn new(app: &App, config: &Config) -> Self {
        Self(twilio_config(app, config).map(Arc::new))
    }
}

/// The account as far as webhooks need it.
fn twilio_config(app: &App, config: &Config) -> Option<TwilioConfig> {
    let twilio = &config.twilio;
    Some(TwilioConfig {
        account_sid: twilio.account_sid.clone()?,
        auth_token: twilio.auth_token.as_ref()?.expose().to_owned(),
        next_auth_token: twilio.next_auth_token.as_ref().map(|token| token.expose().to_owned()),
        api_key: None,
        sender: Sender::Number(twilio.sender.clone().unwrap_or_default()),
        base_url: Url::parse(&twilio.base_url).ok()?,
        public_url: Url::parse(&config.public_url.to_string()).ok()?,
        callback_secret: app.secret_hash(Purpose::Callback, "twilio"),
        connect_timeout: Duration::from_secs(twilio.connect_timeout_seconds),
        timeout: Duration::from_secs(twilio.timeout_seconds),
    })
}

/// A report about a message we sent.
#[handler]
pub async fn twilio_status(request: &Request, body: Body, app: Data<&App>, hooks: Data<&Hooks>) -> Response {
    let Some(config) = hooks.0.0.clone() else { return problem(nobody_calls()) };
    let fields = match believed(&config, request, body).await {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    match webhook::status_report(&config, &fields, request.original_uri().query()) {
        Ok(Some(report)) => match spool::take_report(&app, &report).await {
            Ok(()) => counted("accepted", StatusCode::NO_CONTENT),
            Err(failure) => unavailable(&failure),
        },
        Ok(None) => counted("accepted", StatusCode::NO_CONTENT),
        Err(unreadable) => unreadable_hook(&unreadable),
    }
}

/// A message somebody wrote to us.
#[handler]
pub async fn twilio_sms(request: &Request, body: Body, app: Data<&App>, hooks: Data<&Hooks>) -> Response {
    let Some(config) = hooks.0.0.clone() else { return problem(nobody_calls()) };
    let fields = match believed(&config, request, body).await {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    let sms = match webhook::inbound_sms(&fields) {
        Ok(sms) => sms,
        Err(unreadable) => return unreadable_hook(&unreadable),
    };
    match spool::take_inbound(&app, sms).await {
        // The answer goes through the outbox, not through this response.
        Ok(()) => {
            count("accepted");
            let empty = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
            Response::builder().content_type("text/xml").body(empty)
        }
        Err(failure) => unavailable(&failure),
    }
}

/// The fields, once the signature is proven.
async fn believed(config: &TwilioConfig, request: &Request, body: Body) -> Result<Fields, Response> {
    let Ok(body) = body.into_bytes_limit(LARGEST).await else {
        return Err(counted("unreadable", StatusCode::PAYLOAD_TOO_LARGE));
    };
    let path_and_query = request.original_uri().path_and_query().map_or("/", |path| path.as_str());
    let hook = Hook {
        path_and_query,
        signature: request.header("x-twilio-signature"),
        content_type: request.header("content-type"),
        body: &body,
    };
    webhook::verify(config, hook).map_err(|forged: Forged| {
        tracing::warn!(%forged, path = request.original_uri().path(), "a webhook is not believed");
        count("forged");
        problem(Description::new(
            StatusCode::FORBIDDEN,
            "forged_webhook",
            "Diese Nachricht kommt nicht vom Anbieter.",
            "This call does not come from the provider.",
        ))
    })
}

fn nobody_calls() -> Description {
    Description::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "Das gibt es hier nicht.",
        "There is no such thing here.",
    )
}

fn count(verdict: &'static str) {
    metrics::counter!(figures::WEBHOOKS, "provider" => "twilio", "verdict" => verdict).increment(1);
}

fn counted(verdict: &'static str, status: StatusCode) -> Response {
    count(verdict);
    status.into_response()
}

fn unreadable_hook(unreadable: &webhook::Unreadable) -> Response {
    tracing::warn!(%unreadable, "a webhook cannot be read");
    counted("unreadable", StatusCode::BAD_REQUEST)
}

/// Twilio asks the fallback address then, and we ask its list later.
fn unavailable(failure: &NotKept) -> Response {
    tracing::error!(error = %failure, "a webhook could not be recorded");
    count("not_kept");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

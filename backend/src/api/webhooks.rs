//! What providers tell us: reports and inbound messages. Verify, read, hand over, answer at once.
//!
//! Not part of the described API: providers call these. A forged call changes nothing, is answered 403 and counted.

use std::sync::Arc;
use std::time::Duration;

use channels::gateway::webhook::{self as gateway_hook, HookEvent, HookRefused};
use channels::gateway::{Config as GatewayConfig, seven};
use channels::twilio::webhook::{self, Fields, Forged, Hook};
use channels::twilio::{Config as TwilioConfig, PROVIDER as TWILIO, Sender};
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

/// Larger bodies are no webhook of a provider.
const LARGEST: usize = 64 * 1024;

/// What is needed to believe a webhook, of each provider that is set up and calls us.
#[derive(Clone)]
pub struct Hooks {
    twilio: Option<Arc<TwilioConfig>>,
    gateway: Option<Arc<GatewayConfig>>,
}

impl Hooks {
    /// From the settings.
    pub fn new(app: &App, config: &Config) -> Self {
        let twilio = twilio_config(app, config).map(Arc::new);
        let second = gateway_config(config).map(Arc::new);
        let ours = twilio.as_ref().map(|_| TWILIO).into_iter().chain(second.as_ref().map(|one| one.provider));
        figures::expect_webhooks(&ours.collect::<Vec<_>>());
        Self { twilio, gateway: second }
    }
}

/// The account at seven.io, for sending and for webhooks; `None` when none is set up.
pub fn gateway_config(config: &Config) -> Option<GatewayConfig> {
    let account = &config.seven;
    Some(seven::config(seven::Account {
        url: Url::parse(&account.url).ok()?,
        api_key: account.api_key.as_ref()?.expose().to_owned(),
        sender: account.sender.clone().unwrap_or_default(),
        signing_keys: account.signing_keys(),
        public_url: Url::parse(&config.public_url.to_string()).ok()?,
        connect_timeout: Duration::from_secs(account.connect_timeout_seconds),
        timeout: Duration::from_secs(account.timeout_seconds),
    }))
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
    let Some(config) = hooks.0.twilio.clone() else { return problem(nobody_calls()) };
    let fields = match believed(&config, request, body).await {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    match webhook::status_report(&config, &fields, request.original_uri().query()) {
        Ok(Some(report)) => match spool::take_report(&app, &report).await {
            Ok(()) => counted(TWILIO, "accepted", StatusCode::NO_CONTENT),
            Err(failure) => unavailable(TWILIO, &failure),
        },
        Ok(None) => counted(TWILIO, "accepted", StatusCode::NO_CONTENT),
        Err(unreadable) => unreadable_hook(TWILIO, &unreadable),
    }
}

/// A message somebody wrote to us.
#[handler]
pub async fn twilio_sms(request: &Request, body: Body, app: Data<&App>, hooks: Data<&Hooks>) -> Response {
    let Some(config) = hooks.0.twilio.clone() else { return problem(nobody_calls()) };
    let fields = match believed(&config, request, body).await {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    let sms = match webhook::inbound_sms(&fields) {
        Ok(sms) => sms,
        Err(unreadable) => return unreadable_hook(TWILIO, &unreadable),
    };
    match spool::take_inbound(&app, sms).await {
        // The answer goes through the outbox, not through this response.
        Ok(()) => {
            count(TWILIO, "accepted");
            let empty = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
            Response::builder().content_type("text/xml").body(empty)
        }
        Err(failure) => unavailable(TWILIO, &failure),
    }
}

/// A report or an inbound message of a provider that is known by its settings.
#[handler]
pub async fn gateway(request: &Request, body: Body, app: Data<&App>, hooks: Data<&Hooks>) -> Response {
    let Some(config) = hooks.0.gateway.clone() else { return problem(nobody_calls()) };
    let Ok(body) = body.into_bytes_limit(LARGEST).await else {
        return counted(config.provider, "unreadable", StatusCode::PAYLOAD_TOO_LARGE);
    };
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let hook = gateway_hook::Hook {
        method: request.method().as_str(),
        path_and_query: request.original_uri().path_and_query().map_or("/", |path| path.as_str()),
        headers: &headers,
        body: &body,
    };
    let done = match gateway_hook::read(&config, hook, app.clock.now()) {
        Ok(HookEvent::Receipt(report)) => spool::take_report(&app, &report).await,
        Ok(HookEvent::Inbound(sms)) => spool::take_inbound(&app, sms).await,
        Ok(HookEvent::Nothing) => Ok(()),
        Err(HookRefused::NotExpected) => return problem(nobody_calls()),
        Err(unreadable @ HookRefused::Unreadable(_)) => return unreadable_hook(config.provider, &unreadable),
        Err(forged @ (HookRefused::Missing | HookRefused::Wrong | HookRefused::Stale)) => {
            return not_believed(config.provider, request, &forged);
        }
    };
    match done {
        Ok(()) => counted(config.provider, "accepted", StatusCode::NO_CONTENT),
        Err(failure) => unavailable(config.provider, &failure),
    }
}

/// The fields, once the signature is proven.
async fn believed(config: &TwilioConfig, request: &Request, body: Body) -> Result<Fields, Response> {
    let Ok(body) = body.into_bytes_limit(LARGEST).await else {
        return Err(counted(TWILIO, "unreadable", StatusCode::PAYLOAD_TOO_LARGE));
    };
    let path_and_query = request.original_uri().path_and_query().map_or("/", |path| path.as_str());
    let hook = Hook {
        path_and_query,
        signature: request.header("x-twilio-signature"),
        content_type: request.header("content-type"),
        body: &body,
    };
    webhook::verify(config, hook).map_err(|forged: Forged| not_believed(TWILIO, request, &forged))
}

fn not_believed(provider: &'static str, request: &Request, forged: &dyn std::error::Error) -> Response {
    tracing::warn!(provider, %forged, path = request.original_uri().path(), "a webhook is not believed");
    count(provider, "forged");
    problem(Description::new(
        StatusCode::FORBIDDEN,
        "forged_webhook",
        "Diese Nachricht kommt nicht vom Anbieter.",
        "This call does not come from the provider.",
    ))
}

fn nobody_calls() -> Description {
    Description::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "Das gibt es hier nicht.",
        "There is no such thing here.",
    )
}

fn count(provider: &'static str, verdict: &'static str) {
    metrics::counter!(figures::WEBHOOKS, "provider" => provider, "verdict" => verdict).increment(1);
}

fn counted(provider: &'static str, verdict: &'static str, status: StatusCode) -> Response {
    count(provider, verdict);
    status.into_response()
}

fn unreadable_hook(provider: &'static str, unreadable: &dyn std::error::Error) -> Response {
    tracing::warn!(provider, %unreadable, "a webhook cannot be read");
    counted(provider, "unreadable", StatusCode::BAD_REQUEST)
}

/// The provider tells it again, or asks the fallback address, and we ask its list later.
fn unavailable(provider: &'static str, failure: &NotKept) -> Response {
    tracing::error!(error = %failure, "a webhook could not be recorded");
    count(provider, "not_kept");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

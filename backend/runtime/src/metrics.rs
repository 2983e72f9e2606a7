//! Figures for `/metrics`. Names live here, once, so that dashboards and code agree; labels never hold
//! anything about a person.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Requests answered, by operation, method and status.
pub const HTTP_REQUESTS: &str = "lotse_http_requests_total";
/// Seconds a request took, by operation.
pub const HTTP_SECONDS: &str = "lotse_http_request_seconds";
/// Requests refused because one address asked too often.
pub const RATE_LIMITED: &str = "lotse_http_rate_limited_total";
/// Handlers that panicked; each is a bug.
pub const PANICS: &str = "lotse_panics_total";
/// Open live streams, by kind.
pub const LIVE_LISTENERS: &str = "lotse_live_listeners";
/// Attempts to deliver a message, by channel and outcome.
pub const DELIVERY_ATTEMPTS: &str = "lotse_delivery_attempts_total";
/// Seconds a call to a provider took, by channel.
pub const PROVIDER_SECONDS: &str = "lotse_provider_seconds";
/// Messages by state, refreshed by the timetable.
pub const MESSAGES: &str = "lotse_messages";
/// Age in seconds of the oldest message that should have left.
pub const OLDEST_DUE_SECONDS: &str = "lotse_messages_oldest_due_seconds";
/// The part of its SMS budget a town has used today; 1 is all of it, 1.2 the reserve, too.
pub const SMS_BUDGET_SHARE: &str = "lotse_sms_budget_share";
/// Towns that send far more SMS in this hour than usual.
pub const SMS_UNUSUAL: &str = "lotse_sms_unusual_towns";
/// Towns whose codes are guarded, because few are typed in.
pub const CODES_GUARDED: &str = "lotse_codes_guarded_towns";
/// Webhooks by provider and verdict (`accepted`, `forged`, `unreadable`).
pub const WEBHOOKS: &str = "lotse_webhooks_total";
/// Wrong passwords and throttled sign-ins.
pub const SIGN_IN_REFUSED: &str = "lotse_sign_in_refused_total";

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The process's recorder, installed on first use; `None` when another one holds the place.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER.get_or_init(install).as_ref()
}

/// The figures as Prometheus reads them.
pub fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds old samples together; to be called every few seconds by whoever serves `/metrics`.
pub fn upkeep() {
    if let Some(handle) = recorder() {
        handle.run_upkeep();
    }
}

/// Records how long something took since `started`.
pub fn observe(name: &'static str, label: (&'static str, String), started: Instant) {
    metrics::histogram!(name, label.0 => label.1).record(started.elapsed().as_secs_f64());
}

/// How often whoever serves `/metrics` should call [`upkeep`].
pub const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

fn install() -> Option<PrometheusHandle> {
    let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let built = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
        .map(PrometheusBuilder::install_recorder);
    let handle = match built {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "figures are not recorded");
            return None;
        }
        Err(error) => {
            tracing::warn!(error = %error, "figures are not recorded");
            return None;
        }
    };
    describe();
    Some(handle)
}

fn describe() {
    metrics::describe_counter!(HTTP_REQUESTS, "Requests answered");
    metrics::describe_histogram!(HTTP_SECONDS, metrics::Unit::Seconds, "Time to answer a request");
    metrics::describe_counter!(RATE_LIMITED, "Requests refused because one address asked too often");
    metrics::describe_counter!(PANICS, "Handlers that panicked");
    metrics::describe_gauge!(LIVE_LISTENERS, "Open live streams");
    metrics::describe_counter!(DELIVERY_ATTEMPTS, "Attempts to deliver a message");
    metrics::describe_histogram!(PROVIDER_SECONDS, metrics::Unit::Seconds, "Time of a call to a provider");
    metrics::describe_gauge!(MESSAGES, "Messages by state");
    metrics::describe_gauge!(OLDEST_DUE_SECONDS, metrics::Unit::Seconds, "Age of the oldest due message");
    metrics::describe_gauge!(SMS_BUDGET_SHARE, "Part of the day's SMS budget that is used");
    metrics::describe_gauge!(SMS_UNUSUAL, "Towns that send far more SMS than usual");
    metrics::describe_gauge!(CODES_GUARDED, "Towns whose codes are guarded");
    metrics::describe_counter!(WEBHOOKS, "Webhooks by verdict");
    metrics::describe_counter!(SIGN_IN_REFUSED, "Wrong passwords and throttled sign-ins");
}

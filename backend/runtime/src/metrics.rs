//! Figures for `/metrics`. Names live here, once, so that dashboards and code agree; labels never hold
//! anything about a person.

use std::sync::OnceLock;
use std::time::Instant;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Requests answered, by operation, method and status.
pub const HTTP_REQUESTS: &str = "lotse_http_requests_total";
/// Seconds a request took, by operation.
pub const HTTP_SECONDS: &str = "lotse_http_request_seconds";
/// Requests refused because one address asked too often.
pub const RATE_LIMITED: &str = "lotse_http_rate_limited_total";
/// Check-in codes that were wrong, or not looked at any more, at terminals.
pub const WRONG_CODES: &str = "lotse_check_in_wrong_codes_total";
/// Links that were unknown, or not looked up any more, because too many were named from there.
pub const UNKNOWN_LINKS: &str = "lotse_links_unknown_total";
/// Handlers that panicked; each is a bug.
pub const PANICS: &str = "lotse_panics_total";
/// Open live streams.
pub const LIVE_LISTENERS: &str = "lotse_live_listeners";
/// Offices read for everybody who watches them.
pub const LIVE_READINGS: &str = "lotse_live_readings_total";
/// Attempts to deliver a message, by channel and outcome.
pub const DELIVERY_ATTEMPTS: &str = "lotse_delivery_attempts_total";
/// Seconds a call to a provider took, by channel.
pub const PROVIDER_SECONDS: &str = "lotse_provider_seconds";
/// Times a provider was left alone because it failed, by provider.
pub const BREAKER_OPENED: &str = "lotse_provider_breaker_opened_total";
/// Whether this process leaves a provider alone (1), by provider.
pub const BREAKER_OPEN: &str = "lotse_provider_breaker_open";
/// Points of its share a provider has lost to failures, by provider.
pub const PROVIDER_LOST_POINTS: &str = "lotse_provider_lost_points";
/// Segments a second a provider is given at the moment, by provider.
pub const PROVIDER_RATE: &str = "lotse_provider_rate_segments_per_second";
/// Whether a provider has asked us to wait (1), by provider.
pub const PROVIDER_BLOCKED: &str = "lotse_provider_blocked";
/// Things operators have paused, by scope.
pub const PAUSES: &str = "lotse_message_pauses";
/// Messages by state.
pub const MESSAGES: &str = "lotse_messages";
/// Messages that should have left, by lane, kind and channel.
pub const MESSAGES_DUE: &str = "lotse_messages_due";
/// Age in seconds of the oldest message that should have left, by lane.
pub const OLDEST_DUE_SECONDS: &str = "lotse_messages_oldest_due_seconds";
/// Messages that ended within the last quarter of an hour, by channel and state.
pub const ENDED_LATELY: &str = "lotse_messages_ended_15m";
/// Attempts that failed within the last quarter of an hour, by channel and class (the letters of the runbooks).
pub const FAILURES_LATELY: &str = "lotse_delivery_failures_15m";
/// Reminders that should have been owed a quarter of an hour ago.
pub const LATE_REMINDERS: &str = "lotse_reminders_late";
/// Worker processes whose heartbeat is recent.
pub const WORKERS_ALIVE: &str = "lotse_workers_alive";
/// Seconds since a job of the timetable should have run; 0 while it is not due.
pub const JOB_OVERDUE_SECONDS: &str = "lotse_job_overdue_seconds";
/// 1 when the last run of a job of the timetable failed.
pub const JOB_FAILED: &str = "lotse_job_failed";
/// Actions of operators on many messages that go on.
pub const BULKS_RUNNING: &str = "lotse_bulk_running";
/// 1 when the queue between processes answers; not there without one.
pub const QUEUE_UP: &str = "lotse_queue_up";
/// Hints that are out by the database.
pub const HINTS_OUT: &str = "lotse_queue_hints_out";
/// Hints out by the database that the queue did not know when a worker last looked.
pub const HINTS_MISSING: &str = "lotse_queue_hints_missing";
/// 1 when the database answered the last look.
pub const DATABASE_UP: &str = "lotse_database_up";
/// 1, with the version of the program.
pub const BUILD: &str = "lotse_build_info";
/// The part of its SMS budget a town has used today; 1 is all of it, 1.2 the reserve, too.
pub const SMS_BUDGET_SHARE: &str = "lotse_sms_budget_share";
/// Towns that send far more SMS in this hour than usual.
pub const SMS_UNUSUAL: &str = "lotse_sms_unusual_towns";
/// Towns whose codes are guarded, because few are typed in.
pub const CODES_GUARDED: &str = "lotse_codes_guarded_towns";
/// Webhooks by provider and verdict (`accepted`, `forged`, `unreadable`, `not_kept`).
pub const WEBHOOKS: &str = "lotse_webhooks_total";
/// Bytes that wait in the spool for the database; anything above zero for long means that it is away.
pub const SPOOL_BYTES: &str = "lotse_spool_bytes";
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

/// Notes how many bytes wait in the spool.
pub fn spool_bytes(bytes: u64) {
    metrics::gauge!(SPOOL_BYTES).set(bytes as f64);
}

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
    begin_at_nought();
    Some(handle)
}

/// A counter that appears with its first event has not grown by it, as Prometheus sees it: the first panic would be missed.
fn begin_at_nought() {
    for counter in [PANICS, SIGN_IN_REFUSED, WRONG_CODES, UNKNOWN_LINKS, RATE_LIMITED] {
        metrics::counter!(counter).increment(0);
    }
}

/// Webhooks of these providers begin at nought, too: the first burst of forged ones must be seen.
pub fn expect_webhooks(providers: &[&'static str]) {
    for provider in providers {
        for verdict in ["accepted", "forged", "not_kept"] {
            metrics::counter!(WEBHOOKS, "provider" => *provider, "verdict" => verdict).increment(0);
        }
    }
}

fn describe() {
    metrics::describe_counter!(HTTP_REQUESTS, "Requests answered");
    metrics::describe_histogram!(HTTP_SECONDS, metrics::Unit::Seconds, "Time to answer a request");
    metrics::describe_counter!(RATE_LIMITED, "Requests refused because one address asked too often");
    metrics::describe_counter!(WRONG_CODES, "Wrong check-in codes at terminals");
    metrics::describe_counter!(UNKNOWN_LINKS, "Unknown links, and links not looked up any more");
    metrics::describe_counter!(PANICS, "Handlers that panicked");
    metrics::describe_gauge!(LIVE_LISTENERS, "Open live streams");
    metrics::describe_counter!(LIVE_READINGS, "Offices read for everybody who watches them");
    metrics::describe_counter!(DELIVERY_ATTEMPTS, "Attempts to deliver a message");
    metrics::describe_histogram!(PROVIDER_SECONDS, metrics::Unit::Seconds, "Time of a call to a provider");
    metrics::describe_counter!(BREAKER_OPENED, "Times a provider was left alone because it failed");
    metrics::describe_gauge!(BREAKER_OPEN, "Whether this process leaves a provider alone");
    metrics::describe_gauge!(PROVIDER_LOST_POINTS, "Points of its share a provider has lost to failures");
    metrics::describe_gauge!(PROVIDER_RATE, "Segments a second a provider is given");
    metrics::describe_gauge!(PROVIDER_BLOCKED, "Whether a provider has asked us to wait");
    metrics::describe_gauge!(PAUSES, "Things operators have paused, by scope");
    metrics::describe_gauge!(MESSAGES, "Messages by state");
    metrics::describe_gauge!(OLDEST_DUE_SECONDS, metrics::Unit::Seconds, "Age of the oldest due message");
    metrics::describe_gauge!(MESSAGES_DUE, "Messages that should have left");
    metrics::describe_gauge!(ENDED_LATELY, "Messages that ended within a quarter of an hour");
    metrics::describe_gauge!(
        FAILURES_LATELY,
        "Attempts that failed within a quarter of an hour, by channel and class"
    );
    metrics::describe_gauge!(LATE_REMINDERS, "Reminders that should have been owed a quarter of an hour ago");
    metrics::describe_gauge!(WORKERS_ALIVE, "Worker processes that say that they live");
    metrics::describe_gauge!(JOB_OVERDUE_SECONDS, metrics::Unit::Seconds, "Time since a job should have run");
    metrics::describe_gauge!(JOB_FAILED, "Whether the last run of a job failed");
    metrics::describe_gauge!(BULKS_RUNNING, "Actions on many messages that go on");
    metrics::describe_gauge!(QUEUE_UP, "Whether the queue between processes answers");
    metrics::describe_gauge!(HINTS_OUT, "Hints that are out by the database");
    metrics::describe_gauge!(HINTS_MISSING, "Hints the queue has forgotten");
    metrics::describe_gauge!(DATABASE_UP, "Whether the database answered the last look");
    metrics::describe_gauge!(BUILD, "The version of the program");
    metrics::describe_gauge!(SMS_BUDGET_SHARE, "Part of the day's SMS budget that is used");
    metrics::describe_gauge!(SMS_UNUSUAL, "Towns that send far more SMS than usual");
    metrics::describe_gauge!(CODES_GUARDED, "Towns whose codes are guarded");
    metrics::describe_counter!(WEBHOOKS, "Webhooks by verdict");
    metrics::describe_gauge!(SPOOL_BYTES, metrics::Unit::Bytes, "What waits in the spool for the database");
    metrics::describe_counter!(SIGN_IN_REFUSED, "Wrong passwords and throttled sign-ins");
}

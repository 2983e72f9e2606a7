//! How we speak HTTP to providers: bounded in time and size, no redirects, no retries, every failure classified.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::messaging::attempt::SendOutcome;

/// A client that asks once, follows nobody and gives up in time.
pub(crate) fn client_builder(connect_timeout: Duration, timeout: Duration) -> reqwest::ClientBuilder {
    // An error only says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent("lotse")
}

/// Only what surely never reached the provider is "not sent"; a time-out while connecting is, one while waiting is not.
pub(crate) fn of_transport(error: &reqwest::Error) -> SendOutcome {
    if error.is_connect() {
        SendOutcome::NotSent { reason: "dns_or_connect" }
    } else if error.is_builder() {
        SendOutcome::Config { code: 0 }
    } else if error.is_timeout() {
        SendOutcome::Ambiguous { reason: "timeout", http_status: None }
    } else {
        SendOutcome::Ambiguous { reason: "reset", http_status: None }
    }
}

/// What a provider answered.
pub(crate) struct Heard {
    pub status: u16,
    /// `Retry-After`, as it was written.
    pub wait: Option<String>,
    pub body: Vec<u8>,
}

/// Asks once and hears the answer out; without a whole one, says what is known.
pub(crate) async fn ask(request: reqwest::RequestBuilder, longest: usize) -> Result<Heard, SendOutcome> {
    let response = request.send().await.map_err(|error| of_transport(&error))?;
    let status = response.status().as_u16();
    let wait = header(&response, "retry-after");
    match body(response, longest).await {
        Some(body) => Ok(Heard { status, wait, body }),
        // Refused is refused, even if the reason was cut off; an acceptance that was cut off is not sure.
        None if (400..500).contains(&status) => Ok(Heard { status, wait, body: Vec::new() }),
        None => Err(SendOutcome::Ambiguous { reason: "reset", http_status: Some(status) }),
    }
}

/// A header of the answer, if it is text.
pub(crate) fn header(response: &reqwest::Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The body, unless it breaks off or is longer than it may be.
pub(crate) async fn body(mut response: reqwest::Response, longest: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= longest => body.extend_from_slice(&chunk),
            Ok(None) => return Some(body),
            Ok(Some(_)) | Err(_) => return None,
        }
    }
}

/// `Retry-After` in seconds.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

/// `Retry-After` in either form: seconds, or a date.
pub(crate) fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    seconds(text).or_else(|| {
        let at = DateTime::parse_from_rfc2822(text.trim()).ok()?;
        Some((at.with_timezone(&Utc) - now).to_std().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_read_in_both_forms() {
        let now = "2026-09-14T12:00:00Z".parse().unwrap();
        let wait = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(wait(" 7 "), Some(7));
        assert_eq!(wait("Mon, 14 Sep 2026 12:00:30 GMT"), Some(30));
        assert_eq!(wait("Mon, 14 Sep 2026 11:00:00 GMT"), Some(0), "a date in the past asks for no wait");
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-7"), None);
    }
}

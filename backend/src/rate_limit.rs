//! How often one address may ask; beyond that, 429 with the time to wait.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use runtime::config::HttpConfig;
use runtime::metrics::RATE_LIMITED;

use crate::client_address::ClientAddress;
use crate::guard::problem;
use crate::problem::Description;

/// The middleware that counts requests by address.
#[derive(Clone)]
pub struct RateLimit {
    limiter: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

impl RateLimit {
    /// With the limits of these settings.
    pub fn new(config: &HttpConfig) -> Self {
        let per_minute = NonZeroU32::new(config.requests_per_minute).unwrap_or(NonZeroU32::MAX);
        let burst = NonZeroU32::new(config.request_burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        Self { limiter: Arc::new(RateLimiter::keyed(quota)) }
    }
}

impl<E: Endpoint> Middleware<E> for RateLimit {
    type Output = RateLimited<E>;

    fn transform(&self, inner: E) -> RateLimited<E> {
        RateLimited { inner, limit: self.clone() }
    }
}

/// An endpoint that is asked only so often.
pub struct RateLimited<E> {
    inner: E,
    limit: RateLimit,
}

impl<E: Endpoint> Endpoint for RateLimited<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if let Some(address) = request.data::<ClientAddress>()
            && let Err(wait) = self.limit.limiter.check_key(&address.network())
        {
            metrics::counter!(RATE_LIMITED).increment(1);
            let seconds = wait.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            let mut response = problem(
                Description::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_requests",
                    "Das waren sehr viele Anfragen. Bitte warten Sie einen Augenblick.",
                    "That was a lot of requests. Please wait a moment.",
                )
                .with(serde_json::json!({ "retry_after_seconds": seconds })),
            );
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            return Ok(response);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}

//! Web push (RFC 8030): encrypted for one browser (RFC 8291), signed by us (VAPID, RFC 8292), handed to the push service
//! of the browser's maker.
//!
//! The browser tells us where to send: without the guard in `endpoint` and `resolver` it could make us call anybody.

mod answer;
mod client;
mod config;
mod endpoint;
mod notification;
mod resolver;
mod subscription;
mod vapid;

pub use client::WebPush;
pub use config::{Config, ConfigError};
pub use endpoint::{EndpointRefused, Hosts, NotAHost};
pub use subscription::SubscriptionRefused;
pub use vapid::{NotAKey, VapidKey};

/// The word under which attempts are kept.
pub const PROVIDER: &str = "webpush";

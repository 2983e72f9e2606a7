//! Twilio's Messages API and its webhooks. twilio-async builds and authenticates the request; our own transport sends it
//! and classifies the answer, because the crate's own has no time-out and fails on valid answers after acceptance.

mod answer;
mod client;
mod config;
pub mod webhook;

pub use client::Twilio;
pub use config::{ApiKey, Config, ConfigError, Sender};

/// The word under which attempts and receipts are kept.
pub const PROVIDER: &str = "twilio";

//! E-mail by SMTP. lettre writes the mail and speaks the protocol; the dialogue is led here, step by step, because what a
//! refusal means and whether a broken line may have sent the mail depend on the step.
//!
//! A repeated attempt carries the same Message-ID: mail programs show it once, so doubt is no reason not to send again.

mod answer;
mod client;
mod compose;
mod config;
mod connections;
mod mailer;

pub use client::Smtp;
pub use config::{Config, ConfigError, Credentials, Security};
pub use mailer::Mailer;

/// The word under which attempts are kept.
pub const PROVIDER: &str = "smtp";

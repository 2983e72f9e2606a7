//! The channels against fake providers at the far side of the network: what all of them promise, and the protocol of each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod contract;
mod email;
mod email_tls;
mod every;
mod gateway;
mod twilio_client;
mod web_push;

//! The API as callers meet it: status, body, rights, repetition, and the description it is committed with.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod accuracy;
mod at_once;
mod bad_input;
mod booking_refused;
mod check_in;
mod contract;
mod guessed_links;
mod idempotency;
mod inbound;
mod offers;
mod operating;
mod push;
mod server;
mod staff;
mod support;
mod webhooks;
mod who_may_call;

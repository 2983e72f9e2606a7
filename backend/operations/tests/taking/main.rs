//! Taking appointments: moving them, what becomes of freed slots, limits, waiting; on every database at hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod answers;
mod by_sms;
mod freed;
mod guard;
mod house;
mod limits;
mod moves;
mod planning;
mod random;
mod services;
mod waiting;
mod written;

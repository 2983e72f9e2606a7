//! The rules of booking, queueing and messaging: pure, no I/O.
//!
//! Facts and `now` are handed in, decisions come back as values.

pub mod appointments;
pub mod local_time;
pub mod schedule;

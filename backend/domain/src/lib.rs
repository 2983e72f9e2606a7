//! The rules of Lotse: booking, queueing and messaging decided from facts and a `now` that are handed in.
//!
//! Nothing here reads a clock, rolls dice, logs or waits; the same nouns appear in every other layer.

pub mod actor;
pub mod appointments;
pub mod catalog;
pub mod contact;
pub mod devices;
pub mod event;
pub mod fault;
pub mod ids;
pub mod language;
pub mod local_time;
mod locales;
pub mod messaging;
pub mod names;
pub mod queue;
pub mod reason;
pub mod schedule;
pub mod setup;
pub mod staff;
pub mod statistics;
pub mod town;

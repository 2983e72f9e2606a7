//! The simulated people of the load model, once: for the demo's working day, which they play through the real verbs,
//! and for measuring the expected waits, where a day is pure arithmetic and takes a few milliseconds.

pub mod day;
pub mod model;
pub mod people;
pub mod services;

//! When a pool of counters (Schalter) can take people: opening hours, holidays and free slots.

pub mod holidays;

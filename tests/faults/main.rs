//! The fault tests: something breaks, again and again, and afterwards nothing is lost and nothing was sent twice.
//!
//! `make test` runs them with small counts; `make faults` with the full ones, and writes `tests/faults/RESULTS.md`.
//! The numbers in their names are those of the list of faults in `RESULTS.md`.

mod clock;
mod guessing;
mod inbound;
mod invariants;
mod outbox;
mod postgres;
mod provider;
mod redis;
mod reminders;
mod report;
mod soak;
mod workers;

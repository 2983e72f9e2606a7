//! SQL of both databases: rows in, domain types out. Every other crate sees [`Database`] and [`Tx`] only;
//! sea-orm stays in here.
//!
//! Reads take any [`Connection`] (the pool or a transaction), writes take a [`Tx`].

mod absence;
pub mod appointments;
pub mod catalog;
pub mod database;
pub mod devices;
mod entities;
pub mod error;
pub mod events;
pub mod idempotency;
mod json;
pub mod messaging;
pub mod planning;
pub mod queue;
pub mod retention;
pub mod schedule;
pub mod sealed;
pub mod settings;
pub mod setup;
pub mod spool;
pub mod staff;
pub mod statistics;
pub mod throttle;
pub mod town;

pub use database::{Connection, Database, Kind, Tx};
pub use error::StoreError;
pub use sealed::{PhoneHash, Sealer};
pub use spool::Spool;

//! The verbs of Lotse, the only door to its data: HTTP handlers, SMS replies, terminals and timers call the
//! same ones. A verb begins a transaction, asks the store for facts, lets the domain decide, writes, owes
//! messages, logs the event, commits and signals what changed.

pub mod app;
pub mod appointments;
pub mod catalog;
pub mod clock;
pub mod devices;
pub mod error;
pub mod fail_point;
pub mod idempotency;
pub mod invitations;
pub mod links;
pub mod messaging;
mod password;
pub mod planning;
pub mod queue;
pub mod schedule;
pub mod secrets;
pub mod settings;
pub mod setup;
pub mod sms_replies;
pub mod staff;
pub mod statistics;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
pub mod town;

pub use app::App;
pub use clock::Clock;
pub use error::{Error, Outcome};
pub use links::Opened;
pub use store::StoreError;

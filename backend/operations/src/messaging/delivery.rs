//! The way of a message out: hint, claim, send (elsewhere), outcome. The database is the truth; a hint says only "look at
//! this one" and may be lost, doubled or late.

pub use super::claiming::{Claimed, TOO_MANY, claim, claim_all};
pub use super::handing_over::{Amount, Due, RelayError, due_in_lane, has_stale_hints, relay};
pub use super::outcomes::{Finished, finish, finish_all};
pub use super::routing::{Carrier, Providers};

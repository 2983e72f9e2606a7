//! SMS by any provider with an HTTP API that takes one message per request: what the fields are called, where in the answer
//! the code stands and what it means is told by settings. `seven` is such a set of settings, for seven.io.

mod answer;
mod client;
mod config;
pub mod seven;
pub mod webhook;

pub use client::Gateway;
pub use config::{
    Answer, Condition, Config, ConfigError, Fields, Format, Hooks, InboundFields, NumberForm, Proof,
    ReceiptFields, Unit, Validity, Word,
};

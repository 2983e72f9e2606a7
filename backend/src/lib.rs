//! The HTTP side of Lotse: the API under `/api/v1`, webhooks, health, and the embedded front ends.

pub mod api;
pub mod auth;
pub mod client_address;
mod connections;
pub mod figures;
pub mod guard;
pub mod idempotency;
pub mod link_tries;
pub mod live;
pub mod openapi;
pub mod problem;
pub mod rate_limit;
pub mod server;
pub mod tenant;
pub mod web;

pub use server::{RunningServer, ServerParts, serve_metrics, start};

//! The HTTP side of Lotse: the API under `/api/v1`, webhooks, health, and the embedded front ends.

pub mod api;
pub mod problem;

//! The API under `/api/v1`: one module per noun, each translating requests to one verb and back.

pub mod appointments;
pub mod catalog;
pub mod demo;
pub mod devices;
pub mod health;
pub mod moves;
pub mod ops;
pub mod queue;
pub mod schedule;
pub mod staff;
pub mod town;
pub mod waiting;
pub mod webhooks;

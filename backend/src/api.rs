//! The API under `/api/v1`: one module per noun, each translating requests to one verb and back.

pub mod devices;
pub mod health;
pub mod staff;
pub mod town;

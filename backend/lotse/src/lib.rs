//! The demo town and its simulated day; the command line itself is in `main.rs`.

pub mod demo_town;
pub mod simulation;

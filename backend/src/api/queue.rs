//! The day in the house over HTTP: terminal, tickets, displays, desk.

pub mod accuracy;
pub mod arrival;
pub mod day;
pub mod desk;
pub mod desk_types;
pub mod helping;
pub mod screens;
pub mod ticket;

use domain::queue::announced::WaitRange as Range;
use poem_openapi::Object;

use crate::problem::{ApiError, Description};

/// An expected wait, in steps of five minutes.
#[derive(Clone, Copy, Debug, Object)]
pub struct WaitRange {
    /// At least about this.
    pub low_min: u32,
    /// At most about this.
    pub high_min: u32,
    /// Longer than a number is worth anything: say the place in the line, and that we write.
    pub long: bool,
}

impl From<Range> for WaitRange {
    fn from(range: Range) -> Self {
        Self { low_min: range.from_minutes, high_min: range.to_minutes, long: range.long }
    }
}

/// There is no such thing, or not for this caller.
fn not_found() -> ApiError {
    Description::new(
        poem::http::StatusCode::NOT_FOUND,
        "not_found",
        "Das gibt es hier nicht.",
        "There is no such thing here.",
    )
    .into()
}

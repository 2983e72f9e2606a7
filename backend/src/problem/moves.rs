//! Refusals around moving.

use operations::appointments::MoveProblem;
use operations::queue::move_here::MoveHereProblem;
use poem::http::StatusCode;
use serde_json::json;

use super::appointments::{not_allowed, not_found};
use super::{Describe, Description};

impl Describe for MoveProblem {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownBooking => not_found(),
            Self::NotAllowed => not_allowed(),
            Self::NotMovable { state } => Description::new(
                StatusCode::CONFLICT,
                "not_movable",
                "Dieser Termin kann nicht mehr verschoben werden.",
                "This appointment can no longer be moved.",
            )
            .with(json!({ "state": state.as_str() })),
            Self::SameSlot => Description::new(
                StatusCode::CONFLICT,
                "same_slot",
                "Ihr Termin ist schon zu dieser Zeit.",
                "Your appointment is at this time already.",
            ),
            Self::Slot(problem) => problem.describe(),
        }
    }
}

impl Describe for MoveHereProblem {
    fn describe(&self) -> Description {
        match self {
            Self::Arrival(refused) => refused.describe(),
            Self::Move(problem) => problem.describe(),
        }
    }
}

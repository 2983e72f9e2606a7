//! Refusals around messages.

use domain::messaging::budget::MOST_PER_DAY;
use operations::messaging::budget::BudgetRefused;
use operations::messaging::watch::MessageRefused;
use poem::http::StatusCode;
use serde_json::json;

use super::appointments::invalid;
use super::{Describe, Description};

impl Describe for MessageRefused {
    fn describe(&self) -> Description {
        match self {
            Self::NotFound => Description::new(
                StatusCode::NOT_FOUND,
                "message_unknown",
                "Diese Nachricht gibt es hier nicht.",
                "There is no such message here.",
            ),
            Self::NotNow { state } => Description::new(
                StatusCode::CONFLICT,
                "not_possible_now",
                "Das geht im jetzigen Zustand der Nachricht nicht.",
                "This is not possible in the message's present state.",
            )
            .with(json!({ "state": state.as_str() })),
            Self::Erased => Description::new(
                StatusCode::CONFLICT,
                "message_erased",
                "Der Inhalt dieser Nachricht ist schon gelöscht.",
                "The content of this message has been erased.",
            ),
            Self::ReasonMissing => reason_missing(),
        }
    }
}

impl Describe for BudgetRefused {
    fn describe(&self) -> Description {
        match self {
            Self::ReasonMissing => reason_missing(),
            Self::TooMuch => invalid().field(
                "segments_per_day",
                "out_of_range",
                &format!("Erlaubt sind 0 bis {MOST_PER_DAY}."),
                &format!("0 to {MOST_PER_DAY} are allowed."),
            ),
        }
    }
}

fn reason_missing() -> Description {
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Bitte geben Sie einen Grund an.",
        "Please give a reason.",
    )
    .field("reason", "required", "Bitte geben Sie einen Grund an.", "Please give a reason.")
}

//! Refusals around messages.

use operations::messaging::watch::MessageRefused;
use poem::http::StatusCode;
use serde_json::json;

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
            Self::ReasonMissing => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Bitte geben Sie einen Grund an.",
                "Please give a reason.",
            )
            .field(
                "reason",
                "required",
                "Bitte geben Sie einen Grund an.",
                "Please give a reason.",
            ),
        }
    }
}

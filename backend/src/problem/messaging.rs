//! Refusals around messages.

use operations::messaging::switches::SwitchRefused;
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
            Self::ReasonMissing => reason_missing(),
        }
    }
}

impl Describe for SwitchRefused {
    fn describe(&self) -> Description {
        match self {
            Self::Unknown => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Das lässt sich nicht anhalten: Kanal, Anbieter oder Art der Nachricht sind unbekannt.",
                "This cannot be paused: the channel, provider or kind of message is unknown.",
            )
            .field("name", "unknown", "Das gibt es nicht.", "There is no such thing."),
            Self::AlreadyPaused => Description::new(
                StatusCode::CONFLICT,
                "already_paused",
                "Das ist schon angehalten.",
                "This is paused already.",
            ),
            Self::NotPaused => Description::new(
                StatusCode::CONFLICT,
                "not_paused",
                "Das ist nicht angehalten.",
                "This is not paused.",
            ),
            Self::ProviderUnknown => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Diesen Anbieter gibt es hier nicht.",
                "There is no such provider here.",
            )
            .field(
                "provider",
                "unknown",
                "Diesen Anbieter gibt es hier nicht.",
                "There is no such provider here.",
            ),
            Self::WeightsImpossible => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Anteile liegen zwischen 0 und 100, und mindestens ein Anbieter braucht einen.",
                "Shares lie between 0 and 100, and at least one provider needs one.",
            )
            .field(
                "weights",
                "invalid",
                "Anteile liegen zwischen 0 und 100, und mindestens ein Anbieter braucht einen.",
                "Shares lie between 0 and 100, and at least one provider needs one.",
            ),
            Self::ReasonMissing => reason_missing(),
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

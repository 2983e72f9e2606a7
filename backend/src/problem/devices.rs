//! Refusals around terminals and displays.

use domain::devices::EnrolmentRefused;
use domain::town::TermRefused;
use operations::devices::DeviceRefused;
use poem::http::StatusCode;
use serde_json::json;

use crate::problem::{Describe, Description};

impl Describe for DeviceRefused {
    fn describe(&self) -> Description {
        match self {
            Self::Unknown => Description::new(
                StatusCode::NOT_FOUND,
                "no_such_device",
                "Dieses Gerät gibt es nicht.",
                "There is no such device.",
            ),
            Self::NoSuchOffice => invalid(
                "office_id",
                "unknown",
                "Diese Dienststelle gibt es nicht.",
                "There is no such office.",
            ),
            Self::NoSuchZone => invalid(
                "zone_ids",
                "unknown",
                "Die Dienststelle hat keinen solchen Wartebereich.",
                "The office has no such waiting zone.",
            ),
            Self::NameInvalid => invalid(
                "name",
                "invalid",
                "Bitte geben Sie einen Namen mit höchstens 60 Zeichen an.",
                "Please give a name of at most 60 characters.",
            ),
            Self::NoTerminal => invalid(
                "minutes",
                "no_terminal",
                "Online-Dienste gibt es nur an einem Terminal.",
                "Only a terminal offers online services.",
            ),
            Self::SelfService(TermRefused { field, least, most }) => invalid(
                field,
                "out_of_range",
                &format!("Erlaubt sind {least} bis {most}."),
                &format!("{least} to {most} are allowed."),
            ),
            Self::Enrolment(refused) => enrolment(*refused),
            Self::TooManyTries { again_at } => Description::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                "Zu viele falsche Codes. Bitte warten Sie einige Minuten.",
                "Too many wrong codes. Please wait a few minutes.",
            )
            .with(json!({ "retry_at": again_at })),
        }
    }
}

fn enrolment(refused: EnrolmentRefused) -> Description {
    let (code, de, en) = match refused {
        EnrolmentRefused::Unknown | EnrolmentRefused::Used => (
            "enrolment_code_unknown",
            "Diesen Code gibt es nicht, oder er wurde schon benutzt. Bitte lassen Sie sich einen neuen zeigen.",
            "There is no such code, or it was used before. Please ask for a new one.",
        ),
        EnrolmentRefused::Expired => (
            "enrolment_code_expired",
            "Dieser Code ist abgelaufen. Bitte lassen Sie sich einen neuen zeigen.",
            "This code has expired. Please ask for a new one.",
        ),
    };
    Description::new(StatusCode::UNPROCESSABLE_ENTITY, code, de, en).field("code", "invalid", de, en)
}

fn invalid(field: &str, code: &str, de: &str, en: &str) -> Description {
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_fields",
        "Bitte prüfen Sie Ihre Angaben.",
        "Please check what you entered.",
    )
    .field(field, code, de, en)
}

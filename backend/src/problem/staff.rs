//! Refusals around staff.

use domain::staff::{PASSWORD_MAX, PASSWORD_MIN, SignInRefused, StaffRefused};
use poem::http::StatusCode;
use serde_json::json;

use super::{Describe, Description};

impl Describe for SignInRefused {
    fn describe(&self) -> Description {
        match self {
            Self::WrongCredentials => Description::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "Anmeldename oder Kennwort stimmt nicht.",
                "Login or password is wrong.",
            ),
            Self::Throttled { retry_at } => Description::new(
                StatusCode::TOO_MANY_REQUESTS,
                "sign_in_throttled",
                "Zu viele Versuche. Bitte warten Sie einige Minuten.",
                "Too many tries. Please wait some minutes.",
            )
            .with(json!({ "retry_at": retry_at })),
        }
    }
}

impl Describe for StaffRefused {
    fn describe(&self) -> Description {
        let invalid = || {
            Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Bitte prüfen Sie Ihre Eingaben.",
                "Please check what you entered.",
            )
        };
        match self {
            Self::LoginInvalid => invalid().field(
                "login",
                "invalid",
                "2 bis 40 kleine Buchstaben, Ziffern, Punkte oder Striche.",
                "2 to 40 small letters, digits, dots or dashes.",
            ),
            Self::NameInvalid => invalid().field(
                "name",
                "required",
                "Ein Name mit höchstens 80 Zeichen.",
                "A name of at most 80 letters.",
            ),
            Self::PasswordLength => invalid().field(
                "password",
                "length",
                &format!("{PASSWORD_MIN} bis {PASSWORD_MAX} Zeichen."),
                &format!("{PASSWORD_MIN} to {PASSWORD_MAX} letters."),
            ),
            Self::LoginTaken => Description::new(
                StatusCode::CONFLICT,
                "login_taken",
                "Diesen Anmeldenamen gibt es schon.",
                "This login exists already.",
            ),
            Self::Unknown => Description::new(
                StatusCode::NOT_FOUND,
                "staff_unknown",
                "Diese Person gibt es hier nicht.",
                "There is no such person here.",
            ),
            Self::Oneself => Description::new(
                StatusCode::CONFLICT,
                "oneself",
                "Den eigenen Zugang kann man sich nicht nehmen.",
                "Nobody can take away their own access.",
            ),
        }
    }
}

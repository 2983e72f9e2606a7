//! Refusals around pushes.

use channels::web_push::SubscriptionRefused;
use domain::messaging::push::MOST_BROWSERS;
use operations::messaging::push::PushRefused;
use poem::http::StatusCode;

use super::appointments::not_found;
use super::{Describe, Description};

impl Describe for PushRefused {
    fn describe(&self) -> Description {
        match self {
            Self::Unknown => not_found(),
            Self::Off => Description::new(
                StatusCode::CONFLICT,
                "push_off",
                "Benachrichtigungen auf dem Gerät gibt es hier nicht.",
                "There are no notifications on devices here.",
            ),
            Self::Over => Description::new(
                StatusCode::CONFLICT,
                "visit_over",
                "Dieser Termin ist vorbei oder abgesagt.",
                "This appointment is over or cancelled.",
            ),
            Self::TooMany => Description::new(
                StatusCode::CONFLICT,
                "too_many_devices",
                &format!("Für diesen Termin werden schon {MOST_BROWSERS} Geräte benachrichtigt."),
                &format!("{MOST_BROWSERS} devices are notified about this appointment already."),
            ),
        }
    }
}

impl Describe for SubscriptionRefused {
    fn describe(&self) -> Description {
        let field = match self {
            Self::Endpoint(_) => "endpoint",
            Self::Key => "p256dh",
            Self::Auth => "auth",
        };
        Description::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "push_refused",
            "Mit diesem Browser gehen Benachrichtigungen hier nicht.",
            "Notifications do not work with this browser here.",
        )
        .field(
            field,
            "invalid",
            "Diesen Push-Dienst rufen wir nicht an.",
            "We do not call this push service.",
        )
    }
}

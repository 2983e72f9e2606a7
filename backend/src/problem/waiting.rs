//! Refusals of the waiting list and its offers.

use domain::appointments::waiting::{OfferRefused, WishRefused};
use operations::appointments::{OfferProblem, WaitingProblem};
use poem::http::StatusCode;
use serde_json::json;

use super::appointments::{invalid, not_found, not_six_digits, too_soon, with_field};
use super::{Describe, Description};

impl Describe for WaitingProblem {
    fn describe(&self) -> Description {
        match self {
            Self::Unknown => not_found(),
            Self::Items(problem) => problem.describe(),
            Self::Wish(WishRefused::Days) => invalid().field(
                "to_day",
                "invalid",
                "Bitte geben Sie Tage an, die noch kommen, höchstens zwei Monate.",
                "Please enter days to come, two months at most.",
            ),
            Self::Wish(WishRefused::Times) => invalid().field(
                "to_time",
                "invalid",
                "Die späteste Zeit liegt vor der frühesten.",
                "The latest time is before the earliest.",
            ),
            Self::Wish(WishRefused::TooMany { at_most }) => Description::new(
                StatusCode::CONFLICT,
                "too_many_wishes",
                &format!("Mit dieser Nummer stehen Sie schon {at_most}-mal auf der Warteliste."),
                &format!("This number is on the waiting list {at_most} times already."),
            ),
            Self::Fields(fields) => fields.iter().fold(invalid(), |all, field| with_field(all, *field)),
            Self::TooManyCodes { resend_at } => too_soon().with(json!({ "resend_at": resend_at })),
            Self::NotSixDigits => not_six_digits(),
            Self::WrongCode { tries_left } => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "wrong_code",
                "Dieser Code stimmt nicht.",
                "This code is wrong.",
            )
            .with(json!({ "tries_left": tries_left })),
            Self::CodeDead => Description::new(
                StatusCode::CONFLICT,
                "challenge_dead",
                "Dieser Code gilt nicht mehr. Bitte beginnen Sie noch einmal.",
                "This code is no longer good. Please start again.",
            ),
            Self::NotMovable => not_movable(),
        }
    }
}

impl Describe for OfferProblem {
    fn describe(&self) -> Description {
        match self {
            Self::Unknown => not_found(),
            Self::Offer(OfferRefused::Expired) => Description::new(
                StatusCode::CONFLICT,
                "offer_expired",
                "Dieses Angebot ist abgelaufen. Sie bleiben auf der Warteliste.",
                "This offer has expired. You stay on the waiting list.",
            ),
            Self::Offer(OfferRefused::Taken) => Description::new(
                StatusCode::CONFLICT,
                "offer_taken",
                "Dieses Angebot wurde schon angenommen.",
                "This offer was taken already.",
            ),
            Self::Booking(refused) => refused.describe(),
            Self::NotMovable => not_movable(),
        }
    }
}

fn not_movable() -> Description {
    Description::new(
        StatusCode::CONFLICT,
        "not_movable",
        "Dieser Termin kann nicht mehr verschoben werden.",
        "This appointment can no longer be moved.",
    )
}

//! Refusals around messages.

use domain::messaging::budget::MOST_PER_DAY;
use domain::messaging::standing::Redrive;
use operations::messaging::budget::BudgetRefused;
use operations::messaging::bulk::BulkRefused;
use operations::messaging::opt_outs::{LiftRefused, UnknownMail};
use operations::messaging::switches::SwitchRefused;
use operations::messaging::watch::MessageRefused;
use poem::http::StatusCode;
use serde_json::json;

use super::appointments::invalid;
use super::{Describe, Description};

impl Describe for UnknownMail {
    fn describe(&self) -> Description {
        Description::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Zu diesem Link kennen wir keine E-Mail.",
            "We know no mail with this link.",
        )
    }
}

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
            Self::NotAgain { why } => {
                let (de, en) = not_again(*why);
                Description::new(StatusCode::CONFLICT, "not_sent_again", de, en)
                    .with(json!({ "why": why.as_str() }))
            }
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

fn reason_missing() -> Description {
    let (de, en) = ("Bitte geben Sie einen Grund an.", "Please give a reason.");
    Description::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", de, en).field("reason", "required", de, en)
}

fn not_again(why: Redrive) -> (&'static str, &'static str) {
    match why {
        Redrive::Expired => (
            "Die Zeit dieser Nachricht ist vorbei. Sie wird nicht mehr gesendet.",
            "This message's time is over. It is not sent any more.",
        ),
        Redrive::Overtaken => (
            "Der Termin oder Besuch hat sich geändert. Die Nachricht wäre falsch.",
            "The appointment or visit has changed. The message would be wrong.",
        ),
        Redrive::OptedOut => (
            "Diese Person möchte keine Nachrichten auf diesem Weg.",
            "This person wants no messages by this channel.",
        ),
        Redrive::Unreachable => (
            "Unter dieser Nummer oder Adresse kommt nichts an.",
            "Nothing arrives at this number or address.",
        ),
        Redrive::Erased | Redrive::Send => {
            ("Diese Nachricht lässt sich nicht noch einmal senden.", "This message cannot be sent again.")
        }
    }
}

impl Describe for LiftRefused {
    fn describe(&self) -> Description {
        match self {
            Self::NotFound => Description::new(
                StatusCode::NOT_FOUND,
                "opt_out_unknown",
                "Diese Abbestellung gibt es nicht mehr.",
                "This opt-out is no longer there.",
            ),
            Self::ReasonMissing => reason_missing(),
        }
    }
}

impl Describe for BulkRefused {
    fn describe(&self) -> Description {
        let conflict =
            |code, de: &'static str, en: &'static str| Description::new(StatusCode::CONFLICT, code, de, en);
        match self {
            Self::NotFound => Description::new(
                StatusCode::NOT_FOUND,
                "bulk_unknown",
                "Diese Sammelaktion gibt es hier nicht.",
                "There is no such action here.",
            ),
            Self::Nothing => conflict(
                "bulk_empty",
                "Keine Nachricht würde sich ändern.",
                "No message would change.",
            ),
            Self::TooMany => conflict(
                "bulk_too_many",
                "Das sind mehr als 10.000 Nachrichten. Bitte grenzen Sie Art oder Zeitraum ein.",
                "These are more than 10,000 messages. Please narrow down kind or period.",
            ),
            Self::Changed { now } => conflict(
                "bulk_changed",
                "Seit dem Probelauf sind Nachrichten hinzugekommen. Bitte prüfen Sie den Probelauf noch einmal.",
                "There are more messages since the dry run. Please look at the dry run again.",
            )
            .with(json!({ "now": now })),
            Self::SecondPersonNeeded => conflict(
                "second_person_needed",
                "Zustimmen muss eine andere Person als die, die gefragt hat.",
                "Somebody else than the person who asked has to agree.",
            ),
            Self::NotNow { progress } => conflict(
                "not_possible_now",
                "Das geht bei dieser Sammelaktion nicht mehr.",
                "This is no longer possible for this action.",
            )
            .with(json!({ "state": progress.as_str() })),
            Self::TimeImpossible => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Der Zeitraum endet, bevor er beginnt.",
                "The period ends before it begins.",
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

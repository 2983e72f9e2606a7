//! Refusals around services, slots, holds and bookings.

use domain::appointments::booking::{BookingRefused, HoldRefused, ItemsRefused};
use domain::appointments::form::{Field, FieldProblem as Wrong, FieldRefused};
use domain::appointments::proof::ProofRefused;
use domain::appointments::verification::CodeRefused;
use operations::appointments::{
    BookProblem, CallerProblem, CancelProblem, ExtendProblem, HoldProblem, Near, UnknownBooking,
    VerifyProblem,
};
use operations::catalog::{NotAllowed, UnknownService};
use operations::invitations::InvitationProblem;
use operations::schedule::{FreeSlot, ItemsProblem};
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::{Describe, Description};
use crate::api::schedule::Slot;

pub(super) fn not_found() -> Description {
    Description::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "Das gibt es hier nicht.",
        "There is no such thing here.",
    )
}

pub(crate) fn invalid() -> Description {
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Bitte prüfen Sie Ihre Angaben.",
        "Please check what you entered.",
    )
}

impl Describe for InvitationProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::UnknownService => not_found(),
        }
    }
}

impl Describe for NotAllowed {
    fn describe(&self) -> Description {
        not_allowed()
    }
}

impl Describe for UnknownService {
    fn describe(&self) -> Description {
        Description::new(
            StatusCode::NOT_FOUND,
            "unknown_service",
            "Diese Dienstleistung gibt es hier nicht.",
            "There is no such service here.",
        )
    }
}

impl Describe for UnknownBooking {
    fn describe(&self) -> Description {
        not_found()
    }
}

impl Describe for ItemsProblem {
    fn describe(&self) -> Description {
        let items = |code, de: &str, en: &str| invalid().field("items", code, de, en);
        match self {
            Self::UnknownService { slug } => items(
                "unknown_service",
                "Eine der Dienstleistungen gibt es hier nicht.",
                "One of the services does not exist here.",
            )
            .with(json!({ "service": slug })),
            Self::NotOfferedTogether => items(
                "not_offered_together",
                "Diese Anliegen gehen nicht in einem Termin. Bitte buchen Sie sie einzeln.",
                "These services do not fit into one appointment. Please book them one by one.",
            ),
            Self::Items(ItemsRefused::NothingChosen) => {
                items("required", "Bitte wählen Sie ein Anliegen.", "Please choose a service.")
            }
            Self::Items(ItemsRefused::TooManyServices { at_most }) => items(
                "too_many",
                &format!("In einen Termin passen höchstens {at_most} Anliegen."),
                &format!("One appointment takes at most {at_most} services."),
            ),
            Self::Items(ItemsRefused::ServiceTwice { .. }) => items(
                "twice",
                "Ein Anliegen steht doppelt da. Bitte erhöhen Sie stattdessen die Anzahl.",
                "A service is listed twice. Please raise its number instead.",
            ),
            Self::Items(ItemsRefused::QuantityOutOfRange { at_most, .. }) => items(
                "quantity",
                &format!("Möglich sind 1 bis {at_most}."),
                &format!("Between 1 and {at_most} are possible."),
            ),
            Self::Items(ItemsRefused::TooLong { at_most_min }) => items(
                "too_long",
                &format!(
                    "Das dauert länger als {at_most_min} Minuten. Bitte teilen Sie es auf zwei Termine auf."
                ),
                &format!("This takes longer than {at_most_min} minutes. Please make two appointments of it."),
            ),
        }
    }
}

impl Describe for HoldProblem {
    fn describe(&self) -> Description {
        match self {
            Self::Items(problem) => problem.describe(),
            Self::Proof(refused) => refused.describe(),
            Self::Slot { refused, nearest, office_name, zone } => {
                describe_slot(*refused).with(near(*zone, nearest, office_name))
            }
        }
    }
}

fn describe_slot(refused: HoldRefused) -> Description {
    match refused {
        HoldRefused::OffTheGrid => invalid().field(
            "starts_at",
            "invalid",
            "Termine beginnen alle fünf Minuten.",
            "Appointments begin every five minutes.",
        ),
        HoldRefused::TooSoon { .. } => Description::new(
            StatusCode::CONFLICT,
            "slot_too_soon",
            "Dieser Termin beginnt zu bald. Bitte wählen Sie einen späteren.",
            "This appointment begins too soon. Please choose a later one.",
        ),
        HoldRefused::BeyondHorizon { .. } => Description::new(
            StatusCode::CONFLICT,
            "slot_beyond_horizon",
            "So weit im Voraus kann man noch nicht buchen.",
            "This is too far ahead to be booked yet.",
        ),
        HoldRefused::SlotTaken => Description::new(
            StatusCode::CONFLICT,
            "slot_taken",
            "Dieser Termin ist gerade vergeben worden.",
            "This appointment has just been taken.",
        ),
        HoldRefused::TooManyHolds { .. } => Description::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_holds",
            "Von Ihrem Anschluss sind schon viele Termine reserviert. Bitte warten Sie einige Minuten.",
            "Many appointments are being held from your connection. Please wait some minutes.",
        ),
    }
}

/// The free slots nearby, as the answer carries them.
fn near(zone: chrono_tz::Tz, nearest: &[FreeSlot], office_name: &str) -> Value {
    let slots: Vec<Slot> = nearest.iter().map(|slot| Slot::of(zone, slot, office_name)).collect();
    json!({ "nearest": slots })
}

fn near_lost(lost: &Near) -> Value {
    near(lost.zone, &lost.slots, &lost.office_name)
}

fn hold_expired() -> Description {
    Description::new(
        StatusCode::CONFLICT,
        "hold_expired",
        "Die Reservierung ist abgelaufen. Ihre Angaben sind noch da, bitte wählen Sie einen Termin.",
        "The reservation has expired. What you entered is still here, please choose a time.",
    )
}

impl Describe for ExtendProblem {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownHold => not_found(),
            Self::HoldExpired(near) => hold_expired().with(near_lost(near)),
            Self::AlreadyExtended => Description::new(
                StatusCode::CONFLICT,
                "already_extended",
                "Die Zeit wurde schon einmal verlängert.",
                "The time has been extended already.",
            ),
        }
    }
}

impl Describe for BookProblem {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownHold => not_found(),
            Self::HoldExpired(near) => hold_expired().with(near_lost(near)),
            Self::Refused(refused) => refused.describe(),
            Self::TooManyCodes { resend_at } => too_soon().with(json!({ "resend_at": resend_at })),
        }
    }
}

impl Describe for BookingRefused {
    fn describe(&self) -> Description {
        match self {
            Self::HoldExpired => hold_expired(),
            Self::Fields(fields) => fields.iter().fold(invalid(), |all, field| with_field(all, *field)),
            Self::TooManyOpenBookings { at_most } => Description::new(
                StatusCode::CONFLICT,
                "too_many_open_bookings",
                &format!(
                    "Mit dieser Nummer sind schon {at_most} Termine offen. Bitte sagen Sie zuerst einen ab."
                ),
                &format!("This number has {at_most} appointments already. Please cancel one first."),
            ),
            // The number is not verified yet: whoever types it learns the month at most.
            Self::SameServiceTwice { starts_at, .. } => Description::new(
                StatusCode::CONFLICT,
                "already_booked",
                "Für dieses Anliegen hat diese Nummer schon einen Termin. Sie können ihn mit dem Link aus der SMS \
                 verschieben oder absagen.",
                "This number has an appointment for this service already. You can move or cancel it with the link \
                 in the text message.",
            )
            .with(json!({ "month": starts_at.format("%Y-%m").to_string() })),
        }
    }
}

pub(super) fn with_field(description: Description, refused: FieldRefused) -> Description {
    let (de, en) = match (refused.field, refused.problem) {
        (Field::Name, Wrong::Required) => ("Bitte geben Sie Ihren Namen ein.", "Please enter your name."),
        (Field::Phone, Wrong::Required) => {
            ("Bitte geben Sie Ihre Mobilnummer ein.", "Please enter your mobile number.")
        }
        (Field::Phone, Wrong::Foreign) => (
            "An Nummern dieses Landes senden wir keine SMS.",
            "We do not send text messages to numbers of this country.",
        ),
        (Field::Phone, Wrong::NotMobile) => (
            "Das ist keine Mobilnummer; dort kommt keine SMS an.",
            "This is not a mobile number; it receives no text messages.",
        ),
        (Field::Phone, Wrong::Invalid | Wrong::TooLong) => (
            "Diese Nummer stimmt nicht. Beispiel: 0171 3920012",
            "This number is not right. Example: 0171 3920012",
        ),
        (Field::Email, Wrong::Invalid) => (
            "Diese E-Mail-Adresse stimmt nicht. Beispiel: name@beispiel.de",
            "This e-mail address is not right. Example: name@example.org",
        ),
        (_, Wrong::NeededNow) => (
            "Zurzeit schicken wir Codes nur per E-Mail. Bitte geben Sie Ihre E-Mail-Adresse ein.",
            "At the moment we send codes by e-mail only. Please enter your e-mail address.",
        ),
        (_, Wrong::Required) => ("Bitte füllen Sie dieses Feld aus.", "Please fill in this field."),
        (_, Wrong::TooLong) => ("Das ist zu lang.", "This is too long."),
        (_, Wrong::Invalid | Wrong::Foreign | Wrong::NotMobile) => (
            "Das enthält Zeichen, die hier nicht gehen.",
            "This holds characters that are not possible here.",
        ),
    };
    description.field(refused.field.as_str(), refused.problem.code(), de, en)
}

pub(super) fn not_six_digits() -> Description {
    invalid().field(
        "code",
        "invalid",
        "Der Code hat sechs Ziffern. Er steht in der SMS oder E-Mail.",
        "The code has six digits. It is in the text message or e-mail.",
    )
}

pub(super) fn too_soon() -> Description {
    Description::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_soon",
        "Ein neuer Code geht erst etwas später.",
        "Please wait a little before asking for a new code.",
    )
}

impl Describe for VerifyProblem {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownBooking => not_found(),
            Self::Lapsed(near) => hold_expired().with(near_lost(near)),
            Self::Refused(refused) => refused.describe(),
            Self::Code(CodeRefused::Wrong { tries_left }) => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "wrong_code",
                "Dieser Code stimmt nicht.",
                "This code is wrong.",
            )
            .with(json!({ "tries_left": tries_left })),
            Self::Code(CodeRefused::Dead { resend_at }) => Description::new(
                StatusCode::CONFLICT,
                "challenge_dead",
                "Dieser Code gilt nicht mehr. Bitte fordern Sie einen neuen an.",
                "This code is no longer good. Please ask for a new one.",
            )
            .with(json!({ "resend_at": resend_at })),
            Self::NotSixDigits => not_six_digits(),
            Self::Send(refused) => too_soon().with(json!({ "resend_at": refused.resend_at })),
            Self::Number(field) => with_field(invalid(), *field),
            Self::AlreadyVerified => Description::new(
                StatusCode::CONFLICT,
                "already_verified",
                "Diese Nummer ist schon bestätigt.",
                "This number is confirmed already.",
            ),
        }
    }
}

impl Describe for CancelProblem {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownBooking => not_found(),
            Self::NotAllowed => not_allowed(),
            Self::NotCancellable { state } => Description::new(
                StatusCode::CONFLICT,
                "not_cancellable",
                "Dieser Termin kann nicht mehr abgesagt werden.",
                "This appointment can no longer be cancelled.",
            )
            .with(json!({ "state": state.as_str() })),
        }
    }
}

impl Describe for CallerProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::UnknownVisit => not_found(),
            Self::Slot(problem) => problem.describe(),
            // Staff may see it anyway, and decide to book beside it.
            Self::Refused(BookingRefused::SameServiceTwice { starts_at, .. }) => Description::new(
                StatusCode::CONFLICT,
                "already_booked",
                "Für dieses Anliegen hat diese Nummer schon einen Termin.",
                "This number has an appointment for this service already.",
            )
            .with(json!({ "starts_at": starts_at, "may_override": true })),
            Self::Refused(refused) => refused.describe(),
        }
    }
}

impl Describe for ProofRefused {
    fn describe(&self) -> Description {
        match self {
            Self::Missing => Description::new(
                StatusCode::PRECONDITION_REQUIRED,
                "proof_required",
                "Ihr Browser muss vorher eine kleine Rechenaufgabe lösen.",
                "Your browser has to solve a small task first.",
            ),
            Self::Wrong => Description::new(
                StatusCode::CONFLICT,
                "proof_wrong",
                "Die Rechenaufgabe ist nicht richtig gelöst. Bitte versuchen Sie es noch einmal.",
                "The task is not solved correctly. Please try again.",
            ),
            Self::Expired => Description::new(
                StatusCode::CONFLICT,
                "proof_expired",
                "Die Rechenaufgabe ist abgelaufen. Bitte versuchen Sie es noch einmal.",
                "The task has expired. Please try again.",
            ),
            Self::Used => Description::new(
                StatusCode::CONFLICT,
                "proof_used",
                "Diese Rechenaufgabe wurde schon verwendet. Bitte versuchen Sie es noch einmal.",
                "This task was used already. Please try again.",
            ),
        }
    }
}

pub(super) fn not_allowed() -> Description {
    Description::new(
        StatusCode::FORBIDDEN,
        "not_allowed",
        "Das ist mit dieser Anmeldung nicht erlaubt.",
        "This is not allowed with this sign-in.",
    )
}

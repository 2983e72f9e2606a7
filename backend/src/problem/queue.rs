//! Refusals at the terminal, in the queue and at the desk.

use domain::contact::PhoneRefused;
use domain::queue::check_in::CheckInRefused;
use domain::queue::refusal::{ArrivalRefused, QueueRefused};
use domain::queue::transfer::TransferRefused;
use poem::http::StatusCode;
use serde_json::json;

use super::appointments::invalid;
use super::{Describe, Description};

impl Describe for ArrivalRefused {
    fn describe(&self) -> Description {
        match self {
            Self::UnknownCode { tries_left } => Description::new(
                StatusCode::NOT_FOUND,
                "check_in_code_unknown",
                "Diesen Code kennen wir nicht. Bitte prüfen Sie die acht Ziffern aus der SMS.",
                "We do not know this code. Please check the eight digits in your text message.",
            )
            .with(json!({ "tries_left": tries_left })),
            Self::TooManyTries { again_at } => Description::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                "Zu viele falsche Codes. Bitte warten Sie einen Moment.",
                "Too many wrong codes. Please wait a moment.",
            )
            .with(json!({ "retry_at": again_at })),
            Self::NotHereAndNow { why, day, office_name, street } => not_here(why).with(json!({
                "starts_at": starts_at(why), "day": day, "office_name": office_name, "street": street,
            })),
            Self::NotOffered => Description::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "Dieses Anliegen gibt es hier nicht ohne Termin.",
                "This service is not available here without an appointment.",
            ),
            Self::Closed { opens_next } => Description::new(
                StatusCode::CONFLICT,
                "closed",
                "Gerade ist geschlossen: Nummern gibt es erst wieder, wenn geöffnet ist. Einen Termin können Sie jetzt buchen.",
                "We are closed: there are numbers again when we open. You can book an appointment now.",
            )
            .with(json!({ "opens_next": opens_next })),
            Self::AppointmentOnly => Description::new(
                StatusCode::CONFLICT,
                "appointment_only",
                "Dieses Anliegen gibt es nur mit Termin.",
                "This service is given with an appointment only.",
            ),
            Self::FoyerCodeNeeded => Description::new(
                StatusCode::CONFLICT,
                "foyer_code_needed",
                "Bitte geben Sie die vier Ziffern ein, die im Foyer angezeigt werden.",
                "Please enter the four digits shown in the foyer.",
            ),
            Self::FoyerCodeWrong { tries_left } => Description::new(
                StatusCode::CONFLICT,
                "foyer_code_wrong",
                "Das ist nicht der Foyer-Code. Er wechselt jede Minute: Bitte lesen Sie ihn noch einmal ab.",
                "This is not the foyer code. It changes every minute: please read it again.",
            )
            .with(json!({ "tries_left": tries_left })),
            Self::Phone(refused) => phone(*refused),
        }
    }
}

fn starts_at(why: &CheckInRefused) -> Option<chrono::DateTime<chrono::Utc>> {
    match why {
        CheckInRefused::WrongDay { starts_at }
        | CheckInRefused::WrongOffice { starts_at, .. }
        | CheckInRefused::Expired { starts_at } => Some(*starts_at),
        CheckInRefused::Cancelled | CheckInRefused::NotConfirmed | CheckInRefused::AlreadyHere(_) => None,
    }
}

fn not_here(why: &CheckInRefused) -> Description {
    let (code, de, en) = match why {
        CheckInRefused::WrongDay { .. } => (
            "check_in_other_day",
            "Ihr Termin ist an einem anderen Tag.",
            "Your appointment is on another day.",
        ),
        CheckInRefused::WrongOffice { .. } => (
            "check_in_other_office",
            "Ihr Termin ist heute, aber in einem anderen Haus.",
            "Your appointment is today, but in another building.",
        ),
        CheckInRefused::Expired { .. } => (
            "check_in_expired",
            "Dieser Termin ist vorbei. Sie können ohne Termin warten oder neu buchen.",
            "This appointment is over. You can wait without an appointment or book a new one.",
        ),
        CheckInRefused::Cancelled => (
            "check_in_cancelled",
            "Dieser Termin wurde abgesagt. Sie können ohne Termin warten oder neu buchen.",
            "This appointment was cancelled. You can wait without an appointment or book a new one.",
        ),
        CheckInRefused::NotConfirmed => (
            "check_in_not_confirmed",
            "Dieser Termin wurde nie mit dem SMS-Code bestätigt.",
            "This appointment was never confirmed with the code from the text message.",
        ),
        CheckInRefused::AlreadyHere(_) => {
            ("check_in_already", "Sie sind schon angemeldet.", "You are already checked in.")
        }
    };
    Description::new(StatusCode::CONFLICT, code, de, en)
}

fn phone(refused: PhoneRefused) -> Description {
    let (code, de, en) = match refused {
        PhoneRefused::Invalid => {
            ("invalid", "Das ist keine Telefonnummer.", "This is not a telephone number.")
        }
        PhoneRefused::Foreign => (
            "foreign",
            "An Nummern aus diesem Land können wir keine SMS senden.",
            "We cannot send text messages to numbers of this country.",
        ),
        PhoneRefused::NotMobile => (
            "not_mobile",
            "Bitte geben Sie eine Mobilnummer an. An Festnetznummern kommt keine SMS an.",
            "Please enter a mobile number. Text messages do not reach landlines.",
        ),
    };
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Bitte prüfen Sie Ihre Eingaben.",
        "Please check what you entered.",
    )
    .field("phone", code, de, en)
}

impl Describe for QueueRefused {
    fn describe(&self) -> Description {
        let conflict = |code, de: &str, en: &str| Description::new(StatusCode::CONFLICT, code, de, en);
        match self {
            Self::Unknown => Description::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "Das gibt es hier nicht.",
                "There is no such thing here.",
            ),
            Self::CounterNotOpen => conflict(
                "counter_not_open",
                "Dieser Platz ist nicht geöffnet oder macht Pause.",
                "This counter is not open or takes a break.",
            ),
            Self::CounterTaken { staff_name } => {
                conflict("counter_taken", "An diesem Platz sitzt schon jemand.", "Somebody sits at this counter.")
                    .with(json!({ "staff_name": staff_name }))
            }
            Self::CounterBusy => conflict(
                "counter_busy",
                "An diesem Platz ist noch jemand aufgerufen.",
                "Somebody is still called to this counter.",
            ),
            Self::NobodyWaits { held_back: 0 } => {
                conflict("nobody_waiting", "Niemand wartet.", "Nobody is waiting.").with(json!({ "held_back": 0 }))
            }
            Self::NobodyWaits { held_back } => conflict(
                "nobody_waiting",
                "Wer jetzt wartet, würde einen Termin verspäten. Sie können die Person trotzdem einzeln aufrufen.",
                "Calling now would make an appointment late. You can still call a particular person.",
            )
            .with(json!({ "held_back": held_back })),
            Self::NotDelivered => invalid().field(
                "delivered",
                "invalid",
                "Bitte nennen Sie Leistungen dieser Stadt, jede ein- bis 99-mal.",
                "Please name services of this town, each 1 to 99 times.",
            ),
            Self::NotPossibleNow { state } => conflict(
                "not_possible_now",
                "Das geht gerade nicht: Hier hat sich inzwischen etwas geändert.",
                "This is not possible now: something has changed here meanwhile.",
            )
            .with(json!({ "state": state.as_str() })),
            Self::CalledTooLittle(little) => conflict(
                "call_again_first",
                "Bitte rufen Sie nach zwei Minuten noch einmal auf, bevor Sie die Person als nicht erschienen vermerken.",
                "Please call again after two minutes before noting that the person did not come.",
            )
            .with(json!({ "call_again_from": little.call_again_from })),
            Self::RejoinTooLate(late) => conflict(
                "rejoin_too_late",
                "Die halbe Stunde zum Zurückkommen ist vorbei. Bitte ziehen Sie eine neue Nummer.",
                "The half hour for coming back is over. Please draw a new number.",
            )
            .with(json!({ "ended_at": late.ended_at })),
            Self::DayOver { day } => conflict(
                "day_over",
                "Diese Nummer ist von einem früheren Tag und gilt nicht mehr. Bitte ziehen Sie eine neue Nummer.",
                "This number is from an earlier day and no longer valid. Please draw a new number.",
            )
            .with(json!({ "day": day })),
            Self::BookingNotPossible { state } => conflict(
                "not_possible_now",
                "Das geht mit diesem Termin gerade nicht.",
                "This is not possible with this appointment now.",
            )
            .with(json!({ "state": state })),
            Self::CheckIn(why) => not_here(why),
            Self::AtOtherCounter => conflict(
                "at_other_counter",
                "Diese Person ist gerade an einem anderen Platz. Nur dort geht es mit ihr weiter.",
                "This person is at another counter just now. Only that counter can go on with them.",
            ),
            Self::BeingServed => conflict(
                "being_served",
                "Sie sind gerade an einem Platz. Bitte sagen Sie dort Bescheid, wenn Sie gehen.",
                "You are at a counter just now. Please tell the person there when you go.",
            ),
            Self::Transfer(TransferRefused::SamePlace) => {
                conflict("same_place", "Dort wartet die Person schon.", "That is where the person waits already.")
            }
            Self::Transfer(TransferRefused::CounterClosed) => conflict(
                "target_closed",
                "Dieser Platz ist geschlossen: Dort würde niemand die Person aufrufen.",
                "This counter is closed: nobody would call the person there.",
            ),
            Self::Transfer(TransferRefused::NobodyServes) => conflict(
                "nobody_serves",
                "Dort bedient gerade niemand. Die Person müsste warten, bis jemand kommt.",
                "Nobody serves there just now. The person would have to wait until somebody comes.",
            ),
            Self::GrantNotPossible => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "grant_not_possible",
                "Bitte geben Sie bis zu 240 Minuten und einen Grund an.",
                "Please give up to 240 minutes and a reason.",
            ),
            Self::NoteNotPossible => Description::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "note_not_possible",
                "Bitte schreiben Sie etwas, höchstens 500 Zeichen.",
                "Please write something, up to 500 characters.",
            ),
        }
    }
}

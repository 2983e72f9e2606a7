//! English: the pushes.

use super::{place_of_counter, when};
use crate::messaging::notification::Notification;
use crate::messaging::text::shortened;

const APPOINTMENT: &str = "Your appointment";

/// Title and text of the push of a message.
pub(crate) fn note(notification: &Notification) -> Option<(&'static str, String)> {
    Some(match notification {
        Notification::QueueStage { number, ahead, zone, office: _ } => {
            let ahead = match ahead {
                0 => "You are next".to_owned(),
                ahead => format!("{ahead} ahead of you"),
            };
            let zone = shortened(zone, 45);
            (APPOINTMENT, format!("No. {number}: {ahead}. Please come to {zone} now."))
        }
        Notification::QueueComeIn { number, zone, office: _ } => {
            let zone = shortened(zone, 45);
            ("Please come in", format!("No. {number}: There is room for you now. Please come to {zone}."))
        }
        Notification::QueueCalled { number, counter } => {
            ("Please come", format!("No. {number}: Please go to {} now.", place_of_counter(counter)))
        }
        Notification::QueueMissed { number, rejoin_until } => {
            let until = rejoin_until.format("%H:%M");
            ("Please come back", format!("No. {number}: We called you. You can come back until {until}."))
        }
        Notification::BookingMoved { visit, was, code_stays: _, link: _ } => {
            (APPOINTMENT, format!("New time: {} instead of {}.", when(visit.starts), when(*was)))
        }
        Notification::BookingCancelledByOffice { starts, link: _ } => {
            (APPOINTMENT, format!("We are sorry: your appointment {} cannot take place.", when(*starts)))
        }
        Notification::Reminder { visit } => {
            let body =
                format!("Tomorrow, {}. No time? Please cancel, others are waiting.", when(visit.starts));
            (APPOINTMENT, body)
        }
        Notification::EarlyReminder { visit } => {
            let body = format!("{}. No time? Please cancel, others are waiting.", when(visit.starts));
            (APPOINTMENT, body)
        }
        Notification::QueueTransferred { number, was, zone, office: _ } => (
            "Please go on",
            format!("New no. {number} instead of {was}: please wait in {} now.", shortened(zone, 45)),
        ),
        Notification::VerificationCode { .. }
        | Notification::BookingConfirmed { .. }
        | Notification::BookingCancelled { .. }
        | Notification::SlotOffered { .. }
        | Notification::LostCode { .. }
        | Notification::InboundReply { .. } => return None,
    })
}

//! German: the pushes.

use super::{place_of_counter, when};
use crate::messaging::notification::Notification;
use crate::messaging::text::shortened;

const APPOINTMENT: &str = "Ihr Termin";

/// Title and text of the push of a message.
pub(crate) fn note(notification: &Notification) -> Option<(&'static str, String)> {
    Some(match notification {
        Notification::QueueStage { number, ahead, zone, office: _ } => {
            let ahead = match ahead {
                0 => "Sie sind als Nächste dran".to_owned(),
                ahead => format!("Noch {ahead} vor Ihnen"),
            };
            let zone = shortened(zone, 45);
            (APPOINTMENT, format!("Nr. {number}: {ahead}. Bitte jetzt in {zone} kommen."))
        }
        Notification::QueueComeIn { number, zone, office: _ } => {
            let zone = shortened(zone, 45);
            ("Bitte hereinkommen", format!("Nr. {number}: Jetzt ist Platz für Sie. Bitte in {zone} kommen."))
        }
        Notification::QueueCalled { number, counter } => {
            ("Bitte kommen", format!("Nr. {number}: Bitte jetzt zu {}.", place_of_counter(counter)))
        }
        Notification::QueueMissed { number, rejoin_until } => {
            let until = rejoin_until.format("%H:%M");
            let body = format!(
                "Nr. {number}: Wir haben Sie aufgerufen. Bis {until} Uhr können Sie sich zurückmelden."
            );
            ("Bitte melden", body)
        }
        Notification::BookingMoved { visit, was, code_stays: _, link: _ } => {
            let body = format!("Neuer Termin: {} Uhr statt {} Uhr.", when(visit.starts), when(*was));
            (APPOINTMENT, body)
        }
        Notification::BookingCancelledByOffice { starts, link: _ } => {
            (APPOINTMENT, format!("Ihr Termin {} Uhr muss leider entfallen.", when(*starts)))
        }
        Notification::Reminder { visit } => {
            let body =
                format!("Morgen, {} Uhr. Keine Zeit? Bitte absagen, andere warten.", when(visit.starts));
            (APPOINTMENT, body)
        }
        Notification::EarlyReminder { visit } => {
            let body = format!("{} Uhr. Keine Zeit? Bitte absagen, andere warten.", when(visit.starts));
            (APPOINTMENT, body)
        }
        Notification::QueueTransferred { number, was, zone, office: _ } => (
            "Weiter geht es",
            format!("Neue Nr. {number} statt {was}: Bitte jetzt in {} warten.", shortened(zone, 45)),
        ),
        Notification::VerificationCode { .. }
        | Notification::BookingConfirmed { .. }
        | Notification::BookingCancelled { .. }
        | Notification::SlotOffered { .. }
        | Notification::LostCode { .. }
        | Notification::InboundReply { .. } => return None,
    })
}

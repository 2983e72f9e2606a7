//! English: the e-mails.

use chrono::NaiveDateTime;

use crate::messaging::mail::{Letter, place};
use crate::messaging::notification::{Notification, Visit};

/// What stands at the end of every mail.
pub(crate) const UNANSWERED: &str = "This e-mail was sent automatically. Nobody reads answers to it.";

/// What the mail of a message says.
pub(crate) fn letter(notification: &Notification) -> Option<Letter> {
    let see = "See, move or cancel your appointment";
    Some(match notification {
        Notification::BookingConfirmed { visit, link } => Letter {
            subject: format!("Your appointment on {}", when(visit.starts)),
            opening: vec!["Hello,".into(), "your appointment is booked.".into()],
            facts: facts(visit),
            closing: vec![
                "On the day, type the check-in code at the terminal in the entrance.".into(),
                "The page of your appointment says what to bring.".into(),
            ],
            link: Some((see, link.clone())),
        },
        Notification::BookingMoved { visit, was, code_stays, link } => Letter {
            subject: format!("New appointment on {}", when(visit.starts)),
            opening: vec![
                "Hello,".into(),
                format!("your appointment was moved. The former one on {} is no longer valid.", when(*was)),
            ],
            facts: facts(visit),
            closing: vec![if *code_stays {
                "Your check-in code stays the same.".into()
            } else {
                "Your check-in code is new.".into()
            }],
            link: Some((see, link.clone())),
        },
        Notification::BookingCancelledByOffice { starts, link } => Letter {
            subject: format!("Your appointment on {} cannot take place", when(*starts)),
            opening: vec![
                "Hello,".into(),
                format!("we are sorry: your appointment on {} cannot take place.", when(*starts)),
            ],
            facts: Vec::new(),
            closing: Vec::new(),
            link: Some(("Book a new appointment", link.clone())),
        },
        Notification::BookingCancelled { starts } => Letter {
            subject: format!("Your appointment on {} is cancelled", when(*starts)),
            opening: vec![
                "Hello,".into(),
                format!("your appointment on {} is cancelled. Thank you, others can use it.", when(*starts)),
            ],
            facts: Vec::new(),
            closing: Vec::new(),
            link: None,
        },
        Notification::Reminder { visit } => Letter {
            subject: format!("Tomorrow: your appointment at {}", visit.starts.format("%H:%M")),
            opening: vec!["Hello,".into(), "this is a reminder of your appointment.".into()],
            facts: facts(visit),
            closing: vec![
                "Please bring your ID.".into(),
                "No time? Please cancel, others are waiting.".into(),
            ],
            link: None,
        },
        Notification::EarlyReminder { visit } => Letter {
            subject: format!("Reminder: your appointment on {}", when(visit.starts)),
            opening: vec!["Hello,".into(), "this is a reminder of your appointment.".into()],
            facts: facts(visit),
            closing: vec![
                "Please bring your ID.".into(),
                "No time? Please cancel, others are waiting.".into(),
            ],
            link: None,
        },
        Notification::VerificationCode { code, .. } => Letter {
            subject: "Your code for the appointment".into(),
            opening: vec![
                "Hello,".into(),
                format!("Your code: {code}. It is good for 10 minutes. Please do not pass it on."),
            ],
            facts: Vec::new(),
            closing: Vec::new(),
            link: None,
        },
        Notification::SlotOffered { .. }
        | Notification::LostCode { .. }
        | Notification::QueueStage { .. }
        | Notification::QueueComeIn { .. }
        | Notification::QueueTransferred { .. }
        | Notification::QueueCalled { .. }
        | Notification::QueueMissed { .. }
        | Notification::InboundReply { .. } => return None,
    })
}

fn facts(visit: &Visit) -> Vec<(&'static str, String)> {
    vec![
        ("When", when(visit.starts)),
        ("Where", place(visit)),
        ("Check-in code", visit.check_in_code.clone()),
    ]
}

fn when(starts: NaiveDateTime) -> String {
    starts.format("%a %-d %b %Y, %H:%M").to_string()
}

//! German: the e-mails.

use chrono::{Datelike, NaiveDateTime};

use crate::messaging::mail::{Letter, place};
use crate::messaging::notification::{Notification, Visit};

/// What stands at the end of every mail.
pub(crate) const UNANSWERED: &str =
    "Diese E-Mail wurde automatisch verschickt. Antworten darauf liest niemand.";

/// What the mail of a message says.
pub(crate) fn letter(notification: &Notification) -> Option<Letter> {
    let see = "Termin ansehen, verschieben oder absagen";
    Some(match notification {
        Notification::BookingConfirmed { visit, link } => Letter {
            subject: format!("Ihr Termin am {}", when(visit.starts)),
            opening: vec!["Guten Tag,".into(), "Ihr Termin ist gebucht.".into()],
            facts: facts(visit),
            closing: vec![
                at_terminal(),
                "Welche Unterlagen Sie brauchen, steht auf der Seite Ihres Termins.".into(),
            ],
            link: Some((see, link.clone())),
        },
        Notification::BookingMoved { visit, was, code_stays, link } => Letter {
            subject: format!("Neuer Termin am {}", when(visit.starts)),
            opening: vec![
                "Guten Tag,".into(),
                format!("Ihr Termin wurde verschoben. Der frühere Termin am {} gilt nicht mehr.", when(*was)),
            ],
            facts: facts(visit),
            closing: vec![if *code_stays {
                "Ihr Check-in-Code bleibt gleich.".into()
            } else {
                "Ihr Check-in-Code ist neu.".into()
            }],
            link: Some((see, link.clone())),
        },
        Notification::BookingCancelledByOffice { starts, link } => Letter {
            subject: format!("Ihr Termin am {} entfällt", when(*starts)),
            opening: vec![
                "Guten Tag,".into(),
                format!(
                    "Ihr Termin am {} muss leider entfallen. Wir bitten um Entschuldigung.",
                    when(*starts)
                ),
            ],
            facts: Vec::new(),
            closing: Vec::new(),
            link: Some(("Neuen Termin buchen", link.clone())),
        },
        Notification::BookingCancelled { starts } => Letter {
            subject: format!("Ihr Termin am {} ist abgesagt", when(*starts)),
            opening: vec![
                "Guten Tag,".into(),
                format!("Ihr Termin am {} ist abgesagt. Danke, der Platz wird neu vergeben.", when(*starts)),
            ],
            facts: Vec::new(),
            closing: Vec::new(),
            link: None,
        },
        Notification::Reminder { visit } => Letter {
            subject: format!("Morgen: Ihr Termin um {} Uhr", visit.starts.format("%H:%M")),
            opening: vec!["Guten Tag,".into(), "wir erinnern Sie an Ihren Termin.".into()],
            facts: facts(visit),
            closing: vec![
                "Bitte bringen Sie Ihren Ausweis mit.".into(),
                "Keine Zeit? Bitte sagen Sie ab, andere warten auf einen Termin.".into(),
            ],
            link: None,
        },
        Notification::EarlyReminder { visit } => Letter {
            subject: format!("Erinnerung: Ihr Termin am {}", when(visit.starts)),
            opening: vec!["Guten Tag,".into(), "wir erinnern Sie an Ihren Termin.".into()],
            facts: facts(visit),
            closing: vec![
                "Bitte bringen Sie Ihren Ausweis mit.".into(),
                "Keine Zeit? Bitte sagen Sie ab, andere warten auf einen Termin.".into(),
            ],
            link: None,
        },
        Notification::VerificationCode { code, .. } => Letter {
            subject: "Ihr Code für den Termin".into(),
            opening: vec![
                "Guten Tag,".into(),
                format!("Ihr Code: {code}. Er gilt 10 Minuten. Bitte geben Sie ihn nicht weiter."),
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
    vec![("Wann", when(visit.starts)), ("Wo", place(visit)), ("Check-in-Code", visit.check_in_code.clone())]
}

fn at_terminal() -> String {
    "Geben Sie den Check-in-Code am Tag des Termins am Terminal im Eingang ein.".into()
}

fn when(starts: NaiveDateTime) -> String {
    const DAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];
    let day = DAYS[starts.weekday().num_days_from_monday() as usize];
    format!("{day}, {} Uhr", starts.format("%d.%m.%Y, %H:%M"))
}

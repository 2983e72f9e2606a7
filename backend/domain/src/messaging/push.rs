//! From facts to a push: what stands on a locked screen, for how long it is worth showing, and when a browser counts as gone.
//! No office, service, code or name is told: others see the screen, too. The words stand in `locales/<lang>/push.rs`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::language::Language;
use crate::locales;
use crate::messaging::attempt::Urgency;
use crate::messaging::notification::{Kind, Notification};

/// Browsers that get pushes about one booking or visit.
pub const MOST_BROWSERS: usize = 5;

/// So long after the appointment a subscription is kept.
pub const KEPT_AFTER: chrono::Duration = chrono::Duration::days(1);

/// The wording of the page that people agree to; kept with each consent.
pub const CONSENT_VERSION: i32 = 1;

/// A browser that failed so often in a row, over so long, is gone.
const FAILURES: i32 = 5;
const FAILING_FOR: chrono::Duration = chrono::Duration::days(3);

/// A push as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In bold.
    pub title: String,
    /// Below it.
    pub body: String,
}

/// The push of a message; `None` for kinds that never go by push.
#[must_use]
pub fn write(notification: &Notification, language: Language) -> Option<Note> {
    let (title, body) = match language {
        Language::De => locales::de::push::note(notification),
        Language::En => locales::en::push::note(notification),
    }?;
    Some(Note { title: title.to_owned(), body })
}

/// How long the push service keeps trying to reach the device.
#[must_use]
pub fn keeps_trying(kind: Kind) -> Duration {
    match kind {
        Kind::Reminder | Kind::EarlyReminder => Duration::from_secs(12 * 3600),
        Kind::QueueCalled
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueMissed
        | Kind::QueueTransferred
        | Kind::VerificationCode
        | Kind::BookingConfirmed
        | Kind::BookingMoved
        | Kind::BookingCancelledByOffice
        | Kind::BookingCancelled
        | Kind::SlotOffered
        | Kind::LostCode
        | Kind::InboundReply => kind.lifetime().to_std().unwrap_or_default(),
    }
}

/// How soon a push must arrive: what somebody in the house waits for wakes the device.
#[must_use]
pub fn urgency(kind: Kind) -> Urgency {
    match kind {
        Kind::QueueCalled
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueMissed
        | Kind::QueueTransferred => Urgency::High,
        Kind::Reminder
        | Kind::EarlyReminder
        | Kind::VerificationCode
        | Kind::BookingConfirmed
        | Kind::BookingMoved
        | Kind::BookingCancelledByOffice
        | Kind::BookingCancelled
        | Kind::SlotOffered
        | Kind::LostCode
        | Kind::InboundReply => Urgency::Normal,
    }
}

/// Whether a browser is gone that failed so often in a row since then.
#[must_use]
pub fn is_gone(failures: i32, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    failures >= FAILURES && now - since >= FAILING_FOR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::notification::{ByPush, Visit};
    use chrono::NaiveDate;

    fn at(hour: u32) -> chrono::NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 9, 14).unwrap().and_hms_opt(hour, 20, 0).unwrap()
    }

    fn visit() -> Visit {
        Visit {
            starts: at(10),
            office: "Ausländerbehörde".into(),
            address: "Rathausplatz 1".into(),
            entrance: None,
            sensitive: false,
            check_in_code: "4829-1376".into(),
        }
    }

    fn all() -> Vec<Notification> {
        let number = || "A042".to_owned();
        let link = || "https://t.stadt.de/t/7FQ2MKD9TR".to_owned();
        let zone = || "Wartezone 2".to_owned();
        let office = || "Ausländerbehörde".to_owned();
        vec![
            Notification::QueueStage { number: number(), ahead: 0, zone: zone(), office: office() },
            Notification::QueueStage { number: number(), ahead: 1, zone: zone(), office: office() },
            Notification::QueueStage { number: number(), ahead: 2, zone: zone(), office: office() },
            Notification::QueueComeIn { number: number(), zone: zone(), office: office() },
            Notification::QueueCalled { number: number(), counter: "Platz 7".into() },
            Notification::QueueMissed { number: number(), rejoin_until: at(11).time() },
            Notification::QueueTransferred {
                number: number(),
                was: "B012".into(),
                zone: zone(),
                office: office(),
            },
            Notification::BookingMoved { visit: visit(), was: at(9), code_stays: true, link: link() },
            Notification::BookingCancelledByOffice { starts: at(10), link: link() },
            Notification::EarlyReminder { visit: visit() },
            Notification::Reminder { visit: visit() },
        ]
    }

    #[test]
    fn each_kind_that_goes_by_push_has_one_in_every_language() {
        for language in Language::ALL {
            for notification in all() {
                assert_ne!(notification.kind().by_push(), ByPush::Never);
                let note = write(&notification, language).unwrap();
                // What a locked phone shows of it.
                assert!(note.title.len() <= 30 && note.body.chars().count() <= 110, "{note:?}");
            }
            let code = Notification::VerificationCode { code: "1".into(), host: "h".into() };
            assert_eq!(write(&code, language), None);
        }
        let mut kinds: Vec<Kind> = all().iter().map(Notification::kind).collect();
        kinds.dedup();
        let by_push = |kind: &Kind| kind.by_push() != ByPush::Never;
        assert_eq!(Kind::ALL.into_iter().filter(by_push).count(), kinds.len());
    }

    #[test]
    fn a_locked_screen_tells_neither_office_nor_code_nor_link() {
        for language in Language::ALL {
            for notification in all() {
                let Note { title, body } = write(&notification, language).unwrap();
                for secret in ["Ausländer", "4829", "7FQ2", "Rathausplatz"] {
                    assert!(!title.contains(secret) && !body.contains(secret), "{title}: {body}");
                }
            }
        }
    }

    #[test]
    fn the_german_words_are_these() {
        let said: Vec<String> = all()
            .iter()
            .filter_map(|one| write(one, Language::De))
            .map(|note| format!("{}: {}", note.title, note.body))
            .collect();
        assert_eq!(
            said,
            [
                "Ihr Termin: Nr. A042: Sie sind als Nächste dran. Bitte jetzt in Wartezone 2 kommen.",
                "Ihr Termin: Nr. A042: Noch 1 vor Ihnen. Bitte jetzt in Wartezone 2 kommen.",
                "Ihr Termin: Nr. A042: Noch 2 vor Ihnen. Bitte jetzt in Wartezone 2 kommen.",
                "Bitte hereinkommen: Nr. A042: Jetzt ist Platz für Sie. Bitte in Wartezone 2 kommen.",
                "Bitte kommen: Nr. A042: Bitte jetzt zu Platz 7.",
                "Bitte melden: Nr. A042: Wir haben Sie aufgerufen. Bis 11:20 Uhr können Sie sich zurückmelden.",
                "Weiter geht es: Neue Nr. A042 statt B012: Bitte jetzt in Wartezone 2 warten.",
                "Ihr Termin: Neuer Termin: Mo 14.09. 10:20 Uhr statt Mo 14.09. 09:20 Uhr.",
                "Ihr Termin: Ihr Termin Mo 14.09. 10:20 Uhr muss leider entfallen.",
                "Ihr Termin: Mo 14.09. 10:20 Uhr. Keine Zeit? Bitte absagen, andere warten.",
                "Ihr Termin: Morgen, Mo 14.09. 10:20 Uhr. Keine Zeit? Bitte absagen, andere warten.",
            ]
        );
    }

    #[test]
    fn a_browser_is_gone_after_five_failures_over_three_days() {
        let since: DateTime<Utc> = "2026-09-14T12:00:00Z".parse().unwrap();
        let after = |failures, hours| is_gone(failures, since, since + chrono::Duration::hours(hours));
        assert!(after(5, 72) && after(9, 100));
        assert!(!after(4, 500) && !after(100, 71));
    }

    #[test]
    fn nobody_is_told_what_is_no_longer_so() {
        assert_eq!(keeps_trying(Kind::QueueCalled), Duration::from_secs(180));
        assert_eq!(keeps_trying(Kind::QueueStage), Duration::from_secs(600));
        assert_eq!(keeps_trying(Kind::Reminder), Duration::from_secs(12 * 3600));
    }
}

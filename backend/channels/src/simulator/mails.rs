//! The e-mails of the demo, in memory.

use chrono::{DateTime, Utc};
use domain::messaging::attempt::{CalendarMethod, OutgoingEmail};

/// Mails that are kept; older ones are forgotten.
const MOST_MAILS: usize = 200;

/// An e-mail in a mailbox of the demo.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same for every copy of it.
    pub id: String,
    /// Whose mailbox.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// What the calendar part asks for.
    pub calendar: Option<CalendarMethod>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Shows neither the mailbox nor the text.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({})", self.id)
    }
}

#[derive(Debug, Default)]
pub(super) struct Mails(Vec<Letter>);

impl Mails {
    /// Puts a mail in; a copy takes the place of the one that is there.
    pub(super) fn receive(&mut self, mail: &OutgoingEmail) -> String {
        let id = format!("SIM-{}", mail.message);
        self.0.retain(|letter| letter.id != id);
        self.0.push(Letter {
            id: id.clone(),
            to: mail.to.as_str().to_owned(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            calendar: mail.calendar.as_ref().map(|part| part.method),
            at: mail.at,
        });
        let extra = self.0.len().saturating_sub(MOST_MAILS);
        self.0.drain(..extra);
        id
    }

    pub(super) fn all(&self) -> Vec<Letter> {
        self.0.iter().rev().cloned().collect()
    }
}

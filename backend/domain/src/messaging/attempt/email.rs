//! An e-mail on its way out, and the calendar file in it.

use std::fmt;

use chrono::{DateTime, Utc};
use url::Url;

use crate::contact::EmailAddress;
use crate::ids::MessageId;

/// An e-mail on its way out. The sender's address and the host belong to the channel's settings.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingEmail {
    /// The message; names it for mail programs too, so that a repeated attempt shows once.
    pub message: MessageId,
    /// Which attempt of it.
    pub attempt: i32,
    /// To whom.
    pub to: EmailAddress,
    /// Under which name it is sent: the town's.
    pub from_name: String,
    /// Who reads an answer, where that is not the sender.
    pub reply_to: Option<EmailAddress>,
    /// The subject; one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The appointment for the calendar.
    pub calendar: Option<CalendarPart>,
    /// Where mails of this kind are turned off, for those that may be.
    pub list_unsubscribe: Option<Url>,
    /// When the attempt began.
    pub at: DateTime<Utc>,
}

/// Shows neither the address nor the text.
impl fmt::Debug for OutgoingEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutgoingEmail({} attempt {})", self.message, self.attempt)
    }
}

/// What the mail program shall do with a calendar part (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarMethod {
    /// Enter the appointment, or replace what it has of it.
    Request,
    /// Take it out.
    Cancel,
}

impl CalendarMethod {
    /// The word in the file and in the part's type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CalendarMethod::Request => "REQUEST",
            CalendarMethod::Cancel => "CANCEL",
        }
    }
}

/// A calendar file in an e-mail.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarPart {
    /// What it asks for; the same as in the file.
    pub method: CalendarMethod,
    /// The file, written by `appointments::calendar_file`.
    pub text: String,
}

/// Shows nothing of the appointment.
impl fmt::Debug for CalendarPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CalendarPart({})", self.method.as_str())
    }
}

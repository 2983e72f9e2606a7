//! The messages we send: what each one says, as facts, not as text. How urgent a kind is and when it is stale stands in [`Kind`].

use std::fmt;

use chrono::{NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

pub use kind::{ByPush, IfUnknown, Kind, Lane};

mod kind;

/// Everything a message says, as facts. Stored encrypted; the text is made when it is sent.
///
/// Whom it concerns (booking, ticket) and what makes it the same message are not in here but beside it, in the row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notification {
    /// The six digits that prove a mobile number.
    VerificationCode {
        /// The digits.
        code: String,
        /// The site's host name, for WebOTP.
        host: String,
    },
    /// A booking stands.
    BookingConfirmed {
        /// When and where.
        visit: Visit,
        /// Link to the citizen's page of this booking.
        link: String,
    },
    /// A booking has a new time.
    BookingMoved {
        /// The new time and place.
        visit: Visit,
        /// The former time, office time.
        was: NaiveDateTime,
        /// Whether the check-in code is the one they already have.
        code_stays: bool,
        /// Link to the citizen's page of this booking.
        link: String,
    },
    /// The office cannot keep an appointment.
    BookingCancelledByOffice {
        /// The time that is no more, office time.
        starts: NaiveDateTime,
        /// Where to book anew.
        link: String,
    },
    /// The citizen cancelled.
    BookingCancelled {
        /// The time that is free again, office time.
        starts: NaiveDateTime,
    },
    /// The day before.
    Reminder {
        /// When and where.
        visit: Visit,
    },
    /// Some days before, for whoever booked long ago.
    EarlyReminder {
        /// When and where.
        visit: Visit,
    },
    /// A freed slot, theirs alone for a quarter of an hour.
    SlotOffered {
        /// When it begins, office time.
        starts: NaiveDateTime,
        /// Until when it may be taken, office time.
        until: NaiveTime,
        /// Where to take it.
        link: String,
    },
    /// The check-in code again, asked for at a terminal.
    LostCode {
        /// When and where.
        visit: Visit,
    },
    /// Few are ahead: come to the waiting zone.
    QueueStage {
        /// The ticket's number as shown, for instance `B012`.
        number: String,
        /// How many are ahead.
        ahead: u32,
        /// The waiting zone, for instance `Wartezone 2`.
        zone: String,
        /// The office.
        office: String,
    },
    /// There is room in the house again for somebody who waited outside.
    QueueComeIn {
        /// The ticket's number as shown, for instance `B012`.
        number: String,
        /// The waiting zone, for instance `Wartezone 2`.
        zone: String,
        /// The office.
        office: String,
    },
    /// The ticket is called.
    QueueCalled {
        /// The ticket's number as shown, for instance `B012`.
        number: String,
        /// The counter as shown, for instance `Platz 7`.
        counter: String,
    },
    /// Called twice and not seen; how to come back.
    QueueMissed {
        /// The ticket's number as shown, for instance `B012`.
        number: String,
        /// Until when the way back is open, office time.
        rejoin_until: NaiveTime,
    },
    /// Sent on to another waiting zone, with a new number.
    QueueTransferred {
        /// The new number as shown, for instance `C004`.
        number: String,
        /// The number before.
        was: String,
        /// The waiting zone to go to.
        zone: String,
        /// The office.
        office: String,
    },
    /// The one answer to an SMS somebody wrote to us.
    InboundReply {
        /// What it says.
        reply: Reply,
    },
}

/// When and where a visit takes place, in the office's own time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Start, office time.
    pub starts: NaiveDateTime,
    /// Name of the office.
    pub office: String,
    /// Street and number.
    pub address: String,
    /// The entrance, where the office has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance: Option<String>,
    /// Whether the office's name would tell others about the matter: then only street and entrance are named.
    #[serde(default)]
    pub sensitive: bool,
    /// The check-in code as shown, for instance `4829-1376`.
    pub check_in_code: String,
}

/// An appointment as one line of an SMS answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentLine {
    /// Start, office time.
    pub starts: NaiveDateTime,
    /// Name of the office, or its street where the name would tell too much.
    pub place: String,
    /// The check-in code as shown.
    pub check_in_code: String,
}

/// A free slot as a choice of an SMS answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotLine {
    /// Start, office time.
    pub starts: NaiveDateTime,
    /// Name of the office.
    pub place: String,
}

/// The answers to what people write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// All commands.
    Help {
        /// The telephone for people.
        telephone: String,
        /// The privacy notice.
        privacy_link: String,
    },
    /// The number's open appointments; may be none.
    Appointments {
        /// The first ones.
        lines: Vec<AppointmentLine>,
        /// How many there are in all.
        total: u32,
        /// Whether all of them have begun: it is too late to cancel.
        #[serde(default)]
        begun: bool,
    },
    /// Asks back before a cancellation.
    ConfirmCancel {
        /// The appointment.
        line: AppointmentLine,
    },
    /// Asks which one to cancel.
    PickCancel {
        /// The choices, in order.
        lines: Vec<AppointmentLine>,
    },
    /// It is cancelled.
    Cancelled {
        /// The time that is free again.
        starts: NaiveDateTime,
    },
    /// It stays.
    Kept {
        /// The time that stands.
        starts: NaiveDateTime,
    },
    /// The chosen appointment can no longer be cancelled.
    CannotCancel {
        /// The telephone for people.
        telephone: String,
    },
    /// There is nothing to cancel or to arrive for.
    NothingOpen {
        /// Where to book.
        link: String,
    },
    /// Asks what for; after the choices comes "something else".
    PickService {
        /// The choices, in order.
        options: Vec<String>,
        /// The privacy notice.
        privacy_link: String,
    },
    /// How to say what is not among the choices.
    OtherService {
        /// Where to book.
        link: String,
    },
    /// No service fits the words.
    NoService {
        /// Where to book.
        link: String,
    },
    /// Asks where; after the choices comes "anywhere".
    PickOffice {
        /// The choices, in order.
        options: Vec<String>,
    },
    /// Asks when; after the choices comes "later".
    PickSlot {
        /// Where, when all of them are there.
        place: Option<String>,
        /// The choices, in order.
        lines: Vec<SlotLine>,
        /// Whether the one that was chosen is taken.
        gone: bool,
    },
    /// Nothing is free, or nothing any later.
    NoSlots {
        /// Where to look further.
        link: String,
    },
    /// Asks whether to book, or to move to, a slot that is kept meanwhile.
    ConfirmSlot {
        /// The slot.
        line: SlotLine,
        /// The time it would take the place of, office time.
        was: Option<NaiveDateTime>,
        /// For how many minutes it is kept.
        minutes: u32,
    },
    /// Asks which one to move.
    PickMove {
        /// The choices, in order.
        lines: Vec<AppointmentLine>,
    },
    /// Nothing was booked or moved, as wished.
    Stopped,
    /// The number has enough appointments.
    TooManyOpen {
        /// How many.
        open: u32,
        /// The telephone for people.
        telephone: String,
    },
    /// The number has an appointment for that already.
    SameService {
        /// When it begins, office time.
        starts: NaiveDateTime,
    },
    /// The chosen appointment can no longer be moved.
    CannotMove {
        /// The telephone for people.
        telephone: String,
    },
    /// The slot that was offered is gone.
    OfferGone,
    /// The slot that was offered goes to somebody else, as wished.
    OfferDeclined,
    /// Arrival noted.
    Arrived {
        /// The ticket's number.
        number: String,
        /// Where to wait.
        zone: String,
        /// Whether it was too late to keep the place.
        #[serde(default)]
        too_late: bool,
        /// The time of the appointment that was meant, where it was one.
        #[serde(default)]
        at: Option<NaiveTime>,
    },
    /// Arrival was noted before: there is nothing to cancel or to move.
    IsHere {
        /// The ticket's number.
        number: String,
        /// Where to wait.
        zone: String,
        /// The telephone for people.
        telephone: String,
    },
    /// Arrival cannot be noted now (not today, too early, already over).
    CannotArrive {
        /// The next appointment.
        line: AppointmentLine,
    },
    /// No more messages.
    OptedOut,
    /// Messages again.
    OptedIn,
    /// Not understood.
    NotUnderstood {
        /// The highest number that may be answered, where a choice is open.
        choices: Option<u32>,
        /// Whether yes or no is asked for.
        #[serde(default)]
        yes_or_no: bool,
        /// The telephone, from the second time on.
        telephone: Option<String>,
    },
    /// The question this would answer is no longer open.
    TooLate {
        /// The telephone for people.
        telephone: String,
    },
}

impl Notification {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Notification::VerificationCode { .. } => Kind::VerificationCode,
            Notification::BookingConfirmed { .. } => Kind::BookingConfirmed,
            Notification::BookingMoved { .. } => Kind::BookingMoved,
            Notification::BookingCancelledByOffice { .. } => Kind::BookingCancelledByOffice,
            Notification::BookingCancelled { .. } => Kind::BookingCancelled,
            Notification::Reminder { .. } => Kind::Reminder,
            Notification::EarlyReminder { .. } => Kind::EarlyReminder,
            Notification::SlotOffered { .. } => Kind::SlotOffered,
            Notification::LostCode { .. } => Kind::LostCode,
            Notification::QueueStage { .. } => Kind::QueueStage,
            Notification::QueueComeIn { .. } => Kind::QueueComeIn,
            Notification::QueueCalled { .. } => Kind::QueueCalled,
            Notification::QueueMissed { .. } => Kind::QueueMissed,
            Notification::QueueTransferred { .. } => Kind::QueueTransferred,
            Notification::InboundReply { .. } => Kind::InboundReply,
        }
    }
}

/// Shows only what may stand in a log: never a code, a link or a place.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notification({})", self.kind().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let code = Notification::VerificationCode { code: "482913".into(), host: "termine.example".into() };
        assert!(!format!("{code:?}").contains("482913"));
    }
}

//! Whether what a message says is still so, and whether one that failed may be sent again.

use chrono::{DateTime, Utc};

use crate::messaging::Kind;
use crate::messaging::failure::ErrorClass;

/// What a message speaks about, as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The revision of the booking it was written for, and the booking's state and revision now, unless it is gone.
    pub booking: Option<(i32, Option<(&'a str, i32)>)>,
    /// The state of the visit now, unless it is gone.
    pub visit: Option<Option<&'a str>>,
}

impl Standing<'_> {
    /// Whether what the message says is no longer so: the booking changed, the ticket moved on.
    #[must_use]
    pub fn is_overtaken(&self, kind: Kind) -> bool {
        if let Some((written_for, now)) = self.booking {
            let live =
                now.is_some_and(|(state, rev)| rev == written_for && matches!(state, "booked" | "arrived"));
            if kind.needs_live_booking() && !live {
                return true;
            }
            if kind == Kind::BookingCancelledByOffice {
                // Taken back before it was told.
                return now.is_some_and(|(state, _)| state == "booked");
            }
        }
        let expected = match kind {
            Kind::QueueCalled => "called",
            Kind::QueueStage | Kind::QueueComeIn | Kind::QueueTransferred => "waiting",
            Kind::QueueMissed => "missed",
            Kind::VerificationCode
            | Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::Reminder
            | Kind::EarlyReminder
            | Kind::SlotOffered
            | Kind::LostCode
            | Kind::InboundReply => return false,
        };
        self.visit.is_some_and(|state| state != Some(expected))
    }
}

/// A failed message, as far as it matters for sending it again.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Why it failed.
    pub class: Option<ErrorClass>,
    /// When its time is over.
    pub expires_at: DateTime<Utc>,
    /// Whether the recipient wants no messages.
    pub suppressed: bool,
    /// Whether its content has been erased.
    pub erased: bool,
    /// What it speaks about.
    pub standing: Standing<'a>,
}

/// What sending failed messages again would do with one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redrive {
    /// It goes out again.
    Send,
    /// Its time is over.
    Expired,
    /// What it says is no longer so.
    Overtaken,
    /// The recipient wants no messages.
    OptedOut,
    /// This recipient cannot receive it, now or later.
    Unreachable,
    /// Its content has been erased.
    Erased,
}

impl Redrive {
    /// Every verdict, for tables and tests.
    pub const ALL: [Self; 6] =
        [Self::Send, Self::Expired, Self::Overtaken, Self::OptedOut, Self::Unreachable, Self::Erased];

    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Expired => "expired",
            Self::Overtaken => "superseded",
            Self::OptedOut => "suppressed",
            Self::Unreachable => "unreachable",
            Self::Erased => "erased",
        }
    }

    /// What becomes of a failed message. A person who looked at one may still try a number that was refused; many at once
    /// never do.
    #[must_use]
    pub fn of(failed: &Failed<'_>, now: DateTime<Utc>) -> Self {
        let unreachable = match failed.class {
            Some(ErrorClass::PermanentRecipient | ErrorClass::Gone) => true,
            None
            | Some(
                ErrorClass::NotSent
                | ErrorClass::Throttled
                | ErrorClass::Ambiguous
                | ErrorClass::OptedOut
                | ErrorClass::CarrierTemporary
                | ErrorClass::Blocked
                | ErrorClass::Configuration
                | ErrorClass::ProviderQueue
                | ErrorClass::Late
                | ErrorClass::Render
                | ErrorClass::MailTemporary,
            ) => false,
        };
        if failed.erased {
            Self::Erased
        } else if failed.expires_at <= now {
            Self::Expired
        } else if failed.standing.is_overtaken(failed.kind) {
            Self::Overtaken
        } else if failed.suppressed && !failed.kind.ignores_opt_out() {
            Self::OptedOut
        } else if unreachable {
            Self::Unreachable
        } else {
            Self::Send
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    fn noon() -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse().unwrap()
    }

    fn failed() -> Failed<'static> {
        Failed {
            kind: Kind::BookingConfirmed,
            class: Some(ErrorClass::NotSent),
            expires_at: noon() + Duration::hours(1),
            suppressed: false,
            erased: false,
            standing: Standing { booking: Some((1, Some(("booked", 1)))), visit: None },
        }
    }

    #[test]
    fn what_is_still_so_goes_out_again() {
        assert_eq!(Redrive::of(&failed(), noon()), Redrive::Send);
    }

    #[test]
    fn what_is_over_changed_or_unwanted_never_does() {
        let over = Failed { expires_at: noon(), ..failed() };
        assert_eq!(Redrive::of(&over, noon()), Redrive::Expired);
        let moved = Standing { booking: Some((1, Some(("booked", 2)))), visit: None };
        assert_eq!(Redrive::of(&Failed { standing: moved, ..failed() }, noon()), Redrive::Overtaken);
        let gone = Standing { booking: Some((1, None)), visit: None };
        assert_eq!(Redrive::of(&Failed { standing: gone, ..failed() }, noon()), Redrive::Overtaken);
        assert_eq!(Redrive::of(&Failed { suppressed: true, ..failed() }, noon()), Redrive::OptedOut);
        let landline = Failed { class: Some(ErrorClass::PermanentRecipient), ..failed() };
        assert_eq!(Redrive::of(&landline, noon()), Redrive::Unreachable);
        assert_eq!(Redrive::of(&Failed { erased: true, ..failed() }, noon()), Redrive::Erased);
    }

    #[test]
    fn a_call_is_over_when_the_visitor_has_come() {
        let standing = |state| Standing { booking: None, visit: Some(state) };
        assert!(!standing(Some("called")).is_overtaken(Kind::QueueCalled));
        assert!(standing(Some("serving")).is_overtaken(Kind::QueueCalled));
        assert!(standing(None).is_overtaken(Kind::QueueMissed));
        assert!(!standing(Some("serving")).is_overtaken(Kind::InboundReply));
    }

    #[test]
    fn a_cancellation_by_the_office_is_over_when_it_was_taken_back() {
        let standing = |state| Standing { booking: Some((1, Some((state, 2)))), visit: None };
        assert!(standing("booked").is_overtaken(Kind::BookingCancelledByOffice));
        assert!(!standing("cancelled_by_office").is_overtaken(Kind::BookingCancelledByOffice));
    }
}

//! The kinds of messages: how urgent each one is, which queue it travels in, when it is stale, and what happens when nobody
//! knows whether it was sent.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::messaging::recipient::ChannelKind;

/// The kind alone: what counters, filters and schedules go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// See [`super::Notification::VerificationCode`].
    VerificationCode,
    /// See [`super::Notification::BookingConfirmed`].
    BookingConfirmed,
    /// See [`super::Notification::BookingMoved`].
    BookingMoved,
    /// See [`super::Notification::BookingCancelledByOffice`].
    BookingCancelledByOffice,
    /// See [`super::Notification::BookingCancelled`].
    BookingCancelled,
    /// See [`super::Notification::Reminder`].
    Reminder,
    /// See [`super::Notification::EarlyReminder`].
    EarlyReminder,
    /// See [`super::Notification::SlotOffered`].
    SlotOffered,
    /// See [`super::Notification::LostCode`].
    LostCode,
    /// See [`super::Notification::QueueStage`].
    QueueStage,
    /// See [`super::Notification::QueueComeIn`].
    QueueComeIn,
    /// See [`super::Notification::QueueCalled`].
    QueueCalled,
    /// See [`super::Notification::QueueMissed`].
    QueueMissed,
    /// See [`super::Notification::QueueTransferred`].
    QueueTransferred,
    /// See [`super::Notification::InboundReply`].
    InboundReply,
}

/// A queue of its own, so that bulk never delays a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Verification codes.
    Codes,
    /// Queue calls and stages.
    Calls,
    /// Answers to inbound messages.
    Dialogue,
    /// All other text messages.
    Sms,
    /// E-mails.
    Mail,
    /// Pushes.
    Push,
}

/// What part pushes have in a kind, where somebody wishes for them on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByPush {
    /// None.
    Never,
    /// They go out beside the SMS: it is what one keeps.
    Beside,
    /// They go out in place of the SMS, which follows when no device has shown it for so long.
    InPlaceOfSms {
        /// How long.
        patience: Duration,
    },
}

/// What to do with a message of which nobody can say whether it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnknown {
    /// A duplicate would confuse, and there is another way.
    GiveUp,
    /// A lost one costs a visit, a double one is harmless: it is sent again.
    Resend,
    /// It is sent again while the citizen still waits for it.
    ResendWithin(Duration),
}

impl Lane {
    /// Every lane; each has its queue and its workers.
    pub const ALL: [Lane; 6] = [Lane::Codes, Lane::Calls, Lane::Dialogue, Lane::Sms, Lane::Mail, Lane::Push];

    /// The word in the database and the name of the queue.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::Codes => "codes",
            Lane::Calls => "calls",
            Lane::Dialogue => "dialogue",
            Lane::Sms => "sms",
            Lane::Mail => "mail",
            Lane::Push => "push",
        }
    }

    /// The lane of a word, if it is one.
    pub fn parse(word: &str) -> Option<Lane> {
        Lane::ALL.into_iter().find(|lane| lane.as_str() == word)
    }

    /// The kinds that travel in it, and by which channel.
    pub fn kinds(self) -> impl Iterator<Item = (Kind, ChannelKind)> {
        let all = Kind::ALL.into_iter().flat_map(|kind| ChannelKind::ALL.map(|channel| (kind, channel)));
        all.filter(move |(kind, channel)| kind.lane_of(*channel) == self)
    }
}

impl Kind {
    /// Every kind, for tables and tests.
    pub const ALL: [Kind; 15] = [
        Kind::VerificationCode,
        Kind::BookingConfirmed,
        Kind::BookingMoved,
        Kind::BookingCancelledByOffice,
        Kind::BookingCancelled,
        Kind::Reminder,
        Kind::EarlyReminder,
        Kind::SlotOffered,
        Kind::LostCode,
        Kind::QueueStage,
        Kind::QueueComeIn,
        Kind::QueueCalled,
        Kind::QueueMissed,
        Kind::QueueTransferred,
        Kind::InboundReply,
    ];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::VerificationCode => "verification_code",
            Kind::BookingConfirmed => "booking_confirmed",
            Kind::BookingMoved => "booking_moved",
            Kind::BookingCancelledByOffice => "booking_cancelled_by_office",
            Kind::BookingCancelled => "booking_cancelled",
            Kind::Reminder => "reminder",
            Kind::EarlyReminder => "early_reminder",
            Kind::SlotOffered => "slot_offered",
            Kind::LostCode => "lost_code",
            Kind::QueueStage => "queue_stage",
            Kind::QueueComeIn => "queue_come_in",
            Kind::QueueCalled => "queue_called",
            Kind::QueueMissed => "queue_missed",
            Kind::QueueTransferred => "queue_transferred",
            Kind::InboundReply => "inbound_reply",
        }
    }

    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The lane it travels in by this channel.
    pub fn lane_of(self, channel: ChannelKind) -> Lane {
        match channel {
            ChannelKind::Sms => self.lane(),
            ChannelKind::Email => Lane::Mail,
            ChannelKind::Push => Lane::Push,
        }
    }

    /// Whether it goes by e-mail, too, where there is an address: what one keeps, not what one waits for.
    pub fn goes_by_mail(self) -> bool {
        match self {
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::Reminder
            | Kind::EarlyReminder => true,
            Kind::VerificationCode
            | Kind::SlotOffered
            | Kind::LostCode
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred
            | Kind::InboundReply => false,
        }
    }

    /// What part pushes have in it.
    pub fn by_push(self) -> ByPush {
        match self {
            // Whoever is called stands up at once, so the SMS must not be late.
            Kind::QueueCalled => ByPush::InPlaceOfSms { patience: Duration::seconds(15) },
            Kind::QueueStage | Kind::QueueComeIn | Kind::QueueMissed | Kind::QueueTransferred => {
                ByPush::InPlaceOfSms { patience: Duration::seconds(45) }
            }
            Kind::BookingMoved | Kind::BookingCancelledByOffice | Kind::Reminder | Kind::EarlyReminder => {
                ByPush::Beside
            }
            // Nobody can wish for pushes before the first, and the others answer what somebody just did.
            Kind::BookingConfirmed
            | Kind::VerificationCode
            | Kind::BookingCancelled
            | Kind::SlotOffered
            | Kind::LostCode
            | Kind::InboundReply => ByPush::Never,
        }
    }

    /// The lane it travels in as a text message.
    pub fn lane(self) -> Lane {
        match self {
            Kind::VerificationCode | Kind::LostCode => Lane::Codes,
            Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred => Lane::Calls,
            Kind::InboundReply => Lane::Dialogue,
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::SlotOffered
            | Kind::Reminder
            | Kind::EarlyReminder => Lane::Sms,
        }
    }

    /// Smaller goes first.
    pub fn priority(self) -> i32 {
        match self {
            Kind::QueueCalled => 0,
            Kind::VerificationCode | Kind::LostCode => 1,
            Kind::InboundReply => 2,
            Kind::QueueStage | Kind::QueueComeIn | Kind::QueueMissed | Kind::QueueTransferred => 3,
            Kind::SlotOffered => 4,
            Kind::BookingCancelledByOffice | Kind::BookingMoved => 5,
            Kind::BookingConfirmed | Kind::BookingCancelled => 6,
            Kind::Reminder => 9,
            Kind::EarlyReminder => 10,
        }
    }

    /// How long after its due time it is still worth sending, and how long the provider may keep trying.
    pub fn validity(self) -> Duration {
        match self {
            Kind::VerificationCode | Kind::LostCode => Duration::seconds(300),
            Kind::QueueCalled => Duration::seconds(180),
            Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueMissed
            | Kind::QueueTransferred
            | Kind::InboundReply
            | Kind::SlotOffered => Duration::seconds(600),
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::Reminder
            | Kind::EarlyReminder => Duration::hours(4),
        }
    }

    /// How long after its due time we stop trying. Longer than the validity where a night of trouble must not lose it.
    pub fn lifetime(self) -> Duration {
        match self {
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled => Duration::hours(24),
            Kind::VerificationCode
            | Kind::LostCode
            | Kind::QueueCalled
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueMissed
            | Kind::QueueTransferred
            | Kind::InboundReply
            | Kind::SlotOffered
            | Kind::Reminder
            | Kind::EarlyReminder => self.validity(),
        }
    }

    /// Whether somebody who wrote an SMS may read it as the answer: the reply, or the news of what it did.
    pub fn may_answer(self) -> bool {
        match self {
            Kind::InboundReply | Kind::BookingConfirmed | Kind::BookingMoved | Kind::BookingCancelled => true,
            Kind::VerificationCode
            | Kind::LostCode
            | Kind::BookingCancelledByOffice
            | Kind::Reminder
            | Kind::EarlyReminder
            | Kind::SlotOffered
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred => false,
        }
    }

    /// Whether it waits for the morning.
    pub fn respects_quiet_hours(self) -> bool {
        match self {
            Kind::Reminder | Kind::EarlyReminder | Kind::SlotOffered => true,
            // Answers to what somebody just did, or bad news that gets worse by waiting.
            Kind::VerificationCode
            | Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::LostCode
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred
            | Kind::InboundReply => false,
        }
    }

    /// Whether it goes to numbers that opted out: only the codes they ask for and the answer to their own HALT.
    pub fn ignores_opt_out(self) -> bool {
        match self {
            Kind::VerificationCode | Kind::LostCode | Kind::InboundReply => true,
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::Reminder
            | Kind::EarlyReminder
            | Kind::SlotOffered
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred => false,
        }
    }

    /// Whether it is pointless once its booking is cancelled.
    pub fn needs_live_booking(self) -> bool {
        match self {
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::Reminder
            | Kind::EarlyReminder
            | Kind::LostCode => true,
            Kind::VerificationCode
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::SlotOffered
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueCalled
            | Kind::QueueMissed
            | Kind::QueueTransferred
            | Kind::InboundReply => false,
        }
    }

    /// The policy for a message that stays uncertain.
    pub fn if_unknown(self) -> IfUnknown {
        match self {
            Kind::VerificationCode
            | Kind::LostCode
            | Kind::SlotOffered
            | Kind::QueueCalled
            | Kind::QueueStage
            | Kind::QueueComeIn
            | Kind::QueueMissed
            | Kind::QueueTransferred => IfUnknown::GiveUp,
            Kind::BookingConfirmed
            | Kind::BookingMoved
            | Kind::BookingCancelledByOffice
            | Kind::BookingCancelled
            | Kind::Reminder
            | Kind::EarlyReminder => IfUnknown::Resend,
            Kind::InboundReply => IfUnknown::ResendWithin(Duration::minutes(10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_lane_keeps_its_word() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(Lane::parse(kind.lane().as_str()), Some(kind.lane()));
        }
    }

    #[test]
    fn calls_go_before_everything_and_reminders_last() {
        let first = Kind::ALL.into_iter().min_by_key(|kind| kind.priority());
        let last = Kind::ALL.into_iter().max_by_key(|kind| kind.priority());
        assert_eq!((first, last), (Some(Kind::QueueCalled), Some(Kind::EarlyReminder)));
    }

    #[test]
    fn nobody_waits_longer_at_the_provider_than_we_would_try() {
        for kind in Kind::ALL {
            assert!(kind.validity() <= kind.lifetime(), "{kind:?}");
            assert!(kind.validity() <= Duration::seconds(36_000) && kind.validity() >= Duration::seconds(1));
        }
    }
}

//! What people can stop: a channel, a provider, a kind of message, or everything that costs money.

use crate::messaging::{ChannelKind, Kind};

/// What is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every text message that is paid for: the emergency stop.
    PaidSms,
    /// A channel.
    Channel(ChannelKind),
    /// A provider; its messages go by another, where there is one.
    Provider(String),
    /// A kind of message.
    Kind(Kind),
}

impl Scope {
    /// The words it is kept and told by: what it is, and which one.
    #[must_use]
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            Scope::PaidSms => ("paid_sms", ""),
            Scope::Channel(channel) => ("channel", channel.as_str()),
            Scope::Provider(name) => ("provider", name),
            Scope::Kind(kind) => ("kind", kind.as_str()),
        }
    }

    /// What these words mean, if anything. Whether there is such a provider is not known here.
    #[must_use]
    pub fn parse(scope: &str, name: &str) -> Option<Self> {
        match scope {
            "paid_sms" if name.is_empty() => Some(Scope::PaidSms),
            "channel" => ChannelKind::parse(name).map(Scope::Channel),
            "provider" if !name.is_empty() => Some(Scope::Provider(name.to_owned())),
            "kind" => Kind::parse(name).map(Scope::Kind),
            _ => None,
        }
    }

    /// Whether it stops a message of this kind on this channel, whoever would carry it.
    #[must_use]
    pub fn stops(&self, channel: ChannelKind, kind: Kind) -> bool {
        match self {
            Scope::PaidSms => channel == ChannelKind::Sms,
            Scope::Channel(stopped) => *stopped == channel,
            Scope::Kind(stopped) => *stopped == kind,
            Scope::Provider(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_keeps_its_words() {
        let mut all = vec![Scope::PaidSms, Scope::Provider("seven".into())];
        all.extend(ChannelKind::ALL.map(Scope::Channel));
        all.extend(Kind::ALL.map(Scope::Kind));
        for scope in all {
            let (word, name) = scope.words();
            assert_eq!(Scope::parse(word, name), Some(scope.clone()));
        }
        for (word, name) in [("", ""), ("kind", ""), ("kind", "pigeon"), ("provider", ""), ("paid_sms", "x")]
        {
            assert_eq!(Scope::parse(word, name), None);
        }
    }

    #[test]
    fn the_emergency_stop_leaves_mails_alone() {
        assert!(Scope::PaidSms.stops(ChannelKind::Sms, Kind::VerificationCode));
        assert!(!Scope::PaidSms.stops(ChannelKind::Email, Kind::Reminder));
        assert!(Scope::Kind(Kind::Reminder).stops(ChannelKind::Email, Kind::Reminder));
        assert!(!Scope::Kind(Kind::Reminder).stops(ChannelKind::Sms, Kind::BookingConfirmed));
    }
}

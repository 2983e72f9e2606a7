//! The channel an SMS leaves by. A new one is a variant here, a folder beside `twilio`, `gateway` and `simulator`, and a row
//! in the contract tests. E-mail and web push have facts of their own: `email::Smtp`, `web_push::WebPush`.

pub use domain::messaging::attempt::{
    InboundSms, Listed, Lookup, Outgoing, OutgoingEmail, OutgoingPush, ProviderOptOut, Report, SendOutcome,
};

use chrono::{DateTime, Utc};

use crate::gateway::Gateway;
use crate::simulator::Simulator;
use crate::twilio::Twilio;

/// A way to send an SMS.
#[derive(Clone, Debug)]
pub enum Channel {
    /// Twilio's Messages API.
    Twilio(Twilio),
    /// A provider known by its settings.
    Gateway(Gateway),
    /// The phones of the demo; nothing leaves the machine.
    Simulator(Simulator),
}

/// What a channel can do beside sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// A list tells whether an attempt was accepted.
    pub finds_again: bool,
    /// Reports tell what became of a message.
    pub reports: bool,
    /// People can write back.
    pub receives: bool,
    /// A second copy replaces the first.
    pub repeatable: bool,
}

impl Caps {
    /// An e-mail: no reports, and copies collapse by their Message-ID.
    pub const EMAIL: Caps = Caps { finds_again: false, reports: false, receives: false, repeatable: true };
}

impl Channel {
    /// The word under which attempts and receipts of this provider are kept.
    pub fn provider(&self) -> &'static str {
        match self {
            Channel::Twilio(_) => crate::twilio::PROVIDER,
            Channel::Gateway(gateway) => gateway.config().provider,
            Channel::Simulator(_) => crate::simulator::PROVIDER,
        }
    }

    /// What this channel can do beside sending.
    pub fn caps(&self) -> Caps {
        match self {
            Channel::Twilio(_) | Channel::Simulator(_) => {
                Caps { finds_again: true, reports: true, receives: true, repeatable: false }
            }
            Channel::Gateway(gateway) => {
                let hooks = gateway.config().hooks.as_ref();
                let reports = hooks.is_some_and(|hooks| hooks.receipts.is_some());
                let receives = hooks.is_some_and(|hooks| hooks.inbound.is_some());
                Caps { finds_again: false, reports, receives, repeatable: false }
            }
        }
    }

    /// Sends once and says what is known about it. Never retries, never takes longer than its time-out.
    pub async fn send(&self, outgoing: &Outgoing) -> SendOutcome {
        match self {
            Channel::Twilio(twilio) => twilio.send(outgoing).await,
            Channel::Gateway(gateway) => gateway.send(outgoing).await,
            Channel::Simulator(simulator) => simulator.send(outgoing),
        }
    }

    /// Asks the provider whether it took an attempt nobody is sure of.
    pub async fn lookup(&self, outgoing: &Outgoing) -> Lookup {
        match self {
            Channel::Twilio(twilio) => twilio.lookup(outgoing).await,
            Channel::Gateway(gateway) => gateway.lookup(outgoing),
            Channel::Simulator(simulator) => simulator.lookup(outgoing),
        }
    }

    /// What the provider's list says people wrote to a number of ours since then, with when they did, the oldest first;
    /// `None` when it has no list, or the list cannot be read.
    pub async fn received(
        &self,
        number: &str,
        since: DateTime<Utc>,
    ) -> Option<Vec<(InboundSms, DateTime<Utc>)>> {
        match self {
            Channel::Twilio(twilio) => twilio.received(number, since).await,
            Channel::Gateway(_) | Channel::Simulator(_) => None,
        }
    }

    /// What became of a message the provider took; `None` when it does not say.
    pub async fn report(&self, reference: &str) -> Option<Report> {
        match self {
            Channel::Twilio(twilio) => twilio.report(reference).await,
            Channel::Gateway(_) | Channel::Simulator(_) => None,
        }
    }
}

//! The channel messages leave by. A new one is a variant here, a folder beside `twilio` and `simulator`, and the contract
//! tests in `tests/`.

pub use domain::messaging::attempt::{InboundSms, Lookup, Outgoing, ProviderOptOut, Report, SendOutcome};

use crate::simulator::Simulator;
use crate::twilio::Twilio;

/// A way to send an SMS.
#[derive(Clone, Debug)]
pub enum Channel {
    /// Twilio's Messages API.
    Twilio(Twilio),
    /// The phones of the demo; nothing leaves the machine.
    Simulator(Simulator),
}

impl Channel {
    /// The word under which attempts and receipts of this provider are kept.
    pub fn provider(&self) -> &'static str {
        match self {
            Channel::Twilio(_) => crate::twilio::PROVIDER,
            Channel::Simulator(_) => crate::simulator::PROVIDER,
        }
    }

    /// Sends once and says what is known about it. Never retries, never takes longer than its time-out.
    pub async fn send(&self, outgoing: &Outgoing) -> SendOutcome {
        match self {
            Channel::Twilio(twilio) => twilio.send(outgoing).await,
            Channel::Simulator(simulator) => simulator.send(outgoing),
        }
    }

    /// Asks the provider whether it took an attempt nobody is sure of.
    pub async fn lookup(&self, outgoing: &Outgoing) -> Lookup {
        match self {
            Channel::Twilio(twilio) => twilio.lookup(outgoing).await,
            Channel::Simulator(simulator) => simulator.lookup(outgoing),
        }
    }
}

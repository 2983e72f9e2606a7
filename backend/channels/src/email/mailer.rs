//! The channel an e-mail leaves by.

use domain::messaging::attempt::{OutgoingEmail, SendOutcome};

use super::Smtp;
use crate::simulator::{self, Simulator};

/// A way to send an e-mail.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// A mail server.
    Smtp(Smtp),
    /// The mailboxes of the demo; nothing leaves the machine.
    Simulator(Simulator),
}

impl Mailer {
    /// The word under which attempts are kept.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        match self {
            Mailer::Smtp(smtp) => smtp.provider(),
            Mailer::Simulator(_) => simulator::PROVIDER,
        }
    }

    /// Sends once and says what is known about it.
    pub async fn send(&self, mail: &OutgoingEmail) -> SendOutcome {
        match self {
            Mailer::Smtp(smtp) => smtp.send(mail).await,
            Mailer::Simulator(simulator) => simulator.send_mail(mail),
        }
    }
}

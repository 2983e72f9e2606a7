//! The channels a worker can send by.

use channels::{Channel, Mailer};
use domain::messaging::attempt::{Dispatch, SendOutcome};
use operations::messaging::delivery::Providers;

/// The channels there are.
#[derive(Clone, Debug)]
pub struct Ways {
    /// For text messages.
    pub sms: Channel,
    /// For e-mails, where there is a mail server.
    pub email: Option<Mailer>,
}

impl From<Channel> for Ways {
    fn from(sms: Channel) -> Self {
        Self { sms, email: None }
    }
}

impl Ways {
    /// The words under which attempts are kept.
    pub(crate) fn providers(&self) -> Providers<'_> {
        Providers { sms: self.sms.provider(), email: self.email.as_ref().map(Mailer::provider) }
    }

    /// Sends once, and says by whom.
    pub(crate) async fn send(&self, outgoing: &Dispatch) -> (&'static str, SendOutcome) {
        match (outgoing, &self.email) {
            (Dispatch::Sms(sms), _) => (self.sms.provider(), self.sms.send(sms).await),
            (Dispatch::Email(mail), Some(mailer)) => (mailer.provider(), mailer.send(mail).await),
            // Claimed for a channel that is not there: nothing leaves, and it is tried again.
            (Dispatch::Email(_), None) => ("none", SendOutcome::Config { code: 0 }),
        }
    }
}

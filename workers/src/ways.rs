//! The channels a worker can send by.

use channels::web_push::WebPush;
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
    /// For pushes, where there is a key to sign them with.
    pub push: Option<WebPush>,
}

impl From<Channel> for Ways {
    fn from(sms: Channel) -> Self {
        Self { sms, email: None, push: None }
    }
}

impl Ways {
    /// The words under which attempts are kept.
    pub(crate) fn providers(&self) -> Providers<'_> {
        Providers {
            sms: self.sms.provider(),
            email: self.email.as_ref().map(Mailer::provider),
            push: self.push.as_ref().map(WebPush::provider),
        }
    }

    /// Sends once, and says by whom.
    pub(crate) async fn send(&self, outgoing: &Dispatch) -> (&'static str, SendOutcome) {
        match (outgoing, &self.email, &self.push) {
            (Dispatch::Sms(sms), _, _) => (self.sms.provider(), self.sms.send(sms).await),
            (Dispatch::Email(mail), Some(mailer), _) => (mailer.provider(), mailer.send(mail).await),
            (Dispatch::Push(push), _, Some(client)) => (client.provider(), client.send(push).await),
            // Claimed for a channel that is not there: nothing leaves, and it is tried again.
            (Dispatch::Email(_), None, _) | (Dispatch::Push(_), _, None) => {
                ("none", SendOutcome::Config { code: 0 })
            }
        }
    }
}

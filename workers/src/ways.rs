//! The channels a worker can send by.

use std::sync::Arc;

use channels::web_push::WebPush;
use channels::{Channel, Mailer};
use domain::messaging::attempt::{Dispatch, SendOutcome};
use operations::messaging::delivery::{Carrier, Providers};
use operations::messaging::switches::Switches;

use crate::health::Standing;

/// A provider of text messages.
#[derive(Clone, Debug)]
pub struct SmsWay {
    /// How it is spoken to.
    pub channel: Channel,
    /// Who its messages come from.
    pub sender: String,
    /// Segments it may be given in a second, by all workers together; `None` is no limit.
    pub per_second: Option<u32>,
}

impl SmsWay {
    /// A provider that may be asked as fast as we can.
    #[must_use]
    pub fn unlimited(channel: Channel) -> Self {
        Self { channel, sender: String::new(), per_second: None }
    }
}

/// The channels there are.
#[derive(Clone, Debug)]
pub struct Ways {
    /// For text messages, each provider once, in the order of the settings.
    pub sms: Vec<SmsWay>,
    /// For e-mails, where there is a mail server.
    pub email: Option<Mailer>,
    /// For pushes, where there is a key to sign them with.
    pub push: Option<WebPush>,
}

impl From<Channel> for Ways {
    fn from(sms: Channel) -> Self {
        Self { sms: vec![SmsWay::unlimited(sms)], email: None, push: None }
    }
}

impl Ways {
    /// The providers as they stand now, with what operators have set.
    pub(crate) fn providers(&self, standing: &[Standing], switches: Arc<Switches>) -> Providers<'_> {
        let mut sms = Vec::with_capacity(self.sms.len());
        for (way, standing) in self.sms.iter().zip(standing) {
            sms.push(Carrier {
                name: way.channel.provider(),
                sender: &way.sender,
                per_second: way.per_second,
                passage: standing.passage,
                lost_points: standing.lost_points,
            });
        }
        Providers {
            sms,
            email: self.email.as_ref().map(Mailer::provider),
            push: self.push.as_ref().map(WebPush::provider),
            switches,
        }
    }

    /// The provider of text messages that has this name.
    pub(crate) fn sms_by(&self, provider: &str) -> Option<&Channel> {
        self.sms.iter().map(|way| &way.channel).find(|channel| channel.provider() == provider)
    }

    /// Sends once by the provider the attempt was written for, and says by whom.
    pub(crate) async fn send(&self, provider: &str, outgoing: &Dispatch) -> (&'static str, SendOutcome) {
        // Claimed for a channel that is not there: nothing leaves, and it is tried again.
        let nobody = ("none", SendOutcome::Config { code: 0 });
        match outgoing {
            Dispatch::Sms(sms) => match self.sms_by(provider) {
                Some(channel) => (channel.provider(), channel.send(sms).await),
                None => nobody,
            },
            Dispatch::Email(mail) => match &self.email {
                Some(mailer) => (mailer.provider(), mailer.send(mail).await),
                None => nobody,
            },
            Dispatch::Push(push) => match &self.push {
                Some(client) => (client.provider(), client.send(push).await),
                None => nobody,
            },
        }
    }
}

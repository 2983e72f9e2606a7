//! Sends one mail: once, within its time, and says what is known about it.

use std::fmt;
use std::sync::Arc;

use domain::messaging::attempt::{OutgoingEmail, SendOutcome};
use domain::messaging::failure::ErrorClass;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer::{Step, classify, silent};
use super::compose::{Composed, Unwritable, compose};
use super::config::{Config, ConfigError};
use super::connections::{Connections, Line, close};

/// The client; clones share its lines.
#[derive(Clone)]
pub struct Smtp {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    connections: Connections,
    places: Semaphore,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({:?})", self.inner.config)
    }
}

impl Smtp {
    /// A client for this mail server; connects with the first mail.
    ///
    /// # Errors
    /// When no mail could be sent with these settings.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let connections = Connections::new(&config)?;
        let places = Semaphore::new(config.connections);
        Ok(Self { inner: Arc::new(Inner { config, connections, places }) })
    }

    /// The word under which attempts of this channel are kept.
    pub fn provider(&self) -> &'static str {
        super::PROVIDER
    }

    /// Sends once and says what is known about it. Never retries, never takes longer than its time-outs.
    pub async fn send(&self, mail: &OutgoingEmail) -> SendOutcome {
        let Inner { config, connections, places } = &*self.inner;
        let mail = match compose(config, mail) {
            Ok(mail) => mail,
            Err(Unwritable::Recipient) => return refused_by_us(ErrorClass::PermanentRecipient, 553),
            Err(Unwritable::Content) => return refused_by_us(ErrorClass::Render, 554),
        };
        let Ok(Ok(_place)) = timeout(config.connect_timeout, places.acquire()).await else {
            return SendOutcome::Throttled { after: None, code: None };
        };
        let mut line = match timeout(config.connect_timeout, connections.take(config)).await {
            Ok(Ok(line)) => line,
            Ok(Err((step, error))) => return classify(step, &error),
            Err(_) => return silent(Step::Hello),
        };
        match self.dialogue(&mut line, &mail).await {
            Ok(()) => {
                connections.keep(line);
                SendOutcome::Accepted { reference: mail.id, segments: None }
            }
            Err(outcome) => {
                close(line);
                outcome
            }
        }
    }

    /// Hands the mail over, step by step.
    async fn dialogue(&self, line: &mut Line, mail: &Composed) -> Result<(), SendOutcome> {
        let time = self.inner.config.timeout;
        let mut step = Step::Sender;
        let announced = timeout(time, announce(line, mail, &mut step)).await;
        match announced {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(classify(step, &error)),
            Err(_) => return Err(silent(step)),
        }
        match timeout(time, line.smtp.message(&mail.bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(Step::Content, &error)),
            Err(_) => Err(silent(Step::Content)),
        }
    }
}

/// From whom and to whom, until the server wants the mail.
async fn announce(
    line: &mut Line,
    mail: &Composed,
    step: &mut Step,
) -> Result<(), lettre::transport::smtp::Error> {
    line.smtp.command(Mail::new(mail.envelope.from().cloned(), Vec::new())).await?;
    *step = Step::Recipient;
    for to in mail.envelope.to() {
        line.smtp.command(Rcpt::new(to.clone(), Vec::new())).await?;
    }
    *step = Step::Data;
    line.smtp.command(Data).await?;
    Ok(())
}

/// What no server was asked for, with the code it would have answered.
fn refused_by_us(class: ErrorClass, code: u16) -> SendOutcome {
    SendOutcome::Refused { class, code: u32::from(code), http_status: code }
}

//! Lines to the mail server: a bounded number, kept open for a while, tried before they are used again.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout};

use super::answer::Step;
use super::config::{Config, ConfigError, Security};

/// A line that was unused for longer is not used again; many servers hang up after a minute.
const KEPT: Duration = Duration::from_secs(30);
/// Servers that count close the line after a hundred mails.
const MAILS_PER_LINE: u32 = 100;
/// How long a kept line may take to say that it is still there.
const TRIAL: Duration = Duration::from_secs(2);

/// A line, and how many mails went over it.
pub(super) struct Line {
    pub smtp: AsyncSmtpConnection,
    mails: u32,
}

struct Kept {
    line: Line,
    since: Instant,
}

/// The lines that wait for the next mail.
pub(super) struct Connections {
    tls: Option<TlsParameters>,
    kept: Mutex<Vec<Kept>>,
}

impl Connections {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let tls = match config.security {
            Security::None => None,
            Security::Tls | Security::StartTls => Some(tls(config)?),
        };
        Ok(Self { tls, kept: Mutex::default() })
    }

    /// A line that is ready for a mail: a kept one that still answers, or a new one.
    pub(super) async fn take(&self, config: &Config) -> Result<Line, (Step, Error)> {
        while let Some(mut line) = self.next_kept() {
            if timeout(TRIAL, line.smtp.test_connected()).await == Ok(true) {
                return Ok(line);
            }
        }
        let smtp = self.open(config).await?;
        Ok(Line { smtp, mails: 0 })
    }

    /// Keeps a line after a mail went over it without trouble.
    pub(super) fn keep(&self, mut line: Line) {
        line.mails += 1;
        if line.mails < MAILS_PER_LINE {
            self.kept().push(Kept { line, since: Instant::now() });
        } else {
            close(line);
        }
    }

    /// The line used last, so that the others grow old and are closed.
    fn next_kept(&self) -> Option<Line> {
        let mut kept = self.kept();
        let (fresh, old): (Vec<_>, Vec<_>) = kept.drain(..).partition(|kept| kept.since.elapsed() < KEPT);
        *kept = fresh;
        old.into_iter().for_each(|old| close(old.line));
        kept.pop().map(|kept| kept.line)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn open(&self, config: &Config) -> Result<AsyncSmtpConnection, (Step, Error)> {
        let at = |step| move |error| (step, error);
        let hello = ClientId::Domain(config.host.clone());
        let server = (config.server.as_str(), config.port);
        let implicit = self.tls.clone().filter(|_| config.security == Security::Tls);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, Some(config.connect_timeout), &hello, implicit, None);
        let mut smtp = connecting.await.map_err(at(Step::Hello))?;
        if let (Security::StartTls, Some(tls)) = (config.security, self.tls.clone()) {
            smtp.starttls(tls, &hello).await.map_err(at(Step::Hello))?;
        }
        if let Some(account) = &config.credentials {
            let credentials = Credentials::new(account.user.clone(), account.password.clone());
            let known = [Mechanism::Plain, Mechanism::Login];
            smtp.auth(&known, &credentials).await.map_err(at(Step::SignIn))?;
        }
        Ok(smtp)
    }
}

/// Says goodbye without making anybody wait for it.
pub(super) fn close(mut line: Line) {
    tokio::spawn(async move { timeout(TRIAL, line.smtp.abort()).await });
}

fn tls(config: &Config) -> Result<TlsParameters, ConfigError> {
    // An error only says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut parameters = TlsParameters::builder(config.server.clone());
    if let Some(authority) = &config.authority {
        let certificate = Certificate::from_pem(authority).map_err(ConfigError::Authority)?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build_rustls().map_err(ConfigError::Tls)
}

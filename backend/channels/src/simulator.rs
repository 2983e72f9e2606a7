//! The phones of the demo: what the town "sent" to any number, on a page instead of in a pocket, and what people answer.
//!
//! Nothing leaves the machine. With a file, the conversations survive a restart; e-mails are kept until the process ends. A number that ends in 90 is refused as
//! unknown, one that ends in 91 is switched off: so that operators see failures in the demo, too.

mod mails;
mod phones;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::messaging::attempt::{InboundSms, Listed, Lookup, Outgoing, OutgoingEmail, Report, SendOutcome};
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::class_of_code;
use domain::messaging::sms_encoding;
use tokio::sync::broadcast;

pub use mails::Letter;
pub use phones::{Direction, Phone, Text};

use mails::Mails;
use phones::Phones;

/// The word under which attempts and receipts are kept.
pub const PROVIDER: &str = "simulator";

/// The simulated phone network; clones are the same network.
#[derive(Clone, Debug)]
pub struct Simulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    phones: Mutex<Phones>,
    mails: Mutex<Mails>,
    changes: broadcast::Sender<()>,
    reports: broadcast::Sender<Report>,
    prompt: AtomicBool,
}

impl Simulator {
    /// Phones that forget everything when the process ends.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::with(Phones::default())
    }

    /// Phones whose conversations are kept in this file, one JSON object a line.
    ///
    /// # Errors
    /// When the file can be neither read nor created.
    pub fn kept_in(file: &Path) -> std::io::Result<Self> {
        Ok(Self::with(Phones::open(file)?))
    }

    fn with(phones: Phones) -> Self {
        let (changes, _) = broadcast::channel(256);
        // A whole simulated day of receipts may wait for a slow worker.
        let (reports, _) = broadcast::channel(8192);
        let prompt = AtomicBool::new(false);
        Self {
            inner: Arc::new(Inner {
                phones: Mutex::new(phones),
                mails: Mutex::default(),
                changes,
                reports,
                prompt,
            }),
        }
    }

    /// Delivers a text to its phone and reports so a moment later, as a provider would.
    pub fn send(&self, outgoing: &Outgoing) -> SendOutcome {
        if outgoing.to.e164().ends_with("90") {
            return SendOutcome::refused(21211, 400);
        }
        let size = sms_encoding::measure(&outgoing.body);
        let text = self.phones().receive(outgoing);
        self.changed();
        self.report_soon(outgoing, &text.id);
        SendOutcome::Accepted { reference: text.id, segments: i32::try_from(size.segments).ok() }
    }

    /// Whether texts are reported as delivered while they are sent, without the pauses of real phones: for hours
    /// that are played faster than they pass.
    pub fn report_promptly(&self, promptly: bool) {
        self.inner.prompt.store(promptly, Ordering::Relaxed);
    }

    /// Whether this attempt's text lies on the phone.
    pub fn lookup(&self, outgoing: &Outgoing) -> Lookup {
        match self.phones().find(outgoing) {
            Some(text) => Lookup::Found(vec![Listed { reference: text.id.clone(), receipt: text.state }]),
            None => Lookup::NotFound,
        }
    }

    /// All phones that have texts, the latest first.
    #[must_use]
    pub fn conversations(&self) -> Vec<Phone> {
        self.phones().all()
    }

    /// The texts of one phone, the oldest first.
    #[must_use]
    pub fn messages(&self, number: &PhoneNumber) -> Vec<Text> {
        self.phones().texts(number)
    }

    /// Somebody answers on a phone: gives what a provider's webhook would bring, for the same verb.
    pub fn reply(&self, number: &PhoneNumber, to: &str, body: &str, at: DateTime<Utc>) -> InboundSms {
        let text = self.phones().write(number, body, at);
        self.changed();
        InboundSms {
            provider: PROVIDER,
            sid: text.id,
            from: number.clone(),
            to: to.to_owned(),
            body: body.to_owned(),
            opt_out: None,
        }
    }

    /// Puts an e-mail into its mailbox.
    pub fn send_mail(&self, mail: &OutgoingEmail) -> SendOutcome {
        let reference = self.mails().receive(mail);
        self.changed();
        SendOutcome::Accepted { reference, segments: None }
    }

    /// The e-mails of all mailboxes, the latest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.mails().all()
    }

    /// Something changed, from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<()> {
        self.inner.changes.subscribe()
    }

    /// The reports about sent texts, from now on; a worker records them as it would record a provider's.
    #[must_use]
    pub fn reports(&self) -> broadcast::Receiver<Report> {
        self.inner.reports.subscribe()
    }

    fn phones(&self) -> MutexGuard<'_, Phones> {
        self.inner.phones.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn mails(&self) -> MutexGuard<'_, Mails> {
        self.inner.mails.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn changed(&self) {
        // Nobody may be watching.
        let _ = self.inner.changes.send(());
    }

    /// Sent, then delivered (or not), with the pauses people know from their phones.
    fn report_soon(&self, outgoing: &Outgoing, reference: &str) {
        let network = self.clone();
        let number = outgoing.to.clone();
        let ours = Some((outgoing.message, outgoing.attempt));
        let reference = reference.to_owned();
        let last = if number.e164().ends_with("91") { Receipt::Undelivered } else { Receipt::Delivered };
        let report = move |receipt| {
            network.phones().mark(&number, &reference, receipt);
            network.changed();
            let error_code = (receipt == Receipt::Undelivered).then_some(30005);
            let class = error_code.map(class_of_code);
            let reference = reference.clone();
            let report = Report { provider: PROVIDER, reference, receipt, error_code, class, ours };
            // Nobody may be listening: the message then stays "accepted".
            let _ = network.inner.reports.send(report);
        };
        if self.inner.prompt.load(Ordering::Relaxed) {
            report(last);
            return;
        }
        tokio::spawn(async move {
            for (pause, receipt) in [(150, Receipt::Sent), (400, last)] {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                report(receipt);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::MessageId;
    use uuid::Uuid;

    fn number(last: u32) -> PhoneNumber {
        PhoneNumber::trusted(format!("+4917139200{last:02}"))
    }

    fn noon() -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse().unwrap()
    }

    fn outgoing(message: u128, to: PhoneNumber, body: &str) -> Outgoing {
        Outgoing {
            message: MessageId(Uuid::from_u128(message)),
            attempt: 1,
            to,
            body: body.into(),
            validity: Duration::from_secs(300),
            at: noon(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_arrives_and_is_reported_as_delivered() {
        let network = Simulator::in_memory();
        let mut reports = network.reports();
        let sent = outgoing(1, number(12), "Nr. B012: Bitte jetzt zu Platz 3.");
        let SendOutcome::Accepted { reference, segments } = network.send(&sent) else {
            panic!("not accepted")
        };
        assert_eq!(segments, Some(1));
        assert_eq!(network.messages(&number(12))[0].body, sent.body);
        assert!(matches!(network.lookup(&sent), Lookup::Found(found) if found[0].reference == reference));
        assert_eq!(reports.recv().await.unwrap().receipt, Receipt::Sent);
        let last = reports.recv().await.unwrap();
        assert_eq!((last.receipt, last.ours), (Receipt::Delivered, Some((sent.message, 1))));
        assert_eq!(network.messages(&number(12))[0].state, Some(Receipt::Delivered));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_what_a_webhook_would_bring() {
        let network = Simulator::in_memory();
        let mut changes = network.subscribe();
        let inbound = network.reply(&number(12), "+491713920099", "STORNO", noon());
        let again = network.reply(&number(12), "+491713920099", "STORNO", noon());
        assert_ne!(inbound.sid, again.sid);
        changes.recv().await.unwrap();
        assert_eq!(network.conversations()[0].preview, "STORNO");
    }

    #[tokio::test(start_paused = true)]
    async fn conversations_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("phones.jsonl");
        let network = Simulator::kept_in(&file).unwrap();
        let mut reports = network.reports();
        network.send(&outgoing(1, number(12), "eins"));
        network.reply(&number(12), "+491713920099", "zwei", noon());
        reports.recv().await.unwrap();
        reports.recv().await.unwrap();
        drop(network);
        let again = Simulator::kept_in(&file).unwrap();
        let texts = again.messages(&number(12));
        assert_eq!(texts.iter().map(|text| text.body.as_str()).collect::<Vec<_>>(), ["eins", "zwei"]);
        assert_eq!(texts[0].state, Some(Receipt::Delivered));
        let new = again.reply(&number(12), "+491713920099", "drei", noon());
        assert!(texts.iter().all(|text| text.id != new.sid), "ids go on after a restart");
    }

    #[tokio::test(start_paused = true)]
    async fn a_torn_last_line_loses_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("phones.jsonl");
        let network = Simulator::kept_in(&file).unwrap();
        network.reply(&number(12), "+491713920099", "eins", noon());
        drop(network);
        let mut kept = std::fs::read_to_string(&file).unwrap();
        kept.push_str("{\"text\":{\"id\":\"half");
        std::fs::write(&file, kept).unwrap();
        let again = Simulator::kept_in(&file).unwrap();
        again.reply(&number(12), "+491713920099", "zwei", noon());
        drop(again);
        let third = Simulator::kept_in(&file).unwrap();
        assert_eq!(third.messages(&number(12)).len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn numbers_that_fail_fail_for_operators_to_see() {
        let network = Simulator::in_memory();
        let refused = network.send(&outgoing(1, number(90), "eins"));
        assert_eq!(refused, SendOutcome::refused(21211, 400));
        let mut reports = network.reports();
        network.send(&outgoing(2, number(91), "eins"));
        reports.recv().await.unwrap();
        assert_eq!(reports.recv().await.unwrap().receipt, Receipt::Undelivered);
    }
}

//! What a mail server's answer means, which depends on the step it answers.

use std::error::Error as _;

use domain::messaging::attempt::SendOutcome;
use domain::messaging::failure::ErrorClass;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Severity;

/// How far the dialogue got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Connecting, greeting, agreeing on TLS.
    Hello,
    /// Our name and password.
    SignIn,
    /// Who sends.
    Sender,
    /// Who receives.
    Recipient,
    /// Whether the mail may follow.
    Data,
    /// The mail itself: from here on nobody can be sure without an answer.
    Content,
}

/// Classifies a failed step.
pub(super) fn classify(step: Step, error: &Error) -> SendOutcome {
    if let Some(code) = error.status() {
        let number = code.to_string().parse().unwrap_or(0);
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        return answered(step, code.severity, number, &said);
    }
    if error.is_client() {
        // The server offers no STARTTLS, or no way to sign in that we have.
        return SendOutcome::Config { code: if step == Step::SignIn { 504 } else { 530 } };
    }
    if step == Step::Hello && is_distrust(error) {
        tracing::warn!(error = %error, "the mail server's certificate is not trusted");
        return SendOutcome::Config { code: 0 };
    }
    broken(step)
}

/// Silence until the time was up.
pub(super) fn silent(step: Step) -> SendOutcome {
    without_answer(step, "timeout")
}

/// The line broke, or what came was no SMTP.
fn broken(step: Step) -> SendOutcome {
    without_answer(step, "reset")
}

fn without_answer(step: Step, reason: &'static str) -> SendOutcome {
    match step {
        Step::Content => SendOutcome::Ambiguous { reason, http_status: None },
        Step::Hello => SendOutcome::NotSent { reason: "dns_or_connect" },
        Step::SignIn | Step::Sender | Step::Recipient | Step::Data => {
            SendOutcome::NotSent { reason: "dialogue" }
        }
    }
}

fn answered(step: Step, severity: Severity, code: u16, said: &str) -> SendOutcome {
    let refused = |class| SendOutcome::Refused { class, code: u32::from(code), http_status: code };
    let config = SendOutcome::Config { code: u32::from(code) };
    match severity {
        Severity::TransientNegativeCompletion => refused(ErrorClass::MailTemporary),
        // A good answer where none may stand, as 250 to DATA.
        Severity::PositiveCompletion | Severity::PositiveIntermediate => broken(step),
        Severity::PermanentNegativeCompletion => match step {
            Step::Hello | Step::SignIn => config,
            // 552: the server says before the mail that it is too big.
            Step::Sender | Step::Content if code == 552 => refused(ErrorClass::Render),
            Step::Sender => config,
            Step::Recipient if is_ours(code, said) => config,
            Step::Recipient => refused(ErrorClass::PermanentRecipient),
            Step::Data | Step::Content => refused(ErrorClass::Blocked),
        },
    }
}

/// Whether a refused recipient is no fault of the address: we must sign in first, or the server does not know us.
fn is_ours(code: u16, said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let relaying = ["relay", "authentication required", "not authenticated"];
    matches!(code, 503 | 530 | 535 | 538) || relaying.iter().any(|word| said.contains(word))
}

/// Whether the server's certificate is the trouble, which no waiting mends.
fn is_distrust(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls.or_else(|| cause.downcast_ref()) {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{PermanentNegativeCompletion as Permanent, TransientNegativeCompletion as Transient};

    fn class(step: Step, severity: Severity, code: u16, said: &str) -> Option<ErrorClass> {
        answered(step, severity, code, said).class()
    }

    #[test]
    fn answers_have_their_class() {
        use Step::{Content, Data, Hello, Recipient, Sender, SignIn};
        for (step, code, said, expected) in [
            (Hello, 421, "4.3.2 too busy", ErrorClass::MailTemporary),
            (Hello, 554, "no service here", ErrorClass::Configuration),
            (SignIn, 454, "4.7.0 temporary authentication failure", ErrorClass::MailTemporary),
            (SignIn, 535, "5.7.8 credentials invalid", ErrorClass::Configuration),
            (Sender, 451, "4.3.0 try later", ErrorClass::MailTemporary),
            (Sender, 550, "5.7.1 sender not yours", ErrorClass::Configuration),
            (Sender, 552, "5.3.4 too big", ErrorClass::Render),
            (Recipient, 450, "4.2.0 greylisted", ErrorClass::MailTemporary),
            (Recipient, 452, "4.2.2 mailbox full", ErrorClass::MailTemporary),
            (Recipient, 550, "5.1.1 user unknown", ErrorClass::PermanentRecipient),
            (Recipient, 552, "5.2.2 mailbox full", ErrorClass::PermanentRecipient),
            (Recipient, 553, "5.1.3 bad address", ErrorClass::PermanentRecipient),
            (Recipient, 550, "5.7.1 refused by the recipient", ErrorClass::PermanentRecipient),
            (Recipient, 554, "5.7.1 Relay access denied", ErrorClass::Configuration),
            (Recipient, 530, "5.7.0 Authentication required", ErrorClass::Configuration),
            (Data, 451, "4.3.0 try later", ErrorClass::MailTemporary),
            (Data, 554, "5.5.1 no", ErrorClass::Blocked),
            (Content, 451, "4.7.1 try later", ErrorClass::MailTemporary),
            (Content, 452, "4.3.1 disk full", ErrorClass::MailTemporary),
            (Content, 550, "5.7.1 looks like spam", ErrorClass::Blocked),
            (Content, 552, "5.3.4 too big", ErrorClass::Render),
        ] {
            let severity = if code < 500 { Transient } else { Permanent };
            assert_eq!(class(step, severity, code, said), Some(expected), "{step:?} {code} {said}");
        }
    }

    #[test]
    fn a_code_is_kept_for_operators() {
        let refused = answered(Step::Recipient, Permanent, 550, "5.1.1");
        assert_eq!((refused.code(), refused.http_status()), (Some("550".to_owned()), Some(550)));
    }

    #[test]
    fn only_silence_after_the_mail_leaves_doubt() {
        for step in [Step::Hello, Step::SignIn, Step::Sender, Step::Recipient, Step::Data] {
            assert_eq!(silent(step).class(), Some(ErrorClass::NotSent), "{step:?}");
            assert_eq!(broken(step).class(), Some(ErrorClass::NotSent), "{step:?}");
        }
        assert_eq!(silent(Step::Content).class(), Some(ErrorClass::Ambiguous));
        assert_eq!(broken(Step::Content).class(), Some(ErrorClass::Ambiguous));
    }
}

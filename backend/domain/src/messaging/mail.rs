//! From facts to an e-mail: a subject, the text, and the same as HTML. What it says stands in `locales/<lang>/mail.rs`. No
//! service is named, so that a mailbox others look into tells nothing about the matter.

use crate::language::Language;
use crate::locales;
use crate::messaging::notification::{Notification, Visit};

/// What an e-mail says, before it is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The subject.
    pub(crate) subject: String,
    /// What happened, in a sentence or two.
    pub(crate) opening: Vec<String>,
    /// When, where and with which code.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What to do now.
    pub(crate) closing: Vec<String>,
    /// Where to go on, and how that is called.
    pub(crate) link: Option<(&'static str, String)>,
}

/// An e-mail as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The e-mail of a message, signed by the town; `None` for kinds that go by SMS only.
#[must_use]
pub fn write(notification: &Notification, language: Language, town: &str) -> Option<Mail> {
    let letter = match language {
        Language::De => locales::de::mail::letter(notification),
        Language::En => locales::en::mail::letter(notification),
    }?;
    let unanswered = match language {
        Language::De => locales::de::mail::UNANSWERED,
        Language::En => locales::en::mail::UNANSWERED,
    };
    Some(Mail {
        subject: letter.subject.replace(['\r', '\n'], " "),
        text: plain(&letter, town, unanswered),
        html: html(&letter, language, town, unanswered),
    })
}

/// Where one goes, in full: the street, and the office unless its name tells too much.
pub(crate) fn place(visit: &Visit) -> String {
    let name = (!visit.sensitive).then_some(visit.office.as_str());
    let parts = [name, Some(visit.address.as_str()), visit.entrance.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn plain(letter: &Letter, town: &str, unanswered: &str) -> String {
    let facts: Vec<String> = letter.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let link = letter.link.as_ref().map(|(name, url)| format!("{name}:\n{url}"));
    let blocks =
        [letter.opening.join("\n"), facts.join("\n"), letter.closing.join("\n"), link.unwrap_or_default()];
    let body: Vec<&str> = blocks.iter().map(String::as_str).filter(|block| !block.is_empty()).collect();
    format!("{}\n\n{town}\n\n-- \n{unanswered}\n", body.join("\n\n"))
}

fn html(letter: &Letter, language: Language, town: &str, unanswered: &str) -> String {
    let paragraph = |line: &String| format!("<p>{}</p>", escape(line));
    let fact = |(name, value): &(&str, String)| {
        let (name, value) = (escape(name), escape(value));
        format!("<tr><th align=\"left\" style=\"padding:2px 16px 2px 0\">{name}</th><td>{value}</td></tr>")
    };
    let opening: String = letter.opening.iter().map(paragraph).collect();
    let facts: String = letter.facts.iter().map(fact).collect();
    let table = if facts.is_empty() {
        String::new()
    } else {
        format!("<table role=\"presentation\">{facts}</table>")
    };
    let closing: String = letter.closing.iter().map(paragraph).collect();
    let link = letter
        .link
        .as_ref()
        .map(|(name, url)| format!("<p><a href=\"{}\">{}</a></p>", escape(url), escape(name)));
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"font-family:sans-serif;line-height:1.5;color:#1a1a1a;background:#ffffff\">{opening}{table}{closing}{}\
         <p>{}</p><hr><p style=\"color:#595959;font-size:small\">{}</p></body></html>",
        language.tag(),
        escape(&letter.subject),
        link.unwrap_or_default(),
        escape(town),
        escape(unanswered)
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::Kind;
    use chrono::{NaiveDate, NaiveDateTime};

    fn at(hour: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 9, 14).unwrap().and_hms_opt(hour, 20, 0).unwrap()
    }

    fn visit(sensitive: bool) -> Visit {
        Visit {
            starts: at(10),
            office: "Amt für <Zuwanderung>".into(),
            address: "Rathausplatz 1".into(),
            entrance: None,
            sensitive,
            check_in_code: "4829-1376".into(),
        }
    }

    fn all(sensitive: bool) -> Vec<Notification> {
        let link = || "https://t.stadt.de/t/7FQ2MKD9TR?a=1&b=2".to_owned();
        vec![
            Notification::BookingConfirmed { visit: visit(sensitive), link: link() },
            Notification::BookingMoved {
                visit: visit(sensitive),
                was: at(9),
                code_stays: true,
                link: link(),
            },
            Notification::BookingCancelledByOffice { starts: at(10), link: link() },
            Notification::BookingCancelled { starts: at(10) },
            Notification::Reminder { visit: visit(sensitive) },
            Notification::EarlyReminder { visit: visit(sensitive) },
        ]
    }

    #[test]
    fn each_kind_that_goes_by_mail_has_one_in_every_language() {
        for language in Language::ALL {
            for notification in all(false) {
                assert!(notification.kind().goes_by_mail());
                let mail = write(&notification, language, "Stadt Musterstadt").unwrap();
                assert!(!mail.subject.is_empty() && mail.subject.len() < 78, "{}", mail.subject);
                assert!(
                    mail.text.contains("10:20") && mail.text.contains("Stadt Musterstadt"),
                    "{}",
                    mail.text
                );
                assert!(
                    mail.html.contains("10:20")
                        && mail.html.contains(&format!("lang=\"{}\"", language.tag()))
                );
            }
            let code = Notification::VerificationCode { code: "482913".into(), host: "h".into() };
            let mail = write(&code, language, "Stadt Musterstadt").unwrap();
            assert!(mail.text.contains("482913") && !mail.subject.contains("482913"));
            let call = Notification::QueueCalled { number: "B012".into(), counter: "3".into() };
            assert_eq!(write(&call, language, "Stadt Musterstadt"), None);
        }
        assert_eq!(Kind::ALL.into_iter().filter(|kind| kind.goes_by_mail()).count(), all(false).len());
    }

    #[test]
    fn names_and_links_cannot_break_out_of_the_page() {
        let mail = write(&all(false)[0], Language::De, "Stadt <b>").unwrap();
        assert!(
            mail.html.contains("&lt;Zuwanderung&gt;") && mail.html.contains("Stadt &lt;b&gt;"),
            "{}",
            mail.html
        );
        assert!(mail.html.contains("?a=1&amp;b=2"));
    }

    #[test]
    fn a_sensitive_office_is_never_named() {
        for language in Language::ALL {
            for notification in all(true) {
                let mail = write(&notification, language, "Stadt Musterstadt").unwrap();
                for part in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!part.contains("Zuwanderung"), "{part}");
                }
            }
        }
    }
}

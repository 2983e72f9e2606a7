//! What stands in a mail, read back as a mail program would.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use domain::messaging::attempt::CalendarMethod;
use url::Url;
use uuid::Uuid;

use super::super::config::Security;
use super::*;

fn config() -> Config {
    Config {
        server: "mail.musterstadt.example".into(),
        port: 587,
        security: Security::StartTls,
        credentials: None,
        authority: None,
        host: "termine.musterstadt.example".into(),
        from: EmailAddress::parse("termine@musterstadt.example").unwrap(),
        connections: 1,
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
    }
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
    DESCRIPTION:Bitte bringen Sie Ihren Ausweis und ein biometrisches Foto mit. \r\n Code 4829\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

fn mail() -> OutgoingEmail {
    OutgoingEmail {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 1,
        to: EmailAddress::parse("erika@musterstadt.example").unwrap(),
        from_name: "Stadt Müsterstadt".into(),
        reply_to: None,
        subject: "Ihr Termin am 14. September".into(),
        text: "Guten Tag,\n\nbis Montag um 10:20 Uhr.\n.\nGrüße".into(),
        html: "<p>Bis Montag um 10:20 Uhr.</p>".into(),
        calendar: None,
        list_unsubscribe: None,
        at: "2026-09-14T12:00:00Z".parse::<DateTime<Utc>>().unwrap(),
    }
}

fn invitation() -> OutgoingEmail {
    let calendar = CalendarPart { method: CalendarMethod::Request, text: CALENDAR.into() };
    OutgoingEmail { calendar: Some(calendar), ..mail() }
}

fn written(mail: &OutgoingEmail) -> String {
    let composed = compose(&config(), mail).unwrap_or_else(|refused| panic!("{refused:?}"));
    String::from_utf8(composed.bytes).expect("ASCII for servers without 8BITMIME")
}

fn head(text: &str) -> &str {
    text.split_once("\r\n\r\n").expect("a head and a body").0
}

/// The parts between the lines of a boundary, each with its own head.
fn parts_of<'a>(text: &'a str, boundary: &str) -> Vec<&'a str> {
    let line = format!("--{boundary}");
    text.split(line.as_str()).skip(1).filter(|part| !part.starts_with("--")).collect()
}

fn decoded(part: &str) -> String {
    let body = part.split_once("\r\n\r\n").expect("a head and a body").1;
    let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base64");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn every_attempt_of_a_message_is_the_same_mail_but_for_its_date() {
    let first = written(&invitation());
    let at = mail().at + chrono::Duration::minutes(5);
    let second = written(&OutgoingEmail { attempt: 2, at, ..invitation() });
    assert!(
        head(&first)
            .contains("Message-ID: <00000000-0000-0000-0000-000000000007@termine.musterstadt.example>")
    );
    let differing: Vec<_> = first.lines().zip(second.lines()).filter(|(one, other)| one != other).collect();
    assert_eq!(first.lines().count(), second.lines().count());
    assert_eq!(
        differing,
        [("Date: Mon, 14 Sep 2026 12:00:00 +0000", "Date: Mon, 14 Sep 2026 12:05:00 +0000")]
    );
}

#[test]
fn the_head_says_who_and_that_no_person_wrote() {
    let text = written(&mail());
    let head = head(&text);
    for line in [
        "To: erika@musterstadt.example",
        "Subject: Ihr Termin am 14. September",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|known| known == line), "{line} in\n{head}");
    }
    assert!(head.contains("<termine@musterstadt.example>"), "{head}");
    assert!(!head.contains("List-Unsubscribe") && !head.contains("Reply-To"), "{head}");
}

#[test]
fn answers_and_the_way_out_are_named_where_there_are_such() {
    let link = format!("https://termine.musterstadt.example/m/{}", "a".repeat(120));
    let text = written(&OutgoingEmail {
        reply_to: Some(EmailAddress::parse("buergerbuero@musterstadt.example").unwrap()),
        list_unsubscribe: Some(Url::parse(&link).unwrap()),
        ..mail()
    });
    let unfolded = head(&text).replace("\r\n ", " ");
    assert!(unfolded.contains("Reply-To: buergerbuero@musterstadt.example"), "{unfolded}");
    assert!(unfolded.contains(&format!("List-Unsubscribe: <{link}>")), "{unfolded}");
}

#[test]
fn text_and_html_are_alternatives() {
    let text = written(&mail());
    let boundary = "alternatives.00000000000000000000000000000007";
    assert!(head(&text).contains("Content-Type: multipart/alternative;"), "{text}");
    let parts = parts_of(&text, boundary);
    assert_eq!(parts.len(), 2, "{text}");
    assert!(parts[0].contains("Content-Type: text/plain; charset=utf-8"));
    assert!(parts[1].contains("Content-Type: text/html; charset=utf-8"));
}

#[test]
fn the_calendar_is_an_alternative_and_a_file_byte_for_byte() {
    let text = written(&invitation());
    assert!(head(&text).contains("Content-Type: multipart/mixed;"), "{text}");
    let outer = parts_of(&text, "mail.00000000000000000000000000000007");
    assert_eq!(outer.len(), 2, "{text}");
    let inner = parts_of(outer[0], "alternatives.00000000000000000000000000000007");
    assert_eq!(inner.len(), 3, "{text}");
    let calendar = inner[2].replace("\r\n ", " ");
    assert!(calendar.contains("text/calendar;") && calendar.contains("method=REQUEST"), "{calendar}");
    assert!(!calendar.contains("Content-Disposition"));
    assert!(outer[1].contains("application/ics"), "{text}");
    assert!(outer[1].contains("Content-Disposition: attachment; filename=\"termin.ics\""), "{text}");
    assert_eq!((decoded(inner[2]), decoded(outer[1])), (CALENDAR.to_owned(), CALENDAR.to_owned()));
}

#[test]
fn a_cancellation_says_so_in_type_and_file() {
    let text = CALENDAR.replace("METHOD:REQUEST", "METHOD:CANCEL");
    let cancelled = |text| OutgoingEmail {
        calendar: Some(CalendarPart { method: CalendarMethod::Cancel, text }),
        ..mail()
    };
    assert!(written(&cancelled(text)).contains("method=CANCEL"));
    assert_eq!(compose(&config(), &cancelled(CALENDAR.into())).err(), Some(Unwritable::Content));
}

#[test]
fn nothing_can_begin_a_header_of_its_own() {
    for bad in ["Termin\r\nBcc: max@musterstadt.example", "Termin\nX: y", "Termin\rX", "Termin\0", "\u{2028}"]
    {
        let subject = OutgoingEmail { subject: bad.into(), ..mail() };
        let name = OutgoingEmail { from_name: bad.into(), ..mail() };
        for mail in [subject, name] {
            assert_eq!(compose(&config(), &mail).err(), Some(Unwritable::Content), "{bad:?}");
        }
    }
    let empty = OutgoingEmail { subject: " ".into(), ..mail() };
    assert_eq!(compose(&config(), &empty).err(), Some(Unwritable::Content));
    let quoted = OutgoingEmail { from_name: "Stadt \"A\" <b@c.example>, d".into(), ..mail() };
    let composed = compose(&config(), &quoted).unwrap_or_else(|refused| panic!("{refused:?}"));
    assert_eq!(composed.envelope.to().len(), 1);
    let text = written(&quoted);
    assert_eq!(text.matches("From:").count(), 1);
    assert!(head(&text).contains("termine@musterstadt.example"), "{text}");
}

#[test]
fn hosts_with_umlauts_are_written_in_ascii_and_such_mailboxes_refused() {
    let abroad = OutgoingEmail { to: EmailAddress::parse("erika@müller.example").unwrap(), ..mail() };
    assert!(written(&abroad).contains("To: erika@xn--mller-kva.example"));
    let strange =
        OutgoingEmail { to: EmailAddress::try_from("jürgen@müller.example".to_owned()).unwrap(), ..mail() };
    assert_eq!(compose(&config(), &strange).err(), Some(Unwritable::Recipient));
    let number = OutgoingEmail { to: EmailAddress::parse("erika@127.0.0.1").unwrap(), ..mail() };
    assert_eq!(compose(&config(), &number).err(), Some(Unwritable::Recipient));
}

#[test]
fn no_line_is_longer_than_servers_take() {
    let long = OutgoingEmail {
        text: "ä".repeat(5_000),
        html: format!("<p>{}</p>", "x".repeat(5_000)),
        subject: "Terminbestätigung ".repeat(20).trim().to_owned(),
        ..invitation()
    };
    let text = written(&long);
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
}

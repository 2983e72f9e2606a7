//! Writes the mail: text, HTML and calendar as alternatives, and the calendar file once more to open by hand.
//!
//! Every attempt of a message becomes the same bytes but for its date.

use std::time::SystemTime;

use domain::contact::{EmailAddress, is_unwritable};
use domain::messaging::attempt::{CalendarPart, OutgoingEmail};
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use url::Host;

use super::config::Config;

/// A mail as it goes over the line.
pub(super) struct Composed {
    /// From and to whom, for the server.
    pub envelope: Envelope,
    /// Its name without the angle brackets.
    pub id: String,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// Why no mail can be made of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// No server takes mail for this address.
    Recipient,
    /// A line of the head would break, or a part contradicts itself.
    Content,
}

/// Writes the mail.
pub(super) fn compose(config: &Config, mail: &OutgoingEmail) -> Result<Composed, Unwritable> {
    let one_line = |text: &str| !text.chars().any(is_unwritable);
    if !one_line(&mail.subject) || !one_line(&mail.from_name) || mail.subject.trim().is_empty() {
        return Err(Unwritable::Content);
    }
    let to = address(&mail.to).ok_or(Unwritable::Recipient)?;
    let from = address(&config.from).ok_or(Unwritable::Content)?;
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).map_err(|_| Unwritable::Recipient)?;
    let id = format!("{}@{}", mail.message, config.host);
    let name = Some(mail.from_name.clone()).filter(|name| !name.trim().is_empty());
    let mut message = Message::builder()
        .message_id(Some(format!("<{id}>")))
        .date(SystemTime::from(mail.at))
        .from(Mailbox::new(name, from))
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        // RFC 3834: out-of-office replies stay out of the town's mailbox.
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(reply_to) = &mail.reply_to {
        message = message.reply_to(Mailbox::new(None, address(reply_to).ok_or(Unwritable::Content)?));
    }
    if let Some(link) = &mail.list_unsubscribe {
        message = message.raw_header(header("List-Unsubscribe", format!("<{link}>")));
    }
    let message = message.multipart(parts(mail)?).map_err(|_| Unwritable::Content)?;
    Ok(Composed { envelope, id, bytes: message.formatted() })
}

/// The address as servers take it: the host in ASCII (RFC 5891); before the @ there is no such form.
fn address(address: &EmailAddress) -> Option<Address> {
    let Ok(Host::Domain(host)) = Host::parse(address.host()) else { return None };
    address.local_part().is_ascii().then(|| Address::new(address.local_part(), host).ok())?
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn parts(mail: &OutgoingEmail) -> Result<MultiPart, Unwritable> {
    let boundary = |part: &str| format!("{part}.{}", mail.message.0.simple());
    let mut alternatives = MultiPart::alternative()
        .boundary(boundary("alternatives"))
        .singlepart(SinglePart::plain(mail.text.clone()))
        .singlepart(SinglePart::html(mail.html.clone()));
    let Some(calendar) = &mail.calendar else { return Ok(alternatives) };
    let method = calendar.method.as_str();
    if !calendar.text.contains(&format!("\r\nMETHOD:{method}\r\n")) {
        return Err(Unwritable::Content);
    }
    // RFC 6047 §2.4: the method of the type is the method of the file.
    alternatives = alternatives.singlepart(file(
        calendar,
        &format!("text/calendar; charset=utf-8; method={method}"),
        None,
    )?);
    let attachment = file(calendar, "application/ics; name=\"termin.ics\"", Some("termin.ics"))?;
    let whole = MultiPart::mixed().boundary(boundary("mail")).multipart(alternatives);
    Ok(whole.singlepart(attachment))
}

/// The calendar file byte for byte: its lines are folded by rules of their own.
fn file(calendar: &CalendarPart, kind: &str, name: Option<&str>) -> Result<SinglePart, Unwritable> {
    let kind = ContentType::parse(kind).map_err(|_| Unwritable::Content)?;
    let bytes = calendar.text.clone().into_bytes();
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
    let body = body.map_err(|_| Unwritable::Content)?;
    let mut part = SinglePart::builder().header(kind);
    if let Some(name) = name {
        part = part.header(ContentDisposition::attachment(name));
    }
    Ok(part.body(body))
}

#[cfg(test)]
mod tests;

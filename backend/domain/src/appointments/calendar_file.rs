//! The calendar file of an appointment (RFC 5545, RFC 5546), to download or to attach.
//!
//! The UID stays the same for the life of the booking and SEQUENCE grows with every change, so that a
//! calendar replaces what it has instead of showing the appointment twice.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To put into one's own calendar.
    Publish,
    /// An invitation in an e-mail.
    Request,
    /// The appointment no longer takes place.
    Cancel,
}

/// What the calendar shows; no name, no number, nothing about the citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEntry<'a> {
    /// Stable name of the booking, `<id>@<host>`.
    pub uid: &'a str,
    /// The booking's revision.
    pub sequence: u32,
    /// What the file is for.
    pub method: Method,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When the appointment begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The zone of the office.
    pub zone: Tz,
    /// "Termin im Bürgerbüro".
    pub summary: &'a str,
    /// Where it is.
    pub location: &'a str,
    /// What to bring, and the check-in code.
    pub description: &'a str,
    /// The citizen's own page, if it may stand in a calendar.
    pub url: Option<&'a str>,
    /// Who invites and who is invited, by their e-mail addresses: an invitation names both (RFC 5546 §3.2.2).
    pub invited: Option<(&'a str, &'a str)>,
}

/// The file, lines ended by CR LF.
pub fn write(entry: &CalendarEntry<'_>) -> String {
    let mut lines = Lines::default();
    let method = match entry.method {
        Method::Publish => "PUBLISH",
        Method::Request => "REQUEST",
        Method::Cancel => "CANCEL",
    };
    let status = if entry.method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" };
    lines.add("BEGIN:VCALENDAR");
    lines.add("VERSION:2.0");
    lines.add("PRODID:-//Lotse//Termine//DE");
    lines.add("CALSCALE:GREGORIAN");
    lines.add(&format!("METHOD:{method}"));
    let local = entry.zone == chrono_tz::Europe::Berlin;
    if local {
        BERLIN.iter().for_each(|line| lines.add(line));
    }
    lines.add("BEGIN:VEVENT");
    lines.add(&format!("UID:{}", escape(entry.uid)));
    lines.add(&format!("SEQUENCE:{}", entry.sequence));
    lines.add(&format!("DTSTAMP:{}", utc(entry.written_at)));
    lines.add(&time("DTSTART", entry.starts_at, local.then_some(entry.zone)));
    lines.add(&time("DTEND", entry.ends_at, local.then_some(entry.zone)));
    lines.add(&format!("SUMMARY:{}", escape(entry.summary)));
    lines.add(&format!("LOCATION:{}", escape(entry.location)));
    lines.add(&format!("DESCRIPTION:{}", escape(entry.description)));
    if let Some(url) = entry.url.filter(|url| !url.contains(char::is_control)) {
        lines.add(&format!("URL:{url}"));
    }
    if let Some((by, whom)) =
        entry.invited.filter(|(by, whom)| ![by, whom].iter().any(|one| one.contains(char::is_control)))
    {
        lines.add(&format!("ORGANIZER:mailto:{by}"));
        lines.add(&format!("ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{whom}"));
    }
    lines.add(&format!("STATUS:{status}"));
    lines.add("TRANSP:OPAQUE");
    lines.add("CLASS:PRIVATE");
    lines.add("END:VEVENT");
    lines.add("END:VCALENDAR");
    lines.text
}

/// The rules of German time since 1996: the last Sundays of March and October.
const BERLIN: [&str; 18] = [
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "X-LIC-LOCATION:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZNAME:CEST",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "DTSTART:19960331T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZNAME:CET",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "DTSTART:19961027T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
];

fn utc(instant: DateTime<Utc>) -> String {
    instant.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Local time with its zone in Germany, UTC elsewhere: then no zone has to be described.
fn time(property: &str, instant: DateTime<Utc>, zone: Option<Tz>) -> String {
    match zone {
        Some(zone) => {
            let local = instant.with_timezone(&zone);
            format!("{property};TZID={zone}:{}", local.format("%Y%m%dT%H%M%S"))
        }
        None => format!("{property}:{}", utc(instant)),
    }
}

/// RFC 5545 §3.3.11: backslash, semicolon, comma and line breaks are escaped, other controls dropped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\r' => {
                characters.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            '\n' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Content lines, folded so that none is longer than 75 octets (RFC 5545 §3.1).
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn add(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > 75 {
                self.text.push_str("\r\n ");
                octets = 1;
            }
            self.text.push(character);
            octets += character.len_utf8();
        }
        self.text.push_str("\r\n");
    }
}

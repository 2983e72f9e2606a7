//! The calendar file against RFC 5545: folding, escaping, zones, revisions.
#![cfg(test)]

use domain::appointments::calendar_file::{CalendarEntry, Method, write};
use proptest::prelude::*;

fn entry<'a>() -> CalendarEntry<'a> {
    CalendarEntry {
        uid: "0193-booking@termine.example",
        sequence: 2,
        method: Method::Publish,
        written_at: "2026-11-21T08:00:00Z".parse().unwrap(),
        starts_at: "2026-11-23T09:20:00Z".parse().unwrap(),
        ends_at: "2026-11-23T09:35:00Z".parse().unwrap(),
        zone: chrono_tz::Europe::Berlin,
        summary: "Termin im Bürgerbüro",
        location: "Rathausplatz 1, 12345 Musterstadt",
        description: "Bringen Sie mit:\nReisepass; Foto\nNummer: 0000-5724",
        url: Some("https://termine.example/t"),
        invited: None,
    }
}

fn unfold(file: &str) -> Vec<String> {
    file.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

fn line<'a>(lines: &'a [String], name: &str) -> &'a str {
    lines.iter().rfind(|line| line.starts_with(name)).map_or("", String::as_str)
}

#[test]
fn an_appointment_is_written_in_local_time_with_its_zone() {
    let lines = unfold(&write(&entry()));
    assert_eq!(lines.first().map(String::as_str), Some("BEGIN:VCALENDAR"));
    assert_eq!(lines.last().map(String::as_str), Some("END:VCALENDAR"));
    assert_eq!(line(&lines, "METHOD"), "METHOD:PUBLISH");
    assert_eq!(line(&lines, "UID"), "UID:0193-booking@termine.example");
    assert_eq!(line(&lines, "SEQUENCE"), "SEQUENCE:2");
    assert_eq!(line(&lines, "DTSTAMP"), "DTSTAMP:20261121T080000Z");
    assert_eq!(line(&lines, "DTSTART;"), "DTSTART;TZID=Europe/Berlin:20261123T102000");
    assert_eq!(line(&lines, "DTEND"), "DTEND;TZID=Europe/Berlin:20261123T103500");
    assert_eq!(line(&lines, "STATUS"), "STATUS:CONFIRMED");
    assert_eq!(line(&lines, "LOCATION"), r"LOCATION:Rathausplatz 1\, 12345 Musterstadt");
    let description = r"DESCRIPTION:Bringen Sie mit:\nReisepass\; Foto\nNummer: 0000-5724";
    assert_eq!(line(&lines, "DESCRIPTION"), description);
    let opened = lines.iter().filter(|line| line.starts_with("BEGIN:")).count();
    assert_eq!(opened, lines.iter().filter(|line| line.starts_with("END:")).count());
    assert!(lines.iter().any(|line| line == "BEGIN:VTIMEZONE"));
}

#[test]
fn summer_time_is_summer_time() {
    let mut summer = entry();
    summer.starts_at = "2027-07-01T08:00:00Z".parse().unwrap();
    assert_eq!(line(&unfold(&write(&summer)), "DTSTART;"), "DTSTART;TZID=Europe/Berlin:20270701T100000");
}

#[test]
fn an_invitation_names_both_sides_and_takes_no_line_breaks() {
    let mut invitation = entry();
    invitation.method = Method::Request;
    invitation.invited = Some(("termine@musterstadt.example", "erika@exempel.example"));
    let lines = unfold(&write(&invitation));
    assert_eq!(line(&lines, "METHOD"), "METHOD:REQUEST");
    assert_eq!(line(&lines, "ORGANIZER"), "ORGANIZER:mailto:termine@musterstadt.example");
    assert!(line(&lines, "ATTENDEE").ends_with(":mailto:erika@exempel.example"));
    invitation.invited = Some(("a@b.example", "c@d.example\r\nX:1"));
    assert!(!write(&invitation).contains("X:1"));
}

#[test]
fn a_cancellation_says_so() {
    let mut cancelled = entry();
    cancelled.method = Method::Cancel;
    let lines = unfold(&write(&cancelled));
    assert_eq!(line(&lines, "METHOD"), "METHOD:CANCEL");
    assert_eq!(line(&lines, "STATUS"), "STATUS:CANCELLED");
}

#[test]
fn offices_in_other_zones_get_utc() {
    let mut far = entry();
    far.zone = chrono_tz::Atlantic::Azores;
    let lines = unfold(&write(&far));
    assert_eq!(line(&lines, "DTSTART"), "DTSTART:20261123T092000Z");
    assert!(!lines.iter().any(|line| line == "BEGIN:VTIMEZONE"));
}

proptest! {
    #[test]
    fn whatever_is_written_no_line_is_injected_and_none_is_too_long(
        summary in any::<String>(), location in "(?s).{0,300}",
    ) {
        let mut entry = entry();
        entry.summary = &summary;
        entry.location = &location;
        entry.description = "";
        let file = write(&entry);
        prop_assert!(file.ends_with("\r\n"));
        prop_assert!(file.split("\r\n").all(|line| line.len() <= 75));
        prop_assert!(!file.replace("\r\n", "").contains(['\r', '\n']));
        let usual = write(&CalendarEntry { summary: "", location: "", description: "", ..entry.clone() });
        prop_assert_eq!(unfold(&file).len(), unfold(&usual).len());
    }
}

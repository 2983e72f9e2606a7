//! The number on the plate (Wartenummer): the letter of the waiting zone and a count that starts anew each day.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A ticket number: shown as `B 012`, written `B012` where every character counts (SMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNumber {
    zone: char,
    count: u32,
}

/// The text is no ticket number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket number: expected a zone letter and a number above zero")]
pub struct NotATicketNumber;

impl TicketNumber {
    /// The ticket `count` of a zone; counting starts at 1 and goes on with four digits after 999.
    pub fn new(zone: char, count: u32) -> Result<Self, NotATicketNumber> {
        if zone.is_ascii_uppercase() && count > 0 { Ok(Self { zone, count }) } else { Err(NotATicketNumber) }
    }

    /// The letter of the waiting zone.
    pub fn zone(self) -> char {
        self.zone
    }

    /// The count within zone and day.
    pub fn count(self) -> u32 {
        self.count
    }

    /// The digits alone, at least three: `012`.
    pub fn digits(self) -> String {
        format!("{:03}", self.count)
    }

    /// The form without a space, for SMS: `B012`.
    pub fn compact(self) -> String {
        format!("{}{:03}", self.zone, self.count)
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {:03}", self.zone, self.count)
    }
}

impl FromStr for TicketNumber {
    type Err = NotATicketNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut letters = text.trim().chars();
        let zone = letters.next().ok_or(NotATicketNumber)?.to_ascii_uppercase();
        let count = letters.as_str().trim().parse().map_err(|_| NotATicketNumber)?;
        Self::new(zone, count)
    }
}

impl TryFrom<String> for TicketNumber {
    type Error = NotATicketNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TicketNumber> for String {
    fn from(ticket: TicketNumber) -> Self {
        ticket.compact()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_shown_with_a_space_and_sent_without() {
        let ticket = TicketNumber::new('B', 12).unwrap();
        assert_eq!(ticket.to_string(), "B 012");
        assert_eq!(ticket.compact(), "B012");
        assert_eq!(ticket.digits(), "012");
    }

    #[test]
    fn after_999_the_count_goes_on_with_four_digits() {
        assert_eq!(TicketNumber::new('A', 1000).unwrap().to_string(), "A 1000");
    }

    #[test]
    fn what_people_type_is_read() {
        let ticket = TicketNumber::new('B', 12).unwrap();
        for typed in ["B 012", "b012", " B12 ", "B 12"] {
            assert_eq!(typed.parse(), Ok(ticket), "{typed}");
        }
        for typed in ["", "B", "012", "B 0", "Ä 1", "B-12"] {
            assert_eq!(typed.parse::<TicketNumber>(), Err(NotATicketNumber), "{typed}");
        }
    }
}

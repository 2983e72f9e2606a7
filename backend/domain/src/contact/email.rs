//! E-mail addresses that may stand in an envelope and in a header.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An e-mail address: one `@`, a host of at least two labels, nothing that could begin a new line, field or recipient.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why an e-mail address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailRefused {
    /// It cannot be read as an address.
    #[error("not an e-mail address")]
    Invalid,
    /// It is longer than mail servers take (RFC 5321 §4.5.3.1).
    #[error("too long for an e-mail address")]
    TooLong,
}

impl EmailAddress {
    /// Reads an address as people type it; whether it exists only its mail server knows. Letters beyond ASCII before the `@`
    /// need SMTPUTF8 (RFC 6531) all the way, which few servers offer: such a mailbox would never get anything.
    ///
    /// # Errors
    /// Says why the address is refused.
    pub fn parse(typed: &str) -> Result<Self, EmailRefused> {
        let read = Self::read(typed)?;
        if read.local_part().is_ascii() { Ok(read) } else { Err(EmailRefused::Invalid) }
    }

    /// As [`EmailAddress::parse`], for one that was taken once.
    fn read(typed: &str) -> Result<Self, EmailRefused> {
        let (local, host) = typed.rsplit_once('@').ok_or(EmailRefused::Invalid)?;
        if typed.len() > 254 || local.len() > 64 {
            return Err(EmailRefused::TooLong);
        }
        if !is_local_part(local) || !is_host(host) {
            return Err(EmailRefused::Invalid);
        }
        Ok(Self(typed.to_owned()))
    }

    /// The address as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The host of the mailbox.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, host)| host)
    }

    /// The address with all but its first letter and its host hidden: `e•••••@musterstadt.example`.
    #[must_use]
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or_default();
        format!("{first}•••••@{}", self.host())
    }

    /// As much as may lie in the clear and be shown to everybody on duty: `e•••••@•••••.example`. A family's own domain names
    /// the family.
    #[must_use]
    pub fn tail(&self) -> String {
        let first = self.0.chars().next().unwrap_or_default();
        let last = self.host().rsplit('.').next().unwrap_or_default();
        format!("{first}•••••@•••••.{last}")
    }
}

/// Shows neither the person nor the host: a family's own domain names the family.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailRefused;

    fn try_from(text: String) -> Result<Self, EmailRefused> {
        Self::read(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

/// Whether a character may stand in no line of ours: controls, line separators, marks that turn the writing direction, and
/// those that nobody sees and no script needs.
#[must_use]
pub fn is_unwritable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// No quoted forms: nobody has them, and they let separators in.
fn is_local_part(local: &str) -> bool {
    let bad = |character: char| {
        character.is_whitespace()
            || is_unwritable(character)
            || matches!(character, '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '[' | ']' | '\\' | '@')
    };
    !local.is_empty() && !local.chars().any(bad)
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let fits = |character: char| character.is_alphanumeric() || character == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.') && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for typed in [
            "erika@musterstadt.example",
            "erika.mustermann+termin@post.musterstadt.example",
            "o'neill_1@musterstadt.example",
            "buero@müller.example",
        ] {
            assert_eq!(EmailAddress::parse(typed).map(String::from), Ok(typed.to_owned()));
        }
    }

    #[test]
    fn nothing_that_could_be_a_second_header_or_recipient_is_an_address() {
        for typed in [
            "",
            "erika",
            "büro@musterstadt.example",
            "@musterstadt.example",
            "erika@",
            "erika@musterstadt",
            "erika@musterstadt..example",
            "erika@-stadt.example",
            "erika@stadt-.example",
            "erika@stadt_.example",
            "eri ka@musterstadt.example",
            " erika@musterstadt.example",
            "erika@musterstadt.example ",
            "erika@musterstadt.example\r\nBcc: max@musterstadt.example",
            "erika\n@musterstadt.example",
            "erika\r@musterstadt.example",
            "erika\0@musterstadt.example",
            "erika\u{2028}@musterstadt.example",
            "erika\u{202e}@musterstadt.example",
            "erika@max@musterstadt.example",
            "erika,max@musterstadt.example",
            "erika;max@musterstadt.example",
            "Erika <erika@musterstadt.example>",
            "\"erika\"@musterstadt.example",
            "erika(max)@musterstadt.example",
            "erika\\@musterstadt.example",
            "erika:max@musterstadt.example",
            "erika@[127.0.0.1]",
            "erika@musterstadt.example>",
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(EmailRefused::Invalid), "{typed:?}");
        }
    }

    #[test]
    fn an_address_no_server_takes_is_too_long() {
        let local = format!("{}@musterstadt.example", "a".repeat(65));
        let whole = format!("erika@{}.example", "a.".repeat(130));
        for typed in [local, whole] {
            assert_eq!(EmailAddress::parse(&typed), Err(EmailRefused::TooLong));
        }
    }

    #[test]
    fn an_address_prints_masked_and_is_checked_when_it_is_read_back() {
        let address = EmailAddress::parse("erika@musterstadt.example").expect("an address");
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
        assert_eq!(address.masked(), "e•••••@musterstadt.example");
        assert_eq!(address.tail(), "e•••••@•••••.example");
        assert_eq!((address.local_part(), address.host()), ("erika", "musterstadt.example"));
        assert!(serde_json::from_str::<EmailAddress>("\"a\\r\\nb@c.example\"").is_err());
    }
}

//! How to reach a person. These types print masked, so that nothing personal reaches a log by accident.

mod email;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use email::{EmailAddress, EmailRefused, is_unwritable};

/// A mobile number in E.164 form (`+49171…`) that a message may be sent to.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

/// Why a phone number is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneRefused {
    /// It cannot be read as a phone number.
    #[error("not a phone number")]
    Invalid,
    /// Its country is not on the town's list.
    #[error("a number of a country this town does not send to")]
    Foreign,
    /// It is a landline or a service number, where no SMS arrives.
    #[error("not a mobile number")]
    NotMobile,
}

impl PhoneNumber {
    /// Unpacks what is known of the world's numbers and prepares the patterns of German ones, which takes a fifth of a
    /// second: at the start, rather than while the first person waits.
    pub fn unpack_knowledge() {
        let _ = Self::parse("0171 3920000", &["DE".to_owned()]);
    }

    /// Reads a number as people type it ("0171 39200-12", "+49171…"), national numbers as German ones.
    ///
    /// `countries` are the ISO 3166 codes the town sends to.
    ///
    /// # Errors
    /// Says why the number is refused.
    pub fn parse(typed: &str, countries: &[String]) -> Result<Self, PhoneRefused> {
        let typed = typed.trim();
        if typed.is_empty()
            || typed.len() > 40
            || typed.chars().any(|character| character.is_alphabetic() || ",;*#".contains(character))
        {
            return Err(PhoneRefused::Invalid);
        }
        let number = phonenumber::parse(Some(phonenumber::country::Id::DE), typed)
            .map_err(|_| PhoneRefused::Invalid)?;
        if !phonenumber::is_valid(&number) {
            return Err(PhoneRefused::Invalid);
        }
        let country = number.country().id().map(|id| id.as_ref().to_owned());
        if !country.is_some_and(|id| countries.iter().any(|allowed| allowed.eq_ignore_ascii_case(&id))) {
            return Err(PhoneRefused::Foreign);
        }
        match number.number_type(&phonenumber::metadata::DATABASE) {
            phonenumber::Type::Mobile | phonenumber::Type::FixedLineOrMobile => {}
            _ => return Err(PhoneRefused::NotMobile),
        }
        let e164 = number.format().mode(phonenumber::Mode::E164).to_string();
        // Of German numbers only the ranges of mobile networks: what else calls itself mobile is paid for by the caller.
        let german = e164.strip_prefix("+49");
        if german.is_some_and(|rest| !["15", "16", "17"].iter().any(|range| rest.starts_with(range))) {
            return Err(PhoneRefused::NotMobile);
        }
        Ok(Self(e164))
    }

    /// A number that is known to be in E.164 form: from our own database or a verified webhook.
    #[must_use]
    pub fn trusted(e164: String) -> Self {
        Self(e164)
    }

    /// The E.164 form.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The number as Germans read it: `0171 3920012`; other countries stay in E.164.
    #[must_use]
    pub fn national(&self) -> String {
        match self.0.strip_prefix("+49") {
            Some(rest) if rest.len() > 3 => format!("0{} {}", &rest[..3], &rest[3..]),
            _ => self.0.clone(),
        }
    }

    /// The number with all but its beginning and its last two digits hidden: `0171 •••••12`.
    #[must_use]
    pub fn masked(&self) -> String {
        let national = self.national();
        let keep = national.len().saturating_sub(2);
        let head = national.find(' ').map_or(3.min(keep), |at| at + 1);
        format!("{}•••••{}", &national[..head], &national[keep..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber(…{})", &self.0[self.0.len().saturating_sub(2)..])
    }
}

/// A person's particulars as the visitor gave them; encrypted at rest, deleted after the visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// First name and surname.
    pub name: String,
    /// The mobile number, if one was given.
    pub phone: Option<PhoneNumber>,
    /// The e-mail address, if one was given.
    pub email: Option<String>,
    /// The postal address, if the service asks for it.
    pub address: Option<String>,
    /// What the visitor wants staff to know.
    pub remark: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact(…, {:?})", self.phone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german(typed: &str) -> Result<PhoneNumber, PhoneRefused> {
        PhoneNumber::parse(typed, &["DE".to_owned()])
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for typed in ["0171 3920012", "0171/39200-12", "+49 171 3920012", "0049 171 3920012", " 01713920012 "]
        {
            assert_eq!(
                german(typed).map(|number| number.e164().to_owned()),
                Ok("+491713920012".to_owned()),
                "{typed}"
            );
        }
    }

    #[test]
    fn landlines_foreign_and_broken_numbers_are_refused_with_the_reason() {
        assert_eq!(german("030 901820"), Err(PhoneRefused::NotMobile));
        assert_eq!(german("+43 664 1234567"), Err(PhoneRefused::Foreign));
        for dear in ["0137 1234567", "0900 1234567", "0180 5123456", "0700 12345678", "032 221234567"] {
            assert!(german(dear).is_err(), "{dear}");
        }
        for satellite in ["+881 6 12345678", "+870 773 123456", "+883 510 012345678"] {
            assert!(german(satellite).is_err(), "{satellite}");
        }
        assert_eq!(german("0171 39"), Err(PhoneRefused::Invalid));
        assert_eq!(german("keine"), Err(PhoneRefused::Invalid));
        assert_eq!(german(""), Err(PhoneRefused::Invalid));
    }

    #[test]
    fn a_number_prints_masked() {
        let number = german("0171 3920012").expect("a mobile number");
        assert_eq!(format!("{number:?}"), "PhoneNumber(…12)");
        assert_eq!(number.masked(), "0171 •••••12");
        assert_eq!(number.national(), "0171 3920012");
    }
}

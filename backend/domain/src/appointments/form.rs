//! The particulars (Angaben) of a booking: which fields a service asks for, and reading what was typed.

use serde::{Deserialize, Serialize};

use crate::contact::{Contact, EmailAddress, EmailRefused, PhoneNumber, PhoneRefused, is_unwritable};

/// Whether a field is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It is not shown, and dropped when sent.
    NotAsked,
    /// It may stay empty.
    Optional,
    /// It must be filled.
    Required,
}

impl Asked {
    /// Its name in the API and in set-ups.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }

    /// The value of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::NotAsked, Self::Optional, Self::Required].into_iter().find(|asked| asked.as_str() == name)
    }
}

/// The fields a service asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields name themselves")]
pub struct FormFields {
    pub name: Asked,
    pub address: Asked,
    pub phone: Asked,
    pub email: Asked,
    pub remark: Asked,
}

impl Default for FormFields {
    /// As little as works: whom we expect, and where the code goes.
    fn default() -> Self {
        Self {
            name: Asked::Required,
            address: Asked::NotAsked,
            phone: Asked::Required,
            email: Asked::Optional,
            remark: Asked::Optional,
        }
    }
}

impl FormFields {
    /// What a visit for both services asks for: of each field the stricter.
    pub fn and(self, other: Self) -> Self {
        Self {
            name: self.name.max(other.name),
            address: self.address.max(other.address),
            phone: self.phone.max(other.phone),
            email: self.email.max(other.email),
            remark: self.remark.max(other.remark),
        }
    }

    /// What a citizen is asked on the pages: the number always, because it is verified.
    pub fn for_citizen(self) -> Self {
        Self { phone: Asked::Required, ..self }
    }

    /// What staff must fill for a caller: only the name; the rest may stay empty.
    pub fn for_staff(self) -> Self {
        let relaxed = |asked: Asked| asked.min(Asked::Optional);
        Self {
            name: Asked::Required,
            address: relaxed(self.address),
            phone: Asked::Optional,
            email: Asked::Optional,
            remark: Asked::Optional,
        }
    }
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields name themselves")]
pub enum Field {
    Name,
    Address,
    Phone,
    Email,
    Remark,
}

impl Field {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Remark => "remark",
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldProblem {
    /// It is empty.
    Required,
    /// It is needed just now, because codes go to mailboxes only.
    NeededNow,
    /// It cannot be read.
    Invalid,
    /// The number belongs to a country we do not send to.
    Foreign,
    /// No SMS arrives at the number.
    NotMobile,
    /// It is too long.
    TooLong,
}

impl FieldProblem {
    /// Its code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::NeededNow => "needed_now",
            Self::Invalid => "invalid",
            Self::Foreign => "foreign",
            Self::NotMobile => "not_mobile",
            Self::TooLong => "too_long",
        }
    }
}

/// A field that cannot be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldRefused {
    /// Which.
    pub field: Field,
    /// Why.
    pub problem: FieldProblem,
}

/// The form as it was typed.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "the fields name themselves")]
pub struct Particulars {
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub remark: Option<String>,
}

impl Particulars {
    /// Reads the form; every field that is wrong is told, not only the first.
    pub fn read(&self, fields: FormFields, countries: &[String]) -> Result<Contact, Vec<FieldRefused>> {
        let mut refused = Vec::new();
        let mut read =
            |field, asked, typed: Option<&str>, parse: &dyn Fn(&str) -> Result<String, FieldProblem>| {
                let typed =
                    typed.map(str::trim).filter(|typed| !typed.is_empty() && asked != Asked::NotAsked);
                let result = match typed {
                    Some(typed) => parse(typed).map(Some),
                    None if asked == Asked::Required => Err(FieldProblem::Required),
                    None => Ok(None),
                };
                result.unwrap_or_else(|problem| {
                    refused.push(FieldRefused { field, problem });
                    None
                })
            };
        let one_line = |most| move |typed: &str| line(typed, most);
        let name = read(Field::Name, fields.name, Some(&self.name), &one_line(120));
        let address =
            read(Field::Address, fields.address, self.address.as_deref(), &|typed| text(typed, 250));
        let phone = read(Field::Phone, fields.phone, self.phone.as_deref(), &|typed| phone(typed, countries));
        let email = read(Field::Email, fields.email, self.email.as_deref(), &email_address);
        let remark = read(Field::Remark, fields.remark, self.remark.as_deref(), &|typed| text(typed, 500));
        if !refused.is_empty() {
            return Err(refused);
        }
        let phone = phone.map(PhoneNumber::trusted);
        Ok(Contact { name: name.unwrap_or_default(), phone, email, address, remark })
    }
}

/// Reads a mobile number as a form field.
pub fn read_phone(typed: &str, countries: &[String]) -> Result<PhoneNumber, FieldRefused> {
    let typed = typed.trim();
    let refused = |problem| FieldRefused { field: Field::Phone, problem };
    if typed.is_empty() {
        return Err(refused(FieldProblem::Required));
    }
    phone(typed, countries).map(PhoneNumber::trusted).map_err(refused)
}

fn phone(typed: &str, countries: &[String]) -> Result<String, FieldProblem> {
    PhoneNumber::parse(typed, countries).map(|number| number.e164().to_owned()).map_err(|refused| {
        match refused {
            PhoneRefused::Invalid => FieldProblem::Invalid,
            PhoneRefused::Foreign => FieldProblem::Foreign,
            PhoneRefused::NotMobile => FieldProblem::NotMobile,
        }
    })
}

/// One line: any script, but nothing that could start a new line or a header.
fn line(typed: &str, most: usize) -> Result<String, FieldProblem> {
    if typed.chars().any(is_unwritable) {
        return Err(FieldProblem::Invalid);
    }
    if typed.chars().count() > most {
        return Err(FieldProblem::TooLong);
    }
    Ok(typed.to_owned())
}

/// Some lines; other control characters are refused.
fn text(typed: &str, most: usize) -> Result<String, FieldProblem> {
    let lines: Result<Vec<String>, FieldProblem> =
        typed.lines().map(|each| line(each.trim_end_matches('\r'), most)).collect();
    let joined = lines?.join("\n");
    if joined.chars().count() > most { Err(FieldProblem::TooLong) } else { Ok(joined) }
}

/// Something that can be an address: the mail server has the last word.
fn email_address(typed: &str) -> Result<String, FieldProblem> {
    EmailAddress::parse(typed).map(String::from).map_err(|refused| match refused {
        EmailRefused::Invalid => FieldProblem::Invalid,
        EmailRefused::TooLong => FieldProblem::TooLong,
    })
}

//! The catalogue (Dienstleistungskatalog): departments and services of a town, what to bring, what it costs.

mod export;
pub mod import;
pub mod search;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::appointments::form::FormFields;
use crate::language::Text;

/// Who may come for a service, and how it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Everybody may book it.
    Public,
    /// Only staff choose it: things that come up at the counter.
    Internal,
    /// One booking for several people with its own duration, such as a family.
    Group,
}

impl ServiceKind {
    /// Its name in the database and in set-ups.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Group => "group",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Public, Self::Internal, Self::Group].into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether the public may book it.
    pub fn is_bookable_by_all(self) -> bool {
        match self {
            Self::Public | Self::Group => true,
            Self::Internal => false,
        }
    }
}

/// Whether a matter can be settled without coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlinePossible {
    /// One has to come.
    No,
    /// A part of it, or in writing.
    Partly,
    /// All of it.
    Yes,
}

impl OnlinePossible {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Partly => "partly",
            Self::Yes => "yes",
        }
    }
}

/// How to settle a matter without coming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Online {
    /// Whether it can be.
    pub possible: OnlinePossible,
    /// In which way.
    pub how: Option<Text>,
    /// Where.
    pub url: Option<String>,
}

/// Who sets a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeScope {
    /// Federal law.
    Bund,
    /// Law of the Land.
    Land,
    /// The town itself.
    Kommune,
}

/// One amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// For what or whom: "ab 24 Jahren".
    pub label: Text,
    /// The amount in cents; 0 is free of charge.
    pub cents: u32,
    /// Whether it comes on top of another amount, such as a picture or an express delivery.
    #[serde(default)]
    pub extra: bool,
}

/// What a service costs (Gebühren).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// Who sets them.
    pub scope: FeeScope,
    /// The law or price list they are from.
    pub source: String,
    /// The amounts.
    pub items: Vec<Fee>,
    /// What else to know.
    pub note: Option<Text>,
}

impl Fees {
    /// The smallest amount that is not zero, extras apart.
    pub fn from_cents(&self) -> Option<u32> {
        self.items.iter().filter(|fee| !fee.extra).map(|fee| fee.cents).filter(|cents| *cents > 0).min()
    }

    /// Whether every amount is zero.
    pub fn free_of_charge(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(|fee| fee.cents == 0)
    }
}

/// What is known about a service beyond what is searched and booked by; one JSON value in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDetail {
    /// Everyday words by which it is found.
    pub keywords: Vec<String>,
    /// What to bring.
    pub documents: Vec<Text>,
    /// What it costs; unknown or varying without.
    pub fees: Option<Fees>,
    /// How to settle it without coming.
    pub online: Online,
    /// Whether one has to come in person.
    pub personal_appearance: bool,
    /// Whether somebody else may come instead.
    pub proxy_allowed: bool,
    /// The laws it rests on.
    pub legal_basis: Vec<String>,
    /// What else to know.
    pub note: Option<Text>,
    /// Its key in the federal catalogue of services (LeiKa).
    pub leika: Option<String>,
    /// The fields the booking asks for.
    #[serde(default)]
    pub form: FormFields,
    /// What a field is asked for (Zweck der Angabe), by the field's name; a usual sentence without.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: BTreeMap<String, Text>,
    /// What changes on a day to come, soonest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<Planned>,
}

/// What is different from a day on, such as a fee that changes with the year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The first local day on which it holds.
    pub valid_from: NaiveDate,
    /// What to bring then; as before without.
    pub documents: Option<Vec<Text>>,
    /// What it costs then; as before without.
    pub fees: Option<Fees>,
    /// How to settle it without coming then; as before without.
    pub online: Option<Online>,
}

impl ServiceDetail {
    /// As it holds on a local day: with everything planned up to it, and the rest still to come.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Self {
        let (due, to_come): (Vec<Planned>, Vec<Planned>) =
            std::mem::take(&mut self.planned).into_iter().partition(|change| change.valid_from <= day);
        self.planned = to_come;
        for change in due {
            self.documents = change.documents.unwrap_or(self.documents);
            self.fees = change.fees.or(self.fees);
            self.online = change.online.unwrap_or(self.online);
        }
        self
    }
}

/// The local days for which appointments are given: from a start date on, or in a season such as the weeks of a postal
/// vote (Briefwahl).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookableDays {
    /// The first day; open without.
    pub from: Option<NaiveDate>,
    /// The last day; open without.
    pub until: Option<NaiveDate>,
}

impl BookableDays {
    /// Whether appointments are given for that day.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The days on which both are given.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both =
            |one: Option<NaiveDate>, other: Option<NaiveDate>, choose: fn(NaiveDate, NaiveDate) -> _| {
                one.zip(other).map(|(one, other)| choose(one, other)).or(one).or(other)
            };
        Self { from: both(self.from, other.from, Ord::max), until: both(self.until, other.until, Ord::min) }
    }
}

/// A department (Amt) as the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentEntry {
    /// Its stable name in addresses.
    pub slug: String,
    /// Its name.
    pub name: Text,
}

/// A service (Dienstleistung) as the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its stable name in addresses.
    pub slug: String,
    /// The slug of its department.
    pub department: String,
    /// Its name.
    pub name: Text,
    /// Who may come for it.
    pub kind: ServiceKind,
    /// The word by which it is booked by SMS.
    pub sms_keyword: Option<String>,
    /// Planned minutes for one person.
    pub duration_min: u16,
    /// How many persons or pieces one appointment takes.
    pub max_quantity: u16,
    /// Whether messages must not name it.
    pub sensitive: bool,
    /// Whether it stands on the first page.
    pub popular: bool,
    /// Whether it is offered at all.
    pub active: bool,
    /// Whether nobody is served without an appointment (nur mit Termin).
    pub appointment_only: bool,
    /// For which days appointments are given.
    pub bookable: BookableDays,
    /// All the rest.
    pub detail: ServiceDetail,
}

/// A whole catalogue, checked: every slug unique, every department there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The departments in their order.
    pub departments: Vec<DepartmentEntry>,
    /// The services in their order.
    pub services: Vec<ServiceEntry>,
}

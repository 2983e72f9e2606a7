//! Reads a catalogue from JSON: all of it, or every error with its place (`services[12].duration_min`).

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::{
    Catalogue, DepartmentEntry, Fee, FeeScope, Fees, Online, OnlinePossible, ServiceDetail, ServiceEntry,
    ServiceKind,
};
use crate::appointments::form::{Asked, FormFields};
use crate::language::Text;

/// How many one appointment takes where the catalogue does not say.
const USUAL_MAX_QUANTITY: u16 = 5;

/// One error of the file and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place in the file: a path, or line and column when it is not JSON at all.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Catalogue {
    /// Reads a catalogue; on any error nothing but the list of all of them comes back.
    ///
    /// # Errors
    /// Every fault of the file, in the order of reading.
    pub fn parse(json: &str) -> Result<Self, Vec<Fault>> {
        let root: Value = serde_json::from_str(json).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            vec![Fault { place, what: format!("not JSON ({:?})", error.classify()) }]
        })?;
        let mut errors = Vec::new();
        let catalogue =
            catalogue(&mut Node { value: Some(&root), place: String::new(), errors: &mut errors });
        if errors.is_empty() { Ok(catalogue) } else { Err(errors) }
    }
}

fn catalogue(root: &mut Node<'_, '_>) -> Catalogue {
    root.object(&["departments", "services"]);
    let departments = root.field("departments").each(department);
    let known: BTreeSet<&str> = departments.iter().map(|department| department.slug.as_str()).collect();
    let services = root.field("services").each(|node| service(node, &known));
    let slugs = |slugs: Vec<&str>| slugs.into_iter().map(str::to_owned).collect::<Vec<_>>();
    root.unique("departments", "slug", &slugs(departments.iter().map(|entry| entry.slug.as_str()).collect()));
    root.unique("services", "slug", &slugs(services.iter().map(|entry| entry.slug.as_str()).collect()));
    let words = services.iter().map(|entry| entry.sms_keyword.as_deref().unwrap_or_default()).collect();
    root.unique("services", "sms_keyword", &slugs(words));
    Catalogue { departments, services }
}

fn department(node: &mut Node<'_, '_>) -> DepartmentEntry {
    node.object(&["slug", "name_de", "name_en", "pilot", "seed", "note"]);
    DepartmentEntry { slug: node.field("slug").slug(), name: node.names() }
}

const SERVICE_FIELDS: [&str; 21] = [
    "slug",
    "department",
    "name_de",
    "name_en",
    "kind",
    "leika",
    "leika_source",
    "duration_min",
    "duration_source",
    "max_quantity",
    "documents",
    "fee",
    "online",
    "personal_appearance_required",
    "proxy_allowed",
    "keywords",
    "sms_keyword",
    "legal_basis",
    "note",
    "form",
    "flags",
];

fn service(node: &mut Node<'_, '_>, departments: &BTreeSet<&str>) -> ServiceEntry {
    node.object(&SERVICE_FIELDS);
    let department = node.field("department").text(80);
    if !department.is_empty() && !departments.contains(department.as_str()) {
        node.field("department").refuse(format!("there is no department \"{department}\""));
    }
    let flags = node.field("flags").words();
    if let Some(unknown) = flags.iter().find(|flag| !["popular", "sensitive"].contains(&flag.as_str())) {
        node.field("flags").refuse(format!("unknown flag \"{unknown}\""));
    }
    ServiceEntry {
        slug: node.field("slug").slug(),
        department,
        name: node.names(),
        kind: node.field("kind").one_of(ServiceKind::Public, "public, internal or group", ServiceKind::parse),
        sms_keyword: node.field("sms_keyword").sms_keyword(),
        duration_min: node.field("duration_min").number(1, 240).unwrap_or(0),
        max_quantity: node
            .field("max_quantity")
            .optional(|node| node.number(1, 50))
            .unwrap_or(USUAL_MAX_QUANTITY),
        sensitive: flags.iter().any(|flag| flag == "sensitive"),
        popular: flags.iter().any(|flag| flag == "popular"),
        detail: detail(node),
    }
}

fn detail(node: &mut Node<'_, '_>) -> ServiceDetail {
    ServiceDetail {
        keywords: node.field("keywords").words(),
        documents: node.field("documents").words().into_iter().map(Text::german).collect(),
        fees: node.field("fee").optional(|node| Some(fees(node))),
        online: online(&mut node.field("online")),
        personal_appearance: node.field("personal_appearance_required").flag(),
        proxy_allowed: node.field("proxy_allowed").flag(),
        legal_basis: node.field("legal_basis").words(),
        note: node.field("note").optional_text(2000).map(Text::german),
        leika: node.field("leika").leika(),
        form: node.field("form").optional(|node| Some(form(node))).unwrap_or_default(),
    }
}

fn fees(node: &mut Node<'_, '_>) -> Fees {
    node.object(&["scope", "source", "items", "note"]);
    let scope = |name: &str| match name {
        "bund" => Some(FeeScope::Bund),
        "land" => Some(FeeScope::Land),
        "kommune" => Some(FeeScope::Kommune),
        _ => None,
    };
    Fees {
        scope: node.field("scope").choice(FeeScope::Kommune, "bund, land or kommune", scope),
        source: node.field("source").text(500),
        items: node.field("items").each(|item| {
            item.object(&["label", "cents", "extra"]);
            Fee {
                label: Text::german(item.field("label").text(300)),
                cents: item.field("cents").number(0, 10_000_000).unwrap_or(0),
                extra: item.field("extra").optional(|node| Some(node.flag())).unwrap_or_default(),
            }
        }),
        note: node.field("note").optional_text(1000).map(Text::german),
    }
}

fn online(node: &mut Node<'_, '_>) -> Online {
    node.object(&["possible", "how", "url"]);
    let possible = |name: &str| match name {
        "no" => Some(OnlinePossible::No),
        "partial" => Some(OnlinePossible::Partly),
        "full" => Some(OnlinePossible::Yes),
        _ => None,
    };
    let url = node.field("url").optional_text(500);
    if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        node.field("url").refuse("an address begins with https://");
    }
    Online {
        possible: node.field("possible").choice(OnlinePossible::No, "no, partial or full", possible),
        how: node.field("how").optional_text(500).map(Text::german),
        url,
    }
}

fn form(node: &mut Node<'_, '_>) -> FormFields {
    node.object(&["name", "address", "phone", "email", "remark"]);
    let usual = FormFields::default();
    let mut asked =
        |field, usual| node.field(field).one_of(usual, "required, optional or not_asked", Asked::parse);
    FormFields {
        name: asked("name", usual.name),
        address: asked("address", usual.address),
        phone: asked("phone", usual.phone),
        email: asked("email", usual.email),
        remark: asked("remark", usual.remark),
    }
}

/// A value in the file, its place, and where errors are collected.
struct Node<'json, 'errors> {
    value: Option<&'json Value>,
    place: String,
    errors: &'errors mut Vec<Fault>,
}

impl<'json> Node<'json, '_> {
    fn refuse(&mut self, what: impl Into<String>) {
        let place = if self.place.is_empty() { "file".to_owned() } else { self.place.clone() };
        self.errors.push(Fault { place, what: what.into() });
    }

    /// Refuses what is not an object, and fields nobody reads: mostly a misspelt name.
    fn object(&mut self, known: &[&str]) {
        let Some(fields) = self.value.and_then(Value::as_object) else {
            self.refuse(format!("an object is needed, {} found", self.found()));
            return;
        };
        let unknown: Vec<&String> = fields.keys().filter(|name| !known.contains(&name.as_str())).collect();
        for name in unknown {
            self.field(name).refuse("unknown field");
        }
    }

    fn field(&mut self, name: &str) -> Node<'json, '_> {
        let value = self.value.and_then(Value::as_object).and_then(|fields: &Map<_, _>| fields.get(name));
        let place = if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) };
        Node { value, place, errors: self.errors }
    }

    fn each<T>(&mut self, mut read: impl FnMut(&mut Node<'json, '_>) -> T) -> Vec<T> {
        let Some(items) = self.value.and_then(Value::as_array) else {
            self.refuse(format!("a list is needed, {} found", self.found()));
            return Vec::new();
        };
        let mut node = |(at, value)| {
            let place = format!("{}[{at}]", self.place);
            read(&mut Node { value: Some(value), place, errors: self.errors })
        };
        items.iter().enumerate().map(&mut node).collect()
    }

    /// Refuses every later use of a value that stood before; empty ones do not count.
    fn unique(&mut self, list: &str, field: &str, values: &[String]) {
        for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            if let Some(first) = values.iter().take(at).position(|before| before == value) {
                let place = format!("{list}[{at}].{field}");
                let what = format!("\"{value}\" is taken by {list}[{first}]");
                self.errors.push(Fault { place, what });
            }
        }
    }

    fn is_absent(&self) -> bool {
        self.value.is_none_or(Value::is_null)
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.is_absent() { None } else { read(self) }
    }

    fn optional_text(&mut self, most: usize) -> Option<String> {
        self.optional(|node| Some(node.text(most)))
    }

    fn text(&mut self, most: usize) -> String {
        let Some(text) = self.value.and_then(Value::as_str) else {
            self.refuse(format!("a text is needed, {} found", self.found()));
            return String::new();
        };
        if text.trim().is_empty() {
            self.refuse("must not be empty");
        } else if text.chars().count() > most {
            self.refuse(format!("is longer than {most} characters"));
        } else if text.chars().any(|character| character.is_control() && character != '\n') {
            self.refuse("holds control characters");
        }
        text.to_owned()
    }

    fn names(&mut self) -> Text {
        Text { de: self.field("name_de").text(200), en: self.field("name_en").optional_text(200) }
    }

    fn slug(&mut self) -> String {
        let slug = self.text(80);
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !slug.is_empty() && !slug.bytes().all(fits) {
            self.refuse("only a–z, 0–9 and - are allowed");
        }
        slug
    }

    fn number<N: TryFrom<i64>>(&mut self, least: i64, most: i64) -> Option<N> {
        let number = self.value.and_then(Value::as_i64).filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(format!("a whole number from {least} to {most} is needed, {} found", self.found()));
        }
        number.and_then(|number| N::try_from(number).ok())
    }

    fn flag(&mut self) -> bool {
        let flag = self.value.and_then(Value::as_bool);
        if flag.is_none() {
            self.refuse(format!("true or false is needed, {} found", self.found()));
        }
        flag.unwrap_or_default()
    }

    /// A list of texts; absent is empty.
    fn words(&mut self) -> Vec<String> {
        if self.is_absent() { Vec::new() } else { self.each(|node| node.text(1000)) }
    }

    fn one_of<T>(&mut self, absent: T, choices: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        if self.is_absent() { absent } else { self.choice(absent, choices, parse) }
    }

    fn choice<T>(&mut self, wrong: T, choices: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let found = self.value.and_then(Value::as_str).and_then(parse);
        if found.is_none() {
            self.refuse(format!("{choices} is needed, {} found", self.found()));
        }
        found.unwrap_or(wrong)
    }

    fn sms_keyword(&mut self) -> Option<String> {
        let word = self.optional(|node| Some(node.text(12)))?;
        let fits =
            word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !fits && !word.is_empty() {
            self.refuse("3 to 12 of A–Z and 0–9 are allowed");
        }
        Some(word)
    }

    fn leika(&mut self) -> Option<String> {
        let key = self.optional(|node| Some(node.text(14)))?;
        if key.len() != 14 || !key.starts_with("99") || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            self.refuse("a LeiKa key has 14 digits and begins with 99");
        }
        Some(key)
    }

    fn found(&self) -> String {
        match self.value {
            None => "nothing".to_owned(),
            Some(Value::Null) => "null".to_owned(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
            Some(Value::Array(_)) => "a list".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
        }
    }
}

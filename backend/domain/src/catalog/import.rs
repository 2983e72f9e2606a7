//! Reads a catalogue from JSON: all of it, or every error with its place (`services[12].duration_min`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    BookableDays, Catalogue, DepartmentEntry, Fee, FeeScope, Fees, Online, OnlinePossible, Planned,
    ServiceDetail, ServiceEntry, ServiceKind,
};
use crate::appointments::form::{Asked, FormFields};
use crate::fault::Fault;
use crate::language::Text;
use crate::messaging::sms_dialogue::{is_about, is_command};

/// More than any town has of anything.
const LONGEST_LIST: usize = 2_000;
/// More than anybody reads at once.
const MOST_FAULTS: usize = 200;
/// How many one appointment takes where the catalogue does not say.
const USUAL_MAX_QUANTITY: u16 = 5;

impl Catalogue {
    /// Reads a catalogue; on any error nothing but the list of all of them comes back.
    ///
    /// # Errors
    /// Every fault of the file, in the order of reading.
    pub fn parse(json: &str) -> Result<Self, Vec<Fault>> {
        let root: Value = serde_json::from_str(json).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            let words = ("Das ist kein JSON.", format!("not JSON ({:?})", error.classify()));
            vec![Fault::new(&place, "invalid", words)]
        })?;
        Self::read(&root)
    }

    /// Reads a catalogue that is JSON already.
    ///
    /// # Errors
    /// Every fault, in the order of reading.
    pub fn read(root: &Value) -> Result<Self, Vec<Fault>> {
        read(root, catalogue)
    }
}

impl ServiceEntry {
    /// Reads one service as a catalogue has it; `departments` are those there are.
    ///
    /// # Errors
    /// Every fault, in the order of reading.
    pub fn read(root: &Value, departments: &BTreeSet<&str>) -> Result<Self, Vec<Fault>> {
        read(root, |node| service(node, departments))
    }
}

fn read<T>(root: &Value, with: impl FnOnce(&mut Node<'_, '_>) -> T) -> Result<T, Vec<Fault>> {
    let mut errors = Vec::new();
    let found = with(&mut Node { value: Some(root), place: String::new(), errors: &mut errors });
    if errors.is_empty() { Ok(found) } else { Err(errors) }
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

const SERVICE_FIELDS: [&str; 26] = [
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
    "active",
    "appointment_only",
    "bookable_from",
    "bookable_until",
    "planned",
];

fn service(node: &mut Node<'_, '_>, departments: &BTreeSet<&str>) -> ServiceEntry {
    node.object(&SERVICE_FIELDS);
    let department = node.field("department").text(80);
    if !department.is_empty() && !departments.contains(department.as_str()) {
        node.field("department").refuse(
            "unknown",
            ("Dieses Amt gibt es hier nicht.", format!("there is no department \"{department}\"")),
        );
    }
    let flags = node.field("flags").words();
    if let Some(unknown) = flags.iter().find(|flag| !["popular", "sensitive"].contains(&flag.as_str())) {
        node.field("flags").refuse(
            "unknown",
            (format!("„{unknown}“ ist nicht bekannt."), format!("unknown flag \"{unknown}\"")),
        );
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
        active: node.field("active").optional(|node| Some(node.flag())).unwrap_or(true),
        appointment_only: node
            .field("appointment_only")
            .optional(|node| Some(node.flag()))
            .unwrap_or_default(),
        bookable: bookable(node),
        detail: detail(node),
    }
}

fn bookable(node: &mut Node<'_, '_>) -> BookableDays {
    let from = node.field("bookable_from").optional(Node::day);
    let until = node.field("bookable_until").optional(Node::day);
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        node.field("bookable_until")
            .refuse("ends_before_it_begins", ("Das Ende liegt vor dem Beginn.", "ends before it begins"));
    }
    BookableDays { from, until }
}

fn detail(node: &mut Node<'_, '_>) -> ServiceDetail {
    ServiceDetail {
        keywords: node.field("keywords").words(),
        documents: node.field("documents").optional(|node| Some(documents(node))).unwrap_or_default(),
        fees: node.field("fee").optional(|node| Some(fees(node))),
        online: online(&mut node.field("online")),
        personal_appearance: node.field("personal_appearance_required").flag(),
        proxy_allowed: node.field("proxy_allowed").flag(),
        legal_basis: node.field("legal_basis").words(),
        note: node.field("note").optional_wording(2000),
        leika: node.field("leika").leika(),
        form: node.field("form").optional(|node| Some(form(node))).unwrap_or_default(),
        purposes: node.field("form").optional(|node| Some(purposes(node))).unwrap_or_default(),
        planned: planned(&mut node.field("planned")),
    }
}

fn documents(node: &mut Node<'_, '_>) -> Vec<Text> {
    node.each(|document| document.wording(1000))
}

fn planned(node: &mut Node<'_, '_>) -> Vec<Planned> {
    if node.is_absent() {
        return Vec::new();
    }
    let mut planned = node.each(|change| {
        change.object(&["valid_from", "documents", "fee", "online"]);
        Planned {
            valid_from: change.field("valid_from").day().unwrap_or_default(),
            documents: change.field("documents").optional(|node| Some(documents(node))),
            fees: change.field("fee").optional(|node| Some(fees(node))),
            online: change.field("online").optional(|node| Some(online(node))),
        }
    });
    planned.sort_by_key(|change| change.valid_from);
    if let Some(at) = planned.windows(2).position(|pair| pair[0].valid_from == pair[1].valid_from) {
        let day = planned[at].valid_from;
        node.refuse("twice", (format!("Der Tag {day} steht zweimal da."), format!("{day} stands twice")));
    }
    planned
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
                label: item.field("label").wording(300),
                cents: item.field("cents").number(0, 10_000_000).unwrap_or(0),
                extra: item.field("extra").optional(|node| Some(node.flag())).unwrap_or_default(),
            }
        }),
        note: node.field("note").optional_wording(1000),
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
        node.field("url")
            .refuse("invalid", ("Eine Adresse beginnt mit https://.", "an address begins with https://"));
    }
    Online {
        possible: node.field("possible").choice(OnlinePossible::No, "no, partial or full", possible),
        how: node.field("how").optional_wording(500),
        url,
    }
}

const FORM_FIELDS: [&str; 5] = ["name", "address", "phone", "email", "remark"];

/// What the fields of the form are asked for.
fn purposes(node: &mut Node<'_, '_>) -> BTreeMap<String, Text> {
    let mut purposes = node.field("purposes");
    if purposes.is_absent() {
        return BTreeMap::new();
    }
    let read = |purpose: &mut Node<'_, '_>| {
        purpose.object(&["field", "text"]);
        let known = |name: &str| FORM_FIELDS.contains(&name).then(|| name.to_owned());
        let field =
            purpose.field("field").choice(String::new(), "name, address, phone, email or remark", known);
        (field, purpose.field("text").wording(300))
    };
    purposes.each(read).into_iter().collect()
}

fn form(node: &mut Node<'_, '_>) -> FormFields {
    node.object(&["name", "address", "phone", "email", "remark", "purposes"]);
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
    fn refuse(&mut self, code: &'static str, (de, en): (impl Into<String>, impl Into<String>)) {
        if self.errors.len() >= MOST_FAULTS {
            return;
        }
        let place = if self.place.is_empty() { "file".to_owned() } else { self.place.clone() };
        self.errors.push(Fault::new(&place, code, (de, en)));
    }

    /// Refuses a value that is not of this kind.
    fn not_a(&mut self, (de, en): (&str, &str)) {
        let code = if self.is_absent() { "required" } else { "invalid" };
        let found = self.found();
        self.refuse(code, (format!("Hier gehört {de} hin."), format!("{en} is needed, {found} found")));
    }

    /// Refuses what is not an object, and fields nobody reads: mostly a misspelt name.
    fn object(&mut self, known: &[&str]) {
        let Some(fields) = self.value.and_then(Value::as_object) else {
            self.not_a(("ein Objekt", "an object"));
            return;
        };
        let unknown: Vec<&String> = fields.keys().filter(|name| !known.contains(&name.as_str())).collect();
        for name in unknown {
            self.field(name).refuse("unknown", ("Dieses Feld gibt es nicht.", "unknown field"));
        }
    }

    fn field(&mut self, name: &str) -> Node<'json, '_> {
        let value = self.value.and_then(Value::as_object).and_then(|fields: &Map<_, _>| fields.get(name));
        let place = if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) };
        Node { value, place, errors: self.errors }
    }

    fn each<T>(&mut self, mut read: impl FnMut(&mut Node<'json, '_>) -> T) -> Vec<T> {
        let Some(items) = self.value.and_then(Value::as_array) else {
            self.not_a(("eine Liste", "a list"));
            return Vec::new();
        };
        if items.len() > LONGEST_LIST {
            let de = format!("Höchstens {LONGEST_LIST}, bitte.");
            self.refuse("too_many", (de, format!("at most {LONGEST_LIST} are possible")));
            return Vec::new();
        }
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
                let en = format!("\"{value}\" is taken by {list}[{first}]");
                let words = (format!("„{value}“ ist schon vergeben."), en);
                self.errors.push(Fault::new(&place, "taken", words));
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
            self.not_a(("ein Text", "a text"));
            return String::new();
        };
        if text.trim().is_empty() {
            self.refuse("required", ("Das darf nicht leer sein.", "must not be empty"));
        } else if text.chars().count() > most {
            let de = format!("Höchstens {most} Zeichen, bitte.");
            self.refuse("too_long", (de, format!("is longer than {most} characters")));
        } else if text.chars().any(|character| character.is_control() && character != '\n') {
            self.refuse("invalid", ("Das enthält Steuerzeichen.", "holds control characters"));
        }
        text.to_owned()
    }

    /// A text without a line break.
    fn line(&mut self, most: usize) -> String {
        let text = self.text(most);
        if text.contains('\n') {
            self.refuse("invalid", ("Das steht auf einer Zeile.", "is one line"));
        }
        text
    }

    /// A text in German, or in German and English: `"…"` or `{"de": "…", "en": "…"}`.
    fn wording(&mut self, most: usize) -> Text {
        if self.value.is_some_and(Value::is_object) {
            self.object(&["de", "en"]);
            Text { de: self.field("de").text(most), en: self.field("en").optional_text(most) }
        } else {
            Text::german(self.text(most))
        }
    }

    fn optional_wording(&mut self, most: usize) -> Option<Text> {
        self.optional(|node| Some(node.wording(most)))
    }

    /// A calendar day: `2027-01-31`.
    fn day(&mut self) -> Option<NaiveDate> {
        let day = self.value.and_then(Value::as_str).and_then(|text| text.parse().ok());
        if day.is_none() {
            self.not_a(("ein Tag wie 2027-01-31", "a day such as 2027-01-31"));
        }
        day
    }

    fn names(&mut self) -> Text {
        Text {
            de: self.field("name_de").line(200),
            en: self.field("name_en").optional(|node| Some(node.line(200))),
        }
    }

    fn slug(&mut self) -> String {
        let slug = self.text(80);
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !slug.is_empty() && !slug.bytes().all(fits) {
            let de = "Erlaubt sind nur a–z, 0–9 und -.";
            self.refuse("invalid", (de, "only a–z, 0–9 and - are allowed"));
        }
        slug
    }

    fn number<N: TryFrom<i64>>(&mut self, least: i64, most: i64) -> Option<N> {
        let number = self.value.and_then(Value::as_i64).filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let found = self.found();
            let en = format!("a whole number from {least} to {most} is needed, {found} found");
            self.refuse("out_of_range", (format!("Erlaubt sind {least} bis {most}."), en));
        }
        number.and_then(|number| N::try_from(number).ok())
    }

    fn flag(&mut self) -> bool {
        let flag = self.value.and_then(Value::as_bool);
        if flag.is_none() {
            self.not_a(("Ja oder Nein", "true or false"));
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
            let de = format!("Möglich sind: {choices}.");
            let en = format!("{choices} is needed, {} found", self.found());
            self.refuse("invalid", (de, en));
        }
        found.unwrap_or(wrong)
    }

    fn sms_keyword(&mut self) -> Option<String> {
        let word = self.optional(|node| Some(node.text(12)))?;
        let fits =
            word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !fits && !word.is_empty() {
            let de = "3 bis 12 Zeichen aus A–Z und 0–9, bitte.";
            self.refuse("invalid", (de, "3 to 12 of A–Z and 0–9 are allowed"));
        }
        if is_command(&word) || !is_about(&word) {
            let de = "Dieses Wort hat in SMS schon eine Bedeutung.";
            self.refuse("command", (de, "this word means something else in an SMS"));
        }
        Some(word)
    }

    fn leika(&mut self) -> Option<String> {
        let key = self.optional(|node| Some(node.text(14)))?;
        if key.len() != 14 || !key.starts_with("99") || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            let de = "Ein LeiKa-Schlüssel hat 14 Ziffern und beginnt mit 99.";
            self.refuse("invalid", (de, "a LeiKa key has 14 digits and begins with 99"));
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

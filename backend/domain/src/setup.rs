//! A town's set-up (Einrichtung): its offices, waiting zones, pools, counters and opening hours, as one file.
//!
//! A second town starts from such a file; the demo town is one. Everything that is wrong is told at once,
//! each fault with its place in the file, and nothing is taken over before the file is right.

mod checks;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::Catalogue;
use crate::fault::Fault;
use crate::language::Text;
use crate::local_time::LocalMinute;
use crate::schedule::opening_hours::{MonthWeek, MonthWeeks, OpeningRule, Weekdays};
use crate::town::TownSettings;

/// A set-up file as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The town itself.
    pub town: TownSetup,
    /// Its offices.
    pub offices: Vec<OfficeSetup>,
    /// Its pools of interchangeable counters.
    pub pools: Vec<PoolSetup>,
    /// When it is closed beside the holidays of its Land.
    #[serde(default)]
    pub closures: Vec<ClosureSetup>,
    /// Its departments and services, where the file has them; else they are imported on their own.
    #[serde(skip)]
    pub catalogue: Option<Catalogue>,
    /// The settings that the file names.
    #[serde(skip)]
    pub named_settings: Vec<String>,
}

/// The town in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownSetup {
    /// Its name in addresses: `musterstadt`.
    pub slug: String,
    /// Its name: `Stadt Musterstadt`.
    pub name: String,
    /// Its host name; absent when it answers for every host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The zone its clocks show: `Europe/Berlin`.
    pub zone: String,
    /// The Land whose holidays apply: `NW`.
    pub land: String,
    /// What the town chose.
    #[serde(default)]
    pub settings: TownSettings,
}

/// An office in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeSetup {
    /// Its name in addresses.
    pub slug: String,
    /// Its name: `Rathaus`.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// Whether it is reached without steps (stufenlos).
    pub level_access: bool,
    /// Its waiting zones.
    pub zones: Vec<ZoneSetup>,
}

/// A waiting zone in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneSetup {
    /// The letter of its ticket numbers.
    pub letter: String,
    /// Its name: `Wartebereich B`.
    pub name: String,
    /// Its floor: `Erdgeschoss`.
    pub floor: String,
    /// How to get there from the foyer.
    pub way: Text,
}

/// A pool of interchangeable counters in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSetup {
    /// Its name in addresses, unique within its office.
    pub slug: String,
    /// Its name: `Bürgerbüro`.
    pub name: String,
    /// The slug of its office.
    pub office: String,
    /// The slug of its department.
    pub department: String,
    /// The letter of the waiting zone its visitors sit in.
    pub zone: String,
    /// The slugs of the services it offers as long as the catalogue says; all of its department when this is empty and there
    /// are no `offers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The services it offers with times of their own, of whatever department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Vec<OfferSetup>>,
    /// Its counters.
    pub counters: Vec<CounterSetup>,
    /// When it is open.
    pub opening: Vec<OpeningSetup>,
}

/// A service at a pool in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferSetup {
    /// The service's slug.
    pub service: String,
    /// Minutes for the first person or piece.
    pub duration_min: u16,
    /// Minutes for each further one; 0 means as long as the first.
    #[serde(default)]
    pub per_person_min: u16,
    /// Minutes kept free after the visit.
    #[serde(default)]
    pub buffer_min: u16,
}

/// A counter in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterSetup {
    /// What the display shows: `3`, unique within the office.
    pub number: String,
    /// How to get there from the waiting zone.
    #[serde(default)]
    pub way: Text,
}

/// Opening hours in a set-up file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningSetup {
    /// On which weekdays: `mo`, `di`, `mi`, `do`, `fr`, `sa`, `so`.
    pub days: Vec<String>,
    /// On which of these days of a month: `first`, `second`, `third`, `fourth`, `last`; every one without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub month_weeks: Vec<MonthWeek>,
    /// 1 for every week, 2 for every other one, counted from the week of `valid_from`.
    #[serde(default = "every_week")]
    pub every_weeks: u8,
    /// The first local day on which it applies; always without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The last local day; open-ended without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// From when: `08:00`.
    #[serde(with = "clock_time")]
    pub opens: LocalMinute,
    /// Until when; `24:00` at the latest.
    #[serde(with = "clock_time")]
    pub closes: LocalMinute,
    /// How many visitors at a time the public may book.
    pub public: u16,
    /// How many more staff may book.
    #[serde(default)]
    pub staff: u16,
}

/// Times of the day as people write them: `08:00`, also with seconds that are zero.
mod clock_time {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::local_time::LocalMinute;

    pub(super) fn serialize<S: Serializer>(minute: &LocalMinute, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(minute)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<LocalMinute, D::Error> {
        let text = String::deserialize(from)?;
        let minutes = if text.len() > 5 { text.strip_suffix(":00") } else { Some(text.as_str()) };
        let found = minutes.and_then(LocalMinute::parse);
        found.ok_or_else(|| D::Error::custom(format!("{text:?} is not a time such as 08:00")))
    }
}

fn every_week() -> u8 {
    1
}

impl OpeningSetup {
    /// A weekly rule as a file has it.
    #[must_use]
    pub fn of(rule: &OpeningRule) -> Self {
        let days = WEEK.iter().filter(|(day, _)| rule.weekdays.contains(*day));
        Self {
            days: days.map(|(_, word)| (*word).to_owned()).collect(),
            month_weeks: rule.month_weeks.weeks(),
            every_weeks: rule.every_n_weeks,
            valid_from: Some(rule.valid_from),
            valid_to: rule.valid_to,
            opens: rule.opens,
            closes: rule.closes,
            public: rule.capacity_public,
            staff: rule.capacity_staff,
        }
    }

    /// The weekly rule it stands for; from a usual day on where it does not say.
    #[must_use]
    pub fn rule(&self, valid_from: NaiveDate) -> OpeningRule {
        let days: Vec<Weekday> = self.days.iter().filter_map(|day| weekday(day)).collect();
        OpeningRule {
            weekdays: Weekdays::of(&days),
            every_n_weeks: self.every_weeks,
            month_weeks: MonthWeeks::of(&self.month_weeks),
            opens: self.opens,
            closes: self.closes,
            capacity_public: self.public,
            capacity_staff: self.staff,
            valid_from: self.valid_from.unwrap_or(valid_from),
            valid_to: self.valid_to,
        }
    }
}

/// A time at which something is closed, in a set-up file: a whole `day`, or `from` and `until` in local time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClosureSetup {
    /// The whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// From when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDateTime>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDateTime>,
    /// Whether it is on each of its days from the first one's time until the last one's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub daily: bool,
    /// The slug of the department that is closed; with none of the three the whole town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The slug of the office that is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// The slug of the pool in that office that is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// How many counters of each kind stay open; 0 is closed.
    pub at_most: u16,
    /// Why: `Heiligabend`.
    pub reason: String,
}

impl ClosureSetup {
    /// From when until when, in local time.
    #[must_use]
    pub fn span(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let whole =
            |day: NaiveDate| Some((day.and_time(NaiveTime::MIN), day.succ_opt()?.and_time(NaiveTime::MIN)));
        self.day.and_then(whole).or(self.from.zip(self.until)).filter(|(from, until)| from < until)
    }
}

impl Setup {
    /// Reads a set-up file.
    ///
    /// # Errors
    /// Every fault of the file, each with its place.
    pub fn parse(json: &str) -> Result<Self, Vec<Fault>> {
        let unreadable = |error: serde_json::Error| {
            let place = match error.line() {
                0 => "file".to_owned(),
                line => format!("line {line}, column {}", error.column()),
            };
            vec![Fault::new(&place, "invalid", (format!("Das ist nicht lesbar: {error}"), error.to_string()))]
        };
        let mut root: Value = serde_json::from_str(json).map_err(unreadable)?;
        let catalogue = catalogue_of(&mut root);
        let named_settings = named_settings(&root);
        // Read from the text where it can be, because only that tells line and column.
        let setup: Result<Self, _> = match &catalogue {
            None => serde_json::from_str(json).map_err(unreadable),
            Some(_) => serde_json::from_value(root).map_err(unreadable),
        };
        let (catalogue, mut faults) = match catalogue.transpose() {
            Ok(catalogue) => (catalogue, Vec::new()),
            Err(faults) => (None, faults),
        };
        match setup {
            Ok(setup) => {
                let setup = Self { catalogue, named_settings, ..setup };
                faults.extend(setup.faults());
                if faults.is_empty() { Ok(setup) } else { Err(faults) }
            }
            Err(more) => {
                faults.extend(more);
                Err(faults)
            }
        }
    }

    /// The file as JSON; read again it is the same.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut root = serde_json::to_value(self).unwrap_or_default();
        if let Some(catalogue) = &self.catalogue {
            let Value::Object(parts) = catalogue.to_json() else { return root };
            for (name, part) in parts {
                root[name] = part;
            }
        }
        root
    }
}

fn named_settings(root: &Value) -> Vec<String> {
    let settings = root.pointer("/town/settings").and_then(Value::as_object);
    settings.map(|settings| settings.keys().cloned().collect()).unwrap_or_default()
}

/// Takes the departments and services out of a file, when it has them.
fn catalogue_of(root: &mut Value) -> Option<Result<Catalogue, Vec<Fault>>> {
    let file = root.as_object_mut()?;
    if !file.contains_key("services") && !file.contains_key("departments") {
        return None;
    }
    let names = ["departments", "services"];
    let parts: Map<String, Value> =
        names.into_iter().filter_map(|name| Some((name.to_owned(), file.remove(name)?))).collect();
    Some(Catalogue::read(&Value::Object(parts)))
}

/// The days of the week with their German short forms, in files and over HTTP.
pub const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mo"),
    (Weekday::Tue, "di"),
    (Weekday::Wed, "mi"),
    (Weekday::Thu, "do"),
    (Weekday::Fri, "fr"),
    (Weekday::Sat, "sa"),
    (Weekday::Sun, "so"),
];

/// The weekday of its German short form: `mo`, `di`, …
#[must_use]
pub fn weekday(word: &str) -> Option<Weekday> {
    WEEK.iter().find(|(_, short)| *short == word).map(|(day, _)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{
        "town": {"slug": "dorf", "name": "Dorf", "zone": "Europe/Berlin", "land": "NW"},
        "offices": [{"slug": "rathaus", "name": "Rathaus", "street": "Markt 1", "postal_code": "12345", "city": "Dorf",
            "level_access": true,
            "zones": [{"letter": "A", "name": "Wartebereich A", "floor": "Erdgeschoss", "way": {"de": "links", "en": "left"}}]}],
        "pools": [{"slug": "bb", "name": "Bürgerbüro", "office": "rathaus", "department": "buergerbuero", "zone": "A",
            "counters": [{"number": "1"}, {"number": "2"}],
            "opening": [{"days": ["mo", "do"], "opens": "08:00:00", "closes": "12:00:00", "public": 2}]}]
    }"#;

    #[test]
    fn a_small_town_is_read() {
        let setup = Setup::parse(SMALL).expect("it has no fault");
        assert_eq!(setup.pools[0].counters.len(), 2);
        assert_eq!(setup.town.settings.phone_help, "115");
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let broken = SMALL
            .replace("Europe/Berlin", "Europe/Atlantis")
            .replace(r#""zone": "A""#, r#""zone": "Q""#)
            .replace(r#"{"number": "2"}"#, r#"{"number": "1"}"#)
            .replace(r#""do""#, r#""xy""#)
            .replace("12:00:00", "07:00:00");
        let places: Vec<String> =
            Setup::parse(&broken).expect_err("it has faults").into_iter().map(|fault| fault.place).collect();
        assert_eq!(
            places,
            [
                "town.zone",
                "pools[0].zone",
                "pools[0].counters[1].number",
                "pools[0].opening[0].days",
                "pools[0].opening[0].closes"
            ]
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let whole = SMALL.replacen(
            '{',
            r#"{"departments": [{"slug": "buergerbuero", "name_de": "Bürgerbüro"}],
                "services": [{"slug": "ausweis", "department": "buergerbuero", "name_de": "Ausweis", "duration_min": 15,
                    "online": {"possible": "no"}, "personal_appearance_required": true, "proxy_allowed": false,
                    "bookable_from": "2027-01-11", "appointment_only": true,
                    "form": {"address": "required", "purposes": [{"field": "address", "text": "Für den Bescheid"}]},
                    "planned": [{"valid_from": "2027-01-01", "documents": ["Lichtbild"]}]}],
                "closures": [{"day": "2026-12-24", "reason": "Heiligabend"},
                    {"from": "2026-12-01T12:00:00", "until": "2026-12-01T16:00:00", "office": "rathaus", "pool": "bb",
                     "at_most": 1, "reason": "Schulung"}],"#,
            1,
        );
        let whole = whole.replace(
            r#""counters":"#,
            r#""offers": [{"service": "ausweis", "duration_min": 20, "buffer_min": 5}], "counters":"#,
        );
        let setup = Setup::parse(&whole).unwrap_or_else(|faults| panic!("{faults:?}"));
        let services = &setup.catalogue.as_ref().expect("it has services").services;
        assert_eq!(services[0].detail.planned[0].documents, Some(vec![Text::german("Lichtbild")]));
        let again = Setup::parse(&setup.to_json().to_string()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let named_settings = TownSettings::names();
        assert_eq!(again, Setup { named_settings, ..setup });
    }

    #[test]
    fn what_the_pages_would_refuse_is_refused_in_a_file() {
        let odd = SMALL
            .replace(r#""land": "NW""#, r#""land": "NW", "settings": {"horizon_days": 3650, "colour": "red"}"#)
            .replace(r#""public": 2"#, r#""public": 2, "valid_from": "2027-02-01", "valid_to": "2027-01-01""#)
            .replace(r#""counters":"#, r#""services": ["a", "a"], "counters":"#)
            .replacen(
                '{',
                r#"{"closures": [{"day": "2026-12-24", "reason": " "},
                    {"from": "2026-12-01T12:00:00", "until": "2026-12-02T11:00:00", "daily": true, "reason": "x"}],"#,
                1,
            );
        let places: Vec<String> =
            Setup::parse(&odd).expect_err("it has faults").into_iter().map(|fault| fault.place).collect();
        assert_eq!(
            places,
            [
                "town.settings.horizon_days",
                "town.settings.colour",
                "pools[0].opening[0].valid_to",
                "pools[0].services[1]",
                "closures[0].reason",
                "closures[1].until",
            ]
        );
    }

    #[test]
    fn nobody_is_told_a_million_faults() {
        let many =
            format!(r#"{{"departments": [], "services": [{}0], "offices": []}}"#, "0,".repeat(100_000));
        assert!(Setup::parse(&many).expect_err("it has faults").len() < 10);
        let some = format!(r#"{{"departments": [], "services": [{}0], "offices": []}}"#, "0,".repeat(1_000));
        assert!(Setup::parse(&some).expect_err("it has faults").len() <= 201);
    }

    #[test]
    fn faults_of_services_and_offices_are_told_at_once() {
        let both = SMALL
            .replacen('{', r#"{"departments": [], "services": [{"slug": "a b"}],"#, 1)
            .replace("12:00:00", "07:00");
        let places: Vec<String> =
            Setup::parse(&both).expect_err("it has faults").into_iter().map(|fault| fault.place).collect();
        assert!(places.contains(&"services[0].slug".to_owned()), "{places:?}");
        assert!(places.contains(&"pools[0].opening[0].closes".to_owned()), "{places:?}");
    }

    #[test]
    fn a_file_that_is_not_json_names_the_line() {
        let faults = Setup::parse("{\n oops").expect_err("it is not JSON");
        assert!(faults[0].place.starts_with("line 2"), "{faults:?}");
    }
}

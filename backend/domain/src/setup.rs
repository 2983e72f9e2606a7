//! A town's set-up (Einrichtung): its offices, waiting zones, pools, counters and opening hours, as one file.
//!
//! A second town starts from such a file; the demo town is one. Everything that is wrong is told at once,
//! each fault with its place in the file, and nothing is taken over before the file is right.

use chrono::{NaiveDate, NaiveTime, Timelike, Weekday};
use serde::Deserialize;

use crate::language::Text;
use crate::local_time::LocalMinute;
use crate::schedule::opening_hours::{MonthWeek, MonthWeeks, OpeningRule, Weekdays};
use crate::town::TownSettings;

/// A set-up file as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The town itself.
    pub town: TownSetup,
    /// Its offices.
    pub offices: Vec<OfficeSetup>,
    /// Its pools of interchangeable counters.
    pub pools: Vec<PoolSetup>,
    /// Days on which the whole town is closed beside the holidays of its Land.
    #[serde(default)]
    pub closures: Vec<ClosureSetup>,
}

/// The town in a set-up file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownSetup {
    /// Its name in addresses: `musterstadt`.
    pub slug: String,
    /// Its name: `Stadt Musterstadt`.
    pub name: String,
    /// Its host name; absent when it answers for every host.
    #[serde(default)]
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
#[derive(Clone, Debug, Deserialize)]
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
#[derive(Clone, Debug, Deserialize)]
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
#[derive(Clone, Debug, Deserialize)]
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
    /// The slugs of the services it offers; empty: all of its department.
    #[serde(default)]
    pub services: Vec<String>,
    /// Its counters.
    pub counters: Vec<CounterSetup>,
    /// When it is open.
    pub opening: Vec<OpeningSetup>,
}

/// A counter in a set-up file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterSetup {
    /// What the display shows: `3`, unique within the office.
    pub number: String,
    /// How to get there from the waiting zone.
    #[serde(default)]
    pub way: Text,
}

/// Opening hours in a set-up file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningSetup {
    /// On which weekdays: `mo`, `di`, `mi`, `do`, `fr`, `sa`, `so`.
    pub days: Vec<String>,
    /// On which of these days of a month: `first`, `second`, `third`, `fourth`, `last`; every one without.
    #[serde(default)]
    pub month_weeks: Vec<MonthWeek>,
    /// From when: `08:00`.
    pub opens: NaiveTime,
    /// Until when.
    pub closes: NaiveTime,
    /// How many visitors at a time the public may book.
    pub public: u16,
    /// How many more staff may book.
    #[serde(default)]
    pub staff: u16,
}

impl OpeningSetup {
    /// The weekly rule it stands for, from a day on.
    #[must_use]
    pub fn rule(&self, valid_from: NaiveDate) -> OpeningRule {
        let days: Vec<Weekday> = self.days.iter().filter_map(|day| weekday(day)).collect();
        let minute = |time: NaiveTime| {
            let minutes = u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(0);
            LocalMinute::new(minutes).unwrap_or(LocalMinute::START_OF_DAY)
        };
        OpeningRule {
            weekdays: Weekdays::of(&days),
            every_n_weeks: 1,
            month_weeks: MonthWeeks::of(&self.month_weeks),
            opens: minute(self.opens),
            closes: minute(self.closes),
            capacity_public: self.public,
            capacity_staff: self.staff,
            valid_from,
            valid_to: None,
        }
    }
}

/// A day on which the town is closed, in a set-up file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosureSetup {
    /// The day.
    pub day: NaiveDate,
    /// Why: `Heiligabend`.
    pub reason: String,
}

/// What is wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place: `pools[3].zone`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Setup {
    /// Reads a set-up file.
    ///
    /// # Errors
    /// Every fault of the file, each with its place.
    pub fn parse(json: &str) -> Result<Self, Vec<Fault>> {
        let setup: Self = serde_json::from_str(json).map_err(|error| {
            vec![Fault {
                place: format!("line {}, column {}", error.line(), error.column()),
                what: error.to_string(),
            }]
        })?;
        let faults = setup.faults();
        if faults.is_empty() { Ok(setup) } else { Err(faults) }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        if self.town.zone.parse::<chrono_tz::Tz>().is_err() {
            faults.add("town.zone", format!("{:?} is not a time zone", self.town.zone));
        }
        if !LAENDER.contains(&self.town.land.as_str()) {
            faults.add("town.land", format!("{:?} is not one of the 16 Länder", self.town.land));
        }
        self.office_faults(&mut faults);
        for (index, pool) in self.pools.iter().enumerate() {
            self.pool_faults(&format!("pools[{index}]"), index, pool, &mut faults);
        }
        faults.0
    }

    fn office_faults(&self, faults: &mut Faults) {
        if self.offices.is_empty() {
            faults.add("offices", "a town needs at least one office");
        }
        for (index, office) in self.offices.iter().enumerate() {
            let place = format!("offices[{index}]");
            if self.offices[..index].iter().any(|other| other.slug == office.slug) {
                faults.add(&format!("{place}.slug"), format!("{:?} stands twice", office.slug));
            }
            if office.zones.is_empty() {
                faults.add(&format!("{place}.zones"), "an office needs at least one waiting zone");
            }
            for (number, zone) in office.zones.iter().enumerate() {
                let place = format!("{place}.zones[{number}].letter");
                if zone.letter.len() != 1 || !zone.letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    faults.add(&place, format!("{:?} is not one capital letter", zone.letter));
                }
                if office.zones[..number].iter().any(|other| other.letter == zone.letter) {
                    faults.add(&place, format!("{:?} stands twice in this office", zone.letter));
                }
            }
        }
    }

    fn pool_faults(&self, place: &str, index: usize, pool: &PoolSetup, faults: &mut Faults) {
        match self.offices.iter().find(|office| office.slug == pool.office) {
            None => faults.add(&format!("{place}.office"), format!("there is no office {:?}", pool.office)),
            Some(office) if !office.zones.iter().any(|zone| zone.letter == pool.zone) => {
                faults
                    .add(&format!("{place}.zone"), format!("{:?} has no zone {:?}", office.slug, pool.zone));
            }
            Some(_) => {}
        }
        if self.pools[..index].iter().any(|other| other.slug == pool.slug && other.office == pool.office) {
            faults.add(&format!("{place}.slug"), format!("{:?} stands twice in this office", pool.slug));
        }
        for (number, counter) in pool.counters.iter().enumerate() {
            let elsewhere = self.pools[..index].iter().filter(|other| other.office == pool.office);
            let mut before = elsewhere.flat_map(|other| &other.counters).chain(&pool.counters[..number]);
            if before.any(|other| other.number == counter.number) {
                let place = format!("{place}.counters[{number}].number");
                faults.add(&place, format!("{:?} stands twice in this office", counter.number));
            }
        }
        for (number, opening) in pool.opening.iter().enumerate() {
            opening_faults(&format!("{place}.opening[{number}]"), opening, faults);
        }
    }
}

fn opening_faults(place: &str, opening: &OpeningSetup, faults: &mut Faults) {
    if opening.days.is_empty() {
        faults.add(&format!("{place}.days"), "at least one weekday is needed");
    }
    for day in &opening.days {
        if weekday(day).is_none() {
            faults.add(&format!("{place}.days"), format!("{day:?} is not a weekday (mo di mi do fr sa so)"));
        }
    }
    if opening.closes <= opening.opens {
        faults.add(&format!("{place}.closes"), "closes before it opens");
    }
    for (name, time) in [("opens", opening.opens), ("closes", opening.closes)] {
        if time.minute() % 5 != 0 || time.second() != 0 {
            faults.add(&format!("{place}.{name}"), "times are multiples of five minutes");
        }
    }
    if opening.public == 0 && opening.staff == 0 {
        faults.add(&format!("{place}.public"), "nobody could book: public and staff capacity are both 0");
    }
}

/// The weekday of its German short form: `mo`, `di`, …
#[must_use]
pub fn weekday(word: &str) -> Option<Weekday> {
    match word {
        "mo" => Some(Weekday::Mon),
        "di" => Some(Weekday::Tue),
        "mi" => Some(Weekday::Wed),
        "do" => Some(Weekday::Thu),
        "fr" => Some(Weekday::Fri),
        "sa" => Some(Weekday::Sat),
        "so" => Some(Weekday::Sun),
        _ => None,
    }
}

const LAENDER: [&str; 16] =
    ["BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"];

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, place: &str, what: impl Into<String>) {
        self.0.push(Fault { place: place.to_owned(), what: what.into() });
    }
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
    fn a_file_that_is_not_json_names_the_line() {
        let faults = Setup::parse("{\n oops").expect_err("it is not JSON");
        assert!(faults[0].place.starts_with("line 2"), "{faults:?}");
    }
}

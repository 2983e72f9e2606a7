//! Public holidays (Gesetzliche Feiertage) of the sixteen Länder, computed by rule.
//!
//! Each row of the table says since and until when a Land keeps a day, and whether only some of its
//! municipalities do. `tests/holidays.rs` compares every row with an official list for 2024 to 2040.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// One of the sixteen German states (Land).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the official two-letter codes name themselves")]
pub enum Land {
    Bw,
    By,
    Be,
    Bb,
    Hb,
    Hh,
    He,
    Mv,
    Ni,
    Nw,
    Rp,
    Sl,
    Sn,
    St,
    Sh,
    Th,
}

use Land::{Bb, Be, Bw, By, Hb, He, Hh, Mv, Ni, Nw, Rp, Sh, Sl, Sn, St, Th};

impl Land {
    /// All Länder in their customary order.
    pub const ALL: [Self; 16] = [Bw, By, Be, Bb, Hb, Hh, He, Mv, Ni, Nw, Rp, Sl, Sn, St, Sh, Th];

    /// The official two-letter code, "NW".
    pub fn code(self) -> &'static str {
        match self {
            Bw => "BW",
            By => "BY",
            Be => "BE",
            Bb => "BB",
            Hb => "HB",
            Hh => "HH",
            He => "HE",
            Mv => "MV",
            Ni => "NI",
            Nw => "NW",
            Rp => "RP",
            Sl => "SL",
            Sn => "SN",
            St => "ST",
            Sh => "SH",
            Th => "TH",
        }
    }

    /// The Land with this code, in capitals or not.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|land| land.code().eq_ignore_ascii_case(code))
    }
}

/// A holiday that only some municipalities of a Land keep; each municipality says which are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocalHoliday {
    /// Augsburger Hohes Friedensfest: the city of Augsburg alone.
    AugsburgPeaceFestival,
    /// Mariä Himmelfahrt in Bavarian communes with a Catholic majority.
    AssumptionInBavaria,
    /// Fronleichnam in named communes of the district of Bautzen.
    CorpusChristiInSaxony,
    /// Fronleichnam in the Eichsfeld and parts of two districts beside it.
    CorpusChristiInThuringia,
}

impl LocalHoliday {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AugsburgPeaceFestival,
        Self::AssumptionInBavaria,
        Self::CorpusChristiInSaxony,
        Self::CorpusChristiInThuringia,
    ];

    /// Its stable name in set-ups and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::AugsburgPeaceFestival => "augsburg_peace_festival",
            Self::AssumptionInBavaria => "assumption_in_bavaria",
            Self::CorpusChristiInSaxony => "corpus_christi_in_saxony",
            Self::CorpusChristiInThuringia => "corpus_christi_in_thuringia",
        }
    }

    /// The local holiday with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|holiday| holiday.code() == code)
    }

    /// Where it is kept, in the words of the official list.
    pub fn place(self) -> &'static str {
        match self {
            Self::AugsburgPeaceFestival => "nur Stadt Augsburg",
            Self::AssumptionInBavaria => "Gemeinden mit überwiegend kath. Bevölkerung (BY)",
            Self::CorpusChristiInSaxony => "benannte (sorbisch-)katholische Gemeinden LK Bautzen",
            Self::CorpusChristiInThuringia => {
                "LK Eichsfeld; Teile von Unstrut-Hainich-Kreis und Wartburgkreis"
            }
        }
    }
}

/// Who keeps a holiday within its Land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The whole Land, every year.
    WholeLand,
    /// The whole Land, in this one year.
    Once,
    /// Some municipalities only.
    Local(LocalHoliday),
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WholeLand => f.write_str("landesweit"),
            Self::Once => f.write_str("einmalig"),
            Self::Local(local) => write!(f, "lokal: {}", local.place()),
        }
    }
}

/// A holiday of a Land in a certain year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// The Land that keeps it.
    pub land: Land,
    /// Its German name.
    pub name: &'static str,
    /// Who in that Land keeps it.
    pub scope: Scope,
}

/// The holidays a municipality keeps: those of its Land and the local ones that are its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayCalendar {
    /// The Land of the municipality.
    pub land: Land,
    /// The local holidays it keeps besides.
    #[serde(default)]
    pub local: BTreeSet<LocalHoliday>,
}

impl HolidayCalendar {
    /// A municipality without local holidays.
    pub fn of(land: Land) -> Self {
        Self { land, local: BTreeSet::new() }
    }

    /// The holidays of a year, in order.
    pub fn in_year(&self, year: i32) -> Vec<Holiday> {
        let mut holidays = holidays(self.land, year);
        holidays.retain(|holiday| self.keeps(holiday.scope));
        holidays
    }

    /// The holidays from one day to another, both included.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> Vec<Holiday> {
        (from.year()..=to.year())
            .flat_map(|year| self.in_year(year))
            .filter(|holiday| (from..=to).contains(&holiday.date))
            .collect()
    }

    /// The name of the holiday on that day, if it is one here.
    pub fn on(&self, date: NaiveDate) -> Option<&'static str> {
        self.in_year(date.year()).into_iter().find(|holiday| holiday.date == date).map(|holiday| holiday.name)
    }

    fn keeps(&self, scope: Scope) -> bool {
        match scope {
            Scope::WholeLand | Scope::Once => true,
            Scope::Local(local) => self.local.contains(&local),
        }
    }
}

/// All holidays of a Land in a year, local ones included, in the order of the calendar.
pub fn holidays(land: Land, year: i32) -> Vec<Holiday> {
    let mut found: Vec<Holiday> = RULES
        .iter()
        .filter(|rule| (rule.since..=rule.until).contains(&year) && rule.kept_by(land))
        .filter_map(|rule| {
            Some(Holiday { date: rule.day.in_year(year)?, land, name: rule.name, scope: rule.scope })
        })
        .collect();
    found.sort_by_key(|holiday| holiday.date);
    found
}

/// How a holiday's date follows from the year.
#[derive(Clone, Copy)]
enum Day {
    /// Month and day.
    Fixed(u32, u32),
    /// Days after Easter Sunday, negative before.
    Easter(i64),
    /// The Wednesday before 23 November.
    Repentance,
}

impl Day {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter(days) => easter_sunday(year)?.checked_add_signed(chrono::Duration::days(days)),
            Self::Repentance => {
                let latest = NaiveDate::from_ymd_opt(year, 11, 22)?;
                let back = latest.weekday().days_since(Weekday::Wed);
                latest.checked_sub_days(Days::new(u64::from(back)))
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let sun = (century + 8) / 25;
    let moon = (century - sun + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

/// One row of the table: which Länder keep a day, and in which years.
struct Rule {
    name: &'static str,
    day: Day,
    /// Empty means all.
    lands: &'static [Land],
    since: i32,
    until: i32,
    scope: Scope,
}

impl Rule {
    fn kept_by(&self, land: Land) -> bool {
        self.lands.is_empty() || self.lands.contains(&land)
    }
}

/// The table begins with 1995, when Buß- und Bettag became a working day outside Saxony.
const ALWAYS: i32 = 1995;
const FOR_GOOD: i32 = i32::MAX;

const fn everywhere(name: &'static str, day: Day) -> Rule {
    some(name, day, &[], ALWAYS)
}

const fn some(name: &'static str, day: Day, lands: &'static [Land], since: i32) -> Rule {
    Rule { name, day, lands, since, until: FOR_GOOD, scope: Scope::WholeLand }
}

const fn once(name: &'static str, day: Day, lands: &'static [Land], year: i32) -> Rule {
    Rule { name, day, lands, since: year, until: year, scope: Scope::Once }
}

const fn local(name: &'static str, day: Day, lands: &'static [Land], holiday: LocalHoliday) -> Rule {
    Rule { name, day, lands, since: ALWAYS, until: FOR_GOOD, scope: Scope::Local(holiday) }
}

const RULES: &[Rule] = &[
    everywhere("Neujahr", Day::Fixed(1, 1)),
    some("Heilige Drei Könige", Day::Fixed(1, 6), &[Bw, By, St], ALWAYS),
    some("Internationaler Frauentag", Day::Fixed(3, 8), &[Be], 2019),
    some("Internationaler Frauentag", Day::Fixed(3, 8), &[Mv], 2023),
    everywhere("Karfreitag", Day::Easter(-2)),
    some("Ostersonntag", Day::Easter(0), &[Bb], ALWAYS),
    everywhere("Ostermontag", Day::Easter(1)),
    everywhere("Tag der Arbeit", Day::Fixed(5, 1)),
    once("Tag der Befreiung (75 Jahre)", Day::Fixed(5, 8), &[Be], 2020),
    once("Tag der Befreiung (80 Jahre)", Day::Fixed(5, 8), &[Be], 2025),
    everywhere("Christi Himmelfahrt", Day::Easter(39)),
    some("Pfingstsonntag", Day::Easter(49), &[Bb], ALWAYS),
    everywhere("Pfingstmontag", Day::Easter(50)),
    some("Fronleichnam", Day::Easter(60), &[Bw, By, He, Nw, Rp, Sl], ALWAYS),
    local("Fronleichnam", Day::Easter(60), &[Sn], LocalHoliday::CorpusChristiInSaxony),
    local("Fronleichnam", Day::Easter(60), &[Th], LocalHoliday::CorpusChristiInThuringia),
    once("75. Jahrestag Volksaufstand DDR", Day::Fixed(6, 17), &[Be], 2028),
    local("Augsburger Hohes Friedensfest", Day::Fixed(8, 8), &[By], LocalHoliday::AugsburgPeaceFestival),
    some("Mariä Himmelfahrt", Day::Fixed(8, 15), &[Sl], ALWAYS),
    local("Mariä Himmelfahrt", Day::Fixed(8, 15), &[By], LocalHoliday::AssumptionInBavaria),
    some("Weltkindertag", Day::Fixed(9, 20), &[Th], 2019),
    everywhere("Tag der Deutschen Einheit", Day::Fixed(10, 3)),
    some("Reformationstag", Day::Fixed(10, 31), &[Bb, Mv, Sn, St, Th], ALWAYS),
    some("Reformationstag", Day::Fixed(10, 31), &[Hb, Hh, Ni, Sh], 2018),
    once("Reformationstag", Day::Fixed(10, 31), &[Bw, By, Be, Hb, Hh, He, Ni, Nw, Rp, Sl, Sh], 2017),
    some("Allerheiligen", Day::Fixed(11, 1), &[Bw, By, Nw, Rp, Sl], ALWAYS),
    some("Buß- und Bettag", Day::Repentance, &[Sn], ALWAYS),
    everywhere("1. Weihnachtstag", Day::Fixed(12, 25)),
    everywhere("2. Weihnachtstag", Day::Fixed(12, 26)),
];

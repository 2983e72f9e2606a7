//! Holidays against the official list of 2024 to 2040 (`data/holidays-de.csv`), and who keeps which.
#![cfg(test)]

use chrono::{Datelike, NaiveDate};
use domain::schedule::holidays::{HolidayCalendar, Land, LocalHoliday, holidays};

const LIST: &str = include_str!("data/holidays-de.csv");
const WEEKDAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_row_of_the_official_list_is_computed_and_no_other() {
    let mut computed: Vec<_> = (2024..=2040)
        .flat_map(|year| Land::ALL.into_iter().flat_map(move |land| holidays(land, year)))
        .collect();
    computed.sort_by_key(|holiday| (holiday.date, holiday.land));
    let rows = computed.iter().map(|holiday| {
        let weekday = WEEKDAYS[holiday.date.weekday().num_days_from_monday() as usize];
        let (land, name, scope) = (holiday.land.code(), holiday.name, holiday.scope);
        format!("{},{weekday},{land},{name},{scope}", holiday.date)
    });
    let mut expected: Vec<&str> = LIST.lines().skip(1).collect();
    let mut computed: Vec<String> = rows.collect();
    expected.sort_unstable();
    computed.sort_unstable();
    assert_eq!(expected.len(), 3028);
    for (expected, computed) in expected.iter().zip(&computed) {
        assert_eq!(expected, computed);
    }
    assert_eq!(expected.len(), computed.len());
}

#[test]
fn a_local_holiday_is_kept_only_where_it_is_kept() {
    let bavaria = HolidayCalendar::of(Land::By);
    let augsburg = HolidayCalendar {
        land: Land::By,
        local: [LocalHoliday::AugsburgPeaceFestival, LocalHoliday::AssumptionInBavaria].into(),
    };
    assert_eq!(bavaria.on(day("2028-08-08")), None);
    assert_eq!(bavaria.on(day("2028-08-15")), None);
    assert_eq!(augsburg.on(day("2028-08-08")), Some("Augsburger Hohes Friedensfest"));
    assert_eq!(augsburg.on(day("2028-08-15")), Some("Mariä Himmelfahrt"));
    assert_eq!(HolidayCalendar::of(Land::Sl).on(day("2028-08-15")), Some("Mariä Himmelfahrt"));
    assert_eq!(HolidayCalendar::of(Land::Th).on(day("2026-06-04")), None);
}

#[test]
fn new_holidays_begin_with_their_year() {
    let on = |land, text: &str| HolidayCalendar::of(land).on(day(text));
    assert_eq!(on(Land::Mv, "2022-03-08"), None);
    assert_eq!(on(Land::Mv, "2023-03-08"), Some("Internationaler Frauentag"));
    assert_eq!(on(Land::Hh, "2016-10-31"), None);
    assert_eq!(on(Land::Hh, "2017-10-31"), Some("Reformationstag"));
    assert_eq!(on(Land::Bw, "2017-10-31"), Some("Reformationstag"));
    assert_eq!(on(Land::Bw, "2018-10-31"), None);
    assert_eq!(on(Land::Be, "2026-05-08"), None);
}

#[test]
fn days_that_are_no_holidays_by_law_stay_working_days() {
    for land in Land::ALL {
        let calendar = HolidayCalendar::of(land);
        assert_eq!(calendar.on(day("2026-12-24")), None, "Heiligabend is a closure of the town, {land:?}");
        assert_eq!(calendar.on(day("2026-12-31")), None, "Silvester, {land:?}");
        assert_eq!(calendar.on(day("2026-02-16")), None, "Rosenmontag, {land:?}");
    }
}

#[test]
fn a_span_over_new_year_has_the_holidays_of_both_years() {
    let names: Vec<_> = HolidayCalendar::of(Land::Nw)
        .between(day("2026-12-24"), day("2027-01-06"))
        .iter()
        .map(|holiday| holiday.name)
        .collect();
    assert_eq!(names, ["1. Weihnachtstag", "2. Weihnachtstag", "Neujahr"]);
}

#[test]
fn codes_of_laender_and_local_holidays_are_read_back() {
    for land in Land::ALL {
        assert_eq!(Land::from_code(&land.code().to_lowercase()), Some(land));
    }
    for local in LocalHoliday::ALL {
        assert_eq!(LocalHoliday::from_code(local.code()), Some(local));
    }
    assert_eq!(Land::from_code("XX"), None);
}

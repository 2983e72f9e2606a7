//! The houses that stand for a town hall in journeys and figures, as the set-up files that are imported.

use serde_json::{Value, json};

use crate::harness::fake_twilio::SENDER;

/// A house that is open around the clock, in a time zone where it is morning now: the same day has slots left whenever
/// the tests run.
pub(crate) fn open_house() -> Value {
    let every_day = opening(&["mo", "di", "mi", "do", "fr", "sa", "so"], "00:15", "23:45", 2);
    town_of(
        &[office("rathaus", "Rathaus", &["B", "S"]), office("nordhaus", "Bürgerbüro Nord", &["N"])],
        &[
            pool("buergerbuero", "rathaus", "buergerbuero", "B", 1, &every_day),
            pool("standesamt", "rathaus", "standesamt", "S", 11, &every_day),
            pool("buergerbuero-nord", "nordhaus", "buergerbuero", "N", 1, &every_day),
        ],
    )
}

/// So many offices, each with six counters and usual hours; none of them is kept for staff, so that what staff book is no
/// longer free for the public.
pub(crate) fn weekday_offices(offices: usize) -> Value {
    let hours = opening(&["mo", "di", "mi", "do", "fr"], "08:00", "16:00", 0);
    let slug = |number: usize| format!("haus-{number}");
    let houses: Vec<Value> =
        (1..=offices).map(|it| office(&slug(it), &format!("Bürgerbüro {it}"), &["B"])).collect();
    let pools: Vec<Value> =
        (1..=offices).map(|it| pool(&slug(it), &slug(it), "buergerbuero", "B", 1, &hours)).collect();
    town_of(&houses, &pools)
}

/// One office that is open around the clock in its morning zone, with so many counters that serve the same people.
pub(crate) fn house_of_counters(counters: u8) -> Value {
    let every_day = opening(&["mo", "di", "mi", "do", "fr", "sa", "so"], "00:15", "23:45", 2);
    let mut one = pool("buergerbuero", "rathaus", "buergerbuero", "B", 1, &every_day);
    one["counters"] = (1..=counters).map(|number| json!({ "number": number.to_string() })).collect();
    town_of(&[office("rathaus", "Rathaus", &["B"])], &[one])
}

fn opening(days: &[&str], opens: &str, closes: &str, staff: u8) -> Value {
    json!([{ "days": days, "opens": opens, "closes": closes, "public": 6, "staff": staff }])
}

fn office(slug: &str, name: &str, zones: &[&str]) -> Value {
    let zone = |letter: &str| {
        let way = json!({ "de": "geradeaus", "en": "straight on" });
        json!({ "letter": letter, "name": format!("Wartezone {letter}"), "floor": "1. OG", "way": way })
    };
    json!({
        "slug": slug,
        "name": name,
        "street": "Beispielplatz 1",
        "postal_code": "12345",
        "city": "Musterstadt",
        "level_access": true,
        "zones": zones.iter().map(|it| zone(it)).collect::<Vec<_>>(),
    })
}

fn pool(slug: &str, office: &str, department: &str, zone: &str, first: u8, opening: &Value) -> Value {
    let counter = |number: u8| json!({ "number": number.to_string() });
    json!({
        "slug": slug,
        "name": slug,
        "office": office,
        "department": department,
        "zone": zone,
        "counters": (first..first + 6).map(counter).collect::<Vec<_>>(),
        "opening": opening,
    })
}

fn town_of(offices: &[Value], pools: &[Value]) -> Value {
    // All of these visitors come from one machine: what a town limits per network may not limit them.
    // The proof before a hold is asked for, but costs them next to nothing.
    let settings = json!({ "holds_per_network": 60000, "hold_difficulty": 4, "sms_number": SENDER,
        // Neither may what it sends in a day or to a number: thousands go to a hundred numbers kept for fiction.
        "sms_segments_per_day": 1_000_000, "sms_per_number_hour": 60000, "sms_per_number_day": 60000,
        "codes_per_network": 60000, "codes_per_wide_network": 60000, "codes_per_number_block": 60000,
        "codes_per_office": 60000 });
    json!({
        "town": {
            "slug": "musterstadt",
            "name": "Stadt Musterstadt",
            "zone": zone_at(8),
            "land": "NW",
            "settings": settings,
        },
        "offices": offices,
        "pools": pools,
    })
}

/// A zone in which this hour has begun.
#[expect(clippy::disallowed_methods, reason = "the processes under test run on real time")]
pub fn zone_at(wanted: i64) -> String {
    use chrono::Timelike;
    let hour = i64::from(chrono::Utc::now().hour());
    let east = (wanted - hour + 11).rem_euclid(24) - 11;
    // The signs of these zones are the other way round: Etc/GMT-2 is two hours east.
    match east {
        0 => "Etc/GMT".to_owned(),
        east if east > 0 => format!("Etc/GMT-{east}"),
        west => format!("Etc/GMT+{}", -west),
    }
}

//! How long the key figures of a year of a town take.

use std::time::Instant;

use reqwest::Method;
use system_tests::harness::TestDatabase;
use system_tests::town::Town;

use crate::measured::{Figures, percentile_ms};

const ASKED: usize = 50;

/// `statistics_year_100k`: a hundred thousand visits and sixty-eight thousand appointments of a year, counted by office,
/// service, hour, weekday and week and compared with the year before, over HTTP, p50.
pub async fn measure(figures: &mut Figures, database: Option<TestDatabase>) {
    let Some(database) = database else { return };
    let town = Town::single_with_offices(Some(database), 1).await;
    let Some(database) = &town.database else { return };
    database.sql(YEARS);
    database.sql("ANALYZE");
    let admin = town.admin().await;
    let days =
        database.sql("SELECT min(day) || ' ' || max(day) FROM day_facts WHERE day > current_date - 366");
    let (from, to) = days.first().and_then(|days| days.split_once(' ')).expect("a year is kept");
    let path = format!("/statistics?from={from}&to={to}");
    let mut timings = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let request = town.api.request(Method::GET, &path, &admin);
        let began = Instant::now();
        let answer = request.send().await.expect("the server answers");
        let status = answer.status();
        let body = answer.bytes().await.expect("the answer is whole");
        timings.push(began.elapsed());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }
    figures.at_most("statistics_year_100k", percentile_ms(&mut timings, 0.5), "ms", 100.0);
}

/// Two years of days with 274 visits and 186 appointments each, as they are kept.
const YEARS: &str = "
    INSERT INTO day_facts (town_id, day, office_id, facts, condensed_at)
    SELECT o.town_id, current_date - back, o.id, json_build_object(
        'pools', (SELECT json_agg(id) FROM pool WHERE office_id = o.id),
        'services', (SELECT json_agg(id) FROM (SELECT id FROM service WHERE town_id = o.town_id ORDER BY id LIMIT 40) s),
        'visits', (SELECT json_agg(json_build_array(0, v * 7 % 40, 1 + v % 2, 28800 + v * 100,
            CASE WHEN v % 3 = 0 THEN NULL ELSE 29400 + v * 100 END, v * 37 % 3000, 200 + v * 53 % 1800, 1, v % 3))
            FROM generate_series(1, 274) AS v),
        'bookings', (SELECT json_agg(json_build_array(0, b * 7 % 40, 28800 + b * 150, 15, b % 3, CASE WHEN b % 9 = 0 THEN 2 ELSE 1 END, false))
            FROM generate_series(1, 186) AS b),
        'open', json_build_array(json_build_array(0, 28800, 57600)),
        'planned', json_build_array(json_build_array(0, 8, 360)))::text, now()
    FROM office o, generate_series(1, 730) AS back";

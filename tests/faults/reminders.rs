//! Reminders: the set of due bookings, each exactly once, however often the scan breaks off; and codes are not kept waiting
//! by them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use system_tests::harness::{Caller, eventually_within};
use system_tests::people::{fresh_key, text, whole_slots};
use system_tests::town::Town;

use crate::invariants;
use crate::outbox::{self, Owed, owe_codes, settled, town};
use crate::report::{Row, count, full};

const SERVICE: &str = "personalausweis-beantragen";
const LONG: Duration = Duration::from_secs(900);

/// How many people they are of: with one number for all, its list at the provider would be longer than anybody's is.
const PEOPLE: usize = 10;

/// Makes so many bookings whose reminder is due: a few are booked by staff, the others are like them at other minutes.
async fn due(town: &Town, bookings: usize) {
    town.is_at_noon();
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let path = format!("/slots?items={SERVICE}:1&days=30");
    let slots = whole_slots(&town.api.get(&path, &Caller::Nobody).await.expect(200));
    assert_eq!(callers(town, &desk, &slots, PEOPLE).await.len(), PEOPLE);
    let columns = town.sql().sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'booking' ORDER BY ordinal_position",
    );
    let value = |column: &str| match column {
        "id" => "gen_random_uuid()".to_owned(),
        "hold_id" | "link_token_hash" => "NULL".to_owned(),
        "check_in_code" => "lpad(CAST(row_number() OVER () AS text), 8, '0')".to_owned(),
        "remind_at" => "now() - interval '1 minute'".to_owned(),
        // Tomorrow, each at a minute of its own and with a code of its own: no two texts are alike.
        "starts_at" | "ends_at" => {
            "date_trunc('hour', now()) + interval '23 hours' + (n % 400) * interval '1 minute'".to_owned()
        }
        other => other.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(|column| value(column)).collect();
    town.sql().sql(&format!(
        "INSERT INTO booking ({}) SELECT {} FROM booking, generate_series(1, {}) AS n",
        columns.join(", "),
        values.join(", "),
        bookings / PEOPLE,
    ));
}

async fn each_reminded_once(town: &Town, bookings: usize) {
    let owed = "SELECT count(*) FROM message WHERE kind = 'reminder'";
    eventually_within(LONG, "every reminder owed", || async {
        (town.sql().count(owed) >= bookings as u64).then_some(())
    })
    .await;
    settled(town, LONG).await;
    assert_eq!(town.sql().count(owed), bookings as u64);
    let of_one =
        "SELECT count(*) FROM message WHERE kind = 'reminder' GROUP BY booking_id HAVING count(*) > 1";
    assert!(town.sql().sql(of_one).is_empty(), "somebody is reminded twice");
}

#[tokio::test]
async fn f17_the_scan_killed_at_every_page() {
    let bookings = count(210, 4_000);
    let pages = bookings / 200;
    let row = Row::of(17, &format!("the scan of {bookings} bookings ends at every page; then two at once"));
    let Some(mut town) = town(0, &[]).await else { return };
    due(&town, bookings).await;
    for page in 0..=pages {
        // The first to come by is the scan for those who booked long ago, of whom there are none.
        let point = if page % 2 == 0 { "reminders_written:2" } else { "reminders_committed:2" };
        town.sql().sql("UPDATE timetable SET next_run_at = now() - interval '1 hour'");
        town.start_worker_with(&[("LOTSE_TEST_FAIL_POINT", point)]);
        let began = std::time::Instant::now();
        while !town.workers[0].ended() {
            assert!(began.elapsed() < LONG, "no scan came by {point}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        town.workers.clear();
    }
    let kept = pages.div_ceil(2) * 200;
    assert_eq!(town.sql().count("SELECT count(*) FROM message WHERE kind = 'reminder'"), kept as u64);
    town.sql().sql("UPDATE timetable SET next_run_at = now() - interval '1 hour'");
    town.start_worker();
    town.start_worker();
    each_reminded_once(&town, bookings).await;
    row.passes(&invariants::check(&town));
}

#[tokio::test]
async fn f18_codes_while_many_reminders_are_due() {
    let (bookings, codes) = (count(100, 20_000), count(10, 200));
    let rate = count(20, 50);
    let row = Row::of(
        18,
        &format!(
            "{bookings} reminders due at once, {rate} segments a second configured, {codes} codes among them"
        ),
    );
    let per_second = rate.to_string();
    let Some(mut town) = town(0, &[("LOTSE_TWILIO__SEGMENTS_PER_SECOND", per_second.as_str())]).await else {
        return;
    };
    due(&town, bookings).await;
    town.start_worker();
    for _ in 0..codes {
        owe_codes(&town, Owed { count: 1, to: None, after: TimeDelta::zero() }).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    each_reminded_once(&town, bookings).await;
    let waits = town.sql().sql(
        "SELECT round(extract(epoch FROM accepted_at - created_at) * 1000) FROM message \
         WHERE kind = 'verification_code' ORDER BY 1",
    );
    let p95: u64 = waits[waits.len() * 95 / 100].parse().expect("milliseconds");
    let part = drained(&town) / rate as f64 * 100.0;
    if full() {
        assert!(p95 <= 3_000, "a code waits {p95} ms");
        assert!((95.0..=105.0).contains(&part), "{part:.1} % of what is configured");
    }
    let figures = format!("codes p95 {p95} ms, {part:.1} % of what is configured was sent");
    row.passes_with(&invariants::check(&town), &figures);
}

/// How many segments left in a second, between the first twentieth of the messages and the last one.
fn drained(town: &Town) -> f64 {
    let accepted = "SELECT round(extract(epoch FROM accepted_at) * 1000), segments FROM message \
        WHERE accepted_at IS NOT NULL ORDER BY accepted_at";
    let rows: Vec<(f64, f64)> = town.sql().sql(accepted).iter().map(|row| pair(row)).collect();
    let middle = &rows[rows.len() / 20..rows.len() * 19 / 20];
    let segments: f64 = middle[1..].iter().map(|(_, segments)| segments).sum();
    segments * 1000.0 / (middle[middle.len() - 1].0 - middle[0].0)
}

fn pair(row: &str) -> (f64, f64) {
    let (at, segments) = row.split_once('|').expect("two columns");
    (at.parse().expect("milliseconds"), segments.parse().expect("a count"))
}

/// Books for so many callers, each at a slot and with a number of its own; gives the bookings.
async fn callers(town: &Town, desk: &Caller, slots: &[Value], count: usize) -> Vec<String> {
    let mut booked = Vec::new();
    for (number, slot) in slots.iter().rev().step_by(2).take(count).enumerate() {
        let body = json!({
            "items": [{ "service": SERVICE, "quantity": 1 }],
            "pool_id": slot["pool_id"],
            "starts_at": slot["starts_at"],
            "name": "Erika Exempel",
            "phone": format!("0171 39200{:02}", number % 99),
            "language": "de",
            "override": true,
        });
        let answer = town.api.post_once("/staff/bookings", desk, &fresh_key(), &body).await;
        if answer.status == 201 {
            booked.push(text(&answer.body, "/appointment/id"));
        }
    }
    booked
}

/// Each reminder that left says when its booking begins.
fn each_hears_the_right_time(town: &Town) {
    let said: BTreeMap<String, String> =
        town.twilio().ledger().into_iter().filter_map(|sent| Some((sent.message()?, sent.body))).collect();
    let begins = "SELECT m.id, to_char(b.starts_at AT TIME ZONE t.zone, 'DD.MM. HH24:MI') FROM message m \
        JOIN booking b ON b.id = m.booking_id JOIN town t ON t.id = b.town_id \
        WHERE m.kind = 'reminder' AND m.accepted_at IS NOT NULL";
    let reminded = town.sql().sql(begins);
    assert!(!reminded.is_empty());
    for row in reminded {
        let (id, begins) = row.split_once('|').expect("two columns");
        let text = said.get(id).expect("the provider has it");
        assert!(text.contains(begins), "{text} is of {begins}");
    }
}

#[tokio::test]
async fn f16_cancelled_and_moved_while_reminders_leave() {
    let wanted = count(40, 2_000);
    let row =
        Row::of(16, &format!("{wanted} bookings cancelled, moved or left alone while their reminders leave"));
    let Some(mut town) = town(0, &[]).await else { return };
    town.is_at_noon();
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let path = format!("/slots?items={SERVICE}:1&days=30");
    let mut slots = whole_slots(&town.api.get(&path, &Caller::Nobody).await.expect(200));
    // The day before is still to come.
    let soonest = (outbox::now() + TimeDelta::days(3)).to_rfc3339();
    slots.retain(|slot| text(slot, "/starts_at") > soonest);
    let bookings = callers(&town, &desk, &slots, wanted).await;
    assert!(bookings.len() > wanted / 2, "{} of {wanted}", bookings.len());
    let due = "UPDATE booking SET remind_at = now() - interval '1 second' WHERE state = 'booked'; \
               UPDATE timetable SET next_run_at = now() - interval '1 hour' WHERE job = 'remind_day_before'";
    town.sql().sql(due);
    town.start_worker();
    for (number, booking) in bookings.iter().enumerate() {
        let answer = match number % 3 {
            0 => {
                let body = json!({ "reason": "Probe" });
                town.api.post(&format!("/bookings/{booking}/cancel"), &desk, &body).await
            }
            1 => {
                let slot = &slots[number * 2];
                let body = json!({ "pool_id": slot["pool_id"], "starts_at": slot["starts_at"] });
                town.api.post_once(&format!("/bookings/{booking}/move"), &desk, &fresh_key(), &body).await
            }
            _ => continue,
        };
        assert!(answer.status < 500, "{}", answer.text);
    }
    // Those that were moved are due, too; whoever was reminded is not reminded again.
    for _ in 0..2 {
        town.sql().sql(due);
        town.workers.clear();
        town.start_worker();
        let left = "SELECT count(*) FROM booking b WHERE b.state = 'booked' AND NOT EXISTS (SELECT 1 FROM message m \
            WHERE m.booking_id = b.id AND m.kind = 'reminder' AND m.accepted_at IS NOT NULL)";
        eventually_within(LONG, "everybody who still comes reminded", || async {
            (town.sql().count(left) == 0).then_some(())
        })
        .await;
        settled(&town, LONG).await;
    }
    let twice = "SELECT booking_id FROM message WHERE kind = 'reminder' AND accepted_at IS NOT NULL \
        GROUP BY booking_id HAVING count(*) > 1";
    assert!(town.sql().sql(twice).is_empty(), "somebody is reminded twice of the same time");
    each_hears_the_right_time(&town);
    row.passes(&invariants::check(&town));
}

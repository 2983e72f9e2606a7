//! How many bookings a second, by how often pgbench does the same statements: what our own work costs beside the database's.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use system_tests::harness::{Caller, TestDatabase};
use system_tests::people::{fresh_key, whole_slots};
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::Figures;

const SERVICE: &str = "personalausweis-beantragen";
const OFFICES: usize = 4;
const CLIENTS: usize = 32;
const BOOKINGS: usize = 1_500;
/// How long pgbench runs.
const SECONDS: u32 = 6;

/// `book_vs_pgbench`: 32 members of staff book spread slots; then pgbench does what the database did for it.
pub async fn measure(figures: &mut Figures) {
    let Some(database) = TestDatabase::create() else { return };
    let town = Arc::new(Town::single_with_offices(Some(database), OFFICES).await);
    let booked = bookings_a_second(&town).await;
    let database = town.sql();
    let same = transactions_a_second(database, &script(database));
    println!("# {booked:.0} bookings a second, {same:.0} times the same statements by pgbench");
    figures.at_least("book_vs_pgbench", booked / same, "ratio", 0.5);
}

async fn bookings_a_second(town: &Arc<Town>) -> f64 {
    let (login, password) = town.desk_login();
    let desk = town.api.sign_in(login, password).await;
    let path = format!("/slots?items={SERVICE}:1&days=30");
    let slots: Vec<Value> = whole_slots(&town.api.get(&path, &Caller::Nobody).await.expect(200));
    let slots = Arc::new(slots);
    let (next, booked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (town, desk, slots) = (Arc::clone(town), desk.clone(), Arc::clone(&slots));
        let (next, booked) = (Arc::clone(&next), Arc::clone(&booked));
        clients.spawn(async move {
            while booked.load(Ordering::Relaxed) < BOOKINGS {
                // Far from each other, as the wishes of many are.
                let at = next.fetch_add(1, Ordering::Relaxed) * 97 % slots.len();
                let body = json!({
                    "items": [{ "service": SERVICE, "quantity": 1 }],
                    "pool_id": slots[at]["pool_id"],
                    "starts_at": slots[at]["starts_at"],
                    "name": "Erika Exempel",
                    "language": "de",
                });
                let answer = town.api.post_once("/staff/bookings", &desk, &fresh_key(), &body).await;
                assert!([201, 409].contains(&answer.status), "{}", answer.text);
                booked.fetch_add(usize::from(answer.status == 201), Ordering::Relaxed);
            }
        });
    }
    clients.join_all().await;
    booked.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// The statements of one booking by staff, in their order, on rows like those that were just written.
fn script(database: &TestDatabase) -> String {
    let one = |query: &str| database.sql(query).into_iter().next().unwrap_or_else(|| panic!("no {query}"));
    let of_one = |column: &str| one(&format!("SELECT {column} FROM booking ORDER BY id LIMIT 1"));
    let (booking, town, office, pool) =
        (of_one("id"), of_one("town_id"), of_one("office_id"), of_one("pool_id"));
    let (contact, day) = (of_one("contact_id"), of_one("day"));
    let service = one("SELECT service_id FROM booking_item LIMIT 1");
    let event = one("SELECT id FROM event ORDER BY id DESC LIMIT 1");
    let fresh = "CAST('00000000-0000-4000-8000-' || lpad(to_hex(CAST(:r AS bigint)), 12, '0') AS uuid)";
    let hash = "decode(md5(CAST(:r AS text)), 'hex')";
    let copy = |table: &str, id: &str, changed: &[(&str, &str)]| copy(database, table, id, changed);
    let new_contact = copy("contact", &contact, &[("id", fresh)]);
    let new_booking = copy(
        "booking",
        &booking,
        &[
            ("id", fresh),
            ("hold_id", "NULL"),
            ("contact_id", fresh),
            ("link_token_hash", "NULL"),
            ("check_in_code", "NULL"),
        ],
    );
    let new_event = copy("event", &event, &[("id", fresh), ("subject_id", fresh)]);
    let hurry = "WITH hurry AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))";
    format!(
        r"\set r random(1, 200000000000000)
\set d random(0, 40)
SELECT * FROM staff_session s JOIN staff p ON p.id = s.staff_id WHERE s.token_hash = '\x00';
{hurry} INSERT INTO idempotency (key_hash, body_hash, created_at) SELECT {hash}, '\x00', now() FROM hurry WHERE true ON CONFLICT (key_hash) DO NOTHING;
SELECT o.* FROM offer o JOIN service s ON s.id = o.service_id JOIN pool p ON p.id = o.pool_id JOIN office f ON f.id = p.office_id WHERE s.town_id = '{town}' AND s.id = '{service}';
SELECT * FROM service WHERE id = '{service}';
SELECT pool_id, utc_day, counts, rev FROM day_count WHERE audience = 'staff' AND pool_id IN ('{pool}') AND utc_day >= CAST('{day}' AS date) + CAST(:d AS integer) AND utc_day <= CAST('{day}' AS date) + CAST(:d AS integer) + 1 UNION ALL SELECT NULL, NULL, NULL, plan_rev FROM town WHERE id = '{town}';
BEGIN;
SELECT counts FROM day_count WHERE pool_id = '{pool}' AND audience = 'staff' AND utc_day = CAST('{day}' AS date) + CAST(:d AS integer) FOR NO KEY UPDATE;
INSERT INTO day_count (pool_id, audience, utc_day, counts) SELECT pool_id, audience, CAST('{day}' AS date) + CAST(:d AS integer), counts FROM (SELECT * FROM day_count WHERE pool_id = '{pool}' AND audience = 'staff' LIMIT 1) AS one ON CONFLICT (pool_id, audience, utc_day) DO UPDATE SET counts = excluded.counts, rev = day_count.rev + 1;
{new_contact}
{new_booking}
INSERT INTO booking_item (booking_id, service_id, quantity, position) VALUES ({fresh}, '{service}', 1, 0);
SELECT 1 AS one FROM booking WHERE office_id = '{office}' AND day = '{day}' AND check_in_code = lpad(CAST(:r AS text), 15, '0');
UPDATE booking SET state = 'booked', version = version + 1, check_in_code = lpad(CAST(:r AS text), 15, '0'), link_token_hash = {hash} WHERE id = {fresh} AND state = 'booked' AND version = version;
{new_event}
SELECT plan_rev FROM town WHERE id = '{town}';
SELECT i.booking_id, i.service_id, i.quantity, s.slug, s.name, s.sensitive FROM booking_item i JOIN service s ON s.id = i.service_id WHERE i.booking_id IN ({fresh}) ORDER BY i.booking_id, i.position;
SELECT * FROM contact WHERE id = {fresh};
COMMIT;
{hurry} UPDATE idempotency SET status = 201, sealed = {hash} FROM hurry WHERE key_hash = {hash};
"
    )
}

/// A row like another one.
fn copy(database: &TestDatabase, table: &str, id: &str, changed: &[(&str, &str)]) -> String {
    let columns = database.sql(&format!(
        "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
    ));
    let value = |column: &String| {
        let new = changed.iter().find(|(name, _)| name == column);
        new.map_or_else(|| column.clone(), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id = '{id}';")
}

fn transactions_a_second(database: &TestDatabase, script: &str) -> f64 {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(script.as_bytes()).expect("the script is written");
    let output = Command::new(pgbench())
        .args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &CLIENTS.to_string(),
            "-j",
            "2",
            "-T",
            &SECONDS.to_string(),
            "-f",
        ])
        .arg(file.path())
        .arg(&database.url)
        .output()
        .expect("pgbench is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// pgbench of the newest PostgreSQL of this machine.
fn pgbench() -> std::path::PathBuf {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest = folders.map(|version| version.path().join("bin/pgbench")).filter(|file| file.exists()).max();
    newest.unwrap_or_else(|| "pgbench".into())
}

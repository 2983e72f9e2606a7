//! The schema goes up, down and up again on both databases, with data in it.

use migrations::{Migrator, MigratorTrait};
use sea_orm_migration::sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

/// One row in tables of every step, as a running town has them.
const ROWS: &[&str] = &[
    "INSERT INTO town (id, slug, name, zone, land, settings, created_at) VALUES ({id1}, 'dorf', 'Dorf', 'Europe/Berlin', 'NW', '{}', {now})",
    "INSERT INTO department (id, town_id, slug, name, position) VALUES ({id2}, {id1}, 'bb', '{}', 0)",
    "INSERT INTO office (id, town_id, slug, name, street, postal_code, city, level_access, position) VALUES ({id3}, {id1}, 'rathaus', 'Rathaus', 'Markt 1', '12345', 'Dorf', true, 0)",
    "INSERT INTO zone (id, town_id, office_id, letter, name, floor, way, position) VALUES ({id4}, {id1}, {id3}, 'A', 'A', 'EG', '{}', 0)",
    "INSERT INTO pool (id, town_id, office_id, department_id, zone_id, slug, name) VALUES ({id5}, {id1}, {id3}, {id2}, {id4}, 'bb', 'Bürgerbüro')",
    COUNTS,
    "INSERT INTO contact (id, town_id, sealed, delete_after, created_at) VALUES ({id2}, {id1}, {bytes}, {now}, {now})",
    "INSERT INTO ticket_number (zone_id, day, last) VALUES ({id4}, '2026-11-23', 12)",
    "INSERT INTO staff (id, town_id, login, name, password_hash, role, active, created_at) VALUES ({id2}, {id1}, 'muster', 'Muster', 'x', 'desk', true, {now})",
    "INSERT INTO message (id, town_id, dedupe_key, kind, lane, channel, template_version, language, recipient_hash, recipient_tail, priority, not_before, expires_at, state, attempts, created_at) VALUES ({id2}, {id1}, 'k', 'reminder', 'sms', 'sms', 1, 'de', {bytes}, '12', 5, {now}, {now}, 'queued', 0, {now})",
    FREED_SLOT,
    WAITING,
    OFFER,
    REPLAN,
    REPLANNED,
    CLOSURE,
    SERVICE,
    DAY_FACTS,
    CALIBRATION,
];

/// What is kept of a day, and what was decided about a duration.
const DAY_FACTS: &str = "INSERT INTO day_facts (town_id, day, office_id, facts, condensed_at) VALUES ({id1}, '2026-11-20', {id3}, '{}', {now})";
const CALIBRATION: &str = "INSERT INTO calibration (id, town_id, service_id, pool_id, at, staff_id, accepted, from_min, to_min) VALUES ({id2}, {id1}, {id2}, {id5}, {now}, {id2}, true, 15, 10)";

/// A service of a season.
const SERVICE: &str = "INSERT INTO service (id, town_id, department_id, slug, kind, name, duration_min, max_quantity, sensitive, popular, active, detail, position, bookable_from) VALUES ({id2}, {id1}, {id2}, 'briefwahl', 'public', '{}', 5, 1, false, false, true, '{}', 0, '2027-01-11')";

/// Somebody on the waiting list.
const WAITING: &str = "INSERT INTO waiting (id, town_id, state, items, from_day, to_day, from_min, to_min, phone_hash, language, token_hash, code_tries, offers, version, created_at) VALUES ({id2}, {id1}, 'waiting', '[]', '2026-11-23', '2026-11-30', 0, 1440, {bytes}, 'de', {bytes}, 0, 1, 1, {now})";

/// The slot that is offered to them.
const OFFER: &str = "INSERT INTO slot_offer (id, town_id, waiting_id, freed_slot_id, office_id, pool_id, audience, starts_at, ends_at, state, token_hash, offered_at, expires_at) VALUES ({id2}, {id1}, {id2}, {id2}, {id3}, {id5}, 'public', {now}, {now}, 'open', {bytes}, {now}, {now})";

/// A day closed, and what was decided about who had booked it.
const CLOSURE: &str = "INSERT INTO closure (id, town_id, scope, from_at, until_at, reason, at_most) VALUES ({id2}, {id1}, 'town', {now}, {now}, 'Betriebsausflug', 0)";
const REPLAN: &str = "INSERT INTO replan (id, town_id, staff_id, decided_at, undo_until) VALUES ({id2}, {id1}, {id2}, {now}, {now})";
const REPLANNED: &str =
    "INSERT INTO replan_item (replan_id, booking_id, undone) VALUES ({id2}, {id3}, false)";

/// What is taken of a pool on a day.
const COUNTS: &str = "INSERT INTO day_count (pool_id, audience, utc_day, counts) VALUES ({id5}, 'public', '2026-11-23', {counts})";

/// A slot that cools down; it is what is counted.
const FREED_SLOT: &str = "INSERT INTO freed_slot (id, town_id, office_id, pool_id, audience, starts_at, ends_at, release_at, freed_at) VALUES ({id2}, {id1}, {id3}, {id5}, 'public', '2026-11-23T08:30:00+00:00', '2026-11-23T08:35:00+00:00', {now}, {now})";

async fn up_down_up(db: &DatabaseConnection) {
    Migrator::up(db, None).await.expect("up");
    fill(db).await;
    // The last steps go down and up again under the data of the others.
    down_to(db, "bookable_days").await;
    assert_eq!(count(db, "service").await, 1);
    down_to(db, "day_counts").await;
    assert_eq!(count(db, "cell WHERE tick = 5984742 AND used_public = 1 AND used_staff = 0").await, 1);
    assert_eq!(count(db, "cell").await, 1);
    Migrator::up(db, None).await.expect("and up again");
    assert_eq!(counts(db).await, one_at_half_past_eight());
    down_to(db, "planning").await;
    assert_eq!(count(db, "closure").await, 1, "what was closed stays closed");
    down_to(db, "moves").await;
    assert_eq!((count(db, "town").await, count(db, "message").await), (1, 1));
    let given_back = count(db, "cell WHERE used_public = 0").await;
    assert_eq!(given_back, 1, "what cooled down is free again when nobody remembers it");
    // So do indexes, and messages under the data of the others.
    down_to(db, "lookups").await;
    assert_eq!(count(db, "message").await, 1);
    down_to(db, "messaging").await;
    Migrator::up(db, None).await.expect("all up again");
    assert_eq!((count(db, "freed_slot").await, count(db, "message").await), (0, 0));
    assert_eq!(count(db, "day_count").await, 0, "nothing is counted, so there is no day");
    run(db, COUNTS).await;
    for row in [FREED_SLOT, WAITING, OFFER, REPLAN, REPLANNED] {
        run(db, row).await;
    }
    Migrator::down(db, None).await.expect("all the way down");
    assert!(db.execute_unprepared("SELECT 1 FROM town").await.is_err(), "nothing is left");
    Migrator::up(db, None).await.expect("up again");
    fill(db).await;
    assert_eq!(counts(db).await, one_at_half_past_eight());
}

/// Takes back the step of that name and all after it, as far as they were taken.
async fn down_to(db: &DatabaseConnection, step: &str) {
    let taken = Migrator::get_applied_migrations(db).await.expect("the steps are known");
    let at = taken.iter().position(|taken| taken.name().ends_with(step)).expect("it was taken");
    let back = u32::try_from(taken.len() - at).expect("a few");
    Migrator::down(db, Some(back)).await.unwrap_or_else(|error| panic!("{step} down: {error}"));
}

/// The counts of a day on which one counter is taken at 8:30.
fn one_at_half_past_eight() -> Vec<u8> {
    (0..576).map(|byte| u8::from(byte == 2 * 102)).collect()
}

async fn counts(db: &DatabaseConnection) -> Vec<u8> {
    let sql = "SELECT counts FROM day_count";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.expect("it reads").expect("a row").try_get("", "counts").expect("bytes")
}

async fn fill(db: &DatabaseConnection) {
    for row in ROWS {
        run(db, row).await;
    }
}

async fn run(db: &DatabaseConnection, row: &str) {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let mut sql = row.replace("{now}", "'2026-11-23T09:30:00+00:00'");
    for number in 1..=5 {
        let id = if postgres {
            format!("'0193507f-0000-7000-8000-00000000000{number}'")
        } else {
            format!("X'0193507f00007000800000000000000{number}'")
        };
        sql = sql.replace(&format!("{{id{number}}}"), &id);
    }
    let counts: String = one_at_half_past_eight().iter().map(|byte| format!("{byte:02x}")).collect();
    sql = sql.replace("{counts}", &if postgres { format!("'\\x{counts}'") } else { format!("X'{counts}'") });
    sql = sql.replace("{bytes}", if postgres { "'\\x01'" } else { "X'01'" });
    db.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn count(db: &DatabaseConnection, table: &str) -> i64 {
    let statement =
        Statement::from_string(db.get_database_backend(), format!("SELECT count(*) AS n FROM {table}"));
    let row = db.query_one_raw(statement).await.expect("it counts").expect("a row");
    row.try_get("", "n").expect("a number")
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("lotse.db").display());
    let db = Database::connect(url).await.expect("SQLite opens");
    up_down_up(&db).await;
}

#[tokio::test]
async fn on_postgres() {
    let Ok(url) = std::env::var("LOTSE_TEST_POSTGRES_URL") else {
        println!("skipped: LOTSE_TEST_POSTGRES_URL is not set (`make test` sets it)");
        return;
    };
    let admin = Database::connect(&url).await.expect("PostgreSQL answers");
    let name = format!("migrations_{}", std::process::id());
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database of our own");
    let (server, _) = url.rsplit_once('/').expect("an address with a database");
    let db = Database::connect(format!("{server}/{name}")).await.expect("it opens");
    up_down_up(&db).await;
    db.close().await.expect("it closes");
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("it goes");
}

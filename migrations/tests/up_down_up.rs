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
    "INSERT INTO cell (pool_id, tick, used_public, used_staff) VALUES ({id5}, 5984742, 1, 0)",
    "INSERT INTO contact (id, town_id, sealed, delete_after, created_at) VALUES ({id2}, {id1}, {bytes}, {now}, {now})",
    "INSERT INTO ticket_number (zone_id, day, last) VALUES ({id4}, '2026-11-23', 12)",
    "INSERT INTO staff (id, town_id, login, name, password_hash, role, active, created_at) VALUES ({id2}, {id1}, 'muster', 'Muster', 'x', 'desk', true, {now})",
    "INSERT INTO message (id, town_id, dedupe_key, kind, lane, channel, template_version, language, recipient_hash, recipient_tail, priority, not_before, expires_at, state, attempts, created_at) VALUES ({id2}, {id1}, 'k', 'reminder', 'sms', 'sms', 1, 'de', {bytes}, '12', 5, {now}, {now}, 'queued', 0, {now})",
];

async fn up_down_up(db: &DatabaseConnection) {
    Migrator::up(db, None).await.expect("up");
    fill(db).await;
    // Indexes go and come back under the data of all tables.
    Migrator::down(db, Some(1)).await.expect("the indexes down");
    assert_eq!(count(db, "message").await, 1);
    // The messages go and come back under the data of the others.
    Migrator::down(db, Some(1)).await.expect("the messages down");
    assert_eq!(count(db, "town").await, 1);
    Migrator::up(db, None).await.expect("both up again");
    assert_eq!(count(db, "message").await, 0);
    fill_messages(db).await;
    Migrator::down(db, None).await.expect("all the way down");
    assert!(db.execute_unprepared("SELECT 1 FROM town").await.is_err(), "nothing is left");
    Migrator::up(db, None).await.expect("up again");
    fill(db).await;
    assert_eq!(count(db, "cell").await, 1);
}

async fn fill(db: &DatabaseConnection) {
    for row in ROWS {
        run(db, row).await;
    }
}

async fn fill_messages(db: &DatabaseConnection) {
    run(db, ROWS.last().expect("there are rows")).await;
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

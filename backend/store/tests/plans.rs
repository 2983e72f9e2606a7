//! How the databases run the statements that run all the time: never by reading a whole large table.
//!
//! The verbs themselves are called on full tables and every statement they run is kept; then the database is asked
//! for its plan of each. So there is no second copy of a statement here that could grow old.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::Duration;
use domain::actor::{Actor, Device, StaffMember};
use domain::appointments::codes::CheckInCode;
use domain::appointments::form::Particulars;
use domain::catalog::Catalogue;
use domain::contact::PhoneNumber;
use domain::devices::DeviceKind;
use domain::ids::{CounterId, OfficeId, PoolId};
use domain::language::Language;
use domain::messaging::Lane;
use domain::messaging::attempt::InboundSms;
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{self, BookRequest, CallerRequest, HoldRequest};
use operations::messaging::delivery::{self, Amount};
use operations::messaging::watch::Acts;
use operations::messaging::{self, recovery};
use operations::queue::arrival::{self, TypedCode};
use operations::queue::{calling, counters, day, desk, screens, search, serving};
use operations::schedule::{ItemRequest, SlotSearch};
use operations::staff::NewStaff;
use operations::testing::{self, TestApp};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

const SERVICE: &str = "personalausweis-beantragen";

/// The tables that grow.
const LARGE: [&str; 10] = [
    "booking",
    "booking_item",
    "contact",
    "day_count",
    "event",
    "hold",
    "inbound_sms",
    "message",
    "visit",
    "visit_item",
];

/// Rows in each of the largest tables.
const ROWS: u32 = 20_000;

/// Statements that were run, by their text, with the values of the last time.
type Seen = Arc<Mutex<BTreeMap<String, Statement>>>;

/// A furnished town with somebody at a counter, a booking and a visit.
struct House {
    app: TestApp,
    town: Town,
    desk: StaffMember,
    terminal: Device,
    office: OfficeId,
    counter: CounterId,
    pool: PoolId,
    seen: Seen,
    raw: DatabaseConnection,
}

#[tokio::test]
async fn no_statement_of_every_day_reads_a_whole_large_table() {
    for app in testing::apps().await {
        let house = House::build(app).await;
        house.fill().await;
        house.seen.lock().unwrap().clear();
        house.live().await;
        let statements: Vec<Statement> = house.seen.lock().unwrap().values().cloned().collect();
        assert!(statements.len() > 50, "only {} statements were seen", statements.len());
        let mut slow = Vec::new();
        for statement in statements {
            slow.extend(house.whole_tables(&statement).await);
        }
        let kind = house.raw.get_database_backend();
        assert!(slow.is_empty(), "on {kind:?}:\n{}", slow.join("\n\n"));
    }
}

fn items() -> Vec<ItemRequest> {
    vec![ItemRequest { service: SERVICE.to_owned(), quantity: 1 }]
}

fn search() -> SlotSearch {
    SlotSearch { items: items(), office: None, from: None, days: 31 }
}

impl House {
    async fn build(mut app: TestApp) -> Self {
        let seen = Seen::default();
        let keep = Arc::clone(&seen);
        app.app.db.observe(move |statement| {
            keep.lock().unwrap().insert(statement.sql.clone(), statement.clone());
        });
        let town = testing::town(&app).await;
        let catalogue = Catalogue::parse(include_str!("../../lotse/data/catalogue.json")).unwrap();
        let setup = Setup::parse(include_str!("../../lotse/data/musterstadt.json")).unwrap();
        operations::catalog::import(&app, &town, &catalogue).await.unwrap();
        operations::setup::import(&app, &town, &setup).await.unwrap();
        let free = operations::schedule::free_slots(&app, &town, &search()).await.unwrap();
        let pool = free.days.iter().find_map(|day| day.slots.first()).unwrap().pool;
        let all = counters::list(&app, &town).await.unwrap();
        let counter = all.into_iter().map(|view| view.counter).find(|counter| counter.pool == pool).unwrap();
        let new = NewStaff {
            login: "desk".to_owned(),
            name: "M. Exempel".to_owned(),
            role: Role::Desk,
            office: None,
            password: "ein-langes-kennwort".to_owned(),
        };
        let person = operations::staff::add(&app, &town, Actor::System, new).await.unwrap().id;
        let desk = StaffMember { town: town.id, id: person, role: Role::Desk, counter: Some(counter.id) };
        let office = counter.office;
        let terminal = Device { town: town.id, id: app.id(), office, kind: DeviceKind::Terminal };
        let raw = Database::connect(&app.database_url).await.unwrap();
        Self { app, town, desk, terminal, office, counter: counter.id, pool: counter.pool, seen, raw }
    }

    /// Copies one row of each kind many times over days gone by, and lets the database count.
    async fn fill(&self) {
        appointments::hold(&self.app, &self.town, &self.slot(120)).await.unwrap();
        let code = self.book(30).await;
        self.check_in(code).await;
        self.write_sms("INFO").await;
        let postgres = self.raw.get_database_backend() == DbBackend::Postgres;
        let (id, bytes, day) = if postgres {
            ("gen_random_uuid()", "decode(md5(random()::text), 'hex')", "day - 1 - n.i % 700")
        } else {
            ("randomblob(16)", "randomblob(16)", "date(day, '-' || (1 + n.i % 700) || ' days')")
        };
        let utc_day =
            if postgres { "utc_day - 400 - n.i" } else { "date(utc_day, '-' || (400 + n.i) || ' days')" };
        let ago = if postgres {
            "received_at - n.i * interval '1 hour'"
        } else {
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', received_at, '-' || n.i || ' hours')"
        };
        for (table, changed) in [
            ("hold", vec![("id", id), ("token_hash", bytes), ("state", "'booked'")]),
            (
                "booking",
                vec![
                    ("id", id),
                    ("hold_id", "NULL"),
                    ("link_token_hash", bytes),
                    ("phone_hash", bytes),
                    ("day", day),
                    ("check_in_code", "CAST(10000000 + n.i AS varchar)"),
                    ("state", "'arrived'"),
                    ("contact_id", "NULL"),
                ],
            ),
            (
                "visit",
                vec![
                    ("id", id),
                    ("booking_id", "NULL"),
                    ("token_hash", "NULL"),
                    ("tap_key", "NULL"),
                    ("day", day),
                    ("number", "number + n.i"),
                    ("state", "'done'"),
                    ("ended_at", "arrived_at"),
                ],
            ),
            (
                "message",
                vec![
                    ("id", id),
                    ("dedupe_key", "CAST(n.i AS varchar)"),
                    ("booking_id", id),
                    ("state", "'delivered'"),
                    ("provider_ref", "CAST(n.i AS varchar)"),
                ],
            ),
            ("event", vec![("id", id), ("subject_id", id)]),
            (
                "inbound_sms",
                vec![
                    ("id", id),
                    ("provider_sid", "CAST(n.i AS varchar)"),
                    ("from_hash", bytes),
                    ("from_tail", "CAST(n.i % 10000 AS varchar)"),
                    ("received_at", ago),
                ],
            ),
            ("day_count", vec![("utc_day", utc_day)]),
            ("contact", vec![("id", id)]),
        ] {
            self.copy(table, &changed).await;
        }
        for of in ["booking", "visit"] {
            let sql = format!(
                "INSERT INTO {of}_item ({of}_id, service_id, quantity, position) \
                 SELECT whole.id, one.service_id, 1, 0 FROM {of} whole, (SELECT * FROM {of}_item LIMIT 1) AS one \
                 WHERE NOT EXISTS (SELECT 1 FROM {of}_item item WHERE item.{of}_id = whole.id)"
            );
            self.raw.execute_unprepared(&sql).await.unwrap();
        }
        self.raw.execute_unprepared("ANALYZE").await.unwrap();
    }

    /// Copies a row of the table [`ROWS`] times, with some columns changed.
    async fn copy(&self, table: &str, changed: &[(&str, &str)]) {
        let columns = self.columns(table).await;
        let value = |column: &String| {
            let other = changed.iter().find(|(name, _)| name == column);
            other.map_or_else(|| column.clone(), |(_, value)| (*value).to_owned())
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) \
             SELECT {} FROM n, (SELECT * FROM {table} LIMIT 1) AS one",
            columns.join(", "),
            values.join(", ")
        );
        self.raw.execute_unprepared(&sql).await.unwrap();
    }

    async fn columns(&self, table: &str) -> Vec<String> {
        let sql = match self.raw.get_database_backend() {
            DbBackend::Postgres => {
                format!(
                    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
                )
            }
            _ => format!("SELECT name FROM pragma_table_info('{table}')"),
        };
        let rows = self.raw.query_all_raw(Statement::from_string(self.raw.get_database_backend(), sql)).await;
        rows.unwrap().iter().map(|row| row.try_get("", "name").unwrap()).collect()
    }

    /// Books for a caller so many minutes from now; gives the code.
    async fn book(&self, minutes: i64) -> CheckInCode {
        let request = CallerRequest {
            slot: self.slot(minutes),
            particulars: Particulars {
                name: "Erika Mustermann".to_owned(),
                address: Some("Musterweg 1, 12345 Musterstadt".to_owned()),
                phone: Some("0171 3920012".to_owned()),
                email: None,
                remark: None,
            },
            language: Language::De,
            follows: None,
        };
        let page = appointments::book_for_caller(&self.app, &self.town, &self.desk, &request).await.unwrap();
        page.check_in_code.unwrap()
    }

    fn slot(&self, minutes: i64) -> HoldRequest {
        HoldRequest {
            items: items(),
            pool: self.pool,
            starts_at: self.app.clock.now() + Duration::minutes(minutes),
            origin: Some("192.0.2.1".to_owned()),
        }
    }

    async fn check_in(&self, code: CheckInCode) {
        let typed = TypedCode { code: code.to_string(), tap_key: code.to_string(), ..TypedCode::default() };
        arrival::check_in(&self.app, &self.town, &self.terminal, typed).await.unwrap();
    }

    /// A day in short: everything that runs often.
    async fn live(&self) {
        let (app, town) = (&self.app.app, &self.town);
        for _ in 0..2 {
            operations::schedule::answer_free_slots(app, town, &search(), |_| Vec::new()).await.unwrap();
        }
        let held = appointments::hold(app, town, &self.slot(60)).await.unwrap();
        let token = held.token.clone().unwrap();
        let request = BookRequest {
            hold: held.id,
            particulars: Particulars {
                name: "Erika Mustermann".to_owned(),
                address: Some("Musterweg 1, 12345 Musterstadt".to_owned()),
                phone: Some("0171 3920013".to_owned()),
                email: None,
                remark: None,
            },
            language: Language::De,
        };
        let pending = appointments::book(app, town, &token, &request).await.unwrap();
        let guess = appointments::verify(app, town, &token, pending.id, "000000").await;
        assert!(guess.is_err());
        appointments::citizen_of_link(app, town, "7FQ2MKD9TR").await.unwrap();
        let code = self.book(90).await;
        self.check_in(code).await;
        counters::open(app, town, &self.desk, self.counter, counters::IfTaken::Refuse).await.unwrap();
        desk::view(app, town, &self.desk, self.office).await.unwrap();
        search::find(app, town, &self.desk, self.office, "Mustermann").await.unwrap();
        search::find(app, town, &self.desk, self.office, "0171 3920012").await.unwrap();
        calling::call_next(app, town, &self.desk, self.counter).await.unwrap();
        counters::list(app, town).await.unwrap();
        serving::end_days(app, town).await.unwrap();
        screens::display(app, town, &self.terminal, &[]).await.unwrap();
        let today = domain::local_time::local_day(town.zone, app.clock.now());
        day::view(app, town, self.office, today).await.unwrap();
        self.write_sms("STORNO").await;
        self.deliver().await;
        messaging::reminders::remind(app, town).await.unwrap();
        messaging::budget::unusual_hours(app).await.unwrap();
        let words = ["message", "inbound", "bulk", "opt_out", "sending", "budget"].map(Acts::parse);
        for acts in words.into_iter().chain([Some(Acts::All)]) {
            for after in [None, Some((app.clock.now(), app.uuid()))] {
                messaging::watch::acts_of_staff(app, town, acts.unwrap(), after, 50).await.unwrap();
            }
        }
        for typed in [None, Some("0171 3920012"), Some("0012")] {
            for after in [None, Some((app.clock.now(), app.uuid()))] {
                let sought = typed.and_then(|typed| messaging::watch::sought(town, typed));
                let filter = messaging::inbound::Filter { sought, after, ..Default::default() };
                messaging::inbound::list(app, town, &filter, 50).await.unwrap();
            }
        }
        app.clock.advance(Duration::hours(1));
        appointments::expire_due(app).await.unwrap();
    }

    async fn write_sms(&self, body: &str) {
        let sms = InboundSms {
            provider: "fake",
            sid: body.to_owned(),
            from: PhoneNumber::trusted("+491713920012".to_owned()),
            to: "+491713920000".to_owned(),
            body: body.to_owned(),
            opt_out: None,
        };
        messaging::record_inbound(&self.app, &self.town, sms).await.unwrap();
    }

    /// The way of a message: found, claimed, lost, swept.
    async fn deliver(&self) {
        let app = &self.app.app;
        for lane in Lane::ALL {
            let due = delivery::due_in_lane(app, lane, "fake", 10).await.unwrap();
            for id in due.into_iter().take(1) {
                delivery::claim(app, id, "fake", Duration::minutes(1)).await.unwrap();
            }
        }
        let amount = Amount { batch: 50, outstanding: 500 };
        delivery::relay(app, amount, "fake", |_| std::future::ready(Ok::<(), std::io::Error>(())))
            .await
            .unwrap();
        delivery::has_stale_hints(app, Duration::minutes(2)).await.unwrap();
        app.clock.advance(Duration::minutes(3));
        recovery::sweep(app, Duration::minutes(2)).await.unwrap();
        recovery::uncertain(app, 10).await.unwrap();
    }

    /// Every large table that this statement would read as a whole.
    async fn whole_tables(&self, statement: &Statement) -> Option<String> {
        let verb = statement.sql.split_whitespace().next().unwrap_or_default();
        if !["SELECT", "UPDATE", "DELETE", "WITH"].contains(&verb) {
            return None;
        }
        let postgres = self.raw.get_database_backend() == DbBackend::Postgres;
        let explain = if postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
        let asked = Statement { sql: format!("{explain} {}", statement.sql), ..statement.clone() };
        let rows =
            self.raw.query_all_raw(asked).await.unwrap_or_else(|error| panic!("{error}: {}", statement.sql));
        let column = if postgres { "QUERY PLAN" } else { "detail" };
        let plan: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
        let reads_all =
            |line: &String| match line.trim_start_matches(['-', '>', ' ']).split_once("Seq Scan on ") {
                Some((_, rest)) if postgres => LARGE.contains(&rest.split(' ').next().unwrap_or_default()),
                _ => !postgres && scans(line, &statement.sql),
            };
        plan.iter().any(reads_all).then(|| format!("{}\n  {}", statement.sql, plan.join("\n  ")))
    }
}

/// Whether a line of SQLite's plan reads all of a large table. An index of open rows only may be read as a whole.
fn scans(line: &str, sql: &str) -> bool {
    const OF_OPEN_ROWS: [&str; 4] = ["message_due", "message_lane", "message_enqueued", "booking_remind"];
    let mut words = line.split_whitespace();
    if words.next() != Some("SCAN") {
        return false;
    }
    let name = words.next().unwrap_or_default();
    let large = |table: &&str| name == *table || sql.contains(&format!("{table} {name} "));
    LARGE.iter().any(large) && !OF_OPEN_ROWS.iter().any(|index| line.ends_with(index))
}

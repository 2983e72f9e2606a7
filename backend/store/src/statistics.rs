//! What statistics are made of: the log of past days read in a few statements, and the facts kept of each day.

mod decisions;
mod online;

use std::collections::HashMap;
use std::num::NonZero;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, CounterId, OfficeId, PoolId, ServiceId, TownId, VisitId};
use domain::local_time::{day_span, local_day};
use domain::queue::status::VisitState;
use domain::statistics::condense::{CounterTurn, DayLog, Line, LoggedBooking, LoggedVisit};
use domain::statistics::facts::{BookedBy, Entry};
use domain::statistics::figures::OfficeDay;
use domain::statistics::period::Period;
use sea_orm::{ConnectionTrait, QueryResult};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;
use crate::json;
use crate::queue::sessions::Delivered;
pub use decisions::{Decision, NewDecision, decide, decisions};
pub use online::{note_online, online_uses};

/// The facts kept of these days.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn kept(
    connection: &impl Connection,
    town: TownId,
    days: Period,
    office: Option<OfficeId>,
) -> Result<Vec<OfficeDay>, StoreError> {
    let mut sql =
        "SELECT day, office_id, facts FROM day_facts WHERE town_id = ? AND day >= ? AND day <= ?".to_owned();
    let mut values = vec![town.0.into(), days.from.into(), days.to.into()];
    if let Some(office) = office {
        sql.push_str(" AND office_id = ?");
        values.push(office.0.into());
    }
    sql.push_str(" ORDER BY day, office_id");
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    let written = rows.iter().map(|row| {
        let office = OfficeId(row.try_get("", "office_id")?);
        Ok(Written { office, day: row.try_get("", "day")?, facts: row.try_get("", "facts")? })
    });
    read_all(written.collect::<Result<_, StoreError>>()?).await
}

/// The facts of a day as they stand in their row.
struct Written {
    office: OfficeId,
    day: NaiveDate,
    facts: String,
}

/// Reads what is written, on all cores and beside the threads that answer everybody: a year is megabytes.
async fn read_all(mut written: Vec<Written>) -> Result<Vec<OfficeDay>, StoreError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = written.len().div_ceil(cores).max(1);
    let read = |one: Written| {
        let facts = json::read(&one.facts, "day_facts.facts")?;
        Ok(OfficeDay { office: one.office, day: one.day, facts })
    };
    let mut parts = Vec::with_capacity(cores);
    while !written.is_empty() {
        let rest = written.split_off(share.min(written.len()));
        let part = std::mem::replace(&mut written, rest).into_iter();
        parts.push(spawn_blocking(move || part.map(read).collect::<Result<Vec<_>, StoreError>>()));
    }
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.await.expect("reading does not panic and is not cancelled")?);
    }
    Ok(all)
}

/// Keeps the facts of a day; whoever was first keeps the same.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &Tx, town: TownId, one: &OfficeDay, now: DateTime<Utc>) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO day_facts (town_id, day, office_id, facts, condensed_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (town_id, day, office_id) DO NOTHING",
        [town.0.into(), one.day.into(), one.office.0.into(), json::write(&one.facts).into(), now.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// The first day of a town that anything happened on, and the last one that is kept.
///
/// # Errors
/// When the database fails.
pub async fn reach(
    connection: &impl Connection,
    town: TownId,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), StoreError> {
    let sql = "SELECT (SELECT MIN(day) FROM visit WHERE town_id = ?) AS visit, \
               (SELECT MIN(day) FROM booking WHERE town_id = ?) AS booking, \
               (SELECT MAX(day) FROM day_facts WHERE town_id = ?) AS kept";
    let statement = connection.kind().statement(sql, [town.0.into(), town.0.into(), town.0.into()]);
    let Some(row) = connection.raw().query_one_raw(statement).await? else { return Ok((None, None)) };
    let visit: Option<NaiveDate> = row.try_get("", "visit")?;
    let booking: Option<NaiveDate> = row.try_get("", "booking")?;
    Ok((visit.into_iter().chain(booking).min(), row.try_get("", "kept")?))
}

/// The log of these days, by office and local day: seven statements, however many days they are. Planned capacity is not
/// in it; nor is anything that says who came or who served.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn logs(
    connection: &impl Connection,
    (town, zone): (TownId, Tz),
    days: Period,
) -> Result<HashMap<(OfficeId, NaiveDate), DayLog>, StoreError> {
    let mut logs: Logs = HashMap::new();
    visits(connection, town, days, &mut logs).await?;
    bookings(connection, town, days, &mut logs).await?;
    counters(connection, (town, zone), days, &mut logs).await?;
    Ok(logs)
}

type Logs = HashMap<(OfficeId, NaiveDate), DayLog>;

/// A statement about what belongs to days of a town.
async fn of_days(
    connection: &impl Connection,
    sql: &str,
    town: TownId,
    days: Period,
) -> Result<Vec<QueryResult>, StoreError> {
    let values = [town.0.into(), days.from.into(), days.to.into()];
    Ok(connection.raw().query_all_raw(connection.kind().statement(sql, values)).await?)
}

fn day_of(row: &QueryResult) -> Result<(OfficeId, NaiveDate), StoreError> {
    Ok((OfficeId(row.try_get("", "office_id")?), row.try_get("", "day")?))
}

async fn visits(
    connection: &impl Connection,
    town: TownId,
    days: Period,
    logs: &mut Logs,
) -> Result<(), StoreError> {
    let mut delivered = delivered(connection, town, days).await?;
    let sql = "SELECT v.id, v.office_id, v.day, v.pool_id, v.appointment_at, v.first_id, i.service_id, i.quantity \
               FROM visit v JOIN visit_item i ON i.visit_id = v.id \
               WHERE v.town_id = ? AND v.day >= ? AND v.day <= ? ORDER BY v.id, i.position";
    for row in of_days(connection, sql, town, days).await? {
        let id = VisitId(row.try_get("", "id")?);
        let item = (ServiceId(row.try_get("", "service_id")?), pieces(row.try_get("", "quantity")?));
        let log = logs.entry(day_of(&row)?).or_default();
        match log.visits.last_mut().filter(|last| last.id == id) {
            Some(last) => last.items.push(item),
            None => log.visits.push(LoggedVisit {
                id,
                pool: PoolId(row.try_get("", "pool_id")?),
                items: vec![item],
                appointment_at: row.try_get("", "appointment_at")?,
                sent_on: row.try_get::<Option<Uuid>>("", "first_id")?.is_some(),
            }),
        }
    }
    for visit in logs.values_mut().flat_map(|log| &mut log.visits) {
        visit.items = delivered.remove(&visit.id).unwrap_or_else(|| std::mem::take(&mut visit.items));
    }
    let sql = "SELECT e.subject_id, e.at, e.from_state, e.to_state, e.actor, e.counter_id, v.office_id, v.day \
               FROM visit v JOIN event e ON e.subject_id = v.id \
               WHERE v.town_id = ? AND v.day >= ? AND v.day <= ? ORDER BY e.at, e.id";
    for row in of_days(connection, sql, town, days).await? {
        let line = line(&row, VisitId, VisitState::parse)?;
        logs.entry(day_of(&row)?).or_default().visit_lines.push(line);
    }
    Ok(())
}

/// What was delivered to visitors, where somebody noted it.
async fn delivered(
    connection: &impl Connection,
    town: TownId,
    days: Period,
) -> Result<HashMap<VisitId, Vec<(ServiceId, u16)>>, StoreError> {
    let sql = "SELECT s.visit_id, s.delivered FROM visit v JOIN session s ON s.visit_id = v.id \
               WHERE v.town_id = ? AND v.day >= ? AND v.day <= ? AND s.delivered <> '[]' ORDER BY s.started_at, s.id";
    let mut noted: HashMap<VisitId, Vec<(ServiceId, u16)>> = HashMap::new();
    let rows = of_days(connection, sql, town, days).await?;
    if rows.is_empty() {
        return Ok(noted);
    }
    let statement =
        connection.kind().statement("SELECT id, slug FROM service WHERE town_id = ?", [town.0.into()]);
    let mut services: HashMap<String, ServiceId> = HashMap::new();
    for row in connection.raw().query_all_raw(statement).await? {
        services.insert(row.try_get("", "slug")?, ServiceId(row.try_get("", "id")?));
    }
    for row in rows {
        let delivered: String = row.try_get("", "delivered")?;
        let delivered: Vec<Delivered> = json::read(&delivered, "session.delivered")?;
        let items = delivered.iter().filter_map(|one| Some((*services.get(&one.service)?, one.quantity)));
        noted.entry(VisitId(row.try_get("", "visit_id")?)).or_default().extend(items);
    }
    noted.retain(|_, items| !items.is_empty());
    Ok(noted)
}

async fn bookings(
    connection: &impl Connection,
    town: TownId,
    days: Period,
    logs: &mut Logs,
) -> Result<(), StoreError> {
    let sql = "SELECT b.id, b.office_id, b.day, b.pool_id, b.starts_at, b.ends_at, b.channel, b.first_id, i.service_id \
               FROM booking b JOIN booking_item i ON i.booking_id = b.id AND i.position = 0 \
               WHERE b.town_id = ? AND b.day >= ? AND b.day <= ? ORDER BY b.id";
    for row in of_days(connection, sql, town, days).await? {
        let channel: String = row.try_get("", "channel")?;
        logs.entry(day_of(&row)?).or_default().bookings.push(LoggedBooking {
            id: BookingId(row.try_get("", "id")?),
            pool: PoolId(row.try_get("", "pool_id")?),
            service: ServiceId(row.try_get("", "service_id")?),
            starts_at: row.try_get("", "starts_at")?,
            ends_at: row.try_get("", "ends_at")?,
            channel: BookedBy::parse(&channel).ok_or(StoreError::Corrupt { column: "booking.channel" })?,
            moved_here: row.try_get::<Option<Uuid>>("", "first_id")?.is_some(),
        });
    }
    let sql = "SELECT e.subject_id, e.at, e.from_state, e.to_state, e.actor, e.counter_id, b.office_id, b.day \
               FROM booking b JOIN event e ON e.subject_id = b.id \
               WHERE b.town_id = ? AND b.day >= ? AND b.day <= ? ORDER BY e.at, e.id";
    for row in of_days(connection, sql, town, days).await? {
        let line = line(&row, BookingId, BookingState::parse)?;
        logs.entry(day_of(&row)?).or_default().booking_lines.push(line);
    }
    Ok(())
}

/// Counters as they belong to pools now, and when they opened and closed.
async fn counters(
    connection: &impl Connection,
    (town, zone): (TownId, Tz),
    days: Period,
    logs: &mut Logs,
) -> Result<(), StoreError> {
    let statement = connection
        .kind()
        .statement("SELECT id, office_id, pool_id FROM counter WHERE town_id = ?", [town.0.into()]);
    let mut counters: HashMap<CounterId, (OfficeId, PoolId)> = HashMap::new();
    for row in connection.raw().query_all_raw(statement).await? {
        let place = (OfficeId(row.try_get("", "office_id")?), PoolId(row.try_get("", "pool_id")?));
        counters.insert(CounterId(row.try_get("", "id")?), place);
    }
    for ((office, _), log) in logs.iter_mut() {
        let here = counters.iter().filter(|(_, (place, _))| place == office);
        log.counters = here.map(|(counter, (_, pool))| (*counter, *pool)).collect();
    }
    let (from, _) = day_span(zone, days.from);
    let (_, until) = day_span(zone, days.to);
    let statement = connection.kind().statement(
        "SELECT subject_id, at, to_state FROM event \
         WHERE town_id = ? AND at >= ? AND at < ? AND subject = 'counter' ORDER BY at, id",
        [town.0.into(), from.into(), until.into()],
    );
    for row in connection.raw().query_all_raw(statement).await? {
        let (counter, at) = (CounterId(row.try_get("", "subject_id")?), row.try_get("", "at")?);
        let state: String = row.try_get("", "to_state")?;
        let turn = if state == "free" { CounterTurn::Opened } else { CounterTurn::Closed };
        let place = counters.get(&counter).map(|(office, _)| (*office, local_day(zone, at)));
        if let Some(log) = place.and_then(|place| logs.get_mut(&place)) {
            log.counter_lines.push((counter, at, turn));
        }
    }
    Ok(())
}

fn line<Id, State>(
    row: &QueryResult,
    id: impl Fn(Uuid) -> Id,
    parse: impl Fn(&str) -> Option<State>,
) -> Result<Line<Id, State>, StoreError> {
    let corrupt = || StoreError::Corrupt { column: "event.to_state" };
    let (from, to): (Option<String>, String) = (row.try_get("", "from_state")?, row.try_get("", "to_state")?);
    let actor: String = row.try_get("", "actor")?;
    Ok(Line {
        subject: id(row.try_get("", "subject_id")?),
        at: row.try_get("", "at")?,
        from: from.as_deref().map(|from| parse(from).ok_or_else(corrupt)).transpose()?,
        to: parse(&to).ok_or_else(corrupt)?,
        entry: match actor.as_str() {
            "device" => Entry::Terminal,
            "staff" | "system" => Entry::Staff,
            _ => Entry::Own,
        },
        counter: row.try_get::<Option<Uuid>>("", "counter_id")?.map(CounterId),
    })
}

fn pieces(quantity: i32) -> u16 {
    u16::try_from(quantity).unwrap_or(u16::MAX)
}

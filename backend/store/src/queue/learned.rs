//! What an office's past holds, and what was learned from it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::ids::{CounterId, OfficeId, ServiceId, VisitId};
use domain::queue::habits::Habits;
use domain::queue::learning::{Lessons, Usual};
use domain::queue::status::VisitState;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// A session of a visit that is done.
#[derive(Clone, Copy, Debug)]
pub struct DoneSession {
    /// Whose.
    pub visit: VisitId,
    /// Where.
    pub counter: CounterId,
    /// The visit's day.
    pub day: NaiveDate,
    /// When the visitor arrived.
    pub arrived_at: DateTime<Utc>,
    /// Whether the visitor had an appointment.
    pub has_appointment: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

/// How somebody came and waited.
#[derive(Clone, Copy, Debug)]
pub struct PastArrival {
    /// The day.
    pub day: NaiveDate,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// The arrival.
    pub arrived_at: DateTime<Utc>,
    /// The call.
    pub called_at: Option<DateTime<Utc>>,
    /// The end of the visit.
    pub ended_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: VisitState,
}

/// Days gone by: from the first one on, before the second one.
pub type Days = (NaiveDate, NaiveDate);

/// The sessions of visits that are done, counter by counter, each in its order.
///
/// # Errors
/// When the database fails.
pub async fn done_sessions(
    connection: &impl Connection,
    office: OfficeId,
    days: Days,
) -> Result<Vec<DoneSession>, StoreError> {
    let sql = "SELECT s.visit_id, s.counter_id, s.started_at, s.ended_at, v.day, v.arrived_at, v.booking_id \
         FROM visit v JOIN session s ON s.visit_id = v.id \
         WHERE v.office_id = ? AND v.day >= ? AND v.day < ? AND v.state = 'done' AND s.ended_at IS NOT NULL \
         ORDER BY s.counter_id, s.started_at, s.id";
    let read = |row: &QueryResult| {
        Ok(DoneSession {
            visit: VisitId(row.try_get("", "visit_id")?),
            counter: CounterId(row.try_get("", "counter_id")?),
            day: row.try_get("", "day")?,
            arrived_at: row.try_get("", "arrived_at")?,
            has_appointment: row.try_get::<Option<Uuid>>("", "booking_id")?.is_some(),
            started_at: row.try_get("", "started_at")?,
            ended_at: row.try_get("", "ended_at")?,
        })
    };
    all(connection, sql, office, days, read).await
}

/// What those visits were registered for.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn done_items(
    connection: &impl Connection,
    office: OfficeId,
    days: Days,
) -> Result<HashMap<VisitId, Vec<(ServiceId, u16)>>, StoreError> {
    let sql = "SELECT i.visit_id, i.service_id, i.quantity FROM visit v JOIN visit_item i ON i.visit_id = v.id \
         WHERE v.office_id = ? AND v.day >= ? AND v.day < ? AND v.state = 'done' \
         ORDER BY i.visit_id, i.position";
    let read = |row: &QueryResult| {
        let quantity: i32 = row.try_get("", "quantity")?;
        let quantity = u16::try_from(quantity).map_err(|_| StoreError::Corrupt { column: "visit_item" })?;
        Ok((VisitId(row.try_get("", "visit_id")?), (ServiceId(row.try_get("", "service_id")?), quantity)))
    };
    let mut items: HashMap<VisitId, Vec<(ServiceId, u16)>> = HashMap::new();
    for (visit, item) in all(connection, sql, office, days, read).await? {
        items.entry(visit).or_default().push(item);
    }
    Ok(items)
}

/// How people came and waited.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn arrivals(
    connection: &impl Connection,
    office: OfficeId,
    days: Days,
) -> Result<Vec<PastArrival>, StoreError> {
    let sql = "SELECT day, appointment_at, arrived_at, called_at, ended_at, state FROM visit \
         WHERE office_id = ? AND day >= ? AND day < ? ORDER BY day, id";
    let read = |row: &QueryResult| {
        let state: String = row.try_get("", "state")?;
        Ok(PastArrival {
            day: row.try_get("", "day")?,
            appointment_at: row.try_get("", "appointment_at")?,
            arrived_at: row.try_get("", "arrived_at")?,
            called_at: row.try_get("", "called_at")?,
            ended_at: row.try_get("", "ended_at")?,
            state: VisitState::parse(&state).ok_or(StoreError::Corrupt { column: "visit.state" })?,
        })
    };
    all(connection, sql, office, days, read).await
}

/// The days of appointments to which nobody came, noted or not.
///
/// # Errors
/// When the database fails.
pub async fn not_come(
    connection: &impl Connection,
    office: OfficeId,
    days: Days,
) -> Result<Vec<NaiveDate>, StoreError> {
    let sql = "SELECT day FROM booking WHERE office_id = ? AND day >= ? AND day < ? \
         AND state IN ('no_show', 'booked') ORDER BY day";
    all(connection, sql, office, days, |row| Ok(row.try_get("", "day")?)).await
}

async fn all<T>(
    connection: &impl Connection,
    sql: &str,
    office: OfficeId,
    (from, until): Days,
    read: impl Fn(&QueryResult) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let statement = connection.kind().statement(sql, [office.0.into(), from.into(), until.into()]);
    connection.raw().query_all_raw(statement).await?.iter().map(read).collect()
}

/// Replaces what was learned about an office.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &Tx,
    office: OfficeId,
    lessons: &Lessons,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for table in ["learned_duration", "learned_habit"] {
        let sql = format!("DELETE FROM {table} WHERE office_id = ?");
        tx.raw().execute_raw(tx.kind().statement(&sql, [office.0.into()])).await?;
    }
    for some in lessons.usual.chunks(100) {
        let places = vec!["(?, ?, ?, ?, ?)"; some.len()].join(", ");
        let sql = format!(
            "INSERT INTO learned_duration (office_id, service_id, walk_in, usual_s, visits) VALUES {places}"
        );
        let values = some.iter().flat_map(|one| {
            [
                office.0.into(),
                one.service.0.into(),
                (!one.has_appointment).into(),
                seconds(one.takes).max(1).into(),
                i32::try_from(one.visits).unwrap_or(i32::MAX).into(),
            ]
        });
        tx.raw().execute_raw(tx.kind().statement(&sql, values)).await?;
    }
    let habits = &lessons.habits;
    let statement = tx.kind().statement(
        "INSERT INTO learned_habit (office_id, show_percent, arrival_offset_s, arrival_deviation_s, \
         spread_percent, changeover_s, patience_s, learned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            office.0.into(),
            percent(habits.show_percent).into(),
            seconds(habits.arrival_offset).into(),
            seconds(habits.arrival_deviation).into(),
            percent(habits.spread_percent).into(),
            seconds(habits.changeover).into(),
            seconds(habits.patience).into(),
            now.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// How an office's visitors behave; what is assumed until it was learned.
///
/// # Errors
/// When the database fails.
pub async fn habits(connection: &impl Connection, office: OfficeId) -> Result<Habits, StoreError> {
    let statement = connection.kind().statement(
        "SELECT show_percent, arrival_offset_s, arrival_deviation_s, spread_percent, changeover_s, patience_s \
         FROM learned_habit WHERE office_id = ?",
        [office.0.into()],
    );
    let Some(row) = connection.raw().query_one_raw(statement).await? else { return Ok(Habits::ASSUMED) };
    let number = |column| -> Result<i32, StoreError> { Ok(row.try_get("", column)?) };
    let time =
        |column| -> Result<TimeDelta, StoreError> { Ok(TimeDelta::seconds(i64::from(number(column)?))) };
    let share = |column| -> Result<u32, StoreError> {
        u32::try_from(number(column)?).map_err(|_| StoreError::Corrupt { column: "learned_habit" })
    };
    Ok(Habits {
        show_percent: share("show_percent")?,
        arrival_offset: time("arrival_offset_s")?,
        arrival_deviation: time("arrival_deviation_s")?,
        spread_percent: share("spread_percent")?,
        changeover: time("changeover_s")?,
        patience: time("patience_s")?,
    })
}

/// What was learned about the services of an office.
///
/// # Errors
/// When the database fails.
pub async fn usual(connection: &impl Connection, office: OfficeId) -> Result<Vec<Usual>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT service_id, walk_in, usual_s, visits FROM learned_duration WHERE office_id = ? \
         ORDER BY service_id, walk_in DESC",
        [office.0.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let visits: i32 = row.try_get("", "visits")?;
            Ok(Usual {
                service: ServiceId(row.try_get("", "service_id")?),
                has_appointment: !row.try_get::<bool>("", "walk_in")?,
                takes: TimeDelta::seconds(i64::from(row.try_get::<i32>("", "usual_s")?)),
                visits: u32::try_from(visits).unwrap_or(0),
            })
        })
        .collect()
}

/// The usual time of each of today's visits and expected bookings of an office, by the id of either; absent where one
/// of its services has not been learned. One statement, however many there are.
///
/// # Errors
/// When the database fails.
pub async fn usual_of_day(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
) -> Result<HashMap<Uuid, TimeDelta>, StoreError> {
    let known = "HAVING COUNT(*) = COUNT(l.usual_s)";
    let sql = format!(
        "SELECT i.visit_id AS id, SUM(i.quantity * l.usual_s) AS usual_s FROM visit v \
         JOIN visit_item i ON i.visit_id = v.id \
         LEFT JOIN learned_duration l ON l.office_id = v.office_id AND l.service_id = i.service_id \
         AND l.walk_in = (v.booking_id IS NULL) \
         WHERE v.office_id = ? AND v.day = ? AND v.ended_at IS NULL GROUP BY i.visit_id {known} \
         UNION ALL \
         SELECT i.booking_id AS id, SUM(i.quantity * l.usual_s) AS usual_s FROM booking b \
         JOIN booking_item i ON i.booking_id = b.id \
         LEFT JOIN learned_duration l ON l.office_id = b.office_id AND l.service_id = i.service_id AND l.walk_in = ? \
         WHERE b.office_id = ? AND b.day = ? AND b.state = 'booked' GROUP BY i.booking_id {known}"
    );
    let values = [office.0.into(), day.into(), false.into(), office.0.into(), day.into()];
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let usual: i64 = row.try_get("", "usual_s")?;
            Ok((row.try_get("", "id")?, TimeDelta::seconds(usual)))
        })
        .collect()
}

fn seconds(time: TimeDelta) -> i32 {
    i32::try_from(time.num_seconds()).unwrap_or(i32::MAX)
}

fn percent(share: u32) -> i32 {
    i32::try_from(share).unwrap_or(i32::MAX)
}

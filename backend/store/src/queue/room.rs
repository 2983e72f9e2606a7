//! Who is in the house and who waits outside, and what an office chose about it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{OfficeId, TownId, VisitId};
use domain::queue::room::{Admission, Room};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Visit;
use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// What an office chose.
///
/// # Errors
/// When the database fails or there is no such office.
pub async fn admission(connection: &impl Connection, office: OfficeId) -> Result<Admission, StoreError> {
    let sql = "SELECT appointment_only, room_limit FROM office WHERE id = ?";
    let row = connection.raw().query_one_raw(connection.kind().statement(sql, [office.0.into()])).await?;
    let row = row.ok_or(StoreError::Corrupt { column: "office.id" })?;
    let limit: Option<i32> = row.try_get("", "room_limit")?;
    Ok(Admission { appointment_only: row.try_get("", "appointment_only")?, room_limit: read_limit(limit)? })
}

/// The limit of an office, if it has one: until the end of the transaction nobody else counts its people.
///
/// # Errors
/// When the database fails.
pub async fn limit_for_update(tx: &Tx, office: OfficeId) -> Result<Option<u16>, StoreError> {
    let lock = tx.kind().for_update();
    let sql = format!("SELECT room_limit FROM office WHERE id = ? AND room_limit IS NOT NULL{lock}");
    let row = tx.raw().query_one_raw(tx.kind().statement(&sql, [office.0.into()])).await?;
    row.map_or(Ok(None), |row| read_limit(row.try_get("", "room_limit")?))
}

pub(crate) fn read_limit(limit: Option<i32>) -> Result<Option<u16>, StoreError> {
    let corrupt = |_| StoreError::Corrupt { column: "office.room_limit" };
    limit.map(u16::try_from).transpose().map_err(corrupt)
}

/// Keeps what an office chose.
///
/// # Errors
/// When the database fails.
pub async fn set_admission(
    tx: &Tx,
    town: TownId,
    office: OfficeId,
    chosen: Admission,
) -> Result<bool, StoreError> {
    let sql = "UPDATE office SET appointment_only = ?, room_limit = ? WHERE id = ? AND town_id = ?";
    let limit = chosen.room_limit.map(i32::from);
    let values = [chosen.appointment_only.into(), limit.into(), office.0.into(), town.0.into()];
    let done = tx.raw().execute_raw(tx.kind().statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// How many are in the house, and how many tickets wait outside.
///
/// # Errors
/// When the database fails.
pub async fn room(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Room, StoreError> {
    // Whoever is called may come in, wherever they wait.
    const INSIDE: &str = "state IN ('called', 'serving') OR (state IN ('waiting', 'parked') AND NOT outside)";
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN {INSIDE} THEN people ELSE 0 END), 0) AS bigint) AS inside, \
         CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND outside THEN 1 ELSE 0 END), 0) AS bigint) AS outside \
         FROM visit WHERE office_id = ? AND day = ? AND state IN ('waiting', 'called', 'serving', 'parked')"
    );
    let statement = connection.kind().statement(&sql, [office.0.into(), day.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    let row = row.ok_or(StoreError::Corrupt { column: "visit.people" })?;
    let count = |column| -> Result<u32, StoreError> {
        let count: i64 = row.try_get("", column)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(Room { inside: count("inside")?, outside: count("outside")? })
}

/// Whoever waits outside, in due order, at most so many; a row that somebody changes right now is passed over.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn line_outside(
    tx: &Tx,
    office: OfficeId,
    day: NaiveDate,
    most: u32,
) -> Result<Vec<Visit>, StoreError> {
    let lock = tx.kind().skip_locked();
    let sql = format!(
        "SELECT id FROM visit WHERE office_id = ? AND day = ? AND outside AND state = 'waiting' \
         ORDER BY due_at, arrived_at, id LIMIT {most}{lock}"
    );
    let rows = tx.raw().query_all_raw(tx.kind().statement(&sql, [office.0.into(), day.into()])).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    super::visits(tx, &ids).await
}

/// Lets somebody in who waits outside; `false` when they do no longer.
///
/// # Errors
/// When the database fails.
pub async fn let_in(tx: &Tx, visit: VisitId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE visit SET outside = ?, let_in_at = ?, version = version + 1 \
               WHERE id = ? AND outside AND state = 'waiting'";
    let values = [false.into(), now.into(), visit.0.into()];
    Ok(tx.raw().execute_raw(tx.kind().statement(sql, values)).await?.rows_affected() == 1)
}

//! Emergency calls (Notruf): who called from where, and who answered.

use chrono::{DateTime, Utc};
use domain::ids::{CounterId, EmergencyId, OfficeId, StaffId, TownId};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::placeholders;
use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// An emergency call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Its id.
    pub id: EmergencyId,
    /// The town.
    pub town: TownId,
    /// Whose colleagues are called.
    pub office: OfficeId,
    /// From where.
    pub counter: Option<CounterId>,
    /// The counter's name.
    pub counter_name: Option<String>,
    /// Who calls.
    pub by: StaffId,
    /// That person's name; `None` when the account is gone.
    pub by_name: Option<String>,
    /// Since when.
    pub raised_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who said that they come, the first one first.
    pub answers: Vec<Answer>,
}

/// Somebody who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who.
    pub staff: StaffId,
    /// Their name; `None` when the account is gone.
    pub name: Option<String>,
    /// Since when.
    pub at: DateTime<Utc>,
}

const SELECT: &str = "SELECT e.id, e.town_id, e.office_id, e.counter_id, c.name AS counter_name, e.raised_by, \
     s.name AS by_name, e.raised_at, e.ended_at FROM emergency e \
     LEFT JOIN counter c ON c.id = e.counter_id LEFT JOIN staff s ON s.id = e.raised_by";

/// Begins an emergency; `false` when this person has one running in the office.
///
/// # Errors
/// When the database fails.
pub async fn begin(
    tx: &Tx,
    id: EmergencyId,
    (town, office): (TownId, OfficeId),
    (by, counter): (StaffId, Option<CounterId>),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO emergency (id, town_id, office_id, counter_id, raised_by, raised_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (office_id, raised_by) WHERE ended_at IS NULL DO NOTHING",
        [
            id.0.into(),
            town.0.into(),
            office.0.into(),
            counter.map(|counter| counter.0).into(),
            by.0.into(),
            now.into(),
        ],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() == 1)
}

/// Notes that somebody comes; `false` when they had said so.
///
/// # Errors
/// When the database fails.
pub async fn answer(
    tx: &Tx,
    id: EmergencyId,
    staff: StaffId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO emergency_answer (emergency_id, staff_id, answered_at) VALUES (?, ?, ?) \
         ON CONFLICT (emergency_id, staff_id) DO NOTHING",
        [id.0.into(), staff.0.into(), now.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() == 1)
}

/// Ends an emergency; `false` when it was over.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &Tx, id: EmergencyId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let statement = tx.kind().statement(
        "UPDATE emergency SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
        [now.into(), id.0.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() == 1)
}

/// An emergency of a town with its answers.
///
/// # Errors
/// When the database fails.
pub async fn emergency(
    connection: &impl Connection,
    town: TownId,
    id: EmergencyId,
) -> Result<Option<Emergency>, StoreError> {
    let sql = format!("{SELECT} WHERE e.id = ? AND e.town_id = ?");
    let statement = connection.kind().statement(&sql, [id.0.into(), town.0.into()]);
    let rows = connection.raw().query_all_raw(statement).await?;
    Ok(with_answers(connection, &rows).await?.pop())
}

/// The emergencies of an office that are not over, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn running(connection: &impl Connection, office: OfficeId) -> Result<Vec<Emergency>, StoreError> {
    let sql = format!("{SELECT} WHERE e.office_id = ? AND e.ended_at IS NULL ORDER BY e.raised_at, e.id");
    let statement = connection.kind().statement(&sql, [office.0.into()]);
    let rows = connection.raw().query_all_raw(statement).await?;
    with_answers(connection, &rows).await
}

async fn with_answers(
    connection: &impl Connection,
    rows: &[QueryResult],
) -> Result<Vec<Emergency>, StoreError> {
    let mut found: Vec<Emergency> = rows.iter().map(read).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<Uuid> = found.iter().map(|one| one.id.0).collect();
    let sql = format!(
        "SELECT a.emergency_id, a.staff_id, a.answered_at, s.name FROM emergency_answer a \
         LEFT JOIN staff s ON s.id = a.staff_id WHERE a.emergency_id IN ({}) ORDER BY a.answered_at, a.staff_id",
        placeholders(&ids)
    );
    let statement = connection.kind().statement(&sql, ids.into_iter().map(Into::into));
    for row in connection.raw().query_all_raw(statement).await? {
        let of = EmergencyId(row.try_get("", "emergency_id")?);
        let answer = Answer {
            staff: StaffId(row.try_get("", "staff_id")?),
            name: row.try_get("", "name")?,
            at: row.try_get("", "answered_at")?,
        };
        if let Some(one) = found.iter_mut().find(|one| one.id == of) {
            one.answers.push(answer);
        }
    }
    Ok(found)
}

fn read(row: &QueryResult) -> Result<Emergency, StoreError> {
    Ok(Emergency {
        id: EmergencyId(row.try_get("", "id")?),
        town: TownId(row.try_get("", "town_id")?),
        office: OfficeId(row.try_get("", "office_id")?),
        counter: row.try_get::<Option<Uuid>>("", "counter_id")?.map(CounterId),
        counter_name: row.try_get("", "counter_name")?,
        by: StaffId(row.try_get("", "raised_by")?),
        by_name: row.try_get("", "by_name")?,
        raised_at: row.try_get("", "raised_at")?,
        ended_at: row.try_get("", "ended_at")?,
        answers: Vec::new(),
    })
}

//! Counters (Plätze): where they are and who sits there.

use chrono::{DateTime, Utc};
use domain::ids::{CounterId, OfficeId, PoolId, StaffId, TownId, ZoneId};
use domain::language::Text;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, Set};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::counter;
use crate::error::StoreError;
use crate::json;

/// A counter and who sits there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its id.
    pub id: CounterId,
    /// The town.
    pub town: TownId,
    /// Its office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
    /// The pool it works for.
    pub pool: PoolId,
    /// The department of its pool.
    pub department: Text,
    /// The waiting zone of its pool.
    pub zone: ZoneId,
    /// The letter of that zone.
    pub zone_letter: String,
    /// What the display shows: `3`.
    pub number: String,
    /// Its name: `Platz 3`.
    pub name: String,
    /// How to get there from the waiting zone.
    pub way: Text,
    /// Who sits there.
    pub staff: Option<StaffId>,
    /// That person's name.
    pub staff_name: Option<String>,
    /// Since when.
    pub opened_at: Option<DateTime<Utc>>,
    /// Whether that person takes a break.
    pub paused: bool,
    /// Counts the changes.
    pub version: i32,
}

const SELECT: &str = "SELECT c.id, c.town_id, c.office_id, f.name AS office_name, c.pool_id, d.name AS department, p.zone_id, \
     z.letter, c.number, c.name, c.way, c.staff_id, s.name AS staff_name, c.opened_at, c.paused, c.version \
     FROM counter c JOIN pool p ON p.id = c.pool_id JOIN office f ON f.id = c.office_id \
     JOIN department d ON d.id = p.department_id JOIN zone z ON z.id = p.zone_id \
     LEFT JOIN staff s ON s.id = c.staff_id";

/// The counters of a town, by office and position.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn counters_of_town(
    connection: &impl Connection,
    town: TownId,
) -> Result<Vec<Counter>, StoreError> {
    let sql = format!("{SELECT} WHERE c.town_id = ? ORDER BY f.position, c.position, c.id");
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, [town.0.into()])).await?;
    rows.iter().map(read).collect()
}

/// The counters of an office, by position.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn counters_of_office(
    connection: &impl Connection,
    office: OfficeId,
) -> Result<Vec<Counter>, StoreError> {
    let sql = format!("{SELECT} WHERE c.office_id = ? ORDER BY c.position, c.id");
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, [office.0.into()])).await?;
    rows.iter().map(read).collect()
}

/// A counter of a town.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn counter(
    connection: &impl Connection,
    town: TownId,
    id: CounterId,
) -> Result<Option<Counter>, StoreError> {
    let sql = format!("{SELECT} WHERE c.id = ? AND c.town_id = ?");
    let statement = connection.kind().statement(&sql, [id.0.into(), town.0.into()]);
    connection.raw().query_one_raw(statement).await?.as_ref().map(read).transpose()
}

/// A counter of a town, to be worked at in this transaction: no other transaction calls or seats anybody there.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn counter_for_update(tx: &Tx, town: TownId, id: CounterId) -> Result<Option<Counter>, StoreError> {
    let lock = if tx.kind() == crate::Kind::Postgres { " FOR UPDATE OF c" } else { "" };
    let sql = format!("{SELECT} WHERE c.id = ? AND c.town_id = ?{lock}");
    let statement = tx.kind().statement(&sql, [id.0.into(), town.0.into()]);
    tx.raw().query_one_raw(statement).await?.as_ref().map(read).transpose()
}

/// Who sits at a counter from now on.
#[derive(Clone, Copy, Debug)]
pub struct Seating {
    /// The person; `None` closes the counter.
    pub staff: Option<StaffId>,
    /// Since when.
    pub opened_at: Option<DateTime<Utc>>,
    /// Whether they take a break.
    pub paused: bool,
}

/// Seats somebody at a counter, or nobody, if it still is as it was read.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile; a duplicate when the person sits elsewhere.
pub async fn seat(tx: &Tx, before: &Counter, seating: Seating) -> Result<(), StoreError> {
    let changed = counter::Entity::update_many()
        .set(counter::ActiveModel {
            staff_id: Set(seating.staff.map(|id| id.0)),
            opened_at: Set(seating.opened_at),
            paused: Set(seating.paused),
            version: Set(before.version + 1),
            ..counter::ActiveModel::default()
        })
        .filter(counter::Column::Id.eq(before.id.0))
        .filter(counter::Column::Version.eq(before.version))
        .exec(tx.raw())
        .await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

fn read(row: &QueryResult) -> Result<Counter, StoreError> {
    let id = |column| -> Result<Uuid, StoreError> { Ok(row.try_get("", column)?) };
    let department: String = row.try_get("", "department")?;
    let way: String = row.try_get("", "way")?;
    Ok(Counter {
        id: CounterId(id("id")?),
        town: TownId(id("town_id")?),
        office: OfficeId(id("office_id")?),
        office_name: row.try_get("", "office_name")?,
        pool: PoolId(id("pool_id")?),
        department: json::read(&department, "department.name")?,
        zone: ZoneId(id("zone_id")?),
        zone_letter: row.try_get("", "letter")?,
        number: row.try_get("", "number")?,
        name: row.try_get("", "name")?,
        way: json::read(&way, "counter.way")?,
        staff: row.try_get::<Option<Uuid>>("", "staff_id")?.map(StaffId),
        staff_name: row.try_get("", "staff_name")?,
        opened_at: row.try_get("", "opened_at")?,
        paused: row.try_get("", "paused")?,
        version: row.try_get("", "version")?,
    })
}

//! Closures (Schließungen) as rows.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::ids::{DepartmentId, OfficeId, PoolId, TownId};
use domain::local_time::local_of;
use domain::schedule::opening_hours::{Closure, ClosureScope, ClosureSpan};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::closure;
use crate::error::StoreError;

/// A closure and what it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedClosure {
    /// What it reaches.
    pub scope: ClosureScope,
    /// When, and how many counters stay open.
    pub closure: Closure,
}

impl ScopedClosure {
    /// Whether it reaches a pool of this department and office.
    #[must_use]
    pub fn reaches(&self, (department, office, pool): (DepartmentId, OfficeId, PoolId)) -> bool {
        self.scope.reaches(department, office, pool)
    }
}

/// A closure as planners see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClosure {
    /// Its id.
    pub id: Uuid,
    /// What it reaches.
    pub scope: ClosureScope,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whether it is on each of its days, from the first one's time until the last one's; else without a break.
    pub daily: bool,
    /// How many counters of each kind stay open; 0 is closed.
    pub at_most: u16,
    /// Why, for staff and citizens.
    pub reason: String,
}

impl StoredClosure {
    /// What it does to opening hours in this zone.
    #[must_use]
    pub fn scoped(&self, zone: Tz) -> ScopedClosure {
        let span = match self.daily {
            false => ClosureSpan::Instants { from: self.from, to: self.until },
            true => ClosureSpan::daily(local_of(zone, self.from), local_of(zone, self.until)),
        };
        ScopedClosure { scope: self.scope, closure: Closure { span, at_most: self.at_most } }
    }
}

/// The closures of a town that touch the time between two instants.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn closures(
    connection: &impl Connection,
    (town, zone): (TownId, Tz),
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<ScopedClosure>, StoreError> {
    let found = stored_closures(connection, town, from, until).await?;
    Ok(found.iter().map(|closure| closure.scoped(zone)).collect())
}

/// The closures of a town that touch the time between two instants, soonest first, with id and reason.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn stored_closures(
    connection: &impl Connection,
    town: TownId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<StoredClosure>, StoreError> {
    let rows = closure::Entity::find()
        .filter(closure::Column::TownId.eq(town.0))
        .filter(closure::Column::UntilAt.gt(from))
        .filter(closure::Column::FromAt.lt(until))
        .order_by_asc(closure::Column::FromAt)
        .order_by_asc(closure::Column::Id)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Adds a closure.
///
/// # Errors
/// When the database fails.
pub async fn insert_closure(tx: &Tx, town: TownId, new: &StoredClosure) -> Result<(), StoreError> {
    let (scope, scope_id) = new.scope.parts();
    let row = closure::ActiveModel {
        id: Set(new.id),
        town_id: Set(town.0),
        scope: Set(scope.to_owned()),
        scope_id: Set(scope_id),
        from_at: Set(new.from),
        until_at: Set(new.until),
        reason: Set(new.reason.clone()),
        at_most: Set(i32::from(new.at_most)),
        daily: Set(new.daily),
    };
    closure::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Removes a closure and gives it as it was; `None` when the town has none with this id.
///
/// # Errors
/// When the database fails.
pub async fn delete_closure(tx: &Tx, town: TownId, id: Uuid) -> Result<Option<StoredClosure>, StoreError> {
    let row =
        closure::Entity::find_by_id(id).filter(closure::Column::TownId.eq(town.0)).one(tx.raw()).await?;
    let Some(row) = row else { return Ok(None) };
    row.clone().delete(tx.raw()).await?;
    read(row).map(Some)
}

fn read(row: closure::Model) -> Result<StoredClosure, StoreError> {
    const CORRUPT: StoreError = StoreError::Corrupt { column: "closure" };
    Ok(StoredClosure {
        id: row.id,
        scope: ClosureScope::parse(&row.scope, row.scope_id).ok_or(CORRUPT)?,
        from: row.from_at,
        until: row.until_at,
        daily: row.daily,
        at_most: u16::try_from(row.at_most).map_err(|_| CORRUPT)?,
        reason: row.reason,
    })
}

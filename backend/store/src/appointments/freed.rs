//! Freed slots that cool down: as long as the row exists, their ticks stay counted as taken.

use chrono::{DateTime, Utc};
use domain::appointments::moving::Place;
use domain::ids::{OfficeId, PoolId, TownId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{audience_name, read_audience, span};
use crate::database::{Connection, Raw, Tx};
use crate::entities::freed_slot;
use crate::error::StoreError;

/// A slot that was given back and is not free for everybody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreedSlot {
    /// Its id.
    pub id: Uuid,
    /// The town.
    pub town: TownId,
    /// The office.
    pub office: OfficeId,
    /// Which ticks.
    pub place: Place,
    /// When it reappears.
    pub release_at: DateTime<Utc>,
    /// When it was given back.
    pub freed_at: DateTime<Utc>,
}

/// Adds a slot that cools down; its ticks stay taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &FreedSlot) -> Result<(), StoreError> {
    let row = freed_slot::ActiveModel {
        id: Set(new.id),
        town_id: Set(new.town.0),
        office_id: Set(new.office.0),
        pool_id: Set(new.place.pool.0),
        audience: Set(audience_name(new.place.audience).to_owned()),
        starts_at: Set(new.place.span.starts_at()),
        ends_at: Set(new.place.span.ends_at()),
        release_at: Set(new.release_at),
        freed_at: Set(new.freed_at),
    };
    freed_slot::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The slots that are not free for everybody yet and begin later than now, the longest freed first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn cooling(
    connection: &impl Connection,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<FreedSlot>, StoreError> {
    let rows = freed_slot::Entity::find()
        .filter(freed_slot::Column::StartsAt.gt(now))
        .order_by_asc(freed_slot::Column::FreedAt)
        .order_by_asc(freed_slot::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// A freed slot, kept as it is until the transaction ends.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn slot(tx: &Tx, id: Uuid) -> Result<Option<FreedSlot>, StoreError> {
    if !lock(tx, id).await? {
        return Ok(None);
    }
    freed_slot::Entity::find_by_id(id).one(tx.raw()).await?.as_ref().map(read).transpose()
}

/// Keeps a freed slot as it is until the transaction ends; `false` when it is gone.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 AS one FROM freed_slot WHERE id = ?{}", tx.kind().for_update());
    Ok(tx.raw().query_one_raw(tx.kind().statement(&sql, [id.into()])).await?.is_some())
}

/// The slots whose time has come, the longest due first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn due(
    connection: &impl Connection,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<FreedSlot>, StoreError> {
    let rows = freed_slot::Entity::find()
        .filter(freed_slot::Column::ReleaseAt.lte(now))
        .order_by_asc(freed_slot::Column::ReleaseAt)
        .order_by_asc(freed_slot::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// Takes a freed slot off the list; whoever gets `true` owns its ticks, everybody else was slower.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    Ok(freed_slot::Entity::delete_by_id(id).exec(tx.raw()).await?.rows_affected == 1)
}

fn read(row: &freed_slot::Model) -> Result<FreedSlot, StoreError> {
    let audience =
        read_audience(&row.audience).ok_or(StoreError::Corrupt { column: "freed_slot.audience" })?;
    Ok(FreedSlot {
        id: row.id,
        town: TownId(row.town_id),
        office: OfficeId(row.office_id),
        place: Place { pool: PoolId(row.pool_id), span: span(row.starts_at, row.ends_at), audience },
        release_at: row.release_at,
        freed_at: row.freed_at,
    })
}

//! Towns as rows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::TownId;
use domain::town::{Town, TownSettings};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set, Unchanged};

use crate::database::{Connection, Raw, Tx};
use crate::entities::town;
use crate::error::StoreError;

/// All towns of this installation, by name.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn all(connection: &impl Connection) -> Result<Vec<Town>, StoreError> {
    let rows = town::Entity::find().order_by_asc(town::Column::Name).all(connection.raw()).await?;
    rows.into_iter().map(read).collect()
}

/// A town.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn town(connection: &impl Connection, id: TownId) -> Result<Option<Town>, StoreError> {
    town::Entity::find_by_id(id.0).one(connection.raw()).await?.map(read).transpose()
}

/// Some towns by their ids.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn towns(
    connection: &impl Connection,
    ids: &[TownId],
) -> Result<HashMap<TownId, Town>, StoreError> {
    let rows =
        town::Entity::find().filter(town::Column::Id.is_in(ids.iter().map(|id| id.0))).all(connection.raw());
    rows.await?.into_iter().map(|row| read(row).map(|town| (town.id, town))).collect()
}

/// The settings of a town as they are now, for a transaction that changes them.
///
/// # Errors
/// When the database fails, the row cannot be read or there is no such town.
pub async fn settings(connection: &impl Connection, id: TownId) -> Result<TownSettings, StoreError> {
    Ok(town(connection, id).await?.ok_or(StoreError::Corrupt { column: "town.id" })?.settings)
}

/// Replaces the settings of a town.
///
/// # Errors
/// When the database fails.
pub async fn set_settings(tx: &Tx, id: TownId, settings: &TownSettings) -> Result<(), StoreError> {
    let row = town::ActiveModel {
        id: Unchanged(id.0),
        settings: Set(crate::json::write(settings)),
        ..Default::default()
    };
    row.update(tx.raw()).await?;
    Ok(())
}

/// Notes since when the codes of a town are guarded.
///
/// # Errors
/// When the database fails.
pub async fn set_guarded_since(tx: &Tx, id: TownId, since: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    let row = town::ActiveModel { id: Unchanged(id.0), guarded_since: Set(since), ..Default::default() };
    row.update(tx.raw()).await?;
    Ok(())
}

/// Adds a town.
///
/// # Errors
/// When its slug or host exists already, or the database fails.
pub async fn insert(tx: &Tx, new: &Town, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = town::ActiveModel {
        id: Set(new.id.0),
        slug: Set(new.slug.clone()),
        host: Set(new.host.clone()),
        name: Set(new.name.clone()),
        zone: Set(new.zone.name().to_owned()),
        land: Set(new.land.clone()),
        settings: Set(crate::json::write(&new.settings)),
        created_at: Set(now),
        guarded_since: Set(new.guarded_since),
    };
    row.insert(tx.raw()).await?;
    Ok(())
}

fn read(row: town::Model) -> Result<Town, StoreError> {
    Ok(Town {
        id: TownId(row.id),
        slug: row.slug,
        name: row.name,
        host: row.host,
        zone: row.zone.parse().map_err(|_| StoreError::Corrupt { column: "town.zone" })?,
        land: row.land,
        settings: crate::json::read(&row.settings, "town.settings")?,
        guarded_since: row.guarded_since,
    })
}

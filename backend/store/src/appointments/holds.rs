//! Holds on slots as rows.

use chrono::{DateTime, Utc};
use domain::appointments::booking::HoldTerms;
use domain::appointments::status::HoldState;
use domain::ids::{HoldId, OfficeId, PoolId, ServiceId, TownId};
use domain::schedule::{Audience, TickSpan};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{audience_name, read_audience, span};
use crate::database::{Connection, Raw, Tx};
use crate::entities::hold;
use crate::error::StoreError;
use crate::json;
use crate::messaging::many::lock_numbers;

/// A hold on a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The town.
    pub town: TownId,
    /// Where.
    pub office: OfficeId,
    /// At which counters.
    pub pool: PoolId,
    /// When the slot begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Which count its ticks are in.
    pub audience: Audience,
    /// State, end and extension.
    pub terms: HoldTerms,
    /// The keyed hash of its secret.
    pub token_hash: Vec<u8>,
    /// The services wanted.
    pub items: Vec<(ServiceId, u16)>,
    /// A keyed hash of the network it came from.
    pub origin: Option<String>,
    /// A keyed hash of the block of networks it came from.
    pub wide_origin: Option<String>,
    /// A keyed hash of the device it came from.
    pub device: Option<String>,
    /// Grows with every change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Hold {
    /// The ticks it takes.
    #[must_use]
    pub fn span(&self) -> TickSpan {
        span(self.starts_at, self.ends_at)
    }
}

/// Adds a hold.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &Hold) -> Result<(), StoreError> {
    let row = hold::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(new.town.0),
        office_id: Set(new.office.0),
        pool_id: Set(new.pool.0),
        starts_at: Set(new.starts_at),
        ends_at: Set(new.ends_at),
        audience: Set(audience_name(new.audience).to_owned()),
        state: Set(new.terms.state.as_str().to_owned()),
        token_hash: Set(new.token_hash.clone()),
        items: Set(json::write(&new.items)),
        origin: Set(new.origin.clone()),
        wide_origin: Set(new.wide_origin.clone()),
        device: Set(new.device.clone()),
        expires_at: Set(new.terms.expires_at),
        extended: Set(new.terms.extended),
        version: Set(new.version),
        created_at: Set(new.created_at),
    };
    hold::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The hold that a secret opens.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn of_token(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<Hold>, StoreError> {
    let row = hold::Entity::find()
        .filter(hold::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(hold::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// A hold of the town.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn hold(
    connection: &impl Connection,
    town: TownId,
    id: HoldId,
) -> Result<Option<Hold>, StoreError> {
    let row =
        hold::Entity::find_by_id(id.0).filter(hold::Column::TownId.eq(town.0)).one(connection.raw()).await?;
    row.map(read).transpose()
}

/// How many live holds an origin has.
///
/// # Errors
/// When the database fails.
pub async fn live_of_origin(
    connection: &impl Connection,
    town: TownId,
    origin: &str,
    now: DateTime<Utc>,
) -> Result<u32, StoreError> {
    live(connection, town, hold::Column::Origin.eq(origin), now).await
}

/// How many live holds a device has.
///
/// # Errors
/// When the database fails.
pub async fn live_of_device(
    connection: &impl Connection,
    town: TownId,
    device: &str,
    now: DateTime<Utc>,
) -> Result<u32, StoreError> {
    live(connection, town, hold::Column::Device.eq(device), now).await
}

/// Makes holds of the same origins wait for each other until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_origins(tx: &Tx, origins: &[Option<&str>]) -> Result<(), StoreError> {
    let keys: Vec<Vec<u8>> = origins.iter().flatten().map(|origin| origin.as_bytes().to_vec()).collect();
    lock_numbers(tx, &keys).await
}

async fn live(
    connection: &impl Connection,
    town: TownId,
    whose: sea_orm::sea_query::SimpleExpr,
    now: DateTime<Utc>,
) -> Result<u32, StoreError> {
    let count = hold::Entity::find()
        .filter(hold::Column::State.eq(HoldState::Held.as_str()))
        .filter(hold::Column::ExpiresAt.gt(now))
        .filter(whose)
        .filter(hold::Column::TownId.eq(town.0))
        .count(connection.raw())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Changes what decides about a hold, from the version it was read in.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn change(tx: &Tx, hold: &Hold, to: HoldTerms) -> Result<Hold, StoreError> {
    let row = hold::ActiveModel {
        state: Set(to.state.as_str().to_owned()),
        expires_at: Set(to.expires_at),
        extended: Set(to.extended),
        version: Set(hold.version + 1),
        ..hold::ActiveModel::default()
    };
    let done = hold::Entity::update_many()
        .set(row)
        .filter(hold::Column::Id.eq(hold.id.0))
        .filter(hold::Column::State.eq(hold.terms.state.as_str()))
        .filter(hold::Column::Version.eq(hold.version))
        .exec(tx.raw())
        .await?;
    if done.rows_affected != 1 {
        return Err(StoreError::Stale);
    }
    Ok(Hold { terms: to, version: hold.version + 1, ..hold.clone() })
}

/// Holds whose time is over, oldest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn lapsed(
    connection: &impl Connection,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Hold>, StoreError> {
    let rows = hold::Entity::find()
        .filter(hold::Column::State.eq(HoldState::Held.as_str()))
        .filter(hold::Column::ExpiresAt.lte(now))
        .order_by_asc(hold::Column::ExpiresAt)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: hold::Model) -> Result<Hold, StoreError> {
    let state = HoldState::parse(&row.state).ok_or(StoreError::Corrupt { column: "hold.state" })?;
    Ok(Hold {
        id: HoldId(row.id),
        town: TownId(row.town_id),
        office: OfficeId(row.office_id),
        pool: PoolId(row.pool_id),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        audience: read_audience(&row.audience).ok_or(StoreError::Corrupt { column: "hold.audience" })?,
        terms: HoldTerms { state, expires_at: row.expires_at, extended: row.extended },
        token_hash: row.token_hash,
        items: json::read(&row.items, "hold.items")?,
        origin: row.origin,
        wide_origin: row.wide_origin,
        device: row.device,
        version: row.version,
        created_at: row.created_at,
    })
}

//! Terminals and displays as rows.

use chrono::{DateTime, Utc};
use domain::devices::DeviceKind;
use domain::devices::self_service::SelfService;
use domain::ids::{DeviceId, OfficeId, TownId, ZoneId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::database::{Connection, Raw, Tx};
use crate::entities::device;
use crate::error::StoreError;
use crate::json;

/// A terminal or display as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its id.
    pub id: DeviceId,
    /// Where it stands.
    pub office: OfficeId,
    /// What it is.
    pub kind: DeviceKind,
    /// What staff call it.
    pub name: String,
    /// The waiting zones a display shows.
    pub zones: Vec<ZoneId>,
    /// Until when its enrolment code can be used, if one is out.
    pub enrolment_expires_at: Option<DateTime<Utc>>,
    /// Since when it is enrolled.
    pub enrolled_at: Option<DateTime<Utc>>,
    /// When it last asked for anything, to the minute.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Since when it may no longer do anything.
    pub revoked_at: Option<DateTime<Utc>>,
    /// What a terminal offers beside arriving.
    pub self_service: Option<SelfService>,
}

/// Adds a device that waits for its enrolment.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    town: TownId,
    new: &DeviceRecord,
    enrolment_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = device::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(town.0),
        office_id: Set(new.office.0),
        kind: Set(new.kind.as_str().to_owned()),
        name: Set(new.name.clone()),
        zone_ids: Set(json::write(&new.zones)),
        enrolment_hash: Set(Some(enrolment_hash)),
        enrolment_expires_at: Set(new.enrolment_expires_at),
        token_hash: Set(None),
        created_at: Set(now),
        enrolled_at: Set(None),
        last_seen_at: Set(None),
        revoked_at: Set(None),
        self_service: Set(new.self_service.as_ref().map(json::write)),
    };
    device::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// All devices of a town, by name; at most 500.
///
/// # Errors
/// When the database fails.
pub async fn all(connection: &impl Connection, town: TownId) -> Result<Vec<DeviceRecord>, StoreError> {
    let rows = device::Entity::find()
        .filter(device::Column::TownId.eq(town.0))
        .order_by_asc(device::Column::Name)
        .order_by_asc(device::Column::Id)
        .limit(500)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The devices of a kind in an office, revoked ones too.
///
/// # Errors
/// When the database fails.
pub async fn of_office(
    connection: &impl Connection,
    office: OfficeId,
    kind: DeviceKind,
) -> Result<Vec<DeviceRecord>, StoreError> {
    let rows = device::Entity::find()
        .filter(device::Column::OfficeId.eq(office.0))
        .filter(device::Column::Kind.eq(kind.as_str()))
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The device with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(
    connection: &impl Connection,
    town: TownId,
    id: DeviceId,
) -> Result<Option<DeviceRecord>, StoreError> {
    let row = device::Entity::find_by_id(id.0)
        .filter(device::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// The device whose token has this hash, revoked ones too.
///
/// # Errors
/// When the database fails.
pub async fn by_token(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<DeviceRecord>, StoreError> {
    let row = device::Entity::find()
        .filter(device::Column::TownId.eq(town.0))
        .filter(device::Column::TokenHash.eq(token_hash))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// Keeps what a terminal offers beside arriving.
///
/// # Errors
/// When the database fails.
pub async fn set_self_service(tx: &Tx, id: DeviceId, offered: Option<SelfService>) -> Result<(), StoreError> {
    device::Entity::update_many()
        .set(device::ActiveModel {
            self_service: Set(offered.as_ref().map(json::write)),
            ..device::ActiveModel::default()
        })
        .filter(device::Column::Id.eq(id.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// The device whose enrolment code has this hash.
///
/// # Errors
/// When the database fails.
pub async fn by_enrolment(
    connection: &impl Connection,
    town: TownId,
    enrolment_hash: &[u8],
) -> Result<Option<DeviceRecord>, StoreError> {
    let row = device::Entity::find()
        .filter(device::Column::TownId.eq(town.0))
        .filter(device::Column::EnrolmentHash.eq(enrolment_hash))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// Uses the enrolment code up: from now on the token opens. `false` when somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn enrol(
    tx: &Tx,
    id: DeviceId,
    enrolment_hash: &[u8],
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = device::Entity::update_many()
        .col_expr(device::Column::TokenHash, Expr::value(token_hash))
        .col_expr(device::Column::EnrolmentHash, Expr::value(None::<Vec<u8>>))
        .col_expr(device::Column::EnrolmentExpiresAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(device::Column::EnrolledAt, Expr::value(now))
        .col_expr(device::Column::LastSeenAt, Expr::value(now))
        .col_expr(device::Column::RevokedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(device::Column::Id.eq(id.0))
        .filter(device::Column::EnrolmentHash.eq(enrolment_hash))
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Puts a new enrolment code out; the token before it stays good until the code is used.
///
/// # Errors
/// When the database fails.
pub async fn put_enrolment(
    tx: &Tx,
    id: DeviceId,
    enrolment_hash: Vec<u8>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    device::Entity::update_many()
        .col_expr(device::Column::EnrolmentHash, Expr::value(enrolment_hash))
        .col_expr(device::Column::EnrolmentExpiresAt, Expr::value(expires_at))
        .filter(device::Column::Id.eq(id.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Takes all access away; `false` when it was taken before.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &Tx, id: DeviceId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = device::Entity::update_many()
        .col_expr(device::Column::RevokedAt, Expr::value(now))
        .col_expr(device::Column::EnrolmentHash, Expr::value(None::<Vec<u8>>))
        .filter(device::Column::Id.eq(id.0))
        .filter(device::Column::RevokedAt.is_null())
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that these devices asked for something.
///
/// # Errors
/// When the database fails.
pub async fn seen(tx: &Tx, ids: &[DeviceId], now: DateTime<Utc>) -> Result<(), StoreError> {
    device::Entity::update_many()
        .col_expr(device::Column::LastSeenAt, Expr::value(now))
        .filter(device::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(tx.raw())
        .await?;
    Ok(())
}

fn read(row: device::Model) -> Result<DeviceRecord, StoreError> {
    Ok(DeviceRecord {
        id: DeviceId(row.id),
        office: OfficeId(row.office_id),
        kind: DeviceKind::parse(&row.kind).ok_or(StoreError::Corrupt { column: "device.kind" })?,
        name: row.name,
        zones: json::read(&row.zone_ids, "device.zone_ids")?,
        enrolment_expires_at: row.enrolment_expires_at,
        enrolled_at: row.enrolled_at,
        last_seen_at: row.last_seen_at,
        revoked_at: row.revoked_at,
        self_service: row.self_service.map(|kept| json::read(&kept, "device.self_service")).transpose()?,
    })
}

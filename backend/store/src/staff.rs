//! Staff and their sessions as rows.

use chrono::{DateTime, Utc};
use domain::ids::{CounterId, OfficeId, StaffId, TownId};
use domain::staff::{Login, Role};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::{counter, office, staff, staff_session};
use crate::error::StoreError;

/// A member of staff as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRecord {
    pub id: StaffId,
    pub login: String,
    pub name: String,
    pub password_hash: String,
    pub role: Role,
    pub office: Option<OfficeId>,
    pub active: bool,
}

/// A session as kept; its token only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: Uuid,
    pub town: TownId,
    pub staff: StaffId,
    pub token_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Adds a member of staff.
///
/// # Errors
/// [`StoreError::Duplicate`] when the login is taken; otherwise when the database fails.
pub async fn insert(tx: &Tx, town: TownId, new: &StaffRecord, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = staff::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(town.0),
        login: Set(new.login.clone()),
        name: Set(new.name.clone()),
        password_hash: Set(new.password_hash.clone()),
        role: Set(new.role.as_str().to_owned()),
        office_id: Set(new.office.map(|office| office.0)),
        active: Set(new.active),
        created_at: Set(now),
    };
    row.insert(tx.raw()).await?;
    Ok(())
}

/// The member of staff with this login.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn by_login(
    connection: &impl Connection,
    town: TownId,
    login: &Login,
) -> Result<Option<StaffRecord>, StoreError> {
    let row = staff::Entity::find()
        .filter(staff::Column::TownId.eq(town.0))
        .filter(staff::Column::Login.eq(login.as_str()))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// The member of staff with this id, if of this town.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn by_id(
    connection: &impl Connection,
    town: TownId,
    id: StaffId,
) -> Result<Option<StaffRecord>, StoreError> {
    let row = staff::Entity::find_by_id(id.0)
        .filter(staff::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// All members of staff by login, each with the time they were last seen.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn all(
    connection: &impl Connection,
    town: TownId,
) -> Result<Vec<(StaffRecord, Option<DateTime<Utc>>)>, StoreError> {
    let rows = staff::Entity::find()
        .filter(staff::Column::TownId.eq(town.0))
        .order_by_asc(staff::Column::Login)
        .limit(1000)
        .all(connection.raw())
        .await?;
    let seen: Vec<(Uuid, DateTime<Utc>)> = staff_session::Entity::find()
        .select_only()
        .column(staff_session::Column::StaffId)
        .column_as(staff_session::Column::LastSeenAt.max(), "seen")
        .filter(staff_session::Column::TownId.eq(town.0))
        .group_by(staff_session::Column::StaffId)
        .into_tuple()
        .all(connection.raw())
        .await?;
    let seen_of = |id: Uuid| seen.iter().find(|(staff, _)| *staff == id).map(|(_, at)| *at);
    rows.into_iter()
        .map(|row| Ok((seen_of(row.id), read(row)?)))
        .map(|pair| pair.map(|(at, row)| (row, at)))
        .collect()
}

/// Changes whether somebody may sign in; `false` when there is no such person.
///
/// # Errors
/// When the database fails.
pub async fn set_active(tx: &Tx, town: TownId, id: StaffId, active: bool) -> Result<bool, StoreError> {
    let changed = staff::Entity::update_many()
        .col_expr(staff::Column::Active, active.into())
        .filter(staff::Column::Id.eq(id.0))
        .filter(staff::Column::TownId.eq(town.0))
        .exec(tx.raw())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Keeps a new password; `false` when there is no such person.
///
/// # Errors
/// When the database fails.
pub async fn set_password(tx: &Tx, town: TownId, id: StaffId, hash: &str) -> Result<bool, StoreError> {
    let changed = staff::Entity::update_many()
        .col_expr(staff::Column::PasswordHash, hash.into())
        .filter(staff::Column::Id.eq(id.0))
        .filter(staff::Column::TownId.eq(town.0))
        .exec(tx.raw())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Where a person sits: the counter and its office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub id: CounterId,
    pub name: String,
    pub number: String,
    pub office: OfficeId,
}

/// The counter this person sits at, with its name.
///
/// # Errors
/// When the database fails.
pub async fn seat_of(connection: &impl Connection, id: StaffId) -> Result<Option<Seat>, StoreError> {
    let row = counter::Entity::find().filter(counter::Column::StaffId.eq(id.0)).one(connection.raw()).await?;
    Ok(row.map(|row| Seat {
        id: CounterId(row.id),
        name: row.name,
        number: row.number,
        office: OfficeId(row.office_id),
    }))
}

/// The name of an office of this town.
///
/// # Errors
/// When the database fails.
pub async fn office_name(
    connection: &impl Connection,
    town: TownId,
    id: OfficeId,
) -> Result<Option<String>, StoreError> {
    let name = office::Entity::find()
        .select_only()
        .column(office::Column::Name)
        .filter(office::Column::Id.eq(id.0))
        .filter(office::Column::TownId.eq(town.0))
        .into_tuple()
        .one(connection.raw())
        .await?;
    Ok(name)
}

/// The counter this person sits at.
///
/// # Errors
/// When the database fails.
pub async fn counter_of(connection: &impl Connection, id: StaffId) -> Result<Option<CounterId>, StoreError> {
    let found: Option<Uuid> = counter::Entity::find()
        .select_only()
        .column(counter::Column::Id)
        .filter(counter::Column::StaffId.eq(id.0))
        .into_tuple()
        .one(connection.raw())
        .await?;
    Ok(found.map(CounterId))
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub async fn insert_session(tx: &Tx, new: &SessionRecord) -> Result<(), StoreError> {
    let row = staff_session::ActiveModel {
        id: Set(new.id),
        town_id: Set(new.town.0),
        staff_id: Set(new.staff.0),
        token_hash: Set(new.token_hash.clone()),
        created_at: Set(new.created_at),
        last_seen_at: Set(new.last_seen_at),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
    };
    row.insert(tx.raw()).await?;
    Ok(())
}

/// The session of this token's hash and its active person, unless it was revoked.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn session_by_hash(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<(SessionRecord, StaffRecord)>, StoreError> {
    let found = staff_session::Entity::find()
        .filter(staff_session::Column::TokenHash.eq(token_hash))
        .filter(staff_session::Column::TownId.eq(town.0))
        .filter(staff_session::Column::RevokedAt.is_null())
        .one(connection.raw())
        .await?;
    let Some(session) = found else { return Ok(None) };
    let person = by_id(connection, town, StaffId(session.staff_id)).await?;
    Ok(person.filter(|person| person.active).map(|person| {
        let session = SessionRecord {
            id: session.id,
            town,
            staff: person.id,
            token_hash: session.token_hash,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        };
        (session, person)
    }))
}

/// Notes that a session is being used.
///
/// # Errors
/// When the database fails.
pub async fn touch_session(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    staff_session::Entity::update_many()
        .col_expr(staff_session::Column::LastSeenAt, now.into())
        .filter(staff_session::Column::Id.eq(id))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Ends the session of this token's hash; ending it twice is no error.
///
/// # Errors
/// When the database fails.
pub async fn revoke_session(tx: &Tx, token_hash: &[u8], now: DateTime<Utc>) -> Result<(), StoreError> {
    staff_session::Entity::update_many()
        .col_expr(staff_session::Column::RevokedAt, now.into())
        .filter(staff_session::Column::TokenHash.eq(token_hash))
        .filter(staff_session::Column::RevokedAt.is_null())
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Ends all sessions of a person.
///
/// # Errors
/// When the database fails.
pub async fn revoke_sessions_of(tx: &Tx, id: StaffId, now: DateTime<Utc>) -> Result<(), StoreError> {
    staff_session::Entity::update_many()
        .col_expr(staff_session::Column::RevokedAt, now.into())
        .filter(staff_session::Column::StaffId.eq(id.0))
        .filter(staff_session::Column::RevokedAt.is_null())
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Waits for whoever begins or ends the last session of this person in another transaction, and keeps others waiting.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &Tx, id: StaffId) -> Result<(), StoreError> {
    // Not against those who only name the person, such as a counter they sit down at.
    let lock = if tx.kind() == crate::Kind::Postgres { " FOR NO KEY UPDATE" } else { "" };
    let sql = format!("SELECT id FROM staff WHERE id = ?{lock}");
    tx.raw().query_one_raw(tx.kind().statement(&sql, [id.0.into()])).await?;
    Ok(())
}

/// A session of somebody, as far as it tells whether they work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
    /// Whether it was ended.
    pub revoked: bool,
}

/// The sessions of a person that are not forgotten yet.
///
/// # Errors
/// When the database fails.
pub async fn sessions_of(connection: &impl Connection, id: StaffId) -> Result<Vec<SessionTimes>, StoreError> {
    let rows = staff_session::Entity::find()
        .filter(staff_session::Column::StaffId.eq(id.0))
        .all(connection.raw())
        .await?;
    let times = |row: staff_session::Model| SessionTimes {
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        revoked: row.revoked_at.is_some(),
    };
    Ok(rows.into_iter().map(times).collect())
}

/// Forgets sessions that ended before this time; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn forget_sessions(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let statement = tx.kind().statement("DELETE FROM staff_session WHERE expires_at < ?", [before.into()]);
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

fn read(row: staff::Model) -> Result<StaffRecord, StoreError> {
    Ok(StaffRecord {
        id: StaffId(row.id),
        login: row.login,
        name: row.name,
        password_hash: row.password_hash,
        role: Role::parse(&row.role).ok_or(StoreError::Corrupt { column: "staff.role" })?,
        office: row.office_id.map(OfficeId),
        active: row.active,
    })
}

//! How to reach people: sealed at rest, found by the number's keyed hash, deleted after the visit.

use chrono::{DateTime, Utc};
use domain::contact::Contact;
use domain::ids::{ContactId, TownId};
use sea_orm::ColumnTrait;
use sea_orm::{EntityTrait, QueryFilter, Set};

use crate::database::{Connection, Raw, Tx};
use crate::entities::contact;
use crate::error::StoreError;

/// What a sealed contact is tied to.
const PURPOSE: &str = "contact";

/// Adds a contact; `nonce` must be fresh random bytes.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    town: TownId,
    id: ContactId,
    new: &Contact,
    nonce: [u8; 12],
    (now, delete_after): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), StoreError> {
    let row = contact::ActiveModel {
        id: Set(id.0),
        town_id: Set(town.0),
        sealed: Set(tx.sealer().seal(new, nonce, PURPOSE)?),
        phone_hash: Set(new.phone.as_ref().map(|number| tx.sealer().phone_hash(number).0)),
        delete_after: Set(delete_after),
        created_at: Set(now),
    };
    tx.later(&contact::Entity::insert(row));
    Ok(())
}

/// A contact, opened; `None` once it is deleted.
///
/// # Errors
/// When the database fails or the row cannot be opened.
pub async fn contact(connection: &impl Connection, id: ContactId) -> Result<Option<Contact>, StoreError> {
    connection.flush().await?;
    let row = contact::Entity::find_by_id(id.0).one(connection.raw()).await?;
    row.map(|row| connection.sealer().open(&row.sealed, PURPOSE)).transpose()
}

/// Several contacts, opened; those deleted are missing.
///
/// # Errors
/// When the database fails or a row cannot be opened.
pub async fn contacts(
    connection: &impl Connection,
    ids: &[ContactId],
) -> Result<Vec<(ContactId, Contact)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    connection.flush().await?;
    let rows = contact::Entity::find()
        .filter(contact::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(connection.raw())
        .await?;
    rows.into_iter()
        .map(|row| Ok((ContactId(row.id), connection.sealer().open(&row.sealed, PURPOSE)?)))
        .collect()
}

/// Deletes a contact that nothing needs any more.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, id: ContactId) -> Result<(), StoreError> {
    tx.flush().await?;
    contact::Entity::delete_by_id(id.0).exec(tx.raw()).await?;
    Ok(())
}

/// Deletes every contact whose time is over, of bookings, visits and wishes alike; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn delete_due(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let due = contact::Entity::delete_many().filter(contact::Column::DeleteAfter.lt(now));
    Ok(due.exec(tx.raw()).await?.rows_affected)
}

//! Verification challenges as rows: one row for each code that was sent, never the code itself.

use chrono::{DateTime, Utc};
use domain::appointments::verification::Challenge;
use domain::ids::{BookingId, ChallengeId, TownId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::database::{Connection, Raw, Tx};
use crate::entities::challenge;
use crate::error::StoreError;
use crate::sealed::PhoneHash;

/// A challenge with what the database knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChallenge {
    /// Its id.
    pub id: ChallengeId,
    /// The number the code went to.
    pub number: PhoneHash,
    /// The keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// Whether it was used.
    pub used: bool,
    /// What the rules decide on.
    pub terms: Challenge,
}

/// Adds the challenge of a code that goes out with this transaction.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    town: TownId,
    booking: BookingId,
    new: &StoredChallenge,
) -> Result<(), StoreError> {
    let row = challenge::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(town.0),
        booking_id: Set(booking.0),
        phone_hash: Set(new.number.0.clone()),
        code_hash: Set(new.code_hash.clone()),
        state: Set("open".to_owned()),
        tries: Set(0),
        expires_at: Set(new.terms.expires_at()),
        resend_at: Set(new.terms.resend_at()),
        created_at: Set(new.terms.sent_at),
    };
    challenge::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The latest challenge of a booking.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    connection: &impl Connection,
    booking: BookingId,
) -> Result<Option<StoredChallenge>, StoreError> {
    let rows = challenge::Entity::find()
        .filter(challenge::Column::BookingId.eq(booking.0))
        .order_by_desc(challenge::Column::CreatedAt)
        .order_by_desc(challenge::Column::Id)
        .limit(20)
        .all(connection.raw())
        .await?;
    let sends = u8::try_from(rows.len()).unwrap_or(u8::MAX);
    Ok(rows.into_iter().next().map(|row| StoredChallenge {
        id: ChallengeId(row.id),
        number: PhoneHash(row.phone_hash),
        code_hash: row.code_hash,
        used: row.state == "used",
        terms: Challenge {
            sent_at: row.created_at,
            sends,
            wrong_tries: u8::try_from(row.tries).unwrap_or(u8::MAX),
        },
    }))
}

/// When codes were sent to this number since an instant, by whichever booking.
///
/// # Errors
/// When the database fails.
pub async fn sent_since(
    connection: &impl Connection,
    number: &PhoneHash,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let sent = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::CreatedAt)
        .filter(challenge::Column::PhoneHash.eq(number.0.clone()))
        .filter(challenge::Column::CreatedAt.gt(since))
        .order_by_asc(challenge::Column::CreatedAt)
        .limit(100)
        .into_tuple()
        .all(connection.raw())
        .await?;
    Ok(sent)
}

/// Counts a wrong try, or marks the challenge as used, from the tries it was read with.
///
/// # Errors
/// [`StoreError::Stale`] when another try came between.
pub async fn tried(tx: &Tx, before: &StoredChallenge, wrong_tries: u8, used: bool) -> Result<(), StoreError> {
    let row = challenge::ActiveModel {
        tries: Set(i32::from(wrong_tries)),
        state: Set(if used { "used" } else { "open" }.to_owned()),
        ..challenge::ActiveModel::default()
    };
    let done = challenge::Entity::update_many()
        .set(row)
        .filter(challenge::Column::Id.eq(before.id.0))
        .filter(challenge::Column::State.eq("open"))
        .filter(challenge::Column::Tries.eq(i32::from(before.terms.wrong_tries)))
        .exec(tx.raw())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

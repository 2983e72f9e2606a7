//! Recipients who want no messages, as operators see them: without a number, by the last digits a message left behind.

use chrono::{DateTime, Utc};
use domain::ids::TownId;
use domain::messaging::ChannelKind;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::suppression;
use crate::error::StoreError;

/// A recipient who wants no messages by a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// The first half of the recipient's keyed hash.
    pub id: Uuid,
    /// By which channel.
    pub channel: ChannelKind,
    /// Why, in one word.
    pub reason: String,
    /// Who told us, in one word: `sms`, `mail`, `provider`.
    pub source: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The last digits, as far as a message to them is still known.
    pub tail: Option<String>,
}

/// The newest opt-outs of a town.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    connection: &impl Connection,
    town: TownId,
    limit: u64,
) -> Result<Vec<OptOut>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT s.recipient_hash, s.channel, s.reason, s.source, s.since, \
         (SELECT m.recipient_tail FROM message m WHERE m.town_id = s.town_id \
          AND m.recipient_hash = s.recipient_hash LIMIT 1) AS tail \
         FROM suppression s WHERE s.town_id = ? ORDER BY s.since DESC, s.recipient_hash LIMIT ?",
        [town.0.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(read).collect()
}

/// How many opt-outs a town has.
///
/// # Errors
/// When the database fails.
pub async fn count(connection: &impl Connection, town: TownId) -> Result<i64, StoreError> {
    let statement = connection
        .kind()
        .statement("SELECT count(*) AS n FROM suppression WHERE town_id = ?", [town.0.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
}

/// The opt-out of one recipient.
///
/// # Errors
/// When the database fails.
pub async fn of_recipient(
    connection: &impl Connection,
    town: TownId,
    (channel, recipient_hash): (ChannelKind, &[u8]),
) -> Result<Option<OptOut>, StoreError> {
    let key = (town.0, recipient_hash.to_vec(), channel.as_str().to_owned());
    let row = suppression::Entity::find_by_id(key).one(connection.raw()).await?;
    Ok(row.map(|row| OptOut {
        id: id_of(&row.recipient_hash),
        channel,
        reason: row.reason,
        source: row.source,
        since: row.since,
        tail: None,
    }))
}

/// Ends an opt-out; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn lift(tx: &Tx, town: TownId, (id, channel): (Uuid, ChannelKind)) -> Result<bool, StoreError> {
    let first = id.as_bytes().to_vec();
    let mut last = first.clone();
    last.extend([u8::MAX; 48]);
    let done = suppression::Entity::delete_many()
        .filter(suppression::Column::TownId.eq(town.0))
        .filter(suppression::Column::Channel.eq(channel.as_str()))
        .filter(suppression::Column::RecipientHash.gte(first))
        .filter(suppression::Column::RecipientHash.lte(last))
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected > 0)
}

fn id_of(recipient_hash: &[u8]) -> Uuid {
    let mut first = [0; 16];
    first.iter_mut().zip(recipient_hash).for_each(|(to, from)| *to = *from);
    Uuid::from_bytes(first)
}

fn read(row: &QueryResult) -> Result<OptOut, StoreError> {
    let (hash, channel): (Vec<u8>, String) =
        (row.try_get("", "recipient_hash")?, row.try_get("", "channel")?);
    Ok(OptOut {
        id: id_of(&hash),
        channel: ChannelKind::parse(&channel).ok_or(StoreError::Corrupt { column: "suppression.channel" })?,
        reason: row.try_get("", "reason")?,
        source: row.try_get("", "source")?,
        since: row.try_get("", "since")?,
        tail: row.try_get("", "tail")?,
    })
}

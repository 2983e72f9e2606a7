//! What a group of messages needs, read and written together: a statement for all costs hardly more than one for each.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, MessageId, TownId, VisitId};
use domain::messaging::{ChannelKind, Kind, Lane};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};
use uuid::Uuid;

use super::{Content, Message, PURPOSE, read, share};
use crate::database::{Connection, Raw, Tx};
use crate::entities::message;
use crate::error::StoreError;

/// Messages, locked until the transaction ends. Always locked in the same order, so that two groups never wait for each other.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &Tx, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
    locked(tx, ids).await?.into_iter().map(read).collect()
}

/// As [`lock`], each with what it says and to whom; `None` where that is erased or cannot be opened.
///
/// # Errors
/// When the database fails.
pub async fn lock_with_content(
    tx: &Tx,
    ids: &[MessageId],
) -> Result<Vec<(Message, Option<Content>)>, StoreError> {
    let with_content = |row: message::Model| {
        let content = row.sealed.as_ref().and_then(|sealed| tx.sealer().open(sealed, PURPOSE).ok());
        Ok((read(row)?, content))
    };
    locked(tx, ids).await?.into_iter().map(with_content).collect()
}

async fn locked(tx: &Tx, ids: &[MessageId]) -> Result<Vec<message::Model>, StoreError> {
    let rows = message::Entity::find()
        .filter(message::Column::Id.is_in(padded(ids).iter().map(|id| id.0)))
        .order_by_asc(message::Column::Id)
        .lock_exclusive()
        .all(tx.raw());
    Ok(rows.await?)
}

/// Writes what can change about messages. The caller holds their locks.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, messages: &[&Message]) -> Result<(), StoreError> {
    let rows = messages.iter().map(|message| {
        vec![
            message.id.0.into(),
            message.not_before.into(),
            message.state.as_str().into(),
            message.attempts.into(),
            message.claim_token.into(),
            message.claim_until.into(),
            message.enqueued_at.into(),
            message.provider.clone().into(),
            message.provider_ref.clone().into(),
            message.error_class.map(|class| class.letter().to_owned()).into(),
            message.error_code.clone().into(),
            message.segments.into(),
            message.accepted_at.into(),
            message.final_at.into(),
            message.sent_at.into(),
        ]
    });
    let columns = [
        "not_before",
        "state",
        "attempts",
        "claim_token",
        "claim_until",
        "enqueued_at",
        "provider",
        "provider_ref",
        "error_class",
        "error_code",
        "segments",
        "accepted_at",
        "final_at",
        "sent_at",
    ];
    update(tx, "message", (&["id"], &columns), rows.collect()).await
}

/// State and revision of the bookings that messages speak about, kept as they are until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn bookings(tx: &Tx, ids: &[BookingId]) -> Result<HashMap<BookingId, (String, i32)>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = padded(ids);
    let sql = format!(
        "SELECT id, state, rev FROM booking WHERE id IN ({}) ORDER BY id{}",
        marks(ids.len()),
        share(tx)
    );
    let statement = tx.kind().statement(&sql, ids.iter().map(|id| id.0.into()));
    let rows = tx.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok((BookingId(row.try_get("", "id")?), (row.try_get("", "state")?, row.try_get("", "rev")?)))
        })
        .collect()
}

/// State of the visits that messages speak about, kept as they are until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn visits(tx: &Tx, ids: &[VisitId]) -> Result<HashMap<VisitId, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = padded(ids);
    let sql =
        format!("SELECT id, state FROM visit WHERE id IN ({}) ORDER BY id{}", marks(ids.len()), share(tx));
    let statement = tx.kind().statement(&sql, ids.iter().map(|id| id.0.into()));
    let rows = tx.raw().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((VisitId(row.try_get("", "id")?), row.try_get("", "state")?))).collect()
}

/// Which of these recipients want no messages, by town and channel.
///
/// # Errors
/// When the database fails.
pub async fn suppressed(
    tx: &Tx,
    recipients: &[Vec<u8>],
) -> Result<HashSet<(TownId, ChannelKind, Vec<u8>)>, StoreError> {
    let recipients = padded(recipients);
    let sql = format!(
        "SELECT town_id, channel, recipient_hash FROM suppression WHERE recipient_hash IN ({})",
        marks(recipients.len())
    );
    let statement = tx.kind().statement(&sql, recipients.into_iter().map(Value::from));
    let mut suppressed = HashSet::new();
    for row in &tx.raw().query_all_raw(statement).await? {
        let channel: String = row.try_get("", "channel")?;
        let channel =
            ChannelKind::parse(&channel).ok_or(StoreError::Corrupt { column: "suppression.channel" })?;
        suppressed.insert((TownId(row.try_get("", "town_id")?), channel, row.try_get("", "recipient_hash")?));
    }
    Ok(suppressed)
}

/// Something that answers an SMS and is on its way to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// Of which town.
    pub town: TownId,
    /// To whom.
    pub recipient_hash: Vec<u8>,
    /// When it was owed, and its id.
    pub owed: (DateTime<Utc>, MessageId),
}

/// The answers to text messages that have not left, of those owed since an instant.
///
/// # Errors
/// When the database fails.
pub async fn answers_under_way(tx: &Tx, since: DateTime<Utc>) -> Result<Vec<UnderWay>, StoreError> {
    // Two parts, each of which has an index of its own.
    const ANSWER: &str =
        "SELECT id, town_id, recipient_hash, created_at FROM message WHERE lane = ? AND created_at > ?";
    let sql = format!(
        "{ANSWER} AND state IN ('queued', 'enqueued') UNION ALL {ANSWER} AND state = 'sending' AND claim_until > ?"
    );
    let lane = Lane::Dialogue.as_str();
    under_way(tx, &sql, vec![lane.into(), since.into(), lane.into(), since.into(), since.into()]).await
}

/// What was done for these numbers of towns and they are about to be told, of what is owed since an instant.
///
/// # Errors
/// When the database fails.
pub async fn news_under_way(
    tx: &Tx,
    numbers: &[(TownId, Vec<u8>)],
    (since, due_by): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<UnderWay>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    // By lane and priority, so that a morning's reminders are not read; two parts, each of which has an index of its own.
    let is_news = |kind: &Kind| kind.may_answer() && kind.lane() == Lane::Sms;
    let priorities: BTreeSet<i32> = Kind::ALL.into_iter().filter(is_news).map(Kind::priority).collect();
    let (to, whose) = of_numbers(numbers);
    let news = format!(
        "SELECT id, town_id, recipient_hash, created_at FROM message WHERE lane = ? AND priority IN ({}) \
         AND created_at > ? AND not_before <= ? AND ({to})",
        marks(priorities.len())
    );
    let sql = format!(
        "{news} AND state IN ('queued', 'enqueued') UNION ALL {news} AND state = 'sending' AND claim_until > ?"
    );
    let mut values: Vec<Value> = vec![Lane::Sms.as_str().into()];
    values.extend(priorities.into_iter().map(Value::from));
    values.extend([since.into(), due_by.into()]);
    values.extend(whose);
    let twice = values.iter().chain(&values).cloned().chain([since.into()]).collect();
    under_way(tx, &sql, twice).await
}

/// The condition that a message goes to one of these numbers of towns, and its values.
fn of_numbers(numbers: &[(TownId, Vec<u8>)]) -> (String, Vec<Value>) {
    let each = numbers.iter().flat_map(|(town, hash)| [Value::from(town.0), hash.clone().into()]);
    (vec!["(town_id = ? AND recipient_hash = ?)"; numbers.len()].join(" OR "), each.collect())
}

async fn under_way(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<Vec<UnderWay>, StoreError> {
    let rows = tx.raw().query_all_raw(tx.kind().statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(UnderWay {
                town: TownId(row.try_get("", "town_id")?),
                recipient_hash: row.try_get("", "recipient_hash")?,
                owed: (row.try_get("", "created_at")?, MessageId(row.try_get("", "id")?)),
            })
        })
        .collect()
}

/// When the newest answer to an SMS of each of these numbers of towns was owed.
///
/// # Errors
/// When the database fails.
pub async fn newest_answers(
    tx: &Tx,
    numbers: &[(TownId, Vec<u8>)],
) -> Result<HashMap<(TownId, Vec<u8>), DateTime<Utc>>, StoreError> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let (to, whose) = of_numbers(numbers);
    let sql = format!(
        "SELECT town_id, recipient_hash, max(created_at) AS newest FROM message \
         WHERE kind = ? AND ({to}) GROUP BY town_id, recipient_hash"
    );
    let values = std::iter::once(Kind::InboundReply.as_str().into()).chain(whose);
    let rows = tx.raw().query_all_raw(tx.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let number = (TownId(row.try_get("", "town_id")?), row.try_get("", "recipient_hash")?);
            Ok((number, row.try_get("", "newest")?))
        })
        .collect()
}

/// Makes messages of these numbers wait for each other until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_numbers(tx: &Tx, phone_hashes: &[Vec<u8>]) -> Result<(), StoreError> {
    // The IMMEDIATE transaction of SQLite already excludes all others.
    if tx.kind() == crate::Kind::Sqlite || phone_hashes.is_empty() {
        return Ok(());
    }
    let mut keys: Vec<i64> = phone_hashes.iter().map(|hash| lock_key(hash)).collect();
    keys.sort_unstable();
    let keys = padded(&keys);
    let rows = vec!["(?)"; keys.len()].join(", ");
    let sql = format!("SELECT pg_advisory_xact_lock(k.key) FROM (VALUES {rows}) AS k (key)");
    tx.raw().query_all_raw(tx.kind().statement(&sql, keys.into_iter().map(Value::from))).await?;
    Ok(())
}

/// Under which number's lock messages of a phone wait.
fn lock_key(phone_hash: &[u8]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&phone_hash[..8]);
    i64::from_be_bytes(first)
}

/// A text message that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which one.
    pub message: MessageId,
    /// Of which town.
    pub town: TownId,
    /// To whom.
    pub recipient_hash: Vec<u8>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What these recipients got by SMS since an instant, the newest first; calls and answers not counted.
///
/// # Errors
/// When the database fails.
pub async fn left_since(
    tx: &Tx,
    recipients: &[Vec<u8>],
    since: DateTime<Utc>,
) -> Result<Vec<Left>, StoreError> {
    if recipients.is_empty() {
        return Ok(Vec::new());
    }
    let recipients = padded(recipients);
    let sql = format!(
        "SELECT id, town_id, recipient_hash, sent_at FROM message WHERE recipient_hash IN ({}) AND sent_at > ? \
         AND channel = 'sms' AND kind NOT IN ('inbound_reply', 'booking_cancelled_by_office', 'queue_stage', 'queue_come_in', 'queue_called', \
         'queue_missed', 'queue_transferred') \
         ORDER BY sent_at DESC",
        marks(recipients.len())
    );
    let values = recipients.into_iter().map(Value::from).chain([since.into()]);
    let rows = tx.raw().query_all_raw(tx.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(Left {
                message: MessageId(row.try_get("", "id")?),
                town: TownId(row.try_get("", "town_id")?),
                recipient_hash: row.try_get("", "recipient_hash")?,
                at: row.try_get("", "sent_at")?,
            })
        })
        .collect()
}

/// Which of these pushes were shown: the first of a group, or one that belongs to it.
///
/// # Errors
/// When the database fails.
pub async fn shown(tx: &Tx, firsts: &[MessageId]) -> Result<HashSet<MessageId>, StoreError> {
    if firsts.is_empty() {
        return Ok(HashSet::new());
    }
    let firsts = padded(firsts);
    let marks = marks(firsts.len());
    let sql = format!(
        "SELECT COALESCE(parent_id, id) AS first_id FROM message \
         WHERE (id IN ({marks}) OR parent_id IN ({marks})) AND channel = 'push' AND state = 'delivered'"
    );
    let values = firsts.iter().chain(&firsts).map(|id| id.0.into());
    let rows = tx.raw().query_all_raw(tx.kind().statement(&sql, values)).await?;
    rows.iter().map(|row| Ok(MessageId(row.try_get::<Uuid>("", "first_id")?))).collect()
}

/// Writes rows that differ in their values: found by `keys`, given new `columns`, in this order. A row may come twice.
pub(super) async fn update(
    tx: &Tx,
    table: &str,
    (keys, columns): (&[&str], &[&str]),
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = padded(&rows);
    let names = [keys, columns].concat();
    let row = format!("({})", marks(names.len()));
    let sets: Vec<String> = columns.iter().map(|name| format!("{name} = v.{name}")).collect();
    let found: Vec<String> = keys.iter().map(|name| format!("{table}.{name} = v.{name}")).collect();
    let sql = format!(
        "WITH v ({}) AS (VALUES {}) UPDATE {table} SET {} FROM v WHERE {}",
        names.join(", "),
        vec![row.as_str(); rows.len()].join(", "),
        sets.join(", "),
        found.join(" AND ")
    );
    tx.raw().execute_raw(tx.kind().statement(&sql, rows.into_iter().flatten())).await?;
    Ok(())
}

/// As many as the next power of two, the last one repeated: few different statements, which the database prepares once.
pub(super) fn padded<T: Clone>(items: &[T]) -> Vec<T> {
    let mut padded = items.to_vec();
    if let Some(last) = items.last() {
        padded.resize(items.len().next_power_of_two(), last.clone());
    }
    padded
}

/// So many question marks.
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_filled_up_with_its_last_one() {
        assert_eq!(padded(&[1, 2, 3, 4, 5]), [1, 2, 3, 4, 5, 5, 5, 5]);
        assert_eq!(padded(&[7]), [7]);
        assert_eq!(padded::<u8>(&[]), [] as [u8; 0]);
    }
}

//! Actions on many messages as rows, and the messages they concern, page by page.

use chrono::{DateTime, Utc};
use domain::ids::{Id, MessageId, StaffId, TownId};
use domain::language::Language;
use domain::messaging::bulk::{Action, Progress, Selection};
use domain::messaging::failure::ErrorClass;
use domain::messaging::standing::{Failed, Redrive, Standing};
use domain::messaging::{ChannelKind, Kind};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Set, Value,
};
use uuid::Uuid;

use super::{Content, PURPOSE};
use crate::database::{Connection, Raw, Tx};
use crate::entities::bulk;
use crate::error::StoreError;
use crate::json;

/// An action on many messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Its id.
    pub id: Uuid,
    /// The town whose messages they are.
    pub town: TownId,
    /// What is done.
    pub action: Action,
    /// With which messages.
    pub selection: Selection,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub progress: Progress,
    /// For how many it was asked.
    pub expected: i32,
    /// Messages done.
    pub done: i32,
    /// Messages left as they are, because they may not be sent again.
    pub left_out: i32,
    /// Who asked.
    pub asked_by: StaffId,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Who agreed, where two are needed.
    pub agreed: Option<(StaffId, DateTime<Utc>)>,
    /// The last message that was looked at.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// When nothing was left.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A message an action may concern, with what decides about it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The message.
    pub id: MessageId,
    /// When it was owed.
    pub created_at: DateTime<Utc>,
    /// Its kind.
    pub kind: Kind,
    /// Its channel.
    pub channel: ChannelKind,
    /// Its language.
    pub language: Language,
    /// What it says; `None` once erased.
    pub content: Option<Content>,
    class: Option<ErrorClass>,
    expires_at: DateTime<Utc>,
    suppressed: bool,
    /// The revision of the booking it was written for, and the booking's state and revision now.
    pub booking: Option<(i32, Option<(String, i32)>)>,
    /// The state of the visit now.
    pub visit: Option<Option<String>>,
}

impl Candidate {
    /// What sending it again would do.
    #[must_use]
    pub fn redrive(&self, now: DateTime<Utc>) -> Redrive {
        let booking = self.booking.as_ref();
        let standing = Standing {
            booking: booking
                .map(|(rev, now)| (*rev, now.as_ref().map(|(state, rev)| (state.as_str(), *rev)))),
            visit: self.visit.as_ref().map(|state| state.as_deref()),
        };
        let failed = Failed {
            kind: self.kind,
            class: self.class,
            expires_at: self.expires_at,
            suppressed: self.suppressed,
            erased: self.content.is_none(),
            standing,
        };
        Redrive::of(&failed, now)
    }
}

impl Bulk {
    /// How many messages it may change: as many as the dry run said.
    #[must_use]
    pub fn agreed_to(&self) -> u64 {
        u64::try_from(self.expected).unwrap_or(0)
    }
}

const CANDIDATE: &str = "SELECT m.id, m.created_at, m.kind, m.channel, m.language, m.sealed, m.error_class, \
    m.expires_at, m.booking_id, m.booking_rev, b.state AS booking_state, b.rev AS booking_now, \
    m.visit_id, v.state AS visit_state, s.channel AS suppressed \
    FROM message m LEFT JOIN booking b ON b.id = m.booking_id LEFT JOIN visit v ON v.id = m.visit_id \
    LEFT JOIN suppression s ON s.town_id = m.town_id AND s.recipient_hash = m.recipient_hash \
    AND s.channel = m.channel ";

/// The next messages an action concerns, the oldest first; of those that ended only what had ended at that moment: what failed
/// later nobody has looked at.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    connection: &impl Connection,
    town: TownId,
    (action, selection, as_of): (Action, &Selection, DateTime<Utc>),
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<Candidate>, StoreError> {
    let states: Vec<String> = action.states().iter().map(|state| format!("'{}'", state.as_str())).collect();
    let mut sql = format!(
        "{CANDIDATE}WHERE m.town_id = ? AND m.state IN ({}) AND m.created_at >= ? AND m.created_at < ? \
         AND (m.final_at IS NULL OR m.final_at <= ?)",
        states.join(", ")
    );
    let mut values: Vec<Value> =
        vec![town.0.into(), selection.from.into(), selection.until.into(), as_of.into()];
    let words = [
        ("kind", selection.kind.map(Kind::as_str)),
        ("channel", selection.channel.map(ChannelKind::as_str)),
        ("error_class", selection.class.map(ErrorClass::letter)),
    ];
    for (column, word) in words {
        if let Some(word) = word {
            sql.push_str(&format!(" AND m.{column} = ?"));
            values.push(word.into());
        }
    }
    if let Some((at, id)) = after {
        sql.push_str(" AND (m.created_at > ? OR (m.created_at = ? AND m.id > ?))");
        values.extend([at.into(), at.into(), id.into()]);
    }
    sql.push_str(" ORDER BY m.created_at, m.id LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter().map(|row| candidate(connection, row)).collect()
}

/// One message as a candidate.
///
/// # Errors
/// When the database fails.
pub async fn candidate_of(
    connection: &impl Connection,
    id: MessageId,
) -> Result<Option<Candidate>, StoreError> {
    let sql = format!("{CANDIDATE}WHERE m.id = ?");
    let row = connection.raw().query_one_raw(connection.kind().statement(&sql, [id.0.into()])).await?;
    row.map(|row| candidate(connection, &row)).transpose()
}

fn candidate(connection: &impl Connection, row: &QueryResult) -> Result<Candidate, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    let (kind, channel): (String, String) = (row.try_get("", "kind")?, row.try_get("", "channel")?);
    let (language, class): (String, Option<String>) =
        (row.try_get("", "language")?, row.try_get("", "error_class")?);
    let sealed: Option<Vec<u8>> = row.try_get("", "sealed")?;
    let booking: Option<Uuid> = row.try_get("", "booking_id")?;
    let written_for: Option<i32> = row.try_get("", "booking_rev")?;
    let state: Option<String> = row.try_get("", "booking_state")?;
    let visit: Option<Uuid> = row.try_get("", "visit_id")?;
    let suppressed: Option<String> = row.try_get("", "suppressed")?;
    let now = state.zip(row.try_get::<Option<i32>>("", "booking_now")?);
    Ok(Candidate {
        id: MessageId(row.try_get("", "id")?),
        created_at: row.try_get("", "created_at")?,
        kind: Kind::parse(&kind).ok_or(corrupt("message.kind"))?,
        channel: ChannelKind::parse(&channel).ok_or(corrupt("message.channel"))?,
        language: Language::parse(&language).unwrap_or_default(),
        // What cannot be opened any more is as good as erased.
        content: sealed.and_then(|sealed| connection.sealer().open(&sealed, PURPOSE).ok()),
        class: class.as_deref().and_then(ErrorClass::parse),
        expires_at: row.try_get("", "expires_at")?,
        suppressed: suppressed.is_some(),
        booking: booking.and(written_for).map(|rev| (rev, now)),
        visit: match visit {
            Some(_) => Some(row.try_get("", "visit_state")?),
            None => None,
        },
    })
}

/// Keeps a new action.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &Bulk) -> Result<(), StoreError> {
    row_of(new).insert(tx.raw()).await?;
    Ok(())
}

/// Writes how far an action is. The caller holds its lock.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, changed: &Bulk) -> Result<(), StoreError> {
    let mut row = row_of(changed);
    row.id = sea_orm::Unchanged(changed.id);
    row.update(tx.raw()).await?;
    Ok(())
}

/// An action, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Bulk>, StoreError> {
    let row = bulk::Entity::find_by_id(id).lock_exclusive().one(tx.raw()).await?;
    row.map(read).transpose()
}

/// The newest actions of a town.
///
/// # Errors
/// When the database fails.
pub async fn newest(connection: &impl Connection, town: TownId, limit: u64) -> Result<Vec<Bulk>, StoreError> {
    let rows = bulk::Entity::find()
        .filter(bulk::Column::TownId.eq(town.0))
        .order_by_desc(bulk::Column::AskedAt)
        .order_by_desc(bulk::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// How many messages somebody has changed since then without asking anybody; of what goes on still, as many as it may change.
///
/// # Errors
/// When the database fails.
pub async fn alone_since(
    connection: &impl Connection,
    (town, by): (TownId, StaffId),
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let statement = connection.kind().statement(
        "SELECT CAST(coalesce(sum(CASE WHEN state = 'running' THEN expected ELSE done END), 0) AS bigint) AS n \
         FROM bulk WHERE town_id = ? AND asked_by = ? AND agreed_by IS NULL AND state IN ('running', 'done') \
         AND (ended_at IS NULL OR ended_at > ?)",
        [town.0.into(), by.0.into(), since.into()],
    );
    let row = connection.raw().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The actions that are not done yet, whatever the town, at most a hundred.
///
/// # Errors
/// When the database fails.
pub async fn running(connection: &impl Connection) -> Result<Vec<Uuid>, StoreError> {
    let rows = bulk::Entity::find()
        .filter(bulk::Column::State.eq(Progress::Running.as_str()))
        .order_by_asc(bulk::Column::AskedAt)
        .limit(100)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn row_of(bulk: &Bulk) -> bulk::ActiveModel {
    bulk::ActiveModel {
        id: Set(bulk.id),
        town_id: Set(bulk.town.0),
        action: Set(bulk.action.as_str().to_owned()),
        filter: Set(json::write(&bulk.selection)),
        reason: Set(bulk.reason.clone()),
        state: Set(bulk.progress.as_str().to_owned()),
        expected: Set(bulk.expected),
        done: Set(bulk.done),
        left_out: Set(bulk.left_out),
        asked_by: Set(bulk.asked_by.0),
        asked_at: Set(bulk.asked_at),
        agreed_by: Set(bulk.agreed.map(|(by, _)| by.0)),
        agreed_at: Set(bulk.agreed.map(|(_, at)| at)),
        after_at: Set(bulk.after.map(|(at, _)| at)),
        after_id: Set(bulk.after.map(|(_, id)| id)),
        ended_at: Set(bulk.ended_at),
    }
}

fn read(row: bulk::Model) -> Result<Bulk, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    Ok(Bulk {
        id: row.id,
        town: TownId(row.town_id),
        action: Action::parse(&row.action).ok_or(corrupt("bulk.action"))?,
        selection: json::read(&row.filter, "bulk.filter")?,
        reason: row.reason,
        progress: Progress::parse(&row.state).ok_or(corrupt("bulk.state"))?,
        expected: row.expected,
        done: row.done,
        left_out: row.left_out,
        asked_by: StaffId::from_uuid(row.asked_by),
        asked_at: row.asked_at,
        agreed: row.agreed_by.map(StaffId::from_uuid).zip(row.agreed_at),
        after: row.after_at.zip(row.after_id),
        ended_at: row.ended_at,
    })
}

//! The append-only event log as rows.

use chrono::{DateTime, Utc};
use domain::event::Event;
use domain::ids::TownId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Value};
use uuid::Uuid;

use crate::database::{Connection, Tx};
use crate::entities::event;
use crate::error::StoreError;

/// One logged transition, as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of subject: `booking`, `visit`, …
    pub subject: String,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// The kind of actor: `citizen`, `staff`, …
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// Appends one event, in the transaction of the change it tells of.
pub fn append(tx: &Tx, id: Uuid, new: &Event) {
    let (subject, subject_id) = new.subject.as_log();
    let (actor, actor_id) = new.actor.as_log();
    let row = event::ActiveModel {
        id: Set(id),
        town_id: Set(new.town.0),
        at: Set(new.at),
        subject: Set(subject.to_owned()),
        subject_id: Set(subject_id),
        from_state: Set(new.from.map(str::to_owned)),
        to_state: Set(new.to.to_owned()),
        actor: Set(actor.to_owned()),
        actor_id: Set(actor_id),
        counter_id: Set(new.counter.map(|counter| counter.0)),
        reason: Set(new.reason.clone()),
    };
    tx.later(&event::Entity::insert(row));
}

/// What happened to one subject, oldest first, at most 200 events.
///
/// # Errors
/// When the database fails.
pub async fn of_subject(connection: &impl Connection, subject_id: Uuid) -> Result<Vec<Logged>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::SubjectId.eq(subject_id))
        .order_by_asc(event::Column::At)
        .order_by_asc(event::Column::Id)
        .limit(200)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

fn read(row: event::Model) -> Logged {
    Logged {
        at: row.at,
        subject: row.subject,
        from: row.from_state,
        to: row.to_state,
        actor: row.actor,
        reason: row.reason,
    }
}

/// What a member of staff did to messages, as operators read it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByStaff {
    /// Where it stands in the log.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` when the account is gone.
    pub who: Option<String>,
    /// To what: `message`, `bulk` or `opt_out`.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
}

/// What staff of a town did to messages, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn by_staff(
    connection: &impl Connection,
    town: TownId,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<ByStaff>, StoreError> {
    let mut sql = "SELECT e.id, e.at, s.name, e.subject, e.subject_id, e.from_state, e.to_state, e.reason \
                   FROM event e LEFT JOIN staff s ON s.id = e.actor_id \
                   WHERE e.town_id = ? AND e.subject IN ('message', 'bulk', 'opt_out') AND e.actor = 'staff'"
        .to_owned();
    let mut values: Vec<Value> = vec![town.0.into()];
    if let Some((at, id)) = after {
        sql.push_str(" AND (e.at < ? OR (e.at = ? AND e.id < ?))");
        values.extend([at.into(), at.into(), id.into()]);
    }
    sql.push_str(" ORDER BY e.at DESC, e.id DESC LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(ByStaff {
                id: row.try_get("", "id")?,
                at: row.try_get("", "at")?,
                who: row.try_get("", "name")?,
                subject: row.try_get("", "subject")?,
                subject_id: row.try_get("", "subject_id")?,
                from: row.try_get("", "from_state")?,
                to: row.try_get("", "to_state")?,
                reason: row.try_get("", "reason")?,
            })
        })
        .collect()
}

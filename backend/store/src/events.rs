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

/// What a member of staff did to messages and to their sending, as operators read it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByStaff {
    /// Where it stands in the log.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` when the account is gone.
    pub who: Option<String>,
    /// To what: `message`, `inbound`, `bulk`, `opt_out`, `sending` or `budget`.
    pub subject: String,
    /// Which one; of `sending` and `budget` the town.
    pub subject_id: Uuid,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
    /// Of `bulk`: how many messages it changed; before it is done, how many it may change.
    pub messages: Option<i32>,
}

/// Which acts of staff are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acts {
    /// All, but each action on many messages as one.
    #[default]
    All,
    /// Messages, those an action on many concerned as well.
    Message,
    /// Messages people wrote, shown in the clear.
    Inbound,
    /// Actions on many messages.
    Bulk,
    /// Opt-outs.
    OptOut,
    /// Stops of the sending, and its shares among providers.
    Sending,
    /// Budgets.
    Budget,
}

impl Acts {
    /// The acts of a word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "message" => Some(Self::Message),
            "inbound" => Some(Self::Inbound),
            "bulk" => Some(Self::Bulk),
            "opt_out" => Some(Self::OptOut),
            "sending" => Some(Self::Sending),
            "budget" => Some(Self::Budget),
            _ => None,
        }
    }

    /// Where they stand in the log: acts on messages have an index of their own; what is done to the sending of a whole town
    /// hangs on the town's id.
    fn conditions(self) -> Vec<String> {
        let on_messages =
            "town_id = ? AND subject IN ('message', 'inbound', 'bulk', 'opt_out') AND actor = 'staff'";
        let on_sending = "subject_id = ? AND subject IN ('sending', 'budget') AND actor = 'staff'";
        match self {
            Self::All => vec![format!("{on_messages} AND NOT ({OF_BULK})"), on_sending.to_owned()],
            Self::Message => vec![format!("{on_messages} AND subject = 'message'")],
            Self::Inbound => vec![format!("{on_messages} AND subject = 'inbound'")],
            Self::Bulk => vec![format!("{on_messages} AND subject = 'bulk'")],
            Self::OptOut => vec![format!("{on_messages} AND subject = 'opt_out'")],
            Self::Sending => vec![format!("{on_sending} AND subject = 'sending'")],
            Self::Budget => vec![format!("{on_sending} AND subject = 'budget'")],
        }
    }
}

/// One message of an action on many: while it ran, in the name and for the reason of whoever answers for it.
const OF_BULK: &str = "event.subject = 'message' AND EXISTS (SELECT 1 FROM bulk b WHERE b.town_id = event.town_id \
    AND b.asked_at <= event.at AND coalesce(b.agreed_at, b.asked_at) <= event.at \
    AND (b.ended_at IS NULL OR b.ended_at >= event.at) AND b.state IN ('running', 'done') \
    AND coalesce(b.agreed_by, b.asked_by) = event.actor_id AND b.reason = event.reason)";

/// What staff of a town did to messages and to their sending, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn by_staff(
    connection: &impl Connection,
    (town, acts): (TownId, Acts),
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<ByStaff>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let older = if after.is_some() { " AND (at < ? OR (at = ? AND id < ?))" } else { "" };
    let conditions = acts.conditions();
    let newest = |condition: &String| {
        format!(
            "SELECT * FROM (SELECT id, at, actor_id, subject, subject_id, from_state, to_state, reason \
             FROM event WHERE {condition}{older} ORDER BY at DESC, id DESC LIMIT ?) AS acts"
        )
    };
    let sql = format!(
        "SELECT e.id, e.at, s.name, e.subject, e.subject_id, e.from_state, e.to_state, e.reason, \
         CASE WHEN b.state = 'done' THEN b.done ELSE b.expected END AS messages \
         FROM ({}) AS e LEFT JOIN staff s ON s.id = e.actor_id LEFT JOIN bulk b ON b.id = e.subject_id \
         ORDER BY e.at DESC, e.id DESC LIMIT ?",
        conditions.iter().map(newest).collect::<Vec<_>>().join(" UNION ALL ")
    );
    let mut values: Vec<Value> = Vec::new();
    for _ in &conditions {
        values.push(town.0.into());
        values.extend(after.iter().flat_map(|(at, id)| [(*at).into(), (*at).into(), (*id).into()]));
        values.push(limit.into());
    }
    values.push(limit.into());
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
                messages: row.try_get("", "messages")?,
            })
        })
        .collect()
}

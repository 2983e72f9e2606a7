//! Which messages wait for what: due ones, lost hints, claims that ran out, uncertain ones to look into, reports that did not
//! come.

use chrono::{DateTime, Utc};
use domain::ids::{MessageId, TownId};
use domain::messaging::delivery::State;
use domain::messaging::{ChannelKind, Kind, Lane};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use uuid::Uuid;

use crate::database::{Connection, Database, Raw, Tx};
use crate::entities::message;
use crate::error::StoreError;

/// A message that should travel now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub id: MessageId,
    /// Its lane.
    pub lane: Lane,
    /// How often it was claimed.
    pub attempts: i32,
}

/// Messages that are due and stay where they are: of a town, by what they have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// All of a channel, in every town.
    Channel(ChannelKind),
    /// All of a channel, in one town.
    ChannelOf(TownId, ChannelKind),
    /// All of a kind, in one town.
    KindOf(TownId, Kind),
}

/// Leaves out what stays where it is.
struct Without {
    sql: String,
    values: Vec<Value>,
}

impl Without {
    fn of(closed: &[Closed]) -> Self {
        let mut without = Self { sql: String::new(), values: Vec::new() };
        for one in closed {
            let (sql, values): (&str, Vec<Value>) = match one {
                Closed::Channel(channel) => (" AND channel <> ?", vec![channel.as_str().into()]),
                Closed::ChannelOf(town, channel) => {
                    (" AND NOT (town_id = ? AND channel = ?)", vec![town.0.into(), channel.as_str().into()])
                }
                Closed::KindOf(town, kind) => {
                    (" AND NOT (town_id = ? AND kind = ?)", vec![town.0.into(), kind.as_str().into()])
                }
            };
            without.sql.push_str(sql);
            without.values.extend(values);
        }
        without
    }

    /// The values of a statement that has these conditions between those.
    fn between(&self, first: Vec<Value>, last: Vec<Value>) -> Vec<Value> {
        first.into_iter().chain(self.values.iter().cloned()).chain(last).collect()
    }
}

/// The messages that are due, most urgent first, locked so that two relays never hand out the same one. Only those of some
/// lanes, where lanes are named.
///
/// # Errors
/// When the database fails.
pub async fn lock_due(
    tx: &Tx,
    now: DateTime<Utc>,
    (lanes, closed): (Option<&[Lane]>, &[Closed]),
    limit: u64,
) -> Result<Vec<Due>, StoreError> {
    let without = Without::of(closed);
    let named = lanes.unwrap_or_default();
    let lanes = if lanes.is_some() {
        format!(" AND lane IN ({})", vec!["?"; named.len()].join(", "))
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT id, lane, attempts FROM message WHERE state = 'queued' AND not_before <= ?{lanes}{} \
         ORDER BY priority, not_before LIMIT ?{}",
        without.sql,
        tx.kind().skip_locked()
    );
    let first = std::iter::once(now.into()).chain(named.iter().map(|lane| lane.as_str().into())).collect();
    due_rows(tx, &sql, without.between(first, vec![limit_value(limit)])).await
}

/// Whether anything is due that may go: so that an idle relay need not begin a transaction.
///
/// # Errors
/// When the database fails.
pub async fn is_anything_due(
    connection: &impl Connection,
    now: DateTime<Utc>,
    closed: &[Closed],
) -> Result<bool, StoreError> {
    let without = Without::of(closed);
    let sql = format!(
        "SELECT id FROM message WHERE state = 'queued' AND not_before <= ?{} ORDER BY priority, not_before LIMIT 1",
        without.sql
    );
    let statement = connection.kind().statement(&sql, without.between(vec![now.into()], vec![]));
    Ok(connection.raw().query_one_raw(statement).await?.is_some())
}

/// The messages of a lane that are due or whose hint may be lost, without taking them: for workers without a queue.
///
/// # Errors
/// When the database fails.
pub async fn due_in_lane(
    connection: &impl Connection,
    lane: Lane,
    now: DateTime<Utc>,
    closed: &[Closed],
    limit: u64,
) -> Result<Vec<Due>, StoreError> {
    let without = Without::of(closed);
    let sql = format!(
        "SELECT id, lane, attempts FROM message WHERE state IN ('queued', 'enqueued') AND lane = ? \
         AND not_before <= ?{} ORDER BY priority, not_before LIMIT ?",
        without.sql
    );
    let values = without.between(vec![lane.as_str().into(), now.into()], vec![limit_value(limit)]);
    due_rows(connection, &sql, values).await
}

/// How many hints to text messages went out since a moment and have not been picked up.
///
/// # Errors
/// When the database fails.
pub async fn outstanding_since(
    connection: &impl Connection,
    channel: ChannelKind,
    since: DateTime<Utc>,
) -> Result<u32, StoreError> {
    let statement = connection.kind().statement(
        "SELECT count(*) AS n FROM message WHERE state = 'enqueued' AND enqueued_at >= ? AND channel = ?",
        [since.into(), channel.as_str().into()],
    );
    let row = connection.raw().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Messages whose time is over while they wait: nobody claims what is paused, so nobody would notice. Gives their number.
///
/// # Errors
/// When the database fails.
pub async fn expire_overdue(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let statement = tx.kind().statement(
        "UPDATE message SET state = 'expired', final_at = ? WHERE state = 'queued' AND expires_at <= ?",
        [now.into(), now.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

/// Notes that hints went out.
///
/// # Errors
/// When the database fails.
pub async fn mark_enqueued(tx: &Tx, ids: &[MessageId], now: DateTime<Utc>) -> Result<(), StoreError> {
    message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(State::Enqueued.as_str()))
        .col_expr(message::Column::EnqueuedAt, Expr::value(now))
        .filter(message::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .filter(message::Column::State.eq(State::Queued.as_str()))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// How many hints are out.
///
/// # Errors
/// When the database fails.
pub async fn outstanding(connection: &impl Connection) -> Result<u64, StoreError> {
    let statement = connection
        .kind()
        .statement("SELECT count(*) AS n FROM message WHERE state = 'enqueued'", Vec::<Value>::new());
    let row = connection.raw().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Whether a hint from before that moment has not been picked up.
///
/// # Errors
/// When the database fails.
pub async fn has_stale_hints(
    connection: &impl Connection,
    before: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let statement = connection.kind().statement(
        "SELECT id FROM message WHERE state = 'enqueued' AND enqueued_at < ? LIMIT 1",
        [before.into()],
    );
    Ok(connection.raw().query_one_raw(statement).await?.is_some())
}

/// Messages whose hint nobody picked up are due again; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn requeue_lost_hints(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(State::Queued.as_str()))
        .col_expr(message::Column::EnqueuedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(message::Column::State.eq(State::Enqueued.as_str()))
        .filter(message::Column::EnqueuedAt.lt(before))
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected)
}

/// Messages in this state whose `claim_until` has passed: broken-off claims, or uncertain ones to look into.
///
/// # Errors
/// When the database fails.
pub async fn past_their_time(
    connection: &impl Connection,
    state: State,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<MessageId>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT id FROM message WHERE state = ? AND claim_until <= ? ORDER BY claim_until LIMIT ?",
        vec![state.as_str().into(), now.into(), limit_value(limit)],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(MessageId(row.try_get::<Uuid>("", "id")?))).collect()
}

/// A message a provider took without telling its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreported {
    /// The message.
    pub message: MessageId,
    /// Its last attempt.
    pub attempt: i32,
    /// The provider's own id of it.
    pub reference: String,
    /// When the provider took it.
    pub accepted_at: DateTime<Utc>,
}

/// Messages a provider took between two moments and about which it is time to ask, those asked about longest ago first.
///
/// # Errors
/// When the database fails.
pub async fn unreported(
    connection: &impl Connection,
    provider: &str,
    (after, before): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Unreported>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT id, attempts, provider_ref, accepted_at FROM message \
         WHERE state IN ('accepted', 'sent') AND accepted_at > ? AND accepted_at <= ? \
         AND (claim_until IS NULL OR claim_until <= ?) AND provider = ? AND provider_ref IS NOT NULL \
         ORDER BY coalesce(claim_until, accepted_at) LIMIT ?",
        vec![after.into(), before.into(), now.into(), provider.into(), limit_value(limit)],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Unreported {
                message: MessageId(row.try_get("", "id")?),
                attempt: row.try_get("", "attempts")?,
                reference: row.try_get("", "provider_ref")?,
                accepted_at: row.try_get("", "accepted_at")?,
            })
        })
        .collect()
}

/// Notes when to ask about a message again, unless its fate is known by now.
///
/// # Errors
/// When the database fails.
pub async fn look_later(db: &Database, message: MessageId, at: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "UPDATE message SET claim_until = ? WHERE id = ? AND state IN ('accepted', 'sent')";
    db.write_alone(sql, [at.into(), message.0.into()]).await?;
    Ok(())
}

async fn due_rows(
    connection: &impl Connection,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<Due>, StoreError> {
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.try_get("", "lane")?;
            Ok(Due {
                id: MessageId(row.try_get("", "id")?),
                lane: Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?,
                attempts: row.try_get("", "attempts")?,
            })
        })
        .collect()
}

fn limit_value(limit: u64) -> Value {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

//! Which messages wait for what: due ones, lost hints, claims that ran out, uncertain ones to look into.

use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use domain::messaging::Lane;
use domain::messaging::delivery::State;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
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

/// The messages that are due, most urgent first, locked so that two relays never hand out the same one.
///
/// # Errors
/// When the database fails.
pub async fn lock_due(tx: &Tx, now: DateTime<Utc>, limit: u64) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT id, lane, attempts FROM message WHERE state = 'queued' AND not_before <= ? \
         ORDER BY priority, not_before LIMIT ?{}",
        tx.kind().skip_locked()
    );
    due_rows(tx, &sql, vec![now.into(), limit_value(limit)]).await
}

/// Whether anything is due: so that an idle relay need not begin a transaction.
///
/// # Errors
/// When the database fails.
pub async fn is_anything_due(connection: &impl Connection, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let statement = connection.kind().statement(
        "SELECT id FROM message WHERE state = 'queued' AND not_before <= ? ORDER BY priority, not_before LIMIT 1",
        [now.into()],
    );
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
    limit: u64,
) -> Result<Vec<Due>, StoreError> {
    let sql = "SELECT id, lane, attempts FROM message WHERE state IN ('queued', 'enqueued') AND lane = ? \
               AND not_before <= ? ORDER BY priority, not_before LIMIT ?";
    due_rows(connection, sql, vec![lane.as_str().into(), now.into(), limit_value(limit)]).await
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

//! The outbox as operators see it: counts, ages, throughput, lists with a position to go on from.

use chrono::{DateTime, Duration, Utc};
use domain::ids::{MessageId, TownId};
use domain::messaging::delivery::State;
use domain::messaging::{Kind, Lane};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

use super::Message;
use crate::database::Connection;
use crate::entities::message;
use crate::error::StoreError;

/// What is looked for in a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only to recipients whose last digits are these.
    pub tail: Option<String>,
    /// Only this message or those of this booking.
    pub id: Option<Uuid>,
    /// Only older than this one.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// How many messages are in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// The state.
    pub state: State,
    /// How many.
    pub count: i64,
}

/// What happened to a message lately, for figures over time.
#[derive(Clone, Debug)]
pub struct Recent {
    /// Its kind.
    pub kind: Kind,
    /// Its lane.
    pub lane: Lane,
    /// Where it stands.
    pub state: State,
    /// When it was due or owed, whichever is later.
    pub due_at: DateTime<Utc>,
    /// When the provider took it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When nothing more was expected.
    pub final_at: Option<DateTime<Utc>>,
}

/// A lane's backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The lane.
    pub lane: Lane,
    /// Messages that are due.
    pub waiting: i64,
    /// When the oldest of them was due.
    pub oldest: Option<DateTime<Utc>>,
}

/// How many messages of a town are in each state, of those owed since then or not final.
///
/// # Errors
/// When the database fails.
pub async fn counts(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<Vec<StateCount>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT state, count(*) AS n FROM message WHERE town_id = ? AND (created_at >= ? OR final_at IS NULL) \
         GROUP BY state ORDER BY state",
        [town.0.into(), since.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let state: String = row.try_get("", "state")?;
            let state = State::parse(&state).ok_or(StoreError::Corrupt { column: "message.state" })?;
            Ok(StateCount { state, count: row.try_get("", "n")? })
        })
        .collect()
}

/// What is due in each lane of a town.
///
/// # Errors
/// When the database fails.
pub async fn backlog(
    connection: &impl Connection,
    town: TownId,
    now: DateTime<Utc>,
) -> Result<Vec<Backlog>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT lane, count(*) AS n, min(not_before) AS oldest FROM message \
         WHERE town_id = ? AND state IN ('queued', 'enqueued', 'sending') AND not_before <= ? GROUP BY lane",
        [town.0.into(), now.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.try_get("", "lane")?;
            let lane = Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?;
            Ok(Backlog { lane, waiting: row.try_get("", "n")?, oldest: row.try_get("", "oldest")? })
        })
        .collect()
}

/// What happened since then, the newest first, at most twenty thousand.
///
/// # Errors
/// When the database fails.
pub async fn recent(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<Vec<Recent>, StoreError> {
    // Owed earlier but taken since then: nothing lives longer than a day and a bit before it is sent.
    let statement = connection.kind().statement(
        "SELECT kind, lane, state, not_before, created_at, accepted_at, final_at FROM message \
         WHERE town_id = ? AND created_at >= ? ORDER BY created_at DESC LIMIT 20000",
        [town.0.into(), (since - Duration::hours(26)).into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let (kind, lane): (String, String) = (row.try_get("", "kind")?, row.try_get("", "lane")?);
            let state: String = row.try_get("", "state")?;
            let not_before: DateTime<Utc> = row.try_get("", "not_before")?;
            let created_at: DateTime<Utc> = row.try_get("", "created_at")?;
            Ok(Recent {
                kind: Kind::parse(&kind).ok_or(StoreError::Corrupt { column: "message.kind" })?,
                lane: Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?,
                state: State::parse(&state).ok_or(StoreError::Corrupt { column: "message.state" })?,
                due_at: not_before.max(created_at),
                accepted_at: row.try_get("", "accepted_at")?,
                final_at: row.try_get("", "final_at")?,
            })
        })
        .collect()
}

/// How many messages are in each state in the whole installation, and when the oldest due one was due.
///
/// # Errors
/// When the database fails.
pub async fn figures(
    connection: &impl Connection,
    now: DateTime<Utc>,
) -> Result<(Vec<(String, i64)>, Option<DateTime<Utc>>), StoreError> {
    let all = connection
        .kind()
        .statement("SELECT state, count(*) AS n FROM message GROUP BY state", Vec::<Value>::new());
    let rows = connection.raw().query_all_raw(all).await?;
    let counts = rows
        .iter()
        .map(|row| Ok((row.try_get("", "state")?, row.try_get("", "n")?)))
        .collect::<Result<_, StoreError>>()?;
    let oldest = connection.kind().statement(
        "SELECT min(not_before) AS oldest FROM message WHERE state IN ('queued', 'enqueued') AND not_before <= ?",
        [now.into()],
    );
    let row = connection.raw().query_one_raw(oldest).await?;
    let oldest = row.map_or(Ok(None), |row| row.try_get("", "oldest"))?;
    Ok((counts, oldest))
}

/// Who carried the newest message of a town.
///
/// # Errors
/// When the database fails.
pub async fn newest_provider(
    connection: &impl Connection,
    town: TownId,
) -> Result<Option<String>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT provider FROM message WHERE town_id = ? AND provider IS NOT NULL ORDER BY created_at DESC LIMIT 1",
        [town.0.into()],
    );
    let row = connection.raw().query_one_raw(statement).await?;
    Ok(row.map_or(Ok(None), |row| row.try_get("", "provider"))?)
}

/// A page of a town's messages, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl Connection,
    town: TownId,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Message>, StoreError> {
    let mut query = message::Entity::find().filter(message::Column::TownId.eq(town.0));
    if let Some(state) = filter.state {
        query = query.filter(message::Column::State.eq(state.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(message::Column::Kind.eq(kind.as_str()));
    }
    if let Some(tail) = &filter.tail {
        query = query.filter(message::Column::RecipientTail.ends_with(tail));
    }
    if let Some(id) = filter.id {
        let either = Condition::any().add(message::Column::Id.eq(id)).add(message::Column::BookingId.eq(id));
        query = query.filter(either);
    }
    if let Some((at, id)) = filter.after {
        let same_time =
            Condition::all().add(message::Column::CreatedAt.eq(at)).add(message::Column::Id.lt(id));
        query = query.filter(Condition::any().add(message::Column::CreatedAt.lt(at)).add(same_time));
    }
    let rows = query
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(super::read).collect()
}

/// A message of this town.
///
/// # Errors
/// When the database fails.
pub async fn of_town(
    connection: &impl Connection,
    town: TownId,
    id: MessageId,
) -> Result<Option<Message>, StoreError> {
    Ok(super::get(connection, id).await?.filter(|message| message.town == town))
}

//! The outbox in figures: counts, ages, throughput; of a town, or of the whole installation.

use chrono::{DateTime, Duration, Utc};
use domain::ids::TownId;
use domain::messaging::delivery::State;
use domain::messaging::{ChannelKind, Kind, Lane};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::database::Connection;
use crate::error::StoreError;

/// How many messages are in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// The state.
    pub state: State,
    /// How many.
    pub count: i64,
}

/// How long a message waited until the provider took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Its lane.
    pub lane: Lane,
    /// When it was due or owed, whichever is later.
    pub due_at: DateTime<Utc>,
    /// When the provider took it.
    pub accepted_at: DateTime<Utc>,
}

/// What is due of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The lane.
    pub lane: Lane,
    /// The kind.
    pub kind: Kind,
    /// By which channel.
    pub channel: ChannelKind,
    /// Messages that are due.
    pub waiting: i64,
    /// When the oldest of them was due.
    pub oldest: Option<DateTime<Utc>>,
}

/// How something ended, or that it left us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The provider took it.
    Taken,
    /// It reached the recipient.
    Delivered,
    /// It failed or did not arrive.
    Failed,
    /// It was not sent: expired, overtaken, unwanted, stopped.
    Dropped,
}

/// How often something happened to messages of one kind in a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The kind.
    pub kind: Kind,
    /// By which channel.
    pub channel: ChannelKind,
    /// What.
    pub what: Happened,
    /// When the span began.
    pub at: DateTime<Utc>,
    /// How often.
    pub count: i64,
}

/// Spans of time things are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A minute.
    Minute,
    /// Ten minutes.
    TenMinutes,
    /// An hour.
    Hour,
}

impl Grain {
    /// How many letters of an instant (`2026-09-14T07:30`) name the span, and what completes it.
    fn letters(self) -> (u8, &'static str) {
        match self {
            Self::Minute => (16, ":00Z"),
            Self::TenMinutes => (15, "0:00Z"),
            Self::Hour => (13, ":00:00Z"),
        }
    }

    /// How long a span is.
    #[must_use]
    pub fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::minutes(1),
            Self::TenMinutes => Duration::minutes(10),
            Self::Hour => Duration::hours(1),
        }
    }
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

/// A push whose browser has ended its subscription, while another message tells the same: what stands in for it, or what went
/// beside it. Whoever looks after messages has nothing to do for it.
pub(super) const COVERED: &str = "message.channel = 'push' AND message.state = 'failed' AND message.error_class = 'K' \
    AND (EXISTS (SELECT 1 FROM message other WHERE other.parent_id = coalesce(message.parent_id, message.id) \
    AND other.channel <> 'push') OR EXISTS (SELECT 1 FROM message other WHERE other.booking_id = message.booking_id \
    AND other.booking_rev = message.booking_rev AND other.kind = message.kind AND other.channel <> 'push'))";

/// How many pushes of a town, of those owed since then, failed while another message tells the same.
///
/// # Errors
/// When the database fails.
pub async fn covered(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let sql =
        format!("SELECT count(*) AS n FROM message WHERE town_id = ? AND created_at >= ? AND {COVERED}");
    let statement = connection.kind().statement(&sql, [town.0.into(), since.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
}

/// What is due in a town, kind by kind.
///
/// # Errors
/// When the database fails.
pub async fn backlog(
    connection: &impl Connection,
    town: TownId,
    now: DateTime<Utc>,
) -> Result<Vec<Backlog>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT lane, kind, channel, count(*) AS n, min(not_before) AS oldest FROM message \
         WHERE town_id = ? AND state IN ('queued', 'enqueued', 'sending') AND not_before <= ? \
         GROUP BY lane, kind, channel",
        [town.0.into(), now.into()],
    );
    backlog_rows(connection, statement).await
}

/// What is due in the whole installation, kind by kind.
///
/// # Errors
/// When the database fails.
pub async fn backlog_of_all(
    connection: &impl Connection,
    now: DateTime<Utc>,
) -> Result<Vec<Backlog>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT lane, kind, channel, count(*) AS n, min(not_before) AS oldest FROM message \
         WHERE state IN ('queued', 'enqueued') AND not_before <= ? GROUP BY lane, kind, channel",
        [now.into()],
    );
    backlog_rows(connection, statement).await
}

async fn backlog_rows(
    connection: &impl Connection,
    statement: Statement,
) -> Result<Vec<Backlog>, StoreError> {
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.try_get("", "lane")?;
            let (kind, channel) = kind_and_channel(row)?;
            Ok(Backlog {
                lane: Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?,
                kind,
                channel,
                waiting: row.try_get("", "n")?,
                oldest: row.try_get("", "oldest")?,
            })
        })
        .collect()
}

fn kind_and_channel(row: &QueryResult) -> Result<(Kind, ChannelKind), StoreError> {
    let (kind, channel): (String, String) = (row.try_get("", "kind")?, row.try_get("", "channel")?);
    Ok((
        Kind::parse(&kind).ok_or(StoreError::Corrupt { column: "message.kind" })?,
        ChannelKind::parse(&channel).ok_or(StoreError::Corrupt { column: "message.channel" })?,
    ))
}

/// Nothing lives longer than a day and a bit before it is sent: what happened since then was owed since then less this.
const LONGEST_LIFE: Duration = Duration::hours(26);

/// How long the messages waited that the provider took since then, the newest first, at most twenty thousand.
///
/// # Errors
/// When the database fails.
pub async fn waits(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<Vec<Wait>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT lane, not_before, created_at, accepted_at FROM message WHERE town_id = ? AND created_at >= ? \
         AND accepted_at >= ? ORDER BY created_at DESC LIMIT 20000",
        [town.0.into(), (since - LONGEST_LIFE).into(), since.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.try_get("", "lane")?;
            let not_before: DateTime<Utc> = row.try_get("", "not_before")?;
            Ok(Wait {
                lane: Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?,
                due_at: not_before.max(row.try_get("", "created_at")?),
                accepted_at: row.try_get("", "accepted_at")?,
            })
        })
        .collect()
}

/// Who took a town's messages since then, lane by lane.
///
/// # Errors
/// When the database fails.
pub async fn carriers(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<Vec<(Lane, String)>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT DISTINCT lane, provider FROM message WHERE town_id = ? AND created_at >= ? AND accepted_at >= ? \
         AND provider IS NOT NULL ORDER BY lane, provider",
        [town.0.into(), (since - LONGEST_LIFE).into(), since.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.try_get("", "lane")?;
            let lane = Lane::parse(&lane).ok_or(StoreError::Corrupt { column: "message.lane" })?;
            Ok((lane, row.try_get("", "provider")?))
        })
        .collect()
}

/// What happened since then, counted in spans of time.
///
/// # Errors
/// When the database fails.
pub async fn happenings(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
    grain: Grain,
) -> Result<Vec<Happening>, StoreError> {
    let kind = connection.kind();
    let taken = kind.statement(
        &format!(
            "SELECT kind, channel, 'taken' AS what, {span} AS span, count(*) AS n FROM message \
             WHERE town_id = ? AND created_at >= ? AND accepted_at >= ? GROUP BY kind, channel, span",
            span = span_of(kind, "accepted_at", grain)
        ),
        [town.0.into(), (since - LONGEST_LIFE).into(), since.into()],
    );
    // A report may come two days after the message was owed.
    let ended = kind.statement(
        &format!(
            "SELECT kind, channel, state AS what, {span} AS span, count(*) AS n FROM message \
             WHERE town_id = ? AND created_at >= ? AND final_at >= ? GROUP BY kind, channel, state, span",
            span = span_of(kind, "final_at", grain)
        ),
        [town.0.into(), (since - LONGEST_LIFE * 2).into(), since.into()],
    );
    let mut rows = connection.raw().query_all_raw(taken).await?;
    rows.extend(connection.raw().query_all_raw(ended).await?);
    rows.iter().map(|row| happening(row, grain)).collect()
}

/// The first letters of an instant, which name its span.
fn span_of(kind: crate::Kind, column: &str, grain: Grain) -> String {
    let (letters, _) = grain.letters();
    match kind {
        crate::Kind::Sqlite => format!("substr({column}, 1, {letters})"),
        crate::Kind::Postgres => {
            format!("left(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI'), {letters})")
        }
    }
}

fn happening(row: &QueryResult, grain: Grain) -> Result<Happening, StoreError> {
    let corrupt = StoreError::Corrupt { column: "message.state" };
    let (what, span): (String, String) = (row.try_get("", "what")?, row.try_get("", "span")?);
    let what = match State::parse(&what) {
        None if what == "taken" => Happened::Taken,
        Some(State::Delivered) => Happened::Delivered,
        Some(State::Failed | State::Undelivered) => Happened::Failed,
        Some(State::Expired | State::Superseded | State::Suppressed | State::Cancelled) => Happened::Dropped,
        None
        | Some(
            State::Held
            | State::Queued
            | State::Enqueued
            | State::Sending
            | State::Uncertain
            | State::Accepted
            | State::Sent,
        ) => return Err(corrupt),
    };
    let (_, rest) = grain.letters();
    let at = format!("{}{rest}", span.replace(' ', "T")).parse();
    let at = at.map_err(|_| StoreError::Corrupt { column: "message.accepted_at" })?;
    let (kind, channel) = kind_and_channel(row)?;
    Ok(Happening { kind, channel, what, at, count: row.try_get("", "n")? })
}

/// How many messages are in each state in the whole installation.
///
/// # Errors
/// When the database fails.
pub async fn counts_of_all(connection: &impl Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT state AS word, count(*) AS n FROM message GROUP BY state";
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, Vec::<Value>::new())).await?;
    rows.iter().map(|row| Ok((row.try_get("", "word")?, row.try_get("", "n")?))).collect()
}

/// How many messages of the whole installation ended in each state since then, channel by channel.
///
/// # Errors
/// When the database fails.
pub async fn ended_since(
    connection: &impl Connection,
    since: DateTime<Utc>,
) -> Result<Vec<(ChannelKind, String, i64)>, StoreError> {
    let sql = "SELECT channel, state AS word, count(*) AS n FROM message WHERE final_at >= ? \
               GROUP BY channel, state";
    by_channel(connection, sql, since).await
}

/// How many attempts of the whole installation failed in each class since then, by its letter, channel by channel.
///
/// # Errors
/// When the database fails.
pub async fn failures_since(
    connection: &impl Connection,
    since: DateTime<Utc>,
) -> Result<Vec<(ChannelKind, String, i64)>, StoreError> {
    let sql = "SELECT m.channel, a.error_class AS word, count(*) AS n FROM message_attempt a \
               JOIN message m ON m.id = a.message_id \
               WHERE a.started_at >= ? AND a.error_class IS NOT NULL GROUP BY m.channel, a.error_class";
    by_channel(connection, sql, since).await
}

async fn by_channel(
    connection: &impl Connection,
    sql: &str,
    since: DateTime<Utc>,
) -> Result<Vec<(ChannelKind, String, i64)>, StoreError> {
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, [since.into()])).await?;
    let read = |row: &QueryResult| {
        let channel: String = row.try_get("", "channel")?;
        let channel =
            ChannelKind::parse(&channel).ok_or(StoreError::Corrupt { column: "message.channel" })?;
        Ok((channel, row.try_get("", "word")?, row.try_get("", "n")?))
    };
    rows.iter().map(read).collect()
}

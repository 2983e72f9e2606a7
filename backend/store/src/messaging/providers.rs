//! Providers as rows: the bucket each is asked by, which all workers share, and what each worker says about how they do.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::messaging::sending::Pace;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// The word of a provider as the code names it: there are a handful, each is kept for good once.
#[must_use]
pub fn name(word: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = known.get(word) {
        return name;
    }
    let name: &'static str = word.to_owned().leak();
    known.insert(name);
    name
}

/// The bucket of a provider and sender, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceRow {
    /// The provider.
    pub provider: String,
    /// Who its messages come from.
    pub sender: String,
    /// The bucket.
    pub pace: Pace,
}

/// What a worker says about a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which worker.
    pub worker: String,
    /// Which provider.
    pub provider: String,
    /// Its place in the order of the settings.
    pub place: i32,
    /// `closed`, `failing` or `misconfigured`.
    pub breaker: String,
    /// Since when it is left alone.
    pub open_since: Option<DateTime<Utc>>,
    /// When the next probe may go.
    pub probe_at: Option<DateTime<Utc>>,
    /// Points of its share lost to failures.
    pub lost_points: i32,
    /// Calls of the last minute.
    pub calls: i32,
    /// Those that went wrong.
    pub bad: i32,
    /// When the worker said so.
    pub reported_at: DateTime<Utc>,
}

/// How many calls to a provider ended how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    /// The provider.
    pub provider: String,
    /// The word of the outcome.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

const PACE: &str = "provider, sender, rate_limit, rate, level, filled_at, changed_at, blocked_until";

/// The buckets of all providers, as they are.
///
/// # Errors
/// When the database fails.
pub async fn paces(connection: &impl Connection) -> Result<Vec<PaceRow>, StoreError> {
    let sql = format!("SELECT {PACE} FROM provider_pace ORDER BY provider, sender");
    let statement = connection.kind().statement(&sql, Vec::<Value>::new());
    connection.raw().query_all_raw(statement).await?.iter().map(read_pace).collect()
}

/// The buckets, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_paces(tx: &Tx) -> Result<Vec<PaceRow>, StoreError> {
    let sql = format!("SELECT {PACE} FROM provider_pace ORDER BY provider, sender{}", tx.kind().for_update());
    let statement = tx.kind().statement(&sql, Vec::<Value>::new());
    tx.raw().query_all_raw(statement).await?.iter().map(read_pace).collect()
}

/// Keeps a bucket that was not there; another worker may have been quicker.
///
/// # Errors
/// When the database fails.
pub async fn add_pace(tx: &Tx, provider: &str, sender: &str, pace: &Pace) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO provider_pace ({PACE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (provider, sender) DO NOTHING"
    );
    let mut values: Vec<Value> = vec![provider.into(), sender.into()];
    values.extend(values_of(pace));
    tx.raw().execute_raw(tx.kind().statement(&sql, values)).await?;
    Ok(())
}

/// Writes a bucket. The caller holds its lock.
///
/// # Errors
/// When the database fails.
pub async fn save_pace(tx: &Tx, provider: &str, sender: &str, pace: &Pace) -> Result<(), StoreError> {
    let sql = "UPDATE provider_pace SET rate_limit = ?, rate = ?, level = ?, filled_at = ?, changed_at = ?, \
               blocked_until = ? WHERE provider = ? AND sender = ?";
    let mut values: Vec<Value> = values_of(pace).into();
    values.extend([provider.into(), sender.into()]);
    tx.raw().execute_raw(tx.kind().statement(sql, values)).await?;
    Ok(())
}

fn values_of(pace: &Pace) -> [Value; 6] {
    [
        pace.limit.into(),
        pace.rate.into(),
        pace.level.into(),
        pace.filled_at.into(),
        pace.changed_at.into(),
        pace.blocked_until.into(),
    ]
}

fn read_pace(row: &QueryResult) -> Result<PaceRow, StoreError> {
    Ok(PaceRow {
        provider: row.try_get("", "provider")?,
        sender: row.try_get("", "sender")?,
        pace: Pace {
            limit: row.try_get("", "rate_limit")?,
            rate: row.try_get("", "rate")?,
            level: row.try_get("", "level")?,
            filled_at: row.try_get("", "filled_at")?,
            changed_at: row.try_get("", "changed_at")?,
            blocked_until: row.try_get("", "blocked_until")?,
        },
    })
}

/// A worker says how a provider does.
///
/// # Errors
/// When the database fails.
pub async fn report(tx: &Tx, state: &State) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO provider_state (worker, provider, place, breaker, open_since, probe_at, lost_points, calls, \
         bad, reported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (worker, provider) DO UPDATE SET place = excluded.place, breaker = excluded.breaker, \
         open_since = excluded.open_since, probe_at = excluded.probe_at, lost_points = excluded.lost_points, \
         calls = excluded.calls, bad = excluded.bad, reported_at = excluded.reported_at",
        [
            state.worker.as_str().into(),
            state.provider.as_str().into(),
            state.place.into(),
            state.breaker.as_str().into(),
            state.open_since.into(),
            state.probe_at.into(),
            state.lost_points.into(),
            state.calls.into(),
            state.bad.into(),
            state.reported_at.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// Forgets what a worker said that stops, and what was said long ago.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, worker: Option<&str>, before: DateTime<Utc>) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "DELETE FROM provider_state WHERE worker = ? OR reported_at < ?",
        [worker.unwrap_or_default().into(), before.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// What all workers say, in the order of the settings.
///
/// # Errors
/// When the database fails.
pub async fn states(connection: &impl Connection) -> Result<Vec<State>, StoreError> {
    let sql = "SELECT worker, provider, place, breaker, open_since, probe_at, lost_points, calls, bad, reported_at \
               FROM provider_state ORDER BY place, provider, worker";
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, Vec::<Value>::new())).await?;
    rows.iter()
        .map(|row| {
            Ok(State {
                worker: row.try_get("", "worker")?,
                provider: row.try_get("", "provider")?,
                place: row.try_get("", "place")?,
                breaker: row.try_get("", "breaker")?,
                open_since: row.try_get("", "open_since")?,
                probe_at: row.try_get("", "probe_at")?,
                lost_points: row.try_get("", "lost_points")?,
                calls: row.try_get("", "calls")?,
                bad: row.try_get("", "bad")?,
                reported_at: row.try_get("", "reported_at")?,
            })
        })
        .collect()
}

/// How the calls since a moment ended, by provider.
///
/// # Errors
/// When the database fails.
pub async fn outcomes(
    connection: &impl Connection,
    since: DateTime<Utc>,
) -> Result<Vec<OutcomeCount>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT provider, outcome, count(*) AS n FROM message_attempt WHERE started_at >= ? \
         GROUP BY provider, outcome ORDER BY provider, outcome",
        [since.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(OutcomeCount {
                provider: row.try_get("", "provider")?,
                outcome: row.try_get("", "outcome")?,
                count: row.try_get("", "n")?,
            })
        })
        .collect()
}

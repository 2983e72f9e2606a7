//! Workers and their timetable as rows, so that operators see who is alive and what ran when.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::database::{Connection, Raw, Tx};
use crate::entities::{timetable, worker};
use crate::error::StoreError;
use crate::json;

/// A worker process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its name, unique per start.
    pub name: String,
    /// The lanes it serves.
    pub lanes: Vec<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it last said that it lives.
    pub heartbeat_at: DateTime<Utc>,
}

/// A job that runs by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// How often it runs.
    pub every_seconds: i32,
    /// When it last began.
    pub last_started_at: Option<DateTime<Utc>>,
    /// When it last ended.
    pub last_finished_at: Option<DateTime<Utc>>,
    /// `ok` or `failed`.
    pub last_result: Option<String>,
    /// What it did: a word and how often.
    pub last_counts: Vec<(String, u64)>,
    /// What went wrong.
    pub last_error: Option<String>,
    /// When it is due again.
    pub next_run_at: DateTime<Utc>,
}

/// A worker says that it lives.
///
/// # Errors
/// When the database fails.
pub async fn beat(tx: &Tx, worker: &Worker) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO worker (name, lanes, started_at, heartbeat_at) VALUES (?, ?, ?, ?) \
         ON CONFLICT (name) DO UPDATE SET heartbeat_at = excluded.heartbeat_at",
        [
            worker.name.as_str().into(),
            worker.lanes.join(",").into(),
            worker.started_at.into(),
            worker.heartbeat_at.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// A worker says that it stops, and those that went without a word for long are forgotten.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, name: Option<&str>, silent_since: DateTime<Utc>) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "DELETE FROM worker WHERE name = ? OR heartbeat_at < ?",
        [name.unwrap_or_default().into(), silent_since.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// All workers, by name.
///
/// # Errors
/// When the database fails.
pub async fn workers(connection: &impl Connection) -> Result<Vec<Worker>, StoreError> {
    let rows = worker::Entity::find().order_by_asc(worker::Column::Name).all(connection.raw()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Worker {
            name: row.name,
            lanes: row.lanes.split(',').map(str::to_owned).collect(),
            started_at: row.started_at,
            heartbeat_at: row.heartbeat_at,
        })
        .collect())
}

/// Takes a job if it is due, so that of several processes one runs it; `false` when another took it or it is early. One that is
/// due only far later than it rests was put off by a clock that went wrong, or rested longer once.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, job: &str, every: Duration, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let seconds = i32::try_from(every.num_seconds()).unwrap_or(i32::MAX);
    let statement = tx.kind().statement(
        "INSERT INTO timetable (job, every_seconds, last_started_at, next_run_at) VALUES (?, ?, ?, ?) \
         ON CONFLICT (job) DO UPDATE SET every_seconds = excluded.every_seconds, \
         last_started_at = excluded.last_started_at, next_run_at = excluded.next_run_at \
         WHERE timetable.next_run_at <= excluded.last_started_at \
         OR timetable.next_run_at > ?",
        // Twice: of two who come at once, the one whose clock is a little behind must not take it, too.
        [job.into(), seconds.into(), now.into(), (now + every).into(), (now + every * 2).into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() > 0)
}

/// When a job is due again; `None` before its first run.
///
/// # Errors
/// When the database fails.
pub async fn due_at(connection: &impl Connection, job: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = timetable::Entity::find_by_id(job.to_owned()).one(connection.raw()).await?;
    Ok(row.map(|row| row.next_run_at))
}

/// Puts off a job that was taken at that time until another; `false` when somebody else has taken it since.
///
/// # Errors
/// When the database fails.
pub async fn put_off(
    tx: &Tx,
    (job, taken_at): (&str, DateTime<Utc>),
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let statement = tx.kind().statement(
        "UPDATE timetable SET next_run_at = ? WHERE job = ? AND last_started_at = ?",
        [until.into(), job.into(), taken_at.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() > 0)
}

/// Notes how a job went: what it did how often, or what went wrong.
///
/// # Errors
/// When the database fails.
pub async fn done(
    tx: &Tx,
    job: &str,
    result: Result<&[(&str, u64)], &str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (word, note) = match result {
        Ok(counts) => ("ok", json::write(&counts)),
        Err(error) => ("failed", error.to_owned()),
    };
    let statement = tx.kind().statement(
        "UPDATE timetable SET last_finished_at = ?, last_result = ?, last_note = ? WHERE job = ?",
        [now.into(), word.into(), note.into(), job.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// All jobs, by name.
///
/// # Errors
/// When the database fails.
pub async fn jobs(connection: &impl Connection) -> Result<Vec<Job>, StoreError> {
    let rows = timetable::Entity::find()
        .filter(timetable::Column::Job.ne(""))
        .order_by_asc(timetable::Column::Job)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(read_job).collect())
}

fn read_job(row: timetable::Model) -> Job {
    let failed = row.last_result.as_deref() == Some("failed");
    let (error, counts) = if failed { (row.last_note, None) } else { (None, row.last_note) };
    Job {
        name: row.job,
        every_seconds: row.every_seconds,
        last_started_at: row.last_started_at,
        last_finished_at: row.last_finished_at,
        last_result: row.last_result,
        // Versions before wrote a sentence; it is gone with the next run.
        last_counts: counts
            .and_then(|text| json::read(&text, "timetable.last_note").ok())
            .unwrap_or_default(),
        last_error: error,
        next_run_at: row.next_run_at,
    }
}

//! What workers tell about themselves, and the jobs of the clock: taken by one process at a time, with their last result.

use chrono::{DateTime, Duration, Utc};
use domain::messaging::push::KEPT_AFTER;
use store::StoreError;
use store::messaging::providers;
use store::messaging::timetable::{self, Worker};
use store::retention::{self, Oldest};

use super::catch_up::REPORT_GIVEN_UP;
use crate::app::App;

/// A worker that has not said a word for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::hours(1);
/// What messages say is erased this long after nothing more was expected of them, and what people wrote after they did.
const ERASED_AFTER: Duration = Duration::hours(48);
/// Codes and the addresses of those who asked for a slot.
const CODES_KEPT: Duration = Duration::hours(24);
/// Providers' reports, as they came.
const REPORTS_KEPT: Duration = Duration::days(7);
/// Messages without their contents: long enough to check a year's bill.
const SKELETONS_KEPT: Duration = Duration::days(13 * 31);
/// Opt-outs: the regular limitation (§ 195 BGB); START lifts one sooner.
const OPT_OUTS_KEPT: Duration = Duration::days(3 * 366);
/// For this long one can look back at how full a pool was.
const COUNTED_FOR: Duration = Duration::days(400);

/// A worker says that it lives.
///
/// # Errors
/// When the database fails.
pub async fn beat(
    app: &App,
    name: &str,
    lanes: &[&str],
    started_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let worker = Worker {
        name: name.to_owned(),
        lanes: lanes.iter().map(|lane| (*lane).to_owned()).collect(),
        started_at,
        heartbeat_at: now,
    };
    let tx = app.db.write().await?;
    timetable::beat(&tx, &worker).await?;
    tx.commit().await
}

/// A worker says good-bye.
///
/// # Errors
/// When the database fails.
pub async fn sign_off(app: &App, name: &str) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    timetable::forget(&tx, Some(name), app.clock.now() - FORGOTTEN_AFTER).await?;
    providers::forget(&tx, Some(name), app.clock.now() - FORGOTTEN_AFTER).await?;
    tx.commit().await
}

/// Whose turn it is to run a job of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Ours. When it was taken proves that.
    Ours(DateTime<Utc>),
    /// Nobody's before then: it rests, or another process has it.
    DueAt(DateTime<Utc>),
}

/// Takes a job of the clock if it is due.
///
/// # Errors
/// When the database fails.
pub async fn take(app: &App, job: &str, every: Duration) -> Result<Turn, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let turn = if timetable::take(&tx, job, every, now).await? {
        Turn::Ours(now)
    } else {
        Turn::DueAt(timetable::due_at(&tx, job).await?.unwrap_or(now))
    };
    tx.commit().await?;
    Ok(turn)
}

/// Keeps others from a job that takes longer than it rests; `false` when another process has it by now. A process that dies
/// holds it no longer than the job rests.
///
/// # Errors
/// When the database fails.
pub async fn hold(
    app: &App,
    job: &str,
    taken_at: DateTime<Utc>,
    every: Duration,
) -> Result<bool, StoreError> {
    let tx = app.db.write().await?;
    let held = timetable::put_off(&tx, (job, taken_at), app.clock.now() + every).await?;
    tx.commit().await?;
    Ok(held)
}

/// Gives back a job that was broken off: it is due at once.
///
/// # Errors
/// When the database fails.
pub async fn let_go(app: &App, job: &str, taken_at: DateTime<Utc>) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    timetable::put_off(&tx, (job, taken_at), app.clock.now()).await?;
    tx.commit().await
}

/// Notes how a job of the clock went: what it did how often, or what went wrong.
///
/// # Errors
/// When the database fails.
pub async fn done(app: &App, job: &str, result: Result<&[(&str, u64)], &str>) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    timetable::done(&tx, job, result, app.clock.now()).await?;
    tx.commit().await
}

/// Erases what messages say, codes, dialogues and reports after their time, and the particulars, notes and browsers of people
/// whose visit is over; forgets workers that are gone, wishes and offers that are over and what was counted on days gone by.
/// Gives how many rows of messages, codes and dialogues it concerned.
///
/// # Errors
/// When the database fails.
pub async fn erase_old(app: &App) -> Result<u64, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let oldest = Oldest {
        contents: now - ERASED_AFTER,
        unreported: now - REPORT_GIVEN_UP,
        codes: now - CODES_KEPT,
        dialogues: now,
        reports: now - REPORTS_KEPT,
        skeletons: now - SKELETONS_KEPT,
        opt_outs: now - OPT_OUTS_KEPT,
    };
    let erased = retention::erase(&tx, &oldest).await?;
    timetable::forget(&tx, None, now - FORGOTTEN_AFTER).await?;
    providers::forget(&tx, None, now - FORGOTTEN_AFTER).await?;
    store::schedule::forget_counts(&tx, (now - COUNTED_FOR).date_naive()).await?;
    store::messaging::budget::forget(&tx, (now - COUNTED_FOR).date_naive()).await?;
    store::appointments::waiting::forget(&tx, now - ERASED_AFTER).await?;
    store::appointments::contacts::delete_due(&tx, now).await?;
    store::queue::notes::delete_due(&tx, now).await?;
    store::messaging::subscriptions::forget(&tx, now, KEPT_AFTER).await?;
    tx.commit().await?;
    Ok(erased)
}

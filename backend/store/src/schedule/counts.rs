//! The counts of what is taken: one row for a pool, an audience and a day in UTC.
//!
//! A row is changed only by [`take`], [`take_again`] and [`give_back`], under its lock: who books on the same day of the
//! same pool waits for the commit before. A search reads a row for each day, however many have booked.

use chrono::NaiveDate;
use domain::appointments::moving::Place;
use domain::ids::{PoolId, TownId};
use domain::schedule::counts::DayCounts;
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;

use super::plan_rev;
use crate::appointments::audience_name;
use crate::database::{Connection, Kind, Raw, Tx};
use crate::error::StoreError;

/// Which row.
type Key = (PoolId, Audience, NaiveDate);

const THE_ROW: &str = "pool_id = ? AND audience = ? AND utc_day = ?";

/// Which rows: those of an audience, of some pools, from one day in UTC to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    audience: Audience,
    pools: Vec<PoolId>,
    days: (NaiveDate, NaiveDate),
}

impl Reach {
    /// The rows in which it stands what is taken of these timelines.
    pub fn of(audience: Audience, timelines: &[(PoolId, Timeline)]) -> Self {
        let from = timelines.iter().map(|(_, timeline)| timeline.first()).min().unwrap_or(Tick(0));
        let until = timelines.iter().map(|(_, timeline)| timeline.end()).max().unwrap_or(from);
        let pools = timelines.iter().map(|(pool, _)| *pool).collect();
        Self { audience, pools, days: (from.utc_day(), until.utc_day()) }
    }

    /// The condition on the rows, and its values.
    fn condition(&self) -> (String, Vec<Value>) {
        let places = vec!["?"; self.pools.len()].join(", ");
        let sql = format!("audience = ? AND pool_id IN ({places}) AND utc_day >= ? AND utc_day <= ?");
        let pools = self.pools.iter().map(|pool| pool.0.into());
        let days = [self.days.0.into(), self.days.1.into()];
        (sql, std::iter::once(audience_name(self.audience).into()).chain(pools).chain(days).collect())
    }
}

/// How often what an answer was made from had changed: as long as this is the same, so is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The town's plan.
    pub plan: i64,
    /// The rows within reach, all together.
    pub counts: i64,
}

/// What is taken within reach, as of one moment.
#[derive(Clone, Debug)]
pub struct Use {
    days: Vec<DayOfPool>,
    /// How often it had changed.
    pub revisions: Revisions,
}

/// What is taken of a pool on the day in UTC that begins then.
type DayOfPool = (PoolId, Tick, DayCounts);

impl Use {
    /// Lays it into the timelines.
    pub fn lay(&self, timelines: &mut [(PoolId, Timeline)]) {
        self.days.iter().for_each(|day| lay(day, timelines));
    }
}

fn lay((pool, midnight, counts): &DayOfPool, timelines: &mut [(PoolId, Timeline)]) {
    for (_, timeline) in timelines.iter_mut().filter(|(own, _)| own == pool) {
        timeline.set_used(*midnight, counts.counts());
    }
}

/// Reads what is taken within reach and the revisions, in one statement. Where the counts are still those of a known revision,
/// none is read: then one row comes, and there is nothing to lay.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn read_use(
    connection: &impl Connection,
    town: TownId,
    reach: &Reach,
    known: Option<i64>,
) -> Result<Use, StoreError> {
    if reach.pools.is_empty() {
        let revisions = Revisions { plan: plan_rev(connection, town).await?, counts: 0 };
        return Ok(Use { days: Vec::new(), revisions });
    }
    let (condition, values) = reach.condition();
    let sql = format!(
        "WITH seen AS (SELECT CAST(COALESCE(SUM(rev), 0) AS bigint) AS rev FROM day_count WHERE {condition}) \
         SELECT pool_id, utc_day, counts, rev, rev AS plan_rev FROM day_count \
         WHERE {condition} AND (SELECT rev FROM seen) <> ? \
         UNION ALL SELECT NULL, NULL, NULL, (SELECT rev FROM seen), plan_rev FROM town WHERE id = ?"
    );
    let known = known.unwrap_or(NO_REVISION);
    let values = values.iter().chain(&values).cloned().chain([known.into(), town.0.into()]);
    let (mut days, mut revisions) = (Vec::new(), None);
    for row in &connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await? {
        match row.try_get::<Option<Uuid>>("", "pool_id")? {
            Some(pool) => days.push(read_day(row, PoolId(pool))?),
            None => {
                revisions =
                    Some(Revisions { plan: row.try_get("", "plan_rev")?, counts: row.try_get("", "rev")? });
            }
        }
    }
    Ok(Use { days, revisions: revisions.ok_or(StoreError::Corrupt { column: "town.id" })? })
}

/// Lays what is taken into the timelines, all in one statement.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn load_use(
    connection: &impl Connection,
    audience: Audience,
    timelines: &mut [(PoolId, Timeline)],
) -> Result<(), StoreError> {
    if timelines.is_empty() {
        return Ok(());
    }
    let (condition, values) = Reach::of(audience, timelines).condition();
    let sql = format!("SELECT pool_id, utc_day, counts FROM day_count WHERE {condition}");
    for row in &connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await? {
        lay(&read_day(row, PoolId(row.try_get("", "pool_id")?))?, timelines);
    }
    Ok(())
}

/// Revisions begin at nothing and only grow.
const NO_REVISION: i64 = -1;

fn read_day(row: &QueryResult, pool: PoolId) -> Result<DayOfPool, StoreError> {
    Ok((pool, Tick::first_of(row.try_get("", "utc_day")?), read(row)?))
}

fn read(row: &QueryResult) -> Result<DayCounts, StoreError> {
    let bytes: Vec<u8> = row.try_get("", "counts")?;
    DayCounts::from_bytes(&bytes).map_err(|_| StoreError::Corrupt { column: "day_count.counts" })
}

/// Takes one counter for every tick of the span, or finds that somebody was faster: then nothing was taken.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &Tx,
    pool: PoolId,
    span: TickSpan,
    audience: Audience,
    capacity: impl Fn(Tick) -> u16,
) -> Result<bool, StoreError> {
    let mut taken = Vec::with_capacity(1);
    for (day, ticks) in span.by_utc_day() {
        let midnight = Tick::first_of(day);
        let capacity_at = |at: usize| capacity(Tick(midnight.0 + at as i64));
        let key = (pool, audience, day);
        let mut counts = locked(tx, key).await?;
        if !counts.take(&ticks, capacity_at) {
            return Ok(false);
        }
        taken.push((key, counts));
    }
    for (key, counts) in taken {
        write(tx, key, &counts).await?;
    }
    Ok(span.count > 0)
}

/// Takes one counter for every tick of the span whatever is open: for what was taken before and shall stand again.
///
/// # Errors
/// When the database fails.
pub async fn take_again(tx: &Tx, pool: PoolId, span: TickSpan, audience: Audience) -> Result<(), StoreError> {
    take(tx, pool, span, audience, |_| u16::MAX).await?;
    Ok(())
}

/// Gives the counter back for every tick of the span.
///
/// # Errors
/// When the database fails.
pub async fn give_back(tx: &Tx, pool: PoolId, span: TickSpan, audience: Audience) -> Result<(), StoreError> {
    for (day, ticks) in span.by_utc_day() {
        let key = (pool, audience, day);
        let mut counts = locked(tx, key).await?;
        counts.give_back(&ticks);
        write(tx, key, &counts).await?;
    }
    Ok(())
}

/// Locks the counts of these places in one order, so that two moves that cross never wait for each other in a circle.
/// SQLite has one writer at a time and needs no locks.
///
/// # Errors
/// When the database fails.
pub async fn lock_counts(tx: &Tx, places: &[&Place]) -> Result<(), StoreError> {
    if tx.kind() != Kind::Postgres {
        return Ok(());
    }
    let keys_of = |place: &Place| {
        let (pool, audience) = (place.pool, place.audience);
        place.span.by_utc_day().map(move |(day, _)| (pool, audience, day))
    };
    let mut keys: Vec<Key> = places.iter().flat_map(|place| keys_of(place)).collect();
    keys.sort_unstable_by_key(|(pool, audience, day)| (*pool, audience_name(*audience), *day));
    keys.dedup();
    for key in keys {
        locked(tx, key).await?;
    }
    Ok(())
}

/// The counts as they are and stay until the transaction ends.
async fn locked(tx: &Tx, key: Key) -> Result<DayCounts, StoreError> {
    if let Some(counts) = counts_of(tx, key).await? {
        return Ok(counts);
    }
    if tx.kind() == Kind::Sqlite {
        return Ok(DayCounts::default());
    }
    // A row that is not there cannot be locked.
    let sql = "INSERT INTO day_count (pool_id, audience, utc_day, counts) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    tx.raw().execute_raw(tx.kind().statement(sql, row_of(key, &DayCounts::default()))).await?;
    counts_of(tx, key).await?.ok_or(StoreError::Corrupt { column: "day_count.counts" })
}

async fn counts_of(tx: &Tx, (pool, audience, day): Key) -> Result<Option<DayCounts>, StoreError> {
    let lock = if tx.kind() == Kind::Postgres { " FOR NO KEY UPDATE" } else { "" };
    let sql = format!("SELECT counts FROM day_count WHERE {THE_ROW}{lock}");
    let values = [pool.0.into(), audience_name(audience).into(), day.into()];
    tx.raw().query_one_raw(tx.kind().statement(&sql, values)).await?.map(|row| read(&row)).transpose()
}

async fn write(tx: &Tx, key: Key, counts: &DayCounts) -> Result<(), StoreError> {
    let sql = "INSERT INTO day_count (pool_id, audience, utc_day, counts) VALUES (?, ?, ?, ?) \
               ON CONFLICT (pool_id, audience, utc_day) DO UPDATE SET counts = excluded.counts, rev = day_count.rev + 1";
    tx.raw().execute_raw(tx.kind().statement(sql, row_of(key, counts))).await?;
    Ok(())
}

fn row_of((pool, audience, day): Key, counts: &DayCounts) -> [Value; 4] {
    [pool.0.into(), audience_name(audience).into(), day.into(), counts.to_bytes().into()]
}

/// Forgets what was taken on days in UTC before this one.
///
/// # Errors
/// When the database fails.
pub async fn forget_counts(tx: &Tx, before: NaiveDate) -> Result<(), StoreError> {
    let sql = "DELETE FROM day_count WHERE utc_day < ?";
    tx.raw().execute_raw(tx.kind().statement(sql, [before.into()])).await?;
    Ok(())
}

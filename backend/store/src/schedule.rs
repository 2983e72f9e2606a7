//! Opening rules, closures and the counted cells of what is taken.
//!
//! A cell counts what is taken in one tick of one pool, for the public and for staff. It is only ever changed
//! by [`take`] and [`give_back`], ticks ascending, so that two bookings never wait for each other in a circle.

mod closures;

use std::collections::HashMap;

use domain::ids::{DepartmentId, OfficeId, PoolId, TownId, ZoneId};
use domain::local_time::LocalMinute;
use domain::schedule::opening_hours::{OpeningRule, Weekdays};
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, Set, Value};
use uuid::Uuid;

use crate::database::{Connection, Kind, Raw, Tx};
use crate::entities::{opening_rule, pool};
use crate::error::StoreError;
pub use closures::{ScopedClosure, StoredClosure, closures, delete_closure, insert_closure, stored_closures};

/// The opening rules of these pools, in a stable order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn rules(
    connection: &impl Connection,
    pools: &[PoolId],
) -> Result<HashMap<PoolId, Vec<OpeningRule>>, StoreError> {
    let rows = opening_rule::Entity::find()
        .filter(opening_rule::Column::PoolId.is_in(pools.iter().map(|pool| pool.0)))
        .order_by_asc(opening_rule::Column::Id)
        .all(connection.raw())
        .await?;
    by_pool(&rows)
}

/// The opening rules of all pools of a town, each pool's in a stable order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn rules_of_town(
    connection: &impl Connection,
    town: TownId,
) -> Result<HashMap<PoolId, Vec<OpeningRule>>, StoreError> {
    let rows = opening_rule::Entity::find()
        .filter(opening_rule::Column::TownId.eq(town.0))
        .order_by_asc(opening_rule::Column::Id)
        .all(connection.raw())
        .await?;
    by_pool(&rows)
}

fn by_pool(rows: &[opening_rule::Model]) -> Result<HashMap<PoolId, Vec<OpeningRule>>, StoreError> {
    let mut rules: HashMap<PoolId, Vec<OpeningRule>> = HashMap::new();
    for row in rows {
        rules.entry(PoolId(row.pool_id)).or_default().push(read_rule(row)?);
    }
    Ok(rules)
}

fn read_rule(row: &opening_rule::Model) -> Result<OpeningRule, StoreError> {
    const CORRUPT: StoreError = StoreError::Corrupt { column: "opening_rule" };
    let minute =
        |value: i32| u16::try_from(value).ok().and_then(|value| LocalMinute::new(value).ok()).ok_or(CORRUPT);
    Ok(OpeningRule {
        weekdays: Weekdays::from_bits(u8::try_from(row.weekdays).map_err(|_| CORRUPT)?),
        every_n_weeks: u8::try_from(row.every_weeks).map_err(|_| CORRUPT)?,
        opens: minute(row.opens_min)?,
        closes: minute(row.closes_min)?,
        capacity_public: u16::try_from(row.capacity_public).map_err(|_| CORRUPT)?,
        capacity_staff: u16::try_from(row.capacity_staff).map_err(|_| CORRUPT)?,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
    })
}

/// Replaces the opening rules of a pool; what is booked stays booked.
///
/// # Errors
/// When the database fails.
pub async fn replace_rules(
    tx: &Tx,
    town: TownId,
    pool: PoolId,
    rules: &[OpeningRule],
    mut fresh: impl FnMut() -> Uuid,
) -> Result<(), StoreError> {
    opening_rule::Entity::delete_many()
        .filter(opening_rule::Column::PoolId.eq(pool.0))
        .exec(tx.raw())
        .await?;
    if rules.is_empty() {
        return Ok(());
    }
    let rows = rules.iter().map(|rule| opening_rule::ActiveModel {
        id: Set(fresh()),
        town_id: Set(town.0),
        pool_id: Set(pool.0),
        weekdays: Set(i32::from(rule.weekdays.bits())),
        every_weeks: Set(i32::from(rule.every_n_weeks)),
        opens_min: Set(i32::from(rule.opens.minutes())),
        closes_min: Set(i32::from(rule.closes.minutes())),
        capacity_public: Set(i32::from(rule.capacity_public)),
        capacity_staff: Set(i32::from(rule.capacity_staff)),
        valid_from: Set(rule.valid_from),
        valid_to: Set(rule.valid_to),
    });
    opening_rule::Entity::insert_many(rows).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Lays what is taken into the timelines: one statement and one row for each pool, because thousands of small
/// rows cost more than the search itself.
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
    let (sql, values) = use_of(audience, timelines);
    let statement = connection.kind().statement(&sql, values);
    lay_all(&connection.raw().query_all_raw(statement).await?, timelines)
}

/// The same, and in the same statement the revision of the town's plan: whether what is remembered of it still holds.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn load_use_and_rev(
    connection: &impl Connection,
    town: TownId,
    audience: Audience,
    timelines: &mut [(PoolId, Timeline)],
) -> Result<i64, StoreError> {
    if timelines.is_empty() {
        return plan_rev(connection, town).await;
    }
    let (sql, mut values) = use_of(audience, timelines);
    values.push(town.0.into());
    let sql = format!("{sql} UNION ALL SELECT NULL, CAST(plan_rev AS text) FROM town WHERE id = ?");
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    lay_all(&rows, timelines)?;
    for row in &rows {
        if row.try_get::<Option<Uuid>>("", "pool_id")?.is_none() {
            let rev: String = row.try_get("", "taken")?;
            return rev.parse().map_err(|_| StoreError::Corrupt { column: "town.plan_rev" });
        }
    }
    Err(StoreError::Corrupt { column: "town.id" })
}

fn use_of(audience: Audience, timelines: &[(PoolId, Timeline)]) -> (String, Vec<Value>) {
    let from = timelines.iter().map(|(_, timeline)| timeline.first().0).min().unwrap_or(0);
    let until = timelines.iter().map(|(_, timeline)| timeline.end().0).max().unwrap_or(from);
    let places = vec!["?"; timelines.len()].join(", ");
    let used = used_column(audience);
    let sql = format!(
        "SELECT pool_id, string_agg(CAST(tick AS text) || ':' || CAST({used} AS text), ' ') AS taken \
         FROM cell WHERE pool_id IN ({places}) AND tick >= ? AND tick < ? AND {used} > 0 GROUP BY pool_id"
    );
    let values = timelines.iter().map(|(pool, _)| pool.0.into()).chain([from.into(), until.into()]);
    (sql, values.collect())
}

fn lay_all(rows: &[QueryResult], timelines: &mut [(PoolId, Timeline)]) -> Result<(), StoreError> {
    for row in rows {
        let Some(pool) = row.try_get::<Option<Uuid>>("", "pool_id")? else { continue };
        let taken: String = row.try_get("", "taken")?;
        for (_, timeline) in timelines.iter_mut().filter(|(own, _)| own.0 == pool) {
            lay(timeline, &taken)?;
        }
    }
    Ok(())
}

/// The revision of a town's plan: grows with every change of offers, opening rules and closures.
///
/// # Errors
/// When the database fails or there is no such town.
pub async fn plan_rev(connection: &impl Connection, town: TownId) -> Result<i64, StoreError> {
    let statement = connection.kind().statement("SELECT plan_rev FROM town WHERE id = ?", [town.0.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    let row = row.ok_or(StoreError::Corrupt { column: "town.id" })?;
    Ok(row.try_get("", "plan_rev")?)
}

/// Notes that offers, opening rules or closures of a town change, in the transaction that changes them.
///
/// # Errors
/// When the database fails.
pub async fn plan_changed(tx: &Tx, town: TownId) -> Result<(), StoreError> {
    let sql = "UPDATE town SET plan_rev = plan_rev + 1 WHERE id = ?";
    tx.raw().execute_raw(tx.kind().statement(sql, [town.0.into()])).await?;
    Ok(())
}

fn lay(timeline: &mut Timeline, taken: &str) -> Result<(), StoreError> {
    const CORRUPT: StoreError = StoreError::Corrupt { column: "cell" };
    for cell in taken.split_ascii_whitespace() {
        let (tick, used) = cell.split_once(':').ok_or(CORRUPT)?;
        let tick = Tick(tick.parse().map_err(|_| CORRUPT)?);
        timeline.set_used(tick, used.parse().map_err(|_| CORRUPT)?);
    }
    Ok(())
}

/// Takes one counter for every tick of the span, or finds that somebody was faster: then the transaction must
/// be rolled back, because some ticks may be counted already.
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
    let ticks: Vec<(Tick, u16)> = span.ticks().map(|tick| (tick, capacity(tick))).collect();
    if ticks.is_empty() || ticks.iter().any(|(_, capacity)| *capacity == 0) {
        return Ok(false);
    }
    // Ticks with the same capacity go into one statement; mostly that is all of them.
    for run in ticks.chunk_by(|(_, one), (_, other)| one == other) {
        if take_run(tx, pool, run, audience).await? < run.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn take_run(tx: &Tx, pool: PoolId, run: &[(Tick, u16)], audience: Audience) -> Result<u64, StoreError> {
    let used = used_column(audience);
    let (public, staff) = match audience {
        Audience::Public => (1, 0),
        Audience::Staff => (0, 1),
    };
    let row = format!("(?, ?, {public}, {staff})");
    let rows = vec![row.as_str(); run.len()].join(", ");
    let sql = format!(
        "INSERT INTO cell (pool_id, tick, used_public, used_staff) VALUES {rows} \
         ON CONFLICT (pool_id, tick) DO UPDATE SET {used} = cell.{used} + 1 WHERE cell.{used} < ?"
    );
    let capacity = run.first().map_or(0, |(_, capacity)| i32::from(*capacity));
    let values = run.iter().flat_map(|(tick, _)| [pool.0.into(), tick.0.into()]).chain([capacity.into()]);
    let statement = tx.kind().statement(&sql, values.collect::<Vec<_>>());
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

/// Takes one counter for every tick of the span whatever is open: for what was taken before and shall stand again.
///
/// # Errors
/// When the database fails.
pub async fn take_again(tx: &Tx, pool: PoolId, span: TickSpan, audience: Audience) -> Result<(), StoreError> {
    let ticks: Vec<(Tick, u16)> = span.ticks().map(|tick| (tick, u16::MAX)).collect();
    take_run(tx, pool, &ticks, audience).await?;
    Ok(())
}

/// Gives the counter back for every tick of the span.
///
/// # Errors
/// When the database fails.
pub async fn give_back(tx: &Tx, pool: PoolId, span: TickSpan, audience: Audience) -> Result<(), StoreError> {
    let used = used_column(audience);
    let values = || [pool.0.into(), span.first.0.into(), span.first.plus(span.count).0.into()];
    if tx.kind() == Kind::Postgres {
        let lock =
            "SELECT tick FROM cell WHERE pool_id = ? AND tick >= ? AND tick < ? ORDER BY tick FOR UPDATE";
        tx.raw().query_all_raw(tx.kind().statement(lock, values())).await?;
    }
    let sql = format!(
        "UPDATE cell SET {used} = {used} - 1 WHERE pool_id = ? AND tick >= ? AND tick < ? AND {used} > 0"
    );
    tx.raw().execute_raw(tx.kind().statement(&sql, values())).await?;
    Ok(())
}

/// Locks the cells of these spans in one order, so that two moves that cross never wait for each other in a circle.
/// SQLite has one writer at a time and needs no locks.
///
/// # Errors
/// When the database fails.
pub async fn lock_cells(tx: &Tx, spans: &[(PoolId, TickSpan)]) -> Result<(), StoreError> {
    if tx.kind() != Kind::Postgres || spans.is_empty() {
        return Ok(());
    }
    let places = vec!["(pool_id = ? AND tick >= ? AND tick < ?)"; spans.len()].join(" OR ");
    let sql = format!("SELECT tick FROM cell WHERE {places} ORDER BY pool_id, tick FOR UPDATE");
    let values = spans
        .iter()
        .flat_map(|(pool, span)| [pool.0.into(), span.first.0.into(), span.first.plus(span.count).0.into()]);
    tx.raw().query_all_raw(tx.kind().statement(&sql, values.collect::<Vec<_>>())).await?;
    Ok(())
}

fn used_column(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "used_public",
        Audience::Staff => "used_staff",
    }
}

/// The pools of an office.
///
/// # Errors
/// When the database fails.
pub async fn pools_of_office(
    connection: &impl Connection,
    office: OfficeId,
) -> Result<Vec<PoolPlace>, StoreError> {
    let rows = pool::Entity::find()
        .filter(pool::Column::OfficeId.eq(office.0))
        .order_by_asc(pool::Column::Slug)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(read_place).collect())
}

/// A pool and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlace {
    /// The pool.
    pub pool: PoolId,
    /// Its name.
    pub name: String,
    /// Its office.
    pub office: OfficeId,
    /// Its department.
    pub department: DepartmentId,
    /// The waiting zone of its visitors.
    pub zone: ZoneId,
}

/// A pool of a town.
///
/// # Errors
/// When the database fails.
pub async fn pool_place(
    connection: &impl Connection,
    town: TownId,
    pool: PoolId,
) -> Result<Option<PoolPlace>, StoreError> {
    let row = pool::Entity::find_by_id(pool.0)
        .filter(pool::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    Ok(row.map(read_place))
}

fn read_place(row: pool::Model) -> PoolPlace {
    PoolPlace {
        pool: PoolId(row.id),
        name: row.name,
        office: OfficeId(row.office_id),
        department: DepartmentId(row.department_id),
        zone: ZoneId(row.zone_id),
    }
}

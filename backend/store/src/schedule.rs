//! Opening rules, closures and the counts of what is taken.

mod closures;
mod counts;

use std::collections::HashMap;

use domain::ids::{DepartmentId, OfficeId, PoolId, TownId, ZoneId};
use domain::local_time::LocalMinute;
use domain::schedule::opening_hours::{MonthWeeks, OpeningRule, Weekdays};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::{opening_rule, pool};
use crate::error::StoreError;
pub use closures::{ScopedClosure, StoredClosure, closures, delete_closure, insert_closure, stored_closures};
pub use counts::{
    Reach, Revisions, Use, forget_counts, give_back, load_use, lock_counts, read_use, take, take_again,
};

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
        month_weeks: MonthWeeks::from_bits(u8::try_from(row.month_weeks).map_err(|_| CORRUPT)?),
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
        month_weeks: Set(i32::from(rule.month_weeks.bits())),
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

/// The pools of a town, in no order.
///
/// # Errors
/// When the database fails.
pub async fn pools_of_town(connection: &impl Connection, town: TownId) -> Result<Vec<PoolPlace>, StoreError> {
    let rows = pool::Entity::find().filter(pool::Column::TownId.eq(town.0)).all(connection.raw()).await?;
    Ok(rows.into_iter().map(read_place).collect())
}

/// A pool and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlace {
    /// The pool.
    pub pool: PoolId,
    /// Its name in addresses, unique within its office.
    pub slug: String,
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
        slug: row.slug,
        name: row.name,
        office: OfficeId(row.office_id),
        department: DepartmentId(row.department_id),
        zone: ZoneId(row.zone_id),
    }
}

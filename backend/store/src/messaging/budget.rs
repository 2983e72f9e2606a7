//! What a town spent on a day, in parts: one row that each claim changes under its lock.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::ids::TownId;
use sea_orm::{ConnectionTrait, Value};

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// The code of a message that is held because the budget was used up.
pub const HELD: &str = "budget";

/// What towns have used on days, locked until the transaction ends. Always locked in the same order, so that two who spend
/// never wait for each other.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &Tx,
    days: &BTreeSet<(TownId, NaiveDate)>,
) -> Result<HashMap<(TownId, NaiveDate), u32>, StoreError> {
    let mut used = read(tx, days, tx.kind().for_update()).await?;
    let new: Vec<&(TownId, NaiveDate)> = days.iter().filter(|day| !used.contains_key(day)).collect();
    if new.is_empty() {
        return Ok(used);
    }
    for (town, day) in new {
        let statement = tx.kind().statement(
            "INSERT INTO sms_budget (town_id, day, used) VALUES (?, ?, 0) ON CONFLICT (town_id, day) DO NOTHING",
            [town.0.into(), (*day).into()],
        );
        tx.raw().execute_raw(statement).await?;
    }
    used = read(tx, days, tx.kind().for_update()).await?;
    Ok(used)
}

/// What towns have used on days; a day on which nothing left is not there.
///
/// # Errors
/// When the database fails.
pub async fn used_on(
    connection: &impl Connection,
    days: &BTreeSet<(TownId, NaiveDate)>,
) -> Result<HashMap<(TownId, NaiveDate), u32>, StoreError> {
    if days.is_empty() {
        return Ok(HashMap::new());
    }
    read(connection, days, "").await
}

async fn read(
    connection: &impl Connection,
    days: &BTreeSet<(TownId, NaiveDate)>,
    lock: &str,
) -> Result<HashMap<(TownId, NaiveDate), u32>, StoreError> {
    let sql = format!(
        "SELECT town_id, day, used FROM sms_budget WHERE {} ORDER BY town_id, day{lock}",
        vec!["(town_id = ? AND day = ?)"; days.len()].join(" OR "),
    );
    let values = days.iter().flat_map(|(town, day)| [Value::from(town.0), (*day).into()]);
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let day = (TownId(row.try_get("", "town_id")?), row.try_get("", "day")?);
            Ok((day, unsigned(row.try_get("", "used")?)))
        })
        .collect()
}

/// Writes what a town has used on a day. The caller holds the lock.
///
/// # Errors
/// When the database fails.
pub async fn set_used(tx: &Tx, town: TownId, day: NaiveDate, used: u32) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "UPDATE sms_budget SET used = ? WHERE town_id = ? AND day = ?",
        [signed(used).into(), town.0.into(), day.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// Takes so many parts more from a day, or gives them back to it.
///
/// # Errors
/// When the database fails.
pub async fn change(tx: &Tx, town: TownId, day: NaiveDate, parts: i32) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "UPDATE sms_budget SET used = CASE WHEN used + ? > 0 THEN used + ? ELSE 0 END WHERE town_id = ? AND day = ?",
        [parts.into(), parts.into(), town.0.into(), day.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// The parts used on a day.
///
/// # Errors
/// When the database fails.
pub async fn used(connection: &impl Connection, town: TownId, day: NaiveDate) -> Result<u32, StoreError> {
    let statement = connection
        .kind()
        .statement("SELECT used FROM sms_budget WHERE town_id = ? AND day = ?", [town.0.into(), day.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| Ok(unsigned(row.try_get("", "used")?)))
}

/// How many messages of a town are held because its budget was used up.
///
/// # Errors
/// When the database fails.
pub async fn held(connection: &impl Connection, town: TownId) -> Result<u64, StoreError> {
    let statement = connection.kind().statement(
        "SELECT count(*) AS n FROM message WHERE state = 'held' AND error_code = ? AND town_id = ?",
        [HELD.into(), town.0.into()],
    );
    let row = connection.raw().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Makes held messages due again: those of a town at once, or all whose new day has begun.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &Tx, town: Option<TownId>, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let statement = match town {
        Some(town) => tx.kind().statement(
            "UPDATE message SET state = 'queued', not_before = ? \
             WHERE state = 'held' AND error_code = ? AND town_id = ?",
            [now.into(), HELD.into(), town.0.into()],
        ),
        None => tx.kind().statement(
            "UPDATE message SET state = 'queued' WHERE state = 'held' AND error_code = ? AND not_before <= ?",
            [HELD.into(), now.into()],
        ),
    };
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

/// What left of a town in some hours.
#[derive(Clone, Debug)]
pub struct Hours {
    /// When its first SMS left that is kept.
    pub first_sent: Option<DateTime<Utc>>,
    /// How many left in each hour.
    pub counts: Vec<u32>,
}

/// How many SMS of every town left in each of these hours, in their order.
///
/// # Errors
/// When the database fails.
pub async fn sent_in_hours(
    connection: &impl Connection,
    begins: &[DateTime<Utc>],
) -> Result<HashMap<TownId, Hours>, StoreError> {
    // Town by town, so that each count is a look at a small part of an index.
    let one = "(SELECT count(*) FROM message WHERE town_id = town.id AND sent_at IS NOT NULL \
               AND sent_at >= ? AND sent_at < ?) AS hour_";
    let counts: Vec<String> = (0..begins.len()).map(|nth| format!("{one}{nth}")).collect();
    let first = "(SELECT min(sent_at) FROM message WHERE town_id = town.id AND sent_at IS NOT NULL)";
    let sql = format!("SELECT id, {first} AS first_sent, {} FROM town", counts.join(", "));
    let values = begins.iter().flat_map(|begin| [Value::from(*begin), (*begin + Duration::hours(1)).into()]);
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let count = |nth| Ok(u32::try_from(row.try_get::<i64>("", &format!("hour_{nth}"))?).unwrap_or(0));
            let counts: Result<Vec<u32>, StoreError> = (0..begins.len()).map(count).collect();
            let first_sent = row.try_get("", "first_sent")?;
            Ok((TownId(row.try_get("", "id")?), Hours { first_sent, counts: counts? }))
        })
        .collect()
}

/// Forgets what was spent on days long gone.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: NaiveDate) -> Result<(), StoreError> {
    let statement = tx.kind().statement("DELETE FROM sms_budget WHERE day < ?", [before.into()]);
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

fn signed(parts: u32) -> i32 {
    i32::try_from(parts).unwrap_or(i32::MAX)
}

fn unsigned(parts: i32) -> u32 {
    u32::try_from(parts).unwrap_or(0)
}

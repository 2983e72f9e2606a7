//! How often somebody went to the online way of a service instead of the town hall.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::ids::{ServiceId, TownId};
use domain::statistics::period::Period;
use sea_orm::ConnectionTrait;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Counts one more on a day.
///
/// # Errors
/// When the database fails.
pub async fn note_online(
    tx: &Tx,
    town: TownId,
    day: NaiveDate,
    service: ServiceId,
) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO online_use (town_id, day, service_id, uses) VALUES (?, ?, ?, 1) \
         ON CONFLICT (town_id, day, service_id) DO UPDATE SET uses = online_use.uses + 1",
        [town.0.into(), day.into(), service.0.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// How often in a period, by service.
///
/// # Errors
/// When the database fails.
pub async fn online_uses(
    connection: &impl Connection,
    town: TownId,
    days: Period,
) -> Result<HashMap<ServiceId, u32>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT service_id, CAST(SUM(uses) AS bigint) AS uses FROM online_use \
         WHERE town_id = ? AND day >= ? AND day <= ? GROUP BY service_id",
        [town.0.into(), days.from.into(), days.to.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let uses: i64 = row.try_get("", "uses")?;
            Ok((ServiceId(row.try_get("", "service_id")?), u32::try_from(uses).unwrap_or(u32::MAX)))
        })
        .collect()
}

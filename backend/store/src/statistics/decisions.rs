//! What was decided about measured durations.

use chrono::{DateTime, Utc};
use domain::ids::{PoolId, ServiceId, StaffId, TownId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// How many decisions of a town are read back.
const SHOWN: u32 = 1000;

/// A decision as it is kept.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// Its id.
    pub id: Uuid,
    /// The service.
    pub service: ServiceId,
    /// The pool.
    pub pool: PoolId,
    /// Who decided.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the duration was taken over.
    pub accepted: bool,
    /// Planned minutes before.
    pub from_min: u16,
    /// Planned minutes since, or those that were turned down.
    pub to_min: u16,
    /// What was measured then, as JSON.
    pub evidence: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A decision as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The service.
    pub service: ServiceId,
    /// The pool.
    pub pool: PoolId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; the name as it is now.
    pub by: String,
    /// Whether the duration was taken over.
    pub accepted: bool,
    /// Planned minutes before.
    pub from_min: u16,
    /// Planned minutes since, or those that were turned down.
    pub to_min: u16,
    /// Why.
    pub reason: Option<String>,
}

/// Keeps a decision, in its transaction.
///
/// # Errors
/// When the database fails.
pub async fn decide(tx: &Tx, town: TownId, new: &NewDecision) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO calibration (id, town_id, service_id, pool_id, at, staff_id, accepted, from_min, to_min, evidence, \
         reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            new.id.into(),
            town.0.into(),
            new.service.0.into(),
            new.pool.0.into(),
            new.at.into(),
            new.by.0.into(),
            new.accepted.into(),
            i32::from(new.from_min).into(),
            i32::from(new.to_min).into(),
            new.evidence.clone().into(),
            new.reason.clone().into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// The last decisions of a town, the newest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn decisions(connection: &impl Connection, town: TownId) -> Result<Vec<Decision>, StoreError> {
    let sql = format!(
        "SELECT c.service_id, c.pool_id, c.at, s.name, c.accepted, c.from_min, c.to_min, c.reason \
         FROM calibration c LEFT JOIN staff s ON s.id = c.staff_id \
         WHERE c.town_id = ? ORDER BY c.at DESC, c.id DESC LIMIT {SHOWN}"
    );
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, [town.0.into()])).await?;
    let minutes =
        |value: i32| u16::try_from(value).map_err(|_| StoreError::Corrupt { column: "calibration.to_min" });
    rows.iter()
        .map(|row| {
            Ok(Decision {
                service: ServiceId(row.try_get("", "service_id")?),
                pool: PoolId(row.try_get("", "pool_id")?),
                at: row.try_get("", "at")?,
                by: row.try_get::<Option<String>>("", "name")?.unwrap_or_default(),
                accepted: row.try_get("", "accepted")?,
                from_min: minutes(row.try_get("", "from_min")?)?,
                to_min: minutes(row.try_get("", "to_min")?)?,
                reason: row.try_get("", "reason")?,
            })
        })
        .collect()
}

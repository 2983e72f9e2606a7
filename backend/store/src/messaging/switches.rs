//! What people have set about the sending of their town's messages: what is paused, and which provider has what share.

use chrono::{DateTime, Utc};
use domain::ids::{StaffId, TownId};
use domain::messaging::sending::Scope;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Something that is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Whose messages.
    pub town: TownId,
    /// What.
    pub scope: Scope,
    /// Since when.
    pub since: DateTime<Utc>,
    /// By whom.
    pub by: StaffId,
    /// By whom, as people know them; `None` once they are gone.
    pub by_name: Option<String>,
    /// Why.
    pub reason: String,
}

/// A provider's share in a town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Whose messages.
    pub town: TownId,
    /// Which provider.
    pub provider: String,
    /// Its share, 0 to 100.
    pub weight: u32,
}

/// Everything that is paused in the installation.
///
/// # Errors
/// When the database fails.
pub async fn pauses(connection: &impl Connection) -> Result<Vec<Pause>, StoreError> {
    let sql = "SELECT p.town_id, p.scope, p.name, p.since, p.paused_by, p.reason, s.name AS by_name \
               FROM message_pause p LEFT JOIN staff s ON s.id = p.paused_by \
               ORDER BY p.since, p.scope, p.name";
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, Vec::<Value>::new())).await?;
    let read: Result<Vec<Option<Pause>>, StoreError> = rows.iter().map(read_pause).collect();
    // A kind of a later version is its business.
    Ok(read?.into_iter().flatten().collect())
}

fn read_pause(row: &QueryResult) -> Result<Option<Pause>, StoreError> {
    let (scope, name): (String, String) = (row.try_get("", "scope")?, row.try_get("", "name")?);
    let Some(scope) = Scope::parse(&scope, &name) else { return Ok(None) };
    Ok(Some(Pause {
        town: TownId(row.try_get("", "town_id")?),
        scope,
        since: row.try_get("", "since")?,
        by: StaffId(row.try_get::<Uuid>("", "paused_by")?),
        by_name: row.try_get("", "by_name")?,
        reason: row.try_get("", "reason")?,
    }))
}

/// Pauses something; `false` when it is paused already.
///
/// # Errors
/// When the database fails.
pub async fn pause(tx: &Tx, new: &Pause) -> Result<bool, StoreError> {
    let (scope, name) = new.scope.words();
    let statement = tx.kind().statement(
        "INSERT INTO message_pause (town_id, scope, name, since, paused_by, reason) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (town_id, scope, name) DO NOTHING",
        [
            new.town.0.into(),
            scope.into(),
            name.into(),
            new.since.into(),
            new.by.0.into(),
            new.reason.as_str().into(),
        ],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() > 0)
}

/// Lets something go on; `false` when it was not paused.
///
/// # Errors
/// When the database fails.
pub async fn resume(tx: &Tx, town: TownId, scope: &Scope) -> Result<bool, StoreError> {
    let (scope, name) = scope.words();
    let statement = tx.kind().statement(
        "DELETE FROM message_pause WHERE town_id = ? AND scope = ? AND name = ?",
        [town.0.into(), scope.into(), name.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() > 0)
}

/// The shares people have set, in the whole installation.
///
/// # Errors
/// When the database fails.
pub async fn weights(connection: &impl Connection) -> Result<Vec<Weight>, StoreError> {
    let sql = "SELECT town_id, provider, weight FROM provider_weight ORDER BY town_id, provider";
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, Vec::<Value>::new())).await?;
    rows.iter()
        .map(|row| {
            let weight: i32 = row.try_get("", "weight")?;
            Ok(Weight {
                town: TownId(row.try_get("", "town_id")?),
                provider: row.try_get("", "provider")?,
                weight: u32::try_from(weight).unwrap_or(0),
            })
        })
        .collect()
}

/// Sets a provider's share.
///
/// # Errors
/// When the database fails.
pub async fn set_weight(tx: &Tx, new: &Weight) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO provider_weight (town_id, provider, weight) VALUES (?, ?, ?) \
         ON CONFLICT (town_id, provider) DO UPDATE SET weight = excluded.weight",
        [
            new.town.0.into(),
            new.provider.as_str().into(),
            i32::try_from(new.weight).unwrap_or(i32::MAX).into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

//! What visitors were told at their arrival, and what came.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::ids::{OfficeId, TownId};
use domain::queue::wait_estimate::Estimate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Visit;
use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// What was told, and when the first call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether the visitor had an appointment.
    pub has_appointment: bool,
    /// The arrival.
    pub arrived_at: DateTime<Utc>,
    /// What was told then.
    pub predicted: Estimate,
    /// The first call.
    pub called_at: DateTime<Utc>,
}

/// Keeps what a visitor is told at the arrival.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &Tx, visit: &Visit, told: Estimate) -> Result<(), StoreError> {
    let seconds = |time: TimeDelta| i32::try_from(time.num_seconds()).unwrap_or(i32::MAX);
    let statement = tx.kind().statement(
        "INSERT INTO wait_prediction (visit_id, town_id, office_id, day, low_s, median_s, high_s) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            visit.id.0.into(),
            visit.town.0.into(),
            visit.office.0.into(),
            visit.day.into(),
            seconds(told.low).into(),
            seconds(told.median).into(),
            seconds(told.high).into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// What was told on these days, both included, to everybody who was called; of one office or of all.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn told(
    connection: &impl Connection,
    town: TownId,
    (from, to): (NaiveDate, NaiveDate),
    office: Option<OfficeId>,
) -> Result<Vec<Told>, StoreError> {
    let which = if office.is_some() { "AND p.office_id = ? " } else { "" };
    // The first call stands in the log: the visit's own columns forget it when it is put back.
    let sql = format!(
        "SELECT p.low_s, p.median_s, p.high_s, v.arrived_at, v.booking_id, \
         (SELECT e.at FROM event e WHERE e.subject_id = p.visit_id AND e.to_state = 'called' \
         ORDER BY e.at LIMIT 1) AS first_call \
         FROM wait_prediction p JOIN visit v ON v.id = p.visit_id \
         WHERE p.town_id = ? AND p.day >= ? AND p.day <= ? {which}ORDER BY p.day, p.visit_id"
    );
    let values = [town.0.into(), from.into(), to.into()];
    let statement = connection.kind().statement(&sql, values.into_iter().chain(office.map(|id| id.0.into())));
    let mut told = Vec::new();
    for row in connection.raw().query_all_raw(statement).await? {
        let Some(called_at) = row.try_get("", "first_call")? else { continue };
        let seconds = |column| -> Result<TimeDelta, StoreError> {
            Ok(TimeDelta::seconds(i64::from(row.try_get::<i32>("", column)?)))
        };
        told.push(Told {
            has_appointment: row.try_get::<Option<Uuid>>("", "booking_id")?.is_some(),
            arrived_at: row.try_get("", "arrived_at")?,
            predicted: Estimate {
                low: seconds("low_s")?,
                median: seconds("median_s")?,
                high: seconds("high_s")?,
            },
            called_at,
        });
    }
    Ok(told)
}

//! What visitors are told at their arrival is kept, and compared with what came.

use chrono::{NaiveDate, Timelike};
use domain::ids::OfficeId;
use domain::local_time::local_of;
use domain::queue::accuracy::Outcome;
use domain::town::Town;
use store::queue::Visit;
use store::{StoreError, Tx};

use super::situation;
use crate::app::App;

/// Keeps what somebody who has just arrived is told; nothing while no counter is open.
pub(super) async fn keep(app: &App, tx: &Tx, town: &Town, visit: &Visit) -> Result<(), StoreError> {
    let facts = situation::facts(tx, town, visit.office, app.clock.now()).await?;
    match facts.estimate_of(visit.id) {
        Some(estimate) => store::queue::predictions::keep(tx, visit, estimate).await,
        None => Ok(()),
    }
}

/// What was told on these days, both included, against the time until the first call; of one office or of all.
///
/// # Errors
/// When the database fails.
pub async fn outcomes(
    app: &App,
    town: &Town,
    days: (NaiveDate, NaiveDate),
    office: Option<OfficeId>,
) -> Result<Vec<Outcome>, StoreError> {
    let told = store::queue::predictions::told(&app.db, town.id, days, office).await?;
    Ok(told
        .into_iter()
        .map(|one| Outcome {
            has_appointment: one.has_appointment,
            hour: local_of(town.zone, one.arrived_at).hour(),
            predicted: one.predicted,
            waited: one.called_at - one.arrived_at,
        })
        .collect())
}

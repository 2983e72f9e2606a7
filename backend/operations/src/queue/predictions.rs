//! What visitors are told at their arrival is kept, and compared with what came.

use chrono::{NaiveDate, Timelike};
use domain::ids::OfficeId;
use domain::local_time::local_of;
use domain::queue::accuracy::Outcome;
use domain::town::Town;
use store::StoreError;
use store::queue::Visit;

use super::situation;
use crate::app::App;

/// Keeps what somebody who has just arrived is told; nothing while no counter is open. Their arrival stands already, and
/// nobody waits for the reckoning with the office's rows in hand; when it cannot be kept, one comparison less is made.
pub(super) async fn keep(app: &App, town: &Town, visit: &Visit) {
    if let Err(failure) = try_keep(app, town, visit).await {
        tracing::warn!(visit = %visit.id, error = %failure, "what was told at an arrival could not be kept");
    }
}

async fn try_keep(app: &App, town: &Town, visit: &Visit) -> Result<(), StoreError> {
    let facts = situation::facts(&app.db, town, visit.office, app.clock.now()).await?;
    let Some(estimate) = facts.estimate_of(visit.id) else { return Ok(()) };
    let tx = app.db.write().await?;
    store::queue::predictions::keep(&tx, visit, estimate).await?;
    tx.commit().await
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

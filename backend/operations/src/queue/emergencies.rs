//! The emergency call (Notruf): all colleagues of the office at once, answered by name, ended by a person.

use bus::{Signal, Topic};
use domain::actor::StaffMember;
use domain::event::Subject;
use domain::ids::{EmergencyId, OfficeId};
use domain::queue::refusal::QueueRefused;
use domain::town::Town;
pub use store::queue::emergencies::{Answer, Emergency};
use store::{StoreError, Tx};

use super::refused;
use crate::app::{App, Change};
use crate::error::Outcome;

/// Calls the colleagues of an office for help, from the counter of `by`. Pressed again it is the same call.
pub async fn raise(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
) -> Outcome<Emergency, QueueRefused> {
    let tx = app.db.write().await?;
    let id: EmergencyId = app.id();
    let from = (by.id, by.counter);
    if store::queue::emergencies::begin(&tx, id, (town.id, office), from, app.clock.now()).await? {
        log(app, &tx, by, id, Change::begins("raised")).await?;
    }
    let running = store::queue::emergencies::running(&tx, office).await?;
    let raised = running.into_iter().find(|one| one.by == by.id);
    let raised = raised.ok_or(StoreError::Corrupt { column: "emergency.raised_by" })?;
    tx.commit().await?;
    signal(app, &raised);
    Ok(raised)
}

/// Says that `by` comes. Said twice, or when it is over, it is the same; whoever called does not come to themselves.
pub async fn answer(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: EmergencyId,
) -> Outcome<Emergency, QueueRefused> {
    let tx = app.db.write().await?;
    let emergency = known(&tx, town, id).await?;
    if emergency.ended_at.is_none()
        && emergency.by != by.id
        && store::queue::emergencies::answer(&tx, id, by.id, app.clock.now()).await?
    {
        log(app, &tx, by, id, Change::moves("raised", "answered")).await?;
    }
    let emergency = known(&tx, town, id).await?;
    tx.commit().await?;
    signal(app, &emergency);
    Ok(emergency)
}

/// It is over. Whoever called says so, or whoever came.
pub async fn end(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: EmergencyId,
) -> Outcome<Emergency, QueueRefused> {
    let tx = app.db.write().await?;
    known(&tx, town, id).await?;
    if store::queue::emergencies::end(&tx, id, app.clock.now()).await? {
        log(app, &tx, by, id, Change::moves("raised", "ended")).await?;
    }
    let emergency = known(&tx, town, id).await?;
    tx.commit().await?;
    signal(app, &emergency);
    Ok(emergency)
}

async fn known(tx: &Tx, town: &Town, id: EmergencyId) -> Outcome<Emergency, QueueRefused> {
    let found = store::queue::emergencies::emergency(tx, town.id, id).await?;
    found.ok_or_else(|| refused(QueueRefused::Unknown))
}

async fn log(
    app: &App,
    tx: &Tx,
    by: &StaffMember,
    id: EmergencyId,
    mut change: Change,
) -> Result<(), StoreError> {
    if let Some(counter) = by.counter {
        change = change.at(counter);
    }
    app.log(tx, by.town, Subject::Emergency(id), change, by.into()).await
}

/// The desks of the office look again, whatever page is open there.
fn signal(app: &App, emergency: &Emergency) {
    let topic = Topic::Queue { office: emergency.office.0 };
    app.bus.publish(Signal { town: emergency.town.0, topic });
}

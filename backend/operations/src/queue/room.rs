//! The room limit: who waits outside, and who is told to come in when somebody has gone.

use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::messaging::{Notification, dedupe};
use domain::queue::room::may_come_in;
use domain::queue::status::VisitState;
use domain::town::Town;
use store::queue::Visit;
use store::{StoreError, Tx};

use super::calling;
use crate::app::App;

/// How many are let in at once at most; a limit that is lifted lets in the others with the next who goes.
const MOST: u32 = 200;

/// Somebody has gone, or not: whoever waits outside longest is let in as far as there is room now.
pub(super) async fn after(app: &App, tx: &Tx, before: &Visit, after: &Visit) -> Result<(), StoreError> {
    if !before.state.is_present() || after.state.is_present() {
        return Ok(());
    }
    let limit = store::queue::room::limit_for_update(tx, before.office).await?;
    if limit.is_none() {
        return Ok(());
    }
    let Some(town) = store::town::town(tx, before.town).await? else { return Ok(()) };
    // Whoever is sent home from yesterday makes no room today.
    if before.day == local_day(town.zone, app.clock.now()) {
        let_in(app, tx, &town, before.office, limit).await?;
    }
    Ok(())
}

/// Lets in whoever there is room for, in due order, and tells each of them, once.
pub(crate) async fn let_in(
    app: &App,
    tx: &Tx,
    town: &Town,
    office: OfficeId,
    limit: Option<u16>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let day = local_day(town.zone, now);
    let line = store::queue::room::line_outside(tx, office, day, MOST).await?;
    if line.is_empty() {
        return Ok(());
    }
    let room = store::queue::room::room(tx, office, day).await?;
    let people: Vec<_> = line.iter().map(|visit| (visit.id, visit.people)).collect();
    let invited = may_come_in(limit, room.inside, &people);
    let offices = store::setup::offices(tx, town.id).await?;
    for visit in line.iter().filter(|visit| invited.contains(&visit.id)) {
        if !store::queue::room::let_in(tx, visit.id, now).await? {
            continue;
        }
        let house = offices.iter().find(|office| office.id == visit.office);
        let zone = house.and_then(|house| house.zones.iter().find(|zone| zone.id == visit.zone));
        let notification = Notification::QueueComeIn {
            number: visit.ticket.compact(),
            zone: zone.map(|zone| zone.name.clone()).unwrap_or_default(),
            office: house.map(|house| house.name.clone()).unwrap_or_default(),
        };
        calling::tell(app, tx, town, visit, (notification, dedupe::queue_come_in(visit.id))).await?;
    }
    Ok(())
}

/// Whether somebody waits for room outside.
#[must_use]
pub fn is_outside(visit: &Visit) -> bool {
    visit.outside && visit.state == VisitState::Waiting
}

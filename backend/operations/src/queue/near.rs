//! Tells those who will be called soon, on the devices they chose: so that they can wait where they like.

use domain::ids::VisitId;
use domain::messaging::{Notification, dedupe};
use domain::queue::call_order::near_the_front;
use domain::town::Town;
use store::messaging::subscriptions;
use store::queue::Visit;
use store::{StoreError, Tx};

use super::calling;
use super::situation::Facts;
use crate::app::App;

/// With so many ahead it is time to come.
const NEAR: usize = 2;

/// Owes the news to everybody near the front who has a browser for it; each hears it once. `facts` may still show the
/// visitor who was called.
pub(super) async fn tell(
    app: &App,
    tx: &Tx,
    town: &Town,
    facts: &Facts,
    called: VisitId,
) -> Result<(), StoreError> {
    if !app.web_push {
        return Ok(());
    }
    let mut situation = facts.situation();
    situation.waiting.retain(|one| one.visit != called);
    let near: Vec<(&Visit, usize)> = near_the_front(&situation, NEAR)
        .into_iter()
        .filter_map(|(id, ahead)| Some((facts.visits.iter().find(|visit| visit.id == id)?, ahead)))
        .collect();
    let ids: Vec<VisitId> = near.iter().map(|(visit, _)| visit.id).collect();
    let with_browser = subscriptions::visits_with_browser(tx, &ids).await?;
    if with_browser.is_empty() {
        return Ok(());
    }
    let offices = store::setup::offices(tx, town.id).await?;
    for (visit, ahead) in near.into_iter().filter(|(visit, _)| with_browser.contains(&visit.id)) {
        let Some(office) = offices.iter().find(|office| office.id == visit.office) else { continue };
        let zone = office.zones.iter().find(|zone| zone.id == visit.zone);
        let notification = Notification::QueueStage {
            number: visit.ticket.compact(),
            ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
            zone: zone.map(|zone| zone.name.clone()).unwrap_or_default(),
            office: office.name.clone(),
        };
        calling::tell(app, tx, town, visit, (notification, dedupe::queue_stage(visit.id))).await?;
    }
    Ok(())
}

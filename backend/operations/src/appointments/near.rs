//! What is free near a slot that somebody lost.

use chrono_tz::Tz;
use domain::ids::ServiceId;
use domain::local_time::local_day;
use domain::town::Town;
use store::appointments::holds::Hold;
use store::{StoreError, Tx};

use crate::app::App;
use crate::error::Error;
use crate::schedule::{self, FreeSlot, ItemRequest, find_visit};

/// The free slots near a lost one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The nearest ones, soonest first.
    pub slots: Vec<FreeSlot>,
    /// The office they are in.
    pub office_name: String,
    /// The zone of its clocks.
    pub zone: Tz,
}

/// The free slots near one whose hold has lapsed.
pub(super) async fn near_hold(app: &App, tx: &Tx, town: &Town, hold: &Hold) -> Result<Near, StoreError> {
    let now = app.clock.now();
    // What was offered when it was held may be offered no longer: then nothing is near.
    let nothing = Near { slots: Vec::new(), office_name: String::new(), zone: town.zone };
    let ids: Vec<ServiceId> = hold.items.iter().map(|(service, _)| *service).collect();
    let services = store::catalog::services_of_ids(tx, &ids).await?;
    let items: Vec<ItemRequest> = hold
        .items
        .iter()
        .filter_map(|(id, quantity)| {
            let service = services.iter().find(|service| service.id == *id)?;
            Some(ItemRequest { service: service.slug.clone(), quantity: *quantity })
        })
        .collect();
    let visit = match find_visit(tx, town, &items, hold.audience, local_day(town.zone, now)).await {
        Ok(visit) => visit,
        Err(Error::Refused(_)) => return Ok(nothing),
        Err(Error::Failed(failure)) => return Err(failure),
    };
    let Some(candidate) = visit.candidates.iter().find(|candidate| candidate.pool == hold.pool) else {
        return Ok(nothing);
    };
    let slots = schedule::nearest(tx, town, candidate, hold.span().first, now).await?;
    Ok(Near { slots, office_name: candidate.office_name.clone(), ..nothing })
}

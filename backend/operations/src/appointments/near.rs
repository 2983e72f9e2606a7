//! What is free near a slot that somebody lost.

use chrono_tz::Tz;
use domain::local_time::local_day;
use domain::town::Town;
use store::appointments::holds::Hold;
use store::{StoreError, Tx};

use crate::app::App;
use crate::schedule::{self, FreeSlot, find_visit_again};

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
    // What was offered when it was held may be offered no longer: then nothing is near.
    let nothing = Near { slots: Vec::new(), office_name: String::new(), zone: town.zone };
    let today = local_day(town.zone, app.clock.now());
    let Some(visit) = find_visit_again(tx, town, &hold.items, hold.audience, today).await? else {
        return Ok(nothing);
    };
    let Some(candidate) = visit.candidates.iter().find(|candidate| candidate.pool == hold.pool) else {
        return Ok(nothing);
    };
    let slots = schedule::nearest(app, tx, town, candidate, hold.span().first).await?;
    Ok(Near { slots, office_name: candidate.office_name.clone(), ..nothing })
}

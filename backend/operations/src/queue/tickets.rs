//! The visitor's own page: which ticket a secret opens, and how it stands.

use std::slice;

use chrono::{DateTime, Utc};
use domain::actor::{Citizen, TicketHolder};
use domain::appointments::codes::LinkToken;
use domain::ids::{CounterId, VisitId};
use domain::language::Text;
use domain::queue::TicketNumber;
use domain::queue::announced::WaitRange;
use domain::queue::call_order::ahead_of;
use domain::queue::status::{REJOIN_WINDOW, VisitState};
use domain::town::Town;
use store::StoreError;
use store::queue::Visit;

use super::situation;
use crate::app::App;
use crate::links::Opened;
use crate::secrets::Purpose;
use crate::town::Zone;

/// A ticket as its holder sees it.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// The visit; the one that goes on, when they were sent on.
    pub visit: Visit,
    /// The number before they were sent on.
    pub was: Option<TicketNumber>,
    /// Where to wait.
    pub zone: Zone,
    /// The office's name.
    pub office_name: String,
    /// Where to go, once called: name, number and way.
    pub counter: Option<(String, String, Text)>,
    /// How many come before.
    pub ahead: u32,
    /// The expected wait.
    pub wait: Option<WaitRange>,
    /// Until when a missed visitor may come back.
    pub rejoin_until: Option<DateTime<Utc>>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

/// The secret of a visit's ticket. It follows from the installation's key, so that the same tap gives the same one again.
pub(crate) fn token_of(app: &App, visit: VisitId) -> LinkToken {
    let hash = app.secret_hash(Purpose::Ticket, &format!("token:{visit}"));
    let mut random = [0; 16];
    random.copy_from_slice(&hash[..16]);
    LinkToken::from_random(random)
}

/// The hash under which a ticket is found by its secret.
pub(super) fn hash_of(app: &App, token: &LinkToken) -> Vec<u8> {
    app.secret_hash(Purpose::Ticket, token.reveal())
}

/// Whose ticket this secret opens.
///
/// # Errors
/// When the database fails.
pub async fn holder_of_ticket(
    app: &App,
    town: &Town,
    token: &str,
) -> Result<Opened<TicketHolder>, StoreError> {
    let Ok(token) = LinkToken::parse(token) else { return Ok(Opened::NoLink) };
    let visit = store::queue::visit_of_token(&app.db, town.id, &hash_of(app, &token)).await?;
    let Some(visit) = visit else { return Ok(Opened::Nothing) };
    // Whoever was sent on keeps their link.
    let visit = store::queue::passing::last_of(&app.db, visit).await?;
    Ok(Opened::It(TicketHolder { town: town.id, visit: visit.id }))
}

/// The visit of a citizen's booking, once they have checked in.
///
/// # Errors
/// When the database fails.
pub async fn visit_of_citizen(app: &App, by: &Citizen) -> Result<Option<VisitId>, StoreError> {
    let visit = store::queue::visit_of_booking(&app.db, by.booking).await?;
    Ok(visit.filter(|visit| visit.town == by.town).map(|visit| visit.id))
}

/// Where the holder of a ticket stands now: the visit that goes on, when they were sent on; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn visit_now(app: &App, town: &Town, id: VisitId) -> Result<Option<Visit>, StoreError> {
    let visit = store::queue::visit(&app.db, id).await?.filter(|visit| visit.town == town.id);
    match visit {
        Some(visit) => store::queue::passing::last_of(&app.db, visit).await.map(Some),
        None => Ok(None),
    }
}

/// A ticket as its holder sees it; `None` when there is no such visit.
///
/// # Errors
/// When the database fails.
pub async fn view(app: &App, town: &Town, id: VisitId) -> Result<Option<TicketView>, StoreError> {
    match visit_now(app, town, id).await? {
        Some(visit) => view_of(app, town, visit).await.map(Some),
        None => Ok(None),
    }
}

/// The counter a ticket names: where its holder is called to or served.
pub(super) fn counter_shown(visit: &Visit) -> Option<CounterId> {
    visit.counter.filter(|_| matches!(visit.state, VisitState::Called | VisitState::Serving))
}

/// Until when somebody who was missed may come back, while they may.
pub(super) fn rejoin_until(visit: &Visit, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = visit.missed_at.filter(|_| visit.state == VisitState::Missed)? + REJOIN_WINDOW;
    (now <= until).then_some(until)
}

/// As [`view`], for a visit at hand.
///
/// # Errors
/// When the database fails.
pub async fn view_of(app: &App, town: &Town, visit: Visit) -> Result<TicketView, StoreError> {
    let now = app.clock.now();
    let visit = store::queue::passing::last_of(&app.db, visit).await?;
    let offices = store::setup::offices(&app.db, town.id).await?;
    let corrupt = || StoreError::Corrupt { column: "visit.zone_id" };
    let office = offices.into_iter().find(|office| office.id == visit.office).ok_or_else(corrupt)?;
    let office_name = office.name;
    let zone = office.zones.into_iter().find(|zone| zone.id == visit.zone).ok_or_else(corrupt)?;
    let counter = match counter_shown(&visit) {
        Some(counter) => store::queue::reading::counter_name(&app.db, counter).await?,
        None => None,
    };
    let (mut ahead, mut wait) = (0, None);
    if visit.state == VisitState::Waiting {
        let facts = situation::facts(&app.db, town, visit.office, now).await?;
        let waits = facts.waits(&app.announcements);
        ahead = ahead_of(&waits.situation, visit.id).unwrap_or(0);
        wait = waits.of(visit.id);
    }
    let before = store::queue::passing::numbers_before(&app.db, slice::from_ref(&visit)).await?;
    Ok(TicketView {
        rejoin_until: rejoin_until(&visit, now),
        ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
        was: before.get(&visit.id).copied(),
        visit,
        zone,
        office_name,
        counter,
        wait,
        generated_at: now,
    })
}

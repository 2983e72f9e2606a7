//! An office at one moment, read once for everybody who watches it: displays, tickets, desks.

use std::collections::HashMap;

use domain::devices::DeviceKind;
use domain::ids::{DeviceId, OfficeId, TownId, VisitId, ZoneId};
use domain::language::Text;
use domain::queue::TicketNumber;
use domain::queue::call_order::ahead_of;
use domain::queue::status::VisitState;
use domain::town::Town;
use store::StoreError;
use store::devices::DeviceRecord;
use store::queue::Visit;
use store::queue::reading::Call;
use tokio::sync::OnceCell;

use super::desk::Background;
use super::screens::{self, DisplayView};
use super::situation::{self, Facts, Waits};
use super::tickets::{self, TicketView};
use crate::app::App;
use crate::devices;
use crate::town::OfficeWithZones;

/// An office at one moment.
#[derive(Debug)]
pub struct OfficeNow {
    /// The town, as it was set then.
    pub town: Town,
    /// The office.
    pub office: OfficeWithZones,
    /// What is known about it.
    pub facts: Facts,
    /// What is said about waiting.
    pub(super) waits: Waits,
    /// The last calls of each waiting zone, newest first.
    pub(super) calls: Vec<(ZoneId, Call)>,
    /// The numbers people had before they were sent on.
    before: HashMap<VisitId, TicketNumber>,
    /// The displays of the office that are not revoked.
    displays: HashMap<DeviceId, DeviceRecord>,
    /// What only desks show: read when the first of them asks.
    pub(super) background: OnceCell<Background>,
}

impl OfficeNow {
    /// Reads an office; `None` when the town or the office is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(app: &App, town: TownId, office: OfficeId) -> Result<Option<Self>, StoreError> {
        let Some(town) = store::town::town(&app.db, town).await? else { return Ok(None) };
        let offices = store::setup::offices(&app.db, town.id).await?;
        let Some(office) = offices.into_iter().find(|one| one.id == office) else { return Ok(None) };
        let facts = situation::facts(&app.db, &town, office.id, app.clock.now()).await?;
        let most = screens::calls_of_zone(facts.counters.len());
        let calls = store::queue::reading::last_calls(&app.db, office.id, facts.day, most).await?;
        let before = store::queue::passing::numbers_before(&app.db, &facts.visits).await?;
        let displays = store::devices::of_office(&app.db, office.id, DeviceKind::Display).await?;
        let displays = displays.into_iter().filter(|one| one.revoked_at.is_none());
        Ok(Some(Self {
            waits: facts.waits(&app.announcements),
            displays: displays.map(|one| (one.id, one)).collect(),
            background: OnceCell::new(),
            town,
            office,
            facts,
            calls,
            before,
        }))
    }

    /// The waiting zones a display of this office shows, all of them when none are named; `None` once it is revoked or gone.
    #[must_use]
    pub fn zones_of(&self, display: DeviceId) -> Option<&[ZoneId]> {
        self.displays.get(&display).map(|one| one.zones.as_slice())
    }

    /// Those of these displays for which it was not noted lately that they were seen.
    #[must_use]
    pub fn not_lately_seen(&self, app: &App, displays: &[DeviceId]) -> Vec<DeviceId> {
        let records = displays.iter().filter_map(|id| self.displays.get(id));
        records.filter(|record| devices::not_lately_seen(app, record)).map(|record| record.id).collect()
    }

    /// What a display of these waiting zones shows; no zones named are all zones of the office.
    #[must_use]
    pub fn display(&self, zones: &[ZoneId]) -> DisplayView {
        screens::display_of(self, zones)
    }

    /// The ticket of somebody who is here today, by the id that stays when they are sent on; `None` for everybody else,
    /// whose visit is over or goes on elsewhere: [`super::tickets::view`] knows more.
    #[must_use]
    pub fn ticket(&self, lasting: VisitId) -> Option<TicketView> {
        let visit = self.facts.visits.iter().find(|one| one.lasting_id() == lasting)?;
        let zone = self.office.zones.iter().find(|zone| zone.id == visit.zone)?.clone();
        let waits = visit.state == VisitState::Waiting;
        let ahead = if waits { ahead_of(&self.waits.situation, visit.id).unwrap_or(0) } else { 0 };
        Some(TicketView {
            was: self.before.get(&visit.id).copied(),
            zone,
            office_name: self.office.name.clone(),
            counter: self.counter_of(visit),
            ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
            wait: self.waits.of(visit.id).filter(|_| waits),
            rejoin_until: tickets::rejoin_until(visit, self.facts.now),
            generated_at: self.facts.now,
            visit: visit.clone(),
        })
    }

    /// Where somebody is called to or served: name, number and way.
    fn counter_of(&self, visit: &Visit) -> Option<(String, String, Text)> {
        let id = tickets::counter_shown(visit)?;
        let counter = self.facts.counters.iter().find(|one| one.id == id)?;
        Some((counter.name.clone(), counter.number.clone(), counter.way.clone()))
    }
}

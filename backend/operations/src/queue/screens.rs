//! What terminals, displays and the public board show: numbers, places and waits, never a name.

use chrono::{DateTime, TimeDelta, Utc};
use domain::actor::Device;
use domain::ids::{OfficeId, PoolId, ZoneId};
use domain::language::Text;
use domain::local_time::local_day;
use domain::queue::TicketNumber;
use domain::queue::announced::WaitRange;
use domain::queue::status::VisitState;
use domain::town::Town;
use store::StoreError;
use store::queue::Visit;
use store::queue::reading::Call;

use super::now::OfficeNow;
use super::room::is_outside;
use super::situation::{self, Facts};
use crate::app::App;
use crate::error::Error;
use crate::schedule::FreeSlot;
use crate::town::{OfficeWithZones, Zone};

/// How long a call is shown as just called.
const FRESH: TimeDelta = TimeDelta::seconds(20);

/// Calls that stand, and calls shown as the last ones.
const CALLS_SHOWN: usize = 4;
const RECENT_SHOWN: usize = 12;

/// How long, and how many of them, numbers stand that were told to come in.
const SHOWN_AS_LET_IN: TimeDelta = TimeDelta::minutes(5);
const LET_IN_SHOWN: usize = 6;

/// Slots of today shown at a terminal or on the board.
const SLOTS_SHOWN: usize = 3;

/// A display of one or several waiting zones.
#[derive(Clone, Debug)]
pub struct DisplayView {
    /// The office.
    pub office: OfficeWithZones,
    /// The zones shown.
    pub zones: Vec<Zone>,
    /// Called and not yet there, newest first, and whether just now.
    pub calls: Vec<(Call, bool)>,
    /// The last calls that are answered, newest first.
    pub recent: Vec<Call>,
    /// Who was told to come in lately, the last one first.
    pub let_in: Vec<TicketNumber>,
    /// How many wait outside, because the house is full.
    pub outside: u32,
    /// How many wait in these zones.
    pub waiting: u32,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// What the office wrote on its displays for today.
    pub notice: Option<Text>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

/// What a terminal shows before anybody touches it.
#[derive(Clone, Debug)]
pub struct TerminalView {
    /// The office.
    pub office: OfficeWithZones,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// How many wait.
    pub waiting: u32,
    /// Who was told to come in lately, the last one first.
    pub let_in: Vec<TicketNumber>,
    /// How many wait outside, because the house is full.
    pub outside: u32,
    /// Appointments still free today.
    pub free_today: Vec<FreeSlot>,
    /// What one can come for without appointment: slug, name, whether many do.
    pub services: Vec<(String, Text, bool)>,
    /// Whether the house is closed, so that there are no numbers.
    pub closed: bool,
    /// When it opens next, while it is closed.
    pub opens_next: Option<DateTime<Utc>>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

/// One office on the public board.
#[derive(Clone, Debug)]
pub struct BoardOffice {
    /// The office.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// Whether it is open.
    pub open_now: bool,
    /// When it opens next, while it is closed.
    pub opens_next: Option<DateTime<Utc>>,
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// How many wait.
    pub waiting: u32,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// Appointments still free today.
    pub free_today: Vec<FreeSlot>,
}

/// What a display shows; no zones named are all zones of the office. `None` when the office is gone.
///
/// # Errors
/// When the database fails.
pub async fn display(
    app: &App,
    town: &Town,
    by: &Device,
    zones: &[ZoneId],
) -> Result<Option<DisplayView>, StoreError> {
    Ok(OfficeNow::read(app, town.id, by.office).await?.map(|now| now.display(zones)))
}

/// How many calls of a waiting zone are enough for every display: all that may stand, and the last ones.
pub(super) fn calls_of_zone(counters: usize) -> usize {
    counters + RECENT_SHOWN
}

/// What a display of these waiting zones shows of an office.
pub(super) fn display_of(now: &OfficeNow, zones: &[ZoneId]) -> DisplayView {
    let facts = &now.facts;
    let mut shown: Vec<Zone> = now.office.zones.clone();
    if !zones.is_empty() {
        shown.retain(|zone| zones.contains(&zone.id));
    }
    let here = |id: ZoneId| shown.iter().any(|zone| zone.id == id);
    let calls = now.calls.iter().filter(|(zone, _)| here(*zone)).map(|(_, call)| call.clone());
    let (standing, answered): (Vec<Call>, Vec<Call>) = calls.partition(|call| call.stands);
    let pools: Vec<PoolId> = facts.counters.iter().filter(|one| here(one.zone)).map(|one| one.pool).collect();
    let waiting =
        facts.visits.iter().filter(|one| one.state == VisitState::Waiting && here(one.zone)).count();
    let with_age = |call: Call| {
        let fresh = facts.now - call.called_at < FRESH;
        (call, fresh)
    };
    DisplayView {
        calls: standing.into_iter().take(CALLS_SHOWN).map(with_age).collect(),
        recent: answered.into_iter().take(RECENT_SHOWN).collect(),
        let_in: let_in(facts),
        outside: outside(facts),
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        wait: now.waits.walk_in(&pools),
        zones: shown,
        notice: now.office.notice.as_ref().filter(|one| one.stands_on(facts.day)).map(|one| one.text.clone()),
        office: now.office.clone(),
        generated_at: facts.now,
    }
}

/// What a terminal shows before anybody touches it; `None` when the office is gone.
///
/// # Errors
/// When the database fails.
pub async fn terminal(app: &App, town: &Town, by: &Device) -> Result<Option<TerminalView>, StoreError> {
    let now = app.clock.now();
    let Some(office) = office_of(app, town, by.office).await? else { return Ok(None) };
    let all = store::catalog::services(&app.db, town.id).await?;
    let slugs: Vec<&str> = all.iter().map(|service| service.slug.as_str()).collect();
    let offers = store::catalog::offers(&app.db, town.id, &slugs, local_day(town.zone, now)).await?;
    let offered: Vec<_> = offers.iter().filter(|offer| offer.office == office.id).collect();
    let services: Vec<(String, Text, bool)> = all
        .iter()
        .filter(|service| offered.iter().any(|offer| offer.service == service.id))
        .map(|service| (service.slug.clone(), service.name.clone(), service.popular))
        .collect();
    let facts = situation::facts(&app.db, town, office.id, now).await?;
    let (waiting, wait) = waiting_in(app, &facts);
    let opening = crate::schedule::opening_of_office(app, town, office.id).await?;
    let closed = !opening.gives_numbers(now);
    Ok(Some(TerminalView {
        closed,
        opens_next: opening.opens_next.filter(|_| closed),
        let_in: let_in(&facts),
        outside: outside(&facts),
        free_today: free_today(app, town, office.id, &services).await?,
        services,
        waiting,
        wait,
        office,
        generated_at: now,
    }))
}

/// The public board: every office with its wait and what is free today.
///
/// # Errors
/// When the database fails.
pub async fn board(app: &App, town: &Town) -> Result<Vec<BoardOffice>, StoreError> {
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let all = store::catalog::services(&app.db, town.id).await?;
    let slugs: Vec<&str> = all.iter().map(|service| service.slug.as_str()).collect();
    let offers = store::catalog::offers(&app.db, town.id, &slugs, today).await?;
    let mut board = Vec::new();
    for office in store::setup::offices(&app.db, town.id).await? {
        let services: Vec<(String, Text, bool)> = all
            .iter()
            .filter(|service| {
                offers.iter().any(|offer| offer.office == office.id && offer.service == service.id)
            })
            .map(|service| (service.slug.clone(), service.name.clone(), service.popular))
            .collect();
        let (waiting, wait) = waiting_in(app, &situation::facts(&app.db, town, office.id, now).await?);
        let opening = crate::schedule::opening_of_office(app, town, office.id).await?;
        board.push(BoardOffice {
            office: office.id,
            name: office.name,
            appointment_only: office.admission.appointment_only,
            open_now: opening.open_now,
            opens_next: opening.opens_next.filter(|_| !opening.open_now),
            waiting,
            wait,
            free_today: free_today(app, town, office.id, &services).await?,
        });
    }
    Ok(board)
}

async fn office_of(app: &App, town: &Town, id: OfficeId) -> Result<Option<OfficeWithZones>, StoreError> {
    Ok(store::setup::offices(&app.db, town.id).await?.into_iter().find(|office| office.id == id))
}

/// Who waits for room outside.
fn outside(facts: &Facts) -> u32 {
    u32::try_from(facts.visits.iter().filter(|one| is_outside(one)).count()).unwrap_or(u32::MAX)
}

/// Whoever may have to be told still that there is room: without a phone they look here.
fn let_in(facts: &Facts) -> Vec<TicketNumber> {
    let lately = |visit: &&Visit| {
        visit.state == VisitState::Waiting
            && visit.let_in_at.is_some_and(|at| facts.now - at < SHOWN_AS_LET_IN)
    };
    let mut found: Vec<&Visit> = facts.visits.iter().filter(lately).collect();
    found.sort_by_key(|visit| std::cmp::Reverse(visit.let_in_at));
    found.into_iter().take(LET_IN_SHOWN).map(|visit| visit.ticket).collect()
}

fn waiting_in(app: &App, facts: &Facts) -> (u32, Option<WaitRange>) {
    let pools: Vec<PoolId> = facts.counters.iter().map(|counter| counter.pool).collect();
    let waits = facts.waits(&app.announcements);
    let waiting = u32::try_from(waits.situation.waiting.len()).unwrap_or(u32::MAX);
    (waiting, waits.walk_in(&pools))
}

/// The next free appointments of today for what most people come for.
async fn free_today(
    app: &App,
    town: &Town,
    office: OfficeId,
    services: &[(String, Text, bool)],
) -> Result<Vec<FreeSlot>, StoreError> {
    let Some((slug, ..)) = services.iter().find(|(.., popular)| *popular).or(services.first()) else {
        return Ok(Vec::new());
    };
    match crate::schedule::free_today(app, town, office, slug).await {
        Ok(mut slots) => {
            slots.truncate(SLOTS_SHOWN);
            Ok(slots)
        }
        // A service that cannot be booked has no free appointments.
        Err(Error::Refused(_)) => Ok(Vec::new()),
        Err(Error::Failed(failure)) => Err(failure),
    }
}

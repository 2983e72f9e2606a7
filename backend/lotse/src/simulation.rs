//! The simulated working day: people of the load model who book, come, wait and are served, through the same
//! verbs as everybody else.

mod bookings;
mod decide;
mod past;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::anyhow;
use chrono::{DateTime, Datelike, Days, TimeDelta, Timelike, Utc};
use domain::actor::{Actor, Device, StaffMember};
use domain::appointments::status::BookingState;
use domain::devices::DeviceKind;
use domain::ids::{BookingId, CounterId, OfficeId, VisitId};
use domain::language::Language;
use domain::local_time::{local_day, local_of};
use domain::queue::status::VisitState;
use domain::staff::Role;
use domain::town::Town;
use operations::App;
use operations::devices::DeviceToken;
use operations::queue::arrival::{check_in_by_staff, mark_no_show};
use operations::queue::calling::{TwoCalls, call_next, mark_missed, recall};
use operations::queue::counters::IfTaken;
use operations::queue::situation::{Facts, facts};
use operations::queue::walk_in::{WalkIn, draw_ticket};
use operations::queue::{counters, serving};
use operations::staff::NewStaff;
use rand::Rng;
use runtime::Shutdown;
use tokio::task::JoinHandle;

use crate::demo_town::{self, DemoMemory};
use decide::{Act, CounterSeen, ExpectedSeen, Scene, VisitSeen, WaitingSeen, decide};
use simulator::model::{LoadModel, dice};

/// The counter that is left to the person who tries the demo: office and number.
const LEFT_FREE: (&str, &str) = ("rathaus", "3");
/// The share of the town's walk-ins that come to the first office.
const MAIN_SHARE: f64 = 0.85;
/// When the simulated day begins, before the doors open.
const BEFORE_OPENING: (u32, u32) = (7, 40);
/// How often the living day is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// A simulated day.
pub struct Simulation {
    app: App,
    town: Town,
    model: LoadModel,
    clerks: HashMap<CounterId, StaffMember>,
    offices: Vec<SimulatedOffice>,
    services: Vec<String>,
    /// The minute up to which people without appointment have come in.
    came_until: DateTime<Utc>,
    /// When a clerk was last done with somebody.
    done_at: HashMap<CounterId, DateTime<Utc>>,
}

/// Opens the house on a new day: from before the doors open up to `until`, as fast as it goes. At the very first
/// start the coming weeks are booked, too; `progress` is told how many appointments there are.
///
/// # Errors
/// When the database fails.
pub async fn morning(
    app: &App,
    town: &Town,
    memory: &DemoMemory,
    until: DateTime<Utc>,
    deliver: impl AsyncFnMut() -> anyhow::Result<()>,
    progress: impl FnMut(u32),
) -> anyhow::Result<Simulation> {
    app.clock.set(demo_town::at(town, local_day(town.zone, until), BEFORE_OPENING.0, BEFORE_OPENING.1));
    let mut simulation = Simulation::new(app, town, memory).await?;
    if memory.now.is_none() {
        past::keep_weeks(app, town, &simulation.services, local_day(town.zone, until)).await?;
        simulation.fill(progress).await?;
    }
    simulation.catch_up(until, deliver).await?;
    Ok(simulation)
}

/// The weeks before the very first day, for a town that is left to itself.
///
/// # Errors
/// When the database fails.
pub async fn past(app: &App, town: &Town, memory: &DemoMemory, until: DateTime<Utc>) -> anyhow::Result<()> {
    let simulation = Simulation::new(app, town, memory).await?;
    past::keep_weeks(app, town, &simulation.services, local_day(town.zone, until)).await
}

/// Lets the day go on with the running clock until told to stop.
pub fn start(simulation: Simulation, shutdown: Shutdown) -> JoinHandle<()> {
    tokio::spawn(simulation.live(shutdown))
}

struct SimulatedOffice {
    id: OfficeId,
    terminal: Device,
    /// Its share of the people without appointment.
    share: f64,
}

impl Simulation {
    /// Everybody who plays a part, on the town's present clock.
    ///
    /// # Errors
    /// When the database fails or the demo's terminals are gone.
    pub async fn new(app: &App, town: &Town, memory: &DemoMemory) -> anyhow::Result<Self> {
        let mut offices = Vec::new();
        for office in operations::town::offices(app, town).await? {
            let terminal = terminal_of(app, town, memory, office.id).await?;
            let share = if offices.is_empty() { MAIN_SHARE } else { 1.0 - MAIN_SHARE };
            offices.push(SimulatedOffice { id: office.id, terminal, share });
        }
        let catalogue = operations::catalog::public_catalogue(app, town).await?;
        Ok(Self {
            model: LoadModel::shipped(),
            clerks: clerks(app, town).await?,
            offices,
            services: catalogue.services.into_iter().map(|service| service.slug).collect(),
            came_until: app.clock.now(),
            done_at: HashMap::new(),
            app: app.clone(),
            town: town.clone(),
        })
    }

    /// Makes the appointments of today and the coming weeks; `progress` is told how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fill(&self, progress: impl FnMut(u32)) -> anyhow::Result<u32> {
        let today = local_day(self.town.zone, self.app.clock.now());
        let Some(by) = self.clerks.values().next() else { return Ok(0) };
        bookings::fill(&self.app, &self.town, by, &self.services, today, progress).await
    }

    /// Plays from the present time of the standing clock up to `until`, in steps of twenty seconds; `deliver`
    /// sends after each step what became due, as the workers do on a running clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn catch_up(
        &mut self,
        until: DateTime<Utc>,
        mut deliver: impl AsyncFnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        while self.app.clock.now() < until {
            self.step().await?;
            deliver().await?;
            self.app.clock.advance(TimeDelta::seconds(20).min(until - self.app.clock.now()));
        }
        Ok(())
    }

    /// Lives on with the running clock until told to stop.
    pub async fn live(mut self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = self.step().await {
                tracing::warn!(%error, "the simulated day stumbled");
            }
        }
    }

    /// Lets everybody do what is due now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn step(&mut self) -> anyhow::Result<()> {
        let now = self.app.clock.now();
        let offices: Vec<OfficeId> = self.offices.iter().map(|office| office.id).collect();
        for office in offices {
            let facts = facts(&self.app.db, &self.town, office, now).await?;
            let open = operations::schedule::opening_of_office(&self.app, &self.town, office).await?.open_now;
            let scene = self.scene(&facts, open);
            for act in decide(&scene, now, &self.model) {
                self.perform(act, now).await?;
            }
        }
        self.people_come_in(now).await
    }

    fn scene(&self, facts: &Facts, open: bool) -> Scene {
        let counters = facts.counters.iter().filter_map(|counter| {
            let clerk = self.clerks.get(&counter.id)?;
            Some(CounterSeen {
                id: counter.id.0,
                staffed: counter.staff == Some(clerk.id),
                taken: counter.staff.is_some(),
                free_since: self.done_at.get(&counter.id).copied(),
                visit: facts.at(counter).map(|visit| VisitSeen {
                    id: visit.id.0,
                    called_at: visit.recalled_at.or(visit.called_at).unwrap_or(facts.now),
                    calls: visit.calls,
                    started_at: visit.started_at,
                    planned_min: u32::from(visit.planned_min),
                }),
            })
        });
        let waiting = facts.visits.iter().filter(|visit| visit.state == VisitState::Waiting);
        let expected = facts.bookings.iter().filter(|booking| booking.state == BookingState::Booked);
        Scene {
            counters: counters.collect(),
            waiting: waiting
                .map(|visit| WaitingSeen {
                    id: visit.id.0,
                    arrived_at: visit.arrived_at,
                    walk_in: visit.appointment_at.is_none(),
                })
                .collect(),
            expected: expected
                .map(|booking| ExpectedSeen { booking: booking.id.0, starts_at: booking.starts_at })
                .collect(),
            open,
        }
    }

    async fn perform(&mut self, act: Act, now: DateTime<Utc>) -> anyhow::Result<()> {
        let (app, town) = (&self.app, &self.town);
        let anybody = self.clerks.values().next();
        let clerk = |counter| self.clerks.get(&CounterId(counter));
        let outcome = match act {
            Act::Open { counter } => match clerk(counter) {
                Some(by) => counters::open(app, town, by, CounterId(counter), IfTaken::Refuse).await,
                None => return Ok(()),
            },
            Act::Close { counter } => match clerk(counter) {
                Some(by) => counters::close(app, town, by, CounterId(counter)).await,
                None => return Ok(()),
            },
            Act::CheckIn { booking } => match anybody {
                Some(by) => check_in_by_staff(app, town, by, BookingId(booking)).await.map(drop),
                None => return Ok(()),
            },
            Act::NoShow { booking } => match anybody {
                Some(by) => mark_no_show(app, town, by, BookingId(booking)).await,
                None => return Ok(()),
            },
            Act::Leave { visit } => serving::leave(app, town, Actor::System, VisitId(visit)).await.map(drop),
            Act::CallNext { counter }
            | Act::Recall { counter, .. }
            | Act::Start { counter, .. }
            | Act::Finish { counter, .. }
            | Act::Missed { counter, .. } => match clerk(counter) {
                Some(by) => at_counter(app, town, by, act).await,
                None => return Ok(()),
            },
        };
        if let Act::Finish { counter, .. } | Act::Missed { counter, .. } = act {
            self.done_at.insert(CounterId(counter), now);
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(operations::Error::Refused(refusal)) => {
                tracing::debug!(?refusal, ?act, "the simulated day was refused something");
                Ok(())
            }
            Err(operations::Error::Failed(failure)) => Err(failure.into()),
        }
    }

    /// People without appointment draw tickets, and somebody books for another day.
    async fn people_come_in(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let town = self.town.clone();
        while self.came_until + TimeDelta::minutes(1) <= now {
            self.came_until += TimeDelta::minutes(1);
            let local = local_of(town.zone, self.came_until);
            let minute = local.hour() * 60 + local.minute();
            for (index, office) in self.offices.iter().enumerate() {
                for number in 0..self.model.walk_ins(local.date(), minute, office.share) {
                    let key = [index as u8, number as u8];
                    let mut dice = dice(&[b"ticket", local.to_string().as_bytes(), &key]);
                    let walk_in = WalkIn {
                        service: bookings::service(&mut dice, &self.services),
                        language: Language::De,
                        phone: bookings::particulars(&mut dice).phone,
                    };
                    // Refused: the service is not offered here, or the house is closed. They leave again.
                    match draw_ticket(&self.app, &town, &office.terminal, walk_in).await {
                        Ok(_) | Err(operations::Error::Refused(_)) => {}
                        Err(operations::Error::Failed(failure)) => return Err(failure.into()),
                    }
                }
            }
            self.somebody_books(local.date().num_days_from_ce(), minute).await?;
        }
        Ok(())
    }

    async fn somebody_books(&self, day: i32, minute: u32) -> anyhow::Result<()> {
        let mut dice = dice(&[b"book", &day.to_le_bytes(), &minute.to_le_bytes()]);
        let per_minute = self.model.visits_per_workday * (1.0 - self.model.walk_in_share) / (10.0 * 60.0);
        let Some(by) = self.clerks.values().next() else { return Ok(()) };
        if !dice.random_bool(per_minute.min(1.0)) {
            return Ok(());
        }
        let ahead = self.model.lead_days(&mut dice).ceil() as u64;
        let today = local_day(self.town.zone, self.app.clock.now());
        let day = today.checked_add_days(Days::new(ahead)).unwrap_or(today);
        let service = bookings::service(&mut dice, &self.services);
        bookings::book(&self.app, &self.town, by, &service, day, &mut dice).await?;
        Ok(())
    }
}

async fn at_counter(
    app: &App,
    town: &Town,
    by: &StaffMember,
    act: Act,
) -> operations::Outcome<(), domain::queue::refusal::QueueRefused> {
    match act {
        Act::CallNext { counter } => call_next(app, town, by, CounterId(counter)).await.map(drop),
        Act::Recall { visit, .. } => recall(app, town, by, VisitId(visit)).await.map(drop),
        Act::Start { visit, .. } => serving::start(app, town, by, VisitId(visit)).await.map(drop),
        Act::Finish { visit, .. } => {
            serving::finish(app, town, by, VisitId(visit), Vec::new()).await.map(drop)
        }
        Act::Missed { visit, .. } => {
            mark_missed(app, town, by, VisitId(visit), TwoCalls::Asked).await.map(drop)
        }
        Act::Open { .. }
        | Act::Close { .. }
        | Act::CheckIn { .. }
        | Act::NoShow { .. }
        | Act::Leave { .. } => Ok(()),
    }
}

/// The simulated clerks, one for each counter but the one that is left free; made at the first start.
async fn clerks(app: &App, town: &Town) -> anyhow::Result<HashMap<CounterId, StaffMember>> {
    let offices = operations::town::offices(app, town).await?;
    let mut known: HashMap<String, domain::ids::StaffId> =
        operations::staff::list(app, town).await?.into_iter().map(|staff| (staff.login, staff.id)).collect();
    let mut clerks = HashMap::new();
    for (index, view) in counters::list(app, town).await?.into_iter().enumerate() {
        let counter = view.counter;
        let Some(office) = offices.iter().find(|office| office.id == counter.office) else { continue };
        if (office.slug.as_str(), counter.number.as_str()) == LEFT_FREE {
            continue;
        }
        let login = format!("sim-{}-{}", office.slug, counter.number);
        let id = match known.remove(&login) {
            Some(id) => id,
            None => {
                let new = NewStaff {
                    login,
                    name: bookings::clerk_name(index),
                    role: Role::Desk,
                    office: Some(counter.office),
                    password: app.token(),
                };
                operations::staff::add(app, town, Actor::System, new)
                    .await
                    .map_err(|error| anyhow!("{error:?}"))?
                    .id
            }
        };
        let clerk = StaffMember { town: town.id, id, role: Role::Desk, counter: Some(counter.id) };
        clerks.insert(counter.id, clerk);
    }
    Ok(clerks)
}

async fn terminal_of(
    app: &App,
    town: &Town,
    memory: &DemoMemory,
    office: OfficeId,
) -> anyhow::Result<Device> {
    for device in memory.devices.iter().filter(|device| device.kind == DeviceKind::Terminal.as_str()) {
        if let Some(DeviceToken::Active(found)) =
            operations::devices::device_of_token(app, town, &device.token).await?
            && found.office == office
        {
            return Ok(found);
        }
    }
    Err(anyhow!("the demo's terminal is gone; start with --fresh"))
}

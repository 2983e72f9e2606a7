//! The facts about one office at one moment, and the situation the rules decide on.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{OfficeId, PoolId, VisitId};
use domain::local_time::local_day;
use domain::queue::announced::WaitRange;
use domain::queue::check_in::GRACE;
use domain::queue::forecast::{Away, Expected, Seat, Situation, Waiting, Work};
use domain::queue::habits::Habits;
use domain::queue::learning::usual_of_plan;
use domain::queue::status::{REJOIN_WINDOW, VisitState};
use domain::queue::wait_estimate::{Asking, Estimate, expected_waits};
use domain::town::Town;
use store::appointments::Booking;
use store::queue::Visit;
use store::queue::counters::Counter;
use store::{Connection, StoreError};
use uuid::Uuid;

use super::announcements::{Announcements, Told};

/// How many afternoons are played for an estimate.
const RUNS: usize = 200;

/// Appointments further away than this change nothing about the next calls.
const OUTLOOK: TimeDelta = TimeDelta::hours(3);

/// What is known about an office right now.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Where.
    pub office: OfficeId,
    /// How long somebody without appointment should wait at most.
    pub target_wait: TimeDelta,
    /// All counters.
    pub counters: Vec<Counter>,
    /// Today's visits that are not over, missed ones among them; earliest due first.
    pub visits: Vec<Visit>,
    /// Today's bookings, soonest first.
    pub bookings: Vec<Booking>,
    /// The usual time of visits and bookings, as learned here.
    pub usual: HashMap<Uuid, TimeDelta>,
    /// How people behave here, as learned.
    pub habits: Habits,
}

/// Asks the store for the facts.
///
/// # Errors
/// When the database fails.
pub async fn facts(
    connection: &impl Connection,
    town: &Town,
    office: OfficeId,
    now: DateTime<Utc>,
) -> Result<Facts, StoreError> {
    let day = local_day(town.zone, now);
    let states = VisitState::ALL.into_iter().filter(|state| !state.is_final()).collect::<Vec<_>>();
    Ok(Facts {
        now,
        day,
        office,
        target_wait: target_wait(town),
        counters: store::queue::counters::counters_of_office(connection, office).await?,
        visits: store::queue::visits_of_day(connection, office, day, &states).await?,
        bookings: store::appointments::bookings_of_day(connection, office, day).await?,
        usual: store::queue::learned::usual_of_day(connection, office, day).await?,
        habits: store::queue::learned::habits(connection, office).await?,
    })
}

/// How long somebody without appointment should wait at most.
pub(super) fn target_wait(town: &Town) -> TimeDelta {
    TimeDelta::minutes(i64::from(town.settings.target_wait_minutes))
}

impl Facts {
    /// The situation as the rules see it: open counters, who waits, who is expected within the outlook.
    pub fn situation(&self) -> Situation {
        Situation {
            now: self.now,
            counters: self.counters.iter().filter_map(|counter| self.seat(counter)).collect(),
            waiting: self
                .visits
                .iter()
                .filter(|one| one.state == VisitState::Waiting)
                .map(|one| self.waiting(one))
                .collect(),
            expected: self.expected().map(|one| self.awaited(one)).collect(),
            away: self.visits.iter().filter_map(|one| self.away(one)).collect(),
            habits: self.habits,
        }
    }

    /// The time a visit usually takes: as learned here, else by its plan.
    fn usual_of(&self, visit: &Visit) -> TimeDelta {
        let plan = || usual_of_plan(TimeDelta::minutes(i64::from(visit.planned_min)));
        self.usual.get(&visit.id.0).copied().unwrap_or_else(plan)
    }

    fn waiting(&self, visit: &Visit) -> Waiting {
        Waiting {
            visit: visit.id,
            pool: line_of(visit),
            due_at: visit.due_at,
            arrived_at: visit.arrived_at,
            has_appointment: visit.appointment_at.is_some(),
            usual: self.usual_of(visit),
        }
    }

    fn awaited(&self, booking: &Booking) -> Expected {
        let plan = || usual_of_plan(booking.ends_at - booking.starts_at);
        Expected {
            pool: booking.pool,
            starts_at: booking.starts_at,
            usual: self.usual.get(&booking.id.0).copied().unwrap_or_else(plan),
        }
    }

    /// Somebody who may come back into the line.
    fn away(&self, visit: &Visit) -> Option<Away> {
        let usual = self.usual_of(visit);
        match visit.state {
            VisitState::Parked => Some(Away::parked(visit.id, line_of(visit), visit.due_at, usual)),
            VisitState::Missed => {
                let until = visit.missed_at? + REJOIN_WINDOW;
                (until > self.now).then(|| Away::missed(visit.id, line_of(visit), until, self.now, usual))
            }
            VisitState::Waiting
            | VisitState::Called
            | VisitState::Serving
            | VisitState::Done
            | VisitState::Transferred
            | VisitState::Left => None,
        }
    }

    /// The visitor who is called to this counter or sits there.
    pub fn at(&self, counter: &Counter) -> Option<&Visit> {
        self.visits.iter().find(|visit| {
            visit.counter == Some(counter.id)
                && matches!(visit.state, VisitState::Called | VisitState::Serving)
        })
    }

    /// Bookings whose visitor may still come in time, or a little late.
    fn expected(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.iter().filter(|one| {
            one.state == BookingState::Booked
                && one.starts_at >= self.now - GRACE
                && one.starts_at <= self.now + OUTLOOK
        })
    }

    /// A counter with somebody at it, or open and not on a break.
    fn seat(&self, counter: &Counter) -> Option<Seat> {
        let work = self.at(counter).map(|visit| Work {
            elapsed: visit.started_at.map_or(TimeDelta::zero(), |since| self.now - since),
            usual: self.usual_of(visit),
        });
        let open = counter.staff.is_some() && !counter.paused;
        (open || work.is_some()).then(|| Seat { counter: counter.id, pools: self.pools_of(counter), work })
    }

    /// What a counter serves: its pool, and whoever is wished to it. They wait in a pool of this one counter.
    fn pools_of(&self, counter: &Counter) -> Vec<PoolId> {
        let wished = self.visits.iter().any(|visit| visit.wished_counter == Some(counter.id));
        std::iter::once(counter.pool).chain(wished.then_some(PoolId(counter.id.0))).collect()
    }

    /// The expected wait of everybody who waits, and of somebody who would come now, by pool; nothing jumps.
    pub fn waits(&self, announcements: &Announcements) -> Waits {
        let situation = self.situation();
        let mut open_counters: HashMap<PoolId, usize> = HashMap::new();
        for pool in situation.counters.iter().flat_map(|seat| &seat.pools) {
            *open_counters.entry(*pool).or_default() += 1;
        }
        let mut told: Vec<Told> = situation.waiting.iter().map(|one| Told::Visit(one.visit)).collect();
        let mut asking: Vec<Asking> = situation.waiting.iter().map(asking_for).collect();
        let mut pools: Vec<PoolId> = open_counters.keys().copied().collect();
        pools.sort_unstable();
        for pool in pools {
            let usual = usual_at(&situation, pool);
            told.extend([Told::WalkIn(pool), Told::Appointment(pool)]);
            asking.extend([self.now + self.target_wait, self.now].map(|due_at| Asking {
                pool,
                due_at,
                visit: None,
                usual,
            }));
        }
        let estimates = expected_waits(&situation, &asking, RUNS, SEED);
        let estimates = told.into_iter().zip(estimates).filter_map(|(told, one)| Some((told, one?)));
        let said = announcements.say(self.office, estimates, self.now);
        Waits { situation, said, open_counters }
    }

    /// The bare estimate for one visitor who waits.
    pub(super) fn estimate_of(&self, visit: VisitId) -> Option<Estimate> {
        let situation = self.situation();
        let me = situation.waiting.iter().find(|one| one.visit == visit)?;
        expected_waits(&situation, &[asking_for(me)], RUNS, SEED).pop().flatten()
    }
}

/// The pool somebody waits for; whoever is wished to a counter waits for that one alone.
fn line_of(visit: &Visit) -> PoolId {
    visit.wished_counter.map_or(visit.pool, |counter| PoolId(counter.0))
}

fn asking_for(one: &Waiting) -> Asking {
    Asking { pool: one.pool, due_at: one.due_at, visit: Some(one.visit), usual: one.usual }
}

/// What a visit at this pool usually takes, by those who are here or expected; a quarter of an hour's plan else.
fn usual_at(situation: &Situation, pool: PoolId) -> TimeDelta {
    let waiting = situation.waiting.iter().filter(|one| one.pool == pool).map(|one| one.usual);
    let expected = situation.expected.iter().filter(|one| one.pool == pool).map(|one| one.usual);
    let known: Vec<TimeDelta> = waiting.chain(expected).collect();
    match i32::try_from(known.len()) {
        Ok(count) if count > 0 => known.iter().sum::<TimeDelta>() / count,
        Ok(_) | Err(_) => usual_of_plan(TimeDelta::minutes(15)),
    }
}

/// The same noise for every refresh, so that a range moves only when the queue does.
const SEED: u64 = 0x6c6f_7473_6521;

/// Expected waits of an office at one moment.
#[derive(Clone, Debug)]
pub struct Waits {
    /// The situation they are drawn from.
    pub situation: Situation,
    said: HashMap<Told, WaitRange>,
    open_counters: HashMap<PoolId, usize>,
}

impl Waits {
    /// Of somebody who waits.
    pub fn of(&self, visit: VisitId) -> Option<WaitRange> {
        self.said.get(&Told::Visit(visit)).copied()
    }

    /// Of somebody without appointment who would come now for the largest of these pools.
    pub fn walk_in(&self, pools: &[PoolId]) -> Option<WaitRange> {
        self.said.get(&Told::WalkIn(self.largest(pools)?)).copied()
    }

    /// Of somebody whose appointment is now, at the largest of these pools.
    pub fn appointment(&self, pools: &[PoolId]) -> Option<WaitRange> {
        self.said.get(&Told::Appointment(self.largest(pools)?)).copied()
    }

    /// The pool with the most open counters: where most people go.
    fn largest(&self, pools: &[PoolId]) -> Option<PoolId> {
        pools
            .iter()
            .copied()
            .filter(|pool| self.open_counters.contains_key(pool))
            .max_by_key(|pool| (self.open_counters[pool], std::cmp::Reverse(*pool)))
    }
}

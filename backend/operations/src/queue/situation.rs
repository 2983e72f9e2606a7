//! The facts about one office at one moment, and the situation the rules decide on.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{OfficeId, PoolId};
use domain::local_time::local_day;
use domain::queue::check_in::GRACE;
use domain::queue::forecast::{Expected, Seat, Situation, Waiting, Work};
use domain::queue::status::VisitState;
use domain::queue::wait_estimate::{Asking, Estimate, WaitRange, rollout};
use domain::town::Town;
use store::appointments::Booking;
use store::queue::Visit;
use store::queue::counters::Counter;
use store::{Connection, StoreError};

/// How many afternoons are played for an estimate.
const RUNS: usize = 80;

/// Appointments further away than this change nothing about the next calls.
const OUTLOOK: TimeDelta = TimeDelta::hours(3);

/// What is known about an office right now.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// How long somebody without appointment should wait at most.
    pub target_wait: TimeDelta,
    /// All counters.
    pub counters: Vec<Counter>,
    /// Today's visits that are not over, missed ones among them; earliest due first.
    pub visits: Vec<Visit>,
    /// Today's bookings, soonest first.
    pub bookings: Vec<Booking>,
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
        target_wait: target_wait(town),
        counters: store::queue::counters::counters_of_office(connection, office).await?,
        visits: store::queue::visits_of_day(connection, office, day, &states).await?,
        bookings: store::appointments::bookings_of_day(connection, office, day).await?,
    })
}

/// How long somebody without appointment should wait at most.
pub(super) fn target_wait(town: &Town) -> TimeDelta {
    TimeDelta::minutes(i64::from(town.settings.target_wait_minutes))
}

/// The time a visit takes on average: four fifths of what is planned (`load-model.json`) until it is measured.
fn usual(planned_min: i64) -> TimeDelta {
    TimeDelta::seconds(planned_min.max(1) * 48)
}

impl Facts {
    /// The situation as the rules see it: open counters, who waits, who is expected within the outlook.
    pub fn situation(&self) -> Situation {
        Situation {
            now: self.now,
            counters: self.counters.iter().filter_map(|counter| self.seat(counter)).collect(),
            waiting: self.visits.iter().filter(|one| one.state == VisitState::Waiting).map(waiting).collect(),
            expected: self.expected().map(expected).collect(),
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
            usual: usual(i64::from(visit.planned_min)),
        });
        let open = counter.staff.is_some() && !counter.paused;
        (open || work.is_some()).then(|| Seat { counter: counter.id, pools: vec![counter.pool], work })
    }

    /// The expected wait of everybody who waits, and of somebody who would come now, by pool.
    pub fn waits(&self) -> Waits {
        let situation = self.situation();
        let mut pools: Vec<PoolId> = situation.counters.iter().flat_map(|seat| seat.pools.clone()).collect();
        pools.sort_unstable();
        pools.dedup();
        let mut asking: Vec<Asking> = situation
            .waiting
            .iter()
            .map(|one| Asking { pool: one.pool, due_at: one.due_at, visit: Some(one.visit) })
            .collect();
        let here = asking.len();
        for due_at in [self.now + self.target_wait, self.now] {
            asking.extend(pools.iter().map(|pool| Asking { pool: *pool, due_at, visit: None }));
        }
        let ranges: Vec<Option<WaitRange>> = rollout(&situation, &asking, RUNS, SEED)
            .into_iter()
            .map(|estimate| estimate.map(Estimate::range))
            .collect();
        let by_pool = |from: usize| pools.iter().copied().zip(ranges[from..].iter().copied());
        Waits {
            visits: asking[..here]
                .iter()
                .zip(&ranges)
                .filter_map(|(one, range)| Some((one.visit?, (*range)?)))
                .collect(),
            walk_ins: by_pool(here).filter_map(|(pool, range)| Some((pool, range?))).collect(),
            appointments: by_pool(here + pools.len())
                .filter_map(|(pool, range)| Some((pool, range?)))
                .collect(),
            open_counters: situation.counters.iter().flat_map(|seat| seat.pools.iter()).fold(
                HashMap::new(),
                |mut counts, pool| {
                    *counts.entry(*pool).or_default() += 1;
                    counts
                },
            ),
            situation,
        }
    }
}

/// The same noise for every refresh, so that a range moves only when the queue does.
const SEED: u64 = 0x6c6f_7473_6521;

/// Expected waits of an office at one moment.
#[derive(Clone, Debug)]
pub struct Waits {
    /// The situation they are drawn from.
    pub situation: Situation,
    visits: HashMap<domain::ids::VisitId, WaitRange>,
    walk_ins: HashMap<PoolId, WaitRange>,
    appointments: HashMap<PoolId, WaitRange>,
    open_counters: HashMap<PoolId, usize>,
}

impl Waits {
    /// Of somebody who waits.
    pub fn of(&self, visit: domain::ids::VisitId) -> Option<WaitRange> {
        self.visits.get(&visit).copied()
    }

    /// Of somebody without appointment who would come now for the largest of these pools.
    pub fn walk_in(&self, pools: &[PoolId]) -> Option<WaitRange> {
        self.walk_ins.get(&self.largest(pools)?).copied()
    }

    /// Of somebody whose appointment is now, at the largest of these pools.
    pub fn appointment(&self, pools: &[PoolId]) -> Option<WaitRange> {
        self.appointments.get(&self.largest(pools)?).copied()
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

fn waiting(visit: &Visit) -> Waiting {
    Waiting {
        visit: visit.id,
        pool: visit.pool,
        due_at: visit.due_at,
        arrived_at: visit.arrived_at,
        usual: usual(i64::from(visit.planned_min)),
    }
}

fn expected(booking: &Booking) -> Expected {
    Expected {
        pool: booking.pool,
        starts_at: booking.starts_at,
        usual: usual((booking.ends_at - booking.starts_at).num_minutes()),
    }
}

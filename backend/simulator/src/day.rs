//! One office's day, played with the real calling rule: pure, and over in milliseconds. Whoever wants to know what
//! the office could have known looks over its shoulder at each arrival.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{CounterId, PoolId, ServiceId, VisitId};
use domain::queue::call_order::{Choice, next_for};
use domain::queue::check_in::GRACE;
use domain::queue::forecast::{Expected, Seat, Situation, Waiting, Work};
use domain::queue::learning::{LONGEST_CHANGEOVER, Lessons, Past, Seen, Served, Waited, usual_of_plan};
use uuid::Uuid;

use crate::model::{breather, walk_to_counter};
use crate::people::{OPEN, Person, Plan, of_day};
use crate::services::COMMON;

/// People without appointment should wait no longer.
pub const TARGET_WAIT: i64 = 30 * 60;

/// Appointments further away are not looked at, as in the real office.
const OUTLOOK: i64 = 3 * 3_600;

/// A clerk who holds somebody back tries again.
const TRIES_AGAIN: i64 = 30;

/// Two calls lie so far apart.
const BETWEEN_CALLS: i64 = 125;

/// The one pool of the office.
pub const POOL: PoolId = PoolId(Uuid::from_u128(1));

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Served.
    Done,
    /// Went away without having been called.
    Left,
    /// Called twice in vain.
    Missed,
    /// Never came.
    NoShow,
}

/// What became of somebody.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who.
    pub person: Person,
    /// When due.
    pub due: i64,
    /// The first call.
    pub called: Option<i64>,
    /// Time at the counter: which, from, to.
    pub served: Option<(usize, i64, i64)>,
    /// How it ended; `None` while it has not.
    pub end: Option<End>,
}

/// A call, and what the rule saw.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was to be seen.
    pub situation: Situation,
    /// The counter.
    pub seat: Seat,
    /// What the rule said.
    pub choice: Choice,
}

/// Runs a day; `arrived` looks at the situation each arrival leads to, and `called` at each answer of the rule.
pub fn play(
    plan: &Plan,
    day: u64,
    lessons: &Lessons,
    mut arrived: impl FnMut(&Situation, &Waiting),
    mut called: impl FnMut(&Call),
) -> Vec<Visit> {
    let mut office = Office::new(plan, day, lessons);
    while let Some(now) = office.next_moment() {
        office.now = now;
        office.give_up();
        while let Some(visit) = office.next_arrival() {
            office.waiting.push(visit);
            let situation = office.situation();
            let me = situation.waiting[situation.waiting.len() - 1];
            arrived(&situation, &me);
        }
        for counter in 0..office.counters.len() {
            office.work_at(counter, &mut called);
        }
    }
    office.close();
    office.visits
}

/// The moment so many seconds after opening.
pub fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800 + second, 0).unwrap_or_default()
}

/// The common service at this place of the list, as an id.
pub fn service_id(place: usize) -> ServiceId {
    ServiceId(Uuid::from_u128(1_000 + place as u128))
}

/// What each common service is planned with.
pub fn planned() -> Vec<(ServiceId, TimeDelta)> {
    let planned = |(place, common): (usize, &crate::services::Common)| {
        (service_id(place), TimeDelta::minutes(i64::from(common.planned_min)))
    };
    COMMON.iter().enumerate().map(planned).collect()
}

/// What the office learns from a day that lies so many days back.
pub fn remember(past: &mut Past, visits: &[Visit], days_ago: u32) {
    let time = TimeDelta::seconds;
    for visit in visits {
        let person = &visit.person;
        if let Some((_, from, to)) = visit.served {
            let items =
                person.items.iter().map(|(place, quantity)| (service_id(*place), *quantity)).collect();
            let has_appointment = person.appointment.is_some();
            past.served
                .push(Seen { what: Served { items, took: time(to - from), has_appointment }, days_ago });
        }
        if let Some(appointment) = person.appointment {
            let offset = person.arrives.map(|arrives| time(arrives - appointment));
            past.appointments.push(Seen { what: offset, days_ago });
        } else if let Some(arrives) = person.arrives {
            let gave_up = visit.end == Some(End::Left);
            let until =
                visit.called.or(person.patience.filter(|_| gave_up).map(|patience| arrives + patience));
            past.waits.extend(
                until.map(|until| Seen { what: Waited { time: time(until - arrives), gave_up }, days_ago }),
            );
        }
    }
    let mut served: Vec<(usize, i64, i64, i64)> = visits
        .iter()
        .filter_map(|visit| {
            visit.served.map(|(counter, from, to)| (counter, from, to, visit.person.arrives.unwrap_or(from)))
        })
        .collect();
    served.sort_unstable();
    for pair in served.windows(2) {
        let ((counter, _, ended, _), (next, began, _, came)) = (pair[0], pair[1]);
        let rest = time(began - ended);
        if counter == next && came <= ended && rest <= LONGEST_CHANGEOVER {
            past.changeovers.push(Seen { what: rest, days_ago });
        }
    }
}

/// At the appointment; without one, or too late for it, once the target wait is over.
fn due(person: &Person) -> i64 {
    let arrives = person.arrives.unwrap_or(0);
    person.appointment.filter(|at| arrives <= at + GRACE.num_seconds()).unwrap_or(arrives + TARGET_WAIT)
}

struct Counter {
    id: Uuid,
    pace: f64,
    turn: u64,
    /// With whom: visit, begin and end of the service.
    with: Option<(usize, i64, i64)>,
    /// Until when the clerk calls nobody.
    rests_until: i64,
    /// Whether somebody was held back at the last try.
    holds_back: bool,
}

struct Office<'a> {
    plan: &'a Plan,
    lessons: &'a Lessons,
    now: i64,
    visits: Vec<Visit>,
    arriving: usize,
    waiting: Vec<usize>,
    counters: Vec<Counter>,
}

impl<'a> Office<'a> {
    fn new(plan: &'a Plan, day: u64, lessons: &'a Lessons) -> Self {
        let visit = |person: Person| Visit {
            due: due(&person),
            called: None,
            served: None,
            end: person.arrives.is_none().then_some(End::NoShow),
            person,
        };
        let counter = |number: usize| {
            let id = Uuid::from_u128(u128::from(day) << 64 | number as u128);
            Counter { id, pace: plan.model.clerk(id), turn: 0, with: None, rests_until: 0, holds_back: false }
        };
        Self {
            visits: of_day(plan, day).into_iter().map(visit).collect(),
            counters: (0..plan.counters).map(counter).collect(),
            plan,
            lessons,
            now: -1,
            arriving: 0,
            waiting: Vec::new(),
        }
    }

    /// When something happens next; `None` when everybody has gone.
    fn next_moment(&self) -> Option<i64> {
        let arrival = self.visits.get(self.arriving).and_then(|visit| visit.person.arrives);
        let busy = self.counters.iter().filter(|one| one.rests_until > self.now).map(|one| one.rests_until);
        let tries = self.counters.iter().filter(|one| one.holds_back).map(|_| self.now + TRIES_AGAIN);
        let closing = self.plan.closed.iter().flat_map(|(when, _)| [when.start, when.end]);
        let opening = (self.now < 0).then_some(0);
        let waits = !self.waiting.is_empty();
        let ahead =
            arrival.into_iter().chain(busy).chain(tries).chain(closing.filter(|_| waits)).chain(opening);
        ahead.filter(|at| *at > self.now).min()
    }

    fn next_arrival(&mut self) -> Option<usize> {
        let visit = self.arriving;
        self.visits.get(visit).and_then(|one| one.person.arrives).filter(|at| *at <= self.now)?;
        self.arriving += 1;
        Some(visit)
    }

    fn give_up(&mut self) {
        let (visits, now) = (&mut self.visits, self.now);
        self.waiting.retain(|&one| {
            let person = &visits[one].person;
            let leaves =
                person.patience.zip(person.arrives).is_some_and(|(patience, came)| came + patience <= now);
            if leaves {
                visits[one].end = Some(End::Left);
            }
            !leaves
        });
    }

    /// A counter is done with somebody, rests, or calls.
    fn work_at(&mut self, counter: usize, called: &mut impl FnMut(&Call)) {
        if self.counters[counter].rests_until > self.now || !self.is_open(counter) {
            return;
        }
        self.counters[counter].with = None;
        self.counters[counter].holds_back = false;
        if self.waiting.is_empty() {
            return;
        }
        let situation = self.situation();
        let seat = situation.counters.iter().find(|seat| seat.counter.0 == self.counters[counter].id);
        let Some(seat) = seat.cloned() else { return };
        let choice = next_for(&situation, &seat);
        match &choice {
            Choice::Call(next) => {
                let place = self.waiting.iter().position(|one| self.visits[*one].person.id == next.visit.0);
                if let Some(visit) = place.map(|place| self.waiting.remove(place)) {
                    self.serve(counter, visit);
                }
            }
            Choice::HoldBack(_) => self.counters[counter].holds_back = true,
            Choice::NobodyWaits => {}
        }
        called(&Call { situation, seat, choice });
    }

    /// The visitor is called, comes after a call or two or not at all, is served, and the clerk takes a breath.
    fn serve(&mut self, counter: usize, visit: usize) {
        let (now, at) = (self.now, &mut self.counters[counter]);
        let one = &mut self.visits[visit];
        one.called = Some(now);
        let walk = |calls: u32| walk_to_counter(one.person.id, calls).map(|walk| walk.num_seconds());
        let comes = walk(1).map(|walk| now + walk).or_else(|| walk(2).map(|walk| now + BETWEEN_CALLS + walk));
        let (from, to) = match comes {
            Some(from) => (from, from + ((one.person.takes as f64 * at.pace) as i64).max(1)),
            None => (now + 2 * BETWEEN_CALLS, now + 2 * BETWEEN_CALLS),
        };
        one.end = Some(if comes.is_some() { End::Done } else { End::Missed });
        one.served = comes.map(|_| (counter, from, to));
        at.turn += 1;
        at.with = Some((visit, from, to));
        at.rests_until = to + breather(at.id, at.turn).num_seconds();
    }

    fn is_open(&self, counter: usize) -> bool {
        let closed = self.plan.closed.as_ref();
        !closed
            .is_some_and(|(when, closed)| when.contains(&self.now) && counter >= self.plan.counters - closed)
    }

    /// What the office knows now.
    fn situation(&self) -> Situation {
        let booked = |visit: &&Visit| {
            let start = visit.person.appointment.unwrap_or(i64::MIN / 2);
            let here = visit.person.arrives.is_some_and(|arrives| arrives <= self.now);
            !here && start >= self.now - GRACE.num_seconds() && start <= self.now + OUTLOOK
        };
        let mut expected: Vec<Expected> = self
            .visits
            .iter()
            .filter(booked)
            .filter_map(|visit| {
                let starts_at = at(visit.person.appointment?);
                Some(Expected { pool: POOL, starts_at, usual: self.usual(&visit.person) })
            })
            .collect();
        expected.sort_by_key(|one| one.starts_at);
        Situation {
            now: at(self.now),
            counters: (0..self.counters.len()).filter_map(|counter| self.seat(counter)).collect(),
            waiting: self.waiting.iter().map(|one| self.waiting(&self.visits[*one])).collect(),
            expected,
            away: Vec::new(),
            habits: self.lessons.habits,
        }
    }

    fn waiting(&self, visit: &Visit) -> Waiting {
        Waiting {
            visit: VisitId(visit.person.id),
            pool: POOL,
            due_at: at(visit.due),
            arrived_at: at(visit.person.arrives.unwrap_or(self.now)),
            has_appointment: visit.person.appointment.is_some(),
            usual: self.usual(&visit.person),
        }
    }

    fn seat(&self, counter: usize) -> Option<Seat> {
        let one = &self.counters[counter];
        let work = one.with.filter(|(_, _, to)| *to > self.now).map(|(visit, from, _)| Work {
            elapsed: TimeDelta::seconds((self.now - from).max(0)),
            usual: self.usual(&self.visits[visit].person),
        });
        let seat = Seat { counter: CounterId(one.id), pools: vec![POOL], work };
        (self.is_open(counter) || work.is_some()).then_some(seat)
    }

    fn usual(&self, person: &Person) -> TimeDelta {
        let has_appointment = person.appointment.is_some();
        let of = |place: usize| self.lessons.usual_of(service_id(place), has_appointment);
        let parts: Option<Vec<TimeDelta>> =
            person.items.iter().map(|(place, quantity)| Some(of(*place)? * i32::from(*quantity))).collect();
        let plan = || usual_of_plan(TimeDelta::minutes(i64::from(person.planned_min)));
        parts.map_or_else(plan, |parts| parts.into_iter().sum())
    }

    /// Whoever still waits when all have gone was not served: with a counter open that does not happen.
    fn close(&mut self) {
        debug_assert!(self.now < OPEN + 12 * 3_600, "the day never ended");
        for one in self.waiting.drain(..) {
            self.visits[one].end = Some(End::Left);
        }
    }
}

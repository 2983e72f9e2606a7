//! The weeks before the demo's first day: what people of the load model did then, as lines of the log that are condensed
//! like those of every day. Only what statistics keep of a day is kept; nobody of these people exists anywhere else.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, CounterId, OfficeId, PoolId, ServiceId, VisitId};
use domain::queue::status::VisitState;
use domain::schedule::Audience;
use domain::statistics::condense::{CounterTurn, DayLog, Line, LoggedBooking, LoggedVisit, planned_minutes};
use domain::statistics::facts::{BookedBy, Entry};
use domain::statistics::period::Period;
use domain::town::Town;
use operations::App;
use operations::queue::counters;
use operations::schedule::hours_of_pool;
use operations::statistics::{Logs, keep_days};
use rand::Rng;
use rand::rngs::StdRng;
use store::catalog::Offer;
use uuid::Uuid;

use super::MAIN_SHARE;
use super::bookings;
use crate::demo_town::{at, next_working_day};
use simulator::model::{LoadModel, breather, dice, patience, walk_to_counter};

/// How far back it goes.
const WEEKS: u64 = 12;
/// Which share of their time counters are planned to be busy.
const BUSY: f64 = 0.78;
/// Services that take longer or shorter than planned, as there are in every house, with the factor.
const OFF_PLAN: [(&str, f64); 4] = [
    ("beglaubigung-kopien", 1.7),
    ("personalausweis-abholen", 0.55),
    ("wohnsitz-anmelden", 1.35),
    ("reisepass-abholen", 0.6),
];

/// Keeps the weeks before `today`.
///
/// # Errors
/// When the database fails.
pub(super) async fn keep_weeks(
    app: &App,
    town: &Town,
    services: &[String],
    today: NaiveDate,
) -> anyhow::Result<()> {
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let period = Period { from: back(WEEKS * 7), to: back(1) };
    let house = House::of(app, town, services, period).await?;
    let mut logs: Logs = HashMap::new();
    for day in period.from.iter_days().take_while(|day| *day <= period.to) {
        if next_working_day(town, day) == day {
            house.play(day, &mut logs);
        }
    }
    Ok(keep_days(app, town, period, logs).await?)
}

/// What does not change from day to day.
struct House<'a> {
    town: &'a Town,
    model: LoadModel,
    services: &'a [String],
    offers: Vec<Offer>,
    pools: HashMap<PoolId, Pool>,
    main: Option<OfficeId>,
}

/// A pool with its counters and hours.
struct Pool {
    office: OfficeId,
    counters: Vec<CounterId>,
    hours: domain::schedule::opening_hours::OpeningHours,
}

/// Somebody who comes.
struct Comer {
    visit: VisitId,
    pool: PoolId,
    service: ServiceId,
    pieces: u16,
    arrived: DateTime<Utc>,
    due: DateTime<Utc>,
    appointment: Option<DateTime<Utc>>,
    planned_min: u32,
    factor: f64,
    entry: Entry,
    /// When the person gives up; who has an appointment stays.
    gives_up_at: Option<DateTime<Utc>>,
}

impl<'a> House<'a> {
    async fn of(
        app: &App,
        town: &'a Town,
        services: &'a [String],
        days: Period,
    ) -> anyhow::Result<House<'a>> {
        let today = days.to.succ_opt().unwrap_or(days.to);
        let offers = store::catalog::offers_of_town(&app.db, town.id, today).await?;
        let mut pools = HashMap::new();
        for place in store::schedule::pools_of_town(&app.db, town.id).await? {
            let mut hours = hours_of_pool(&app.db, town, &place, (days.from, days.to)).await?;
            // The town was set up on its first day; in this past it has always opened like this.
            hours.rules.iter_mut().for_each(|rule| rule.valid_from = rule.valid_from.min(days.from));
            pools.insert(place.pool, Pool { office: place.office, counters: Vec::new(), hours });
        }
        for view in counters::list(app, town).await? {
            if let Some(pool) = pools.get_mut(&view.counter.pool) {
                pool.counters.push(view.counter.id);
            }
        }
        let main = operations::town::offices(app, town).await?.first().map(|office| office.id);
        Ok(House { town, model: LoadModel::shipped(), services, offers, pools, main })
    }

    /// One working day of all offices.
    fn play(&self, day: NaiveDate, logs: &mut Logs) {
        let mut dice = dice(&[b"past", day.to_string().as_bytes()]);
        let mut comers = self.booked(day, &mut dice, logs);
        comers.extend(self.walk_ins(day, &mut dice));
        let mut by_pool: HashMap<PoolId, Vec<Comer>> = HashMap::new();
        for comer in comers {
            by_pool.entry(comer.pool).or_default().push(comer);
        }
        for (pool, house) in &self.pools {
            let log = logs.entry((house.office, day)).or_default();
            let planned = planned_minutes(&house.hours, day).into_iter();
            log.planned.extend(planned.map(|(hour, minutes)| (*pool, hour, minutes)));
            self.serve(day, *pool, house, by_pool.remove(pool).unwrap_or_default(), log);
        }
    }

    /// The day's appointments, with what became of them; gives who came.
    fn booked(&self, day: NaiveDate, dice: &mut StdRng, logs: &mut Logs) -> Vec<Comer> {
        let model = &self.model;
        let wanted = model.visits_per_workday * (1.0 - model.walk_in_share) * model.weekday_factor(day);
        let mut taken: HashMap<PoolId, Vec<u16>> = HashMap::new();
        let mut comers = Vec::new();
        let mut moved = false;
        for number in 0..wanted as u32 {
            let Some(offer) = self.offer(dice, None) else { continue };
            let Some(pool) = self.pools.get(&offer.pool) else { continue };
            let capacity = pool.hours.capacity(day, Audience::Public);
            let taken = taken.entry(offer.pool).or_insert_with(|| vec![0; capacity.steps.len()]);
            let length = usize::from(offer.terms.duration_min.div_ceil(5).max(1));
            let free = |from: &usize| (*from..from + length).all(|at| capacity.steps.get(at) > taken.get(at));
            let starts: Vec<usize> = (0..taken.len().saturating_sub(length)).filter(free).collect();
            if starts.is_empty() {
                continue;
            }
            let start = starts[dice.random_range(0..starts.len())];
            let id = id(&[b"booking", day.to_string().as_bytes(), &number.to_le_bytes()]);
            let starts_at = capacity.first.starts_at() + TimeDelta::minutes(start as i64 * 5);
            let fate = self.fate(id, dice);
            if !matches!(fate, BookingState::CancelledByCitizen | BookingState::Moved) {
                taken[start..start + length].iter_mut().for_each(|one| *one += 1);
            }
            let log = logs.entry((pool.office, day)).or_default();
            let made = starts_at - TimeDelta::minutes((model.lead_days(dice).max(0.1) * 1440.0) as i64);
            log.bookings.push(LoggedBooking {
                id: BookingId(id),
                pool: offer.pool,
                service: offer.service,
                starts_at,
                ends_at: starts_at + TimeDelta::minutes(length as i64 * 5),
                channel: channel(dice),
                moved_here: std::mem::replace(&mut moved, fate == BookingState::Moved),
            });
            let line = |at, from, to| Line {
                subject: BookingId(id),
                at,
                from,
                to,
                entry: Entry::Own,
                counter: None,
            };
            log.booking_lines.push(line(made, None, BookingState::Booked));
            log.booking_lines.push(line(starts_at, Some(BookingState::Booked), fate));
            if let (BookingState::Arrived, Some(offset)) = (fate, model.arrival(id, true)) {
                comers.push(Comer {
                    visit: VisitId(id),
                    pool: offer.pool,
                    service: offer.service,
                    pieces: pieces(dice),
                    arrived: starts_at + offset,
                    due: starts_at,
                    appointment: Some(starts_at),
                    planned_min: u32::from(offer.terms.duration_min),
                    factor: factor(&offer.slug),
                    entry: if dice.random_bool(0.7) { Entry::Terminal } else { Entry::Staff },
                    gives_up_at: None,
                });
            }
        }
        comers
    }

    fn fate(&self, id: Uuid, dice: &mut StdRng) -> BookingState {
        match dice.random_range(0..1000) {
            0..90 => BookingState::CancelledByCitizen,
            90..105 => BookingState::CancelledByOffice,
            105..145 => BookingState::Moved,
            _ if self.model.arrival(id, true).is_none() => BookingState::NoShow,
            _ => BookingState::Arrived,
        }
    }

    fn walk_ins(&self, day: NaiveDate, dice: &mut StdRng) -> Vec<Comer> {
        let mut comers = Vec::new();
        for (office, share) in self.shares() {
            for minute in 0..24 * 60_u32 {
                for number in 0..self.model.walk_ins(day, minute, share) {
                    let arrived = at(self.town, day, minute / 60, minute % 60);
                    let Some(offer) = self.offer(dice, Some(office)) else { continue };
                    let open = self.pools.get(&offer.pool).is_some_and(|pool| pool.hours.open_at(arrived));
                    if !open || offer.appointment_only {
                        continue;
                    }
                    let key = [minute.to_le_bytes(), number.to_le_bytes()].concat();
                    let id = id(&[b"walk-in", office.0.as_bytes(), day.to_string().as_bytes(), &key]);
                    let target = TimeDelta::minutes(i64::from(self.town.settings.target_wait_minutes));
                    comers.push(Comer {
                        visit: VisitId(id),
                        pool: offer.pool,
                        service: offer.service,
                        pieces: pieces(dice),
                        arrived,
                        due: arrived + target,
                        appointment: None,
                        planned_min: u32::from(offer.terms.duration_min),
                        factor: factor(&offer.slug),
                        entry: if dice.random_bool(0.85) { Entry::Terminal } else { Entry::Staff },
                        gives_up_at: Some(arrived + patience(id)),
                    });
                }
            }
        }
        comers
    }

    /// Every office with its share of the people without appointment.
    fn shares(&self) -> Vec<(OfficeId, f64)> {
        let mut offices: Vec<OfficeId> = self.pools.values().map(|pool| pool.office).collect();
        offices.sort_unstable();
        offices.dedup();
        let others = offices.len().saturating_sub(1).max(1) as f64;
        let share = |office| if Some(office) == self.main { MAIN_SHARE } else { (1.0 - MAIN_SHARE) / others };
        offices.into_iter().map(|office| (office, share(office))).collect()
    }

    /// What somebody comes for, and where it is done.
    fn offer(&self, dice: &mut StdRng, office: Option<OfficeId>) -> Option<&Offer> {
        let slug = bookings::service(dice, self.services);
        let there: Vec<&Offer> = self
            .offers
            .iter()
            .filter(|offer| offer.slug == slug && office.is_none_or(|only| only == offer.office))
            .collect();
        (!there.is_empty()).then(|| there[dice.random_range(0..there.len())])
    }

    /// Counters that open, call by the rule and close when nobody is left.
    fn serve(&self, day: NaiveDate, pool: PoolId, house: &Pool, mut comers: Vec<Comer>, log: &mut DayLog) {
        let (Some(opens), Some(closes)) = span(house, day) else { return };
        let work: f64 = comers.iter().map(|one| f64::from(one.planned_min) * 0.8 + 1.5).sum();
        let open_min = (closes - opens).num_minutes().max(1) as f64;
        let usual = work / self.model.weekday_factor(day).max(0.5);
        let staffed = ((usual / (open_min * BUSY)).ceil() as usize).clamp(1, house.counters.len().max(1));
        let mut desks: Vec<(DateTime<Utc>, CounterId)> =
            house.counters.iter().take(staffed).map(|counter| (opens, *counter)).collect();
        for (_, counter) in &desks {
            log.counters.insert(*counter, pool);
            log.counter_lines.push((*counter, opens, CounterTurn::Opened));
        }
        comers.sort_by_key(|one| (one.arrived, one.visit));
        for comer in &comers {
            log.visits.push(LoggedVisit {
                id: comer.visit,
                pool,
                items: vec![(comer.service, comer.pieces)],
                appointment_at: comer.appointment,
                sent_on: false,
            });
            log.visit_lines.push(line(comer, comer.arrived, None, VisitState::Waiting, None));
        }
        while let Some(desk) = (0..desks.len()).min_by_key(|desk| desks[*desk]) {
            let (free_at, counter) = desks[desk];
            let gone = |one: &Comer| one.gives_up_at.is_some_and(|at| at < free_at);
            while let Some(left) = comers.iter().position(gone) {
                let one = comers.remove(left);
                let at = one.gives_up_at.unwrap_or(free_at);
                log.visit_lines.push(line(&one, at, Some(VisitState::Waiting), VisitState::Left, None));
            }
            let here = comers.iter().enumerate().filter(|(_, one)| one.arrived <= free_at);
            if let Some((next, _)) = here.min_by_key(|(_, one)| (one.due, one.arrived, one.visit)) {
                let one = comers.remove(next);
                desks[desk].0 = self.call(&one, free_at, counter, log)
                    + breather(counter.0, free_at.timestamp().unsigned_abs());
            } else if let Some(soonest) = comers.iter().map(|one| one.arrived).min() {
                desks[desk].0 = soonest;
            } else {
                log.counter_lines.push((counter, free_at.max(closes), CounterTurn::Closed));
                desks.swap_remove(desk);
            }
        }
        log.counter_lines.sort_by_key(|(_, at, _)| *at);
    }

    /// Calls and serves somebody; gives when the counter is free again.
    fn call(&self, one: &Comer, at: DateTime<Utc>, counter: CounterId, log: &mut DayLog) -> DateTime<Utc> {
        use VisitState::{Called, Done, Missed, Serving, Waiting};
        let mut push = |at, from, to| log.visit_lines.push(line(one, at, Some(from), to, Some(counter)));
        push(at, Waiting, Called);
        let Some(walk) = walk_to_counter(one.visit.0, 1) else {
            let again = at + TimeDelta::seconds(125);
            push(again, Called, Called);
            push(again + TimeDelta::seconds(30), Called, Missed);
            return again + TimeDelta::seconds(30);
        };
        let usual = self.model.service_time(one.visit.0, one.planned_min);
        let pieces = 1.0 + f64::from(one.pieces - 1) * 0.5;
        let takes = TimeDelta::seconds((usual.num_seconds() as f64 * one.factor * pieces) as i64);
        push(at + walk, Called, Serving);
        push(at + walk + takes, Serving, Done);
        at + walk + takes
    }
}

/// When a pool opens and closes on a day.
fn span(pool: &Pool, day: NaiveDate) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let capacity = pool.hours.capacity(day, Audience::Public);
    let open = || (0_i64..).zip(&capacity.steps).filter(|(_, counters)| **counters > 0).map(|(tick, _)| tick);
    let instant = |tick: i64| capacity.first.starts_at() + TimeDelta::minutes(tick * 5);
    (open().min().map(instant), open().max().map(|tick| instant(tick + 1)))
}

fn line(
    one: &Comer,
    at: DateTime<Utc>,
    from: Option<VisitState>,
    to: VisitState,
    counter: Option<CounterId>,
) -> Line<VisitId, VisitState> {
    Line { subject: one.visit, at, from, to, entry: one.entry, counter }
}

fn channel(dice: &mut StdRng) -> BookedBy {
    match dice.random_range(0..100) {
        0..62 => BookedBy::Web,
        62..91 => BookedBy::Desk,
        _ => BookedBy::Sms,
    }
}

/// How many services somebody comes for: 1.36 on average.
fn pieces(dice: &mut StdRng) -> u16 {
    let mut pieces = 1;
    while pieces < 5 && dice.random_bool(0.265) {
        pieces += 1;
    }
    pieces
}

fn factor(slug: &str) -> f64 {
    OFF_PLAN.iter().find(|(off, _)| *off == slug).map_or(1.0, |(_, factor)| *factor)
}

/// An id that follows from what it is about.
fn id(subject: &[&[u8]]) -> Uuid {
    Uuid::from_u128(dice(subject).random())
}

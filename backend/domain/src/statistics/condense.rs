//! From the log of a day to its facts.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use super::facts::{
    BookedBy, BookingFact, DayFacts, Entry, Fate, OpenSpan, PlannedHour, SecondOfDay, VisitFact, VisitOutcome,
};
use crate::appointments::status::BookingState;
use crate::ids::{BookingId, CounterId, PoolId, ServiceId, VisitId};
use crate::local_time::{local_day, local_of};
use crate::queue::status::VisitState;
use crate::schedule::opening_hours::OpeningHours;
use crate::schedule::{Audience, TICK_MINUTES, Tick};

/// A visit as it was entered; nothing of it changes later.
#[derive(Clone, Debug)]
pub struct LoggedVisit {
    /// Which one.
    pub id: VisitId,
    /// The pool.
    pub pool: PoolId,
    /// Its services with how many pieces: those delivered, or those asked for where nobody noted them.
    pub items: Vec<(ServiceId, u16)>,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// Whether the person was here already and was sent on with a new number.
    pub sent_on: bool,
}

/// A booking as it was made; nothing of it changes later.
#[derive(Clone, Debug)]
pub struct LoggedBooking {
    /// Which one.
    pub id: BookingId,
    /// The pool.
    pub pool: PoolId,
    /// The first service.
    pub service: ServiceId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// How it was booked.
    pub channel: BookedBy,
    /// Whether it came to be by moving another one.
    pub moved_here: bool,
}

/// One line of the log about a visit, a booking or a counter.
#[derive(Clone, Debug)]
pub struct Line<Subject, State> {
    /// About whom.
    pub subject: Subject,
    /// When.
    pub at: DateTime<Utc>,
    /// The state before.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Who did it.
    pub entry: Entry,
    /// At which counter.
    pub counter: Option<CounterId>,
}

/// A counter that opened (also after a break) or closed (also for one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterTurn {
    /// Somebody sits there and calls.
    Opened,
    /// Nobody calls there.
    Closed,
}

/// The log of one day of an office.
#[derive(Clone, Debug, Default)]
pub struct DayLog {
    /// The visits.
    pub visits: Vec<LoggedVisit>,
    /// What happened to them, oldest first.
    pub visit_lines: Vec<Line<VisitId, VisitState>>,
    /// The bookings of the day.
    pub bookings: Vec<LoggedBooking>,
    /// What happened to them, oldest first.
    pub booking_lines: Vec<Line<BookingId, BookingState>>,
    /// The office's counters and their pools.
    pub counters: HashMap<CounterId, PoolId>,
    /// When they opened and closed, oldest first.
    pub counter_lines: Vec<(CounterId, DateTime<Utc>, CounterTurn)>,
    /// Planned counter minutes by pool and hour.
    pub planned: Vec<(PoolId, u8, u32)>,
}

/// Whether a day is over: then whoever still waits has left, and whoever did not come will not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayIs {
    /// It goes on.
    Running,
    /// It is past.
    Over,
}

/// The facts of a day.
#[must_use]
pub fn condense(zone: Tz, day: NaiveDate, is: DayIs, log: &DayLog) -> DayFacts {
    let clock = Clock { zone, day };
    let mut facts = DayFacts::default();
    let mut lines: HashMap<VisitId, Vec<&Line<VisitId, VisitState>>> = HashMap::new();
    for line in &log.visit_lines {
        lines.entry(line.subject).or_default().push(line);
    }
    let mut busy: Vec<(CounterId, SecondOfDay, SecondOfDay)> = Vec::new();
    for visit in &log.visits {
        let lines = in_order(lines.remove(&visit.id).unwrap_or_default());
        if let Some(fact) = visit_fact(&clock, is, &mut facts, visit, &lines, &mut busy) {
            facts.visits.push(fact);
        }
    }
    bookings(&clock, is, log, &mut facts);
    open_spans(&clock, log, &busy, &mut facts);
    for (pool, hour, minutes) in &log.planned {
        let pool = place_of(&mut facts.pools, *pool);
        facts.planned.push(PlannedHour { pool, hour: *hour, minutes: *minutes });
    }
    facts
}

/// A day's clock on the wall.
struct Clock {
    zone: Tz,
    day: NaiveDate,
}

impl Clock {
    /// The time of day; what lies on another day counts as its nearer midnight.
    fn second(&self, at: DateTime<Utc>) -> SecondOfDay {
        let local = local_of(self.zone, at);
        match local.date().cmp(&self.day) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => (local.time() - NaiveTime::MIN).num_seconds() as u32,
            std::cmp::Ordering::Greater => 24 * 3600,
        }
    }

    fn is_today(&self, at: DateTime<Utc>) -> bool {
        local_day(self.zone, at) == self.day
    }
}

/// The place of an id in a list, put there if it is new.
fn place_of<T: PartialEq>(list: &mut Vec<T>, id: T) -> u16 {
    let at = list.iter().position(|one| *one == id).unwrap_or_else(|| {
        list.push(id);
        list.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// Lines of one subject in the order in which they happened. Two of the same instant are told apart by what was before:
/// who is called and at once finished with was served in between.
fn in_order<S, T: PartialEq + Copy>(lines: Vec<&Line<S, T>>) -> Vec<&Line<S, T>> {
    let mut left = lines;
    left.sort_by_key(|line| line.at);
    let mut ordered: Vec<&Line<S, T>> = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let at = first.at;
        let state = ordered.last().map(|line| line.to);
        let fits = left.iter().take_while(|line| line.at == at).position(|line| line.from == state);
        ordered.push(left.remove(fits.unwrap_or(0)));
    }
    ordered
}

fn visit_fact(
    clock: &Clock,
    is: DayIs,
    facts: &mut DayFacts,
    visit: &LoggedVisit,
    lines: &[&Line<VisitId, VisitState>],
    busy: &mut Vec<(CounterId, SecondOfDay, SecondOfDay)>,
) -> Option<VisitFact> {
    let (came, service) = (lines.first()?, visit.items.first()?.0);
    let mut called: Option<DateTime<Utc>> = None;
    let mut sits: Option<(DateTime<Utc>, Option<CounterId>)> = None;
    let mut served: Option<u32> = None;
    for line in lines {
        match (line.from, line.to) {
            // A call that is taken back was none.
            (Some(VisitState::Called), VisitState::Waiting) if served.is_none() => called = None,
            (_, VisitState::Called | VisitState::Serving) => called = called.or(Some(line.at)),
            (_, _) => {}
        }
        if let (Some((since, counter)), true) = (sits, line.to != VisitState::Serving) {
            // Who was left sitting over night was not served all night.
            if clock.is_today(line.at) {
                served = Some(served.unwrap_or(0) + seconds(since, line.at));
                busy.extend(counter.map(|counter| (counter, clock.second(since), clock.second(line.at))));
            }
            sits = None;
        }
        if line.to == VisitState::Serving {
            sits = Some((line.at, line.counter));
        }
    }
    let pieces: u32 = visit.items.iter().map(|(_, pieces)| u32::from(*pieces)).sum();
    Some(VisitFact {
        pool: place_of(&mut facts.pools, visit.pool),
        service: place_of(&mut facts.services, service),
        pieces: u16::try_from(pieces).unwrap_or(u16::MAX),
        arrived: clock.second(came.at),
        appointment: visit.appointment_at.map(|at| clock.second(at)),
        wait: called.map(|called| seconds(came.at, called)),
        served,
        outcome: outcome(is, lines.last().map_or(VisitState::Waiting, |line| line.to)),
        entry: if visit.sent_on { Entry::SentOn } else { came.entry },
    })
}

fn outcome(is: DayIs, state: VisitState) -> VisitOutcome {
    match (state, is) {
        (VisitState::Done, _) => VisitOutcome::Done,
        (VisitState::Transferred, _) => VisitOutcome::Transferred,
        (VisitState::Missed, _) => VisitOutcome::Missed,
        (VisitState::Left, _) => VisitOutcome::Left,
        (
            VisitState::Waiting | VisitState::Called | VisitState::Serving | VisitState::Parked,
            DayIs::Over,
        ) => VisitOutcome::Left,
        (
            VisitState::Waiting | VisitState::Called | VisitState::Serving | VisitState::Parked,
            DayIs::Running,
        ) => VisitOutcome::Open,
    }
}

fn bookings(clock: &Clock, is: DayIs, log: &DayLog, facts: &mut DayFacts) {
    let mut lines: HashMap<BookingId, Vec<&Line<BookingId, BookingState>>> = HashMap::new();
    for line in &log.booking_lines {
        lines.entry(line.subject).or_default().push(line);
    }
    for booking in &log.bookings {
        let Some(last) = in_order(lines.remove(&booking.id).unwrap_or_default()).pop() else { continue };
        let length = (booking.ends_at - booking.starts_at).num_minutes();
        facts.bookings.push(BookingFact {
            pool: place_of(&mut facts.pools, booking.pool),
            service: place_of(&mut facts.services, booking.service),
            starts: clock.second(booking.starts_at),
            length_min: u16::try_from(length).unwrap_or(0),
            channel: booking.channel,
            fate: fate(is, last.to),
            moved_here: booking.moved_here,
        });
    }
}

fn fate(is: DayIs, state: BookingState) -> Fate {
    match (state, is) {
        (BookingState::Arrived, _) => Fate::Arrived,
        (BookingState::NoShow, _) | (BookingState::Booked, DayIs::Over) => Fate::NoShow,
        (BookingState::Booked, DayIs::Running) => Fate::Open,
        (BookingState::CancelledByCitizen, _) => Fate::CancelledByCitizen,
        (BookingState::CancelledByOffice, _) => Fate::CancelledByOffice,
        (BookingState::Moved, _) => Fate::Moved,
        (BookingState::Unverified | BookingState::Expired, _) => Fate::Unverified,
    }
}

/// When counters were open: from the log of counters, and from the work done there where somebody had forgotten to open
/// or to close.
fn open_spans(
    clock: &Clock,
    log: &DayLog,
    busy: &[(CounterId, SecondOfDay, SecondOfDay)],
    facts: &mut DayFacts,
) {
    let mut counters: Vec<(&CounterId, &PoolId)> = log.counters.iter().collect();
    counters.sort_unstable();
    for (counter, pool) in counters {
        let work = busy.iter().filter(|(at, _, _)| at == counter);
        let begins = work.clone().map(|(_, from, _)| *from).min();
        let ends = work.map(|(_, _, until)| *until).max();
        let mut spans: Vec<(SecondOfDay, SecondOfDay)> = Vec::new();
        let mut since: Option<SecondOfDay> = None;
        let mut seen = false;
        for (_, at, turn) in log.counter_lines.iter().filter(|(at, _, _)| at == counter) {
            let at = clock.second(*at);
            match turn {
                CounterTurn::Opened => since = since.or(Some(at)),
                CounterTurn::Closed => {
                    let from = since.take().or(begins.filter(|from| !seen && *from < at));
                    spans.extend(from.map(|from| (from, at)));
                }
            }
            seen = true;
        }
        let from = since.or(begins.filter(|_| !seen));
        spans.extend(from.zip(ends).filter(|(from, ends)| ends > from));
        if spans.is_empty() {
            continue;
        }
        let pool = place_of(&mut facts.pools, *pool);
        facts.open.extend(spans.into_iter().map(|(from, until)| OpenSpan { pool, from, until }));
    }
}

fn seconds(from: DateTime<Utc>, until: DateTime<Utc>) -> u32 {
    u32::try_from((until - from).num_seconds()).unwrap_or(0)
}

/// Counter minutes that the opening hours plan on a day, by hour of the day, for the public and for staff together.
#[must_use]
pub fn planned_minutes(hours: &OpeningHours, day: NaiveDate) -> BTreeMap<u8, u32> {
    let mut minutes: BTreeMap<u8, u32> = BTreeMap::new();
    for audience in [Audience::Public, Audience::Staff] {
        let capacity = hours.capacity(day, audience);
        let ticks = (capacity.first.0..).map(Tick).zip(capacity.steps);
        for (tick, counters) in ticks.filter(|(_, counters)| *counters > 0) {
            let hour = u8::try_from(local_of(hours.zone, tick.starts_at()).hour()).unwrap_or(0);
            *minutes.entry(hour).or_default() += u32::from(counters) * u32::from(TICK_MINUTES);
        }
    }
    minutes
}

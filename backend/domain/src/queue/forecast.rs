//! The queue played forward: who would start when, if everybody took as long as assumed and the calling rule
//! held. One small simulation serves the veto of an early call and the expected wait.

use chrono::{DateTime, TimeDelta, Utc};

use super::habits::Habits;
use crate::ids::{CounterId, PoolId, VisitId};

/// Everything about one office's queue at one moment.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The moment.
    pub now: DateTime<Utc>,
    /// Counters that are open, free or busy.
    pub counters: Vec<Seat>,
    /// Visitors who are here and wait.
    pub waiting: Vec<Waiting>,
    /// Appointments still to come that matter for the coming hours.
    pub expected: Vec<Expected>,
    /// Visitors who stepped aside or were missed, and may come back into the line.
    pub away: Vec<Away>,
    /// How people behave here.
    pub habits: Habits,
}

/// An open counter (Platz).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Which one.
    pub counter: CounterId,
    /// The pools it works for.
    pub pools: Vec<PoolId>,
    /// What it is busy with, if anything.
    pub work: Option<Work>,
}

/// A visitor at (or called to) a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Time spent so far.
    pub elapsed: TimeDelta,
    /// Time such a visit takes on average.
    pub usual: TimeDelta,
}

/// A visitor who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which visit.
    pub visit: VisitId,
    /// The pool that can serve it.
    pub pool: PoolId,
    /// When it is due (fällig).
    pub due_at: DateTime<Utc>,
    /// Since when the person waits; breaks ties.
    pub arrived_at: DateTime<Utc>,
    /// Whether the person has an appointment: those do not give up.
    pub has_appointment: bool,
    /// Time such a visit takes on average.
    pub usual: TimeDelta,
}

/// An appointment whose visitor is not here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The pool that can serve it.
    pub pool: PoolId,
    /// The appointment.
    pub starts_at: DateTime<Utc>,
    /// Time such a visit takes on average.
    pub usual: TimeDelta,
}

/// A visitor who is not in the line but may come back into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// Which visit.
    pub visit: VisitId,
    /// The pool that can serve it.
    pub pool: PoolId,
    /// When it is due once it is back.
    pub due_at: DateTime<Utc>,
    /// Of a hundred such visitors, so many come back …
    pub comes_percent: u32,
    /// … within this time.
    pub within: TimeDelta,
    /// Time that is still needed on average.
    pub usual: TimeDelta,
}

impl Away {
    /// Put aside to fetch or fill in something: nearly all come back, mostly soon, with the place they had.
    pub fn parked(visit: VisitId, pool: PoolId, due_at: DateTime<Utc>, usual: TimeDelta) -> Self {
        Self { visit, pool, due_at, comes_percent: 90, within: TimeDelta::minutes(20), usual: usual / 2 }
    }

    /// Called in vain: one of three comes back while the way back is open, and is due then.
    pub fn missed(
        visit: VisitId,
        pool: PoolId,
        back_until: DateTime<Utc>,
        now: DateTime<Utc>,
        usual: TimeDelta,
    ) -> Self {
        let within = (back_until - now).max(TimeDelta::zero());
        Self { visit, pool, due_at: now + within / 2, comes_percent: 33, within, usual }
    }
}

impl Seat {
    /// Whether this counter can serve the pool.
    pub fn serves(&self, pool: PoolId) -> bool {
        self.pools.contains(&pool)
    }
}

impl Work {
    /// What is probably left: never nothing, since who runs over runs over by some more.
    pub fn left(self) -> TimeDelta {
        (self.usual - self.elapsed).max(self.usual / 4)
    }
}

impl Situation {
    /// The waiting visitors that `seat` can serve, the next one first.
    pub fn line_for(&self, seat: &Seat) -> Vec<Waiting> {
        let mut line: Vec<_> = self.waiting.iter().filter(|one| seat.serves(one.pool)).copied().collect();
        line.sort_by_key(Waiting::rank);
        line
    }
}

impl Waiting {
    /// The place in the queue: earliest due, then longest here. The id only makes the order total.
    pub fn rank(&self) -> (DateTime<Utc>, DateTime<Utc>, VisitId) {
        (self.due_at, self.arrived_at, self.visit)
    }
}

/// One person in a simulated afternoon; seconds are relative to the situation's `now`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub pool: PoolId,
    pub due: i64,
    pub here_from: i64,
    pub takes: i64,
}

/// One counter in a simulated afternoon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk<'a> {
    pub pools: &'a [PoolId],
    pub free_at: i64,
}

/// Plays the calling rule to the end: the counter that is free first takes the present person with the smallest
/// due. Returns each person's start, `None` for whom no counter serves.
pub(super) fn play(desks: &mut Vec<Desk<'_>>, people: &[Person]) -> Vec<Option<i64>> {
    let mut starts = vec![None; people.len()];
    let mut lines = lines_of(people);
    while let Some(at) = (0..desks.len()).min_by_key(|&desk| desks[desk].free_at) {
        let Desk { pools, free_at } = desks[at];
        let mut next: Option<(usize, usize)> = None;
        let mut soonest: Option<i64> = None;
        for (line, (_, open)) in lines.iter().enumerate().filter(|(_, (pool, _))| pools.contains(pool)) {
            match open.iter().position(|&one| people[one].here_from <= free_at) {
                Some(place) => {
                    let rank = |(line, place): (usize, usize)| rank_of(people, lines[line].1[place]);
                    next = next.into_iter().chain([(line, place)]).min_by_key(|it| rank(*it));
                }
                None => soonest = open.iter().map(|&one| people[one].here_from).chain(soonest).min(),
            }
        }
        if let Some((line, place)) = next {
            let one = lines[line].1.remove(place);
            starts[one] = Some(free_at);
            desks[at].free_at = free_at + people[one].takes.max(1);
        } else if let Some(soonest) = soonest {
            desks[at].free_at = soonest;
        } else {
            desks.swap_remove(at);
        }
    }
    starts
}

/// Who waits for each pool, the next one first.
fn lines_of(people: &[Person]) -> Vec<(PoolId, Vec<usize>)> {
    let mut order: Vec<usize> = (0..people.len()).collect();
    order.sort_unstable_by_key(|&one| rank_of(people, one));
    let mut lines: Vec<(PoolId, Vec<usize>)> = Vec::new();
    for one in order {
        match lines.iter_mut().find(|(pool, _)| *pool == people[one].pool) {
            Some((_, line)) => line.push(one),
            None => lines.push((people[one].pool, vec![one])),
        }
    }
    lines
}

fn rank_of(people: &[Person], one: usize) -> (i64, i64, usize) {
    (people[one].due, people[one].here_from, one)
}

/// Somebody in a whole day that is played, in seconds of that day.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    /// When the person is due.
    pub due: i64,
    /// From when on the person is here.
    pub here_from: i64,
    /// How long the service takes.
    pub takes: i64,
}

/// Later than any day.
const NEVER: i64 = 1 << 40;

/// Plays a day of one pool whose counters are open from and until a second of it. Returns each person's start, `None` for
/// whom no counter was open any more.
pub fn play_day(open: &[(i64, i64)], people: &[Played]) -> Vec<Option<i64>> {
    let all = PoolId(uuid::Uuid::nil());
    // A counter closes for somebody whom only it serves, who comes before everybody else and stays.
    let own: Vec<[PoolId; 2]> =
        (1..).zip(open).map(|(number, _)| [all, PoolId(uuid::Uuid::from_u128(number))]).collect();
    let mut desks: Vec<Desk<'_>> =
        own.iter().zip(open).map(|(pools, (from, _))| Desk { pools, free_at: *from }).collect();
    let who = people.iter().map(|one| Person {
        pool: all,
        due: one.due,
        here_from: one.here_from,
        takes: one.takes,
    });
    let closing = own.iter().zip(open).map(|(pools, (_, until))| Person {
        pool: pools[1],
        due: i64::MIN,
        here_from: *until,
        takes: NEVER,
    });
    let everybody: Vec<Person> = who.chain(closing).collect();
    let starts = play(&mut desks, &everybody);
    starts.into_iter().take(people.len()).map(|start| start.filter(|at| *at < NEVER)).collect()
}

/// Somebody whose wait would pass their due time because of an early call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harm {
    /// When that person is due.
    pub due_at: DateTime<Utc>,
    /// How many minutes after that they would start.
    pub late_minutes: i64,
}

/// How far past their due time somebody else may be pushed by an early call.
pub const HARM_TOLERANCE: TimeDelta = TimeDelta::minutes(3);

/// What calling `early` to `counter` right now would do to the others: the worst harm, or `None`.
/// Only harm that comes from this call counts; who is late anyway is no reason to let a counter idle. The others are
/// those who are expected and those here who are due before: who is here and due later has `early` before them in any
/// case, now or then.
/// `held` are visitors already passed over: they stay held until they are due, here as in reality.
/// For somebody absent a counter is kept free until just after the appointment, not for ever: most who are later than
/// that never come.
pub fn harm_of_calling(
    situation: &Situation,
    counter: CounterId,
    early: &Waiting,
    held: &[VisitId],
) -> Option<Harm> {
    let since_now = |at: DateTime<Utc>| (at - situation.now).num_seconds();
    let mut people: Vec<Person> = Vec::with_capacity(situation.waiting.len() + situation.expected.len());
    people.push(Person {
        pool: early.pool,
        due: since_now(early.due_at),
        here_from: since_now(early.due_at).max(0),
        takes: early.usual.num_seconds(),
    });
    people.extend(situation.waiting.iter().filter(|one| one.rank() < early.rank()).map(|one| Person {
        pool: one.pool,
        due: since_now(one.due_at),
        here_from: if held.contains(&one.visit) { since_now(one.due_at).max(0) } else { 0 },
        takes: one.usual.num_seconds(),
    }));
    let awaited = |one: &&Expected| one.starts_at + HARM_TOLERANCE >= situation.now;
    people.extend(situation.expected.iter().filter(awaited).map(|one| Person {
        pool: one.pool,
        due: since_now(one.starts_at),
        here_from: since_now(one.starts_at).max(0),
        takes: one.usual.num_seconds(),
    }));
    let desks = |taken: Option<i64>| -> Vec<Desk<'_>> {
        situation
            .counters
            .iter()
            .map(|seat| Desk {
                pools: &seat.pools,
                free_at: match taken {
                    Some(until) if seat.counter == counter => until,
                    _ => seat.work.map_or(0, |work| work.left().num_seconds()),
                },
            })
            .collect()
    };
    let held_back = play(&mut desks(None), &people);
    let others = &people[1..];
    let called = play(&mut desks(Some(people[0].takes)), others);
    others
        .iter()
        .zip(called)
        .zip(&held_back[1..])
        .filter_map(|((who, with), without)| {
            let (with, without) = (with?, (*without)?);
            let late = with - who.due;
            (with > without && late > HARM_TOLERANCE.num_seconds()).then(|| Harm {
                due_at: situation.now + TimeDelta::seconds(who.due),
                late_minutes: late / 60,
            })
        })
        .max_by_key(|harm| harm.late_minutes)
}

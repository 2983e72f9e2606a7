//! The queue played forward many times by the calling rule itself, with chance where there is chance: how long
//! services take, who comes to their appointment and when, who gives up. Everybody is sorted once; a run walks
//! through bits in that order and allocates nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::chance::{Draw, above, mix};
use super::forecast::{Away, HARM_TOLERANCE, Situation};
use super::habits::Habits;
use super::wait_estimate::Asking;
use crate::ids::PoolId;

/// Not in this run.
const NEVER: i64 = i64::MAX;

/// A call in a run is put off this long at most before the rule is asked again, as at the desk.
const LOOK_AGAIN: i64 = 60;

/// So many candidates for an early call are looked at before a counter waits.
const CANDIDATES: usize = 4;

/// Who may play a part in the coming hours.
struct Role {
    pool: PoolId,
    due: i64,
    /// Breaks ties among equal dues, as the rule does.
    since: i64,
    usual: f64,
    /// The number that this person's luck follows from.
    luck: u64,
    part: Part,
}

/// How somebody gets into the line.
#[derive(Clone, Copy)]
enum Part {
    /// Is here; seconds waited so far, for those who may give up.
    Here { waited: Option<f64> },
    /// Has an appointment and is not here yet: the share of such people who still come, and how far out on the
    /// distribution of arrivals `now` is.
    Expected { comes: f64, z: f64, tail: f64 },
    /// Stepped aside or was missed; comes back with this chance, within this time.
    Away { comes: f64, within: f64 },
    /// Only asks how long it would take, and takes nobody's time.
    Asks,
}

/// A counter: which roles it serves, and what it is busy with.
struct Desk {
    serves: Vec<u64>,
    /// Free although somebody waits: the clerk takes a breath.
    rests: bool,
    luck: u64,
    /// What it is busy with.
    work: Option<Busy>,
}

/// A visit at a desk: the usual time, the time spent, and how far out on the distribution that is.
struct Busy {
    usual: f64,
    elapsed: f64,
    z: f64,
    tail: f64,
}

/// The starts of all who asked, run by run: `starts[asking][run]`, `None` for whom nobody serves.
pub(super) fn starts(situation: &Situation, asking: &[Asking], runs: usize, seed: u64) -> Vec<Vec<i64>> {
    let mut stage = Stage::set(situation, asking, seed);
    let mut starts: Vec<Vec<i64>> = asking.iter().map(|_| Vec::with_capacity(runs)).collect();
    for run in 0..runs {
        stage.play(run as u64);
        for (starts, role) in starts.iter_mut().zip(&stage.asked) {
            starts.extend(role.map(|role| stage.start[role]).filter(|start| *start != NEVER));
        }
    }
    starts
}

/// Everything about the coming hours that is the same in every run, and room for what is not.
struct Stage {
    roles: Vec<Role>,
    desks: Vec<Desk>,
    /// The role of each asking one.
    asked: Vec<Option<usize>>,
    is_asked: Vec<bool>,
    here_at_first: Vec<u64>,
    /// Those whom the rule spares when it calls somebody early.
    spared: Vec<u64>,
    habits: Noise,
    // What a run changes.
    here: Vec<u64>,
    open: Vec<u64>,
    arrivals: Vec<(i64, usize)>,
    start: Vec<i64>,
    free_at: Vec<i64>,
    /// What each desk does: since when, and how long it usually takes.
    doing: Vec<(i64, i64)>,
    /// Room for looking ahead.
    ahead: Vec<i64>,
}

/// The habits as factors.
struct Noise {
    sigma: f64,
    offset: (f64, f64),
    changeover: f64,
    patience: f64,
}

impl Noise {
    fn of(habits: &Habits) -> Self {
        let spread = f64::from(habits.spread_percent) / 100.0;
        Self {
            sigma: (1.0 + spread * spread).ln().sqrt().max(0.01),
            offset: (seconds(habits.arrival_offset), seconds(habits.arrival_deviation).max(1.0)),
            changeover: seconds(habits.changeover),
            patience: seconds(habits.patience).max(60.0),
        }
    }

    /// A service time for this deviate: lognormal with this mean.
    fn service(&self, usual: f64, normal: f64) -> f64 {
        usual * (self.sigma * normal - self.sigma * self.sigma / 2.0).exp()
    }

    /// Which deviate a service time is.
    fn deviate(&self, usual: f64, took: f64) -> f64 {
        ((took / usual).ln() + self.sigma * self.sigma / 2.0) / self.sigma
    }

    /// How much giving up has been tempting after so many seconds; the difference of two such is a hazard.
    fn temptation(&self, waited: f64) -> f64 {
        let by = waited / self.patience;
        by * by.sqrt()
    }
}

impl Stage {
    fn set(situation: &Situation, asking: &[Asking], seed: u64) -> Self {
        let noise = Noise::of(&situation.habits);
        let mut roles = roles_of(situation, &noise);
        let known = roles.len();
        let newcomers = asking.iter().filter(|one| one.visit.is_none());
        roles.extend(newcomers.map(|one| newcomer(situation, one)));
        for role in &mut roles {
            role.luck = mix(role.luck ^ seed);
        }
        let mut order: Vec<usize> = (0..roles.len()).collect();
        order.sort_by_key(|&role| (roles[role].due, roles[role].since, role));
        let mut place = vec![0; roles.len()];
        for (at, &role) in order.iter().enumerate() {
            place[role] = at;
        }
        let mut newcomer = known;
        let asked: Vec<Option<usize>> = asking
            .iter()
            .map(|one| match one.visit {
                Some(visit) => {
                    situation.waiting.iter().position(|other| other.visit == visit).map(|role| place[role])
                }
                None => {
                    newcomer += 1;
                    Some(place[newcomer - 1])
                }
            })
            .collect();
        let mut by_place: Vec<(usize, Role)> = place.into_iter().zip(roles).collect();
        by_place.sort_by_key(|(at, _)| *at);
        let roles: Vec<Role> = by_place.into_iter().map(|(_, role)| role).collect();
        Self::with(situation, roles, asked, noise, seed)
    }

    fn with(
        situation: &Situation,
        roles: Vec<Role>,
        asked: Vec<Option<usize>>,
        noise: Noise,
        seed: u64,
    ) -> Self {
        let bits = |wanted: &dyn Fn(&Role) -> bool| {
            let mut bits = vec![0_u64; roles.len().div_ceil(64).max(1)];
            for at in roles.iter().enumerate().filter(|(_, role)| wanted(role)).map(|(at, _)| at) {
                bits[at / 64] |= 1 << (at % 64);
            }
            bits
        };
        let desks: Vec<Desk> = situation
            .counters
            .iter()
            .map(|seat| Desk {
                serves: bits(&|role| seat.serves(role.pool)),
                rests: situation
                    .waiting
                    .iter()
                    .any(|one| one.arrived_at < situation.now && seat.serves(one.pool)),
                luck: mix(fold(seat.counter.0.as_u128()) ^ seed),
                work: seat.work.map(|work| {
                    let (usual, elapsed) = (seconds(work.usual).max(1.0), seconds(work.elapsed).max(0.0));
                    let z = if elapsed < 1.0 { -9.0 } else { noise.deviate(usual, elapsed) };
                    Busy { usual, elapsed, z, tail: above(z) }
                }),
            })
            .collect();
        let mut is_asked = vec![false; roles.len()];
        for role in asked.iter().flatten() {
            is_asked[*role] = true;
        }
        Self {
            here_at_first: bits(&|role| matches!(role.part, Part::Here { .. } | Part::Asks)),
            spared: bits(&|role| matches!(role.part, Part::Here { .. } | Part::Expected { .. })),
            here: vec![0; roles.len().div_ceil(64).max(1)],
            open: vec![0; roles.len().div_ceil(64).max(1)],
            arrivals: Vec::with_capacity(roles.len()),
            start: vec![NEVER; roles.len()],
            free_at: vec![0; desks.len()],
            doing: vec![(0, 0); desks.len()],
            ahead: Vec::with_capacity(desks.len()),
            habits: noise,
            roles,
            desks,
            asked,
            is_asked,
        }
    }

    /// One simulated afternoon, until everybody who asked has been called.
    fn play(&mut self, run: u64) {
        self.begin(run);
        let mut next_arrival = 0;
        let mut unanswered = self.is_asked.iter().filter(|asked| **asked).count();
        while unanswered > 0 {
            let Some((desk, at)) = self.free_at.iter().copied().enumerate().min_by_key(|(_, at)| *at) else {
                return;
            };
            if at == NEVER {
                return;
            }
            while let Some((_, role)) = self.arrivals.get(next_arrival).filter(|(when, _)| *when <= at) {
                self.here[role / 64] |= 1 << (role % 64);
                next_arrival += 1;
            }
            let soonest = self.arrivals.get(next_arrival).map_or(NEVER, |(when, _)| *when);
            match self.choose(desk, at) {
                Choice::Call(role) => {
                    unanswered -= usize::from(self.is_asked[role]);
                    self.call(desk, at, role, run);
                }
                Choice::Wait { until } => self.free_at[desk] = soonest.min(until).max(at + 1),
                Choice::Nobody => self.free_at[desk] = soonest,
            }
        }
    }

    /// Draws who comes and when, and what is left of the running sessions.
    fn begin(&mut self, run: u64) {
        self.here.copy_from_slice(&self.here_at_first);
        self.open.copy_from_slice(&self.spared);
        self.start.fill(NEVER);
        self.arrivals.clear();
        for (at, role) in self.roles.iter().enumerate() {
            let comes_at = match role.part {
                Part::Here { .. } | Part::Asks => None,
                Part::Expected { comes, z, tail } => {
                    let mut draw = Draw::of(role.luck, run);
                    (draw.unit() < comes).then(|| {
                        let (mean, deviation) = self.habits.offset;
                        role.due + (mean + deviation * draw.normal_beyond(z, tail)) as i64
                    })
                }
                Part::Away { comes, within } => {
                    let mut draw = Draw::of(role.luck, run);
                    (draw.unit() < comes).then(|| (draw.unit() * within) as i64)
                }
            };
            self.arrivals.extend(comes_at.map(|when| (when.max(1), at)));
        }
        self.arrivals.sort_unstable();
        for (desk, (free_at, doing)) in self.desks.iter().zip(self.free_at.iter_mut().zip(&mut self.doing)) {
            let mut draw = Draw::of(desk.luck, run);
            (*free_at, *doing) = match &desk.work {
                None if desk.rests => ((draw.unit() * self.habits.changeover / 2.0) as i64, (0, 0)),
                None => (0, (0, 0)),
                Some(busy) => {
                    let normal = draw.normal_beyond(busy.z, busy.tail);
                    let left = (self.habits.service(busy.usual, normal) - busy.elapsed).max(1.0);
                    let free_at = left + self.habits.changeover / 2.0;
                    (free_at as i64, (-(busy.elapsed as i64), busy.usual as i64))
                }
            };
        }
    }

    /// The desk takes this person: who has given up takes no time, and who only asks neither.
    fn call(&mut self, desk: usize, at: i64, role: usize, run: u64) {
        self.start[role] = at;
        self.here[role / 64] &= !(1 << (role % 64));
        self.open[role / 64] &= !(1 << (role % 64));
        let who = &self.roles[role];
        let mut draw = Draw::of(who.luck, run ^ 0x5eed);
        let gone = match who.part {
            Part::Asks => true,
            Part::Here { waited: Some(waited) } => {
                let tempted = self.habits.temptation(waited + at as f64) - self.habits.temptation(waited);
                tempted > -draw.unit().ln()
            }
            Part::Here { waited: None } | Part::Expected { .. } | Part::Away { .. } => false,
        };
        if !gone {
            let takes = self.habits.service(who.usual, draw.normal()) + self.habits.changeover;
            self.free_at[desk] = at + (takes as i64).max(1);
            self.doing[desk] = (at, who.usual as i64);
        }
    }

    /// The calling rule: the smallest due of those here; early only if that makes nobody late.
    fn choose(&mut self, desk: usize, at: i64) -> Choice {
        let mut until = at + LOOK_AGAIN;
        let (mut looked_at, mut shortest_vetoed) = (0, f64::MAX);
        for word in 0..self.here.len() {
            let mut line = self.here[word] & self.desks[desk].serves[word];
            while line != 0 {
                let role = word * 64 + line.trailing_zeros() as usize;
                line &= line - 1;
                let (due, usual) = (self.roles[role].due, self.roles[role].usual);
                if due <= at {
                    return Choice::Call(role);
                }
                // Who takes longer than somebody already vetoed harms at least as much.
                if usual < shortest_vetoed && looked_at < CANDIDATES {
                    if !self.harms(desk, at, role) {
                        return Choice::Call(role);
                    }
                    looked_at += 1;
                    shortest_vetoed = usual;
                }
                until = until.min(due);
            }
        }
        if looked_at == 0 { Choice::Nobody } else { Choice::Wait { until } }
    }

    /// Whether calling this person early would make somebody late who otherwise would not be.
    fn harms(&mut self, desk: usize, at: i64, early: usize) -> bool {
        let until = at + self.roles[early].usual as i64;
        self.somebody_late(desk, at, early, until) && !self.somebody_late(desk, at, early, at)
    }

    /// Whether somebody due before the early one would be done starts late if this desk is free at `free_at`: turns
    /// in order of due, each at the counter that is free first, by usual times.
    fn somebody_late(&mut self, desk: usize, at: i64, early: usize, free_at: i64) -> bool {
        let horizon = at + self.roles[early].usual as i64;
        self.ahead.clear();
        for (other, (since, usual)) in self.doing.iter().enumerate() {
            self.ahead.push(if other == desk {
                free_at
            } else if self.free_at[other] <= at {
                at
            } else {
                at + (usual - (at - since)).max(usual / 4)
            });
        }
        for word in 0..self.open.len() {
            let mut others = self.open[word] & self.desks[desk].serves[word];
            while others != 0 {
                let role = word * 64 + others.trailing_zeros() as usize;
                others &= others - 1;
                let due = self.roles[role].due;
                if due >= horizon {
                    return false;
                }
                let present = self.here[role / 64] & (1 << (role % 64)) != 0;
                // Who is here and due later comes after the early one in any case.
                if (present && role >= early) || (!present && due + HARM_TOLERANCE.num_seconds() < at) {
                    continue;
                }
                let bit = 1 << (role % 64);
                let able = |desk: &usize| self.desks[*desk].serves[word] & bit != 0;
                let first = (0..self.ahead.len()).filter(able).min_by_key(|&desk| self.ahead[desk]);
                let Some(first) = first else { continue };
                let free = self.ahead[first];
                let start = if present { free } else { free.max(due) };
                if start - due > HARM_TOLERANCE.num_seconds() {
                    return true;
                }
                self.ahead[first] = start + self.roles[role].usual as i64;
            }
        }
        false
    }
}

enum Choice {
    Call(usize),
    /// Somebody is here, but not to be called before then, unless somebody else arrives.
    Wait {
        until: i64,
    },
    Nobody,
}

/// Everybody in the situation; the waiting ones first and in their order.
fn roles_of(situation: &Situation, noise: &Noise) -> Vec<Role> {
    let since_now = |at: DateTime<Utc>| (at - situation.now).num_seconds();
    let mut roles = Vec::with_capacity(situation.waiting.len() + situation.expected.len() + 8);
    roles.extend(situation.waiting.iter().map(|one| {
        Role {
            pool: one.pool,
            due: since_now(one.due_at),
            since: since_now(one.arrived_at),
            usual: seconds(one.usual),
            luck: fold(one.visit.0.as_u128()),
            part: Part::Here {
                // Who has an appointment does not give up.
                waited: (!one.has_appointment)
                    .then(|| -since_now(one.arrived_at) as f64)
                    .map(|waited| waited.max(0.0)),
            },
        }
    }));
    let comes_at_all = f64::from(situation.habits.show_percent.min(100)) / 100.0;
    let mut same_start = (situation.now, 0);
    roles.extend(situation.expected.iter().map(|one| {
        same_start = (one.starts_at, if same_start.0 == one.starts_at { same_start.1 + 1 } else { 0 });
        let due = since_now(one.starts_at);
        let z = (-(due as f64) - noise.offset.0) / noise.offset.1;
        let tail = above(z);
        // The later it gets, the less likely is it that somebody still comes.
        let comes = comes_at_all * tail / (comes_at_all * tail + 1.0 - comes_at_all).max(1e-9);
        Role {
            pool: one.pool,
            due,
            since: due,
            usual: seconds(one.usual),
            luck: mix(one.starts_at.timestamp() as u64).wrapping_add(same_start.1),
            part: Part::Expected { comes, z, tail },
        }
    }));
    roles.extend(situation.away.iter().map(|one| away(situation, one)));
    roles
}

fn away(situation: &Situation, one: &Away) -> Role {
    let due = (one.due_at - situation.now).num_seconds();
    Role {
        pool: one.pool,
        due,
        since: due,
        usual: seconds(one.usual),
        luck: fold(one.visit.0.as_u128()),
        part: Part::Away { comes: f64::from(one.comes_percent) / 100.0, within: seconds(one.within) },
    }
}

fn newcomer(situation: &Situation, one: &Asking) -> Role {
    Role {
        pool: one.pool,
        due: (one.due_at - situation.now).num_seconds(),
        since: 0,
        usual: seconds(one.usual),
        luck: 0,
        part: Part::Asks,
    }
}

fn fold(id: u128) -> u64 {
    (id >> 64) as u64 ^ id as u64
}

fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}

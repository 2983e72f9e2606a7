//! What the past teaches about the coming hours: how long services really take in an office, who comes to their
//! appointment and when, how long counters need between two visits. A young office leans on what is configured;
//! what is sixty days old counts half.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::habits::Habits;
use crate::ids::ServiceId;

/// What is assumed beforehand counts as much as so many visits.
pub const PRIOR_VISITS: f64 = 20.0;

/// What lies so many days back counts half.
pub const HALF_LIFE_DAYS: f64 = 60.0;

/// Nothing older is looked at: it would count a tenth.
pub const LOOK_BACK_DAYS: i64 = 200;

/// Shorter time at a counter is a slip of the hand.
pub const SHORTEST: TimeDelta = TimeDelta::seconds(20);

/// More than so many medians is somebody who forgot to finish.
const LONGEST_MEDIANS: i32 = 5;

/// Until an office has a past, services take four fifths of what is planned (`load-model.json`).
const SHARE_OF_PLAN: f64 = 0.8;

/// Counters that rest longer between two visits rest on purpose.
pub const LONGEST_CHANGEOVER: TimeDelta = TimeDelta::minutes(10);

/// Something that was seen, and how many days ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<T> {
    /// What.
    pub what: T,
    /// When.
    pub days_ago: u32,
}

/// A visit that was served: what it was registered for, and its time at counters without what it was parked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The services, with their numbers, as known before the visit was called.
    pub items: Vec<(ServiceId, u16)>,
    /// The time at counters.
    pub took: TimeDelta,
    /// Whether the visitor had an appointment.
    pub has_appointment: bool,
}

/// How somebody without appointment waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// How long.
    pub time: TimeDelta,
    /// Whether they went away instead of being called.
    pub gave_up: bool,
}

/// What an office's past holds.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Visits that were served.
    pub served: Vec<Seen<Served>>,
    /// Arrivals relative to the appointment; `None` when nobody came.
    pub appointments: Vec<Seen<Option<TimeDelta>>>,
    /// From the end of a visit to the beginning of the next one, which was waiting already.
    pub changeovers: Vec<Seen<TimeDelta>>,
    /// Waits of people without appointment.
    pub waits: Vec<Seen<Waited>>,
}

/// How long a service usually takes in an office, for one. Who comes without appointment names one service and often
/// brings more, so the two are learned apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Which.
    pub service: ServiceId,
    /// For whom.
    pub has_appointment: bool,
    /// How long.
    pub takes: TimeDelta,
    /// How many visits it was learned from.
    pub visits: u32,
}

/// What was learned about an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lessons {
    /// Each planned service, with and without appointment.
    pub usual: Vec<Usual>,
    /// How people behave.
    pub habits: Habits,
}

impl Lessons {
    /// How long a service usually takes, if it was planned when this was learned.
    pub fn usual_of(&self, service: ServiceId, has_appointment: bool) -> Option<TimeDelta> {
        let same = |one: &&Usual| one.service == service && one.has_appointment == has_appointment;
        self.usual.iter().find(same).map(|one| one.takes)
    }
}

/// What is usual for a visit nobody has learned anything about yet.
pub fn usual_of_plan(planned: TimeDelta) -> TimeDelta {
    TimeDelta::milliseconds((planned.num_milliseconds() as f64 * SHARE_OF_PLAN) as i64)
        .max(TimeDelta::seconds(1))
}

/// What an office's past teaches; `planned` is what one of each service is planned with there.
pub fn learn(past: &Past, planned: &[(ServiceId, TimeDelta)]) -> Lessons {
    let (usual, spread_percent) = durations(&past.served, planned);
    let assumed = Habits::ASSUMED;
    let (arrival_offset, arrival_deviation) = arrivals(past, &assumed);
    let habits = Habits {
        show_percent: shows(past, &assumed),
        arrival_offset,
        arrival_deviation,
        spread_percent,
        changeover: changeover(past, &assumed),
        patience: patience(past, &assumed),
    };
    Lessons { usual, habits }
}

fn weight(days_ago: u32) -> f64 {
    0.5_f64.powf(f64::from(days_ago) / HALF_LIFE_DAYS)
}

/// A mean that leans on what is assumed, until enough was seen.
#[derive(Clone, Copy)]
struct Mean {
    sum: f64,
    weight: f64,
    seen: u32,
}

impl Mean {
    fn assumed(value: f64) -> Self {
        Self { sum: value * PRIOR_VISITS, weight: PRIOR_VISITS, seen: 0 }
    }

    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
        self.seen += 1;
    }

    fn value(self) -> f64 {
        self.sum / self.weight
    }
}

/// A service, and whether its visitor had an appointment.
type Kind = (ServiceId, bool);

/// Every time is read as a share of what was planned: a service leans on its office, the office on the load model.
/// Several services of one visit share its time as they were planned.
fn durations(served: &[Seen<Served>], planned: &[(ServiceId, TimeDelta)]) -> (Vec<Usual>, u32) {
    let plan: HashMap<ServiceId, f64> =
        planned.iter().map(|(service, time)| (*service, seconds(*time))).collect();
    let shares = shares_of_plan(served, &plan);
    let office = [false, true].map(|has_appointment| {
        let mut mean = Mean::assumed(SHARE_OF_PLAN);
        for (share, visit) in shares.iter().filter(|(_, visit)| visit.what.has_appointment == has_appointment)
        {
            mean.add(*share, weight(visit.days_ago));
        }
        mean.value()
    });
    let kinds = plan.keys().flat_map(|service| [(*service, false), (*service, true)]);
    let mut means: HashMap<Kind, Mean> =
        kinds.map(|kind| (kind, Mean::assumed(office[usize::from(kind.1)]))).collect();
    for (share, visit) in &shares {
        for (kind, part) in parts_of(&visit.what, &plan) {
            // A small part of a visit says little about the service.
            if let Some(mean) = means.get_mut(&kind) {
                mean.add(*share, weight(visit.days_ago) * part);
            }
        }
    }
    let spread_percent = spread(&shares, |visit| {
        parts_of(visit, &plan).into_iter().map(|(kind, part)| part * means[&kind].value()).sum()
    });
    let mut usual: Vec<Usual> = means
        .iter()
        .map(|((service, has_appointment), mean)| Usual {
            service: *service,
            has_appointment: *has_appointment,
            takes: whole_seconds(plan[service] * mean.value()).max(TimeDelta::seconds(1)),
            visits: mean.seen,
        })
        .collect();
    usual.sort_by_key(|one| (one.service, one.has_appointment));
    (usual, spread_percent)
}

/// The services of a visit, and which part of its plan each makes.
fn parts_of(visit: &Served, plan: &HashMap<ServiceId, f64>) -> Vec<(Kind, f64)> {
    let whole = planned_of(&visit.items, plan).unwrap_or(1.0);
    let part = |(service, quantity): &(ServiceId, u16)| {
        ((*service, visit.has_appointment), plan[service] * f64::from(*quantity) / whole)
    };
    visit.items.iter().map(part).collect()
}

/// How much of its plan each visit took, without slips of the hand. Who forgot to finish counts with five times the
/// median of the visits for the same service or, if those are short, of all in the office: left out altogether, the few
/// really long visits would be missing, and every wait would be said a twentieth too short.
fn shares_of_plan<'a>(
    served: &'a [Seen<Served>],
    plan: &HashMap<ServiceId, f64>,
) -> Vec<(f64, &'a Seen<Served>)> {
    let in_earnest = || served.iter().filter(|visit| visit.what.took >= SHORTEST);
    let mut by_kind: HashMap<Option<Kind>, Vec<TimeDelta>> = HashMap::new();
    for visit in in_earnest() {
        by_kind.entry(kind_of(&visit.what)).or_default().push(visit.what.took);
    }
    let of_all = median(in_earnest().map(|visit| visit.what.took).collect());
    let longest: HashMap<Option<Kind>, TimeDelta> = by_kind
        .into_iter()
        .map(|(kind, times)| (kind, median(times).max(of_all) * LONGEST_MEDIANS))
        .collect();
    in_earnest()
        .filter_map(|visit| {
            let took = visit.what.took.min(longest[&kind_of(&visit.what)]);
            Some((seconds(took) / planned_of(&visit.what.items, plan)?, visit))
        })
        .collect()
}

fn kind_of(visit: &Served) -> Option<Kind> {
    visit.items.first().map(|(service, _)| (*service, visit.has_appointment))
}

fn median(mut times: Vec<TimeDelta>) -> TimeDelta {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What was planned for a visit; `None` when one of its services is no longer offered.
fn planned_of(items: &[(ServiceId, u16)], plan: &HashMap<ServiceId, f64>) -> Option<f64> {
    let parts: Option<Vec<f64>> =
        items.iter().map(|(service, quantity)| Some(plan.get(service)? * f64::from(*quantity))).collect();
    parts.map(|parts| parts.iter().sum()).filter(|whole: &f64| *whole > 0.0)
}

/// The standard deviation of service times, in per cent of what is usual.
fn spread(shares: &[(f64, &Seen<Served>)], expected: impl Fn(&Served) -> f64) -> u32 {
    let assumed = f64::from(Habits::ASSUMED.spread_percent) / 100.0;
    let mut squares = Mean::assumed(assumed * assumed);
    for (share, visit) in shares {
        squares.add((share / expected(&visit.what) - 1.0).powi(2), weight(visit.days_ago));
    }
    (squares.value().sqrt() * 100.0).round().clamp(10.0, 200.0) as u32
}

fn shows(past: &Past, assumed: &Habits) -> u32 {
    let mut shows = Mean::assumed(f64::from(assumed.show_percent));
    for one in &past.appointments {
        shows.add(if one.what.is_some() { 100.0 } else { 0.0 }, weight(one.days_ago));
    }
    shows.value().round().clamp(1.0, 100.0) as u32
}

fn arrivals(past: &Past, assumed: &Habits) -> (TimeDelta, TimeDelta) {
    let deviation = seconds(assumed.arrival_deviation);
    let mut offset = Mean::assumed(seconds(assumed.arrival_offset));
    let came: Vec<(f64, f64)> = past
        .appointments
        .iter()
        .filter_map(|one| Some((seconds(one.what?), weight(one.days_ago))))
        // Who comes hours early or late says nothing about the others.
        .filter(|(seconds, _)| seconds.abs() <= 3_600.0)
        .collect();
    came.iter().for_each(|(seconds, weight)| offset.add(*seconds, *weight));
    let mut squares = Mean::assumed(deviation * deviation);
    came.iter().for_each(|(seconds, weight)| squares.add((seconds - offset.value()).powi(2), *weight));
    (whole_seconds(offset.value()), whole_seconds(squares.value().sqrt()))
}

fn changeover(past: &Past, assumed: &Habits) -> TimeDelta {
    let mut mean = Mean::assumed(seconds(assumed.changeover));
    let in_earnest = |one: &&Seen<TimeDelta>| one.what >= TimeDelta::zero() && one.what <= LONGEST_CHANGEOVER;
    for one in past.changeovers.iter().filter(in_earnest) {
        mean.add(seconds(one.what), weight(one.days_ago));
    }
    whole_seconds(mean.value())
}

/// The scale of a Weibull distribution of shape 1.5 under which the seen waits are most likely.
fn patience(past: &Past, assumed: &Habits) -> TimeDelta {
    let power = |time: f64| time * time.sqrt();
    let (mut gave_up, mut tempted) = (PRIOR_VISITS, PRIOR_VISITS * power(seconds(assumed.patience)));
    for one in past.waits.iter().filter(|one| one.what.time > TimeDelta::zero()) {
        tempted += power(seconds(one.what.time)) * weight(one.days_ago);
        gave_up += if one.what.gave_up { weight(one.days_ago) } else { 0.0 };
    }
    whole_seconds((tempted / gave_up).powf(2.0 / 3.0))
}

fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}

fn whole_seconds(seconds: f64) -> TimeDelta {
    TimeDelta::seconds(seconds.round() as i64)
}

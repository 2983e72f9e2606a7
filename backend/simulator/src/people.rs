//! Who comes to one office on one day: appointments that fit its counters, and people who just come.

use std::ops::Range;

use rand::Rng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, Poisson};
use uuid::Uuid;

use crate::model::{LoadModel, dice, patience};
use crate::services::{self, COMMON};

/// Seconds from opening to closing, and the hour it opens at.
pub const OPEN: i64 = 8 * 3_600;
const OPENS_AT: u32 = 8;

/// The grid of appointments.
const TICK: i64 = 300;

/// One office's kind of day.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How people behave.
    pub model: LoadModel,
    /// Counters with a clerk.
    pub counters: usize,
    /// How many of them take appointments at the same time.
    pub booked_counters: usize,
    /// How much of that is booked.
    pub booked_share: f64,
    /// People without appointment on an average day.
    pub walk_ins: f64,
    /// More people without appointment: between these seconds after opening, so many.
    pub rush: Option<(Range<i64>, f64)>,
    /// Counters that close meanwhile: between these seconds, so many.
    pub closed: Option<(Range<i64>, usize)>,
}

/// Somebody who comes, or who should.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// The appointment, in seconds after opening.
    pub appointment: Option<i64>,
    /// The arrival; `None` when nobody comes.
    pub arrives: Option<i64>,
    /// What the office knows they come for: places in [`COMMON`], each with a number.
    pub items: Vec<(usize, u16)>,
    /// What that is planned with, in minutes.
    pub planned_min: u32,
    /// How long it takes at an average counter, in seconds.
    pub takes: i64,
    /// After which wait the person goes away, in seconds; with an appointment nobody does.
    pub patience: Option<i64>,
}

/// Everybody of one day, by arrival; who does not come at the end.
pub fn of_day(plan: &Plan, day: u64) -> Vec<Person> {
    let mut dice = dice(&[b"day", &day.to_le_bytes()]);
    let mut people = with_appointment(plan, &mut dice);
    people.extend(walk_in_times(plan, &mut dice).into_iter().map(|at| walk_in(plan, at, &mut dice)));
    people.sort_by_key(|person| (person.arrives.unwrap_or(i64::MAX), person.id));
    people
}

/// Books at random what fits, until the wanted share of the counters is taken.
fn with_appointment(plan: &Plan, dice: &mut StdRng) -> Vec<Person> {
    let ticks = (OPEN / TICK) as usize;
    let mut taken = vec![0; ticks];
    let wanted = (ticks as f64 * plan.booked_counters as f64 * plan.booked_share) as usize;
    let mut people = Vec::new();
    for _ in 0..4_000 {
        if taken.iter().sum::<usize>() >= wanted {
            break;
        }
        let items = items(plan.model.services(dice), dice);
        let planned_min = planned(&items);
        let long = (i64::from(planned_min) * 60).div_euclid(TICK).max(1) as usize;
        if long >= ticks {
            continue;
        }
        let start = dice.random_range(0..=ticks - long);
        if taken[start..start + long].iter().all(|taken| *taken < plan.booked_counters) {
            taken[start..start + long].iter_mut().for_each(|taken| *taken += 1);
            people.push(appointment(plan, start as i64 * TICK, items, dice));
        }
    }
    people
}

fn appointment(plan: &Plan, at: i64, items: Vec<(usize, u16)>, dice: &mut StdRng) -> Person {
    let id = Uuid::from_u128(dice.random());
    let planned_min = planned(&items);
    // Before the doors open nobody gets in.
    let arrives = plan.model.arrival(id, true).map(|offset| (at + offset.num_seconds()).max(0));
    Person {
        takes: plan.model.service_time(id, planned_min).num_seconds(),
        id,
        appointment: Some(at),
        arrives,
        items,
        planned_min,
        patience: None,
    }
}

/// Who draws a number names one service; what else they bring shows at the counter.
fn walk_in(plan: &Plan, at: i64, dice: &mut StdRng) -> Person {
    let id = Uuid::from_u128(dice.random());
    let all = items(plan.model.services(dice), dice);
    let named = vec![(all[0].0, 1)];
    Person {
        takes: plan.model.service_time(id, planned(&all)).num_seconds(),
        id,
        appointment: None,
        arrives: Some(at),
        planned_min: planned(&named),
        items: named,
        patience: Some(patience(id).num_seconds()),
    }
}

fn items(count: usize, dice: &mut StdRng) -> Vec<(usize, u16)> {
    let mut items: Vec<(usize, u16)> = Vec::new();
    for _ in 0..count {
        let service = services::draw(dice);
        match items.iter_mut().find(|(other, _)| *other == service) {
            Some((_, quantity)) => *quantity += 1,
            None => items.push((service, 1)),
        }
    }
    items
}

fn planned(items: &[(usize, u16)]) -> u32 {
    items
        .iter()
        .map(|(service, quantity)| u32::from(COMMON[*service].planned_min) * u32::from(*quantity))
        .sum()
}

fn walk_in_times(plan: &Plan, dice: &mut StdRng) -> Vec<i64> {
    let open: Vec<f64> = (0..OPEN / 3_600)
        .map(|hour| {
            let hour = OPENS_AT + hour as u32;
            plan.model.hours.iter().find(|(at, _)| *at == hour).map_or(0.0, |(_, weight)| *weight)
        })
        .collect();
    let whole: f64 = open.iter().sum();
    let mut times = Vec::new();
    for (hour, weight) in (0_i64..).zip(&open) {
        for _ in 0..poisson(plan.walk_ins * weight / whole, dice) {
            times.push(hour * 3_600 + dice.random_range(0..3_600));
        }
    }
    if let Some((when, more)) = &plan.rush {
        for _ in 0..poisson(*more, dice) {
            times.push(dice.random_range(when.clone()));
        }
    }
    times
}

fn poisson(mean: f64, dice: &mut StdRng) -> u32 {
    Poisson::new(mean).map_or(0, |poisson| poisson.sample(dice) as u32)
}

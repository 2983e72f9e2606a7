//! How good the expected waits are: simulated days on which every method answers at each arrival, one event log for
//! all of them. What our estimator knows it has learned from simulated days before.

pub mod methods;
pub mod scenarios;

use std::collections::HashMap;
use std::ops::Range;

use chrono::TimeDelta;
use domain::ids::VisitId;
use domain::queue::accuracy::{self, Accuracy, Outcome};
use domain::queue::call_order::Choice;
use domain::queue::learning::{Lessons, Past, learn};
use domain::queue::wait_estimate::Estimate;
use simulator::day::{Visit, planned, play, remember};

use methods::{METHODS, Method, Records};
use scenarios::Scenario;

/// What was found about a scenario.
pub struct Findings {
    /// Which.
    pub scenario: &'static str,
    /// Each method for walk-ins and for appointments; absent where nobody came.
    pub rows: Vec<Row>,
    /// Minutes a day in which a counter held somebody back: the rule is asked again every half a minute.
    pub held_back: f64,
}

/// One method's figures.
pub struct Row {
    /// Which.
    pub method: Method,
    /// For whom.
    pub has_appointment: bool,
    /// How good.
    pub accuracy: Accuracy,
    /// The share within the range among those who were told to wait at all.
    pub covered_of_waiting: Option<u32>,
}

impl Findings {
    /// A method's figures.
    pub fn of(&self, method: Method, has_appointment: bool) -> Option<&Row> {
        self.rows.iter().find(|row| row.method == method && row.has_appointment == has_appointment)
    }

    /// The mean error of ours, by that of another.
    pub fn ratio(&self, other: Method, has_appointment: bool) -> Option<f64> {
        let error =
            |method| self.of(method, has_appointment).map(|row| row.accuracy.error.num_milliseconds() as f64);
        Some(error(Method::Ours)? / error(other)?.max(1.0))
    }
}

/// What an office has learned after so many ordinary days of this kind, and the true mean of a visit.
pub fn lessons(scenario: &Scenario, past_days: u32) -> (Lessons, TimeDelta) {
    let mut past = Past::default();
    let mut lessons = learn(&past, &planned());
    for day in 1..=past_days {
        let visits = play(&scenario.ordinary, 1_000 + u64::from(day), &lessons, |_, _| {}, |_| {});
        remember(&mut past, &visits, past_days - day + 1);
        if day % 5 == 0 {
            lessons = learn(&past, &planned());
        }
    }
    let served = i32::try_from(past.served.len()).unwrap_or(1).max(1);
    let mean = past.served.iter().map(|one| one.what.took).sum::<TimeDelta>() / served;
    (lessons, mean)
}

/// Plays the scenario's day for each seed, in an office that has seen so many days before, and compares.
pub fn compare(scenario: &Scenario, seeds: Range<u64>, past_days: u32) -> Findings {
    let (lessons, true_mean) = lessons(scenario, past_days);
    let mut outcomes: HashMap<(Method, bool), Vec<Outcome>> = HashMap::new();
    let (days, mut held_back) = (seeds.end - seeds.start, 0_u32);
    for seed in seeds {
        let mut said: HashMap<VisitId, Vec<(Method, Estimate)>> = HashMap::new();
        let records = Records::new(true_mean);
        let visits = play(
            &scenario.plan,
            seed,
            &lessons,
            |situation, me| {
                let answers =
                    METHODS.iter().filter_map(|method| Some((*method, records.ask(*method, situation, me)?)));
                said.insert(me.visit, answers.collect());
            },
            |call| held_back += u32::from(matches!(call.choice, Choice::HoldBack(_))),
        );
        // What the last ten waited is known only afterwards, so that method is answered here.
        for visit in &visits {
            let Some((waited, has_appointment)) = real(visit) else { continue };
            let of = said.remove(&VisitId(visit.person.id)).unwrap_or_default();
            let last = Some((Method::LastTen, records.last_ten(&visits, visit)));
            for (method, predicted) in of.into_iter().chain(last) {
                let outcome = Outcome { has_appointment, hour: 0, predicted, waited };
                outcomes.entry((method, has_appointment)).or_default().push(outcome);
            }
        }
    }
    let mut rows: Vec<Row> = outcomes
        .into_iter()
        .filter_map(|((method, has_appointment), outcomes)| {
            let waiting = outcomes.iter().filter(|one| one.predicted.high >= TimeDelta::minutes(1));
            let covered_of_waiting = accuracy::of(waiting).map(|of| of.covered_percent);
            Some(Row { method, has_appointment, accuracy: accuracy::of(&outcomes)?, covered_of_waiting })
        })
        .collect();
    rows.sort_by_key(|row| (row.has_appointment, row.method));
    Findings { scenario: scenario.name, rows, held_back: f64::from(held_back) / 2.0 / days.max(1) as f64 }
}

/// The time until the call, for whoever was called.
fn real(visit: &Visit) -> Option<(TimeDelta, bool)> {
    let waited = visit.called? - visit.person.arrives?;
    Some((TimeDelta::seconds(waited), visit.person.appointment.is_some()))
}

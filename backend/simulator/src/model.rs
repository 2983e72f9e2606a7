//! How people behave, as the load model measured it: when they book, come, draw tickets, and how long they take.
//!
//! Every draw is seeded by what it is about (a booking's id, a minute of a day), so that a restarted demo goes
//! on with the same people: nothing of the simulation has to be kept.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Gamma, LogNormal, Normal, Poisson, Weibull};
use serde_json::Value;

/// Parameters of `data/load-model.json` that the simulated day uses.
#[derive(Clone, Debug)]
pub struct LoadModel {
    /// Visits a working day in a town of 50,000.
    pub visits_per_workday: f64,
    /// Share of visitors without appointment.
    pub walk_in_share: f64,
    /// Mean days between booking and visit.
    lead_days: f64,
    /// Share of appointments nobody comes to, before the reminder's effect.
    pub no_show: f64,
    /// Factor on no-shows when a reminder went out.
    pub reminder_effect: f64,
    /// Minutes between arrival and start of the appointment: mean and deviation.
    pub arrival_offset: (f64, f64),
    /// Mean share of the planned minutes that a service takes.
    duration_share: f64,
    /// Walk-ins by hour of the day.
    pub hours: Vec<(u32, f64)>,
    /// Services of one visit.
    pub services_per_visit: f64,
    /// How much quicker or slower one clerk is than another: mean and deviation of the logarithm.
    clerk_factor: (f64, f64),
    /// Weekday factors, Monday first.
    weekdays: [f64; 5],
}

/// The coefficient of variation of service times.
const DURATION_CV: f64 = 0.6;

impl LoadModel {
    /// The model shipped with the program.
    pub fn shipped() -> Self {
        let json: Value =
            serde_json::from_str(include_str!("../data/load-model.json")).expect("the shipped model is JSON");
        let number =
            |path: &str| json.pointer(path).and_then(Value::as_f64).expect("the shipped model is complete");
        let town = &json["scale"]["scenarios"][0];
        let profile =
            json["demand"]["hour_profile_walkins"]["value"].as_object().expect("hours are an object");
        let weekday = |name: &str| number(&format!("/demand/weekday_factor/value/{name}"));
        Self {
            visits_per_workday: town["visits_per_workday"].as_f64().expect("the shipped model is complete"),
            walk_in_share: number("/demand/walk_in_share/value"),
            lead_days: number("/booking/lead_time_days/value"),
            no_show: number("/attendance/no_show/value"),
            reminder_effect: number("/attendance/reminder_effect/value"),
            arrival_offset: (
                number("/attendance/arrival_offset/value/mean"),
                number("/attendance/arrival_offset/value/sd"),
            ),
            duration_share: 0.8,
            services_per_visit: number("/demand/services_per_visit/value"),
            clerk_factor: (
                number("/service/clerk_factor/value/mu"),
                number("/service/clerk_factor/value/sigma"),
            ),
            hours: profile
                .iter()
                .filter_map(|(hour, weight)| Some((hour.parse().ok()?, weight.as_f64()?)))
                .collect(),
            weekdays: [weekday("Mo"), weekday("Di"), weekday("Mi"), weekday("Do"), weekday("Fr")],
        }
    }

    /// The factor of this weekday's demand; 0 on weekends.
    pub fn weekday_factor(&self, day: NaiveDate) -> f64 {
        match day.weekday() {
            Weekday::Sat | Weekday::Sun => 0.0,
            weekday => self.weekdays[weekday.num_days_from_monday() as usize],
        }
    }

    /// How many people without appointment enter in this minute, in a house with this share of the town's visits.
    pub fn walk_ins(&self, day: NaiveDate, minute_of_day: u32, share: f64) -> u32 {
        let total: f64 = self.hours.iter().map(|(_, weight)| weight).sum();
        let hour = minute_of_day / 60;
        let weight = self.hours.iter().find(|(at, _)| *at == hour).map_or(0.0, |(_, weight)| *weight);
        let per_day = self.visits_per_workday * self.walk_in_share * share * self.weekday_factor(day);
        let mean = per_day * weight / total / 60.0;
        if mean <= 0.0 {
            return 0;
        }
        let mut dice = dice(&[b"walk-in", day.to_string().as_bytes(), &minute_of_day.to_le_bytes()]);
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut dice) as u32)
    }

    /// When the person of this booking arrives, relative to its start; `None` when nobody comes.
    pub fn arrival(&self, booking: uuid::Uuid, reminded: bool) -> Option<TimeDelta> {
        let mut dice = dice(&[b"arrival", booking.as_bytes()]);
        let missing = self.no_show * if reminded { self.reminder_effect } else { 1.0 };
        if dice.random_bool(missing) {
            return None;
        }
        let (mean, deviation) = self.arrival_offset;
        let minutes = Normal::new(mean, deviation).map_or(mean, |normal| normal.sample(&mut dice));
        Some(seconds(minutes.clamp(-45.0, 25.0) * 60.0))
    }

    /// How long the service of this visit takes when this many minutes are planned.
    pub fn service_time(&self, visit: uuid::Uuid, planned_min: u32) -> TimeDelta {
        let mut dice = dice(&[b"service", visit.as_bytes()]);
        let mean = f64::from(planned_min) * self.duration_share;
        let variance = (1.0 + DURATION_CV * DURATION_CV).ln();
        let minutes = LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt())
            .map_or(mean, |lognormal| lognormal.sample(&mut dice));
        seconds(minutes.clamp(0.75, 4.0 * mean) * 60.0)
    }

    /// How many services somebody comes for: one, and sometimes some more, at most five.
    pub fn services(&self, dice: &mut StdRng) -> usize {
        let once_more = 1.0 - 1.0 / self.services_per_visit;
        1 + (0..4).take_while(|_| dice.random_bool(once_more)).count()
    }

    /// The pace of a clerk: the factor on service times.
    pub fn clerk(&self, counter: uuid::Uuid) -> f64 {
        let mut dice = dice(&[b"clerk", counter.as_bytes()]);
        LogNormal::new(self.clerk_factor.0, self.clerk_factor.1)
            .map_or(1.0, |lognormal| lognormal.sample(&mut dice))
    }

    /// How many days before the visit it is booked.
    pub fn lead_days(&self, dice: &mut StdRng) -> f64 {
        const SHAPE: f64 = 1.3;
        Gamma::new(SHAPE, self.lead_days / SHAPE).map_or(self.lead_days, |gamma| gamma.sample(dice))
    }
}

/// How long it takes from the call until the person sits at the counter; `None` when they have left.
pub fn walk_to_counter(visit: uuid::Uuid, calls: u32) -> Option<TimeDelta> {
    let mut dice = dice(&[b"walk", visit.as_bytes(), &calls.to_le_bytes()]);
    if dice.random_bool(0.03) {
        return None;
    }
    Some(seconds(dice.random_range(15.0..55.0)))
}

/// After which wait a person without appointment gives up.
pub fn patience(visit: uuid::Uuid) -> TimeDelta {
    let mut dice = dice(&[b"patience", visit.as_bytes()]);
    let minutes: f64 = Weibull::new(66.5, 1.5).map_or(60.0, |weibull| weibull.sample(&mut dice));
    seconds(minutes.max(10.0) * 60.0)
}

/// The pause a clerk makes between two people.
pub fn breather(counter: uuid::Uuid, turn: u64) -> TimeDelta {
    let mut dice = dice(&[b"breather", counter.as_bytes(), &turn.to_le_bytes()]);
    seconds(dice.random_range(10.0..75.0))
}

/// Dice that fall the same way for the same subject.
pub fn dice(subject: &[&[u8]]) -> StdRng {
    // FNV-1a: spreads well enough for dice, and is the same on every machine and in every version.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in subject {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    StdRng::seed_from_u64(hash)
}

fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(number)
    }

    #[test]
    fn nine_of_ten_come_and_nine_of_ten_of_them_early() {
        let model = LoadModel::shipped();
        let arrivals: Vec<_> = (0..5000).map(|number| model.arrival(id(number), false)).collect();
        let come: Vec<_> = arrivals.iter().flatten().collect();
        let early = come.iter().filter(|offset| ***offset < TimeDelta::zero()).count();
        assert!((0.87..0.93).contains(&(come.len() as f64 / 5000.0)), "{}", come.len());
        assert!((0.87..0.93).contains(&(early as f64 / come.len() as f64)), "{early}");
    }

    #[test]
    fn services_take_four_fifths_of_the_plan_on_average() {
        let model = LoadModel::shipped();
        let total: i64 = (0..5000).map(|number| model.service_time(id(number), 15).num_seconds()).sum();
        let mean_min = total as f64 / 5000.0 / 60.0;
        assert!((11.0..13.0).contains(&mean_min), "{mean_min}");
    }

    #[test]
    fn the_walk_ins_of_a_day_follow_share_and_weekday() {
        let model = LoadModel::shipped();
        let of = |day: NaiveDate| (0..1440).map(|minute| model.walk_ins(day, minute, 1.0)).sum::<u32>();
        let monday = of(NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"));
        let sunday = of(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"));
        assert!((70..125).contains(&monday), "{monday}");
        assert_eq!(sunday, 0);
    }

    #[test]
    fn the_same_person_behaves_the_same_after_a_restart() {
        let model = LoadModel::shipped();
        assert_eq!(model.arrival(id(7), true), model.arrival(id(7), true));
        assert_eq!(model.service_time(id(7), 10), model.service_time(id(7), 10));
    }
}

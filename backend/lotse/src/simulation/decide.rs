//! What the simulated people do next: pure, from what is to be seen in an office and the time.
//!
//! Nothing is remembered between two looks; who a person is (early, slow, impatient) follows from their id.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use simulator::model::{LoadModel, breather, patience, walk_to_counter};

/// What is to be seen in one office.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    /// The counters that simulated clerks may work at.
    pub(crate) counters: Vec<CounterSeen>,
    /// Everybody who waits.
    pub(crate) waiting: Vec<WaitingSeen>,
    /// Today's bookings whose people are not here yet.
    pub(crate) expected: Vec<ExpectedSeen>,
    /// Whether the house is open now.
    pub(crate) open: bool,
}

/// A counter and what runs there.
#[derive(Clone, Debug)]
pub(crate) struct CounterSeen {
    pub(crate) id: Uuid,
    /// Whether a simulated clerk sits there.
    pub(crate) staffed: bool,
    /// Whether anybody sits there, simulated or not.
    pub(crate) taken: bool,
    /// Since when nobody is being served; the start of the pause between two people.
    pub(crate) free_since: Option<DateTime<Utc>>,
    pub(crate) visit: Option<VisitSeen>,
}

/// The visit at a counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VisitSeen {
    pub(crate) id: Uuid,
    pub(crate) called_at: DateTime<Utc>,
    pub(crate) calls: u32,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) planned_min: u32,
}

/// Somebody who waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitingSeen {
    pub(crate) id: Uuid,
    pub(crate) arrived_at: DateTime<Utc>,
    pub(crate) walk_in: bool,
}

/// Somebody who is expected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedSeen {
    pub(crate) booking: Uuid,
    pub(crate) starts_at: DateTime<Utc>,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Open { counter: Uuid },
    Close { counter: Uuid },
    CheckIn { booking: Uuid },
    CallNext { counter: Uuid },
    Recall { counter: Uuid, visit: Uuid },
    Start { counter: Uuid, visit: Uuid },
    Finish { counter: Uuid, visit: Uuid },
    Missed { counter: Uuid, visit: Uuid },
    Leave { visit: Uuid },
    NoShow { booking: Uuid },
}

/// Two calls lie at least this far apart (the rule of the house).
const BETWEEN_CALLS: TimeDelta = TimeDelta::seconds(125);
/// Staff note a no-show this long after the start of the appointment.
const NO_SHOW_AFTER: TimeDelta = TimeDelta::minutes(35);

/// Everything that is due at `now`.
pub(crate) fn decide(scene: &Scene, now: DateTime<Utc>, model: &LoadModel) -> Vec<Act> {
    let mut acts = Vec::new();
    for person in &scene.expected {
        match model.arrival(person.booking, true) {
            Some(offset) if person.starts_at + offset <= now => {
                acts.push(Act::CheckIn { booking: person.booking });
            }
            None if person.starts_at + NO_SHOW_AFTER <= now => {
                acts.push(Act::NoShow { booking: person.booking });
            }
            _ => {}
        }
    }
    for person in &scene.waiting {
        if person.walk_in && person.arrived_at + patience(person.id) <= now {
            acts.push(Act::Leave { visit: person.id });
        }
    }
    acts.extend(scene.counters.iter().filter_map(|counter| at_counter(counter, scene, now, model)));
    acts
}

fn at_counter(counter: &CounterSeen, scene: &Scene, now: DateTime<Utc>, model: &LoadModel) -> Option<Act> {
    if !counter.staffed {
        return (scene.open && !counter.taken).then_some(Act::Open { counter: counter.id });
    }
    let Some(visit) = &counter.visit else {
        return idle(counter, scene, now);
    };
    let (id, counter) = (visit.id, counter.id);
    if let Some(started) = visit.started_at {
        let over = started + model.service_time(id, visit.planned_min) <= now;
        return over.then_some(Act::Finish { counter, visit: id });
    }
    match walk_to_counter(id, visit.calls) {
        Some(walk) => (visit.called_at + walk <= now).then_some(Act::Start { counter, visit: id }),
        None if visit.called_at + BETWEEN_CALLS > now => None,
        None if visit.calls < 2 => Some(Act::Recall { counter, visit: id }),
        None => Some(Act::Missed { counter, visit: id }),
    }
}

fn idle(counter: &CounterSeen, scene: &Scene, now: DateTime<Utc>) -> Option<Act> {
    if scene.waiting.is_empty() {
        return (!scene.open).then_some(Act::Close { counter: counter.id });
    }
    let turn = counter.free_since.map_or(0, |since| since.timestamp().unsigned_abs());
    let ready = counter.free_since.is_none_or(|since| since + breather(counter.id, turn) <= now);
    ready.then_some(Act::CallNext { counter: counter.id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_422_600, 0).expect("a time")
    }

    fn counter(visit: Option<VisitSeen>) -> CounterSeen {
        CounterSeen { id: Uuid::from_u128(1), staffed: true, taken: true, free_since: None, visit }
    }

    fn serving_since(minutes: i64) -> VisitSeen {
        let started = now() - TimeDelta::minutes(minutes);
        VisitSeen {
            id: Uuid::from_u128(2),
            called_at: started - TimeDelta::seconds(30),
            calls: 1,
            started_at: Some(started),
            planned_min: 15,
        }
    }

    #[test]
    fn a_free_clerk_calls_when_somebody_waits() {
        let waiting = WaitingSeen { id: Uuid::from_u128(9), arrived_at: now(), walk_in: true };
        let scene =
            Scene { counters: vec![counter(None)], waiting: vec![waiting], open: true, ..Scene::default() };
        assert_eq!(
            decide(&scene, now(), &LoadModel::shipped()),
            [Act::CallNext { counter: Uuid::from_u128(1) }]
        );
    }

    #[test]
    fn a_service_ends_after_its_time_and_not_before() {
        let model = LoadModel::shipped();
        let scene = |minutes| Scene {
            counters: vec![counter(Some(serving_since(minutes)))],
            open: true,
            ..Scene::default()
        };
        assert_eq!(decide(&scene(0), now(), &model), []);
        let finish = Act::Finish { counter: Uuid::from_u128(1), visit: Uuid::from_u128(2) };
        assert_eq!(decide(&scene(90), now(), &model), [finish]);
    }

    #[test]
    fn counters_of_people_are_left_alone() {
        let scene = Scene {
            counters: vec![CounterSeen { staffed: false, ..counter(None) }],
            open: true,
            ..Scene::default()
        };
        assert_eq!(decide(&scene, now(), &LoadModel::shipped()), []);
    }

    #[test]
    fn everybody_expected_arrives_or_is_noted_missing() {
        let model = LoadModel::shipped();
        let expected: Vec<_> = (0..300)
            .map(|number| ExpectedSeen {
                booking: Uuid::from_u128(number),
                starts_at: now() - TimeDelta::hours(1),
            })
            .collect();
        let scene = Scene { expected, open: true, ..Scene::default() };
        assert_eq!(decide(&scene, now(), &model).len(), 300);
    }
}

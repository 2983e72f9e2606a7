//! What the past teaches: much data is believed, little is not, and slips and forgotten ends do no harm.
#![cfg(test)]

use chrono::TimeDelta;
use domain::ids::ServiceId;
use domain::queue::habits::Habits;
use domain::queue::learning::{Past, Seen, Served, Waited, learn};
use proptest::prelude::*;
use uuid::Uuid;

const PASSPORT: ServiceId = ServiceId(Uuid::from_u128(1));
const SIGNATURE: ServiceId = ServiceId(Uuid::from_u128(2));

fn planned() -> Vec<(ServiceId, TimeDelta)> {
    vec![(PASSPORT, TimeDelta::minutes(15)), (SIGNATURE, TimeDelta::minutes(5))]
}

fn served(items: &[(ServiceId, u16)], seconds: i64, days_ago: u32) -> Seen<Served> {
    let took = TimeDelta::seconds(seconds);
    Seen { what: Served { items: items.to_vec(), took, has_appointment: true }, days_ago }
}

fn past(served: Vec<Seen<Served>>) -> Past {
    Past { served, ..Past::default() }
}

fn usual(past: &Past, service: ServiceId) -> i64 {
    learn(past, &planned()).usual_of(service, true).unwrap().num_seconds()
}

#[test]
fn without_a_past_the_plan_and_the_load_model_hold() {
    let lessons = learn(&Past::default(), &planned());
    assert_eq!(lessons.habits, Habits::ASSUMED);
    assert_eq!(usual(&Past::default(), PASSPORT), 12 * 60);
    assert_eq!(lessons.usual.len(), 4, "each service with and without appointment");
}

#[test]
fn a_few_visits_change_little_and_many_are_believed() {
    let visits = |count| past((0..count).map(|_| served(&[(PASSPORT, 1)], 1_200, 1)).collect());
    // For the office and again for the service: a sixth of the way to what was seen.
    assert!((720..=805).contains(&usual(&visits(2), PASSPORT)), "{}", usual(&visits(2), PASSPORT));
    assert!(
        (1_180..=1_200).contains(&usual(&visits(2_000), PASSPORT)),
        "{}",
        usual(&visits(2_000), PASSPORT)
    );
    // What is rarely asked for leans on the office: everything takes longer than planned there.
    assert!(usual(&visits(2_000), SIGNATURE) > 6 * 60);
}

#[test]
fn what_is_sixty_days_old_counts_half() {
    let old = |days_ago| {
        let mut visits: Vec<_> = (0..500).map(|_| served(&[(PASSPORT, 1)], 1_200, days_ago)).collect();
        visits.extend((0..500).map(|_| served(&[(PASSPORT, 1)], 600, 0)));
        usual(&past(visits), PASSPORT)
    };
    assert!((890..=905).contains(&old(0)), "{}", old(0));
    assert!((790..=810).contains(&old(60)), "{}", old(60));
}

#[test]
fn slips_of_the_hand_and_forgotten_ends_do_no_harm() {
    let mut visits: Vec<_> = (0..400).map(|_| served(&[(PASSPORT, 1)], 700, 1)).collect();
    let before = usual(&past(visits.clone()), PASSPORT);
    visits.extend((0..40).map(|_| served(&[(PASSPORT, 1)], 5, 1)));
    assert_eq!(usual(&past(visits.clone()), PASSPORT), before);
    visits.extend((0..4).map(|_| served(&[(PASSPORT, 1)], 14 * 3_600, 1)));
    assert!(usual(&past(visits), PASSPORT) < before + 40);
}

#[test]
fn services_of_one_visit_share_its_time_as_they_were_planned() {
    let visits = (0..2_000).map(|_| served(&[(PASSPORT, 1), (SIGNATURE, 1)], 1_200, 1)).collect();
    let past = past(visits);
    let (passport, signature) = (usual(&past, PASSPORT), usual(&past, SIGNATURE));
    assert!((880..=900).contains(&passport) && (290..=300).contains(&signature), "{passport} {signature}");
}

#[test]
fn visits_with_and_without_appointment_are_learned_apart() {
    let mut visits: Vec<_> = (0..1_000).map(|_| served(&[(PASSPORT, 1)], 700, 1)).collect();
    visits.extend((0..1_000).map(|_| {
        let mut one = served(&[(PASSPORT, 1)], 1_100, 1);
        one.what.has_appointment = false;
        one
    }));
    let lessons = learn(&past(visits), &planned());
    let of = |has_appointment| lessons.usual_of(PASSPORT, has_appointment).unwrap().num_seconds();
    assert!(
        (695..=705).contains(&of(true)) && (1_080..=1_100).contains(&of(false)),
        "{} {}",
        of(true),
        of(false)
    );
}

#[test]
fn who_comes_and_who_gives_up_is_learned() {
    let day = |what| Seen { what, days_ago: 1 };
    let came = |minutes| day(Some(TimeDelta::minutes(minutes)));
    let mut changeovers: Vec<_> =
        (0..600).map(|n| Seen { what: TimeDelta::seconds(80 + n % 41), days_ago: 1 }).collect();
    changeovers.push(Seen { what: TimeDelta::hours(1), days_ago: 1 });
    let waited = |n| Waited { time: TimeDelta::minutes(20), gave_up: n % 2 == 0 };
    let past = Past {
        appointments: (0..600).map(|n| if n % 4 == 0 { day(None) } else { came(-4 + n % 3) }).collect(),
        changeovers,
        waits: (0..600).map(|n| Seen { what: waited(n), days_ago: 1 }).collect(),
        ..Past::default()
    };
    let habits = learn(&past, &planned()).habits;
    assert!((75..=77).contains(&habits.show_percent), "{habits:?}");
    assert!((-215..=-170).contains(&habits.arrival_offset.num_seconds()), "{habits:?}");
    assert!(habits.arrival_deviation < TimeDelta::seconds(200), "{habits:?}");
    assert!((97..=101).contains(&habits.changeover.num_seconds()), "{habits:?}");
    assert!(habits.patience < TimeDelta::minutes(40), "{habits:?}");
}

proptest! {
    #[test]
    fn whatever_the_past_holds_what_is_learned_can_be_used(
        visits in prop::collection::vec((0..200_000_i64, 0..300_u32, 1..6_u16, any::<bool>()), 0..60),
        waits in prop::collection::vec((-100..20_000_i64, any::<bool>()), 0..20),
    ) {
        let served = visits.iter().map(|(seconds, days_ago, quantity, has_appointment)| {
            let mut one = served(&[(PASSPORT, *quantity), (SIGNATURE, 1)], *seconds, *days_ago);
            one.what.has_appointment = *has_appointment;
            one
        });
        let waits = waits.iter().map(|(seconds, gave_up)| Seen {
            what: Waited { time: TimeDelta::seconds(*seconds), gave_up: *gave_up },
            days_ago: 3,
        });
        let past = Past { served: served.collect(), waits: waits.collect(), ..Past::default() };
        let lessons = learn(&past, &planned());
        prop_assert!(lessons.usual.iter().all(|one| one.takes >= TimeDelta::seconds(1)));
        prop_assert!((10..=200).contains(&lessons.habits.spread_percent));
        prop_assert!(lessons.habits.patience > TimeDelta::zero());
    }
}

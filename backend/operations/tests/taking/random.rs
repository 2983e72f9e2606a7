//! Whatever citizens, the desk and planners do, in any order, over the night on which the clocks change: what is counted is
//! what is claimed, nothing is sold twice, the list and the re-check agree, and states follow the drawn transitions only.

mod plan;
mod verbs;
mod world;

use domain::local_time::LocalMinute;
use domain::schedule::opening_hours::{MonthWeeks, OpeningRule, Weekdays};
use proptest::prelude::*;
use proptest::sample::Index;

use self::verbs::Verb;
use self::world::World;

/// Hours of the night, so that the hour that comes twice is among them.
fn rule() -> impl Strategy<Value = OpeningRule> {
    (
        prop::sample::select(vec![0b111_1111_u8, 0b111_1111, 0b101_0101]),
        0_u16..48,
        6_u16..36,
        0_u16..3,
        0_u16..2,
    )
        .prop_map(|(days, opens, length, public, staff)| OpeningRule {
            weekdays: Weekdays::from_bits(days),
            every_n_weeks: 1,
            month_weeks: MonthWeeks::default(),
            opens: LocalMinute::new(opens * 5).unwrap(),
            closes: LocalMinute::new((opens + length) * 5).unwrap(),
            capacity_public: public,
            // A rule that opens nothing is refused.
            capacity_staff: if public == 0 { 1 } else { staff },
            valid_from: "2026-01-01".parse().unwrap(),
            valid_to: None,
        })
}

fn of_citizens() -> impl Strategy<Value = Verb> {
    let (service, ahead, which) = (0_usize..2, 0_u64..4, any::<Index>);
    prop_oneof![
        4 => (service.clone(), ahead.clone(), which())
            .prop_map(|(service, ahead, slot)| Verb::HoldOfList { service, ahead, slot }),
        2 => (service.clone(), ahead.clone(), 0_u16..60)
            .prop_map(|(service, ahead, tick)| Verb::HoldAnywhere { service, ahead, tick }),
        4 => which().prop_map(|hold| Verb::Book { hold }),
        4 => which().prop_map(|pending| Verb::Verify { pending }),
        1 => which().prop_map(|hold| Verb::Extend { hold }),
        1 => which().prop_map(|hold| Verb::Release { hold }),
        2 => which().prop_map(|booking| Verb::Cancel { booking }),
        3 => (which(), ahead, which())
            .prop_map(|(booking, ahead, slot)| Verb::Move { booking, ahead, slot }),
    ]
}

fn of_the_house() -> impl Strategy<Value = Verb> {
    let (service, ahead, which) = (0_usize..2, 0_u64..4, any::<Index>);
    prop_oneof![
        2 => (service, ahead.clone(), which())
            .prop_map(|(service, ahead, slot)| Verb::BookForCaller { service, ahead, slot }),
        1 => which().prop_map(|booking| Verb::CancelByOffice { booking }),
        2 => prop::collection::vec(rule(), 0..3).prop_map(|rules| Verb::SetHours { rules }),
        2 => (ahead, 0_u32..4, 1_u32..5, 0_u16..2)
            .prop_map(|(ahead, from, hours, at_most)| Verb::Close { ahead, from, hours, at_most }),
        1 => which().prop_map(|closure| Verb::Reopen { closure }),
        2 => any::<bool>().prop_map(|cancel| Verb::Replan { cancel }),
        1 => Just(Verb::UndoReplan),
        3 => prop::sample::select(vec![1_i64, 11, 31, 181, 300]).prop_map(|minutes| Verb::Wait { minutes }),
        3 => Just(Verb::Sweep),
    ]
}

#[test]
fn whatever_happens_what_is_counted_is_what_is_claimed_and_nothing_is_sold_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let usual = ProptestConfig::default();
    // Each case is a town of its own; PROPTEST_CASES asks for more of them.
    let config = ProptestConfig { cases: usual.cases.div_ceil(16), max_shrink_iters: 60, ..usual };
    let verb = prop_oneof![3 => of_citizens(), 2 => of_the_house()];
    proptest!(config, |(verbs in prop::collection::vec(verb, 1..40))| {
        runtime.block_on(async {
            let mut world = World::new().await;
            for verb in &verbs {
                world.does(verb).await;
                world.counts_what_is_claimed().await;
                world.answers_as_if_never_asked().await;
            }
            world.states_followed_the_drawn_transitions().await;
        });
    });
}

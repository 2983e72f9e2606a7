//! The machine of a visit: whatever people press, only the table's transitions happen and every visit has one end.
#![cfg(test)]

use domain::queue::status::{SessionState, VISIT_TRANSITIONS, VisitState, VisitStep};
use proptest::prelude::*;

fn any_step() -> impl Strategy<Value = VisitStep> {
    prop::sample::select(VisitStep::ALL.to_vec())
}

#[test]
fn each_state_and_step_lead_to_at_most_one_state() {
    for state in VisitState::ALL {
        for step in VisitStep::ALL {
            let rows = VISIT_TRANSITIONS.iter().filter(|(from, by, _)| (*from, *by) == (state, step));
            assert!(rows.count() <= 1, "{state:?} {step:?}");
        }
    }
}

#[test]
fn every_step_is_possible_from_somewhere_and_every_state_is_reached() {
    for step in VisitStep::ALL {
        assert!(VisitState::before(step).next().is_some(), "{step:?}");
    }
    for state in VisitState::ALL {
        assert!(
            state == VisitState::Waiting || VISIT_TRANSITIONS.iter().any(|(_, _, to)| *to == state),
            "{state:?}"
        );
    }
}

#[test]
fn whoever_is_not_gone_yet_may_go() {
    for state in VisitState::ALL {
        let after = (!state.is_final()).then_some(VisitState::Left);
        assert_eq!(state.after(VisitStep::Leave).ok(), after, "{state:?}");
    }
}

#[test]
fn nobody_is_trapped() {
    // From every state that is not final some end can be reached.
    for start in VisitState::ALL {
        let mut reached = vec![start];
        let mut at = 0;
        while at < reached.len() {
            for (from, _, to) in VISIT_TRANSITIONS {
                if *from == reached[at] && !reached.contains(to) {
                    reached.push(*to);
                }
            }
            at += 1;
        }
        assert!(reached.iter().any(|state| state.is_final()), "{start:?}");
    }
}

proptest! {
    #[test]
    fn only_the_table_moves_a_visit(steps in prop::collection::vec(any_step(), 0..40)) {
        let mut state = VisitState::Waiting;
        for step in steps {
            match state.after(step) {
                Ok(next) => {
                    prop_assert!(VISIT_TRANSITIONS.contains(&(state, step, next)));
                    prop_assert!(!state.is_final());
                    state = next;
                }
                Err(refused) => prop_assert_eq!((refused.state, refused.step), (state, step)),
            }
        }
    }

    #[test]
    fn somebody_is_at_a_counter_exactly_while_a_session_runs(
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut state = VisitState::Waiting;
        let mut running: Option<SessionState> = None;
        for step in steps {
            let Ok(next) = state.after(step) else { continue };
            state = next;
            match SessionState::after(running, step) {
                Some(SessionState::Running) => running = Some(SessionState::Running),
                Some(SessionState::Ended(_)) => running = None,
                None => {}
            }
            prop_assert_eq!(state == VisitState::Serving, running.is_some());
        }
    }
}

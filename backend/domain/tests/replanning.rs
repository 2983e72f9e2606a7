//! Properties of replanning: who stays fits, who goes did not fit, and no proposal takes another one's place.
#![cfg(test)]

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::appointments::moving::Place;
use domain::appointments::replanning::{Claim, Displaced, displaced, propose};
use domain::ids::{BookingId, PoolId};
use domain::schedule::opening_hours::DayCapacity;
use domain::schedule::slots::BookingWindow;
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use proptest::prelude::*;
use uuid::Uuid;

const POOL: PoolId = PoolId(Uuid::from_u128(1));

fn timeline(steps: Vec<u16>) -> Timeline {
    let date = NaiveDate::from_ymd_opt(2026, 9, 14).unwrap();
    Timeline::join(&[DayCapacity { date, first: Tick(1000), steps }])
}

fn claim(number: usize, (first, count, age): (i64, u16, i64)) -> Claim {
    Claim {
        booking: BookingId(Uuid::from_u128(number as u128 + 10)),
        place: Place {
            pool: POOL,
            span: TickSpan { first: Tick(1000 + first), count },
            audience: Audience::Public,
        },
        made_at: DateTime::<Utc>::UNIX_EPOCH + Duration::seconds(age),
    }
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let one = (0_i64..60, 1_u16..6, 0_i64..50);
    prop::collection::vec(one, 0..25)
        .prop_map(|all| all.into_iter().enumerate().map(|(number, one)| claim(number, one)).collect())
}

fn capacity() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(0_u16..4, 70)
}

proptest! {
    #[test]
    fn who_stays_fits_and_who_goes_did_not(steps in capacity(), claims in claims()) {
        let gone = displaced(timeline(steps.clone()), &claims);
        let stays: Vec<&Claim> = claims.iter().filter(|claim| !gone.contains(claim)).collect();
        let mut taken = timeline(steps);
        for claim in &stays {
            prop_assert!(taken.has_room(claim.place.span));
            taken.take(claim.place.span);
        }
        for one in &gone {
            prop_assert!(!taken.has_room(one.place.span), "it would have fitted");
            let tick_full = one.place.span.ticks().any(|tick| {
                let earlier = stays.iter().filter(|other| {
                    other.place.span.ticks().any(|own| own == tick)
                        && (other.made_at, other.booking) < (one.made_at, one.booking)
                });
                earlier.count() >= usize::from(taken.capacity_at(tick))
            });
            prop_assert!(tick_full, "only those who booked earlier may stand in the way");
        }
    }

    #[test]
    fn no_proposal_takes_what_is_taken(steps in capacity(), free in capacity(), claims in claims()) {
        let gone = displaced(timeline(steps), &claims);
        let window = BookingWindow {
            earliest: Tick(1000).starts_at(),
            latest: Tick(1070).starts_at(),
        };
        let wanted: Vec<Displaced> = gone
            .iter()
            .map(|claim| Displaced { claim: *claim, pools: vec![(POOL, claim.place.span.count)], window })
            .collect();
        let proposals = propose(&wanted, &mut HashMap::from([(POOL, timeline(free.clone()))]));
        prop_assert_eq!(proposals.len(), wanted.len());
        let mut left = timeline(free);
        for proposal in &proposals {
            if let Some((_, span)) = proposal.to {
                prop_assert!(left.has_room(span));
                left.take(span);
            }
        }
    }
}

#[test]
fn everybody_goes_to_the_nearest_later_place_and_earlier_only_when_there_is_none() {
    let mut steps = vec![1_u16; 70];
    steps[10..20].fill(0);
    steps[22..].fill(0);
    let gone = [claim(0, (12, 2, 5)), claim(1, (14, 2, 1))];
    let window = BookingWindow { earliest: Tick(1000).starts_at(), latest: Tick(1070).starts_at() };
    let wanted: Vec<Displaced> =
        gone.iter().map(|claim| Displaced { claim: *claim, pools: vec![(POOL, 2)], window }).collect();
    let proposals = propose(&wanted, &mut HashMap::from([(POOL, timeline(steps))]));
    let starts: Vec<i64> =
        proposals.iter().filter_map(|one| one.to).map(|(_, span)| span.first.0 - 1000).collect();
    assert_eq!(starts, [20, 8]);
}

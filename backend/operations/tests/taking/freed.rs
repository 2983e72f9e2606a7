//! Freed slots: those far ahead cool down, those of today and tomorrow are free at once.

use std::collections::BTreeSet;

use chrono::Duration;
use domain::appointments::moving::{LONGEST_COOLING, SHORTEST_COOLING};
use domain::schedule::Audience;
use operations::appointments;
use operations::schedule::{SlotSearch, free_slots};

use crate::house::{PHONE, each, items, refusal};

#[tokio::test]
async fn a_slot_freed_days_ahead_reappears_after_a_while_and_once() {
    each(1, async |house| {
        let slot = house.slots("pass", 3).await[2].clone();
        let booked = house.book("pass", &slot, PHONE).await;
        let by = house.citizen(&booked).await;
        refusal(appointments::cancel_by_citizen(&house.app, &house.town, &by).await).unwrap();
        assert!(!house.is_free(&slot).await, "it cools down");
        house.later(SHORTEST_COOLING.num_minutes() - 1);
        assert_eq!(appointments::release_freed(&house.app).await.unwrap(), 0);
        // A restart changes nothing: what cools down is in the database. A jump of the clock frees it, once.
        house.later(LONGEST_COOLING.num_minutes());
        assert_eq!(appointments::release_freed(&house.app).await.unwrap(), 1);
        assert_eq!(appointments::release_freed(&house.app).await.unwrap(), 0);
        assert!(house.is_free(&slot).await);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_workers_release_a_slot_once() {
    each(2, async |house| {
        let slot = house.slots("pass", 3).await[0].clone();
        let booked = house.book("pass", &slot, PHONE).await;
        let by = house.citizen(&booked).await;
        let other = house.slots("pass", 3).await[0].clone();
        house.hold("pass", &other).await.unwrap();
        refusal(appointments::cancel_by_citizen(&house.app, &house.town, &by).await).unwrap();
        house.app.clock.advance(LONGEST_COOLING);
        let runs: Vec<_> = (0..8)
            .map(|_| {
                let app = house.app.app.clone();
                tokio::spawn(async move { appointments::release_freed(&app).await.unwrap() })
            })
            .collect();
        let mut released = 0;
        for run in runs {
            released += run.await.unwrap();
        }
        assert_eq!(released, 1);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 3, "the other one's hold is still counted");
    })
    .await;
}

#[tokio::test]
async fn a_slot_left_by_a_move_cools_down_and_so_does_one_that_was_never_verified() {
    each(1, async |house| {
        let slots = house.slots("pass", 3).await;
        let booked = house.book("pass", &slots[2], PHONE).await;
        let by = house.citizen(&booked).await;
        house.move_to(&by, &slots[6]).await.unwrap();
        assert!(!house.is_free(&slots[2]).await && !house.is_free(&slots[6]).await);
        house.app.clock.advance(LONGEST_COOLING);
        appointments::release_freed(&house.app).await.unwrap();
        assert!(house.is_free(&slots[2]).await && !house.is_free(&slots[6]).await);
    })
    .await;
}

#[tokio::test]
async fn the_last_day_of_the_horizon_joins_at_no_fixed_hour() {
    each(1, async |house| {
        let midnight = house.app.clock.now() - Duration::minutes(9 * 60 + 30);
        let search = SlotSearch { items: items("pass"), office: None, from: None, days: 1 };
        let mut quarters = BTreeSet::new();
        for day in 0..6 {
            let last = (midnight + Duration::days(day + 60) + Duration::hours(2))
                .with_timezone(&house.town.zone)
                .date_naive();
            for quarter in 0..24 * 4 {
                house.app.clock.set(midnight + Duration::days(day) + Duration::minutes(15 * quarter));
                let found = free_slots(&house.app, &house.town, &search).await;
                if found.unwrap_or_else(|e| panic!("{e}")).horizon_day == last {
                    quarters.insert(quarter);
                    break;
                }
            }
        }
        assert!(quarters.iter().all(|quarter| (7 * 4..=19 * 4).contains(quarter)), "{quarters:?}");
        assert!(quarters.len() >= 4, "{quarters:?}");
    })
    .await;
}

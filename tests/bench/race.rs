//! Many want the same slot at the same moment: exactly as many get it as there are counters.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use system_tests::harness::TestDatabase;
use system_tests::people::{Citizen, text};
use system_tests::town::Town;
use tokio::task::JoinSet;

use crate::measured::Figures;

const COUNTERS: usize = 6;
const RUNS: usize = 20;
const RUSH_SLOTS: usize = 60;
const RUSH: usize = 2000;

/// `race_…` (24 holds on one slot, 20 runs) and `race_rush_…` (2,000 clients on 60 slots, 20 runs).
pub async fn measure(figures: &mut Figures, store: &str, database: impl Fn() -> Option<TestDatabase>) {
    let town = Arc::new(Town::single(database()).await);
    let slots = full_slots(&town).await;
    let mut exact = 0;
    for run in 0..RUNS {
        let wanted = vec![slots[run * 3].clone(); 24];
        exact += usize::from(accepted(&town, wanted).await == COUNTERS);
    }
    figures.exactly(&format!("race_{store}"), exact, "runs_of_20_with_exactly_6_of_24", RUNS);

    let mut exact = 0;
    for _ in 0..RUNS {
        // Each run wants slots nobody holds yet.
        let free: Vec<Value> = full_slots(&town).await.into_iter().take(RUSH_SLOTS).collect();
        let wanted = (0..RUSH).map(|client| free[client % free.len()].clone()).collect();
        exact += usize::from(accepted(&town, wanted).await == RUSH_SLOTS * COUNTERS);
    }
    figures.exactly(&format!("race_rush_{store}"), exact, "runs_of_20_with_exactly_360_of_2000", RUNS);
}

/// Slots of the town hall that do not overlap each other and that nobody has taken anything of.
async fn full_slots(town: &Town) -> Vec<Value> {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: String::new() };
    let slots = citizen.free_slots("personalausweis-beantragen").await;
    let office = text(&slots[0], "/office_id");
    let mut chosen: Vec<Value> = Vec::new();
    for slot in slots.into_iter().filter(|it| it["office_id"] == office.as_str()) {
        let begins = starts_at(&slot);
        let after_last = chosen.last().is_none_or(|last| starts_at(last) + length(last) <= begins);
        if after_last {
            chosen.push(slot);
        }
    }
    chosen
}

fn starts_at(slot: &Value) -> DateTime<Utc> {
    text(slot, "/starts_at").parse().expect("an instant")
}

fn length(slot: &Value) -> TimeDelta {
    TimeDelta::minutes(slot["duration_min"].as_i64().expect("a length"))
}

/// How many of these wishes, all at once, became holds.
async fn accepted(town: &Arc<Town>, wanted: Vec<Value>) -> usize {
    let mut clients = JoinSet::new();
    for slot in wanted {
        let town = Arc::clone(town);
        clients.spawn(async move {
            let citizen = Citizen { api: &town.api, phones: &town.phones, phone: String::new() };
            let answer = citizen.tries_to_hold("personalausweis-beantragen", &slot).await;
            assert!([201, 409].contains(&answer.status), "{}", answer.text);
            answer.status == 201
        });
    }
    clients.join_all().await.into_iter().filter(|it| *it).count()
}

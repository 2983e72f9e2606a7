//! Answers about free slots that are remembered: made once, given again, and made anew as soon as anything changed.

use std::cell::Cell;

use operations::App;
use operations::schedule::{FreeSlots, SlotSearch, answer_free_slots};

use crate::house::{House, each, items, refusal};

/// Asks a server; says how many slots its answer has, and whether it was made for this.
async fn asked(app: &App, house: &House) -> (usize, bool) {
    let search = SlotSearch { items: items("pass"), office: None, from: None, days: 8 };
    let made = Cell::new(false);
    let written = |found: &FreeSlots| {
        made.set(true);
        found.days.iter().map(|day| day.slots.len()).sum::<usize>().to_le_bytes().to_vec()
    };
    let answer = refusal(answer_free_slots(app, &house.town, &search, written).await).unwrap();
    (usize::from_le_bytes((*answer).try_into().unwrap()), made.get())
}

#[tokio::test]
async fn an_answer_is_given_again_until_anything_changes() {
    each(1, async |house| {
        let other = house.app.beside().await;
        let (all, made) = asked(&house.app, &house).await;
        assert!(made);
        assert_eq!(asked(&house.app, &house).await, (all, false));
        assert_eq!(asked(&other, &house).await, (all, true), "each server remembers its own");
        let slots = house.slots("pass", 1).await;
        let held = house.hold("pass", &slots[0]).await.unwrap();
        for server in [&house.app, &other] {
            assert_eq!(asked(server, &house).await, (all - 1, true), "another one holds a slot");
            assert_eq!(asked(server, &house).await, (all - 1, false));
        }
        let token = held.token.as_deref().unwrap();
        refusal(operations::appointments::release_hold(&house.app, &house.town, token, held.id).await)
            .unwrap();
        assert_eq!(asked(&other, &house).await, (all, true), "it was let go of");
        house.later(5);
        assert!(asked(&other, &house).await.1, "time has passed");
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_changes_no_answer() {
    each(1, async |house| {
        let (all, _) = asked(&house.app, &house).await;
        let slots = house.slots("pass", 1).await;
        house.hold("pass", &slots[0]).await.unwrap();
        assert_eq!(asked(&house.app, &house).await, (all - 1, true));
        house.hold("pass", &slots[0]).await.unwrap_err();
        assert_eq!(asked(&house.app, &house).await, (all - 1, false));
    })
    .await;
}

#[tokio::test]
async fn another_question_has_an_answer_of_its_own() {
    each(1, async |house| {
        asked(&house.app, &house).await;
        let search = SlotSearch { items: items("meldung"), office: None, from: None, days: 8 };
        let answer = answer_free_slots(&house.app, &house.town, &search, |_| b"other".to_vec()).await;
        assert_eq!(*refusal(answer).unwrap(), *b"other");
        let mut lead = house.town.clone();
        lead.settings.lead_minutes += 60;
        let search = SlotSearch { items: items("meldung"), office: None, from: None, days: 8 };
        let answer = answer_free_slots(&house.app, &lead, &search, |_| b"later".to_vec()).await;
        assert_eq!(*refusal(answer).unwrap(), *b"later", "the town's settings have changed");
    })
    .await;
}

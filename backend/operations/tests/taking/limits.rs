//! What keeps one person from taking everything: proof of work, holds per device, one booking per service and number.

use domain::appointments::booking::{BookingRefused, HoldRefused};
use domain::appointments::proof::{PROOF_LIFETIME, ProofRefused, solve};
use domain::language::Language;
use operations::appointments::{
    self, CallerProblem, CallerRequest, Effort, HeldSlot, HoldProblem, HoldRequest, Proof,
};
use operations::schedule::{ItemsProblem, SlotSearch, free_slots, free_slots_for_staff};

use crate::house::{House, PHONE, each, form, items, refusal};

async fn hold_with(house: &House, effort: Effort) -> Result<HeldSlot, HoldProblem> {
    let slot = house.slots("pass", 1).await[0].clone();
    let (pool, starts_at) = (slot.pool, slot.span.starts_at());
    let request = HoldRequest { items: items("pass"), pool, starts_at, origin: None };
    refusal(appointments::hold_with(&house.app, &house.town, &request, &effort).await)
}

#[tokio::test]
async fn a_hold_needs_a_proof_where_the_town_asks_for_one_and_each_proof_serves_once() {
    each(2, async |mut house: House| {
        house.town.settings.hold_difficulty = 8;
        let with = |proof| Effort { proof, ..Effort::default() };
        let refused = async |proof: Option<Proof>| match hold_with(&house, with(proof)).await {
            Err(HoldProblem::Proof(refused)) => refused,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(None).await, ProofRefused::Missing);
        let new = appointments::hold_challenge(&house.app, &house.town);
        assert_eq!(new.difficulty, 8);
        let nonce = solve(&new.challenge, new.difficulty);
        let proof = Proof { challenge: new.challenge.clone(), nonce };
        let made_up = Proof { challenge: new.challenge.replace('.', "0."), ..proof.clone() };
        assert_eq!(refused(Some(made_up)).await, ProofRefused::Wrong);
        let unsolved = Proof { nonce: "x".to_owned(), ..proof.clone() };
        assert_eq!(refused(Some(unsolved)).await, ProofRefused::Wrong);
        assert!(hold_with(&house, with(Some(proof.clone()))).await.is_ok());
        assert_eq!(refused(Some(proof)).await, ProofRefused::Used);
        let old = appointments::hold_challenge(&house.app, &house.town);
        let proof = Proof { nonce: solve(&old.challenge, 8), challenge: old.challenge };
        house.later(PROOF_LIFETIME.num_minutes());
        assert_eq!(refused(Some(proof)).await, ProofRefused::Expired);
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_not_used_up_by_a_slot_that_was_taken() {
    each(1, async |mut house: House| {
        let slots = house.slots("pass", 1).await;
        house.hold("pass", &slots[0]).await.unwrap();
        house.town.settings.hold_difficulty = 4;
        let new = appointments::hold_challenge(&house.app, &house.town);
        let proof = Proof { nonce: solve(&new.challenge, 4), challenge: new.challenge };
        let effort = Effort { proof: Some(proof), ..Effort::default() };
        let at = |slot: usize| HoldRequest {
            items: items("pass"),
            pool: slots[slot].pool,
            starts_at: slots[slot].span.starts_at(),
            origin: None,
        };
        let taken = appointments::hold_with(&house.app, &house.town, &at(0), &effort).await;
        assert!(matches!(refusal(taken), Err(HoldProblem::Slot { refused: HoldRefused::SlotTaken, .. })));
        let next = appointments::hold_with(&house.app, &house.town, &at(1), &effort).await;
        assert!(refusal(next).is_ok());
    })
    .await;
}

#[tokio::test]
async fn one_device_holds_only_so_many_slots() {
    each(9, async |house| {
        let from = |device: &str| Effort { device: Some(device.to_owned()), ..Effort::default() };
        for _ in 0..house.town.settings.holds_per_device {
            hold_with(&house, from("telefon")).await.unwrap();
        }
        let refused = hold_with(&house, from("telefon")).await.unwrap_err();
        let at_most = u32::from(house.town.settings.holds_per_device);
        assert!(
            matches!(refused, HoldProblem::Slot { refused: HoldRefused::TooManyHolds { at_most: n }, .. } if n == at_most)
        );
        assert!(hold_with(&house, from("anderes")).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn staff_are_told_of_another_booking_and_may_book_beside_it() {
    each(2, async |house| {
        let slots = house.slots("pass", 1).await;
        house.book("pass", &slots[0], PHONE).await;
        let request = CallerRequest {
            slot: HoldRequest {
                items: items("pass"),
                pool: slots[4].pool,
                starts_at: slots[4].span.starts_at(),
                origin: None,
            },
            particulars: form(PHONE),
            language: Language::De,
            follows: None,
        };
        let by = house.staff();
        let told = appointments::book_for_caller(&house.app, &house.town, &by, &request).await;
        assert!(matches!(
            refusal(told).unwrap_err(),
            CallerProblem::Refused(BookingRefused::SameServiceTwice { starts_at, .. })
                if starts_at == slots[0].span.starts_at()
        ));
        let page = appointments::book_for_caller_anyway(&house.app, &house.town, &by, &request).await;
        let id = refusal(page).unwrap().id;
        let log = store::events::of_subject(&house.app.db, id.0).await.unwrap();
        let reason = log.last().and_then(|event| event.reason.clone());
        assert_eq!(reason.as_deref(), Some("beside another booking of the number"));
    })
    .await;
}

#[tokio::test]
async fn staff_give_away_what_is_kept_for_them_and_what_only_they_book() {
    each(1, async |house: House| {
        let staff_slots = async |service: &str, ahead: u64| {
            let from = Some(house.day(ahead));
            let search = SlotSearch { items: items(service), office: None, from, days: 1 };
            let found = free_slots_for_staff(&house.app, &house.town, &search).await;
            let days = refusal(found).map(|found| found.days)?;
            Ok::<_, ItemsProblem>(days.into_iter().flat_map(|day| day.slots).collect::<Vec<_>>())
        };
        let slot = house.slots("pass", 1).await[0].clone();
        house.hold("pass", &slot).await.unwrap();
        assert!(!house.is_free(&slot).await);
        let offered = staff_slots("pass", 1).await.unwrap();
        assert_eq!(offered.iter().filter(|free| free.span == slot.span).count(), 1, "once, of two counts");

        let by = house.staff();
        let starts_at = slot.span.starts_at();
        let wanted = HoldRequest { items: items("pass"), pool: slot.pool, starts_at, origin: None };
        let request =
            CallerRequest { slot: wanted, particulars: form(PHONE), language: Language::De, follows: None };
        refusal(appointments::book_for_caller(&house.app, &house.town, &by, &request).await).unwrap();
        assert!(staff_slots("pass", 1).await.unwrap().iter().all(|free| free.span != slot.span));

        assert!(!staff_slots("intern", 1).await.unwrap().is_empty());
        let search = SlotSearch { items: items("intern"), office: None, from: None, days: 7 };
        let refused = refusal(free_slots(&house.app, &house.town, &search).await);
        assert!(matches!(refused, Err(ItemsProblem::UnknownService { .. })));
        let beyond = u64::from(house.town.settings.horizon_days) + 7;
        assert!(house.slots("pass", beyond).await.is_empty());
        assert!(!staff_slots("pass", beyond).await.unwrap().is_empty());
    })
    .await;
}

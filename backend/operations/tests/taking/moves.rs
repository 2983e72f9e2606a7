//! Moving: what stays, what is told, what is refused, and many at once.

use chrono::Duration;
use domain::actor::Device;
use domain::appointments::booking::HoldRefused;
use domain::appointments::moving::LONGEST_COOLING;
use domain::appointments::status::BookingState;
use domain::devices::DeviceKind;
use domain::ids::DeviceId;
use domain::messaging::Notification;
use domain::queue::refusal::ArrivalRefused;
use domain::schedule::Audience;
use domain::staff::Role;
use operations::App;
use operations::appointments::{self, HoldProblem, MoveProblem};
use operations::queue::arrival::TypedCode;
use operations::queue::move_here::{self, MoveHereProblem};

use crate::house::{OTHER_PHONE, PHONE, each, refusal, request};

fn slot_refused(refused: MoveProblem) -> (HoldRefused, usize) {
    match refused {
        MoveProblem::Slot(HoldProblem::Slot { refused, nearest, .. }) => (refused, nearest.len()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_moved_appointment_keeps_link_code_name_and_calendar_entry() {
    each(1, async |house| {
        let (old, new) = (house.slots("pass", 1).await[0].clone(), house.slots("pass", 2).await[3].clone());
        let booked = house.book("pass", &old, PHONE).await;
        let by = house.citizen(&booked).await;
        let before = refusal(appointments::calendar_file(&house.app, &house.town, &by).await).unwrap();
        assert!(booked.page.may_move);
        let page = house.move_to(&by, &new).await.unwrap();
        assert_eq!((page.state, page.starts_at), (BookingState::Booked, new.span.starts_at()));
        assert_eq!(page.check_in_code, booked.page.check_in_code);
        assert_eq!((page.name.as_str(), page.sent_to), ("Erika Exempel", booked.page.sent_to.clone()));
        assert_eq!(page.rev, booked.page.rev + 1);
        assert!(page.reminder_at.is_some(), "the reminder is planned anew");
        let again = house.citizen(&booked).await;
        assert_eq!(again.booking, page.id, "the same link opens the appointment at its new time");
        let after = refusal(appointments::calendar_file(&house.app, &house.town, &again).await).unwrap();
        let line = |file: &str, name: &str| {
            file.lines().find(|line| line.starts_with(name)).map(str::to_owned).unwrap()
        };
        assert_eq!(line(&before, "UID:"), line(&after, "UID:"));
        assert_eq!(
            (line(&before, "SEQUENCE:"), line(&after, "SEQUENCE:")),
            ("SEQUENCE:1".into(), "SEQUENCE:2".into())
        );
        assert!(house.is_free(&old).await, "the old slot begins within a day and is free at once");
        assert!(!house.is_free(&new).await);
    })
    .await;
}

#[tokio::test]
async fn one_message_tells_the_new_time_and_older_ones_are_not_sent_any_more() {
    each(1, async |house| {
        let (old, new) = (house.slots("pass", 1).await[0].clone(), house.slots("pass", 2).await[3].clone());
        let booked = house.book("pass", &old, PHONE).await;
        let by = house.citizen(&booked).await;
        let page = house.move_to(&by, &new).await.unwrap();
        let outbox = house.outbox().await;
        let moved: Vec<_> = outbox
            .iter()
            .filter_map(|sent| match sent {
                Notification::BookingMoved { visit, was, code_stays, link } => {
                    Some((visit.starts, *was, *code_stays, link.clone()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(moved.len(), 1);
        let (starts, was, code_stays, link) = &moved[0];
        assert_eq!((*starts - *was), page.starts_at - booked.page.starts_at);
        assert!(*code_stays && link.ends_with(booked.link_token.reveal()));
        let log = store::events::of_subject(&house.app.db, booked.page.id.0).await.unwrap();
        let last = log.last().unwrap();
        assert_eq!((last.from.as_deref(), last.to.as_str()), (Some("booked"), "moved"));
        assert_eq!(last.reason.as_deref(), Some(format!("to {}", page.id).as_str()));
        let log = store::events::of_subject(&house.app.db, page.id.0).await.unwrap();
        assert_eq!((log.len(), log[0].to.as_str(), log[0].reason.as_deref()), (1, "booked", Some("moved")));
        let old = store::appointments::booking(&house.app.db, house.town.id, booked.page.id)
            .await
            .unwrap()
            .unwrap();
        assert!(
            old.reminders == Default::default() && old.rev > booked.page.rev,
            "its messages are superseded"
        );
    })
    .await;
}

#[tokio::test]
async fn it_may_move_by_a_little_into_its_own_time() {
    each(1, async |house| {
        let slots = house.slots("pass", 1).await;
        let booked = house.book("pass", &slots[0], PHONE).await;
        let by = house.citizen(&booked).await;
        let mut little = slots[0].clone();
        little.span.first = little.span.first.plus(1);
        house.move_to(&by, &little).await.unwrap();
        assert_eq!(house.taken(slots[0].day, Audience::Public).await, 3);
        assert_eq!(house.used(slots[0].pool, slots[0].span.first).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_and_stays_where_it_was() {
    each(1, async |house| {
        let slots = house.slots("pass", 1).await;
        let booked = house.book("pass", &slots[0], PHONE).await;
        house.book("pass", &slots[5], OTHER_PHONE).await;
        let by = house.citizen(&booked).await;
        assert_eq!(
            slot_refused(house.move_to(&by, &slots[5]).await.unwrap_err()),
            (HoldRefused::SlotTaken, 6)
        );
        assert_eq!(house.move_to(&by, &slots[0]).await.unwrap_err(), MoveProblem::SameSlot);
        let mut wrong = slots[1].clone();
        wrong.span.first.0 += 62 * 288;
        let (refused, _) = slot_refused(house.move_to(&by, &wrong).await.unwrap_err());
        assert!(matches!(refused, HoldRefused::BeyondHorizon { .. }));
        assert!(!house.is_free(&slots[0]).await, "the old slot is still theirs");
        let page = refusal(appointments::appointment(&house.app, &house.town, &by).await).unwrap();
        assert_eq!((page.state, page.rev), (BookingState::Booked, booked.page.rev));
        house.app.clock.set(booked.page.starts_at);
        let state = BookingState::Booked;
        assert_eq!(house.move_to(&by, &slots[9]).await.unwrap_err(), MoveProblem::NotMovable { state });
        house.app.clock.set(booked.page.starts_at - Duration::hours(1));
        refusal(appointments::cancel_by_citizen(&house.app, &house.town, &by).await).unwrap();
        let state = BookingState::CancelledByCitizen;
        assert_eq!(house.move_to(&by, &slots[9]).await.unwrap_err(), MoveProblem::NotMovable { state });
    })
    .await;
}

#[tokio::test]
async fn staff_move_into_what_is_kept_for_them_first() {
    each(1, async |house| {
        let slots = house.slots("pass", 1).await;
        let booked = house.book("pass", &slots[0], PHONE).await;
        house.book("pass", &slots[4], OTHER_PHONE).await;
        let by = house.staff();
        let id = booked.page.id;
        let moved =
            refusal(appointments::move_by_staff(&house.app, &house.town, &by, id, request(&slots[4])).await);
        assert_eq!(moved.unwrap().starts_at, slots[4].span.starts_at());
        assert_eq!(house.taken(slots[4].day, Audience::Staff).await, 3);
        let ops = domain::actor::StaffMember { role: Role::Ops, ..by };
        let refused =
            refusal(appointments::move_by_staff(&house.app, &house.town, &ops, id, request(&slots[6])).await);
        assert_eq!(refused.unwrap_err(), MoveProblem::NotAllowed);
    })
    .await;
}

#[tokio::test]
async fn at_the_terminal_on_the_wrong_day_the_appointment_moves_to_today() {
    each(1, async |house| {
        let slots = house.slots("pass", 1).await;
        let booked = house.book("pass", &slots[0], PHONE).await;
        let code = booked.page.check_in_code.unwrap().to_string();
        let device = Device {
            town: house.town.id,
            id: DeviceId(uuid::Uuid::from_u128(5)),
            office: house.office().await,
            kind: DeviceKind::Terminal,
        };
        let typed = || TypedCode { code: code.clone(), tap_key: "tap".to_owned(), ..TypedCode::default() };
        let free =
            refusal(move_here::slots_for_code(&house.app, &house.town, &device, &typed()).await).unwrap();
        let today = free.days[0].slots[0].clone();
        assert_eq!(today.day, house.day(0));
        let tomorrow = refusal(
            move_here::move_here(&house.app, &house.town, &device, typed(), request(&slots[3])).await,
        );
        assert!(matches!(tomorrow, Err(MoveHereProblem::Move(MoveProblem::Slot(_)))));
        let mut visits = Vec::new();
        for _ in 0..2 {
            let moved =
                move_here::move_here(&house.app, &house.town, &device, typed(), request(&today)).await;
            visits.push(refusal(moved).unwrap().visit);
        }
        assert_eq!(visits[0].id, visits[1].id, "the same tap twice is one move and one check-in");
        assert_eq!(visits[0].appointment_at, Some(today.span.starts_at()));
        assert!(house.is_free(&slots[0]).await);
        let guess = TypedCode { code: "1234-5678".to_owned(), ..typed() };
        let wrong = refusal(move_here::slots_for_code(&house.app, &house.town, &device, &guess).await);
        assert!(matches!(wrong, Err(MoveHereProblem::Arrival(ArrivalRefused::UnknownCode { .. }))));
    })
    .await;
}

/// Fifty people move among few slots at once; nobody loses an appointment and no counter is sold twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_moves_loses_nobody_and_oversells_nothing() {
    const PEOPLE: usize = 50;
    each(2, async |house| {
        let day = house.day(1);
        let slots = house.slots("meldung", 1).await;
        let mut citizens = Vec::new();
        // Two to a slot, but the last ten of the twenty-four slots of the day stay half empty at first.
        let people = PEOPLE.min(slots.len() * 2 - 8);
        for number in 0..people {
            let slot = &slots[number / 2];
            let phone = format!("0171 39200{number:02}");
            citizens.push(house.citizen(&house.book("meldung", slot, &phone).await).await.booking);
        }
        let taken = house.taken(day, Audience::Public).await;
        let rounds = 3;
        for round in 0..rounds {
            let moves: Vec<_> = citizens
                .iter()
                .enumerate()
                .map(|(number, booking)| {
                    let (app, town): (App, _) = (house.app.app.clone(), house.town.clone());
                    let to = request(&slots[(number * 7 + round * 5 + 3) % slots.len()]);
                    let by = domain::actor::Citizen { town: town.id, booking: *booking };
                    tokio::spawn(async move { appointments::move_by_citizen(&app, &town, &by, to).await })
                })
                .collect();
            for (number, moving) in moves.into_iter().enumerate() {
                match refusal(moving.await.unwrap()) {
                    Ok(page) => citizens[number] = page.id,
                    Err(MoveProblem::SameSlot) => {}
                    Err(refused) => assert_eq!(slot_refused(refused).0, HoldRefused::SlotTaken),
                }
            }
            house.nothing_is_oversold(day).await;
        }
        for booking in &citizens {
            let found = store::appointments::booking(&house.app.db, house.town.id, *booking).await.unwrap();
            assert_eq!(found.unwrap().state, BookingState::Booked, "everybody has one appointment");
        }
        house.app.clock.advance(LONGEST_COOLING);
        appointments::release_freed(&house.app).await.unwrap();
        assert_eq!(
            house.taken(day, Audience::Public).await,
            taken,
            "what was left is free again, and only that"
        );
    })
    .await;
}

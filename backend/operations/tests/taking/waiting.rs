//! The waiting list: who is offered what, for how long, and taken by one.

use chrono::Duration;
use domain::actor::StaffMember;
use domain::appointments::codes::LinkToken;
use domain::appointments::moving::LONGEST_COOLING;
use domain::appointments::status::BookingState;
use domain::appointments::waiting::{OFFER_LIFETIME, OfferRefused, OfferState, WaitingState, Wish};
use domain::language::Language;
use domain::messaging::Notification;
use domain::messaging::notification::Reply;
use domain::schedule::Audience;
use domain::schedule::opening_hours::ClosureScope;
use domain::staff::Role;
use operations::appointments::{
    self, OfferProblem, Offered, WaitingProblem, WaitingRequest, accept_offer, offer_freed, release_freed,
};
use operations::messaging::{record_inbound, upkeep};
use operations::planning::{self, ClosureRequest};
use operations::schedule::FreeSlot;
use operations::testing::inbound;

use crate::house::{House, OTHER_PHONE, PHONE, each, form, items, refusal};

const THIRD_PHONE: &str = "0171 3920014";

fn wish(house: &House) -> Wish {
    Wish { office: None, from_day: house.day(0), to_day: house.day(10), from_min: 0, to_min: 1440 }
}

/// Gets onto the list, six digits included.
async fn wait(house: &House, phone: &str) -> LinkToken {
    house.app.clock.advance(Duration::seconds(1));
    let request = WaitingRequest {
        items: items("pass"),
        wish: wish(house),
        particulars: form(phone),
        language: Language::De,
        origin: None,
    };
    let pending = refusal(appointments::join_waiting_list(&house.app, &house.town, &request).await).unwrap();
    let code = house.code().await;
    let token = pending.token;
    let entry = appointments::verify_waiting(&house.app, &house.town, token.reveal(), &code).await;
    assert_eq!(refusal(entry).unwrap().state, WaitingState::Waiting);
    token
}

/// Somebody books a slot some days ahead and cancels it.
async fn free_one(house: &House) -> FreeSlot {
    let slot = house.slots("pass", 3).await[2].clone();
    let booked = house.book("pass", &slot, PHONE).await;
    let by = house.citizen(&booked).await;
    refusal(appointments::cancel_by_citizen(&house.app, &house.town, &by).await).unwrap();
    slot
}

/// The secrets of the offers that were sent, oldest first.
async fn offers(house: &House) -> Vec<String> {
    let sent = house.outbox().await.into_iter();
    sent.filter_map(|sent| match sent {
        Notification::SlotOffered { link, .. } => link.rsplit('/').next().map(str::to_owned),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn a_freed_slot_is_offered_to_one_alone_and_taken_at_once() {
    each(1, async |house| {
        let token = wait(&house, OTHER_PHONE).await;
        let slot = free_one(&house).await;
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered { expired: 0, offered: 1 });
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered::default());
        let offers = offers(&house).await;
        let page = refusal(appointments::offer_page(&house.app, &house.town, &offers[0]).await).unwrap();
        assert_eq!((page.state, page.starts_at), (OfferState::Open, slot.span.starts_at()));
        let booked = refusal(accept_offer(&house.app, &house.town, &offers[0]).await).unwrap();
        assert_eq!((booked.page.state, booked.page.starts_at), (BookingState::Booked, slot.span.starts_at()));
        assert_eq!(booked.page.name, "Erika Exempel");
        let again = refusal(accept_offer(&house.app, &house.town, &offers[0]).await).unwrap_err();
        assert_eq!(again, OfferProblem::Offer(OfferRefused::Taken));
        let entry = appointments::waiting_entry(&house.app, &house.town, token.reveal()).await;
        assert_eq!(refusal(entry).unwrap().state, WaitingState::Served);
        house.app.clock.advance(LONGEST_COOLING);
        assert_eq!(release_freed(&house.app).await.unwrap(), 0);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_offer_is_declined_by_sms_and_the_next_one_is_asked() {
    each(1, async |house| {
        let token = wait(&house, OTHER_PHONE).await;
        wait(&house, THIRD_PHONE).await;
        free_one(&house).await;
        offer_freed(&house.app).await.unwrap();
        let says = async |body: &str| {
            let sms = inbound(&format!("IN-{body}"), 13, body);
            house.app.clock.advance(Duration::seconds(1));
            record_inbound(&house.app, &house.town, sms).await.unwrap();
            let mut replies = house.outbox().await.into_iter().filter_map(|sent| match sent {
                Notification::InboundReply { reply } => Some(reply),
                _ => None,
            });
            replies.next_back()
        };
        assert_eq!(says("Nein").await, Some(Reply::OfferDeclined));
        let offers = offers(&house).await;
        let page = refusal(appointments::offer_page(&house.app, &house.town, &offers[0]).await).unwrap();
        assert_eq!(page.state, OfferState::Declined);
        let entry = appointments::waiting_entry(&house.app, &house.town, token.reveal()).await;
        assert_eq!(refusal(entry).unwrap().state, WaitingState::Waiting);
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered { expired: 0, offered: 1 });
        assert!(matches!(says("Nein danke").await, Some(Reply::NotUnderstood { .. })));
    })
    .await;
}

#[tokio::test]
async fn an_offer_that_nobody_answers_goes_to_the_next_and_then_to_everybody() {
    each(1, async |house| {
        wait(&house, OTHER_PHONE).await;
        wait(&house, THIRD_PHONE).await;
        let slot = free_one(&house).await;
        offer_freed(&house.app).await.unwrap();
        house.app.clock.advance(OFFER_LIFETIME);
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered { expired: 1, offered: 1 });
        let sent = offers(&house).await;
        let late = refusal(accept_offer(&house.app, &house.town, &sent[0]).await).unwrap_err();
        assert_eq!(late, OfferProblem::Offer(OfferRefused::Expired));
        house.app.clock.advance(LONGEST_COOLING);
        assert_eq!(release_freed(&house.app).await.unwrap(), 0, "it is offered to somebody");
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered { expired: 1, offered: 0 });
        assert_eq!(release_freed(&house.app).await.unwrap(), 1);
        assert!(house.is_free(&slot).await);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_offer_is_taken_exactly_once_and_so_is_the_slot() {
    each(1, async |house| {
        wait(&house, OTHER_PHONE).await;
        let slot = free_one(&house).await;
        offer_freed(&house.app).await.unwrap();
        let token = offers(&house).await.remove(0);
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (app, town, token) = (house.app.app.clone(), house.town.clone(), token.clone());
                tokio::spawn(async move { accept_offer(&app, &town, &token).await })
            })
            .collect();
        let mut taken = 0;
        for task in tasks {
            match refusal(task.await.unwrap()) {
                Ok(_) => taken += 1,
                Err(refused) => assert_eq!(refused, OfferProblem::Offer(OfferRefused::Taken)),
            }
        }
        assert_eq!(taken, 1);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 3);
    })
    .await;
}

#[tokio::test]
async fn who_has_an_appointment_is_moved_to_an_earlier_one() {
    each(1, async |house| {
        let later = house.slots("pass", 4).await[0].clone();
        let own = house.book("pass", &later, OTHER_PHONE).await;
        let by = house.citizen(&own).await;
        let (_, entry) =
            refusal(appointments::wait_for_earlier(&house.app, &house.town, &by, wish(&house)).await)
                .unwrap();
        assert_eq!((entry.state, entry.offers_left), (WaitingState::Waiting, 3));
        let slot = free_one(&house).await;
        offer_freed(&house.app).await.unwrap();
        let token = offers(&house).await.remove(0);
        let booked = refusal(accept_offer(&house.app, &house.town, &token).await).unwrap();
        assert_eq!(booked.page.starts_at, slot.span.starts_at());
        assert_eq!(booked.link_token, own.link_token, "the link stays");
        assert_eq!(booked.page.check_in_code, own.page.check_in_code);
        assert_eq!(house.taken(slot.day, Audience::Public).await, 3);
        let cooling = release_freed(&house.app).await.unwrap();
        assert_eq!(cooling, 0, "the former slot cools down like any other");
    })
    .await;
}

#[tokio::test]
async fn one_offer_a_day_three_in_all_and_none_at_night() {
    each(1, async |house| {
        let begun = house.app.clock.now();
        wait(&house, OTHER_PHONE).await;
        free_one(&house).await;
        assert_eq!(offer_freed(&house.app).await.unwrap().offered, 1);
        house.app.clock.advance(LONGEST_COOLING);
        offer_freed(&house.app).await.unwrap();
        release_freed(&house.app).await.unwrap();
        free_one(&house).await;
        assert_eq!(offer_freed(&house.app).await.unwrap().offered, 0, "one a day");
        // Ten at night of the next day: nobody is woken.
        house.app.clock.set(begun + Duration::minutes(36 * 60 + 30));
        release_freed(&house.app).await.unwrap();
        free_one(&house).await;
        assert_eq!(offer_freed(&house.app).await.unwrap().offered, 0, "not at night");
    })
    .await;
}

#[tokio::test]
async fn wrong_digits_days_and_times_are_refused_and_who_leaves_gets_nothing() {
    each(1, async |house| {
        let request = |wish: Wish| WaitingRequest {
            items: items("pass"),
            wish,
            particulars: form(OTHER_PHONE),
            language: Language::De,
            origin: None,
        };
        let join = async |wish: Wish| {
            refusal(appointments::join_waiting_list(&house.app, &house.town, &request(wish)).await)
        };
        let good = wish(&house);
        let over = Wish {
            from_day: house.day(0) - Duration::days(9),
            to_day: house.day(0) - Duration::days(2),
            ..good
        };
        assert!(matches!(join(over).await, Err(WaitingProblem::Wish(_))));
        assert!(matches!(
            join(Wish { from_min: 600, to_min: 540, ..good }).await,
            Err(WaitingProblem::Wish(_))
        ));
        let pending = join(good).await.unwrap();
        let token = pending.token.reveal();
        let code = house.code().await;
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let tried = refusal(appointments::verify_waiting(&house.app, &house.town, token, wrong).await);
        assert_eq!(tried.unwrap_err(), WaitingProblem::WrongCode { tries_left: 4 });
        refusal(appointments::verify_waiting(&house.app, &house.town, token, &code).await).unwrap();
        for _ in 0..2 {
            refusal(appointments::leave_waiting_list(&house.app, &house.town, token).await).unwrap();
        }
        free_one(&house).await;
        assert_eq!(offer_freed(&house.app).await.unwrap(), Offered::default());
        let unknown = refusal(appointments::waiting_entry(&house.app, &house.town, "2222222222").await);
        assert_eq!(unknown.unwrap_err(), WaitingProblem::Unknown);
    })
    .await;
}

#[tokio::test]
async fn what_was_closed_since_it_became_free_is_not_offered() {
    each(1, async |house| {
        wait(&house, OTHER_PHONE).await;
        let slot = free_one(&house).await;
        let (app, town) = (&house.app, &house.town);
        let admin = StaffMember { role: Role::Admin, ..house.staff() };
        let day = slot.day.and_time(chrono::NaiveTime::MIN);
        let closed = ClosureRequest {
            scope: ClosureScope::Town,
            from: day,
            until: day + Duration::days(1),
            daily: false,
            at_most: 0,
            reason: "Schulung".into(),
        };
        let closure = refusal(planning::close(app, town, &admin, &closed).await).unwrap();
        assert_eq!(offer_freed(app).await.unwrap(), Offered::default());
        refusal(planning::reopen(app, town, &admin, closure.id).await).unwrap();
        assert_eq!(offer_freed(app).await.unwrap(), Offered { expired: 0, offered: 1 });
    })
    .await;
}

#[tokio::test]
async fn wishes_and_offers_that_are_over_are_forgotten() {
    each(1, async |house| {
        let (app, town) = (&house.app, &house.town);
        let token = wait(&house, OTHER_PHONE).await;
        free_one(&house).await;
        offer_freed(app).await.unwrap();
        let sent = offers(&house).await;
        upkeep::erase_old(app).await.unwrap();
        assert!(appointments::waiting_entry(app, town, token.reveal()).await.is_ok(), "it is not over yet");

        app.clock.advance(OFFER_LIFETIME);
        offer_freed(app).await.unwrap();
        app.clock.advance(Duration::days(3));
        upkeep::erase_old(app).await.unwrap();
        let page = appointments::offer_page(app, town, &sent[0]).await;
        assert_eq!(refusal(page).unwrap_err(), OfferProblem::Unknown);
        assert!(appointments::waiting_entry(app, town, token.reveal()).await.is_ok(), "its days are to come");

        app.clock.advance(Duration::days(10));
        upkeep::erase_old(app).await.unwrap();
        let entry = appointments::waiting_entry(app, town, token.reveal()).await;
        assert_eq!(refusal(entry).unwrap_err(), WaitingProblem::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_slot_outside_the_season_is_not_offered() {
    each(1, async |house| {
        wait(&house, OTHER_PHONE).await;
        let slot = free_one(&house).await;
        let (app, town) = (&house.app, &house.town);
        let admin = StaffMember { role: Role::Admin, ..house.staff() };
        let all = refusal(planning::services(app, town, &admin).await).unwrap();
        let id = all.services.iter().find(|one| one.service.slug == "pass").unwrap().service.id;
        let season = async |until: chrono::NaiveDate| {
            let found = refusal(planning::service(app, town, &admin, id).await).unwrap();
            let mut entry = found.entry.to_json();
            entry["bookable_until"] = serde_json::json!(until);
            let offers = found.offers.iter().filter_map(|offer| Some((offer.pool, offer.terms?))).collect();
            let edit = planning::ServiceEdit { entry, offers, seen: found.rev };
            refusal(planning::set_service(app, town, &admin, id, &edit).await).unwrap();
        };
        season(slot.day - chrono::Days::new(1)).await;
        assert_eq!(offer_freed(app).await.unwrap(), Offered::default());
        season(slot.day).await;
        assert_eq!(offer_freed(app).await.unwrap(), Offered { expired: 0, offered: 1 });
    })
    .await;
}

#[tokio::test]
async fn particulars_are_deleted_when_their_time_is_over() {
    each(1, async |house| {
        let (app, town) = (&house.app, &house.town);
        let slot = house.slots("pass", 1).await.remove(0);
        let booked = house.book("pass", &slot, PHONE).await;
        let by = house.citizen(&booked).await;
        let name = async || refusal(appointments::appointment(app, town, &by).await).unwrap().name;
        app.clock.advance(Duration::days(2));
        upkeep::erase_old(app).await.unwrap();
        assert_eq!(name().await, "Erika Exempel", "it may still be asked about");
        app.clock.advance(Duration::days(2));
        upkeep::erase_old(app).await.unwrap();
        assert_eq!(name().await, "");
    })
    .await;
}

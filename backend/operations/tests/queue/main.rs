//! The day in the house: arrive, be called, be served, on every database at hand.
#![cfg(test)]

mod arrival;
mod clock_change;
mod helping;
mod house;
mod learned;
mod machine;
mod now;
mod push;
mod signing_out;
mod statistics;

use chrono::TimeDelta;
use domain::actor::Actor;
use domain::appointments::booking::BookingRefused;
use domain::appointments::form::Particulars;
use domain::ids::VisitId;
use domain::queue::check_in::{CheckInRefused, Punctuality};
use domain::queue::refusal::{ArrivalRefused, QueueRefused};
use domain::queue::status::VisitState;
use house::{House, each, refusal};
use operations::appointments::{CallerProblem, CallerRequest, book_for_caller};

use operations::queue::calling::TwoCalls;
use operations::queue::{Delivered, calling, counters, desk, screens, serving, situation, tickets};

#[tokio::test]
async fn a_code_typed_in_time_gives_a_number_and_the_same_tap_gives_it_again() {
    each(async |house: House| {
        let booked = house.book(20).await;
        let first = house.check_in(&booked, "tap-00000001").await.unwrap();
        assert_eq!(first.visit.ticket.to_string(), "B 001");
        assert_eq!(first.visit.due_at, booked.starts_at);
        assert_eq!(first.punctuality, Punctuality::Early { minutes: 20 });
        let again = house.check_in(&booked, "tap-00000001").await.unwrap();
        assert_eq!((again.visit.id, again.already), (first.visit.id, false));
        assert_eq!(again.token, first.token);
        let other_tap = house.check_in(&booked, "tap-00000002").await.unwrap();
        assert_eq!((other_tap.visit.id, other_tap.already), (first.visit.id, true));
        let holder =
            tickets::holder_of_ticket(&house.app, &house.town, first.token.reveal()).await.unwrap().it();
        assert_eq!(holder.unwrap().visit, first.visit.id);
        let next = house.book(40).await;
        assert_eq!(house.check_in(&next, "tap-00000003").await.unwrap().visit.ticket.to_string(), "B 002");
    })
    .await;
}

#[tokio::test]
async fn each_wrong_code_is_told_what_is_wrong() {
    each(async |house: House| {
        let today = house.book(30).await;
        let tomorrow = house.book(24 * 60).await;
        let refused = refusal(house.check_in(&tomorrow, "tap-00000001").await);
        let ArrivalRefused::NotHereAndNow { why, office_name, day, .. } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(why, CheckInRefused::WrongDay { starts_at: tomorrow.starts_at });
        assert_eq!((office_name.as_str(), day), ("Rathaus", tomorrow.day));

        let refused = refusal(house.check_in_at(&house.branch, &today, "tap-00000002").await);
        let ArrivalRefused::NotHereAndNow { why, .. } = refused else { panic!("{refused:?}") };
        assert!(matches!(why, CheckInRefused::WrongOffice { .. }));

        house.app.clock.advance(TimeDelta::hours(24));
        let refused = refusal(house.check_in(&today, "tap-00000003").await);
        let ArrivalRefused::NotHereAndNow { why, .. } = refused else { panic!("{refused:?}") };
        assert_eq!(why, CheckInRefused::Expired { starts_at: today.starts_at });
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_a_minute_and_the_terminal_pauses() {
    each(async |house: House| {
        let booked = house.book(20).await;
        for left in (0..5).rev() {
            let refused = refusal(house.type_code("0000-0000x", "tap-00000001").await);
            assert_eq!(refused, ArrivalRefused::UnknownCode { tries_left: left });
        }
        let again_at = house.app.clock.now() + TimeDelta::minutes(1);
        let refused = refusal(house.check_in(&booked, "tap-00000002").await);
        assert_eq!(refused, ArrivalRefused::TooManyTries { again_at });
        house.app.clock.advance(TimeDelta::minutes(1));
        assert!(house.check_in(&booked, "tap-00000002").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn who_is_too_late_waits_from_now_and_a_no_show_may_still_come() {
    each(async |house: House| {
        let booked = house.book(20).await;
        let staff = house.staff(0).await;
        let id = booked.id;
        let early = operations::queue::arrival::mark_no_show(&house.app, &house.town, &staff, id).await;
        assert!(matches!(refusal(early), QueueRefused::BookingNotPossible { .. }));
        house.app.clock.advance(TimeDelta::minutes(25));
        operations::queue::arrival::mark_no_show(&house.app, &house.town, &staff, id).await.unwrap();
        let late = house.check_in(&booked, "tap-00000001").await.unwrap();
        assert_eq!(late.punctuality, Punctuality::TooLate { minutes: 5 });
        assert_eq!(late.visit.due_at, house.app.clock.now() + TimeDelta::minutes(30));
    })
    .await;
}

#[tokio::test]
async fn a_visit_from_the_ticket_to_the_end_as_everybody_sees_it() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let drawn = house.draw(Some("0171 3920012")).await.unwrap();
        let ticket = tickets::view_of(app, town, drawn.visit.clone()).await.unwrap();
        assert_eq!((ticket.ahead, ticket.wait), (0, None), "no counter is open yet");

        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let wait = tickets::view_of(app, town, drawn.visit.clone()).await.unwrap().wait.unwrap();
        assert_eq!((wait.from_minutes, wait.to_minutes), (0, 5));
        let view = house.desk(&staff).await;
        assert_eq!(view.next.unwrap().card.visit.id, drawn.visit.id);

        let called = calling::call_next(app, town, &staff, counter).await.unwrap();
        assert_eq!((called.id, called.state, called.calls), (drawn.visit.id, VisitState::Called, 1));
        assert_eq!(refusal(calling::call_next(app, town, &staff, counter).await), QueueRefused::CounterBusy);
        let view = house.desk(&staff).await;
        assert_eq!(view.current.as_ref().unwrap().notified, desk::Notified::Pending, "an SMS is owed");
        let display = house.display().await;
        assert_eq!(display.calls.len(), 1);
        assert!(display.calls[0].1, "just called");
        assert_eq!(display.calls[0].0.counter_name, "Platz 1");
        let ticket = tickets::view(app, town, called.id).await.unwrap().unwrap();
        assert_eq!(ticket.counter.unwrap().0, "Platz 1");

        let too_early = calling::mark_missed(app, town, &staff, called.id, TwoCalls::Asked).await;
        assert!(matches!(refusal(too_early), QueueRefused::CalledTooLittle(_)));
        app.clock.advance(TimeDelta::minutes(2));
        calling::recall(app, town, &staff, called.id).await.unwrap();
        let missed = calling::mark_missed(app, town, &staff, called.id, TwoCalls::Asked).await.unwrap();
        assert_eq!(missed.state, VisitState::Missed);
        assert!(house.display().await.calls.is_empty());

        let back = serving::rejoin(app, town, Actor::TicketHolder(called.id), called.id).await;
        assert_eq!(back.unwrap().due_at, missed.due_at, "their time had not come when they were called");
        let called = calling::call(app, town, &staff, called.id, counter).await.unwrap();
        assert_eq!(called.calls, 3);
        serving::start(app, town, &staff, called.id).await.unwrap();
        app.clock.advance(TimeDelta::minutes(4));
        let parked = serving::park(app, town, &staff, called.id, Some("holt Foto".to_owned())).await.unwrap();
        assert_eq!((parked.state, parked.counter), (VisitState::Parked, None));
        serving::resume(app, town, &staff, called.id).await.unwrap();
        calling::call_next(app, town, &staff, counter).await.unwrap();
        let delivered = vec![Delivered { service: house.service.clone(), quantity: 1 }];
        let done = serving::finish(app, town, &staff, called.id, delivered.clone()).await.unwrap();
        assert_eq!(done.state, VisitState::Done);
        // A second press finds it done.
        let twice = serving::finish(app, town, &staff, called.id, delivered).await.unwrap();
        assert_eq!((twice.state, twice.version), (VisitState::Done, done.version));

        let day = operations::queue::day::view(app, town, house.office, done.day).await.unwrap().unwrap();
        assert_eq!(day.counters[0].sessions.len(), 2, "parked time is no session");
        assert!(day.counters[0].sessions.iter().all(|(session, _)| session.ended_at.is_some()));
        assert!(!day.capacity.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_appointment_near_its_time_goes_before_a_walk_in_that_can_wait() {
    each(async |house: House| {
        let walk_in = house.draw(None).await.unwrap();
        let booked = house.book(20).await;
        house.app.clock.advance(TimeDelta::minutes(15));
        let appointment = house.check_in(&booked, "tap-00000001").await.unwrap();
        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let first = calling::call_next(&house.app, &house.town, &staff, counter).await.unwrap();
        assert_eq!(first.id, appointment.visit.id);
        serving::finish(&house.app, &house.town, &staff, first.id, Vec::new()).await.unwrap();
        let second = calling::call_next(&house.app, &house.town, &staff, counter).await.unwrap();
        assert_eq!(second.id, walk_in.visit.id);
        serving::finish(&house.app, &house.town, &staff, second.id, Vec::new()).await.unwrap();
        let nobody = calling::call_next(&house.app, &house.town, &staff, counter).await;
        assert_eq!(refusal(nobody), QueueRefused::NobodyWaits { held_back: 0 });
    })
    .await;
}

#[tokio::test]
async fn a_counter_belongs_to_one_person_and_is_not_left_with_a_visitor() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let one = house.seated(0).await;
        let counter = one.counter.unwrap();
        let other = house.staff(1).await;
        let taken = refusal(counters::open(app, town, &other, counter, counters::IfTaken::Refuse).await);
        assert_eq!(taken, QueueRefused::CounterTaken { staff_name: "Beschäftigte 0".to_owned() });
        let not_mine = refusal(calling::call_next(app, town, &other, counter).await);
        assert!(matches!(not_mine, QueueRefused::CounterTaken { .. }));

        let drawn = house.draw(None).await.unwrap();
        counters::pause(app, town, &one, counter, true).await.unwrap();
        assert_eq!(refusal(calling::call_next(app, town, &one, counter).await), QueueRefused::CounterNotOpen);
        counters::pause(app, town, &one, counter, false).await.unwrap();
        calling::call_next(app, town, &one, counter).await.unwrap();
        assert_eq!(refusal(counters::close(app, town, &one, counter).await), QueueRefused::CounterBusy);
        serving::leave_by_staff(app, town, &one, drawn.visit.id).await.unwrap();
        counters::close(app, town, &one, counter).await.unwrap();
        counters::open(app, town, &other, counter, counters::IfTaken::Refuse).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_number_in_a_sealed_envelope_is_all_a_walk_in_leaves_and_a_landline_is_refused() {
    each(async |house: House| {
        let refused = refusal(house.draw(Some("030 901820")).await);
        assert!(matches!(refused, ArrivalRefused::Phone(_)));
        let drawn = house.draw(None).await.unwrap();
        assert_eq!((drawn.visit.contact, drawn.visit.phone_hash), (None, None));
        let board = screens::board(&house.app, &house.town).await.unwrap();
        assert_eq!((board[0].waiting, board[0].open_now), (1, true));
        let terminal = screens::terminal(&house.app, &house.town, &house.terminal).await.unwrap().unwrap();
        assert_eq!(terminal.waiting, 1);
        assert!(!terminal.services.is_empty() && !terminal.free_today.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_is_left_over_night_and_yesterday_blocks_no_counter() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let yesterday = house.draw(None).await.unwrap().visit;
        calling::call_next(app, town, &staff, counter).await.unwrap();
        serving::start(app, town, &staff, yesterday.id).await.unwrap();
        app.clock.advance(TimeDelta::hours(24));
        let today = house.draw(None).await.unwrap().visit;
        assert_eq!(today.ticket.to_string(), "B 001", "numbers begin anew");
        let called = calling::call_next(app, town, &staff, counter).await.unwrap();
        assert_eq!(called.id, today.id);
        let over = tickets::view(app, town, yesterday.id).await.unwrap().unwrap();
        assert_eq!(over.visit.state, VisitState::Left);
    })
    .await;
}

/// Small variant of 20 desks × 500 visitors: every desk calls until nobody waits; nobody is called twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_counters_never_get_the_same_visitor() {
    const DESKS: usize = 6;
    const VISITORS: usize = 40;
    each(async |house: House| {
        for _ in 0..VISITORS {
            house.draw(None).await.unwrap();
        }
        let mut desks = Vec::new();
        for n in 0..DESKS {
            let staff = house.seated(n).await;
            let (app, town) = (house.app.app.clone(), house.town.clone());
            desks.push(tokio::spawn(async move {
                let counter = staff.counter.unwrap();
                let mut served = Vec::new();
                loop {
                    match calling::call_next(&app, &town, &staff, counter).await {
                        Ok(visit) => {
                            served.push(visit.id);
                            serving::finish(&app, &town, &staff, visit.id, Vec::new()).await.unwrap();
                        }
                        Err(operations::Error::Refused(QueueRefused::NobodyWaits { .. })) => {
                            let facts = situation::facts(
                                &app.db,
                                &town,
                                visit_office(&app, &town).await,
                                app.clock.now(),
                            )
                            .await
                            .unwrap();
                            if facts.visits.iter().all(|one| one.state != VisitState::Waiting) {
                                return served;
                            }
                        }
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }));
        }
        let mut served = Vec::new();
        for desk in desks {
            served.extend(desk.await.unwrap());
        }
        assert_eq!(served.len(), VISITORS, "everybody was served");
        served.sort_unstable();
        served.dedup();
        assert_eq!(served.len(), VISITORS, "nobody twice");
    })
    .await;
}

async fn visit_office(app: &operations::App, town: &domain::town::Town) -> domain::ids::OfficeId {
    operations::town::offices(app, town).await.unwrap()[0].id
}

#[tokio::test]
async fn a_follow_up_appointment_knows_who_was_here() {
    each(async |house: House| {
        let mut wanted = house.wanted(20);
        wanted.particulars.phone = Some("0171 3920015".to_owned());
        let booked = house.book_as(&wanted).await;
        let here = house.check_in(&booked, "tap-00000001").await.unwrap();

        let nobody = Particulars { name: String::new(), ..Particulars::default() };
        let later = |minutes: i64| CallerRequest {
            follows: Some(here.visit.id),
            particulars: nobody.clone(),
            ..house.wanted(minutes)
        };
        let (app, town, by) = (&house.app, &house.town, house.staff(0).await);
        let page = book_for_caller(app, town, &by, &later(60)).await.unwrap();
        assert_eq!(page.name, "Erika Mustermann");
        assert!(page.sent_to.is_some_and(|number| number.ends_with("15")));

        let stranger = CallerRequest { follows: Some(VisitId(uuid::Uuid::from_u128(7))), ..later(80) };
        let refused = refusal(book_for_caller(app, town, &by, &stranger).await);
        assert_eq!(refused, CallerProblem::UnknownVisit);
        let without = CallerRequest { particulars: nobody.clone(), ..house.wanted(80) };
        let refused = refusal(book_for_caller(app, town, &by, &without).await);
        assert!(matches!(refused, CallerProblem::Refused(BookingRefused::Fields(_))), "{refused:?}");
    })
    .await;
}

//! Sending somebody on, minutes, notes, calls for help, finding somebody, and every verb pressed twice or by the wrong one.

use chrono::TimeDelta;
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::{CounterId, PoolId, VisitId};
use domain::messaging::{Kind, Lane};
use domain::queue::refusal::QueueRefused;
use domain::queue::status::VisitState;
use domain::queue::transfer::TransferRefused;
use domain::staff::Role;
use operations::messaging::delivery::{Providers, due_in_lane};
use operations::messaging::push::{self, Wisher};
use operations::messaging::upkeep;
use operations::messaging::watch::{self, Filter, Sought};
use operations::queue::arrival::CheckedIn;
use operations::queue::calling::{self, TwoCalls};
use operations::queue::counters::{self, IfTaken};
use operations::queue::transfer::{Target, Transfer, grant, transfer};
use operations::queue::{Visit, emergencies, notes, search, serving, tickets};
use operations::staff;
use store::Connection;
use store::messaging::subscriptions::{About, browsers_of, get};
use store::queue::sessions::Delivered;

use crate::house::{House, each, refusal};

fn to(target: Target) -> Transfer {
    Transfer { to: target, confirmed: false, note: None }
}

/// Somebody who may hire and dismiss, and sits nowhere.
fn admin_like(other: &StaffMember) -> StaffMember {
    StaffMember { role: Role::Admin, counter: None, ..*other }
}

impl House {
    /// The counter and the pool of the branch.
    pub async fn branch_office(&self) -> (CounterId, PoolId) {
        let all = counters::list(&self.app, &self.town).await.unwrap();
        let view = all.into_iter().find(|view| view.counter.office != self.office).unwrap();
        (view.counter.id, view.counter.pool)
    }

    async fn walk_in(&self) -> Visit {
        self.draw(None).await.unwrap().visit
    }

    async fn now(&self, visit: &Visit) -> Visit {
        store::queue::visit(&self.app.db, visit.id).await.unwrap().unwrap()
    }

    async fn reasons(&self, subject: uuid::Uuid) -> Vec<String> {
        let events = store::events::of_subject(&self.app.db, subject).await.unwrap();
        events.into_iter().filter_map(|event| event.reason).collect()
    }

    /// The kinds of the messages that are due for calling.
    async fn owed(&self) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for id in due_in_lane(&self.app, Lane::Calls, Providers::from("fake"), 100).await.unwrap() {
            kinds.push(store::messaging::get(&self.app.db, id).await.unwrap().unwrap().kind);
        }
        kinds
    }

    async fn ticket_holder(&self, here: &CheckedIn) -> VisitId {
        let holder =
            tickets::holder_of_ticket(&self.app, &self.town, here.token.reveal()).await.unwrap().it();
        holder.unwrap().visit
    }
}

#[tokio::test]
async fn whoever_is_sent_to_another_office_takes_everything_along() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let mut wanted = house.wanted(20);
        wanted.particulars.phone = Some("0171 3920081".to_owned());
        let booked = house.book_as(&wanted).await;
        let here = house.check_in(&booked, "tap-00000001").await.unwrap();
        let staff = house.seated(0).await;
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        serving::start(app, town, &staff, here.visit.id).await.unwrap();
        notes::write(app, town, &staff, here.visit.id, "Braucht noch die Meldebescheinigung").await.unwrap();

        let (_, pool) = house.branch_office().await;
        let alone = transfer(app, town, &staff, here.visit.id, to(Target::Pool(pool))).await;
        let refused = refusal(alone);
        assert_eq!(refused, QueueRefused::Transfer(TransferRefused::NobodyServes));
        assert_eq!(house.now(&here.visit).await.state, VisitState::Serving, "nothing has happened");

        let insisted = Transfer { confirmed: true, ..to(Target::Pool(pool)) };
        let there = transfer(app, town, &staff, here.visit.id, insisted).await.unwrap();
        assert_eq!(there.ticket.to_string(), "N 001");
        assert_eq!((there.state, there.pool, there.contact), (VisitState::Waiting, pool, here.visit.contact));
        assert_eq!((there.due_at, there.arrived_at), (here.visit.due_at, here.visit.arrived_at));
        let before = house.now(&here.visit).await;
        assert_eq!((before.state, before.booking), (VisitState::Transferred, None));
        assert!(before.ended_at.is_some());
        let found = store::queue::visit_of_booking(&app.db, booked.id).await.unwrap().unwrap();
        assert_eq!(found.id, there.id, "the booking's page shows the new ticket");
        assert_eq!(house.ticket_holder(&here).await, there.id, "and so does the link on the old one");
        let page = tickets::view(app, town, here.visit.id).await.unwrap().unwrap();
        assert_eq!((page.visit.id, page.was.unwrap().to_string()), (there.id, "B 001".to_owned()));
        assert!(house.owed().await.contains(&Kind::QueueTransferred), "they are told");
        assert!(house.reasons(here.visit.id.0).await.contains(&format!("to pool {pool}")));

        let branch = house.staff(1).await;
        let (counter, _) = house.branch_office().await;
        counters::open(app, town, &branch, counter, IfTaken::Refuse).await.unwrap();
        let branch = house.staff(1).await;
        let called = calling::call_next(app, town, &branch, counter).await.unwrap();
        assert_eq!(called.id, there.id);
        let view = operations::queue::desk::view(app, town, &branch, there.office).await.unwrap().unwrap();
        let current = view.current.unwrap();
        assert_eq!(current.notes[0].text, "Braucht noch die Meldebescheinigung");
        assert_eq!(current.items.len(), 1);
        assert!(current.contact.is_some());
        serving::finish(app, town, &branch, there.id, Vec::new()).await.unwrap();

        let again = transfer(app, town, &staff, here.visit.id, to(Target::Pool(pool))).await;
        let sent = VisitState::Transferred;
        assert_eq!(refusal(again), QueueRefused::NotPossibleNow { state: sent }, "nobody is sent twice");
    })
    .await;
}

#[tokio::test]
async fn the_browser_of_whoever_is_sent_on_is_told_about_the_new_ticket() {
    each(async |mut house: House| {
        house.app.app.web_push = true;
        let (app, town) = (&house.app, &house.town);
        let here = house.draw(None).await.unwrap();
        let holder = tickets::holder_of_ticket(app, town, here.token.reveal()).await.unwrap().it().unwrap();
        let browser = domain::messaging::attempt::PushSubscription {
            endpoint: "https://updates.push.services.mozilla.com/wpush/v2/81".into(),
            p256dh: "p256dh".into(),
            auth: "auth".into(),
            vapid_key: Some("key".into()),
        };
        push::subscribe(app, town, Wisher::Holder(holder), browser).await.unwrap();
        let staff = house.seated(0).await;
        let (_, pool) = house.branch_office().await;
        let insisted = Transfer { confirmed: true, ..to(Target::Pool(pool)) };
        let there = transfer(app, town, &staff, here.visit.id, insisted).await.unwrap();
        let told = browsers_of(&app.db, None, Some(there.id)).await.unwrap();
        assert_eq!(get(&app.db, told[0]).await.unwrap().unwrap().about, About::Visit(there.id));
        assert!(browsers_of(&app.db, None, Some(here.visit.id)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn whoever_is_wished_to_a_counter_keeps_the_number_and_is_called_there_alone() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (first, second) = (house.seated(0).await, house.seated(1).await);
        let visitor = house.walk_in().await;
        let other = second.counter.unwrap();
        let passed = transfer(app, town, &first, visitor.id, to(Target::Counter(other))).await.unwrap();
        assert_eq!((passed.id, passed.ticket, passed.due_at), (visitor.id, visitor.ticket, visitor.due_at));
        let again = transfer(app, town, &first, visitor.id, to(Target::Counter(other))).await;
        assert_eq!(refusal(again), QueueRefused::Transfer(TransferRefused::SamePlace));
        let nobody = calling::call_next(app, town, &first, first.counter.unwrap()).await;
        assert_eq!(refusal(nobody), QueueRefused::NobodyWaits { held_back: 0 });
        assert!(house.desk(&first).await.next.is_none());
        assert_eq!(house.desk(&second).await.next.unwrap().card.visit.id, visitor.id);

        // The wish ends with the counter: nobody waits for a closed one.
        counters::close(app, town, &second, other).await.unwrap();
        let closed = transfer(app, town, &first, visitor.id, to(Target::Counter(other))).await;
        assert_eq!(refusal(closed), QueueRefused::Transfer(TransferRefused::CounterClosed));
        let called = calling::call_next(app, town, &first, first.counter.unwrap()).await.unwrap();
        assert_eq!(called.id, visitor.id);
    })
    .await;
}

#[tokio::test]
async fn granted_minutes_move_somebody_and_the_log_keeps_why() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let first = house.walk_in().await;
        app.clock.advance(TimeDelta::minutes(2));
        let second = house.walk_in().await;
        let moved = grant(app, town, &staff, second.id, (10, "Säugling dabei")).await.unwrap();
        assert_eq!(moved.due_at, second.due_at - TimeDelta::minutes(10));
        assert_eq!(house.reasons(second.id.0).await, ["+10 min: Säugling dabei"]);
        let called = calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        assert_eq!(called.id, second.id, "{}", first.ticket);
        for (minutes, reason) in [(0, "ohne"), (241, "zu viel"), (10, "  ")] {
            let refused = refusal(grant(app, town, &staff, first.id, (minutes, reason)).await);
            assert_eq!(refused, QueueRefused::GrantNotPossible);
        }
        let busy = refusal(grant(app, town, &staff, second.id, (10, "schon gerufen")).await);
        assert_eq!(busy, QueueRefused::NotPossibleNow { state: VisitState::Called });
    })
    .await;
}

#[tokio::test]
async fn notes_are_sealed_and_gone_a_week_after_the_visit() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let visitor = house.walk_in().await;
        notes::write(app, town, &staff, visitor.id, " Spricht nur Ukrainisch ").await.unwrap();
        let noted = store::queue::notes::of_visits(&app.db, &[visitor.id]).await.unwrap();
        assert_eq!(
            (noted[0].text.as_str(), noted[0].by.as_deref()),
            ("Spricht nur Ukrainisch", Some("Beschäftigte 0"))
        );
        let log = store::events::of_subject(&app.db, noted[0].id).await.unwrap();
        let told: Vec<_> = log.iter().map(|event| (event.to.as_str(), event.reason.as_deref())).collect();
        assert_eq!(told, [("noted", None)], "the log does not tell what it says");
        for text in [" ", "x".repeat(501).as_str()] {
            let refused = refusal(notes::write(app, town, &staff, visitor.id, text).await);
            assert_eq!(refused, QueueRefused::NoteNotPossible);
        }
        for (days, kept) in [(6, 1), (2, 0)] {
            app.clock.advance(TimeDelta::days(days));
            upkeep::erase_old(app).await.unwrap();
            assert_eq!(store::queue::notes::of_visits(&app.db, &[visitor.id]).await.unwrap().len(), kept);
        }
    })
    .await;
}

#[tokio::test]
async fn an_emergency_is_raised_once_answered_by_name_and_ended() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (alone, colleague) = (house.seated(0).await, house.seated(1).await);
        let raised = emergencies::raise(app, town, &alone, house.office).await.unwrap();
        let pressed_again = emergencies::raise(app, town, &alone, house.office).await.unwrap();
        assert_eq!(pressed_again.id, raised.id);
        assert_eq!(raised.counter_name.as_deref(), Some("Platz 1"));
        let seen = house.desk(&colleague).await.emergencies;
        assert_eq!((seen.len(), seen[0].by_name.as_deref()), (1, Some("Beschäftigte 0")));

        // The log tells instants apart, not what happened within one.
        app.clock.advance(TimeDelta::seconds(5));
        for _ in 0..2 {
            let answered = emergencies::answer(app, town, &colleague, raised.id).await.unwrap();
            let names: Vec<_> = answered.answers.iter().filter_map(|one| one.name.as_deref()).collect();
            assert_eq!(names, ["Beschäftigte 1"]);
        }
        app.clock.advance(TimeDelta::seconds(5));
        for _ in 0..2 {
            let ended = emergencies::end(app, town, &colleague, raised.id).await.unwrap();
            assert!(ended.ended_at.is_some());
        }
        assert!(house.desk(&colleague).await.emergencies.is_empty());
        let events = store::events::of_subject(&app.db, raised.id.0).await.unwrap();
        let told: Vec<_> = events.iter().map(|event| event.to.as_str()).collect();
        assert_eq!(told, ["raised", "answered", "ended"]);

        let neighbour = operations::testing::neighbour(app).await;
        let next = emergencies::raise(app, town, &alone, house.office).await.unwrap();
        assert_ne!(next.id, raised.id, "a new one after the old one has ended");
        let strange = refusal(emergencies::end(app, &neighbour, &colleague, next.id).await);
        assert_eq!(strange, QueueRefused::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_counter_left_open_is_taken_over_with_its_visitor() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let gone = house.seated(0).await;
        let counter = gone.counter.unwrap();
        let visitor = house.walk_in().await;
        calling::call_next(app, town, &gone, counter).await.unwrap();
        serving::start(app, town, &gone, visitor.id).await.unwrap();

        let next = house.staff(1).await;
        let taken = refusal(counters::open(app, town, &next, counter, IfTaken::Refuse).await);
        assert_eq!(taken, QueueRefused::CounterTaken { staff_name: "Beschäftigte 0".to_owned() });
        counters::open(app, town, &next, counter, IfTaken::TakeOver).await.unwrap();
        let next = house.staff(1).await;
        assert_eq!(house.desk(&next).await.current.unwrap().visit.id, visitor.id);
        let astray = house.staff(0).await;
        assert_eq!(astray.counter, None);
        let too_late = refusal(serving::finish(app, town, &astray, visitor.id, Vec::new()).await);
        assert_eq!(too_late, QueueRefused::AtOtherCounter);
        let called = refusal(calling::call_next(app, town, &astray, counter).await);
        assert_eq!(called, QueueRefused::CounterTaken { staff_name: "Beschäftigte 1".to_owned() });
        serving::finish(app, town, &next, visitor.id, Vec::new()).await.unwrap();
        assert_eq!(house.now(&visitor).await.state, VisitState::Done);
    })
    .await;
}

#[tokio::test]
async fn a_verb_pressed_twice_is_done_once() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let visitor = house.walk_in().await;
        let twice = async |events: usize| {
            let log = store::events::of_subject(&app.db, visitor.id.0).await.unwrap();
            assert_eq!(log.len(), events, "{log:?}");
        };
        for _ in 0..2 {
            calling::call(app, town, &staff, visitor.id, counter).await.unwrap();
        }
        twice(2).await;
        for _ in 0..2 {
            calling::recall(app, town, &staff, visitor.id).await.unwrap();
        }
        twice(3).await;
        assert_eq!(house.now(&visitor).await.calls, 2);
        for _ in 0..2 {
            calling::mark_missed(app, town, &staff, visitor.id, TwoCalls::Overruled).await.unwrap();
        }
        twice(4).await;
        serving::rejoin(app, town, Actor::from(&staff), visitor.id).await.unwrap();
        calling::call(app, town, &staff, visitor.id, counter).await.unwrap();
        for _ in 0..2 {
            serving::start(app, town, &staff, visitor.id).await.unwrap();
        }
        twice(7).await;
        for _ in 0..2 {
            serving::park(app, town, &staff, visitor.id, Some("holt ein Foto".to_owned())).await.unwrap();
        }
        twice(8).await;
        for _ in 0..2 {
            serving::resume(app, town, &staff, visitor.id).await.unwrap();
        }
        twice(9).await;
        calling::call(app, town, &staff, visitor.id, counter).await.unwrap();
        serving::start(app, town, &staff, visitor.id).await.unwrap();
        for _ in 0..2 {
            serving::finish(app, town, &staff, visitor.id, Vec::new()).await.unwrap();
        }
        twice(12).await;
        let gone = house.walk_in().await;
        for _ in 0..2 {
            serving::leave_by_staff(app, town, &staff, gone.id).await.unwrap();
        }
        assert_eq!(store::events::of_subject(&app.db, gone.id.0).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_reaches_for_the_visitor_of_a_colleague() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (mine, other) = (house.seated(0).await, house.seated(1).await);
        let id = house.walk_in().await.id;
        calling::call_next(app, town, &mine, mine.counter.unwrap()).await.unwrap();
        let own = other.counter.unwrap();
        let refusals = [
            refusal(calling::call(app, town, &other, id, own).await),
            refusal(calling::recall(app, town, &other, id).await),
            refusal(calling::put_back(app, town, &other, id).await),
            refusal(calling::mark_missed(app, town, &other, id, TwoCalls::Overruled).await),
            refusal(serving::start(app, town, &other, id).await),
            refusal(serving::finish(app, town, &other, id, Vec::new()).await),
            refusal(serving::park(app, town, &other, id, None).await),
            refusal(transfer(app, town, &other, id, to(Target::Counter(own))).await),
            refusal(serving::leave_by_staff(app, town, &other, id).await),
        ];
        assert_eq!(refusals[0], QueueRefused::NotPossibleNow { state: VisitState::Called });
        for refused in &refusals[1..] {
            assert_eq!(*refused, QueueRefused::AtOtherCounter);
        }
        let neighbour = operations::testing::neighbour(app).await;
        let strange = [
            refusal(serving::finish(app, &neighbour, &mine, id, Vec::new()).await),
            refusal(transfer(app, &neighbour, &mine, id, to(Target::Counter(own))).await),
            refusal(grant(app, &neighbour, &mine, id, (5, "fremd")).await),
            refusal(notes::write(app, &neighbour, &mine, id, "fremd").await),
        ];
        assert!(strange.iter().all(|refused| *refused == QueueRefused::Unknown), "{strange:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_fetched_into_another_building() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let mine = house.seated(0).await;
        let id = house.walk_in().await.id;
        calling::call_next(app, town, &mine, mine.counter.unwrap()).await.unwrap();
        serving::start(app, town, &mine, id).await.unwrap();
        serving::park(app, town, &mine, id, None).await.unwrap();
        let branch = counters::list(app, town).await.unwrap();
        let branch = branch.iter().find(|one| one.counter.office == house.branch.office).unwrap();
        let there = house.staff(1).await;
        counters::open(app, town, &there, branch.counter.id, IfTaken::Refuse).await.unwrap();
        let there = house.staff(1).await;
        assert_eq!(refusal(serving::start(app, town, &there, id).await), QueueRefused::CounterNotOpen);
        counters::close(app, town, &there, branch.counter.id).await.unwrap();
        serving::start(app, town, &mine, id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn whoever_sits_at_a_counter_does_not_end_it_from_the_phone() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let id = house.walk_in().await.id;
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        serving::start(app, town, &staff, id).await.unwrap();
        let by = Actor::TicketHolder(id);
        assert_eq!(refusal(serving::leave(app, town, by, id).await), QueueRefused::BeingServed);
        let pass = Delivered { service: house.service.clone(), quantity: 1 };
        serving::finish(app, town, &staff, id, vec![pass]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn whoever_is_parked_over_night_has_gone_and_the_log_says_that_the_day_was_over() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let parked = house.walk_in().await;
        app.clock.advance(TimeDelta::seconds(1));
        let waiting = house.walk_in().await;
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        serving::start(app, town, &staff, parked.id).await.unwrap();
        serving::park(app, town, &staff, parked.id, Some("holt ein Foto".to_owned())).await.unwrap();
        assert_eq!(serving::end_days(app, town).await.unwrap(), 0, "today is not over");
        app.clock.advance(TimeDelta::hours(15));
        assert_eq!(serving::end_days(app, town).await.unwrap(), 2);
        for visit in [&parked, &waiting] {
            let over = house.now(visit).await;
            assert_eq!((over.state, over.park_reason), (VisitState::Left, None));
            assert!(house.reasons(visit.id.0).await.contains(&"day_over".to_owned()));
        }
        let late = refusal(serving::start(app, town, &staff, parked.id).await);
        assert_eq!(late, QueueRefused::NotPossibleNow { state: VisitState::Left });
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_number_code_and_name_and_the_log_tells_who_looked_but_not_for_whom() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let mut wanted = house.wanted(60);
        wanted.particulars.name = "Ayşe Yılmaz".to_owned();
        wanted.particulars.phone = Some("0171 3920082".to_owned());
        let booked = house.book_as(&wanted).await;
        house.book(120).await;
        let staff = house.staff(0).await;
        let code = booked.code.to_string();
        for typed in ["0171 3920082", code.as_str(), "yilmaz ayse"] {
            let (found, more) = search::find(app, town, &staff, house.office, typed).await.unwrap();
            let names: Vec<_> = found.iter().map(|one| one.name.as_str()).collect();
            assert_eq!((names, more), (vec!["Ayşe Yılmaz"], false), "{typed}");
            assert_eq!((found[0].booking.id, found[0].items.len()), (booked.id, 1));
        }
        let (found, _) = search::find(app, town, &staff, house.office, "Niemand").await.unwrap();
        assert!(found.is_empty());

        let hash = app.db.sealer().keyed_hash("search", b"+491713920082");
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        let subject = Subject::Search(uuid::Uuid::from_bytes(half)).as_log().1;
        let events = store::events::of_subject(&app.db, subject).await.unwrap();
        assert_eq!(events.len(), 1, "the same number is the same subject");
        assert_eq!(
            (events[0].actor.as_str(), events[0].reason.as_deref()),
            ("staff", Some("by_number: 1 found"))
        );
    })
    .await;
}

#[tokio::test]
async fn after_999_the_numbers_go_on_and_fit_on_display_and_sms() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let first = house.walk_in().await;
        let tx = app.db.write().await.unwrap();
        for _ in 1..999 {
            store::queue::next_count(&tx, first.zone, first.day).await.unwrap();
        }
        tx.commit().await.unwrap();
        let thousandth = house.draw(Some("0171 3920083")).await.unwrap().visit;
        assert_eq!(thousandth.ticket.to_string(), "B 1000");
        let staff = house.seated(0).await;
        calling::call(app, town, &staff, thousandth.id, staff.counter.unwrap()).await.unwrap();
        assert_eq!(house.display().await.calls[0].0.ticket.to_string(), "B 1000");
        let due = due_in_lane(app, Lane::Calls, Providers::from("fake"), 10).await.unwrap();
        let minute = chrono::Duration::seconds(60);
        let claimed = operations::messaging::delivery::claim(app, due[0], Providers::from("fake"), minute);
        let domain::messaging::attempt::Dispatch::Sms(sms) = claimed.await.unwrap().unwrap().outgoing else {
            panic!("a call goes by SMS");
        };
        assert!(sms.body.starts_with("Nr. B1000: Bitte jetzt zu Platz 1."), "{}", sms.body);
    })
    .await;
}

#[tokio::test]
async fn whoever_works_here_no_longer_leaves_the_counter_and_nobody_is_lost_there() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (goes, stays) = (house.seated(0).await, house.seated(1).await);
        let (called, served) = (house.walk_in().await, house.walk_in().await);
        calling::call(app, town, &goes, called.id, goes.counter.unwrap()).await.unwrap();
        staff::deactivate(app, town, &admin_like(&stays), goes.id).await.unwrap();
        assert_eq!(house.now(&called).await.state, VisitState::Waiting);
        let counter = counters::list(app, town).await.unwrap().remove(0);
        assert_eq!((counter.counter.id, counter.counter.staff), (goes.counter.unwrap(), None));
        let sent = transfer(app, town, &stays, served.id, to(Target::Counter(goes.counter.unwrap()))).await;
        assert!(matches!(refusal(sent.map(|_| ())), QueueRefused::Transfer(_)), "nobody sits there");
        // Who was being served is put aside, for everybody to see.
        let third = house.seated(2).await;
        calling::call(app, town, &third, served.id, third.counter.unwrap()).await.unwrap();
        serving::start(app, town, &third, served.id).await.unwrap();
        staff::deactivate(app, town, &admin_like(&stays), third.id).await.unwrap();
        assert_eq!(house.now(&served).await.state, VisitState::Parked);
        assert_eq!(
            calling::call_next(app, town, &stays, stays.counter.unwrap()).await.unwrap().id,
            called.id
        );
    })
    .await;
}

#[tokio::test]
async fn only_what_the_town_has_can_have_been_delivered() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (visitor, by) = (house.walk_in().await, house.seated(0).await);
        calling::call(app, town, &by, visitor.id, by.counter.unwrap()).await.unwrap();
        for (service, quantity) in
            [("gibt-es-nicht", 1), (house.service.as_str(), 0), (house.service.as_str(), 65_535)]
        {
            let delivered = vec![Delivered { service: service.to_owned(), quantity }];
            let refused = refusal(serving::finish(app, town, &by, visitor.id, delivered).await.map(|_| ()));
            assert_eq!(refused, QueueRefused::NotDelivered);
        }
        let delivered = || vec![Delivered { service: house.service.clone(), quantity: 2 }];
        serving::finish(app, town, &by, visitor.id, delivered()).await.unwrap();
        // Twice, by the desk and by somebody without a counter.
        let admin = admin_like(&by);
        for by in [&by, &admin] {
            serving::finish(app, town, by, visitor.id, delivered()).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn operators_find_the_messages_of_a_booking_by_its_code_with_and_without_its_dash() {
    each(async |house: House| {
        let mut wanted = house.wanted(60);
        wanted.particulars.phone = Some("0171 3920041".to_owned());
        let booked = house.book_as(&wanted).await;
        let (shown, compact) = (booked.code.to_string(), booked.code.compact());
        for typed in [shown.replace('-', " "), shown, compact] {
            let filter = Filter { sought: watch::sought(&house.town, &typed), ..Filter::default() };
            let found = watch::messages(&house.app, &house.town, &filter, 10).await.unwrap().messages;
            let of: Vec<_> = found.iter().filter_map(|one| one.booking.map(|(id, _)| id)).collect();
            assert_eq!(of, [booked.id], "{typed}");
        }
        // A number may end in digits that are a code as well.
        let filter = Filter { sought: Some(Sought::CodeOrTail("00000041".into())), ..Filter::default() };
        let found = watch::messages(&house.app, &house.town, &filter, 10).await.unwrap().messages;
        assert_eq!(found.len(), 1);
    })
    .await;
}

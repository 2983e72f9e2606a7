//! Whoever signs out leaves the counter, and nobody who was called there or sits there is lost.

use chrono::TimeDelta;
use domain::actor::{Actor, StaffMember};
use domain::ids::VisitId;
use domain::queue::status::VisitState;
use domain::staff::SessionRules;
use operations::queue::calling;
use operations::queue::counters::{self, CounterState, IfTaken};
use operations::queue::serving;
use operations::queue::transfer::{Target, Transfer, transfer};
use operations::staff::{self, SignIn, SignedIn};
use operations::throttle::Limit;

use crate::house::{House, PASSWORD, each, refusal};

fn rules() -> SessionRules {
    SessionRules { lifetime: TimeDelta::hours(12), idle: TimeDelta::hours(1) }
}

impl House {
    async fn signs_in(&self, n: usize) -> SignedIn {
        let request = SignIn {
            login: format!("desk{n}"),
            password: PASSWORD.to_owned(),
            address: "192.0.2.1".to_owned(),
        };
        let limit = Limit { tries: 9, window: TimeDelta::minutes(15) };
        staff::sign_in(&self.app, &self.town, request, rules(), limit).await.unwrap()
    }

    async fn signs_out(&self, by: &StaffMember, session: &SignedIn) {
        staff::sign_out(&self.app, &self.town, by, &session.token, rules()).await.unwrap();
    }

    /// What happens at the counter where somebody sits, or sat.
    async fn at(&self, by: &StaffMember) -> CounterState {
        let all = counters::list(&self.app, &self.town).await.unwrap();
        all.into_iter().find(|view| Some(view.counter.id) == by.counter).unwrap().state
    }

    async fn stage(&self, id: VisitId) -> VisitState {
        store::queue::visit(&self.app.db, id).await.unwrap().unwrap().state
    }
}

#[tokio::test]
async fn the_counter_closes_with_the_last_session_and_not_before() {
    each(async |house: House| {
        let by = house.seated(0).await;
        let (one, other) = (house.signs_in(0).await, house.signs_in(0).await);
        house.signs_out(&by, &one).await;
        assert_eq!(house.at(&by).await, CounterState::Free);
        house.signs_out(&by, &other).await;
        assert_eq!(house.at(&by).await, CounterState::Closed);
        assert_eq!(house.signs_in(0).await.member.counter, None);
    })
    .await;
}

#[tokio::test]
async fn who_signs_out_by_mistake_finds_the_visitor_again() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (by, other) = (house.seated(0).await, house.seated(1).await);
        let counter = by.counter.unwrap();
        let visit = house.draw(None).await.unwrap().visit.id;
        let next = house.draw(None).await.unwrap().visit.id;
        calling::call(app, town, &by, visit, counter).await.unwrap();
        for (state, stage) in
            [(CounterState::Calling, VisitState::Called), (CounterState::Serving, VisitState::Serving)]
        {
            let session = house.signs_in(0).await;
            house.signs_out(&by, &session).await;
            assert_eq!((house.at(&by).await, house.stage(visit).await), (state, stage));
            // Nobody else is sent there meanwhile.
            let there = Transfer { to: Target::Counter(counter), confirmed: false, note: None };
            refusal(transfer(app, town, &other, next, there).await);
            let again = house.signs_in(0).await.member;
            assert_eq!(again.counter, Some(counter));
            assert_eq!(house.desk(&again).await.current.map(|card| card.visit.id), Some(visit));
            if stage == VisitState::Called {
                serving::start(app, town, &again, visit).await.unwrap();
            }
        }
        serving::finish(app, town, &by, visit, Vec::new()).await.unwrap();
        assert_eq!(house.at(&by).await, CounterState::Paused);
        counters::pause(app, town, &by, counter, false).await.unwrap();
        assert_eq!(calling::call_next(app, town, &by, counter).await.unwrap().id, next);
    })
    .await;
}

#[tokio::test]
async fn a_colleague_goes_on_with_the_visitor_of_somebody_who_signed_out() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let by = house.seated(0).await;
        let visit = house.draw(None).await.unwrap().visit.id;
        calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
        let session = house.signs_in(0).await;
        house.signs_out(&by, &session).await;
        counters::open(app, town, &house.staff(1).await, by.counter.unwrap(), IfTaken::TakeOver)
            .await
            .unwrap();
        serving::start(app, town, &house.staff(1).await, visit).await.unwrap();
        serving::finish(app, town, &house.staff(1).await, visit, Vec::new()).await.unwrap();
        assert_eq!(house.at(&by).await, CounterState::Free);
        assert_eq!(staff::leave_counters(app, town, rules()).await.unwrap(), 0, "somebody else sits there");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ends_by_itself_leaves_the_counter_too() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let (by, simulated) = (house.seated(0).await, house.seated(1).await);
        house.signs_in(0).await;
        app.clock.advance(TimeDelta::minutes(59));
        assert_eq!(staff::leave_counters(app, town, rules()).await.unwrap(), 0);
        app.clock.advance(TimeDelta::minutes(1));
        let visit = house.draw(None).await.unwrap().visit.id;
        calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
        assert_eq!(staff::leave_counters(app, town, rules()).await.unwrap(), 1);
        assert_eq!(staff::leave_counters(app, town, rules()).await.unwrap(), 0, "it takes its break already");
        assert_eq!(house.at(&by).await, CounterState::Calling);
        serving::leave(app, town, Actor::TicketHolder(visit), visit).await.unwrap();
        assert_eq!(staff::leave_counters(app, town, rules()).await.unwrap(), 1);
        assert_eq!(house.at(&by).await, CounterState::Closed);
        assert_eq!(house.at(&simulated).await, CounterState::Free, "never signed in, so never gone");
    })
    .await;
}

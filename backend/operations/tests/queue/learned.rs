//! What an office learns from its past, and how good it was at telling waits.

use chrono::TimeDelta;
use domain::local_time::local_day;
use domain::queue::habits::Habits;
use operations::queue::situation::{Facts, facts};
use operations::queue::{calling, learning, predictions, serving, tickets};

use crate::house::{House, each};

async fn facts_now(house: &House) -> Facts {
    facts(&house.app.db, &house.town, house.office, house.app.clock.now()).await.unwrap()
}

/// Ten visits without appointment that take half an hour each, although a quarter is planned.
async fn a_slow_day(house: &House) {
    let (app, town) = (&house.app, &house.town);
    let staff = house.seated(0).await;
    for _ in 0..10 {
        house.draw(None).await.unwrap();
    }
    for _ in 0..10 {
        let called = calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        let visit = serving::start(app, town, &staff, called.id).await.unwrap();
        app.clock.advance(TimeDelta::minutes(30));
        serving::finish(app, town, &staff, visit.id, Vec::new()).await.unwrap();
        app.clock.advance(TimeDelta::seconds(100));
    }
}

#[tokio::test]
async fn an_office_expects_what_it_has_seen_and_leans_on_the_plan_while_it_has_seen_little() {
    each(async |house: House| {
        let begun = house.app.clock.now();
        let drawn = house.draw(None).await.unwrap();
        assert_eq!(facts_now(&house).await.habits, Habits::ASSUMED);
        assert!(!facts_now(&house).await.usual.contains_key(&drawn.visit.id.0), "nothing is learned yet");
        let staff = house.staff(0).await;
        serving::leave_by_staff(&house.app, &house.town, &staff, drawn.visit.id).await.unwrap();

        a_slow_day(&house).await;
        let elapsed = house.app.clock.now() - begun;
        house.app.clock.advance(TimeDelta::hours(24) - elapsed);
        // Twice is as good as once.
        for _ in 0..2 {
            assert_eq!(learning::learn_all(&house.app).await.unwrap(), 2);
        }
        let walk_in = house.draw(None).await.unwrap().visit;
        let booked = house.book(60).await;
        let facts = facts_now(&house).await;
        // Twenty visits of the plan's twelve minutes against ten of thirty, for the office and again for the service.
        let learned = facts.usual[&walk_in.id.0].num_minutes();
        assert!((21..=23).contains(&learned), "{learned}");
        let untouched = facts.usual[&booked.id.0].num_minutes();
        assert_eq!(untouched, 12, "nobody with an appointment has come yet");
        assert_eq!(facts.situation().waiting[0].usual, facts.usual[&walk_in.id.0]);
        // A hundred seconds between two visits, sixty assumed.
        let changeover = facts.habits.changeover.num_seconds();
        assert!((70..=76).contains(&changeover), "{changeover}");
    })
    .await;
}

#[tokio::test]
async fn what_was_told_is_compared_with_the_first_call_even_if_that_was_taken_back() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let untold = house.draw(None).await.unwrap().visit;
        app.clock.advance(TimeDelta::seconds(1));
        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let told = house.draw(None).await.unwrap().visit;
        app.clock.advance(TimeDelta::minutes(6));
        let first = calling::call_next(app, town, &staff, counter).await.unwrap();
        assert_eq!(first.id, untold.id);
        serving::finish(app, town, &staff, first.id, Vec::new()).await.unwrap();
        calling::call_next(app, town, &staff, counter).await.unwrap();
        calling::put_back(app, town, &staff, told.id).await.unwrap();
        app.clock.advance(TimeDelta::minutes(9));
        calling::call_next(app, town, &staff, counter).await.unwrap();

        let today = local_day(town.zone, app.clock.now());
        let outcomes = predictions::outcomes(app, town, (today, today), Some(house.office)).await.unwrap();
        assert_eq!(outcomes.len(), 1, "while no counter was open, nothing was told");
        assert_eq!((outcomes[0].has_appointment, outcomes[0].waited), (false, TimeDelta::minutes(6)));
        // One visitor of a quarter of an hour was ahead, and a counter was free.
        assert!(outcomes[0].predicted.median > TimeDelta::minutes(5), "{:?}", outcomes[0].predicted);
        let yesterday = today - TimeDelta::days(1);
        assert!(predictions::outcomes(app, town, (yesterday, yesterday), None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_announced_wait_rises_slowly_and_falls_at_once() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let _one = house.seated(0).await;
        let (second, _third) = (house.seated(1).await, house.seated(2).await);
        for _ in 0..12 {
            house.draw(None).await.unwrap();
        }
        // Of those who came at the same instant anybody may be the first.
        app.clock.advance(TimeDelta::seconds(1));
        let me = house.draw(None).await.unwrap().visit;
        let said = async || tickets::view_of(app, town, me.clone()).await.unwrap().wait.unwrap().to_minutes;
        let before = said().await;
        // One of three counters closes: the truth is half as long again.
        operations::queue::counters::close(app, town, &second, second.counter.unwrap()).await.unwrap();
        assert_eq!(said().await, before, "not in the same minute");
        app.clock.advance(TimeDelta::minutes(1));
        let after_one = said().await;
        assert!(after_one <= before + 5, "{before} {after_one}");
        app.clock.advance(TimeDelta::minutes(40));
        let after_all = said().await;
        assert!(after_all > before + 5, "{before} {after_all}");
    })
    .await;
}

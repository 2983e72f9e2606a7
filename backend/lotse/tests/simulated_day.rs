//! A simulated morning of the demo town on SQLite: people book, come and are served by the rules of the house.

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use domain::ids::OfficeId;
use domain::queue::status::VisitState;
use lotse::{demo_town, simulation};
use operations::queue::situation::facts;
use operations::testing;

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day")
}

#[tokio::test]
async fn a_morning_in_the_demo_town_goes_by_the_rules() {
    let app = testing::app_sqlite().await;
    app.clock.set(Utc.with_ymd_and_hms(2026, 11, 23, 6, 0, 0).single().expect("a time that exists once"));
    let (town, memory) = demo_town::prepare(&app).await.expect("the town is made");
    let until = demo_town::at(&town, monday(), 10, 0);
    let mut day = simulation::morning(&app, &town, &memory, until, async || Ok(()), |_| ())
        .await
        .expect("the morning passes");

    let office: OfficeId = operations::town::offices(&app, &town).await.expect("offices")[0].id;
    let seen = facts(&app.db, &town, office, app.clock.now()).await.expect("facts");
    assert!(seen.bookings.len() > 40, "{} appointments today", seen.bookings.len());
    let here = seen.visits.len();
    assert!(here > 0, "somebody is here");
    let served = seen.visits.iter().filter(|visit| visit.state == VisitState::Serving).count();
    assert!(served > 0, "somebody is served");
    for counter in &seen.counters {
        let at = |state| {
            seen.visits
                .iter()
                .filter(|visit| visit.counter == Some(counter.id) && visit.state == state)
                .count()
        };
        assert!(at(VisitState::Called) + at(VisitState::Serving) <= 1, "one visitor at {}", counter.name);
    }
    let free = seen.counters.iter().find(|counter| counter.number == "3").expect("there is a counter 3");
    assert_eq!(free.staff, None, "one counter is left to the person who tries the demo");

    // It goes on after a restart: a new simulation with the same people, on the same data.
    day.catch_up(until + TimeDelta::minutes(5), async || Ok(())).await.expect("it goes on");
    let (again, memory) = demo_town::prepare(&app).await.expect("the town is found");
    assert_eq!(again.id, town.id);
    let mut later = simulation::Simulation::new(&app, &town, &memory).await.expect("the people are found");
    later.catch_up(until + TimeDelta::minutes(20), async || Ok(())).await.expect("it goes on");
}

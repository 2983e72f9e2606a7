//! The mornings after the clocks were changed, and the hour that comes twice: who is on time, who is first, whose day it is.

use chrono::{DateTime, TimeDelta, Utc};
use domain::queue::check_in::Punctuality;
use domain::queue::status::VisitState;
use operations::queue::{calling, serving};

use super::house::{House, each};

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

/// An appointment made on the Friday before for eight o'clock on Monday, and the visitor who comes ten minutes before.
async fn monday_at_eight(house: &House, friday: &str, monday: &str) {
    house.app.clock.set(at(friday));
    let booked = house.book((at(monday) - at(friday)).num_minutes()).await;
    assert_eq!(booked.starts_at, at(monday), "eight o'clock on the clock of the house");
    house.app.clock.set(at(monday) - TimeDelta::minutes(10));
    let here = house.check_in(&booked, "tap-00000001").await.unwrap();
    assert_eq!(here.punctuality, Punctuality::Early { minutes: 10 });
    assert_eq!((here.visit.due_at, here.visit.day), (at(monday), booked.day));
    let walk_in = house.draw(None).await.unwrap();
    assert!(walk_in.visit.due_at > here.visit.due_at, "whoever has an appointment comes first");
    let by = house.seated(0).await;
    let called = calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
    assert_eq!(called.id, here.visit.id);
    let shown = house.display().await;
    assert_eq!(shown.calls.len(), 1);
    assert!(shown.calls[0].1, "it was called just now");
}

#[tokio::test]
async fn on_the_monday_after_the_clocks_went_back_eight_is_eight() {
    each(async |house: House| monday_at_eight(&house, "2026-10-23T07:30:00Z", "2026-10-26T07:00:00Z").await)
        .await;
}

// Not in 2027: there it is Easter Monday.
#[tokio::test]
async fn on_the_monday_after_the_clocks_went_forward_eight_is_eight() {
    each(async |house: House| monday_at_eight(&house, "2028-03-24T08:30:00Z", "2028-03-27T06:00:00Z").await)
        .await;
}

#[tokio::test]
async fn in_the_hour_that_comes_twice_nobody_overtakes_and_the_day_goes_on() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        house.never_closes().await;
        // Half past two, for the first time.
        app.clock.set(at("2026-10-25T00:30:00Z"));
        let first = house.draw(None).await.unwrap().visit;
        // Half past two, for the second time.
        app.clock.advance(TimeDelta::hours(1));
        let second = house.draw(None).await.unwrap().visit;
        assert_eq!((first.ticket.to_string(), second.ticket.to_string()), ("B 001".into(), "B 002".into()));
        assert_eq!((first.day, second.due_at - first.due_at), (second.day, TimeDelta::hours(1)));
        serving::end_days(app, town).await.unwrap();

        let by = house.seated(0).await;
        let desk = house.desk(&by).await;
        let waited: Vec<u32> = desk.here.iter().map(|card| card.waited_min).collect();
        assert_eq!(waited, [60, 0], "an hour is an hour, whatever the clock on the wall says");
        let called = calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
        assert_eq!((called.id, called.state), (first.id, VisitState::Called));
    })
    .await;
}

//! What everybody watches is read once, and says of each what reading it alone says.

use chrono::TimeDelta;
use domain::devices::DeviceKind;
use domain::ids::{OfficeId, VisitId, ZoneId};
use domain::language::Text;
use domain::queue::notice::Notice;
use domain::queue::status::VisitState;
use operations::devices::{self, NewDevice};
use operations::planning::{self, PlanningProblem};
use operations::queue::calling::{self, TwoCalls};
use operations::queue::now::OfficeNow;
use operations::queue::transfer::{Target, Transfer, transfer};
use operations::queue::{desk, serving, tickets};

use super::house::{House, each, refusal};

impl House {
    async fn office_now(&self, office: OfficeId) -> OfficeNow {
        OfficeNow::read(&self.app, self.town.id, office).await.unwrap().unwrap()
    }

    /// The ticket is the same, whether it is read alone or out of what everybody sees.
    async fn says_the_same(&self, now: &OfficeNow, lasting: VisitId) -> VisitState {
        let alone = tickets::view(&self.app, &self.town, lasting).await.unwrap().unwrap();
        let shared = now.ticket(lasting).unwrap();
        assert_eq!(format!("{shared:#?}"), format!("{alone:#?}"));
        alone.visit.state
    }
}

#[tokio::test]
async fn every_ticket_of_the_house_stands_in_what_everybody_sees() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let mut drawn = Vec::new();
        for _ in 0..8 {
            drawn.push(house.draw(None).await.unwrap().visit.id);
        }
        let mut called = Vec::new();
        for n in 0..5 {
            let by = house.seated(n).await;
            let visit = calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
            called.push((by, visit.id));
        }
        let [_, (serves, served), (misses, missed), (parks, parked), (ends, ended)] = &called[..] else {
            unreachable!("five are called")
        };
        serving::start(app, town, serves, *served).await.unwrap();
        calling::mark_missed(app, town, misses, *missed, TwoCalls::Overruled).await.unwrap();
        serving::start(app, town, parks, *parked).await.unwrap();
        serving::park(app, town, parks, *parked, None).await.unwrap();
        serving::finish(app, town, ends, *ended, Vec::new()).await.unwrap();

        let now = house.office_now(house.office).await;
        let mut states = Vec::new();
        for visit in drawn.iter().filter(|visit| *visit != ended) {
            states.push(house.says_the_same(&now, *visit).await);
        }
        states.sort_unstable();
        states.dedup();
        use VisitState::{Called, Missed, Parked, Serving, Waiting};
        assert_eq!(states, [Waiting, Called, Serving, Parked, Missed]);
        assert!(now.ticket(*ended).is_none(), "whoever is done is not in the house any more");

        let desk_now = desk::view_of(app, &now, serves).await.unwrap();
        assert_eq!(format!("{desk_now:?}"), format!("{:?}", house.desk(serves).await));
    })
    .await;
}

#[tokio::test]
async fn whoever_is_sent_on_is_found_where_they_are_now() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let sent = house.draw(None).await.unwrap().visit.id;
        let by = house.seated(0).await;
        calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
        let all = operations::queue::counters::list(app, town).await.unwrap();
        let branch = all.into_iter().map(|one| one.counter).find(|one| one.office != house.office).unwrap();
        let request = Transfer { to: Target::Pool(branch.pool), confirmed: true, note: None };
        transfer(app, town, &by, sent, request).await.unwrap();

        assert!(house.office_now(house.office).await.ticket(sent).is_none());
        let there = house.office_now(branch.office).await;
        assert_eq!(house.says_the_same(&there, sent).await, VisitState::Waiting);
        assert_eq!(there.ticket(sent).unwrap().was.unwrap().to_string(), "B 001");
    })
    .await;
}

#[tokio::test]
async fn a_display_shows_its_waiting_zones_until_it_is_revoked_and_the_last_twelve_calls() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let by = house.seated(0).await;
        for _ in 0..14 {
            house.draw(None).await.unwrap();
            let visit = calling::call_next(app, town, &by, by.counter.unwrap()).await.unwrap();
            serving::finish(app, town, &by, visit.id, Vec::new()).await.unwrap();
            app.clock.advance(TimeDelta::seconds(30));
        }
        let office = operations::town::offices(app, town).await.unwrap().remove(0);
        let zones: Vec<ZoneId> = office.zones.iter().map(|zone| zone.id).collect();
        let new = NewDevice {
            kind: DeviceKind::Display,
            name: "Anzeige".to_owned(),
            office: house.office,
            zones: zones.clone(),
        };
        let display = devices::create(app, town, (&by).into(), new).await.unwrap().device.record.id;

        let now = house.office_now(house.office).await;
        assert_eq!(now.zones_of(display), Some(&zones[..]));
        let shown = now.display(&zones);
        let numbers: Vec<String> = shown.recent.iter().map(|call| call.ticket.to_string()).collect();
        let last: Vec<String> = (3..=14).rev().map(|n| format!("B {n:03}")).collect();
        assert_eq!(numbers, last);
        assert!(now.display(&[ZoneId(app.uuid())]).recent.is_empty(), "other zones have other calls");

        devices::revoke(app, town, &house.admin().await, display).await.unwrap();
        assert_eq!(house.office_now(house.office).await.zones_of(display), None);
    })
    .await;
}

#[tokio::test]
async fn a_notice_stands_on_the_displays_of_its_office_on_its_days() {
    each(async |house: House| {
        let (app, town, admin) = (&house.app, &house.town, house.admin().await);
        let today = domain::local_time::local_day(town.zone, app.clock.now());
        let text = Text::new("Die Kasse schließt um 15 Uhr.", "The cash desk closes at 3 p.m.");
        let notice = Notice { text: text.clone(), from_day: today, until_day: today };
        planning::set_notice(app, town, &admin, house.office, Some(&notice)).await.unwrap();
        assert_eq!(house.display().await.notice, Some(text));
        let elsewhere = house.office_now(house.branch.office).await;
        assert_eq!(elsewhere.display(&[]).notice, None);
        let all = planning::notices(app, town, &admin).await.unwrap();
        assert_eq!(all.iter().map(|one| one.stands).collect::<Vec<_>>(), [true, false]);

        app.clock.advance(TimeDelta::days(1));
        assert_eq!(house.display().await.notice, None, "its day is over");
        let refused = refusal(planning::set_notice(app, town, &admin, house.office, Some(&notice)).await);
        assert_eq!(refused, PlanningProblem::Over);
        planning::set_notice(app, town, &admin, house.office, None).await.unwrap();
        assert!(planning::notices(app, town, &admin).await.unwrap().iter().all(|one| one.notice.is_none()));
    })
    .await;
}

//! Statistics against a day that was counted by hand, on every database at hand.

use chrono::{NaiveDate, TimeDelta};
use domain::actor::Actor;
use domain::catalog::OnlinePossible;
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::local_time::local_day;
use domain::statistics::facts::{DayFacts, Entry, OpenSpan, VisitFact, VisitOutcome};
use domain::statistics::figures::OfficeDay;
use domain::statistics::period::PeriodRefused;
use domain::statistics::quantile::Spread;
use domain::statistics::staffing::Change;
use operations::appointments::cancel_by_staff;
use operations::queue::arrival::mark_no_show;
use operations::queue::{calling, counters, serving};
use operations::statistics::{
    self, Asked, StatisticsProblem, StatisticsView, Verdict, WindowAsked, keep_past_days,
};
use uuid::Uuid;

use super::house::{House, each, refusal};

fn spread(count: u32, median: u32, p90: u32) -> Spread {
    Spread { count, median: Some(median), p90: Some(p90) }
}

impl House {
    fn today(&self) -> NaiveDate {
        local_day(self.town.zone, self.app.clock.now())
    }

    async fn figures(&self, asked: Asked) -> StatisticsView {
        statistics::figures(&self.app, &self.town, &self.admin().await, &asked).await.unwrap()
    }

    fn of_day(&self, day: NaiveDate) -> Asked {
        Asked { from: day, to: day, office: Some(self.office), service: None }
    }

    fn minutes(&self, minutes: i64) {
        self.app.clock.advance(TimeDelta::minutes(minutes));
    }
}

/// Half past nine to eleven at one counter: a walk-in who waits six minutes and is served ten; an appointment at ten that
/// comes ten minutes early, is called five minutes early and served twenty; one nobody comes to; one the office cancels;
/// a walk-in who leaves.
async fn a_day(house: &House) {
    let clerk = house.seated(0).await;
    let (app, town) = (&house.app, &house.town);
    let early = house.book(30).await;
    let missing = house.book(60).await;
    let cancelled = house.book(90).await;
    let first = house.draw(None).await.unwrap().visit.id;
    house.minutes(6);
    assert_eq!(calling::call_next(app, town, &clerk, clerk.counter.unwrap()).await.unwrap().id, first);
    house.minutes(1);
    serving::start(app, town, &clerk, first).await.unwrap();
    house.minutes(10);
    serving::finish(app, town, &clerk, first, vec![]).await.unwrap();
    house.minutes(3);
    let second = house.check_in(&early, "tap-statistics").await.unwrap().visit.id;
    house.minutes(5);
    assert_eq!(calling::call_next(app, town, &clerk, clerk.counter.unwrap()).await.unwrap().id, second);
    serving::start(app, town, &clerk, second).await.unwrap();
    house.minutes(20);
    serving::finish(app, town, &clerk, second, vec![]).await.unwrap();
    cancel_by_staff(app, town, &clerk, cancelled.id, None).await.unwrap();
    house.minutes(25);
    mark_no_show(app, town, &clerk, missing.id).await.unwrap();
    let third = house.draw(None).await.unwrap().visit.id;
    house.minutes(10);
    serving::leave(app, town, Actor::System, third).await.unwrap();
    house.minutes(10);
    counters::close(app, town, &clerk, clerk.counter.unwrap()).await.unwrap();
}

fn as_counted_by_hand(view: &StatisticsView) {
    let total = &view.now.total;
    assert_eq!((total.visits, total.walk_ins, total.served, total.left, total.missed), (3, 2, 2, 1, 0));
    assert_eq!(total.from_terminal, 2);
    assert_eq!(total.wait_walk_in, spread(1, 6 * 60, 6 * 60));
    assert_eq!(total.wait_appointment, spread(1, 0, 0), "who is called early has not waited");
    assert_eq!((total.appointments_called, total.came_early, total.called_early), (1, 1, 1));
    assert_eq!(total.service_time, spread(2, 10 * 60, 20 * 60));
    assert_eq!((total.due, total.no_shows, total.cancelled_by_office, total.moved), (2, 1, 1, 0));
    assert_eq!((total.booked_web, total.booked_desk, total.booked_sms), (0, 3, 0));
    assert_eq!((total.served_min, total.open_min), (30, Some(90)));
    // Six counters from 8 to 16.
    assert_eq!(total.planned_min, Some(6 * 8 * 60));
    assert_eq!(view.now.by_hour[&9].visits, 2);
    assert_eq!(view.now.by_hour[&10].left, 1);
    assert_eq!(view.now.by_hour[&9].open_min, Some(30));
    assert_eq!(view.now.by_weekday.keys().copied().collect::<Vec<_>>(), [0], "it was a Monday");
    assert_eq!(view.now.by_service.len(), 1);
    assert_eq!(view.then.total.visits, 0);
}

#[tokio::test]
async fn a_day_counted_by_hand_stays_the_same_when_it_is_kept_and_old_data_are_gone() {
    each(async |house: House| {
        let day = house.today();
        a_day(&house).await;
        let live = house.figures(house.of_day(day)).await;
        as_counted_by_hand(&live);
        assert_eq!(keep_past_days(&house.app).await.unwrap(), 0, "the day goes on");

        house.app.clock.advance(TimeDelta::hours(20));
        assert_eq!(keep_past_days(&house.app).await.unwrap(), 1);
        assert_eq!(keep_past_days(&house.app).await.unwrap(), 0, "once is enough");
        let kept = house.figures(house.of_day(day)).await;
        assert_eq!(kept.now, live.now);

        house.app.clock.advance(TimeDelta::days(300));
        operations::messaging::upkeep::erase_old(&house.app).await.unwrap();
        let later = house.figures(house.of_day(day)).await;
        assert_eq!(later.now, live.now);
        // The next weeks are kept in one go, also those on which nothing happened.
        assert!(keep_past_days(&house.app).await.unwrap() > 290);
        let town = Asked { office: None, to: day + TimeDelta::days(300), ..house.of_day(day) };
        let all = house.figures(town).await;
        assert_eq!((all.now.total.visits, all.now.by_office.len()), (3, 2));
    })
    .await;
}

#[tokio::test]
async fn a_service_is_counted_for_itself_and_an_online_way_is_no_more_than_possible() {
    each(async |house: House| {
        let day = house.today();
        a_day(&house).await;
        let view = house.figures(house.of_day(day)).await;
        let service = *view.now.by_service.keys().next().unwrap();
        let only = house.figures(Asked { service: Some(service), ..house.of_day(day) }).await;
        assert_eq!(only.now.total.visits, 3);
        assert_eq!((only.now.total.planned_min, only.now.total.open_min), (None, None));
        let other = view.services.iter().map(|(id, _)| *id).find(|id| *id != service).unwrap();
        let none = house.figures(Asked { service: Some(other), ..house.of_day(day) }).await;
        assert_eq!((none.now.total.visits, none.now.total.due), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn who_goes_online_instead_is_counted_once_an_hour_for_a_network() {
    each(async |house: House| {
        let (app, town, day) = (&house.app, &house.town, house.today());
        let all = store::catalog::all_services(&app.db, town.id).await.unwrap();
        let (online, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|it| it.detail.clone().on(day).online.possible != OnlinePossible::No);
        let slugs = [&online[0].slug, &others[0].slug, "gibt-es-nicht"];
        for (slug, network) in
            [(0, "192.0.2.1"), (0, "192.0.2.1"), (0, "192.0.2.2"), (1, "192.0.2.1"), (2, "")]
        {
            statistics::note_online(app, town, slugs[slug], network).await.unwrap();
        }
        house.minutes(61);
        statistics::note_online(app, town, slugs[0], "192.0.2.1").await.unwrap();
        let (now, before) =
            house.figures(Asked { office: None, ..house.of_day(day) }).await.went_online.unwrap();
        assert_eq!((now.total(), now.of(online[0].id), before.total()), (3, 3, 0));
        let other = Asked { office: None, service: Some(others[0].id), ..house.of_day(day) };
        assert_eq!(house.figures(other).await.went_online.unwrap().0.total(), 0);
        assert_eq!(
            house.figures(house.of_day(day)).await.went_online,
            None,
            "nobody goes online at an office"
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_persons_periods_and_places_are_refused() {
    each(async |house: House| {
        let day = house.today();
        let (app, town) = (&house.app, &house.town);
        let desk = house.staff(0).await;
        let asked = house.of_day(day);
        let not_allowed = StatisticsProblem::NotAllowed;
        assert_eq!(refusal(statistics::figures(app, town, &desk, &asked).await), not_allowed);
        assert_eq!(refusal(statistics::calibrations(app, town, &desk).await), not_allowed);
        assert_eq!(refusal(statistics::staffing(app, town, &desk, None).await), not_allowed);

        let by = house.admin().await;
        let refused = async |asked: Asked| refusal(statistics::figures(app, town, &by, &asked).await);
        let period = StatisticsProblem::Period;
        let reversed = Asked { to: day - TimeDelta::days(1), ..asked };
        assert_eq!(refused(reversed).await, period(PeriodRefused::EndsBeforeItBegins));
        let endless = Asked { from: day - TimeDelta::days(3652), ..asked };
        assert_eq!(refused(endless).await, period(PeriodRefused::TooLong));
        let future = Asked { from: day + TimeDelta::days(1), to: day + TimeDelta::days(2), ..asked };
        assert_eq!(refused(future).await, period(PeriodRefused::Future));
        let nowhere = Asked { office: Some(OfficeId(Uuid::from_u128(1))), ..asked };
        assert_eq!(refused(nowhere).await, StatisticsProblem::UnknownOffice);
        let nothing = Asked { service: Some(ServiceId(Uuid::from_u128(1))), ..asked };
        assert_eq!(refused(nothing).await, StatisticsProblem::UnknownService);

        let unknown = PoolId(Uuid::from_u128(1));
        let refused = statistics::staffing(app, town, &by, Some(unknown)).await;
        assert_eq!(refusal(refused), StatisticsProblem::UnknownPool);
        let pool = statistics::staffing(app, town, &by, None).await.unwrap().pool;
        let window = WindowAsked { weekday: 0, from_min: 720, until_min: 600, change: Change::OneMore };
        let refused = statistics::try_window(app, town, &by, pool, window).await;
        assert_eq!(refusal(refused), StatisticsProblem::BadWindow);
    })
    .await;
}

/// Keeps a past day on which this service was measured sixty times, seven to thirteen minutes each.
async fn measured(house: &House, service: ServiceId, pool: PoolId) {
    let visits = (0..60).map(|n| VisitFact {
        pool: 0,
        service: 0,
        pieces: 1,
        arrived: 30_000 + n * 300,
        appointment: None,
        wait: Some(120),
        served: Some(420 + n * 6),
        outcome: VisitOutcome::Done,
        entry: Entry::Terminal,
    });
    let facts = DayFacts {
        pools: vec![pool],
        services: vec![service],
        visits: visits.collect(),
        open: vec![OpenSpan { pool: 0, from: 28_800, until: 57_600 }],
        ..DayFacts::default()
    };
    let day = house.today() - TimeDelta::days(7);
    let tx = house.app.db.write().await.unwrap();
    let one = OfficeDay { office: house.office, day, facts };
    store::statistics::keep(&tx, house.town.id, &one, house.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_measured_duration_is_taken_over_for_new_bookings_and_taken_back() {
    each(async |house: House| {
        let (app, town, by) = (&house.app, &house.town, house.admin().await);
        let services = store::catalog::services_of_slugs(&app.db, town.id, &[&house.service]).await.unwrap();
        let service = services[0].id;
        let pool = statistics::staffing(app, town, &by, None).await.unwrap().pool;
        measured(&house, service, pool).await;
        let before = house.book(60).await;

        let view = statistics::calibrations(app, town, &by).await.unwrap();
        let [one] = &view.all[..] else { panic!("{view:?}") };
        let proposal = one.proposal.as_ref().unwrap();
        // 39 of 60 took at most 648 seconds: eleven minutes, so ten.
        assert_eq!((one.measured.as_ref().unwrap().target, proposal.proposed_min), (648, Some(10)));
        let planned = one.planned_min;
        assert_ne!(planned, 10);
        let verdict = |accept, seen_min, to_min, reason: Option<&str>| Verdict {
            service,
            pool,
            accept,
            seen_min,
            to_min,
            reason: reason.map(str::to_owned),
        };
        let decided = async |verdict: Verdict| statistics::decide(app, town, &by, &verdict).await;
        let problem = refusal(decided(verdict(false, planned, 10, Some(" "))).await);
        assert_eq!(problem, StatisticsProblem::NoReason);
        let problem = refusal(decided(verdict(true, planned, 45, None)).await);
        assert_eq!(problem, StatisticsProblem::NotProposed);
        let problem = refusal(decided(verdict(true, planned + 1, 10, None)).await);
        assert_eq!(problem, StatisticsProblem::ChangedMeanwhile);
        let nowhere = Verdict { pool: PoolId(Uuid::from_u128(1)), ..verdict(true, planned, 10, None) };
        assert_eq!(refusal(decided(nowhere).await), StatisticsProblem::UnknownOffer);
        let desk = house.staff(0).await;
        let refused = statistics::decide(app, town, &desk, &verdict(true, planned, 10, None)).await;
        assert_eq!(refusal(refused), StatisticsProblem::NotAllowed);

        let turned_down = decided(verdict(false, planned, 10, Some("zu knapp"))).await.unwrap();
        assert_eq!(turned_down.all[0].planned_min, planned);
        app.clock.advance(TimeDelta::minutes(1));
        let taken = decided(verdict(true, planned, 10, None)).await.unwrap();
        assert_eq!(taken.all[0].planned_min, 10);
        let length = async |id| {
            let booking = store::appointments::booking(&app.db, town.id, id).await.unwrap().unwrap();
            (booking.ends_at - booking.starts_at).num_minutes()
        };
        assert_eq!(length(before.id).await, i64::from(planned), "what stands keeps its length");
        let after = house.book(119).await;
        assert_eq!(length(after.id).await, 10);

        // A day later the former version comes back.
        app.clock.advance(TimeDelta::days(1));
        let back = decided(verdict(true, 10, planned, None)).await.unwrap();
        assert_eq!(back.all[0].planned_min, planned);
        let history: Vec<_> =
            back.all[0].decisions.iter().map(|one| (one.accepted, one.from_min, one.to_min)).collect();
        assert_eq!(history, [(true, 10, planned), (true, planned, 10), (false, planned, 10)]);
        assert_eq!(back.all[0].decisions[2].reason.as_deref(), Some("zu knapp"));
        assert!(!back.all[0].decisions[0].by.is_empty());
    })
    .await;
}

//! Planning: closing, other hours, whom they displace, moving everybody, and taking that back.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate, NaiveTime, Timelike};
use domain::actor::StaffMember;
use domain::appointments::status::BookingState;
use domain::ids::BookingId;
use domain::language::Language;
use domain::local_time::{LocalMinute, local_of};
use domain::messaging::Notification;
use domain::schedule::opening_hours::{ClosureScope, MonthWeeks, OpeningRule, Weekdays};
use domain::staff::Role;
use domain::town::{BookingTerms, TermRefused};
use operations::appointments::{
    BookRequest, BookedAppointment, Decision, Fate, MoveRequest, ReplanProblem, book, replan, undo_replan,
};
use operations::messaging::delivery;
use operations::planning::{self, Assumed, ClosureRequest, Conflict, PlanningProblem};
use operations::schedule::FreeSlot;

use crate::house::{House, PHONE, each, form, refusal, request};

impl House {
    fn planner(&self) -> StaffMember {
        StaffMember { role: Role::Admin, ..self.staff() }
    }

    async fn conflicts(&self) -> Vec<Conflict> {
        planning::conflicts(&self.app, &self.town, self.office().await).await.unwrap()
    }

    async fn book_some(&self, count: usize, ahead: u64) -> Vec<BookedAppointment> {
        let mut booked = Vec::new();
        for number in 0..count {
            let slot = self.slots("pass", ahead).await.remove(0);
            booked.push(self.book("pass", &slot, &format!("0171 39200{number:02}")).await);
        }
        booked
    }

    async fn state(&self, id: BookingId) -> BookingState {
        store::appointments::booking(&self.app.db, self.town.id, id).await.unwrap().unwrap().state
    }

    /// How many messages a worker would really send now, of those that tell of a move or of a cancellation.
    async fn news(&self) -> (usize, usize) {
        let tx = self.app.db.write().await.unwrap();
        let due =
            store::messaging::relay::lock_due(&tx, self.app.clock.now(), (None, &[]), 1000).await.unwrap();
        drop(tx);
        let (mut moved, mut cancelled) = (0, 0);
        for due in due {
            let claimed = delivery::claim(&self.app, due.id, "fake", Duration::minutes(1)).await.unwrap();
            if claimed.is_none() {
                continue;
            }
            let content = store::messaging::content(&self.app.db, due.id).await.unwrap().unwrap();
            match content.notification {
                Notification::BookingMoved { .. } => moved += 1,
                Notification::BookingCancelledByOffice { .. } => cancelled += 1,
                _ => {}
            }
        }
        (moved, cancelled)
    }
}

fn closed_on(day: NaiveDate) -> ClosureRequest {
    let from = day.and_time(NaiveTime::MIN);
    let until = from + Duration::days(1);
    ClosureRequest {
        scope: ClosureScope::Town,
        from,
        until,
        daily: false,
        at_most: 0,
        reason: "Betriebsausflug".into(),
    }
}

fn as_proposed(conflicts: &[Conflict]) -> Vec<Decision> {
    conflicts
        .iter()
        .map(|conflict| Decision {
            booking: conflict.booking,
            fate: conflict.proposal.map_or(Fate::Cancel, |(pool, span)| {
                Fate::Move(MoveRequest { pool, starts_at: span.starts_at() })
            }),
        })
        .collect()
}

#[tokio::test]
async fn a_closed_day_moves_thirty_people_with_one_decision_and_back_again_before_they_are_told() {
    each(2, async |house| {
        let day = house.day(1);
        let booked = house.book_some(30, 1).await;
        let by = house.planner();
        let request = closed_on(day);
        let assumed = Assumed::Closed(request.clone());
        let preview = refusal(planning::preview(&house.app, &house.town, &by, &assumed).await).unwrap();
        assert_eq!(preview.len(), 30);
        assert!(house.conflicts().await.is_empty(), "a preview changes nothing");
        refusal(planning::close(&house.app, &house.town, &by, &request).await).unwrap();
        let conflicts = house.conflicts().await;
        assert_eq!(conflicts, preview, "what was shown is what comes");
        assert!(conflicts.iter().all(|one| one.reachable && one.name == "Erika Exempel"));
        let goes: Vec<_> = conflicts.iter().filter_map(|one| one.proposal).collect();
        assert_eq!(goes.len(), 30, "there is room for everybody on other days");
        for one in &booked {
            assert_eq!(house.state(one.page.id).await, BookingState::Booked, "closing touches nobody");
        }
        house.news().await;
        let done = refusal(replan(&house.app, &house.town, &by, &as_proposed(&conflicts)).await).unwrap();
        assert_eq!((done.moved, done.cancelled, done.stayed.len()), (30, 0, 0));
        assert!(house.conflicts().await.is_empty());
        assert_eq!(house.taken(day, domain::schedule::Audience::Public).await, 0);
        for ahead in 1..8 {
            house.nothing_is_oversold(house.day(ahead)).await;
        }
        assert_eq!(house.news().await, (0, 0), "nobody is told while it can be undone");

        house.later(4);
        let undone = refusal(undo_replan(&house.app, &house.town, &by, done.id).await).unwrap();
        assert_eq!((undone.restored, undone.stayed.len()), (30, 0));
        let again = house.conflicts().await;
        assert_eq!(times(&again), times(&conflicts), "everybody is where they were");
        assert_eq!(house.taken(day, domain::schedule::Audience::Public).await, 90);
        let twice = refusal(undo_replan(&house.app, &house.town, &by, done.id).await).unwrap();
        assert_eq!((twice.restored, house.conflicts().await.len()), (30, 30), "done twice it is done once");
        house.later(2);
        assert_eq!(house.news().await, (0, 0), "nobody hears of what was taken back");

        let done = refusal(replan(&house.app, &house.town, &by, &as_proposed(&again)).await).unwrap();
        assert_eq!(done.moved, 30);
        house.later(5);
        assert_eq!(house.news().await, (30, 0), "each is told once");
        let late = refusal(undo_replan(&house.app, &house.town, &by, done.id).await);
        assert_eq!(late.unwrap_err(), ReplanProblem::TooLate);
        for one in &booked {
            let link = house.citizen(one).await;
            assert_eq!(house.state(link.booking).await, BookingState::Booked, "the link still opens it");
        }
    })
    .await;
}

fn times(conflicts: &[Conflict]) -> Vec<(chrono::DateTime<chrono::Utc>, Option<String>)> {
    let mut times: Vec<_> =
        conflicts.iter().map(|one| (one.starts_at, one.check_in_code.map(|code| code.to_string()))).collect();
    times.sort();
    times
}

#[tokio::test]
async fn whose_number_is_not_proved_yet_is_left_alone() {
    each(2, async |house| {
        let slot = house.slots("pass", 1).await.remove(0);
        let hold = house.hold("pass", &slot).await.unwrap();
        let token = hold.token.unwrap();
        let request = BookRequest { hold: hold.id, particulars: form(PHONE), language: Language::De };
        let pending = refusal(book(&house.app, &house.town, &token, &request).await).unwrap();
        let by = house.planner();
        let cancel = [Decision { booking: pending.id, fate: Fate::Cancel }];
        let done = refusal(replan(&house.app, &house.town, &by, &cancel).await).unwrap();
        assert_eq!((done.cancelled, done.stayed), (0, vec![pending.id]));
        assert_eq!(house.state(pending.id).await, BookingState::Unverified);
    })
    .await;
}

#[tokio::test]
async fn who_has_nowhere_to_go_is_cancelled_told_once_and_stands_again_when_it_is_undone() {
    each(2, async |house| {
        let booked = house.book_some(2, 1).await;
        let by = house.planner();
        refusal(planning::close(&house.app, &house.town, &by, &closed_on(house.day(1))).await).unwrap();
        let cancel: Vec<Decision> =
            booked.iter().map(|one| Decision { booking: one.page.id, fate: Fate::Cancel }).collect();
        house.news().await;
        let done = refusal(replan(&house.app, &house.town, &by, &cancel).await).unwrap();
        assert_eq!((done.moved, done.cancelled), (0, 2));
        let undone = refusal(undo_replan(&house.app, &house.town, &by, done.id).await).unwrap();
        assert_eq!(undone.restored, 2);
        assert_eq!(house.state(booked[0].page.id).await, BookingState::Booked);
        house.later(6);
        assert_eq!(house.news().await, (0, 0));
        let done = refusal(replan(&house.app, &house.town, &by, &cancel).await).unwrap();
        assert_eq!(done.cancelled, 2);
        let again = refusal(replan(&house.app, &house.town, &by, &cancel).await).unwrap();
        assert_eq!((again.cancelled, again.stayed.len()), (0, 2), "cancelled already");
        let last = operations::appointments::last_replan(&house.app, &house.town).await.unwrap();
        assert_eq!(
            last.map(|last| last.id),
            Some(done.id),
            "where nobody was moved there is nothing to undo"
        );
        house.later(6);
        assert_eq!(house.news().await, (0, 2));
    })
    .await;
}

#[tokio::test]
async fn fewer_counters_displace_those_who_booked_last_and_a_slot_taken_meanwhile_leaves_one_behind() {
    each(2, async |house| {
        let slot = house.slots("pass", 1).await.remove(0);
        let first = house.book("pass", &slot, "0171 3920001").await;
        let second = house.book("pass", &slot, "0171 3920002").await;
        let by = house.planner();
        let seen = refusal(planning::opening_of_pool(&house.app, &house.town, &by, slot.pool).await).unwrap();
        let rules: Vec<OpeningRule> =
            seen.rules.iter().map(|rule| OpeningRule { capacity_public: 1, ..rule.clone() }).collect();
        let kept =
            refusal(planning::set_opening(&house.app, &house.town, &by, slot.pool, &rules, seen.rev).await)
                .unwrap();
        let stale =
            refusal(planning::set_opening(&house.app, &house.town, &by, slot.pool, &rules, seen.rev).await);
        assert_eq!((kept.rev, stale.unwrap_err()), (seen.rev + 1, PlanningProblem::ChangedMeanwhile));
        let conflicts = house.conflicts().await;
        let displaced: Vec<BookingId> = conflicts.iter().map(|one| one.booking).collect();
        assert_eq!(displaced, [second.page.id]);
        assert_eq!(house.state(first.page.id).await, BookingState::Booked);
        let (_, span) = conflicts[0].proposal.unwrap();
        let taken =
            house.slots("pass", 1).await.into_iter().find(|free| free.span.first == span.first).unwrap();
        house.book("pass", &taken, "0171 3920003").await;
        let done = refusal(replan(&house.app, &house.town, &by, &as_proposed(&conflicts)).await).unwrap();
        assert_eq!((done.moved, done.stayed), (0, vec![second.page.id]));
        assert_eq!(house.conflicts().await.len(), 1, "it is still on the list, with another proposal");
        let history = refusal(planning::history(&house.app, &house.town, &by).await).unwrap();
        assert_eq!(history.len(), 1);
        let (before, after) = (history[0].before.clone().unwrap(), history[0].after.clone().unwrap());
        assert!(before.contains("\"capacity_public\":2") && after.contains("\"capacity_public\":1"));
    })
    .await;
}

#[tokio::test]
async fn an_afternoon_of_one_pool_is_closed_and_opened_again() {
    each(2, async |house| {
        let booked = house.book_some(1, 1).await;
        let by = house.planner();
        let pool = house.slots("pass", 1).await[0].pool;
        let day = house.day(1);
        let closure = ClosureRequest {
            scope: ClosureScope::Pool(pool),
            from: day.and_hms_opt(10, 0, 0).unwrap(),
            until: day.and_hms_opt(24 - 1, 59, 0).unwrap(),
            daily: false,
            at_most: 0,
            reason: "Schulung".into(),
        };
        let closed = refusal(planning::close(&house.app, &house.town, &by, &closure).await).unwrap();
        assert!(house.conflicts().await.is_empty(), "the one at eight is not displaced");
        let ten = LocalMinute::new(600).unwrap();
        let late = |slots: Vec<FreeSlot>| {
            let at = domain::local_time::instant_at(house.town.zone, day, ten);
            slots.into_iter().filter(|slot| slot.span.starts_at() >= at).count()
        };
        assert_eq!(late(house.slots("pass", 1).await), 0);
        let week =
            refusal(planning::week(&house.app, &house.town, &by, house.office().await, Some(day)).await);
        let week = week.unwrap();
        assert_eq!((week.days.len(), week.closures.len(), week.pools.len()), (7, 1, 1));
        let tuesday = week.pools[0].days.iter().zip(&week.days).find(|(_, one)| one.date == day).unwrap().0;
        assert_eq!((tuesday.bookings, tuesday.open_min, tuesday.used_min), (1, 2 * 60 * 3, 15));
        refusal(planning::reopen(&house.app, &house.town, &by, closed.id).await).unwrap();
        assert!(late(house.slots("pass", 1).await) > 0);
        let gone = refusal(planning::reopen(&house.app, &house.town, &by, closed.id).await);
        assert_eq!(gone.unwrap_err(), PlanningProblem::UnknownClosure);
        assert_eq!(house.state(booked[0].page.id).await, BookingState::Booked);
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_only_planners_plan() {
    each(2, async |house| {
        let desk = house.staff();
        let by = house.planner();
        let day = house.day(1);
        let good = closed_on(day);
        let refused = |request: ClosureRequest| {
            let (app, town, by) = (&house.app, &house.town, &by);
            async move { refusal(planning::close(app, town, by, &request).await).unwrap_err() }
        };
        let backwards = ClosureRequest { until: good.from, ..good.clone() };
        assert_eq!(refused(backwards).await, PlanningProblem::EndsBeforeItBegins);
        let past = closed_on(day - chrono::Days::new(9));
        assert_eq!(refused(past).await, PlanningProblem::Over);
        let silent = ClosureRequest { reason: "  ".into(), ..good.clone() };
        assert_eq!(refused(silent).await, PlanningProblem::NoReason);
        let nowhere = ClosureScope::Pool(domain::ids::PoolId(uuid::Uuid::nil()));
        assert_eq!(
            refused(ClosureRequest { scope: nowhere, ..good.clone() }).await,
            PlanningProblem::UnknownPool
        );
        let not_allowed = refusal(planning::close(&house.app, &house.town, &desk, &good).await);
        assert_eq!(not_allowed.unwrap_err(), PlanningProblem::NotAllowed);
        let slot = house.slots("pass", 1).await.remove(0);
        let booked = house.book("pass", &slot, "0171 3920001").await;
        let later = request(&house.slots("pass", 2).await[0]);
        let decisions = [Decision { booking: booked.page.id, fate: Fate::Move(later) }];
        let not_allowed = refusal(replan(&house.app, &house.town, &desk, &decisions).await);
        assert_eq!(not_allowed.unwrap_err(), ReplanProblem::NotAllowed);
        let nothing = refusal(replan(&house.app, &house.town, &by, &[]).await);
        assert_eq!(nothing.unwrap_err(), ReplanProblem::Nothing);
        let rule = OpeningRule {
            weekdays: Weekdays::default(),
            every_n_weeks: 1,
            month_weeks: MonthWeeks::default(),
            opens: LocalMinute::START_OF_DAY,
            closes: LocalMinute::END_OF_DAY,
            capacity_public: 1,
            capacity_staff: 0,
            valid_from: day,
            valid_to: None,
        };
        let wrong = refusal(planning::set_opening(&house.app, &house.town, &by, slot.pool, &[rule], 0).await);
        assert!(matches!(wrong.unwrap_err(), PlanningProblem::Rule { index: 0, .. }));
    })
    .await;
}

#[tokio::test]
async fn another_server_sees_a_closed_day_at_once() {
    each(2, async |house| {
        let day = house.day(1);
        let mut other = house.app.app.clone();
        other.plans = operations::schedule::plan::Plans::default();
        let free = async |app: &operations::App| {
            let search = operations::schedule::SlotSearch {
                items: crate::house::items("pass"),
                office: None,
                from: Some(day),
                days: 1,
            };
            let found = refusal(operations::schedule::free_slots(app, &house.town, &search).await).unwrap();
            (found.days[0].open, found.days[0].slots.len())
        };
        assert!(free(&other).await.1 > 0 && free(&house.app).await.1 > 0, "both remember the plan");
        let by = house.planner();
        let closure = closed_on(day);
        let closed = refusal(planning::close(&house.app, &house.town, &by, &closure).await).unwrap();
        assert_eq!((free(&other).await, free(&house.app).await), ((false, 0), (false, 0)));
        refusal(planning::reopen(&other, &house.town, &by, closed.id).await).unwrap();
        assert!(free(&house.app).await.1 > 0);
    })
    .await;
}

#[tokio::test]
async fn the_rules_of_booking_are_changed_by_one_at_a_time_and_nothing_else_with_them() {
    each(2, async |house| {
        let (app, town, by) = (&house.app, &house.town, house.planner());
        let seen = refusal(planning::terms(app, town, &by).await).unwrap();
        assert_eq!((seen.terms.horizon_days, seen.rev), (town.settings.horizon_days, 0));
        let week = BookingTerms { horizon_days: 7, lead_minutes: 0, ..seen.terms.clone() };
        let kept = refusal(planning::set_terms(app, town, &by, &week, seen.rev).await).unwrap();
        assert_eq!((&kept.terms, kept.rev), (&week, 1));
        let stale = refusal(planning::set_terms(app, town, &by, &seen.terms, seen.rev).await);
        assert_eq!(stale.unwrap_err(), PlanningProblem::ChangedMeanwhile);
        let none = BookingTerms { horizon_days: 0, ..week.clone() };
        let refused = refusal(planning::set_terms(app, town, &by, &none, kept.rev).await).unwrap_err();
        assert!(matches!(refused, PlanningProblem::Term(TermRefused { field: "horizon_days", .. })));
        let desk = house.staff();
        assert_eq!(refusal(planning::terms(app, town, &desk).await), Err(PlanningProblem::NotAllowed));
        let refused = refusal(planning::set_terms(app, town, &desk, &week, kept.rev).await);
        assert_eq!(refused, Err(PlanningProblem::NotAllowed));

        let now = operations::town::all(app).await.unwrap().remove(0);
        assert_eq!(now.settings.sms_number, town.settings.sms_number);
        let house = House { town: now, app: house.app };
        assert!(house.slots("pass", 14).await.is_empty(), "beyond the new horizon");
        assert!(!house.slots("pass", 1).await.is_empty());
        let history = refusal(planning::history(&house.app, &house.town, &by).await).unwrap();
        assert_eq!(history.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["terms"]);
    })
    .await;
}

#[tokio::test]
async fn some_days_are_closed_at_the_same_hours_each() {
    each(1, async |house| {
        let (app, town, by) = (&house.app, &house.town, house.planner());
        let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap();
        let request = ClosureRequest {
            from: house.day(1).and_time(ten),
            until: house.day(2).and_time(ten) + Duration::hours(1),
            daily: true,
            ..closed_on(house.day(1))
        };
        let hours = async |ahead| {
            let slots = house.slots("pass", ahead).await;
            let local = |slot: &FreeSlot| local_of(town.zone, slot.span.starts_at()).time().hour();
            slots.iter().map(local).collect::<BTreeSet<u32>>()
        };
        let all = BTreeSet::from([8, 9, 10, 11]);
        assert_eq!(hours(1).await, all);
        let closure = refusal(planning::close(app, town, &by, &request).await).unwrap();
        assert_eq!(hours(1).await, BTreeSet::from([8, 9, 11]), "and not until the next day");
        assert_eq!(hours(2).await, BTreeSet::from([8, 9, 11]));
        assert_eq!(hours(3).await, all);
        refusal(planning::reopen(app, town, &by, closure.id).await).unwrap();
        assert_eq!(hours(2).await, all);
        let backwards = ClosureRequest { until: house.day(2).and_time(ten) - Duration::hours(1), ..request };
        let refused = refusal(planning::close(app, town, &by, &backwards).await).unwrap_err();
        assert_eq!(refused, PlanningProblem::EndsBeforeItBegins);
    })
    .await;
}

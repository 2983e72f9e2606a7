//! Pushes to the browser somebody chose, and the SMS behind them.

use chrono::{Duration, TimeDelta};
use domain::actor::Citizen;
use domain::ids::MessageId;
use domain::messaging::attempt::{Dispatch, OutgoingPush, PushSubscription, SendOutcome, Urgency};
use domain::messaging::delivery::State;
use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Kind, Lane};
use operations::messaging::delivery::{Claimed, Providers, claim, due_in_lane, finish};
use operations::messaging::push::{self, PushRefused, Wisher};
use operations::messaging::watch::{self, Filter};
use operations::messaging::{figures, recovery, upkeep};
use operations::queue::arrival::CheckedIn;
use operations::queue::calling::{self, TwoCalls};
use operations::queue::tickets;
use store::messaging::subscriptions::{About, browsers_of, get};

use crate::house::{House, each, refusal};

fn providers() -> Providers<'static> {
    Providers { push: Some(push::PROVIDER), ..Providers::from("fake") }
}

fn browser(n: u32) -> PushSubscription {
    PushSubscription {
        endpoint: format!("https://updates.push.services.mozilla.com/wpush/v2/{n}"),
        p256dh: "p256dh".into(),
        auth: "auth".into(),
        vapid_key: Some("key".into()),
    }
}

fn accepted(claimed: &Claimed) -> SendOutcome {
    let reference = format!("{}.{}", claimed.outgoing.message(), claimed.outgoing.attempt());
    SendOutcome::Accepted { reference, segments: None }
}

fn refused(class: ErrorClass, status: u16) -> SendOutcome {
    SendOutcome::Refused { class, code: status.into(), http_status: status }
}

fn as_push(claimed: &Claimed) -> &OutgoingPush {
    match &claimed.outgoing {
        Dispatch::Push(push) => push,
        Dispatch::Sms(_) | Dispatch::Email(_) => panic!("not a push"),
    }
}

impl House {
    async fn holder(&self, arrived: &CheckedIn) -> Wisher {
        let token = arrived.token.reveal();
        let holder = tickets::holder_of_ticket(&self.app, &self.town, token).await.unwrap().it();
        Wisher::Holder(holder.unwrap())
    }

    /// A walk-in with a number, told on so many browsers.
    async fn waits_with(&self, browsers: u32) -> CheckedIn {
        let arrived = self.draw(Some("0171 3920071")).await.unwrap();
        for n in 0..browsers {
            push::subscribe(&self.app, &self.town, self.holder(&arrived).await, browser(n)).await.unwrap();
        }
        arrived
    }

    async fn due(&self, lane: Lane) -> Vec<MessageId> {
        due_in_lane(&self.app, lane, providers(), 100).await.unwrap()
    }

    async fn take(&self, id: MessageId) -> Option<Claimed> {
        claim(&self.app, id, providers(), Duration::seconds(60)).await.unwrap()
    }

    /// Takes all due pushes and answers each of them with this.
    async fn pushes(&self, answer: impl Fn(usize, &Claimed) -> SendOutcome) -> Vec<Claimed> {
        let mut sent = Vec::new();
        for (n, id) in self.due(Lane::Push).await.into_iter().enumerate() {
            let Some(claimed) = self.take(id).await else { continue };
            finish(&self.app, &claimed, &answer(n, &claimed)).await.unwrap();
            sent.push(claimed);
        }
        sent
    }

    async fn shown(&self, claimed: &Claimed) -> Result<(), PushRefused> {
        let ack = as_push(claimed).ack.clone().unwrap();
        let token = ack.fragment().unwrap();
        match push::shown(&self.app, &self.town, claimed.outgoing.message(), token).await {
            Ok(()) => Ok(()),
            Err(operations::Error::Refused(refused)) => Err(refused),
            Err(operations::Error::Failed(failure)) => panic!("{failure}"),
        }
    }

    async fn state(&self, id: MessageId) -> State {
        store::messaging::get(&self.app.db, id).await.unwrap().unwrap().state
    }

    /// The browsers that are told about a visit.
    async fn told(&self, arrived: &CheckedIn) -> usize {
        browsers_of(&self.app.db, None, Some(arrived.visit.id)).await.unwrap().len()
    }
}

async fn each_with_pushes(mut test: impl AsyncFnMut(House)) {
    each(async |mut house: House| {
        house.app.app.web_push = true;
        test(house).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_that_the_browser_shows_costs_no_sms() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(1).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        assert!(house.due(Lane::Calls).await.is_empty(), "the SMS waits");
        let sent = house.pushes(|_, claimed| accepted(claimed)).await;
        let push = as_push(&sent[0]);
        assert_eq!((sent.len(), sent[0].kind, push.urgency), (1, Kind::QueueCalled, Urgency::High));
        assert_eq!(
            (push.title.as_str(), push.body.as_str()),
            ("Bitte kommen", "Nr. B001: Bitte jetzt zu Platz 1.")
        );
        assert_eq!(push.ttl.as_secs(), 180);
        assert!(push.url.path().ends_with(arrived.token.reveal()));
        house.shown(&sent[0]).await.unwrap();
        house.shown(&sent[0]).await.unwrap();
        assert_eq!(house.state(push.message).await, State::Delivered);
        house.app.clock.advance(TimeDelta::seconds(15));
        let sms = house.due(Lane::Calls).await;
        assert_eq!(sms.len(), 1);
        assert!(house.take(sms[0]).await.is_none());
        assert_eq!(house.state(sms[0]).await, State::Superseded);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_no_browser_shows_comes_by_sms_exactly_once() {
    each_with_pushes(async |house: House| {
        house.waits_with(2).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        assert_eq!(house.pushes(|_, claimed| accepted(claimed)).await.len(), 2);
        house.app.clock.advance(TimeDelta::seconds(14));
        assert!(house.due(Lane::Calls).await.is_empty());
        house.app.clock.advance(TimeDelta::seconds(1));
        let sms = house.due(Lane::Calls).await;
        assert_eq!(sms.len(), 1, "one for both browsers");
        let claimed = house.take(sms[0]).await.unwrap();
        assert_eq!(claimed.outgoing.text(), "Nr. B001: Bitte jetzt zu Platz 1.");
        assert!(house.take(sms[0]).await.is_none(), "a second hint finds nothing to do");
        finish(&house.app, &claimed, &accepted(&claimed)).await.unwrap();
        assert!(house.due(Lane::Calls).await.is_empty() && house.due(Lane::Push).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten_and_the_sms_leaves_at_once() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(2).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let pushes = house.due(Lane::Push).await;
        for (left, (status, id)) in [(1, (404, pushes[0])), (0, (410, pushes[1]))] {
            assert!(house.due(Lane::Calls).await.is_empty(), "another browser may still show it");
            let claimed = house.take(id).await.unwrap();
            finish(&house.app, &claimed, &refused(ErrorClass::Gone, status)).await.unwrap();
            assert_eq!(house.told(&arrived).await, left);
        }
        assert_eq!(house.due(Lane::Calls).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_gone_is_no_message_that_failed_when_the_sms_tells_the_same() {
    each_with_pushes(async |house: House| {
        house.waits_with(2).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let refusals = [refused(ErrorClass::Gone, 410), refused(ErrorClass::Blocked, 403)];
        let sent = house.pushes(|n, _| refusals[n].clone()).await;
        let seen = watch::overview(&house.app, &house.town, 1).await.unwrap();
        assert_eq!(seen.delivered_share(), None, "a push proves nothing");
        assert_eq!(seen.failed_open(), 1, "only the one whose browser is still there");
        let failed = Filter { states: vec![State::Failed], open: true, ..Filter::default() };
        let page = watch::messages(&house.app, &house.town, &failed, 10).await.unwrap();
        let ids: Vec<MessageId> = page.messages.iter().map(|one| one.id).collect();
        assert_eq!(ids, [sent[1].outgoing.message()]);
        let counted = page.counts.iter().find(|one| one.state == State::Failed).map(|one| one.count);
        assert_eq!(counted, Some(1));
        let everything = Filter { open: false, ..failed };
        assert_eq!(
            watch::messages(&house.app, &house.town, &everything, 10).await.unwrap().messages.len(),
            2
        );
        let all = figures::read(&house.app).await.unwrap();
        assert!(all.ended.contains(&(ChannelKind::Push, State::Failed, 2)));
        assert!(all.ended.contains(&(ChannelKind::Sms, State::Failed, 0)));
        assert!(all.failures.iter().all(|(channel, ..)| *channel == ChannelKind::Push));
    })
    .await;
}

#[tokio::test]
async fn a_push_service_in_trouble_loses_no_browser() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(1).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let trouble = [
            SendOutcome::Throttled { after: Some(std::time::Duration::from_secs(1)), code: Some(429) },
            SendOutcome::Ambiguous { reason: "server_error", http_status: Some(500) },
            SendOutcome::NotSent { reason: "dns_or_connect" },
        ];
        for outcome in trouble {
            let sent = house.pushes(|_, _| outcome.clone()).await;
            assert_eq!(house.state(sent[0].outgoing.message()).await, State::Queued, "{outcome:?}");
            assert_eq!(house.told(&arrived).await, 1);
            house.app.clock.advance(TimeDelta::seconds(7));
        }
        assert_eq!(house.due(Lane::Calls).await.len(), 1, "the SMS did not wait for it");
        let sent = house.pushes(|_, claimed| accepted(claimed)).await;
        house.shown(&sent[0]).await.unwrap();
        let sms = house.due(Lane::Calls).await;
        assert!(house.take(sms[0]).await.is_none(), "shown after all, before the SMS left");
    })
    .await;
}

#[tokio::test]
async fn whoever_unsubscribed_meanwhile_gets_the_sms_at_once() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(1).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let wisher = house.holder(&arrived).await;
        for _ in 0..2 {
            push::unsubscribe(&house.app, &house.town, wisher, &browser(0).endpoint).await.unwrap();
        }
        let push = house.due(Lane::Push).await;
        assert!(house.take(push[0]).await.is_none());
        assert_eq!(house.state(push[0]).await, State::Suppressed);
        assert_eq!(house.due(Lane::Calls).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_push_whose_worker_was_killed_is_sent_again() {
    each_with_pushes(async |house: House| {
        house.waits_with(1).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let id = house.due(Lane::Push).await[0];
        let first = house.take(id).await.unwrap();
        house.app.clock.advance(TimeDelta::seconds(61));
        assert_eq!(recovery::sweep(&house.app, Duration::seconds(120)).await.unwrap().broken_claims, 1);
        let second = house.take(id).await.unwrap();
        let (first, second) = (as_push(&first), as_push(&second));
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert_eq!(
            (&first.tag, &first.topic),
            (&second.tag, &second.topic),
            "the second copy replaces the first"
        );
    })
    .await;
}

#[tokio::test]
async fn those_near_the_front_are_told_once_on_their_browser_and_nobody_else() {
    each_with_pushes(async |house: House| {
        let first = house.draw(Some("0171 3920072")).await.unwrap().visit;
        house.app.clock.advance(TimeDelta::minutes(1));
        house.draw(Some("0171 3920073")).await.unwrap();
        house.app.clock.advance(TimeDelta::minutes(1));
        let third = house.waits_with(1).await;
        house.app.clock.advance(TimeDelta::minutes(1));
        let fourth = house.draw(None).await.unwrap();
        push::subscribe(&house.app, &house.town, house.holder(&fourth).await, browser(9)).await.unwrap();
        let by = house.seated(0).await;
        let counter = by.counter.unwrap();
        calling::call(&house.app, &house.town, &by, first.id, counter).await.unwrap();
        let mut said: Vec<String> =
            house.pushes(|_, it| accepted(it)).await.iter().map(|it| as_push(it).body.clone()).collect();
        said.sort();
        assert_eq!(
            said,
            [
                "Nr. B003: Noch 1 vor Ihnen. Bitte jetzt in Wartebereich B kommen.",
                "Nr. B004: Noch 2 vor Ihnen. Bitte jetzt in Wartebereich B kommen.",
            ]
        );
        assert_eq!(house.due(Lane::Calls).await.len(), 1, "the call of the first, by SMS as ever");
        calling::put_back(&house.app, &house.town, &by, first.id).await.unwrap();
        calling::call(&house.app, &house.town, &by, first.id, counter).await.unwrap();
        assert!(house.due(Lane::Push).await.is_empty(), "told once");
        house.app.clock.advance(TimeDelta::seconds(45));
        // Nobody showed it: the third has a number, the fourth has none.
        let sms: Vec<String> = {
            let mut texts = Vec::new();
            for id in house.due(Lane::Calls).await {
                texts.extend(house.take(id).await.map(|it| it.outgoing.text().to_owned()));
            }
            texts
        };
        assert_eq!(sms.iter().filter(|text| text.contains("B003")).count(), 1, "{sms:?}");
        assert!(!sms.iter().any(|text| text.contains("B004")), "{sms:?}");
        assert_eq!(house.told(&third).await, 1);
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_number_is_called_and_missed_on_the_browser() {
    each_with_pushes(async |house: House| {
        let arrived = house.draw(None).await.unwrap();
        push::subscribe(&house.app, &house.town, house.holder(&arrived).await, browser(1)).await.unwrap();
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        calling::mark_missed(&house.app, &house.town, &by, arrived.visit.id, TwoCalls::Overruled)
            .await
            .unwrap();
        let sent = house.pushes(|_, claimed| accepted(claimed)).await;
        // The call is no longer true, so only the news is sent.
        assert_eq!(sent.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::QueueMissed]);
        assert_eq!(as_push(&sent[0]).title, "Bitte melden");
    })
    .await;
}

#[tokio::test]
async fn five_browsers_are_enough_and_each_counts_once() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(5).await;
        let wisher = house.holder(&arrived).await;
        push::subscribe(&house.app, &house.town, wisher, browser(0)).await.unwrap();
        assert_eq!(house.told(&arrived).await, 5);
        let sixth = push::subscribe(&house.app, &house.town, wisher, browser(5)).await;
        assert_eq!(refusal(sixth), PushRefused::TooMany);
        push::unsubscribe(&house.app, &house.town, wisher, &browser(3).endpoint).await.unwrap();
        push::subscribe(&house.app, &house.town, wisher, browser(5)).await.unwrap();
        assert_eq!(house.told(&arrived).await, 5);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_where_there_is_nothing_to_tell() {
    each(async |mut house: House| {
        let arrived = house.draw(None).await.unwrap();
        let wisher = house.holder(&arrived).await;
        let off = push::subscribe(&house.app, &house.town, wisher, browser(0)).await;
        assert_eq!(refusal(off), PushRefused::Off);
        house.app.app.web_push = true;
        let by = wisher_actor(wisher);
        operations::queue::serving::leave(&house.app, &house.town, by, arrived.visit.id).await.unwrap();
        let over = push::subscribe(&house.app, &house.town, wisher, browser(0)).await;
        assert_eq!(refusal(over), PushRefused::Over);
    })
    .await;
}

fn wisher_actor(wisher: Wisher) -> domain::actor::Actor {
    match wisher {
        Wisher::Holder(holder) => holder.into(),
        Wisher::Citizen(citizen) => citizen.into(),
    }
}

#[tokio::test]
async fn what_was_shown_is_believed_with_the_secret_of_that_very_push() {
    each_with_pushes(async |house: House| {
        house.waits_with(1).await;
        let by = house.seated(0).await;
        calling::call_next(&house.app, &house.town, &by, by.counter.unwrap()).await.unwrap();
        let sent = house.pushes(|_, claimed| accepted(claimed)).await;
        let id = sent[0].outgoing.message();
        for (id, token) in [(id, ""), (id, "x"), (house.app.id(), "x")] {
            let outcome = push::shown(&house.app, &house.town, id, token).await;
            assert_eq!(refusal(outcome), PushRefused::Unknown);
        }
        assert_eq!(house.state(id).await, State::Accepted);
        let of_another = as_push(&sent[0]).ack.clone().unwrap();
        let other: MessageId = house.app.id();
        let outcome = push::shown(&house.app, &house.town, other, of_another.fragment().unwrap()).await;
        assert_eq!(refusal(outcome), PushRefused::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_fails_for_three_days_is_forgotten() {
    each_with_pushes(async |house: House| {
        let booked = house.book(14 * 24 * 60).await;
        let citizen = Wisher::Citizen(Citizen { town: house.town.id, booking: booked.id });
        push::subscribe(&house.app, &house.town, citizen, browser(1)).await.unwrap();
        let known = async || browsers_of(&house.app.db, Some(booked.id), None).await.unwrap();
        let fail = async || {
            let tx = house.app.db.write().await.unwrap();
            let (endpoint, now) = (browser(1).endpoint, house.app.clock.now());
            let failed = store::messaging::subscriptions::failed(&tx, &endpoint, now).await;
            let (failures, since) = failed.unwrap().unwrap();
            tx.commit().await.unwrap();
            domain::messaging::push::is_gone(failures, since, house.app.clock.now())
        };
        for _ in 0..6 {
            assert!(!fail().await, "all in one hour is one outage");
        }
        house.app.clock.advance(TimeDelta::days(3));
        assert!(fail().await);
        let tx = house.app.db.write().await.unwrap();
        store::messaging::subscriptions::worked(&tx, &browser(1).endpoint, house.app.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!fail().await, "it begins anew after one that worked");
        assert_eq!(known().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_keeps_its_place_under_another_address() {
    each_with_pushes(async |house: House| {
        let arrived = house.waits_with(2).await;
        let unknown = push::renew(&house.app, &house.town, &browser(7).endpoint, &browser(8)).await;
        assert_eq!(refusal(unknown), PushRefused::Unknown);
        push::renew(&house.app, &house.town, &browser(0).endpoint, &browser(8)).await.unwrap();
        // Two of its addresses become one.
        push::renew(&house.app, &house.town, &browser(1).endpoint, &browser(8)).await.unwrap();
        let known = browsers_of(&house.app.db, None, Some(arrived.visit.id)).await.unwrap();
        assert_eq!(known.len(), 1);
        let subscription = get(&house.app.db, known[0]).await.unwrap().unwrap();
        assert_eq!(subscription.push, browser(8));
        assert_eq!(subscription.about, About::Visit(arrived.visit.id));
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_told_of_the_visit_that_follows_from_its_booking_and_forgotten_a_day_later() {
    each_with_pushes(async |house: House| {
        let booked = house.book(20).await;
        let later = house.book(3 * 24 * 60).await;
        for one in [&booked, &later] {
            let citizen = Wisher::Citizen(Citizen { town: house.town.id, booking: one.id });
            push::subscribe(&house.app, &house.town, citizen, browser(1)).await.unwrap();
        }
        let arrived = house.check_in(&booked, "tap-00000001").await.unwrap();
        assert_eq!(house.told(&arrived).await, 1);
        let by = house.seated(0).await;
        calling::call(&house.app, &house.town, &by, arrived.visit.id, by.counter.unwrap()).await.unwrap();
        assert_eq!(house.pushes(|_, claimed| accepted(claimed)).await.len(), 1);
        let of = async |booking| browsers_of(&house.app.db, Some(booking), None).await.unwrap().len();
        house.app.clock.advance(TimeDelta::hours(23));
        upkeep::erase_old(&house.app).await.unwrap();
        assert_eq!((of(booked.id).await, of(later.id).await), (1, 1));
        house.app.clock.advance(TimeDelta::hours(3));
        upkeep::erase_old(&house.app).await.unwrap();
        assert_eq!((of(booked.id).await, of(later.id).await), (0, 1));
    })
    .await;
}

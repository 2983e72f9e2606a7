//! What operators do with messages, on every database: many at once, what goes out tomorrow, opt-outs, searching.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::actor::{Actor, StaffMember};
use domain::contact::PhoneNumber;
use domain::ids::{MessageId, StaffId};
use domain::language::Language;
use domain::messaging::attempt::SendOutcome;
use domain::messaging::bulk::{Action, Progress, Selection};
use domain::messaging::delivery::State;
use domain::messaging::sending::Scope;
use domain::messaging::standing::Redrive;
use domain::messaging::{ChannelKind, Kind, Lane, Notification, Recipient};
use domain::staff::Role;
use domain::town::Town;
use operations::messaging::budget;
use operations::messaging::bulk::{self, Bulk, BulkRefused, Wish};
use operations::messaging::delivery::{claim, finish};
use operations::messaging::opt_outs::{self, LiftRefused};
use operations::messaging::switches;
use operations::messaging::upkeep::{self, Turn};
use operations::messaging::watch::{self, Acts, Filter, Happened, MessageRefused};
use operations::messaging::{figures, forecast, record_inbound};
use operations::staff::NewStaff;
use operations::testing::{self, inbound};
use operations::{App, Error};
use store::messaging::NewMessage;
use uuid::Uuid;

fn operator(town: &Town, number: u128) -> StaffMember {
    StaffMember { town: town.id, id: StaffId(Uuid::from_u128(number)), role: Role::Ops, counter: None }
}

fn confirmation_of_cancelling() -> Notification {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 15).unwrap();
    Notification::BookingCancelled { starts: day.and_hms_opt(10, 20, 0).unwrap() }
}

fn code() -> Notification {
    Notification::VerificationCode { code: "482913".into(), host: "termine.example".into() }
}

/// Owes many messages in one transaction, a millisecond apart, to the numbers kept for fiction in turn.
async fn owe(app: &App, town: &Town, notification: &Notification, count: usize) -> Vec<MessageId> {
    let now = app.clock.now();
    let tx = app.db.write().await.unwrap();
    let mut ids = Vec::new();
    for index in 0..count {
        let to = PhoneNumber::trusted(format!("+4917139200{:02}", index % 90));
        let new = NewMessage {
            id: app.id(),
            town: town.id,
            dedupe_key: app.uuid().to_string(),
            to: Recipient::Phone(to),
            notification: notification.clone(),
            language: Language::De,
            template_version: 1,
            text: None,
            parent: None,
            booking: None,
            visit: None,
            not_before: now,
            expires_at: now + notification.kind().lifetime(),
            created_at: now - Duration::milliseconds(index as i64),
        };
        assert!(store::messaging::insert(&tx, &new, app.rng.bytes()).await.unwrap());
        ids.push(new.id);
    }
    tx.commit().await.unwrap();
    ids
}

/// Lets messages fail for good, as a provider's filter would.
async fn fail(app: &App, ids: &[MessageId], code: u32) {
    for id in ids {
        let claimed = claim(app, *id, "fake", Duration::minutes(1)).await.unwrap().unwrap();
        finish(app, &claimed, &SendOutcome::refused(code, 400)).await.unwrap();
        assert_eq!(state(app, *id).await, State::Failed);
    }
}

/// As [`fail`], for very many.
async fn fail_quickly(app: &App, ids: &[MessageId]) {
    let tx = app.db.write().await.unwrap();
    for id in ids {
        let mut message = store::messaging::lock(&tx, *id).await.unwrap().unwrap();
        message.state = State::Failed;
        message.final_at = Some(app.clock.now());
        store::messaging::save(&tx, &message).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn state(app: &App, id: MessageId) -> State {
    store::messaging::get(&app.db, id).await.unwrap().unwrap().state
}

fn last_hour(app: &App) -> Selection {
    let now = app.clock.now();
    Selection { kind: None, channel: None, class: None, from: now - Duration::hours(1), until: now }
}

fn wish(app: &App, action: Action, expected: u64) -> Wish {
    Wish { action, selection: last_hour(app), expected, reason: "Störung behoben".into() }
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, Error<BulkRefused>>) -> BulkRefused {
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_dry_run_tells_what_happens_and_changes_nothing() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = operator(&town, 1);
        let filtered = owe(&app, &town, &confirmation_of_cancelling(), 3).await;
        fail(&app, &filtered, 30007).await;
        let landline = owe(&app, &town, &confirmation_of_cancelling(), 1).await;
        fail(&app, &landline, 21211).await;
        let code = owe(&app, &town, &code(), 1).await;
        fail(&app, &code, 30007).await;
        app.clock.advance(Duration::minutes(20));
        let dry = bulk::try_out(&app, &town, Action::Retry, &last_hour(&app)).await.unwrap();
        let verdicts: Vec<_> = dry.verdicts.into_iter().collect();
        assert_eq!(verdicts, [(Redrive::Send, 3), (Redrive::Expired, 1), (Redrive::Unreachable, 1)]);
        assert_eq!(dry.segments, 3);
        assert_eq!(state(&app, filtered[0]).await, State::Failed);

        let too_few = bulk::begin(&app, &town, &by, wish(&app, Action::Retry, 2)).await;
        assert_eq!(refusal(too_few), BulkRefused::Changed { now: 3 });
        let silent = Wish { reason: "  ".into(), ..wish(&app, Action::Retry, 3) };
        assert_eq!(refusal(bulk::begin(&app, &town, &by, silent).await), BulkRefused::ReasonMissing);
        let done = bulk::begin(&app, &town, &by, wish(&app, Action::Retry, 3)).await.unwrap();
        assert_eq!((done.progress, done.done, done.left_out), (Progress::Done, 3, 2));
        for id in filtered {
            assert_eq!(state(&app, id).await, State::Queued);
        }
        assert_eq!(state(&app, landline[0]).await, State::Failed);
        assert_eq!(state(&app, code[0]).await, State::Failed, "its time is over");
        let again = bulk::begin(&app, &town, &by, wish(&app, Action::Retry, 3)).await;
        assert_eq!(refusal(again), BulkRefused::Nothing);
        let acts = watch::acts_of_staff(&app, &town, Acts::Message, None, 10).await.unwrap();
        assert_eq!(acts.iter().filter(|act| act.subject == "message").count(), 3);
        assert!(acts.iter().all(|act| act.reason.as_deref() == Some("Störung behoben")));
    }
}

/// An action that somebody asked for and that stands in the database, whoever did what since.
async fn kept(app: &App, town: &Town, progress: Progress, expected: i32) -> Bulk {
    let now = app.clock.now();
    let bulk = Bulk {
        id: app.uuid(),
        town: town.id,
        action: Action::Retry,
        selection: Selection { until: now + Duration::seconds(1), ..last_hour(app) },
        reason: "Störung behoben".into(),
        progress,
        expected,
        done: 0,
        left_out: 0,
        asked_by: operator(town, 1).id,
        asked_at: now,
        agreed: None,
        after: None,
        ended_at: None,
    };
    let tx = app.db.write().await.unwrap();
    store::messaging::bulk::insert(&tx, &bulk).await.unwrap();
    tx.commit().await.unwrap();
    bulk
}

#[tokio::test]
async fn never_more_is_done_than_was_agreed_to() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let (one, other) = (operator(&town, 1), operator(&town, 2));
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 3).await;
        fail_quickly(&app, &ids).await;
        // A third message failed after the dry run of two.
        let proposed = kept(&app, &town, Progress::Proposed, 2).await;
        let grown = bulk::agree(&app, &town, &other, proposed.id).await;
        assert_eq!(refusal(grown), BulkRefused::Changed { now: 3 });
        assert_eq!(state(&app, ids[0]).await, State::Failed);
        // While it runs, nobody is there to ask.
        let running = kept(&app, &town, Progress::Running, 1).await;
        bulk::resume(&app).await.unwrap();
        let done = bulk::newest(&app, &town).await.unwrap().into_iter().find(|bulk| bulk.id == running.id);
        assert_eq!(done.map(|bulk| (bulk.progress, bulk.done, bulk.left_out)), Some((Progress::Done, 1, 2)));
        let agreed = bulk::agree(&app, &town, &other, proposed.id).await.unwrap();
        assert_eq!((agreed.done, agreed.left_out), (2, 0));
        // What fails after the proposal was in nobody's dry run.
        let before = kept(&app, &town, Progress::Proposed, 3).await;
        let later = owe(&app, &town, &confirmation_of_cancelling(), 2).await;
        app.clock.advance(Duration::seconds(1));
        fail_quickly(&app, &later).await;
        let none = bulk::agree(&app, &town, &other, before.id).await.unwrap();
        assert_eq!((none.done, state(&app, later[1]).await), (0, State::Failed));
        let upside_down = Selection { until: last_hour(&app).from, ..last_hour(&app) };
        let refused = bulk::try_out(&app, &town, Action::Retry, &upside_down).await;
        assert_eq!(refusal(refused), BulkRefused::TimeImpossible);
        let now = bulk::begin(&app, &town, &one, wish(&app, Action::Retry, 2)).await.unwrap();
        assert_eq!(now.done, 2);
    }
}

#[tokio::test]
async fn what_was_interrupted_goes_on_where_it_stopped_and_nothing_is_done_twice() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 250).await;
        fail_quickly(&app, &ids).await;
        let begun = kept(&app, &town, Progress::Running, 250).await;
        assert!(bulk::page(&app, begun.id).await.unwrap().more);
        // The process dies here. One of the first page fails again meanwhile: it had its chance.
        let first = &bulk::newest(&app, &town).await.unwrap()[0];
        assert_eq!((first.progress, first.done), (Progress::Running, 100));
        let last_of_page = MessageId(first.after.unwrap().1);
        fail(&app, &[last_of_page], 30007).await;
        // Two processes find it at once.
        let (one, other) = tokio::join!(bulk::resume(&app), bulk::resume(&app));
        assert_eq!(one.unwrap() + other.unwrap(), 150);
        let done = &bulk::newest(&app, &town).await.unwrap()[0];
        assert_eq!((done.progress, done.done, done.left_out), (Progress::Done, 250, 0));
        assert_eq!(state(&app, last_of_page).await, State::Failed);
        assert_eq!(bulk::resume(&app).await.unwrap(), 0);
        let acts = watch::acts_of_staff(&app, &town, Acts::Message, None, 200).await.unwrap();
        let after = acts.last().map(|act| (act.at, act.id));
        let older = watch::acts_of_staff(&app, &town, Acts::Message, after, 200).await.unwrap();
        assert_eq!(acts.len() + older.len(), 250, "each message is told of once");
    }
}

#[tokio::test]
async fn more_than_five_hundred_need_a_second_person() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let (one, other) = (operator(&town, 1), operator(&town, 2));
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 501).await;
        fail_quickly(&app, &ids).await;
        app.clock.advance(Duration::seconds(1));
        let asked = bulk::begin(&app, &town, &one, wish(&app, Action::Retry, 501)).await.unwrap();
        assert_eq!((asked.progress, asked.done), (Progress::Proposed, 0));
        assert_eq!(bulk::resume(&app).await.unwrap(), 0, "nothing happens before two agree");
        assert_eq!(state(&app, ids[0]).await, State::Failed);
        let alone = bulk::agree(&app, &town, &one, asked.id).await;
        assert_eq!(refusal(alone), BulkRefused::SecondPersonNeeded);
        let neighbour = testing::neighbour(&app).await;
        let stranger = bulk::agree(&app, &neighbour, &operator(&neighbour, 3), asked.id).await;
        assert_eq!(refusal(stranger), BulkRefused::NotFound);
        let done = bulk::agree(&app, &town, &other, asked.id).await.unwrap();
        assert_eq!((done.progress, done.done), (Progress::Done, 501));
        let again = bulk::agree(&app, &town, &other, asked.id).await;
        assert_eq!(refusal(again), BulkRefused::NotNow { progress: Progress::Done });

        let stop = bulk::begin(&app, &town, &one, wish(&app, Action::Cancel, 501)).await.unwrap();
        let withdrawn = bulk::withdraw(&app, &town, &other, stop.id).await.unwrap();
        assert_eq!(withdrawn.progress, Progress::Withdrawn);
        let late = bulk::agree(&app, &town, &other, stop.id).await;
        assert_eq!(refusal(late), BulkRefused::NotNow { progress: Progress::Withdrawn });
        let old = bulk::begin(&app, &town, &one, wish(&app, Action::Cancel, 501)).await.unwrap();
        app.clock.advance(Duration::hours(25));
        let stale = bulk::agree(&app, &town, &other, old.id).await;
        assert_eq!(refusal(stale), BulkRefused::NotNow { progress: Progress::Proposed });
        assert_eq!(state(&app, ids[0]).await, State::Queued);
    }
}

#[tokio::test]
async fn what_one_person_did_alone_within_an_hour_counts_with_what_they_do_next() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let (one, other) = (operator(&town, 1), operator(&town, 2));
        let first = owe(&app, &town, &confirmation_of_cancelling(), 450).await;
        fail_quickly(&app, &first).await;
        app.clock.advance(Duration::seconds(1));
        let alone = bulk::begin(&app, &town, &one, wish(&app, Action::Retry, 450)).await.unwrap();
        assert_eq!((alone.progress, alone.done), (Progress::Done, 450));
        assert_eq!(bulk::alone_lately(&app, &town, &one).await.unwrap(), 450);
        let second = owe(&app, &town, &confirmation_of_cancelling(), 51).await;
        fail_quickly(&app, &second).await;
        app.clock.advance(Duration::seconds(1));
        let asked = bulk::begin(&app, &town, &one, wish(&app, Action::Retry, 51)).await.unwrap();
        assert_eq!((asked.progress, asked.done), (Progress::Proposed, 0));
        let agreed = bulk::agree(&app, &town, &other, asked.id).await.unwrap();
        assert_eq!((agreed.progress, agreed.done), (Progress::Done, 51));
        let counts = [&one, &other].map(|by| bulk::alone_lately(&app, &town, by));
        let [of_one, of_other] = counts;
        assert_eq!((of_one.await.unwrap(), of_other.await.unwrap()), (450, 0), "two did the second one");
        app.clock.advance(Duration::hours(1));
        assert_eq!(bulk::alone_lately(&app, &town, &one).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn many_that_wait_are_stopped_by_kind() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let stay = owe(&app, &town, &code(), 2).await;
        let stop = owe(&app, &town, &confirmation_of_cancelling(), 5).await;
        app.clock.advance(Duration::seconds(1));
        let mut wish = wish(&app, Action::Cancel, 5);
        wish.selection.kind = Some(Kind::BookingCancelled);
        let done = bulk::begin(&app, &town, &operator(&town, 1), wish).await.unwrap();
        assert_eq!((done.progress, done.done), (Progress::Done, 5));
        assert_eq!(state(&app, stop[4]).await, State::Cancelled);
        assert_eq!(state(&app, stay[0]).await, State::Queued);
    }
}

#[tokio::test]
async fn one_message_is_not_sent_again_when_its_time_is_over_or_nobody_wants_it() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = operator(&town, 1);
        let over = owe(&app, &town, &code(), 1).await;
        fail(&app, &over, 30007).await;
        app.clock.advance(Duration::minutes(20));
        let refused = watch::retry(&app, &town, &by, over[0], "bitte").await;
        let why = Redrive::Expired;
        assert!(matches!(refused, Err(Error::Refused(MessageRefused::NotAgain { why: w })) if w == why));
        let story = watch::story(&app, &town, over[0]).await.unwrap();
        assert_eq!(story.retry(), Some(Redrive::Expired));

        let unwanted = owe(&app, &town, &confirmation_of_cancelling(), 2).await;
        fail(&app, &unwanted, 30007).await;
        // Not the first number, which is the town's own.
        record_inbound(&app, &town, inbound("IN1", 1, "HALT")).await.unwrap();
        let refused = watch::retry(&app, &town, &by, unwanted[1], "bitte").await;
        let why = Redrive::OptedOut;
        assert!(matches!(refused, Err(Error::Refused(MessageRefused::NotAgain { why: w })) if w == why));
        let story = watch::story(&app, &town, unwanted[1]).await.unwrap();
        assert_eq!(story.opt_out.unwrap().source, "sms");
    }
}

#[tokio::test]
async fn an_opt_out_is_lifted_with_a_reason_that_is_kept() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = operator(&town, 1);
        owe(&app, &town, &confirmation_of_cancelling(), 13).await;
        record_inbound(&app, &town, inbound("IN1", 12, "HALT")).await.unwrap();
        let (found, total) = opt_outs::newest(&app, &town).await.unwrap();
        assert_eq!((found.len(), total), (1, 1));
        assert_eq!((found[0].tail.as_deref(), found[0].source.as_str()), (Some("0012"), "sms"));
        let key = (found[0].id, ChannelKind::Sms);
        let silent = opt_outs::lift(&app, &town, &by, key, "").await;
        assert!(matches!(silent, Err(Error::Refused(LiftRefused::ReasonMissing))));
        let neighbour = testing::neighbour(&app).await;
        let stranger = opt_outs::lift(&app, &neighbour, &operator(&neighbour, 2), key, "?").await;
        assert!(matches!(stranger, Err(Error::Refused(LiftRefused::NotFound))));
        opt_outs::lift(&app, &town, &by, key, "am Platz erbeten").await.unwrap();
        assert_eq!(opt_outs::newest(&app, &town).await.unwrap().1, 0);
        let again = opt_outs::lift(&app, &town, &by, key, "am Platz erbeten").await;
        assert!(matches!(again, Err(Error::Refused(LiftRefused::NotFound))));
        let acts = watch::acts_of_staff(&app, &town, Acts::All, None, 10).await.unwrap();
        assert_eq!(
            (acts[0].subject.as_str(), acts[0].reason.as_deref()),
            ("opt_out", Some("am Platz erbeten"))
        );
    }
}

#[tokio::test]
async fn what_waits_for_tomorrow_is_forecast_by_hour() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 3).await;
        let tx = app.db.write().await.unwrap();
        for (id, hours) in ids.iter().zip([24, 24, 26]) {
            let mut message = store::messaging::lock(&tx, *id).await.unwrap().unwrap();
            message.not_before = app.clock.now() + Duration::hours(hours);
            store::messaging::save(&tx, &message).await.unwrap();
        }
        tx.commit().await.unwrap();
        // It is half past nine on the town's clocks.
        let found = forecast::tomorrow(&app, &town).await.unwrap();
        let hours: Vec<_> = found.hours.iter().map(|hour| (hour.hour, hour.others, hour.segments)).collect();
        assert_eq!(hours, [(9, 2, 2), (11, 1, 1)]);
    }
}

#[tokio::test]
async fn a_message_is_found_by_number_reference_and_last_digits() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 3).await;
        let claimed = claim(&app, ids[2], "fake", Duration::minutes(1)).await.unwrap().unwrap();
        let taken = SendOutcome::Accepted { reference: "SM2f7e01".into(), segments: Some(1) };
        finish(&app, &claimed, &taken).await.unwrap();
        for typed in ["0171 39200 02", "SM2f7e01", "0002", "••••0002", &ids[2].to_string()] {
            let filter = Filter { sought: watch::sought(&town, typed), ..Filter::default() };
            let found = watch::messages(&app, &town, &filter, 10).await.unwrap().messages;
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[2]], "{typed}");
        }
        for typed in ["Exempel", "4829-1376", "0171 39200 77"] {
            let filter = Filter { sought: watch::sought(&town, typed), ..Filter::default() };
            assert!(watch::messages(&app, &town, &filter, 10).await.unwrap().messages.is_empty(), "{typed}");
        }
        let states = vec![State::Accepted, State::Failed];
        let filter = Filter { states, channel: Some(ChannelKind::Sms), ..Filter::default() };
        assert_eq!(watch::messages(&app, &town, &filter, 10).await.unwrap().messages.len(), 1);
    }
}

#[tokio::test]
async fn figures_over_time_count_what_left_and_what_failed() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 4).await;
        fail(&app, &ids[..1], 30007).await;
        let claimed = claim(&app, ids[1], "fake", Duration::minutes(1)).await.unwrap().unwrap();
        let taken = SendOutcome::Accepted { reference: "SM1".into(), segments: Some(1) };
        finish(&app, &claimed, &taken).await.unwrap();
        for hours in [1, 24, 168] {
            let seen = watch::overview(&app, &town, hours).await.unwrap();
            let count =
                |what| seen.happenings.iter().filter(|one| one.what == what).map(|one| one.count).sum();
            let (taken, failed): (i64, i64) = (count(Happened::Taken), count(Happened::Failed));
            assert_eq!((taken, failed), (1, 1), "over {hours} hours");
            let span = seen.grain.length();
            let now = app.clock.now();
            assert!(seen.happenings.iter().all(|one| one.at <= now && now < one.at + span));
            assert_eq!(seen.delivered_share(), Some(0.0));
        }
        let all = figures::read(&app).await.unwrap();
        assert!(all.states.contains(&(State::Failed, 1)) && all.states.contains(&(State::Queued, 2)));
        assert_eq!(all.failures, [(ChannelKind::Sms, "G".to_owned(), 1)]);
        assert_eq!(all.backlog.iter().map(|one| one.waiting).sum::<i64>(), 2);
    }
}

#[tokio::test]
async fn each_lane_names_who_took_its_messages_within_the_hour() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let carry = async |notification: &Notification, provider: &str| {
            let id = owe(&app, &town, notification, 1).await[0];
            let claimed = claim(&app, id, provider, Duration::minutes(1)).await.unwrap().unwrap();
            let taken = SendOutcome::Accepted { reference: id.to_string(), segments: Some(1) };
            finish(&app, &claimed, &taken).await.unwrap();
        };
        carry(&code(), "gone").await;
        app.clock.advance(Duration::minutes(61));
        carry(&code(), "seven").await;
        carry(&confirmation_of_cancelling(), "fake").await;
        let seen = watch::overview(&app, &town, 24).await.unwrap();
        let (seven, fake) = ("seven".to_owned(), "fake".to_owned());
        assert_eq!(seen.carriers, [(Lane::Codes, seven), (Lane::Sms, fake)]);
    }
}

#[tokio::test]
async fn the_log_tells_of_stops_budgets_and_messages_in_their_order_page_by_page() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let neighbour = testing::neighbour(&app).await;
        let someone = NewStaff {
            login: "ops".to_owned(),
            name: "B. Probe".to_owned(),
            role: Role::Ops,
            office: None,
            password: "ein-langes-kennwort".to_owned(),
        };
        let id = operations::staff::add(&app, &town, Actor::System, someone).await.unwrap().id;
        let by = StaffMember { id, ..operator(&town, 1) };
        let minute = Duration::minutes(1);
        switches::pause(&app, &town, &by, Scope::PaidSms, "Missbrauch").await.unwrap();
        app.clock.advance(minute);
        let stopped = owe(&app, &town, &confirmation_of_cancelling(), 1).await;
        watch::cancel(&app, &town, &by, stopped[0], "doppelt").await.unwrap();
        app.clock.advance(minute);
        budget::set_per_day(&app, &town, &by, 6000, "Umzug des Amts").await.unwrap();
        app.clock.advance(minute);
        switches::resume(&app, &town, &by, Scope::PaidSms, "vorbei").await.unwrap();
        let stranger = operator(&neighbour, 2);
        switches::pause(&app, &neighbour, &stranger, Scope::PaidSms, "andere Stadt").await.unwrap();

        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = watch::acts_of_staff(&app, &town, Acts::All, after, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.at, last.id));
            seen.extend(page);
        }
        assert!(seen.iter().all(|act| act.who.as_deref() == Some("B. Probe")));
        assert_eq!(seen[3].at, app.clock.now() - minute * 3);
        let told: Vec<_> = seen
            .iter()
            .map(|act| (act.subject.as_str(), act.to.as_str(), act.reason.as_deref().unwrap_or_default()))
            .collect();
        let per_day = town.settings.sms_segments_per_day;
        assert_eq!(
            told,
            [
                ("sending", "running", "paid_sms: vorbei"),
                ("budget", "per_day", format!("{per_day} -> 6000: Umzug des Amts").as_str()),
                ("message", "cancelled", "doppelt"),
                ("sending", "paused", "paid_sms: Missbrauch"),
            ]
        );
        let theirs = watch::acts_of_staff(&app, &neighbour, Acts::All, None, 10).await.unwrap();
        assert_eq!((theirs.len(), theirs[0].who.as_deref()), (1, None), "an account that is gone");
    }
}

#[tokio::test]
async fn a_job_runs_in_one_process_at_a_time_however_long_it_takes() {
    for app in testing::apps().await {
        let (every, began) = (Duration::seconds(15), app.clock.now());
        let take = async || upkeep::take(&app, "reconcile_uncertain", every).await.unwrap();
        assert_eq!(take().await, Turn::Ours(began));
        app.clock.set(began - Duration::milliseconds(3));
        assert_eq!(take().await, Turn::DueAt(began + every), "a clock that is a little behind");
        app.clock.set(began + Duration::seconds(10));
        assert!(upkeep::hold(&app, "reconcile_uncertain", began, every).await.unwrap());
        app.clock.set(began + Duration::seconds(20));
        assert_eq!(take().await, Turn::DueAt(began + Duration::seconds(25)), "the first one is still at it");
        app.clock.set(began + Duration::seconds(25));
        assert_eq!(take().await, Turn::Ours(app.clock.now()), "it was not heard of again");
        assert!(!upkeep::hold(&app, "reconcile_uncertain", began, every).await.unwrap(), "it has lost it");
        upkeep::let_go(&app, "reconcile_uncertain", began).await.unwrap();
        assert!(matches!(take().await, Turn::DueAt(_)), "and cannot give it away");
        upkeep::let_go(&app, "reconcile_uncertain", app.clock.now()).await.unwrap();
        assert!(matches!(take().await, Turn::Ours(_)), "what was given back is due at once");
    }
}

#[tokio::test]
async fn an_action_on_many_messages_stands_in_the_log_once_with_its_count() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = operator(&town, 1);
        switches::pause(&app, &town, &by, Scope::PaidSms, "Missbrauch").await.unwrap();
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 60).await;
        fail_quickly(&app, &ids).await;
        app.clock.advance(Duration::seconds(1));
        bulk::begin(&app, &town, &by, wish(&app, Action::Retry, 60)).await.unwrap();
        app.clock.advance(Duration::seconds(1));
        watch::cancel(&app, &town, &by, ids[7], "Störung behoben").await.unwrap();
        let told = async |acts: Acts| {
            let found = watch::acts_of_staff(&app, &town, acts, None, 50).await.unwrap();
            found.into_iter().map(|act| (act.subject, act.to, act.messages)).collect::<Vec<_>>()
        };
        let act = |subject: &str, to: &str, messages| (subject.to_owned(), to.to_owned(), messages);
        let (alone, many) = (act("message", "cancelled", None), act("bulk", "running", Some(60)));
        let stop = act("sending", "paused", None);
        assert_eq!(told(Acts::All).await, [alone.clone(), many.clone(), stop.clone()]);
        assert_eq!(told(Acts::Bulk).await, [many]);
        assert_eq!(told(Acts::Sending).await, [stop]);
        assert_eq!((told(Acts::Budget).await, told(Acts::OptOut).await), (Vec::new(), Vec::new()));
        let messages = told(Acts::Message).await;
        assert_eq!((messages.len(), &messages[0]), (50, &alone), "each message, when one asks for them");
    }
}

#[tokio::test]
async fn a_number_typed_into_a_reason_is_kept_nowhere() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = operator(&town, 1);
        let typed = "0171 39200-12 und ida@exempel.example rufen an";
        let kept = "••• und ••• rufen an";
        let ids = owe(&app, &town, &confirmation_of_cancelling(), 3).await;
        fail_quickly(&app, &ids[..2]).await;
        watch::retry(&app, &town, &by, ids[0], typed).await.unwrap();
        watch::cancel(&app, &town, &by, ids[2], typed).await.unwrap();
        app.clock.advance(Duration::seconds(1));
        let many = Wish { reason: typed.into(), ..wish(&app, Action::Retry, 1) };
        assert_eq!(bulk::begin(&app, &town, &by, many).await.unwrap().reason, kept);
        switches::pause(&app, &town, &by, Scope::PaidSms, typed).await.unwrap();
        switches::resume(&app, &town, &by, Scope::PaidSms, typed).await.unwrap();
        budget::set_per_day(&app, &town, &by, 6000, typed).await.unwrap();
        for acts in [Acts::All, Acts::Message] {
            for act in watch::acts_of_staff(&app, &town, acts, None, 50).await.unwrap() {
                let reason = act.reason.unwrap();
                assert!(reason.ends_with(kept), "{}: {reason}", act.subject);
            }
        }
    }
}

#[tokio::test]
async fn a_job_tells_what_it_did_in_counts_and_what_went_wrong_in_words() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let run = async |result: Result<&[(&str, u64)], &str>| {
            upkeep::take(&app, "remind_day_before", Duration::minutes(1)).await.unwrap();
            upkeep::done(&app, "remind_day_before", result).await.unwrap();
            let job = watch::overview(&app, &town, 1).await.unwrap().jobs.remove(0);
            (job.last_result.unwrap(), job.last_counts, job.last_error)
        };
        let reminded = run(Ok(&[("reminders", 12)])).await;
        assert_eq!(reminded, ("ok".into(), vec![("reminders".to_owned(), 12)], None));
        let broken = run(Err("the database was busy")).await;
        assert_eq!(broken, ("failed".into(), Vec::new(), Some("the database was busy".to_owned())));
    }
}

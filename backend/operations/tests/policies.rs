//! What keeps money and people safe on the way of a message out, on every database: the budget of a day and how often one
//! number hears from us.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use domain::actor::StaffMember;
use domain::contact::{EmailAddress, PhoneNumber};
use domain::ids::{Id, MessageId, StaffId};
use domain::language::Language;
use domain::messaging::attempt::{Dispatch, SendOutcome};
use domain::messaging::budget::Level;
use domain::messaging::delivery::State;
use domain::messaging::notification::{Reply, Visit};
use domain::messaging::{Notification, Recipient};
use domain::schedule::holidays::LocalHoliday;
use domain::staff::Role;
use domain::town::Town;
use operations::App;
use operations::Error;
use operations::messaging::budget::{self, BudgetRefused};
use operations::messaging::delivery::{self, Claimed, Providers, claim, finish};
use operations::messaging::figures::{self, TownFigures};
use operations::messaging::opt_outs::{self, UnknownMail};
use operations::messaging::recovery;
use operations::messaging::texts::{self, TextProblem};
use operations::messaging::watch;
use operations::testing;
use store::messaging::{Message, NewMessage};
use uuid::Uuid;

const PROVIDER: &str = "fake";

fn minute() -> Duration {
    Duration::minutes(1)
}

fn starts() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 9, 16).unwrap().and_hms_opt(10, 20, 0).unwrap()
}

fn confirmed_cancelled() -> Notification {
    Notification::BookingCancelled { starts: starts() }
}

fn code() -> Notification {
    Notification::VerificationCode { code: "482913".into(), host: "termine.example".into() }
}

fn called() -> Notification {
    Notification::QueueCalled { number: "B012".into(), counter: "Platz 3".into() }
}

fn reminder() -> Notification {
    Notification::Reminder {
        visit: Visit {
            starts: starts(),
            office: "Rathaus".into(),
            address: "Rathausplatz 1".into(),
            entrance: None,
            sensitive: false,
            check_in_code: "4829-1376".into(),
        },
    }
}

/// Owes a message to the fictional number that ends so.
async fn owe(app: &App, town: &Town, notification: Notification, to: u32) -> MessageId {
    let to = Recipient::Phone(PhoneNumber::trusted(format!("+4917139200{to:02}")));
    owe_to(app, town, notification, to).await
}

async fn owe_to(app: &App, town: &Town, notification: Notification, to: Recipient) -> MessageId {
    let now = app.clock.now();
    let id = app.id();
    let tx = app.db.write().await.unwrap();
    // As verbs do: the wording in force is pinned.
    let kind = notification.kind();
    let current = store::messaging::texts::current(&tx, town.id, kind, Language::De).await.unwrap();
    let new = NewMessage {
        id,
        town: town.id,
        dedupe_key: format!("{id}"),
        to,
        notification,
        language: Language::De,
        template_version: 1,
        text: current.filter(|current| current.template.is_some()).map(|current| current.id),
        parent: None,
        booking: None,
        visit: None,
        not_before: now,
        expires_at: now + Duration::hours(30),
        created_at: now,
    };
    assert!(store::messaging::insert(&tx, &new, app.rng.bytes()).await.unwrap());
    tx.commit().await.unwrap();
    id
}

async fn take(app: &App, id: MessageId) -> Option<Claimed> {
    claim(app, id, PROVIDER, minute()).await.unwrap()
}

async fn message(app: &App, id: MessageId) -> Message {
    store::messaging::get(&app.db, id).await.unwrap().unwrap()
}

async fn town_of(app: &App, per_day: u32) -> Town {
    testing::town_with(app, |town| town.settings.sms_segments_per_day = per_day).await
}

fn taken(reference: &str) -> SendOutcome {
    SendOutcome::Accepted { reference: reference.into(), segments: Some(1) }
}

fn operator(town: &Town) -> StaffMember {
    let id = StaffId::from_uuid(Uuid::from_u128(9));
    StaffMember { town: town.id, id, role: Role::Ops, counter: None }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_can_wait_is_held_at_the_limit_and_codes_have_a_fifth_more() {
    for app in testing::apps().await {
        let town = town_of(&app, 10).await;
        for nth in 0..10 {
            let id = owe(&app, &town, reminder(), nth).await;
            assert!(take(&app, id).await.is_some(), "{nth}");
        }
        let eleventh = owe(&app, &town, reminder(), 11).await;
        assert!(take(&app, eleventh).await.is_none());
        let held = message(&app, eleventh).await;
        assert_eq!((held.state, held.attempts), (State::Held, 0), "no attempt was made");
        assert_eq!(held.not_before, utc("2026-09-15T06:00:00Z"), "it goes out in the morning");
        for nth in 0..2 {
            let id = owe(&app, &town, if nth == 0 { code() } else { called() }, nth).await;
            assert!(take(&app, id).await.is_some());
        }
        let too_much = owe(&app, &town, code(), 12).await;
        assert!(take(&app, too_much).await.is_none(), "the reserve has an end, too");
        let today = budget::today(&app, &town).await.unwrap();
        assert_eq!((today.used, today.reserve, today.held), (12, 2, 2));
        assert_eq!(today.level, Level::Empty);
        let facts = store::events::of_subject(&app.db, town.id.0).await.unwrap();
        // All at the same instant of the test's clock, so in no order.
        let mut levels: Vec<_> = facts.iter().map(|fact| fact.to.as_str()).collect();
        levels.sort_unstable();
        assert_eq!(levels, ["empty", "short", "used_up"], "each level is told once");
    }
}

#[tokio::test]
async fn a_long_text_costs_its_parts() {
    for app in testing::apps().await {
        let town = town_of(&app, 100).await;
        let zone = "Wartebereich im Lichthof ".repeat(6);
        let long = Notification::InboundReply { reply: Reply::CannotCancel { telephone: zone } };
        let id = owe(&app, &town, long, 1).await;
        assert!(take(&app, id).await.is_some());
        assert_eq!(budget::today(&app, &town).await.unwrap().used, 2);
    }
}

#[tokio::test]
async fn midnight_brings_a_new_budget_and_what_is_over_by_then_expires() {
    for app in testing::apps().await {
        let town = town_of(&app, 1).await;
        let first = owe(&app, &town, reminder(), 1).await;
        assert!(take(&app, first).await.is_some());
        let (second, third) = (owe(&app, &town, reminder(), 2).await, owe(&app, &town, reminder(), 3).await);
        for id in [second, third] {
            assert!(take(&app, id).await.is_none());
        }
        recovery::sweep(&app, Duration::minutes(2)).await.unwrap();
        app.clock.set(utc("2026-09-14T22:00:01Z"));
        recovery::sweep(&app, Duration::minutes(2)).await.unwrap();
        assert_eq!(message(&app, second).await.state, State::Held, "there is money, but the night is quiet");
        app.clock.set(utc("2026-09-15T06:00:00Z"));
        recovery::sweep(&app, Duration::minutes(2)).await.unwrap();
        assert_eq!(message(&app, second).await.state, State::Queued);
        assert!(take(&app, second).await.is_some());
        assert!(take(&app, third).await.is_none());
        app.clock.set(utc("2026-09-16T06:00:00Z"));
        recovery::sweep(&app, Duration::minutes(2)).await.unwrap();
        assert!(take(&app, third).await.is_none());
        assert_eq!(message(&app, third).await.state, State::Expired);
    }
}

#[tokio::test]
async fn what_was_certainly_not_sent_costs_nothing_and_what_may_have_been_does() {
    for app in testing::apps().await {
        let town = town_of(&app, 100).await;
        let used = async || budget::today(&app, &town).await.unwrap().used;
        let not_sent = SendOutcome::NotSent { reason: "dns_or_connect" };
        let ambiguous = SendOutcome::Ambiguous { reason: "timeout", http_status: None };
        let id = owe(&app, &town, reminder(), 1).await;
        let claimed = take(&app, id).await.unwrap();
        assert_eq!(used().await, 1);
        finish(&app, &claimed, &not_sent).await.unwrap();
        assert_eq!(used().await, 0);
        finish(&app, &claimed, &not_sent).await.unwrap();
        assert_eq!(used().await, 0, "told twice, given back once");
        let other = owe(&app, &town, reminder(), 2).await;
        let claimed = take(&app, other).await.unwrap();
        finish(&app, &claimed, &ambiguous).await.unwrap();
        assert_eq!(used().await, 1);
        app.clock.advance(Duration::seconds(5));
        assert!(take(&app, id).await.is_some(), "it is tried again");
        assert_eq!(used().await, 2);
        // The worker of this one dies: it may have been sent.
        app.clock.advance(Duration::minutes(2));
        recovery::sweep(&app, Duration::minutes(2)).await.unwrap();
        assert_eq!((message(&app, id).await.state, used().await), (State::Uncertain, 2));
    }
}

#[tokio::test]
async fn of_the_answers_that_waited_for_money_the_last_one_alone_is_sent() {
    for app in testing::apps().await {
        let town = town_of(&app, 0).await;
        let answer = || Notification::InboundReply { reply: Reply::Stopped };
        let mut ids = Vec::new();
        for _ in 0..3 {
            app.clock.advance(Duration::seconds(1));
            ids.push(owe(&app, &town, answer(), 1).await);
        }
        let other = owe(&app, &town, answer(), 2).await;
        for id in ids.iter().chain([&other]) {
            assert!(take(&app, *id).await.is_none());
        }
        budget::set_per_day(&app, &town, &operator(&town), 100, "mehr").await.unwrap();
        for id in &ids[..2] {
            assert!(take(&app, *id).await.is_none());
            assert_eq!(message(&app, *id).await.state, State::Superseded);
        }
        assert!(take(&app, ids[2]).await.is_some() && take(&app, other).await.is_some());
        // Two that were never held are two answers to two questions.
        for _ in 0..2 {
            app.clock.advance(Duration::seconds(1));
            let id = owe(&app, &town, answer(), 3).await;
            let claimed = take(&app, id).await.unwrap();
            finish(&app, &claimed, &taken(&id.to_string())).await.unwrap();
        }
    }
}

#[tokio::test]
async fn answers_to_one_number_leave_in_the_order_they_were_owed() {
    for app in testing::apps().await {
        let town = town_of(&app, 100).await;
        let mut owed = Vec::new();
        for number in [1, 1, 2] {
            let said = Notification::InboundReply { reply: Reply::Stopped };
            app.clock.advance(Duration::milliseconds(1));
            owed.push(owe(&app, &town, said, number).await);
        }
        app.clock.advance(Duration::milliseconds(1));
        let news = owe(&app, &town, confirmed_cancelled(), 1).await;
        // Together or alone: the later ones wait for the first, and nobody else does.
        let ids = [news, owed[1], owed[0], owed[2]];
        let claimed = delivery::claim_all(&app, &ids, PROVIDER, minute()).await.unwrap();
        let went: Vec<bool> = claimed.iter().map(Option::is_some).collect();
        assert_eq!(went, [false, false, true, true]);
        app.clock.advance(Duration::seconds(1));
        assert!(take(&app, owed[1]).await.is_none(), "the first is on its way still");
        finish(&app, claimed[2].as_ref().unwrap(), &taken("SM1")).await.unwrap();
        app.clock.advance(Duration::seconds(1));
        assert!(take(&app, news).await.is_none());
        assert!(take(&app, owed[1]).await.is_some());
        // One that is stuck holds nobody up for long.
        app.clock.advance(Duration::minutes(3));
        assert!(take(&app, news).await.is_some());
    }
}

#[tokio::test]
async fn that_the_office_cancelled_waits_for_nothing() {
    for app in testing::apps().await {
        let usual = domain::town::TownSettings::default();
        let town = testing::town_with(&app, |town| town.settings = usual).await;
        for _ in 0..3 {
            let id = owe(&app, &town, confirmed_cancelled(), 1).await;
            assert!(take(&app, id).await.is_some());
        }
        let id = owe(&app, &town, confirmed_cancelled(), 1).await;
        assert!(take(&app, id).await.is_none(), "enough for an hour");
        let link = "https://termine.example".to_owned();
        let id = owe(&app, &town, Notification::BookingCancelledByOffice { starts: starts(), link }, 1).await;
        assert!(take(&app, id).await.is_some());
    }
}

#[tokio::test]
async fn a_reminder_by_mail_says_where_mails_are_turned_off_and_the_link_does_so() {
    for app in testing::apps().await {
        let town = town_of(&app, 100).await;
        let by_mail = || Providers { email: Some("fake"), ..Providers::from(PROVIDER) };
        let mailbox = || Recipient::Email(EmailAddress::parse("erika@exempel.example").unwrap());
        let claimed = async |notification| {
            let id = owe_to(&app, &town, notification, mailbox()).await;
            (id, claim(&app, id, by_mail(), minute()).await.unwrap())
        };
        let mail = |claimed: Option<Claimed>| match claimed.unwrap().outgoing {
            Dispatch::Email(mail) => mail,
            other => panic!("{other:?}"),
        };
        let (_, news) = claimed(confirmed_cancelled()).await;
        assert_eq!(mail(news).list_unsubscribe, None, "what somebody just did is told");
        let (_, first) = claimed(reminder()).await;
        let link = mail(first).list_unsubscribe.unwrap();
        let token = link.path_segments().unwrap().next_back().unwrap().to_owned();
        let stop = async |town: &Town, token: &str| opt_outs::stop_mails(&app, town, token).await;
        let neighbour = testing::neighbour(&app).await;
        let of_another = app.uuid().simple().to_string() + &token[32..];
        for wrong in ["", "x", &token[..40], &of_another, "ä".repeat(32).as_str()] {
            assert!(matches!(stop(&town, wrong).await, Err(Error::Refused(UnknownMail))), "{wrong}");
        }
        assert!(stop(&neighbour, &token).await.is_err());
        for _ in 0..2 {
            assert!(stop(&town, &token).await.is_ok());
        }
        let (id, second) = claimed(reminder()).await;
        assert!(second.is_none());
        assert_eq!(message(&app, id).await.state, State::Suppressed);
        let (kept, total) = opt_outs::newest(&app, &town).await.unwrap();
        assert_eq!((kept[0].source.as_str(), total), ("mail", 1));
    }
}

#[tokio::test]
async fn many_workers_never_spend_more_than_there_is() {
    for app in testing::apps().await {
        let town = town_of(&app, 10).await;
        let mut ids = Vec::new();
        for nth in 0..30 {
            ids.push(owe(&app, &town, reminder(), nth).await);
        }
        let claims = ids.iter().map(|id| claim(&app, *id, PROVIDER, minute()));
        let claimed = futures::future::join_all(claims).await;
        let taken = claimed.into_iter().filter(|one| matches!(one, Ok(Some(_)))).count();
        assert_eq!(taken, 10);
        assert_eq!(budget::today(&app, &town).await.unwrap().used, 10);
    }
}

#[tokio::test]
async fn a_raised_budget_lets_go_what_was_held_and_is_kept_with_its_reason() {
    for app in testing::apps().await {
        let town = town_of(&app, 0).await;
        let neighbour = testing::neighbour(&app).await;
        let id = owe(&app, &town, reminder(), 1).await;
        assert!(take(&app, id).await.is_none());
        let by = operator(&town);
        let refused = budget::set_per_day(&app, &town, &by, 5, " ").await;
        assert!(matches!(refused, Err(Error::Refused(BudgetRefused::ReasonMissing))));
        let refused = budget::set_per_day(&app, &town, &by, u32::MAX, "mehr").await;
        assert!(matches!(refused, Err(Error::Refused(BudgetRefused::TooMuch))));
        budget::set_per_day(&app, &neighbour, &by, 7, "andere Stadt").await.unwrap();
        assert_eq!(message(&app, id).await.state, State::Held, "the neighbour's money is not ours");
        let now = budget::set_per_day(&app, &town, &by, 5, "Umzug des Amts").await.unwrap();
        assert_eq!((now.per_day, now.held), (5, 0));
        assert!(take(&app, id).await.is_some());
        let facts = store::events::of_subject(&app.db, town.id.0).await.unwrap();
        assert_eq!(facts[0].reason.as_deref(), Some("0 -> 5: Umzug des Amts"));
    }
}

#[tokio::test]
async fn a_number_gets_three_in_an_hour_and_six_in_a_day() {
    for app in testing::apps().await {
        let usual = domain::town::TownSettings::default();
        let town = testing::town_with(&app, |town| town.settings = usual).await;
        for _ in 0..3 {
            let id = owe(&app, &town, confirmed_cancelled(), 1).await;
            assert!(take(&app, id).await.is_some());
            app.clock.advance(minute());
        }
        let fourth = owe(&app, &town, confirmed_cancelled(), 1).await;
        assert!(take(&app, fourth).await.is_none());
        let waiting = message(&app, fourth).await;
        assert_eq!(waiting.state, State::Queued);
        assert_eq!(waiting.not_before, testing::monday_morning() + Duration::hours(1));
        assert_eq!(waiting.error_code.as_deref(), Some("number_limit"));
        let other = owe(&app, &town, confirmed_cancelled(), 2).await;
        assert!(take(&app, other).await.is_some(), "another number is another number");
        let call = owe(&app, &town, called(), 1).await;
        assert!(take(&app, call).await.is_some(), "who is called is told");
        app.clock.set(testing::monday_morning() + Duration::hours(1));
        assert!(take(&app, fourth).await.is_some());
        for _ in 5..=6 {
            app.clock.advance(Duration::hours(2));
            let more = owe(&app, &town, confirmed_cancelled(), 1).await;
            assert!(take(&app, more).await.is_some());
        }
        app.clock.advance(Duration::hours(2));
        let seventh = owe(&app, &town, code(), 1).await;
        assert!(take(&app, seventh).await.is_none());
        let day_later = testing::monday_morning() + Duration::days(1);
        assert_eq!(message(&app, seventh).await.not_before, day_later);
    }
}

#[tokio::test]
async fn what_did_not_leave_and_answers_do_not_count_for_the_number() {
    for app in testing::apps().await {
        let usual = domain::town::TownSettings::default();
        let town = testing::town_with(&app, |town| town.settings = usual).await;
        for _ in 0..4 {
            let id = owe(&app, &town, confirmed_cancelled(), 1).await;
            let claimed = take(&app, id).await.expect("nothing has left so far");
            finish(&app, &claimed, &SendOutcome::refused(21211, 400)).await.unwrap();
            let answer = Notification::InboundReply { reply: Reply::OptedIn };
            let answer = owe(&app, &town, answer, 1).await;
            let claimed = take(&app, answer).await.unwrap();
            finish(&app, &claimed, &taken(&answer.to_string())).await.unwrap();
        }
    }
}

fn admin(town: &Town) -> StaffMember {
    StaffMember { role: Role::Admin, ..operator(town) }
}

const CANCELLED: (domain::messaging::Kind, Language) =
    (domain::messaging::Kind::BookingCancelled, Language::De);

async fn said(app: &App, id: MessageId) -> String {
    take(app, id).await.unwrap().outgoing.text().to_owned()
}

#[tokio::test]
async fn a_town_words_its_texts_and_messages_keep_the_wording_they_were_made_with() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = admin(&town);
        let before = owe(&app, &town, confirmed_cancelled(), 1).await;
        let set =
            async |typed: Option<&str>, seen| texts::set(&app, &town, &by, CANCELLED, typed, seen).await;
        let kept = set(Some("Abgesagt: {when} Uhr."), 0).await.unwrap();
        assert_eq!((kept.version, kept.example.as_str()), (1, "Abgesagt: Mo 14.09. 10:20 Uhr."));
        let first = owe(&app, &town, confirmed_cancelled(), 2).await;
        set(Some("Ihr Termin {when} ist weg."), 1).await.unwrap();
        let second = owe(&app, &town, confirmed_cancelled(), 3).await;
        let gone = set(Some("Noch einmal {when}."), 1).await;
        assert!(matches!(gone, Err(Error::Refused(TextProblem::ChangedMeanwhile))));
        set(None, 2).await.unwrap();
        let ours = owe(&app, &town, confirmed_cancelled(), 4).await;
        assert!(said(&app, before).await.starts_with("Termin Mi 16.09. 10:20 Uhr ist abgesagt."));
        assert_eq!(said(&app, first).await, "Abgesagt: Mi 16.09. 10:20 Uhr.");
        let shown = watch::reveal(&app, &town, &by, first, "Nachfrage").await.unwrap();
        assert_eq!(shown.text, "Abgesagt: Mi 16.09. 10:20 Uhr.");
        assert_eq!(said(&app, second).await, "Ihr Termin Mi 16.09. 10:20 ist weg.");
        assert!(said(&app, ours).await.starts_with("Termin Mi 16.09."));
        let versions = texts::history(&app, &town, &by, CANCELLED).await.unwrap();
        let versions: Vec<_> = versions.iter().map(|one| one.template.as_deref()).collect();
        assert_eq!(versions, [None, Some("Ihr Termin {when} ist weg."), Some("Abgesagt: {when} Uhr.")]);
        let all = texts::all(&app, &town, &by).await.unwrap();
        assert_eq!((all.len(), all.iter().filter(|one| one.own.is_some()).count()), (28, 0));
    }
}

#[tokio::test]
async fn wrong_wordings_wrong_roles_and_other_towns_are_refused() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let neighbour = testing::neighbour(&app).await;
        let by = admin(&town);
        let set =
            async |by: &StaffMember, typed| texts::set(&app, &town, by, CANCELLED, Some(typed), 0).await;
        let refused = set(&by, "Hallo {name}").await;
        let Err(Error::Refused(TextProblem::Faults(faults))) = refused else { panic!("{refused:?}") };
        let faults: Vec<_> = faults.iter().map(|fault| (fault.at, fault.problem.code())).collect();
        assert_eq!(faults, [(0, "missing_placeholder"), (6, "person_named")]);
        let preview = texts::preview(&app, &town, &by, CANCELLED, "Hallo {name}").unwrap();
        assert_eq!(preview.faults.len(), 2);
        for role in [Role::Desk, Role::Ops] {
            let other = StaffMember { role, ..by.clone() };
            let refused = set(&other, "Abgesagt: {when}").await;
            assert!(matches!(refused, Err(Error::Refused(TextProblem::NotAllowed))), "{role:?}");
        }
        let dialogue = (domain::messaging::Kind::InboundReply, Language::De);
        let refused = texts::set(&app, &town, &by, dialogue, Some("Hallo"), 0).await;
        assert!(matches!(refused, Err(Error::Refused(TextProblem::NotEditable))));
        texts::set(&app, &neighbour, &admin(&neighbour), CANCELLED, Some("Weg: {when}"), 0).await.unwrap();
        let id = owe(&app, &town, confirmed_cancelled(), 1).await;
        assert!(said(&app, id).await.starts_with("Termin Mi"), "the neighbour's wording is not ours");
    }
}

#[tokio::test]
async fn two_who_word_a_text_at_once_do_not_overwrite_each_other() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let by = admin(&town);
        let (one, other) = tokio::join!(
            texts::set(&app, &town, &by, CANCELLED, Some("Eins: {when}"), 0),
            texts::set(&app, &town, &by, CANCELLED, Some("Zwei: {when}"), 0)
        );
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
        assert_eq!(texts::history(&app, &town, &by, CANCELLED).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nothing_is_unusual_for_a_town_that_has_just_begun() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        for to in 0..40 {
            let id = owe(&app, &town, code(), to).await;
            assert!(take(&app, id).await.is_some());
        }
        assert_eq!(budget::unusual_hours(&app).await.unwrap(), Vec::<String>::new());
        // A week later nothing in this hour is what is usual.
        app.clock.advance(Duration::weeks(1) + Duration::hours(1));
        for to in 0..40 {
            let id = owe(&app, &town, code(), to).await;
            assert!(take(&app, id).await.is_some());
        }
        assert_eq!(budget::unusual_hours(&app).await.unwrap(), ["musterstadt"]);
    }
}

#[tokio::test]
async fn an_hour_far_above_the_usual_one_is_told_once() {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        // Ten in this hour of each of the last four weeks.
        let now = app.clock.now();
        for weeks in (1..=4).rev() {
            app.clock.set(now - Duration::weeks(weeks));
            for to in 0..10 {
                let id = owe(&app, &town, code(), to).await;
                assert!(take(&app, id).await.is_some());
            }
        }
        app.clock.set(now);
        assert_eq!(budget::unusual_hours(&app).await.unwrap(), Vec::<String>::new());
        assert!(!figures_of(&app, &town).await.unusual);
        for to in 0..25 {
            let id = owe(&app, &town, code(), to).await;
            assert!(take(&app, id).await.is_some());
        }
        for _ in 0..2 {
            assert_eq!(budget::unusual_hours(&app).await.unwrap(), ["musterstadt"]);
        }
        let facts = store::events::of_subject(&app.db, town.id.0).await.unwrap();
        assert_eq!(facts.iter().filter(|fact| fact.to == "unusual").count(), 1);
        assert!(figures_of(&app, &town).await.unusual);
        app.clock.advance(Duration::hours(1));
        assert!(!figures_of(&app, &town).await.unusual, "the next hour, whether or not a job looked at it");
    }
}

/// What `/metrics` tells of a town.
async fn figures_of(app: &App, town: &Town) -> TownFigures {
    let all = figures::read(app).await.unwrap().towns;
    all.into_iter().find(|one| one.slug == town.slug).unwrap()
}

#[tokio::test]
async fn every_process_tells_of_a_town_s_money_and_guard_what_the_database_has() {
    for app in testing::apps().await {
        let town = town_of(&app, 10).await;
        let neighbour = testing::neighbour(&app).await;
        let other = app.beside().await;
        for to in 0..4 {
            let id = owe(&app, &town, reminder(), to).await;
            assert!(take(&app, id).await.is_some());
        }
        for process in [&app, &other] {
            let ours = figures_of(process, &town).await;
            assert_eq!((Some(ours.budget_share), ours.unusual, ours.guarded), (Some(0.4), false, false));
            let theirs = figures_of(process, &neighbour).await;
            assert_eq!(Some(theirs.budget_share), Some(0.0), "not our money");
        }
        budget::set_per_day(&other, &town, &operator(&town), 5, "Probe").await.unwrap();
        let tx = other.db.write().await.unwrap();
        store::town::set_guarded_since(&tx, town.id, Some(app.clock.now())).await.unwrap();
        tx.commit().await.unwrap();
        let now = figures_of(&app, &town).await;
        assert_eq!((Some(now.budget_share), now.guarded), (Some(0.8), true));
        assert!(!figures_of(&app, &neighbour).await.guarded);
        app.clock.advance(Duration::days(1));
        assert_eq!(Some(figures_of(&app, &town).await.budget_share), Some(0.0), "a new day's money");
    }
}

/// A town in this Land that keeps these local holidays, too.
async fn town_in(app: &App, land: &str, own: &[LocalHoliday]) -> Town {
    testing::town_with(app, |town| {
        land.clone_into(&mut town.land);
        town.settings.local_holidays.extend(own);
    })
    .await
}

/// When a reminder that is due at this moment leaves: at once, or when it is put off to and taken then.
async fn leaves_at(app: &App, town: &Town, due: &str) -> DateTime<Utc> {
    app.clock.set(utc(due));
    let id = owe(app, town, reminder(), 31).await;
    if take(app, id).await.is_none() {
        let held = message(app, id).await;
        assert_eq!((held.state, held.attempts), (State::Queued, 0), "it waits, and no attempt was made");
        app.clock.set(held.not_before - Duration::seconds(1));
        assert!(take(app, id).await.is_none(), "not a second before");
        app.clock.set(held.not_before);
        assert!(take(app, id).await.is_some(), "then it leaves");
    }
    app.clock.now()
}

#[tokio::test]
async fn a_reminder_waits_for_ten_on_a_holiday_of_the_land_and_leaves_at_once_elsewhere() {
    // All Saints' Day 2027 is a Monday; at nine local time.
    let (nine, ten) = ("2027-11-01T08:00:00Z", "2027-11-01T09:00:00Z");
    for (land, leaves) in [("NW", ten), ("BW", ten), ("BE", nine), ("HH", nine)] {
        for app in testing::apps().await {
            let town = town_in(&app, land, &[]).await;
            assert_eq!(leaves_at(&app, &town, nine).await, utc(leaves), "{land}");
        }
    }
}

#[tokio::test]
async fn what_is_due_on_the_evening_before_a_holiday_leaves_two_hours_later_than_usual() {
    // Corpus Christi 2027 is Thursday, 27 May; half past eight in the evening before.
    let evening = "2027-05-26T18:30:00Z";
    let (eight, ten) = ("2027-05-27T06:00:00Z", "2027-05-27T08:00:00Z");
    for (land, leaves) in [("NW", ten), ("BY", ten), ("BE", eight), ("NI", eight)] {
        for app in testing::apps().await {
            let town = town_in(&app, land, &[]).await;
            assert_eq!(leaves_at(&app, &town, evening).await, utc(leaves), "{land}");
        }
    }
}

#[tokio::test]
async fn a_holiday_of_the_town_alone_counts_as_well_and_what_one_waits_for_leaves_on_any() {
    // Augsburg's Peace Festival 2028 is a Tuesday; at nine local time.
    let (nine, ten) = ("2028-08-08T07:00:00Z", "2028-08-08T08:00:00Z");
    for (own, leaves) in [(&[LocalHoliday::AugsburgPeaceFestival][..], ten), (&[], nine)] {
        for app in testing::apps().await {
            let town = town_in(&app, "BY", own).await;
            assert_eq!(leaves_at(&app, &town, nine).await, utc(leaves));
            app.clock.set(utc(nine));
            let called = owe(&app, &town, called(), 32).await;
            assert!(take(&app, called).await.is_some(), "who is called is in the house");
        }
    }
}

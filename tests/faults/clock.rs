//! What happens at certain times of the day and the year: in one process, on a clock that is set.

use chrono::{DateTime, Duration, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::language::Language;
use domain::local_time::local_of;
use domain::messaging::delivery::State;
use domain::messaging::notification::Visit;
use domain::messaging::{Notification, Recipient, timing};
use domain::town::Town;
use operations::messaging::delivery::claim;
use operations::testing::{self, TestApp};
use store::messaging::NewMessage;

use crate::report::Row;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Owes a reminder of an appointment.
async fn owe(app: &TestApp, town: &Town, starts_at: DateTime<Utc>) -> MessageId {
    let now = app.clock.now();
    let visit = Visit {
        starts: local_of(town.zone, starts_at),
        office: "Bürgeramt Mitte".to_owned(),
        address: "Rathausplatz 1".to_owned(),
        entrance: None,
        sensitive: false,
        check_in_code: "4829-1376".to_owned(),
    };
    let id: MessageId = app.id();
    let new = NewMessage {
        id,
        town: town.id,
        dedupe_key: id.to_string(),
        to: Recipient::Phone(PhoneNumber::trusted("+491713920012".to_owned())),
        notification: Notification::Reminder { visit },
        language: Language::De,
        template_version: 1,
        text: None,
        parent: None,
        booking: None,
        visit: None,
        not_before: now,
        expires_at: now + Duration::days(1),
        created_at: now,
    };
    let tx = app.db.write().await.expect("a transaction");
    store::messaging::insert(&tx, &new, app.rng.bytes()).await.expect("it is owed");
    tx.commit().await.expect("it is owed");
    id
}

async fn is_claimed(app: &TestApp, id: MessageId) -> bool {
    claim(app, id, "fake", Duration::minutes(1)).await.expect("the database answers").is_some()
}

#[tokio::test]
async fn f21_the_last_second_before_quiet_hours_and_the_first_one_in_them() {
    let row = Row::of(21, "a reminder claimed at 19:59:59 leaves, one at 20:00:00 waits for the morning");
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        app.clock.set(utc("2026-09-14T17:59:59Z"));
        let last = owe(&app, &town, utc("2026-09-15T08:20:00Z")).await;
        let first = owe(&app, &town, utc("2026-09-15T08:40:00Z")).await;
        assert!(is_claimed(&app, last).await, "what counts is when it is taken");
        app.clock.advance(Duration::seconds(1));
        assert!(!is_claimed(&app, first).await);
        let waiting = store::messaging::get(&app.db, first).await.expect("it answers").expect("it is there");
        assert_eq!((waiting.state, waiting.not_before), (State::Queued, utc("2026-09-15T06:00:00Z")));
        app.clock.set(utc("2026-09-15T06:00:00Z"));
        assert!(is_claimed(&app, first).await);
    }
    row.holds();
}

#[test]
fn f19_reminders_around_both_clock_changes() {
    let row =
        Row::of(19, "reminders of every quarter of an hour around 25.10.2026 and 28.03.2027, town clock");
    let zone = chrono_tz::Europe::Berlin;
    for change in ["2026-10-25T00:00:00Z", "2027-03-28T00:00:00Z"] {
        for quarter in 0..(4 * 96) {
            let starts_at = utc(change) - Duration::days(1) + Duration::minutes(15 * quarter);
            let booked_at = starts_at - Duration::days(5);
            let due = timing::reminders(booked_at, starts_at, zone, 900).day_before.expect("it is due");
            let (start, local) = (local_of(zone, starts_at), local_of(zone, due));
            assert_eq!(
                local.date(),
                start.date() - Duration::days(1),
                "the day before, by the town's calendar"
            );
            let expected = start.time().clamp(
                chrono::NaiveTime::from_hms_opt(9, 0, 0).expect("a time"),
                chrono::NaiveTime::from_hms_opt(19, 0, 0).expect("a time"),
            );
            assert_eq!(local.time(), expected, "the same time of the day");
            assert!(due < timing::reminder_expires(starts_at, zone));
        }
    }
    row.holds();
}

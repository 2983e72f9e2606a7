//! Reminders and the dialogue by SMS, over whole appointments, on every database at hand: each message is owed once
//! and each inbound one answered once, however often a scan runs or the provider calls.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::actor::StaffMember;
use domain::appointments::form::Particulars;
use domain::appointments::status::BookingState;
use domain::catalog::Catalogue;
use domain::contact::EmailAddress;
use domain::ids::{BookingId, StaffId};
use domain::language::Language;
use domain::messaging::delivery::State;
use domain::messaging::{ChannelKind, Kind};
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{self, AppointmentPage, CallerRequest, HoldRequest};
use operations::messaging::watch::{self, Filter};
use operations::messaging::{Answered, delivery, figures, record_inbound, reminders, texts};
use operations::schedule::{FreeSlot, ItemRequest, SlotSearch, free_slots};
use operations::testing::{self, TestApp, inbound};

const SERVICE: &str = "personalausweis-beantragen";

struct House {
    app: TestApp,
    town: Town,
}

async fn each(test: impl AsyncFn(House)) {
    for app in testing::apps().await {
        let town = testing::town(&app).await;
        let catalogue = Catalogue::parse(include_str!("../../lotse/data/catalogue.json")).unwrap();
        let setup = Setup::parse(include_str!("../../lotse/data/musterstadt.json")).unwrap();
        operations::catalog::import(&app, &town, &catalogue).await.unwrap();
        operations::setup::import(&app, &town, &setup).await.unwrap();
        test(House { app, town }).await;
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl House {
    fn items() -> Vec<ItemRequest> {
        vec![ItemRequest { service: SERVICE.to_owned(), quantity: 1 }]
    }

    async fn slots(&self, day: NaiveDate) -> Vec<FreeSlot> {
        let search = SlotSearch { items: Self::items(), office: None, from: Some(day), days: 1 };
        free_slots(&self.app, &self.town, &search).await.unwrap().days.remove(0).slots
    }

    fn desk(&self) -> StaffMember {
        let id = StaffId(uuid::Uuid::from_u128(9));
        StaffMember { town: self.town.id, id, role: Role::Desk, counter: None }
    }

    /// Books the nth free slot of a day for a caller with this number.
    async fn book(&self, day: NaiveDate, nth: usize, phone: &str) -> AppointmentPage {
        self.book_for(day, nth, (Some(phone), None)).await
    }

    /// Books the nth free slot of a day for a caller with this number and this mailbox.
    async fn book_for(
        &self,
        day: NaiveDate,
        nth: usize,
        (phone, email): (Option<&str>, Option<&str>),
    ) -> AppointmentPage {
        let slot = self.slots(day).await.swap_remove(nth);
        let request = CallerRequest {
            slot: HoldRequest {
                items: Self::items(),
                pool: slot.pool,
                starts_at: slot.span.starts_at(),
                origin: None,
            },
            particulars: Particulars {
                name: "Erika Exempel".to_owned(),
                phone: phone.map(str::to_owned),
                email: email.map(str::to_owned),
                ..Particulars::default()
            },
            language: Language::De,
            follows: None,
        };
        appointments::book_for_caller_anyway(&self.app, &self.town, &self.desk(), &request).await.unwrap()
    }

    async fn cancel(&self, id: BookingId) {
        appointments::cancel_by_staff(&self.app, &self.town, &self.desk(), id, None).await.unwrap();
    }

    async fn remind(&self) -> u64 {
        reminders::remind(&self.app, &self.town).await.unwrap()
    }

    async fn state(&self, id: BookingId) -> BookingState {
        store::appointments::booking(&self.app.db, self.town.id, id).await.unwrap().unwrap().state
    }

    /// What was owed of a kind, oldest first.
    async fn owed(&self, kind: Kind) -> Vec<watch::Message> {
        let filter = Filter { kind: Some(kind), ..Filter::default() };
        let mut page = watch::messages(&self.app, &self.town, &filter, 100).await.unwrap();
        page.messages.reverse();
        page.messages
    }

    /// The texts of the answers so far, oldest first.
    async fn answers(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for message in self.owed(Kind::InboundReply).await {
            let content = store::messaging::content(&self.app.db, message.id).await.unwrap().unwrap();
            texts.push(domain::messaging::text::render(&content.notification, message.language));
        }
        texts
    }

    /// Somebody writes; a second passes.
    async fn writes(&self, sid: &str, from: u32, body: &str) -> Answered {
        self.app.clock.advance(Duration::seconds(1));
        record_inbound(&self.app, &self.town, inbound(sid, from, body)).await.unwrap()
    }
}

#[tokio::test]
async fn everybody_of_tomorrow_is_reminded_once_however_often_the_scan_runs() {
    each(async |house| {
        let wednesday = day("2026-09-16");
        for (nth, phone) in ["0171 3920011", "0171 3920012", "0171 3920013"].into_iter().enumerate() {
            house.book(wednesday, nth, phone).await;
        }
        house.book(day("2026-09-17"), 0, "0171 3920014").await;
        let gone = house.book(wednesday, 3, "0171 3920015").await;
        house.cancel(gone.id).await;
        assert_eq!(house.remind().await, 0, "nobody is reminded two days before");
        house.app.clock.set(utc("2026-09-15T17:30:00Z"));
        let (one, other) = tokio::join!(
            reminders::remind(&house.app, &house.town),
            reminders::remind(&house.app, &house.town)
        );
        // Two workers may scan at once; one of them may be told to come back.
        let found = one.unwrap_or(0) + other.unwrap_or(0) + house.remind().await;
        assert_eq!(found, 3);
        assert_eq!(house.remind().await, 0);
        let mut bookings: Vec<_> = house.owed(Kind::Reminder).await.iter().map(|one| one.booking).collect();
        bookings.dedup();
        assert_eq!(bookings.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn who_gave_only_a_mailbox_is_reminded_there_and_nobody_is_looked_for_in_vain() {
    each(async |mut house| {
        house.app.app.mail_from = EmailAddress::parse("termine@musterstadt.example").ok();
        let wednesday = day("2026-09-16");
        let by_mail = house.book_for(wednesday, 0, (None, Some("erika@exempel.example"))).await;
        house.book_for(wednesday, 1, (None, None)).await;
        house.book(wednesday, 2, "0171 3920011").await;
        house.app.clock.set(utc("2026-09-15T17:00:00Z"));
        let late = async || figures::read(&house.app).await.unwrap().late_reminders;
        assert_eq!(late().await, 3, "nobody has looked yet");
        assert_eq!(house.remind().await, 2);
        let reminded = house.owed(Kind::Reminder).await;
        let there: Vec<_> = reminded.iter().filter(|one| one.channel == ChannelKind::Email).collect();
        assert_eq!(there.iter().map(|one| one.booking.unwrap().0).collect::<Vec<_>>(), [by_mail.id]);
        assert_eq!((reminded.len(), house.remind().await, late().await), (2, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn who_cancels_after_the_scan_is_not_reminded_any_more() {
    each(async |house| {
        let booked = house.book(day("2026-09-16"), 0, "0171 3920011").await;
        house.app.clock.set(utc("2026-09-15T12:00:00Z"));
        assert_eq!(house.remind().await, 1);
        house.cancel(booked.id).await;
        let reminder = house.owed(Kind::Reminder).await.remove(0);
        let claimed = delivery::claim(&house.app, reminder.id, "fake", Duration::minutes(1)).await.unwrap();
        assert!(claimed.is_none());
        assert_eq!(house.owed(Kind::Reminder).await[0].state, State::Superseded);
        assert_eq!(house.remind().await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_day_before_is_the_day_before_when_the_clocks_change_in_between() {
    // Summer time ends on Sunday, 25 October 2026, and begins on Sunday, 26 March 2028.
    for (booked_at, monday, too_early, due) in [
        ("2026-10-20T08:00:00Z", "2026-10-26", "2026-10-25T07:59:00Z", "2026-10-25T19:00:00Z"),
        ("2028-03-20T08:00:00Z", "2028-03-27", "2028-03-26T06:59:00Z", "2028-03-26T18:00:00Z"),
    ] {
        each(async |house| {
            house.app.clock.set(utc(booked_at));
            house.book(day(monday), 8, "0171 3920011").await;
            // Nine in the morning is the earliest on either side of the change.
            house.app.clock.set(utc(too_early));
            assert_eq!(house.remind().await, 0);
            house.app.clock.set(utc(due));
            assert_eq!(house.remind().await, 1);
            assert_eq!(house.remind().await, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn storno_asks_back_and_ja_cancels_one_appointment_and_frees_its_slot() {
    each(async |house| {
        let wednesday = day("2026-09-16");
        let before = house.slots(wednesday).await.len();
        let booked = house.book(wednesday, 0, "0171 3920011").await;
        let stranger = house.book(wednesday, 0, "0171 3920012").await;
        assert_eq!(house.writes("IN1", 11, "STORNO").await, Answered::Once);
        assert_eq!(house.state(booked.id).await, BookingState::Booked, "not without a second message");
        assert_eq!(house.answers().await.len(), 1);
        assert_eq!(house.writes("IN2", 11, "Ja").await, Answered::Once);
        assert_eq!(house.writes("IN2", 11, "Ja").await, Answered::Before);
        assert_eq!(house.state(booked.id).await, BookingState::CancelledByCitizen);
        assert_eq!(house.state(stranger.id).await, BookingState::Booked);
        assert_eq!(house.owed(Kind::BookingCancelled).await.len(), 1, "the news is the answer");
        assert_eq!(house.answers().await.len(), 1);
        // A second yes has nothing to say yes to.
        house.writes("IN3", 11, "JA").await;
        assert_eq!(house.state(stranger.id).await, BookingState::Booked);
        assert_eq!(house.owed(Kind::BookingCancelled).await.len(), 1);
        house.cancel(stranger.id).await;
        assert_eq!(house.slots(wednesday).await.len(), before);
    })
    .await;
}

#[tokio::test]
async fn of_two_appointments_the_chosen_one_is_cancelled() {
    each(async |house| {
        let first = house.book(day("2026-09-16"), 0, "0171 3920011").await;
        let second = house.book(day("2026-09-17"), 0, "0171 3920011").await;
        house.writes("IN1", 11, "STORNO").await;
        house.writes("IN2", 11, "2").await;
        assert_eq!(house.state(second.id).await, BookingState::Booked);
        house.writes("IN3", 11, "JA").await;
        assert_eq!(house.state(first.id).await, BookingState::Booked);
        assert_eq!(house.state(second.id).await, BookingState::CancelledByCitizen);
    })
    .await;
}

#[tokio::test]
async fn a_yes_that_comes_too_late_cancels_nothing() {
    each(async |house| {
        let booked = house.book(day("2026-09-16"), 0, "0171 3920011").await;
        house.writes("IN1", 11, "STORNO").await;
        house.app.clock.advance(Duration::minutes(11));
        house.writes("IN2", 11, "JA").await;
        assert_eq!(house.state(booked.id).await, BookingState::Booked);
        assert_eq!(house.answers().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn da_checks_in_on_the_day_and_only_then() {
    each(async |house| {
        let booked = house.book(day("2026-09-16"), 0, "0171 3920011").await;
        assert_eq!(house.writes("IN1", 11, "DA").await, Answered::Once);
        assert_eq!(house.state(booked.id).await, BookingState::Booked);
        house.app.clock.set(booked.starts_at - Duration::minutes(10));
        assert_eq!(house.writes("IN2", 11, "DA").await, Answered::Once);
        assert_eq!(house.writes("IN2", 11, "DA").await, Answered::Before);
        assert_eq!(house.state(booked.id).await, BookingState::Arrived);
        let visit = store::queue::visit_of_booking(&house.app.db, booked.id).await.unwrap().unwrap();
        let answers = house.answers().await;
        assert_eq!(answers.len(), 2);
        assert!(answers[0].starts_with("Ihr Termin ist"), "{}", answers[0]);
        assert!(answers[1].contains(&visit.ticket.compact()), "{}", answers[1]);
        // Once more by another message: answered, and still one visit.
        assert_eq!(house.writes("IN3", 11, "DA").await, Answered::Once);
        assert_eq!(house.answers().await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn da_twice_gives_the_number_again_and_too_late_is_said() {
    each(async |house| {
        let booked = house.book(day("2026-09-16"), 0, "0171 3920011").await;
        house.app.clock.set(booked.starts_at + Duration::minutes(20));
        for (sid, number) in [("IN1", 11), ("IN2", 11), ("IN3", 12)] {
            assert_eq!(house.writes(sid, number, "DA").await, Answered::Once);
        }
        let visit = store::queue::visit_of_booking(&house.app.db, booked.id).await.unwrap().unwrap();
        let answers = house.answers().await;
        assert!(answers[0].contains("wie ohne Termin"), "{}", answers[0]);
        assert!(answers[1].starts_with("Schön, dass Sie da sind"), "{}", answers[1]);
        assert!(answers[..2].iter().all(|answer| answer.contains(&visit.ticket.compact())));
        assert!(answers[2].contains("kein Termin"), "{}", answers[2]);
    })
    .await;
}

#[tokio::test]
async fn who_booked_long_ago_is_reminded_twice_and_a_move_changes_it() {
    each(async |house| {
        house.app.clock.set(utc("2026-09-01T08:00:00Z"));
        let booked = house.book(day("2026-09-16"), 8, "0171 3920011").await;
        let late = house.book(day("2026-09-14"), 8, "0171 3920012").await;
        let gone = house.book(day("2026-09-16"), 9, "0171 3920013").await;
        house.app.clock.set(utc("2026-09-12T17:00:00Z"));
        assert_eq!(house.remind().await, 0, "too early, and who booked thirteen days ahead needs none");
        assert_eq!(house.owed(Kind::EarlyReminder).await.len(), 0);
        house.cancel(gone.id).await;
        house.app.clock.set(utc("2026-09-13T17:30:00Z"));
        let (one, other) = tokio::join!(
            reminders::remind(&house.app, &house.town),
            reminders::remind(&house.app, &house.town)
        );
        let found = one.unwrap_or(0) + other.unwrap_or(0) + house.remind().await;
        assert_eq!(found, 2, "the early one of the one, the day before of the other");
        let early = house.owed(Kind::EarlyReminder).await;
        assert_eq!(early.iter().map(|one| one.booking.unwrap().0).collect::<Vec<_>>(), [booked.id]);
        assert_eq!(house.owed(Kind::Reminder).await[0].booking.unwrap().0, late.id);
        house.cancel(booked.id).await;
        let claimed = delivery::claim(&house.app, early[0].id, "fake", Duration::minutes(1)).await.unwrap();
        assert!(claimed.is_none());
        assert_eq!(house.owed(Kind::EarlyReminder).await[0].state, State::Superseded);
    })
    .await;
}

#[tokio::test]
async fn what_a_verb_owes_is_worded_as_the_town_wants() {
    each(async |house| {
        let by = StaffMember { role: Role::Admin, ..house.desk() };
        let which = (Kind::BookingConfirmed, Language::De);
        let wording = "Gebucht: {when} Uhr, {place}. Code {code}. STORNO sagt ab. {link}";
        texts::set(&house.app, &house.town, &by, which, Some(wording), 0).await.unwrap();
        house.book(day("2026-09-16"), 0, "0171 3920011").await;
        texts::set(&house.app, &house.town, &by, which, None, 1).await.unwrap();
        let confirmed = house.owed(Kind::BookingConfirmed).await.remove(0);
        let claimed = delivery::claim(&house.app, confirmed.id, "fake", Duration::minutes(1)).await.unwrap();
        let text = claimed.unwrap().outgoing.text().to_owned();
        assert!(
            text.starts_with("Gebucht: Mi 16.09. 08:00 Uhr, ") && text.contains("STORNO sagt ab. "),
            "{text}"
        );
    })
    .await;
}

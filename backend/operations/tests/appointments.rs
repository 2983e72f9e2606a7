//! Hold, book, verify, see, cancel: each verb works, refuses, is done twice, is tried by a stranger; on every
//! database at hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::{DateTime, Duration, Utc};
use domain::actor::StaffMember;
use domain::appointments::booking::{BookingRefused, HoldRefused};
use domain::appointments::form::{Field, FieldProblem, FieldRefused, Particulars};
use domain::appointments::status::BookingState;
use domain::appointments::verification::CodeRefused;
use domain::catalog::Catalogue;
use domain::ids::{BookingId, PoolId, StaffId};
use domain::language::Language;
use domain::messaging::Notification;
use domain::schedule::Audience;
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{
    self, BookProblem, BookRequest, BookedAppointment, CallerProblem, CallerRequest, CancelProblem,
    ExtendProblem, HeldSlot, HoldProblem, HoldRequest, VerifyProblem,
};
use operations::schedule::{FreeSlot, ItemRequest, ItemsProblem, SlotSearch, free_slots};
use operations::testing::{TestApp, apps, town};
use operations::{App, Error, catalog, setup};

const PHONE: &str = "0171 3920012";
const OTHER_PHONE: &str = "0171 3920013";

/// An office with one pool of two counters, Monday to Friday from 8 to 12, one of them kept for staff.
struct House {
    app: TestApp,
    town: Town,
}

async fn each(test: impl AsyncFn(House)) {
    each_with(2, test).await;
}

async fn each_with(public: u16, test: impl AsyncFn(House)) {
    for app in apps().await {
        let town = town(&app).await;
        let catalogue = Catalogue::parse(CATALOGUE).unwrap();
        catalog::import(&app, &town, &catalogue).await.unwrap();
        let file = SETUP.replace("\"public\": 2", &format!("\"public\": {public}"));
        setup::import(&app, &town, &Setup::parse(&file).unwrap()).await.unwrap_or_else(|e| panic!("{e}"));
        test(House { app, town }).await;
    }
}

impl House {
    async fn slots(&self, service: &str) -> Vec<FreeSlot> {
        let search = SlotSearch { items: items(service), office: None, from: None, days: 3 };
        let found = free_slots(&self.app, &self.town, &search).await.unwrap_or_else(|e| panic!("{e}"));
        found.days.into_iter().flat_map(|day| day.slots).collect()
    }

    /// The first slot of tomorrow.
    async fn slot(&self) -> FreeSlot {
        let today = self.app.clock.now().date_naive();
        self.slots("pass").await.into_iter().find(|slot| slot.day > today).unwrap()
    }

    async fn try_hold(&self, request: &HoldRequest) -> Result<HeldSlot, HoldProblem> {
        refusal(appointments::hold(&self.app, &self.town, request).await)
    }

    async fn hold(&self) -> HeldSlot {
        let slot = self.slot().await;
        self.try_hold(&wanted("pass", slot.pool, slot.span.starts_at())).await.unwrap()
    }

    async fn try_book(&self, held: &HeldSlot, phone: &str) -> Result<BookingId, BookProblem> {
        let request = BookRequest { hold: held.id, particulars: form(phone), language: Language::De };
        let token = held.token.as_deref().unwrap();
        refusal(appointments::book(&self.app, &self.town, token, &request).await).map(|pending| pending.id)
    }

    async fn try_verify(
        &self,
        held: &HeldSlot,
        id: BookingId,
        code: &str,
    ) -> Result<BookedAppointment, VerifyProblem> {
        let token = held.token.as_deref().unwrap();
        refusal(appointments::verify(&self.app, &self.town, token, id, code).await)
    }

    /// The whole way: hold, book, type the code.
    async fn book(&self, phone: &str) -> BookedAppointment {
        let held = self.hold().await;
        let id = self.try_book(&held, phone).await.unwrap();
        let code = self.code().await;
        self.try_verify(&held, id, &code).await.unwrap()
    }

    /// What is on its way, oldest first.
    async fn outbox(&self) -> Vec<Notification> {
        let tx = self.app.db.write().await.unwrap();
        let mut due =
            store::messaging::relay::lock_due(&tx, self.app.clock.now(), (None, &[]), 100).await.unwrap();
        due.sort_by_key(|due| due.id);
        let mut outbox = Vec::new();
        for due in due {
            outbox.push(store::messaging::content(&tx, due.id).await.unwrap().unwrap().notification);
        }
        outbox
    }

    /// The six digits that were sent last.
    async fn code(&self) -> String {
        let mut codes = self.outbox().await.into_iter().filter_map(|notification| match notification {
            Notification::VerificationCode { code, .. } => Some(code),
            _ => None,
        });
        codes.next_back().unwrap()
    }

    async fn free_now(&self, slot: &FreeSlot) -> bool {
        self.slots("pass").await.iter().any(|free| free.span.first == slot.span.first)
    }

    fn later(&self, minutes: i64) {
        self.app.clock.advance(Duration::minutes(minutes));
    }
}

fn refusal<T, R: std::fmt::Debug>(outcome: Result<T, Error<R>>) -> Result<T, R> {
    match outcome {
        Ok(done) => Ok(done),
        Err(Error::Refused(refused)) => Err(refused),
        Err(Error::Failed(failure)) => panic!("{failure:?}"),
    }
}

fn items(service: &str) -> Vec<ItemRequest> {
    vec![ItemRequest { service: service.to_owned(), quantity: 1 }]
}

fn wanted(service: &str, pool: PoolId, starts_at: DateTime<Utc>) -> HoldRequest {
    HoldRequest { items: items(service), pool, starts_at, origin: None }
}

fn form(phone: &str) -> Particulars {
    Particulars { name: "Erika Exempel".to_owned(), phone: Some(phone.to_owned()), ..Particulars::default() }
}

fn staff(town: &Town, role: Role) -> StaffMember {
    StaffMember { town: town.id, id: StaffId(uuid::Uuid::from_u128(9)), role, counter: None }
}

fn slot_refused(refused: Result<HeldSlot, HoldProblem>) -> (HoldRefused, usize) {
    match refused.unwrap_err() {
        HoldProblem::Slot { refused, nearest, .. } => (refused, nearest.len()),
        other @ (HoldProblem::Items(_) | HoldProblem::Proof(_)) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_citizen_holds_books_and_proves_the_number() {
    each(async |house| {
        let slot = house.slot().await;
        let held = house.hold().await;
        assert_eq!(held.ends_at - held.starts_at, Duration::minutes(15));
        let id = house.try_book(&held, PHONE).await.unwrap();
        let code = house.code().await;
        house.later(1);
        let booked = house.try_verify(&held, id, &code).await.unwrap();
        let page = &booked.page;
        assert_eq!((page.state, page.id, page.starts_at), (BookingState::Booked, id, slot.span.starts_at()));
        assert_eq!(page.sent_to.as_deref(), Some("0171 •••••12"));
        assert!(page.may_cancel && page.check_in_code.is_some() && page.zone.is_some());
        let outbox = house.outbox().await;
        let confirmed = outbox.iter().any(|sent| {
            matches!(sent, Notification::BookingConfirmed { visit, link }
                if visit.check_in_code == page.check_in_code.unwrap().to_string()
                && link.ends_with(booked.link_token.reveal()))
        });
        assert!(confirmed, "the confirmation goes out with the booking");
        let log = store::events::of_subject(&house.app.db, id.0).await.unwrap();
        let states: Vec<_> = log.iter().map(|event| (event.from.as_deref(), event.to.as_str())).collect();
        assert_eq!(states, [(None, "unverified"), (Some("unverified"), "booked")]);
    })
    .await;
}

#[tokio::test]
async fn the_link_opens_the_own_appointment_until_the_day_after() {
    each(async |house| {
        let booked = house.book(PHONE).await;
        let open = async |token: &str| {
            appointments::citizen_of_link(&house.app, &house.town, token).await.unwrap().it()
        };
        let token = booked.link_token.reveal();
        let citizen = open(&token.to_uppercase()).await.unwrap();
        assert_eq!(citizen.booking, booked.page.id);
        assert!(open("2222222222").await.is_none() && open("nonsense").await.is_none());
        let page = refusal(appointments::appointment(&house.app, &house.town, &citizen).await).unwrap();
        assert_eq!(page.check_in_code, booked.page.check_in_code);
        let file = refusal(appointments::calendar_file(&house.app, &house.town, &citizen).await).unwrap();
        assert!(file.contains("BEGIN:VTIMEZONE") && !file.contains("Exempel,") && !file.contains("3920012"));
        house.app.clock.set(booked.page.ends_at + Duration::hours(24));
        assert!(open(token).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_full_slot_is_refused_with_what_is_near() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        house.hold().await;
        assert!(!house.free_now(&slot).await);
        let again = house.try_hold(&wanted("pass", slot.pool, slot.span.starts_at())).await;
        assert_eq!(slot_refused(again), (HoldRefused::SlotTaken, 6));
    })
    .await;
}

#[tokio::test]
async fn slots_too_soon_too_far_off_the_grid_or_for_nobody_are_refused() {
    each(async |house| {
        let slot = house.slot().await;
        let at = |starts_at| wanted("pass", slot.pool, starts_at);
        let now = house.app.clock.now();
        let refused = async |starts_at| slot_refused(house.try_hold(&at(starts_at)).await).0;
        assert!(matches!(refused(now).await, HoldRefused::TooSoon { .. }));
        assert!(matches!(refused(now + Duration::days(62)).await, HoldRefused::BeyondHorizon { .. }));
        assert_eq!(refused(slot.span.starts_at() + Duration::minutes(1)).await, HoldRefused::OffTheGrid);
        assert_eq!(refused(slot.span.starts_at() - Duration::hours(1)).await, HoldRefused::SlotTaken);
        let unknown = house.try_hold(&wanted("nichts", slot.pool, slot.span.starts_at())).await.unwrap_err();
        assert_eq!(unknown, HoldProblem::Items(ItemsProblem::UnknownService { slug: "nichts".to_owned() }));
        let internal = house.try_hold(&wanted("intern", slot.pool, slot.span.starts_at())).await;
        assert!(internal.is_err(), "what is for staff only cannot be booked by the public");
        let elsewhere = PoolId(uuid::Uuid::from_u128(1));
        assert!(house.try_hold(&wanted("pass", elsewhere, slot.span.starts_at())).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn one_network_holds_only_so_many_slots() {
    each_with(30, async |house| {
        let slot = house.slot().await;
        let mut request = wanted("pass", slot.pool, slot.span.starts_at());
        request.origin = Some("192.0.2.1".to_owned());
        for _ in 0..house.town.settings.holds_per_network {
            house.try_hold(&request).await.unwrap();
        }
        assert_eq!(slot_refused(house.try_hold(&request).await).0, HoldRefused::TooManyHolds { at_most: 20 });
        request.origin = Some("192.0.2.2".to_owned());
        assert!(house.try_hold(&request).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_hold_is_extended_once_given_back_once_and_only_by_its_secret() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        let held = house.hold().await;
        let (app, town) = (&house.app, &house.town);
        let token = held.token.as_deref().unwrap();
        let stranger = refusal(appointments::extend_hold(app, town, "foreign", held.id).await).unwrap_err();
        assert_eq!(stranger, ExtendProblem::UnknownHold);
        let longer = refusal(appointments::extend_hold(app, town, token, held.id).await).unwrap();
        assert_eq!(longer.expires_at, held.expires_at + Duration::minutes(10));
        assert!(!longer.extendable && longer.token.is_none());
        let twice = refusal(appointments::extend_hold(app, town, token, held.id).await).unwrap_err();
        assert_eq!(twice, ExtendProblem::AlreadyExtended);
        assert!(refusal(appointments::release_hold(app, town, "foreign", held.id).await).is_err());
        for _ in 0..2 {
            refusal(appointments::release_hold(app, town, token, held.id).await).unwrap();
            assert!(house.free_now(&slot).await);
        }
        house.hold().await;
        assert!(!house.free_now(&slot).await, "given back once, taken once");
    })
    .await;
}

#[tokio::test]
async fn a_lapsed_hold_frees_its_slot_and_becomes_no_booking() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        let held = house.hold().await;
        house.later(10);
        let refused = house.try_book(&held, PHONE).await.unwrap_err();
        assert!(matches!(refused, BookProblem::HoldExpired(near) if near.slots.len() == 6));
        let expired = appointments::expire_due(&house.app).await.unwrap();
        assert_eq!((expired.holds, expired.bookings), (1, 0));
        assert_eq!(appointments::expire_due(&house.app).await.unwrap().holds, 0);
        assert!(house.free_now(&slot).await);
    })
    .await;
}

#[tokio::test]
async fn booking_twice_is_one_booking_and_one_code() {
    each(async |house| {
        let held = house.hold().await;
        let first = house.try_book(&held, PHONE).await.unwrap();
        assert_eq!(house.try_book(&held, PHONE).await.unwrap(), first);
        assert_eq!(house.outbox().await.len(), 1);
        let foreign = HeldSlot { token: Some("foreign".to_owned()), ..held.clone() };
        assert_eq!(house.try_book(&foreign, PHONE).await.unwrap_err(), BookProblem::UnknownHold);
    })
    .await;
}

#[tokio::test]
async fn wrong_particulars_are_told_and_the_hold_stays() {
    each(async |house| {
        let held = house.hold().await;
        let refused = house.try_book(&held, "030 901820").await.unwrap_err();
        let field = FieldRefused { field: Field::Phone, problem: FieldProblem::NotMobile };
        assert_eq!(refused, BookProblem::Refused(BookingRefused::Fields(vec![field])));
        assert!(house.try_book(&held, PHONE).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_number_has_each_service_booked_once() {
    each(async |house| {
        let booked = house.book(PHONE).await;
        let held = house.hold().await;
        let refused = house.try_book(&held, "+49 171 3920012").await.unwrap_err();
        let at = booked.page.starts_at;
        let same = |refused| matches!(refused, BookProblem::Refused(BookingRefused::SameServiceTwice { starts_at, .. }) if starts_at == at);
        assert!(same(refused));
        assert!(house.try_book(&held, OTHER_PHONE).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_kill_the_challenge_and_a_new_one_is_possible() {
    each(async |house| {
        let held = house.hold().await;
        let id = house.try_book(&held, PHONE).await.unwrap();
        let right = house.code().await;
        let wrong = if right == "000000" { "111111" } else { "000000" };
        for tries_left in [4, 3, 2, 1] {
            let refused = house.try_verify(&held, id, wrong).await.unwrap_err();
            assert_eq!(refused, VerifyProblem::Code(CodeRefused::Wrong { tries_left }));
        }
        let dead = |refused| matches!(refused, VerifyProblem::Code(CodeRefused::Dead { .. }));
        assert!(dead(house.try_verify(&held, id, wrong).await.unwrap_err()));
        assert!(dead(house.try_verify(&held, id, &right).await.unwrap_err()));
        let token = held.token.as_deref().unwrap();
        let too_soon = appointments::resend_code(&house.app, &house.town, token, id).await;
        assert!(matches!(refusal(too_soon), Err(VerifyProblem::Send(_))));
        house.later(1);
        let sent = refusal(appointments::resend_code(&house.app, &house.town, token, id).await).unwrap();
        assert_eq!(sent.tries_left, 5);
        let fresh = house.code().await;
        assert!(house.try_verify(&held, id, &fresh).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn the_right_code_twice_gives_the_same_answer_and_one_confirmation() {
    each(async |house| {
        let held = house.hold().await;
        let id = house.try_book(&held, PHONE).await.unwrap();
        let code = house.code().await;
        let first = house.try_verify(&held, id, &code).await.unwrap();
        let again = house.try_verify(&held, id, &code).await.unwrap();
        assert_eq!(first.link_token, again.link_token);
        assert_eq!(first.page.check_in_code, again.page.check_in_code);
        assert_eq!(house.outbox().await.len(), 2, "the code and the confirmation");
        let other = house.hold().await;
        let stranger = house.try_verify(&other, id, &code).await.unwrap_err();
        assert_eq!(stranger, VerifyProblem::UnknownBooking);
    })
    .await;
}

#[tokio::test]
async fn another_number_gets_another_code_and_the_old_one_no_longer_counts() {
    each(async |house| {
        let held = house.hold().await;
        let id = house.try_book(&held, PHONE).await.unwrap();
        let old = house.code().await;
        let token = held.token.as_deref().unwrap();
        house.later(1);
        let wrong = appointments::change_phone(&house.app, &house.town, token, id, "030 901820").await;
        assert!(matches!(refusal(wrong), Err(VerifyProblem::Number(_))));
        let changed = appointments::change_phone(&house.app, &house.town, token, id, OTHER_PHONE).await;
        assert_eq!(refusal(changed).unwrap().sent_to, "0171 •••••13");
        assert!(house.try_verify(&held, id, &old).await.is_err());
        let code = house.code().await;
        let booked = house.try_verify(&held, id, &code).await.unwrap();
        assert_eq!(booked.page.sent_to.as_deref(), Some("0171 •••••13"));
    })
    .await;
}

#[tokio::test]
async fn an_unverified_booking_lapses_after_half_an_hour() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        let held = house.hold().await;
        let id = house.try_book(&held, PHONE).await.unwrap();
        let code = house.code().await;
        house.later(29);
        assert_eq!(appointments::expire_due(&house.app).await.unwrap().bookings, 0);
        house.later(1);
        let refused = house.try_verify(&held, id, &code).await.unwrap_err();
        assert!(matches!(refused, VerifyProblem::Lapsed(near) if !near.slots.is_empty()));
        assert_eq!(appointments::expire_due(&house.app).await.unwrap().bookings, 1);
        assert!(house.free_now(&slot).await);
        let refused = house.try_verify(&held, id, &code).await.unwrap_err();
        assert!(matches!(refused, VerifyProblem::Lapsed(_)));
        let log = store::events::of_subject(&house.app.db, id.0).await.unwrap();
        assert_eq!(log.last().unwrap().to, "expired");
    })
    .await;
}

#[tokio::test]
async fn a_citizen_cancels_until_the_minute_and_the_slot_is_free_again() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        let booked = house.book(PHONE).await;
        let token = booked.link_token.reveal();
        let citizen =
            appointments::citizen_of_link(&house.app, &house.town, token).await.unwrap().it().unwrap();
        let cancel =
            async || refusal(appointments::cancel_by_citizen(&house.app, &house.town, &citizen).await);
        for _ in 0..2 {
            let page = cancel().await.unwrap();
            assert_eq!((page.state, page.may_cancel), (BookingState::CancelledByCitizen, false));
        }
        assert!(house.free_now(&slot).await);
        let news = house.outbox().await.into_iter();
        assert_eq!(news.filter(|sent| matches!(sent, Notification::BookingCancelled { .. })).count(), 1);
        house.hold().await;
        assert!(!house.free_now(&slot).await, "freed once");
    })
    .await;
}

#[tokio::test]
async fn an_appointment_that_has_begun_is_not_cancelled_by_the_citizen_but_by_staff() {
    each(async |house| {
        let booked = house.book(PHONE).await;
        let token = booked.link_token.reveal();
        let citizen =
            appointments::citizen_of_link(&house.app, &house.town, token).await.unwrap().it().unwrap();
        house.app.clock.set(booked.page.starts_at);
        let late = refusal(appointments::cancel_by_citizen(&house.app, &house.town, &citizen).await);
        let state = BookingState::Booked;
        assert_eq!(late.unwrap_err(), CancelProblem::NotCancellable { state });
        let by = staff(&house.town, Role::Desk);
        for _ in 0..2 {
            let id = booked.page.id;
            refusal(appointments::cancel_by_staff(&house.app, &house.town, &by, id, None).await).unwrap();
        }
        let page = refusal(appointments::appointment(&house.app, &house.town, &citizen).await).unwrap();
        assert_eq!(page.state, BookingState::CancelledByOffice);
        let again = refusal(appointments::cancel_by_citizen(&house.app, &house.town, &citizen).await);
        assert!(again.is_err(), "who cancelled is part of the state");
        let ops = staff(&house.town, Role::Ops);
        let refused = appointments::cancel_by_staff(&house.app, &house.town, &ops, page.id, None).await;
        assert_eq!(refusal(refused), Err(CancelProblem::NotAllowed));
        let unknown = BookingId(uuid::Uuid::from_u128(1));
        let refused = appointments::cancel_by_staff(&house.app, &house.town, &by, unknown, None).await;
        assert_eq!(refusal(refused), Err(CancelProblem::UnknownBooking));
    })
    .await;
}

#[tokio::test]
async fn staff_book_for_callers_from_what_is_kept_for_them_and_then_from_the_rest() {
    each_with(1, async |house| {
        let slot = house.slot().await;
        let by = staff(&house.town, Role::Desk);
        let request = |service, phone: Option<&str>| CallerRequest {
            slot: wanted(service, slot.pool, slot.span.starts_at()),
            particulars: Particulars { phone: phone.map(str::to_owned), ..form("") },
            language: Language::De,
            follows: None,
        };
        let book = async |by: &StaffMember, request: &CallerRequest| {
            refusal(appointments::book_for_caller(&house.app, &house.town, by, request).await)
        };
        let first = book(&by, &request("pass", Some(PHONE))).await.unwrap();
        assert_eq!(first.state, BookingState::Booked);
        assert!(house.free_now(&slot).await, "it took the place kept for staff");
        let second = book(&by, &request("intern", None)).await.unwrap();
        assert!(!house.free_now(&slot).await, "it took the public place");
        assert_ne!(first.check_in_code, second.check_in_code);
        let third = book(&by, &request("pass", None)).await.unwrap_err();
        assert!(matches!(
            third,
            CallerProblem::Slot(HoldProblem::Slot { refused: HoldRefused::SlotTaken, .. })
        ));
        let ops = book(&staff(&house.town, Role::Ops), &request("pass", None)).await.unwrap_err();
        assert_eq!(ops, CallerProblem::NotAllowed);
        let confirmed = house.outbox().await;
        assert_eq!(confirmed.len(), 1, "a message where there is a number, without digits to type");
        assert!(matches!(confirmed[0], Notification::BookingConfirmed { .. }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_24_who_want_6_places_at_once_exactly_6_get_one() {
    each_with(6, async |house| {
        let slot = house.slot().await;
        let request = wanted("pass", slot.pool, slot.span.starts_at());
        let tasks: Vec<_> = (0..24)
            .map(|_| {
                let (app, town, request): (App, Town, HoldRequest) =
                    (house.app.app.clone(), house.town.clone(), request.clone());
                tokio::spawn(async move { appointments::hold(&app, &town, &request).await })
            })
            .collect();
        let (mut held, mut taken) = (0, 0);
        for task in tasks {
            match refusal(task.await.unwrap()) {
                Ok(_) => held += 1,
                Err(HoldProblem::Slot { refused: HoldRefused::SlotTaken, .. }) => taken += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((held, taken), (6, 18));
        assert!(!house.free_now(&slot).await);
    })
    .await;
}

#[tokio::test]
async fn a_month_with_two_thousand_cells_taken_is_found_whole() {
    each_with(6, async |house| {
        let free = async || {
            let search = SlotSearch { items: items("pass"), office: None, from: None, days: 30 };
            let begun = std::time::Instant::now();
            let found = free_slots(&house.app, &house.town, &search).await.unwrap_or_else(|e| panic!("{e}"));
            (found.days.into_iter().flat_map(|day| day.slots).collect::<Vec<_>>(), begun.elapsed())
        };
        let (all, _) = free().await;
        let tx = house.app.db.write().await.unwrap();
        for (at, slot) in all.iter().enumerate() {
            for _ in 0..if at % 3 == 0 { 6 } else { 3 } {
                assert!(
                    store::schedule::take(&tx, slot.pool, slot.span, Audience::Public, |_| 6).await.unwrap()
                );
            }
            if at % 3 == 0 {
                let more = store::schedule::take(&tx, slot.pool, slot.span, Audience::Public, |_| 6).await;
                assert!(!more.unwrap(), "no tick goes over its capacity");
            }
        }
        tx.commit().await.unwrap();
        let (left, took) = free().await;
        assert_eq!(left.len(), all.len() - all.len().div_ceil(3));
        assert!(left.iter().all(|slot| all.contains(slot)));
        println!("slots_30d: {} of {} slots left, found in {took:?}", left.len(), all.len());
    })
    .await;
}

#[tokio::test]
async fn a_catalogue_taken_over_twice_changes_nothing() {
    each(async |house| {
        let before = catalog::public_catalogue(&house.app, &house.town).await.unwrap();
        catalog::import(&house.app, &house.town, &Catalogue::parse(CATALOGUE).unwrap()).await.unwrap();
        let after = catalog::public_catalogue(&house.app, &house.town).await.unwrap();
        assert_eq!((before.departments, before.services), (after.departments, after.services.clone()));
        assert_eq!(after.services.len(), 2, "internal services are not shown");
        let page = refusal(catalog::service_page(&house.app, &house.town, "pass").await).unwrap();
        assert_eq!(page.offices.len(), 1);
        assert!(refusal(catalog::service_page(&house.app, &house.town, "intern").await).is_err());
    })
    .await;
}

const CATALOGUE: &str = include_str!("data/catalogue.json");
const SETUP: &str = include_str!("data/town.json");

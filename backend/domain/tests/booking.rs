//! Holding and booking: how long a visit takes, and each refusal by its name.
#![cfg(test)]

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::appointments::booking::{
    Booker, BookingFacts, BookingRefused, ExtendRefused, HoldFacts, HoldRefused, HoldTerms, ItemsRefused,
    OfferTerms, OpenBooking, WantedItem, decide, decide_hold, length_of, may_cancel,
};
use domain::appointments::form::{
    Asked, Field, FieldProblem, FieldRefused, FormFields, Particulars, read_phone,
};
use domain::appointments::status::{BookingState, HoldState};
use domain::contact::Contact;
use domain::ids::ServiceId;
use domain::schedule::Tick;
use domain::schedule::opening_hours::DayCapacity;
use domain::schedule::slots::BookingWindow;
use domain::schedule::timeline::Timeline;
use proptest::prelude::*;
use uuid::Uuid;

fn nine() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn service(number: u128) -> ServiceId {
    ServiceId(Uuid::from_u128(number))
}

fn item(number: u128, quantity: u16, terms: (u16, u16, u16)) -> WantedItem {
    let terms = OfferTerms { duration_min: terms.0, per_person_min: terms.1, buffer_min: terms.2 };
    WantedItem { service: service(number), quantity, max_quantity: 5, terms }
}

/// One counter from 9:00 to 10:00 local time.
fn morning() -> Timeline {
    let date: NaiveDate = "2026-11-23".parse().unwrap();
    Timeline::join(&[DayCapacity { date, first: Tick::containing(nine()), steps: vec![1; 12] }])
}

fn facts(timeline: &Timeline) -> HoldFacts<'_> {
    let window = BookingWindow { earliest: nine(), latest: nine() + Duration::minutes(30) };
    HoldFacts { timeline, window, live_holds_of_origin: 0, holds_per_origin: 4 }
}

fn hold_at(minutes: i64) -> Result<(), HoldRefused> {
    let morning = morning();
    decide_hold(nine() + Duration::minutes(minutes), 3, facts(&morning), nine()).map(|_| ())
}

#[test]
fn a_visit_takes_as_long_as_its_services_rounded_up_to_five_minutes() {
    assert_eq!(length_of(&[item(1, 1, (10, 0, 0))]), Ok(2));
    assert_eq!(length_of(&[item(1, 1, (12, 0, 0))]), Ok(3));
    assert_eq!(length_of(&[item(1, 3, (10, 0, 0))]), Ok(6), "three of the same");
    assert_eq!(length_of(&[item(1, 3, (15, 5, 0))]), Ok(5), "further persons are quicker");
    assert_eq!(
        length_of(&[item(1, 1, (10, 0, 5)), item(2, 2, (15, 0, 3))]),
        Ok(9),
        "the longest buffer once"
    );
}

#[test]
fn services_that_make_no_visit_are_refused() {
    let ten = (10, 0, 0);
    assert_eq!(length_of(&[]), Err(ItemsRefused::NothingChosen));
    let twice = [item(1, 1, ten), item(1, 1, ten)];
    assert_eq!(length_of(&twice), Err(ItemsRefused::ServiceTwice { service: service(1) }));
    let out_of_range = Err(ItemsRefused::QuantityOutOfRange { service: service(1), at_most: 5 });
    assert_eq!(length_of(&[item(1, 0, ten)]), out_of_range);
    assert_eq!(length_of(&[item(1, 6, ten)]), out_of_range);
    assert_eq!(length_of(&[item(1, 5, (60, 0, 0))]), Err(ItemsRefused::TooLong { at_most_min: 240 }));
    let nine: Vec<_> = (1..=9).map(|number| item(number, 1, ten)).collect();
    assert_eq!(length_of(&nine), Err(ItemsRefused::TooManyServices { at_most: 8 }));
}

#[test]
fn a_free_slot_is_held_for_ten_minutes() {
    let morning = morning();
    let hold = decide_hold(nine(), 3, facts(&morning), nine()).unwrap();
    assert_eq!(hold.expires_at, nine() + Duration::minutes(10));
    assert_eq!(hold.span.ends_at(), nine() + Duration::minutes(15));
}

#[test]
fn each_reason_not_to_hold_has_its_name() {
    assert_eq!(hold_at(2), Err(HoldRefused::OffTheGrid));
    assert_eq!(hold_at(-5), Err(HoldRefused::TooSoon { earliest: nine() }));
    assert_eq!(hold_at(35), Err(HoldRefused::BeyondHorizon { latest: nine() + Duration::minutes(30) }));
    let mut taken = morning();
    taken.take(decide_hold(nine(), 3, facts(&morning()), nine()).unwrap().span);
    let again = decide_hold(nine() + Duration::minutes(10), 3, facts(&taken), nine());
    assert_eq!(again.map(|_| ()), Err(HoldRefused::SlotTaken));
    let many = HoldFacts { live_holds_of_origin: 4, ..facts(&taken) };
    let refused = decide_hold(nine() + Duration::minutes(15), 3, many, nine());
    assert_eq!(refused.map(|_| ()), Err(HoldRefused::TooManyHolds { at_most: 4 }));
}

#[test]
fn a_slot_outside_opening_hours_is_taken() {
    let morning = morning();
    let window = BookingWindow { earliest: nine(), latest: nine() + Duration::days(1) };
    let facts = HoldFacts { window, ..facts(&morning) };
    let late = decide_hold(nine() + Duration::minutes(50), 3, facts, nine());
    assert_eq!(late.map(|_| ()), Err(HoldRefused::SlotTaken), "it would end after closing");
}

fn held() -> HoldTerms {
    HoldTerms { state: HoldState::Held, expires_at: nine() + Duration::minutes(10), extended: false }
}

#[test]
fn a_hold_is_extended_once_while_it_lives() {
    let minutes = |minutes| nine() + Duration::minutes(minutes);
    assert_eq!(held().extend(minutes(9)), Ok(minutes(20)));
    assert_eq!(held().extend(minutes(10)), Err(ExtendRefused::HoldExpired));
    let extended = HoldTerms { extended: true, ..held() };
    assert_eq!(extended.extend(minutes(9)), Err(ExtendRefused::AlreadyExtended));
    let booked = HoldTerms { state: HoldState::Booked, ..held() };
    assert_eq!(booked.extend(minutes(1)), Err(ExtendRefused::HoldExpired));
}

fn contact() -> Contact {
    form("Erika Musterfrau", "0171 3920012").read(FormFields::default(), &german()).unwrap()
}

fn german() -> Vec<String> {
    vec!["DE".to_owned()]
}

fn form(name: &str, phone: &str) -> Particulars {
    Particulars { name: name.to_owned(), phone: Some(phone.to_owned()), ..Particulars::default() }
}

fn booking_facts<'a>(booker: Booker, services: &'a [ServiceId], open: &'a [OpenBooking]) -> BookingFacts<'a> {
    BookingFacts { booker, hold: Some(held()), services, open_bookings: open, open_bookings_per_number: 2 }
}

#[test]
fn a_citizens_booking_waits_for_the_six_digits() {
    let facts = booking_facts(Booker::Citizen, &[], &[]);
    let booking = decide(Ok(contact()), facts, nine()).unwrap();
    assert_eq!(booking.state, BookingState::Unverified);
    assert_eq!(booking.unverified_until, Some(nine() + Duration::minutes(30)));
}

#[test]
fn staff_and_known_numbers_book_at_once() {
    for booker in [Booker::Staff, Booker::KnownNumber] {
        let facts = BookingFacts { hold: None, ..booking_facts(booker, &[], &[]) };
        assert_eq!(decide(Ok(contact()), facts, nine()).unwrap().state, BookingState::Booked);
    }
}

#[test]
fn a_lapsed_hold_becomes_no_booking() {
    let facts = booking_facts(Booker::Citizen, &[], &[]);
    let late = decide(Ok(contact()), facts, nine() + Duration::minutes(10));
    assert_eq!(late, Err(BookingRefused::HoldExpired));
}

#[test]
fn a_number_has_each_service_once_and_two_bookings_in_all() {
    let services = [service(3), service(1)];
    let open = |numbers: &[u128]| OpenBooking {
        starts_at: nine() + Duration::days(1),
        services: numbers.iter().copied().map(service).collect(),
    };
    let try_with =
        |booker, open: &[OpenBooking]| decide(Ok(contact()), booking_facts(booker, &services, open), nine());
    let same =
        BookingRefused::SameServiceTwice { service: service(1), starts_at: nine() + Duration::days(1) };
    assert_eq!(try_with(Booker::Citizen, &[open(&[1])]), Err(same));
    assert!(try_with(Booker::Citizen, &[open(&[2])]).is_ok());
    let full = try_with(Booker::Citizen, &[open(&[2]), open(&[4])]);
    assert_eq!(full, Err(BookingRefused::TooManyOpenBookings { at_most: 2 }));
    assert!(try_with(Booker::Staff, &[open(&[1]), open(&[4])]).is_ok(), "staff may book beside them");
}

#[test]
fn a_booking_may_be_cancelled_until_its_minute() {
    let start = nine();
    let before = nine() - Duration::seconds(1);
    assert!(may_cancel(BookingState::Booked, start, before));
    assert!(!may_cancel(BookingState::Booked, start, start));
    assert!(!may_cancel(BookingState::Arrived, start, before));
    assert!(!may_cancel(BookingState::CancelledByOffice, start, before));
}

fn problems(particulars: &Particulars, fields: FormFields) -> Vec<(Field, FieldProblem)> {
    let refused = particulars.read(fields, &german()).err().unwrap_or_default();
    refused.into_iter().map(|FieldRefused { field, problem }| (field, problem)).collect()
}

#[test]
fn every_wrong_field_is_told_at_once() {
    let wrong = Particulars {
        name: " ".to_owned(),
        phone: Some("030 901820".to_owned()),
        email: Some("erika@".to_owned()),
        remark: Some("x".repeat(501)),
        address: None,
    };
    let told = problems(&wrong, FormFields::default());
    assert_eq!(
        told,
        [
            (Field::Name, FieldProblem::Required),
            (Field::Phone, FieldProblem::NotMobile),
            (Field::Email, FieldProblem::Invalid),
            (Field::Remark, FieldProblem::TooLong),
        ]
    );
}

#[test]
fn names_of_the_whole_world_are_taken_but_no_line_breaks() {
    for name in ["José Ñandú-Öztürk", "O’Neill", "李小龙", "Ada 😀", "محمد"] {
        assert_eq!(problems(&form(name, "0171 3920012"), FormFields::default()), [], "{name}");
    }
    for name in ["Erika\r\nBcc: a@b.example", "Erika\u{202e}", "Erika\0"] {
        let told = problems(&form(name, "0171 3920012"), FormFields::default());
        assert_eq!(told, [(Field::Name, FieldProblem::Invalid)], "{name:?}");
    }
}

#[test]
fn foreign_and_broken_numbers_are_told_apart() {
    let problem = |typed: &str| read_phone(typed, &german()).err().map(|refused| refused.problem);
    assert_eq!(problem("0171 3920012"), None);
    assert_eq!(problem("+43 664 1234567"), Some(FieldProblem::Foreign));
    assert_eq!(problem("0171 39"), Some(FieldProblem::Invalid));
    assert_eq!(problem("030 901820"), Some(FieldProblem::NotMobile));
    assert_eq!(problem(""), Some(FieldProblem::Required));
}

#[test]
fn what_is_not_asked_is_not_kept() {
    let fields = FormFields { email: Asked::NotAsked, remark: Asked::NotAsked, ..FormFields::default() };
    let mut typed = form("Erika Musterfrau", "0171 3920012");
    typed.email = Some("erika@musterstadt.example".to_owned());
    typed.remark = Some("Rollstuhl".to_owned());
    let contact = typed.read(fields, &german()).unwrap();
    assert_eq!((contact.email, contact.remark), (None, None));
}

#[test]
fn a_visit_for_two_services_asks_for_the_stricter_of_each_field() {
    let plain = FormFields::default();
    let strict = FormFields { address: Asked::Required, email: Asked::NotAsked, ..plain };
    let both = plain.and(strict);
    assert_eq!((both.address, both.email, both.name), (Asked::Required, Asked::Optional, Asked::Required));
    assert_eq!(both.for_staff().address, Asked::Optional);
}

proptest! {
    #[test]
    fn reading_a_form_never_panics_and_never_lets_a_line_break_through(
        name: String, phone: String, email: String, remark: String,
    ) {
        let typed = Particulars { name, phone: Some(phone), email: Some(email), remark: Some(remark), address: None };
        let fields = FormFields { phone: Asked::Optional, ..FormFields::default() };
        if let Ok(contact) = typed.read(fields, &german()) {
            prop_assert!(!contact.name.contains(['\r', '\n']));
            prop_assert!(!contact.email.unwrap_or_default().contains(['\r', '\n', ' ']));
        }
    }

    #[test]
    fn more_is_never_quicker(first in 1_u16..30, further in 0_u16..20, buffer in 0_u16..10, quantity in 1_u16..5) {
        let terms = (first, further, buffer);
        let some = length_of(&[item(1, quantity, terms)]).unwrap();
        let more = length_of(&[item(1, quantity + 1, terms)]).unwrap();
        prop_assert!(some <= more);
    }
}

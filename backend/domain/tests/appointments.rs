//! Machines of holds and bookings, codes, and the check of the mobile number.
#![cfg(test)]

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use domain::appointments::codes::{CheckInCode, CheckInCodeRefused, LinkToken, VerificationCode};
use domain::appointments::status::{BookingEvent, BookingState, HoldEvent, HoldState};
use domain::appointments::verification::{Challenge, CodeRefused, SendRefused, may_send};
use proptest::prelude::*;

fn nine() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    nine() + Duration::seconds(seconds)
}

#[test]
fn the_machine_of_bookings_has_exactly_the_drawn_transitions() {
    use BookingEvent as Event;
    use BookingState as State;
    let drawn: HashSet<(State, Event, State)> = [
        (State::Unverified, Event::Verify, State::Booked),
        (State::Unverified, Event::VerificationExpired, State::Expired),
        (State::Unverified, Event::CancelByCitizen, State::CancelledByCitizen),
        (State::Unverified, Event::CancelByOffice, State::CancelledByOffice),
        (State::Booked, Event::Arrive, State::Arrived),
        (State::Booked, Event::CancelByCitizen, State::CancelledByCitizen),
        (State::Booked, Event::CancelByOffice, State::CancelledByOffice),
        (State::Booked, Event::MarkNoShow, State::NoShow),
        (State::Booked, Event::Move, State::Moved),
        (State::Arrived, Event::UndoArrival, State::Booked),
        (State::NoShow, Event::UndoNoShow, State::Booked),
        (State::CancelledByOffice, Event::UndoCancelByOffice, State::Booked),
    ]
    .into();
    let all =
        State::ALL.into_iter().flat_map(|state| Event::ALL.into_iter().map(move |event| (state, event)));
    let legal: HashSet<_> =
        all.filter_map(|(state, event)| Some((state, event, state.after(event).ok()?))).collect();
    assert_eq!(legal, drawn);
}

#[test]
fn a_hold_ends_once() {
    assert_eq!(HoldState::Held.after(HoldEvent::Book), Ok(HoldState::Booked));
    assert_eq!(HoldState::Held.after(HoldEvent::Expire), Ok(HoldState::Expired));
    assert_eq!(HoldState::Held.after(HoldEvent::Release), Ok(HoldState::Expired));
    for state in [HoldState::Booked, HoldState::Expired] {
        assert!(HoldEvent::ALL.into_iter().all(|event| state.after(event).is_err()));
    }
}

#[test]
fn states_are_read_back_by_their_names() {
    assert!(BookingState::ALL.into_iter().all(|state| BookingState::parse(state.as_str()) == Some(state)));
    assert!(HoldState::ALL.into_iter().all(|state| HoldState::parse(state.as_str()) == Some(state)));
    assert_eq!(BookingState::parse("cancelled"), None);
}

proptest! {
    #[test]
    fn capacity_once_freed_is_claimed_again_only_when_the_office_takes_a_cancellation_back(
        events in prop::collection::vec(prop::sample::select(BookingEvent::ALL.to_vec()), 0..30),
    ) {
        let mut state = BookingState::Unverified;
        for event in events {
            let next = state.after(event).unwrap_or(state);
            let undo = event == BookingEvent::UndoCancelByOffice;
            prop_assert!(undo || state.claims_capacity() || !next.claims_capacity());
            state = next;
        }
    }

    #[test]
    fn a_check_in_code_is_read_back_however_it_is_typed(random: u64) {
        let code = CheckInCode::from_random(random);
        let shown = code.to_string();
        prop_assert_eq!(CheckInCode::parse(&shown), Ok(code));
        prop_assert_eq!(CheckInCode::parse(&code.compact()), Ok(code));
        prop_assert_eq!(CheckInCode::parse(&format!(" {} ", shown.replace('-', " – "))), Ok(code));
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(random: u64, at in 0_usize..8, other in 1_u8..10) {
        let mut digits = CheckInCode::from_random(random).compact().into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + other) % 10;
        let typed = String::from_utf8(digits).unwrap();
        prop_assert_eq!(CheckInCode::parse(&typed), Err(CheckInCodeRefused::WrongCheckDigit));
    }

    #[test]
    fn two_swapped_neighbours_are_always_noticed(random: u64, at in 0_usize..7) {
        let mut digits = CheckInCode::from_random(random).compact().into_bytes();
        prop_assume!(digits[at] != digits[at + 1]);
        digits.swap(at, at + 1);
        let typed = String::from_utf8(digits).unwrap();
        prop_assert_eq!(CheckInCode::parse(&typed), Err(CheckInCodeRefused::WrongCheckDigit));
    }

    #[test]
    fn reading_a_code_never_panics(typed: String) {
        let _ = CheckInCode::parse(&typed);
        let _ = LinkToken::parse(&typed);
        let _ = VerificationCode::parse(&typed);
    }

    #[test]
    fn a_link_token_is_read_back_in_any_case(random: [u8; 16]) {
        let token = LinkToken::from_random(random);
        prop_assert_eq!(token.reveal().len(), 10);
        prop_assert_eq!(LinkToken::parse(&token.reveal().to_uppercase()), Ok(token));
    }

    #[test]
    fn five_guesses_are_all_a_challenge_ever_takes(gaps in prop::collection::vec(0_i64..300, 1..40)) {
        let mut challenge = Challenge::first(nine());
        let (mut now, mut judged) = (nine(), 0);
        for gap in gaps {
            now += Duration::seconds(gap);
            let tried = challenge.try_code(false, now);
            judged += u32::from(tried.challenge != challenge);
            challenge = tried.challenge;
            prop_assert!(tried.outcome.is_err());
        }
        prop_assert!(judged <= 5);
        prop_assert!(challenge.tries_left() == 0 || challenge.wrong_tries < 5);
    }

    #[test]
    fn no_number_ever_gets_more_than_three_codes_an_hour_or_five_a_day(
        gaps in prop::collection::vec(1_i64..7200, 1..80),
    ) {
        let (mut now, mut sent) = (nine(), Vec::new());
        for gap in gaps {
            now += Duration::seconds(gap);
            if may_send(&sent, now).is_ok() { sent.push(now); }
        }
        for at in &sent {
            let within = |span: Duration| sent.iter().filter(|other| *other > &(*at - span) && *other <= at).count();
            prop_assert!(within(Duration::hours(1)) <= 3);
            prop_assert!(within(Duration::days(1)) <= 5);
        }
    }
}

#[test]
fn a_code_is_shown_in_two_groups_with_its_check_digit() {
    // The example of H. M. Damm's table: 572 has the check digit 4.
    assert_eq!(CheckInCode::from_random(572).to_string(), "0000-5724");
    assert_eq!(CheckInCode::parse("0000 5724").map(CheckInCode::compact), Ok("00005724".to_owned()));
    assert_eq!(format!("{:?}", CheckInCode::from_random(572)), "CheckInCode(…24)");
}

#[test]
fn what_is_no_check_in_code_is_refused_with_the_reason() {
    assert_eq!(CheckInCode::parse(""), Err(CheckInCodeRefused::WrongLength));
    assert_eq!(CheckInCode::parse("4829"), Err(CheckInCodeRefused::WrongLength));
    assert_eq!(CheckInCode::parse("482913765"), Err(CheckInCodeRefused::WrongLength));
    assert_eq!(CheckInCode::parse("4829-137B"), Err(CheckInCodeRefused::NotDigits));
    assert_eq!(CheckInCode::parse("0000-5725"), Err(CheckInCodeRefused::WrongCheckDigit));
}

#[test]
fn secrets_print_without_what_they_hide() {
    let token = LinkToken::from_random([7; 16]);
    assert_eq!(format!("{token:?}"), "LinkToken(…)");
    let code = VerificationCode::from_random(123_456);
    assert_eq!(format!("{code:?}"), "VerificationCode(…)");
    assert_eq!(VerificationCode::parse("123 456"), Ok(code));
}

#[test]
fn the_right_code_verifies_until_ten_minutes_have_passed() {
    let challenge = Challenge::first(nine());
    assert_eq!(challenge.try_code(true, after(599)).outcome, Ok(()));
    assert_eq!(
        challenge.try_code(true, after(600)).outcome,
        Err(CodeRefused::Dead { resend_at: after(600) })
    );
}

#[test]
fn five_wrong_codes_kill_the_challenge_even_for_the_right_one() {
    let mut challenge = Challenge::first(nine());
    for tries_left in [4, 3, 2, 1] {
        let tried = challenge.try_code(false, after(1));
        assert_eq!(tried.outcome, Err(CodeRefused::Wrong { tries_left }));
        challenge = tried.challenge;
    }
    let dead = Err(CodeRefused::Dead { resend_at: after(30) });
    let tried = challenge.try_code(false, after(1));
    assert_eq!(tried.outcome, dead);
    assert_eq!(tried.challenge.try_code(true, after(2)).outcome, dead);
    let revived = tried.challenge.resend(&[nine()], after(30)).unwrap();
    assert_eq!(revived.try_code(true, after(31)).outcome, Ok(()), "a new code has its own five tries");
}

#[test]
fn each_further_code_waits_longer() {
    let first = Challenge::first(nine());
    assert_eq!(first.resend(&[nine()], after(29)), Err(SendRefused { resend_at: after(30) }));
    let second = first.resend(&[nine()], after(30)).unwrap();
    assert_eq!(second.resend_at(), after(90));
    let third = second.resend(&[nine(), after(30)], after(90)).unwrap();
    assert_eq!(third.resend_at(), after(210));
    let sent = [nine(), after(30), after(90)];
    assert_eq!(third.resend(&sent, after(210)), Err(SendRefused { resend_at: after(3600) }), "three an hour");
}

#[test]
fn a_number_gets_five_codes_a_day() {
    let sent: Vec<_> = (0..5).map(|hour| after(hour * 7200)).collect();
    assert_eq!(may_send(&sent, after(40_000)), Err(SendRefused { resend_at: after(86_400) }));
    assert_eq!(may_send(&sent, after(86_400)), Ok(()));
}

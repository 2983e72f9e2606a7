//! What people write, and what follows: each case as one exchange, and any sequence at all.

use super::*;
use crate::ids::PoolId;
use crate::messaging::notification::SlotLine;
use crate::messaging::sms_dialogue::parse;
use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    "2026-09-10T12:00:00Z".parse().unwrap()
}

fn id(n: u128) -> BookingId {
    BookingId(Uuid::from_u128(n))
}

fn booking(n: u128) -> OpenBooking {
    let day = NaiveDate::from_ymd_opt(2026, 9, 13 + n as u32).unwrap();
    OpenBooking {
        id: id(n),
        starts_at: day.and_hms_opt(8, 20, 0).unwrap().and_utc(),
        starts: day.and_hms_opt(10, 20, 0).unwrap(),
        place: "Bürgeramt Mitte".into(),
        check_in_code: format!("482{n}-1376"),
        begun: false,
    }
}

fn facts(open: u128) -> Facts {
    Facts {
        open: (1..=open).map(booking).collect(),
        offered: None,
        telephone: "115".into(),
        booking_link: "https://termine.example".into(),
        privacy_link: "https://termine.example/datenschutz".into(),
    }
}

fn talk(open: u128, bodies: &[&str]) -> Vec<Act> {
    let facts = facts(open);
    let mut state = Conversation::default();
    let mut acts = vec![];
    for body in bodies {
        let (after, act) = step(&state, &parse(body).command, &facts, noon());
        state = after;
        acts.push(act);
    }
    acts
}

#[test]
fn cancelling_takes_two_steps() {
    let acts = talk(1, &["storno", "JA"]);
    assert_eq!(acts[0], Act::Reply(Reply::ConfirmCancel { line: booking(1).line() }));
    assert_eq!(acts[1], Act::Cancel(id(1)));
}

#[test]
fn no_keeps_the_appointment_and_says_so() {
    let acts = talk(1, &["storno", "nein"]);
    assert_eq!(acts[1], Act::Reply(Reply::Kept { starts: booking(1).starts }));
}

#[test]
fn of_several_one_is_picked_first() {
    let acts = talk(3, &["storno", "2", "ja"]);
    assert!(matches!(&acts[0], Act::Reply(Reply::PickCancel { lines }) if lines.len() == 3));
    assert_eq!(acts[1], Act::Reply(Reply::ConfirmCancel { line: booking(2).line() }));
    assert_eq!(acts[2], Act::Cancel(id(2)));
}

#[test]
fn the_code_picks_at_once() {
    let acts = talk(3, &["STORNO 4823", "ja"]);
    assert_eq!(acts[1], Act::Cancel(id(3)));
}

#[test]
fn yes_without_a_question_does_nothing() {
    assert!(matches!(talk(1, &["ja"])[0], Act::Reply(Reply::NotUnderstood { .. })));
}

#[test]
fn yes_to_a_list_cancels_nothing() {
    assert!(matches!(
        talk(2, &["storno", "ja"])[1],
        Act::Reply(Reply::NotUnderstood { choices: Some(2), .. })
    ));
}

#[test]
fn yes_after_ten_minutes_changes_nothing() {
    let facts = facts(1);
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &facts, noon());
    let later = noon() + Duration::minutes(CONFIRM_MINUTES);
    let (_, act) = step(&asked, &Command::Yes, &facts, later);
    assert_eq!(act, Act::Reply(Reply::TooLate { telephone: "115".into() }));
}

#[test]
fn a_second_yes_does_not_cancel_again() {
    assert!(!matches!(talk(2, &["STORNO 4821", "ja", "ja"])[2], Act::Cancel(_)));
}

#[test]
fn three_misunderstandings_end_in_silence_for_half_an_hour() {
    let acts = talk(1, &["bla", "bla", "bla", "bla", "INFO"]);
    assert_eq!(
        acts[0],
        Act::Reply(Reply::NotUnderstood { choices: None, yes_or_no: false, telephone: None })
    );
    assert_eq!(
        acts[1],
        Act::Reply(Reply::NotUnderstood { choices: None, yes_or_no: false, telephone: Some("115".into()) })
    );
    assert_eq!(acts[2], Act::Nothing);
    assert_eq!(acts[3], Act::Nothing);
    assert!(matches!(acts[4], Act::Reply(Reply::Appointments { .. })), "a real command is always answered");
}

#[test]
fn opting_out_works_in_any_state() {
    assert_eq!(talk(2, &["storno", "HALT"])[1], Act::OptOut);
    assert_eq!(talk(2, &["bla", "bla", "bla", "STOP"])[3], Act::OptOut);
}

#[test]
fn here_arrives_with_the_next_appointment() {
    assert_eq!(talk(2, &["DA"])[0], Act::Arrive(Some(id(1))));
    assert_eq!(talk(0, &["DA"])[0], Act::Arrive(None));
}

#[test]
fn what_has_begun_is_arrived_for_and_neither_cancelled_nor_moved() {
    let begun = OpenBooking { begun: true, starts_at: noon() - Duration::minutes(50), ..booking(1) };
    let later = OpenBooking { starts_at: noon() + Duration::hours(4), ..booking(2) };
    let both = Facts { open: vec![begun.clone(), later], ..facts(0) };
    let act = |facts: &Facts, body: &str| step(&idle(), &parse(body).command, facts, noon()).1;
    assert_eq!(act(&both, "DA"), Act::Arrive(Some(id(1))));
    assert!(
        matches!(act(&both, "STORNO"), Act::Reply(Reply::ConfirmCancel { line }) if line == booking(2).line())
    );
    assert!(matches!(act(&both, "STORNO 4821"), Act::Reply(Reply::CannotCancel { .. })));
    assert!(matches!(act(&both, "INFO"), Act::Reply(Reply::Appointments { begun: false, total: 2, .. })));
    let only = Facts { open: vec![begun], ..facts(0) };
    assert!(matches!(act(&only, "STORNO"), Act::Reply(Reply::CannotCancel { .. })));
    assert!(matches!(act(&only, "VERSCHIEBEN"), Act::Reply(Reply::CannotMove { .. })));
    assert!(matches!(act(&only, "SPÄTER"), Act::Reply(Reply::CannotMove { .. })));
    assert!(matches!(act(&only, "INFO"), Act::Reply(Reply::Appointments { begun: true, .. })));
    // Of two, whose time is nearest.
    let soon = OpenBooking { starts_at: noon() + Duration::minutes(10), ..booking(2) };
    let both = Facts { open: vec![only.open[0].clone(), soon], ..facts(0) };
    assert_eq!(act(&both, "DA"), Act::Arrive(Some(id(2))));
}

#[test]
fn another_language_asks_the_same_again() {
    let english = Command::Speak(Language::En);
    let facts = facts(1);
    let asked = follow(idle(), &Act::FindServices(None));
    assert_eq!(step(&asked, &english, &facts, noon()).1, Act::FindServices(None));
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &facts, noon());
    let (after, act) = step(&asked, &english, &facts, noon());
    assert_eq!(
        (after.question, act),
        (asked.question, Act::Reply(Reply::ConfirmCancel { line: booking(1).line() }))
    );
    assert!(matches!(step(&idle(), &english, &facts, noon()).1, Act::Reply(Reply::Help { .. })));
}

#[test]
fn who_leaves_the_other_times_keeps_the_appointment_and_is_told_so() {
    let facts = facts(1);
    let (_, act) = step(&idle(), &Command::Move { code: None }, &facts, noon());
    let asked = follow(idle(), &act);
    let kept = Act::Reply(Reply::Kept { starts: booking(1).starts });
    assert_eq!(step(&asked, &Command::No, &facts, noon()).1, kept);
}

#[test]
fn whoever_is_asked_for_yes_or_no_is_told_so() {
    let act = &talk(1, &["storno", "vielleicht"])[1];
    assert!(
        matches!(act, Act::Reply(Reply::NotUnderstood { choices: None, yes_or_no: true, .. })),
        "{act:?}"
    );
}

#[test]
fn a_name_answers_no_question_of_yesterday_either() {
    let asked = follow(idle(), &Act::FindServices(None));
    let late = noon() + Duration::minutes(ASK_MINUTES);
    let (_, act) = step(&asked, &parse("Reisepass").command, &facts(0), late);
    assert!(matches!(act, Act::Reply(Reply::TooLate { .. })), "{act:?}");
}

/// What whoever looks things up would ask on with, where every service has two offices and there is always a slot.
fn follow(after: Conversation, act: &Act) -> Conversation {
    let slot = |n: i64| Slot { pool: PoolId(Uuid::from_u128(7)), starts_at: noon() + Duration::hours(n) };
    let line = || SlotLine { starts: booking(1).starts, place: "Rathaus".into() };
    let label = |label: &str| label.to_owned();
    match act {
        Act::FindServices(_) => {
            let options = vec![Choice { of: label("pass"), label: label("Reisepass") }];
            booking::ask_service(options, "link", noon()).0
        }
        Act::FindOffices { service, .. } => {
            let office = |n| Choice { of: OfficeId(Uuid::from_u128(n)), label: format!("Amt {n}") };
            booking::ask_office(service, vec![office(1), office(2)], noon()).0
        }
        Act::FindSlots { wish, .. } => {
            let slots = (1..=3).map(|n| (slot(n), line())).collect();
            booking::ask_slot(wish.clone(), slots, (None, false), noon()).0
        }
        Act::Hold(wish, slot) => {
            let held = (HoldId(Uuid::from_u128(5)), noon() + Duration::minutes(CONFIRM_MINUTES));
            booking::ask_to_confirm(wish.clone(), *slot, held, line(), None).0
        }
        _ => after,
    }
}

#[test]
fn the_example_of_the_design_is_understood() {
    let facts = facts(0);
    let mut state = Conversation::default();
    let mut acts = Vec::new();
    for body in ["Hallo Termin", "1", "Amt 2", "2", "ja bitte"] {
        let (after, act) = step(&state, &parse(body).command, &facts, noon());
        state = follow(after, &act);
        acts.push(act);
    }
    let office = Some(OfficeId(Uuid::from_u128(2)));
    assert_eq!(acts[0], Act::FindServices(None));
    assert_eq!(acts[1], Act::FindOffices { service: "pass".into(), back: false });
    assert!(matches!(&acts[2], Act::FindSlots { wish, .. } if wish.office == office));
    assert!(matches!(&acts[3], Act::Hold(_, slot) if slot.starts_at == noon() + Duration::hours(2)));
    assert!(matches!(acts[4], Act::Book(..)));
}

#[test]
fn a_number_that_was_never_offered_and_a_question_of_yesterday_choose_nothing() {
    let facts = facts(0);
    let asked = follow(idle(), &Act::FindServices(None));
    for (number, understood) in [(1, true), (2, true), (3, false), (9, false)] {
        let (_, act) = step(&asked, &Command::Choice(number), &facts, noon());
        assert_eq!(!matches!(act, Act::Reply(Reply::NotUnderstood { .. })), understood, "{number}");
    }
    let (_, act) = step(&asked, &Command::Choice(1), &facts, noon() + Duration::minutes(ASK_MINUTES));
    assert!(matches!(act, Act::Reply(Reply::TooLate { .. })));
}

#[test]
fn yes_answers_what_was_asked_last() {
    let minute = |minutes: i64| noon() + Duration::minutes(minutes);
    let offered = Facts { offered: Some(noon()), ..facts(1) };
    let yes = |before: &Conversation, facts: &Facts, now| step(before, &Command::Yes, facts, now).1;
    assert_eq!(yes(&idle(), &offered, noon()), Act::AcceptOffer);
    // Offered after the question: nothing is cancelled by a yes to the offer.
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &offered, minute(-5));
    assert_eq!(yes(&asked, &offered, minute(1)), Act::AcceptOffer);
    assert_eq!(yes(&asked, &facts(1), minute(1)), Act::Cancel(id(1)), "without an offer it is one");
    // Asked after the offer, until that question is too old.
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &offered, minute(1));
    assert_eq!(yes(&asked, &offered, minute(2)), Act::Cancel(id(1)));
    assert_eq!(yes(&asked, &offered, minute(12)), Act::AcceptOffer);
    // A list is no question to be answered by yes, whenever it was written.
    for list in [Act::FindServices(None), step(&idle(), &Command::Move { code: None }, &offered, noon()).1] {
        assert_eq!(yes(&follow(idle(), &list), &offered, minute(1)), Act::AcceptOffer);
    }
}

#[test]
fn no_answers_what_was_asked_last() {
    let minute = |minutes: i64| noon() + Duration::minutes(minutes);
    let offered = Facts { offered: Some(noon()), ..facts(1) };
    let no = |before: &Conversation, facts: &Facts, now| step(before, &Command::No, facts, now).1;
    assert_eq!(no(&idle(), &offered, minute(1)), Act::DeclineOffer);
    assert!(matches!(no(&idle(), &facts(1), minute(1)), Act::Reply(Reply::NotUnderstood { .. })));
    // Offered after the question: the appointment that was asked about is still asked about.
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &offered, minute(-5));
    let (after, act) = step(&asked, &Command::No, &offered, minute(1));
    assert_eq!((after.question, act), (asked.question.clone(), Act::DeclineOffer));
    // Nobody declines an offer by leaving another question.
    let (_, act) = step(&asked, &Command::Choice(0), &offered, minute(1));
    assert!(matches!(act, Act::Reply(Reply::Kept { .. })));
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &offered, minute(1));
    assert!(matches!(no(&asked, &offered, minute(2)), Act::Reply(Reply::Kept { .. })));
    let service = Choice { of: "pass".to_owned(), label: "Reisepass".to_owned() };
    let list = booking::ask_service(vec![service], "link", minute(1)).0;
    assert_eq!(no(&list, &offered, minute(2)), Act::Reply(Reply::Stopped));
}

#[test]
fn what_was_moved_or_cancelled_meanwhile_is_shown_not_cancelled() {
    let (asked, _) = step(&idle(), &Command::Cancel { code: None }, &facts(1), noon());
    let moved = Facts { open: vec![booking(2)], ..facts(0) };
    let shown = Reply::Appointments { lines: vec![booking(2).line()], total: 1, begun: false };
    assert_eq!(step(&asked, &Command::Yes, &moved, noon()).1, Act::Reply(shown));
}

#[test]
fn whatever_answers_nothing_is_met_with_silence_after_the_third() {
    let acts = talk(0, &["ok", "ok", "ok", "ok", "5", "nein", "bla", "ok"]);
    let silent: Vec<bool> = acts.iter().map(|act| *act == Act::Nothing).collect();
    assert_eq!(silent, [false, false, true, true, true, true, true, true]);
    assert_ne!(talk(0, &["ok", "ok", "ok", "info"])[3], Act::Nothing, "a word that asks is heard");
}

#[test]
fn a_word_that_denies_names_no_service() {
    let asked = follow(idle(), &Act::FindServices(None));
    let (_, act) = step(&asked, &parse("kindperso nicht").command, &facts(0), noon());
    assert!(matches!(act, Act::Reply(Reply::NotUnderstood { .. })), "{act:?}");
}

/// What somebody may write: a word that means something, some of them with something around, or anything at all.
fn written() -> impl Strategy<Value = String> {
    let word = || {
        prop::sample::select(vec![
            "storno",
            "ja",
            "nein",
            "0",
            "1",
            "2",
            "9",
            "info",
            "da",
            "bla",
            "halt",
            "start",
            "termin",
            "verschieben",
            "später",
            "?",
            "en",
            "de",
        ])
    };
    prop_oneof![
        6 => word().prop_map(str::to_owned),
        2 => (word(), word()).prop_map(|(one, other)| format!("{one} {other}")),
        1 => (word(), "[ .,!?\u{1F642}\n]{0,4}").prop_map(|(one, around)| format!("{around}{one}{around}")),
        2 => any::<String>(),
        1 => "\\PC{0,200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_cancelled_without_a_question_answered_by_yes(
        bodies in prop::collection::vec(written(), 0..14),
        open in 0_u128..5
    ) {
        let facts = facts(open);
        let mut state = Conversation::default();
        for body in bodies {
            let asked = state.question.clone();
            let command = parse(&body).command;
            let (after, act) = step(&state, &command, &facts, noon());
            if let Act::Cancel(id) = act {
                prop_assert_eq!(&command, &Command::Yes);
                let right = matches!(asked, Question::ConfirmCancel { booking, .. } if booking == id);
                prop_assert!(right);
                prop_assert_eq!(&after.question, &Question::None);
            }
            if let Act::Book(_, _, hold) = &act {
                prop_assert_eq!(&command, &Command::Yes);
                let asked_now = matches!(asked, Question::ConfirmSlot { hold: kept, until, .. } if kept == *hold && noon() < until);
                prop_assert!(asked_now);
            }
            state = follow(after, &act);
        }
    }
}

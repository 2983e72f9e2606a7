//! Who carries a message, and who never may.

use chrono::Duration;
use proptest::prelude::*;

use super::*;

fn noon() -> DateTime<Utc> {
    "2026-09-14T12:00:00Z".parse().unwrap()
}

fn later() -> DateTime<Utc> {
    noon() + Duration::seconds(5)
}

fn line(provider: &str, weight: u32) -> Line<'_> {
    Line { provider, weight, passage: Passage::Free, ready_at: noon() }
}

fn tried<'a>(provider: &'a str, endings: &[Ending]) -> Vec<Tried<'a>> {
    endings.iter().map(|ending| Tried { provider, ending: *ending }).collect()
}

fn chosen<'a>(lines: &[Line<'a>], tried: &[Tried<'_>], draw: u32) -> Option<&'a str> {
    let wanted = Wanted { tried, preferred: None, urgent: false };
    match choose(lines, wanted, draw, noon()) {
        Choice::Send(at) => Some(lines[at].provider),
        Choice::Wait(_) | Choice::Nobody => None,
    }
}

#[test]
fn shares_are_kept() {
    let lines = [line("one", 70), line("two", 30), line("three", 0)];
    let count = |provider| (0..100).filter(|draw| chosen(&lines, &[], *draw) == Some(provider)).count();
    assert_eq!((count("one"), count("two"), count("three")), (70, 30, 0));
}

#[test]
fn who_has_no_share_steps_in_when_no_other_can() {
    let shut = Line { passage: Passage::Shut(later()), ..line("one", 100) };
    assert_eq!(chosen(&[shut, line("two", 0)], &[], 3), Some("two"));
    let full = Line { ready_at: later(), ..line("one", 100) };
    assert_eq!(chosen(&[full, line("two", 0)], &[], 3), None, "a full bucket is only waited for");
    let full_and_other = [full, line("two", 1)];
    assert_eq!(chosen(&full_and_other, &[], 0), Some("two"));
}

#[test]
fn the_second_failure_to_reach_it_sends_the_message_elsewhere_the_first_does_not() {
    let lines = [line("one", 100), line("two", 0)];
    assert_eq!(chosen(&lines, &tried("one", &[Ending::NotSent]), 0), Some("one"));
    assert_eq!(chosen(&lines, &tried("one", &[Ending::NotSent; 2]), 0), Some("two"));
    assert_eq!(chosen(&lines, &tried("one", &[Ending::Misconfigured]), 0), Some("two"));
    assert_eq!(chosen(&lines[..1], &tried("one", &[Ending::NotSent; 2]), 0), Some("one"), "if there is one");
}

#[test]
fn what_may_have_been_taken_stays_with_who_may_have_taken_it() {
    let shut = Line { passage: Passage::Shut(later()), ..line("one", 100) };
    let maybe = tried("one", &[Ending::NotSent, Ending::NotSent, Ending::MaybeTaken]);
    let wanted = Wanted { tried: &maybe, preferred: None, urgent: true };
    assert_eq!(choose(&[shut, line("two", 100)], wanted, 0, noon()), Choice::Wait(later()));
    assert_eq!(choose(&[line("two", 100)], wanted, 0, noon()), Choice::Nobody, "paused or taken out");
}

#[test]
fn a_probe_is_made_with_what_can_wait() {
    let lines = [Line { passage: Passage::Probe, ..line("one", 50) }, line("two", 50)];
    let with = |urgent| choose(&lines, Wanted { tried: &[], preferred: None, urgent }, 99, noon());
    assert_eq!((with(false), with(true)), (Choice::Send(0), Choice::Send(1)));
    let alone = Wanted { tried: &[], preferred: None, urgent: true };
    assert_eq!(choose(&lines[..1], alone, 0, noon()), Choice::Send(0), "better than nothing");
}

#[test]
fn who_is_preferred_goes_before_shares() {
    let lines = [line("one", 99), line("two", 1)];
    let wanted = Wanted { tried: &[], preferred: Some("two"), urgent: false };
    assert_eq!(choose(&lines, wanted, 0, noon()), Choice::Send(1));
}

fn endings() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![
        Ending::NotSent,
        Ending::Throttled,
        Ending::Misconfigured,
        Ending::Refused,
        Ending::MaybeTaken,
    ])
}

fn passages() -> impl Strategy<Value = Passage> {
    prop::sample::select(vec![Passage::Free, Passage::Probe, Passage::Shut(later())])
}

const NAMES: [&str; 3] = ["one", "two", "three"];

proptest! {
    #[test]
    fn never_a_second_provider_after_one_that_may_have_taken_it(
        stands in prop::collection::vec((0_u32..=100, passages(), any::<bool>()), 0..3),
        history in prop::collection::vec((0_usize..3, endings()), 0..8),
        draw in any::<u32>(), urgent in any::<bool>(), preferred in 0_usize..4,
    ) {
        let lines: Vec<Line<'_>> = stands.iter().zip(NAMES).map(|((weight, passage, ready), provider)| {
            let ready_at = if *ready { noon() } else { later() };
            Line { provider, weight: *weight, passage: *passage, ready_at }
        }).collect();
        let tried: Vec<Tried<'_>> =
            history.iter().map(|(at, ending)| Tried { provider: NAMES[*at], ending: *ending }).collect();
        let wanted = Wanted { tried: &tried, preferred: NAMES.get(preferred).copied(), urgent };
        let first = tried.iter().find(|one| one.ending == Ending::MaybeTaken);
        match choose(&lines, wanted, draw, noon()) {
            Choice::Send(at) => {
                prop_assert!(first.is_none_or(|first| first.provider == lines[at].provider));
                prop_assert!(!matches!(lines[at].passage, Passage::Shut(_)));
                prop_assert!(lines[at].ready_at <= noon());
            }
            Choice::Wait(at) => prop_assert!(at > noon()),
            // Only when there is nobody, or nobody it is bound to.
            Choice::Nobody => prop_assert!(
                lines.is_empty()
                    || first.is_some_and(|first| lines.iter().all(|line| line.provider != first.provider))
            ),
        }
    }
}

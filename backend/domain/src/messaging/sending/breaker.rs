//! When a provider that fails is left alone, and when it is tried again: one breaker per provider.

use std::collections::VecDeque;

use chrono::{DateTime, Duration, Utc};

use crate::messaging::failure::ErrorClass;

/// How far back failures count.
const WINDOW_SECONDS: i64 = 60;
/// Fewer calls than this say nothing.
const LEAST_CALLS: u32 = 20;
/// How long it is left alone before the first probe.
const REST: Duration = Duration::seconds(30);
/// How much time lies between two probes.
const PROBE_EVERY: Duration = Duration::seconds(10);

/// What the end of a call says about the provider, not about the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered as it should, whatever it said about the message.
    Good,
    /// It could not be reached, or left us in doubt.
    Bad,
    /// It does not accept our settings: no message can leave by it.
    Misconfigured,
    /// Nothing: it only asked us to slow down.
    Nothing,
}

impl Verdict {
    /// The verdict of an outcome; without a class it was accepted.
    #[must_use]
    pub fn of(class: Option<ErrorClass>) -> Self {
        match class {
            None => Self::Good,
            Some(ErrorClass::NotSent | ErrorClass::Ambiguous) => Self::Bad,
            Some(ErrorClass::Configuration) => Self::Misconfigured,
            Some(ErrorClass::Throttled) => Self::Nothing,
            Some(
                ErrorClass::PermanentRecipient
                | ErrorClass::OptedOut
                | ErrorClass::CarrierTemporary
                | ErrorClass::Blocked
                | ErrorClass::ProviderQueue
                | ErrorClass::Late
                | ErrorClass::Gone
                | ErrorClass::Render
                | ErrorClass::MailTemporary,
            ) => Self::Good,
        }
    }
}

/// Why a provider is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Half of its calls or more went wrong.
    Failing,
    /// It does not accept our settings.
    Misconfigured,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Messages pass.
    Closed,
    /// None passes but probes.
    Open {
        /// Why.
        why: Why,
        /// Since when.
        since: DateTime<Utc>,
        /// When the next probe may go.
        probe_at: DateTime<Utc>,
    },
}

/// Whether a message may pass now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Any.
    Free,
    /// One, to see whether it works again.
    Probe,
    /// None before this moment.
    Shut(DateTime<Utc>),
}

/// The breaker of one provider.
#[derive(Clone, Debug)]
pub struct Breaker {
    phase: Phase,
    /// Seconds that saw calls, the oldest first: second, calls, bad ones.
    seconds: VecDeque<(i64, u32, u32)>,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { phase: Phase::Closed, seconds: VecDeque::new() }
    }
}

impl Breaker {
    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether a message may pass now.
    #[must_use]
    pub fn passage(&self, now: DateTime<Utc>) -> Passage {
        match self.phase {
            Phase::Closed => Passage::Free,
            Phase::Open { probe_at, .. } if probe_at <= now => Passage::Probe,
            Phase::Open { probe_at, .. } => Passage::Shut(probe_at),
        }
    }

    /// A probe is on its way: the next one has to wait.
    pub fn probe_begins(&mut self, now: DateTime<Utc>) {
        if let Phase::Open { probe_at, .. } = &mut self.phase {
            *probe_at = now + PROBE_EVERY;
        }
    }

    /// The probe that was to begin did not: the next one may go now.
    pub fn probe_returns(&mut self, now: DateTime<Utc>) {
        if let Phase::Open { probe_at, .. } = &mut self.phase {
            *probe_at = now.min(*probe_at);
        }
    }

    /// A call ended. Once open, only probes count: what had begun before says nothing about now.
    pub fn record(&mut self, verdict: Verdict, was_probe: bool, now: DateTime<Utc>) {
        match (self.phase, verdict) {
            (_, Verdict::Nothing) => {}
            (Phase::Open { .. }, Verdict::Good) if was_probe => *self = Self::default(),
            (Phase::Open { since, .. }, Verdict::Bad) if was_probe => {
                self.phase = Phase::Open { why: Why::Failing, since, probe_at: now + PROBE_EVERY };
            }
            (Phase::Open { since, .. }, Verdict::Misconfigured) if was_probe => {
                self.phase = Phase::Open { why: Why::Misconfigured, since, probe_at: now + PROBE_EVERY };
            }
            (Phase::Open { .. }, _) => {}
            (Phase::Closed, Verdict::Misconfigured) => self.open(Why::Misconfigured, now),
            (Phase::Closed, Verdict::Good | Verdict::Bad) => {
                self.count(verdict == Verdict::Bad, now);
                let (calls, bad) = self.recent(now);
                if calls >= LEAST_CALLS && bad * 2 >= calls {
                    self.open(Why::Failing, now);
                }
            }
        }
    }

    /// Calls and bad ones of the last minute.
    #[must_use]
    pub fn recent(&self, now: DateTime<Utc>) -> (u32, u32) {
        let from = now.timestamp() - WINDOW_SECONDS;
        let counted = self.seconds.iter().filter(|(second, ..)| *second > from);
        counted.fold((0, 0), |(calls, bad), one| (calls + one.1, bad + one.2))
    }

    fn open(&mut self, why: Why, now: DateTime<Utc>) {
        self.phase = Phase::Open { why, since: now, probe_at: now + REST };
        self.seconds.clear();
    }

    fn count(&mut self, bad: bool, now: DateTime<Utc>) {
        let second = now.timestamp();
        self.seconds.retain(|(kept, ..)| *kept > second - WINDOW_SECONDS);
        match self.seconds.back_mut() {
            Some((last, calls, ill)) if *last >= second => {
                *calls += 1;
                *ill += u32::from(bad);
            }
            Some(_) | None => self.seconds.push_back((second, 1, u32::from(bad))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::seconds(seconds)
    }

    fn after(calls: &[(i64, Verdict)]) -> Breaker {
        let mut breaker = Breaker::default();
        for (second, verdict) in calls {
            breaker.record(*verdict, false, at(*second));
        }
        breaker
    }

    fn bad(count: i64) -> Vec<(i64, Verdict)> {
        (0..count).map(|second| (second, Verdict::Bad)).collect()
    }

    #[test]
    fn twenty_calls_of_which_half_are_bad_open_it_for_half_a_minute() {
        assert_eq!(after(&bad(19)).passage(at(19)), Passage::Free, "19 calls say nothing");
        let open = after(&bad(20));
        assert_eq!(open.passage(at(19)), Passage::Shut(at(49)));
        assert_eq!(open.passage(at(48)), Passage::Shut(at(49)));
        assert_eq!(open.passage(at(49)), Passage::Probe);
        let mut mixed: Vec<_> = (0..20).map(|second| (second, Verdict::Good)).collect();
        mixed.extend((20..39).map(|second| (second, Verdict::Bad)));
        assert_eq!(after(&mixed).passage(at(39)), Passage::Free, "19 of 39");
        mixed.push((39, Verdict::Bad));
        assert!(matches!(after(&mixed).passage(at(39)), Passage::Shut(_)), "20 of 40");
    }

    #[test]
    fn what_is_older_than_a_minute_is_forgotten() {
        let mut calls = bad(19);
        calls.push((78, Verdict::Bad));
        let breaker = after(&calls);
        assert_eq!(breaker.passage(at(78)), Passage::Free);
        assert_eq!(breaker.recent(at(78)), (1, 1), "those of the seconds 0 to 18 are over");
    }

    #[test]
    fn wrong_settings_open_it_at_once_and_only_a_probe_that_works_closes_it() {
        let mut breaker = after(&[(0, Verdict::Misconfigured)]);
        assert!(matches!(breaker.phase(), Phase::Open { why: Why::Misconfigured, .. }));
        breaker.record(Verdict::Good, false, at(1));
        assert_eq!(breaker.passage(at(1)), Passage::Shut(at(30)), "that one had begun before");
        breaker.probe_begins(at(30));
        assert_eq!(breaker.passage(at(31)), Passage::Shut(at(40)), "one probe every ten seconds");
        breaker.record(Verdict::Misconfigured, true, at(32));
        assert_eq!(breaker.passage(at(41)), Passage::Shut(at(42)));
        breaker.record(Verdict::Nothing, true, at(42));
        assert_eq!(breaker.passage(at(42)), Passage::Probe, "a throttled probe proves nothing");
        breaker.record(Verdict::Good, true, at(43));
        assert_eq!(breaker.passage(at(43)), Passage::Free);
        assert_eq!(breaker.recent(at(43)), (0, 0), "it begins anew");
    }

    #[test]
    fn a_probe_that_found_no_message_goes_at_once() {
        let mut breaker = after(&bad(20));
        breaker.probe_begins(at(60));
        breaker.probe_returns(at(60));
        assert_eq!(breaker.passage(at(60)), Passage::Probe);
    }

    proptest! {
        #[test]
        fn it_opens_exactly_when_half_of_twenty_in_a_minute_are_bad(
            calls in prop::collection::vec((0_i64..8, any::<bool>()), 1..200)
        ) {
            let mut breaker = Breaker::default();
            let (mut second, mut all) = (0, Vec::new());
            for (pause, bad) in calls {
                second += pause;
                all.push((second, bad));
                breaker.record(if bad { Verdict::Bad } else { Verdict::Good }, false, at(second));
                let minute: Vec<bool> =
                    all.iter().filter(|(then, _)| second - then < 60).map(|(_, bad)| *bad).collect();
                let ill = minute.iter().filter(|bad| **bad).count();
                let opens = minute.len() >= 20 && ill * 2 >= minute.len();
                prop_assert_eq!(breaker.phase() != Phase::Closed, opens, "at {}", second);
                if opens {
                    return Ok(());
                }
            }
        }

        #[test]
        fn while_open_at_most_one_probe_goes_in_ten_seconds(looks in prop::collection::vec(1_i64..2000, 1..200)) {
            let mut breaker = after(&bad(20));
            let mut now = at(19);
            let mut last: Option<DateTime<Utc>> = None;
            for millis in looks {
                now += Duration::milliseconds(millis);
                match breaker.passage(now) {
                    Passage::Probe => {
                        prop_assert!(last.is_none_or(|last| now - last >= PROBE_EVERY));
                        prop_assert!(now >= at(19) + REST);
                        breaker.probe_begins(now);
                        breaker.record(Verdict::Bad, true, now);
                        last = Some(now);
                    }
                    Passage::Shut(until) => prop_assert!(until > now),
                    Passage::Free => prop_assert!(false, "no probe worked"),
                }
            }
        }
    }
}

//! What happens to one message: its states, which step may follow which, how provider receipts are merged, and when a
//! failed attempt is tried again. Everything that touches a message's state asks [`transition`] first.

use serde::{Deserialize, Serialize};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a person or a budget.
    Held,
    /// Due from `not_before` on.
    Queued,
    /// A hint is with the job queue.
    Enqueued,
    /// A worker holds the claim.
    Sending,
    /// It may or may not have been accepted; never sent again without a decision.
    Uncertain,
    /// The provider took it.
    Accepted,
    /// The provider passed it to the carrier.
    Sent,
    /// It reached the phone.
    Delivered,
    /// The carrier gave up.
    Undelivered,
    /// It will not be sent.
    Failed,
    /// Its time was over before it could be sent.
    Expired,
    /// The appointment changed; a newer message says what is true.
    Superseded,
    /// The number wants no messages.
    Suppressed,
    /// A person stopped it.
    Cancelled,
}

impl State {
    /// Every state, for tables and tests.
    pub const ALL: [State; 14] = [
        State::Held,
        State::Queued,
        State::Enqueued,
        State::Sending,
        State::Uncertain,
        State::Accepted,
        State::Sent,
        State::Delivered,
        State::Undelivered,
        State::Failed,
        State::Expired,
        State::Superseded,
        State::Suppressed,
        State::Cancelled,
    ];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Queued => "queued",
            State::Enqueued => "enqueued",
            State::Sending => "sending",
            State::Uncertain => "uncertain",
            State::Accepted => "accepted",
            State::Sent => "sent",
            State::Delivered => "delivered",
            State::Undelivered => "undelivered",
            State::Failed => "failed",
            State::Expired => "expired",
            State::Superseded => "superseded",
            State::Suppressed => "suppressed",
            State::Cancelled => "cancelled",
        }
    }

    /// The state of a word, if it is one.
    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing more is expected to happen.
    pub fn is_final(self) -> bool {
        match self {
            State::Held
            | State::Queued
            | State::Enqueued
            | State::Sending
            | State::Uncertain
            | State::Accepted
            | State::Sent => false,
            State::Delivered
            | State::Undelivered
            | State::Failed
            | State::Expired
            | State::Superseded
            | State::Suppressed
            | State::Cancelled => true,
        }
    }
}

/// What can happen to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Put aside by a person or a budget.
    Hold,
    /// No longer put aside.
    Release,
    /// A hint went to the job queue.
    Hint,
    /// The hint was not picked up in time.
    HintLost,
    /// A worker takes it.
    Claim,
    /// The policy or the provider says: later.
    Postpone,
    /// The provider answered that it took it, or was found to have taken it.
    Accept,
    /// The claim ran out or the answer never came.
    LoseTrack,
    /// Nothing was found out about an uncertain one; it may be sent once more.
    Resend,
    /// No way is left.
    Fail,
    /// Its time is over.
    Expire,
    /// The appointment has changed.
    Supersede,
    /// The number is on the suppression list.
    Suppress,
    /// A person stops it.
    Cancel,
    /// A person wants it sent again.
    Retry,
    /// The provider reports.
    Receipt(Receipt),
    /// Delivery of a message we had given up as unknown is proven after all.
    LateProof,
}

/// A step the machine does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message that is {} cannot take this step", from.as_str())]
pub struct IllegalStep {
    /// Where it stood.
    pub from: State,
    /// What was tried.
    pub event: Event,
}

/// The state after an event, or a refusal: the only table of legal steps.
pub fn transition(from: State, event: Event) -> Result<State, IllegalStep> {
    use State::*;
    let waiting = matches!(from, Queued | Enqueued);
    let at_hand = matches!(from, Held | Queued | Enqueued | Sending);
    let to = match event {
        Event::Hold if waiting || from == Sending => Held,
        Event::Release if from == Held => Queued,
        Event::Hint if from == Queued => Enqueued,
        Event::HintLost if from == Enqueued => Queued,
        Event::Claim if waiting => Sending,
        Event::Postpone if waiting || from == Sending => Queued,
        Event::Accept if matches!(from, Sending | Uncertain) => Accepted,
        Event::LoseTrack if from == Sending => Uncertain,
        Event::Resend if from == Uncertain => Queued,
        Event::Fail if matches!(from, Sending | Uncertain) => Failed,
        Event::Expire if at_hand || from == Uncertain => Expired,
        Event::Supersede if at_hand => Superseded,
        Event::Suppress if at_hand => Suppressed,
        // Not while sending: the worker at it would have to be stopped too.
        Event::Cancel if waiting || from == Held => Cancelled,
        // It may have left; it is not asked about and not sent any more.
        Event::Cancel if from == Uncertain => Failed,
        Event::Retry if matches!(from, Failed | Undelivered) => Queued,
        Event::Receipt(receipt) => return after_receipt(from, receipt),
        Event::LateProof if from == Failed => Delivered,
        _ => return Err(IllegalStep { from, event }),
    };
    Ok(to)
}

/// What a provider reports about a message it accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// Waits at the provider.
    Queued,
    /// The provider accepted it.
    Accepted,
    /// It is on its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The carrier could not deliver it.
    Undelivered,
    /// The provider could not send it.
    Failed,
    /// The phone has it.
    Delivered,
}

impl Receipt {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Receipt::Queued => "queued",
            Receipt::Accepted => "accepted",
            Receipt::Sending => "sending",
            Receipt::Sent => "sent",
            Receipt::Undelivered => "undelivered",
            Receipt::Failed => "failed",
            Receipt::Delivered => "delivered",
        }
    }

    /// Reads a provider's word. Words that say nothing about delivery are `None`.
    pub fn parse(word: &str) -> Option<Receipt> {
        Some(match word {
            "queued" | "scheduled" => Receipt::Queued,
            "accepted" => Receipt::Accepted,
            "sending" => Receipt::Sending,
            "sent" => Receipt::Sent,
            "undelivered" => Receipt::Undelivered,
            "failed" | "canceled" => Receipt::Failed,
            "delivered" | "read" => Receipt::Delivered,
            _ => return None,
        })
    }

    /// How far along this is. Receipts arrive in any order; only a higher rank moves a message on.
    pub fn rank(self) -> u8 {
        match self {
            Receipt::Queued => 0,
            Receipt::Accepted => 1,
            Receipt::Sending => 2,
            Receipt::Sent => 3,
            Receipt::Undelivered | Receipt::Failed | Receipt::Delivered => 4,
        }
    }
}

/// Which of two receipts counts: the higher rank; of equals the first, except that delivered beats undelivered.
pub fn merge(known: Receipt, new: Receipt) -> Receipt {
    if new.rank() > known.rank() || (known == Receipt::Undelivered && new == Receipt::Delivered) {
        new
    } else {
        known
    }
}

/// Receipts never move a message back; one that adds nothing leaves the state as it is.
fn after_receipt(from: State, receipt: Receipt) -> Result<State, IllegalStep> {
    let known = match from {
        State::Accepted => Receipt::Sending,
        State::Sent => Receipt::Sent,
        State::Delivered => Receipt::Delivered,
        State::Undelivered => Receipt::Undelivered,
        State::Failed => Receipt::Failed,
        // The report may overtake our own bookkeeping.
        State::Sending | State::Uncertain => return Ok(state_of(receipt)),
        // It came after we decided to send again: good news makes that needless, bad news was the reason.
        State::Queued | State::Enqueued => {
            return Ok(match receipt {
                Receipt::Undelivered | Receipt::Failed => from,
                Receipt::Queued
                | Receipt::Accepted
                | Receipt::Sending
                | Receipt::Sent
                | Receipt::Delivered => state_of(receipt),
            });
        }
        State::Held | State::Expired | State::Superseded | State::Suppressed | State::Cancelled => {
            return Err(IllegalStep { from, event: Event::Receipt(receipt) });
        }
    };
    let merged = merge(known, receipt);
    Ok(if merged == known { from } else { state_of(merged) })
}

fn state_of(receipt: Receipt) -> State {
    match receipt {
        Receipt::Queued | Receipt::Accepted | Receipt::Sending => State::Accepted,
        Receipt::Sent => State::Sent,
        Receipt::Undelivered => State::Undelivered,
        Receipt::Failed => State::Failed,
        Receipt::Delivered => State::Delivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Hold),
            Just(Event::Release),
            Just(Event::Hint),
            Just(Event::HintLost),
            Just(Event::Claim),
            Just(Event::Postpone),
            Just(Event::Accept),
            Just(Event::LoseTrack),
            Just(Event::Resend),
            Just(Event::Fail),
            Just(Event::Expire),
            Just(Event::Supersede),
            Just(Event::Suppress),
            Just(Event::Cancel),
            Just(Event::Retry),
            receipts().prop_map(Event::Receipt),
            Just(Event::LateProof),
        ]
    }

    fn receipts() -> impl Strategy<Value = Receipt> {
        prop::sample::select(vec![
            Receipt::Queued,
            Receipt::Accepted,
            Receipt::Sending,
            Receipt::Sent,
            Receipt::Undelivered,
            Receipt::Failed,
            Receipt::Delivered,
        ])
    }

    #[test]
    fn the_usual_way_is_legal() {
        let mut state = State::Queued;
        for event in [
            Event::Hint,
            Event::Claim,
            Event::Accept,
            Event::Receipt(Receipt::Sent),
            Event::Receipt(Receipt::Delivered),
        ] {
            state = transition(state, event).unwrap();
        }
        assert_eq!(state, State::Delivered);
    }

    #[test]
    fn an_uncertain_message_is_never_claimed() {
        assert!(transition(State::Uncertain, Event::Claim).is_err());
        assert!(transition(State::Uncertain, Event::Hint).is_err());
        assert!(transition(State::Uncertain, Event::Postpone).is_err());
    }

    #[test]
    fn a_receipt_that_overtakes_our_bookkeeping_counts() {
        let step = transition(State::Sending, Event::Receipt(Receipt::Delivered));
        assert_eq!(step, Ok(State::Delivered));
        assert!(transition(State::Delivered, Event::Accept).is_err());
    }

    #[test]
    fn good_news_of_an_earlier_attempt_stops_the_next_one() {
        assert_eq!(transition(State::Queued, Event::Receipt(Receipt::Sent)), Ok(State::Sent));
        assert_eq!(transition(State::Queued, Event::Receipt(Receipt::Undelivered)), Ok(State::Queued));
    }

    #[test]
    fn delivered_beats_undelivered_but_not_failed() {
        assert_eq!(merge(Receipt::Undelivered, Receipt::Delivered), Receipt::Delivered);
        assert_eq!(merge(Receipt::Failed, Receipt::Delivered), Receipt::Failed);
        assert_eq!(merge(Receipt::Delivered, Receipt::Undelivered), Receipt::Delivered);
    }

    #[test]
    fn every_state_keeps_its_word() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }

    proptest! {
        #[test]
        fn only_a_person_or_better_news_moves_a_final_message(
            index in 0..State::ALL.len(), event in events()
        ) {
            let from = State::ALL[index];
            prop_assume!(from.is_final());
            if let Ok(to) = transition(from, event) {
                let same = to == from;
                let better = to == State::Delivered && matches!(from, State::Undelivered | State::Failed);
                let asked = event == Event::Retry && matches!(from, State::Failed | State::Undelivered);
                prop_assert!(same || better || asked, "{from:?} -> {to:?}");
            }
        }

        #[test]
        fn receipts_in_any_order_and_number_end_the_same(
            mut list in prop::collection::vec(receipts(), 1..12), seed in any::<u64>()
        ) {
            // With at most one kind of final report, order does not matter.
            let last = list.iter().copied().find(|r| r.rank() == 4);
            list.retain(|r| r.rank() < 4 || Some(*r) == last);
            let fold = |list: &[Receipt]| list.iter().copied().reduce(merge);
            let straight = fold(&list);
            let turn = (seed as usize) % list.len();
            list.rotate_left(turn);
            list.extend_from_within(..);
            prop_assert_eq!(fold(&list), straight);
        }

        #[test]
        fn a_message_ends_the_same_in_whatever_order_its_receipts_come(
            mut list in prop::collection::vec(receipts(), 1..12),
            ended in prop::sample::select(vec![
                vec![],
                vec![Receipt::Delivered],
                vec![Receipt::Failed],
                vec![Receipt::Undelivered],
                vec![Receipt::Undelivered, Receipt::Delivered],
            ]),
            from in prop::sample::select(vec![State::Sending, State::Uncertain, State::Accepted]),
            seed in any::<u64>(),
        ) {
            // A message has one end, or the number was reached after all.
            list.retain(|receipt| receipt.rank() < 4);
            list.extend(ended);
            let after = |list: &[Receipt]| {
                list.iter().try_fold(from, |state, receipt| transition(state, Event::Receipt(*receipt)))
            };
            let straight = after(&list);
            prop_assert!(straight.is_ok());
            // Shuffled, and each told twice.
            let mut again = [list.clone(), list].concat();
            let mut luck = seed;
            for at in (1..again.len()).rev() {
                luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                again.swap(at, (luck >> 33) as usize % (at + 1));
            }
            prop_assert_eq!(after(&again), straight, "{:?}", again);
        }

        #[test]
        fn receipts_never_lower_the_rank(list in prop::collection::vec(receipts(), 1..12)) {
            let mut known = list[0];
            for receipt in list {
                let merged = merge(known, receipt);
                prop_assert!(merged.rank() >= known.rank());
                known = merged;
            }
        }

        #[test]
        fn a_message_is_sent_only_out_of_a_claim(steps in prop::collection::vec(events(), 0..60)) {
            let mut state = State::Queued;
            for event in steps {
                let Ok(to) = transition(state, event) else { continue };
                if to == State::Sending {
                    prop_assert!(matches!(state, State::Queued | State::Enqueued));
                    prop_assert_eq!(event, Event::Claim);
                }
                if to == State::Uncertain {
                    prop_assert_eq!(state, State::Sending);
                }
                state = to;
            }
        }
    }
}

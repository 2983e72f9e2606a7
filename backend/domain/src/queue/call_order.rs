//! Who is called next (Aufrufreihenfolge): one number instead of classes. The present visitor with the smallest
//! due time whom the counter can serve; early if that harms nobody. The reason is a value, so that the desk can say it.

use chrono::{DateTime, TimeDelta, Utc};

use super::forecast::{Harm, Seat, Situation, Waiting, harm_of_calling};
use crate::ids::{CounterId, VisitId};

/// When a visitor is due: at the appointment, or once the target wait is over. Staff may grant minutes.
pub fn due_at(
    appointment_at: Option<DateTime<Utc>>,
    arrived_at: DateTime<Utc>,
    target_wait: TimeDelta,
    granted: TimeDelta,
) -> DateTime<Utc> {
    appointment_at.unwrap_or(arrived_at + target_wait) - granted
}

/// What a free counter should do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Call this visitor.
    Call(Next),
    /// Somebody waits, but calling now would make others late: all of them, with the harm.
    HoldBack(Vec<HeldBack>),
    /// Nobody waits whom this counter can serve.
    NobodyWaits,
}

/// The next visitor, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Whom to call.
    pub visit: VisitId,
    /// Why, the main reason first.
    pub reasons: Vec<Reason>,
    /// Who was passed over by the veto.
    pub held_back: Vec<HeldBack>,
}

/// One reason for the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody the counter can serve is due earlier.
    EarliestDue { due_at: DateTime<Utc> },
    /// Called before the due time, and nobody gets late by it.
    EarlyWithoutHarm { minutes_early: i64 },
    /// Past the due time.
    Overdue { minutes: i64 },
    /// This other visitor waits longer but is due later.
    LongerWaitDueLater { visit: VisitId, due_at: DateTime<Utc> },
}

/// A visitor who would be next but is not called early, because it would make somebody late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// Who.
    pub visit: VisitId,
    /// When the visitor will be called at the latest.
    pub due_at: DateTime<Utc>,
    /// Who would suffer.
    pub harm: Harm,
}

/// The next visitor for a counter: the smallest due wins; a visitor who is not due yet may be vetoed, a due one never.
pub fn next_for(situation: &Situation, seat: &Seat) -> Choice {
    next_with(situation, seat, |early, held| harm_of_calling(situation, seat.counter, early, held))
}

/// As [`next_for`], with the question "whom would this early call harm?" answered by the caller.
pub fn next_with(
    situation: &Situation,
    seat: &Seat,
    harm: impl Fn(&Waiting, &[VisitId]) -> Option<Harm>,
) -> Choice {
    let line = situation.line_for(seat);
    let mut held_back: Vec<HeldBack> = Vec::new();
    for one in &line {
        let early = one.due_at > situation.now;
        let held: Vec<VisitId> = held_back.iter().map(|one| one.visit).collect();
        match if early { harm(one, &held) } else { None } {
            Some(harm) => held_back.push(HeldBack { visit: one.visit, due_at: one.due_at, harm }),
            None => {
                let reasons = reasons(one, &line, held_back.is_empty(), situation.now);
                return Choice::Call(Next { visit: one.visit, reasons, held_back });
            }
        }
    }
    if held_back.is_empty() { Choice::NobodyWaits } else { Choice::HoldBack(held_back) }
}

fn reasons(chosen: &Waiting, line: &[Waiting], first: bool, now: DateTime<Utc>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if first {
        reasons.push(Reason::EarliestDue { due_at: chosen.due_at });
    }
    let minutes = (chosen.due_at - now).num_minutes();
    if chosen.due_at > now {
        reasons.push(Reason::EarlyWithoutHarm { minutes_early: minutes });
    } else if minutes < 0 {
        reasons.push(Reason::Overdue { minutes: -minutes });
    }
    let longest = line.iter().min_by_key(|one| one.arrived_at);
    if let Some(longest) = longest
        && longest.arrived_at < chosen.arrived_at
        && longest.due_at > chosen.due_at
    {
        reasons.push(Reason::LongerWaitDueLater { visit: longest.visit, due_at: longest.due_at });
    }
    reasons
}

/// How many waiting visitors come before this one ("noch 2 vor Ihnen"): those with a smaller due whom one of the
/// counters serves that can also serve this visitor.
pub fn ahead_of(situation: &Situation, visit: VisitId) -> Option<usize> {
    let me = situation.waiting.iter().find(|one| one.visit == visit)?;
    let shared: Vec<CounterId> =
        situation.counters.iter().filter(|seat| seat.serves(me.pool)).map(|seat| seat.counter).collect();
    let competes = |one: &Waiting| {
        one.pool == me.pool
            || situation.counters.iter().any(|seat| shared.contains(&seat.counter) && seat.serves(one.pool))
    };
    Some(situation.waiting.iter().filter(|one| one.rank() < me.rank() && competes(one)).count())
}

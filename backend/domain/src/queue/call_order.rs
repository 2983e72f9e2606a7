//! Who is called next (Aufrufreihenfolge): one number instead of classes. The present visitor with the smallest
//! due time whom the counter can serve; early if that harms nobody. The reason is a value, so that the desk can say it.

use chrono::{DateTime, TimeDelta, Utc};

use super::forecast::{Harm, Seat, Situation, Waiting, harm_of_calling};
use crate::ids::{PoolId, VisitId};

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

/// As [`next_for`], with the question "whom would this early call harm?" answered by the caller. It is asked once for
/// each length of visit: who takes as long as somebody vetoed already harms at least as much.
pub fn next_with(
    situation: &Situation,
    seat: &Seat,
    harm: impl Fn(&Waiting, &[VisitId]) -> Option<Harm>,
) -> Choice {
    let line = situation.line_for(seat);
    let mut held_back: Vec<HeldBack> = Vec::new();
    let mut held: Vec<VisitId> = Vec::new();
    let mut vetoed: Vec<(&Waiting, Harm)> = Vec::new();
    for one in &line {
        let early = one.due_at > situation.now;
        let as_before = vetoed.iter().find(|(it, _)| it.pool == one.pool && it.usual <= one.usual);
        let harm = match as_before {
            _ if !early => None,
            Some((_, harm)) => Some(*harm),
            None => harm(one, &held).inspect(|harm| vetoed.push((one, *harm))),
        };
        let Some(harm) = harm else {
            let reasons = reasons(one, &line, held_back.is_empty(), situation.now);
            return Choice::Call(Next { visit: one.visit, reasons, held_back });
        };
        held.push(one.visit);
        held_back.push(HeldBack { visit: one.visit, due_at: one.due_at, harm });
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
    let pools = competing_with(situation, me.pool);
    let before = |one: &&Waiting| one.rank() < me.rank() && pools.contains(&one.pool);
    Some(situation.waiting.iter().filter(before).count())
}

/// Everybody who has at most `most` ahead, with how many it is.
pub fn near_the_front(situation: &Situation, most: usize) -> Vec<(VisitId, usize)> {
    let mut order: Vec<&Waiting> = situation.waiting.iter().collect();
    order.sort_unstable_by_key(|one| one.rank());
    let mut pools: Vec<PoolId> = order.iter().map(|one| one.pool).collect();
    pools.sort_unstable();
    pools.dedup();
    let near = pools.into_iter().flat_map(|pool| {
        let competing = competing_with(situation, pool);
        let line: Vec<&Waiting> =
            order.iter().copied().filter(|one| competing.contains(&one.pool)).take(most + 1).collect();
        line.into_iter()
            .enumerate()
            .filter(move |(_, one)| one.pool == pool)
            .map(|(ahead, one)| (one.visit, ahead))
            .collect::<Vec<_>>()
    });
    near.collect()
}

/// The pools whose visitors are called to the same counters as those of this one, itself among them.
fn competing_with(situation: &Situation, pool: PoolId) -> Vec<PoolId> {
    let shared = situation.counters.iter().filter(|seat| seat.serves(pool));
    shared.flat_map(|seat| seat.pools.iter().copied()).chain([pool]).collect()
}

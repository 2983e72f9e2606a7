//! Call the next visitor, or a particular one; call again; note that nobody came.

use chrono::TimeDelta;
use domain::actor::StaffMember;
use domain::ids::{CounterId, VisitId};
use domain::local_time::local_of;
use domain::messaging::{Notification, dedupe};
use domain::queue::call_order::{Choice, next_for};
use domain::queue::forecast::harm_of_calling;
use domain::queue::refusal::QueueRefused;
use domain::queue::status::{Calls, REJOIN_WINDOW, VisitState, VisitStep};
use domain::town::Town;
use store::queue::Visit;
use store::queue::counters::Counter;
use store::{StoreError, Tx};

use super::{Step, at_hand, counters, locked, log, near, refused, serving, signal, situation, take};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::messaging::{self, Owed, To};

/// How often a call that lost a race is tried again.
const TRIES: usize = 4;

/// Two presses within this time are one.
const SAME_PRESS: TimeDelta = TimeDelta::seconds(3);

/// Calls the next visitor to this counter: the smallest due, early only if nobody gets late by it.
pub async fn call_next(
    app: &App,
    town: &Town,
    by: &StaffMember,
    counter: CounterId,
) -> Outcome<Visit, QueueRefused> {
    for _ in 1..TRIES {
        match try_call_next(app, town, by, counter, false).await {
            Ok(Some(visit)) => return Ok(visit),
            Ok(None) => {}
            Err(Error::Failed(failure)) if failure.may_retry() => {}
            // Only somebody of yesterday can still be there without being among today's visits.
            Err(Error::Failed(failure)) if failure.is_duplicate() => {
                serving::end_yesterday(app, town, counter).await?;
            }
            Err(error) => return Err(error),
        }
    }
    let last = try_call_next(app, town, by, counter, true).await?;
    last.ok_or_else(|| refused(QueueRefused::NobodyWaits { held_back: 0 }))
}

/// `None` when other counters took the visitor this one had decided on, and whoever came instead would be called
/// early without anybody having asked whom that harms.
async fn try_call_next(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: CounterId,
    last_try: bool,
) -> Outcome<Option<Visit>, QueueRefused> {
    let tx = app.db.write().await?;
    // Now is when it is our turn: who waited for it calls after those who were before.
    let now = app.clock.now();
    let counter = ready(&tx, town, by, id).await?;
    let facts = situation::facts(&tx, town, counter.office, now).await?;
    if facts.at(&counter).is_some() {
        return Err(refused(QueueRefused::CounterBusy));
    }
    let situation = facts.situation();
    let Some(seat) = situation.counters.iter().find(|seat| seat.counter == id) else {
        return Err(refused(QueueRefused::CounterNotOpen));
    };
    let next = match next_for(&situation, seat) {
        Choice::Call(next) => next,
        Choice::HoldBack(held) => return Err(refused(QueueRefused::NobodyWaits { held_back: held.len() })),
        Choice::NobodyWaits => return Err(refused(QueueRefused::NobodyWaits { held_back: 0 })),
    };
    let passed_over: Vec<VisitId> = next.held_back.iter().map(|one| one.visit).collect();
    let Some(visit) = store::queue::claim_next(&tx, id, facts.day, &passed_over, now).await? else {
        // Everybody who waited is being called by other counters right now.
        return Err(refused(QueueRefused::NobodyWaits { held_back: passed_over.len() }));
    };
    if visit.id != next.visit && !last_try {
        let other = situation.waiting.iter().find(|one| one.visit == visit.id);
        if other.is_none_or(|one| {
            one.due_at > now && harm_of_calling(&situation, id, one, &passed_over).is_some()
        }) {
            return Ok(None);
        }
    }
    let early = visit.due_at > now;
    let step = Step::new(VisitStep::Call, by.into())
        .at(Some(id))
        .because(Some(if early { "early_no_harm" } else { "earliest_due" }.to_owned()));
    let before = Visit { state: VisitState::Waiting, ..visit.clone() };
    log(app, &tx, &before, &visit, step).await?;
    tell_called(app, &tx, town, &visit, &counter).await?;
    near::tell(app, &tx, town, &facts, visit.id).await?;
    tx.commit().await?;
    announce(app, &visit);
    Ok(Some(visit))
}

/// Calls a particular visitor, whatever the order says; staff decides, the log keeps it.
pub async fn call(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    counter: CounterId,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let now = app.clock.now();
    let counter = ready(&tx, town, by, counter).await?;
    serving::end_past_days(app, &tx, town, counter.office).await?;
    let visit = locked(&tx, town, visit).await?;
    if visit.office != counter.office {
        return Err(refused(QueueRefused::Unknown));
    }
    // The same press once more, because its answer got lost.
    if visit.state == VisitState::Called && visit.counter == Some(counter.id) {
        return Ok(visit);
    }
    if store::queue::visit_at_counter(&tx, counter.id).await?.is_some() {
        return Err(refused(QueueRefused::CounterBusy));
    }
    let step = Step::new(VisitStep::Call, by.into()).because(Some("chosen_by_staff".to_owned()));
    let visit = take(app, &tx, &visit, step, |visit| {
        visit.counter = Some(counter.id);
        visit.called_at = Some(now);
        visit.recalled_at = None;
        visit.calls += 1;
    })
    .await?;
    tell_called(app, &tx, town, &visit, &counter).await?;
    if app.web_push {
        let facts = situation::facts(&tx, town, counter.office, now).await?;
        near::tell(app, &tx, town, &facts, visit.id).await?;
    }
    tx.commit().await?;
    announce(app, &visit);
    Ok(visit)
}

/// Calls again: gong and number once more. A second press within a moment is the same call.
pub async fn recall(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    if visit.state == VisitState::Called && visit.recalled_at.is_some_and(|at| now - at < SAME_PRESS) {
        return Ok(visit);
    }
    let visit = take(app, &tx, &visit, Step::new(VisitStep::Recall, by.into()), |visit| {
        visit.recalled_at = Some(now);
        visit.calls += 1;
    })
    .await?;
    tx.commit().await?;
    announce(app, &visit);
    Ok(visit)
}

/// Takes a call back; the visitor keeps the place.
pub async fn put_back(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    if visit.state == VisitState::Waiting {
        return Ok(visit);
    }
    let step = Step::new(VisitStep::PutBack, by.into()).at(visit.counter);
    let visit = take(app, &tx, &visit, step, Visit::leave_counter).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// Whether the rule of two calls at least two minutes apart is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoCalls {
    /// It is.
    Asked,
    /// Staff knows that the person has gone; the log keeps it.
    Overruled,
}

/// Notes that somebody who was called did not come, and tells them the way back.
pub async fn mark_missed(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    rule: TwoCalls,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    if visit.state == VisitState::Missed {
        return Ok(visit);
    }
    if let (Some(first_at), TwoCalls::Asked) = (visit.called_at, rule) {
        let last_at = visit.recalled_at.unwrap_or(first_at);
        let count = if visit.recalled_at.is_some() { 2 } else { 1 };
        Calls { count, first_at, last_at }.enough_for_missed().map_err(refused)?;
    }
    let step = Step::new(VisitStep::Miss, by.into())
        .because((rule == TwoCalls::Overruled).then(|| "staff_overruled_two_calls".to_owned()));
    let visit = take(app, &tx, &visit, step, |visit| visit.missed_at = Some(now)).await?;
    let notification = Notification::QueueMissed {
        number: visit.ticket.compact(),
        rejoin_until: local_of(town.zone, now + REJOIN_WINDOW).time(),
    };
    let dedupe = dedupe::queue_missed(visit.id, visit.calls);
    tell(app, &tx, town, &visit, (notification, dedupe)).await?;
    tx.commit().await?;
    announce(app, &visit);
    Ok(visit)
}

/// The counter, if this person sits there and takes no break.
async fn ready(tx: &Tx, town: &Town, by: &StaffMember, id: CounterId) -> Outcome<Counter, QueueRefused> {
    let counter = counters::own(tx, town, by, id).await?;
    if counter.paused {
        return Err(refused(QueueRefused::CounterNotOpen));
    }
    Ok(counter)
}

async fn tell_called(
    app: &App,
    tx: &Tx,
    town: &Town,
    visit: &Visit,
    counter: &Counter,
) -> Result<(), StoreError> {
    let notification =
        Notification::QueueCalled { number: visit.ticket.compact(), counter: counter.name.clone() };
    let dedupe = dedupe::queue_called(visit.id, visit.calls);
    tell(app, tx, town, visit, (notification, dedupe)).await
}

/// Owes a visitor a message: by SMS where there is a number, by push where there is a browser.
pub(super) async fn tell(
    app: &App,
    tx: &Tx,
    town: &Town,
    visit: &Visit,
    (notification, dedupe): (Notification, String),
) -> Result<(), StoreError> {
    let contact = match visit.contact {
        Some(contact) => store::appointments::contacts::contact(tx, contact).await?,
        None => None,
    };
    let owed = Owed {
        notification,
        to: contact.and_then(|contact| contact.phone).map(To::from).unwrap_or_default(),
        language: visit.language,
        booking: None,
        visit: Some(visit.id),
        dedupe,
        not_before: None,
    };
    messaging::notify(app, tx, town, owed).await?;
    Ok(())
}

fn announce(app: &App, visit: &Visit) {
    signal(app, visit);
    messaging::wake(app, visit.town);
}

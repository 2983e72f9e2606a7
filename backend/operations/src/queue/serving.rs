//! Serve, finish, park and resume; come back, go away.

use chrono::{DateTime, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::{CounterId, OfficeId, VisitId};
use domain::local_time::local_day;
use domain::queue::refusal::QueueRefused;
use domain::queue::status::{VisitState, VisitStep, rejoin as rejoin_rule};
use domain::town::Town;
use store::queue::Visit;
use store::queue::sessions::{Delivered, NewSession};
use store::{StoreError, Tx};

use super::{Step, at_hand, counters, locked, of_today, refused, signal, take};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// Most of one service in one visit.
const MOST_DELIVERED: u16 = 99;

/// The visitor is at the counter: the session begins. A parked visitor sits down at the counter of `by`.
pub async fn start(app: &App, town: &Town, by: &StaffMember, visit: VisitId) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let counter = match by.counter {
        Some(counter) => Some(counters::own(&tx, town, by, counter).await?),
        None => None,
    };
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    // Nobody sits down in another building than they wait in.
    let counter = counter.filter(|counter| counter.office == visit.office).map(|counter| counter.id);
    if visit.state == VisitState::Serving && is_from_here(by, &visit) {
        return Ok(visit);
    }
    let Some(counter) = visit.counter.filter(|_| visit.state == VisitState::Called).or(counter) else {
        return Err(refused(QueueRefused::CounterNotOpen));
    };
    if visit.state == VisitState::Parked {
        of_today(app, town, &visit)?;
    }
    if visit.state == VisitState::Parked && store::queue::visit_at_counter(&tx, counter).await?.is_some() {
        return Err(refused(QueueRefused::CounterBusy));
    }
    let visit = begin(app, &tx, visit, counter, by).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// Whether the visit is, or was, at the counter of who presses; whoever has none is at home at all of them.
fn is_from_here(by: &StaffMember, visit: &Visit) -> bool {
    by.counter.is_none() || visit.counter == by.counter
}

/// The visit is done, with the services delivered. Who was called and served without `start` has been served since now.
/// Pressed twice it is done once; what the second press says was delivered is not heard.
pub async fn finish(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    delivered: Vec<Delivered>,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let mut visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    if visit.state == VisitState::Done && is_from_here(by, &visit) {
        return Ok(visit);
    }
    let plan = app.plans.now(&tx, town, local_day(town.zone, now)).await?;
    let known = |item: &Delivered| plan.knows(&item.service) && (1..=MOST_DELIVERED).contains(&item.quantity);
    if !delivered.iter().all(known) {
        return Err(refused(QueueRefused::NotDelivered));
    }
    if let (VisitState::Called, Some(counter)) = (visit.state, visit.counter) {
        visit = begin(app, &tx, visit, counter, by).await?;
    }
    let visit =
        take(app, &tx, &visit, Step::new(VisitStep::Finish, by.into()), |visit| visit.ended_at = Some(now))
            .await?;
    end_session(app, &tx, &visit, &delivered, "finished", by.into()).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// Puts somebody aside who has to fetch or fill in something; the place is kept.
pub async fn park(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    reason: Option<String>,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    if visit.state == VisitState::Parked {
        return Ok(visit);
    }
    end_session(app, &tx, &visit, &[], "parked", by.into()).await?;
    let step = Step::new(VisitStep::Park, by.into()).at(visit.counter);
    let visit = take(app, &tx, &visit, step, |visit| {
        visit.leave_counter();
        visit.park_reason = reason.map(|reason| reason.chars().take(200).collect());
    })
    .await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// Whoever was called waits again, whoever was being served is put aside for the colleagues.
pub(super) async fn hand_on(
    app: &App,
    tx: &Tx,
    visit: &Visit,
    by: &StaffMember,
) -> Outcome<Visit, QueueRefused> {
    end_session(app, tx, visit, &[], "parked", by.into()).await?;
    let step = match visit.state {
        VisitState::Serving => VisitStep::Park,
        _ => VisitStep::PutBack,
    };
    take(app, tx, visit, Step::new(step, by.into()).at(visit.counter), Visit::leave_counter).await
}

/// A parked visitor is ready again and waits, due as before.
pub async fn resume(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    of_today(app, town, &visit)?;
    if visit.state == VisitState::Waiting {
        return Ok(visit);
    }
    let step = Step::new(VisitStep::Resume, by.into()).at(by.counter);
    let visit = take(app, &tx, &visit, step, |visit| visit.park_reason = None).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// A missed visitor comes back within half an hour and is due now.
pub async fn rejoin(app: &App, town: &Town, by: Actor, visit: VisitId) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = rejoin_within(app, &tx, town, by, visit).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// As [`rejoin`], in the transaction of whatever says so.
pub(super) async fn rejoin_within(
    app: &App,
    tx: &Tx,
    town: &Town,
    by: Actor,
    visit: VisitId,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    let visit = locked(tx, town, visit).await?;
    of_today(app, town, &visit)?;
    if visit.state == VisitState::Waiting {
        return Ok(visit);
    }
    let due_at = match visit.missed_at {
        Some(missed_at) if visit.state == VisitState::Missed => {
            rejoin_rule(missed_at, visit.due_at, now).map_err(refused)?
        }
        Some(_) | None => visit.due_at,
    };
    let step = Step::new(VisitStep::Rejoin, by).at(visit.counter);
    take(app, tx, &visit, step, |visit| {
        visit.due_at = due_at;
        visit.leave_counter();
        visit.missed_at = None;
    })
    .await
}

/// The visitor goes away and says so. Whoever sits at a counter tells the person there, who notes what was done.
pub async fn leave(app: &App, town: &Town, by: Actor, visit: VisitId) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    of_today(app, town, &visit)?;
    if visit.state == VisitState::Serving && by != Actor::System {
        return Err(refused(QueueRefused::BeingServed));
    }
    gone(app, tx, visit, by).await
}

/// The visitor went away, as staff see.
pub async fn leave_by_staff(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    of_today(app, town, &visit)?;
    gone(app, tx, visit, by.into()).await
}

async fn gone(app: &App, tx: Tx, visit: Visit, by: Actor) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    if visit.state == VisitState::Left {
        return Ok(visit);
    }
    end_session(app, &tx, &visit, &[], "left", by).await?;
    let visit = take(app, &tx, &visit, Step::new(VisitStep::Leave, by), |visit| end(visit, now)).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// Ends what was left over from days gone by: nobody waits, sits or is parked over night. Part of the first verb of
/// the day that works at a counter, so that a counter is never blocked by yesterday.
pub(super) async fn end_past_days(
    app: &App,
    tx: &Tx,
    town: &Town,
    office: OfficeId,
) -> Outcome<(), QueueRefused> {
    let now = app.clock.now();
    for visit in store::queue::left_over(tx, office, local_day(town.zone, now)).await? {
        end_session(app, tx, &visit, &[], "left", Actor::System).await?;
        let step = Step::new(VisitStep::Leave, Actor::System).because(Some("day_over".to_owned()));
        match take(app, tx, &visit, step, |visit| end(visit, now)).await {
            // Another counter that opens at the same moment has done so.
            Ok(_) | Err(Error::Failed(StoreError::Stale)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Why somebody was put aside is nobody's business once they have gone.
fn end(visit: &mut Visit, now: DateTime<Utc>) {
    visit.ended_at = Some(now);
    visit.park_reason = None;
}

/// As [`end_past_days`], in a transaction of its own, for the office of a counter.
pub(super) async fn end_yesterday(app: &App, town: &Town, counter: CounterId) -> Outcome<(), QueueRefused> {
    let tx = app.db.write().await?;
    let counter = store::queue::counters::counter(&tx, town.id, counter).await?;
    let office = counter.ok_or_else(|| refused(QueueRefused::Unknown))?.office;
    end_past_days(app, &tx, town, office).await?;
    Ok(tx.commit().await?)
}

/// Ends what was left over from days gone by in every office of a town; gives how many visits. A job of the clock does so
/// every hour, so that yesterday is over even where nobody works today.
///
/// # Errors
/// When the database fails.
pub async fn end_days(app: &App, town: &Town) -> Result<usize, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let mut ended = 0;
    for office in store::setup::offices(&app.db, town.id).await? {
        let left = store::queue::left_over(&app.db, office.id, today).await?.len();
        if left == 0 {
            continue;
        }
        let tx = app.db.write().await?;
        match end_past_days(app, &tx, town, office.id).await {
            Ok(()) => tx.commit().await?,
            Err(Error::Failed(failure)) => return Err(failure),
            // The table lets every visit that is left over leave.
            Err(Error::Refused(_)) => continue,
        }
        ended += left;
    }
    Ok(ended)
}

async fn begin(
    app: &App,
    tx: &Tx,
    visit: Visit,
    counter: CounterId,
    by: &StaffMember,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    let visit = take(app, tx, &visit, Step::new(VisitStep::Serve, by.into()).at(Some(counter)), |visit| {
        visit.counter = Some(counter);
        visit.called_at = visit.called_at.or(Some(now));
        visit.started_at = Some(now);
        visit.park_reason = None;
        visit.wished_counter = None;
    })
    .await?;
    let session = NewSession {
        id: app.id(),
        town: visit.town,
        visit: visit.id,
        counter,
        staff: Some(by.id),
        started_at: now,
    };
    store::queue::sessions::begin(tx, session).await?;
    let change = Change::begins("running").at(counter);
    app.log(tx, visit.town, Subject::Session(session.id), change, by.into()).await?;
    Ok(visit)
}

pub(super) async fn end_session(
    app: &App,
    tx: &Tx,
    visit: &Visit,
    delivered: &[Delivered],
    end: &'static str,
    actor: Actor,
) -> Result<(), StoreError> {
    let Some(session) = store::queue::sessions::end(tx, visit.id, delivered, app.clock.now()).await? else {
        return Ok(());
    };
    let mut change = Change::moves("running", end);
    if let Some(counter) = visit.counter {
        change = change.at(counter);
    }
    app.log(tx, visit.town, Subject::Session(session), change, actor).await
}

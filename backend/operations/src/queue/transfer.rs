//! Going on elsewhere (Weiterleiten), and minutes granted by staff.

use chrono::TimeDelta;
use domain::actor::StaffMember;
use domain::ids::{CounterId, PoolId, VisitId};
use domain::messaging::{Notification, dedupe};
use domain::queue::refusal::QueueRefused;
use domain::queue::status::{VisitState, VisitStep};
use domain::queue::transfer::{MOST_GRANTED, Spot, Staffing, decide};
use domain::reason::Reason;
use domain::town::Town;
use store::messaging::subscriptions;
use store::queue::Visit;
use store::queue::counters::Counter;
use store::{StoreError, Tx};

use super::arrival::{blank, enter};
use super::{Step, at_hand, calling, locked, notes, of_today, refused, serving, signal, take};
use crate::app::App;
use crate::error::Outcome;
use crate::messaging;

/// Where somebody is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// At this counter alone.
    Counter(CounterId),
    /// At any counter of this pool.
    Pool(PoolId),
}

/// A transfer as staff asks for it.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Where to.
    pub to: Target,
    /// Staff knows that nobody serves there at the moment.
    pub confirmed: bool,
    /// What colleagues there should know.
    pub note: Option<String>,
}

/// Sends somebody on. The due time goes along; where the waiting zone stays, so does the number.
pub async fn transfer(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    request: Transfer,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    at_hand(by, &visit)?;
    of_today(app, town, &visit)?;
    let (to, staffing) = destination(&tx, town, request.to).await?;
    let from =
        Spot { office: visit.office, zone: visit.zone, pool: visit.pool, counter: visit.wished_counter };
    let at_counter = matches!(visit.state, VisitState::Called | VisitState::Serving);
    let step = decide(from, at_counter, to, staffing, request.confirmed).map_err(refused)?;
    serving::end_session(app, &tx, &visit, &[], "transferred", by.into()).await?;
    let after = match step {
        VisitStep::PassOn => pass_on(app, &tx, by, &visit, to).await?,
        _ => go_on(app, &tx, town, by, &visit, to).await?,
    };
    if let Some(note) = request.note.filter(|note| !note.trim().is_empty()) {
        notes::keep(app, &tx, by, &after, &note).await?;
    }
    tx.commit().await?;
    signal(app, &visit);
    signal(app, &after);
    messaging::wake(app, town.id);
    Ok(after)
}

/// The same visit waits for others of its zone.
async fn pass_on(
    app: &App,
    tx: &Tx,
    by: &StaffMember,
    visit: &Visit,
    to: Spot,
) -> Outcome<Visit, QueueRefused> {
    let step = Step::new(VisitStep::PassOn, by.into()).at(visit.counter).because(Some(whereto(to)));
    take(app, tx, visit, step, |visit| {
        visit.pool = to.pool;
        visit.wished_counter = to.counter;
        visit.leave_counter();
    })
    .await
}

/// A new visit with a number of the other zone; booking, person, services and browsers go along.
async fn go_on(
    app: &App,
    tx: &Tx,
    town: &Town,
    by: &StaffMember,
    visit: &Visit,
    to: Spot,
) -> Outcome<Visit, QueueRefused> {
    let now = app.clock.now();
    visit.state.after(VisitStep::Transfer).map_err(refused)?;
    let stays = visit.office == to.office;
    store::queue::passing::give_up_booking(tx, visit.id).await?;
    let items = store::queue::reading::items_of(tx, &[visit.id]).await?;
    let items: Vec<_> = items.into_iter().map(|item| (item.service, item.quantity)).collect();
    let after = Visit {
        pool: to.pool,
        zone: to.zone,
        booking: visit.booking,
        due_at: visit.due_at,
        appointment_at: visit.appointment_at,
        arrived_at: visit.arrived_at,
        planned_min: visit.planned_min,
        people: visit.people,
        language: visit.language,
        contact: visit.contact,
        phone_hash: visit.phone_hash.clone(),
        first: Some(visit.lasting_id()),
        wished_counter: to.counter,
        outside: visit.outside && stays,
        let_in_at: visit.let_in_at.filter(|_| stays),
        ..blank(app, town.id, to.office, visit.day)
    };
    let after = enter(app, tx, town, after, &items, by.into()).await?;
    // Only now, so that nobody is let in for somebody who stays in the house.
    let step = Step::new(VisitStep::Transfer, by.into()).because(Some(whereto(to)));
    take(app, tx, visit, step, |visit| visit.ended_at = Some(now)).await?;
    subscriptions::pass_on(tx, visit.id, after.id).await?;
    tell(app, tx, town, visit, &after).await?;
    Ok(after)
}

/// Tells the visitor the new number and where to wait.
async fn tell(app: &App, tx: &Tx, town: &Town, before: &Visit, after: &Visit) -> Result<(), StoreError> {
    let offices = store::setup::offices(tx, town.id).await?;
    let office = offices.into_iter().find(|office| office.id == after.office);
    let Some(office) = office else { return Ok(()) };
    let zone = office.zones.into_iter().find(|zone| zone.id == after.zone);
    let notification = Notification::QueueTransferred {
        number: after.ticket.compact(),
        was: before.ticket.compact(),
        zone: zone.map(|zone| zone.name).unwrap_or_default(),
        office: office.name,
    };
    calling::tell(app, tx, town, after, (notification, dedupe::queue_transferred(after.id))).await
}

/// Where that is, and whether anybody serves there.
async fn destination(tx: &Tx, town: &Town, to: Target) -> Outcome<(Spot, Staffing), QueueRefused> {
    match to {
        Target::Counter(id) => {
            let counter = store::queue::counters::counter(tx, town.id, id).await?;
            let counter = counter.ok_or_else(|| refused(QueueRefused::Unknown))?;
            let spot = Spot {
                office: counter.office,
                zone: counter.zone,
                pool: counter.pool,
                counter: Some(counter.id),
            };
            Ok((spot, staffing(&[counter])))
        }
        Target::Pool(id) => {
            let place = store::schedule::pool_place(tx, town.id, id).await?;
            let place = place.ok_or_else(|| refused(QueueRefused::Unknown))?;
            let mut counters = store::queue::counters::counters_of_office(tx, place.office).await?;
            counters.retain(|counter| counter.pool == id);
            let spot = Spot { office: place.office, zone: place.zone, pool: id, counter: None };
            Ok((spot, staffing(&counters)))
        }
    }
}

fn staffing(counters: &[Counter]) -> Staffing {
    let staffed: Vec<&Counter> = counters.iter().filter(|counter| counter.staff.is_some()).collect();
    if staffed.is_empty() {
        Staffing::Closed
    } else if staffed.iter().all(|counter| counter.paused) {
        Staffing::Paused
    } else {
        Staffing::Open
    }
}

fn whereto(to: Spot) -> String {
    match to.counter {
        Some(counter) => format!("to counter {counter}"),
        None => format!("to pool {}", to.pool),
    }
}

/// Moves somebody who waits up by so many minutes, or down by a negative number; the log keeps why.
pub async fn grant(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    (minutes, reason): (i64, &str),
) -> Outcome<Visit, QueueRefused> {
    let reason = Reason::typed(reason).ok_or(refused(QueueRefused::GrantNotPossible))?;
    let granted = TimeDelta::minutes(minutes.clamp(-10_000, 10_000));
    if granted.is_zero() || granted.abs() > MOST_GRANTED {
        return Err(refused(QueueRefused::GrantNotPossible));
    }
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    of_today(app, town, &visit)?;
    let step = Step::new(VisitStep::Grant, by.into()).because(Some(format!("{minutes:+} min: {reason}")));
    let visit = take(app, &tx, &visit, step, |visit| visit.due_at -= granted).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

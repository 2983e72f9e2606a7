//! Check in, call, serve, finish: the day in the house.

mod announcements;
pub mod arrival;
pub mod by_link;
pub mod calling;
pub mod counters;
pub mod day;
pub mod desk;
pub mod emergencies;
pub(crate) mod guessing;
pub mod learning;
pub mod lost_code;
pub mod move_here;
mod near;
pub mod notes;
pub mod now;
pub mod predictions;
pub mod room;
pub mod screens;
pub mod search;
pub mod serving;
pub mod situation;
pub mod tickets;
pub mod transfer;
pub mod walk_in;

pub use announcements::Announcements;
use bus::{Signal, Topic};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::{CounterId, VisitId};
use domain::local_time::local_day;
use domain::queue::refusal::QueueRefused;
use domain::queue::status::{VisitState, VisitStep};
use domain::staff::Role;
use domain::town::Town;
pub use store::queue::Visit;
pub use store::queue::counters::Counter;
pub use store::queue::notes::Note;
pub use store::queue::reading::{Call, VisitItem};
pub use store::queue::sessions::{Delivered, PastSession};
use store::{StoreError, Tx};

use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// A step of a visit: what, by whom, where and why.
struct Step {
    step: VisitStep,
    actor: Actor,
    counter: Option<CounterId>,
    reason: Option<String>,
}

impl Step {
    fn new(step: VisitStep, actor: Actor) -> Self {
        Self { step, actor, counter: None, reason: None }
    }

    fn at(mut self, counter: Option<CounterId>) -> Self {
        self.counter = counter;
        self
    }

    fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }
}

/// Takes a step: asks the table, writes the row, logs the event.
async fn take(
    app: &App,
    tx: &Tx,
    visit: &Visit,
    step: Step,
    change: impl FnOnce(&mut Visit),
) -> Outcome<Visit, QueueRefused> {
    let state = visit.state.after(step.step).map_err(refused)?;
    let mut after = Visit { state, ..visit.clone() };
    change(&mut after);
    let after = store::queue::save(tx, visit, after).await?;
    log(app, tx, visit, &after, step).await?;
    room::after(app, tx, visit, &after).await?;
    Ok(after)
}

async fn log(app: &App, tx: &Tx, before: &Visit, after: &Visit, step: Step) -> Result<(), StoreError> {
    let mut change = Change::moves(before.state.as_str(), after.state.as_str());
    if let Some(counter) = step.counter.or(after.counter).or(before.counter) {
        change = change.at(counter);
    }
    if let Some(reason) = step.reason {
        change = change.because(reason);
    }
    app.log(tx, before.town, Subject::Visit(before.id), change, step.actor).await
}

/// The visit, locked for a change.
async fn locked(tx: &Tx, town: &Town, id: VisitId) -> Outcome<Visit, QueueRefused> {
    store::queue::visit_for_update(tx, town.id, id).await?.ok_or(Error::Refused(QueueRefused::Unknown))
}

/// Nobody goes on with a visit of a day gone by, also where the job that ends such visits has not run.
fn of_today(app: &App, town: &Town, visit: &Visit) -> Outcome<(), QueueRefused> {
    if visit.day < local_day(town.zone, app.clock.now()) {
        return Err(refused(QueueRefused::DayOver { day: visit.day }));
    }
    Ok(())
}

/// Whoever is called to a counter or sits there is in the hands of whoever works there, and of the administration.
fn at_hand(by: &StaffMember, visit: &Visit) -> Outcome<(), QueueRefused> {
    let taken = matches!(visit.state, VisitState::Called | VisitState::Serving);
    if taken && visit.counter != by.counter && by.role != Role::Admin {
        return Err(refused(QueueRefused::AtOtherCounter));
    }
    Ok(())
}

/// Tells desks, displays and the visitor's own page to look again; after the commit.
pub(crate) fn signal(app: &App, visit: &Visit) {
    let town = visit.town.0;
    app.bus.publish(Signal { town, topic: Topic::Queue { office: visit.office.0 } });
    app.bus.publish(Signal { town, topic: Topic::Display { office: visit.office.0 } });
    app.bus.publish(Signal { town, topic: Topic::Visit { visit: visit.lasting_id().0 } });
    if let Some(booking) = visit.booking {
        app.bus.publish(Signal { town, topic: Topic::Booking { booking: booking.0 } });
    }
}

fn refused<R: Into<QueueRefused>>(why: R) -> Error<QueueRefused> {
    Error::Refused(why.into())
}

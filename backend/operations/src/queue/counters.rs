//! Who sits at which counter (Platz): open, pause, close.

use bus::{Signal, Topic};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::{CounterId, StaffId};
use domain::queue::refusal::QueueRefused;
use domain::queue::status::VisitState;
use domain::town::Town;
use store::queue::Visit;
use store::queue::counters::{Counter, Seating};
use store::{StoreError, Tx};

use super::{refused, serving};
use crate::app::{App, Change};
use crate::error::Outcome;

/// A counter and what happens there.
#[derive(Clone, Debug)]
pub struct CounterView {
    /// The counter.
    pub counter: Counter,
    /// What happens there.
    pub state: CounterState,
}

/// What happens at a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterState {
    /// Nobody sits there.
    Closed,
    /// Ready for the next.
    Free,
    /// Waits for somebody who was called.
    Calling,
    /// Serves.
    Serving,
    /// Takes a break.
    Paused,
}

impl CounterState {
    /// Its word in the log and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Free => "free",
            Self::Calling => "calling",
            Self::Serving => "serving",
            Self::Paused => "paused",
        }
    }

    pub(super) fn of(counter: &Counter, visitor: Option<&Visit>) -> Self {
        match visitor.map(|visit| visit.state) {
            Some(VisitState::Called) => Self::Calling,
            Some(_) => Self::Serving,
            None if counter.staff.is_none() => Self::Closed,
            None if counter.paused => Self::Paused,
            None => Self::Free,
        }
    }
}

/// The counters of the town with what happens there.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, town: &Town) -> Result<Vec<CounterView>, StoreError> {
    let counters = store::queue::counters::counters_of_town(&app.db, town.id).await?;
    let visits = store::queue::visits_at_counters(&app.db, town.id).await?;
    let views = counters.into_iter().map(|counter| {
        let visitor = visits.iter().find(|visit| visit.counter == Some(counter.id));
        CounterView { state: CounterState::of(&counter, visitor), counter }
    });
    Ok(views.collect())
}

/// What happens when somebody else sits at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfTaken {
    /// It is refused, with the name.
    Refuse,
    /// It is taken over, with whoever is there: the colleague has gone home and left it open.
    TakeOver,
}

/// Sits down at a counter; the one the person sat at before closes, unless somebody is there.
pub async fn open(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: CounterId,
    if_taken: IfTaken,
) -> Outcome<(), QueueRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    if let Some(before) = by.counter.filter(|before| *before != id) {
        release(app, &tx, town, by, before).await?;
    }
    let counter = locked(&tx, town, id).await?;
    serving::end_past_days(app, &tx, town, counter.office).await?;
    let others = counter.staff.is_some_and(|staff| staff != by.id);
    if others && if_taken == IfTaken::Refuse {
        let staff_name = counter.staff_name.clone().unwrap_or_default();
        return Err(refused(QueueRefused::CounterTaken { staff_name }));
    }
    if counter.staff == Some(by.id) && !counter.paused {
        tx.commit().await?;
        return Ok(());
    }
    let seating = Seating {
        staff: Some(by.id),
        opened_at: counter.opened_at.filter(|_| counter.staff == Some(by.id)).or(Some(now)),
        paused: false,
    };
    store::queue::counters::seat(&tx, &counter, seating).await?;
    let mut change = Change::moves(CounterState::of(&counter, None).as_str(), "free").at(counter.id);
    if others {
        change = change.because("taken_over");
    }
    app.log(&tx, by.town, Subject::Counter(counter.id), change, by.into()).await?;
    tx.commit().await?;
    signal(app, &counter);
    Ok(())
}

/// Leaves the counter; somebody who was called or sits there is finished with first.
pub async fn close(app: &App, town: &Town, by: &StaffMember, id: CounterId) -> Outcome<(), QueueRefused> {
    let tx = app.db.write().await?;
    let counter = release(app, &tx, town, by, id).await?;
    tx.commit().await?;
    signal(app, &counter);
    Ok(())
}

/// Takes a break, or comes back from it. A visitor who is at the counter stays there.
pub async fn pause(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: CounterId,
    paused: bool,
) -> Outcome<(), QueueRefused> {
    let tx = app.db.write().await?;
    let counter = own(&tx, town, by, id).await?;
    if counter.paused != paused {
        let seating = Seating { staff: counter.staff, opened_at: counter.opened_at, paused };
        store::queue::counters::seat(&tx, &counter, seating).await?;
        log(app, &tx, &counter, if paused { "paused" } else { "free" }, by.into()).await?;
    }
    tx.commit().await?;
    signal(app, &counter);
    Ok(())
}

/// The counter, locked, if this person sits there.
pub(super) async fn own(
    tx: &Tx,
    town: &Town,
    by: &StaffMember,
    id: CounterId,
) -> Outcome<Counter, QueueRefused> {
    let counter = locked(tx, town, id).await?;
    match (counter.staff, &counter.staff_name) {
        (Some(staff), _) if staff == by.id => Ok(counter),
        (Some(_), Some(name)) => Err(refused(QueueRefused::CounterTaken { staff_name: name.clone() })),
        (Some(_) | None, _) => Err(refused(QueueRefused::CounterNotOpen)),
    }
}

/// Leaves every counter of somebody who works here no longer, in the transaction that says so: whoever was called waits
/// again, whoever was being served is parked for the colleagues. Gives what was left, for [`tell_left`].
pub(crate) async fn leave_all(
    app: &App,
    tx: &Tx,
    town: &Town,
    staff: StaffId,
    by: &StaffMember,
) -> Outcome<Vec<LeftCounter>, QueueRefused> {
    let mut left = Vec::new();
    for counter in store::queue::counters::counters_of_town(tx, town.id).await? {
        if counter.staff != Some(staff) {
            continue;
        }
        let counter = locked(tx, town, counter.id).await?;
        let visitor = match store::queue::visit_at_counter(tx, counter.id).await? {
            Some(visit) => Some(serving::hand_on(app, tx, &visit, by).await?),
            None => None,
        };
        vacate(app, tx, &counter, by.into()).await?;
        left.push((counter, visitor));
    }
    Ok(left)
}

/// Everybody who sits at a counter of the town.
pub(crate) async fn seated(app: &App, town: &Town) -> Result<Vec<StaffId>, StoreError> {
    let counters = store::queue::counters::counters_of_town(&app.db, town.id).await?;
    Ok(counters.into_iter().filter_map(|counter| counter.staff).collect())
}

/// Leaves the counter of somebody who has signed out, in the transaction that says so. Where nobody is it closes. Whoever
/// was called there or sits there stays, and the counter takes a break: a colleague takes it over with its visitor, and
/// who signed out by mistake finds both again. Gives the counter where something changed, for [`tell_left`].
pub(crate) async fn sign_off(
    app: &App,
    tx: &Tx,
    town: &Town,
    staff: StaffId,
) -> Result<Option<LeftCounter>, StoreError> {
    let Some(id) = store::staff::counter_of(tx, staff).await? else { return Ok(None) };
    let counter = store::queue::counters::counter_for_update(tx, town.id, id).await?;
    let Some(counter) = counter.filter(|counter| counter.staff == Some(staff)) else { return Ok(None) };
    if store::queue::visit_at_counter(tx, id).await?.is_none() {
        vacate(app, tx, &counter, Actor::Staff(staff)).await?;
    } else if counter.paused {
        return Ok(None);
    } else {
        let seating = Seating { staff: counter.staff, opened_at: counter.opened_at, paused: true };
        store::queue::counters::seat(tx, &counter, seating).await?;
        log(app, tx, &counter, "paused", Actor::Staff(staff)).await?;
    }
    Ok(Some((counter, None)))
}

/// A counter that was left, with whoever had to be handed on.
pub(crate) type LeftCounter = (Counter, Option<Visit>);

/// Tells everybody who looks at what [`leave_all`] or [`sign_off`] changed; after the commit.
pub(crate) fn tell_left<'a>(app: &App, left: impl IntoIterator<Item = &'a LeftCounter>) {
    for (counter, visitor) in left {
        signal(app, counter);
        if let Some(visit) = visitor {
            super::signal(app, visit);
        }
    }
}

async fn release(
    app: &App,
    tx: &Tx,
    town: &Town,
    by: &StaffMember,
    id: CounterId,
) -> Outcome<Counter, QueueRefused> {
    let counter = own(tx, town, by, id).await?;
    if store::queue::visit_at_counter(tx, id).await?.is_some() {
        return Err(refused(QueueRefused::CounterBusy));
    }
    vacate(app, tx, &counter, by.into()).await?;
    Ok(counter)
}

async fn vacate(app: &App, tx: &Tx, counter: &Counter, by: Actor) -> Result<(), StoreError> {
    store::queue::counters::seat(tx, counter, Seating { staff: None, opened_at: None, paused: false })
        .await?;
    store::queue::passing::forget_wishes(tx, counter.id).await?;
    log(app, tx, counter, "closed", by).await
}

async fn locked(tx: &Tx, town: &Town, id: CounterId) -> Outcome<Counter, QueueRefused> {
    let counter = store::queue::counters::counter_for_update(tx, town.id, id).await?;
    counter.ok_or_else(|| refused(QueueRefused::Unknown))
}

async fn log(app: &App, tx: &Tx, counter: &Counter, to: &'static str, by: Actor) -> Result<(), StoreError> {
    let from = CounterState::of(counter, None).as_str();
    let change = Change::moves(from, to).at(counter.id);
    app.log(tx, counter.town, Subject::Counter(counter.id), change, by).await
}

fn signal(app: &App, counter: &Counter) {
    app.bus.publish(Signal { town: counter.town.0, topic: Topic::Queue { office: counter.office.0 } });
}

//! Replan (umplanen): move or cancel everybody whose time is no more, in one go; the news waits until it can no longer be
//! undone.

use chrono::{DateTime, Utc};
use domain::actor::{Actor, StaffMember};
use domain::appointments::replanning::UNDO_WITHIN;
use domain::appointments::status::{BookingEvent, BookingState};
use domain::event::Subject;
use domain::ids::{BookingId, OfficeId};
use domain::messaging::timing::Reminders;
use domain::schedule::Audience;
use domain::town::Town;
use store::StoreError;
use store::appointments::{Booking, Transition};
use store::planning::{Replan, ReplanItem};
use uuid::Uuid;

use super::free::place_of;
use super::move_to::{self, Move, MoveRequest};
use super::{Tries, cancel, reminders, signal};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::messaging;

/// What becomes of a displaced appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes to another slot.
    Move(MoveRequest),
    /// It is cancelled by the office.
    Cancel,
}

/// An appointment and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The booking.
    pub booking: BookingId,
    /// What becomes of it.
    pub fate: Fate,
}

/// What a replanning did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replanned {
    /// Its id, to undo it.
    pub id: Uuid,
    /// Until when it can be undone; then everybody is told.
    pub undo_until: DateTime<Utc>,
    /// How many were moved.
    pub moved: u32,
    /// How many were cancelled.
    pub cancelled: u32,
    /// Those that stayed: the slot was taken meanwhile, or the appointment changed.
    pub stayed: Vec<BookingId>,
}

/// What an undo did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// How many are as they were.
    pub restored: u32,
    /// Those that could not be: the person arrived, or changed the appointment.
    pub stayed: Vec<BookingId>,
}

/// Why nothing is replanned or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplanProblem {
    /// This role does not plan.
    #[error("this role does not plan")]
    NotAllowed,
    /// There is nothing to decide.
    #[error("no decision was made")]
    Nothing,
    /// There is no such replanning in this town.
    #[error("there is no such replanning")]
    Unknown,
    /// The news are on their way.
    #[error("it can no longer be undone")]
    TooLate,
}

/// Moves and cancels as decided. Each appointment is a transaction of its own: what somebody changed meanwhile stays,
/// and is told.
///
/// # Errors
/// When the role does not plan, nothing was decided, or the database fails.
pub async fn replan(
    app: &App,
    town: &Town,
    by: &StaffMember,
    decisions: &[Decision],
) -> Outcome<Replanned, ReplanProblem> {
    if !by.role.may_administer() {
        return Err(Error::Refused(ReplanProblem::NotAllowed));
    }
    if decisions.is_empty() {
        return Err(Error::Refused(ReplanProblem::Nothing));
    }
    let run = begin(app, town, by).await?;
    let mut done =
        Replanned { id: run.id, undo_until: run.undo_until, moved: 0, cancelled: 0, stayed: Vec::new() };
    for decision in decisions {
        match decision.fate {
            Fate::Move(to) if move_one(app, town, by, run, decision.booking, to).await? => done.moved += 1,
            Fate::Cancel if cancel_one(app, town, by, run, decision.booking).await? => done.cancelled += 1,
            _ => done.stayed.push(decision.booking),
        }
    }
    messaging::wake(app, town.id);
    Ok(done)
}

/// The last replanning of the town that can still be undone.
///
/// # Errors
/// When the database fails.
pub async fn last_replan(app: &App, town: &Town) -> Result<Option<Replan>, StoreError> {
    store::planning::undoable(&app.db, town.id, app.clock.now()).await
}

async fn begin(app: &App, town: &Town, by: &StaffMember) -> Result<Replan, StoreError> {
    let now = app.clock.now();
    let run = Replan {
        id: app.uuid(),
        town: town.id,
        staff: by.id,
        decided_at: now,
        undo_until: now + UNDO_WITHIN,
        undone_at: None,
    };
    let tx = app.db.write().await?;
    store::planning::insert_replan(&tx, &run).await?;
    tx.commit().await?;
    Ok(run)
}

async fn move_one(
    app: &App,
    town: &Town,
    by: &StaffMember,
    run: Replan,
    booking: BookingId,
    to: MoveRequest,
) -> Result<bool, StoreError> {
    // What is kept for staff stays theirs: what was proposed is what happens.
    let audiences = &[Audience::Public];
    let wanted = Move { to, by: Actor::from(by), audiences, replan: Some(run) };
    match move_to::move_booking(app, town, booking, &wanted).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_)) => Ok(false),
        Err(Error::Failed(failure)) => Err(failure),
    }
}

async fn cancel_one(
    app: &App,
    town: &Town,
    by: &StaffMember,
    run: Replan,
    booking: BookingId,
) -> Result<bool, StoreError> {
    let mut tries = Tries::default();
    loop {
        match try_cancel(app, town, by, run, booking).await.map_err(Error::<()>::Failed) {
            Err(error) if tries.again(&error) => {}
            Err(Error::Failed(failure)) => return Err(failure),
            Err(Error::Refused(())) => return Ok(false),
            Ok(office) => {
                if let Some(office) = office {
                    signal(app, town, office, booking);
                }
                return Ok(office.is_some());
            }
        }
    }
}

/// Cancels one appointment; gives its office, or nothing when it stands no longer.
async fn try_cancel(
    app: &App,
    town: &Town,
    by: &StaffMember,
    run: Replan,
    id: BookingId,
) -> Result<Option<OfficeId>, StoreError> {
    let tx = app.db.write().await?;
    let Some(booking) = store::appointments::booking(&tx, town.id, id).await? else { return Ok(None) };
    // Whose number was never proved holds a place for minutes only; an undo would make a booking of it.
    if booking.state != BookingState::Booked {
        return Ok(None);
    }
    let Ok(to) = booking.state.after(BookingEvent::CancelByOffice) else { return Ok(None) };
    let at = app.clock.now();
    let change = Transition { to, new_rev: true, secrets: None, reminders: Reminders::default(), at };
    let cancelled = store::appointments::change_state(&tx, &booking, &change).await?;
    // Nobody waits for a time at which the office is closed.
    store::schedule::give_back(&tx, booking.pool, booking.span(), booking.audience).await?;
    let change = Change::moves(booking.state.as_str(), to.as_str()).because("replanned");
    app.log(&tx, town.id, Subject::Booking(id), change, Actor::from(by)).await?;
    store::planning::insert_item(&tx, run.id, id, None).await?;
    cancel::owe_news(app, &tx, town, &cancelled, Some(run.undo_until)).await?;
    tx.commit().await?;
    Ok(Some(booking.office))
}

/// Puts everybody back where they were, closed or not, before anybody is told. Done twice it is done once.
///
/// # Errors
/// When the role does not plan, there is no such replanning, the news are out, or the database fails.
pub async fn undo_replan(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: Uuid,
) -> Outcome<Undone, ReplanProblem> {
    if !by.role.may_administer() {
        return Err(Error::Refused(ReplanProblem::NotAllowed));
    }
    let found = store::planning::replan(&app.db, town.id, id).await?;
    let Some((run, items)) = found else { return Err(Error::Refused(ReplanProblem::Unknown)) };
    if run.undone_at.is_none() && app.clock.now() >= run.undo_until {
        return Err(Error::Refused(ReplanProblem::TooLate));
    }
    let mut undone = Undone { restored: 0, stayed: Vec::new() };
    for item in &items {
        if item.undone || restore(app, town, by, run, item).await? {
            undone.restored += 1;
        } else {
            undone.stayed.push(item.booking);
        }
    }
    let tx = app.db.write().await?;
    store::planning::mark_undone(&tx, run.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(undone)
}

async fn restore(
    app: &App,
    town: &Town,
    by: &StaffMember,
    run: Replan,
    item: &ReplanItem,
) -> Result<bool, StoreError> {
    let mut tries = Tries::default();
    loop {
        match try_restore(app, town, by, run, item).await.map_err(Error::<()>::Failed) {
            Err(error) if tries.again(&error) => {}
            Err(Error::Failed(failure)) => return Err(failure),
            Err(Error::Refused(())) => return Ok(false),
            Ok(None) => return Ok(false),
            Ok(Some(booking)) => {
                signal(app, town, booking.office, booking.id);
                return Ok(true);
            }
        }
    }
}

async fn try_restore(
    app: &App,
    town: &Town,
    by: &StaffMember,
    run: Replan,
    item: &ReplanItem,
) -> Result<Option<Booking>, StoreError> {
    let tx = app.db.write().await?;
    if !store::planning::mark_item_undone(&tx, run.id, item.booking).await? {
        return Ok(None);
    }
    let Some(old) = store::appointments::booking(&tx, town.id, item.booking).await? else { return Ok(None) };
    let from = place_of(&old);
    let restored = match item.moved_to {
        Some(moved_to) => {
            let found = store::appointments::booking(&tx, town.id, moved_to).await?;
            let Some(new) = found.filter(|new| new.state == BookingState::Booked) else { return Ok(None) };
            let to = place_of(&new);
            store::schedule::lock_counts(&tx, &[&from, &to]).await?;
            store::schedule::take_again(&tx, from.pool, from.span, from.audience).await?;
            store::schedule::give_back(&tx, to.pool, to.span, to.audience).await?;
            let restored = move_to::replace(app, &tx, town, &new, old.office, &from).await?;
            move_to::log(app, &tx, &new, &restored, Actor::from(by)).await?;
            restored
        }
        None => {
            let Ok(to) = old.state.after(BookingEvent::UndoCancelByOffice) else { return Ok(None) };
            let at = app.clock.now();
            let reminders = reminders(town, &old, at);
            store::schedule::take_again(&tx, from.pool, from.span, from.audience).await?;
            let change = Transition { to, new_rev: true, secrets: None, reminders, at };
            let restored = store::appointments::change_state(&tx, &old, &change).await?;
            let change = Change::moves(old.state.as_str(), to.as_str()).because("replanning undone");
            app.log(&tx, town.id, Subject::Booking(old.id), change, Actor::from(by)).await?;
            restored
        }
    };
    tx.commit().await?;
    Ok(Some(restored))
}

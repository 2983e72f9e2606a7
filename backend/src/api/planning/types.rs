//! What is said over HTTP about the week, opening hours, closures and replanning.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{BookingId, PoolId};
use domain::local_time::{LocalMinute, local_at};
use domain::schedule::opening_hours::ClosureScope;
use operations::appointments::{Decision, Fate, MoveRequest, Replanned, Undone};
use operations::planning::{self, ClosureRequest, Conflict, StoredClosure, WeekView};
use poem_openapi::Object;
use uuid::Uuid;

use crate::api::appointments::Item;
use crate::problem::{Text, Unreadable};

/// A week of an office.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlanWeek {
    /// The office.
    pub office_id: Uuid,
    /// Its name.
    pub office_name: String,
    /// Monday to Sunday.
    pub days: Vec<PlanDay>,
    /// Its pools of counters.
    pub pools: Vec<PlanPool>,
    /// The closures that touch the week and the office, soonest first.
    pub closures: Vec<PlanClosure>,
    /// Everybody the hours no longer hold, in this week and after it.
    pub conflicts: Vec<PlanConflict>,
    /// The last replanning, while it can be undone.
    pub undoable: Option<Undoable>,
}

/// A day of the week.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlanDay {
    /// The local day.
    pub date: NaiveDate,
    /// The holiday it is, if it is one.
    pub holiday: Option<String>,
}

/// A pool's week.
#[derive(Clone, Debug, Object)]
pub struct PlanPool {
    /// The pool.
    pub pool_id: Uuid,
    /// Its name.
    pub name: String,
    /// Monday to Sunday.
    pub days: Vec<PlanPoolDay>,
}

/// A pool's day.
#[derive(Clone, Debug, Object)]
pub struct PlanPoolDay {
    /// Capacity and use, in steps; nothing when it is closed and nothing is taken.
    pub steps: Vec<PlanStep>,
    /// Minutes of counters open.
    pub open_min: u32,
    /// Minutes of counters taken.
    pub used_min: u32,
    /// Appointments that stand.
    pub bookings: u32,
}

/// A time during which capacity and use stay the same.
#[derive(Clone, Debug, Object)]
pub struct PlanStep {
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Counters for public bookings.
    pub public: u16,
    /// Counters kept for bookings by staff.
    pub staff: u16,
    /// Counters taken out of the public ones.
    pub public_used: u16,
    /// Counters taken out of those of staff.
    pub staff_used: u16,
}

/// A closure.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlanClosure {
    /// Its id.
    pub id: Uuid,
    /// What it reaches: `town`, `department`, `office` or `pool`.
    pub scope: String,
    /// The department, office or pool.
    pub scope_id: Option<Uuid>,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whether it is on each of its days between the two times.
    pub daily: bool,
    /// How many counters of each kind stay open; 0 is closed.
    pub at_most: u16,
    /// Why.
    pub reason: String,
}

/// An appointment that the hours no longer hold.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlanConflict {
    /// The booking.
    pub booking_id: Uuid,
    /// Its check-in code.
    pub check_in_code: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Its office.
    pub office_id: Uuid,
    /// Its pool's name.
    pub pool_name: String,
    /// The person.
    pub name: String,
    /// Whether there is a mobile number to tell.
    pub reachable: bool,
    /// The services.
    pub items: Vec<Item>,
    /// Where it could go; nothing when no slot is free in the office.
    pub proposal: Option<ProposedSlot>,
}

/// A slot where a displaced appointment could go.
#[derive(Clone, Debug, Object)]
pub struct ProposedSlot {
    /// The pool.
    pub pool_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

/// A replanning that can be undone.
#[derive(Clone, Debug, Object)]
pub struct Undoable {
    /// Its id.
    pub id: Uuid,
    /// Until when; then everybody is told.
    pub undo_until: DateTime<Utc>,
}

/// A closure as it is asked for, in the town's local time.
#[derive(Clone, Debug, Object)]
pub struct ClosureBody {
    /// What it reaches: `town`, `department`, `office` or `pool`.
    #[oai(validator(max_length = 20))]
    pub scope: String,
    /// The department, office or pool.
    pub scope_id: Option<Uuid>,
    /// The first local day.
    pub from_day: NaiveDate,
    /// From when on that day: `12:00`; `00:00` without.
    #[oai(validator(max_length = 5))]
    pub from_time: Option<String>,
    /// The last local day.
    pub until_day: NaiveDate,
    /// Until when on that day: `16:00`; `24:00` without.
    #[oai(validator(max_length = 5))]
    pub until_time: Option<String>,
    /// Whether it is on each of its days between the two times; else without a break.
    #[oai(default)]
    pub daily: bool,
    /// How many counters of each kind stay open; 0 is closed.
    #[oai(default)]
    pub at_most: u16,
    /// Why.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

impl ClosureBody {
    pub(super) fn read(self) -> Result<ClosureRequest, Unreadable> {
        let wrong = |field: &'static str| move || Unreadable::field(field);
        let time = |text: Option<String>, usual: LocalMinute| {
            text.map_or(Some(usual), |text| LocalMinute::parse(&text))
        };
        let from = time(self.from_time, LocalMinute::START_OF_DAY).ok_or_else(wrong("from_time"))?;
        let until = time(self.until_time, LocalMinute::END_OF_DAY).ok_or_else(wrong("until_time"))?;
        Ok(ClosureRequest {
            scope: ClosureScope::parse(&self.scope, self.scope_id).ok_or_else(wrong("scope"))?,
            from: local_at(self.from_day, from),
            until: local_at(self.until_day, until),
            daily: self.daily,
            at_most: self.at_most,
            reason: self.reason,
        })
    }
}

/// What becomes of displaced appointments.
#[derive(Clone, Debug, Object)]
pub struct ReplanRequest {
    /// One for each appointment.
    #[oai(validator(max_items = 500))]
    pub decisions: Vec<ReplanDecision>,
}

/// What becomes of one appointment.
#[derive(Clone, Debug, Object)]
pub struct ReplanDecision {
    /// The booking.
    pub booking_id: Uuid,
    /// Where it goes; without, it is cancelled.
    pub move_to: Option<ProposedSlot>,
}

impl ReplanRequest {
    pub(super) fn read(self) -> Vec<Decision> {
        let decision = |one: ReplanDecision| Decision {
            booking: BookingId(one.booking_id),
            fate: one.move_to.map_or(Fate::Cancel, |to| {
                Fate::Move(MoveRequest { pool: PoolId(to.pool_id), starts_at: to.starts_at })
            }),
        };
        self.decisions.into_iter().map(decision).collect()
    }
}

/// What a replanning did.
#[derive(Clone, Debug, Object)]
pub struct ReplanResult {
    /// Its id, to undo it.
    pub id: Uuid,
    /// Until when it can be undone; then everybody is told.
    pub undo_until: DateTime<Utc>,
    /// How many were moved.
    pub moved: u32,
    /// How many were cancelled.
    pub cancelled: u32,
    /// Those that stayed: the slot was taken meanwhile, or the appointment changed.
    pub stayed: Vec<Uuid>,
}

/// What an undo did.
#[derive(Clone, Debug, Object)]
pub struct UndoResult {
    /// How many are as they were.
    pub restored: u32,
    /// Those that could not be: the person arrived, or changed the appointment.
    pub stayed: Vec<Uuid>,
}

/// One change of the set-up.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct SetupChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// What kind of thing: `opening` or `closure`.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// As it was, as JSON.
    pub before: Option<String>,
    /// As it is, as JSON.
    pub after: Option<String>,
}

impl From<Replanned> for ReplanResult {
    fn from(done: Replanned) -> Self {
        Self {
            id: done.id,
            undo_until: done.undo_until,
            moved: done.moved,
            cancelled: done.cancelled,
            stayed: done.stayed.into_iter().map(|id| id.0).collect(),
        }
    }
}

impl From<Undone> for UndoResult {
    fn from(done: Undone) -> Self {
        Self { restored: done.restored, stayed: done.stayed.into_iter().map(|id| id.0).collect() }
    }
}

impl From<StoredClosure> for PlanClosure {
    fn from(closure: StoredClosure) -> Self {
        let (scope, scope_id) = closure.scope.parts();
        Self {
            id: closure.id,
            scope: scope.to_owned(),
            scope_id,
            from: closure.from,
            until: closure.until,
            daily: closure.daily,
            at_most: closure.at_most,
            reason: closure.reason,
        }
    }
}

impl From<Conflict> for PlanConflict {
    fn from(conflict: Conflict) -> Self {
        let items = conflict.items.into_iter().map(|item| Item {
            service: item.slug,
            name: Text::from(item.name),
            quantity: item.quantity,
        });
        Self {
            booking_id: conflict.booking.0,
            check_in_code: conflict.check_in_code.map(|code| code.to_string()).unwrap_or_default(),
            starts_at: conflict.starts_at,
            ends_at: conflict.ends_at,
            day: conflict.day,
            office_id: conflict.office.0,
            pool_name: conflict.pool_name,
            name: conflict.name,
            reachable: conflict.reachable,
            items: items.collect(),
            proposal: conflict
                .proposal
                .map(|(pool, span)| ProposedSlot { pool_id: pool.0, starts_at: span.starts_at() }),
        }
    }
}

impl From<WeekView> for PlanWeek {
    fn from(week: WeekView) -> Self {
        let (office, office_name) = week.office;
        let days = week.days.into_iter().map(|day| PlanDay { date: day.date, holiday: day.holiday });
        Self {
            office_id: office.0,
            office_name,
            days: days.collect(),
            pools: week.pools.into_iter().map(PlanPool::from).collect(),
            closures: week.closures.into_iter().map(PlanClosure::from).collect(),
            conflicts: week.conflicts.into_iter().map(PlanConflict::from).collect(),
            undoable: week.undoable.map(|run| Undoable { id: run.id, undo_until: run.undo_until }),
        }
    }
}

impl From<planning::PoolWeek> for PlanPool {
    fn from(pool: planning::PoolWeek) -> Self {
        let day = |day: planning::PoolDay| PlanPoolDay {
            steps: day.steps.into_iter().map(PlanStep::from).collect(),
            open_min: day.open_min,
            used_min: day.used_min,
            bookings: day.bookings,
        };
        Self { pool_id: pool.pool.0, name: pool.name, days: pool.days.into_iter().map(day).collect() }
    }
}

impl From<planning::WeekStep> for PlanStep {
    fn from(step: planning::WeekStep) -> Self {
        Self {
            starts_at: step.starts_at,
            ends_at: step.ends_at,
            public: step.public,
            staff: step.staff,
            public_used: step.public_used,
            staff_used: step.staff_used,
        }
    }
}

//! What was changed in the set-up, and replanning that can be undone, as rows.

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, OfficeId, PoolId, StaffId, TownId};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use crate::appointments::{Booking, read};
use crate::database::{Connection, Raw, Tx};
use crate::entities::{booking, replan, replan_item, setup_change, staff};
use crate::error::StoreError;

/// One change of the set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; the name as it is now.
    pub by: String,
    /// What kind of thing: `opening`, `closure`, `offer`.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// As it was, as JSON; `None` for something new.
    pub before: Option<String>,
    /// As it is, as JSON; `None` for something removed.
    pub after: Option<String>,
}

/// What is changed, as it was and as it is.
#[derive(Clone, Copy, Debug)]
pub struct NewChange<'a> {
    /// What kind of thing.
    pub subject: &'a str,
    /// Which one.
    pub subject_id: Uuid,
    /// As it was, as JSON.
    pub before: Option<&'a str>,
    /// As it is, as JSON.
    pub after: Option<&'a str>,
}

/// Notes a change, in its transaction.
///
/// # Errors
/// When the database fails.
pub async fn note_change(
    tx: &Tx,
    town: TownId,
    id: Uuid,
    (by, at): (StaffId, DateTime<Utc>),
    new: NewChange<'_>,
) -> Result<(), StoreError> {
    let row = setup_change::ActiveModel {
        id: Set(id),
        town_id: Set(town.0),
        at: Set(at),
        staff_id: Set(by.0),
        subject: Set(new.subject.to_owned()),
        subject_id: Set(new.subject_id),
        before: Set(new.before.map(str::to_owned)),
        after: Set(new.after.map(str::to_owned)),
    };
    setup_change::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// How often a thing was changed, or everything at once by a set-up that was taken over: whoever edits it says which state
/// was seen.
///
/// # Errors
/// When the database fails.
pub async fn changes_of(
    connection: &impl Connection,
    town: TownId,
    subject_id: Uuid,
) -> Result<u64, StoreError> {
    let subjects = setup_change::Entity::find()
        .filter(setup_change::Column::SubjectId.eq(subject_id))
        .filter(setup_change::Column::Subject.ne(WHOLE));
    let whole = setup_change::Entity::find()
        .filter(setup_change::Column::SubjectId.eq(town.0))
        .filter(setup_change::Column::Subject.eq(WHOLE));
    Ok(subjects.count(connection.raw()).await? + whole.count(connection.raw()).await?)
}

/// The subject of a change that took over a whole set-up.
pub const WHOLE: &str = "setup";

/// The last changes of a town's set-up, newest first.
///
/// # Errors
/// When the database fails.
pub async fn changes(
    connection: &impl Connection,
    town: TownId,
    limit: u64,
) -> Result<Vec<SetupChange>, StoreError> {
    let rows = setup_change::Entity::find()
        .filter(setup_change::Column::TownId.eq(town.0))
        .order_by_desc(setup_change::Column::At)
        .order_by_desc(setup_change::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    let people = staff::Entity::find()
        .filter(staff::Column::TownId.eq(town.0))
        .select_only()
        .columns([staff::Column::Id, staff::Column::Name])
        .into_tuple::<(Uuid, String)>()
        .all(connection.raw())
        .await?;
    let name_of = |id| people.iter().find(|(one, _)| *one == id).map(|(_, name)| name.clone());
    Ok(rows
        .into_iter()
        .map(|row| SetupChange {
            at: row.at,
            by: name_of(row.staff_id).unwrap_or_default(),
            subject: row.subject,
            subject_id: row.subject_id,
            before: row.before,
            after: row.after,
        })
        .collect())
}

/// The bookings of an office that claim a slot which has not begun, soonest first: what a change of hours can displace.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn claims_of_office(
    connection: &impl Connection,
    office: OfficeId,
    now: DateTime<Utc>,
) -> Result<Vec<Booking>, StoreError> {
    let open = BookingState::ALL.into_iter().filter(|state| state.is_open()).map(BookingState::as_str);
    let rows = booking::Entity::find()
        .filter(booking::Column::OfficeId.eq(office.0))
        // A day earlier, because the local day may begin before that of the instant; by it the index is found.
        .filter(booking::Column::Day.gte(now.date_naive().pred_opt().unwrap_or_default()))
        .filter(booking::Column::StartsAt.gt(now))
        .filter(booking::Column::State.is_in(open))
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// How many appointments of an office stand, by pool and local day.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn booked_by_day(
    connection: &impl Connection,
    office: OfficeId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<((PoolId, NaiveDate), u32)>, StoreError> {
    let standing = BookingState::ALL.into_iter().filter(|state| state.claims_capacity());
    let rows = booking::Entity::find()
        .select_only()
        .columns([booking::Column::PoolId, booking::Column::Day])
        .column_as(booking::Column::Id.count(), "booked")
        .filter(booking::Column::OfficeId.eq(office.0))
        .filter(booking::Column::Day.gte(from))
        .filter(booking::Column::Day.lte(to))
        .filter(booking::Column::State.is_in(standing.map(BookingState::as_str)))
        .group_by(booking::Column::PoolId)
        .group_by(booking::Column::Day)
        .into_tuple::<(Uuid, NaiveDate, i64)>()
        .all(connection.raw())
        .await?;
    let count = |booked| u32::try_from(booked).unwrap_or(u32::MAX);
    Ok(rows.into_iter().map(|(pool, day, booked)| ((PoolId(pool), day), count(booked))).collect())
}

/// A replanning: what one decision moved and cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replan {
    /// Its id.
    pub id: Uuid,
    /// The town.
    pub town: TownId,
    /// Who decided it.
    pub staff: StaffId,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// Until when it may be undone; then the news go out.
    pub undo_until: DateTime<Utc>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
}

/// What became of one booking of a replanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplanItem {
    /// The booking that was displaced.
    pub booking: BookingId,
    /// The booking that took its place; `None` when it was cancelled.
    pub moved_to: Option<BookingId>,
    /// Whether that was taken back.
    pub undone: bool,
}

/// Begins a replanning.
///
/// # Errors
/// When the database fails.
pub async fn insert_replan(tx: &Tx, new: &Replan) -> Result<(), StoreError> {
    let row = replan::ActiveModel {
        id: Set(new.id),
        town_id: Set(new.town.0),
        staff_id: Set(new.staff.0),
        decided_at: Set(new.decided_at),
        undo_until: Set(new.undo_until),
        undone_at: Set(new.undone_at),
    };
    replan::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Notes what became of a booking, in the transaction that did it.
///
/// # Errors
/// When the database fails.
pub async fn insert_item(
    tx: &Tx,
    replan: Uuid,
    booking: BookingId,
    moved_to: Option<BookingId>,
) -> Result<(), StoreError> {
    let row = replan_item::ActiveModel {
        replan_id: Set(replan),
        booking_id: Set(booking.0),
        moved_to: Set(moved_to.map(|to| to.0)),
        undone: Set(false),
    };
    replan_item::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// A replanning of a town with its bookings.
///
/// # Errors
/// When the database fails.
pub async fn replan(
    connection: &impl Connection,
    town: TownId,
    id: Uuid,
) -> Result<Option<(Replan, Vec<ReplanItem>)>, StoreError> {
    let row = replan::Entity::find_by_id(id)
        .filter(replan::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let items = replan_item::Entity::find()
        .filter(replan_item::Column::ReplanId.eq(id))
        .order_by_asc(replan_item::Column::BookingId)
        .all(connection.raw())
        .await?;
    let items = items.into_iter().map(|item| ReplanItem {
        booking: BookingId(item.booking_id),
        moved_to: item.moved_to.map(BookingId),
        undone: item.undone,
    });
    Ok(Some((read_replan(&row), items.collect())))
}

/// The last replanning of a town that may still be undone.
///
/// # Errors
/// When the database fails.
pub async fn undoable(
    connection: &impl Connection,
    town: TownId,
    now: DateTime<Utc>,
) -> Result<Option<Replan>, StoreError> {
    // Where nobody was moved or cancelled there is nothing to undo.
    let of_somebody =
        Query::select().column(replan_item::Column::ReplanId).from(replan_item::Entity).to_owned();
    let row = replan::Entity::find()
        .filter(replan::Column::TownId.eq(town.0))
        .filter(replan::Column::Id.in_subquery(of_somebody))
        .filter(replan::Column::UndoUntil.gt(now))
        .filter(replan::Column::UndoneAt.is_null())
        .order_by_desc(replan::Column::DecidedAt)
        .one(connection.raw())
        .await?;
    Ok(row.as_ref().map(read_replan))
}

fn read_replan(row: &replan::Model) -> Replan {
    Replan {
        id: row.id,
        town: TownId(row.town_id),
        staff: StaffId(row.staff_id),
        decided_at: row.decided_at,
        undo_until: row.undo_until,
        undone_at: row.undone_at,
    }
}

/// Notes that one booking is as it was again; whether it was not noted before.
///
/// # Errors
/// When the database fails.
pub async fn mark_item_undone(tx: &Tx, replan: Uuid, booking: BookingId) -> Result<bool, StoreError> {
    let row = replan_item::ActiveModel { undone: Set(true), ..replan_item::ActiveModel::default() };
    let done = replan_item::Entity::update_many()
        .set(row)
        .filter(replan_item::Column::ReplanId.eq(replan))
        .filter(replan_item::Column::BookingId.eq(booking.0))
        .filter(replan_item::Column::Undone.eq(false))
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that a replanning was undone.
///
/// # Errors
/// When the database fails.
pub async fn mark_undone(tx: &Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    let row = replan::ActiveModel { undone_at: Set(Some(at)), ..replan::ActiveModel::default() };
    replan::Entity::update_many().set(row).filter(replan::Column::Id.eq(id)).exec(tx.raw()).await?;
    Ok(())
}

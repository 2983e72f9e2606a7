//! Visits and ticket numbers as rows; counters and sessions in the submodules.
//!
//! A change of state names the state and version it was decided on; when another was faster it is
//! [`StoreError::Stale`] and nothing has happened.

pub mod counters;
pub mod emergencies;
pub mod learned;
pub mod notes;
pub mod passing;
pub mod predictions;
pub mod reading;
pub mod room;
pub mod sessions;

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{BookingId, ContactId, CounterId, OfficeId, PoolId, ServiceId, TownId, VisitId, ZoneId};
use domain::language::Language;
use domain::queue::TicketNumber;
use domain::queue::status::VisitState;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Set,
};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::{visit, visit_item};
use crate::error::StoreError;
use crate::sealed::PhoneHash;

/// A visit (Besuch): a person in the building with a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// The town.
    pub town: TownId,
    /// Where.
    pub office: OfficeId,
    /// Who can serve it.
    pub pool: PoolId,
    /// Where the person waits.
    pub zone: ZoneId,
    /// The booking it grew out of; a walk-in has none.
    pub booking: Option<BookingId>,
    /// The local day.
    pub day: NaiveDate,
    /// The number on the ticket.
    pub ticket: TicketNumber,
    /// Where it stands.
    pub state: VisitState,
    /// When it is due (fällig).
    pub due_at: DateTime<Utc>,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// When the person arrived.
    pub arrived_at: DateTime<Utc>,
    /// The counter that called or serves.
    pub counter: Option<CounterId>,
    /// The first of the present calls.
    pub called_at: Option<DateTime<Utc>>,
    /// The last of them, when there were several.
    pub recalled_at: Option<DateTime<Utc>>,
    /// How often the person was called, over the whole visit.
    pub calls: u32,
    /// Since when the person sits at the counter.
    pub started_at: Option<DateTime<Utc>>,
    /// When the person did not come.
    pub missed_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// Planned minutes.
    pub planned_min: u16,
    /// How many persons.
    pub people: u16,
    /// The language of the person.
    pub language: Language,
    /// How to reach the person.
    pub contact: Option<ContactId>,
    /// The number's hash.
    pub phone_hash: Option<PhoneHash>,
    /// The hash of the ticket's secret.
    pub token_hash: Option<Vec<u8>>,
    /// The tap at the terminal that made it.
    pub tap_key: Option<String>,
    /// Why it is parked.
    pub park_reason: Option<String>,
    /// Whether the person waits outside, because the house is full.
    pub outside: bool,
    /// When they were told to come in.
    pub let_in_at: Option<DateTime<Utc>>,
    /// The visit this one goes on from: the first of all, should there be several.
    pub first: Option<VisitId>,
    /// The only counter that is to call the person.
    pub wished_counter: Option<CounterId>,
    /// Counts the changes.
    pub version: i32,
}

impl Visit {
    /// The last call, if the person is called.
    #[must_use]
    pub fn last_call_at(&self) -> Option<DateTime<Utc>> {
        self.recalled_at.or(self.called_at)
    }

    /// The id that stays when the person goes on with another ticket: notes and live pages go by it.
    #[must_use]
    pub fn lasting_id(&self) -> VisitId {
        self.first.unwrap_or(self.id)
    }

    /// The person is no longer at a counter, nor called to one.
    pub fn leave_counter(&mut self) {
        self.counter = None;
        self.called_at = None;
        self.recalled_at = None;
        self.started_at = None;
    }
}

/// The next count of a waiting zone on a day: 1 for the first ticket.
///
/// # Errors
/// When the database fails.
pub async fn next_count(tx: &Tx, zone: ZoneId, day: NaiveDate) -> Result<u32, StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO ticket_number (zone_id, day, last) VALUES (?, ?, 1) \
         ON CONFLICT (zone_id, day) DO UPDATE SET last = ticket_number.last + 1 RETURNING last",
        [zone.0.into(), day.into()],
    );
    let row = tx.raw().query_one_raw(statement).await?.ok_or(CORRUPT_COUNT)?;
    let last: i32 = row.try_get("", "last")?;
    u32::try_from(last).map_err(|_| CORRUPT_COUNT)
}

const CORRUPT_COUNT: StoreError = StoreError::Corrupt { column: "ticket_number.last" };

/// Adds a visit with its services.
///
/// # Errors
/// When the booking, the tap or the number has a visit already, or the database fails.
pub async fn insert(tx: &Tx, new: &Visit, items: &[(ServiceId, u16)]) -> Result<(), StoreError> {
    let row = visit::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(new.town.0),
        office_id: Set(new.office.0),
        zone_id: Set(new.zone.0),
        booking_id: Set(new.booking.map(|id| id.0)),
        day: Set(new.day),
        letter: Set(new.ticket.zone().to_string()),
        number: Set(integer(new.ticket.count())),
        appointment_at: Set(new.appointment_at),
        arrived_at: Set(new.arrived_at),
        planned_min: Set(i32::from(new.planned_min)),
        people: Set(i32::from(new.people)),
        language: Set(new.language.tag().to_owned()),
        contact_id: Set(new.contact.map(|id| id.0)),
        phone_hash: Set(new.phone_hash.clone().map(|hash| hash.0)),
        token_hash: Set(new.token_hash.clone()),
        tap_key: Set(new.tap_key.clone()),
        outside: Set(new.outside),
        let_in_at: Set(new.let_in_at),
        first_id: Set(new.first.map(|id| id.0)),
        version: Set(new.version),
        ..changing(new)
    };
    visit::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    let rows = items.iter().zip(0..).map(|((service, quantity), position)| visit_item::ActiveModel {
        visit_id: Set(new.id.0),
        service_id: Set(service.0),
        quantity: Set(i32::from(*quantity)),
        position: Set(position),
    });
    visit_item::Entity::insert_many(rows).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Writes what changed between `before` and `after`, if the row still is as it was read; gives it as it is now.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn save(tx: &Tx, before: &Visit, after: Visit) -> Result<Visit, StoreError> {
    let after = Visit { version: before.version + 1, ..after };
    let changed = visit::Entity::update_many()
        .set(visit::ActiveModel { version: Set(after.version), ..changing(&after) })
        .filter(visit::Column::Id.eq(before.id.0))
        .filter(visit::Column::State.eq(before.state.as_str()))
        .filter(visit::Column::Version.eq(before.version))
        .exec(tx.raw())
        .await?;
    if changed.rows_affected == 1 { Ok(after) } else { Err(StoreError::Stale) }
}

/// The columns that change during a visit.
fn changing(visit: &Visit) -> visit::ActiveModel {
    visit::ActiveModel {
        pool_id: Set(visit.pool.0),
        wished_counter_id: Set(visit.wished_counter.map(|id| id.0)),
        state: Set(visit.state.as_str().to_owned()),
        due_at: Set(visit.due_at),
        counter_id: Set(visit.counter.map(|id| id.0)),
        called_at: Set(visit.called_at),
        recalled_at: Set(visit.recalled_at),
        calls: Set(integer(visit.calls)),
        started_at: Set(visit.started_at),
        missed_at: Set(visit.missed_at),
        ended_at: Set(visit.ended_at),
        park_reason: Set(visit.park_reason.clone()),
        ..visit::ActiveModel::default()
    }
}

/// Calls the next visitor to a counter, in one conditional statement: the smallest due of those who wait for the
/// counter's pool today and are not wished to another counter, `passed_over` apart. Two counters never get the same visitor: on PostgreSQL a row another
/// transaction has claimed is skipped, on SQLite the transaction is IMMEDIATE.
///
/// # Errors
/// When the counter has a visitor already (a duplicate) or the database fails.
pub async fn claim_next(
    tx: &Tx,
    counter: CounterId,
    day: NaiveDate,
    passed_over: &[VisitId],
    now: DateTime<Utc>,
) -> Result<Option<Visit>, StoreError> {
    let except = if passed_over.is_empty() {
        String::new()
    } else {
        format!(" AND id NOT IN ({})", vec!["?"; passed_over.len()].join(", "))
    };
    let lock = tx.kind().skip_locked();
    let sql = format!(
        "UPDATE visit SET state = 'called', counter_id = ?, called_at = ?, recalled_at = NULL, \
         calls = calls + 1, version = version + 1 \
         WHERE state = 'waiting' AND id = (SELECT id FROM visit \
         WHERE pool_id = (SELECT pool_id FROM counter WHERE id = ?) AND day = ? AND state = 'waiting' \
         AND (wished_counter_id IS NULL OR wished_counter_id = ?){except} \
         ORDER BY due_at, arrived_at, id LIMIT 1{lock}) RETURNING *"
    );
    let values = [counter.0.into(), now.into(), counter.0.into(), day.into(), counter.0.into()];
    let statement =
        tx.kind().statement(&sql, values.into_iter().chain(passed_over.iter().map(|one| one.0.into())));
    first(tx.raw().query_one_raw(statement).await?.as_ref())
}

fn first(row: Option<&QueryResult>) -> Result<Option<Visit>, StoreError> {
    row.map(|row| read(visit::Model::from_query_result(row, "")?)).transpose()
}

/// A visit, to be changed in this transaction: nobody else changes it until then.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_for_update(tx: &Tx, town: TownId, id: VisitId) -> Result<Option<Visit>, StoreError> {
    let sql = format!("SELECT * FROM visit WHERE id = ? AND town_id = ?{}", tx.kind().for_update());
    let row = tx.raw().query_one_raw(tx.kind().statement(&sql, [id.0.into(), town.0.into()])).await?;
    first(row.as_ref())
}

/// A visit.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit(connection: &impl Connection, id: VisitId) -> Result<Option<Visit>, StoreError> {
    one(connection, visit::Column::Id.eq(id.0)).await
}

/// Some visits, earliest due first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub(crate) async fn visits(connection: &impl Connection, ids: &[Uuid]) -> Result<Vec<Visit>, StoreError> {
    let rows = visit::Entity::find()
        .filter(visit::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(visit::Column::DueAt)
        .order_by_asc(visit::Column::ArrivedAt)
        .order_by_asc(visit::Column::Id)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The visit that grew out of a booking, or the one that goes on from it.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_of_booking(
    connection: &impl Connection,
    booking: BookingId,
) -> Result<Option<Visit>, StoreError> {
    one(connection, visit::Column::BookingId.eq(booking.0)).await
}

/// The visit that a ticket's secret opens.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_of_token(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<Visit>, StoreError> {
    let found = one(connection, visit::Column::TokenHash.eq(token_hash)).await?;
    Ok(found.filter(|visit| visit.town == town))
}

/// The visit that a tap at a terminal made.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_of_tap(
    connection: &impl Connection,
    town: TownId,
    tap_key: &str,
) -> Result<Option<Visit>, StoreError> {
    let found = one(connection, visit::Column::TapKey.eq(tap_key)).await?;
    Ok(found.filter(|visit| visit.town == town))
}

/// The visit of a number that is not over: the one that began last on a day.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_of_number(
    connection: &impl Connection,
    town: TownId,
    number: &[u8],
    day: NaiveDate,
) -> Result<Option<Visit>, StoreError> {
    let open = VisitState::ALL.into_iter().filter(|state| !state.is_final()).map(VisitState::as_str);
    let row = visit::Entity::find()
        .filter(visit::Column::PhoneHash.eq(number))
        .filter(visit::Column::Day.eq(day))
        .filter(visit::Column::TownId.eq(town.0))
        .filter(visit::Column::State.is_in(open))
        .order_by_desc(visit::Column::ArrivedAt)
        .order_by_desc(visit::Column::Id)
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// The visitor who is called to a counter or sits there.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn visit_at_counter(
    connection: &impl Connection,
    counter: CounterId,
) -> Result<Option<Visit>, StoreError> {
    let here = [VisitState::Called, VisitState::Serving].map(VisitState::as_str);
    let condition = Condition::all()
        .add(visit::Column::CounterId.eq(counter.0))
        .add(visit::Column::EndedAt.is_null())
        .add(visit::Column::State.is_in(here));
    one(connection, condition).await
}

/// The visitors of a town who are called to a counter or sit there.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn visits_at_counters(
    connection: &impl Connection,
    town: TownId,
) -> Result<Vec<Visit>, StoreError> {
    // In these words, so that the index of just these rows is used.
    let sql =
        "SELECT * FROM visit WHERE state IN ('called', 'serving') AND counter_id IS NOT NULL AND town_id = ?";
    let rows = connection.raw().query_all_raw(connection.kind().statement(sql, [town.0.into()])).await?;
    rows.iter().map(|row| read(visit::Model::from_query_result(row, "")?)).collect()
}

/// The visits of an office on a day in one of these states, earliest due first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn visits_of_day(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
    states: &[VisitState],
) -> Result<Vec<Visit>, StoreError> {
    let rows = visit::Entity::find()
        .filter(visit::Column::OfficeId.eq(office.0))
        .filter(visit::Column::Day.eq(day))
        .filter(visit::Column::State.is_in(states.iter().map(|state| state.as_str())))
        .order_by_asc(visit::Column::DueAt)
        .order_by_asc(visit::Column::ArrivedAt)
        .order_by_asc(visit::Column::Id)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Visits of an office from days gone by that never came to an end, at most 500.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn left_over(
    connection: &impl Connection,
    office: OfficeId,
    today: NaiveDate,
) -> Result<Vec<Visit>, StoreError> {
    let open = VisitState::ALL.into_iter().filter(|state| state.is_present()).map(VisitState::as_str);
    let rows = visit::Entity::find()
        .filter(visit::Column::OfficeId.eq(office.0))
        .filter(visit::Column::Day.lt(today))
        .filter(visit::Column::EndedAt.is_null())
        .filter(visit::Column::State.is_in(open))
        .order_by_asc(visit::Column::Id)
        .limit(500)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

async fn one(
    connection: &impl Connection,
    condition: impl sea_orm::sea_query::IntoCondition,
) -> Result<Option<Visit>, StoreError> {
    visit::Entity::find().filter(condition).one(connection.raw()).await?.map(read).transpose()
}

fn read(row: visit::Model) -> Result<Visit, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    let letter = row.letter.chars().next().ok_or(corrupt("visit.letter"))?;
    let count = u32::try_from(row.number).map_err(|_| corrupt("visit.number"))?;
    Ok(Visit {
        id: VisitId(row.id),
        town: TownId(row.town_id),
        office: OfficeId(row.office_id),
        pool: PoolId(row.pool_id),
        zone: ZoneId(row.zone_id),
        booking: row.booking_id.map(BookingId),
        day: row.day,
        ticket: TicketNumber::new(letter, count).map_err(|_| corrupt("visit.number"))?,
        state: VisitState::parse(&row.state).ok_or(corrupt("visit.state"))?,
        due_at: row.due_at,
        appointment_at: row.appointment_at,
        arrived_at: row.arrived_at,
        counter: row.counter_id.map(CounterId),
        called_at: row.called_at,
        recalled_at: row.recalled_at,
        calls: u32::try_from(row.calls).map_err(|_| corrupt("visit.calls"))?,
        started_at: row.started_at,
        missed_at: row.missed_at,
        ended_at: row.ended_at,
        planned_min: u16::try_from(row.planned_min).map_err(|_| corrupt("visit.planned_min"))?,
        people: u16::try_from(row.people).map_err(|_| corrupt("visit.people"))?,
        language: Language::parse(&row.language).ok_or(corrupt("visit.language"))?,
        contact: row.contact_id.map(ContactId),
        phone_hash: row.phone_hash.map(PhoneHash),
        token_hash: row.token_hash,
        tap_key: row.tap_key,
        park_reason: row.park_reason,
        outside: row.outside,
        let_in_at: row.let_in_at,
        first: row.first_id.map(VisitId),
        wished_counter: row.wished_counter_id.map(CounterId),
        version: row.version,
    })
}

fn integer(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Ids as values of a statement, with as many placeholders.
pub(crate) fn placeholders(ids: &[Uuid]) -> String {
    vec!["?"; ids.len()].join(", ")
}

//! Sessions: time at a counter.

use chrono::{DateTime, Utc};
use domain::ids::{CounterId, OfficeId, SessionId, StaffId, TownId, VisitId};
use domain::queue::TicketNumber;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::session;
use crate::error::StoreError;
use crate::json;

/// A service that was delivered (erbrachte Leistung).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The service's slug.
    pub service: String,
    /// How often.
    pub quantity: u16,
}

/// Time at a counter that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The town.
    pub town: TownId,
    /// Whose time.
    pub visit: VisitId,
    /// Where.
    pub counter: CounterId,
    /// Who serves.
    pub staff: Option<StaffId>,
    /// When it begins.
    pub started_at: DateTime<Utc>,
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &Tx, new: NewSession) -> Result<(), StoreError> {
    let row = session::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(new.town.0),
        visit_id: Set(new.visit.0),
        counter_id: Set(new.counter.0),
        staff_id: Set(new.staff.map(|id| id.0)),
        started_at: Set(new.started_at),
        ended_at: Set(None),
        delivered: Set("[]".to_owned()),
    };
    session::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Ends the running session of a visit; gives its id, `None` when none runs.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &Tx,
    visit: VisitId,
    delivered: &[Delivered],
    now: DateTime<Utc>,
) -> Result<Option<SessionId>, StoreError> {
    let running = session::Entity::find()
        .filter(session::Column::VisitId.eq(visit.0))
        .filter(session::Column::EndedAt.is_null())
        .one(tx.raw())
        .await?;
    let Some(running) = running else { return Ok(None) };
    session::Entity::update_many()
        .set(session::ActiveModel {
            ended_at: Set(Some(now)),
            delivered: Set(json::write(&delivered)),
            ..session::ActiveModel::default()
        })
        .filter(session::Column::Id.eq(running.id))
        .exec(tx.raw())
        .await?;
    Ok(Some(SessionId(running.id)))
}

/// How many sessions of a visit run: one while somebody sits at a counter, else none.
///
/// # Errors
/// When the database fails.
pub async fn running(connection: &impl Connection, visit: VisitId) -> Result<usize, StoreError> {
    let running = session::Entity::find()
        .filter(session::Column::VisitId.eq(visit.0))
        .filter(session::Column::EndedAt.is_null())
        .all(connection.raw())
        .await?;
    Ok(running.len())
}

/// A session as the day view shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastSession {
    /// Where.
    pub counter: CounterId,
    /// Whose.
    pub visit: VisitId,
    /// The number on the ticket.
    pub ticket: TicketNumber,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The sessions at an office's counters that began between two instants, oldest first, at most 1,000.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn sessions_between(
    connection: &impl Connection,
    office: OfficeId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<PastSession>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT s.counter_id, s.visit_id, s.started_at, s.ended_at, v.letter, v.number \
         FROM session s JOIN counter c ON c.id = s.counter_id JOIN visit v ON v.id = s.visit_id \
         WHERE c.office_id = ? AND s.started_at >= ? AND s.started_at < ? \
         ORDER BY s.started_at, s.id LIMIT 1000",
        [office.0.into(), from.into(), until.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let letter: String = row.try_get("", "letter")?;
            let number: i32 = row.try_get("", "number")?;
            Ok(PastSession {
                counter: CounterId(row.try_get::<Uuid>("", "counter_id")?),
                visit: VisitId(row.try_get::<Uuid>("", "visit_id")?),
                ticket: format!("{letter}{number}")
                    .parse()
                    .map_err(|_| StoreError::Corrupt { column: "visit.number" })?,
                started_at: row.try_get("", "started_at")?,
                ended_at: row.try_get("", "ended_at")?,
            })
        })
        .collect()
}

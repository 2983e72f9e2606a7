//! What the screens show beside the visits themselves: services, zones, how a message fared, the last calls.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{BookingId, CounterId, OfficeId, ServiceId, TownId, VisitId, ZoneId};
use domain::language::Text;
use domain::queue::TicketNumber;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::placeholders;
use crate::database::Connection;
use crate::error::StoreError;
use crate::json;

/// One service of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitItem {
    /// The visit.
    pub visit: VisitId,
    /// The service.
    pub service: ServiceId,
    /// The service's slug.
    pub slug: String,
    /// The service's name.
    pub name: Text,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// The services of these visits, in their order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn items_of(
    connection: &impl Connection,
    visits: &[VisitId],
) -> Result<Vec<VisitItem>, StoreError> {
    if visits.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = visits.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT i.visit_id, i.service_id, i.quantity, s.slug, s.name \
         FROM visit_item i JOIN service s ON s.id = i.service_id \
         WHERE i.visit_id IN ({}) ORDER BY i.visit_id, i.position",
        placeholders(&ids)
    );
    let statement = connection.kind().statement(&sql, ids.into_iter().map(Into::into));
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(read_item).collect()
}

fn read_item(row: &QueryResult) -> Result<VisitItem, StoreError> {
    let name: String = row.try_get("", "name")?;
    let quantity: i32 = row.try_get("", "quantity")?;
    Ok(VisitItem {
        visit: VisitId(row.try_get::<Uuid>("", "visit_id")?),
        service: ServiceId(row.try_get::<Uuid>("", "service_id")?),
        slug: row.try_get("", "slug")?,
        name: json::read(&name, "service.name")?,
        quantity: u16::try_from(quantity).map_err(|_| StoreError::Corrupt { column: "visit_item" })?,
    })
}

/// A visit that was called to a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The number on the ticket.
    pub ticket: TicketNumber,
    /// The counter's number.
    pub counter: String,
    /// The counter's name.
    pub counter_name: String,
    /// The last call.
    pub called_at: DateTime<Utc>,
    /// Whether the call still stands: nobody has come yet.
    pub stands: bool,
}

/// The last calls of an office on a day, newest first, at most so many of each waiting zone: what displays show.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn last_calls(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
    most: usize,
) -> Result<Vec<(ZoneId, Call)>, StoreError> {
    let sql = format!(
        "SELECT * FROM (SELECT v.id, v.zone_id, v.letter, v.number, v.state, c.number AS counter_number, \
         c.name AS counter_name, COALESCE(v.recalled_at, v.called_at) AS last_call, \
         ROW_NUMBER() OVER (PARTITION BY v.zone_id \
         ORDER BY COALESCE(v.recalled_at, v.called_at) DESC, v.id) AS place \
         FROM visit v JOIN counter c ON c.id = v.counter_id \
         WHERE v.office_id = ? AND v.day = ? AND v.called_at IS NOT NULL) AS called \
         WHERE place <= {most} ORDER BY last_call DESC, id"
    );
    let statement = connection.kind().statement(&sql, [office.0.into(), day.into()]);
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((ZoneId(row.try_get::<Uuid>("", "zone_id")?), read_call(row)?))).collect()
}

fn read_call(row: &QueryResult) -> Result<Call, StoreError> {
    let letter: String = row.try_get("", "letter")?;
    let number: i32 = row.try_get("", "number")?;
    let state: String = row.try_get("", "state")?;
    let ticket = format!("{letter}{number}").parse();
    Ok(Call {
        ticket: ticket.map_err(|_| StoreError::Corrupt { column: "visit.number" })?,
        counter: row.try_get("", "counter_number")?,
        counter_name: row.try_get("", "counter_name")?,
        called_at: row.try_get("", "last_call")?,
        stands: state == "called",
    })
}

/// How the latest message about something fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The visit it speaks about.
    pub visit: Option<VisitId>,
    /// The booking it speaks about.
    pub booking: Option<BookingId>,
    /// The state of the message, in the words of the outbox.
    pub state: String,
}

/// The messages about these visits and bookings, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn notices(
    connection: &impl Connection,
    town: TownId,
    visits: &[VisitId],
    bookings: &[BookingId],
) -> Result<Vec<Notice>, StoreError> {
    let (visits, bookings): (Vec<Uuid>, Vec<Uuid>) =
        (visits.iter().map(|id| id.0).collect(), bookings.iter().map(|id| id.0).collect());
    let mut notices = Vec::new();
    for (column, ids) in [("visit_id", visits), ("booking_id", bookings)] {
        if ids.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT visit_id, booking_id, state FROM message \
             WHERE {column} IN ({}) AND town_id = ? AND kind <> 'verification_code' ORDER BY created_at, id",
            placeholders(&ids)
        );
        let values = ids.into_iter().map(Into::into).chain([town.0.into()]);
        for row in connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await? {
            notices.push(Notice {
                visit: row.try_get::<Option<Uuid>>("", "visit_id")?.map(VisitId),
                booking: row.try_get::<Option<Uuid>>("", "booking_id")?.map(BookingId),
                state: row.try_get("", "state")?,
            });
        }
    }
    Ok(notices)
}

/// Which counter names belong to these ids is asked for one by one: a ticket has one counter.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn counter_name(
    connection: &impl Connection,
    counter: CounterId,
) -> Result<Option<(String, String, Text)>, StoreError> {
    let statement =
        connection.kind().statement("SELECT name, number, way FROM counter WHERE id = ?", [counter.0.into()]);
    let Some(row) = connection.raw().query_one_raw(statement).await? else { return Ok(None) };
    let way: String = row.try_get("", "way")?;
    Ok(Some((row.try_get("", "name")?, row.try_get("", "number")?, json::read(&way, "counter.way")?)))
}

/// How many people wait in an office today.
///
/// # Errors
/// When the database fails.
pub async fn waiting_count(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
) -> Result<u32, StoreError> {
    let statement = connection.kind().statement(
        "SELECT COUNT(*) AS waiting FROM visit WHERE office_id = ? AND day = ? AND state = 'waiting'",
        [office.0.into(), day.into()],
    );
    let row = connection.raw().query_one_raw(statement).await?;
    let waiting: i64 = row.map_or(Ok(0), |row| row.try_get("", "waiting"))?;
    Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
}

//! The services of a booking as rows.

use chrono::{DateTime, Utc};
use domain::appointments::booking::OpenBooking;
use domain::ids::{BookingId, ServiceId, TownId};
use domain::language::Text;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::bookings_of_number;
use crate::database::Connection;
use crate::error::StoreError;
use crate::json;
use crate::sealed::PhoneHash;

/// What a number has open, with the services: the facts for "one open booking per service and number".
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn open_bookings(
    connection: &impl Connection,
    town: TownId,
    number: &PhoneHash,
    now: DateTime<Utc>,
) -> Result<Vec<OpenBooking>, StoreError> {
    let bookings = bookings_of_number(connection, town, number, now).await?;
    let ids: Vec<BookingId> = bookings.iter().map(|booking| booking.id).collect();
    let items = items_of(connection, &ids).await?;
    let services = |id| items.iter().filter(|item| item.booking == id).map(|item| item.service).collect();
    Ok(bookings
        .into_iter()
        .map(|booking| OpenBooking { starts_at: booking.starts_at, services: services(booking.id) })
        .collect())
}

/// One service of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedItem {
    /// The booking.
    pub booking: BookingId,
    /// The service.
    pub service: ServiceId,
    /// The service's slug.
    pub slug: String,
    /// The service's name.
    pub name: Text,
    /// Whether messages must not name it.
    pub sensitive: bool,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// The services of these bookings, in their order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn items_of(
    connection: &impl Connection,
    bookings: &[BookingId],
) -> Result<Vec<BookedItem>, StoreError> {
    if bookings.is_empty() {
        return Ok(Vec::new());
    }
    connection.flush().await?;
    let places = vec!["?"; bookings.len()].join(", ");
    let sql = format!(
        "SELECT i.booking_id, i.service_id, i.quantity, s.slug, s.name, s.sensitive \
         FROM booking_item i JOIN service s ON s.id = i.service_id \
         WHERE i.booking_id IN ({places}) ORDER BY i.booking_id, i.position"
    );
    let statement = connection.kind().statement(&sql, bookings.iter().map(|id| id.0.into()));
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(read_item).collect()
}

fn read_item(row: &QueryResult) -> Result<BookedItem, StoreError> {
    let name: String = row.try_get("", "name")?;
    let quantity: i32 = row.try_get("", "quantity")?;
    Ok(BookedItem {
        booking: BookingId(row.try_get::<Uuid>("", "booking_id")?),
        service: ServiceId(row.try_get::<Uuid>("", "service_id")?),
        slug: row.try_get("", "slug")?,
        name: json::read(&name, "service.name")?,
        sensitive: row.try_get("", "sensitive")?,
        quantity: u16::try_from(quantity).map_err(|_| StoreError::Corrupt { column: "booking_item" })?,
    })
}

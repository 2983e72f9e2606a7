//! Bookings with the names they were made under, for those who look for a name.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::ids::{ContactId, OfficeId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Booking, contacts, read};
use crate::database::Connection;
use crate::entities::booking;
use crate::error::StoreError;

/// The bookings of an office from one local day to another with the name they were made under, soonest first: those that
/// stand, whose names are kept, at most 20,000.
///
/// # Errors
/// When the database fails or a row cannot be read or opened.
pub async fn named_bookings(
    connection: &impl Connection,
    office: OfficeId,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<(Booking, String)>, StoreError> {
    let rows = booking::Entity::find()
        .filter(booking::Column::OfficeId.eq(office.0))
        .filter(booking::Column::Day.gte(days.0))
        .filter(booking::Column::Day.lte(days.1))
        .filter(booking::Column::ContactId.is_not_null())
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .limit(20_000)
        .all(connection.raw())
        .await?;
    let bookings: Vec<Booking> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    let mut named = Vec::with_capacity(bookings.len());
    // In portions: a statement takes only so many values.
    for part in bookings.chunks(500) {
        let ids: Vec<ContactId> = part.iter().filter_map(|booking| booking.contact).collect();
        let known: HashMap<_, _> = contacts::contacts(connection, &ids).await?.into_iter().collect();
        named.extend(part.iter().filter_map(|booking| {
            let contact = known.get(&booking.contact?)?;
            Some((booking.clone(), contact.name.clone()))
        }));
    }
    Ok(named)
}

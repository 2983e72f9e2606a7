//! A booking that another one takes the place of.

use chrono::{DateTime, Utc};
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, ContactId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::Booking;
use super::changes::update;
use crate::database::{Connection, Raw, Tx};
use crate::entities::{booking, contact};
use crate::error::StoreError;

/// Ends a booking because another takes its place. Code, link and contact go over to the other, so that a code and a link
/// open one booking only.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn end_moved(
    tx: &Tx,
    booking: &Booking,
    to: BookingId,
    state: BookingState,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = booking::ActiveModel {
        state: Set(state.as_str().to_owned()),
        version: Set(booking.version + 1),
        rev: Set(booking.rev + 1),
        remind_at: Set(None),
        remind_early_at: Set(None),
        check_in_code: Set(None),
        link_token_hash: Set(None),
        contact_id: Set(None),
        ended_at: Set(Some(at)),
        moved_to: Set(Some(to.0)),
        ..booking::ActiveModel::default()
    };
    update(tx, booking, row).await
}

/// Keeps the particulars until another moment: the visit they are for has moved.
///
/// # Errors
/// When the database fails.
pub async fn keep_contact_until(
    tx: &Tx,
    id: ContactId,
    delete_after: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = contact::ActiveModel { delete_after: Set(delete_after), ..contact::ActiveModel::default() };
    tx.flush().await?;
    contact::Entity::update_many().set(row).filter(contact::Column::Id.eq(id.0)).exec(tx.raw()).await?;
    Ok(())
}

//! What changes in a booking; every change names the state and version it was decided on.

use chrono::{DateTime, Utc};
use domain::appointments::codes::CheckInCode;
use domain::appointments::status::BookingState;
use domain::ids::ContactId;
use domain::messaging::timing::Reminders;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::Booking;
use crate::database::{Raw, Tx};
use crate::entities::booking;
use crate::error::StoreError;
use crate::sealed::PhoneHash;

/// What changes when a booking changes its state; `None` leaves a value as it is.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The state after.
    pub to: BookingState,
    /// Whether people are told, so that older messages about it are not sent any more.
    pub new_rev: bool,
    /// The code and the link's hash, when it comes to stand.
    pub secrets: Option<(CheckInCode, Vec<u8>)>,
    /// When the reminders are due; a booking that stands no longer has none.
    pub reminders: Reminders,
    /// When.
    pub at: DateTime<Utc>,
}

/// Moves a booking from the state and version it was read in; gives it as it is now.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile, or its code is somebody else's at that office on that day: tried
/// again with another one, it succeeds.
pub async fn change_state(tx: &Tx, booking: &Booking, change: &Transition) -> Result<Booking, StoreError> {
    let mut after = booking.clone();
    after.state = change.to;
    after.version += 1;
    after.rev += i32::from(change.new_rev);
    after.reminders = change.reminders;
    after.unverified_until = None;
    if let Some((code, hash)) = &change.secrets {
        after.check_in_code = Some(*code);
        after.link_token_hash = Some(hash.clone());
    }
    let ended_at = (!after.state.is_open()).then_some(change.at);
    let row = booking::ActiveModel {
        state: Set(after.state.as_str().to_owned()),
        version: Set(after.version),
        rev: Set(after.rev),
        remind_at: Set(after.reminders.day_before),
        remind_early_at: Set(after.reminders.early),
        unverified_until: Set(None),
        check_in_code: Set(after.check_in_code.map(CheckInCode::compact)),
        link_token_hash: Set(after.link_token_hash.clone()),
        ended_at: Set(ended_at),
        ..booking::ActiveModel::default()
    };
    let free = change.secrets.as_ref().map(|(code, _)| {
        let same = Query::select()
            .expr(Expr::val(1))
            .from(booking::Entity)
            .and_where(booking::Column::OfficeId.eq(booking.office.0))
            .and_where(booking::Column::Day.eq(booking.day))
            .and_where(booking::Column::CheckInCode.eq(code.compact()))
            .to_owned();
        Expr::exists(same).not()
    });
    update_if(tx, booking, row, free).await?;
    Ok(after)
}

/// Gives a booking that waits for its six digits another number.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn change_number(
    tx: &Tx,
    booking: &Booking,
    contact: ContactId,
    number: PhoneHash,
) -> Result<(), StoreError> {
    let row = booking::ActiveModel {
        version: Set(booking.version + 1),
        contact_id: Set(Some(contact.0)),
        phone_hash: Set(Some(number.0)),
        ..booking::ActiveModel::default()
    };
    update(tx, booking, row).await
}

/// A booking that was proved by its mailbox: its particulars without the number, which nobody proved.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn drop_number(tx: &Tx, booking: &Booking, contact: ContactId) -> Result<Booking, StoreError> {
    let row = booking::ActiveModel {
        version: Set(booking.version + 1),
        contact_id: Set(Some(contact.0)),
        phone_hash: Set(None),
        ..booking::ActiveModel::default()
    };
    update(tx, booking, row).await?;
    let version = booking.version + 1;
    Ok(Booking { version, contact: Some(contact), phone_hash: None, ..booking.clone() })
}

pub(super) async fn update(tx: &Tx, booking: &Booking, row: booking::ActiveModel) -> Result<(), StoreError> {
    update_if(tx, booking, row, None).await
}

async fn update_if(
    tx: &Tx,
    booking: &Booking,
    row: booking::ActiveModel,
    condition: Option<SimpleExpr>,
) -> Result<(), StoreError> {
    let mut changed = booking::Entity::update_many()
        .set(row)
        .filter(booking::Column::Id.eq(booking.id.0))
        .filter(booking::Column::State.eq(booking.state.as_str()))
        .filter(booking::Column::Version.eq(booking.version));
    if let Some(condition) = condition {
        changed = changed.filter(condition);
    }
    if changed.exec(tx.raw()).await?.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

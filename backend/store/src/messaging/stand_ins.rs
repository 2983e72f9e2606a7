//! The SMS that waits behind pushes: it stands in when no browser shows them.

use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use sea_orm::ConnectionTrait;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Makes the SMS behind these pushes due at once when none of them can still be shown; says whether it did.
///
/// # Errors
/// When the database fails.
pub async fn hasten(tx: &Tx, first: MessageId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let statement = tx.kind().statement(
        "UPDATE message SET not_before = ? WHERE parent_id = ? AND channel = 'sms' AND state = 'queued' AND not_before > ? \
         AND NOT EXISTS (SELECT 1 FROM message push WHERE (push.id = ? OR push.parent_id = ?) AND push.channel = 'push' \
         AND push.state IN ('held', 'queued', 'enqueued', 'sending', 'uncertain', 'accepted', 'sent', 'delivered'))",
        [now.into(), first.0.into(), now.into(), first.0.into(), first.0.into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected() > 0)
}

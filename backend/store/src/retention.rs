//! Erases what has been kept long enough (Speicherbegrenzung, Art. 5 (1) e GDPR).

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Moments before which things are too old to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Oldest {
    /// What messages say and to whom, once nothing more is expected of them; what people wrote.
    pub contents: DateTime<Utc>,
    /// Text messages a provider took and never reported on.
    pub unreported: DateTime<Utc>,
    /// Codes by the end of their time, and whose network asked for a slot.
    pub codes: DateTime<Utc>,
    /// Dialogues, by the end of their time.
    pub dialogues: DateTime<Utc>,
    /// Reports of providers, as they came.
    pub reports: DateTime<Utc>,
    /// What is left of messages without their contents: for bills.
    pub skeletons: DateTime<Utc>,
    /// Opt-outs.
    pub opt_outs: DateTime<Utc>,
}

/// Erases everything older; gives how many rows it concerned.
///
/// # Errors
/// When the database fails.
pub async fn erase(tx: &Tx, oldest: &Oldest) -> Result<u64, StoreError> {
    let steps = [
        // Nothing more is heard of an e-mail or a push that was taken; of a text message after a month.
        (
            "UPDATE message SET final_at = accepted_at WHERE state IN ('accepted', 'sent') AND final_at IS NULL \
             AND channel <> 'sms' AND accepted_at < ?",
            oldest.contents,
        ),
        (
            "UPDATE message SET final_at = accepted_at WHERE state IN ('accepted', 'sent') AND final_at IS NULL \
             AND accepted_at < ?",
            oldest.unreported,
        ),
        ("UPDATE message SET sealed = NULL WHERE sealed IS NOT NULL AND final_at < ?", oldest.contents),
        (
            "UPDATE message SET sealed = NULL WHERE sealed IS NOT NULL AND state IN ('accepted', 'sent') \
             AND final_at IS NULL AND accepted_at < ?",
            oldest.contents,
        ),
        (
            "UPDATE inbound_sms SET sealed = NULL WHERE sealed IS NOT NULL AND received_at < ?",
            oldest.contents,
        ),
        ("DELETE FROM challenge WHERE expires_at < ?", oldest.codes),
        (
            "UPDATE hold SET origin = NULL, wide_origin = NULL WHERE origin IS NOT NULL AND created_at < ?",
            oldest.codes,
        ),
        ("DELETE FROM conversation WHERE expires_at < ?", oldest.dialogues),
        ("DELETE FROM receipt_inbox WHERE received_at < ?", oldest.reports),
        (
            "DELETE FROM message_attempt WHERE message_id IN (SELECT id FROM message WHERE final_at < ?)",
            oldest.skeletons,
        ),
        ("DELETE FROM message WHERE final_at < ?", oldest.skeletons),
        ("DELETE FROM inbound_sms WHERE received_at < ?", oldest.skeletons),
        ("DELETE FROM suppression WHERE since < ?", oldest.opt_outs),
    ];
    let mut erased = 0;
    for (sql, before) in steps {
        let done = tx.raw().execute_raw(tx.kind().statement(sql, [before.into()])).await?;
        erased += done.rows_affected();
    }
    Ok(erased)
}

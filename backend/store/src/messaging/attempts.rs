//! Attempts as rows: one is written before each call to a provider, so that a crash in between is never forgotten.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use domain::messaging::attempt::is_surely_not_sent;
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::many;
use crate::database::{Connection, Raw, Tx};
use crate::entities::message_attempt;
use crate::error::StoreError;

/// What an attempt is before its end is known.
pub const STARTED: &str = "started";
/// What an attempt is when nobody could find out, and the message was sent again or given up.
pub const UNKNOWN: &str = "unknown";
/// The same where the provider's own list shows that it never had the message: it cost nothing.
pub const NOT_LISTED: &str = "not_listed";

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its message.
    pub message: MessageId,
    /// The how-manieth.
    pub no: i32,
    /// The fencing token of its claim.
    pub claim_token: Uuid,
    /// Which provider.
    pub provider: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its end was known.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended, in one word.
    pub outcome: String,
    /// The status of the provider's answer.
    pub http_status: Option<i32>,
    /// The provider's own id.
    pub provider_ref: Option<String>,
    /// Why it failed.
    pub error_class: Option<ErrorClass>,
    /// The provider's code of that.
    pub error_code: Option<String>,
    /// The furthest report about it.
    pub receipt: Option<Receipt>,
    /// The parts of its text; 0 where no part is paid for.
    pub segments: i32,
}

impl Attempt {
    /// The parts the day's budget pays for: all, unless it certainly reached nobody. What nobody knows of may have.
    #[must_use]
    pub fn paid(&self) -> i32 {
        let free = self.outcome == NOT_LISTED || is_surely_not_sent(&self.outcome);
        if free { 0 } else { self.segments }
    }
}

/// Writes new attempts.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &[Attempt]) -> Result<(), StoreError> {
    if !new.is_empty() {
        let rows = new.iter().map(row_of);
        message_attempt::Entity::insert_many(rows).exec_without_returning(tx.raw()).await?;
    }
    Ok(())
}

/// Writes what became of an attempt.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, attempt: &Attempt) -> Result<(), StoreError> {
    save_many(tx, &[attempt]).await
}

/// Writes what became of attempts.
///
/// # Errors
/// When the database fails.
pub async fn save_many(tx: &Tx, attempts: &[&Attempt]) -> Result<(), StoreError> {
    let rows = attempts.iter().map(|attempt| {
        vec![
            attempt.message.0.into(),
            attempt.no.into(),
            attempt.finished_at.into(),
            attempt.outcome.as_str().into(),
            attempt.http_status.into(),
            attempt.provider_ref.clone().into(),
            attempt.error_class.map(|class| class.letter().to_owned()).into(),
            attempt.error_code.clone().into(),
            attempt.receipt.map(|receipt| receipt.as_str().to_owned()).into(),
            attempt.segments.into(),
        ]
    });
    let columns = [
        "finished_at",
        "outcome",
        "http_status",
        "provider_ref",
        "error_class",
        "error_code",
        "receipt",
        "segments",
    ];
    many::update(tx, "message_attempt", (&["message_id", "no"], &columns), rows.collect()).await
}

/// One attempt.
///
/// # Errors
/// When the database fails.
pub async fn get(
    connection: &impl Connection,
    message: MessageId,
    no: i32,
) -> Result<Option<Attempt>, StoreError> {
    let row = message_attempt::Entity::find_by_id((message.0, no)).one(connection.raw()).await?;
    Ok(row.map(read))
}

/// All attempts of these messages, by message, the first one first.
///
/// # Errors
/// When the database fails.
pub async fn of_messages(
    connection: &impl Connection,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Attempt>>, StoreError> {
    let mut attempts: HashMap<MessageId, Vec<Attempt>> = HashMap::new();
    if messages.is_empty() {
        return Ok(attempts);
    }
    let rows = message_attempt::Entity::find()
        .filter(message_attempt::Column::MessageId.is_in(many::padded(messages).iter().map(|id| id.0)))
        .order_by_asc(message_attempt::Column::No)
        .all(connection.raw())
        .await?;
    for attempt in rows.into_iter().map(read) {
        attempts.entry(attempt.message).or_default().push(attempt);
    }
    Ok(attempts)
}

/// All attempts of a message, the first one first, at most 100.
///
/// # Errors
/// When the database fails.
pub async fn of_message(
    connection: &impl Connection,
    message: MessageId,
) -> Result<Vec<Attempt>, StoreError> {
    let rows = message_attempt::Entity::find()
        .filter(message_attempt::Column::MessageId.eq(message.0))
        .order_by_asc(message_attempt::Column::No)
        .limit(100)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

/// How many attempts of a message failed in this class.
///
/// # Errors
/// When the database fails.
pub async fn failed_so(tx: &Tx, message: MessageId, class: ErrorClass) -> Result<u32, StoreError> {
    let count = message_attempt::Entity::find()
        .filter(message_attempt::Column::MessageId.eq(message.0))
        .filter(message_attempt::Column::ErrorClass.eq(class.letter()))
        .count(tx.raw())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many attempts of a message ended without anybody finding out.
///
/// # Errors
/// When the database fails.
pub async fn unknown(tx: &Tx, message: MessageId) -> Result<u64, StoreError> {
    let count = message_attempt::Entity::find()
        .filter(message_attempt::Column::MessageId.eq(message.0))
        .filter(message_attempt::Column::Outcome.is_in([UNKNOWN, NOT_LISTED]))
        .count(tx.raw())
        .await?;
    Ok(count)
}

fn row_of(attempt: &Attempt) -> message_attempt::ActiveModel {
    message_attempt::ActiveModel {
        message_id: Set(attempt.message.0),
        no: Set(attempt.no),
        claim_token: Set(attempt.claim_token),
        provider: Set(attempt.provider.clone()),
        started_at: Set(attempt.started_at),
        finished_at: Set(attempt.finished_at),
        outcome: Set(attempt.outcome.clone()),
        http_status: Set(attempt.http_status),
        provider_ref: Set(attempt.provider_ref.clone()),
        error_class: Set(attempt.error_class.map(|class| class.letter().to_owned())),
        error_code: Set(attempt.error_code.clone()),
        receipt: Set(attempt.receipt.map(|receipt| receipt.as_str().to_owned())),
        segments: Set(attempt.segments),
    }
}

fn read(row: message_attempt::Model) -> Attempt {
    Attempt {
        message: MessageId(row.message_id),
        no: row.no,
        claim_token: row.claim_token,
        provider: row.provider,
        started_at: row.started_at,
        finished_at: row.finished_at,
        outcome: row.outcome,
        http_status: row.http_status,
        provider_ref: row.provider_ref,
        error_class: row.error_class.as_deref().and_then(ErrorClass::parse),
        error_code: row.error_code,
        receipt: row.receipt.as_deref().and_then(Receipt::parse),
        segments: row.segments,
    }
}

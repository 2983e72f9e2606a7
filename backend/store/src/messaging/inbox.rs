//! What comes in as rows: receipts, dialogues, and numbers that want no messages.

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, MessageId, OfficeId, TownId};
use domain::language::Language;
use domain::messaging::ChannelKind;
use domain::messaging::attempt::Report;
use domain::messaging::conversation::Conversation;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::many;
use crate::database::{Connection, Raw, Tx};
use crate::entities::{conversation, message_attempt, receipt_inbox, suppression};
use crate::error::StoreError;
use crate::json;

/// Keeps a provider's report; `false` when it was reported before.
///
/// # Errors
/// When the database fails.
pub async fn insert_receipt(
    tx: &Tx,
    id: Uuid,
    report: &Report,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = receipt_inbox::ActiveModel {
        id: Set(id),
        provider: Set(report.provider.to_owned()),
        provider_ref: Set(report.reference.clone()),
        status: Set(report.receipt.as_str().to_owned()),
        error_code: Set(report.error_code.map(|code| code.to_string()).unwrap_or_default()),
        message_id: Set(report.ours.map(|(message, _)| message.0)),
        attempt_no: Set(report.ours.map(|(_, no)| no)),
        received_at: Set(now),
    };
    let same = OnConflict::columns([
        receipt_inbox::Column::Provider,
        receipt_inbox::Column::ProviderRef,
        receipt_inbox::Column::Status,
        receipt_inbox::Column::ErrorCode,
    ])
    .do_nothing()
    .to_owned();
    let inserted =
        receipt_inbox::Entity::insert(row).on_conflict(same).exec_without_returning(tx.raw()).await?;
    Ok(inserted > 0)
}

/// The reports about a provider's reference, as (word, code, when), oldest first.
///
/// # Errors
/// When the database fails.
pub async fn receipts_of(
    connection: &impl Connection,
    message: MessageId,
    references: &[String],
) -> Result<Vec<(String, String, DateTime<Utc>)>, StoreError> {
    let own = receipt_inbox::Column::MessageId.eq(message.0);
    let by_reference = receipt_inbox::Column::ProviderRef.is_in(references.iter().map(String::as_str));
    let mut rows = receipt_inbox::Entity::find()
        .filter(sea_orm::Condition::any().add(own).add(by_reference))
        .all(connection.raw())
        .await?;
    rows.sort_by_key(|row| row.received_at);
    Ok(rows.into_iter().map(|row| (row.status, row.error_code, row.received_at)).collect())
}

/// The message and attempt a provider knows under this reference.
///
/// # Errors
/// When the database fails.
pub async fn attempt_of(
    tx: &Tx,
    provider: &str,
    reference: &str,
) -> Result<Option<(MessageId, i32)>, StoreError> {
    let row = message_attempt::Entity::find()
        .filter(message_attempt::Column::Provider.eq(provider))
        .filter(message_attempt::Column::ProviderRef.eq(reference))
        .one(tx.raw())
        .await?;
    Ok(row.map(|row| (MessageId(row.message_id), row.no)))
}

/// Makes messages of one number wait for each other until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_number(tx: &Tx, phone_hash: &[u8]) -> Result<(), StoreError> {
    many::lock_numbers(tx, &[phone_hash.to_vec()]).await
}

/// What we remember about a number; nothing when there is nothing, or it is too old.
///
/// # Errors
/// When the database fails.
pub async fn conversation(
    tx: &Tx,
    town: TownId,
    phone_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Conversation, StoreError> {
    let row = conversation::Entity::find_by_id((town.0, phone_hash.to_vec())).one(tx.raw()).await?;
    match row {
        Some(row) if row.expires_at > now => json::read(&row.context, "conversation.context"),
        _ => Ok(Conversation::default()),
    }
}

/// Remembers something about a number until then.
///
/// # Errors
/// When the database fails.
pub async fn save_conversation(
    tx: &Tx,
    town: TownId,
    phone_hash: &[u8],
    state: &Conversation,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO conversation (town_id, phone_hash, state, context, rev, expires_at) VALUES (?, ?, ?, ?, 1, ?) \
         ON CONFLICT (town_id, phone_hash) DO UPDATE SET state = excluded.state, context = excluded.context, \
         rev = conversation.rev + 1, expires_at = excluded.expires_at",
        [
            town.0.into(),
            phone_hash.to_vec().into(),
            "open".into(),
            json::write(state).into(),
            expires_at.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// Notes that this recipient wants no messages by this channel.
///
/// # Errors
/// When the database fails.
pub async fn suppress(
    tx: &Tx,
    town: TownId,
    (channel, recipient_hash): (ChannelKind, &[u8]),
    source: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = suppression::ActiveModel {
        town_id: Set(town.0),
        recipient_hash: Set(recipient_hash.to_vec()),
        channel: Set(channel.as_str().to_owned()),
        reason: Set("opted_out".to_owned()),
        source: Set(source.to_owned()),
        since: Set(now),
    };
    let same = OnConflict::columns([
        suppression::Column::TownId,
        suppression::Column::RecipientHash,
        suppression::Column::Channel,
    ])
    .do_nothing()
    .to_owned();
    suppression::Entity::insert(row).on_conflict(same).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// Whether this recipient wants no messages by this channel.
///
/// # Errors
/// When the database fails.
pub async fn is_suppressed(
    connection: &impl Connection,
    town: TownId,
    (channel, recipient_hash): (ChannelKind, &[u8]),
) -> Result<bool, StoreError> {
    let key = (town.0, recipient_hash.to_vec(), channel.as_str().to_owned());
    Ok(suppression::Entity::find_by_id(key).one(connection.raw()).await?.is_some())
}

/// Notes that this recipient wants messages by this channel again.
///
/// # Errors
/// When the database fails.
pub async fn unsuppress(
    tx: &Tx,
    town: TownId,
    (channel, recipient_hash): (ChannelKind, &[u8]),
) -> Result<(), StoreError> {
    let key = (town.0, recipient_hash.to_vec(), channel.as_str().to_owned());
    suppression::Entity::delete_by_id(key).exec(tx.raw()).await?;
    Ok(())
}

/// An open booking of a number, for the dialogue.
#[derive(Clone, Debug)]
pub struct OpenBookingRow {
    /// The booking.
    pub id: BookingId,
    /// Its start.
    pub starts_at: DateTime<Utc>,
    /// Its office.
    pub office_id: OfficeId,
    /// Name of its office, or its street where the name would tell too much.
    pub place: String,
    /// The check-in code, eight digits.
    pub check_in_code: String,
    /// The language the person chose.
    pub language: Language,
}

/// The open bookings of a number that begin after a time, soonest first, at most twenty.
///
/// # Errors
/// When the database fails.
pub async fn open_bookings(
    tx: &Tx,
    town: TownId,
    phone_hash: &[u8],
    since: DateTime<Utc>,
) -> Result<Vec<OpenBookingRow>, StoreError> {
    let statement = tx.kind().statement(
        "SELECT b.id, b.starts_at, b.office_id, o.name, o.street, b.check_in_code, b.language, \
         (SELECT count(*) FROM booking_item i JOIN service s ON s.id = i.service_id \
          WHERE i.booking_id = b.id AND s.sensitive) AS sensitive \
         FROM booking b JOIN office o ON o.id = b.office_id \
         WHERE b.town_id = ? AND b.phone_hash = ? AND b.state = 'booked' AND b.starts_at > ? \
         ORDER BY b.starts_at, b.id LIMIT 20",
        [town.0.into(), phone_hash.to_vec().into(), since.into()],
    );
    let rows = tx.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let sensitive = row.try_get::<i64>("", "sensitive")? > 0;
            let language: String = row.try_get("", "language")?;
            Ok(OpenBookingRow {
                id: BookingId(row.try_get("", "id")?),
                starts_at: row.try_get("", "starts_at")?,
                office_id: OfficeId(row.try_get("", "office_id")?),
                place: row.try_get("", if sensitive { "street" } else { "name" })?,
                check_in_code: row.try_get::<Option<String>>("", "check_in_code")?.unwrap_or_default(),
                language: Language::parse(&language).unwrap_or_default(),
            })
        })
        .collect()
}

/// Writes in this language about what a number has booked and has not come for.
///
/// # Errors
/// When the database fails.
pub async fn set_language(
    tx: &Tx,
    town: TownId,
    phone_hash: &[u8],
    language: Language,
) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "UPDATE booking SET language = ? WHERE town_id = ? AND phone_hash = ? AND state = 'booked'",
        [language.tag().into(), town.0.into(), phone_hash.to_vec().into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

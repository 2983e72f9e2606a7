//! The outbox as rows: what is owed, to whom, and how far it got.

pub mod attempts;
pub mod budget;
pub mod bulk;
pub mod figures;
pub mod forecast;
pub mod inbound;
pub mod inbound_list;
pub mod inbox;
pub mod many;
pub mod opt_outs;
pub mod providers;
pub mod relay;
pub mod reminders;
pub mod stand_ins;
pub mod subscriptions;
pub mod switches;
pub mod texts;
pub mod timetable;
pub mod watch;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, MessageId, TownId, VisitId};
use domain::language::Language;
use domain::messaging::delivery::State;
use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Kind, Lane, Notification, Recipient};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set, Unchanged};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::message;
use crate::error::StoreError;

const PURPOSE: &str = "message";

/// A message that is to be owed.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// The town that owes it.
    pub town: TownId,
    /// What makes it the same message.
    pub dedupe_key: String,
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub notification: Notification,
    /// In which language.
    pub language: Language,
    /// The wording's version.
    pub template_version: i32,
    /// The town's own wording, where it has one.
    pub text: Option<Uuid>,
    /// The booking it speaks about, in this revision.
    pub booking: Option<(BookingId, i32)>,
    /// The visit it speaks about.
    pub visit: Option<VisitId>,
    /// The first of the pushes it belongs to: as another of them, or as the SMS that stands in.
    pub parent: Option<MessageId>,
    /// Not before.
    pub not_before: DateTime<Utc>,
    /// Not after.
    pub expires_at: DateTime<Utc>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A message without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The town that owes it.
    pub town: TownId,
    /// What kind.
    pub kind: Kind,
    /// By which channel it goes.
    pub channel: ChannelKind,
    /// In which lane it travels.
    pub lane: Lane,
    /// In which language.
    pub language: Language,
    /// The wording's version when it was owed.
    pub template_version: i32,
    /// The town's own wording when it was owed.
    pub text: Option<Uuid>,
    /// The recipient's keyed hash.
    pub recipient_hash: Vec<u8>,
    /// The last digits of the recipient.
    pub recipient_tail: String,
    /// The booking it speaks about, in this revision.
    pub booking: Option<(BookingId, i32)>,
    /// The visit it speaks about.
    pub visit: Option<VisitId>,
    /// The first of the pushes it belongs to: as another of them, or as the SMS that stands in.
    pub parent: Option<MessageId>,
    /// Smaller goes first.
    pub priority: i32,
    /// Not before.
    pub not_before: DateTime<Utc>,
    /// Not after.
    pub expires_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// How often it was claimed.
    pub attempts: i32,
    /// The fencing token of the present claim.
    pub claim_token: Option<Uuid>,
    /// When the claim runs out; for an uncertain one, and for one that was taken, when to ask next.
    pub claim_until: Option<DateTime<Utc>>,
    /// When its hint went out.
    pub enqueued_at: Option<DateTime<Utc>>,
    /// Who took it.
    pub provider: Option<String>,
    /// The provider's own id of it.
    pub provider_ref: Option<String>,
    /// Why the last attempt failed.
    pub error_class: Option<ErrorClass>,
    /// The provider's code of that.
    pub error_code: Option<String>,
    /// Parts billed.
    pub segments: Option<i32>,
    /// When it was owed.
    pub created_at: DateTime<Utc>,
    /// When the provider took it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When nothing more was expected.
    pub final_at: Option<DateTime<Utc>>,
    /// When it was last on its way to a phone, unless it certainly did not leave.
    pub sent_at: Option<DateTime<Utc>>,
}

/// What is sealed in a message's row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub notification: Notification,
}

/// Owes a message; `false` when the same one is owed already.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &NewMessage, nonce: [u8; 12]) -> Result<bool, StoreError> {
    let kind = new.notification.kind();
    let content = Content { to: new.to.clone(), notification: new.notification.clone() };
    let channel = new.to.channel();
    let row = message::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(new.town.0),
        dedupe_key: Set(new.dedupe_key.clone()),
        kind: Set(kind.as_str().to_owned()),
        lane: Set(kind.lane_of(channel).as_str().to_owned()),
        channel: Set(channel.as_str().to_owned()),
        template_version: Set(new.template_version),
        language: Set(new.language.tag().to_owned()),
        sealed: Set(Some(tx.sealer().seal(&content, nonce, PURPOSE)?)),
        recipient_hash: Set(tx.sealer().recipient_hash(&new.to)),
        recipient_tail: Set(new.to.tail()),
        booking_id: Set(new.booking.map(|(id, _)| id.0)),
        booking_rev: Set(new.booking.map(|(_, rev)| rev)),
        visit_id: Set(new.visit.map(|id| id.0)),
        parent_id: Set(new.parent.map(|id| id.0)),
        priority: Set(kind.priority()),
        not_before: Set(new.not_before),
        expires_at: Set(new.expires_at),
        state: Set(State::Queued.as_str().to_owned()),
        attempts: Set(0),
        claim_token: Set(None),
        claim_until: Set(None),
        enqueued_at: Set(None),
        provider: Set(None),
        provider_ref: Set(None),
        error_class: Set(None),
        error_code: Set(None),
        segments: Set(None),
        created_at: Set(new.created_at),
        accepted_at: Set(None),
        final_at: Set(None),
        sent_at: Set(None),
        text_id: Set(new.text),
    };
    let same =
        OnConflict::columns([message::Column::TownId, message::Column::DedupeKey]).do_nothing().to_owned();
    let inserted = message::Entity::insert(row).on_conflict(same).exec_without_returning(tx.raw()).await?;
    Ok(inserted > 0)
}

/// Names the provider that should carry a message, if it can: the one that brought what it answers.
///
/// # Errors
/// When the database fails.
pub async fn prefer_provider(tx: &Tx, id: MessageId, provider: &str) -> Result<(), StoreError> {
    let row = message::ActiveModel {
        id: Unchanged(id.0),
        provider: Set(Some(provider.to_owned())),
        ..Default::default()
    };
    row.update(tx.raw()).await?;
    Ok(())
}

/// A message, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &Tx, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row = message::Entity::find_by_id(id.0).lock_exclusive().one(tx.raw()).await?;
    row.map(read).transpose()
}

/// A message.
///
/// # Errors
/// When the database fails.
pub async fn get(connection: &impl Connection, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row = message::Entity::find_by_id(id.0).one(connection.raw()).await?;
    row.map(read).transpose()
}

/// What a message says and to whom; `None` once it has been erased.
///
/// # Errors
/// When the database fails or the content cannot be opened.
pub async fn content(connection: &impl Connection, id: MessageId) -> Result<Option<Content>, StoreError> {
    let row = message::Entity::find_by_id(id.0).one(connection.raw()).await?;
    let sealed = row.and_then(|row| row.sealed);
    sealed.map(|sealed| connection.sealer().open(&sealed, PURPOSE)).transpose()
}

/// Writes what can change about a message. The caller holds its lock.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, message: &Message) -> Result<(), StoreError> {
    many::save(tx, &[message]).await
}

fn share(tx: &Tx) -> &'static str {
    match tx.kind() {
        crate::Kind::Sqlite => "",
        crate::Kind::Postgres => " FOR SHARE",
    }
}

fn read(row: message::Model) -> Result<Message, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    Ok(Message {
        id: MessageId(row.id),
        town: TownId(row.town_id),
        kind: Kind::parse(&row.kind).ok_or(corrupt("message.kind"))?,
        channel: ChannelKind::parse(&row.channel).ok_or(corrupt("message.channel"))?,
        lane: Lane::parse(&row.lane).ok_or(corrupt("message.lane"))?,
        language: Language::parse(&row.language).unwrap_or_default(),
        template_version: row.template_version,
        recipient_hash: row.recipient_hash,
        recipient_tail: row.recipient_tail,
        booking: row.booking_id.map(BookingId).zip(row.booking_rev),
        visit: row.visit_id.map(VisitId),
        parent: row.parent_id.map(MessageId),
        priority: row.priority,
        not_before: row.not_before,
        expires_at: row.expires_at,
        state: State::parse(&row.state).ok_or(corrupt("message.state"))?,
        attempts: row.attempts,
        claim_token: row.claim_token,
        claim_until: row.claim_until,
        enqueued_at: row.enqueued_at,
        provider: row.provider,
        provider_ref: row.provider_ref,
        error_class: row.error_class.as_deref().and_then(ErrorClass::parse),
        error_code: row.error_code,
        segments: row.segments,
        created_at: row.created_at,
        accepted_at: row.accepted_at,
        final_at: row.final_at,
        sent_at: row.sent_at,
        text: row.text_id,
    })
}

//! What people wrote to us as operators search it: lists with a position to go on from.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::{MessageId, TownId};
use domain::messaging::Recipient;
use domain::messaging::attempt::InboundSms;
use domain::messaging::heard::Heard;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::watch::Sought;
use super::{Message, inbound};
use crate::database::Connection;
use crate::entities::{inbound_sms, message};
use crate::error::StoreError;

/// A message somebody wrote to us, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub id: Uuid,
    /// When we or the provider received it.
    pub received_at: DateTime<Utc>,
    /// When it was dealt with.
    pub dealt_at: Option<DateTime<Utc>>,
    /// The last digits of the number.
    pub from_tail: String,
    /// Which provider brought it.
    pub provider: String,
    /// The provider's own id of it.
    pub provider_sid: String,
    /// The word of the command it was understood as.
    pub command: Option<String>,
    /// What became of it; nothing while it waits for its turn.
    pub heard: Option<Heard>,
    /// The answer.
    pub reply: Option<Message>,
    /// Whether what it says is still here.
    pub readable: bool,
}

/// What is looked for in a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what one of these became of; of any when there are none.
    pub heard: Vec<Heard>,
    /// Also what waits for its turn, when the list above is not empty.
    pub waiting: bool,
    /// Only what was looked for.
    pub sought: Option<Sought>,
    /// Only older than this one.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// A page of what people wrote to a town, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl Connection,
    town: TownId,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Written>, StoreError> {
    use inbound_sms::Column::{Id, Outcome, ReceivedAt, TownId as Town};
    let mut query = inbound_sms::Entity::find().filter(Town.eq(town.0));
    if !filter.heard.is_empty() || filter.waiting {
        let mut any = Condition::any();
        if !filter.heard.is_empty() {
            any = any.add(Outcome.is_in(filter.heard.iter().map(|heard| heard.as_str())));
        }
        query = query.filter(if filter.waiting { any.add(Outcome.is_null()) } else { any });
    }
    if let Some(sought) = &filter.sought {
        query = query.filter(found_by(connection, sought));
    }
    if let Some((at, id)) = filter.after {
        let same_time = Condition::all().add(ReceivedAt.eq(at)).add(Id.lt(id));
        query = query.filter(Condition::any().add(ReceivedAt.lt(at)).add(same_time));
    }
    let rows = query.order_by_desc(ReceivedAt).order_by_desc(Id).limit(limit).all(connection.raw()).await?;
    let mut replies = replies(connection, &rows).await?;
    rows.into_iter().map(|row| read(row, &mut replies)).collect()
}

/// What narrows a list to what was looked for. A number's hash is found by its last digits.
fn found_by(connection: &impl Connection, sought: &Sought) -> Condition {
    use inbound_sms::Column::{FromHash, FromTail, Id, ProviderSid, ReplyMessageId};
    let any = Condition::any();
    let tail = |digits: &str| digits[digits.len().saturating_sub(4)..].to_owned();
    match sought {
        Sought::Id(id) => any.add(Id.eq(*id)).add(ReplyMessageId.eq(*id)),
        Sought::CodeOrTail(digits) => any.add(FromTail.eq(tail(digits))),
        Sought::Tail(digits) if digits.len() == 4 => any.add(FromTail.eq(digits)),
        Sought::Tail(digits) => any.add(FromTail.ends_with(digits)),
        Sought::Recipient(to @ Recipient::Phone(_)) => Condition::all()
            .add(FromTail.eq(to.tail()))
            .add(FromHash.eq(connection.sealer().recipient_hash(to))),
        Sought::Reference(reference) => any.add(ProviderSid.eq(reference)),
        Sought::Code(_) | Sought::Recipient(_) | Sought::Nothing => any.add(Id.eq(Uuid::nil())),
    }
}

async fn replies(
    connection: &impl Connection,
    rows: &[inbound_sms::Model],
) -> Result<HashMap<Uuid, Message>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.reply_message_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = message::Entity::find().filter(message::Column::Id.is_in(ids)).all(connection.raw()).await?;
    found.into_iter().map(|row| Ok((row.id, super::read(row)?))).collect()
}

fn read(row: inbound_sms::Model, replies: &mut HashMap<Uuid, Message>) -> Result<Written, StoreError> {
    let corrupt = StoreError::Corrupt { column: "inbound_sms.outcome" };
    let heard = match row.outcome.as_deref() {
        None => None,
        Some(word) => Some(Heard::parse(word).ok_or(corrupt)?),
    };
    Ok(Written {
        id: row.id,
        received_at: row.received_at,
        dealt_at: row.processed_at,
        from_tail: row.from_tail,
        provider: row.provider,
        provider_sid: row.provider_sid,
        command: row.command,
        heard,
        reply: row.reply_message_id.and_then(|id| replies.remove(&id)),
        readable: row.sealed.is_some(),
    })
}

/// How many messages people wrote to a town since then, by what became of them.
///
/// # Errors
/// When the database fails.
pub async fn counts(
    connection: &impl Connection,
    town: TownId,
    since: DateTime<Utc>,
) -> Result<Vec<(Option<Heard>, i64)>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT outcome, count(*) AS n FROM inbound_sms WHERE town_id = ? AND received_at >= ? GROUP BY outcome",
        [town.0.into(), since.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let word: Option<String> = row.try_get("", "outcome")?;
            Ok((word.as_deref().and_then(Heard::parse), row.try_get("", "n")?))
        })
        .collect()
}

/// One message somebody wrote to this town, with what it says; nothing when there is none, and no text once it is erased.
///
/// # Errors
/// When the database fails.
pub async fn opened(
    connection: &impl Connection,
    town: TownId,
    id: Uuid,
) -> Result<Option<(Written, Option<InboundSms>)>, StoreError> {
    let row = inbound_sms::Entity::find_by_id(id)
        .filter(inbound_sms::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let text = inbound::open(connection.sealer(), &row);
    let reply = row.reply_message_id.map(MessageId);
    let mut replies = HashMap::new();
    if let Some(message) = match reply {
        Some(id) => super::get(connection, id).await?,
        None => None,
    } {
        replies.insert(message.id.0, message);
    }
    Ok(Some((read(row, &mut replies)?, text)))
}

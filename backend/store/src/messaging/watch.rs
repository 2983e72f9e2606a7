//! The outbox as operators search it: lists with a position to go on from.

use chrono::{DateTime, Utc};
use domain::ids::{MessageId, TownId};
use domain::messaging::delivery::State;
use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Kind, Recipient};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Message, figures};
use crate::database::Connection;
use crate::entities::{booking, message, message_attempt};
use crate::error::StoreError;

/// What is looked for in a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in one of these states; in any when there are none.
    pub states: Vec<State>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only by this channel.
    pub channel: Option<ChannelKind>,
    /// Only those that failed so.
    pub class: Option<ErrorClass>,
    /// Only what asks to be looked at: no push that failed while another message tells the same.
    pub open: bool,
    /// Only what was looked for.
    pub sought: Option<Sought>,
    /// Only older than this one.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// What somebody typed to find a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The id of a message or of a booking.
    Id(Uuid),
    /// The check-in code of a booking, eight digits.
    Code(String),
    /// Eight digits that are a check-in code and may as well be the last ones of a number.
    CodeOrTail(String),
    /// The last digits of a recipient.
    Tail(String),
    /// A recipient.
    Recipient(Recipient),
    /// The provider's own id.
    Reference(String),
    /// Something nothing is found by.
    Nothing,
}

/// A page of a town's messages, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl Connection,
    town: TownId,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Message>, StoreError> {
    let mut query = message::Entity::find().filter(message::Column::TownId.eq(town.0));
    if !filter.states.is_empty() {
        query = query.filter(message::Column::State.is_in(filter.states.iter().map(|state| state.as_str())));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(message::Column::Kind.eq(kind.as_str()));
    }
    if let Some(channel) = filter.channel {
        query = query.filter(message::Column::Channel.eq(channel.as_str()));
    }
    if let Some(class) = filter.class {
        query = query.filter(message::Column::ErrorClass.eq(class.letter()));
    }
    if filter.open {
        query = query.filter(Expr::cust(format!("NOT ({})", figures::COVERED)));
    }
    if let Some(sought) = &filter.sought {
        query = query.filter(found_by(connection, town, sought).await?);
    }
    if let Some((at, id)) = filter.after {
        let same_time =
            Condition::all().add(message::Column::CreatedAt.eq(at)).add(message::Column::Id.lt(id));
        query = query.filter(Condition::any().add(message::Column::CreatedAt.lt(at)).add(same_time));
    }
    let rows = query
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(super::read).collect()
}

/// What narrows a list to what was looked for.
async fn found_by(
    connection: &impl Connection,
    town: TownId,
    sought: &Sought,
) -> Result<Condition, StoreError> {
    use message::Column::{BookingId, Id, ProviderRef, RecipientHash, RecipientTail};
    let any = Condition::any();
    Ok(match sought {
        Sought::Id(id) => any.add(Id.eq(*id)).add(BookingId.eq(*id)),
        Sought::Code(code) => any.add(BookingId.is_in(of_code(connection, town, code).await?)),
        Sought::CodeOrTail(digits) => any
            .add(BookingId.is_in(of_code(connection, town, digits).await?))
            .add(RecipientTail.eq(&digits[digits.len().saturating_sub(4)..])),
        Sought::Tail(tail) if tail.len() == 4 => any.add(RecipientTail.eq(tail)),
        Sought::Tail(tail) => any.add(RecipientTail.ends_with(tail)),
        Sought::Recipient(recipient) => {
            any.add(RecipientHash.eq(connection.sealer().recipient_hash(recipient)))
        }
        Sought::Reference(reference) => {
            let attempts = message_attempt::Entity::find()
                .select_only()
                .column(message_attempt::Column::MessageId)
                .filter(message_attempt::Column::ProviderRef.eq(reference))
                .limit(20)
                .into_tuple::<Uuid>()
                .all(connection.raw())
                .await?;
            any.add(ProviderRef.eq(reference)).add(Id.is_in(attempts))
        }
        Sought::Nothing => Condition::all().add(Id.eq(Uuid::nil())),
    })
}

/// The bookings with a check-in code.
async fn of_code(connection: &impl Connection, town: TownId, code: &str) -> Result<Vec<Uuid>, StoreError> {
    Ok(booking::Entity::find()
        .select_only()
        .column(booking::Column::Id)
        .filter(booking::Column::TownId.eq(town.0))
        .filter(booking::Column::CheckInCode.eq(code))
        .limit(20)
        .into_tuple::<Uuid>()
        .all(connection.raw())
        .await?)
}

/// A message of this town.
///
/// # Errors
/// When the database fails.
pub async fn of_town(
    connection: &impl Connection,
    town: TownId,
    id: MessageId,
) -> Result<Option<Message>, StoreError> {
    Ok(super::get(connection, id).await?.filter(|message| message.town == town))
}

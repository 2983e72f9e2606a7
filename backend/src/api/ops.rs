//! What operators see: the outbox at a glance, messages, one message with everything that happened to it.

pub mod acts;
mod budget;
pub mod inbound;
mod overview;
mod sending;
mod story;

use std::sync::Arc;
use std::time::Duration;

use bus::{Change, Topic};
use chrono::{DateTime, Utc};
use domain::ids::MessageId;
use domain::messaging::delivery::State;
use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Kind};
use domain::town::Town;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use operations::App;
use operations::messaging::watch::{self, Filter, Message};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{EventStream, Json};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::staff_session::{OpsOperate, OpsWatch, until_signed_out};
use crate::problem::{ApiError, Unreadable, failed};
use crate::server::Stopping;

pub use budget::{NewBudget, OpsBudget};
pub use overview::{
    Job, JobCount, KindBacklog, Lane, OpsOverview, QueueDepth, StateCount, Throughput, ThroughputSeries,
    Waiting, Worker,
};
pub use sending::SendingApi;
pub use story::{MessageAttempt, MessageDetail, MessageEvent};

/// Messages and jobs, for operators.
pub struct OpsApi;

/// The overview is made anew at most this often.
const PACE: Duration = Duration::from_secs(1);
/// The overview is made anew at least this often: ages grow without anything happening.
const REFRESH: Duration = Duration::from_secs(5);

/// A message in a list; nothing personal but the last digits of the number.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessageRow {
    /// Its id.
    pub id: Uuid,
    /// When it was owed.
    pub created_at: DateTime<Utc>,
    /// What kind.
    pub kind: String,
    /// By which channel.
    pub channel: String,
    /// The last digits of the recipient.
    pub recipient: String,
    /// Where it stands.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Parts billed.
    pub segments: i32,
    /// The provider's own id.
    pub provider_ref: Option<String>,
    /// The booking it speaks about.
    pub booking_id: Option<Uuid>,
    /// When it is or was due.
    pub due_at: DateTime<Utc>,
    /// When the provider took it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Why it failed, by the letter of the class.
    pub error_class: Option<String>,
}

/// A page of messages.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessageList {
    /// The messages, the newest first.
    pub messages: Vec<MessageRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Messages in each state, whatever the filter but `open`.
    pub counts: Vec<StateCount>,
}

/// Which messages are looked for. Numbers are personal: they stand in the body, never in an address.
#[derive(Clone, Debug, Default, Object)]
pub struct MessageQuery {
    /// In one of these states; in any when there are none.
    #[oai(default, validator(max_items = 14))]
    pub states: Vec<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// By this channel.
    pub channel: Option<String>,
    /// That failed so, by the letter of the class.
    pub class: Option<String>,
    /// Only what asks to be looked at: no push whose browser is gone while another message tells the same.
    #[oai(default)]
    pub open: bool,
    /// The id of a message or booking, a check-in code, a number or its last digits, a mailbox, or the provider's own id.
    #[oai(validator(max_length = 254))]
    pub search: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// How many at most.
    pub limit: Option<u64>,
}

/// Why somebody intervenes.
#[derive(Clone, Debug, Object)]
pub struct OpsReason {
    /// In a sentence; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

/// A message in the clear.
#[derive(Clone, Object)]
pub struct RevealedMessage {
    /// The text.
    pub text: String,
    /// The number as people read it: where it goes, or where it came from.
    pub recipient: String,
}

/// As much of a recipient as operators may see.
fn masked(message: &Message) -> String {
    masked_as(message.channel, &message.recipient_tail)
}

fn masked_as(channel: ChannelKind, tail: &str) -> String {
    match channel {
        ChannelKind::Sms | ChannelKind::Push => format!("••••{tail}"),
        ChannelKind::Email => tail.to_owned(),
    }
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.0,
            created_at: message.created_at,
            kind: message.kind.as_str().to_owned(),
            channel: message.channel.as_str().to_owned(),
            recipient: masked(message),
            state: message.state.as_str().to_owned(),
            attempts: message.attempts,
            segments: message.segments.unwrap_or(0),
            provider_ref: message.provider_ref.clone(),
            booking_id: message.booking.map(|(id, _)| id.0),
            due_at: message.not_before,
            accepted_at: message.accepted_at,
            error_class: message.error_class.map(|class| class.letter().to_owned()),
        }
    }
}

#[OpenApi(tag = "Tag::Operators")]
impl OpsApi {
    /// The outbox over the last hour, day or week.
    #[oai(path = "/ops/overview", method = "get", operation_id = "ops_overview")]
    async fn ops_overview(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        #[oai(validator(minimum(value = "1"), maximum(value = "168")))] hours: Query<Option<u32>>,
    ) -> Result<Json<OpsOverview>, ApiError> {
        Ok(Json(overview::make(&app, &town, hours.0.unwrap_or(1)).await.map_err(|failure| failed(&failure))?))
    }

    /// The overview of the last hour, day or week again whenever something changes, at least every five seconds; ends with the
    /// session.
    #[oai(path = "/ops/live", method = "get", operation_id = "watch_ops")]
    async fn watch_ops(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        stopping: Data<&Stopping>,
        _by: OpsWatch,
        #[oai(validator(minimum(value = "1"), maximum(value = "168")))] hours: Query<Option<u32>>,
        request: &Request,
    ) -> Result<EventStream<BoxStream<'static, OpsOverview>>, ApiError> {
        let hours = hours.0.unwrap_or(1);
        let first = overview::make(&app, &town, hours).await.map_err(|failure| failed(&failure))?;
        let looks = looks(app.0.clone(), Arc::clone(&town), hours);
        let stop = stopping.0.0.clone();
        let all = stream::once(async { first }).chain(looks).take_until(async move { stop.wait().await });
        let all = all.take_until(until_signed_out(request, &app, &town));
        Ok(EventStream::new(all.boxed()).keep_alive(Duration::from_secs(15)))
    }

    /// How much of the day's SMS budget is used, and whether codes are guarded.
    #[oai(path = "/ops/budget", method = "get", operation_id = "get_budget")]
    async fn get_budget(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
    ) -> Result<Json<OpsBudget>, ApiError> {
        let today = operations::messaging::budget::today(&app, &town).await;
        let today = today.map_err(|failure| failed(&failure))?;
        Ok(Json(with_codes(&app, &town, today).await?))
    }

    /// Gives every day another SMS budget; what was put aside is tried again.
    #[oai(path = "/ops/budget", method = "put", operation_id = "set_budget")]
    async fn set_budget(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        new: Json<NewBudget>,
    ) -> Result<Json<OpsBudget>, ApiError> {
        let (per_day, reason) = (new.segments_per_day, new.reason.as_str());
        let today = operations::messaging::budget::set_per_day(&app, &town, &by.0, per_day, reason).await?;
        Ok(Json(with_codes(&app, &town, today).await?))
    }

    /// Messages, the newest first. Nothing to search for: what one knows of a message may be personal, and this is an address.
    #[oai(path = "/ops/messages", method = "get", operation_id = "list_messages")]
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the request")]
    async fn list_messages(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        state: Query<Option<String>>,
        kind: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u64>>,
    ) -> Result<Json<MessageList>, ApiError> {
        let states = state.0.into_iter().collect();
        let (kind, cursor, limit) = (kind.0, cursor.0, limit.0);
        let query = MessageQuery { states, kind, cursor, limit, ..MessageQuery::default() };
        found(&app, &town, &query).await
    }

    /// Messages, the newest first, by anything one may know of them.
    #[oai(path = "/ops/messages/search", method = "post", operation_id = "search_messages")]
    async fn search_messages(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        query: Json<MessageQuery>,
    ) -> Result<Json<MessageList>, ApiError> {
        found(&app, &town, &query).await
    }

    /// One message with everything that happened to it.
    #[oai(path = "/ops/messages/:id", method = "get", operation_id = "get_message")]
    async fn get_message(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        id: Path<Uuid>,
    ) -> Result<Json<MessageDetail>, ApiError> {
        Ok(Json(detail(&app, &town, MessageId(id.0)).await?))
    }

    /// Sends a failed message again.
    #[oai(path = "/ops/messages/:id/retry", method = "post", operation_id = "retry_message")]
    async fn retry_message(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
        reason: Json<OpsReason>,
    ) -> Result<Json<MessageDetail>, ApiError> {
        watch::retry(&app, &town, &by.0, MessageId(id.0), &reason.reason).await?;
        Ok(Json(detail(&app, &town, MessageId(id.0)).await?))
    }

    /// Stops a message that has not left yet; one that may have left is given up.
    #[oai(path = "/ops/messages/:id/cancel", method = "post", operation_id = "cancel_message")]
    async fn cancel_message(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
        reason: Json<OpsReason>,
    ) -> Result<Json<MessageDetail>, ApiError> {
        watch::cancel(&app, &town, &by.0, MessageId(id.0), &reason.reason).await?;
        Ok(Json(detail(&app, &town, MessageId(id.0)).await?))
    }

    /// Shows a message in the clear; who looked and why is kept.
    #[oai(path = "/ops/messages/:id/reveal", method = "post", operation_id = "reveal_message")]
    async fn reveal_message(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
        reason: Json<OpsReason>,
    ) -> Result<Json<RevealedMessage>, ApiError> {
        let shown = watch::reveal(&app, &town, &by.0, MessageId(id.0), &reason.reason).await?;
        Ok(Json(RevealedMessage { text: shown.text, recipient: shown.recipient }))
    }
}

/// What a word of a filter means.
fn word<T>(
    field: &'static str,
    typed: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Unreadable> {
    let Some(typed) = typed.filter(|typed| !typed.is_empty()) else { return Ok(None) };
    parse(typed).map(Some).ok_or_else(|| Unreadable::word(field))
}

async fn found(app: &App, town: &Town, query: &MessageQuery) -> Result<Json<MessageList>, ApiError> {
    let states = query.states.iter().map(|state| word("states", Some(state), State::parse));
    let filter = Filter {
        states: states.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        kind: word("kind", query.kind.as_deref(), Kind::parse)?,
        channel: word("channel", query.channel.as_deref(), ChannelKind::parse)?,
        class: word("class", query.class.as_deref(), ErrorClass::parse)?,
        open: query.open,
        sought: query.search.as_deref().and_then(|typed| watch::sought(town, typed)),
        after: word("cursor", query.cursor.as_deref(), read_cursor)?,
    };
    let limit = query.limit.unwrap_or(50);
    let page = watch::messages(app, town, &filter, limit).await.map_err(|failure| failed(&failure))?;
    Ok(Json(MessageList {
        messages: page.messages.iter().map(MessageRow::from).collect(),
        next: page.next.map(write_cursor),
        counts: page.counts.iter().map(StateCount::from).collect(),
    }))
}

async fn with_codes(
    app: &App,
    town: &Town,
    today: operations::messaging::budget::BudgetOfDay,
) -> Result<OpsBudget, ApiError> {
    let lately =
        operations::appointments::codes_lately(app, town).await.map_err(|failure| failed(&failure))?;
    Ok(budget::shown(&today, town.guarded_since, lately))
}

async fn detail(app: &App, town: &Town, id: MessageId) -> Result<MessageDetail, ApiError> {
    Ok(story::tell(watch::story(app, town, id).await?))
}

/// The overview whenever something changed, not faster than the pace.
fn looks(app: App, town: Arc<Town>, hours: u32) -> impl Stream<Item = OpsOverview> + Send + 'static {
    let changes = app.bus.subscribe();
    // A day and a week change less in a second, and cost more to count.
    let pace = if hours > 2 { REFRESH } else { PACE };
    stream::unfold((app, town, changes), move |(app, town, mut changes)| async move {
        loop {
            tokio::time::sleep(pace).await;
            let next = wanted(&mut changes, town.id.0);
            let _ = tokio::time::timeout(REFRESH.saturating_sub(pace), next).await;
            match overview::make(&app, &town, hours).await {
                Ok(overview) => return Some((overview, (app, town, changes))),
                Err(error) => tracing::warn!(%error, "the overview cannot be made"),
            }
        }
    })
}

async fn wanted(changes: &mut (impl Stream<Item = Change> + Unpin), town: Uuid) {
    while let Some(change) = changes.next().await {
        if change.concerns(town, &[Topic::Messages, Topic::Outbox]) {
            return;
        }
    }
    std::future::pending::<()>().await;
}

fn write_cursor((at, id): (DateTime<Utc>, Uuid)) -> String {
    format!("{}.{}", at.timestamp_micros(), id.simple())
}

fn read_cursor(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = text.split_once('.')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, Uuid::parse_str(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_way_through_the_browser() {
        let at = DateTime::from_timestamp_micros(1_789_000_000_123_456).unwrap();
        let id = Uuid::from_u128(7);
        assert_eq!(read_cursor(&write_cursor((at, id))), Some((at, id)));
        assert_eq!(read_cursor("x"), None);
    }
}

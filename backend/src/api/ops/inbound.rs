//! What people wrote to us by SMS, for operators.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::messaging::ChannelKind;
use domain::messaging::heard::Heard;
use domain::town::Town;
use operations::App;
use operations::messaging::inbound::{self, Filter, Written};
use operations::messaging::watch;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::{MessageRow, OpsReason, RevealedMessage, masked_as, read_cursor, word, write_cursor};
use crate::api::Tag;
use crate::auth::staff_session::{OpsOperate, OpsWatch};
use crate::problem::{ApiError, failed};

/// Messages people wrote to us.
pub struct OpsInboundApi;

/// As long as a message waits for its turn, nothing has become of it.
const WAITING: &str = "waiting";

/// A message somebody wrote to us; nothing personal but the last digits of the number.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct InboundRow {
    /// Its id.
    pub id: Uuid,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was dealt with.
    pub dealt_at: Option<DateTime<Utc>>,
    /// The last digits of the number it came from.
    pub from: String,
    /// Which provider brought it.
    pub provider: String,
    /// The provider's own id of it.
    pub provider_ref: String,
    /// What it was understood as: `book`, `info`, `cancel`, `move`, `here`, `later`, `choice`, `yes`, `no`, `help`, `stop`,
    /// `start`, `speak`, or `words` where it is no command.
    pub command: Option<String>,
    /// `waiting`, `answered`, `noted` (it wants no answer), `late`, `too_many`, `unanswerable` or `failed`.
    pub outcome: String,
    /// Whether what it says may still be shown.
    pub readable: bool,
    /// The answer.
    pub reply: Option<MessageRow>,
}

/// How many messages had an outcome.
#[derive(Clone, Debug, Object)]
pub struct OutcomeCount {
    /// The outcome.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

/// A page of what people wrote.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct InboundList {
    /// The messages, the newest first.
    pub messages: Vec<InboundRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many there were within a week, whatever the filter.
    pub counts: Vec<OutcomeCount>,
}

/// Which messages are looked for. Numbers are personal: they stand in the body, never in an address.
#[derive(Clone, Debug, Default, Object)]
pub struct InboundQuery {
    /// With one of these outcomes; with any when there are none.
    #[oai(default, validator(max_items = 7))]
    pub outcomes: Vec<String>,
    /// Its id or that of its answer, a number or its last digits, or the provider's own id.
    #[oai(validator(max_length = 254))]
    pub search: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// How many at most.
    pub limit: Option<u64>,
}

#[OpenApi(tag = "Tag::Operators")]
impl OpsInboundApi {
    /// What people wrote to us, the newest first, by anything one may know of it.
    #[oai(path = "/ops/inbound/search", method = "post", operation_id = "search_inbound")]
    async fn search_inbound(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        query: Json<InboundQuery>,
    ) -> Result<Json<InboundList>, ApiError> {
        let heard = query.outcomes.iter().filter(|outcome| *outcome != WAITING);
        let heard = heard.map(|outcome| word("outcomes", Some(outcome), Heard::parse));
        let filter = Filter {
            heard: heard.filter_map(Result::transpose).collect::<Result<_, _>>()?,
            waiting: query.outcomes.iter().any(|outcome| outcome == WAITING),
            sought: query.search.as_deref().and_then(|typed| watch::sought(&town, typed)),
            after: word("cursor", query.cursor.as_deref(), read_cursor)?,
        };
        let limit = query.limit.unwrap_or(50);
        let page = inbound::list(&app, &town, &filter, limit).await.map_err(|failure| failed(&failure))?;
        let counts = page.counts.into_iter();
        Ok(Json(InboundList {
            messages: page.written.into_iter().map(InboundRow::from).collect(),
            next: page.next.map(write_cursor),
            counts: counts.map(|(heard, count)| OutcomeCount { outcome: outcome(heard), count }).collect(),
        }))
    }

    /// Shows what somebody wrote in the clear; who looked and why is kept.
    #[oai(path = "/ops/inbound/:id/reveal", method = "post", operation_id = "reveal_inbound")]
    async fn reveal_inbound(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
        reason: Json<OpsReason>,
    ) -> Result<Json<RevealedMessage>, ApiError> {
        let shown = inbound::reveal(&app, &town, &by.0, id.0, &reason.reason).await?;
        Ok(Json(RevealedMessage { text: shown.text, recipient: shown.recipient }))
    }
}

fn outcome(heard: Option<Heard>) -> String {
    heard.map_or(WAITING, Heard::as_str).to_owned()
}

impl From<Written> for InboundRow {
    fn from(written: Written) -> Self {
        Self {
            id: written.id,
            received_at: written.received_at,
            dealt_at: written.dealt_at,
            from: masked_as(ChannelKind::Sms, &written.from_tail),
            provider: written.provider,
            provider_ref: written.provider_sid,
            command: written.command,
            outcome: outcome(written.heard),
            readable: written.readable,
            reply: written.reply.as_ref().map(MessageRow::from),
        }
    }
}

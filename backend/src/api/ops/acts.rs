//! What operators do with many messages at once, what goes out tomorrow, who wants no messages, and who did what.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::StaffId;
use domain::messaging::bulk::{Action, Progress, Selection, begins_as};
use domain::messaging::failure::ErrorClass;
use domain::messaging::{ChannelKind, Kind};
use domain::town::Town;
use operations::messaging::bulk::{self, Bulk, DryRun, Wish};
use operations::messaging::watch::{self, Acts};
use operations::messaging::{forecast, opt_outs};
use operations::{App, StoreError};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::{read_cursor, word, write_cursor};
use crate::api::Tag;
use crate::auth::staff_session::{OpsOperate, OpsWatch};
use crate::problem::{ApiError, Unreadable, failed};

/// Acts of operators and what they leave behind.
pub struct OpsActsApi;

/// Entries of the log on a page.
const LOG_PAGE: u64 = 50;

/// What is done with many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum BulkAction {
    /// Failed ones are sent again.
    Retry,
    /// Waiting ones are stopped.
    Cancel,
}

/// Which messages, and what is done with them.
#[derive(Clone, Debug, Object)]
pub struct BulkQuery {
    /// What is done.
    pub action: BulkAction,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only by this channel.
    pub channel: Option<String>,
    /// Only those that failed so, by the letter of the class.
    pub class: Option<String>,
    /// Owed from this moment on.
    pub from: DateTime<Utc>,
    /// Owed before this moment.
    pub until: DateTime<Utc>,
}

/// What would become of how many messages.
#[derive(Clone, Debug, Object)]
pub struct BulkVerdict {
    /// `send`, `expired`, `superseded`, `suppressed`, `unreachable`, `erased`.
    pub verdict: String,
    /// How many.
    pub count: u64,
}

/// What an action would do; nothing has happened.
#[derive(Clone, Debug, Object)]
pub struct BulkPreview {
    /// What would become of the messages.
    pub verdicts: Vec<BulkVerdict>,
    /// Messages that would be changed.
    pub changes: u64,
    /// Segments that would be billed.
    pub segments: u64,
    /// What they cost, in cents.
    pub cost_cents: u64,
    /// Messages the caller has changed alone within the last hour; they count with these.
    pub alone_lately: u64,
    /// Whether a second person has to agree.
    pub needs_second: bool,
    /// Whether there are more than were looked through.
    pub more: bool,
}

/// What is to be done, after a look at the preview.
#[derive(Clone, Debug, Object)]
pub struct BulkWish {
    /// Which messages, and what is done with them.
    pub query: BulkQuery,
    /// How many messages the preview said would be changed.
    pub expected: u64,
    /// Why; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

/// An action on many messages.
#[derive(Clone, Debug, Object)]
#[oai(rename = "OpsBulk", skip_serializing_if_is_none = false)]
pub struct BulkView {
    /// Its id.
    pub id: Uuid,
    /// What is done.
    pub action: BulkAction,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only by this channel.
    pub channel: Option<String>,
    /// Only those that failed so.
    pub class: Option<String>,
    /// Owed from this moment on.
    pub from: DateTime<Utc>,
    /// Owed before this moment.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// `proposed`, `running`, `done` or `withdrawn`.
    pub state: String,
    /// For how many it was asked.
    pub expected: i32,
    /// Messages done.
    pub done: i32,
    /// Messages left as they are.
    pub left_out: i32,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Whether the caller asked, and so cannot agree.
    pub asked_by_me: bool,
    /// Who agreed.
    pub agreed_by: Option<String>,
    /// When nothing was left.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What goes out in one hour.
#[derive(Clone, Debug, Object)]
pub struct ForecastHour {
    /// The hour on the town's clocks.
    pub hour: u32,
    /// Text messages that remind.
    pub reminders: u64,
    /// Other text messages, owed already.
    pub others: u64,
    /// E-mails.
    pub mails: u64,
    /// Segments of all text messages.
    pub segments: u64,
    /// What they cost, in cents.
    pub cost_cents: u64,
}

/// What goes out tomorrow.
#[derive(Clone, Debug, Object)]
pub struct Forecast {
    /// The day.
    pub day: NaiveDate,
    /// Its hours in which something goes out.
    pub hours: Vec<ForecastHour>,
    /// Segments of the whole day.
    pub segments: u64,
    /// What they cost, in cents.
    pub cost_cents: u64,
    /// What a segment costs, in thousandths of a cent.
    pub segment_millicents: u32,
}

/// A recipient who wants no messages.
#[derive(Clone, Debug, Object)]
#[oai(rename = "OpsOptOut", skip_serializing_if_is_none = false)]
pub struct OptOut {
    /// A number of its own that is no phone number.
    pub id: Uuid,
    /// By which channel.
    pub channel: String,
    /// The last digits, where a message to them is still known.
    pub recipient: Option<String>,
    /// Why, in one word: `opted_out`.
    pub reason: String,
    /// Who told us: `sms`, `provider`.
    pub source: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Recipients who want no messages.
#[derive(Clone, Debug, Object)]
pub struct OptOutList {
    /// The newest.
    pub opt_outs: Vec<OptOut>,
    /// How many there are.
    pub total: i64,
}

/// Why an opt-out ends, and by which channel.
#[derive(Clone, Debug, Object)]
pub struct LiftOptOut {
    /// By which channel: `sms`, `email`.
    pub channel: String,
    /// Why; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

/// One act of staff.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OpsAct {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `null` when the account is gone.
    pub who: Option<String>,
    /// To what: `message`, `inbound` (one people wrote), `bulk`, `opt_out`, `sending` (stopped, let go on, or divided among providers) or `budget`.
    pub subject: String,
    /// Which one; of `sending` and `budget` the town.
    pub subject_id: Uuid,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// Why; before it stands what was stopped (`kind reminder: …`), the shares (`twilio 100 -> 60, seven 0 -> 40: …`) or
    /// the budgets before and after (`5000 -> 6000: …`).
    pub reason: Option<String>,
    /// Of `bulk`: how many messages it changed; before it is done, how many it may change.
    pub messages: Option<i32>,
}

/// Acts of staff.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OpsActList {
    /// The acts, the newest first.
    pub acts: Vec<OpsAct>,
    /// Where the next page begins.
    pub next: Option<String>,
}

#[OpenApi(tag = "Tag::Operators")]
impl OpsActsApi {
    /// What an action on many messages would do; changes nothing.
    #[oai(path = "/ops/bulk/preview", method = "post", operation_id = "preview_bulk")]
    async fn preview_bulk(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsWatch,
        query: Json<BulkQuery>,
    ) -> Result<Json<BulkPreview>, ApiError> {
        let (action, selection) = read_query(&query)?;
        let dry = bulk::try_out(&app, &town, action, &selection).await?;
        let alone = bulk::alone_lately(&app, &town, &by.0).await.map_err(|failure| failed(&failure))?;
        Ok(Json(preview(&town, &dry, alone)))
    }

    /// Does something with many messages; for more than five hundred it waits for a second person.
    #[oai(path = "/ops/bulk", method = "post", operation_id = "begin_bulk")]
    async fn begin_bulk(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        wish: Json<BulkWish>,
    ) -> Result<Json<BulkView>, ApiError> {
        let (action, selection) = read_query(&wish.query)?;
        let wish = Wish { action, selection, expected: wish.expected, reason: wish.reason.clone() };
        let begun = bulk::begin(&app, &town, &by.0, wish).await?;
        Ok(Json(view(&begun, &names(&app, &town).await?, by.0.id)))
    }

    /// The newest actions on many messages.
    #[oai(path = "/ops/bulk", method = "get", operation_id = "list_bulk")]
    async fn list_bulk(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsWatch,
    ) -> Result<Json<Vec<BulkView>>, ApiError> {
        let found = bulk::newest(&app, &town).await.map_err(|failure| failed(&failure))?;
        let names = names(&app, &town).await?;
        Ok(Json(found.iter().map(|bulk| view(bulk, &names, by.0.id)).collect()))
    }

    /// Agrees to what somebody else wants to do with many messages.
    #[oai(path = "/ops/bulk/:id/agree", method = "post", operation_id = "agree_to_bulk")]
    async fn agree_to_bulk(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
    ) -> Result<Json<BulkView>, ApiError> {
        let agreed = bulk::agree(&app, &town, &by.0, id.0).await?;
        Ok(Json(view(&agreed, &names(&app, &town).await?, by.0.id)))
    }

    /// Takes back what waits for a second person.
    #[oai(path = "/ops/bulk/:id/withdraw", method = "post", operation_id = "withdraw_bulk")]
    async fn withdraw_bulk(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
    ) -> Result<Json<BulkView>, ApiError> {
        let withdrawn = bulk::withdraw(&app, &town, &by.0, id.0).await?;
        Ok(Json(view(&withdrawn, &names(&app, &town).await?, by.0.id)))
    }

    /// What goes out tomorrow, hour by hour, as far as it is known now.
    #[oai(path = "/ops/tomorrow", method = "get", operation_id = "get_tomorrow")]
    async fn get_tomorrow(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
    ) -> Result<Json<Forecast>, ApiError> {
        let found = forecast::tomorrow(&app, &town).await.map_err(|failure| failed(&failure))?;
        let segments = found.hours.iter().map(|hour| hour.segments).sum();
        let hours = found.hours.iter().map(|hour| ForecastHour {
            hour: hour.hour,
            reminders: hour.reminders,
            others: hour.others,
            mails: hour.mails,
            segments: hour.segments,
            cost_cents: cents(hour.segments, &town),
        });
        Ok(Json(Forecast {
            day: found.day,
            hours: hours.collect(),
            segments,
            cost_cents: cents(segments, &town),
            segment_millicents: found.segment_millicents,
        }))
    }

    /// The newest recipients who want no messages.
    #[oai(path = "/ops/opt-outs", method = "get", operation_id = "list_opt_outs")]
    async fn list_opt_outs(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
    ) -> Result<Json<OptOutList>, ApiError> {
        let (found, total) = opt_outs::newest(&app, &town).await.map_err(|failure| failed(&failure))?;
        let shown = |opt_out: opt_outs::OptOut| OptOut {
            id: opt_out.id,
            channel: opt_out.channel.as_str().to_owned(),
            recipient: opt_out.tail.map(|tail| super::masked_as(opt_out.channel, &tail)),
            reason: opt_out.reason,
            source: opt_out.source,
            since: opt_out.since,
        };
        Ok(Json(OptOutList { opt_outs: found.into_iter().map(shown).collect(), total }))
    }

    /// Writes to a recipient again who had opted out, because they say so.
    #[oai(path = "/ops/opt-outs/:id/lift", method = "post", operation_id = "lift_opt_out")]
    async fn lift_opt_out(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        id: Path<Uuid>,
        lift: Json<LiftOptOut>,
    ) -> Result<Json<OptOutList>, ApiError> {
        let channel = ChannelKind::parse(&lift.channel).unwrap_or(ChannelKind::Sms);
        opt_outs::lift(&app, &town, &by.0, (id.0, channel), &lift.reason).await?;
        self.list_opt_outs(app, town, OpsWatch(by.0)).await
    }

    /// What staff did to messages and to their sending, the newest first: all, each action on many messages as one, or only what
    /// concerns `message`, `bulk`, `opt_out`, `sending` or `budget`.
    #[oai(path = "/ops/acts", method = "get", operation_id = "list_ops_acts")]
    async fn list_ops_acts(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
        kind: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<OpsActList>, ApiError> {
        let acts = word("kind", kind.0.as_deref(), Acts::parse)?.unwrap_or_default();
        let after = word("cursor", cursor.0.as_deref(), read_cursor)?;
        let mut found = watch::acts_of_staff(&app, &town, acts, after, LOG_PAGE + 1)
            .await
            .map_err(|failure| failed(&failure))?;
        let more = found.len() as u64 > LOG_PAGE;
        found.truncate(usize::try_from(LOG_PAGE).unwrap_or(usize::MAX));
        let next = found.last().filter(|_| more).map(|last| write_cursor((last.at, last.id)));
        let acts = found.into_iter().map(|act| OpsAct {
            at: act.at,
            who: act.who,
            subject: act.subject,
            subject_id: act.subject_id,
            from: act.from,
            to: act.to,
            reason: act.reason,
            messages: act.messages,
        });
        Ok(Json(OpsActList { acts: acts.collect(), next }))
    }
}

fn read_query(query: &BulkQuery) -> Result<(Action, Selection), Unreadable> {
    let action = match query.action {
        BulkAction::Retry => Action::Retry,
        BulkAction::Cancel => Action::Cancel,
    };
    let selection = Selection {
        kind: word("kind", query.kind.as_deref(), Kind::parse)?,
        channel: word("channel", query.channel.as_deref(), ChannelKind::parse)?,
        class: word("class", query.class.as_deref(), ErrorClass::parse)?,
        from: query.from,
        until: query.until,
    };
    Ok((action, selection))
}

fn preview(town: &Town, dry: &DryRun, alone_lately: u64) -> BulkPreview {
    let verdicts = dry.verdicts.iter();
    let verdicts =
        verdicts.map(|(verdict, count)| BulkVerdict { verdict: verdict.as_str().to_owned(), count: *count });
    BulkPreview {
        verdicts: verdicts.collect(),
        changes: dry.changes(),
        segments: dry.segments,
        cost_cents: cents(dry.segments, town),
        alone_lately,
        needs_second: begins_as(alone_lately + dry.changes()) == Progress::Proposed,
        more: dry.more,
    }
}

/// What segments cost, rounded up to whole cents.
fn cents(segments: u64, town: &Town) -> u64 {
    (segments * u64::from(town.settings.segment_millicents)).div_ceil(1000)
}

/// The names of a town's staff.
async fn names(app: &App, town: &Town) -> Result<HashMap<StaffId, String>, ApiError> {
    let found: Result<_, StoreError> = operations::staff::list(app, town).await;
    let found = found.map_err(|failure| failed(&failure))?;
    Ok(found.into_iter().map(|person| (person.id, person.name)).collect())
}

fn view(bulk: &Bulk, names: &HashMap<StaffId, String>, me: StaffId) -> BulkView {
    let name = |id: StaffId| names.get(&id).cloned().unwrap_or_default();
    BulkView {
        id: bulk.id,
        action: match bulk.action {
            Action::Retry => BulkAction::Retry,
            Action::Cancel => BulkAction::Cancel,
        },
        kind: bulk.selection.kind.map(|kind| kind.as_str().to_owned()),
        channel: bulk.selection.channel.map(|channel| channel.as_str().to_owned()),
        class: bulk.selection.class.map(|class| class.letter().to_owned()),
        from: bulk.selection.from,
        until: bulk.selection.until,
        reason: bulk.reason.clone(),
        state: bulk.progress.as_str().to_owned(),
        expected: bulk.expected,
        done: bulk.done,
        left_out: bulk.left_out,
        asked_by: name(bulk.asked_by),
        asked_at: bulk.asked_at,
        asked_by_me: bulk.asked_by == me,
        agreed_by: bulk.agreed.map(|(by, _)| name(by)),
        ended_at: bulk.ended_at,
    }
}

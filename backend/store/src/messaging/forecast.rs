//! What will go out in a span of time: reminders that are not owed yet, and messages that wait for their moment.

use chrono::{DateTime, Utc};
use domain::ids::TownId;
use domain::language::Language;
use domain::messaging::ChannelKind;
use sea_orm::ConnectionTrait;

use super::reminders::{self, ToRemind, Which};
use super::{Content, PURPOSE};
use crate::database::Connection;
use crate::error::StoreError;

/// More are not counted one by one.
const LIMIT: i64 = 50_000;

/// A message that waits for its moment.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// By which channel.
    pub channel: ChannelKind,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub content: Option<Content>,
}

/// The bookings whose reminder will be owed between two moments.
///
/// # Errors
/// When the database fails or a contact cannot be opened.
pub async fn reminders_between(
    connection: &impl Connection,
    (town, which): (TownId, Which),
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, ToRemind)>, StoreError> {
    let (not_yet, due_at) = (reminders::not_yet_reminded(which), which.due_at());
    let sql = format!("{not_yet} AND b.{due_at} >= ? AND b.{due_at} < ? LIMIT ?");
    let values = [town.0.into(), from.into(), until.into(), LIMIT.into()];
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", due_at)?, reminders::read(connection, row)?))).collect()
}

/// The messages that become due between two moments.
///
/// # Errors
/// When the database fails.
pub async fn waiting_between(
    connection: &impl Connection,
    town: TownId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT not_before, channel, language, sealed FROM message WHERE state IN ('queued', 'held') AND town_id = ? \
         AND not_before >= ? AND not_before < ? LIMIT ?",
        [town.0.into(), from.into(), until.into(), LIMIT.into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let (channel, language): (String, String) =
                (row.try_get("", "channel")?, row.try_get("", "language")?);
            let sealed: Option<Vec<u8>> = row.try_get("", "sealed")?;
            Ok(Waiting {
                due_at: row.try_get("", "not_before")?,
                channel: ChannelKind::parse(&channel)
                    .ok_or(StoreError::Corrupt { column: "message.channel" })?,
                language: Language::parse(&language).unwrap_or_default(),
                content: sealed.and_then(|sealed| connection.sealer().open(&sealed, PURPOSE).ok()),
            })
        })
        .collect()
}

//! What the provider tells when it is asked: messages people wrote while we were away, and the fate of messages about which
//! no report came.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use domain::messaging::attempt::{InboundSms, Report};
use domain::town::Town;
use store::StoreError;
pub use store::messaging::relay::Unreported;
use store::messaging::{inbound, relay as rows};

use super::receipts::{Recorded, record_receipt};
use crate::app::App;
use crate::settings;
use crate::sms_replies::{Answered, record_written};

/// How far a list may lag behind, and clocks differ.
const OVERLAP: Duration = Duration::minutes(10);
/// How far back the first look goes.
const FIRST_LOOK: Duration = Duration::days(1);
/// Letters of an entry's id that are shown when it is passed over.
const SHOWN: usize = 64;
/// A report that has not come for this long is asked for.
const REPORT_EXPECTED: Duration = Duration::minutes(10);
/// After a question that was not heard the next one waits for this long.
const SILENT_FOR: Duration = Duration::hours(1);
/// How far back reports are asked for. It bounds what is read, not the chances to ask: those get rarer as a message gets older
/// (see [`look_later`]), a dozen in all, and an outage of weeks leaves some.
pub(super) const REPORT_GIVEN_UP: Duration = Duration::days(30);

/// From when on the list of what people wrote to a town is to be read.
///
/// # Errors
/// When the database fails.
pub async fn listed_until(app: &App, town: &Town) -> Result<DateTime<Utc>, StoreError> {
    let kept = settings::get(app, &key(town)).await?;
    let listed = kept.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    Ok(listed.map_or_else(|| app.clock.now() - FIRST_LOOK, |until| until - OVERLAP))
}

/// Notes that the list was read to its end at that time.
///
/// # Errors
/// When the database fails.
pub async fn note_listed(app: &App, town: &Town, at: DateTime<Utc>) -> Result<(), StoreError> {
    settings::put(app, &key(town), &at.to_rfc3339()).await
}

fn key(town: &Town) -> String {
    format!("inbound_listed:{}", town.slug)
}

/// Records those of these messages that never reached us, the oldest first; gives their number. An entry the database refuses
/// for what is in it is passed over: no other has to wait for it.
///
/// # Errors
/// When the database fails; what was recorded until then stays.
pub async fn record_missing(
    app: &App,
    town: &Town,
    written: Vec<(InboundSms, DateTime<Utc>)>,
) -> Result<u64, StoreError> {
    let Some((first, _)) = written.first() else { return Ok(0) };
    let sids: Vec<&str> = written.iter().map(|(sms, _)| sms.sid.as_str()).collect();
    let known = match inbound::known(&app.db, first.provider, &sids).await {
        // One of them cannot even be asked for. What is here already is not kept twice.
        Err(error) if error.is_about_content() => BTreeSet::new(),
        known => known?,
    };
    let (mut missing, mut refused) = (0, Vec::new());
    for (sms, at) in written.into_iter().filter(|(sms, _)| !known.contains(&sms.sid)) {
        let sid = sms.sid.escape_debug().take(SHOWN).collect::<String>();
        match record_written(app, town, sms, at).await {
            Ok(Answered::Before) => {}
            Ok(_) => missing += 1,
            Err(error) if error.is_about_content() => refused.push((sid, error)),
            Err(error) => return Err(error),
        }
    }
    pass_over(app, town, &refused).await?;
    if missing > 0 {
        tracing::warn!(messages = missing, "messages that never reached us were in the provider's list");
    }
    Ok(missing)
}

/// Says once of each refused entry that it is passed over: lists overlap, so it comes again.
async fn pass_over(app: &App, town: &Town, refused: &[(String, StoreError)]) -> Result<(), StoreError> {
    if refused.is_empty() {
        return Ok(());
    }
    let key = format!("inbound_passed_over:{}", town.slug);
    let said = settings::get(app, &key).await?.unwrap_or_default();
    for (sid, error) in refused.iter().filter(|(sid, _)| !said.lines().any(|line| line == sid)) {
        let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        tracing::warn!(inbound.sid = sid, %error, cause, "an entry of the provider's list is passed over");
    }
    let names: Vec<&str> = refused.iter().map(|(sid, _)| sid.as_str()).collect();
    settings::put(app, &key, &names.join("\n")).await
}

/// Messages a provider took a while ago without a word since, those asked for longest ago first.
///
/// # Errors
/// When the database fails.
pub async fn unreported(app: &App, provider: &str, limit: u64) -> Result<Vec<Unreported>, StoreError> {
    let now = app.clock.now();
    let taken = (now - REPORT_GIVEN_UP, now - REPORT_EXPECTED);
    rows::unreported(&app.db, provider, taken, now, limit).await
}

/// Records what the provider says when asked; says whether it was news.
///
/// # Errors
/// When the database fails.
pub async fn record_report(app: &App, report: &Report) -> Result<bool, StoreError> {
    Ok(matches!(record_receipt(app, report).await?, Recorded::At(_)))
}

/// Asks for a message again after as long as has passed since it was taken: a dozen times in all. Time in which nobody could
/// ask takes nothing away but the first of them.
///
/// # Errors
/// When the database fails.
pub async fn look_later(
    app: &App,
    message: domain::ids::MessageId,
    accepted_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    rows::look_later(&app.db, message, now + (now - accepted_at)).await
}

/// Asks for a message again soon: the provider did not hear us, so this does not count.
///
/// # Errors
/// When the database fails.
pub async fn look_soon(app: &App, message: domain::ids::MessageId) -> Result<(), StoreError> {
    rows::look_later(&app.db, message, app.clock.now() + SILENT_FOR).await
}

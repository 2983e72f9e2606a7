//! What people wrote to us, as operators see it: understood as what, answered how; what it says only with a reason that
//! goes into the event log.

use chrono::{DateTime, Duration, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::messaging::Recipient;
use domain::messaging::heard::Heard;
use domain::reason::Reason;
use domain::town::Town;
use store::StoreError;
use store::messaging::inbound_list as rows;
pub use store::messaging::inbound_list::{Filter, Written};
use uuid::Uuid;

use super::watch::{MessageRefused, Revealed};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// Counted are those of so many days.
const COUNTED: Duration = Duration::days(7);

/// A page of what people wrote.
#[derive(Clone, Debug)]
pub struct Page {
    /// The messages, the newest first.
    pub written: Vec<Written>,
    /// Position of the next page.
    pub next: Option<(DateTime<Utc>, Uuid)>,
    /// How many there were within a week, by what became of them; of nothing while they wait.
    pub counts: Vec<(Option<Heard>, i64)>,
}

/// A page of what people wrote to a town.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, town: &Town, filter: &Filter, limit: u64) -> Result<Page, StoreError> {
    let limit = limit.clamp(1, 200);
    let mut written = rows::list(&app.db, town.id, filter, limit + 1).await?;
    let more = written.len() as u64 > limit;
    written.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = written.last().filter(|_| more).map(|last| (last.received_at, last.id));
    let counts = rows::counts(&app.db, town.id, app.clock.now() - COUNTED).await?;
    Ok(Page { written, next, counts })
}

/// Shows what somebody wrote and from which number, because somebody says why.
///
/// # Errors
/// When it has been erased, or the database fails.
pub async fn reveal(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: Uuid,
    reason: &str,
) -> Outcome<Revealed, MessageRefused> {
    let reason = Reason::typed(reason).ok_or(Error::Refused(MessageRefused::ReasonMissing))?;
    let found = rows::opened(&app.db, town.id, id).await?;
    let (written, sms) = found.ok_or(Error::Refused(MessageRefused::NotFound))?;
    let sms = sms.ok_or(Error::Refused(MessageRefused::Erased))?;
    let state = written.heard.map_or("waiting", Heard::as_str);
    let tx = app.db.write().await?;
    let read = Change::moves(state, state).because(format!("revealed: {reason}"));
    app.log(&tx, town.id, Subject::Inbound(id), read, Actor::from(by)).await?;
    tx.commit().await?;
    Ok(Revealed { text: sms.body, recipient: Recipient::Phone(sms.from).shown() })
}

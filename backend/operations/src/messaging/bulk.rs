//! Many messages at once: first a dry run, then a reason, for more than five hundred within an hour a second person, then page
//! after page, each in its own transaction. What is interrupted goes on where it stopped; nothing is sent twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::TownId;
use domain::messaging::ChannelKind;
use domain::messaging::bulk::{ALONE_WITHIN, Action, Progress, Selection, begins_as};
use domain::messaging::delivery::Event;
use domain::messaging::standing::Redrive;
use domain::reason::Reason;
use domain::town::Town;
use store::messaging::bulk::{self as rows, Candidate};
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

pub use store::messaging::bulk::Bulk;

use super::forecast::segments;
use super::step;
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// Messages in one transaction.
const PAGE: u64 = 100;
/// Pages in one go; the timetable goes on with the rest, so that neither a request nor the other jobs wait for thousands.
const PAGES_AT_ONCE: usize = 10;
/// More are not looked through in a dry run.
const LIMIT: u64 = 10_000;
/// Who agrees to yesterday's proposal agrees to something else.
const AGREE_WITHIN: Duration = Duration::hours(24);
/// Actions shown.
const SHOWN: u64 = 20;

/// Why nothing is done with many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BulkRefused {
    /// There is no such action in this town.
    #[error("there is no such action")]
    NotFound,
    /// No message would be changed.
    #[error("no message would be changed")]
    Nothing,
    /// More than can be looked through at once.
    #[error("more than {LIMIT} messages")]
    TooMany,
    /// It would change more than the dry run said.
    #[error("it would change {now} messages")]
    Changed {
        /// How many it would change now.
        now: u64,
    },
    /// Whoever asked cannot agree.
    #[error("a second person has to agree")]
    SecondPersonNeeded,
    /// It has begun, ended, been withdrawn, or waited too long.
    #[error("not possible while it is {}", progress.as_str())]
    NotNow {
        /// How far it is.
        progress: Progress,
    },
    /// The days are the wrong way round.
    #[error("the time ends before it begins")]
    TimeImpossible,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// What would happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRun {
    /// What would become of the messages, and of how many each.
    pub verdicts: BTreeMap<Redrive, u64>,
    /// Segments that would be billed.
    pub segments: u64,
    /// Whether there are more than were looked through.
    pub more: bool,
}

impl DryRun {
    /// Messages that would be changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.verdicts.get(&Redrive::Send).copied().unwrap_or(0)
    }
}

/// What an action would do; changes nothing.
///
/// # Errors
/// When its time ends before it begins, or the database fails.
pub async fn try_out(
    app: &App,
    town: &Town,
    action: Action,
    selection: &Selection,
) -> Outcome<DryRun, BulkRefused> {
    if selection.until <= selection.from {
        return Err(Error::Refused(BulkRefused::TimeImpossible));
    }
    let now = app.clock.now();
    Ok(dry_run(&app.db, town.id, (action, selection, now), now).await?)
}

/// How many messages somebody has changed lately without asking anybody; they count with what they do next.
///
/// # Errors
/// When the database fails.
pub async fn alone_lately(app: &App, town: &Town, by: &StaffMember) -> Result<u64, StoreError> {
    rows::alone_since(&app.db, (town.id, by.id), app.clock.now() - ALONE_WITHIN).await
}

async fn dry_run(
    connection: &impl Connection,
    town: TownId,
    (action, selection, as_of): (Action, &Selection, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<DryRun, StoreError> {
    let found = rows::candidates(connection, town, (action, selection, as_of), None, LIMIT + 1).await?;
    let mut dry = DryRun { more: found.len() as u64 > LIMIT, ..DryRun::default() };
    for candidate in found.iter().take(LIMIT as usize) {
        let verdict = verdict(action, candidate, now);
        *dry.verdicts.entry(verdict).or_default() += 1;
        if let (Redrive::Send, Action::Retry, ChannelKind::Sms, Some(said)) =
            (verdict, action, candidate.channel, &candidate.content)
        {
            dry.segments += segments(&said.notification, candidate.language);
        }
    }
    Ok(dry)
}

/// What becomes of one message; whatever waits may be stopped.
fn verdict(action: Action, candidate: &Candidate, now: DateTime<Utc>) -> Redrive {
    match action {
        Action::Retry => candidate.redrive(now),
        Action::Cancel => Redrive::Send,
    }
}

/// What somebody wants done with many messages.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What.
    pub action: Action,
    /// With which.
    pub selection: Selection,
    /// How many the dry run said.
    pub expected: u64,
    /// Why.
    pub reason: String,
}

/// Begins an action and does it; one that makes more than five hundred messages of one person within an hour waits for a
/// second person.
///
/// # Errors
/// When it is refused, or the database fails; what was done until then stays done, and the timetable goes on with it.
pub async fn begin(app: &App, town: &Town, by: &StaffMember, wish: Wish) -> Outcome<Bulk, BulkRefused> {
    let reason = Reason::typed(&wish.reason).ok_or(Error::Refused(BulkRefused::ReasonMissing))?;
    let now = app.clock.now();
    // What is owed from now on was in no dry run.
    let until = wish.selection.until.min(now + Duration::milliseconds(1));
    let selection = Selection { until, ..wish.selection };
    let dry = try_out(app, town, wish.action, &selection).await?;
    let changes = dry.changes();
    if dry.more {
        return Err(Error::Refused(BulkRefused::TooMany));
    }
    if changes == 0 {
        return Err(Error::Refused(BulkRefused::Nothing));
    }
    if changes > wish.expected {
        return Err(Error::Refused(BulkRefused::Changed { now: changes }));
    }
    let tx = app.db.write().await?;
    // Two that one person begins at the same moment count together.
    store::staff::lock(&tx, by.id).await?;
    let alone = rows::alone_since(&tx, (town.id, by.id), now - ALONE_WITHIN).await?;
    let bulk = Bulk {
        id: app.uuid(),
        town: town.id,
        action: wish.action,
        selection,
        reason: reason.to_string(),
        progress: begins_as(alone + changes),
        expected: i32::try_from(changes).unwrap_or(i32::MAX),
        done: 0,
        left_out: 0,
        asked_by: by.id,
        asked_at: now,
        agreed: None,
        after: None,
        ended_at: None,
    };
    rows::insert(&tx, &bulk).await?;
    let asked = Change::begins(bulk.progress.as_str()).because(reason);
    app.log(&tx, town.id, Subject::Bulk(bulk.id), asked, Actor::from(by)).await?;
    tx.commit().await?;
    carry_on(app, bulk).await
}

/// A second person agrees to a proposal; it is done at once, unless it would change more by now than was proposed.
///
/// # Errors
/// When it is refused, or the database fails.
pub async fn agree(app: &App, town: &Town, by: &StaffMember, id: Uuid) -> Outcome<Bulk, BulkRefused> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let mut bulk = of_town(&tx, town, id).await?;
    if bulk.progress != Progress::Proposed || now - bulk.asked_at > AGREE_WITHIN {
        return Err(Error::Refused(BulkRefused::NotNow { progress: bulk.progress }));
    }
    if bulk.asked_by == by.id {
        return Err(Error::Refused(BulkRefused::SecondPersonNeeded));
    }
    let changes = dry_run(&tx, town.id, (bulk.action, &bulk.selection, bulk.asked_at), now).await?.changes();
    if changes > bulk.agreed_to() {
        return Err(Error::Refused(BulkRefused::Changed { now: changes }));
    }
    bulk.progress = Progress::Running;
    bulk.agreed = Some((by.id, now));
    rows::save(&tx, &bulk).await?;
    let agreed = Change::moves(Progress::Proposed.as_str(), Progress::Running.as_str());
    app.log(&tx, town.id, Subject::Bulk(id), agreed.because(&bulk.reason), Actor::from(by)).await?;
    tx.commit().await?;
    carry_on(app, bulk).await
}

/// Takes a proposal back; anybody who operates may.
///
/// # Errors
/// When it is refused, or the database fails.
pub async fn withdraw(app: &App, town: &Town, by: &StaffMember, id: Uuid) -> Outcome<Bulk, BulkRefused> {
    let tx = app.db.write().await?;
    let mut bulk = of_town(&tx, town, id).await?;
    if bulk.progress != Progress::Proposed {
        return Err(Error::Refused(BulkRefused::NotNow { progress: bulk.progress }));
    }
    bulk.progress = Progress::Withdrawn;
    bulk.ended_at = Some(app.clock.now());
    rows::save(&tx, &bulk).await?;
    let withdrawn = Change::moves(Progress::Proposed.as_str(), Progress::Withdrawn.as_str());
    app.log(&tx, town.id, Subject::Bulk(id), withdrawn.because(&bulk.reason), Actor::from(by)).await?;
    tx.commit().await?;
    Ok(bulk)
}

/// The newest actions of a town.
///
/// # Errors
/// When the database fails.
pub async fn newest(app: &App, town: &Town) -> Result<Vec<Bulk>, StoreError> {
    rows::newest(&app.db, town.id, SHOWN).await
}

/// Goes on with what was interrupted, in every town; gives the number of messages looked at.
///
/// # Errors
/// When the database fails; what was done until then stays done.
pub async fn resume(app: &App) -> Result<u64, StoreError> {
    let mut looked_at = 0;
    for id in rows::running(&app.db).await? {
        for _ in 0..PAGES_AT_ONCE {
            let page = page(app, id).await?;
            looked_at += page.looked_at;
            if !page.more {
                break;
            }
        }
    }
    Ok(looked_at)
}

async fn of_town(tx: &Tx, town: &Town, id: Uuid) -> Outcome<Bulk, BulkRefused> {
    let bulk = rows::lock(tx, id).await?.filter(|bulk| bulk.town == town.id);
    bulk.ok_or(Error::Refused(BulkRefused::NotFound))
}

async fn carry_on(app: &App, mut bulk: Bulk) -> Outcome<Bulk, BulkRefused> {
    if bulk.progress == Progress::Running {
        for _ in 0..PAGES_AT_ONCE {
            if !page(app, bulk.id).await?.more {
                break;
            }
        }
        let tx = app.db.write().await?;
        bulk = rows::lock(&tx, bulk.id).await?.unwrap_or(bulk);
    }
    Ok(bulk)
}

/// What a page was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Messages looked at.
    pub looked_at: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// Does one page in one transaction, and notes up to where.
///
/// # Errors
/// When the database fails; nothing of the page happened then.
pub async fn page(app: &App, id: Uuid) -> Result<Page, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    // Two processes at the same action take turns here.
    let Some(mut bulk) = rows::lock(&tx, id).await? else { return Ok(Page::default()) };
    if bulk.progress != Progress::Running {
        return Ok(Page::default());
    }
    let what = (bulk.action, &bulk.selection, bulk.asked_at);
    let found = rows::candidates(&tx, bulk.town, what, bulk.after, PAGE).await?;
    for candidate in &found {
        // What has come to it since was in nobody's dry run.
        let room = u64::try_from(bulk.done).unwrap_or(0) < bulk.agreed_to();
        if room && change_one(app, &tx, &bulk, candidate, now).await? {
            bulk.done += 1;
        } else {
            bulk.left_out += 1;
        }
    }
    bulk.after = found.last().map(|last| (last.created_at, last.id.0)).or(bulk.after);
    let looked_at = found.len() as u64;
    let more = looked_at == PAGE;
    if !more {
        bulk.progress = Progress::Done;
        // After the last of its messages, so that the log knows them for its own.
        bulk.ended_at = Some(app.clock.now());
    }
    rows::save(&tx, &bulk).await?;
    tx.commit().await?;
    super::wake(app, bulk.town);
    super::watched(app, bulk.town);
    Ok(Page { looked_at, more })
}

/// Does it to one message, if it may still be done.
async fn change_one(
    app: &App,
    tx: &Tx,
    bulk: &Bulk,
    candidate: &Candidate,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if verdict(bulk.action, candidate, now) != Redrive::Send {
        return Ok(false);
    }
    let Some(mut message) = store::messaging::lock(tx, candidate.id).await? else { return Ok(false) };
    let before = message.state;
    let event = match bulk.action {
        Action::Retry => Event::Retry,
        Action::Cancel => Event::Cancel,
    };
    if !step(&mut message, event, now) {
        return Ok(false);
    }
    message.claim_until = None;
    if bulk.action == Action::Retry {
        message.not_before = now;
        message.error_class = None;
        message.error_code = None;
    }
    store::messaging::save(tx, &message).await?;
    let moved = Change::moves(before.as_str(), message.state.as_str()).because(&bulk.reason);
    let by = bulk.agreed.map_or(bulk.asked_by, |(by, _)| by);
    app.log(tx, bulk.town, Subject::Message(message.id), moved, Actor::Staff(by)).await?;
    Ok(true)
}

//! What operators see of the outbox, and what they may do with a message: send it again, stop it, read it. Each with a reason
//! that goes into the event log.

use chrono::{DateTime, Duration, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::MessageId;
use domain::messaging::delivery::{Event, State};
use domain::messaging::mail;
use domain::messaging::{Lane, Recipient};
use domain::town::Town;
use store::StoreError;
pub use store::messaging::Message;
pub use store::messaging::attempts::Attempt;
pub use store::messaging::watch::{Backlog, Filter, Recent, StateCount};
use store::messaging::{attempts, inbox, timetable, watch as rows};

pub use store::messaging::timetable::{Job, Worker};

use super::delivery::step;
use super::texts;
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// A worker that has not said a word for this long is no longer alive.
pub const ALIVE_SECONDS: i64 = 30;

/// Why operators cannot do something with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageRefused {
    /// There is no such message in this town.
    #[error("there is no such message")]
    NotFound,
    /// Not in its present state.
    #[error("not possible while the message is {}", state.as_str())]
    NotNow {
        /// The state.
        state: State,
    },
    /// Its content has been erased.
    #[error("its content has been erased")]
    Erased,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// Everything the overview shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// Messages in each state.
    pub states: Vec<StateCount>,
    /// What is due in each lane.
    pub backlog: Vec<Backlog>,
    /// What happened in the window.
    pub recent: Vec<Recent>,
    /// The workers.
    pub workers: Vec<Worker>,
    /// The jobs of the clock.
    pub jobs: Vec<Job>,
    /// Whether there is a queue between processes, and whether it answers.
    pub redis: Option<bool>,
    /// Who carried the newest message.
    pub provider: Option<String>,
}

/// The outbox of a town over the last hours.
///
/// # Errors
/// When the database fails.
pub async fn overview(app: &App, town: &Town, hours: u32) -> Result<Overview, StoreError> {
    let now = app.clock.now();
    let since = now - Duration::hours(i64::from(hours.clamp(1, 168)));
    Ok(Overview {
        generated_at: now,
        states: rows::counts(&app.db, town.id, since).await?,
        backlog: rows::backlog(&app.db, town.id, now).await?,
        recent: rows::recent(&app.db, town.id, since).await?,
        workers: timetable::workers(&app.db).await?,
        jobs: timetable::jobs(&app.db).await?,
        redis: app.bus.redis_connected(),
        provider: rows::newest_provider(&app.db, town.id).await?,
    })
}

impl Overview {
    /// The 95th percentile of the seconds from due to taken, of a lane or of all.
    #[must_use]
    pub fn p95_seconds(&self, lane: Option<Lane>) -> Option<f64> {
        let mut waits: Vec<i64> = self
            .recent
            .iter()
            .filter(|one| lane.is_none_or(|lane| one.lane == lane))
            .filter_map(|one| Some((one.accepted_at? - one.due_at).num_milliseconds().max(0)))
            .collect();
        waits.sort_unstable();
        let at = (waits.len() * 95).div_ceil(100).checked_sub(1)?;
        waits.get(at).map(|millis| *millis as f64 / 1000.0)
    }

    /// The delivered part of those whose end is known.
    #[must_use]
    pub fn delivered_share(&self) -> Option<f64> {
        let ended = |state: State| matches!(state, State::Delivered | State::Undelivered | State::Failed);
        let all = self.recent.iter().filter(|one| ended(one.state)).count();
        let good = self.recent.iter().filter(|one| one.state == State::Delivered).count();
        (all > 0).then(|| good as f64 / all as f64)
    }
}

/// How many messages are in each state in the whole installation, and how long the oldest due one has been waiting.
///
/// # Errors
/// When the database fails.
pub async fn figures(app: &App) -> Result<(Vec<(State, i64)>, Duration), StoreError> {
    let now = app.clock.now();
    let (counts, oldest) = rows::figures(&app.db, now).await?;
    let counted = |state: State| {
        let found = counts.iter().find(|(word, _)| word == state.as_str());
        (state, found.map_or(0, |(_, count)| *count))
    };
    let waited = oldest.map_or(Duration::zero(), |oldest| now - oldest);
    Ok((State::ALL.map(counted).to_vec(), waited))
}

/// A page of messages and where the next one begins.
#[derive(Clone, Debug)]
pub struct Page {
    /// The messages, the newest first.
    pub messages: Vec<Message>,
    /// Position of the next page.
    pub next: Option<(DateTime<Utc>, uuid::Uuid)>,
    /// Messages in each state, whatever the filter.
    pub counts: Vec<StateCount>,
}

/// A page of a town's messages.
///
/// # Errors
/// When the database fails.
pub async fn messages(app: &App, town: &Town, filter: &Filter, limit: u64) -> Result<Page, StoreError> {
    let limit = limit.clamp(1, 200);
    let mut messages = rows::list(&app.db, town.id, filter, limit + 1).await?;
    let more = messages.len() as u64 > limit;
    messages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = messages.last().filter(|_| more).map(|last| (last.created_at, last.id.0));
    let counts = rows::counts(&app.db, town.id, app.clock.now() - Duration::days(7)).await?;
    Ok(Page { messages, next, counts })
}

/// A message with all that is known about it.
#[derive(Clone, Debug)]
pub struct Story {
    /// The message.
    pub message: Message,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
    /// The provider's reports: word, code, when.
    pub receipts: Vec<(String, String, DateTime<Utc>)>,
    /// Its text with every digit and link hidden; `None` once erased.
    pub text_masked: Option<String>,
    /// What staff did about it.
    pub interventions: Vec<store::events::Logged>,
}

impl Story {
    /// Whether it may be sent again by hand.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        may_retry(self.message.state) && self.text_masked.is_some()
    }

    /// Whether it may be stopped by hand.
    #[must_use]
    pub fn may_cancel(&self) -> bool {
        may_cancel(self.message.state)
    }
}

fn may_retry(state: State) -> bool {
    matches!(state, State::Failed | State::Undelivered)
}

fn may_cancel(state: State) -> bool {
    matches!(state, State::Held | State::Queued | State::Enqueued)
}

/// All that is known about a message.
///
/// # Errors
/// When there is no such message in this town, or the database fails.
pub async fn story(app: &App, town: &Town, id: MessageId) -> Outcome<Story, MessageRefused> {
    let message =
        rows::of_town(&app.db, town.id, id).await?.ok_or(Error::Refused(MessageRefused::NotFound))?;
    let attempts = attempts::of_message(&app.db, id).await?;
    let references: Vec<String> =
        attempts.iter().filter_map(|attempt| attempt.provider_ref.clone()).collect();
    let receipts = inbox::receipts_of(&app.db, id, &references).await?;
    let content = store::messaging::content(&app.db, id).await?;
    let text_masked = match content {
        Some(content) => {
            let own = (message.text, message.language);
            Some(masked(&texts::sms(&app.db, own.0, &content.notification, own.1, id).await?))
        }
        None => None,
    };
    let interventions = store::events::of_subject(&app.db, id.0).await?;
    Ok(Story { message, attempts, receipts, text_masked, interventions })
}

/// A text as it may be shown to everybody on duty: no codes, no links.
fn masked(body: &str) -> String {
    let word = |word: &str| {
        let is_link = word.contains("/t/") || (word.contains('/') && word.contains('.'));
        if is_link { "•••".to_owned() } else { word.replace(|c: char| c.is_ascii_digit(), "•") }
    };
    body.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Sends a failed message again, because somebody says why.
///
/// # Errors
/// When it cannot be sent again in its present state, or the database fails.
pub async fn retry(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: MessageId,
    reason: &str,
) -> Outcome<(), MessageRefused> {
    let now = app.clock.now();
    intervene(app, town, by, id, reason, Event::Retry, |message| {
        message.not_before = now;
        // Somebody wants it sent now: it gets the time of a new one.
        message.expires_at = message.expires_at.max(now + message.kind.lifetime());
        message.error_class = None;
        message.error_code = None;
    })
    .await?;
    super::wake(app, town.id);
    Ok(())
}

/// Stops a message that has not left yet, because somebody says why.
///
/// # Errors
/// When it has left already, or the database fails.
pub async fn cancel(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: MessageId,
    reason: &str,
) -> Outcome<(), MessageRefused> {
    intervene(app, town, by, id, reason, Event::Cancel, |_| {}).await
}

async fn intervene(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: MessageId,
    reason: &str,
    event: Event,
    change: impl FnOnce(&mut Message),
) -> Outcome<(), MessageRefused> {
    let reason = checked(reason)?;
    let tx = app.db.write().await?;
    let message = store::messaging::lock(&tx, id).await?.filter(|message| message.town == town.id);
    let mut message = message.ok_or(Error::Refused(MessageRefused::NotFound))?;
    let before = message.state;
    if event == Event::Retry && store::messaging::content(&tx, id).await?.is_none() {
        return Err(Error::Refused(MessageRefused::Erased));
    }
    if !step(&mut message, event, app.clock.now()) {
        return Err(Error::Refused(MessageRefused::NotNow { state: before }));
    }
    change(&mut message);
    store::messaging::save(&tx, &message).await?;
    let moved = Change::moves(before.as_str(), message.state.as_str()).because(reason);
    app.log(&tx, town.id, Subject::Message(id), moved, Actor::from(by)).await?;
    tx.commit().await?;
    super::watched(app, town.id);
    Ok(())
}

/// What a message says and to whom, in the clear; who read it and why goes into the event log.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed {
    /// The text.
    pub text: String,
    /// The number as people read it.
    pub recipient: String,
}

/// Shows a message in the clear, because somebody says why.
///
/// # Errors
/// When its content has been erased, or the database fails.
pub async fn reveal(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: MessageId,
    reason: &str,
) -> Outcome<Revealed, MessageRefused> {
    let reason = checked(reason)?;
    let message =
        rows::of_town(&app.db, town.id, id).await?.ok_or(Error::Refused(MessageRefused::NotFound))?;
    let content = store::messaging::content(&app.db, id).await?;
    let content = content.ok_or(Error::Refused(MessageRefused::Erased))?;
    let state = message.state.as_str();
    let tx = app.db.write().await?;
    let read = Change::moves(state, state).because(format!("revealed: {reason}"));
    app.log(&tx, town.id, Subject::Message(id), read, Actor::from(by)).await?;
    tx.commit().await?;
    let by_mail = || mail::write(&content.notification, message.language, &town.name);
    Ok(Revealed {
        text: match &content.to {
            Recipient::Phone(_) => {
                texts::sms(&app.db, message.text, &content.notification, message.language, id).await?
            }
            Recipient::Email(_) => by_mail().map(|mail| mail.text).unwrap_or_default(),
        },
        recipient: content.to.shown(),
    })
}

fn checked(reason: &str) -> Result<&str, Error<MessageRefused>> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Refused(MessageRefused::ReasonMissing));
    }
    // The log keeps sentences, not letters.
    Ok(reason.char_indices().nth(200).map_or(reason, |(at, _)| &reason[..at]))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_text_shows_neither_codes_nor_links() {
        let text = "Termin: Mo 14.09. 10:20 Uhr. Code 4829-1376. t.stadt.de/7FQ2MKD9TR";
        assert_eq!(masked(text), "Termin: Mo ••.••. ••:•• Uhr. Code ••••-••••. •••");
        assert_eq!(masked("Bis morgen. localhost:8080/t/7FQ2MKD9TR"), "Bis morgen. •••");
    }
}

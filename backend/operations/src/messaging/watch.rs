//! What operators see of the outbox, and what they may do with a message: send it again, stop it, read it. Each with a reason
//! that goes into the event log.

use chrono::{DateTime, Duration, Utc};
use domain::actor::{Actor, StaffMember};
use domain::appointments::codes::CheckInCode;
use domain::contact::{EmailAddress, PhoneNumber};
use domain::event::Subject;
use domain::ids::MessageId;
use domain::messaging::delivery::{Event, State};
use domain::messaging::standing::Redrive;
use domain::messaging::{ChannelKind, Lane, Recipient, mail, push};
use domain::reason::Reason;
use domain::town::Town;
use store::StoreError;
pub use store::events::Acts;
use store::messaging::Content;
pub use store::messaging::Message;
pub use store::messaging::attempts::Attempt;
use store::messaging::bulk::{self, Candidate};
pub use store::messaging::figures::{Backlog, Grain, Happened, Happening, StateCount, Wait};
use store::messaging::opt_outs::{self, OptOut};
pub use store::messaging::timetable::{Job, Worker};
pub use store::messaging::watch::{Filter, Sought};
use store::messaging::{attempts, figures, inbox, timetable, watch as rows};

use super::queue_depth::{self, QueueDepth};
use super::step;
use super::texts;
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// A worker that has not said a word for this long is no longer alive.
pub const ALIVE_SECONDS: i64 = 30;

/// So far back is looked for who carries a lane.
const CARRIED_LATELY: Duration = Duration::hours(1);

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
    /// It would not be true, wanted or in time any more.
    #[error("it is not sent again: {}", why.as_str())]
    NotAgain {
        /// Why.
        why: Redrive,
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
    /// Since when things are counted.
    pub since: DateTime<Utc>,
    /// In spans of this length.
    pub grain: Grain,
    /// Messages in each state.
    pub states: Vec<StateCount>,
    /// Pushes that failed while another message tells the same.
    pub covered: i64,
    /// What is due of each kind.
    pub backlog: Vec<Backlog>,
    /// How long messages waited for the provider.
    pub waits: Vec<Wait>,
    /// What happened in the window.
    pub happenings: Vec<Happening>,
    /// The workers.
    pub workers: Vec<Worker>,
    /// The jobs of the clock.
    pub jobs: Vec<Job>,
    /// Whether there is a queue between processes, and whether it answers.
    pub redis: Option<bool>,
    /// What the workers last found in the queue.
    pub queue: Option<QueueDepth>,
    /// Hints that are out by the database.
    pub hints_out: u64,
    /// Who took messages within the last hour, lane by lane.
    pub carriers: Vec<(Lane, String)>,
}

/// The outbox of a town over the last hours, a week at most.
///
/// # Errors
/// When the database fails.
pub async fn overview(app: &App, town: &Town, hours: u32) -> Result<Overview, StoreError> {
    let now = app.clock.now();
    let since = now - Duration::hours(i64::from(hours));
    let grain = match hours {
        0..=2 => Grain::Minute,
        3..=24 => Grain::TenMinutes,
        _ => Grain::Hour,
    };
    Ok(Overview {
        generated_at: now,
        since,
        grain,
        states: figures::counts(&app.db, town.id, since).await?,
        covered: figures::covered(&app.db, town.id, since).await?,
        backlog: figures::backlog(&app.db, town.id, now).await?,
        waits: figures::waits(&app.db, town.id, since).await?,
        happenings: figures::happenings(&app.db, town.id, since, grain).await?,
        workers: timetable::workers(&app.db).await?,
        jobs: timetable::jobs(&app.db).await?,
        redis: app.bus.redis_connected(),
        queue: queue_depth::last(app).await?,
        hints_out: store::messaging::relay::outstanding(&app.db).await?,
        carriers: figures::carriers(&app.db, town.id, now - CARRIED_LATELY).await?,
    })
}

impl Overview {
    /// The 95th percentile of the seconds from due to taken, of a lane or of all.
    #[must_use]
    pub fn p95_seconds(&self, lane: Option<Lane>) -> Option<f64> {
        let mut waits: Vec<i64> = self
            .waits
            .iter()
            .filter(|one| lane.is_none_or(|lane| one.lane == lane))
            .map(|one| (one.accepted_at - one.due_at).num_milliseconds().max(0))
            .collect();
        waits.sort_unstable();
        let at = (waits.len() * 95).div_ceil(100).checked_sub(1)?;
        waits.get(at).map(|millis| *millis as f64 / 1000.0)
    }

    /// How many messages ask to be looked at: failed, not arrived or uncertain, and nothing else tells the same.
    #[must_use]
    pub fn failed_open(&self) -> i64 {
        let open = [State::Failed, State::Undelivered, State::Uncertain];
        let count: i64 =
            self.states.iter().filter(|one| open.contains(&one.state)).map(|one| one.count).sum();
        count - self.covered
    }

    /// The delivered part of those whose end is known. A push has no proof of delivery and does not count.
    #[must_use]
    pub fn delivered_share(&self) -> Option<f64> {
        let how_many = |what: Happened| -> i64 {
            let proved = |one: &&Happening| one.what == what && one.channel != ChannelKind::Push;
            self.happenings.iter().filter(proved).map(|one| one.count).sum()
        };
        let (good, bad) = (how_many(Happened::Delivered), how_many(Happened::Failed));
        (good + bad > 0).then(|| good as f64 / (good + bad) as f64)
    }
}

/// What somebody typed to find a message: an id, a check-in code, a number or its last digits, a mailbox, or the provider's
/// own id.
#[must_use]
pub fn sought(town: &Town, typed: &str) -> Option<Sought> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    if let Ok(id) = uuid::Uuid::parse_str(typed) {
        return Some(Sought::Id(id));
    }
    if let Ok(address) = EmailAddress::parse(typed) {
        return Some(Sought::Recipient(Recipient::Email(address)));
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let is_reference = typed.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if typed.chars().any(char::is_alphabetic) {
        let long = typed.len() >= 6 && !digits.is_empty() && is_reference;
        return Some(if long { Sought::Reference(typed.to_owned()) } else { Sought::Nothing });
    }
    Some(match digits.len() {
        0 => Sought::Nothing,
        // A code may begin with 0 like a number; its check digit tells that it may be one.
        8 if CheckInCode::parse(&digits).is_ok() => Sought::CodeOrTail(digits),
        8 if !typed.starts_with(['+', '0']) || typed.contains('-') => Sought::Code(digits),
        1..=8 => Sought::Tail(digits[digits.len().saturating_sub(4)..].to_owned()),
        _ => match PhoneNumber::parse(typed, &town.settings.phone_countries) {
            Ok(number) => Sought::Recipient(Recipient::Phone(number)),
            // The number of a provider's message, or of a telephone we would never write to.
            Err(_) => Sought::Reference(digits),
        },
    })
}

/// A page of messages and where the next one begins.
#[derive(Clone, Debug)]
pub struct Page {
    /// The messages, the newest first.
    pub messages: Vec<Message>,
    /// Position of the next page.
    pub next: Option<(DateTime<Utc>, uuid::Uuid)>,
    /// Messages in each state, whatever the filter; of an open list without what needs no look.
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
    let since = app.clock.now() - Duration::days(7);
    let mut counts = figures::counts(&app.db, town.id, since).await?;
    if filter.open {
        let covered = figures::covered(&app.db, town.id, since).await?;
        counts.iter_mut().filter(|one| one.state == State::Failed).for_each(|one| one.count -= covered);
    }
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
    /// What it speaks about, as it is now.
    pub now: Option<Candidate>,
    /// Since when its recipient wants no messages, and who told us.
    pub opt_out: Option<OptOut>,
    /// When this was read.
    pub read_at: DateTime<Utc>,
}

impl Story {
    /// Whether it may be sent again by hand; why not, of one that failed.
    #[must_use]
    pub fn retry(&self) -> Option<Redrive> {
        may_retry(self.message.state)
            .then_some(self.now.as_ref()?)
            .map(|now| by_hand(now.redrive(self.read_at)))
    }

    /// Whether it may be stopped by hand.
    #[must_use]
    pub fn may_cancel(&self) -> bool {
        may_cancel(self.message.state)
    }
}

/// Somebody who looked at one message may try a number again that was refused.
fn by_hand(redrive: Redrive) -> Redrive {
    match redrive {
        Redrive::Unreachable => Redrive::Send,
        Redrive::Send | Redrive::Expired | Redrive::Overtaken | Redrive::OptedOut | Redrive::Erased => {
            redrive
        }
    }
}

fn may_retry(state: State) -> bool {
    matches!(state, State::Failed | State::Undelivered)
}

fn may_cancel(state: State) -> bool {
    matches!(state, State::Held | State::Queued | State::Enqueued | State::Uncertain)
}

/// What staff of a town did to messages and to their sending, the newest first, with a position to go on from.
///
/// # Errors
/// When the database fails.
pub async fn acts_of_staff(
    app: &App,
    town: &Town,
    acts: Acts,
    after: Option<(DateTime<Utc>, uuid::Uuid)>,
    limit: u64,
) -> Result<Vec<store::events::ByStaff>, StoreError> {
    store::events::by_staff(&app.db, (town.id, acts), after, limit.clamp(1, 200)).await
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
        Some(content) => Some(masked(&said(app, &content, &message, town).await?)),
        None => None,
    };
    let interventions = store::events::of_subject(&app.db, id.0).await?;
    let now = bulk::candidate_of(&app.db, id).await?;
    let to = (message.channel, message.recipient_hash.as_slice());
    let opt_out = opt_outs::of_recipient(&app.db, town.id, to).await?;
    let read_at = app.clock.now();
    Ok(Story { message, attempts, receipts, text_masked, interventions, now, opt_out, read_at })
}

/// What a message says, by the channel it goes.
async fn said(app: &App, content: &Content, message: &Message, town: &Town) -> Result<String, StoreError> {
    let (notification, language) = (&content.notification, message.language);
    Ok(match &content.to {
        Recipient::Phone(_) => texts::sms(&app.db, message.text, notification, language, message.id).await?,
        Recipient::Email(_) => {
            mail::write(notification, language, &town.name).map_or_else(String::new, |it| it.text)
        }
        Recipient::Push(_) => push::write(notification, language).map_or_else(String::new, |it| it.body),
    })
}

/// A text as it may be shown to everybody on duty: no codes, no links.
fn masked(body: &str) -> String {
    let word = |word: &str| {
        let is_link = word.contains("/t/") || (word.contains('/') && word.contains('.'));
        if is_link { "•••".to_owned() } else { word.replace(|c: char| c.is_ascii_digit(), "•") }
    };
    body.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Sends a failed message again, because somebody says why. Never one whose time is over, that is no longer true, or that
/// nobody wants.
///
/// # Errors
/// When it cannot be sent again, or the database fails.
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
        message.error_class = None;
        message.error_code = None;
    })
    .await?;
    super::wake(app, town.id);
    Ok(())
}

/// Stops a message that has not left yet, because somebody says why; gives one up that may have left.
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
    intervene(app, town, by, id, reason, Event::Cancel, |message| message.claim_until = None).await
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
    if event == Event::Retry && may_retry(before) {
        let now = bulk::candidate_of(&tx, id).await?.ok_or(Error::Refused(MessageRefused::NotFound))?;
        match by_hand(now.redrive(app.clock.now())) {
            Redrive::Send | Redrive::Unreachable => {}
            Redrive::Erased => return Err(Error::Refused(MessageRefused::Erased)),
            why @ (Redrive::Expired | Redrive::Overtaken | Redrive::OptedOut) => {
                return Err(Error::Refused(MessageRefused::NotAgain { why }));
            }
        }
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
    let text = said(app, &content, &message, town).await?;
    Ok(Revealed { text, recipient: content.to.shown() })
}

fn checked(reason: &str) -> Result<Reason, Error<MessageRefused>> {
    Reason::typed(reason).ok_or(Error::Refused(MessageRefused::ReasonMissing))
}

#[cfg(test)]
mod tests {
    use domain::messaging::Recipient;

    use super::{Sought, masked, sought};
    use crate::testing::plain_town;

    #[test]
    fn what_is_typed_is_recognised() {
        let town = plain_town();
        let found = |typed: &str| sought(&town, typed);
        assert_eq!(found("  "), None);
        assert_eq!(found("4829-1376"), Some(Sought::Code("48291376".into())));
        assert_eq!(found("48291376"), Some(Sought::Code("48291376".into())));
        for typed in ["01502230", "0150 2230", "0150-2230"] {
            assert_eq!(found(typed), Some(Sought::CodeOrTail("01502230".into())), "{typed}");
        }
        assert_eq!(found("01502231"), Some(Sought::Tail("2231".into())), "no code, so the end of a number");
        assert_eq!(found("••••0012"), Some(Sought::Tail("0012".into())));
        assert_eq!(found("12"), Some(Sought::Tail("12".into())));
        assert!(matches!(found("0171 39200 12"), Some(Sought::Recipient(Recipient::Phone(_)))));
        assert!(matches!(found("ida@exempel.example"), Some(Sought::Recipient(Recipient::Email(_)))));
        assert_eq!(found("SM2f7e01"), Some(Sought::Reference("SM2f7e01".into())));
        assert_eq!(found("Exempel"), Some(Sought::Nothing), "no names");
        assert!(matches!(found("01992f6a-3c00-7000-8000-000000000001"), Some(Sought::Id(_))));
    }

    #[test]
    fn a_masked_text_shows_neither_codes_nor_links() {
        let text = "Termin: Mo 14.09. 10:20 Uhr. Code 4829-1376. t.stadt.de/7FQ2MKD9TR";
        assert_eq!(masked(text), "Termin: Mo ••.••. ••:•• Uhr. Code ••••-••••. •••");
        assert_eq!(masked("Bis morgen. localhost:8080/t/7FQ2MKD9TR"), "Bis morgen. •••");
    }
}

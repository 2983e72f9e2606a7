//! The way of a message out: hint, claim, send (elsewhere), outcome. The database is the truth; a hint says only "look at
//! this one" and may be lost, doubled or late.

use std::future::Future;

use chrono::{DateTime, Duration, Utc};
use domain::ids::MessageId;
use domain::messaging::attempt::{Dispatch, SendOutcome};
use domain::messaging::delivery::{Event, Receipt, State, transition};
use domain::messaging::failure::{ErrorClass, Failure, Jitter, Next, after_failure};
use domain::messaging::frequency::{self, Frequency};
use domain::messaging::standing::Standing;
use domain::messaging::{ChannelKind, Kind, Lane};
use domain::town::Town;
use store::messaging::attempts::{Attempt, STARTED};
use store::messaging::relay::Closed;
use store::messaging::{Message, attempts, inbox, relay as rows};
use store::{StoreError, Tx};
use uuid::Uuid;

pub use super::routing::{Carrier, Providers};
pub use store::messaging::relay::Due;

use super::routing::{Allowance, Route};
use super::{budget, compose, push, quiet, routing};
use crate::app::App;
use crate::fail_point;

/// How soon an uncertain message is looked into for the first time.
pub(super) const FIRST_LOOK: Duration = Duration::seconds(15);

/// How soon a message goes to another provider when one surely did not take it.
const ELSEWHERE: Duration = Duration::seconds(1);

/// The code of a message that waits because its number got enough.
pub const TOO_MANY: &str = "number_limit";

/// How much is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// At once.
    pub batch: u64,
    /// Hints that may be out at the same time.
    pub outstanding: u64,
}

/// Why hints could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum RelayError<E> {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue did not take them; the messages stay due.
    #[error("the queue did not take the hints")]
    Push(#[source] E),
}

/// Hands the due messages to the queue; gives their number. Pushes first and commits then: a hint too many is harmless, a
/// missing one costs two minutes.
///
/// # Errors
/// When the database or the queue fails.
pub async fn relay<'a, P, F, E>(
    app: &App,
    amount: Amount,
    providers: impl Into<Providers<'a>>,
    push: P,
) -> Result<usize, RelayError<E>>
where
    P: FnOnce(Vec<Due>) -> F,
    F: Future<Output = Result<(), E>>,
{
    let providers: Providers<'a> = providers.into();
    let now = app.clock.now();
    let closed = providers.closed();
    if !rows::is_anything_due(&app.db, now, &closed).await? {
        return Ok(0);
    }
    let room = amount.outstanding.saturating_sub(rows::outstanding(&app.db).await?);
    if room == 0 {
        return Ok(0);
    }
    let allowance = Allowance::read(app, &providers).await?;
    let tx = app.db.write().await?;
    let due = admitted(&tx, now, &closed, allowance, amount.batch.min(room)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let ids: Vec<MessageId> = due.iter().map(|due| due.id).collect();
    push(due).await.map_err(RelayError::Push)?;
    fail_point::reached(fail_point::RELAY_PUSHED);
    rows::mark_enqueued(&tx, &ids, now).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// What is due and may go: as much of the bulk as the buckets hold beside their reserve, and the rest before it.
async fn admitted(
    tx: &Tx,
    now: DateTime<Utc>,
    closed: &[Closed],
    mut allowance: Allowance,
    most: u64,
) -> Result<Vec<Due>, StoreError> {
    if allowance.is_unlimited() {
        return rows::lock_due(tx, now, (None, closed), most).await;
    }
    let others: Vec<Lane> = Lane::ALL.into_iter().filter(|lane| *lane != Lane::Sms).collect();
    let mut due = rows::lock_due(tx, now, (Some(&others), closed), most).await?;
    due.retain(|due| allowance.admit(due.lane));
    let bulk = allowance.admit_up_to(Lane::Sms, most - (due.len() as u64).min(most));
    if bulk > 0 {
        due.extend(rows::lock_due(tx, now, (Some(&[Lane::Sms]), closed), bulk).await?);
    }
    Ok(due)
}

/// The messages of a lane that a worker without a queue should try to claim, most urgent first.
///
/// # Errors
/// When the database fails.
pub async fn due_in_lane<'a>(
    app: &App,
    lane: Lane,
    providers: impl Into<Providers<'a>>,
    limit: u64,
) -> Result<Vec<MessageId>, StoreError> {
    let providers: Providers<'a> = providers.into();
    let limit = Allowance::read(app, &providers).await?.admit_up_to(lane, limit);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let due = rows::due_in_lane(&app.db, lane, app.clock.now(), &providers.closed(), limit).await?;
    Ok(due.into_iter().map(|due| due.id).collect())
}

/// Whether hints have been lying around for this long.
///
/// # Errors
/// When the database fails.
pub async fn has_stale_hints(app: &App, age: Duration) -> Result<bool, StoreError> {
    rows::has_stale_hints(&app.db, app.clock.now() - age).await
}

/// A message that this worker, and no other, sends now.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What goes to the channel.
    pub outgoing: Dispatch,
    /// Proves that the claim is still ours when the outcome is written.
    pub token: Uuid,
    /// Its kind.
    pub kind: Kind,
    /// By whom it goes.
    pub provider: String,
    /// It shows whether the provider works again.
    pub probe: bool,
    /// Another could carry it, too.
    elsewhere: bool,
}

/// Takes a message to send it: checks that it is still wanted, writes the attempt, commits. `None` when there is nothing
/// to send (any more): the job is done.
///
/// # Errors
/// When the database fails; nothing was taken then.
pub async fn claim<'a>(
    app: &App,
    id: MessageId,
    providers: impl Into<Providers<'a>>,
    hold: Duration,
) -> Result<Option<Claimed>, StoreError> {
    let providers: Providers<'a> = providers.into();
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let Some(mut message) = store::messaging::lock(&tx, id).await? else { return Ok(None) };
    let open = matches!(message.state, State::Queued | State::Enqueued);
    if !open || message.not_before > now {
        return Ok(None);
    }
    let town = store::town::town(&tx, message.town).await?;
    let town = town.ok_or(StoreError::Corrupt { column: "message.town_id" })?;
    let claimed = match objection(&tx, &town, &mut message, now).await? {
        Some(event) => {
            step(&mut message, event, now);
            None
        }
        None if providers.switches.stop(message.town, message.channel, message.kind) => {
            // It stays as due as it was; the relay leaves it there.
            message.enqueued_at = None;
            step(&mut message, Event::Postpone, now);
            None
        }
        None => begin(app, &tx, &town, &mut message, (&providers, hold), now).await?,
    };
    store::messaging::save(&tx, &message).await?;
    push::stand_in_now(app, &tx, &message).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Why a message is not sent now, if so.
async fn objection(
    tx: &Tx,
    town: &Town,
    message: &mut Message,
    now: DateTime<Utc>,
) -> Result<Option<Event>, StoreError> {
    if now >= message.expires_at {
        return Ok(Some(Event::Expire));
    }
    if is_superseded(tx, message).await? || push::is_needless(tx, message).await? {
        return Ok(Some(Event::Supersede));
    }
    let to = (message.channel, message.recipient_hash.as_slice());
    let suppressed = inbox::is_suppressed(tx, message.town, to).await?;
    if (suppressed && !message.kind.ignores_opt_out()) || push::is_unwanted(tx, message).await? {
        return Ok(Some(Event::Suppress));
    }
    let awake = if message.kind.respects_quiet_hours() { quiet::allowed_from(town, now) } else { now };
    let room = room_at_number(tx, town, message, now).await?;
    let allowed = awake.max(room);
    if allowed >= message.expires_at {
        return Ok(Some(Event::Expire));
    }
    if allowed > now {
        message.not_before = allowed;
        message.enqueued_at = None;
        return Ok(Some(Event::Postpone));
    }
    Ok(None)
}

/// From when on the number may get this one, after those it got. Others to the same number wait until this is written.
async fn room_at_number(
    tx: &Tx,
    town: &Town,
    message: &mut Message,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StoreError> {
    if message.channel != ChannelKind::Sms || !frequency::is_limited(message.kind) {
        return Ok(now);
    }
    inbox::lock_number(tx, &message.recipient_hash).await?;
    let sent = store::messaging::sent_to(tx, message, now - Duration::days(1)).await?;
    let settings = &town.settings;
    let most = Frequency {
        per_hour: usize::from(settings.sms_per_number_hour),
        per_day: usize::from(settings.sms_per_number_day),
    };
    let allowed = frequency::allowed_from(message.kind, &sent, most, now);
    if allowed > now {
        message.error_code = Some(TOO_MANY.to_owned());
    }
    Ok(allowed)
}

/// Whether what it says is no longer so: the booking changed, the ticket moved on.
async fn is_superseded(tx: &Tx, message: &Message) -> Result<bool, StoreError> {
    let speaks_of_booking =
        message.kind.needs_live_booking() || message.kind == Kind::BookingCancelledByOffice;
    let booking = match message.booking.filter(|_| speaks_of_booking) {
        Some((booking, rev)) => Some((rev, store::messaging::booking_now(tx, booking).await?)),
        None => None,
    };
    let visit = match message.visit.filter(|_| message.kind.lane() == Lane::Calls) {
        Some(visit) => Some(store::messaging::visit_now(tx, visit).await?),
        None => None,
    };
    let standing = Standing {
        booking: booking
            .as_ref()
            .map(|(rev, now)| (*rev, now.as_ref().map(|(state, rev)| (state.as_str(), *rev)))),
        visit: visit.as_ref().map(|state| state.as_deref()),
    };
    Ok(standing.is_overtaken(message.kind))
}

/// Writes the claim and the attempt, where somebody carries the message now. A text that cannot be made fails here and now, so
/// that it blocks nobody.
async fn begin(
    app: &App,
    tx: &Tx,
    town: &Town,
    message: &mut Message,
    (providers, hold): (&Providers<'_>, Duration),
    now: DateTime<Utc>,
) -> Result<Option<Claimed>, StoreError> {
    let no = message.attempts + 1;
    let Some(outgoing) = compose::dispatch(app, tx, town, (message, no), now).await? else {
        tracing::error!(message.id = %message.id, message.kind = message.kind.as_str(), "no text can be made of this message");
        message.attempts = no;
        message.error_class = Some(ErrorClass::Render);
        step(message, Event::Claim, now);
        step(message, Event::Fail, now);
        return Ok(None);
    };
    message.enqueued_at = None;
    let (provider, probe, elsewhere) = match routing::route(app, tx, message, &outgoing, providers).await? {
        Route::By { provider, probe, elsewhere } => (provider, probe, elsewhere),
        Route::Later(at) => {
            // No attempt is counted: nobody was asked.
            message.not_before = at;
            step(message, Event::Postpone, now);
            return Ok(None);
        }
    };
    if let Dispatch::Sms(sms) = &outgoing {
        // Last, so that others wait for the row of the day as short as possible.
        if !budget::pay(app, tx, town, message.kind, &sms.body, now).await? {
            budget::hold(town, message, now);
            return Ok(None);
        }
        message.sent_at = Some(now);
    }
    step(message, Event::Claim, now);
    let token = app.uuid();
    message.attempts = no;
    message.claim_token = Some(token);
    message.claim_until = Some(now + hold);
    message.provider = Some(provider.clone());
    let attempt = Attempt {
        message: message.id,
        no,
        claim_token: token,
        provider: provider.clone(),
        started_at: now,
        finished_at: None,
        outcome: STARTED.to_owned(),
        http_status: None,
        provider_ref: None,
        error_class: None,
        error_code: None,
        receipt: None,
    };
    attempts::insert(tx, &attempt).await?;
    Ok(Some(Claimed { outgoing, token, kind: message.kind, provider, probe, elsewhere }))
}

/// What came of writing an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The message stands there now.
    At(State),
    /// The claim was no longer ours; only the attempt was noted.
    Fenced,
}

/// Which attempt an outcome is about, and the proof that it was ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) message: MessageId,
    pub(crate) attempt: i32,
    pub(crate) token: Uuid,
}

/// Writes what became of an attempt and decides what follows.
///
/// # Errors
/// When the database fails; the caller tries again, for the provider's answer is lost otherwise.
pub async fn finish(app: &App, claimed: &Claimed, outcome: &SendOutcome) -> Result<Finished, StoreError> {
    let sent = Sent {
        message: claimed.outgoing.message(),
        attempt: claimed.outgoing.attempt(),
        token: claimed.token,
    };
    write_outcome(app, sent, Some(claimed), outcome).await
}

/// Writes an acceptance that could not be written when it was heard.
pub(crate) async fn finish_accepted(
    app: &App,
    sent: Sent,
    reference: String,
    segments: Option<i32>,
) -> Result<Finished, StoreError> {
    write_outcome(app, sent, None, &SendOutcome::Accepted { reference, segments }).await
}

/// Without the claim where that has gone with its process: then there is only an acceptance to write.
async fn write_outcome(
    app: &App,
    sent: Sent,
    claimed: Option<&Claimed>,
    outcome: &SendOutcome,
) -> Result<Finished, StoreError> {
    let now = app.clock.now();
    let id = sent.message;
    let tx = app.db.write().await?;
    let Some(mut message) = store::messaging::lock(&tx, id).await? else { return Ok(Finished::Fenced) };
    let class = outcome.class();
    let mut lost = false;
    if let Some(mut attempt) = attempts::get(&tx, id, sent.attempt).await? {
        lost = matches!(attempt.receipt, Some(Receipt::Undelivered | Receipt::Failed));
        attempt.finished_at = Some(now);
        attempt.outcome = outcome.word().to_owned();
        attempt.http_status = outcome.http_status().map(i32::from);
        attempt.error_class = class;
        attempt.error_code = outcome.code();
        if let SendOutcome::Accepted { reference, .. } = outcome {
            attempt.provider_ref = Some(reference.clone());
        }
        attempts::save(&tx, &attempt).await?;
    }
    let ours = message.claim_token == Some(sent.token) && message.attempts == sent.attempt;
    // An acceptance counts even when the claim ran out meanwhile: it is the truth about the phone, and makes another
    // attempt needless.
    let waits = matches!(message.state, State::Uncertain | State::Queued | State::Enqueued);
    let accepted_late = matches!(outcome, SendOutcome::Accepted { .. }) && waits && !lost;
    if !ours && !accepted_late {
        tx.commit().await?;
        tracing::warn!(message.id = %id, attempt = sent.attempt, "the claim was no longer ours");
        return Ok(Finished::Fenced);
    }
    match outcome {
        SendOutcome::Accepted { reference, segments } => {
            accept(&mut message, reference, now);
            message.segments = segments.or(message.segments);
        }
        SendOutcome::Throttled { .. }
        | SendOutcome::NotSent { .. }
        | SendOutcome::Refused { .. }
        | SendOutcome::Ambiguous { .. }
        | SendOutcome::Config { .. } => {
            let class = class.unwrap_or(ErrorClass::Ambiguous);
            let retry_after = match outcome {
                SendOutcome::Throttled { after, .. } => {
                    after.and_then(|after| Duration::from_std(after).ok())
                }
                _ => None,
            };
            message.error_code = outcome.code();
            if let (Some(Claimed { outgoing: Dispatch::Sms(sms), .. }), true) =
                (claimed, outcome.is_surely_not_sent())
            {
                message.sent_at = None;
                budget::give_back(&tx, message.town, sms).await?;
            }
            fail(app, &tx, &mut message, class, retry_after, now).await?;
            let left_alone = match class {
                ErrorClass::Throttled if message.channel == ChannelKind::Sms => {
                    routing::slow_down(&tx, &message, retry_after, now).await?
                }
                _ => class == ErrorClass::Configuration,
            };
            let elsewhere = claimed.is_some_and(|claimed| claimed.elsewhere);
            let another = elsewhere && left_alone && message.state == State::Queued;
            if another {
                // It was surely not sent, and this provider is left alone meanwhile.
                message.not_before = message.not_before.min(now + ELSEWHERE);
            }
        }
    }
    if let Some(Claimed { outgoing: Dispatch::Push(push), .. }) = claimed {
        push::learn(app, &tx, &push.subscription.endpoint, outcome).await?;
    }
    store::messaging::save(&tx, &message).await?;
    push::stand_in_now(app, &tx, &message).await?;
    tx.commit().await?;
    super::watched(app, message.town);
    Ok(Finished::At(message.state))
}

/// The provider took it. A report may have overtaken this; then only the reference is news.
pub(super) fn accept(message: &mut Message, reference: &str, now: DateTime<Utc>) {
    // One that waits was already to be sent again.
    let waits = matches!(message.state, State::Queued | State::Enqueued);
    step(message, if waits { Event::Receipt(Receipt::Accepted) } else { Event::Accept }, now);
    message.provider_ref = Some(reference.to_owned());
    message.accepted_at.get_or_insert(now);
    message.claim_token = None;
    message.claim_until = None;
    if !matches!(message.state, State::Undelivered | State::Failed) {
        message.error_class = None;
        message.error_code = None;
    }
}

/// What follows a failed attempt.
pub(super) async fn fail(
    app: &App,
    tx: &Tx,
    message: &mut Message,
    class: ErrorClass,
    retry_after: Option<Duration>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let count = attempts::failed_so(tx, message.id, class).await?;
    let jitter = Jitter::from_random(u32::from_le_bytes(app.rng.bytes()));
    // A second SMS reaches the phone: what may have been sent is looked into first.
    let failure = Failure { class, count, retry_after, repeatable: message.channel.is_repeatable() };
    let next = after_failure(failure, jitter, now, message.expires_at);
    message.error_class = Some(class);
    message.claim_token = None;
    message.claim_until = None;
    let event = match next {
        Next::RetryAt(at) => {
            message.not_before = at;
            if message.state == State::Sending { Event::Postpone } else { Event::Retry }
        }
        Next::FindOut => {
            message.claim_until = Some(now + FIRST_LOOK);
            Event::LoseTrack
        }
        Next::Fail | Next::FailRecipient => Event::Fail,
        Next::Suppress => {
            let to = (message.channel, message.recipient_hash.as_slice());
            inbox::suppress(tx, message.town, to, "provider", now).await?;
            Event::Suppress
        }
        Next::Expire => Event::Expire,
    };
    step(message, event, now);
    Ok(())
}

/// Moves a message, if the machine allows it; says whether it did.
pub(super) fn step(message: &mut Message, event: Event, now: DateTime<Utc>) -> bool {
    match transition(message.state, event) {
        Ok(to) => {
            message.state = to;
            message.final_at = to.is_final().then_some(message.final_at.unwrap_or(now));
            true
        }
        Err(refused) => {
            tracing::debug!(message.id = %message.id, %refused, ?event, "step not taken");
            false
        }
    }
}

//! What became of attempts: written for all that ended at the same moment in one transaction, and what follows is decided.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use domain::ids::{MessageId, TownId};
use domain::messaging::ChannelKind;
use domain::messaging::attempt::{Dispatch, SendOutcome};
use domain::messaging::delivery::{Event, Receipt, State};
use domain::messaging::failure::{ErrorClass, Failure, Jitter, Next, after_failure};
use store::messaging::attempts::Attempt;
use store::messaging::{Message, attempts, inbox, many};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::claiming::Claimed;
use super::{budget, push, routing, step};
use crate::app::App;

/// How soon an uncertain message is looked into for the first time.
pub(super) const FIRST_LOOK: Duration = Duration::seconds(15);

/// How soon a message goes to another provider when one surely did not take it.
const ELSEWHERE: Duration = Duration::seconds(1);

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

/// An attempt that ended.
#[derive(Clone, Copy)]
struct Ended<'e> {
    sent: Sent,
    /// Gone with its process: then there is only an acceptance to write.
    claimed: Option<&'e Claimed>,
    outcome: &'e SendOutcome,
}

/// Writes what became of an attempt and decides what follows.
///
/// # Errors
/// When the database fails; the caller tries again, for the provider's answer is lost otherwise.
pub async fn finish(app: &App, claimed: &Claimed, outcome: &SendOutcome) -> Result<Finished, StoreError> {
    let finished = finish_all(app, &[(claimed, outcome)]).await?;
    Ok(finished.first().copied().unwrap_or(Finished::Fenced))
}

/// Writes what became of attempts and decides what follows; gives what came of each, in their order.
///
/// # Errors
/// When the database fails; the caller tries again, for the providers' answers are lost otherwise.
pub async fn finish_all(app: &App, ended: &[(&Claimed, &SendOutcome)]) -> Result<Vec<Finished>, StoreError> {
    let ended = ended.iter().map(|(claimed, outcome)| {
        let outgoing = &claimed.outgoing;
        let sent = Sent { message: outgoing.message(), attempt: outgoing.attempt(), token: claimed.token };
        Ended { sent, claimed: Some(claimed), outcome }
    });
    write(app, &ended.collect::<Vec<_>>()).await
}

/// Writes an acceptance that could not be written when it was heard.
pub(crate) async fn finish_accepted(
    app: &App,
    sent: Sent,
    reference: String,
    segments: Option<i32>,
) -> Result<Finished, StoreError> {
    let outcome = SendOutcome::Accepted { reference, segments };
    let finished = write(app, &[Ended { sent, claimed: None, outcome: &outcome }]).await?;
    Ok(finished.first().copied().unwrap_or(Finished::Fenced))
}

async fn write(app: &App, ended: &[Ended<'_>]) -> Result<Vec<Finished>, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let ids: Vec<MessageId> = ended.iter().map(|one| one.sent.message).collect();
    let locked = many::lock(&tx, &ids).await?;
    let mut messages: HashMap<MessageId, Message> =
        locked.into_iter().map(|message| (message.id, message)).collect();
    let lost = note(&tx, ended, &mut messages, now).await?;
    let mut finished = Vec::with_capacity(ended.len());
    let mut changed: BTreeSet<MessageId> = BTreeSet::new();
    for one in ended {
        let Some(message) = messages.get_mut(&one.sent.message) else {
            finished.push(Finished::Fenced);
            continue;
        };
        finished.push(conclude(app, &tx, one, (message, &lost), now).await?);
        changed.insert(message.id);
    }
    let changed: Vec<&Message> = changed.iter().filter_map(|id| messages.get(id)).collect();
    many::save(&tx, &changed).await?;
    for message in &changed {
        push::stand_in_now(app, &tx, message).await?;
    }
    let towns: BTreeSet<TownId> = changed.iter().map(|message| message.town).collect();
    tx.commit().await?;
    towns.into_iter().for_each(|town| super::watched(app, town));
    Ok(finished)
}

/// Notes in the attempts how they ended, and what they cost by that; gives those whose message was reported lost already.
async fn note(
    tx: &Tx,
    ended: &[Ended<'_>],
    messages: &mut HashMap<MessageId, Message>,
    now: DateTime<Utc>,
) -> Result<BTreeSet<(MessageId, i32)>, StoreError> {
    let ids: Vec<MessageId> = ended.iter().map(|one| one.sent.message).collect();
    let mut kept = attempts::of_messages(tx, &ids).await?;
    let mut lost = BTreeSet::new();
    let mut noted: Vec<Attempt> = Vec::with_capacity(ended.len());
    for Ended { sent, outcome, .. } in ended {
        let of_message = kept.get_mut(&sent.message).into_iter().flatten();
        let Some(attempt) = of_message.into_iter().find(|attempt| attempt.no == sent.attempt) else {
            continue;
        };
        if matches!(attempt.receipt, Some(Receipt::Undelivered | Receipt::Failed)) {
            lost.insert((sent.message, sent.attempt));
        }
        let paid = attempt.paid();
        attempt.finished_at = Some(now);
        attempt.outcome = outcome.word().to_owned();
        attempt.http_status = outcome.http_status().map(i32::from);
        attempt.error_class = outcome.class();
        attempt.error_code = outcome.code();
        if let SendOutcome::Accepted { reference, segments } = outcome {
            attempt.provider_ref = Some(reference.clone());
            attempt.segments = segments.unwrap_or(attempt.segments);
        }
        if let Some(message) = messages.get_mut(&sent.message) {
            budget::settle(tx, message, attempt, paid).await?;
        }
        noted.push(attempt.clone());
    }
    attempts::save_many(tx, &noted.iter().collect::<Vec<_>>()).await?;
    Ok(lost)
}

/// What an outcome means for its message.
async fn conclude(
    app: &App,
    tx: &Tx,
    Ended { sent, claimed, outcome }: &Ended<'_>,
    (message, lost): (&mut Message, &BTreeSet<(MessageId, i32)>),
    now: DateTime<Utc>,
) -> Result<Finished, StoreError> {
    let ours = message.claim_token == Some(sent.token) && message.attempts == sent.attempt;
    // An acceptance counts even when the claim ran out meanwhile: it is the truth about the phone, and makes another
    // attempt needless.
    let waits = matches!(message.state, State::Uncertain | State::Queued | State::Enqueued);
    let lost = lost.contains(&(sent.message, sent.attempt));
    let accepted_late = matches!(outcome, SendOutcome::Accepted { .. }) && waits && !lost;
    if !ours && !accepted_late {
        tracing::warn!(message.id = %message.id, attempt = sent.attempt, "the claim was no longer ours");
        return Ok(Finished::Fenced);
    }
    match outcome {
        SendOutcome::Accepted { reference, .. } => accept(message, reference, now),
        SendOutcome::Throttled { .. }
        | SendOutcome::NotSent { .. }
        | SendOutcome::Refused { .. }
        | SendOutcome::Ambiguous { .. }
        | SendOutcome::Config { .. } => refused(app, tx, message, (*claimed, outcome), now).await?,
    }
    if let Some(Claimed { outgoing: Dispatch::Push(push), .. }) = claimed {
        push::learn(app, tx, &push.subscription.endpoint, outcome).await?;
    }
    Ok(Finished::At(message.state))
}

/// It was not taken, or nobody knows.
async fn refused(
    app: &App,
    tx: &Tx,
    message: &mut Message,
    (claimed, outcome): (Option<&Claimed>, &SendOutcome),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let class = outcome.class().unwrap_or(ErrorClass::Ambiguous);
    let retry_after = match outcome {
        SendOutcome::Throttled { after, .. } => after.and_then(|after| Duration::from_std(after).ok()),
        _ => None,
    };
    message.error_code = outcome.code();
    if outcome.is_surely_not_sent() {
        message.sent_at = None;
    }
    let left_alone = match class {
        ErrorClass::Throttled if message.channel == ChannelKind::Sms => {
            routing::slow_down(tx, message, retry_after, now).await?
        }
        _ => class == ErrorClass::Configuration,
    };
    // It was surely not sent, and this provider is left alone meanwhile.
    let elsewhere = claimed.is_some_and(|claimed| claimed.elsewhere) && left_alone;
    let waits = Waits { retry_after, elsewhere: elsewhere.then_some(ELSEWHERE) };
    fail(app, tx, message, class, waits, now).await
}

/// What the wait after a failed attempt depends on besides its class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    /// What the provider asked for.
    pub retry_after: Option<Duration>,
    /// How soon another provider may try.
    pub elsewhere: Option<Duration>,
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
    Waits { retry_after, elsewhere }: Waits,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let count = attempts::failed_so(tx, message.id, class).await?;
    let jitter = Jitter::from_random(u32::from_le_bytes(app.rng.bytes()));
    // A second SMS reaches the phone: what may have been sent is looked into first.
    let repeatable = message.channel.is_repeatable();
    let failure = Failure { class, count, retry_after, elsewhere, repeatable };
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

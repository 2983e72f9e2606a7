//! What heals alone: lost hints, claims that ran out, messages of which nobody knows whether they were sent.

use chrono::{DateTime, Duration, Utc};
use domain::ids::MessageId;
use domain::messaging::Recipient;
use domain::messaging::attempt::{Listed, Lookup, Outgoing};
use domain::messaging::delivery::{Event, Receipt, State};
use domain::messaging::failure::ErrorClass;
use domain::messaging::notification::IfUnknown;
use store::messaging::attempts::{self, Attempt, NOT_LISTED, STARTED, UNKNOWN};
use store::messaging::{Message, inbox, relay as rows};
use store::{StoreError, Tx};

use super::outcomes::{FIRST_LOOK, accept};
use super::step;
use super::{budget, push, texts};
use crate::app::App;

/// The moments after the attempt at which the provider's list is asked; after the last one we decide.
const LOOKS: [Duration; 4] =
    [FIRST_LOOK, Duration::seconds(45), Duration::seconds(120), Duration::seconds(300)];

/// How often a message is sent again that nobody can say anything about: one may come twice, three would annoy.
const RESENDS: u64 = 1;
/// The same where the provider's own list shows after five minutes that it never had the message: then a second copy is
/// unlikely, and of many messages to a provider that fails one call in twenty, some fail twice.
const RESENDS_IF_NOT_LISTED: u64 = 4;

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Hints nobody picked up.
    pub lost_hints: u64,
    /// Claims that ran out.
    pub broken_claims: u64,
    /// Messages whose time was over while they waited.
    pub expired: u64,
}

/// Makes messages due again whose hint was lost, uncertain whose worker went away in the middle, and expired whose time was over
/// while nobody could take them.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App, hint_lost_after: Duration) -> Result<Swept, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let lost_hints = rows::requeue_lost_hints(&tx, now - hint_lost_after).await?;
    let expired = rows::expire_overdue(&tx, now).await?;
    store::messaging::budget::release(&tx, None, now).await?;
    tx.commit().await?;
    let mut broken_claims = 0;
    for id in rows::past_their_time(&app.db, State::Sending, now, 500).await? {
        broken_claims += u64::from(lose_track(app, id).await?);
    }
    Ok(Swept { lost_hints, broken_claims, expired })
}

async fn lose_track(app: &App, id: MessageId) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let Some(mut message) = store::messaging::lock(&tx, id).await? else { return Ok(false) };
    if message.state != State::Sending || message.claim_until.is_none_or(|until| until > now) {
        return Ok(false);
    }
    step(&mut message, Event::LoseTrack, now);
    message.error_class = Some(ErrorClass::Ambiguous);
    message.claim_token = None;
    message.claim_until = Some(now);
    if message.channel.is_repeatable() {
        // There is nothing to find out: a second copy replaces the first.
        message.claim_until = None;
        let event = if now < message.expires_at { Event::Resend } else { Event::Expire };
        step(&mut message, event, now);
    }
    store::messaging::save(&tx, &message).await?;
    push::stand_in_now(app, &tx, &message).await?;
    tx.commit().await?;
    super::watched(app, message.town);
    Ok(true)
}

/// An uncertain message whose time to look has come, as it was sent.
#[derive(Clone, Debug)]
pub struct Uncertain {
    /// As it was sent; its `at` is when the attempt began.
    pub outgoing: Outgoing,
    /// Which provider was asked.
    pub provider: String,
}

/// The uncertain messages whose time to look has come.
///
/// # Errors
/// When the database fails.
pub async fn uncertain(app: &App, limit: u64) -> Result<Vec<Uncertain>, StoreError> {
    let now = app.clock.now();
    let mut found = Vec::new();
    for id in rows::past_their_time(&app.db, State::Uncertain, now, limit).await? {
        let Some(message) = store::messaging::get(&app.db, id).await? else { continue };
        let attempt = attempts::get(&app.db, id, message.attempts).await?;
        let content = store::messaging::content(&app.db, id).await?;
        let (Some(attempt), Some(content)) = (attempt, content) else { continue };
        // What replaces its first copy is sent again and never uncertain.
        let Recipient::Phone(to) = content.to else { continue };
        let outgoing = Outgoing {
            message: id,
            attempt: attempt.no,
            to,
            body: texts::sms(&app.db, message.text, &content.notification, message.language, id).await?,
            validity: std::time::Duration::ZERO,
            at: attempt.started_at,
        };
        found.push(Uncertain { outgoing, provider: attempt.provider });
    }
    Ok(found)
}

/// Decides about an uncertain message by what the provider's list says.
///
/// # Errors
/// When the database fails.
pub async fn resolve(app: &App, uncertain: &Uncertain, lookup: &Lookup) -> Result<State, StoreError> {
    let now = app.clock.now();
    let id = uncertain.outgoing.message;
    let tx = app.db.write().await?;
    let Some(mut message) = store::messaging::lock(&tx, id).await? else { return Ok(State::Failed) };
    let attempt = attempts::get(&tx, id, uncertain.outgoing.attempt).await?;
    let (State::Uncertain, Some(mut attempt)) = (message.state, attempt) else { return Ok(message.state) };
    if attempt.no != message.attempts {
        return Ok(message.state);
    }
    let paid = attempt.paid();
    let lookup = theirs_left_out(&tx, &uncertain.provider, id, lookup).await?;
    match lookup {
        Lookup::Found(found) => {
            for Listed { reference, receipt } in found.into_iter().take(1) {
                accept(&mut message, &reference, now);
                if let Some(receipt @ (Receipt::Sent | Receipt::Delivered)) = receipt {
                    step(&mut message, Event::Receipt(receipt), now);
                }
                attempt.provider_ref = Some(reference);
                close(&mut attempt, "accepted", now);
            }
        }
        Lookup::Failed if now < message.expires_at => message.claim_until = Some(now + FIRST_LOOK),
        ref nothing @ (Lookup::NotFound | Lookup::Unknown | Lookup::Failed) => match next_look(&attempt, now)
        {
            Some(at) => message.claim_until = Some(at),
            None => {
                let (most, outcome) = match nothing {
                    Lookup::NotFound => (RESENDS_IF_NOT_LISTED, NOT_LISTED),
                    Lookup::Unknown | Lookup::Failed | Lookup::Found(_) => (RESENDS, UNKNOWN),
                };
                let spent = attempts::unknown(&tx, id).await? >= most;
                close(&mut attempt, outcome, now);
                if outcome == NOT_LISTED {
                    message.sent_at = None;
                }
                give_up_or_resend(&mut message, spent, now);
            }
        },
    }
    budget::settle(&tx, &mut message, &attempt, paid).await?;
    attempts::save(&tx, &attempt).await?;
    store::messaging::save(&tx, &message).await?;
    tx.commit().await?;
    super::watched(app, message.town);
    Ok(message.state)
}

/// What was found, without what is known to belong to other messages: two may say the same to the same number.
async fn theirs_left_out(
    tx: &Tx,
    provider: &str,
    id: MessageId,
    lookup: &Lookup,
) -> Result<Lookup, StoreError> {
    let Lookup::Found(found) = lookup else { return Ok(lookup.clone()) };
    for listed in found {
        let owner = inbox::attempt_of(tx, provider, &listed.reference).await?;
        if owner.is_none_or(|(message, _)| message == id) {
            return Ok(Lookup::Found(vec![listed.clone()]));
        }
    }
    Ok(Lookup::NotFound)
}

fn close(attempt: &mut Attempt, outcome: &str, now: DateTime<Utc>) {
    attempt.outcome = outcome.to_owned();
    attempt.finished_at.get_or_insert(now);
    debug_assert_ne!(attempt.outcome, STARTED);
}

fn next_look(attempt: &Attempt, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    LOOKS.into_iter().map(|after| attempt.started_at + after).find(|at| *at > now)
}

/// The policy for a message of which nobody will ever know.
fn give_up_or_resend(message: &mut Message, spent: bool, now: DateTime<Utc>) {
    let again = !spent
        && match message.kind.if_unknown() {
            IfUnknown::GiveUp => false,
            IfUnknown::Resend => true,
            IfUnknown::ResendWithin(limit) => now - message.created_at < limit,
        };
    message.claim_until = None;
    let event = match (again, now < message.expires_at) {
        (true, true) => Event::Resend,
        (true, false) => Event::Expire,
        (false, _) => Event::Fail,
    };
    message.not_before = now.max(message.not_before);
    step(message, event, now);
}

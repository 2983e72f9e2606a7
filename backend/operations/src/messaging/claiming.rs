//! Taking messages to send them: all that are asked for at the same moment in one transaction, since each needs the rows of
//! the provider's bucket and of the day's budget, and who comes alone would make the others wait for the disk.

mod facts;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::ids::MessageId;
use domain::messaging::Kind;
use domain::messaging::attempt::{Dispatch, Outgoing};
use domain::messaging::delivery::{Event, State};
use domain::messaging::failure::ErrorClass;
use domain::messaging::sms_encoding::measure;
use store::messaging::attempts::{self, Attempt, STARTED};
use store::messaging::{Content, Message, many};
use store::{StoreError, Tx};
use uuid::Uuid;

pub(super) use facts::Facts;

use super::budget::{self, Purses};
use super::routing::{Buckets, Providers, Route};
use super::{compose, push, quiet, step};
use crate::app::App;

/// How soon an answer that let an earlier one go first is looked at again.
const NEXT_IN_LINE: Duration = Duration::milliseconds(300);

/// The code of a message that waits because its number got enough.
pub const TOO_MANY: &str = "number_limit";

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
    pub(super) elsewhere: bool,
}

/// Takes a message to send it; `None` when there is nothing to send (any more): the job is done.
///
/// # Errors
/// When the database fails; nothing was taken then.
pub async fn claim<'a>(
    app: &App,
    id: MessageId,
    providers: impl Into<Providers<'a>>,
    hold: Duration,
) -> Result<Option<Claimed>, StoreError> {
    Ok(claim_all(app, &[id], providers, hold).await?.pop().flatten())
}

/// Takes messages to send them: checks that each is still wanted, writes the attempts, commits. Gives for each what is to be
/// sent, in their order; for one that came twice the first time only.
///
/// # Errors
/// When the database fails; nothing was taken then.
pub async fn claim_all<'a>(
    app: &App,
    ids: &[MessageId],
    providers: impl Into<Providers<'a>>,
    hold: Duration,
) -> Result<Vec<Option<Claimed>>, StoreError> {
    let mut providers: Providers<'a> = providers.into();
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let mut messages = many::lock_with_content(&tx, ids).await?;
    messages.retain(|(message, _)| {
        matches!(message.state, State::Queued | State::Enqueued) && message.not_before <= now
    });
    if messages.is_empty() {
        return Ok(vec![None; ids.len()]);
    }
    // The last look: somebody may have stopped it since the worker read what is set.
    providers.switches = Arc::new(providers.switches.looked_at_again(&tx).await?);
    let facts = Facts::read(&tx, &messages, now).await?;
    let mut group = Group { app, tx: &tx, facts, now, hold, done: Vec::new() };
    let ready = group.worth_sending(messages, &providers).await?;
    let (mut claimed, attempts) = group.begin(ready, providers).await?;
    let done = group.done;
    attempts::insert(&tx, &attempts).await?;
    many::save(&tx, &done.iter().collect::<Vec<_>>()).await?;
    for message in &done {
        push::stand_in_now(app, &tx, message).await?;
    }
    tx.commit().await?;
    Ok(ids.iter().map(|id| claimed.remove(id)).collect())
}

/// Messages that are claimed together.
struct Group<'t> {
    app: &'t App,
    tx: &'t Tx,
    facts: Facts,
    now: DateTime<Utc>,
    hold: Duration,
    /// Those that are decided on, to be written.
    done: Vec<Message>,
}

impl Group<'_> {
    /// Those that are still wanted, each with what goes to its channel. A text that cannot be made fails here and now, so that
    /// it blocks nobody.
    async fn worth_sending(
        &mut self,
        messages: Vec<(Message, Option<Content>)>,
        providers: &Providers<'_>,
    ) -> Result<Vec<(Message, Dispatch)>, StoreError> {
        let now = self.now;
        let mut ready = Vec::with_capacity(messages.len());
        for (mut message, content) in messages {
            if let Some(event) = self.objection(&message, content.as_ref()) {
                step(&mut message, event, now);
            } else if providers.switches.stop(message.town, message.channel, message.kind) {
                // It stays as due as it was; the relay leaves it there.
                message.enqueued_at = None;
                step(&mut message, Event::Postpone, now);
            } else if self.facts.is_behind_another(&message) {
                message.enqueued_at = None;
                message.not_before = now + NEXT_IN_LINE;
                step(&mut message, Event::Postpone, now);
            } else if let Some(outgoing) =
                compose::dispatch(self.app, self.tx, &self.facts, (&message, content), now).await?
            {
                ready.push((message, outgoing));
                continue;
            } else {
                tracing::error!(message.id = %message.id, message.kind = message.kind.as_str(), "no text can be made of this message");
                message.attempts += 1;
                message.error_class = Some(ErrorClass::Render);
                step(&mut message, Event::Claim, now);
                step(&mut message, Event::Fail, now);
            }
            self.done.push(message);
        }
        Ok(ready)
    }

    /// Why a message is not sent at all, if so.
    fn objection(&self, message: &Message, content: Option<&Content>) -> Option<Event> {
        if self.now >= message.expires_at {
            return Some(Event::Expire);
        }
        if self.facts.is_superseded(message) || self.facts.is_answered_since(message) {
            return Some(Event::Supersede);
        }
        self.facts.is_unwanted(message, content).then_some(Event::Suppress)
    }

    /// Begins an attempt for each that somebody carries now; the rows all workers share are locked here, and last.
    async fn begin(
        &mut self,
        mut ready: Vec<(Message, Dispatch)>,
        mut providers: Providers<'_>,
    ) -> Result<(HashMap<MessageId, Claimed>, Vec<Attempt>), StoreError> {
        let paid = || ready.iter().filter(|(_, outgoing)| matches!(outgoing, Dispatch::Sms(_)));
        let mut buckets = Buckets::lock(self.tx, &providers, paid().count(), self.now).await?;
        let towns: Result<Vec<_>, _> = paid().map(|(message, _)| self.facts.town(message)).collect();
        let mut purses = Purses::open(self.tx, towns?.into_iter(), self.now).await?;
        let (mut claimed, mut attempts) = (HashMap::new(), Vec::new());
        ready.sort_by_key(|(message, _)| (message.priority, message.not_before));
        for (mut message, outgoing) in ready {
            let route = self.route(&mut message, &outgoing, (&mut buckets, &mut purses), &mut providers)?;
            if let Some(taken) = route {
                let (taken, attempt) = self.attempt(&mut message, outgoing, taken);
                claimed.insert(message.id, taken);
                attempts.push(attempt);
            }
            self.done.push(message);
        }
        buckets.save(self.tx).await?;
        purses.close(self.app, self.tx).await?;
        Ok((claimed, attempts))
    }

    /// By whom a message goes now; `None` when it has to wait: for the morning, for its number, its provider or the money.
    fn route(
        &mut self,
        message: &mut Message,
        outgoing: &Dispatch,
        (buckets, purses): (&mut Buckets, &mut Purses),
        providers: &mut Providers<'_>,
    ) -> Result<Option<Taken>, StoreError> {
        let now = self.now;
        let town = self.facts.town(message)?;
        let awake = if message.kind.respects_quiet_hours() { quiet::allowed_from(town, now) } else { now };
        let room = self.facts.room_at_number(town, message, now);
        if room > now {
            message.error_code = Some(TOO_MANY.to_owned());
        }
        let from = awake.max(room);
        if from >= message.expires_at {
            step(message, Event::Expire, now);
            return Ok(None);
        }
        let attempts = self.facts.attempts(message.id);
        let route = if from > now {
            Route::Later(from)
        } else {
            buckets.route(self.app, message, outgoing, (attempts, providers), now)
        };
        message.enqueued_at = None;
        let taken = match route {
            Route::By { provider, probe, elsewhere } => Taken { provider, probe, elsewhere },
            Route::Later(at) => {
                // No attempt is counted: nobody was asked.
                message.not_before = at;
                step(message, Event::Postpone, now);
                return Ok(None);
            }
        };
        if let Dispatch::Sms(sms) = outgoing {
            if !purses.pay(message.town, message.kind, parts_of(sms)) {
                budget::hold(town, message, now);
                return Ok(None);
            }
            message.sent_at = Some(now);
            self.facts.leaves(message, now);
        }
        Ok(Some(taken))
    }

    /// The claim, and the attempt that is written before anybody is asked.
    fn attempt(&self, message: &mut Message, outgoing: Dispatch, taken: Taken) -> (Claimed, Attempt) {
        let Taken { provider, probe, elsewhere } = taken;
        step(message, Event::Claim, self.now);
        let token = self.app.uuid();
        message.attempts += 1;
        message.claim_token = Some(token);
        message.claim_until = Some(self.now + self.hold);
        message.provider = Some(provider.clone());
        let segments = match &outgoing {
            Dispatch::Sms(sms) => i32::try_from(parts_of(sms)).unwrap_or(i32::MAX),
            Dispatch::Email(_) | Dispatch::Push(_) => 0,
        };
        if segments > 0 {
            message.segments = Some(message.segments.unwrap_or(0).saturating_add(segments));
        }
        let attempt = Attempt {
            message: message.id,
            no: message.attempts,
            claim_token: token,
            provider: provider.clone(),
            started_at: self.now,
            finished_at: None,
            outcome: STARTED.to_owned(),
            http_status: None,
            provider_ref: None,
            error_class: None,
            error_code: None,
            receipt: None,
            segments,
        };
        (Claimed { outgoing, token, kind: message.kind, provider, probe, elsewhere }, attempt)
    }
}

/// The parts of a text, each of which is paid for.
fn parts_of(sms: &Outgoing) -> u32 {
    measure(&sms.body).segments
}

/// By whom a message goes.
struct Taken {
    provider: String,
    probe: bool,
    elsewhere: bool,
}

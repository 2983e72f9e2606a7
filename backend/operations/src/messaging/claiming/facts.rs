//! What has to be known about messages before they may leave, read for all of them at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use domain::ids::{BookingId, MessageId, SubscriptionId, TownId, VisitId};
use domain::messaging::frequency::{self, Frequency};
use domain::messaging::standing::Standing;
use domain::messaging::{ChannelKind, Kind, Lane, Recipient};
use domain::town::Town;
use store::messaging::attempts::Attempt;
use store::messaging::budget::HELD;
use store::messaging::many::{self, Left, UnderWay};
use store::messaging::subscriptions::{self, Subscription};
use store::messaging::{Content, Message, attempts, texts};
use store::{StoreError, Tx};
use uuid::Uuid;

/// So long an answer lets earlier ones go first; what has not left by then is stuck, and nobody waits for it.
const LONGEST_QUEUE: Duration = Duration::minutes(2);

/// Everything about the messages of a group, but the messages themselves.
pub(in crate::messaging) struct Facts {
    towns: HashMap<TownId, Town>,
    bookings: HashMap<BookingId, (String, i32)>,
    visits: HashMap<VisitId, String>,
    suppressed: HashSet<(TownId, ChannelKind, Vec<u8>)>,
    shown: HashSet<MessageId>,
    left: Vec<Left>,
    attempts: HashMap<MessageId, Vec<Attempt>>,
    browsers: HashMap<SubscriptionId, Subscription>,
    wordings: HashMap<Uuid, String>,
    /// The newest answer owed to each number that has one put aside.
    answers: HashMap<(TownId, Vec<u8>), DateTime<Utc>>,
    /// The answers that have not left yet, and the news that answer as well.
    under_way: Vec<UnderWay>,
}

impl Facts {
    /// Reads them; the numbers of limited messages are locked, so that others to the same ones wait until these are written.
    pub(super) async fn read(
        tx: &Tx,
        messages: &[(Message, Option<Content>)],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let each = || messages.iter().map(|(message, _)| message);
        let numbers: Vec<Vec<u8>> = distinct(
            each().filter(|message| is_limited(message)).map(|message| message.recipient_hash.clone()),
        );
        let recipients = distinct(each().map(|message| message.recipient_hash.clone()));
        let browsers = distinct(messages.iter().filter_map(|(_, content)| browser_of(content.as_ref()?)));
        let held = each().filter(|message| was_held(message));
        let held = distinct(held.map(|message| (message.town, message.recipient_hash.clone())));
        let answered = each().filter(|message| message.kind == Kind::InboundReply);
        let answered = distinct(answered.map(|message| (message.town, message.recipient_hash.clone())));
        many::lock_numbers(tx, &numbers).await?;
        let mut under_way =
            many::news_under_way(tx, &answered, (now - LONGEST_QUEUE, now + Duration::seconds(1))).await?;
        if each().any(is_of_dialogue) {
            under_way.extend(many::answers_under_way(tx, now - LONGEST_QUEUE).await?);
        }
        Ok(Self {
            towns: store::town::towns(tx, &distinct(each().map(|message| message.town))).await?,
            bookings: many::bookings(tx, &distinct(each().filter_map(speaks_of_booking))).await?,
            visits: many::visits(tx, &distinct(each().filter_map(speaks_of_visit))).await?,
            suppressed: many::suppressed(tx, &recipients).await?,
            shown: many::shown(tx, &distinct(each().filter_map(stands_in_for))).await?,
            left: many::left_since(tx, &numbers, now - Duration::days(1)).await?,
            attempts: attempts::of_messages(
                tx,
                &distinct(each().filter(|message| message.attempts > 0).map(|message| message.id)),
            )
            .await?,
            browsers: subscriptions::get_many(tx, &browsers).await?,
            wordings: texts::templates(tx, &distinct(each().filter_map(|message| message.text))).await?,
            answers: many::newest_answers(tx, &held).await?,
            under_way,
        })
    }

    /// The town that owes a message.
    pub(in crate::messaging) fn town(&self, message: &Message) -> Result<&Town, StoreError> {
        self.towns.get(&message.town).ok_or(StoreError::Corrupt { column: "message.town_id" })
    }

    /// Whether what it says is no longer so (the booking changed, the ticket moved on), or was shown already.
    pub(super) fn is_superseded(&self, message: &Message) -> bool {
        let booking =
            speaks_of_booking(message).and_then(|id| Some((message.booking?.1, self.bookings.get(&id))));
        let visit = speaks_of_visit(message).map(|id| self.visits.get(&id));
        let standing = Standing {
            booking: booking.map(|(rev, now)| (rev, now.map(|(state, rev)| (state.as_str(), *rev)))),
            visit: visit.map(|state| state.map(String::as_str)),
        };
        standing.is_overtaken(message.kind)
            || stands_in_for(message).is_some_and(|first| self.shown.contains(&first))
    }

    /// Whether it is an answer that was put aside, and whoever waited for it wrote again and was answered since.
    pub(super) fn is_answered_since(&self, message: &Message) -> bool {
        let newest = || self.answers.get(&(message.town, message.recipient_hash.clone()));
        was_held(message) && newest().is_some_and(|newest| *newest > message.created_at)
    }

    /// Whether it has to let an earlier answer to the same number go first: people read them in the order they come.
    pub(super) fn is_behind_another(&self, message: &Message) -> bool {
        let earlier = |other: &UnderWay| {
            other.town == message.town
                && other.recipient_hash == message.recipient_hash
                && other.owed < (message.created_at, message.id)
        };
        is_of_dialogue(message) && self.under_way.iter().any(earlier)
    }

    /// Whether its recipient wants nothing by this channel, or the browser is gone.
    pub(super) fn is_unwanted(&self, message: &Message, content: Option<&Content>) -> bool {
        let suppressed =
            self.suppressed.contains(&(message.town, message.channel, message.recipient_hash.clone()));
        let browser = content.and_then(browser_of);
        (suppressed && !message.kind.ignores_opt_out())
            || browser.is_some_and(|browser| !self.browsers.contains_key(&browser))
    }

    /// From when on the number may get this one, after those it got.
    pub(super) fn room_at_number(&self, town: &Town, message: &Message, now: DateTime<Utc>) -> DateTime<Utc> {
        if !is_limited(message) {
            return now;
        }
        let same = |left: &&Left| {
            left.recipient_hash == message.recipient_hash
                && left.town == message.town
                && left.message != message.id
        };
        let sent: Vec<DateTime<Utc>> = self.left.iter().filter(same).map(|left| left.at).collect();
        let most = Frequency {
            per_hour: usize::from(town.settings.sms_per_number_hour),
            per_day: usize::from(town.settings.sms_per_number_day),
        };
        frequency::allowed_from(message.kind, &sent, most, now)
    }

    /// One of the group leaves now: the others to the same number know of it.
    pub(super) fn leaves(&mut self, message: &Message, now: DateTime<Utc>) {
        if is_limited(message) {
            let recipient_hash = message.recipient_hash.clone();
            let left = Left { message: message.id, town: message.town, recipient_hash, at: now };
            self.left.insert(0, left);
        }
    }

    /// What was tried before.
    pub(in crate::messaging) fn attempts(&self, message: MessageId) -> &[Attempt] {
        self.attempts.get(&message).map(Vec::as_slice).unwrap_or_default()
    }

    /// A browser that is told.
    pub(in crate::messaging) fn browser(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.browsers.get(&id)
    }

    /// The town's own wording that a message was made with.
    pub(in crate::messaging) fn wording(&self, message: &Message) -> Option<&str> {
        let pinned = message.text?;
        let wording = self.wordings.get(&pinned);
        if wording.is_none() {
            tracing::error!(message.id = %message.id, "the wording a message was made with is gone");
        }
        wording.map(String::as_str)
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.collect::<BTreeSet<T>>().into_iter().collect()
}

fn is_limited(message: &Message) -> bool {
    message.channel == ChannelKind::Sms && frequency::is_limited(message.kind)
}

/// Whether it is an answer to an SMS that had to wait for money.
fn was_held(message: &Message) -> bool {
    message.kind == Kind::InboundReply && message.error_code.as_deref() == Some(HELD)
}

/// Whether somebody wrote an SMS and may read this as the answer.
fn is_of_dialogue(message: &Message) -> bool {
    message.channel == ChannelKind::Sms && message.kind.may_answer()
}

fn speaks_of_booking(message: &Message) -> Option<BookingId> {
    let speaks = message.kind.needs_live_booking() || message.kind == Kind::BookingCancelledByOffice;
    message.booking.filter(|_| speaks).map(|(booking, _)| booking)
}

fn speaks_of_visit(message: &Message) -> Option<VisitId> {
    message.visit.filter(|_| message.kind.lane() == Lane::Calls)
}

/// The first of the pushes behind which an SMS waits.
fn stands_in_for(message: &Message) -> Option<MessageId> {
    message.parent.filter(|_| message.channel == ChannelKind::Sms)
}

fn browser_of(content: &Content) -> Option<SubscriptionId> {
    match content.to {
        Recipient::Push(browser) => Some(browser),
        Recipient::Phone(_) | Recipient::Email(_) => None,
    }
}

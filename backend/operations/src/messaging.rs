//! What we owe somebody: a message is written in the transaction of the change it tells of, sent by a worker later.

pub mod budget;
pub mod bulk;
pub mod catch_up;
mod claiming;
mod compose;
pub mod delivery;
pub mod figures;
pub mod forecast;
mod handing_over;
pub mod inbound;
pub mod opt_outs;
mod outcomes;
pub mod providers;
pub mod push;
pub mod queue_depth;
pub(crate) mod quiet;
pub mod receipts;
pub mod recovery;
pub mod reminders;
mod routing;
pub mod spool;
pub mod switches;
pub mod texts;
pub mod upkeep;
pub mod watch;

pub use crate::sms_replies::{Answered, record_inbound};

use bus::{Signal, Topic};
use chrono::{DateTime, Duration, Utc};
use domain::contact::{Contact, EmailAddress, PhoneNumber};
use domain::ids::{BookingId, MessageId, SubscriptionId, TownId, VisitId};
use domain::language::Language;
use domain::messaging::delivery::{Event, transition};
use domain::messaging::notification::ByPush;
use domain::messaging::{ChannelKind, Kind, Notification, Recipient, dedupe, text};
use domain::town::Town;
use store::messaging::{Message, NewMessage, subscriptions};
use store::{StoreError, Tx};

use crate::app::App;

/// A message that a verb owes.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    /// What it says.
    pub notification: Notification,
    /// To whom.
    pub to: To,
    /// In which language.
    pub language: Language,
    /// The booking it speaks about, in this revision; an older revision is not sent any more.
    pub booking: Option<(BookingId, i32)>,
    /// The visit it speaks about.
    pub visit: Option<VisitId>,
    /// What makes it the same message; see [`domain::messaging::dedupe`].
    pub dedupe: String,
    /// Not before this moment; `None` is now.
    pub not_before: Option<DateTime<Utc>>,
}

/// How somebody can be reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct To {
    phone: Option<PhoneNumber>,
    email: Option<EmailAddress>,
}

impl From<PhoneNumber> for To {
    fn from(phone: PhoneNumber) -> Self {
        Self { phone: Some(phone), email: None }
    }
}

impl From<EmailAddress> for To {
    fn from(email: EmailAddress) -> Self {
        Self { phone: None, email: Some(email) }
    }
}

impl From<Contact> for To {
    fn from(contact: Contact) -> Self {
        let email = contact.email.as_deref().and_then(|typed| EmailAddress::parse(typed).ok());
        Self { phone: contact.phone, email }
    }
}

impl To {
    /// The mailbox a kind goes to: a code only where that is what it proves.
    fn mailbox(&self, app: &App, kind: Kind) -> Option<&EmailAddress> {
        let wanted = kind.goes_by_mail() || (self.phone.is_none() && kind == Kind::VerificationCode);
        self.email.as_ref().filter(|_| app.mail_from.is_some() && wanted)
    }
}

/// One way a message goes.
struct Way {
    to: Recipient,
    dedupe_key: String,
    /// So long it waits for the pushes before it.
    patience: Option<Duration>,
}

/// Every way a message goes, the first one first. The SMS, and else the first way, has the plain key: by it a scan sees that
/// the message is owed, and there is one SMS at most, whatever browsers come and go.
async fn ways(app: &App, tx: &Tx, owed: &Owed) -> Result<Vec<Way>, StoreError> {
    let kind = owed.notification.kind();
    let plain = |to| Way { to, dedupe_key: owed.dedupe.clone(), patience: None };
    let sms = owed.to.phone.clone().map(|number| plain(Recipient::Phone(number)));
    let email = owed.to.mailbox(app, kind).cloned().map(|address| Way {
        dedupe_key: dedupe::copy(&owed.dedupe, ChannelKind::Email),
        ..plain(Recipient::Email(address))
    });
    let pushes = browsers(app, tx, owed).await?.into_iter().map(|browser| Way {
        dedupe_key: dedupe::push(&owed.dedupe, browser),
        ..plain(Recipient::Push(browser))
    });
    let mut ways: Vec<Way> = match kind.by_push() {
        ByPush::InPlaceOfSms { patience } => {
            let sms = sms.map(|sms| Way { patience: Some(patience), ..sms });
            pushes.chain(sms).chain(email).collect()
        }
        ByPush::Beside | ByPush::Never => sms.into_iter().chain(email).chain(pushes).collect(),
    };
    if owed.to.phone.is_none()
        && let Some(first) = ways.first_mut()
    {
        first.dedupe_key.clone_from(&owed.dedupe);
    }
    Ok(ways)
}

/// The browsers that are told of a message.
async fn browsers(app: &App, tx: &Tx, owed: &Owed) -> Result<Vec<SubscriptionId>, StoreError> {
    if !app.web_push || owed.notification.kind().by_push() == ByPush::Never {
        return Ok(Vec::new());
    }
    subscriptions::browsers_of(tx, owed.booking.map(|(booking, _)| booking), owed.visit).await
}

/// Owes a message, in the transaction of the change it tells of. `None` when the same message is owed already.
///
/// After the commit the verb calls [`wake`], so that it leaves at once.
pub(crate) async fn notify(
    app: &App,
    tx: &Tx,
    town: &Town,
    owed: Owed,
) -> Result<Option<MessageId>, StoreError> {
    let lifetime = owed.notification.kind().lifetime();
    let expires_at = owed.not_before.unwrap_or_else(|| app.clock.now()) + lifetime;
    notify_until(app, tx, town, owed, expires_at).await
}

/// As [`notify`], for a message whose time is over at a certain moment.
pub(crate) async fn notify_until(
    app: &App,
    tx: &Tx,
    town: &Town,
    owed: Owed,
    expires_at: DateTime<Utc>,
) -> Result<Option<MessageId>, StoreError> {
    let now = app.clock.now();
    let not_before = owed.not_before.unwrap_or(now);
    let kind = owed.notification.kind();
    let mut first = None;
    let mut first_push = None;
    for Way { to, dedupe_key, patience } in ways(app, tx, &owed).await? {
        let is_push = to.channel() == ChannelKind::Push;
        // Only what stands in for pushes belongs to them.
        let parent = first_push.filter(|_| is_push || patience.is_some());
        let text = match to.channel() {
            ChannelKind::Sms => texts::pinned(tx, town, kind, owed.language).await?,
            ChannelKind::Email | ChannelKind::Push => None,
        };
        let new = NewMessage {
            id: app.id(),
            town: town.id,
            dedupe_key,
            to,
            parent,
            notification: owed.notification.clone(),
            language: owed.language,
            template_version: text::VERSION,
            text,
            booking: owed.booking,
            visit: owed.visit,
            not_before: not_before + patience.filter(|_| parent.is_some()).unwrap_or_default(),
            expires_at,
            created_at: now,
        };
        let inserted = store::messaging::insert(tx, &new, app.rng.bytes()).await?;
        first = first.or(inserted.then_some(new.id));
        first_push = first_push.or((inserted && is_push).then_some(new.id));
    }
    Ok(first)
}

/// Tells the relay that something is due. Called after the commit; when it is lost, the relay finds out by itself.
pub(crate) fn wake(app: &App, town: TownId) {
    app.bus.publish(Signal { town: town.0, topic: Topic::Outbox });
}

/// Tells those who watch the messages that one moved.
fn watched(app: &App, town: TownId) {
    app.bus.publish(Signal { town: town.0, topic: Topic::Messages });
}

/// A check-in code as people read it: `4829-1376`.
pub(crate) fn shown_code(digits: &str) -> String {
    match digits.split_at_checked(4) {
        Some((first, last)) if !last.is_empty() && !digits.contains('-') => format!("{first}-{last}"),
        _ => digits.to_owned(),
    }
}

/// Moves a message, if the machine allows it; says whether it did.
fn step(message: &mut Message, event: Event, now: DateTime<Utc>) -> bool {
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

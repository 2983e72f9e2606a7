//! What we owe somebody: a message is written in the transaction of the change it tells of, sent by a worker later.

pub mod budget;
mod compose;
pub mod delivery;
pub(crate) mod quiet;
pub mod receipts;
pub mod recovery;
pub mod reminders;
pub mod texts;
pub mod upkeep;
pub mod watch;

pub use crate::sms_replies::{Answered, record_inbound};

use bus::{Signal, Topic};
use chrono::{DateTime, Utc};
use domain::contact::{Contact, EmailAddress, PhoneNumber};
use domain::ids::{BookingId, MessageId, TownId, VisitId};
use domain::language::Language;
use domain::messaging::{ChannelKind, Kind, Notification, Recipient, dedupe, text};
use domain::town::Town;
use store::messaging::NewMessage;
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
    /// Every way a kind goes there, the first one first.
    fn ways(&self, app: &App, kind: Kind) -> Vec<Recipient> {
        let phone = self.phone.clone().map(Recipient::Phone);
        // A code goes to a mailbox only where that is what it proves.
        let wanted = kind.goes_by_mail() || (phone.is_none() && kind == Kind::VerificationCode);
        let email = self.email.clone().filter(|_| app.mail_from.is_some() && wanted);
        phone.into_iter().chain(email.map(Recipient::Email)).collect()
    }
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
    let kind = owed.notification.kind();
    let mut first = None;
    for (at, to) in owed.to.ways(app, kind).into_iter().enumerate() {
        // The first way has the plain key: by it a scan sees that the message is owed.
        let dedupe_key = if at == 0 { owed.dedupe.clone() } else { dedupe::copy(&owed.dedupe, to.channel()) };
        let text = match to.channel() {
            ChannelKind::Sms => texts::pinned(tx, town, kind, owed.language).await?,
            ChannelKind::Email => None,
        };
        let new = NewMessage {
            id: app.id(),
            town: town.id,
            dedupe_key,
            to,
            notification: owed.notification.clone(),
            language: owed.language,
            template_version: text::VERSION,
            text,
            booking: owed.booking,
            visit: owed.visit,
            not_before: owed.not_before.unwrap_or(now),
            expires_at,
            created_at: now,
        };
        let inserted = store::messaging::insert(tx, &new, app.rng.bytes()).await?;
        first = first.or(inserted.then_some(new.id));
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

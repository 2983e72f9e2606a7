//! Recipients who want no messages: e-mail is turned off by a link in it, SMS by HALT; seen by operators, and written to
//! again when they say so at the counter.

use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::MessageId;
use domain::messaging::ChannelKind;
use domain::reason::Reason;
use domain::town::Town;
use store::StoreError;
pub use store::messaging::opt_outs::OptOut;
use store::messaging::{inbox, opt_outs as rows};
use url::Url;
use uuid::Uuid;

use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// The newest are shown; whoever looks for one of last year asks the person to write START.
const SHOWN: u64 = 200;

/// Why an opt-out stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiftRefused {
    /// There is none.
    #[error("there is no such opt-out")]
    NotFound,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// No message was written to a mailbox with this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no mail has this link")]
pub struct UnknownMail;

/// Letters of a message's id in a link.
const ID_LETTERS: usize = 32;

/// What the secret in a link is made for.
const MAILS_OFF: &str = "mails off";

/// The page on which whoever got this mail turns off mails (RFC 2369); `None` where the town's address makes no link.
pub(super) fn mails_off_link(app: &App, town: &Town, message: MessageId) -> Option<Url> {
    let (id, secret) = (message.0.simple(), app.short_hash(MAILS_OFF, &message.to_string()));
    Url::parse(&app.link(town, &format!("keine-mails/{id}{secret}"))).ok()
}

/// Whoever has the link of a mail wants no more of them. Said twice it is the same; the appointments stand.
///
/// # Errors
/// When no mail has this link, or the database fails.
pub async fn stop_mails(app: &App, town: &Town, token: &str) -> Outcome<(), UnknownMail> {
    let unknown = || Error::Refused(UnknownMail);
    let (id, secret) = token.split_at_checked(ID_LETTERS).ok_or_else(unknown)?;
    let id = MessageId(Uuid::try_parse(id).map_err(|_| unknown())?);
    if !app.knows_short_hash(MAILS_OFF, &id.to_string(), secret) {
        return Err(unknown());
    }
    let tx = app.db.write().await?;
    let message = store::messaging::get(&tx, id).await?;
    let message = message.filter(|it| it.town == town.id && it.channel == ChannelKind::Email);
    let message = message.ok_or_else(unknown)?;
    let to = (ChannelKind::Email, message.recipient_hash.as_slice());
    inbox::suppress(&tx, town.id, to, "mail", app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The newest opt-outs of a town, and how many there are.
///
/// # Errors
/// When the database fails.
pub async fn newest(app: &App, town: &Town) -> Result<(Vec<OptOut>, i64), StoreError> {
    Ok((rows::newest(&app.db, town.id, SHOWN).await?, rows::count(&app.db, town.id).await?))
}

/// Ends an opt-out, because somebody says why.
///
/// # Errors
/// When there is none, nobody says why, or the database fails.
pub async fn lift(
    app: &App,
    town: &Town,
    by: &StaffMember,
    (id, channel): (Uuid, ChannelKind),
    reason: &str,
) -> Outcome<(), LiftRefused> {
    let reason = Reason::typed(reason).ok_or(Error::Refused(LiftRefused::ReasonMissing))?;
    let tx = app.db.write().await?;
    if !rows::lift(&tx, town.id, (id, channel)).await? {
        return Err(Error::Refused(LiftRefused::NotFound));
    }
    let lifted = Change::moves("opted_out", "lifted").because(reason);
    app.log(&tx, town.id, Subject::OptOut(id), lifted, Actor::from(by)).await?;
    tx.commit().await?;
    Ok(())
}

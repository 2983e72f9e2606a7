//! Browsers that somebody wishes to be told on: subscribe, unsubscribe, and what the browser reports about a push.

use chrono::{DateTime, Utc};
use domain::actor::{Citizen, TicketHolder};
use domain::appointments::status::BookingState;
use domain::ids::MessageId;
use domain::messaging::ChannelKind;
use domain::messaging::attempt::{PushSubscription, Report, SendOutcome};
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::failure::ErrorClass;
use domain::messaging::push::{CONSENT_VERSION, KEPT_AFTER, MOST_BROWSERS, is_gone};
use domain::town::Town;
use store::messaging::subscriptions::{self, About, NewSubscription, Subscription};
use store::messaging::{Message, stand_ins};
use store::{StoreError, Tx};

use super::receipts::record_receipt;
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::queue::tickets;

/// The word under which attempts of pushes are kept.
pub const PROVIDER: &str = "webpush";

/// Why a browser is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushRefused {
    /// There is no such booking or visit, or no such browser.
    #[error("there is no such booking, visit or browser")]
    Unknown,
    /// The town sends no pushes.
    #[error("the town sends no pushes")]
    Off,
    /// There is nothing more to tell.
    #[error("the appointment is over or cancelled")]
    Over,
    /// Enough browsers are told.
    #[error("{MOST_BROWSERS} browsers are told already")]
    TooMany,
}

/// Who wishes to be told.
#[derive(Clone, Copy, Debug)]
pub enum Wisher {
    /// The citizen of a booking.
    Citizen(Citizen),
    /// Whoever has a ticket.
    Holder(TicketHolder),
}

/// Tells a browser from now on, or goes on telling it: called again with every visit of the page. The caller has checked the
/// endpoint.
///
/// # Errors
/// When there are enough browsers, the appointment is over, or the database fails.
pub async fn subscribe(
    app: &App,
    town: &Town,
    by: Wisher,
    push: PushSubscription,
) -> Outcome<(), PushRefused> {
    if !app.web_push {
        return Err(Error::Refused(PushRefused::Off));
    }
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let (about, delete_after) = open_matter(&tx, town, by).await?;
    let others = subscriptions::others(&tx, about, &push.endpoint).await?;
    if others >= MOST_BROWSERS as u64 {
        return Err(Error::Refused(PushRefused::TooMany));
    }
    let town = town.id;
    let id = app.id();
    let new = NewSubscription { id, town, about, push, consent_version: CONSENT_VERSION, now, delete_after };
    subscriptions::put(&tx, &new, app.rng.bytes()).await?;
    Ok(tx.commit().await?)
}

/// Tells a browser nothing more about this; doing it twice is fine.
///
/// # Errors
/// When there is no such booking or visit, or the database fails.
pub async fn unsubscribe(app: &App, town: &Town, by: Wisher, endpoint: &str) -> Outcome<(), PushRefused> {
    let tx = app.db.write().await?;
    let (about, _, _) = matter(&tx, town, by).await?;
    subscriptions::remove(&tx, about, endpoint).await?;
    Ok(tx.commit().await?)
}

/// The browser got another endpoint. Only itself and its push service knew the one before, which is its proof.
///
/// # Errors
/// When nobody is told at the endpoint before, or the database fails.
pub async fn renew(
    app: &App,
    town: &Town,
    before: &str,
    push: &PushSubscription,
) -> Outcome<(), PushRefused> {
    let tx = app.db.write().await?;
    let known = subscriptions::of_endpoint(&tx, town.id, before).await?;
    if known.is_empty() {
        return Err(Error::Refused(PushRefused::Unknown));
    }
    let told: Vec<About> = subscriptions::of_endpoint(&tx, town.id, &push.endpoint)
        .await?
        .iter()
        .map(|(_, it)| it.about)
        .collect();
    for (id, Subscription { about, .. }) in known {
        if before != push.endpoint && told.contains(&about) {
            subscriptions::remove(&tx, about, before).await?;
        } else {
            subscriptions::renew(&tx, id, push, app.rng.bytes()).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// What a browser is to be told about, while there is something to tell, and until when it is kept.
async fn open_matter(tx: &Tx, town: &Town, by: Wisher) -> Outcome<(About, DateTime<Utc>), PushRefused> {
    let (about, delete_after, open) = matter(tx, town, by).await?;
    if open { Ok((about, delete_after)) } else { Err(Error::Refused(PushRefused::Over)) }
}

async fn matter(tx: &Tx, town: &Town, by: Wisher) -> Outcome<(About, DateTime<Utc>, bool), PushRefused> {
    let unknown = || Error::Refused(PushRefused::Unknown);
    match by {
        Wisher::Citizen(citizen) => {
            let booking = store::appointments::booking(tx, town.id, citizen.booking).await?;
            let booking = booking.ok_or_else(unknown)?;
            let open = matches!(booking.state, BookingState::Booked | BookingState::Arrived);
            Ok((About::Booking(booking.lasting_id()), booking.ends_at + KEPT_AFTER, open))
        }
        Wisher::Holder(holder) => {
            let visit = store::queue::visit(tx, holder.visit).await?;
            let visit = visit.filter(|visit| visit.town == town.id).ok_or_else(unknown)?;
            Ok((About::Visit(visit.id), visit.arrived_at + KEPT_AFTER, !visit.state.is_final()))
        }
    }
}

/// What the secret of a push is made for.
const SHOWN: &str = "push shown";

/// The secret with which a browser says that it showed a message; the same for every attempt of it.
fn ack_token(app: &App, message: MessageId) -> String {
    app.short_hash(SHOWN, &message.to_string())
}

/// Where a browser says that it showed a message; the secret stands behind the `#`, so that it gets into no log.
pub(super) fn ack_link(app: &App, town: &Town, message: MessageId) -> String {
    app.link(town, &format!("api/v1/push/shown/{message}#{}", ack_token(app, message)))
}

/// A browser showed a message: nothing stands in for it any more. Said twice it is the same.
///
/// # Errors
/// When the secret is wrong or the message unknown, or the database fails.
pub async fn shown(app: &App, town: &Town, id: MessageId, token: &str) -> Outcome<(), PushRefused> {
    let unknown = Error::Refused(PushRefused::Unknown);
    if !app.knows_short_hash(SHOWN, &id.to_string(), token) {
        return Err(unknown);
    }
    let message = store::messaging::get(&app.db, id).await?;
    let Some(message) = message.filter(|it| it.town == town.id && it.channel == ChannelKind::Push) else {
        return Err(unknown);
    };
    let report = Report {
        provider: PROVIDER,
        reference: format!("{id}.{}", message.attempts),
        receipt: Receipt::Delivered,
        error_code: None,
        class: None,
        ours: Some((id, message.attempts)),
    };
    record_receipt(app, &report).await?;
    Ok(())
}

/// The link of the page a browser opens when its push is touched.
pub(super) fn page_link(app: &App, town: &Town, about: About) -> String {
    let token = match about {
        About::Booking(id) => crate::appointments::link_token(app, id),
        About::Visit(id) => tickets::token_of(app, id),
    };
    app.link(town, &format!("t/{}", token.reveal()))
}

/// Keeps what an attempt told about the browser itself: that it works, fails, or is gone.
pub(super) async fn learn(
    app: &App,
    tx: &Tx,
    endpoint: &str,
    outcome: &SendOutcome,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    match outcome.class() {
        None => subscriptions::worked(tx, endpoint, now).await,
        Some(ErrorClass::Gone) => subscriptions::remove_everywhere(tx, endpoint).await,
        Some(ErrorClass::NotSent | ErrorClass::Ambiguous | ErrorClass::Blocked) => {
            match subscriptions::failed(tx, endpoint, now).await? {
                Some((failures, since)) if is_gone(failures, since, now) => {
                    subscriptions::remove_everywhere(tx, endpoint).await
                }
                Some(_) | None => Ok(()),
            }
        }
        // Too fast, or our own fault: nothing about the browser.
        Some(
            ErrorClass::Throttled
            | ErrorClass::Configuration
            | ErrorClass::Render
            | ErrorClass::PermanentRecipient
            | ErrorClass::OptedOut
            | ErrorClass::CarrierTemporary
            | ErrorClass::ProviderQueue
            | ErrorClass::Late
            | ErrorClass::MailTemporary,
        ) => Ok(()),
    }
}

/// Lets the SMS go out at once when the last of the pushes it stands in for has failed. The message is saved already.
pub(super) async fn stand_in_now(app: &App, tx: &Tx, message: &Message) -> Result<(), StoreError> {
    let over = message.state.is_final() && message.state != State::Delivered;
    if message.channel == ChannelKind::Push && over {
        let first = message.parent.unwrap_or(message.id);
        stand_ins::hasten(tx, first, app.clock.now()).await?;
    }
    Ok(())
}

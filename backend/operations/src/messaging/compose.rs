//! From a message to what goes to its channel: the text in the language of its reader, for an e-mail the appointment as a
//! calendar file, for a push its browser.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use domain::appointments::calendar_file::Method;
use domain::contact::EmailAddress;
use domain::ids::BookingId;
use domain::messaging::attempt::{
    CalendarMethod, CalendarPart, Dispatch, Outgoing, OutgoingEmail, OutgoingPush, Topic,
};
use domain::messaging::push as note;
use domain::messaging::{Kind, Notification, Recipient, mail};
use domain::town::Town;
use store::messaging::subscriptions::{About, Subscription};
use store::messaging::{Content, Message};
use store::{StoreError, Tx};

use super::claiming::Facts;
use super::{opt_outs, push, texts};
use crate::app::App;
use crate::appointments::calendar_of;
use url::Url;

/// What is to be sent in the next attempt; `None` when no text can be made of the message.
pub(super) async fn dispatch(
    app: &App,
    tx: &Tx,
    facts: &Facts,
    (message, content): (&Message, Option<Content>),
    now: DateTime<Utc>,
) -> Result<Option<Dispatch>, StoreError> {
    let Some(content) = content else { return Ok(None) };
    let town = facts.town(message)?;
    let attempt = message.attempts + 1;
    match content.to {
        Recipient::Phone(to) => {
            let own = facts.wording(message);
            let worded = || Some(texts::worded(own, &content.notification, message.language));
            let body = rendered(worded);
            let validity = message.kind.validity().min(message.expires_at - now);
            Ok(body.map(|body| {
                Dispatch::Sms(Outgoing {
                    message: message.id,
                    attempt,
                    to,
                    body,
                    validity: validity.to_std().unwrap_or_default(),
                    at: now,
                })
            }))
        }
        Recipient::Email(to) => {
            email(app, tx, town, (message, attempt), to, &content.notification, now).await
        }
        Recipient::Push(browser) => {
            let browser = facts.browser(browser);
            Ok(browser.and_then(|browser| {
                push_to(app, town, (message, attempt), (browser, &content.notification), now)
            }))
        }
    }
}

/// A text that panics blocks nobody.
fn rendered<T>(make: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(make)).ok().flatten()
}

async fn email(
    app: &App,
    tx: &Tx,
    town: &Town,
    (message, attempt): (&Message, i32),
    to: EmailAddress,
    notification: &Notification,
    now: DateTime<Utc>,
) -> Result<Option<Dispatch>, StoreError> {
    let Some(mail) = rendered(|| mail::write(notification, message.language, &town.name)) else {
        return Ok(None);
    };
    let calendar = match (message.booking, method(message.kind)) {
        (Some((booking, _)), Some(method)) => calendar(app, tx, town, booking, (method, &to)).await?,
        _ => None,
    };
    Ok(Some(Dispatch::Email(Box::new(OutgoingEmail {
        message: message.id,
        attempt,
        to,
        from_name: town.name.clone(),
        reply_to: None,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        calendar,
        list_unsubscribe: is_unasked(message.kind)
            .then(|| opt_outs::mails_off_link(app, town, message.id))
            .flatten(),
        at: now,
    }))))
}

/// Whether it comes without anybody having done something just before.
fn is_unasked(kind: Kind) -> bool {
    matches!(kind, Kind::Reminder | Kind::EarlyReminder)
}

fn push_to(
    app: &App,
    town: &Town,
    (message, attempt): (&Message, i32),
    (browser, notification): (&Subscription, &Notification),
    now: DateTime<Utc>,
) -> Option<Dispatch> {
    let Subscription { about, push: subscription } = browser;
    let note = rendered(|| note::write(notification, message.language))?;
    let url = Url::parse(&push::page_link(app, town, *about)).ok()?;
    // What is told about a visit replaces what was told before, on the screen and at the push service; so does each piece of
    // news about a booking.
    let matter = match (message.visit, *about) {
        (Some(visit), _) | (None, About::Visit(visit)) => visit.0,
        (None, About::Booking(booking)) => booking.0,
    };
    let left = (message.expires_at - now).to_std().unwrap_or_default();
    Some(Dispatch::Push(Box::new(OutgoingPush {
        message: message.id,
        attempt,
        subscription: subscription.clone(),
        title: note.title,
        body: note.body,
        url,
        tag: matter.simple().to_string(),
        topic: Topic::of_id(matter),
        ttl: note::keeps_trying(message.kind).min(left),
        urgency: note::urgency(message.kind),
        ack: Url::parse(&push::ack_link(app, town, message.id)).ok(),
        at: app.clock.of_world(),
    })))
}

/// What the calendar of whoever gets a kind shall do.
fn method(kind: Kind) -> Option<CalendarMethod> {
    match kind {
        Kind::BookingConfirmed | Kind::BookingMoved => Some(CalendarMethod::Request),
        Kind::BookingCancelled | Kind::BookingCancelledByOffice => Some(CalendarMethod::Cancel),
        Kind::Reminder
        | Kind::EarlyReminder
        | Kind::VerificationCode
        | Kind::SlotOffered
        | Kind::LostCode
        | Kind::QueueStage
        | Kind::QueueComeIn
        | Kind::QueueCalled
        | Kind::QueueMissed
        | Kind::QueueTransferred
        | Kind::InboundReply => None,
    }
}

async fn calendar(
    app: &App,
    tx: &Tx,
    town: &Town,
    booking: BookingId,
    (method, to): (CalendarMethod, &EmailAddress),
) -> Result<Option<CalendarPart>, StoreError> {
    let Some(booking) = store::appointments::booking(tx, town.id, booking).await? else { return Ok(None) };
    let invited = app.mail_from.as_ref().map(|from| (from.as_str(), to.as_str()));
    let written = match method {
        CalendarMethod::Request => Method::Request,
        CalendarMethod::Cancel => Method::Cancel,
    };
    let text = calendar_of(app, tx, town, &booking, (written, invited)).await?;
    Ok(Some(CalendarPart { method, text }))
}

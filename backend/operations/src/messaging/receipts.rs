//! What providers report about messages they took. Reports come doubled, late and in any order.

use domain::messaging::attempt::Report;
use domain::messaging::delivery::{Event, Receipt, State, merge};
use domain::messaging::failure::ErrorClass;
use store::StoreError;
use store::messaging::{attempts, inbox};

use super::outcomes::{Waits, accept, fail};
use super::{budget, step};
use crate::app::App;

/// What came of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It moved the message there.
    At(State),
    /// It was known, or said nothing new.
    NothingNew,
    /// No message of ours is known by it (yet).
    Unknown,
}

/// Records a provider's report and moves the message on.
///
/// # Errors
/// When the database fails.
pub async fn record_receipt(app: &App, report: &Report) -> Result<Recorded, StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    if !inbox::insert_receipt(&tx, app.uuid(), report, now).await? {
        return Ok(Recorded::NothingNew);
    }
    let known = match report.ours {
        Some(ours) => Some(ours),
        None => inbox::attempt_of(&tx, report.provider, &report.reference).await?,
    };
    let Some((id, no)) = known else {
        tx.commit().await?;
        return Ok(Recorded::Unknown);
    };
    let message = store::messaging::lock(&tx, id).await?;
    let attempt = attempts::get(&tx, id, no).await?;
    let (Some(mut message), Some(mut attempt)) = (message, attempt) else {
        tx.commit().await?;
        return Ok(Recorded::Unknown);
    };
    // A provider knows its own attempts only, whatever it says.
    if attempt.provider != report.provider {
        tx.commit().await?;
        return Ok(Recorded::Unknown);
    }
    let merged = attempt.receipt.map_or(report.receipt, |known| merge(known, report.receipt));
    let news = attempt.receipt != Some(merged);
    attempt.receipt = Some(merged);
    attempt.provider_ref.get_or_insert_with(|| report.reference.clone());
    if news && attempt.outcome == attempts::NOT_LISTED {
        // It was there after all, and is paid for.
        let paid = attempt.paid();
        "accepted".clone_into(&mut attempt.outcome);
        budget::settle(&tx, &mut message, &attempt, paid).await?;
    }
    attempts::save(&tx, &attempt).await?;
    if !news {
        tx.commit().await?;
        return Ok(Recorded::NothingNew);
    }
    // The first report may be how we learn that it was accepted at all.
    if message.state == State::Uncertain && attempt.no == message.attempts {
        accept(&mut message, &report.reference, now);
    }
    let given_up = message.state == State::Failed && message.error_class == Some(ErrorClass::Ambiguous);
    let event =
        if given_up && merged == Receipt::Delivered { Event::LateProof } else { Event::Receipt(merged) };
    if step(&mut message, event, now) {
        message.accepted_at.get_or_insert(now);
        message.provider_ref.get_or_insert_with(|| report.reference.clone());
        let lost = matches!(message.state, State::Undelivered | State::Failed);
        if !lost {
            message.error_class = None;
            message.error_code = None;
        }
        if lost && attempt.no == message.attempts {
            let class = report.class.unwrap_or(ErrorClass::CarrierTemporary);
            message.error_code = report.error_code.map(|code| code.to_string());
            after_loss(app, &tx, &mut message, &mut attempt, class).await?;
        }
    }
    store::messaging::save(&tx, &message).await?;
    tx.commit().await?;
    super::watched(app, message.town);
    if message.state == State::Queued {
        super::wake(app, message.town);
    }
    Ok(Recorded::At(message.state))
}

/// The carrier gave up: some reasons are worth another try, most are not.
async fn after_loss(
    app: &App,
    tx: &store::Tx,
    message: &mut store::messaging::Message,
    attempt: &mut attempts::Attempt,
    class: ErrorClass,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    attempt.error_class = Some(class);
    attempt.error_code.clone_from(&message.error_code);
    attempts::save(tx, attempt).await?;
    match class {
        ErrorClass::CarrierTemporary | ErrorClass::ProviderQueue => {
            fail(app, tx, message, class, Waits::default(), now).await?;
        }
        ErrorClass::OptedOut => {
            message.error_class = Some(class);
            let to = (message.channel, message.recipient_hash.as_slice());
            inbox::suppress(tx, message.town, to, "provider", now).await?;
        }
        ErrorClass::NotSent
        | ErrorClass::Throttled
        | ErrorClass::Ambiguous
        | ErrorClass::PermanentRecipient
        | ErrorClass::Blocked
        | ErrorClass::Configuration
        | ErrorClass::Late
        | ErrorClass::Gone
        | ErrorClass::Render
        | ErrorClass::MailTemporary => message.error_class = Some(class),
    }
    Ok(())
}

//! What people wrote while the database was away: every server writes what it kept to the database first, then all of it
//! is answered in the order it was written. Two messages of one dialogue may have reached two servers.

use std::convert::Infallible;

use chrono::{DateTime, Duration, Utc};
use domain::messaging::attempt::InboundSms;
use domain::messaging::heard::Heard;
use domain::town::Town;
use store::StoreError;
use store::messaging::inbound::{self, Came, Ended, Waiting};
use store::messaging::inbox;

use super::exchange;
use crate::app::App;
use crate::error::{Error, Outcome, Tries};

/// Servers that find the database again within this time of each other answer in the order things were written.
const TOGETHER: Duration = Duration::seconds(3);
/// After this time a message that cannot be answered lets those behind it pass.
const GIVEN_UP: Duration = Duration::minutes(10);
/// What could not be read or answered.
const NOT_DEALT_WITH: Ended = Ended { command: None, heard: Heard::Failed, reply: None };
/// So many numbers at a time.
const NUMBERS: u64 = 100;

/// Keeps a message that came a while ago, to be answered when all servers have said what they kept. The same one twice is
/// one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn land(
    app: &App,
    town: &Town,
    sms: &InboundSms,
    received_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    let came = Came { received_at, landed_at: Some(app.clock.now()) };
    inbound::insert(&tx, (app.uuid(), town.id), sms, app.rng.bytes(), came).await?;
    tx.commit().await
}

/// Answers what has landed, each number's messages in the order they were written; gives how many it were.
///
/// # Errors
/// When the database fails.
pub async fn answer_landed(app: &App) -> Result<u64, StoreError> {
    let numbers = inbound::numbers_waiting(&app.db, app.clock.now() - TOGETHER, NUMBERS).await?;
    if numbers.is_empty() {
        return Ok(0);
    }
    let towns = crate::town::all(app).await?;
    let mut answered = 0;
    for (town, hash) in numbers {
        let Some(town) = towns.iter().find(|one| one.id == town) else { continue };
        answered += answer_number(app, town, &hash).await?;
    }
    Ok(answered)
}

async fn answer_number(app: &App, town: &Town, hash: &[u8]) -> Result<u64, StoreError> {
    let mut answered = 0;
    let mut tries = Tries::default();
    loop {
        match answer_oldest(app, town, hash).await {
            Ok(true) => {
                answered += 1;
                tries = Tries::default();
            }
            Ok(false) => return Ok(answered),
            Err(error) if tries.again(&error) => {}
            Err(Error::Failed(failure)) if failure.is_away() || failure.is_overload() => return Err(failure),
            Err(Error::Failed(failure)) => {
                pass_over(app, town, hash, &failure).await?;
                return Ok(answered);
            }
        }
    }
}

/// Answers the oldest message of a number; `false` when none waits.
async fn answer_oldest(app: &App, town: &Town, hash: &[u8]) -> Outcome<bool, Infallible> {
    let tx = app.db.write().await?;
    inbox::lock_number(&tx, hash).await?;
    let Some(waiting) = inbound::oldest(&tx, town.id, hash).await? else { return Ok(false) };
    if let Some(sms) = waiting.open(&tx) {
        exchange(app, tx, town, (waiting.id, &sms, hash), waiting.came.received_at).await?;
    } else {
        tracing::error!("a message that waited for its answer cannot be read any more");
        inbound::finish(&tx, waiting.id, NOT_DEALT_WITH, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(true)
}

/// A message that cannot be answered is tried for a while; then nothing is done about it.
async fn pass_over(app: &App, town: &Town, hash: &[u8], failure: &StoreError) -> Result<(), StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    inbox::lock_number(&tx, hash).await?;
    let is_over = |waiting: &Waiting| waiting.came.landed_at.is_none_or(|at| now - at > GIVEN_UP);
    if let Some(waiting) = inbound::oldest(&tx, town.id, hash).await?.filter(is_over) {
        tracing::error!(%failure, "a message that waited cannot be answered");
        inbound::finish(&tx, waiting.id, NOT_DEALT_WITH, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

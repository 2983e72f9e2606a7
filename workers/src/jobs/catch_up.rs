//! Asks the provider's list for what was told while nobody of us listened: messages people wrote, reports that never came.

use std::time::Duration;

use channels::Channel;
use domain::town::Town;
use operations::StoreError;
use operations::messaging::catch_up::{self, Unreported};

use super::deliver::Deliverer;
use crate::patience::{Heard, Patience, side_by_side};

/// Reports asked for in one run.
const AT_ONCE: u64 = 200;
/// How long the lists are read in one run: after a long outage they are long.
const LISTS_READ_FOR: Duration = Duration::from_secs(120);
/// How long reports are asked for in one run.
const REPORTS_ASKED_FOR: Duration = Duration::from_secs(60);

/// What one run brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Caught {
    pub(crate) inbound: u64,
    pub(crate) reports: u64,
}

/// Brings what is missing; providers without a list have nothing to bring. What is left waits for the next run, and what fails
/// stops nothing else.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<Caught, StoreError> {
    let (mut caught, mut failure) = (Caught::default(), None);
    let mut brought = |result: Result<u64, StoreError>| {
        result.unwrap_or_else(|error| {
            failure = Some(error);
            0
        })
    };
    for way in deliverer.ways.sms.iter().filter(|way| way.channel.caps().finds_again) {
        caught.inbound += brought(inbound(deliverer, &way.channel).await);
        caught.reports += brought(reports(deliverer, &way.channel).await);
    }
    failure.map_or(Ok(caught), Err)
}

async fn inbound(deliverer: &Deliverer, channel: &Channel) -> Result<u64, StoreError> {
    let towns = operations::town::all(&deliverer.app).await?;
    let patience = Patience::lasting(LISTS_READ_FOR);
    let lists = towns.iter().map(|town| list(deliverer, channel, town, &patience)).collect();
    side_by_side(lists).await.into_iter().sum()
}

async fn list(
    deliverer: &Deliverer,
    channel: &Channel,
    town: &Town,
    patience: &Patience,
) -> Result<u64, StoreError> {
    let app = &deliverer.app;
    let Some(number) = &town.settings.sms_number else { return Ok(0) };
    let began = app.clock.now();
    let since = catch_up::listed_until(app, town).await?;
    let Heard::Answer(written) = patience.ask(channel.received(number, since)).await else { return Ok(0) };
    let brought = catch_up::record_missing(app, town, written).await?;
    catch_up::note_listed(app, town, began).await?;
    Ok(brought)
}

async fn reports(deliverer: &Deliverer, channel: &Channel) -> Result<u64, StoreError> {
    let open = catch_up::unreported(&deliverer.app, channel.provider(), AT_ONCE).await?;
    let patience = Patience::lasting(REPORTS_ASKED_FOR);
    let asked = open.iter().map(|one| report(deliverer, channel, one, &patience)).collect();
    side_by_side(asked).await.into_iter().map(|was_news| was_news.map(u64::from)).sum()
}

/// Says whether the provider had news of it.
async fn report(
    deliverer: &Deliverer,
    channel: &Channel,
    open: &Unreported,
    patience: &Patience,
) -> Result<bool, StoreError> {
    let app = &deliverer.app;
    let was_news = match patience.ask(channel.report(&open.reference)).await {
        Heard::Answer(mut report) => {
            report.ours = Some((open.message, open.attempt));
            catch_up::record_report(app, &report).await
        }
        Heard::Nothing => Ok(false),
        // That was no chance to hear of it.
        Heard::Silence => return catch_up::look_soon(app, open.message).await.map(|()| false),
        Heard::NotAsked => return Ok(false),
    };
    catch_up::look_later(app, open.message, open.accepted_at).await?;
    was_news
}

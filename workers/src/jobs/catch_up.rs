//! Asks the provider's list for what was told while nobody of us listened: messages people wrote, reports that never came.

use channels::Channel;
use operations::StoreError;
use operations::messaging::catch_up::{self, Unreported};

use super::deliver::Deliverer;

/// Reports asked for in one run.
const AT_ONCE: u64 = 200;

/// What one run brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Caught {
    pub(crate) inbound: u64,
    pub(crate) reports: u64,
}

/// Brings what is missing; providers without a list have nothing to bring.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<Caught, StoreError> {
    let mut caught = Caught::default();
    for way in deliverer.ways.sms.iter().filter(|way| way.channel.caps().finds_again) {
        caught.inbound += inbound(deliverer, &way.channel).await?;
        caught.reports += reports(deliverer, &way.channel).await?;
    }
    Ok(caught)
}

async fn inbound(deliverer: &Deliverer, channel: &Channel) -> Result<u64, StoreError> {
    let app = &deliverer.app;
    let mut brought = 0;
    for town in operations::town::all(app).await? {
        let Some(number) = &town.settings.sms_number else { continue };
        let began = app.clock.now();
        let since = catch_up::listed_until(app, &town).await?;
        let Some(written) = channel.received(number, since).await else { continue };
        brought += catch_up::record_missing(app, &town, written).await?;
        catch_up::note_listed(app, &town, began).await?;
    }
    Ok(brought)
}

async fn reports(deliverer: &Deliverer, channel: &Channel) -> Result<u64, StoreError> {
    let app = &deliverer.app;
    let mut brought = 0;
    for Unreported { message, attempt, reference, accepted_at } in
        catch_up::unreported(app, channel.provider(), AT_ONCE).await?
    {
        if let Some(mut report) = channel.report(&reference).await {
            report.ours = Some((message, attempt));
            brought += u64::from(catch_up::record_report(app, &report).await?);
        }
        catch_up::look_later(app, message, accepted_at).await?;
    }
    Ok(brought)
}

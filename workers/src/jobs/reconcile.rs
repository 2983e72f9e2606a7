//! Asks the provider that made the attempt about messages of which nobody knows whether they were sent.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::messaging::attempt::Lookup;
use futures::future::join_all;
use operations::StoreError;
use operations::messaging::recovery::{self, Uncertain};

use super::deliver::Deliverer;
use crate::patience::{Heard, Patience, side_by_side};

/// Messages looked into in one run.
const AT_ONCE: u64 = 50;
/// How long a provider is asked in one run: less than until the next one.
const ASKED_FOR: Duration = Duration::from_secs(12);

/// Looks into the uncertain ones whose time has come; gives their number. One that cannot be decided does not stop those
/// behind it, and a provider that hangs stops nobody else's.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<u64, StoreError> {
    let open = recovery::uncertain(&deliverer.app, AT_ONCE).await?;
    let providers: BTreeSet<&str> = open.iter().map(|one| one.provider.as_str()).collect();
    let asked: Vec<_> = providers.into_iter().map(|provider| ask(deliverer, provider, &open)).collect();
    let looks: Result<Vec<bool>, StoreError> = join_all(asked).await.into_iter().flatten().collect();
    Ok(looks?.into_iter().filter(|looked_into| *looked_into).count() as u64)
}

async fn ask(deliverer: &Deliverer, provider: &str, open: &[Uncertain]) -> Vec<Result<bool, StoreError>> {
    let patience = Patience::lasting(ASKED_FOR);
    let theirs = open.iter().filter(|one| one.provider == provider);
    side_by_side(theirs.map(|one| look_into(deliverer, one, &patience)).collect()).await
}

/// Says whether it was looked into; what was not waits for the next run.
async fn look_into(
    deliverer: &Deliverer,
    uncertain: &Uncertain,
    patience: &Patience,
) -> Result<bool, StoreError> {
    let lookup = match deliverer.ways.sms_by(&uncertain.provider) {
        Some(channel) => {
            let question = async {
                let said = channel.lookup(&uncertain.outgoing).await;
                (said != Lookup::Failed).then_some(said)
            };
            match patience.ask(question).await {
                Heard::Answer(said) => said,
                Heard::Nothing | Heard::Silence => Lookup::Failed,
                Heard::NotAsked => return Ok(false),
            }
        }
        // The provider was changed meanwhile; only its reports and the policy can help.
        None => Lookup::NotFound,
    };
    let state = recovery::resolve(&deliverer.app, uncertain, &lookup).await?;
    tracing::info!(message.id = %uncertain.outgoing.message, state = state.as_str(), "uncertain message looked into");
    Ok(true)
}

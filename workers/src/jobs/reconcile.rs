//! Asks the provider that made the attempt about messages of which nobody knows whether they were sent.

use domain::messaging::attempt::Lookup;
use domain::messaging::delivery::State;
use operations::StoreError;
use operations::messaging::recovery::{self, Uncertain};

use super::deliver::Deliverer;

/// Messages looked into in one run.
const AT_ONCE: u64 = 50;

/// Looks into the uncertain ones whose time has come; gives their number. One that cannot be decided does not stop those
/// behind it.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<u64, StoreError> {
    let mut looked_into = 0;
    let mut failure = None;
    for uncertain in recovery::uncertain(&deliverer.app, AT_ONCE).await? {
        match look_into(deliverer, &uncertain).await {
            Ok(state) => {
                tracing::info!(message.id = %uncertain.outgoing.message, state = state.as_str(), "uncertain message looked into");
                looked_into += 1;
            }
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(looked_into), Err)
}

async fn look_into(deliverer: &Deliverer, uncertain: &Uncertain) -> Result<State, StoreError> {
    let lookup = match deliverer.ways.sms_by(&uncertain.provider) {
        Some(channel) => channel.lookup(&uncertain.outgoing).await,
        // The provider was changed meanwhile; only its reports and the policy can help.
        None => Lookup::NotFound,
    };
    recovery::resolve(&deliverer.app, uncertain, &lookup).await
}

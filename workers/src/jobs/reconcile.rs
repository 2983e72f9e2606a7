//! Asks the provider that made the attempt about messages of which nobody knows whether they were sent.

use domain::messaging::attempt::Lookup;
use operations::StoreError;
use operations::messaging::recovery;

use super::deliver::Deliverer;

/// Messages looked into in one run.
const AT_ONCE: u64 = 50;

/// Looks into the uncertain ones whose time has come; gives their number.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<u64, StoreError> {
    let mut looked_into = 0;
    for uncertain in recovery::uncertain(&deliverer.app, AT_ONCE).await? {
        let lookup = match deliverer.ways.sms_by(&uncertain.provider) {
            Some(channel) => channel.lookup(&uncertain.outgoing).await,
            // The provider was changed meanwhile; only its reports and the policy can help.
            None => Lookup::NotFound,
        };
        let state = recovery::resolve(&deliverer.app, &uncertain, &lookup).await?;
        tracing::info!(message.id = %uncertain.outgoing.message, state = state.as_str(), "uncertain message looked into");
        looked_into += 1;
    }
    Ok(looked_into)
}

//! Asks the provider about messages of which nobody knows whether they were sent.

use operations::StoreError;
use operations::messaging::recovery;

use super::deliver::Deliverer;

/// Messages looked into in one run.
const AT_ONCE: u64 = 50;

/// Looks into the uncertain ones whose time has come; gives their number.
pub(crate) async fn run(deliverer: &Deliverer) -> Result<u64, StoreError> {
    let mut looked_into = 0;
    for uncertain in recovery::uncertain(&deliverer.app, AT_ONCE).await? {
        if uncertain.provider != deliverer.ways.sms.provider() {
            // The provider was changed meanwhile; only callbacks and the policy can help.
            let nothing = domain::messaging::attempt::Lookup::NotFound;
            recovery::resolve(&deliverer.app, &uncertain, &nothing).await?;
            continue;
        }
        let lookup = deliverer.ways.sms.lookup(&uncertain.outgoing).await;
        let state = recovery::resolve(&deliverer.app, &uncertain, &lookup).await?;
        tracing::info!(message.id = %uncertain.outgoing.message, state = state.as_str(), "uncertain message looked into");
        looked_into += 1;
    }
    Ok(looked_into)
}

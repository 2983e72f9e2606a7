//! What workers do, one job a file. Each may happen twice, late, or after the thing is gone: it re-reads, then decides.

pub(crate) mod catch_up;
pub(crate) mod deliver;
pub(crate) mod heartbeat;
pub(crate) mod reconcile;
pub(crate) mod reports;

//! Named points at which a process under test ends as if it had been killed. Built with the feature `testing` only: a
//! program for people has none of them, whatever its variables say.
//!
//! `LOTSE_TEST_FAIL_POINT=relay_pushed:3` ends the process when it comes by the point for the third time.

/// The hints are with the queue, the messages are not marked yet.
pub const RELAY_PUSHED: &str = "relay_pushed";
/// The attempt is written, the provider has not been asked.
pub const CLAIMED: &str = "claimed";
/// The provider has answered, the outcome is not written yet.
pub const ANSWERED: &str = "answered";
/// A page of reminders is written, but not committed.
pub const REMINDERS_WRITTEN: &str = "reminders_written";
/// A page of reminders is committed, the next one is not begun.
pub const REMINDERS_COMMITTED: &str = "reminders_committed";

/// The process has come by this point.
#[cfg(feature = "testing")]
pub fn reached(point: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let wanted = WANTED.get_or_init(|| {
        let variable = std::env::var("LOTSE_TEST_FAIL_POINT").ok()?;
        let (name, times) = variable.split_once(':')?;
        Some((name.to_owned(), times.parse().ok()?))
    });
    if let Some((name, times)) = wanted
        && name == point
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times
    {
        // Nothing is tidied up on the way out.
        std::process::abort();
    }
}

/// Nothing happens here.
#[cfg(not(feature = "testing"))]
pub fn reached(_point: &str) {}

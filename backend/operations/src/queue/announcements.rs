//! What this process has announced so far, so that nobody sees a wait jump. It is a courtesy, no truth: another
//! process may be a minute ahead, and after a restart the estimate itself is said.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use domain::ids::{OfficeId, PoolId, VisitId};
use domain::queue::announced::{Announced, WaitRange};
use domain::queue::wait_estimate::Estimate;

/// Who was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    /// A visitor who waits.
    Visit(VisitId),
    /// Whoever would come without appointment now.
    WalkIn(PoolId),
    /// Whoever would have an appointment now.
    Appointment(PoolId),
}

impl Told {
    /// Whether this is somebody who heard the last one: whoever has not come yet is told how it is now.
    fn was_told(self) -> bool {
        matches!(self, Self::Visit(_))
    }
}

/// The last announcements of each office.
#[derive(Clone, Debug, Default)]
pub struct Announcements(Arc<Mutex<HashMap<OfficeId, HashMap<Told, Announced>>>>);

impl Announcements {
    /// What to say now about an office. Who is not named any more is forgotten.
    pub(super) fn say(
        &self,
        office: OfficeId,
        estimates: impl IntoIterator<Item = (Told, Estimate)>,
        now: DateTime<Utc>,
    ) -> HashMap<Told, WaitRange> {
        let mut all = self.0.lock().expect("no holder of this lock panics");
        let before = all.remove(&office).unwrap_or_default();
        let said: HashMap<Told, Announced> = estimates
            .into_iter()
            .map(|(who, estimate)| {
                let last = before.get(&who).filter(|_| who.was_told());
                let first = || Announced::first(estimate, now);
                (who, last.map_or_else(first, |last| last.next(estimate, now)))
            })
            .collect();
        let ranges = said.iter().map(|(who, announced)| (*who, announced.range())).collect();
        all.insert(office, said);
        ranges
    }
}

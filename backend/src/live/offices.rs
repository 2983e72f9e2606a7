//! The offices somebody watches: each is read once for its displays, tickets and desks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bus::Topic;
use domain::ids::{DeviceId, OfficeId, TownId, VisitId, ZoneId};
use operations::queue::now::OfficeNow;
use operations::{App, StoreError};
use runtime::Shutdown;

use super::shared::{Look, Shared, Watch};
use super::written::Pages;

/// An office as everybody who watches it sees it, and what was written of it so far.
#[derive(Debug)]
pub struct Shown {
    /// The office.
    pub now: OfficeNow,
    /// What displays are told, by the waiting zones they show.
    pub displays: Pages<Vec<ZoneId>>,
    /// What tickets are told, by the id that stays when people are sent on.
    pub tickets: Pages<VisitId>,
}

/// All offices that are watched through this server. A clone is no larger than an address: everybody who listens has one.
#[derive(Clone, Debug)]
pub struct Offices(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: App,
    stopping: Shutdown,
    shown: Shared<(TownId, OfficeId), Shown>,
    displays: Displays,
}

/// The displays that have a line open, and how many lines.
#[derive(Clone, Debug, Default)]
struct Displays(Arc<Mutex<HashMap<DeviceId, usize>>>);

impl Offices {
    /// None is watched yet.
    pub fn new(app: App, stopping: Shutdown) -> Self {
        Self(Arc::new(Inner { app, stopping, shown: Shared::default(), displays: Displays::default() }))
    }

    /// What they are read with.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// One more who watches an office; ends when the office is gone or the server stops.
    pub fn look(&self, town: TownId, office: OfficeId) -> Look<Shown> {
        let topics = vec![
            Topic::Queue { office: office.0 },
            Topic::Display { office: office.0 },
            // Displays may be revoked.
            Topic::Devices,
        ];
        let Inner { app, stopping, shown, displays } = &*self.0;
        let (with, there) = (app.clone(), displays.clone());
        shown.look((town, office), &app.bus, Watch { town, topics }, stopping, move || {
            read(with.clone(), there.clone(), town, office)
        })
    }

    /// A display with an open line is noted as seen for as long as this lives.
    pub fn display_is_there(&self, display: DeviceId) -> Present {
        let displays = &self.0.displays;
        *displays.lock().entry(display).or_default() += 1;
        Present { display, displays: displays.clone() }
    }
}

async fn read(
    app: App,
    displays: Displays,
    town: TownId,
    office: OfficeId,
) -> Result<Option<Shown>, StoreError> {
    let Some(now) = OfficeNow::read(&app, town, office).await? else { return Ok(None) };
    let there: Vec<DeviceId> = displays.lock().keys().copied().collect();
    let silent = now.not_lately_seen(&app, &there);
    if !silent.is_empty() {
        // Beside: nobody waits for it.
        tokio::spawn(async move {
            if let Err(failure) = operations::devices::note_seen(&app, &silent).await {
                tracing::warn!(error = %failure, "displays could not be noted as seen");
            }
        });
    }
    Ok(Some(Shown { now, displays: Pages::default(), tickets: Pages::default() }))
}

impl Displays {
    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A display has a line open.
#[derive(Debug)]
pub struct Present {
    display: DeviceId,
    displays: Displays,
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut displays = self.displays.lock();
        if let Some(lines) = displays.get_mut(&self.display) {
            *lines -= 1;
            if *lines == 0 {
                displays.remove(&self.display);
            }
        }
    }
}

//! Who went to the online way of a service needs no appointment: counted by service and day, without persons.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::catalog::OnlinePossible;
use domain::ids::ServiceId;
use domain::local_time::local_day;
use domain::statistics::period::Period;
use domain::town::Town;
use store::StoreError;

use super::Asked;
use crate::app::App;

/// Within this time a network counts once for a service.
const ONCE_IN: TimeDelta = TimeDelta::hours(1);

/// Counts that somebody opens the online way of a service; once an hour for a service and a network, of which only a
/// keyed hash is kept until then. What is no online service is passed over.
///
/// # Errors
/// When the database fails.
pub async fn note_online(app: &App, town: &Town, slug: &str, network: &str) -> Result<(), StoreError> {
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let found = store::catalog::services_of_slugs(&app.db, town.id, &[slug]).await?;
    let Some(found) = found.into_iter().next() else { return Ok(()) };
    let service = found.id;
    if found.detail.on(today).online.possible == OnlinePossible::No {
        return Ok(());
    }
    let tx = app.db.write().await?;
    let who = app.short_hash("online use", &format!("{service}:{network}"));
    let (times, _) = store::throttle::count(&tx, &format!("online:{who}"), ONCE_IN, now).await?;
    if times == 1 {
        store::statistics::note_online(&tx, town.id, today, service).await?;
    }
    tx.commit().await
}

/// How often people went online instead, by service. It is of the town: nobody goes online at an office.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlineUse(HashMap<ServiceId, u32>);

impl OnlineUse {
    /// That of a service.
    #[must_use]
    pub fn of(&self, service: ServiceId) -> u32 {
        self.0.get(&service).copied().unwrap_or(0)
    }

    /// That of all services.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }
}

/// The uses within a period; `None` where one office is asked for.
pub(super) async fn uses(
    app: &App,
    town: &Town,
    asked: &Asked,
    period: Period,
) -> Result<Option<OnlineUse>, StoreError> {
    if asked.office.is_some() {
        return Ok(None);
    }
    let mut uses = store::statistics::online_uses(&app.db, town.id, period).await?;
    uses.retain(|service, _| asked.service.is_none_or(|only| only == *service));
    Ok(Some(OnlineUse(uses)))
}

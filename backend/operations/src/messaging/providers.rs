//! The providers of text messages as operators see them: how each does, how fast it is asked, and what share it has.

use chrono::{DateTime, Duration, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::messaging::sending::Phase;
use domain::messaging::sending::{Breaker, Why};
use domain::reason::Reason;
use domain::town::Town;
use store::StoreError;
use store::messaging::providers::{self as rows, PaceRow};
pub use store::messaging::providers::{OutcomeCount, State};
use store::messaging::switches::{Weight, set_weight};

use super::switches::{SwitchRefused, Switches};
use super::watch::ALIVE_SECONDS;
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// How far back outcomes are counted.
pub const RECENT: Duration = Duration::minutes(15);

/// A provider, as all workers together see it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its share in this town.
    pub weight: u32,
    /// Whether this town has paused it.
    pub paused: bool,
    /// What each worker says, the ones that live.
    pub workers: Vec<State>,
    /// How fast it is asked; `None` where nothing limits it, or nothing was sent yet.
    pub speed: Option<Speed>,
    /// How its calls of the last quarter of an hour ended.
    pub outcomes: Vec<OutcomeCount>,
}

/// How fast a provider is asked, in thousandths of a segment a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// At most.
    pub limit: i64,
    /// Now.
    pub rate: i64,
    /// It asked us to send nothing before this moment.
    pub blocked_until: Option<DateTime<Utc>>,
}

/// All providers in the order of the settings, as this town uses them.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, town: &Town) -> Result<Vec<Provider>, StoreError> {
    let now = app.clock.now();
    let states = rows::states(&app.db).await?;
    let paces = rows::paces(&app.db).await?;
    let outcomes = rows::outcomes(&app.db, now - RECENT).await?;
    let switches = Switches::read(app).await?;
    let mut providers: Vec<Provider> = Vec::new();
    for state in states {
        let alive = now - state.reported_at <= Duration::seconds(ALIVE_SECONDS);
        let at = match providers.iter().position(|one| one.name == state.provider) {
            Some(at) => at,
            None => {
                let name = state.provider.clone();
                providers.push(Provider {
                    weight: switches.weight(town.id, &name, state.place == 0),
                    paused: switches.stop_provider(town.id, &name),
                    workers: Vec::new(),
                    speed: paces.iter().find(|row| row.provider == name).map(|row| speed(row, now)),
                    outcomes: outcomes.iter().filter(|one| one.provider == name).cloned().collect(),
                    name,
                });
                providers.len() - 1
            }
        };
        if alive {
            providers[at].workers.push(state);
        }
    }
    Ok(providers)
}

fn speed(row: &PaceRow, now: DateTime<Utc>) -> Speed {
    let pace = &row.pace;
    Speed { limit: pace.limit, rate: pace.rate_at(now), blocked_until: pace.blocked(now) }
}

/// Divides a town's messages among the providers, because somebody says why.
///
/// # Errors
/// When a provider is not there or the shares make no sense, or the database fails.
pub async fn set_weights(
    app: &App,
    town: &Town,
    by: &StaffMember,
    weights: &[(String, u32)],
    reason: &str,
) -> Outcome<(), SwitchRefused> {
    let reason = Reason::typed(reason).ok_or(Error::Refused(SwitchRefused::ReasonMissing))?;
    let known = list(app, town).await?;
    if weights.iter().any(|(name, _)| !known.iter().any(|provider| provider.name == *name)) {
        return Err(Error::Refused(SwitchRefused::ProviderUnknown));
    }
    let after = |provider: &Provider| {
        let set = weights.iter().rev().find(|(name, _)| *name == provider.name);
        set.map_or(provider.weight, |(_, weight)| *weight)
    };
    let all: Vec<u32> = known.iter().map(after).collect();
    if all.iter().any(|weight| *weight > 100) || all.iter().all(|weight| *weight == 0) {
        return Err(Error::Refused(SwitchRefused::WeightsImpossible));
    }
    let tx = app.db.write().await?;
    let mut told = Vec::new();
    for (provider, weight) in known.iter().zip(all) {
        let new = Weight { town: town.id, provider: provider.name.clone(), weight };
        set_weight(&tx, &new).await?;
        told.push(match provider.weight {
            before if before == weight => format!("{} {weight}", provider.name),
            before => format!("{} {before} -> {weight}", provider.name),
        });
    }
    let divided = Change::moves("running", "running").because(format!("{}: {reason}", told.join(", ")));
    app.log(&tx, town.id, Subject::Sending(town.id), divided, Actor::from(by)).await?;
    tx.commit().await?;
    super::watched(app, town.id);
    Ok(())
}

/// How fast each provider is asked, by name, for the figures.
///
/// # Errors
/// When the database fails.
pub async fn speeds(app: &App) -> Result<Vec<(String, Speed)>, StoreError> {
    let now = app.clock.now();
    let paces = rows::paces(&app.db).await?;
    Ok(paces.iter().map(|row| (row.provider.clone(), speed(row, now))).collect())
}

/// What a worker knows about one of its providers.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// Its name.
    pub provider: &'a str,
    /// Its breaker.
    pub breaker: Breaker,
    /// Points of its share lost to failures.
    pub lost_points: u32,
}

/// A worker says how its providers do, in the order of the settings.
///
/// # Errors
/// When the database fails.
pub async fn report(app: &App, worker: &str, known: &[Known<'_>]) -> Result<(), StoreError> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    for (place, known) in known.iter().enumerate() {
        let (breaker, open_since, probe_at) = match known.breaker.phase() {
            Phase::Closed => ("closed", None, None),
            Phase::Open { why: Why::Failing, since, probe_at } => ("failing", Some(since), Some(probe_at)),
            Phase::Open { why: Why::Misconfigured, since, probe_at } => {
                ("misconfigured", Some(since), Some(probe_at))
            }
        };
        let (calls, bad) = known.breaker.recent(now);
        let state = State {
            worker: worker.to_owned(),
            provider: known.provider.to_owned(),
            place: i32::try_from(place).unwrap_or(i32::MAX),
            breaker: breaker.to_owned(),
            open_since,
            probe_at,
            lost_points: i32::try_from(known.lost_points).unwrap_or(i32::MAX),
            calls: i32::try_from(calls).unwrap_or(i32::MAX),
            bad: i32::try_from(bad).unwrap_or(i32::MAX),
            reported_at: now,
        };
        rows::report(&tx, &state).await?;
    }
    tx.commit().await
}

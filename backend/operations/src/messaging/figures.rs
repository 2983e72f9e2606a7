//! The figures of the whole installation for `/metrics`: read from the database by whoever is asked, so that it does not
//! matter which process did the work.

use chrono::{DateTime, Duration, Utc};
use domain::messaging::ChannelKind;
use domain::messaging::delivery::State;
use domain::town::Town;
use store::StoreError;
use store::messaging::bulk;
use store::messaging::figures::{self as rows, Backlog};
use store::messaging::reminders::{self, Which};
use store::messaging::timetable::{self, Job, Worker};

use super::budget::{self, ThisHour};
use super::providers::{self, Speed};
use super::queue_depth::{self, QueueDepth};
use super::reminders::latest;
use super::switches::Switches;
use crate::app::App;

/// Lately.
const LATELY: Duration = Duration::minutes(15);
/// A reminder this late is late, as long as it may still be sent.
const LATE: Duration = Duration::minutes(15);

/// The figures as of one moment.
#[derive(Clone, Debug)]
pub struct Figures {
    /// When.
    pub at: DateTime<Utc>,
    /// Messages in each state.
    pub states: Vec<(State, i64)>,
    /// What is due of each kind.
    pub backlog: Vec<Backlog>,
    /// Messages that ended within a quarter of an hour, by channel and state.
    pub ended: Vec<(ChannelKind, State, i64)>,
    /// Attempts that failed within a quarter of an hour, by channel and the letter of the class.
    pub failures: Vec<(ChannelKind, String, i64)>,
    /// Reminders that should have been owed by now.
    pub late_reminders: i64,
    /// The workers.
    pub workers: Vec<Worker>,
    /// The jobs of the clock.
    pub jobs: Vec<Job>,
    /// Actions on many messages that go on.
    pub bulks: usize,
    /// Hints out by the database.
    pub hints_out: u64,
    /// What the workers last found in the queue.
    pub queue: Option<QueueDepth>,
    /// Whether the queue answers this process; `None` where there is none.
    pub redis: Option<bool>,
    /// How fast each provider of text messages is asked, by name.
    pub speeds: Vec<(String, Speed)>,
    /// How many things operators have paused, by scope.
    pub pauses: Vec<(&'static str, usize)>,
    /// What each town spends, and how closely its codes are guarded.
    pub towns: Vec<TownFigures>,
}

/// The figures of one town.
#[derive(Clone, Debug, PartialEq)]
pub struct TownFigures {
    /// Its name in addresses.
    pub slug: String,
    /// The part of today's SMS budget that is used; 1.2 is the reserve, too.
    pub budget_share: f64,
    /// Whether far more SMS leave in this hour than usual.
    pub unusual: bool,
    /// Whether its codes are guarded.
    pub guarded: bool,
}

/// Reads the figures.
///
/// # Errors
/// When the database fails.
pub async fn read(app: &App) -> Result<Figures, StoreError> {
    let now = app.clock.now();
    Ok(Figures {
        at: now,
        states: in_every_state(&rows::counts_of_all(&app.db).await?),
        backlog: rows::backlog_of_all(&app.db, now).await?,
        ended: in_every_end(&rows::ended_since(&app.db, now - LATELY).await?),
        failures: rows::failures_since(&app.db, now - LATELY).await?,
        late_reminders: late_reminders(app, now).await?,
        workers: timetable::workers(&app.db).await?,
        jobs: timetable::jobs(&app.db).await?,
        bulks: bulk::running(&app.db).await?.len(),
        hints_out: store::messaging::relay::outstanding(&app.db).await?,
        queue: queue_depth::last(app).await?,
        redis: app.bus.redis_connected(),
        speeds: providers::speeds(app).await?,
        pauses: Switches::read(app).await?.counts().to_vec(),
        towns: towns(app, now).await?,
    })
}

/// Every state, so that one without messages goes back to nought.
fn in_every_state(counts: &[(String, i64)]) -> Vec<(State, i64)> {
    let count = |state: State| {
        let found = counts.iter().find(|(word, _)| word == state.as_str());
        (state, found.map_or(0, |(_, count)| *count))
    };
    State::ALL.into_iter().map(count).collect()
}

/// Every end by every channel.
fn in_every_end(counts: &[(ChannelKind, String, i64)]) -> Vec<(ChannelKind, State, i64)> {
    let of = |channel: ChannelKind| {
        let found = counts.iter().filter(|(by, ..)| *by == channel);
        let counts: Vec<_> = found.map(|(_, word, count)| (word.clone(), *count)).collect();
        let ends = in_every_state(&counts).into_iter().filter(|(state, _)| state.is_final());
        ends.map(move |(state, count)| (channel, state, count)).collect::<Vec<_>>()
    };
    ChannelKind::ALL.into_iter().flat_map(of).collect()
}

async fn towns(app: &App, now: DateTime<Utc>) -> Result<Vec<TownFigures>, StoreError> {
    let towns = store::town::all(&app.db).await?;
    let shares = budget::shares(app, &towns, now).await?;
    let hours = budget::this_hour(app, now).await?;
    let read = |town: Town| TownFigures {
        budget_share: shares.get(&town.id).copied().unwrap_or(0.0),
        unusual: hours.get(&town.id).is_some_and(ThisHour::is_unusual),
        guarded: town.guarded_since.is_some(),
        slug: town.slug,
    };
    Ok(towns.into_iter().map(read).collect())
}

/// Reminders of both kinds that should have been owed a quarter of an hour ago.
async fn late_reminders(app: &App, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let mut late = 0;
    for which in [Which::Early, Which::DayBefore] {
        late += reminders::overdue(&app.db, which, now - LATE, now + latest(which)).await?;
    }
    Ok(late)
}

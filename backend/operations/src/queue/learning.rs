//! Learns from each office's past how long things take there. What is found replaces what was known, so it may run
//! twice, be interrupted, or run late.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use domain::ids::{OfficeId, ServiceId, VisitId};
use domain::local_time::local_day;
use domain::queue::learning::{LOOK_BACK_DAYS, Past, Seen, Served, Waited, learn};
use domain::queue::status::VisitState;
use domain::town::Town;
use store::StoreError;
use store::queue::learned::{self, Days, DoneSession, PastArrival};

use crate::app::App;

/// Whoever "waited" longer was forgotten.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

/// Learns from the past of every office; how many there are.
///
/// # Errors
/// When the database fails.
pub async fn learn_all(app: &App) -> Result<usize, StoreError> {
    let mut offices = 0;
    for town in crate::town::all(app).await? {
        let today = local_day(town.zone, app.clock.now());
        let planned = planned(app, &town, today).await?;
        for office in store::setup::offices(&app.db, town.id).await? {
            let past = past_of(app, office.id, today).await?;
            let lessons = learn(&past, planned.get(&office.id).map_or(&[], Vec::as_slice));
            let tx = app.db.write().await?;
            learned::keep(&tx, office.id, &lessons, app.clock.now()).await?;
            tx.commit().await?;
            offices += 1;
        }
    }
    Ok(offices)
}

/// What one of each service is planned with in each office; where several pools offer it, on average.
async fn planned(
    app: &App,
    town: &Town,
    today: NaiveDate,
) -> Result<HashMap<OfficeId, Vec<(ServiceId, TimeDelta)>>, StoreError> {
    let mut by_office: HashMap<OfficeId, HashMap<ServiceId, Vec<i64>>> = HashMap::new();
    for offer in store::catalog::offers_of_town(&app.db, town.id, today).await? {
        let minutes = i64::from(offer.terms.duration_min);
        by_office.entry(offer.office).or_default().entry(offer.service).or_default().push(minutes);
    }
    let mean = |minutes: &[i64]| {
        let count = i64::try_from(minutes.len()).unwrap_or(1).max(1);
        TimeDelta::seconds(minutes.iter().sum::<i64>() * 60 / count)
    };
    Ok(by_office
        .into_iter()
        .map(|(office, services)| {
            (office, services.into_iter().map(|(service, minutes)| (service, mean(&minutes))).collect())
        })
        .collect())
}

async fn past_of(app: &App, office: OfficeId, today: NaiveDate) -> Result<Past, StoreError> {
    let days: Days = (today - TimeDelta::days(LOOK_BACK_DAYS), today);
    let sessions = learned::done_sessions(&app.db, office, days).await?;
    let items = learned::done_items(&app.db, office, days).await?;
    let arrivals = learned::arrivals(&app.db, office, days).await?;
    let not_come = learned::not_come(&app.db, office, days).await?;
    let came = arrivals.iter().filter_map(|one| {
        let offset = one.arrived_at - one.appointment_at?;
        Some(Seen { what: Some(offset), days_ago: ago(today, one.day) })
    });
    let missing = not_come.iter().map(|day| Seen { what: None, days_ago: ago(today, *day) });
    Ok(Past {
        served: served(&sessions, items, today),
        appointments: came.chain(missing).collect(),
        changeovers: changeovers(&sessions, today),
        waits: arrivals.iter().filter_map(|one| wait(one, today)).collect(),
    })
}

/// The time of each visit at counters; several sessions, with what they were parked for in between, are one.
fn served(
    sessions: &[DoneSession],
    mut items: HashMap<VisitId, Vec<(ServiceId, u16)>>,
    today: NaiveDate,
) -> Vec<Seen<Served>> {
    let mut took: HashMap<VisitId, (TimeDelta, &DoneSession)> = HashMap::new();
    for session in sessions {
        let entry = took.entry(session.visit).or_insert((TimeDelta::zero(), session));
        entry.0 += session.ended_at - session.started_at;
    }
    took.into_iter()
        .filter_map(|(visit, (took, session))| {
            let what =
                Served { items: items.remove(&visit)?, took, has_appointment: session.has_appointment };
            Some(Seen { what, days_ago: ago(today, session.day) })
        })
        .collect()
}

/// Between two visits at the same counter, of which the second was waiting when the first ended.
fn changeovers(sessions: &[DoneSession], today: NaiveDate) -> Vec<Seen<TimeDelta>> {
    sessions
        .windows(2)
        .filter(|pair| pair[0].counter == pair[1].counter && pair[0].day == pair[1].day)
        .filter(|pair| pair[0].visit != pair[1].visit && pair[1].arrived_at <= pair[0].ended_at)
        .map(|pair| Seen { what: pair[1].started_at - pair[0].ended_at, days_ago: ago(today, pair[1].day) })
        .collect()
}

/// How somebody without appointment waited: until the call, or until they went away.
fn wait(one: &PastArrival, today: NaiveDate) -> Option<Seen<Waited>> {
    let gave_up = one.state == VisitState::Left && one.called_at.is_none();
    let until = if gave_up { one.ended_at } else { one.called_at };
    let time = until? - one.arrived_at;
    let counts = one.appointment_at.is_none() && time <= LONGEST_WAIT;
    counts.then(|| Seen { what: Waited { time, gave_up }, days_ago: ago(today, one.day) })
}

fn ago(today: NaiveDate, day: NaiveDate) -> u32 {
    u32::try_from((today - day).num_days()).unwrap_or(0)
}

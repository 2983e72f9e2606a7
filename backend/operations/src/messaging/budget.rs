//! The money of a day (Tagesbudget): each SMS is paid for in the transaction of its claim, from a row of its town and day.
//! Redis has no part in it: without the row's yes nothing leaves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, DurationRound, NaiveDate, Utc};
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::TownId;
use domain::messaging::budget::{self, Level, MOST_PER_DAY};
use domain::messaging::delivery::Event;
use domain::messaging::sending::Scope;
use domain::messaging::{ChannelKind, Kind};
use domain::reason::Reason;
use domain::town::Town;
use store::messaging::attempts::Attempt;
use store::messaging::{Message, budget as rows, switches};
use store::{StoreError, Tx};

use super::{quiet, step};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// The budgets of the towns whose messages are sent now, locked, so that it is taken last.
pub(super) struct Purses(Vec<Purse>);

struct Purse {
    town: TownId,
    slug: String,
    day: NaiveDate,
    per_day: u32,
    used_before: u32,
    used: u32,
}

impl Purses {
    /// Those of these towns.
    pub(super) async fn open<'a>(
        tx: &Tx,
        towns: impl Iterator<Item = &'a Town>,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let towns: BTreeMap<TownId, &Town> = towns.map(|town| (town.id, town)).collect();
        let days: BTreeSet<(TownId, NaiveDate)> =
            towns.values().map(|town| (town.id, budget::day_of(now, town.zone))).collect();
        if days.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let used = rows::lock(tx, &days).await?;
        let purse = |(town, day): (TownId, NaiveDate)| {
            let used = used.get(&(town, day)).copied().unwrap_or_default();
            let town = towns.get(&town)?;
            let per_day = town.settings.sms_segments_per_day;
            Some(Purse { town: town.id, slug: town.slug.clone(), day, per_day, used_before: used, used })
        };
        Ok(Self(days.into_iter().filter_map(purse).collect()))
    }

    /// Takes the parts of a text, unless they are no longer there.
    pub(super) fn pay(&mut self, town: TownId, kind: Kind, parts: u32) -> bool {
        let Some(purse) = self.0.iter_mut().find(|purse| purse.town == town) else { return false };
        let after = purse.used.saturating_add(parts);
        let enough = after <= budget::most(kind, purse.per_day);
        if enough {
            purse.used = after;
        }
        enough
    }

    /// Writes what was taken; whether a budget runs short is logged.
    pub(super) async fn close(self, app: &App, tx: &Tx) -> Result<(), StoreError> {
        for purse in self.0.iter().filter(|purse| purse.used > purse.used_before) {
            rows::set_used(tx, purse.town, purse.day, purse.used).await?;
            let level = |used| Level::of(used, purse.per_day);
            let (before, after) = (level(purse.used_before), level(purse.used));
            if before != after {
                tracing::warn!(
                    town = %purse.slug, level = after.as_str(), used = purse.used, "the day's SMS budget runs short"
                );
                let change = Change::moves(before.as_str(), after.as_str())
                    .because(format!("{} of {}", purse.used, purse.per_day));
                app.log(tx, purse.town, Subject::Budget(purse.town), change, Actor::System).await?;
            }
        }
        Ok(())
    }
}

/// Puts a message aside until the next day's budget, or a higher one; what is over by then expires. The new day's money is there
/// at midnight, but nobody's sleep is worth less than their news.
pub(super) fn hold(town: &Town, message: &mut Message, now: DateTime<Utc>) {
    let next_day = quiet::allowed_from(town, budget::next_day(now, town.zone));
    message.not_before = next_day.min(message.expires_at);
    message.enqueued_at = None;
    message.error_code = Some(rows::HELD.to_owned());
    step(message, Event::Hold, now);
}

/// After something was learned about an attempt that was paid for with so many parts: the day it was taken from gets back
/// what certainly was not sent, and pays for what was sent after all. The message counts along.
pub(super) async fn settle(
    tx: &Tx,
    message: &mut Message,
    attempt: &Attempt,
    paid: i32,
) -> Result<(), StoreError> {
    let more = attempt.paid() - paid;
    if more == 0 {
        return Ok(());
    }
    message.segments = Some(message.segments.unwrap_or(0) + more).filter(|parts| *parts > 0);
    let Some(town) = store::town::town(tx, message.town).await? else { return Ok(()) };
    rows::change(tx, town.id, budget::day_of(attempt.started_at, town.zone), more).await
}

/// The budget of a day, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetOfDay {
    /// The day.
    pub day: NaiveDate,
    /// The parts it may cost.
    pub per_day: u32,
    /// The parts on top, for codes, confirmations and calls.
    pub reserve: u32,
    /// The parts used so far.
    pub used: u32,
    /// Messages that are put aside.
    pub held: u64,
    /// How far it is used.
    pub level: Level,
}

/// Why the budget is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetRefused {
    /// More than any town can mean.
    #[error("at most {MOST_PER_DAY} parts a day")]
    TooMuch,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// Today's budget of a town.
///
/// # Errors
/// When the database fails.
pub async fn today(app: &App, town: &Town) -> Result<BudgetOfDay, StoreError> {
    let settings = store::town::settings(&app.db, town.id).await?;
    let day = budget::day_of(app.clock.now(), town.zone);
    let used = rows::used(&app.db, town.id, day).await?;
    let per_day = settings.sms_segments_per_day;
    Ok(BudgetOfDay {
        day,
        per_day,
        reserve: budget::reserve(per_day),
        used,
        held: rows::held(&app.db, town.id).await?,
        level: Level::of(used, per_day),
    })
}

/// Whether no code can leave by SMS: operators have stopped them all, or today's money is used up with its reserve.
pub(crate) async fn no_codes_by_sms(tx: &Tx, town: &Town, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let stopped = |scope: &Scope| matches!(scope, Scope::PaidSms | Scope::Channel(ChannelKind::Sms));
    if switches::pauses(tx).await?.iter().any(|pause| pause.town == town.id && stopped(&pause.scope)) {
        return Ok(true);
    }
    let used = rows::used(tx, town.id, budget::day_of(now, town.zone)).await?;
    Ok(used >= budget::most(Kind::VerificationCode, town.settings.sms_segments_per_day))
}

/// Gives every day another budget from now on, because somebody says why; what was held is tried again.
///
/// # Errors
/// When it is more than any town can mean, nobody says why, or the database fails.
pub async fn set_per_day(
    app: &App,
    town: &Town,
    by: &StaffMember,
    per_day: u32,
    reason: &str,
) -> Outcome<BudgetOfDay, BudgetRefused> {
    if per_day > MOST_PER_DAY {
        return Err(Error::Refused(BudgetRefused::TooMuch));
    }
    let reason = Reason::typed(reason).ok_or(Error::Refused(BudgetRefused::ReasonMissing))?;
    let tx = app.db.write().await?;
    // Makes others who change settings wait.
    store::schedule::plan_changed(&tx, town.id).await?;
    let mut settings = store::town::settings(&tx, town.id).await?;
    let before = std::mem::replace(&mut settings.sms_segments_per_day, per_day);
    store::town::set_settings(&tx, town.id, &settings).await?;
    rows::release(&tx, Some(town.id), app.clock.now()).await?;
    let change = Change::moves("per_day", "per_day").because(format!("{before} -> {per_day}: {reason}"));
    app.log(&tx, town.id, Subject::Budget(town.id), change, Actor::from(by)).await?;
    tx.commit().await?;
    super::wake(app, town.id);
    Ok(today(app, town).await?)
}

/// The SMS of a town in this hour, and in the same hour of the last four weeks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ThisHour {
    sent: u32,
    before: Vec<u32>,
}

impl ThisHour {
    /// Whether it is so far above what is usual that somebody should look.
    pub(super) fn is_unusual(&self) -> bool {
        budget::is_unusual(self.sent, &self.before)
    }
}

/// The hour of every town that lasts at that moment.
pub(super) async fn this_hour(
    app: &App,
    now: DateTime<Utc>,
) -> Result<HashMap<TownId, ThisHour>, StoreError> {
    let begins = [0, 1, 2, 3, 4].map(|weeks| begin_of_hour(now) - Duration::weeks(weeks));
    let counts = rows::sent_in_hours(&app.db, &begins).await?;
    let read = |(town, hours): (TownId, rows::Hours)| {
        let (sent, before) = hours.counts.split_first()?;
        // Weeks in which it did not send yet say nothing about what is usual.
        let sent_then = |begin: &DateTime<Utc>| hours.first_sent.is_some_and(|first| first < *begin);
        let known = begins[1..].iter().zip(before).filter(|(begin, _)| sent_then(begin));
        Some((town, ThisHour { sent: *sent, before: known.map(|(_, count)| *count).collect() }))
    };
    Ok(counts.into_iter().filter_map(read).collect())
}

fn begin_of_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(Duration::hours(1)).unwrap_or(now)
}

/// Looks whether a town sends far more in this hour than in the same hour of the last four weeks; told once an hour.
/// Gives the slugs of those that do.
///
/// # Errors
/// When the database fails.
pub async fn unusual_hours(app: &App) -> Result<Vec<String>, StoreError> {
    let now = app.clock.now();
    let hours = this_hour(app, now).await?;
    let mut unusual = Vec::new();
    for town in store::town::all(&app.db).await? {
        let Some(hour) = hours.get(&town.id).filter(|hour| hour.is_unusual()) else { continue };
        tell_once(app, &town, begin_of_hour(now), hour).await?;
        unusual.push(town.slug);
    }
    Ok(unusual)
}

async fn tell_once(app: &App, town: &Town, begin: DateTime<Utc>, hour: &ThisHour) -> Result<(), StoreError> {
    let (sent, usual) = (hour.sent, budget::median(&hour.before));
    let tx = app.db.write().await?;
    let key = format!("unusual-hour:{}:{}", town.id, begin.timestamp());
    let (times, _) = store::throttle::count(&tx, &key, Duration::hours(2), app.clock.now()).await?;
    if times > 1 {
        return Ok(());
    }
    tracing::error!(town = %town.slug, sent, usual, "far more SMS than usual in this hour");
    let change = Change::moves("usual", "unusual").because(format!("{sent} SMS, usually {usual}"));
    app.log(&tx, town.id, Subject::Budget(town.id), change, Actor::System).await?;
    tx.commit().await
}

/// The part of today's budget that each of these towns has used; 1 is all of it, and none at all is used up.
pub(super) async fn shares(
    app: &App,
    towns: &[Town],
    now: DateTime<Utc>,
) -> Result<HashMap<TownId, f64>, StoreError> {
    let days = towns.iter().map(|town| (town.id, budget::day_of(now, town.zone))).collect();
    let used = rows::used_on(&app.db, &days).await?;
    let share = |town: &Town| {
        let used = used.get(&(town.id, budget::day_of(now, town.zone))).copied().unwrap_or(0);
        let budget = town.settings.sms_segments_per_day;
        (town.id, if budget == 0 { 1.0 } else { f64::from(used) / f64::from(budget) })
    };
    Ok(towns.iter().map(share).collect())
}

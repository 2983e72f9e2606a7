//! Statistics as they travel: times in seconds, capacity in minutes, nobody's name but of who decided.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{OfficeId, ServiceId};
use domain::statistics::figures::{Figures, Report};
use domain::statistics::quantile::Spread;
use domain::statistics::staffing::{Change, Effect};
use operations::statistics::{
    Calibration, CalibrationView, Decision, PoolName, StaffingView, StatisticsView, WindowAsked,
};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use crate::problem::Text;

/// How times spread.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct TimeSpread {
    /// How many were measured.
    pub count: u32,
    /// Half of them are at most this many seconds.
    pub median_s: Option<u32>,
    /// Nine of ten are at most this many seconds.
    pub p90_s: Option<u32>,
}

/// Key figures.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct KeyFigures {
    /// Everybody who came.
    pub visits: u32,
    /// Of them without appointment.
    pub walk_ins: u32,
    /// Who was served.
    pub served: u32,
    /// Who went away without.
    pub left: u32,
    /// Who was called and did not come.
    pub missed: u32,
    /// Tickets without appointment drawn at a terminal.
    pub from_terminal: u32,
    /// Waits without appointment, from the arrival to the call.
    pub wait_walk_in: TimeSpread,
    /// Waits with an appointment, from its time or a later arrival to the call.
    pub wait_appointment: TimeSpread,
    /// Service times, without parked time and slips.
    pub service_time: TimeSpread,
    /// Visits with an appointment that were called.
    pub appointments_called: u32,
    /// Visits with an appointment that came before its time.
    pub came_early: u32,
    /// Visits with an appointment that were called before its time.
    pub called_early: u32,
    /// Visits whose service could have been done online, wholly or in part.
    pub online_possible: u32,
    /// Appointments whose time came: kept ones and no-shows.
    pub due: u32,
    /// Appointments nobody came to.
    pub no_shows: u32,
    /// Cancelled by citizens.
    pub cancelled_by_citizen: u32,
    /// Cancelled by the office.
    pub cancelled_by_office: u32,
    /// Moved to another time.
    pub moved: u32,
    /// Booked on the pages or in the app; moves are not counted again.
    pub booked_web: u32,
    /// Booked by staff, for callers and at the counter.
    pub booked_desk: u32,
    /// Booked by SMS.
    pub booked_sms: u32,
    /// Counter minutes of appointments whose time came.
    pub booked_min: u32,
    /// Counter minutes in which somebody was served.
    pub served_min: u32,
    /// Counter minutes planned by the opening hours; none for a single service.
    pub planned_min: Option<u32>,
    /// Counter minutes in which counters were open; none for a single service.
    pub open_min: Option<u32>,
}

/// The figures of an office.
#[derive(Clone, Debug, Object)]
pub struct OfficeFigures {
    /// Which one.
    pub office_id: Uuid,
    /// Its figures.
    pub figures: KeyFigures,
    /// Those of the days before.
    pub before: KeyFigures,
}

/// The figures of a service.
#[derive(Clone, Debug, Object)]
pub struct ServiceFigures {
    /// Which one.
    pub service_id: Uuid,
    /// Its figures.
    pub figures: KeyFigures,
    /// Those of the days before.
    pub before: KeyFigures,
}

/// The figures of an hour of the day or of a weekday.
#[derive(Clone, Debug, Object)]
pub struct TimeFigures {
    /// The hour from 0, or the weekday: Monday is 0.
    pub at: u8,
    /// Its figures.
    pub figures: KeyFigures,
}

/// The figures of a day, or of the week that begins on it.
#[derive(Clone, Debug, Object)]
pub struct DayFigures {
    /// The day.
    pub day: NaiveDate,
    /// Its figures.
    pub figures: KeyFigures,
}

/// An office to choose.
#[derive(Clone, Debug, Object)]
pub struct StatisticsOffice {
    /// Which one.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A service to choose.
#[derive(Clone, Debug, Object)]
pub struct StatisticsService {
    /// Which one.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
}

/// Key figures of a period.
#[derive(Clone, Debug, Object)]
pub struct StatisticsAnswer {
    /// The first day counted.
    pub from: NaiveDate,
    /// The last day counted: today at the latest.
    pub to: NaiveDate,
    /// The first of the days to compare with.
    pub before_from: NaiveDate,
    /// The last of them.
    pub before_to: NaiveDate,
    /// Today, which may still go on.
    pub today: NaiveDate,
    /// Whether `days` are weeks.
    pub in_weeks: bool,
    /// Everything.
    pub total: KeyFigures,
    /// Everything of the days before.
    pub before: KeyFigures,
    /// By office.
    pub offices: Vec<OfficeFigures>,
    /// By the first service of a visit, the most visited first.
    pub services: Vec<ServiceFigures>,
    /// By hour of the day.
    pub hours: Vec<TimeFigures>,
    /// By weekday.
    pub weekdays: Vec<TimeFigures>,
    /// By day or week.
    pub days: Vec<DayFigures>,
    /// The offices of the town.
    pub all_offices: Vec<StatisticsOffice>,
    /// The services of the town.
    pub all_services: Vec<StatisticsService>,
}

/// A pool with its office.
#[derive(Clone, Debug, Object)]
pub struct StatisticsPool {
    /// Which one.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its office's name.
    pub office_name: String,
}

/// What was measured of a service at a pool; times are seconds.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MeasuredDuration {
    /// How many visits with this one service.
    pub count: u32,
    /// A quarter took at most this.
    pub lower_s: u32,
    /// Half took at most this.
    pub median_s: u32,
    /// Three quarters took at most this.
    pub upper_s: u32,
    /// 65 of 100 took at most this.
    pub target_s: u32,
    /// How many took up to 5 minutes, up to 10, …; the last holds all above.
    pub histogram: Vec<u32>,
    /// The duration proposed; none while too little was measured.
    pub proposed_min: Option<u16>,
    /// Whether planned and measured lie more than a fifth apart, with 50 visits at least.
    pub warn: bool,
    /// How much longer than planned an appointment takes on average.
    pub overrun_planned_s: u32,
    /// The same with the proposed duration.
    pub overrun_proposed_s: u32,
    /// Appointments more or fewer in a week, in tenths.
    pub slots_per_week_tenths: i64,
}

/// What somebody decided about a duration.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct DurationDecision {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// Whether the duration was taken over.
    pub accepted: bool,
    /// Planned minutes before.
    pub from_min: u16,
    /// Planned minutes since, or those that were turned down.
    pub to_min: u16,
    /// Why.
    pub reason: Option<String>,
}

/// A service at a pool.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ServiceDuration {
    /// The service.
    pub service_id: Uuid,
    /// Its name.
    pub service_name: Text,
    /// The pool.
    pub pool: StatisticsPool,
    /// Planned minutes.
    pub planned_min: u16,
    /// What was measured.
    pub measured: Option<MeasuredDuration>,
    /// What was decided, the newest first.
    pub decisions: Vec<DurationDecision>,
}

/// Planned and measured durations.
#[derive(Clone, Debug, Object)]
pub struct Durations {
    /// The first day measured.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// Those with a warning first, then the most measured.
    pub durations: Vec<ServiceDuration>,
}

/// What a person makes of a proposed duration.
#[derive(Clone, Debug, Object)]
pub struct DurationVerdict {
    /// Whether it is taken over.
    pub accept: bool,
    /// The planned minutes that were seen.
    pub seen_min: u16,
    /// The minutes proposed, or those of a former version.
    pub to_min: u16,
    /// Why; needed to turn it down.
    pub reason: Option<String>,
}

/// What one counter more or fewer does to those who come in a window; times are seconds.
#[derive(Clone, Debug, Object)]
pub struct StaffingEffect {
    /// Monday is 0.
    pub weekday: u8,
    /// From which minute of the day.
    pub from_min: u16,
    /// Until which.
    pub until_min: u16,
    /// How many come in it on one day, in tenths.
    pub people_tenths: u32,
    /// How many counters are open in it on most days.
    pub counters: u32,
    /// Half wait at most this long now.
    pub median_before_s: u32,
    /// Half would wait at most this long.
    pub median_after_s: u32,
    /// Nine of ten wait at most this long now.
    pub p90_before_s: u32,
    /// Nine of ten would wait at most this long.
    pub p90_after_s: u32,
    /// Waiting of everybody saved on one day; below 0 where it grows.
    pub saved_s: i64,
}

/// What the recent weeks advise for a pool.
#[derive(Clone, Debug, Object)]
pub struct Staffing {
    /// The first day played.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// On how many of them people came.
    pub days: u32,
    /// The pool.
    pub pool_id: Uuid,
    /// The pools to choose from.
    pub pools: Vec<StatisticsPool>,
    /// Where one counter more saves most.
    pub more: Vec<StaffingEffect>,
    /// Where one fewer costs nearly nothing.
    pub fewer: Vec<StaffingEffect>,
}

/// One counter more or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StaffingChange {
    /// One more.
    OneMore,
    /// One fewer.
    OneFewer,
}

/// A window to try.
#[derive(Clone, Debug, Object)]
pub struct TriedWindow {
    /// Monday is 0.
    pub weekday: u8,
    /// From which minute of the day.
    pub from_min: u16,
    /// Until which.
    pub until_min: u16,
    /// One more or one fewer.
    pub change: StaffingChange,
}

/// What a tried window does.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct StaffingTried {
    /// The effect; none when nobody came then, or no counter was open that could be left out.
    pub effect: Option<StaffingEffect>,
}

impl TriedWindow {
    pub(super) fn read(&self) -> WindowAsked {
        let change = match self.change {
            StaffingChange::OneMore => Change::OneMore,
            StaffingChange::OneFewer => Change::OneFewer,
        };
        WindowAsked { weekday: self.weekday, from_min: self.from_min, until_min: self.until_min, change }
    }
}

impl From<Spread> for TimeSpread {
    fn from(spread: Spread) -> Self {
        Self { count: spread.count, median_s: spread.median, p90_s: spread.p90 }
    }
}

impl From<Figures> for KeyFigures {
    fn from(it: Figures) -> Self {
        Self {
            visits: it.visits,
            walk_ins: it.walk_ins,
            served: it.served,
            left: it.left,
            missed: it.missed,
            from_terminal: it.from_terminal,
            wait_walk_in: it.wait_walk_in.into(),
            wait_appointment: it.wait_appointment.into(),
            service_time: it.service_time.into(),
            appointments_called: it.appointments_called,
            came_early: it.came_early,
            called_early: it.called_early,
            online_possible: it.online_possible,
            due: it.due,
            no_shows: it.no_shows,
            cancelled_by_citizen: it.cancelled_by_citizen,
            cancelled_by_office: it.cancelled_by_office,
            moved: it.moved,
            booked_web: it.booked_web,
            booked_desk: it.booked_desk,
            booked_sms: it.booked_sms,
            booked_min: it.booked_min,
            served_min: it.served_min,
            planned_min: it.planned_min,
            open_min: it.open_min,
        }
    }
}

impl From<StatisticsView> for StatisticsAnswer {
    fn from(view: StatisticsView) -> Self {
        let StatisticsView { period, before, today, now, mut then, offices, services } = view;
        let Report { total, mut by_office, by_service, by_hour, by_weekday, by_day, in_weeks } = now;
        let office = |(id, _): &(OfficeId, String)| {
            Some(OfficeFigures {
                office_id: id.0,
                figures: by_office.remove(id)?.into(),
                before: then.by_office.remove(id).unwrap_or_default().into(),
            })
        };
        let by_office = offices.iter().filter_map(office).collect();
        let service = |(id, figures): (ServiceId, Figures)| ServiceFigures {
            service_id: id.0,
            figures: figures.into(),
            before: then.by_service.remove(&id).unwrap_or_default().into(),
        };
        let mut by_service: Vec<ServiceFigures> = by_service.into_iter().map(service).collect();
        by_service.sort_by_key(|one| (std::cmp::Reverse((one.figures.visits, one.figures.due)), one.service_id));
        let timed = |(at, figures): (u8, Figures)| TimeFigures { at, figures: figures.into() };
        Self {
            from: period.from,
            to: period.to,
            before_from: before.from,
            before_to: before.to,
            today,
            in_weeks,
            total: total.into(),
            before: then.total.into(),
            offices: by_office,
            services: by_service,
            hours: by_hour.into_iter().map(timed).collect(),
            weekdays: by_weekday.into_iter().map(timed).collect(),
            days: by_day
                .into_iter()
                .map(|(day, figures)| DayFigures { day, figures: figures.into() })
                .collect(),
            all_offices: offices.into_iter().map(|(id, name)| StatisticsOffice { id: id.0, name }).collect(),
            all_services: services
                .into_iter()
                .map(|(id, name)| StatisticsService { id: id.0, name: name.into() })
                .collect(),
        }
    }
}

impl From<PoolName> for StatisticsPool {
    fn from(pool: PoolName) -> Self {
        Self { id: pool.id.0, name: pool.name, office_name: pool.office_name }
    }
}

impl From<Decision> for DurationDecision {
    fn from(one: Decision) -> Self {
        let Decision { at, by, accepted, from_min, to_min, reason, .. } = one;
        Self { at, by, accepted, from_min, to_min, reason }
    }
}

impl From<Calibration> for ServiceDuration {
    fn from(one: Calibration) -> Self {
        let measured = one.measured.zip(one.proposal).map(|(measured, proposal)| MeasuredDuration {
            count: measured.count,
            lower_s: measured.lower,
            median_s: measured.median,
            upper_s: measured.upper,
            target_s: measured.target,
            histogram: measured.histogram,
            proposed_min: proposal.proposed_min,
            warn: proposal.warn,
            overrun_planned_s: proposal.overrun_planned,
            overrun_proposed_s: proposal.overrun_proposed,
            slots_per_week_tenths: proposal.slots_per_week_tenths,
        });
        Self {
            service_id: one.service.0,
            service_name: one.service_name.into(),
            pool: one.pool.into(),
            planned_min: one.planned_min,
            measured,
            decisions: one.decisions.into_iter().map(DurationDecision::from).collect(),
        }
    }
}

impl From<CalibrationView> for Durations {
    fn from(view: CalibrationView) -> Self {
        Self {
            from: view.period.from,
            to: view.period.to,
            durations: view.all.into_iter().map(ServiceDuration::from).collect(),
        }
    }
}

impl From<Effect> for StaffingEffect {
    fn from(effect: Effect) -> Self {
        let minute = |second: u32| u16::try_from(second / 60).unwrap_or(0);
        Self {
            weekday: effect.window.weekday,
            from_min: minute(effect.window.from),
            until_min: minute(effect.window.until),
            people_tenths: effect.people_tenths,
            counters: effect.counters,
            median_before_s: effect.median_before,
            median_after_s: effect.median_after,
            p90_before_s: effect.p90_before,
            p90_after_s: effect.p90_after,
            saved_s: effect.saved,
        }
    }
}

impl From<StaffingView> for Staffing {
    fn from(view: StaffingView) -> Self {
        Self {
            from: view.period.from,
            to: view.period.to,
            days: view.advice.days,
            pool_id: view.pool.0,
            pools: view.pools.into_iter().map(StatisticsPool::from).collect(),
            more: view.advice.more.into_iter().map(StaffingEffect::from).collect(),
            fewer: view.advice.fewer.into_iter().map(StaffingEffect::from).collect(),
        }
    }
}

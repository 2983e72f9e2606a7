//! Key figures as they travel: times in seconds, capacity in minutes.

use chrono::NaiveDate;
use domain::ids::{OfficeId, ServiceId};
use domain::statistics::figures::{Figures, Report};
use domain::statistics::quantile::Spread;
use operations::statistics::StatisticsView;
use poem_openapi::Object;
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
    /// Of them without appointment.
    pub walk_ins_left: u32,
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
#[oai(skip_serializing_if_is_none = false)]
pub struct ServiceFigures {
    /// Which one.
    pub service_id: Uuid,
    /// How often somebody opened its online way; `null` where one office is asked for.
    pub went_online: Option<u32>,
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
#[oai(skip_serializing_if_is_none = false)]
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
    /// How often somebody opened the online way of a service; `null` where one office is asked for.
    pub went_online: Option<u32>,
    /// That of the days before.
    pub went_online_before: Option<u32>,
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
            walk_ins_left: it.walk_ins_left,
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
        let StatisticsView { period, before, today, now, mut then, offices, services, went_online } = view;
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
            went_online: went_online.as_ref().map(|(now, _)| now.of(id)),
            figures: figures.into(),
            before: then.by_service.remove(&id).unwrap_or_default().into(),
        };
        let mut by_service: Vec<ServiceFigures> = by_service.into_iter().map(service).collect();
        by_service
            .sort_by_key(|one| (std::cmp::Reverse((one.figures.visits, one.figures.due)), one.service_id));
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
            went_online: went_online.as_ref().map(|(now, _)| now.total()),
            went_online_before: went_online.as_ref().map(|(_, then)| then.total()),
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

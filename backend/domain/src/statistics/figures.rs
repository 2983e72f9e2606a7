//! Key figures of days: counted once over all facts, for the whole and for each office, service, hour, weekday and day.

use std::collections::{BTreeMap, HashSet};

use chrono::{Datelike, Days, NaiveDate};

use super::facts::{BookedBy, BookingFact, DayFacts, Entry, Fate, SecondOfDay, VisitFact, VisitOutcome};
use super::period::Period;
use super::quantile::{Spread, plausible};
use crate::ids::{OfficeId, ServiceId};

/// From how many days on the course is told by weeks.
const WEEKS_FROM_DAYS: u64 = 93;

/// A day of an office with its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeDay {
    /// The office.
    pub office: OfficeId,
    /// The local day.
    pub day: NaiveDate,
    /// What was kept of it.
    pub facts: DayFacts,
}

/// Which of the facts count.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only this service.
    pub service: Option<ServiceId>,
    /// Services that could have been done online instead.
    pub online: HashSet<ServiceId>,
}

/// The key figures of some facts. Times are seconds, capacity is minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Everybody who came; once, however often they were sent on.
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
    /// Tickets without appointment that were drawn at a terminal.
    pub from_terminal: u32,
    /// Waits without appointment, from the arrival to the call.
    pub wait_walk_in: Spread,
    /// Waits with an appointment, from its time (or a later arrival) to the call.
    pub wait_appointment: Spread,
    /// Service times, without parked time and slips.
    pub service_time: Spread,
    /// Who had an appointment and was called at all.
    pub appointments_called: u32,
    /// Of those who came with an appointment: before its time.
    pub came_early: u32,
    /// Called before their time.
    pub called_early: u32,
    /// Visits whose service could have been done online.
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
    /// Booked on the pages or the app, moves left out.
    pub booked_web: u32,
    /// Booked by staff.
    pub booked_desk: u32,
    /// Booked by SMS.
    pub booked_sms: u32,
    /// Counter minutes of appointments that were kept or missed.
    pub booked_min: u32,
    /// Counter minutes in which somebody was served.
    pub served_min: u32,
    /// Counter minutes planned by the opening hours; of all services together, so not of a single one.
    pub planned_min: Option<u32>,
    /// Counter minutes in which counters were open; of all services together.
    pub open_min: Option<u32>,
}

/// Figures of a period, for the whole and divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Everything.
    pub total: Figures,
    /// By office.
    pub by_office: BTreeMap<OfficeId, Figures>,
    /// By the first service.
    pub by_service: BTreeMap<ServiceId, Figures>,
    /// By hour of the day: of the arrival, of the appointment.
    pub by_hour: BTreeMap<u8, Figures>,
    /// By weekday, Monday is 0.
    pub by_weekday: BTreeMap<u8, Figures>,
    /// By day, or by the Monday of the week in a long period.
    pub by_day: BTreeMap<NaiveDate, Figures>,
    /// Whether `by_day` tells weeks.
    pub in_weeks: bool,
}

/// Figures being counted.
#[derive(Clone, Debug, Default)]
struct Count {
    figures: Figures,
    waits_walk_in: Vec<u32>,
    waits_appointment: Vec<u32>,
    service_times: Vec<u32>,
    served_s: u64,
    planned: u32,
    open_s: u64,
}

/// What the figures of these days are. Days outside the period do not count.
#[must_use]
pub fn report(period: Period, days: &[OfficeDay], scope: &Scope) -> Report {
    let in_weeks = period.days() >= WEEKS_FROM_DAYS;
    let mut all = Counts::default();
    for one in days.iter().filter(|one| period.contains(one.day)) {
        all.add_day(one, scope, in_weeks);
    }
    let of_all = scope.service.is_none();
    let finish = |count: Count| count.finish(of_all);
    Report {
        total: finish(all.total),
        by_office: all.by_office.into_iter().map(|(key, count)| (key, finish(count))).collect(),
        // Counters are open for all services: their minutes belong to none.
        by_service: all.by_service.into_iter().map(|(key, count)| (key, count.finish(false))).collect(),
        by_hour: all.by_hour.into_iter().map(|(key, count)| (key, finish(count))).collect(),
        by_weekday: all.by_weekday.into_iter().map(|(key, count)| (key, finish(count))).collect(),
        by_day: all.by_day.into_iter().map(|(key, count)| (key, finish(count))).collect(),
        in_weeks,
    }
}

#[derive(Default)]
struct Counts {
    total: Count,
    by_office: BTreeMap<OfficeId, Count>,
    by_service: BTreeMap<ServiceId, Count>,
    by_hour: BTreeMap<u8, Count>,
    by_weekday: BTreeMap<u8, Count>,
    by_day: BTreeMap<NaiveDate, Count>,
}

/// What a day's facts belong to, besides their hour and service.
struct Keys {
    office: OfficeId,
    weekday: u8,
    day: NaiveDate,
}

impl Counts {
    fn add_day(&mut self, one: &OfficeDay, scope: &Scope, in_weeks: bool) {
        let weekday = one.day.weekday().num_days_from_monday();
        let monday = one.day.checked_sub_days(Days::new(weekday.into())).unwrap_or(one.day);
        let keys = Keys {
            office: one.office,
            weekday: u8::try_from(weekday).unwrap_or(0),
            day: if in_weeks { monday } else { one.day },
        };
        let facts = &one.facts;
        let wanted = |service: u16| facts.services.get(usize::from(service)).copied();
        for visit in &facts.visits {
            let Some(service) =
                wanted(visit.service).filter(|one| scope.service.is_none_or(|only| only == *one))
            else {
                continue;
            };
            let online = scope.online.contains(&service);
            self.each(&keys, hour(visit.arrived), Some(service), |count| count.add_visit(visit, online));
        }
        for booking in &facts.bookings {
            let Some(service) =
                wanted(booking.service).filter(|one| scope.service.is_none_or(|only| only == *one))
            else {
                continue;
            };
            self.each(&keys, hour(booking.starts), Some(service), |count| count.add_booking(booking));
        }
        for planned in &facts.planned {
            self.each(&keys, planned.hour, None, |count| count.planned += planned.minutes);
        }
        for span in &facts.open {
            for (hour, seconds) in by_hour(span.from, span.until) {
                self.each(&keys, hour, None, |count| count.open_s += u64::from(seconds));
            }
        }
    }

    fn each(&mut self, keys: &Keys, hour: u8, service: Option<ServiceId>, add: impl Fn(&mut Count)) {
        add(&mut self.total);
        add(self.by_office.entry(keys.office).or_default());
        add(self.by_hour.entry(hour).or_default());
        add(self.by_weekday.entry(keys.weekday).or_default());
        add(self.by_day.entry(keys.day).or_default());
        if let Some(service) = service {
            add(self.by_service.entry(service).or_default());
        }
    }
}

impl Count {
    fn add_visit(&mut self, visit: &VisitFact, online: bool) {
        let figures = &mut self.figures;
        match visit.outcome {
            VisitOutcome::Done => figures.served += 1,
            VisitOutcome::Missed => figures.missed += 1,
            VisitOutcome::Left => {
                figures.left += 1;
                figures.walk_ins_left += u32::from(visit.appointment.is_none());
            }
            // The ticket they went on with says how it ended.
            VisitOutcome::Transferred | VisitOutcome::Open => {}
        }
        // Who was sent on came once; each wait and each service counts.
        let came = u32::from(visit.entry != Entry::SentOn);
        figures.visits += came;
        figures.online_possible += came * u32::from(online);
        if visit.appointment.is_some() {
            figures.appointments_called += came * u32::from(visit.wait.is_some());
            figures.came_early += came * u32::from(visit.came_early());
            figures.called_early += came * u32::from(visit.called_early());
            self.waits_appointment.extend(visit.wait_counted());
        } else {
            figures.walk_ins += came;
            figures.from_terminal += u32::from(visit.entry == Entry::Terminal);
            self.waits_walk_in.extend(visit.wait_counted());
        }
        self.service_times.extend(visit.served);
        self.served_s += u64::from(visit.served.unwrap_or(0));
    }

    fn add_booking(&mut self, booking: &BookingFact) {
        let figures = &mut self.figures;
        match booking.fate {
            Fate::Arrived => figures.due += 1,
            Fate::NoShow => {
                figures.due += 1;
                figures.no_shows += 1;
            }
            Fate::CancelledByCitizen => figures.cancelled_by_citizen += 1,
            Fate::CancelledByOffice => figures.cancelled_by_office += 1,
            Fate::Moved => figures.moved += 1,
            Fate::Open | Fate::Unverified => {}
        }
        if matches!(booking.fate, Fate::Arrived | Fate::NoShow) {
            figures.booked_min += u32::from(booking.length_min);
        }
        if booking.moved_here || booking.fate == Fate::Unverified {
            return;
        }
        match booking.channel {
            BookedBy::Web => figures.booked_web += 1,
            BookedBy::Desk => figures.booked_desk += 1,
            BookedBy::Sms => figures.booked_sms += 1,
        }
    }

    fn finish(self, of_all_services: bool) -> Figures {
        let minutes = |seconds: u64| u32::try_from(seconds / 60).unwrap_or(u32::MAX);
        Figures {
            wait_walk_in: Spread::of(self.waits_walk_in),
            wait_appointment: Spread::of(self.waits_appointment),
            service_time: Spread::of(plausible(self.service_times)),
            served_min: minutes(self.served_s),
            planned_min: of_all_services.then_some(self.planned),
            open_min: of_all_services.then_some(minutes(self.open_s)),
            ..self.figures
        }
    }
}

fn hour(second: SecondOfDay) -> u8 {
    u8::try_from(second / 3600).unwrap_or(23).min(23)
}

/// The hours that a span touches, with the seconds in each.
fn by_hour(from: SecondOfDay, until: SecondOfDay) -> impl Iterator<Item = (u8, u32)> {
    (from / 3600..=until.max(1).saturating_sub(1) / 3600).filter_map(move |hour| {
        let (begins, ends) = (from.max(hour * 3600), until.min((hour + 1) * 3600));
        (ends > begins).then(|| (u8::try_from(hour).unwrap_or(23), ends - begins))
    })
}

//! Quiet hours (Ruhezeiten) of a town, with the holidays it keeps: its Land's and its own.

use chrono::{DateTime, NaiveDate, Utc};
use domain::messaging::timing;
use domain::schedule::holidays::{HolidayCalendar, Land};
use domain::town::Town;

/// The first moment from now on at which what is not urgent may leave.
pub(crate) fn allowed_from(town: &Town, now: DateTime<Utc>) -> DateTime<Utc> {
    let calendar = Land::from_code(&town.land)
        .map(|land| HolidayCalendar { land, local: town.settings.local_holidays.clone() });
    let is_holiday = |day: NaiveDate| calendar.as_ref().is_some_and(|calendar| calendar.on(day).is_some());
    timing::outside_quiet_hours(now, town.zone, is_holiday)
}

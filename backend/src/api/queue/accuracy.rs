//! How good the announced waits were, for those who plan.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::queue::accuracy::{self, Accuracy, Outcome};
use domain::town::Town;
use operations::App;
use operations::queue::predictions;
use poem::http::StatusCode;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::staff_session::Admin;
use crate::problem::{ApiError, Description, failed};

/// How good the announced waits were.
pub struct AccuracyApi;

/// The period that is told about when none is asked for, and the longest one.
const USUAL_DAYS: i64 = 28;
const MOST_DAYS: i64 = 400;

/// How good a number of announced waits were.
#[derive(Clone, Copy, Debug, Object)]
pub struct AccuracyFigures {
    /// How many visitors were told a wait and called.
    pub visits: u32,
    /// What they were told, in minutes, on average.
    pub predicted_min: f64,
    /// What they waited, on average.
    pub waited_min: f64,
    /// How far off on average, either way.
    pub error_min: f64,
    /// Told less waited, on average: above zero, people waited less than they were told.
    pub bias_min: f64,
    /// Nine of ten were off by at most this.
    pub error_90_min: f64,
    /// Of a hundred, so many waited as long as the range said.
    pub covered_percent: u32,
}

/// The announced waits of people who arrived in an hour of the day.
#[derive(Clone, Copy, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct AccuracyHour {
    /// The local hour of the arrival.
    pub hour: u32,
    /// People without appointment.
    pub walk_in: Option<AccuracyFigures>,
    /// People with an appointment.
    pub appointment: Option<AccuracyFigures>,
}

/// How good the announced waits of a period were.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct AccuracyReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// People without appointment; nothing when there were none.
    pub walk_in: Option<AccuracyFigures>,
    /// People with an appointment.
    pub appointment: Option<AccuracyFigures>,
    /// By the hour of the arrival, in order; hours in which nobody came are left out.
    pub hours: Vec<AccuracyHour>,
}

impl From<Accuracy> for AccuracyFigures {
    fn from(of: Accuracy) -> Self {
        // A tenth of a minute is as exact as anybody reads it.
        let minutes = |time: TimeDelta| (time.num_seconds() as f64 / 6.0).round() / 10.0;
        Self {
            visits: of.visits,
            predicted_min: minutes(of.predicted),
            waited_min: minutes(of.waited),
            error_min: minutes(of.error),
            bias_min: minutes(of.bias),
            error_90_min: minutes(of.error_90),
            covered_percent: of.covered_percent,
        }
    }
}

#[OpenApi(tag = "Tag::Planning")]
impl AccuracyApi {
    /// How good the announced waits were, between two days, both included; of one office or of all. The last four
    /// weeks without days.
    #[oai(path = "/statistics/accuracy", method = "get", operation_id = "get_accuracy")]
    async fn get_accuracy(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Admin,
        from: Query<Option<NaiveDate>>,
        to: Query<Option<NaiveDate>>,
        office: Query<Option<Uuid>>,
    ) -> Result<Json<AccuracyReport>, ApiError> {
        let to = to.0.unwrap_or_else(|| local_day(town.zone, app.clock.now()));
        let from = from.0.or_else(|| to.checked_sub_signed(TimeDelta::days(USUAL_DAYS - 1))).unwrap_or(to);
        if from > to || (to - from).num_days() >= MOST_DAYS {
            return Err(wrong_period().into());
        }
        let outcomes = predictions::outcomes(&app, &town, (from, to), office.0.map(OfficeId)).await;
        let outcomes = outcomes.map_err(|failure| failed(&failure))?;
        Ok(Json(report((from, to), &outcomes)))
    }
}

fn report((from, to): (NaiveDate, NaiveDate), outcomes: &[Outcome]) -> AccuracyReport {
    let of = |has_appointment: bool, hour: Option<u32>| {
        let those = outcomes
            .iter()
            .filter(|one| one.has_appointment == has_appointment && hour.is_none_or(|hour| one.hour == hour));
        accuracy::of(those).map(AccuracyFigures::from)
    };
    let hours = (0..24).map(|hour| AccuracyHour {
        hour,
        walk_in: of(false, Some(hour)),
        appointment: of(true, Some(hour)),
    });
    AccuracyReport {
        from,
        to,
        walk_in: of(false, None),
        appointment: of(true, None),
        hours: hours.filter(|hour| hour.walk_in.is_some() || hour.appointment.is_some()).collect(),
    }
}

fn wrong_period() -> Description {
    Description::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "period_invalid",
        "Der Zeitraum endet vor seinem Anfang oder ist länger als ein Jahr.",
        "The period ends before it begins, or is longer than a year.",
    )
}

//! Planned and measured durations as they travel, and what was decided about them.

use chrono::{DateTime, NaiveDate, Utc};
use operations::statistics::{Calibration, CalibrationView, Decision};
use poem_openapi::Object;
use uuid::Uuid;

use super::staffing::StatisticsPool;
use crate::problem::Text;

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

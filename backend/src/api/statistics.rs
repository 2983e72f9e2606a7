//! Statistics over HTTP: figures of a period, measured durations, and one counter more or less.

mod durations;
mod figures;
mod staffing;

use std::sync::Arc;

use chrono::NaiveDate;
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::town::Town;
use operations::App;
use operations::statistics::{self, Asked, Verdict};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::staff_session::Admin;
use crate::problem::ApiError;
use durations::{DurationVerdict, Durations};
use figures::StatisticsAnswer;
use staffing::{Staffing, StaffingTried, TriedWindow};

/// What the days were like.
pub struct StatisticsApi;

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsApi {
    /// Key figures of a period, compared with the same weekdays before it.
    #[oai(path = "/statistics", method = "get", operation_id = "get_statistics")]
    #[expect(clippy::too_many_arguments, reason = "the handler takes its query one by one")]
    async fn get_statistics(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        from: Query<NaiveDate>,
        to: Query<NaiveDate>,
        office: Query<Option<Uuid>>,
        service: Query<Option<Uuid>>,
    ) -> Result<Json<StatisticsAnswer>, ApiError> {
        let asked = Asked {
            from: from.0,
            to: to.0,
            office: office.0.map(OfficeId),
            service: service.0.map(ServiceId),
        };
        Ok(Json(statistics::figures(&app, &town, &by.0, &asked).await?.into()))
    }

    /// Planned durations beside those that were measured, with what was decided about them.
    #[oai(path = "/statistics/durations", method = "get", operation_id = "list_durations")]
    async fn list_durations(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<Durations>, ApiError> {
        Ok(Json(statistics::calibrations(&app, &town, &by.0).await?.into()))
    }

    /// Takes a proposed (or former) duration over for what is booked from now on, or turns it down with a reason.
    #[oai(path = "/statistics/durations/:service/:pool", method = "put", operation_id = "decide_duration")]
    async fn decide_duration(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        service: Path<Uuid>,
        pool: Path<Uuid>,
        verdict: Json<DurationVerdict>,
    ) -> Result<Json<Durations>, ApiError> {
        let DurationVerdict { accept, seen_min, to_min, reason } = verdict.0;
        let (service, pool) = (ServiceId(service.0), PoolId(pool.0));
        let verdict = Verdict { service, pool, accept, seen_min, to_min, reason };
        Ok(Json(statistics::decide(&app, &town, &by.0, &verdict).await?.into()))
    }

    /// Where one counter more at a pool would have saved most waiting in the last six weeks, and where one fewer would have
    /// cost nearly nothing. The first pool without one.
    #[oai(path = "/statistics/staffing", method = "get", operation_id = "get_staffing")]
    async fn get_staffing(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        pool: Query<Option<Uuid>>,
    ) -> Result<Json<Staffing>, ApiError> {
        Ok(Json(statistics::staffing(&app, &town, &by.0, pool.0.map(PoolId)).await?.into()))
    }

    /// What one counter more or fewer in a window of one's own would have done.
    #[oai(path = "/statistics/staffing/:pool/try", method = "post", operation_id = "try_staffing")]
    async fn try_staffing(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        pool: Path<Uuid>,
        window: Json<TriedWindow>,
    ) -> Result<Json<StaffingTried>, ApiError> {
        let tried = statistics::try_window(&app, &town, &by.0, PoolId(pool.0), window.0.read()).await?;
        Ok(Json(StaffingTried { effect: tried.map(Into::into) }))
    }
}

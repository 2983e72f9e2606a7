//! Joins the API modules into one description.

use poem_openapi::{LicenseObject, OpenApi, OpenApiService};

use crate::api::appointments::AppointmentsApi;
use crate::api::catalog::CatalogApi;
use crate::api::demo::DemoApi;
use crate::api::devices::DevicesApi;
use crate::api::mails::MailsApi;
use crate::api::moves::MovesApi;
use crate::api::ops::acts::OpsActsApi;
use crate::api::ops::inbound::OpsInboundApi;
use crate::api::ops::{OpsApi, SendingApi};
use crate::api::planning::PlanningApi;
use crate::api::push::PushApi;
use crate::api::queue::accuracy::AccuracyApi;
use crate::api::queue::arrival::ArrivalApi;
use crate::api::queue::day::DayApi;
use crate::api::queue::desk::DeskApi;
use crate::api::queue::helping::HelpingApi;
use crate::api::queue::screens::ScreensApi;
use crate::api::queue::ticket::TicketApi;
use crate::api::schedule::ScheduleApi;
use crate::api::staff::StaffApi;
use crate::api::statistics::StatisticsApi;
use crate::api::town::TownApi;
use crate::api::waiting::WaitingApi;

/// The API under `/api/v1` with its description.
pub fn service() -> OpenApiService<impl OpenApi, ()> {
    OpenApiService::new(
        (TownApi, CatalogApi, ScheduleApi, booking(), queue(), DevicesApi, StaffApi, operators(), DemoApi),
        "Lotse",
        env!("CARGO_PKG_VERSION"),
    )
        .summary("Appointments, arrival and queue of a town hall")
        .description(
            "Errors are problem+json (RFC 9457) with a stable `code`. Creating requests take an `Idempotency-Key`. \
             Instants are UTC (RFC 3339), days are local to the office.",
        )
        .license(LicenseObject::new("EUPL-1.2").url("https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"))
        .server("/api/v1")
}

/// The booking's part.
fn booking() -> impl OpenApi {
    (AppointmentsApi, MovesApi, WaitingApi, (PushApi, MailsApi))
}

/// The operators' part.
fn operators() -> impl OpenApi {
    (OpsApi, SendingApi, OpsActsApi, OpsInboundApi)
}

/// The queue's part.
fn queue() -> impl OpenApi {
    (ArrivalApi, TicketApi, ScreensApi, DeskApi, HelpingApi, DayApi, PlanningApi, StatisticsApi, AccuracyApi)
}

/// The description as JSON, as it is committed in `backend/openapi.json`.
pub fn spec() -> String {
    let mut spec = service().spec();
    spec.push('\n');
    spec
}

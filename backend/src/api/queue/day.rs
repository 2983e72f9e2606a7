//! A day of an office over HTTP: appointments, sessions, capacity.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::town::Town;
use operations::App;
use operations::queue::day;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::desk::office_of;
use super::not_found;
use crate::api::Tag;
use crate::api::appointments::Item;
use crate::api::town::OfficeRef;
use crate::auth::staff_session::Desk;
use crate::problem::{ApiError, Text, failed};

/// A day of an office.
pub struct DayApi;

/// An appointment of the day.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct DayBooking {
    /// The booking.
    pub booking_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The person.
    pub name: String,
    /// Where it stands.
    pub state: String,
    /// The services.
    pub items: Vec<Item>,
    /// The ticket, once the person is here.
    pub number: Option<String>,
}

/// Time at a counter.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct CounterSession {
    /// The ticket.
    pub ticket: String,
    /// When it began.
    pub starts_at: DateTime<Utc>,
    /// When it ended.
    pub ends_at: Option<DateTime<Utc>>,
    /// The first service.
    pub service: Text,
}

/// A counter's day.
#[derive(Clone, Debug, Object)]
pub struct DayCounter {
    /// Its name.
    pub name: String,
    /// Its sessions, oldest first.
    pub sessions: Vec<CounterSession>,
}

/// A time during which capacity and use stay the same.
#[derive(Clone, Debug, Object)]
pub struct CapacityStep {
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Counters for public bookings.
    pub public: u32,
    /// Counters for bookings by staff.
    pub staff: u32,
    /// Counters taken.
    pub used: u32,
}

/// One local day of an office.
#[derive(Clone, Debug, Object)]
pub struct DayView {
    /// The day.
    pub day: NaiveDate,
    /// The office.
    pub office: OfficeRef,
    /// Its appointments, soonest first.
    pub bookings: Vec<DayBooking>,
    /// Its counters with their sessions.
    pub counters: Vec<DayCounter>,
    /// Capacity and use, in steps.
    pub capacity: Vec<CapacityStep>,
}

#[OpenApi(tag = "Tag::Desk")]
impl DayApi {
    /// A local day of an office; today and one's own office without more.
    #[oai(path = "/day", method = "get", operation_id = "get_day")]
    async fn get_day(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        office: Query<Option<Uuid>>,
        day: Query<Option<NaiveDate>>,
    ) -> Result<Json<DayView>, ApiError> {
        let office = office_of(&app, &town, &by.0, office.0.map(OfficeId)).await?;
        let day = day.0.unwrap_or_else(|| local_day(town.zone, app.clock.now()));
        let view = day::view(&app, &town, office, day).await.map_err(|failure| failed(&failure))?;
        view.map(|view| Json(view.into())).ok_or_else(not_found)
    }
}

impl From<day::DayView> for DayView {
    fn from(view: day::DayView) -> Self {
        Self {
            day: view.day,
            office: OfficeRef { id: view.office.0.0, name: view.office.1 },
            bookings: view.bookings.into_iter().map(DayBooking::from).collect(),
            counters: view.counters.into_iter().map(DayCounter::from).collect(),
            capacity: view
                .capacity
                .into_iter()
                .map(|step| CapacityStep {
                    starts_at: step.starts_at,
                    ends_at: step.ends_at,
                    public: step.public,
                    staff: step.staff,
                    used: step.used,
                })
                .collect(),
        }
    }
}

impl From<day::DayBooking> for DayBooking {
    fn from(one: day::DayBooking) -> Self {
        Self {
            booking_id: one.booking.id.0,
            starts_at: one.booking.starts_at,
            ends_at: one.booking.ends_at,
            name: one.name,
            state: one.booking.state.as_str().to_owned(),
            items: one
                .items
                .into_iter()
                .map(|item| Item { service: item.slug, name: item.name.into(), quantity: item.quantity })
                .collect(),
            number: one.ticket,
        }
    }
}

impl From<day::DayCounter> for DayCounter {
    fn from(counter: day::DayCounter) -> Self {
        Self {
            name: counter.name,
            sessions: counter
                .sessions
                .into_iter()
                .map(|(session, service)| CounterSession {
                    ticket: session.ticket.to_string(),
                    starts_at: session.started_at,
                    ends_at: session.ended_at,
                    service: service.into(),
                })
                .collect(),
        }
    }
}

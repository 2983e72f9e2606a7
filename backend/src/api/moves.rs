//! Moving appointments: by the citizen, at the desk, and at the terminal on the wrong day.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{BookingId, PoolId};
use domain::town::Town;
use operations::App;
use operations::appointments::{self, MoveRequest as Wanted};
use operations::queue::arrival::TypedCode;
use operations::queue::move_here;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::api::appointments::Appointment;
use crate::api::queue::arrival::{CheckIn, answer};
use crate::api::schedule::{Slots, Written, slots, usual_days};
use crate::auth::citizen_link::CitizenLink;
use crate::auth::device_token::Terminal;
use crate::auth::staff_session::Desk;
use crate::client_address::ClientAddress;
use crate::problem::ApiError;

/// Moving appointments.
pub struct MovesApi;

/// Where an appointment shall go.
#[derive(Clone, Debug, Object)]
pub struct MoveRequest {
    /// The pool of the chosen slot.
    pub pool_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

/// The code of an appointment, as people type it at a terminal.
#[derive(Clone, Debug, Object)]
pub struct TerminalCode {
    /// The code, with or without dashes.
    #[oai(validator(max_length = 40))]
    pub code: String,
}

/// Where the appointment with a code shall go.
#[derive(Clone, Debug, Object)]
pub struct MoveHereRequest {
    /// The code, with or without dashes.
    #[oai(validator(max_length = 40))]
    pub code: String,
    /// The pool of the chosen slot.
    pub pool_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The tap: the same tap delivered twice is one move and one check-in.
    #[oai(validator(max_length = 100))]
    pub tap_key: String,
}

#[derive(ApiResponse)]
enum MoveResponse {
    /// The appointment at its new time.
    #[oai(status = 200)]
    Moved(Json<Box<Appointment>>),
}

#[derive(ApiResponse)]
enum MoveSlotsResponse {
    /// The free slots.
    #[oai(status = 200)]
    Slots(Written<Slots>),
}

#[OpenApi(tag = "Tag::Appointments")]
impl MovesApi {
    /// The free slots to which the citizen's own appointment can be moved.
    #[oai(path = "/appointment/slots", method = "get", operation_id = "slots_to_move_to")]
    async fn slots_to_move_to(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
        /// The first day; today without.
        from: Query<Option<NaiveDate>>,
        /// How many days.
        #[oai(default = "usual_days", validator(minimum(value = "1"), maximum(value = "62")))]
        days: Query<u16>,
    ) -> Result<MoveSlotsResponse, ApiError> {
        let found = appointments::slots_to_move_to(&app, &town, &by.0, from.0, days.0).await?;
        Ok(MoveSlotsResponse::Slots(Written::of(&slots(&town, &found))))
    }

    /// The citizen moves the own appointment; the old slot is kept until the new one is safe.
    #[oai(path = "/appointment/move", method = "post", operation_id = "move_appointment")]
    async fn move_appointment(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
        request: Json<MoveRequest>,
    ) -> Result<MoveResponse, ApiError> {
        let page = appointments::move_by_citizen(&app, &town, &by.0, wanted(&request)).await?;
        Ok(MoveResponse::Moved(Json(Box::new(page.into()))))
    }

    /// Staff move an appointment; the citizen is told.
    #[oai(path = "/bookings/:id/move", method = "post", operation_id = "move_booking")]
    async fn move_booking(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<MoveRequest>,
    ) -> Result<MoveResponse, ApiError> {
        let to = wanted(&request);
        let page = appointments::move_by_staff(&app, &town, &by.0, BookingId(id.0), to).await?;
        Ok(MoveResponse::Moved(Json(Box::new(page.into()))))
    }

    /// The free slots of today, in the terminal's office, to which the appointment with this code can be moved.
    #[oai(path = "/check-ins/slots", method = "post", operation_id = "slots_for_code")]
    async fn slots_for_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        origin: Data<&ClientAddress>,
        by: Terminal,
        request: Json<TerminalCode>,
    ) -> Result<MoveSlotsResponse, ApiError> {
        let network = origin.network().to_string();
        let typed = TypedCode { code: request.0.code, network, ..TypedCode::default() };
        let found = move_here::slots_for_code(&app, &town, &by.0, &typed).await?;
        Ok(MoveSlotsResponse::Slots(Written::of(&slots(&town, &found))))
    }

    /// Moves the appointment with this code to a slot of today and checks the person in.
    #[oai(path = "/check-ins/move", method = "post", operation_id = "move_and_check_in")]
    async fn move_and_check_in(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        origin: Data<&ClientAddress>,
        by: Terminal,
        request: Json<MoveHereRequest>,
    ) -> Result<Json<CheckIn>, ApiError> {
        let request = request.0;
        let to = Wanted { pool: PoolId(request.pool_id), starts_at: request.starts_at };
        let network = origin.network().to_string();
        let typed = TypedCode { code: request.code, tap_key: request.tap_key, network, kept: None };
        let checked_in = move_here::move_here(&app, &town, &by.0, typed, to).await?;
        Ok(Json(answer(&app, &town, checked_in).await?))
    }
}

fn wanted(request: &MoveRequest) -> Wanted {
    Wanted { pool: PoolId(request.pool_id), starts_at: request.starts_at }
}

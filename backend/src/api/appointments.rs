//! Appointments: hold, book, verify, see, cancel; staff book for callers and cancel.

mod types;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::appointments::form::Particulars;
use domain::ids::{BookingId, HoldId, PoolId, VisitId};
use domain::town::Town;
use operations::App;
use operations::appointments::{self, BookRequest, CallerRequest, Effort, HoldRequest as WantedHold, Proof};
use operations::schedule::ItemRequest as WantedItem;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::citizen_link::{CitizenLink, HoldToken};
use crate::auth::device_token;
use crate::auth::staff_session::Desk;
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, failed, language};

pub use types::{
    Appointment, BookedAppointment, BookingRequest, CallerBooking, CallerBookingRequest, CancelRequest,
    Challenge, CodeRequest, Hold, HoldChallenge, HoldRequest, Item, ItemRequest, PendingBooking,
    PhoneRequest,
};

/// Holds, bookings, the citizen's own appointment.
pub struct AppointmentsApi;

#[derive(ApiResponse)]
enum HoldCreated {
    /// The slot is held.
    #[oai(status = 201)]
    Held(Json<Hold>),
}

#[derive(ApiResponse)]
enum HoldResponse {
    /// The hold as it is now.
    #[oai(status = 200)]
    Held(Json<Hold>),
}

#[derive(ApiResponse)]
enum Done {
    /// It is done.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum BookingCreated {
    /// The booking waits for its six digits.
    #[oai(status = 201)]
    Pending(Json<PendingBooking>),
}

#[derive(ApiResponse)]
enum VerifyResponse {
    /// The booking stands.
    #[oai(status = 200)]
    Booked(Json<Box<BookedAppointment>>),
}

#[derive(ApiResponse)]
enum ChallengeResponse {
    /// A code is on its way.
    #[oai(status = 200)]
    Sent(Json<Challenge>),
}

#[derive(ApiResponse)]
enum AppointmentResponse {
    /// The appointment.
    #[oai(status = 200)]
    Appointment(Json<Box<Appointment>>),
}

#[derive(ApiResponse)]
enum CalendarResponse {
    /// The calendar file (RFC 5545).
    #[oai(status = 200, content_type = "text/calendar; charset=utf-8")]
    File(
        PlainText<String>,
        /// The name to save it under.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

#[derive(ApiResponse)]
enum CallerBookingCreated {
    /// The caller is booked.
    #[oai(status = 201)]
    Booked(Json<Box<CallerBooking>>),
}

#[OpenApi(tag = "Tag::Appointments")]
impl AppointmentsApi {
    /// A small task to compute before a slot is held.
    #[oai(path = "/hold-challenges", method = "post", operation_id = "challenge_hold")]
    async fn challenge_hold(&self, app: Data<&App>, town: Data<&Arc<Town>>) -> Json<HoldChallenge> {
        let new = appointments::hold_challenge(&app, &town);
        let appointments::HoldChallenge { challenge, difficulty, expires_at } = new;
        Json(HoldChallenge { challenge, difficulty, expires_at })
    }

    /// Keeps a slot for ten minutes while the particulars are typed.
    #[oai(path = "/holds", method = "post", operation_id = "hold_slot")]
    async fn hold_slot(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        origin: Data<&ClientAddress>,
        caller: &Request,
        /// A random name the browser gave itself, to limit how many slots one device keeps.
        #[oai(name = "Device-Id", validator(max_length = 64))]
        device: Header<Option<String>>,
        request: Json<HoldRequest>,
    ) -> Result<HoldCreated, ApiError> {
        let terminal = device_token::is_terminal(&app, &town, caller).await;
        let terminal = terminal.map_err(|failure| failed(&failure))?;
        let request = request.0;
        let mut wanted = wanted(request.items, request.pool_id, request.starts_at);
        // At a terminal of ours one person stands at a time, and the next one comes from the same network.
        wanted.origin = (!terminal).then(|| origin.network().to_string());
        let proof = request.proof.map(|proof| Proof { challenge: proof.challenge, nonce: proof.nonce });
        let effort = Effort { device: device.0.filter(|device| !device.is_empty()), proof, terminal };
        let held = appointments::hold_with(&app, &town, &wanted, &effort).await?;
        Ok(HoldCreated::Held(Json(held.into())))
    }

    /// Gives ten more minutes, once.
    #[oai(path = "/holds/:id/extend", method = "post", operation_id = "extend_hold")]
    async fn extend_hold(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        id: Path<Uuid>,
    ) -> Result<HoldResponse, ApiError> {
        let held = appointments::extend_hold(&app, &town, &token.0, HoldId(id.0)).await?;
        Ok(HoldResponse::Held(Json(held.into())))
    }

    /// Gives a slot back before its time.
    #[oai(path = "/holds/:id", method = "delete", operation_id = "release_hold")]
    async fn release_hold(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        id: Path<Uuid>,
    ) -> Result<Done, ApiError> {
        appointments::release_hold(&app, &town, &token.0, HoldId(id.0)).await?;
        Ok(Done::Done)
    }

    /// Turns a hold into a booking and sends six digits to the number.
    #[oai(path = "/bookings", method = "post", operation_id = "book_appointment")]
    async fn book_appointment(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        request: Json<BookingRequest>,
    ) -> Result<BookingCreated, ApiError> {
        let request = request.0;
        let request = BookRequest {
            hold: HoldId(request.hold_id),
            language: language(&request.language)?,
            particulars: Particulars {
                name: request.name,
                address: request.address,
                phone: request.phone,
                email: request.email,
                remark: request.remark,
            },
        };
        let pending = appointments::book(&app, &town, &token.0, &request).await?;
        let challenge = pending.challenge.into();
        Ok(BookingCreated::Pending(Json(PendingBooking { booking_id: pending.id.0, challenge })))
    }

    /// Checks the six digits; the right ones make the booking stand.
    #[oai(path = "/bookings/:id/verify", method = "post", operation_id = "verify_booking")]
    async fn verify_booking(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        id: Path<Uuid>,
        request: Json<CodeRequest>,
    ) -> Result<VerifyResponse, ApiError> {
        let booked = appointments::verify(&app, &town, &token.0, BookingId(id.0), &request.code).await?;
        Ok(VerifyResponse::Booked(Json(Box::new(BookedAppointment {
            link_token: booked.link_token.reveal().to_owned(),
            appointment: booked.page.into(),
        }))))
    }

    /// Sends new digits to the same number.
    #[oai(path = "/bookings/:id/resend-code", method = "post", operation_id = "resend_code")]
    async fn resend_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        id: Path<Uuid>,
    ) -> Result<ChallengeResponse, ApiError> {
        let sent = appointments::resend_code(&app, &town, &token.0, BookingId(id.0)).await?;
        Ok(ChallengeResponse::Sent(Json(sent.into())))
    }

    /// Takes another number and sends digits there.
    #[oai(path = "/bookings/:id/phone", method = "patch", operation_id = "change_phone")]
    async fn change_phone(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        token: HoldToken,
        id: Path<Uuid>,
        request: Json<PhoneRequest>,
    ) -> Result<ChallengeResponse, ApiError> {
        let id = BookingId(id.0);
        let sent = appointments::change_phone(&app, &town, &token.0, id, &request.phone).await?;
        Ok(ChallengeResponse::Sent(Json(sent.into())))
    }

    /// The citizen's own appointment.
    #[oai(path = "/appointment", method = "get", operation_id = "get_appointment")]
    async fn get_appointment(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
    ) -> Result<AppointmentResponse, ApiError> {
        let page = appointments::appointment(&app, &town, &by.0).await?;
        Ok(AppointmentResponse::Appointment(Json(Box::new(page.into()))))
    }

    /// The citizen cancels, until the minute of the appointment.
    #[oai(path = "/appointment/cancel", method = "post", operation_id = "cancel_appointment")]
    async fn cancel_appointment(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
    ) -> Result<AppointmentResponse, ApiError> {
        let page = appointments::cancel_by_citizen(&app, &town, &by.0).await?;
        Ok(AppointmentResponse::Appointment(Json(Box::new(page.into()))))
    }

    /// The citizen's own appointment as a calendar file.
    #[oai(path = "/appointment/calendar.ics", method = "get", operation_id = "get_calendar_file")]
    async fn get_calendar_file(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
    ) -> Result<CalendarResponse, ApiError> {
        let file = appointments::calendar_file(&app, &town, &by.0).await?;
        Ok(CalendarResponse::File(PlainText(file), "attachment; filename=\"termin.ics\"".to_owned()))
    }

    /// Books for a caller at once; the confirmation goes to the number if there is one.
    #[oai(path = "/staff/bookings", method = "post", operation_id = "book_for_caller")]
    async fn book_for_caller(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        request: Json<CallerBookingRequest>,
    ) -> Result<CallerBookingCreated, ApiError> {
        let request = request.0;
        let beside = request.beside;
        let request = CallerRequest {
            slot: wanted(request.items, request.pool_id, request.starts_at),
            language: language(&request.language)?,
            follows: request.follows.map(VisitId),
            particulars: Particulars {
                name: request.name,
                address: None,
                phone: request.phone,
                email: request.email,
                remark: request.remark,
            },
        };
        let page = if beside {
            appointments::book_for_caller_anyway(&app, &town, &by.0, &request).await?
        } else {
            appointments::book_for_caller(&app, &town, &by.0, &request).await?
        };
        Ok(CallerBookingCreated::Booked(Json(Box::new(CallerBooking { appointment: page.into() }))))
    }

    /// The office cancels; the citizen is told.
    #[oai(path = "/bookings/:id/cancel", method = "post", operation_id = "cancel_booking")]
    async fn cancel_booking(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<CancelRequest>,
    ) -> Result<Done, ApiError> {
        appointments::cancel_by_staff(&app, &town, &by.0, BookingId(id.0), request.0.reason).await?;
        Ok(Done::Done)
    }
}

fn wanted(items: Vec<ItemRequest>, pool: Uuid, starts_at: DateTime<Utc>) -> WantedHold {
    let items = items.into_iter().map(|item| WantedItem { service: item.service, quantity: item.quantity });
    WantedHold { items: items.collect(), pool: PoolId(pool), starts_at, origin: None }
}

//! Appointments: hold, book, verify, see, cancel; staff book for callers and cancel.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::form::Particulars;
use domain::ids::{BookingId, HoldId, PoolId};
use domain::language::Language;
use domain::town::Town;
use operations::App;
use operations::appointments::{
    self, AppointmentPage, BookRequest, CallerRequest, Effort, HeldSlot, HoldRequest as WantedHold,
    PendingChallenge, Proof,
};
use operations::schedule::ItemRequest as WantedItem;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::catalog::Fee;
use crate::api::queue::ticket::Ticket;
use crate::api::schedule::length_min;
use crate::api::town::{OfficeRef, Zone};
use crate::auth::citizen_link::{CitizenLink, HoldToken};
use crate::auth::staff_session::Desk;
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, Text};

/// Holds, bookings, the citizen's own appointment.
pub struct AppointmentsApi;

/// A service and for how many.
#[derive(Clone, Debug, Object)]
pub struct ItemRequest {
    /// The service's slug.
    pub service: String,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// A slot to hold.
#[derive(Clone, Debug, Object)]
pub struct HoldRequest {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// The pool of the chosen slot.
    pub pool_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The answer to a challenge of `POST /hold-challenges`; needed where its difficulty is not 0.
    pub proof: Option<HoldProof>,
}

/// The answer to a challenge.
#[derive(Clone, Debug, Object)]
pub struct HoldProof {
    /// The challenge, as it was given.
    #[oai(validator(max_length = 200))]
    pub challenge: String,
    /// Decimal digits so that SHA-256 of `<challenge>:<nonce>` begins with as many zero bits as the difficulty says.
    #[oai(validator(max_length = 32))]
    pub nonce: String,
}

/// A small task to compute before a slot is held.
#[derive(Clone, Debug, Object)]
pub struct HoldChallenge {
    /// What the number is computed for.
    pub challenge: String,
    /// How many zero bits are needed; 0: no proof is needed.
    pub difficulty: u8,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
}

/// A slot that is kept while the particulars are typed.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Hold {
    /// The hold.
    pub id: Uuid,
    /// Its secret; only in the answer that creates it.
    pub token: Option<String>,
    /// When the slot begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// When the hold lapses.
    pub expires_at: DateTime<Utc>,
    /// Whether it may be extended.
    pub extendable: bool,
    /// Where.
    pub office: OfficeRef,
    /// How long the visit takes.
    pub duration_min: u16,
}

/// The particulars of a booking.
#[derive(Clone, Object)]
pub struct BookingRequest {
    /// The hold it grows out of.
    pub hold_id: Uuid,
    /// First name and surname.
    #[oai(default)]
    pub name: String,
    /// Postal address.
    pub address: Option<String>,
    /// Mobile number, as people type it.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// What staff should know.
    pub remark: Option<String>,
    /// The language of messages.
    #[oai(default)]
    pub language: String,
}

/// A code that is on its way.
#[derive(Clone, Debug, Object)]
pub struct Challenge {
    /// The number, masked.
    pub sent_to: String,
    /// Until when the code is good.
    pub expires_at: DateTime<Utc>,
    /// When another may be asked for.
    pub resend_at: DateTime<Utc>,
    /// Tries left.
    pub tries_left: u8,
}

/// A booking that waits for its six digits.
#[derive(Clone, Debug, Object)]
pub struct PendingBooking {
    /// The booking.
    pub booking_id: Uuid,
    /// The code that is on its way.
    pub challenge: Challenge,
}

/// The six digits, as people type them.
#[derive(Clone, Object)]
pub struct CodeRequest {
    /// The digits.
    pub code: String,
}

/// Another mobile number.
#[derive(Clone, Object)]
pub struct PhoneRequest {
    /// The number, as people type it.
    pub phone: String,
}

/// A booking that stands, with the secret of the citizen's link.
#[derive(Clone, Debug, Object)]
pub struct BookedAppointment {
    /// The secret.
    pub link_token: String,
    /// The appointment.
    pub appointment: Appointment,
}

/// An office with its address.
#[derive(Clone, Debug, Object)]
pub struct OfficeAddress {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
}

/// A service of an appointment.
#[derive(Clone, Debug, Object)]
pub struct Item {
    /// The service's slug.
    pub service: String,
    /// Its name.
    pub name: Text,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// An appointment as its citizen sees it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Appointment {
    /// The booking.
    pub id: Uuid,
    /// Where it stands: `unverified`, `expired`, `booked`, `arrived`, `cancelled_by_citizen`,
    /// `cancelled_by_office`, `no_show` or `moved`.
    pub state: String,
    /// Grows with every change.
    pub rev: i32,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Where.
    pub office: OfficeAddress,
    /// The waiting zone.
    pub zone: Option<Zone>,
    /// What for.
    pub items: Vec<Item>,
    /// What to bring.
    pub documents: Vec<Text>,
    /// What it costs.
    pub fees: Vec<Fee>,
    /// The check-in code; empty while it is not verified.
    pub check_in_code: String,
    /// From when the code works.
    pub check_in_from: DateTime<Utc>,
    /// The name, until it is deleted.
    pub name: String,
    /// The mobile number, masked; empty without one.
    pub sent_to: String,
    /// The language of messages.
    pub language: String,
    /// Whether it can be cancelled now.
    pub may_cancel: bool,
    /// Whether it can be moved now.
    pub may_move: bool,
    /// When the reminder goes out.
    pub reminder_at: Option<DateTime<Utc>>,
    /// The ticket, once the person is here.
    pub ticket: Option<Ticket>,
}

/// A booking for a caller.
#[derive(Clone, Object)]
pub struct CallerBookingRequest {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// The pool of the chosen slot.
    pub pool_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// First name and surname.
    #[oai(default)]
    pub name: String,
    /// Mobile number; the confirmation goes there.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// What staff should know.
    pub remark: Option<String>,
    /// The language of messages.
    #[oai(default)]
    pub language: String,
    /// Book beside an appointment that the number has for the same service; the log says so.
    #[oai(rename = "override", default)]
    pub beside: bool,
}

/// The appointment that a caller got.
#[derive(Clone, Debug, Object)]
pub struct CallerBooking {
    /// The appointment.
    pub appointment: Appointment,
}

/// Why staff cancel.
#[derive(Clone, Debug, Default, Object)]
pub struct CancelRequest {
    /// The reason, for the log; nothing personal.
    pub reason: Option<String>,
}

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

#[OpenApi]
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
        /// A random name the browser gave itself, to limit how many slots one device keeps.
        #[oai(name = "Device-Id", validator(max_length = 64))]
        device: Header<Option<String>>,
        request: Json<HoldRequest>,
    ) -> Result<HoldCreated, ApiError> {
        let request = request.0;
        let mut wanted = wanted(request.items, request.pool_id, request.starts_at);
        wanted.origin = Some(origin.network().to_string());
        let proof = request.proof.map(|proof| Proof { challenge: proof.challenge, nonce: proof.nonce });
        let effort = Effort { device: device.0.filter(|device| !device.is_empty()), proof };
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
            language: language(&request.language),
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
            language: language(&request.language),
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

/// Languages we do not write in get German.
fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap_or_default()
}

impl From<HeldSlot> for Hold {
    fn from(held: HeldSlot) -> Self {
        Self {
            id: held.id.0,
            token: held.token,
            starts_at: held.starts_at,
            ends_at: held.ends_at,
            expires_at: held.expires_at,
            extendable: held.extendable,
            office: OfficeRef { id: held.office.0, name: held.office_name },
            duration_min: length_min(held.starts_at, held.ends_at),
        }
    }
}

impl From<PendingChallenge> for Challenge {
    fn from(pending: PendingChallenge) -> Self {
        Self {
            sent_to: pending.sent_to,
            expires_at: pending.expires_at,
            resend_at: pending.resend_at,
            tries_left: pending.tries_left,
        }
    }
}

impl From<AppointmentPage> for Appointment {
    fn from(page: AppointmentPage) -> Self {
        let office = page.office;
        let items = page.items.into_iter().map(|item| Item {
            service: item.slug,
            name: item.name.into(),
            quantity: item.quantity,
        });
        Self {
            id: page.id.0,
            state: page.state.as_str().to_owned(),
            rev: page.rev,
            starts_at: page.starts_at,
            ends_at: page.ends_at,
            day: page.day,
            office: OfficeAddress {
                id: office.id.0,
                name: office.name,
                street: office.street,
                postal_code: office.postal_code,
                city: office.city,
            },
            zone: page.zone.map(Zone::from),
            items: items.collect(),
            documents: page.documents.into_iter().map(Text::from).collect(),
            fees: page.fees.into_iter().map(Fee::from).collect(),
            check_in_code: page.check_in_code.map(|code| code.to_string()).unwrap_or_default(),
            check_in_from: page.check_in_from,
            name: page.name,
            sent_to: page.sent_to.unwrap_or_default(),
            language: page.language.tag().to_owned(),
            may_cancel: page.may_cancel,
            may_move: page.may_move,
            reminder_at: page.reminder_at,
            ticket: page.ticket.map(Ticket::from),
        }
    }
}

//! What a terminal does: check in, draw a number, send a lost code again, show waits.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::language::Language;
use domain::queue::check_in::Punctuality;
use domain::town::Town;
use operations::App;
use operations::queue::arrival::{self, CheckedIn, TypedCode};
use operations::queue::lost_code::send_lost_code;
use operations::queue::walk_in::{WalkIn, draw_ticket};
use operations::queue::{screens, tickets};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};

use super::ticket::Ticket;
use super::{WaitRange, not_found};
use crate::api::Tag;
use crate::api::schedule::Slot;
use crate::api::town::{Office, Zone};
use crate::auth::device_token::Terminal;
use crate::problem::{ApiError, Text, failed};

/// Arriving at a terminal.
pub struct ArrivalApi;

/// A code typed or scanned.
#[derive(Clone, Debug, Object)]
pub struct CheckInRequest {
    /// The eight digits, with or without a dash.
    #[oai(validator(max_length = 40))]
    pub code: String,
    /// The tap: delivered twice, it is one check-in.
    #[oai(validator(min_length = 8, max_length = 64))]
    pub tap_key: String,
}

/// Somebody without appointment.
#[derive(Clone, Debug, Object)]
pub struct TicketRequest {
    /// The service's slug.
    #[oai(validator(max_length = 100))]
    pub service: String,
    /// The language chosen at the terminal.
    #[oai(validator(max_length = 20))]
    pub language: String,
    /// The mobile number, for a call by SMS.
    #[oai(validator(max_length = 40))]
    pub phone: Option<String>,
}

/// The number whose code was lost.
#[derive(Clone, Debug, Object)]
pub struct LostCodeRequest {
    /// The mobile number.
    #[oai(validator(max_length = 40))]
    pub phone: String,
}

/// How punctual somebody is.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Timing {
    /// Before the time.
    Early,
    /// In time, or without appointment.
    OnTime,
    /// A little late; the place is kept.
    Late,
    /// Too late; waits like somebody without appointment.
    TooLate,
}

/// Somebody is here.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct CheckIn {
    /// The ticket.
    pub ticket: Ticket,
    /// The ticket's secret, for its page.
    pub ticket_token: String,
    /// A name is never shown at a terminal.
    pub greeting_name: Option<String>,
    /// How punctual.
    pub timing: Timing,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// Where to wait.
    pub zone: Zone,
    /// The expected wait.
    pub wait: Option<WaitRange>,
    /// The person's language.
    pub language: String,
    /// Whether they had checked in before.
    pub already: bool,
    /// Where the ticket's page is, for a QR code.
    pub next_link: Option<String>,
}

/// A service one can come for without appointment.
#[derive(Clone, Debug, Object)]
pub struct TerminalService {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// Whether many come for it.
    pub popular: bool,
}

/// What a terminal shows before anybody touches it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct TerminalView {
    /// Its office.
    pub office: Office,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// How many wait.
    pub waiting: u32,
    /// Appointments still free today.
    pub free_today: Vec<Slot>,
    /// What one can come for.
    pub services: Vec<TerminalService>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

#[derive(ApiResponse)]
enum DrawResponse {
    /// The ticket.
    #[oai(status = 201)]
    Drawn(Json<CheckIn>),
}

#[derive(ApiResponse)]
enum LostCodeResponse {
    /// If there is an appointment today, its code is on its way.
    #[oai(status = 202)]
    Accepted,
}

#[OpenApi(tag = "Tag::Arrival")]
impl ArrivalApi {
    /// What the terminal shows before anybody touches it.
    #[oai(path = "/terminal", method = "get", operation_id = "get_terminal")]
    async fn get_terminal(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Terminal,
    ) -> Result<Json<TerminalView>, ApiError> {
        let view = screens::terminal(&app, &town, &by.0).await.map_err(|failure| failed(&failure))?;
        let view = view.ok_or_else(not_found)?;
        let slot = |slot| Slot::of(town.zone, &slot, &view.office.name);
        Ok(Json(TerminalView {
            wait: view.wait.map(WaitRange::from),
            waiting: view.waiting,
            free_today: view.free_today.into_iter().map(slot).collect(),
            services: view
                .services
                .into_iter()
                .map(|(slug, name, popular)| TerminalService { slug, name: name.into(), popular })
                .collect(),
            generated_at: view.generated_at,
            office: view.office.into(),
        }))
    }

    /// Checks somebody in by their code.
    #[oai(path = "/check-ins", method = "post", operation_id = "check_in")]
    async fn check_in(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Terminal,
        request: Json<CheckInRequest>,
    ) -> Result<Json<CheckIn>, ApiError> {
        let typed = TypedCode { code: request.0.code, tap_key: request.0.tap_key };
        let checked_in = arrival::check_in(&app, &town, &by.0, typed).await?;
        Ok(Json(answer(&app, &town, checked_in).await?))
    }

    /// Sends the code of today's appointment again, if there is one; the answer does not tell.
    #[oai(path = "/check-ins/lost-code", method = "post", operation_id = "send_lost_code")]
    async fn send_lost_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Terminal,
        request: Json<LostCodeRequest>,
    ) -> Result<LostCodeResponse, ApiError> {
        send_lost_code(&app, &town, &request.phone).await.map_err(|failure| failed(&failure))?;
        Ok(LostCodeResponse::Accepted)
    }

    /// Draws a ticket for somebody without appointment.
    #[oai(path = "/tickets", method = "post", operation_id = "draw_ticket")]
    async fn draw_ticket(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Terminal,
        request: Json<TicketRequest>,
    ) -> Result<DrawResponse, ApiError> {
        let walk_in = WalkIn {
            service: request.0.service,
            language: Language::parse(&request.0.language).unwrap_or_default(),
            phone: request.0.phone,
        };
        let drawn = draw_ticket(&app, &town, &by.0, walk_in).await?;
        Ok(DrawResponse::Drawn(Json(answer(&app, &town, drawn).await?)))
    }
}

pub(crate) async fn answer(app: &App, town: &Town, checked_in: CheckedIn) -> Result<CheckIn, ApiError> {
    let language = checked_in.visit.language.tag().to_owned();
    let view = tickets::view_of(app, town, checked_in.visit).await.map_err(|failure| failed(&failure))?;
    let ticket = Ticket::from(view);
    let token = checked_in.token.reveal().to_owned();
    Ok(CheckIn {
        timing: match checked_in.punctuality {
            Punctuality::Early { .. } => Timing::Early,
            Punctuality::OnTime => Timing::OnTime,
            Punctuality::Late { .. } => Timing::Late,
            Punctuality::TooLate { .. } => Timing::TooLate,
        },
        greeting_name: None,
        appointment_at: ticket.appointment_at,
        zone: ticket.zone.clone(),
        wait: ticket.wait,
        language,
        already: checked_in.already,
        next_link: Some(format!("/t/{token}")),
        ticket_token: token,
        ticket,
    })
}

//! Arriving: what a terminal does (check in, draw a number, send a lost code again, show waits), and "I am here" on a phone.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::queue::check_in::Punctuality;
use domain::queue::refusal::ArrivalRefused;
use domain::town::Town;
use operations::queue::arrival::{self, CheckedIn, Kept, TypedCode};
use operations::queue::by_link;
use operations::queue::lost_code::send_lost_code;
use operations::queue::walk_in::{WalkIn, draw_ticket};
use operations::queue::{screens, tickets};
use operations::{App, Error};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use runtime::metrics::WRONG_CODES;

use super::ticket::Ticket;
use super::{WaitRange, not_found};
use crate::api::Tag;
use crate::api::schedule::Slot;
use crate::api::town::{Office, Zone};
use crate::auth::citizen_link::CitizenLink;
use crate::auth::device_token::{AnyDevice, Terminal};
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, Text, failed, language};

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
    /// When the person stood there, by the terminal's clock; believed only with the signature.
    pub tapped_at: Option<DateTime<Utc>>,
    /// The terminal's HMAC-SHA-256 over device, tap, code and time, as base64url.
    #[oai(validator(max_length = 64))]
    pub signature: Option<String>,
}

/// "I am here", said on a phone.
#[derive(Clone, Debug, Object)]
pub struct HereRequest {
    /// The four digits shown in the foyer, where the town asks for them.
    #[oai(validator(max_length = 20))]
    pub foyer_code: Option<String>,
}

/// The code that a device in the foyer shows.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ShownFoyerCode {
    /// The four digits; `null` where the town asks for none.
    pub code: Option<String>,
    /// Until when they are shown.
    pub until: Option<DateTime<Utc>>,
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
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// Whether the house is closed: nobody gets a ticket until shortly before it opens.
    pub closed: bool,
    /// When it opens next, while it is closed.
    pub opens_next: Option<DateTime<Utc>>,
    /// Numbers that were told to come in lately, the last one first.
    pub let_in: Vec<String>,
    /// How many wait outside, because the house is full.
    pub outside: u32,
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
            appointment_only: view.office.admission.appointment_only,
            closed: view.closed,
            opens_next: view.opens_next,
            let_in: view.let_in.iter().map(ToString::to_string).collect(),
            outside: view.outside,
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
        origin: Data<&ClientAddress>,
        by: Terminal,
        request: Json<CheckInRequest>,
    ) -> Result<Json<CheckIn>, ApiError> {
        let CheckInRequest { code, tap_key, tapped_at, signature } = request.0;
        let kept = tapped_at.map(|tapped_at| Kept { tapped_at, signature: signature.unwrap_or_default() });
        let typed = TypedCode { code, tap_key, network: origin.network().to_string(), kept };
        let checked_in = arrival::check_in(&app, &town, &by.0, typed).await.inspect_err(count_wrong)?;
        Ok(Json(answer(&app, &town, checked_in).await?))
    }

    /// Checks somebody in who says on a phone that they are here.
    #[oai(path = "/appointment/check-in", method = "post", operation_id = "check_in_by_link")]
    async fn check_in_by_link(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
        request: Json<HereRequest>,
    ) -> Result<Json<CheckIn>, ApiError> {
        let typed = request.0.foyer_code;
        let checked_in = by_link::check_in_by_link(&app, &town, &by.0, typed.as_deref()).await?;
        Ok(Json(answer(&app, &town, checked_in).await?))
    }

    /// The code that a device in the foyer shows, so that phones can prove to be there.
    #[oai(path = "/foyer-code", method = "get", operation_id = "get_foyer_code")]
    async fn get_foyer_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: AnyDevice,
    ) -> Json<ShownFoyerCode> {
        let shown = by_link::foyer_code(&app, &town, by.0.office);
        let (code, until) = shown.map(|(code, until)| (code.to_string(), until)).unzip();
        Json(ShownFoyerCode { code, until })
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
            language: language(&request.0.language)?,
            phone: request.0.phone,
        };
        let drawn = draw_ticket(&app, &town, &by.0, walk_in).await?;
        Ok(DrawResponse::Drawn(Json(answer(&app, &town, drawn).await?)))
    }
}

/// Operators hear of it when codes are guessed.
fn count_wrong(error: &Error<ArrivalRefused>) {
    if let Error::Refused(ArrivalRefused::UnknownCode { .. } | ArrivalRefused::TooManyTries { .. }) = error {
        metrics::counter!(WRONG_CODES).increment(1);
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

//! The visitor's own ticket, by the ticket's secret or the booking's link.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{OfficeId, VisitId};
use domain::queue::status::VisitState;
use domain::town::Town;
use operations::App;
use operations::queue::tickets::TicketView;
use operations::queue::{room, serving, tickets};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::{WaitRange, not_found};
use crate::api::Tag;
use crate::api::town::Zone;
use crate::auth::visitor::Visitor;
use crate::live::offices::{Offices, Shown};
use crate::live::shared::{Look, Turn};
use crate::live::{Live, Written};
use crate::problem::{ApiError, Text, failed};

/// The visitor's own ticket.
pub struct TicketApi;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum TicketState {
    /// Waits for a call.
    Waiting,
    /// Was called.
    Called,
    /// Is being served.
    Serving,
    /// Was put aside.
    Parked,
    /// Did not come; may come back.
    Missed,
    /// Is done.
    Done,
    /// Went away.
    Left,
    /// Goes on with another ticket.
    Transferred,
}

impl From<VisitState> for TicketState {
    fn from(state: VisitState) -> Self {
        match state {
            VisitState::Waiting => Self::Waiting,
            VisitState::Called => Self::Called,
            VisitState::Serving => Self::Serving,
            VisitState::Parked => Self::Parked,
            VisitState::Missed => Self::Missed,
            VisitState::Done => Self::Done,
            VisitState::Left => Self::Left,
            VisitState::Transferred => Self::Transferred,
        }
    }
}

/// The counter a visitor is called to.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct TicketCounter {
    /// Its name: `Platz 3`.
    pub name: String,
    /// Its number: `3`.
    pub number: String,
    /// How to get there from the waiting zone.
    pub way: Option<Text>,
}

/// A ticket as its holder sees it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Ticket {
    /// The visit.
    pub visit_id: Uuid,
    /// As shown: `B 012`.
    pub number: String,
    /// The letter of the waiting zone.
    pub letter: String,
    /// The digits: `012`.
    pub digits: String,
    /// The number before the person was sent on to another zone.
    pub was: Option<String>,
    /// Where it stands.
    pub state: TicketState,
    /// Where to wait.
    pub zone: Zone,
    /// The office's name.
    pub office_name: String,
    /// Where to go, once called.
    pub counter: Option<TicketCounter>,
    /// The last call.
    pub called_at: Option<DateTime<Utc>>,
    /// The arrival.
    pub arrived_at: DateTime<Utc>,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// How many come before.
    pub ahead: u32,
    /// The expected wait.
    pub wait: Option<WaitRange>,
    /// Whether the visitor waits outside, because the house is full.
    pub outside: bool,
    /// Whether we know a mobile number to write to.
    pub by_sms: bool,
    /// Until when somebody who was missed may come back.
    pub rejoin_until: Option<DateTime<Utc>>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

impl From<TicketView> for Ticket {
    fn from(view: TicketView) -> Self {
        let visit = view.visit;
        Self {
            outside: room::is_outside(&visit),
            by_sms: visit.phone_hash.is_some(),
            visit_id: visit.id.0,
            number: visit.ticket.to_string(),
            letter: visit.ticket.zone().to_string(),
            digits: visit.ticket.digits(),
            was: view.was.map(|ticket| ticket.to_string()),
            state: visit.state.into(),
            zone: view.zone.into(),
            office_name: view.office_name,
            counter: view.counter.map(|(name, number, way)| TicketCounter {
                name,
                number,
                way: Some(way).filter(|way| !way.de.is_empty()).map(Text::from),
            }),
            called_at: visit.last_call_at(),
            arrived_at: visit.arrived_at,
            appointment_at: visit.appointment_at,
            ahead: view.ahead,
            wait: view.wait.map(WaitRange::from),
            rejoin_until: view.rejoin_until,
            generated_at: view.generated_at,
        }
    }
}

#[OpenApi(tag = "Tag::Arrival")]
impl TicketApi {
    /// The visitor's ticket.
    #[oai(path = "/ticket", method = "get", operation_id = "get_ticket")]
    async fn get_ticket(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Visitor,
    ) -> Result<Json<Ticket>, ApiError> {
        let visit = by.0.visit(&app).await.map_err(|failure| failed(&failure))?.ok_or_else(not_found)?;
        let view = tickets::view(&app, &town, visit).await.map_err(|failure| failed(&failure))?;
        view.map(|view| Json(view.into())).ok_or_else(not_found)
    }

    /// The visitor's ticket, again after every change.
    #[oai(path = "/ticket/live", method = "get", operation_id = "watch_ticket")]
    async fn watch_ticket(
        &self,
        offices: Data<&Offices>,
        town: Data<&Arc<Town>>,
        by: Visitor,
    ) -> Result<Live<Ticket>, ApiError> {
        let app = offices.app();
        let visit = by.0.visit(app).await.map_err(|failure| failed(&failure))?.ok_or_else(not_found)?;
        let visit = tickets::visit_now(app, &town, visit).await.map_err(|failure| failed(&failure))?;
        let visit = visit.ok_or_else(not_found)?;
        let page = Page {
            visit: visit.id,
            lasting: visit.lasting_id(),
            office: visit.office,
            over: false,
            look: offices.look(town.id, visit.office),
            offices: offices.clone(),
            town: Arc::clone(&town),
        };
        Ok(Live::of(page, Page::next))
    }

    /// Comes back after having been missed.
    #[oai(path = "/ticket/rejoin", method = "post", operation_id = "rejoin_queue")]
    async fn rejoin_queue(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Visitor,
    ) -> Result<Json<Ticket>, ApiError> {
        let visit = by.0.visit(&app).await.map_err(|failure| failed(&failure))?.ok_or_else(not_found)?;
        let visit = serving::rejoin(&app, &town, by.0.actor(), visit).await?;
        let view = tickets::view_of(&app, &town, visit).await.map_err(|failure| failed(&failure))?;
        Ok(Json(view.into()))
    }

    /// Goes away and gives the ticket back.
    #[oai(path = "/ticket/leave", method = "post", operation_id = "leave_queue")]
    async fn leave_queue(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Visitor,
    ) -> Result<Json<Ticket>, ApiError> {
        let visit = by.0.visit(&app).await.map_err(|failure| failed(&failure))?.ok_or_else(not_found)?;
        let visit = serving::leave(&app, &town, by.0.actor(), visit).await?;
        let view = tickets::view_of(&app, &town, visit).await.map_err(|failure| failed(&failure))?;
        Ok(Json(view.into()))
    }
}

/// The open page of somebody with a ticket.
struct Page {
    visit: VisitId,
    /// The id that stays when they are sent on.
    lasting: VisitId,
    office: OfficeId,
    /// Nothing more happens to the visit.
    over: bool,
    look: Look<Shown>,
    offices: Offices,
    town: Arc<Town>,
}

impl Page {
    async fn next(mut self) -> Option<(Written, Self)> {
        loop {
            let written = match self.look.next().await {
                Turn::Now(shown) => match self.of(&shown) {
                    Some(written) => written,
                    None if self.over => continue,
                    // Large and rare: not in the memory of everybody who listens.
                    None => match Box::pin(self.elsewhere()).await? {
                        Some(written) => written,
                        None => continue,
                    },
                },
                Turn::Quiet => Written::ALIVE,
                Turn::End => return None,
            };
            return Some((written, self));
        }
    }

    /// The ticket, if its holder is in the office today.
    fn of(&self, shown: &Shown) -> Option<Written> {
        let ticket = || shown.now.ticket(self.lasting).map(Ticket::from);
        shown.tickets.page(self.lasting, || ticket().as_ref().map(Written::snapshot))
    }

    /// The ticket of somebody whose visit is over or goes on in another office. `None`: there is no such visit any more;
    /// inner `None`: it could not be read.
    async fn elsewhere(&mut self) -> Option<Option<Written>> {
        let view = match tickets::view(self.offices.app(), &self.town, self.visit).await {
            Ok(view) => view?,
            Err(failure) => {
                tracing::warn!(error = %failure, "a ticket could not be read");
                return Some(None);
            }
        };
        self.over = view.visit.state.is_final();
        if view.visit.office != self.office {
            self.office = view.visit.office;
            self.look = self.offices.look(self.town.id, self.office);
        }
        Some(Some(Written::snapshot(&Ticket::from(view))))
    }
}

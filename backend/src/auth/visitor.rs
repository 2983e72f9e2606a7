//! Whoever has a ticket: by the ticket's own secret, or by the link of the booking it grew out of.

use domain::actor::{Actor, Citizen, TicketHolder};
use domain::ids::VisitId;
use operations::{App, Opened, StoreError, appointments, queue};
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::auth;

/// A visitor with a ticket.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "Ticket", checker = "visitor")]
pub struct Visitor(pub Proof);

/// What the visitor proved.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// The ticket itself.
    Ticket(TicketHolder),
    /// The booking; they may not have checked in yet.
    Booking(Citizen),
}

impl Proof {
    /// The visit, once there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit(&self, app: &App) -> Result<Option<VisitId>, StoreError> {
        match self {
            Self::Ticket(holder) => Ok(Some(holder.visit)),
            Self::Booking(citizen) => queue::tickets::visit_of_citizen(app, citizen).await,
        }
    }

    /// Who the log says it was.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Ticket(holder) => (*holder).into(),
            Self::Booking(citizen) => (*citizen).into(),
        }
    }
}

async fn visitor(req: &Request, bearer: Bearer) -> poem::Result<Proof> {
    let (app, town) = (auth::app(req)?, auth::town(req)?);
    let looking = async {
        match queue::tickets::holder_of_ticket(app, town, &bearer.token).await? {
            Opened::Nothing => {
                Ok(appointments::citizen_of_link(app, town, &bearer.token).await?.map(Proof::Booking))
            }
            opened => Ok(opened.map(Proof::Ticket)),
        }
    };
    auth::look_up(req, &bearer.token, looking).await
}

//! Citizens by the secrets they hold: the link of a booking, and the hold they are booking from.

use domain::actor::Citizen;
use operations::{Opened, appointments, queue};
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::auth;

/// Whoever holds the secret link of a booking.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "Citizen", checker = "citizen")]
pub struct CitizenLink(pub Citizen);

/// Whoever holds the secret of a hold; which one it opens, the verb finds out.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "Hold", checker = "hold")]
pub struct HoldToken(pub String);

async fn citizen(req: &Request, bearer: Bearer) -> poem::Result<Citizen> {
    let (app, town) = (auth::app(req)?, auth::town(req)?);
    let looking = async {
        match appointments::citizen_of_link(app, town, &bearer.token).await? {
            // The page of a link asks for an appointment first, and then for a ticket.
            Opened::Nothing => {
                Ok(queue::tickets::holder_of_ticket(app, town, &bearer.token).await?.elsewhere())
            }
            opened => Ok(opened),
        }
    };
    auth::look_up(req, &bearer.token, looking).await
}

async fn hold(req: &Request, bearer: Bearer) -> poem::Result<String> {
    let (app, town) = (auth::app(req)?, auth::town(req)?);
    let known =
        appointments::opens_a_hold(app, town, &bearer.token).await.map_err(|error| auth::failure(&error))?;
    if known { Ok(bearer.token) } else { Err(auth::not_signed_in()) }
}

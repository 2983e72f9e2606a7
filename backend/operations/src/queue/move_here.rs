//! Who stands at the terminal on the wrong day: move the appointment to today and check in.

use domain::actor::Device;
use domain::appointments::codes::CheckInCode;
use domain::local_time::local_day;
use domain::queue::refusal::ArrivalRefused;
use domain::town::Town;
use store::appointments::Booking;

use super::arrival::{CheckedIn, TypedCode, booking_of_code, check_in};
use super::guessing::{may_try, wrong_code};
use crate::app::App;
use crate::appointments::{self, MoveProblem, MoveRequest};
use crate::error::Outcome;
use crate::schedule::FreeSlots;

/// Why an appointment is not moved to today.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveHereProblem {
    /// The code is wrong, or the person cannot check in.
    #[error(transparent)]
    Arrival(#[from] ArrivalRefused),
    /// The appointment cannot be moved there.
    #[error(transparent)]
    Move(#[from] MoveProblem),
}

/// The free slots of today, in the terminal's office, to which the appointment with this code can be moved.
///
/// # Errors
/// When the code is wrong, the appointment cannot be moved, or the database fails.
pub async fn slots_for_code(
    app: &App,
    town: &Town,
    by: &Device,
    typed: &TypedCode,
) -> Outcome<FreeSlots, MoveHereProblem> {
    let booking = meant(app, town, by, typed).await?;
    appointments::slots_today(app, town, &booking, by)
        .await
        .map_err(|error| error.map_refusal(MoveHereProblem::Move))
}

/// Moves the appointment with this code to a slot of today and checks the person in. The same tap twice is one move and
/// one check-in.
///
/// # Errors
/// When the code is wrong, the appointment cannot be moved there, or the database fails.
pub async fn move_here(
    app: &App,
    town: &Town,
    by: &Device,
    typed: TypedCode,
    to: MoveRequest,
) -> Outcome<CheckedIn, MoveHereProblem> {
    let arrive = async |typed| {
        check_in(app, town, by, typed).await.map_err(|error| error.map_refusal(MoveHereProblem::Arrival))
    };
    if store::queue::visit_of_tap(&app.db, town.id, &typed.tap_key).await?.is_some() {
        return arrive(typed).await;
    }
    let booking = meant(app, town, by, &typed).await?;
    // Moved before, when the line broke between the move and the check-in.
    if booking.pool == to.pool && booking.starts_at == to.starts_at {
        return arrive(typed).await;
    }
    let moved = appointments::move_booking_of_device(app, town, by, booking.id, to)
        .await
        .map_err(|error| error.map_refusal(MoveHereProblem::Move))?;
    let code = moved.check_in_code.map_or(typed.code.clone(), CheckInCode::compact);
    arrive(TypedCode { code, ..typed }).await
}

/// The booking that is meant by what was typed; a wrong code counts as a try.
async fn meant(app: &App, town: &Town, by: &Device, typed: &TypedCode) -> Outcome<Booking, MoveHereProblem> {
    may_try(app, by, &typed.network).await.map_err(|error| error.map_refusal(MoveHereProblem::Arrival))?;
    let today = local_day(town.zone, app.clock.now());
    let found = match CheckInCode::parse(&typed.code) {
        Ok(code) => booking_of_code(&app.db, town, by, code, today).await?,
        Err(_) => None,
    };
    match found {
        Some(booking) => Ok(booking),
        None => Err(wrong_code(app, by, &typed.network).await?.map_refusal(MoveHereProblem::Arrival)),
    }
}

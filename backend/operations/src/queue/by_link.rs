//! "I am here" (Ich bin da) on the citizen's own page: on the day only, and with the code shown in the foyer where the
//! town wants it.

use chrono::{DateTime, Utc};
use domain::actor::{Actor, Citizen};
use domain::ids::{BookingId, OfficeId};
use domain::queue::check_in::{self, CheckInRefused, Place};
use domain::queue::presence::{FoyerCode, TRIES, TRIES_WINDOW, changes_at, steps_at};
use domain::queue::refusal::ArrivalRefused;
use domain::town::Town;
use store::StoreError;

use super::arrival::{CheckedIn, arrive_once, facts_of, here_before, not_here};
use super::guessing::wrong_foyer_code;
use super::situation;
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::secrets::Purpose;
use crate::throttle::Limit;

/// Wrong codes of the foyer that one appointment may send.
const FOYER_TRIES: Limit = Limit { tries: TRIES, window: TRIES_WINDOW };

/// The code a display or terminal shows now, and when the next one follows; `None` where the town asks for none.
#[must_use]
pub fn foyer_code(app: &App, town: &Town, office: OfficeId) -> Option<(FoyerCode, DateTime<Utc>)> {
    let now = app.clock.now();
    let [shown, _] = steps_at(now);
    town.settings.foyer_code.then(|| (code_of(app, office, shown), changes_at(now)))
}

/// Checks somebody in by the link of their appointment.
///
/// # Errors
/// When the appointment is not for today, the code of the foyer is missing or wrong, or the database fails.
pub async fn check_in_by_link(
    app: &App,
    town: &Town,
    by: &Citizen,
    typed: Option<&str>,
) -> Outcome<CheckedIn, ArrivalRefused> {
    let now = app.clock.now();
    let tries = tries_key(by.booking);
    if let Some((wrong, again_at)) = store::throttle::peek(&app.db, &tries, TRIES_WINDOW, now).await?
        && wrong >= TRIES
    {
        return Err(Error::Refused(ArrivalRefused::TooManyTries { again_at }));
    }
    let tx = app.db.write().await?;
    let booking = store::appointments::booking(&tx, town.id, by.booking).await?;
    let booking = booking.ok_or(Error::Refused(ArrivalRefused::NotOffered))?;
    let before = store::queue::visit_of_booking(&tx, booking.id).await?;
    let here = Place { office: booking.office, zone: town.zone, target_wait: situation::target_wait(town) };
    let arrival = match check_in::decide(&facts_of(&booking, before.as_ref()), &here, now) {
        Ok(arrival) => arrival,
        Err(CheckInRefused::AlreadyHere(_)) => {
            let visit = before.ok_or(StoreError::Corrupt { column: "visit.booking_id" })?;
            return here_before(app, tx, town, (&booking, visit), Actor::from(*by)).await;
        }
        Err(why) => return Err(Error::Refused(not_here(&tx, town, &booking, why).await?)),
    };
    if town.settings.foyer_code {
        let typed = typed.map(str::trim).filter(|typed| !typed.is_empty());
        let typed = typed.ok_or(Error::Refused(ArrivalRefused::FoyerCodeNeeded))?;
        if !is_shown(app, booking.office, typed) {
            drop(tx);
            return Err(wrong_foyer_code(app, &tries, FOYER_TRIES).await?);
        }
    }
    arrive_once(app, tx, town, (&booking, arrival), None, Actor::from(*by)).await
}

/// Whether this is the code the foyer shows, or the one it showed just before.
fn is_shown(app: &App, office: OfficeId, typed: &str) -> bool {
    let typed = FoyerCode::parse(typed);
    steps_at(app.clock.now()).into_iter().any(|step| typed == Ok(code_of(app, office, step)))
}

fn code_of(app: &App, office: OfficeId, step: i64) -> FoyerCode {
    FoyerCode::from_hash(&app.secret_hash(Purpose::Foyer, &format!("{office}:{step}")))
}

fn tries_key(booking: BookingId) -> String {
    format!("foyer:{booking}")
}

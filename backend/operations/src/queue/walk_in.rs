//! Drawing a ticket without an appointment (Spontankundschaft).

use chrono::{NaiveDate, TimeDelta};
use domain::actor::{Actor, Device};
use domain::contact::{Contact, PhoneNumber};
use domain::ids::ContactId;
use domain::language::Language;
use domain::local_time::local_day;
use domain::queue::call_order::due_at;
use domain::queue::check_in::Punctuality;
use domain::queue::refusal::ArrivalRefused;
use domain::queue::room::waits_outside;
use domain::town::Town;
use store::queue::Visit;
use store::{Connection, StoreError, Tx};

use super::arrival::{CheckedIn, blank, enter, let_in};
use super::situation;
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::opening_of_office;

/// How long the particulars of a walk-in are kept.
const KEEP_WALK_IN: TimeDelta = TimeDelta::days(2);

/// A walk-in at a terminal.
#[derive(Clone, Debug)]
pub struct WalkIn {
    /// The service's slug.
    pub service: String,
    /// The language chosen at the terminal.
    pub language: Language,
    /// The mobile number, for those who want to be called by SMS.
    pub phone: Option<String>,
}

/// Draws a ticket (Nummer ziehen) for somebody without appointment.
pub async fn draw_ticket(
    app: &App,
    town: &Town,
    by: &Device,
    walk_in: WalkIn,
) -> Outcome<CheckedIn, ArrivalRefused> {
    let phone = walk_in.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
    let phone = phone.map(|typed| PhoneNumber::parse(typed, &town.settings.phone_countries)).transpose();
    let phone = phone.map_err(|why| Error::Refused(ArrivalRefused::Phone(why)))?;
    let opening = opening_of_office(app, town, by.office).await?;
    if !opening.gives_numbers(app.clock.now()) {
        return Err(Error::Refused(ArrivalRefused::Closed { opens_next: opening.opens_next }));
    }
    let tx = app.db.write().await?;
    // Now is when it is our turn: numbers are drawn in the order people are due.
    let now = app.clock.now();
    let day = local_day(town.zone, now);
    let offers = store::catalog::offers(&tx, town.id, &[walk_in.service.as_str()], day).await?;
    let Some(offer) = offers.into_iter().find(|offer| offer.office == by.office) else {
        return Err(Error::Refused(ArrivalRefused::NotOffered));
    };
    let admission = store::queue::room::admission(&tx, by.office).await?;
    if offer.appointment_only || admission.appointment_only {
        return Err(Error::Refused(ArrivalRefused::AppointmentOnly));
    }
    let target_wait = situation::target_wait(town);
    let mut visit = Visit {
        pool: offer.pool,
        zone: offer.zone,
        due_at: due_at(None, now, target_wait, TimeDelta::zero()),
        planned_min: offer.terms.duration_min,
        language: walk_in.language,
        outside: admission.room_limit.is_some() && finds_it_full(&tx, by, day).await?,
        ..blank(app, town.id, by.office, day)
    };
    if let Some(phone) = phone {
        visit.phone_hash = Some(app.db.sealer().phone_hash(&phone));
        visit.contact = Some(keep_contact(app, &tx, town, phone).await?);
    }
    let visit = enter(app, &tx, town, visit, &[(offer.service, 1)], Actor::from(*by)).await?;
    tx.commit().await?;
    Ok(let_in(app, town, visit, Punctuality::OnTime).await)
}

/// Whether there is no room in the house, or others wait for it.
async fn finds_it_full(tx: &Tx, by: &Device, day: NaiveDate) -> Result<bool, StoreError> {
    let limit = store::queue::room::limit_for_update(tx, by.office).await?;
    let room = store::queue::room::room(tx, by.office, day).await?;
    Ok(waits_outside(limit, room, 1))
}

async fn keep_contact(app: &App, tx: &Tx, town: &Town, phone: PhoneNumber) -> Result<ContactId, StoreError> {
    let now = app.clock.now();
    let contact =
        Contact { name: String::new(), phone: Some(phone), email: None, address: None, remark: None };
    let id = app.id();
    let kept = (now, now + KEEP_WALK_IN);
    store::appointments::contacts::insert(tx, town.id, id, &contact, app.rng.bytes(), kept).await?;
    Ok(id)
}

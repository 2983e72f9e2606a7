//! Show an appointment to its citizen, as a page and as a calendar file.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::actor::Citizen;
use domain::appointments::booking::may_cancel;
use domain::appointments::calendar_file::{self, CalendarEntry, Method};
use domain::appointments::codes::CheckInCode;
use domain::appointments::moving::may_move;
use domain::appointments::status::BookingState;
use domain::catalog::Fee;
use domain::contact::{Contact, PhoneNumber};
use domain::ids::BookingId;
use domain::language::{Language, Text};
use domain::local_time::local_day;
use domain::schedule::{Audience, Tick};
use domain::town::Town;
use store::appointments::{BookedItem, Booking, contacts};
use store::catalog::Service;
use store::setup::{OfficeWithZones, Zone};
use store::{Connection, StoreError};

use super::is_sensitive;
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::queue::tickets::{self, TicketView};
use crate::schedule::plan::Plan;

/// An appointment as its citizen sees it.
#[derive(Clone, Debug)]
pub struct AppointmentPage {
    /// The booking.
    pub id: BookingId,
    /// Where it stands.
    pub state: BookingState,
    /// Grows with every change.
    pub rev: i32,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Where.
    pub office: OfficeWithZones,
    /// The waiting zone.
    pub zone: Option<Zone>,
    /// What for.
    pub items: Vec<BookedService>,
    /// What to bring, each once.
    pub documents: Vec<Text>,
    /// What it costs, by service.
    pub fees: Vec<FeeOfService>,
    /// The check-in code, once it stands.
    pub check_in_code: Option<CheckInCode>,
    /// From when the code works.
    pub check_in_from: DateTime<Utc>,
    /// The name, until it is deleted.
    pub name: String,
    /// The number, masked, if there is one.
    pub sent_to: Option<String>,
    /// The language of messages.
    pub language: Language,
    /// Whether it can be cancelled now.
    pub may_cancel: bool,
    /// Whether it can be moved now.
    pub may_move: bool,
    /// Whether "I am here" can be said now, on a phone.
    pub may_check_in: bool,
    /// Whether that asks for the code of the foyer.
    pub foyer_code: bool,
    /// When the reminder goes out.
    pub reminder_at: Option<DateTime<Utc>>,
    /// The ticket, once the person is here.
    pub ticket: Option<TicketView>,
}

/// One amount that a service of an appointment costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeOfService {
    /// The service's name.
    pub service: Text,
    /// The amount.
    pub fee: Fee,
}

/// A service of an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedService {
    /// The service's slug.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// There is no such booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such booking")]
pub struct UnknownBooking;

/// The citizen's own appointment.
///
/// # Errors
/// When it does not exist or the database fails.
pub async fn appointment(app: &App, town: &Town, by: &Citizen) -> Outcome<AppointmentPage, UnknownBooking> {
    let booking = known(app, town, by.booking).await?;
    let mut page = page_of(app, town, &booking).await?;
    if let Some(visit) = tickets::visit_of_citizen(app, by).await? {
        page.ticket = tickets::view(app, town, visit).await?;
    }
    Ok(page)
}

async fn known(app: &App, town: &Town, id: BookingId) -> Outcome<Booking, UnknownBooking> {
    let found = store::appointments::booking(&app.db, town.id, id).await?;
    found.ok_or(Error::Refused(UnknownBooking))
}

/// The page of a booking.
///
/// # Errors
/// When the database fails.
pub async fn page_of(app: &App, town: &Town, booking: &Booking) -> Result<AppointmentPage, StoreError> {
    Told::read(app, &app.db, town, booking.clone()).await?.page(app, town)
}

/// A booking with what is told of it: in its confirmation and on its page.
pub(super) struct Told {
    pub(super) booking: Booking,
    pub(super) plan: Arc<Plan>,
    pub(super) contact: Option<Contact>,
    pub(super) items: Vec<BookedItem>,
}

impl Told {
    pub(super) async fn read(
        app: &App,
        connection: &impl Connection,
        town: &Town,
        booking: Booking,
    ) -> Result<Self, StoreError> {
        let plan = app.plans.now(connection, town, local_day(town.zone, app.clock.now())).await?;
        let items = store::appointments::items_of(connection, &[booking.id]).await?;
        let contact = match booking.contact {
            Some(contact) => contacts::contact(connection, contact).await?,
            None => None,
        };
        Ok(Self { booking, plan, contact, items })
    }

    /// The page of the booking.
    ///
    /// # Errors
    /// When its office is gone.
    pub(super) fn page(self, app: &App, town: &Town) -> Result<AppointmentPage, StoreError> {
        let Self { booking, plan, contact, items } = self;
        let now = app.clock.now();
        let place = plan.place(booking.pool);
        let office =
            plan.office(booking.office).ok_or(StoreError::Corrupt { column: "booking.office_id" })?.clone();
        let zone = place.and_then(|place| office.zones.iter().find(|zone| zone.id == place.zone)).cloned();
        let check_in_from = place.map_or(booking.starts_at, |place| {
            let day = plan.hours(town, place, booking.day).capacity(booking.day, Audience::Public);
            let opens = day.steps.iter().position(|step| *step > 0);
            opens.map_or(booking.starts_at, |ahead| Tick(day.first.0 + ahead as i64).starts_at())
        });
        let on_that_day = |service: &Service| {
            let detail = service.detail.clone().on(booking.day);
            Service { detail, ..service.clone() }
        };
        let services = items.iter().filter_map(|item| plan.service(item.service));
        let services: Vec<Service> = services.map(on_that_day).collect();
        Ok(AppointmentPage {
            id: booking.id,
            state: booking.state,
            rev: booking.rev,
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            day: booking.day,
            office,
            zone,
            documents: documents(&services),
            fees: fees(&services),
            items: items
                .into_iter()
                .map(|item| BookedService { slug: item.slug, name: item.name, quantity: item.quantity })
                .collect(),
            check_in_code: booking.check_in_code,
            check_in_from: check_in_from.min(booking.starts_at),
            sent_to: contact.as_ref().and_then(|contact| contact.phone.as_ref()).map(PhoneNumber::masked),
            name: contact.map(|contact| contact.name).unwrap_or_default(),
            language: booking.language,
            may_cancel: may_cancel(booking.state, booking.starts_at, now),
            may_move: may_move(booking.state, booking.starts_at, now),
            may_check_in: matches!(booking.state, BookingState::Booked | BookingState::NoShow)
                && booking.day == local_day(town.zone, now),
            foyer_code: town.settings.foyer_code,
            reminder_at: booking.reminders.day_before,
            ticket: None,
        })
    }
}

fn fees(services: &[Service]) -> Vec<FeeOfService> {
    let of = |service: &Service| {
        let fees = service.detail.fees.iter().flat_map(|fees| fees.items.clone());
        let service = service.name.clone();
        fees.map(move |fee| FeeOfService { service: service.clone(), fee }).collect::<Vec<_>>()
    };
    services.iter().flat_map(of).collect()
}

fn documents(services: &[Service]) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    for document in services.iter().flat_map(|service| &service.detail.documents) {
        if !all.contains(document) {
            all.push(document.clone());
        }
    }
    all
}

/// The citizen's own appointment as a calendar file; no name and no service stand in it when one of them would
/// tell others about the matter.
///
/// # Errors
/// When it does not exist or the database fails.
pub async fn calendar_file(app: &App, town: &Town, by: &Citizen) -> Outcome<String, UnknownBooking> {
    let booking = known(app, town, by.booking).await?;
    let stands = booking.state.is_open() || booking.state == BookingState::Arrived;
    let method = if stands { Method::Publish } else { Method::Cancel };
    Ok(calendar_of(app, &app.db, town, &booking, (method, None)).await?)
}

/// A booking as a calendar file; `invited` are the addresses of who invites and who is invited.
pub(crate) async fn calendar_of(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    booking: &Booking,
    (method, invited): (Method, Option<(&str, &str)>),
) -> Result<String, StoreError> {
    let told = Told::read(app, connection, town, booking.clone()).await?;
    let items = told.items.clone();
    let page = told.page(app, town)?;
    let names: Vec<&str> = items.iter().map(|item| item.name.get(booking.language)).collect();
    let summary = match (is_sensitive(&items), booking.language) {
        (true, Language::De) => "Ihr Termin".to_owned(),
        (true, Language::En) => "Your appointment".to_owned(),
        (false, Language::De) => format!("Termin: {}", names.join(", ")),
        (false, Language::En) => format!("Appointment: {}", names.join(", ")),
    };
    let office = &page.office;
    let place = format!("{}, {} {}", office.street, office.postal_code, office.city);
    let location = if is_sensitive(&items) { place } else { format!("{}, {place}", office.name) };
    let description = description(&page, booking.language, is_sensitive(&items));
    Ok(calendar_file::write(&CalendarEntry {
        uid: &format!("{}@{}", booking.lasting_id(), app.link_host(town)),
        sequence: u32::try_from(booking.rev).unwrap_or(0),
        method,
        written_at: app.clock.now(),
        starts_at: booking.starts_at,
        ends_at: booking.ends_at,
        zone: town.zone,
        summary: &summary,
        location: &location,
        description: &description,
        url: None,
        invited,
    }))
}

fn description(page: &AppointmentPage, language: Language, sensitive: bool) -> String {
    let mut lines = Vec::new();
    if let Some(code) = page.check_in_code {
        lines.push(match language {
            Language::De => format!("Check-in-Code: {code}"),
            Language::En => format!("Check-in code: {code}"),
        });
    }
    if !sensitive && !page.documents.is_empty() {
        lines.push(match language {
            Language::De => "Bitte bringen Sie mit:".to_owned(),
            Language::En => "Please bring:".to_owned(),
        });
        lines.extend(page.documents.iter().map(|document| format!("- {}", document.get(language))));
    }
    lines.join("\n")
}

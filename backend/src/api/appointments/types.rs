//! What is said over HTTP about holds, bookings and the citizen's own appointment.

use chrono::{DateTime, NaiveDate, Utc};
use operations::appointments::{AppointmentPage, FeeOfService, HeldSlot, PendingChallenge};
use poem_openapi::Object;
use uuid::Uuid;

use crate::api::queue::ticket::Ticket;
use crate::api::schedule::length_min;
use crate::api::town::{OfficeRef, Zone};
use crate::problem::Text;

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
    /// What it costs, by service.
    pub fees: Vec<AppointmentFee>,
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
    /// Whether "I am here" can be said now.
    pub may_check_in: bool,
    /// Whether that asks for the code shown in the foyer.
    pub foyer_code: bool,
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
    /// The visit it follows: name and number are taken from there where they are not given.
    pub follows: Option<Uuid>,
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
            fees: page.fees.into_iter().map(AppointmentFee::from).collect(),
            check_in_code: page.check_in_code.map(|code| code.to_string()).unwrap_or_default(),
            check_in_from: page.check_in_from,
            name: page.name,
            sent_to: page.sent_to.unwrap_or_default(),
            language: page.language.tag().to_owned(),
            may_cancel: page.may_cancel,
            may_move: page.may_move,
            may_check_in: page.may_check_in,
            foyer_code: page.foyer_code,
            reminder_at: page.reminder_at,
            ticket: page.ticket.map(Ticket::from),
        }
    }
}

/// One amount that a service of the appointment costs.
#[derive(Clone, Debug, Object)]
pub struct AppointmentFee {
    /// The service.
    pub service: Text,
    /// For what or whom.
    pub label: Text,
    /// The amount; 0 is free of charge.
    pub cents: u32,
}

impl From<FeeOfService> for AppointmentFee {
    fn from(FeeOfService { service, fee }: FeeOfService) -> Self {
        Self { service: service.into(), label: fee.label.into(), cents: fee.cents }
    }
}

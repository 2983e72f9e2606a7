//! The waiting list and its offers. Secrets stand in the body, never in an address.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::form::Particulars;
use domain::appointments::waiting::Wish;
use domain::ids::OfficeId;
use domain::local_time::LocalMinute;
use domain::town::Town;
use operations::App;
use operations::appointments::{self, Entry, WaitingRequest as Wanted};
use operations::schedule::ItemRequest as WantedItem;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::api::appointments::{BookedAppointment, ItemRequest};
use crate::auth::citizen_link::CitizenLink;
use crate::client_address::ClientAddress;
use crate::link_tries::LinkTries;
use crate::problem::{ApiError, Unreadable, language};

/// The waiting list and its offers.
pub struct WaitingApi;

/// When and where somebody would like to come.
#[derive(Clone, Debug, Object)]
pub struct WaitingWish {
    /// One office; any without.
    pub office_id: Option<Uuid>,
    /// The first local day.
    pub from_day: NaiveDate,
    /// The last local day.
    pub to_day: NaiveDate,
    /// The earliest start of a day: `08:00`.
    pub from_time: Option<String>,
    /// The latest end of a day: `12:30`.
    pub to_time: Option<String>,
}

/// What somebody waits for.
#[derive(Clone, Object)]
pub struct WaitingRequest {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// When and where.
    pub wish: WaitingWish,
    /// First name and surname.
    #[oai(default)]
    pub name: String,
    /// Postal address.
    pub address: Option<String>,
    /// Mobile number, as people type it.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The language of messages.
    #[oai(default)]
    pub language: String,
}

/// An entry that waits for its six digits.
#[derive(Clone, Debug, Object)]
pub struct PendingWaiting {
    /// The entry's secret.
    pub token: String,
    /// The number, masked.
    pub sent_to: String,
    /// Until when the digits are good.
    pub expires_at: DateTime<Utc>,
}

/// The secret of an entry or of an offer.
#[derive(Clone, Object)]
pub struct SecretRequest {
    /// The secret.
    #[oai(validator(max_length = 40))]
    pub token: String,
}

/// The secret of an entry and the six digits.
#[derive(Clone, Object)]
pub struct WaitingCodeRequest {
    /// The secret.
    #[oai(validator(max_length = 40))]
    pub token: String,
    /// The digits, as people type them.
    #[oai(validator(max_length = 40))]
    pub code: String,
}

/// An entry of the waiting list.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct WaitingEntry {
    /// Its secret; only in the answer that creates it.
    pub token: Option<String>,
    /// Where it stands: `unverified`, `waiting`, `served` or `withdrawn`.
    pub state: String,
    /// When and where.
    pub wish: WaitingWish,
    /// Offers that may still come.
    pub offers_left: u16,
    /// Until when the present offer is open.
    pub offered_until: Option<DateTime<Utc>>,
}

/// An offer that is somebody's alone for a while.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct SlotOffer {
    /// Where it stands: `open`, `taken`, `declined` or `expired`.
    pub state: String,
    /// When the slot begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// The office's name.
    pub office_name: String,
    /// Until when it may be taken.
    pub expires_at: DateTime<Utc>,
    /// The appointment it would take the place of.
    pub instead_of: Option<DateTime<Utc>>,
}

#[derive(ApiResponse)]
enum PendingCreated {
    /// The entry waits for its six digits.
    #[oai(status = 201)]
    Pending(Json<PendingWaiting>),
}

#[derive(ApiResponse)]
enum EntryCreated {
    /// The person is on the list.
    #[oai(status = 201)]
    Waiting(Json<WaitingEntry>),
}

#[derive(ApiResponse)]
enum Left {
    /// It is done.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum OfferTaken {
    /// The appointment stands.
    #[oai(status = 200)]
    Booked(Json<Box<BookedAppointment>>),
}

#[OpenApi(tag = "Tag::Appointments")]
impl WaitingApi {
    /// Notes what somebody waits for and sends six digits to the number.
    #[oai(path = "/waiting-list", method = "post", operation_id = "join_waiting_list")]
    async fn join_waiting_list(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        origin: Data<&ClientAddress>,
        request: Json<WaitingRequest>,
    ) -> Result<PendingCreated, ApiError> {
        let request = request.0;
        let items = request.items.into_iter();
        let wanted = Wanted {
            items: items.map(|item| WantedItem { service: item.service, quantity: item.quantity }).collect(),
            wish: read_wish(&request.wish)?,
            particulars: Particulars {
                name: request.name,
                address: request.address,
                phone: request.phone,
                email: request.email,
                remark: None,
            },
            language: language(&request.language)?,
            origin: Some(origin.network().to_string()),
        };
        let pending = appointments::join_waiting_list(&app, &town, &wanted).await?;
        Ok(PendingCreated::Pending(Json(PendingWaiting {
            token: pending.token.reveal().to_owned(),
            sent_to: pending.sent_to,
            expires_at: pending.expires_at,
        })))
    }

    /// Checks the six digits; the right ones put the person onto the list.
    #[oai(path = "/waiting-list/verify", method = "post", operation_id = "verify_waiting")]
    async fn verify_waiting(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<WaitingCodeRequest>,
    ) -> Result<Json<WaitingEntry>, ApiError> {
        let looking = appointments::opens_an_entry(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        let entry = appointments::verify_waiting(&app, &town, &request.token, &request.code).await?;
        Ok(Json(show(&entry, None)))
    }

    /// How an entry of the waiting list stands.
    #[oai(path = "/waiting-list/show", method = "post", operation_id = "get_waiting_entry")]
    async fn get_waiting_entry(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<SecretRequest>,
    ) -> Result<Json<WaitingEntry>, ApiError> {
        let looking = appointments::opens_an_entry(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        let entry = appointments::waiting_entry(&app, &town, &request.token).await?;
        Ok(Json(show(&entry, None)))
    }

    /// Leaves the waiting list.
    #[oai(path = "/waiting-list/leave", method = "post", operation_id = "leave_waiting_list")]
    async fn leave_waiting_list(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<SecretRequest>,
    ) -> Result<Left, ApiError> {
        let looking = appointments::opens_an_entry(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        appointments::leave_waiting_list(&app, &town, &request.token).await?;
        Ok(Left::Done)
    }

    /// Notes that the citizen's own appointment shall be earlier.
    #[oai(path = "/appointment/waiting-list", method = "post", operation_id = "wait_for_earlier")]
    async fn wait_for_earlier(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: CitizenLink,
        request: Json<WaitingWish>,
    ) -> Result<EntryCreated, ApiError> {
        let wish = read_wish(&request)?;
        let (token, entry) = appointments::wait_for_earlier(&app, &town, &by.0, wish).await?;
        Ok(EntryCreated::Waiting(Json(show(&entry, Some(token.reveal().to_owned())))))
    }

    /// What is offered to somebody alone.
    #[oai(path = "/offers/show", method = "post", operation_id = "get_offer")]
    async fn get_offer(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<SecretRequest>,
    ) -> Result<Json<SlotOffer>, ApiError> {
        let looking = appointments::opens_an_offer(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        let page = appointments::offer_page(&app, &town, &request.token).await?;
        Ok(Json(SlotOffer {
            state: page.state.as_str().to_owned(),
            starts_at: page.starts_at,
            ends_at: page.ends_at,
            day: page.day,
            office_name: page.office_name,
            expires_at: page.expires_at,
            instead_of: page.instead_of,
        }))
    }

    /// Takes an offer: the appointment stands at once.
    #[oai(path = "/offers/accept", method = "post", operation_id = "accept_offer")]
    async fn accept_offer(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<SecretRequest>,
    ) -> Result<OfferTaken, ApiError> {
        let looking = appointments::opens_an_offer(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        let booked = appointments::accept_offer(&app, &town, &request.token).await?;
        Ok(OfferTaken::Booked(Json(Box::new(BookedAppointment {
            link_token: booked.link_token.reveal().to_owned(),
            appointment: booked.page.into(),
        }))))
    }

    /// Declines an offer, so that the next one is asked.
    #[oai(path = "/offers/decline", method = "post", operation_id = "decline_offer")]
    async fn decline_offer(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        from: Data<&ClientAddress>,
        tries: Data<&LinkTries>,
        request: Json<SecretRequest>,
    ) -> Result<Left, ApiError> {
        let looking = appointments::opens_an_offer(&app, &town, &request.token);
        tries.look_up(*from.0, &request.token, app.clock.now(), looking).await?;
        appointments::decline_offer(&app, &town, &request.token).await?;
        Ok(Left::Done)
    }
}

fn read_wish(wish: &WaitingWish) -> Result<Wish, Unreadable> {
    let minute = |time: &Option<String>, otherwise: LocalMinute, field| match time {
        Some(time) => {
            LocalMinute::parse(time).map(LocalMinute::minutes).ok_or_else(|| Unreadable::time(field))
        }
        None => Ok(otherwise.minutes()),
    };
    Ok(Wish {
        office: wish.office_id.map(OfficeId),
        from_day: wish.from_day,
        to_day: wish.to_day,
        from_min: minute(&wish.from_time, LocalMinute::START_OF_DAY, "from_time")?,
        to_min: minute(&wish.to_time, LocalMinute::END_OF_DAY, "to_time")?,
    })
}

fn show(entry: &Entry, token: Option<String>) -> WaitingEntry {
    let time = |minutes: u16| Some(format!("{:02}:{:02}", minutes / 60, minutes % 60));
    WaitingEntry {
        token,
        state: entry.state.as_str().to_owned(),
        wish: WaitingWish {
            office_id: entry.wish.office.map(|office| office.0),
            from_day: entry.wish.from_day,
            to_day: entry.wish.to_day,
            from_time: time(entry.wish.from_min),
            to_time: time(entry.wish.to_min),
        },
        offers_left: entry.offers_left,
        offered_until: entry.offered_until,
    }
}

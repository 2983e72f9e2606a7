//! Free slots.

use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::ids::OfficeId;
use domain::local_time::{day_span, local_of};
use domain::schedule::Tick;
use domain::town::Town;
use operations::App;
use operations::schedule::{FreeSlot, FreeSlots, ItemRequest, SlotDay as FreeDay, SlotSearch, minutes};
use poem::IntoResponse;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::staff_session::Desk;
use crate::problem::{ApiError, Describe, Description};

/// Free slots.
pub struct ScheduleApi;

/// A free slot, or one that is offered instead of another.
#[derive(Clone, Debug, Object, Serialize)]
pub struct Slot {
    /// The pool that has a counter left.
    pub pool_id: Uuid,
    /// Its office.
    pub office_id: Uuid,
    /// The office's name.
    pub office_name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// The local time of its beginning.
    pub time: String,
}

impl Slot {
    /// A slot as the API shows it.
    pub fn of(zone: Tz, slot: &FreeSlot, office_name: &str) -> Self {
        Self {
            pool_id: slot.pool.0,
            office_id: slot.office.0,
            office_name: office_name.to_owned(),
            starts_at: slot.span.starts_at(),
            ends_at: slot.span.ends_at(),
            day: slot.day,
            time: hour_and_minute(zone, slot.span.starts_at()),
        }
    }
}

/// A pool in which the visit could take place.
#[derive(Clone, Debug, Object, Serialize)]
pub struct SlotPlace {
    /// The pool.
    pub pool_id: Uuid,
    /// Its office.
    pub office_id: Uuid,
    /// The office's name.
    pub office_name: String,
    /// How long the visit takes there.
    pub duration_min: u16,
}

/// The free starts of a day at one place. There may be a thousand in one answer, so each is one small number.
#[derive(Clone, Debug, Object, Serialize)]
pub struct PlaceStarts {
    /// Which of the places, counted from 0.
    pub place: u16,
    /// When slots begin, in minutes after the day's beginning, ascending.
    pub minutes: Vec<u16>,
}

/// A local day and its free slots.
#[derive(Clone, Debug, Object, Serialize)]
pub struct SlotDay {
    /// The local day.
    pub day: NaiveDate,
    /// When it begins: local midnight. Minutes are counted from here, so that the days on which the clocks change need no
    /// thought.
    pub begins_at: DateTime<Utc>,
    /// Whether any counter opens on it.
    pub open: bool,
    /// The slots, by place; places without any are left out.
    pub free: Vec<PlaceStarts>,
}

/// The free slots of some days.
#[derive(Clone, Debug, Object, Serialize)]
pub struct Slots {
    /// How long the visit takes where it takes longest.
    pub duration_min: u16,
    /// Where the visit could take place.
    pub places: Vec<SlotPlace>,
    /// The days asked for, without gaps.
    pub days: Vec<SlotDay>,
    /// The last day that can be booked.
    pub horizon_day: NaiveDate,
}

/// JSON that was written straight from a value of that type: hundreds of slots are not worth a tree of values first.
pub struct Written<T> {
    body: Arc<[u8]>,
    of: PhantomData<fn() -> T>,
}

impl<T> Written<T> {
    /// Written before.
    pub fn before(body: Arc<[u8]>) -> Self {
        Self { body, of: PhantomData }
    }
}

impl<T: Serialize> Written<T> {
    /// Written now.
    pub fn of(value: &T) -> Self {
        Self::before(written(value).into())
    }
}

fn written(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers, texts and times can be written")
}

impl<T: Type> Payload for Written<T> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn check_content_type(content_type: &str) -> bool {
        content_type.starts_with("application/json")
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> poem::Response {
        poem::Response::builder().content_type("application/json; charset=utf-8").body(self.body.to_vec())
    }
}

#[derive(ApiResponse)]
enum SlotsResponse {
    /// The free slots.
    #[oai(status = 200)]
    Slots(Written<Slots>),
}

#[OpenApi(tag = "Tag::Slots")]
impl ScheduleApi {
    /// The free slots for a visit: services with quantities, in one office or all, over some days.
    #[oai(path = "/slots", method = "get", operation_id = "free_slots")]
    async fn free_slots(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        /// The services with quantities: `personalausweis-beantragen:1,reisepass-beantragen:2`.
        items: Query<String>,
        /// One office; all without.
        office: Query<Option<Uuid>>,
        /// The first day; today without.
        from: Query<Option<NaiveDate>>,
        /// How many days.
        #[oai(default = "usual_days", validator(minimum(value = "1"), maximum(value = "62")))]
        days: Query<u16>,
    ) -> Result<SlotsResponse, ApiError> {
        let search = search(&items, office.0, from.0, days.0).map_err(|refused| refused.describe())?;
        let write = |found: &FreeSlots| written(&slots(&town, found));
        let answer = operations::schedule::answer_free_slots(&app, &town, &search, write).await?;
        Ok(SlotsResponse::Slots(Written::before(answer)))
    }

    /// The same as staff may give them to a caller: also services that only staff book, also what is kept for them, at once
    /// and up to a year ahead.
    #[oai(path = "/staff/slots", method = "get", operation_id = "free_slots_for_staff")]
    #[expect(clippy::too_many_arguments, reason = "they are the request's, one by one")]
    async fn free_slots_for_staff(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Desk,
        /// The services with quantities: `personalausweis-beantragen:1,reisepass-beantragen:2`.
        items: Query<String>,
        /// One office; all without.
        office: Query<Option<Uuid>>,
        /// The first day; today without.
        from: Query<Option<NaiveDate>>,
        /// How many days.
        #[oai(default = "usual_days", validator(minimum(value = "1"), maximum(value = "62")))]
        days: Query<u16>,
    ) -> Result<SlotsResponse, ApiError> {
        let search = search(&items, office.0, from.0, days.0).map_err(|refused| refused.describe())?;
        let found = operations::schedule::free_slots_for_staff(&app, &town, &search).await?;
        Ok(SlotsResponse::Slots(Written::of(&slots(&town, &found))))
    }
}

fn search(
    items: &str,
    office: Option<Uuid>,
    from: Option<NaiveDate>,
    days: u16,
) -> Result<SlotSearch, ItemsUnreadable> {
    let items = read_items(items)?;
    Ok(SlotSearch { items, office: office.map(OfficeId), from, days })
}

pub(crate) fn usual_days() -> u16 {
    31
}

pub(crate) fn slots(town: &Town, found: &FreeSlots) -> Slots {
    let places = found.places.iter().map(|place| SlotPlace {
        pool_id: place.pool.0,
        office_id: place.office.0,
        office_name: place.office_name.clone(),
        duration_min: minutes(place.length),
    });
    let days = found.days.iter().map(|day| slot_day(town.zone, found, day));
    Slots {
        duration_min: found.duration_min,
        places: places.collect(),
        days: days.collect(),
        horizon_day: found.horizon_day,
    }
}

fn slot_day(zone: Tz, found: &FreeSlots, day: &FreeDay) -> SlotDay {
    let (begins_at, _) = day_span(zone, day.day);
    let midnight = Tick::containing(begins_at);
    let places = found.places.iter().zip(0..).map(|(place, number)| PlaceStarts {
        place: number,
        minutes: day
            .slots
            .iter()
            .filter(|slot| slot.pool == place.pool)
            .map(|slot| minutes(u16::try_from(slot.span.first.since(midnight)).unwrap_or_default()))
            .collect(),
    });
    let free = places.filter(|place| !place.minutes.is_empty()).collect();
    SlotDay { day: day.day, begins_at, open: day.open, free }
}

/// `10:05`.
fn hour_and_minute(zone: Tz, at: DateTime<Utc>) -> String {
    local_of(zone, at).format("%H:%M").to_string()
}

/// Services that cannot be read from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemsUnreadable;

impl Describe for ItemsUnreadable {
    fn describe(&self) -> Description {
        Description::new(
            poem::http::StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Die Auswahl der Anliegen ist nicht lesbar.",
            "The chosen services cannot be read.",
        )
        .field(
            "items",
            "invalid",
            "Erwartet wird dienst:1,dienst:2.",
            "Expected: service:1,service:2.",
        )
    }
}

fn read_items(items: &str) -> Result<Vec<ItemRequest>, ItemsUnreadable> {
    items
        .split(',')
        .map(|item| {
            let (service, quantity) = item.rsplit_once(':').unwrap_or((item, "1"));
            let quantity = quantity.trim().parse().map_err(|_| ItemsUnreadable)?;
            let service = service.trim().to_owned();
            if service.is_empty() { Err(ItemsUnreadable) } else { Ok(ItemRequest { service, quantity }) }
        })
        .collect()
}

/// Minutes between two instants, as an appointment's length is told.
pub(crate) fn length_min(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> u16 {
    u16::try_from((ends_at - starts_at).num_minutes()).unwrap_or(u16::MAX).max(minutes(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(service: &str, quantity: u16) -> ItemRequest {
        ItemRequest { service: service.to_owned(), quantity }
    }

    #[test]
    fn times_are_written_with_two_digits_each() {
        let at = |text: &str| text.parse().expect("an instant");
        assert_eq!(hour_and_minute(chrono_tz::Europe::Berlin, at("2026-11-23T08:05:00Z")), "09:05");
        assert_eq!(hour_and_minute(chrono_tz::Europe::Berlin, at("2026-07-23T21:40:00Z")), "23:40");
    }

    #[test]
    fn services_are_read_with_their_quantities() {
        assert_eq!(read_items("pass:1,meldung:2"), Ok(vec![item("pass", 1), item("meldung", 2)]));
        assert_eq!(read_items("pass"), Ok(vec![item("pass", 1)]));
    }

    #[test]
    fn what_is_no_list_of_services_is_refused() {
        for wrong in ["", "pass:", "pass:x", "pass:-1", "pass:99999", ":1", "pass:1,"] {
            assert_eq!(read_items(wrong), Err(ItemsUnreadable), "{wrong}");
        }
    }
}

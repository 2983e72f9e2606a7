//! Free slots: one search for the list, the calendar, the earliest, the re-check and what is near a taken one.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::appointments::booking::{ItemsRefused, WantedItem, length_of};
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::local_time::{day_span, local_day};
use domain::schedule::holidays::{HolidayCalendar, Land};
use domain::schedule::opening_hours::{OpeningHours, OpeningRule};
use domain::schedule::slots::{self, BookingWindow};
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use domain::town::Town;
use store::catalog::Offer;
use store::schedule::{PoolPlace, ScopedClosure};
use store::{Connection, StoreError};
use uuid::Uuid;

use crate::app::App;
use crate::error::{Error, Outcome};

/// How many free slots are named beside one that is taken.
const NEAREST: usize = 6;
/// How many days around a taken slot are searched for others.
const NEAREST_DAYS: u64 = 7;
/// How far ahead staff may book, whatever the public may.
const STAFF_HORIZON_DAYS: u16 = 365;

/// A service and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRequest {
    /// The service's slug.
    pub service: String,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// Why no slots can be searched for these services.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemsProblem {
    /// There is no such service, or not for this caller.
    #[error("there is no such service")]
    UnknownService {
        /// The slug that was asked for.
        slug: String,
    },
    /// No pool offers all of them together.
    #[error("no office offers these services together")]
    NotOfferedTogether,
    /// They make no visit.
    #[error(transparent)]
    Items(#[from] ItemsRefused),
}

/// A free slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlot {
    /// The pool that has a counter left.
    pub pool: PoolId,
    /// Its office.
    pub office: OfficeId,
    /// The ticks it would take.
    pub span: TickSpan,
    /// The local day.
    pub day: NaiveDate,
}

/// The free slots of one local day, over all pools asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotDay {
    /// The local day.
    pub day: NaiveDate,
    /// Whether any of the pools opens.
    pub open: bool,
    /// The slots, ascending.
    pub slots: Vec<FreeSlot>,
}

/// What a search gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlots {
    /// How long the visit takes at the pool where it takes longest, in minutes.
    pub duration_min: u16,
    /// The days asked for, without gaps.
    pub days: Vec<SlotDay>,
    /// The last day that can be booked.
    pub horizon_day: NaiveDate,
    /// Where the visit could take place.
    pub places: Vec<Candidate>,
}

/// What to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSearch {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// One office, or all.
    pub office: Option<OfficeId>,
    /// The first day; today without.
    pub from: Option<NaiveDate>,
    /// How many days.
    pub days: u16,
}

/// A pool that offers all services of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The pool.
    pub pool: PoolId,
    /// Its office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
    /// How many ticks the visit takes there.
    pub length: u16,
    /// Department, office and pool: what a closure may name.
    parts: [Uuid; 3],
}

/// The visit that was asked for, and where it could take place.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) services: Vec<(ServiceId, u16)>,
    pub(crate) candidates: Vec<Candidate>,
}

/// The free slots of some days.
///
/// # Errors
/// When the services make no visit or the database fails.
pub async fn free_slots(app: &App, town: &Town, search: &SlotSearch) -> Outcome<FreeSlots, ItemsProblem> {
    search_slots(app, town, search, Audience::Public).await
}

/// The search; `whose` says whose services may be looked for, the slots are those of the public.
async fn search_slots(
    app: &App,
    town: &Town,
    search: &SlotSearch,
    whose: Audience,
) -> Outcome<FreeSlots, ItemsProblem> {
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let mut visit = find_visit(&app.db, town, &search.items, whose, today).await?;
    visit.candidates.retain(|candidate| search.office.is_none_or(|office| candidate.office == office));
    let from = search.from.unwrap_or(today);
    let to = after(from, u64::from(search.days.max(1)) - 1);
    let timelines = timelines(&app.db, town, &visit.candidates, Audience::Public, (from, to)).await?;
    let window = booking_window(&app.db, town, now, Audience::Public);
    Ok(FreeSlots {
        duration_min: minutes(visit.candidates.iter().map(|candidate| candidate.length).max().unwrap_or(0)),
        days: join_days(&visit.candidates, &timelines, window),
        horizon_day: local_day(town.zone, window.latest),
        places: visit.candidates,
    })
}

/// The free slots for services that were granted before, also those that only staff may book.
pub(crate) async fn free_slots_of(
    app: &App,
    town: &Town,
    items: &[ItemRequest],
    office: Option<OfficeId>,
    (from, days): (Option<NaiveDate>, u16),
) -> Outcome<FreeSlots, ItemsProblem> {
    let search = SlotSearch { items: items.to_vec(), office, from, days };
    search_slots(app, town, &search, Audience::Staff).await
}

/// What a pool can take, tick by tick, as it was when the slot was looked for.
pub(crate) struct Capacity(Timeline);

impl Capacity {
    pub(crate) fn of(timeline: &Timeline) -> Self {
        Self(timeline.clone())
    }

    pub(crate) fn at(&self, tick: Tick) -> u16 {
        self.0.capacity_at(tick)
    }
}

/// The free slots of today in one office for one service of ten minutes or the shortest there is: the board
/// "heute noch frei".
///
/// # Errors
/// When the services make no visit or the database fails.
pub async fn free_today(
    app: &App,
    town: &Town,
    office: OfficeId,
    service: &str,
) -> Outcome<Vec<FreeSlot>, ItemsProblem> {
    let items = vec![ItemRequest { service: service.to_owned(), quantity: 1 }];
    let search = SlotSearch { items, office: Some(office), from: None, days: 1 };
    let found = free_slots(app, town, &search).await?;
    Ok(found.days.into_iter().flat_map(|day| day.slots).collect())
}

/// Minutes of so many ticks.
#[must_use]
pub fn minutes(ticks: u16) -> u16 {
    ticks * domain::schedule::TICK_MINUTES
}

/// Joins the free starts of all pools, day by day; of several pools free at the same time in the same office
/// only the first is named.
fn join_days(
    candidates: &[Candidate],
    timelines: &[(PoolId, Timeline)],
    window: BookingWindow,
) -> Vec<SlotDay> {
    let mut days: Vec<SlotDay> = Vec::new();
    for (candidate, (_, timeline)) in candidates.iter().zip(timelines) {
        for (at, day) in slots::free(timeline, candidate.length, window).into_iter().enumerate() {
            if days.len() <= at {
                days.push(SlotDay { day: day.date, open: false, slots: Vec::new() });
            }
            days[at].open |= day.open;
            days[at].slots.extend(day.starts.into_iter().map(|first| FreeSlot {
                pool: candidate.pool,
                office: candidate.office,
                span: TickSpan { first, count: candidate.length },
                day: day.date,
            }));
        }
    }
    if candidates.len() > 1 {
        for day in &mut days {
            day.slots.sort_by_key(|slot| slot.span.first);
            day.slots.dedup_by(|later, earlier| {
                later.span.first == earlier.span.first && later.office == earlier.office
            });
        }
    }
    days
}

/// The services of a visit, the pools that offer all of them, and how long it takes at each.
pub(crate) async fn find_visit(
    connection: &impl Connection,
    town: &Town,
    items: &[ItemRequest],
    audience: Audience,
    today: NaiveDate,
) -> Outcome<Visit, ItemsProblem> {
    let slugs: Vec<&str> = items.iter().map(|item| item.service.as_str()).collect();
    if slugs.is_empty() {
        return refuse(ItemsRefused::NothingChosen.into());
    }
    let mut offers = store::catalog::offers(connection, town.id, &slugs, today).await?;
    offers.retain(|offer| offer.public || audience == Audience::Staff);
    let unknown = slugs.iter().find(|slug| offers.iter().all(|offer| offer.slug != **slug));
    if let Some(slug) = unknown {
        return refuse(ItemsProblem::UnknownService { slug: (*slug).to_owned() });
    }
    let candidates = candidates(items, &offers).map_err(Error::Refused)?;
    let service_of = |slug: &str| offers.iter().find(|offer| offer.slug == slug).map(|offer| offer.service);
    let services =
        items.iter().filter_map(|item| Some((service_of(&item.service)?, item.quantity))).collect();
    Ok(Visit { services, candidates })
}

/// As [`find_visit`], for services that were chosen earlier; `None` when they are offered no longer.
pub(crate) async fn find_visit_again(
    connection: &impl Connection,
    town: &Town,
    chosen: &[(ServiceId, u16)],
    audience: Audience,
    today: NaiveDate,
) -> Result<Option<Visit>, StoreError> {
    let ids: Vec<ServiceId> = chosen.iter().map(|(service, _)| *service).collect();
    let services = store::catalog::services_of_ids(connection, &ids).await?;
    let items: Vec<ItemRequest> = chosen
        .iter()
        .filter_map(|(id, quantity)| {
            let service = services.iter().find(|service| service.id == *id)?;
            Some(ItemRequest { service: service.slug.clone(), quantity: *quantity })
        })
        .collect();
    match find_visit(connection, town, &items, audience, today).await {
        Ok(visit) => Ok(Some(visit)),
        Err(Error::Refused(_)) => Ok(None),
        Err(Error::Failed(failure)) => Err(failure),
    }
}

fn candidates(items: &[ItemRequest], offers: &[Offer]) -> Result<Vec<Candidate>, ItemsProblem> {
    let mut found = Vec::new();
    for of_pool in offers.chunk_by(|one, other| one.pool == other.pool) {
        let wanted: Option<Vec<WantedItem>> = items
            .iter()
            .map(|item| {
                let offer = of_pool.iter().find(|offer| offer.slug == item.service)?;
                Some(WantedItem {
                    service: offer.service,
                    quantity: item.quantity,
                    max_quantity: offer.max_quantity,
                    terms: offer.terms,
                })
            })
            .collect();
        let Some(wanted) = wanted else { continue };
        let Some(first) = of_pool.first() else { continue };
        found.push(Candidate {
            pool: first.pool,
            office: first.office,
            office_name: first.office_name.clone(),
            parts: [first.department.0, first.office.0, first.pool.0],
            length: length_of(&wanted)?,
        });
    }
    if found.is_empty() { Err(ItemsProblem::NotOfferedTogether) } else { Ok(found) }
}

fn refuse<T>(problem: ItemsProblem) -> Outcome<T, ItemsProblem> {
    Err(Error::Refused(problem))
}

/// When one may book at all.
pub(crate) fn booking_window(
    connection: &impl Connection,
    town: &Town,
    now: DateTime<Utc>,
    audience: Audience,
) -> BookingWindow {
    let random = |day: NaiveDate| {
        let bytes =
            connection.sealer().keyed_hash("release of a day", format!("{}:{day}", town.id).as_bytes());
        bytes.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
    };
    let horizon = town.settings.horizon_days;
    let (lead, latest) = match audience {
        Audience::Public => {
            (town.settings.lead_minutes, slots::end_of_horizon(town.zone, now, horizon, random))
        }
        // Staff see whole days at once.
        Audience::Staff => {
            let ahead = u64::from(horizon.max(STAFF_HORIZON_DAYS));
            let (_, end) = day_span(town.zone, after(local_day(town.zone, now), ahead));
            (0, end - chrono::Duration::microseconds(1))
        }
    };
    BookingWindow::ahead_of(now, u32::from(lead), latest)
}

/// Capacity and use of the pools from one local day to another, in the order of the candidates.
pub(crate) async fn timelines(
    connection: &impl Connection,
    town: &Town,
    candidates: &[Candidate],
    audience: Audience,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<(PoolId, Timeline)>, StoreError> {
    let places: Vec<(PoolId, [Uuid; 3])> = candidates.iter().map(|each| (each.pool, each.parts)).collect();
    let hours = opening_hours(connection, town, &places, days).await?;
    let mut timelines: Vec<(PoolId, Timeline)> = candidates
        .iter()
        .zip(&hours)
        .map(|(candidate, hours)| (candidate.pool, Timeline::of(hours, audience, days.0, days.1)))
        .collect();
    store::schedule::load_use(connection, audience, &mut timelines).await?;
    Ok(timelines)
}

/// The opening hours of pools as they stand between two local days, in the order asked for.
async fn opening_hours(
    connection: &impl Connection,
    town: &Town,
    places: &[(PoolId, [Uuid; 3])],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<OpeningHours>, StoreError> {
    let pools: Vec<PoolId> = places.iter().map(|(pool, _)| *pool).collect();
    let mut rules = store::schedule::rules(connection, &pools).await?;
    let (begin, _) = day_span(town.zone, from);
    let (_, end) = day_span(town.zone, to);
    let closures = store::schedule::closures(connection, town.id, begin, end).await?;
    let holidays = holidays(town, from, to);
    Ok(places
        .iter()
        .map(|(pool, parts)| {
            hours_of(town, rules.remove(pool).unwrap_or_default(), &closures, parts, &holidays)
        })
        .collect())
}

fn hours_of(
    town: &Town,
    rules: Vec<OpeningRule>,
    closures: &[ScopedClosure],
    parts: &[Uuid],
    holidays: &BTreeSet<NaiveDate>,
) -> OpeningHours {
    let reaching = closures.iter().filter(|closure| closure.reaches(parts)).map(|closure| closure.closure);
    OpeningHours { zone: town.zone, rules, closures: reaching.collect(), holidays: holidays.clone() }
}

/// The opening hours of one pool between two local days.
///
/// # Errors
/// When the database fails.
pub async fn hours_of_pool(
    connection: &impl Connection,
    town: &Town,
    place: &PoolPlace,
    days: (NaiveDate, NaiveDate),
) -> Result<OpeningHours, StoreError> {
    let parts = [place.department.0, place.office.0, place.pool.0];
    let mut hours = opening_hours(connection, town, &[(place.pool, parts)], days).await?;
    Ok(hours.pop().unwrap_or_else(|| hours_of(town, Vec::new(), &[], &parts, &BTreeSet::new())))
}

/// Capacity and use of one pool, both counts, on one local day: for the day view of the desk.
///
/// # Errors
/// When the database fails.
pub async fn day_of_pool(
    connection: &impl Connection,
    town: &Town,
    place: &PoolPlace,
    day: NaiveDate,
) -> Result<[(Audience, Timeline); 2], StoreError> {
    let hours = hours_of_pool(connection, town, place, (day, day)).await?;
    let mut public = [(place.pool, Timeline::of(&hours, Audience::Public, day, day))];
    let mut staff = [(place.pool, Timeline::of(&hours, Audience::Staff, day, day))];
    store::schedule::load_use(connection, Audience::Public, &mut public).await?;
    store::schedule::load_use(connection, Audience::Staff, &mut staff).await?;
    let ([(_, public)], [(_, staff)]) = (public, staff);
    Ok([(Audience::Public, public), (Audience::Staff, staff)])
}

/// When an office is open for the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeOpening {
    /// Whether any of its pools is open now.
    pub open_now: bool,
    /// When the next one opens, within two weeks.
    pub opens_next: Option<DateTime<Utc>>,
}

/// Whether an office is open and when it opens next.
///
/// # Errors
/// When the database fails.
pub async fn opening_of_office(
    app: &App,
    town: &Town,
    office: OfficeId,
) -> Result<OfficeOpening, StoreError> {
    const DAYS: u16 = 14;
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let pools = store::schedule::pools_of_office(&app.db, office).await?;
    let places: Vec<(PoolId, [Uuid; 3])> =
        pools.iter().map(|pool| (pool.pool, [pool.department.0, pool.office.0, pool.pool.0])).collect();
    let hours = opening_hours(&app.db, town, &places, (today, after(today, u64::from(DAYS)))).await?;
    Ok(OfficeOpening {
        open_now: hours.iter().any(|hours| hours.open_at(now)),
        opens_next: hours.iter().filter_map(|hours| hours.opens_next(now, DAYS)).min(),
    })
}

/// The free slots nearest to one that is taken, in the same pool.
pub(crate) async fn nearest(
    connection: &impl Connection,
    town: &Town,
    candidate: &Candidate,
    wanted: Tick,
    now: DateTime<Utc>,
) -> Result<Vec<FreeSlot>, StoreError> {
    let today = local_day(town.zone, now);
    let day = local_day(town.zone, wanted.starts_at()).max(today);
    let from = day.checked_sub_days(Days::new(NEAREST_DAYS)).unwrap_or(day).max(today);
    let days = (from, after(day, NEAREST_DAYS));
    let timelines =
        timelines(connection, town, std::slice::from_ref(candidate), Audience::Public, days).await?;
    let Some((_, timeline)) = timelines.first() else { return Ok(Vec::new()) };
    let window = booking_window(connection, town, now, Audience::Public);
    let span = TickSpan { first: wanted, count: candidate.length };
    let starts = slots::nearest(timeline, span, window, NEAREST);
    let mut slots: Vec<FreeSlot> = starts
        .into_iter()
        .map(|first| FreeSlot {
            pool: candidate.pool,
            office: candidate.office,
            span: TickSpan { first, count: candidate.length },
            day: local_day(town.zone, first.starts_at()),
        })
        .collect();
    slots.sort_by_key(|slot| slot.span.first);
    Ok(slots)
}

fn holidays(town: &Town, from: NaiveDate, to: NaiveDate) -> BTreeSet<NaiveDate> {
    let Some(land) = Land::from_code(&town.land) else { return BTreeSet::new() };
    let calendar = HolidayCalendar { land, local: town.settings.local_holidays.clone() };
    calendar.between(from, to).into_iter().map(|holiday| holiday.date).collect()
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

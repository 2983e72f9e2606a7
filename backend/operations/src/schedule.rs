//! Free slots: one search for the list, the calendar, the earliest, the re-check and what is near a taken one.

mod answers;
pub(crate) mod hours;
pub mod plan;
mod visit;

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::catalog::BookableDays;
use domain::ids::{OfficeId, PoolId};
use domain::local_time::{day_span, local_day};
use domain::schedule::slots::{self, BookingWindow};
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use domain::town::Town;
use store::schedule::Reach;
use store::{Connection, StoreError};

use crate::app::App;
use crate::error::{Error, Outcome};
use crate::invitations;
use answers::{Basis, Moment, Turn};
pub use hours::{OfficeOpening, day_of_pool, hours_of_pool, opening_of_office};
use plan::{Found, Places, Wanted};
pub use visit::{Candidate, ItemRequest, ItemsProblem};
pub(crate) use visit::{Visit, find_visit, find_visit_again};

/// How many free slots are named beside one that is taken.
const NEAREST: usize = 6;
/// How many days around a taken slot are searched for others.
const NEAREST_DAYS: u64 = 7;
/// How far ahead staff may book, whatever the public may.
const STAFF_HORIZON_DAYS: u16 = 365;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// The free slots of some days.
///
/// # Errors
/// When the services make no visit or the database fails.
pub async fn free_slots(app: &App, town: &Town, search: &SlotSearch) -> Outcome<FreeSlots, ItemsProblem> {
    Ok(search_slots(app, &app.db, town, search, Whose::PUBLIC).await?.0)
}

/// The free slots of some days as an answer that `written` makes of them, for what many people ask: made once and given
/// again as long as nothing has changed.
///
/// # Errors
/// When the services make no visit or the database fails.
pub async fn answer_free_slots(
    app: &App,
    town: &Town,
    search: &SlotSearch,
    written: impl FnOnce(&FreeSlots) -> Vec<u8>,
) -> Outcome<Arc<[u8]>, ItemsProblem> {
    let now = app.clock.now();
    let starts = booking_window(&app.db, town, now, Audience::Public).ticks();
    let moment = Moment { town: town.clone(), today: local_day(town.zone, now), starts };
    let (place, found) = match app.plans.answers.turn(search, moment).await {
        Turn::Made(body) => return Ok(body),
        Turn::First(place) => (place, search_slots(app, &app.db, town, search, Whose::PUBLIC).await?),
        Turn::Again(place, basis, body) => {
            match search_slots_again(app, &app.db, town, (search, Whose::PUBLIC), &basis).await? {
                Some(found) => (place, found),
                None => return Ok(place.holds(body)),
            }
        }
    };
    let (found, basis) = found;
    Ok(place.keep(basis, written(&found).into()))
}

/// The free slots as staff may give them: also those of services that only staff book, of what is kept for them and of
/// what the public may take, without lead time and beyond the horizon of the public.
///
/// # Errors
/// When the services make no visit or the database fails.
pub async fn free_slots_for_staff(
    app: &App,
    town: &Town,
    search: &SlotSearch,
) -> Outcome<FreeSlots, ItemsProblem> {
    let (mut found, _) = search_slots(app, &app.db, town, search, Whose::STAFF).await?;
    let (of_public, _) =
        search_slots(app, &app.db, town, search, Whose { capacity: Audience::Public, ..Whose::STAFF })
            .await?;
    for (day, other) in found.days.iter_mut().zip(of_public.days) {
        day.open |= other.open;
        day.slots.extend(other.slots);
        in_order(&mut day.slots);
    }
    Ok(found)
}

/// The free slots for services that were granted before, also those that only staff may book.
pub(crate) async fn free_slots_of(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    items: &[ItemRequest],
    office: Option<OfficeId>,
    (from, days): (Option<NaiveDate>, u16),
) -> Outcome<FreeSlots, ItemsProblem> {
    let search = SlotSearch { items: items.to_vec(), office, from, days };
    let whose = Whose { services: Audience::Staff, ..Whose::PUBLIC };
    Ok(search_slots(app, connection, town, &search, whose).await?.0)
}

/// Whose services are looked for, in whose capacity, and how far ahead.
#[derive(Clone, Copy)]
struct Whose {
    services: Audience,
    capacity: Audience,
    window: Audience,
}

impl Whose {
    const PUBLIC: Self =
        Self { services: Audience::Public, capacity: Audience::Public, window: Audience::Public };
    const STAFF: Self =
        Self { services: Audience::Staff, capacity: Audience::Staff, window: Audience::Staff };
}

async fn search_slots(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    search: &SlotSearch,
    whose: Whose,
) -> Outcome<(FreeSlots, Basis), ItemsProblem> {
    let asked = Asked::of(app, town, search);
    let wanted = asked.wanted(whose);
    let found = app.plans.search(connection, town, asked.today, &wanted, asked.days).await?;
    Ok(free_of(app, connection, town, whose, found))
}

/// The same once more, with what is known of the last time; nothing where nothing has changed since.
async fn search_slots_again(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    (search, whose): (&SlotSearch, Whose),
    basis: &Basis,
) -> Outcome<Option<(FreeSlots, Basis)>, ItemsProblem> {
    let asked = Asked::of(app, town, search);
    let wanted = asked.wanted(whose);
    let found = app.plans.search_again(connection, town, asked.today, &wanted, (asked.days, basis)).await?;
    Ok(found.map(|found| free_of(app, connection, town, whose, found)))
}

/// A search as the plan understands it.
struct Asked {
    today: NaiveDate,
    days: (NaiveDate, NaiveDate),
    items: Vec<ItemRequest>,
    invited: Vec<String>,
    places: Places,
}

impl Asked {
    fn of(app: &App, town: &Town, search: &SlotSearch) -> Self {
        let today = local_day(town.zone, app.clock.now());
        let from = search.from.unwrap_or(today);
        let days = (from, after(from, u64::from(search.days.max(1)) - 1));
        let (items, invited) = invitations::read_items(app, town, &search.items);
        Self { today, days, items, invited, places: search.office.map_or(Places::All, Places::Office) }
    }

    fn wanted(&self, whose: Whose) -> Wanted<'_> {
        let Self { items, invited, places, .. } = self;
        Wanted { items, services_of: whose.services, invited, capacity_of: whose.capacity, places: *places }
    }
}

fn free_of(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    whose: Whose,
    (visit, timelines, revisions): Found,
) -> (FreeSlots, Basis) {
    // The same for all of them: it is the services that have a season.
    let bookable = visit.candidates.first().map_or(BookableDays::default(), |candidate| candidate.bookable);
    let window = booking_window(connection, town, app.clock.now(), whose.window).on_days(town.zone, bookable);
    let found = FreeSlots {
        duration_min: minutes(visit.candidates.iter().map(|candidate| candidate.length).max().unwrap_or(0)),
        days: join_days(&visit.candidates, &timelines, window),
        horizon_day: local_day(town.zone, window.latest),
        places: visit.candidates,
    };
    (found, Basis { reach: Reach::of(whose.capacity, &timelines), revisions })
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
        days.iter_mut().for_each(|day| in_order(&mut day.slots));
    }
    days
}

/// Sorts slots by time; of those that begin at the same time in the same office only the first stays.
fn in_order(slots: &mut Vec<FreeSlot>) {
    slots.sort_by_key(|slot| (slot.span.first, slot.office));
    slots.dedup_by_key(|slot| (slot.span.first, slot.office));
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

/// When one may book a visit: at all, and on the days for which its services are given.
pub(crate) fn window_of(
    connection: &impl Connection,
    town: &Town,
    now: DateTime<Utc>,
    (candidate, audience): (&Candidate, Audience),
) -> BookingWindow {
    booking_window(connection, town, now, audience).on_days(town.zone, candidate.bookable)
}

/// The visit that was asked for at one pool, and what the public can still take there on the local days that an
/// appointment from then on can touch.
pub(crate) async fn look_at(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    (items, services_of): (&[ItemRequest], Audience),
    (pool, starts_at): (PoolId, DateTime<Utc>),
) -> Outcome<(Visit, Candidate, Timeline), ItemsProblem> {
    let today = local_day(town.zone, app.clock.now());
    let (items, invited) = invitations::read_items(app, town, items);
    let wanted = Wanted {
        items: &items,
        services_of,
        invited: &invited,
        capacity_of: Audience::Public,
        places: Places::Pool(pool),
    };
    let (mut visit, mut timelines, _) =
        app.plans.search(connection, town, today, &wanted, days_around(town, starts_at)).await?;
    match (visit.candidates.pop(), timelines.pop()) {
        (Some(candidate), Some((_, timeline))) => Ok((visit, candidate, timeline)),
        _ => Err(Error::Refused(ItemsProblem::NotOfferedTogether)),
    }
}

/// What one pool can still take on the local days that an appointment from then on can touch.
pub(crate) async fn timeline_around(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    (candidate, audience): (&Candidate, Audience),
    starts_at: DateTime<Utc>,
) -> Result<Timeline, StoreError> {
    timeline_of(app, connection, town, (candidate, audience), days_around(town, starts_at)).await
}

fn days_around(town: &Town, starts_at: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let day = local_day(town.zone, starts_at);
    (day, after(day, 1))
}

async fn timeline_of(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    (candidate, audience): (&Candidate, Audience),
    days: (NaiveDate, NaiveDate),
) -> Result<Timeline, StoreError> {
    let today = local_day(town.zone, app.clock.now());
    let candidates = std::slice::from_ref(candidate);
    let mut timelines = app.plans.timelines(connection, town, today, candidates, (audience, days)).await?;
    Ok(timelines.pop().map_or_else(|| Timeline::join(&[]), |(_, timeline)| timeline))
}

/// The free slots nearest to one that is taken, in the same pool.
pub(crate) async fn nearest(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    candidate: &Candidate,
    wanted: Tick,
) -> Result<Vec<FreeSlot>, StoreError> {
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let day = local_day(town.zone, wanted.starts_at()).max(today);
    let days = (before(day, NEAREST_DAYS).max(today), after(day, NEAREST_DAYS));
    let timeline = timeline_of(app, connection, town, (candidate, Audience::Public), days).await?;
    let window = window_of(connection, town, now, (candidate, Audience::Public));
    let span = TickSpan { first: wanted, count: candidate.length };
    let starts = slots::nearest(&timeline, span, window, NEAREST);
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

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

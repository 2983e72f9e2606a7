//! A town with one pool at the end of October, and what must hold of it after every verb.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::actor::StaffMember;
use domain::appointments::status::{BookingEvent, BookingState, HoldEvent, HoldState};
use domain::ids::{BookingId, OfficeId, PoolId};
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick, TickSpan};
use domain::staff::Role;
use operations::appointments::HeldSlot;
use operations::schedule::{FreeSlot, FreeSlots, SlotSearch, answer_free_slots, free_slots, hours_of_pool};
use operations::testing::{TestApp, app_sqlite};
use store::appointments::{Booking, freed, holds};
use store::schedule::PoolPlace;
use uuid::Uuid;

use super::plan::{Plan, ticks_of};
use crate::house::{House, furnished, items, refusal};

/// Two services and how many ticks they take.
pub const SERVICES: [(&str, u16); 2] = [("pass", 3), ("meldung", 2)];

const AUDIENCES: [Audience; 2] = [Audience::Public, Audience::Staff];

/// How many days are looked at: no run lasts longer.
const DAYS: u64 = 18;

pub struct World {
    pub house: House,
    pub office: OfficeId,
    pub pool: PoolId,
    pub plan: Plan,
    pub held: Vec<HeldSlot>,
    /// The secret of the hold, the booking, and its six digits.
    pub pending: Vec<(String, BookingId, String)>,
    pub replan: Option<Uuid>,
    pub phones: u8,
    place: PoolPlace,
    seen: BTreeSet<Uuid>,
    /// Another server, which only answers.
    other: TestApp,
}

impl World {
    /// Friday morning; the clocks go back on Sunday.
    pub async fn new() -> Self {
        let mut house = furnished(app_sqlite().await, 2).await;
        // A Land without holidays in these weeks.
        house.town.land = "BE".to_owned();
        house.app.clock.set("2026-10-23T06:00:00Z".parse().unwrap());
        let office = house.office().await;
        let place = store::schedule::pools_of_office(&house.app.db, office).await.unwrap().remove(0);
        let plan = Plan::new(house.town.zone, (house.day(0).pred_opt().unwrap(), DAYS));
        let (held, pending) = (Vec::new(), Vec::new());
        let pool = place.pool;
        let seen = BTreeSet::new();
        let other = house.app.beside().await;
        let mut world =
            Self { house, office, pool, plan, held, pending, replan: None, phones: 0, place, seen, other };
        world.plan.rules = store::schedule::rules(&world.house.app.db, &[pool]).await.unwrap()[&pool].clone();
        world.plan.walk();
        world
    }

    pub fn planner(&self) -> StaffMember {
        StaffMember { role: Role::Admin, ..self.house.staff() }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.house.app.clock.now()
    }

    /// The bookings that stand and have not begun.
    pub async fn standing(&self) -> Vec<Booking> {
        let mut all =
            store::planning::claims_of_office(&self.house.app.db, self.office, self.now()).await.unwrap();
        all.retain(|booking| booking.state == BookingState::Booked);
        all
    }

    /// How often each tick is claimed: by bookings, live holds, and slots that cool down.
    pub async fn claims(&mut self) -> HashMap<(Audience, Tick), u16> {
        let db = &self.house.app.db;
        let long_ago = self.now() - Duration::days(30);
        let bookings = store::planning::claims_of_office(db, self.office, long_ago).await.unwrap();
        let holds = holds::lapsed(db, self.now() + Duration::days(1), 1000).await.unwrap();
        let cooling = freed::cooling(db, long_ago, 1000).await.unwrap();
        self.seen.extend(bookings.iter().map(|booking| booking.id.0));
        self.seen.extend(holds.iter().map(|hold| hold.id.0));
        let spans = bookings.iter().map(|booking| (booking.audience, booking.span()));
        let spans = spans.chain(holds.iter().map(|hold| (hold.audience, hold.span())));
        let spans = spans.chain(cooling.iter().map(|slot| (slot.place.audience, slot.place.span)));
        let mut claims = HashMap::new();
        for (audience, span) in spans {
            for tick in span.ticks() {
                *claims.entry((audience, tick)).or_default() += 1;
            }
        }
        claims
    }

    pub async fn counts_what_is_claimed(&mut self) {
        let claims = self.claims().await;
        let (first, days) = self.plan.days;
        let last = first + chrono::Days::new(days - 1);
        let db = &self.house.app.db;
        let hours = hours_of_pool(db, &self.house.town, &self.place, (first, last)).await.unwrap();
        for audience in AUDIENCES {
            let mut timelines = [(self.pool, Timeline::of(&hours, audience, first, last))];
            store::schedule::load_use(db, audience, &mut timelines).await.unwrap();
            let [(_, timeline)] = timelines;
            for tick in (timeline.first().0..timeline.end().0).map(Tick) {
                let claimed = claims.get(&(audience, tick)).copied().unwrap_or(0);
                assert_eq!(timeline.used_at(tick), claimed, "{audience:?} at {}", tick.starts_at());
                let open = self.plan.open_at(tick, audience);
                assert_eq!(timeline.capacity_at(tick), open, "{audience:?} at {}", tick.starts_at());
            }
        }
    }

    /// Answers that are remembered are those that would be given now, by every server.
    pub async fn answers_as_if_never_asked(&self) {
        let (service, _) = SERVICES[0];
        let search = SlotSearch { items: items(service), office: None, from: None, days: DAYS as u16 };
        let town = &self.house.town;
        let found = refusal(free_slots(&self.house.app, town, &search).await);
        for app in [&self.house.app, &self.other] {
            let written = |found: &FreeSlots| format!("{found:?}").into_bytes();
            let answer = refusal(answer_free_slots(app, town, &search, written).await);
            assert_eq!(
                answer.map(|answer| String::from_utf8(answer.to_vec()).unwrap()),
                found.as_ref().map(|found| format!("{found:?}")).map_err(Clone::clone),
            );
        }
    }

    /// Whether a counter is left for the whole of it, by what is claimed and by the clock on the wall.
    pub async fn fits(&mut self, span: TickSpan) -> bool {
        let claims = self.claims().await;
        self.fits_beside(&claims, span)
    }

    fn fits_beside(&self, claims: &HashMap<(Audience, Tick), u16>, span: TickSpan) -> bool {
        let lead = Duration::minutes(i64::from(self.house.town.settings.lead_minutes));
        let used = |tick| claims.get(&(Audience::Public, tick)).copied().unwrap_or(0);
        self.now() + lead <= span.starts_at()
            && span.ticks().all(|tick| used(tick) < self.plan.open_at(tick, Audience::Public))
    }

    /// The list of a day: all of it fits, and it is empty only when nothing does.
    pub async fn listed(&mut self, service: usize, ahead: u64) -> Vec<FreeSlot> {
        let (slug, count) = SERVICES[service];
        let day = self.house.day(ahead);
        let slots = self.house.slots(slug, ahead).await;
        let claims = self.claims().await;
        for slot in &slots {
            assert!(self.fits_beside(&claims, slot.span), "offered: {}", slot.span.starts_at());
        }
        let ticks: Vec<Tick> = ticks_of(self.plan.zone, day).collect();
        let whole = ticks.len() + 1 - usize::from(count);
        let mut starts = ticks.into_iter().take(whole).map(|first| TickSpan { first, count });
        let any = starts.any(|span| self.fits_beside(&claims, span));
        assert_eq!(any, !slots.is_empty(), "{slug} on {day}");
        slots
    }

    /// After something was taken: its ticks are not claimed more often than counters are open.
    pub async fn is_not_oversold(&mut self, span: TickSpan, audience: Audience) {
        let claims = self.claims().await;
        for tick in span.ticks() {
            let (used, open) = (claims[&(audience, tick)], self.plan.open_at(tick, audience));
            assert!(used <= open, "{audience:?} at {}: {used} of {open}", tick.starts_at());
        }
    }

    /// A booking that was just made or moved.
    pub async fn took(&mut self, id: BookingId) {
        let booking = store::appointments::booking(&self.house.app.db, self.house.town.id, id).await;
        let booking = booking.unwrap().unwrap();
        assert_eq!(booking.state, BookingState::Booked);
        self.is_not_oversold(booking.span(), booking.audience).await;
    }

    pub async fn states_followed_the_drawn_transitions(&self) {
        for subject in &self.seen {
            let log = store::events::of_subject(&self.house.app.db, *subject).await.unwrap();
            assert!(!log.is_empty(), "whatever claims a slot has a beginning");
            for event in log {
                let legal = match (event.subject.as_str(), event.from.as_deref()) {
                    ("booking", None) => ["unverified", "booked"].contains(&event.to.as_str()),
                    ("hold", None) => event.to == "held",
                    ("booking", Some(from)) => drawn_for_bookings(from, &event.to),
                    ("hold", Some(from)) => drawn_for_holds(from, &event.to, event.reason.as_deref()),
                    _ => false,
                };
                assert!(legal, "{event:?}");
            }
        }
    }

    /// A day of the plan, so many from today.
    pub fn day(&self, ahead: u64) -> NaiveDate {
        self.house.day(ahead)
    }
}

fn drawn_for_bookings(from: &str, to: &str) -> bool {
    let (from, to) = (BookingState::parse(from).unwrap(), BookingState::parse(to).unwrap());
    BookingEvent::ALL.into_iter().any(|event| from.after(event) == Ok(to))
}

fn drawn_for_holds(from: &str, to: &str, reason: Option<&str>) -> bool {
    let (from, to) = (HoldState::parse(from).unwrap(), HoldState::parse(to).unwrap());
    let extended = from == to && from == HoldState::Held && reason == Some("extended");
    extended || HoldEvent::ALL.into_iter().any(|event| from.after(event) == Ok(to))
}

//! An office with one pool, Monday to Friday from 8 to 12, and how people book there.

use chrono::{Duration, NaiveDate};
use domain::actor::{Citizen, StaffMember};
use domain::appointments::form::Particulars;
use domain::catalog::Catalogue;
use domain::ids::{OfficeId, PoolId, StaffId};
use domain::language::Language;
use domain::messaging::Notification;
use domain::schedule::{Audience, Tick};
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{
    self, BookRequest, BookedAppointment, HeldSlot, HoldProblem, HoldRequest, MoveProblem, MoveRequest,
};
use operations::schedule::{FreeSlot, ItemRequest, SlotSearch, free_slots};
use operations::testing::{TestApp, apps, town};
use operations::{Error, catalog, setup};

pub const PHONE: &str = "0171 3920012";
pub const OTHER_PHONE: &str = "0171 3920013";

/// A town with one office.
pub struct House {
    pub app: TestApp,
    pub town: Town,
}

/// Runs a test on every database, with so many counters for the public in each pool.
pub async fn each(public: u16, test: impl AsyncFn(House)) {
    for app in apps().await {
        test(furnished(app, public).await).await;
    }
}

/// The house on one database.
pub async fn furnished(app: TestApp, public: u16) -> House {
    let town = town(&app).await;
    catalog::import(&app, &town, &Catalogue::parse(CATALOGUE).unwrap()).await.unwrap();
    let file = SETUP.replace("\"public\": 2", &format!("\"public\": {public}"));
    setup::import(&app, &town, &Setup::parse(&file).unwrap()).await.unwrap_or_else(|e| panic!("{e}"));
    House { app, town }
}

impl House {
    /// What is free for a service on a day, so many days from now.
    pub async fn slots(&self, service: &str, ahead: u64) -> Vec<FreeSlot> {
        let from = Some(self.day(ahead));
        let search = SlotSearch { items: items(service), office: None, from, days: 1 };
        let found = free_slots(&self.app, &self.town, &search).await.unwrap_or_else(|e| panic!("{e}"));
        found.days.into_iter().flat_map(|day| day.slots).collect()
    }

    pub fn day(&self, ahead: u64) -> NaiveDate {
        self.app.clock.now().date_naive() + chrono::Days::new(ahead)
    }

    pub async fn is_free(&self, slot: &FreeSlot) -> bool {
        let ahead = (slot.day - self.day(0)).num_days().unsigned_abs();
        self.slots("pass", ahead).await.iter().any(|free| free.span.first == slot.span.first)
    }

    pub async fn hold(&self, service: &str, slot: &FreeSlot) -> Result<HeldSlot, HoldProblem> {
        let request = HoldRequest {
            items: items(service),
            pool: slot.pool,
            starts_at: slot.span.starts_at(),
            origin: None,
        };
        refusal(appointments::hold(&self.app, &self.town, &request).await)
    }

    /// The whole way: hold, book, type the code.
    pub async fn book(&self, service: &str, slot: &FreeSlot, phone: &str) -> BookedAppointment {
        // Seconds pass, so that the order of messages and events is theirs.
        self.app.clock.advance(Duration::seconds(1));
        let held = self.hold(service, slot).await.unwrap();
        let token = held.token.as_deref().unwrap();
        let request = BookRequest { hold: held.id, particulars: form(phone), language: Language::De };
        let pending = refusal(appointments::book(&self.app, &self.town, token, &request).await).unwrap();
        let code = self.code().await;
        self.app.clock.advance(Duration::seconds(1));
        refusal(appointments::verify(&self.app, &self.town, token, pending.id, &code).await).unwrap()
    }

    /// Whom a link lets in.
    pub async fn citizen(&self, booked: &BookedAppointment) -> Citizen {
        let token = booked.link_token.reveal();
        appointments::citizen_of_link(&self.app, &self.town, token).await.unwrap().it().unwrap()
    }

    pub async fn move_to(
        &self,
        by: &Citizen,
        slot: &FreeSlot,
    ) -> Result<appointments::AppointmentPage, MoveProblem> {
        self.app.clock.advance(Duration::seconds(1));
        refusal(appointments::move_by_citizen(&self.app, &self.town, by, request(slot)).await)
    }

    pub fn staff(&self) -> StaffMember {
        let id = StaffId(uuid::Uuid::from_u128(9));
        StaffMember { town: self.town.id, id, role: Role::Desk, counter: None }
    }

    pub async fn office(&self) -> OfficeId {
        operations::town::offices(&self.app, &self.town).await.unwrap()[0].id
    }

    /// What is on its way, oldest first.
    pub async fn outbox(&self) -> Vec<Notification> {
        let tx = self.app.db.write().await.unwrap();
        let mut due =
            store::messaging::relay::lock_due(&tx, self.app.clock.now(), (None, &[]), 1000).await.unwrap();
        due.sort_by_key(|due| due.id);
        let mut outbox = Vec::new();
        for due in due {
            outbox.push(store::messaging::content(&tx, due.id).await.unwrap().unwrap().notification);
        }
        // Let go of at once: who looks again soon must not find the rows locked.
        tx.commit().await.unwrap();
        outbox
    }

    /// The six digits that were sent last.
    pub async fn code(&self) -> String {
        let mut codes = self.outbox().await.into_iter().filter_map(|notification| match notification {
            Notification::VerificationCode { code, .. } => Some(code),
            _ => None,
        });
        codes.next_back().unwrap()
    }

    /// How many are counted at a tick of a pool.
    pub async fn used(&self, pool: PoolId, tick: Tick) -> u16 {
        let place = store::schedule::pool_place(&self.app.db, self.town.id, pool).await.unwrap().unwrap();
        let day = tick.starts_at().date_naive();
        let [(_, public), _] =
            operations::schedule::day_of_pool(&self.app.db, &self.town, &place, day).await.unwrap();
        public.used_at(tick)
    }

    /// Every tick of every pool on a day: nobody may have sold more than there is.
    pub async fn nothing_is_oversold(&self, day: NaiveDate) {
        let office = self.office().await;
        for place in store::schedule::pools_of_office(&self.app.db, office).await.unwrap() {
            let counts =
                operations::schedule::day_of_pool(&self.app.db, &self.town, &place, day).await.unwrap();
            for (audience, timeline) in counts {
                for at in timeline.first().0..timeline.end().0 {
                    let (used, capacity) = (timeline.used_at(Tick(at)), timeline.capacity_at(Tick(at)));
                    assert!(used <= capacity, "{audience:?} of {}: {used} of {capacity}", place.name);
                }
            }
        }
    }

    /// How many ticks are counted as taken on a day, over all pools.
    pub async fn taken(&self, day: NaiveDate, audience: Audience) -> u32 {
        let office = self.office().await;
        let mut taken = 0;
        for place in store::schedule::pools_of_office(&self.app.db, office).await.unwrap() {
            let counts =
                operations::schedule::day_of_pool(&self.app.db, &self.town, &place, day).await.unwrap();
            for (whose, timeline) in counts {
                if whose == audience {
                    let ticks = timeline.first().0..timeline.end().0;
                    taken += ticks.map(|at| u32::from(timeline.used_at(Tick(at)))).sum::<u32>();
                }
            }
        }
        taken
    }

    pub fn later(&self, minutes: i64) {
        self.app.clock.advance(Duration::minutes(minutes));
    }
}

pub fn request(slot: &FreeSlot) -> MoveRequest {
    MoveRequest { pool: slot.pool, starts_at: slot.span.starts_at() }
}

pub fn refusal<T, R: std::fmt::Debug>(outcome: Result<T, Error<R>>) -> Result<T, R> {
    match outcome {
        Ok(done) => Ok(done),
        Err(Error::Refused(refused)) => Err(refused),
        Err(Error::Failed(failure)) => panic!("{failure:?}"),
    }
}

pub fn items(service: &str) -> Vec<ItemRequest> {
    vec![ItemRequest { service: service.to_owned(), quantity: 1 }]
}

pub fn form(phone: &str) -> Particulars {
    Particulars { name: "Erika Exempel".to_owned(), phone: Some(phone.to_owned()), ..Particulars::default() }
}

const CATALOGUE: &str = include_str!("../data/catalogue.json");
const SETUP: &str = include_str!("../data/town.json");

//! A small house to try the queue in: a town hall with six counters, a branch, staff and a terminal.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::actor::{Device, StaffMember};
use domain::appointments::codes::CheckInCode;
use domain::appointments::form::Particulars;
use domain::catalog::Catalogue;
use domain::devices::DeviceKind;
use domain::ids::{BookingId, CounterId, OfficeId, PoolId};
use domain::language::Language;
use domain::local_time::LocalMinute;
use domain::queue::refusal::ArrivalRefused;
use domain::schedule::opening_hours::{OpeningRule, Weekdays};
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{CallerRequest, HoldRequest, book_for_caller};
use operations::planning;
use operations::queue::arrival::{CheckedIn, TypedCode, check_in};
use operations::queue::counters::{self, CounterView, IfTaken};
use operations::queue::desk::{self, DeskView};
use operations::queue::screens::{self, DisplayView};
use operations::queue::walk_in::{WalkIn, draw_ticket};
use operations::schedule::ItemRequest;
use operations::staff::{NewStaff, StaffView};
use operations::testing::{TestApp, apps};
use operations::{Error, Outcome, staff};

const CATALOGUE: &str = include_str!("../../../lotse/data/catalogue.json");

const SETUP: &str = r#"{
  "town": {"slug": "musterstadt", "name": "Stadt Musterstadt", "zone": "Europe/Berlin", "land": "NW"},
  "offices": [
    {"slug": "rathaus", "name": "Rathaus", "street": "Rathausplatz 1", "postal_code": "12345", "city": "Musterstadt",
     "level_access": true, "zones": [{"letter": "B", "name": "Wartebereich B", "floor": "Erdgeschoss", "way": {"de": "links"}}]},
    {"slug": "nord", "name": "Stadtteilbüro Nord", "street": "Nordring 24", "postal_code": "12347", "city": "Musterstadt",
     "level_access": true, "zones": [{"letter": "N", "name": "Wartebereich N", "floor": "Erdgeschoss", "way": {"de": "gleich hier"}}]}
  ],
  "pools": [
    {"slug": "buergerbuero", "name": "Bürgerbüro", "office": "rathaus", "department": "buergerbuero", "zone": "B",
     "counters": [{"number": "1"}, {"number": "2"}, {"number": "3"}, {"number": "4"}, {"number": "5"}, {"number": "6"}],
     "opening": [{"days": ["mo", "di", "mi", "do", "fr"], "opens": "08:00:00", "closes": "16:00:00", "public": 4, "staff": 2}]},
    {"slug": "nord", "name": "Bürgerbüro Nord", "office": "nord", "department": "buergerbuero", "zone": "N",
     "counters": [{"number": "1"}],
     "opening": [{"days": ["mo", "di", "mi", "do", "fr"], "opens": "08:00:00", "closes": "12:00:00", "public": 1}]}
  ]
}"#;

/// The password of everybody who works there.
pub const PASSWORD: &str = "ein-langes-kennwort";

/// The house.
pub struct House {
    pub app: TestApp,
    pub town: Town,
    pub office: OfficeId,
    pub terminal: Device,
    pub branch: Device,
    pub service: String,
    staff: Vec<StaffView>,
    counters: Vec<CounterView>,
    pool: PoolId,
}

/// An appointment in the house.
pub struct Booked {
    pub id: BookingId,
    pub code: CheckInCode,
    pub starts_at: DateTime<Utc>,
    pub day: NaiveDate,
}

/// Runs the test in a fresh house on every database at hand.
pub async fn each(mut test: impl AsyncFnMut(House)) {
    for app in apps().await {
        test(House::build(app).await).await;
    }
}

/// The refusal of a verb that should refuse.
pub fn refusal<T, R>(outcome: Outcome<T, R>) -> R {
    match outcome {
        Ok(_) => panic!("the verb should have been refused"),
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Failed(failure)) => panic!("{failure}"),
    }
}

impl House {
    async fn build(app: TestApp) -> Self {
        let setup = Setup::parse(SETUP).unwrap();
        let town = operations::setup::put_town(&app, &setup).await.unwrap();
        operations::catalog::import(&app, &town, &Catalogue::parse(CATALOGUE).unwrap()).await.unwrap();
        operations::setup::import(&app, &town, &setup).await.unwrap();
        let offices = operations::town::offices(&app, &town).await.unwrap();
        let device = |office| Device { town: town.id, id: app.id(), office, kind: DeviceKind::Terminal };
        let counters = counters::list(&app, &town).await.unwrap();
        Self {
            office: offices[0].id,
            terminal: device(offices[0].id),
            branch: device(offices[1].id),
            service: "personalausweis-beantragen".to_owned(),
            staff: add_staff(&app, &town).await,
            pool: counters[0].counter.pool,
            counters,
            town,
            app,
        }
    }

    /// Who may set what the house offers.
    pub async fn admin(&self) -> StaffMember {
        StaffMember { role: Role::Admin, ..self.staff(0).await }
    }

    /// Opens the house around the clock, every day.
    pub async fn never_closes(&self) {
        let by = self.admin().await;
        let seen = planning::opening_of_pool(&self.app, &self.town, &by, self.pool).await;
        let Ok(seen) = seen else { panic!("the opening can be read") };
        let always = OpeningRule {
            weekdays: Weekdays::from_bits(u8::MAX),
            opens: LocalMinute::START_OF_DAY,
            closes: LocalMinute::END_OF_DAY,
            ..seen.rules[0].clone()
        };
        let set = planning::set_opening(&self.app, &self.town, &by, self.pool, &[always], seen.rev).await;
        assert!(set.is_ok(), "the opening can be changed");
    }

    /// The nth member of staff, where they sit right now.
    pub async fn staff(&self, n: usize) -> StaffMember {
        let id = self.staff[n].id;
        let counters = counters::list(&self.app, &self.town).await.unwrap();
        let counter = counters.iter().find(|view| view.counter.staff == Some(id)).map(|view| view.counter.id);
        StaffMember { town: self.town.id, id, role: Role::Desk, counter }
    }

    /// The nth member of staff, at the nth counter.
    pub async fn seated(&self, n: usize) -> StaffMember {
        let counter: CounterId = self.counters[n].counter.id;
        counters::open(&self.app, &self.town, &self.staff(n).await, counter, IfTaken::Refuse).await.unwrap();
        self.staff(n).await
    }

    /// What a caller asks for, so many minutes from now.
    pub fn wanted(&self, minutes: i64) -> CallerRequest {
        CallerRequest {
            slot: HoldRequest {
                items: vec![ItemRequest { service: self.service.clone(), quantity: 1 }],
                pool: self.pool,
                starts_at: self.app.clock.now() + TimeDelta::minutes(minutes),
                origin: None,
            },
            particulars: Particulars {
                name: "Erika Mustermann".to_owned(),
                address: Some("Musterweg 1, 12345 Musterstadt".to_owned()),
                phone: None,
                email: None,
                remark: None,
            },
            language: Language::De,
            follows: None,
        }
    }

    /// An appointment so many minutes from now.
    pub async fn book(&self, minutes: i64) -> Booked {
        self.book_as(&self.wanted(minutes)).await
    }

    /// What staff book.
    pub async fn book_as(&self, request: &CallerRequest) -> Booked {
        let by = self.staff(0).await;
        let page = book_for_caller(&self.app, &self.town, &by, request).await.unwrap();
        Booked { id: page.id, code: page.check_in_code.unwrap(), starts_at: page.starts_at, day: page.day }
    }

    /// Types this code at the terminal of the town hall.
    pub async fn type_code(&self, code: &str, tap_key: &str) -> Outcome<CheckedIn, ArrivalRefused> {
        let typed = TypedCode { code: code.to_owned(), tap_key: tap_key.to_owned(), ..TypedCode::default() };
        check_in(&self.app, &self.town, &self.terminal, typed).await
    }

    /// Types the code of an appointment at the terminal of the town hall.
    pub async fn check_in(&self, booked: &Booked, tap_key: &str) -> Outcome<CheckedIn, ArrivalRefused> {
        self.check_in_at(&self.terminal, booked, tap_key).await
    }

    /// Types the code of an appointment at a terminal.
    pub async fn check_in_at(
        &self,
        terminal: &Device,
        booked: &Booked,
        tap_key: &str,
    ) -> Outcome<CheckedIn, ArrivalRefused> {
        let typed =
            TypedCode { code: booked.code.to_string(), tap_key: tap_key.to_owned(), ..TypedCode::default() };
        check_in(&self.app, &self.town, terminal, typed).await
    }

    /// Draws a ticket at the terminal of the town hall.
    pub async fn draw(&self, phone: Option<&str>) -> Outcome<CheckedIn, ArrivalRefused> {
        let walk_in =
            WalkIn { service: self.service.clone(), language: Language::De, phone: phone.map(str::to_owned) };
        draw_ticket(&self.app, &self.town, &self.terminal, walk_in).await
    }

    /// What the desk sees.
    pub async fn desk(&self, by: &StaffMember) -> DeskView {
        desk::view(&self.app, &self.town, by, self.office).await.unwrap().unwrap()
    }

    /// What the display of the town hall shows.
    pub async fn display(&self) -> DisplayView {
        screens::display(&self.app, &self.town, &self.terminal, &[]).await.unwrap().unwrap()
    }
}

async fn add_staff(app: &TestApp, town: &Town) -> Vec<StaffView> {
    let mut all = Vec::new();
    for n in 0..6 {
        let new = NewStaff {
            login: format!("desk{n}"),
            name: format!("Beschäftigte {n}"),
            role: Role::Desk,
            office: None,
            password: PASSWORD.to_owned(),
        };
        all.push(staff::add(app, town, domain::actor::Actor::System, new).await.unwrap());
    }
    all
}

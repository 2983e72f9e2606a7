//! Nothing is kept longer than it may be: the verbs of a day are called, time passes, and the rows are counted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::actor::StaffMember;
use domain::appointments::form::Particulars;
use domain::catalog::Catalogue;
use domain::contact::EmailAddress;
use domain::ids::StaffId;
use domain::language::Language;
use domain::messaging::Lane;
use domain::messaging::attempt::{Report, SendOutcome};
use domain::messaging::delivery::Receipt;
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::{self, BookRequest, CallerRequest, HoldRequest};
use operations::messaging::delivery::{Providers, claim, due_in_lane, finish};
use operations::messaging::receipts::record_receipt;
use operations::messaging::record_inbound;
use operations::messaging::upkeep::erase_old;
use operations::schedule::{ItemRequest, SlotSearch};
use operations::testing::{self, TestApp, inbound};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

const SERVICE: &str = "personalausweis-beantragen";
const HOUR: i64 = 1;
const DAY: i64 = 24;

struct House {
    app: TestApp,
    town: Town,
    raw: DatabaseConnection,
}

fn items() -> Vec<ItemRequest> {
    vec![ItemRequest { service: SERVICE.to_owned(), quantity: 1 }]
}

fn particulars(phone: &str) -> Particulars {
    Particulars {
        name: "Erika Exempel".to_owned(),
        address: Some("Musterweg 1, 12345 Musterstadt".to_owned()),
        phone: Some(phone.to_owned()),
        email: Some("erika@exempel.example".to_owned()),
        remark: None,
    }
}

impl House {
    async fn build(mut app: TestApp) -> Self {
        app.app.mail_from = EmailAddress::parse("termine@musterstadt.example").ok();
        let town = testing::town(&app).await;
        let catalogue = Catalogue::parse(include_str!("../../lotse/data/catalogue.json")).unwrap();
        let setup = Setup::parse(include_str!("../../lotse/data/musterstadt.json")).unwrap();
        operations::catalog::import(&app, &town, &catalogue).await.unwrap();
        operations::setup::import(&app, &town, &setup).await.unwrap();
        let raw = Database::connect(&app.database_url).await.unwrap();
        Self { app, town, raw }
    }

    /// The first free slot so many days from now, as somebody wants it.
    async fn slot(&self, days: u64) -> HoldRequest {
        let from = Some(self.app.clock.now().date_naive() + chrono::Days::new(days));
        let search = SlotSearch { items: items(), office: None, from, days: 3 };
        let free = operations::schedule::free_slots(&self.app, &self.town, &search).await.unwrap();
        let slot = free.days.into_iter().flat_map(|day| day.slots).next().unwrap();
        let (pool, starts_at) = (slot.pool, slot.span.starts_at());
        HoldRequest { items: items(), pool, starts_at, origin: Some("192.0.2.1".to_owned()) }
    }

    fn desk(&self) -> StaffMember {
        let id = StaffId(uuid::Uuid::from_u128(9));
        StaffMember { town: self.town.id, id, role: Role::Desk, counter: None }
    }

    /// One appointment that is cancelled, one code that is never typed, a dialogue, and everything is sent.
    async fn live(&self) {
        let (app, town) = (&self.app.app, &self.town);
        let caller = CallerRequest {
            slot: self.slot(10).await,
            particulars: particulars("0171 3920012"),
            language: Language::De,
            follows: None,
        };
        let booked = appointments::book_for_caller(app, town, &self.desk(), &caller).await.unwrap();
        let held = appointments::hold(app, town, &self.slot(1).await).await.unwrap();
        let request =
            BookRequest { hold: held.id, particulars: particulars("0171 3920013"), language: Language::De };
        appointments::book(app, town, held.token.as_deref().unwrap(), &request).await.unwrap();
        record_inbound(app, town, inbound("IN-1", 12, "TERMIN PASS")).await.unwrap();
        self.send("SM").await;
        appointments::cancel_by_staff(app, town, &self.desk(), booked.id, None).await.unwrap();
        testing::opt_out(app, town).await;
        app.clock.advance(Duration::minutes(40));
        assert_eq!(appointments::expire_due(app).await.unwrap().bookings, 1);
        self.send("SN").await;
    }

    /// Everything that is due is taken; the first text message of each round is reported as delivered, the others never.
    async fn send(&self, reference: &str) {
        let app = &self.app.app;
        let mut nth = 0;
        for lane in Lane::ALL {
            for id in due_in_lane(app, lane, "fake", 50).await.unwrap() {
                let by = Providers { email: Some("fake"), ..Providers::from("fake") };
                let Some(claimed) = claim(app, id, by, Duration::minutes(1)).await.unwrap() else { continue };
                nth += 1;
                let reference = format!("{reference}{nth}");
                let taken = SendOutcome::Accepted { reference: reference.clone(), segments: Some(1) };
                finish(app, &claimed, &taken).await.unwrap();
                if nth == 1 {
                    let report = Report {
                        provider: "fake",
                        reference,
                        receipt: Receipt::Delivered,
                        error_code: None,
                        class: None,
                        ours: None,
                    };
                    record_receipt(app, &report).await.unwrap();
                }
            }
        }
        assert!(nth > 1, "nothing was sent");
    }

    async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
    }

    /// How many rows of each there are that not everybody may keep.
    async fn kept(&self, what: &[&str]) -> Vec<i64> {
        let mut counts = Vec::new();
        for from in what {
            counts.push(self.count(from).await);
        }
        counts
    }

    async fn passes(&self, hours: i64) {
        self.app.clock.advance(Duration::hours(hours));
        erase_old(&self.app).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_kept_longer_than_it_may_be() {
    const WRITTEN: &str = "inbound_sms WHERE sealed IS NOT NULL";
    const SAID: &str = "message WHERE sealed IS NOT NULL";
    const ORIGINS: &str = "hold WHERE origin IS NOT NULL OR wide_origin IS NOT NULL";
    for app in testing::apps().await {
        let house = House::build(app).await;
        house.live().await;
        let at_once = ["challenge", "conversation", "contact", ORIGINS, SAID, WRITTEN];
        house.passes(HOUR).await;
        assert!(house.kept(&at_once).await.iter().all(|kept| *kept > 0), "too early");
        assert!(
            house.count("message WHERE state = 'accepted'").await >= 2,
            "unreported ones, e-mails among them"
        );

        house.passes(DAY).await;
        assert_eq!(house.kept(&["challenge", "conversation", ORIGINS]).await, [0, 0, 0], "a day");
        assert!(house.count(SAID).await > 0);

        house.passes(DAY).await;
        assert_eq!(house.kept(&[SAID, WRITTEN, "contact"]).await, [0, 0, 0], "two days after it was over");
        assert_eq!(house.count("message WHERE final_at IS NULL AND channel <> 'sms'").await, 0);
        assert!(house.count("receipt_inbox").await > 0);

        house.passes(5 * DAY).await;
        assert_eq!(house.count("receipt_inbox").await, 0, "a week");
        house.passes(24 * DAY).await;
        assert_eq!(
            house.count("message WHERE final_at IS NULL").await,
            0,
            "nobody asks for reports any more"
        );

        let skeletons = ["message", "message_attempt", "inbound_sms"];
        assert!(house.kept(&skeletons).await.iter().all(|kept| *kept > 0), "bills can be checked");
        house.passes(403 * DAY).await;
        assert_eq!(house.kept(&skeletons).await, [0, 0, 0], "thirteen months");
        assert_eq!(house.count("suppression").await, 1);
        house.passes(700 * DAY).await;
        assert_eq!(house.count("suppression").await, 0, "three years");
    }
}

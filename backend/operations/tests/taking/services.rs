//! Services edited in place, and a whole set-up as one file.

use chrono::{Days, NaiveDate};
use domain::actor::{Device, StaffMember};
use domain::appointments::booking::{HoldRefused, OfferTerms};
use domain::catalog::{Catalogue, Fee, FeeScope, Fees, Planned};
use domain::devices::DeviceKind;
use domain::ids::{DeviceId, TownId};
use domain::language::{Language, Text};
use domain::queue::refusal::ArrivalRefused;
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::appointments::HoldProblem;
use operations::invitations::{InvitationProblem, invite};
use operations::planning::{self, PlanningProblem, ServiceEdit, ServiceToEdit};
use operations::queue::walk_in::{WalkIn, draw_ticket};
use operations::schedule::{ItemsProblem, SlotSearch, free_slots, free_slots_for_staff};
use operations::{catalog, setup};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, PHONE, each, items, refusal};

impl House {
    fn admin(&self) -> StaffMember {
        StaffMember { role: Role::Admin, ..self.staff() }
    }

    async fn to_edit(&self, slug: &str) -> ServiceToEdit {
        let all = refusal(planning::services(&self.app, &self.town, &self.admin()).await).unwrap();
        let id = all.services.iter().find(|one| one.service.slug == slug).unwrap().service.id;
        refusal(planning::service(&self.app, &self.town, &self.admin(), id).await).unwrap()
    }

    /// Edits a service as the page does: what was read, with something changed.
    async fn edit(
        &self,
        found: &ServiceToEdit,
        change: impl FnOnce(&mut ServiceEdit),
    ) -> Result<ServiceToEdit, PlanningProblem> {
        let offers = found.offers.iter().filter_map(|offer| Some((offer.pool, offer.terms?))).collect();
        let mut edit = ServiceEdit { entry: found.entry.to_json(), offers, seen: found.rev };
        change(&mut edit);
        refusal(planning::set_service(&self.app, &self.town, &self.admin(), found.id, &edit).await)
    }

    async fn opens(&self, service: &str, ahead: u64) -> bool {
        !self.slots(service, ahead).await.is_empty()
    }
}

fn places(refused: PlanningProblem) -> Vec<(String, &'static str)> {
    let PlanningProblem::Service(faults) = refused else { panic!("{refused:?}") };
    assert!(faults.iter().all(|fault| !fault.text.de.is_empty() && fault.text.en.is_some()));
    faults.into_iter().map(|fault| (fault.place, fault.code)).collect()
}

#[tokio::test]
async fn new_times_hold_for_new_appointments_and_the_last_reader_wins() {
    each(2, async |house| {
        let slot = house.slots("pass", 1).await.remove(0);
        let booked = house.book("pass", &slot, PHONE).await;
        let found = house.to_edit("pass").await;
        assert_eq!((found.rev, found.offers.len()), (0, 1));
        let kept = house.edit(&found, |edit| {
            edit.offers[0].1 = OfferTerms { duration_min: 25, per_person_min: 10, buffer_min: 5 };
        });
        let kept = kept.await.unwrap();
        assert_eq!(kept.rev, 1);
        assert_eq!(house.slots("pass", 1).await[0].span.count, 6);
        let page = booked.page;
        assert_eq!((page.ends_at - page.starts_at).num_minutes(), 15, "what is booked keeps its length");

        let stale = house.edit(&found, |_| ()).await;
        assert_eq!(stale.map(|_| ()), Err(PlanningProblem::ChangedMeanwhile));
        let again = house.to_edit("pass").await;
        assert_eq!((again.rev, &again.entry, &again.offers), (kept.rev, &kept.entry, &kept.offers));
        let history = refusal(planning::history(&house.app, &house.town, &house.admin()).await).unwrap();
        assert_eq!(history.len(), 1);
        let after: Value = serde_json::from_str(history[0].after.as_deref().unwrap()).unwrap();
        assert_eq!((&after["slug"], &after["offers"][0]["duration_min"]), (&json!("pass"), &json!(25)));
    })
    .await;
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_changed() {
    each(2, async |house| {
        let found = house.to_edit("pass").await;
        let pool = found.offers[0].pool;
        let refused = house.edit(&found, |edit| {
            edit.entry["name_de"] = json!(" ");
            edit.entry["duration_min"] = json!(0);
            edit.entry["bookable_from"] = json!("2027-02-01");
            edit.entry["bookable_until"] = json!("2027-01-01");
            edit.entry["fee"] =
                json!({ "scope": "kommune", "source": "Satzung", "items": [{ "label": "", "cents": -1 }] });
            edit.offers = vec![
                (pool, OfferTerms { duration_min: 0, per_person_min: 0, buffer_min: 241 }),
                (pool, OfferTerms { duration_min: 10, per_person_min: 0, buffer_min: 0 }),
            ];
        });
        let mut wrong = places(refused.await.unwrap_err());
        wrong.sort_unstable();
        let expected = [
            ("bookable_until", "ends_before_it_begins"),
            ("duration_min", "out_of_range"),
            ("fee.items[0].cents", "out_of_range"),
            ("fee.items[0].label", "required"),
            ("name_de", "required"),
            ("offers[0].buffer_min", "out_of_range"),
            ("offers[0].duration_min", "out_of_range"),
            ("offers[1].pool_id", "twice"),
        ];
        assert_eq!(wrong, expected.map(|(place, code)| (place.to_owned(), code)));

        let nowhere = house.edit(&found, |edit| edit.offers.clear()).await.unwrap_err();
        assert_eq!(places(nowhere), [("offers".to_owned(), "required")]);
        let renamed = house.edit(&found, |edit| edit.entry["slug"] = json!("meldung")).await.unwrap_err();
        assert_eq!(places(renamed), [("slug".to_owned(), "fixed"), ("slug".to_owned(), "taken")]);
        let stranger = house.edit(&found, |edit| edit.offers[0].0.0 = Uuid::from_u128(7)).await.unwrap_err();
        assert_eq!(places(stranger), [("offers[0].pool_id".to_owned(), "unknown")]);
        assert_eq!(house.to_edit("pass").await.rev, 0);
        assert!(house.opens("pass", 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_new_service_is_booked_at_once_and_a_service_switched_off_no_longer() {
    each(2, async |house| {
        let (app, town, by) = (&house.app, &house.town, house.admin());
        let pass = house.to_edit("pass").await;
        let mut entry = pass.entry.to_json();
        entry["slug"] = json!("briefwahl");
        entry["name_de"] = json!("Briefwahl beantragen");
        entry["sms_keyword"] = Value::Null;
        let terms = OfferTerms { duration_min: 5, per_person_min: 0, buffer_min: 0 };
        let edit = ServiceEdit { entry, offers: vec![(pass.offers[0].pool, terms)], seen: 0 };
        let new = refusal(planning::create_service(app, town, &by, &edit).await).unwrap();
        assert_eq!(new.rev, 1);
        assert!(house.opens("briefwahl", 1).await);
        let twice = refusal(planning::create_service(app, town, &by, &edit).await).unwrap_err();
        assert_eq!(places(twice), [("slug".to_owned(), "taken")]);

        let off = house.edit(&new, |edit| {
            edit.entry["active"] = json!(false);
            edit.offers.clear();
        });
        off.await.unwrap();
        let search = SlotSearch { items: items("briefwahl"), office: None, from: None, days: 5 };
        let gone = refusal(free_slots(app, town, &search).await).unwrap_err();
        assert_eq!(gone, ItemsProblem::UnknownService { slug: "briefwahl".into() });
        let all = refusal(planning::services(app, town, &by).await).unwrap();
        assert!(all.services.iter().any(|one| one.service.slug == "briefwahl" && one.offered_at == 0));
    })
    .await;
}

#[tokio::test]
async fn appointments_are_given_in_the_season_only() {
    each(2, async |house| {
        let early = house.slots("pass", 1).await.remove(0);
        let late = house.slots("pass", 4).await.remove(0);
        let both = house.slots("meldung", 2).await.remove(0);
        let found = house.to_edit("pass").await;
        let season = house.edit(&found, |edit| {
            edit.entry["bookable_from"] = json!(house.day(2));
            edit.entry["bookable_until"] = json!(house.day(3));
        });
        season.await.unwrap();
        for (ahead, opens) in [(1, false), (2, true), (3, true), (4, false)] {
            assert_eq!(house.opens("pass", ahead).await, opens, "{ahead} days ahead");
        }
        assert!(house.opens("meldung", 1).await, "other services have no season");
        let search = SlotSearch { items: items("pass"), office: None, from: Some(house.day(1)), days: 1 };
        let staff = refusal(free_slots_for_staff(&house.app, &house.town, &search).await).unwrap();
        assert!(staff.days.iter().all(|day| day.slots.is_empty()), "nor do staff give it before");
        let too_soon = house.hold("pass", &early).await.unwrap_err();
        assert!(
            matches!(too_soon, HoldProblem::Slot { refused: HoldRefused::TooSoon { .. }, .. }),
            "{too_soon:?}"
        );
        let too_late = house.hold("pass", &late).await.unwrap_err();
        assert!(
            matches!(too_late, HoldProblem::Slot { refused: HoldRefused::BeyondHorizon { .. }, .. }),
            "{too_late:?}"
        );
        house.hold("meldung", &both).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_planned_holds_from_its_day_on() {
    each(2, async |house| {
        let (app, town) = (&house.app, &house.town);
        let cents = async || {
            let page = refusal(catalog::service_page(app, town, "pass").await).unwrap();
            page.service.detail.fees.and_then(|fees| fees.from_cents())
        };
        let fees = |cents: u32| Fees {
            scope: FeeScope::Bund,
            source: "PassV".into(),
            items: vec![Fee { label: Text::german("für alle"), cents, extra: false }],
            note: None,
        };
        let found = house.to_edit("pass").await;
        let mut entry = found.entry.clone();
        entry.detail.fees = Some(fees(3700));
        entry.detail.planned =
            vec![Planned { valid_from: house.day(2), documents: None, fees: Some(fees(4600)), online: None }];
        house.edit(&found, |edit| edit.entry = entry.to_json()).await.unwrap();
        assert_eq!(cents().await, Some(3700));
        let slot = house.slots("pass", 3).await.remove(0);
        let booked = house.book("pass", &slot, PHONE).await;
        assert_eq!(booked.page.fees[0].fee.cents, 4600, "the day of the appointment counts");
        house.later(2 * 24 * 60);
        assert_eq!(cents().await, Some(4600));
    })
    .await;
}

#[tokio::test]
async fn without_an_appointment_nobody_draws_a_number_where_one_is_needed() {
    each(2, async |house| {
        let (app, town) = (&house.app, &house.town);
        let terminal = Device {
            town: town.id,
            id: DeviceId(Uuid::from_u128(5)),
            office: house.office().await,
            kind: DeviceKind::Terminal,
        };
        let walk_in = WalkIn { service: "pass".into(), language: Language::De, phone: None };
        refusal(draw_ticket(app, town, &terminal, walk_in.clone()).await).unwrap();
        let found = house.to_edit("pass").await;
        house.edit(&found, |edit| edit.entry["appointment_only"] = json!(true)).await.unwrap();
        let refused = refusal(draw_ticket(app, town, &terminal, walk_in).await).map(|_| ());
        assert_eq!(refused, Err(ArrivalRefused::AppointmentOnly));
        assert!(house.opens("pass", 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_second_town_starts_from_the_first_ones_file() {
    each(2, async |house| {
        let (app, town, by) = (&house.app, &house.town, house.admin());
        let found = house.to_edit("pass").await;
        house.edit(&found, |edit| edit.offers[0].1.buffer_min = 10).await.unwrap();
        let file = refusal(planning::export_setup(app, town, &by).await).unwrap();
        let slot = house.slots("pass", 1).await.remove(0);
        let booked = house.book("pass", &slot, PHONE).await;

        let again = refusal(planning::import_setup(app, town, &by, &file.to_string(), false).await).unwrap();
        assert_eq!((again.services, again.offices, again.pools), (3, 1, 1));
        assert_eq!(
            refusal(planning::export_setup(app, town, &by).await).unwrap(),
            file,
            "taken over twice it is the same"
        );
        assert_eq!(booked.page.starts_at, slot.span.starts_at());
        let stale = house.edit(&found, |_| ()).await.map(|_| ());
        assert_eq!(stale, Err(PlanningProblem::ChangedMeanwhile), "who had it open sees the file's first");

        // A file that names no settings changes none, and a pool that offers nothing goes on offering nothing.
        let mut part = file.clone();
        part["town"]["settings"] = json!({ "lead_minutes": 45 });
        part["pools"][0]["offers"] = json!([]);
        refusal(planning::import_setup(app, town, &by, &part.to_string(), false).await).unwrap();
        let mut expected = file.clone();
        expected["town"]["settings"]["lead_minutes"] = json!(45);
        expected["pools"][0]["offers"] = json!([]);
        assert_eq!(refusal(planning::export_setup(app, town, &by).await).unwrap(), expected);
        refusal(planning::import_setup(app, town, &by, &file.to_string(), false).await).unwrap();

        let mut second = Setup::parse(&file.to_string()).unwrap();
        second.town.slug = "dorf".into();
        second.town.name = "Gemeinde Dorf".into();
        let other = refusal(setup::put_town(app, &second).await).unwrap();
        refusal(setup::import(app, &other, &second).await).unwrap();
        let written = setup::export(app, &other).await.unwrap();
        assert_eq!(written, second);
        assert!(free_in(&house, &other, house.day(1)).await > 0);

        let broken = file.to_string().replace("\"duration_min\":15", "\"duration_min\":-15");
        let refused = refusal(planning::import_setup(app, town, &by, &broken, false).await).unwrap_err();
        let PlanningProblem::Setup(faults) = refused else { panic!("{refused:?}") };
        assert!(faults.iter().any(|fault| fault.place.starts_with("services[")), "{faults:?}");
        let desk = house.staff();
        let turned_away = refusal(planning::export_setup(app, town, &desk).await).map(|_| ());
        assert_eq!(turned_away, Err(PlanningProblem::NotAllowed));
    })
    .await;
}

#[tokio::test]
async fn a_file_takes_no_sms_keyword_that_belongs_to_another_service() {
    each(2, async |house| {
        let (app, town, by) = (&house.app, &house.town, house.admin());
        let pass = house.to_edit("pass").await;
        house.edit(&pass, |edit| edit.entry["sms_keyword"] = json!("PASS")).await.unwrap();
        let file = refusal(planning::export_setup(app, town, &by).await).unwrap();
        let import = async |file: &Value, only_check| {
            refusal(planning::import_setup(app, town, &by, &file.to_string(), only_check).await)
        };

        let mut other = file.clone();
        other["services"][0]["slug"] = json!("kinderpass");
        other["pools"][0]["offers"][0]["service"] = json!("kinderpass");
        let refused = import(&other, true).await;
        let Err(PlanningProblem::Setup(faults)) = refused else { panic!("{refused:?}") };
        let told: Vec<_> = faults.iter().map(|fault| (fault.place.as_str(), fault.code)).collect();
        assert_eq!(told, [("services[0].sms_keyword", "taken")]);
        let alone = json!({ "departments": other["departments"], "services": other["services"] });
        let alone = Catalogue::parse(&alone.to_string()).unwrap();
        let refused = refusal(catalog::import(app, town, &alone).await).unwrap_err();
        assert_eq!(refused[0].place, "services[0].sms_keyword");
        assert_eq!(refusal(planning::export_setup(app, town, &by).await).unwrap(), file, "nothing changed");

        // Services of one file may swap their words.
        let mut changed = file;
        changed["services"][0]["sms_keyword"] = json!("REISE");
        changed["services"][1]["sms_keyword"] = json!("PASS");
        import(&changed, false).await.unwrap();
    })
    .await;
}

async fn free_in(house: &House, town: &Town, day: NaiveDate) -> usize {
    assert_ne!(town.id, TownId(house.town.id.0));
    let search = SlotSearch { items: items("pass"), office: None, from: Some(day), days: 2 };
    let found = free_slots(&house.app, town, &search).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.days.last().unwrap().day, day + Days::new(1));
    found.days.iter().map(|day| day.slots.len()).sum()
}

#[tokio::test]
async fn who_is_invited_books_what_the_public_does_not_find() {
    each(2, async |house| {
        let (app, town) = (&house.app, &house.town);
        let found = async |service: &str| {
            let search =
                SlotSearch { items: items(service), office: None, from: Some(house.day(1)), days: 1 };
            refusal(free_slots(app, town, &search).await)
        };
        let unknown = |service: &str| Err(ItemsProblem::UnknownService { slug: service.into() });
        assert_eq!(found("intern").await, unknown("intern"));
        let invitation = refusal(invite(app, town, &house.staff(), "intern").await).unwrap();
        let token = invitation.link.rsplit('/').next().unwrap().to_owned();
        let slot = found(&token).await.unwrap().days.remove(0).slots.remove(0);
        let page = refusal(catalog::service_page(app, town, &token).await).unwrap();
        assert_eq!((page.service.slug.as_str(), page.service.name.de.is_empty()), (token.as_str(), false));
        let booked = house.book(&token, &slot, PHONE).await;
        assert_eq!(booked.page.items[0].slug, "intern");

        let forged = token.replace("intern~", "meldung~");
        assert_eq!(found(&forged).await, unknown(&forged));
        let longer = token.replacen(&invitation.until.format("%Y%m%d").to_string(), "20991231", 1);
        assert_eq!(found(&longer).await, unknown(&longer));
        assert_eq!(
            refusal(invite(app, town, &house.staff(), "nichts").await),
            Err(InvitationProblem::UnknownService)
        );
        let ops = StaffMember { role: Role::Ops, ..house.staff() };
        assert_eq!(refusal(invite(app, town, &ops, "intern").await), Err(InvitationProblem::NotAllowed));
        app.clock.advance(chrono::Duration::days(31));
        assert_eq!(found(&token).await, unknown(&token), "it holds for a month");
    })
    .await;
}

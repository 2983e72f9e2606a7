//! The ways in: "I am here" on a phone, taps a terminal kept while its line was down, guessed codes, a full house.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::actor::{Actor, Citizen, Device, StaffMember};
use domain::devices::DeviceKind;
use domain::devices::taps::KeptTap;
use domain::ids::{DeviceId, VisitId};
use domain::messaging::Kind;
use domain::queue::check_in::{CheckInRefused, Punctuality};
use domain::queue::refusal::{ArrivalRefused, QueueRefused};
use domain::queue::room::Admission;
use domain::queue::status::VisitState;
use domain::staff::Role;
use operations::devices::{self, NewDevice};
use operations::messaging::watch::{self, Filter};
use operations::planning;
use operations::queue::arrival::{CheckedIn, Kept, TypedCode, check_in, check_in_by_staff};
use operations::queue::by_link::{check_in_by_link, foyer_code};
use operations::queue::calling::{self, TwoCalls};
use operations::queue::{screens, serving, tickets};
use operations::{Error, Outcome};

use crate::house::{Booked, House, each, refusal};

/// A terminal that was enrolled, with its key.
struct Enrolled {
    device: Device,
    key: Vec<u8>,
}

impl House {
    async fn enrolled(&self, name: &str) -> Enrolled {
        let new = NewDevice {
            kind: DeviceKind::Terminal,
            name: name.to_owned(),
            office: self.office,
            zones: Vec::new(),
        };
        let code = devices::create(&self.app, &self.town, Actor::System, new).await.unwrap().code;
        let (_, view) = devices::enrol(&self.app, &self.town, code.as_str(), "here").await.unwrap();
        let key = devices::signing_key(&self.app, &view.record);
        let device = Device { id: view.record.id, ..self.terminal };
        Enrolled { device, key: URL_SAFE_NO_PAD.decode(key).unwrap() }
    }

    async fn hand_in(&self, at: &Device, typed: TypedCode) -> Outcome<CheckedIn, ArrivalRefused> {
        check_in(&self.app, &self.town, at, typed).await
    }

    async fn says_here(&self, booked: &Booked, typed: Option<&str>) -> Outcome<CheckedIn, ArrivalRefused> {
        let citizen = Citizen { town: self.town.id, booking: booked.id };
        check_in_by_link(&self.app, &self.town, &citizen, typed).await
    }

    fn foyer_code(&self) -> String {
        foyer_code(&self.app, &self.town, self.office).unwrap().0.to_string()
    }

    async fn let_in(&self, appointment_only: bool, room_limit: Option<u16>) {
        let by = self.admin().await;
        let chosen = Admission { appointment_only, room_limit };
        planning::set_admission(&self.app, &self.town, &by, self.office, chosen).await.unwrap();
    }

    /// Whom we owe the news that there is room.
    async fn told_to_come_in(&self) -> usize {
        let filter = Filter { kind: Some(Kind::QueueComeIn), ..Filter::default() };
        watch::messages(&self.app, &self.town, &filter, 100).await.unwrap().messages.len()
    }

    async fn is_outside(&self, visit: VisitId) -> bool {
        let visit = store::queue::visit(&self.app.db, visit).await.unwrap().unwrap();
        operations::queue::room::is_outside(&visit)
    }
}

impl Enrolled {
    /// A check-in this terminal kept.
    fn kept(&self, code: &str, tap_key: &str, tapped_at: DateTime<Utc>) -> TypedCode {
        let tap = KeptTap { device: self.device.id, tap_key, code, tapped_at };
        let signature = store::sealed::mac(&self.key, tap.signed_text().as_bytes());
        TypedCode {
            code: code.to_owned(),
            tap_key: tap_key.to_owned(),
            network: "192.0.2.1".to_owned(),
            kept: Some(Kept { tapped_at, signature: URL_SAFE_NO_PAD.encode(signature) }),
        }
    }
}

#[tokio::test]
async fn who_is_here_says_so_on_a_phone_with_the_code_of_the_foyer() {
    each(async |house: House| {
        let booked = house.book(30).await;
        assert_eq!(refusal(house.says_here(&booked, None).await), ArrivalRefused::FoyerCodeNeeded);
        assert_eq!(refusal(house.says_here(&booked, Some("  ")).await), ArrivalRefused::FoyerCodeNeeded);
        let shown = house.foyer_code();
        house.app.clock.advance(TimeDelta::minutes(1));
        let here = house.says_here(&booked, Some(&shown)).await.unwrap();
        assert_eq!((here.already, here.punctuality), (false, Punctuality::Early { minutes: 29 }));
        // Pressed again, also without the code: the same number.
        let again = house.says_here(&booked, None).await.unwrap();
        assert_eq!((again.already, again.visit.id), (true, here.visit.id));
        let at_terminal = house.check_in(&booked, "tap-00000001").await.unwrap();
        assert_eq!((at_terminal.already, at_terminal.visit.id), (true, here.visit.id));
    })
    .await;
}

#[tokio::test]
async fn five_wrong_foyer_codes_and_the_phone_waits_while_the_terminal_does_not() {
    each(async |house: House| {
        let booked = house.book(30).await;
        let old = house.foyer_code();
        house.app.clock.advance(TimeDelta::minutes(2));
        for (guess, left) in [old.as_str(), "🙂🙂🙂🙂", "12", "'; --", "00000"].into_iter().zip((0..5).rev())
        {
            let refused = refusal(house.says_here(&booked, Some(guess)).await);
            assert_eq!(refused, ArrivalRefused::FoyerCodeWrong { tries_left: left });
        }
        let right = house.foyer_code();
        let refused = refusal(house.says_here(&booked, Some(&right)).await);
        assert!(matches!(refused, ArrivalRefused::TooManyTries { .. }), "{refused:?}");
        assert!(house.check_in(&booked, "tap-00000001").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn here_is_said_on_the_day_only_and_without_a_code_where_the_town_wants_none() {
    each(async |mut house: House| {
        let tomorrow = house.book(24 * 60).await;
        let refused = refusal(house.says_here(&tomorrow, Some("0000")).await);
        let ArrivalRefused::NotHereAndNow { why, .. } = refused else { panic!("{refused:?}") };
        assert_eq!(why, CheckInRefused::WrongDay { starts_at: tomorrow.starts_at });

        let by = house.admin().await;
        planning::ask_foyer_code(&house.app, &house.town, &by, false).await.unwrap();
        let found = planning::admission(&house.app, &house.town, &by).await.unwrap();
        assert!(!found.foyer_code && found.offices.len() == 2);
        house.town.settings.foyer_code = false;
        assert_eq!(foyer_code(&house.app, &house.town, house.office), None);
        let today = house.book(30).await;
        assert!(house.says_here(&today, None).await.is_ok());
        house.app.clock.advance(TimeDelta::hours(48));
        let refused = refusal(house.says_here(&tomorrow, None).await);
        assert!(matches!(refused, ArrivalRefused::NotHereAndNow { why: CheckInRefused::Expired { .. }, .. }));
    })
    .await;
}

#[tokio::test]
async fn thirty_kept_taps_are_thirty_visits_once_in_order_at_their_own_times() {
    each(async |house: House| {
        let terminal = house.enrolled("Foyer").await;
        let began = house.app.clock.now();
        let mut taps = Vec::new();
        for n in 0..30_i64 {
            let booked = house.book(30 + 15 * (n / 6)).await;
            let at = began + TimeDelta::seconds(60 + 20 * n);
            taps.push(terminal.kept(&booked.code.to_string(), &format!("tap-kept-{n:04}"), at));
        }
        house.app.clock.advance(TimeDelta::minutes(45));
        let mut numbers = Vec::new();
        for round in 0..2 {
            for (n, tap) in taps.iter().enumerate() {
                let here = house.hand_in(&terminal.device, tap.clone()).await.unwrap();
                assert_eq!(here.visit.arrived_at, tap.kept.as_ref().unwrap().tapped_at, "tap {n}");
                assert!(matches!(here.punctuality, Punctuality::Early { .. }), "early then, not late now");
                assert_eq!(here.visit.due_at, here.visit.appointment_at.unwrap());
                if round == 0 {
                    numbers.push(here.visit.ticket);
                }
                assert_eq!(here.visit.ticket, numbers[n], "delivered again it is the same visit");
            }
        }
        let counts: Vec<u32> = numbers.iter().map(|ticket| ticket.count()).collect();
        assert_eq!(counts, (1..=30).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_time_is_believed_only_with_the_terminals_own_signature_and_only_within_today() {
    each(async |house: House| {
        let (terminal, other) = (house.enrolled("Foyer").await, house.enrolled("Seite").await);
        let began = house.app.clock.now();
        let book = async || house.book(20).await.code.to_string();
        let codes = [book().await, book().await, book().await, book().await];
        house.app.clock.advance(TimeDelta::minutes(45));
        let now = house.app.clock.now();
        // Signed for another time, by another terminal, or not at all: here, but only now.
        let mut forged = terminal.kept(&codes[0], "tap-forged-1", began);
        forged.kept.as_mut().unwrap().tapped_at = began + TimeDelta::minutes(10);
        let stolen = other.kept(&codes[1], "tap-forged-2", began);
        let mut unsigned = terminal.kept(&codes[2], "tap-forged-3", began);
        unsigned.kept.as_mut().unwrap().signature = "🙂".to_owned();
        for tap in [forged, stolen, unsigned] {
            let here = house.hand_in(&terminal.device, tap).await.unwrap();
            assert_eq!(here.visit.arrived_at, now);
            assert!(matches!(here.punctuality, Punctuality::TooLate { .. }));
        }
        // A clock that runs ahead.
        let ahead = terminal.kept(&codes[3], "tap-ahead-01", now + TimeDelta::hours(3));
        assert_eq!(house.hand_in(&terminal.device, ahead).await.unwrap().visit.arrived_at, now);
        // The code of yesterday, kept over night.
        let late = house.book(60).await;
        let kept = terminal.kept(&late.code.to_string(), "tap-kept-0001", now + TimeDelta::minutes(50));
        house.app.clock.advance(TimeDelta::hours(24));
        let refused = refusal(house.hand_in(&terminal.device, kept).await);
        assert!(matches!(refused, ArrivalRefused::NotHereAndNow { why: CheckInRefused::Expired { .. }, .. }));
    })
    .await;
}

#[tokio::test]
async fn ten_wrong_codes_are_guessing_and_staff_see_where() {
    each(async |house: House| {
        let (guessed, quiet) = (house.enrolled("Foyer").await, house.enrolled("Seite").await);
        let mut refusals = 0;
        for n in 0..12 {
            let typed = TypedCode { code: format!("9{n:02}00000"), ..TypedCode::default() };
            let refused = refusal(house.hand_in(&guessed.device, typed).await);
            refusals += usize::from(matches!(refused, ArrivalRefused::TooManyTries { .. }));
            house.app.clock.advance(TimeDelta::seconds(15));
        }
        assert_eq!(refusals, 0, "four a minute are let pass");
        let found = devices::list_with_trouble(&house.app, &house.town).await.unwrap();
        let guesses = |id: DeviceId| found.iter().find(|(one, _)| one.record.id == id).unwrap().1.guesses;
        assert_eq!((guesses(guessed.device.id), guesses(quiet.device.id)), (Some(12), None));
        house.app.clock.advance(TimeDelta::minutes(11));
        let found = devices::list_with_trouble(&house.app, &house.town).await.unwrap();
        assert!(found.iter().all(|(_, trouble)| trouble.guesses.is_none()));
        assert!(found.iter().all(|(_, trouble)| trouble.silent), "nothing was heard of them, and it is open");
        house.app.clock.advance(TimeDelta::hours(14));
        let found = devices::list_with_trouble(&house.app, &house.town).await.unwrap();
        assert!(found.iter().all(|(_, trouble)| !trouble.silent), "at night nobody has to look after them");
    })
    .await;
}

#[tokio::test]
async fn a_network_that_guesses_at_many_devices_pauses_and_another_does_not() {
    each(async |house: House| {
        let booked = house.book(30).await;
        let at = |n: u128| Device { id: DeviceId(uuid::Uuid::from_u128(n)), ..house.terminal };
        let typed = |code: &str, network: &str| TypedCode {
            code: code.to_owned(),
            tap_key: "tap-00000001".to_owned(),
            network: network.to_owned(),
            kept: None,
        };
        let mut paused = 0;
        for device in 0..30 {
            for _ in 0..5 {
                let refused = refusal(house.hand_in(&at(device), typed("90000000", "192.0.2.7")).await);
                paused += u32::from(matches!(refused, ArrivalRefused::TooManyTries { .. }));
            }
        }
        assert_eq!(paused, 40, "110 of 150 are let pass");
        let right = booked.code.to_string();
        let refused = refusal(house.hand_in(&at(99), typed(&right, "192.0.2.7")).await);
        assert!(matches!(refused, ArrivalRefused::TooManyTries { .. }));
        assert!(house.hand_in(&at(99), typed(&right, "192.0.2.8")).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn who_missed_the_call_comes_back_with_the_code_and_a_visit_that_is_over_stays_over() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let booked = house.book(5).await;
        let here = house.check_in(&booked, "tap-00000001").await.unwrap();
        let staff = house.seated(0).await;
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        calling::mark_missed(app, town, &staff, here.visit.id, TwoCalls::Overruled).await.unwrap();
        app.clock.advance(TimeDelta::minutes(3));
        let back = house.check_in(&booked, "tap-00000002").await.unwrap();
        assert_eq!((back.visit.id, back.visit.state), (here.visit.id, VisitState::Waiting));
        // Called before the time of the appointment, which stands.
        assert_eq!((back.already, back.visit.due_at), (true, booked.starts_at));
        app.clock.advance(TimeDelta::minutes(4));
        // By hand, too.
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        calling::mark_missed(app, town, &staff, here.visit.id, TwoCalls::Overruled).await.unwrap();
        let back = check_in_by_staff(app, town, &staff, booked.id).await.unwrap();
        assert_eq!((back.id, back.state), (here.visit.id, VisitState::Waiting));
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        serving::finish(app, town, &staff, here.visit.id, Vec::new()).await.unwrap();
        let refused = refusal(house.check_in(&booked, "tap-00000003").await);
        assert!(matches!(refused, ArrivalRefused::NotHereAndNow { why: CheckInRefused::Expired { .. }, .. }));
        refusal(check_in_by_staff(app, town, &staff, booked.id).await.map(|_| ()));
        let refused = refusal(house.says_here(&booked, None).await);
        assert!(matches!(refused, ArrivalRefused::NotHereAndNow { why: CheckInRefused::Expired { .. }, .. }));
    })
    .await;
}

#[tokio::test]
async fn a_closed_house_gives_no_numbers_until_shortly_before_it_opens() {
    each(async |house: House| {
        let at = |text: &str| house.app.clock.set(text.parse().unwrap());
        // Monday, four in the afternoon; Tuesday, eight in the morning.
        let (closes, opens): (DateTime<Utc>, DateTime<Utc>) =
            ("2026-09-14T14:00:00Z".parse().unwrap(), "2026-09-15T06:00:00Z".parse().unwrap());
        at("2026-09-14T13:59:59Z");
        assert!(house.draw(None).await.is_ok());
        house.app.clock.set(closes);
        let closed = ArrivalRefused::Closed { opens_next: Some(opens) };
        assert_eq!(refusal(house.draw(None).await), closed);
        let view = screens::terminal(&house.app, &house.town, &house.terminal).await.unwrap().unwrap();
        assert_eq!((view.closed, view.opens_next), (true, Some(opens)));
        at("2026-09-15T05:29:59Z");
        assert_eq!(refusal(house.draw(None).await), closed);
        at("2026-09-15T05:30:00Z");
        assert!(house.draw(None).await.is_ok());
        let view = screens::terminal(&house.app, &house.town, &house.terminal).await.unwrap().unwrap();
        assert_eq!((view.closed, view.opens_next), (false, None));
    })
    .await;
}

#[tokio::test]
async fn whoever_was_missed_may_also_go() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let visit = house.draw(None).await.unwrap().visit.id;
        let staff = house.seated(0).await;
        calling::call_next(app, town, &staff, staff.counter.unwrap()).await.unwrap();
        calling::mark_missed(app, town, &staff, visit, TwoCalls::Overruled).await.unwrap();
        for _ in 0..2 {
            let left = serving::leave(app, town, Actor::TicketHolder(visit), visit).await.unwrap();
            assert_eq!((left.state, left.ended_at), (VisitState::Left, Some(app.clock.now())));
        }
        let events = store::events::of_subject(&app.db, visit.0).await.unwrap();
        let last = events.iter().filter(|event| event.from.as_deref() == Some("missed")).collect::<Vec<_>>();
        assert!(matches!(&last[..], [event] if event.to == "left"), "{last:?}");
        let back = refusal(serving::rejoin(app, town, Actor::TicketHolder(visit), visit).await);
        assert_eq!(back, QueueRefused::NotPossibleNow { state: VisitState::Left });
    })
    .await;
}

#[tokio::test]
async fn a_visit_of_yesterday_is_over_also_where_no_job_has_ended_it() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        let staff = house.seated(0).await;
        let booked = house.book(5).await;
        let waits = house.check_in(&booked, "tap-00000001").await.unwrap().visit;
        let parked = house.draw(None).await.unwrap().visit;
        calling::call(app, town, &staff, parked.id, staff.counter.unwrap()).await.unwrap();
        serving::start(app, town, &staff, parked.id).await.unwrap();
        serving::park(app, town, &staff, parked.id, None).await.unwrap();
        let missed = house.draw(None).await.unwrap().visit;
        calling::call(app, town, &staff, missed.id, staff.counter.unwrap()).await.unwrap();
        calling::mark_missed(app, town, &staff, missed.id, TwoCalls::Overruled).await.unwrap();
        app.clock.advance(TimeDelta::hours(24));
        let over = QueueRefused::DayOver { day: waits.day };
        let at_the_terminal = refusal(house.check_in(&booked, "tap-00000002").await);
        let expired = CheckInRefused::Expired { starts_at: booked.starts_at };
        assert!(matches!(at_the_terminal, ArrivalRefused::NotHereAndNow { why, .. } if why == expired));
        let on_the_phone = refusal(house.says_here(&booked, None).await);
        assert!(matches!(on_the_phone, ArrivalRefused::NotHereAndNow { why, .. } if why == expired));
        let at_the_desk = [
            refusal(check_in_by_staff(app, town, &staff, booked.id).await),
            refusal(serving::resume(app, town, &staff, parked.id).await),
            refusal(serving::start(app, town, &staff, parked.id).await),
            refusal(serving::rejoin(app, town, Actor::TicketHolder(missed.id), missed.id).await),
        ];
        assert!(at_the_desk.iter().all(|refused| *refused == over), "{at_the_desk:?}");
    })
    .await;
}

#[tokio::test]
async fn a_full_house_lets_people_in_one_by_one_in_due_order_and_tells_each_once() {
    each(async |house: House| {
        let (app, town) = (&house.app, &house.town);
        house.let_in(false, Some(2)).await;
        let booked = house.book(20).await;
        let mut drawn = Vec::new();
        for n in 0..5 {
            drawn.push(house.draw(Some(&format!("0171 39200{}", 51 + n))).await.unwrap().visit);
            app.clock.advance(TimeDelta::seconds(30));
        }
        let outside: Vec<bool> = drawn.iter().map(|visit| visit.outside).collect();
        assert_eq!(outside, [false, false, true, true, true]);
        // Nobody with an appointment is kept outside, and whoever comes later does not overtake.
        assert!(!house.check_in(&booked, "tap-00000001").await.unwrap().visit.outside);
        assert_eq!(house.display().await.outside, 3);
        assert_eq!(house.told_to_come_in().await, 0);

        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        for gone in &drawn[..2] {
            calling::call(app, town, &staff, gone.id, counter).await.unwrap();
            serving::finish(app, town, &staff, gone.id, Vec::new()).await.unwrap();
        }
        // Three were inside: one place is free.
        assert_eq!(house.told_to_come_in().await, 1);
        assert!(!house.is_outside(drawn[2].id).await && house.is_outside(drawn[3].id).await);
        let display = house.display().await;
        assert_eq!((display.let_in, display.outside), (vec![drawn[2].ticket], 2));
        let terminal = screens::terminal(app, town, &house.terminal).await.unwrap().unwrap();
        assert_eq!((terminal.let_in, terminal.outside), (vec![drawn[2].ticket], 2));
        // Whoever is called comes in without more ado, and the news is sent once.
        calling::call(app, town, &staff, drawn[3].id, counter).await.unwrap();
        assert!(!house.is_outside(drawn[3].id).await);
        serving::finish(app, town, &staff, drawn[3].id, Vec::new()).await.unwrap();
        assert_eq!(house.told_to_come_in().await, 1, "two are inside");
        house.let_in(false, None).await;
        assert_eq!(house.told_to_come_in().await, 2, "without a limit everybody comes in");
        let ticket = tickets::view(app, town, drawn[4].id).await.unwrap().unwrap();
        assert!(!ticket.visit.outside && ticket.visit.let_in_at.is_some());
    })
    .await;
}

/// Many leave at the same moment; as many are let in as there is room, and none of them twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_leave_at_once_let_in_as_many() {
    each(async |house: House| {
        house.let_in(false, Some(6)).await;
        let mut drawn = Vec::new();
        for n in 0..16 {
            let number = format!("0171 39200{:02}", 40 + n);
            drawn.push(house.draw(Some(&number)).await.unwrap().visit);
            house.app.clock.advance(TimeDelta::seconds(1));
        }
        let mut leaving = Vec::new();
        for visit in drawn[..6].iter().map(|visit| visit.id) {
            let (app, town) = (house.app.app.clone(), house.town.clone());
            leaving.push(tokio::spawn(async move {
                loop {
                    match serving::leave(&app, &town, Actor::TicketHolder(visit), visit).await {
                        Ok(_) => return,
                        Err(Error::Failed(failure)) if failure.may_retry() => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }));
        }
        for one in leaving {
            one.await.unwrap();
        }
        assert_eq!(house.told_to_come_in().await, 6);
        for (n, visit) in drawn[6..].iter().enumerate() {
            assert_eq!(house.is_outside(visit.id).await, n >= 6, "in due order: {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_office_that_works_by_appointment_gives_no_tickets_from_now_on() {
    each(async |house: House| {
        assert!(house.draw(None).await.is_ok());
        house.let_in(true, None).await;
        assert_eq!(refusal(house.draw(None).await), ArrivalRefused::AppointmentOnly);
        let board = screens::board(&house.app, &house.town).await.unwrap();
        assert!(board[0].appointment_only && !board[0].free_today.is_empty());
        let booked = house.book(20).await;
        assert!(house.check_in(&booked, "tap-00000001").await.is_ok());
        house.let_in(false, None).await;
        assert!(house.draw(None).await.is_ok());

        let desk = house.staff(0).await;
        let chosen = Admission { appointment_only: true, room_limit: Some(0) };
        let refused = planning::set_admission(&house.app, &house.town, &desk, house.office, chosen).await;
        assert_eq!(refusal(refused), planning::PlanningProblem::NotAllowed);
        let by = StaffMember { role: Role::Admin, ..desk };
        let refused = planning::set_admission(&house.app, &house.town, &by, house.office, chosen).await;
        assert!(matches!(refusal(refused), planning::PlanningProblem::Term(_)));
    })
    .await;
}

//! The guard over codes: robots that ask for them get few, people get theirs, on every database at hand.

use chrono::Duration;
use domain::actor::StaffMember;
use domain::appointments::booking::BookingRefused;
use domain::appointments::form::{Field, FieldProblem, FieldRefused, Particulars};
use domain::contact::EmailAddress;
use domain::language::Language;
use domain::messaging::sending::Scope;
use domain::messaging::{ChannelKind, Kind};
use domain::staff::Role;
use operations::appointments::{
    self, BookProblem, BookRequest, Effort, HoldRequest, WaitingProblem, WaitingRequest, guard_codes,
    hold_challenge,
};
use operations::messaging::switches;
use operations::messaging::watch::{self, Filter};

use crate::house::{House, each, form, items, refusal};

/// Somebody who wants an appointment: their network, their number, their mailbox.
struct Wish<'a> {
    from: &'a str,
    phone: u32,
    email: Option<&'a str>,
}

impl House {
    /// Holds and books from a network, as far as the code: the hold's secret and the booking.
    async fn asks(&self, wish: &Wish<'_>) -> Result<(String, appointments::PendingBooking), BookProblem> {
        self.app.clock.advance(Duration::seconds(1));
        let slot = self.slots("pass", 1).await.swap_remove(0);
        let request = HoldRequest {
            items: items("pass"),
            pool: slot.pool,
            starts_at: slot.span.starts_at(),
            origin: Some(wish.from.to_owned()),
        };
        let held = refusal(appointments::hold(&self.app, &self.town, &request).await).unwrap();
        let token = held.token.unwrap();
        let particulars = Particulars {
            email: wish.email.map(str::to_owned),
            ..form(&format!("0171 39200{:02}", wish.phone))
        };
        let request = BookRequest { hold: held.id, particulars, language: Language::De };
        let pending = refusal(appointments::book(&self.app, &self.town, &token, &request).await);
        if pending.is_err() {
            // Nobody keeps a slot they cannot book.
            refusal(appointments::release_hold(&self.app, &self.town, &token, held.id).await).unwrap();
        }
        pending.map(|pending| (token, pending))
    }

    /// As people do: asks, gives a mailbox when told to, types the code in.
    async fn books(&self, from: &str, phone: u32) -> Result<appointments::BookedAppointment, BookProblem> {
        let asked = self.asks(&Wish { from, phone, email: None }).await;
        let asked = match asked {
            Err(BookProblem::Refused(BookingRefused::Fields(told))) => {
                assert_eq!(told, [FieldRefused { field: Field::Email, problem: FieldProblem::NeededNow }]);
                self.asks(&Wish { from, phone, email: Some("m.exempel@musterstadt.example") }).await
            }
            other => other,
        };
        let (token, pending) = asked?;
        let code = self.code().await;
        self.app.clock.advance(Duration::seconds(20));
        Ok(refusal(appointments::verify(&self.app, &self.town, &token, pending.id, &code).await).unwrap())
    }

    async fn sent(&self, kind: Kind, channel: ChannelKind) -> usize {
        let filter = Filter { kind: Some(kind), ..Filter::default() };
        let page = watch::messages(&self.app, &self.town, &filter, 200).await.unwrap();
        page.messages.iter().filter(|one| one.channel == channel).count()
    }

    /// The limits every town begins with; fiction has one block of numbers only.
    fn guarded_as_usual(&mut self) {
        let usual = domain::town::TownSettings::default();
        let settings = &mut self.town.settings;
        settings.codes_per_network = usual.codes_per_network;
        settings.codes_per_wide_network = usual.codes_per_wide_network;
        settings.codes_per_office = usual.codes_per_office;
        self.app.app.mail_from = EmailAddress::parse("termine@musterstadt.example").ok();
    }
}

#[tokio::test]
async fn a_network_gets_few_codes_that_nobody_types_in() {
    each(40, async |mut house: House| {
        house.guarded_as_usual();
        let asks = async |phone, from: &str| house.asks(&Wish { from, phone, email: None }).await;
        for phone in 0..5 {
            assert!(asks(phone, "198.51.100.7").await.is_ok(), "{phone}");
        }
        let first = house.app.clock.now();
        let refused = asks(5, "198.51.100.7").await.unwrap_err();
        assert!(
            matches!(refused, BookProblem::TooManyCodes { resend_at } if resend_at > first),
            "{refused:?}"
        );
        for phone in 6..16 {
            let nth = format!("198.51.100.{}", phone + 10);
            assert!(asks(phone, &nth).await.is_ok(), "{phone}");
        }
        let refused = asks(16, "198.51.100.200").await.unwrap_err();
        assert!(matches!(refused, BookProblem::TooManyCodes { .. }), "the whole block of networks is full");
        assert!(asks(17, "203.0.113.1").await.is_ok(), "others are not stopped");
        house.later(61);
        assert!(asks(18, "198.51.100.7").await.is_ok(), "an hour later");
    })
    .await;
}

#[tokio::test]
async fn a_library_where_codes_are_typed_in_is_never_stopped() {
    each(40, async |mut house: House| {
        house.guarded_as_usual();
        for phone in 0..25 {
            assert!(house.books("203.0.113.5", phone).await.is_ok(), "{phone}");
        }
        assert_eq!(guard_codes(&house.app).await.unwrap(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_robot_of_many_addresses_gets_few_sms_and_people_go_on() {
    each(60, async |mut house: House| {
        house.guarded_as_usual();
        let (mut people, mut served) = (0, 0);
        for nth in 0..80 {
            house.app.clock.advance(Duration::seconds(20));
            let from = format!("198.18.{nth}.9");
            let _ = house.asks(&Wish { from: &from, phone: nth, email: None }).await;
            if nth % 8 == 3 {
                people += 1;
                let from = format!("203.0.113.{nth}");
                served += usize::from(house.books(&from, 80 + nth / 8).await.is_ok());
            }
            guard_codes(&house.app).await.unwrap();
        }
        // Servers hear of it within seconds; here only now, so that nobody computes proofs for minutes.
        let kept = store::town::town(&house.app.db, house.town.id).await.unwrap().unwrap();
        house.town.guarded_since = kept.guarded_since;
        let by_sms = house.sent(Kind::VerificationCode, ChannelKind::Sms).await;
        let by_mail = house.sent(Kind::VerificationCode, ChannelKind::Email).await;
        assert!(by_sms <= 40, "{by_sms} codes by SMS");
        assert_eq!((people, served), (10, 10), "everybody got through");
        assert!(by_mail >= 5);
        assert_eq!(house.sent(Kind::BookingConfirmed, ChannelKind::Email).await, by_mail);
        let told = house.sent(Kind::BookingConfirmed, ChannelKind::Sms).await;
        assert_eq!(told, people - by_mail, "a number nobody proved hears nothing");
        assert!(house.town.guarded_since.is_some());
        assert_eq!(hold_challenge(&house.app, &house.town).difficulty, 19, "holding is harder meanwhile");
        let sent_to = at_terminal(&house).await;
        assert!(sent_to.starts_with("0171"), "who stands at our terminal is sent an SMS: {sent_to}");
        let request = WaitingRequest {
            items: items("pass"),
            wish: domain::appointments::waiting::Wish {
                office: None,
                from_day: house.day(1),
                to_day: house.day(20),
                from_min: 0,
                to_min: 1440,
            },
            particulars: form("0171 3920098"),
            language: Language::De,
            origin: None,
        };
        let refused = refusal(appointments::join_waiting_list(&house.app, &house.town, &request).await);
        assert!(matches!(refused, Err(WaitingProblem::TooManyCodes { .. })));
        house.later(31);
        assert_eq!(guard_codes(&house.app).await.unwrap(), Vec::<String>::new(), "it is over");
        let facts = store::events::of_subject(&house.app.db, house.town.id.0).await.unwrap();
        let facts: Vec<_> = facts.iter().filter(|fact| fact.subject == "guard").collect();
        assert_eq!(facts.iter().map(|fact| fact.to.as_str()).collect::<Vec<_>>(), ["raised", "usual"]);
    })
    .await;
}

/// Books at a terminal as far as the code; gives where it went.
async fn at_terminal(house: &House) -> String {
    let slot = house.slots("pass", 1).await.swap_remove(0);
    let (pool, starts_at) = (slot.pool, slot.span.starts_at());
    let request = HoldRequest { items: items("pass"), pool, starts_at, origin: None };
    let effort = Effort { terminal: true, ..Effort::default() };
    let held = refusal(appointments::hold_with(&house.app, &house.town, &request, &effort).await).unwrap();
    let particulars = form("0171 3920097");
    let request = BookRequest { hold: held.id, particulars, language: Language::De };
    let token = held.token.unwrap();
    let pending = refusal(appointments::book(&house.app, &house.town, &token, &request).await).unwrap();
    pending.challenge.sent_to
}

#[tokio::test]
async fn while_no_sms_can_leave_the_code_goes_to_a_mailbox() {
    each(1, async |mut house| {
        house.guarded_as_usual();
        let ops = StaffMember { role: Role::Ops, ..house.staff() };
        let why = "Verdacht auf Missbrauch";
        switches::pause(&house.app, &house.town, &ops, Scope::PaidSms, why).await.unwrap();
        house.books("192.0.2.1", 31).await.unwrap();
        assert_eq!(house.sent(Kind::VerificationCode, ChannelKind::Sms).await, 0);
        assert_eq!(house.sent(Kind::VerificationCode, ChannelKind::Email).await, 1);
        switches::resume(&house.app, &house.town, &ops, Scope::PaidSms, "geklärt").await.unwrap();
        house.books("192.0.2.1", 32).await.unwrap();
        assert_eq!(house.sent(Kind::VerificationCode, ChannelKind::Sms).await, 1);
        house.town.settings.sms_segments_per_day = 0;
        house.books("192.0.2.1", 33).await.unwrap();
        assert_eq!(house.sent(Kind::VerificationCode, ChannelKind::Sms).await, 1);
        assert_eq!(house.sent(Kind::VerificationCode, ChannelKind::Email).await, 2);
    })
    .await;
}

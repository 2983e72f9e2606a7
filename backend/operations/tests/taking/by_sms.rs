//! Booking, moving and taking an offer by SMS: one message, one answer, and the same places as everybody else.

use chrono::Duration;
use domain::appointments::status::BookingState;
use domain::contact::PhoneNumber;
use domain::language::Language;
use domain::local_time::local_of;
use domain::messaging::Notification;
use domain::messaging::notification::{Reply, SlotLine};
use domain::schedule::Audience;
use operations::messaging::spool::{self, Spool};
use operations::messaging::{Answered, record_inbound};
use operations::testing::inbound;
use store::appointments::{Booking, Channel};

use crate::house::{House, PHONE, each};

impl House {
    /// Somebody writes; gives what is owed for it, oldest first.
    async fn writes(&self, from: u32, body: &str) -> Vec<Notification> {
        let before = self.outbox().await.len();
        let answered = self.writes_once(&format!("IN-{from}-{before}-{body}"), from, body).await;
        let after = self.outbox().await;
        assert_eq!(answered == Answered::Once, after.len() > before, "{body}");
        after[before..].to_vec()
    }

    async fn writes_once(&self, sid: &str, from: u32, body: &str) -> Answered {
        self.app.clock.advance(Duration::seconds(1));
        record_inbound(&self.app, &self.town, inbound(sid, from, body)).await.unwrap()
    }

    /// The one answer to a message.
    async fn answer(&self, from: u32, body: &str) -> Reply {
        match self.writes(from, body).await.as_slice() {
            [Notification::InboundReply { reply }] => reply.clone(),
            other => panic!("{body}: {other:?}"),
        }
    }

    /// The slots that are offered as an answer.
    async fn slots_for(&self, from: u32, body: &str) -> Vec<SlotLine> {
        match self.answer(from, body).await {
            Reply::PickSlot { lines, gone: false, .. } => lines,
            other => panic!("{body}: {other:?}"),
        }
    }

    /// The appointment of somebody who took one of the slots that were offered.
    async fn booked(&self, from: u32, choice: &str) -> Booking {
        self.slots_for(from, "TERMIN PASS").await;
        self.answer(from, choice).await;
        self.writes(from, "JA").await;
        self.bookings_of(from).await.remove(0)
    }

    /// What a number has standing, soonest first.
    async fn bookings_of(&self, from: u32) -> Vec<Booking> {
        use store::Connection;
        let hash = self.app.db.sealer().phone_hash(&number(from));
        let now = self.app.clock.now();
        store::appointments::bookings_of_number(&self.app.db, self.town.id, &hash, now).await.unwrap()
    }
}

fn number(from: u32) -> PhoneNumber {
    PhoneNumber::trusted(format!("+4917139200{from:02}"))
}

#[tokio::test]
async fn an_appointment_is_booked_with_four_messages() {
    each(1, async |house| {
        let Reply::PickService { options, .. } = house.answer(21, "Hallo, Termin bitte").await else {
            panic!("asked what for")
        };
        assert!(!options.is_empty() && options.len() <= 3, "{options:?}");
        let lines = house.slots_for(21, "1").await;
        assert_eq!(lines.len(), 3);
        let Reply::ConfirmSlot { line, was: None, .. } = house.answer(21, "2").await else {
            panic!("asked whether really")
        };
        assert_eq!(line.starts, lines[1].starts);
        assert!(house.bookings_of(21).await.is_empty(), "not without a yes");
        let news = house.writes(21, "ja bitte").await;
        let [Notification::BookingConfirmed { visit, .. }] = news.as_slice() else { panic!("{news:?}") };
        assert_eq!(visit.starts, line.starts);
        let booked = house.bookings_of(21).await;
        assert_eq!(
            (booked.len(), booked[0].channel, booked[0].state),
            (1, Channel::Sms, BookingState::Booked)
        );
        house.nothing_is_oversold(booked[0].day).await;
        let length = u32::from(booked[0].span().count);
        assert_eq!(
            house.taken(booked[0].day, Audience::Public).await,
            length,
            "the hold went over to the booking"
        );
    })
    .await;
}

#[tokio::test]
async fn a_keyword_goes_straight_to_the_slots_and_the_same_message_is_answered_once() {
    each(1, async |house| {
        assert_eq!(house.slots_for(21, "TERMIN PASS").await.len(), 3);
        assert_eq!(house.writes_once("SAME", 21, "1").await, Answered::Once);
        let held = house.outbox().await.len();
        assert_eq!(house.writes_once("SAME", 21, "1").await, Answered::Before);
        assert_eq!(house.outbox().await.len(), held);
        assert!(matches!(house.answer(22, "TERMIN XYLOPHON").await, Reply::NoService { .. }));
    })
    .await;
}

#[tokio::test]
async fn no_shows_other_times_and_gives_the_slot_back() {
    each(1, async |house| {
        let first = house.slots_for(21, "TERMIN PASS").await;
        house.answer(21, "1").await;
        let day = first[0].starts.date();
        assert!(house.taken(day, Audience::Public).await > 0, "it is kept while the question is open");
        let again = house.slots_for(21, "NEIN").await;
        assert_eq!(again, first);
        assert_eq!(house.taken(day, Audience::Public).await, 0);
        // Whatever else is written lets go of it, too; a question about the commands does not.
        house.answer(21, "1").await;
        house.answer(21, "HILFE").await;
        assert!(house.taken(day, Audience::Public).await > 0);
        house.answer(21, "INFO").await;
        assert!(house.taken(day, Audience::Public).await > 0);
        house.answer(21, "TERMIN").await;
        assert_eq!(house.taken(day, Audience::Public).await, 0);
        assert_eq!(house.answer(21, "0").await, Reply::Stopped);
    })
    .await;
}

#[tokio::test]
async fn later_ones_follow_and_zero_goes_back() {
    each(1, async |house| {
        let first = house.slots_for(21, "TERMIN PASS").await;
        let second = house.slots_for(21, "4").await;
        let third = house.slots_for(21, "spätere").await;
        let last = |lines: &[SlotLine]| lines.iter().map(|line| line.starts).max();
        let next = |lines: &[SlotLine]| lines.iter().map(|line| line.starts).min();
        assert!(last(&first) < next(&second) && last(&second) < next(&third));
        assert!(
            matches!(house.answer(21, "0").await, Reply::PickService { .. }),
            "one office: back to the services"
        );
    })
    .await;
}

#[tokio::test]
async fn a_yes_that_comes_late_keeps_the_slot_once_more_or_shows_others() {
    each(1, async |house| {
        house.slots_for(21, "TERMIN PASS").await;
        let Reply::ConfirmSlot { line, .. } = house.answer(21, "1").await else { panic!("asked") };
        house.later(11);
        let Reply::ConfirmSlot { line: again, .. } = house.answer(21, "JA").await else {
            panic!("asked again")
        };
        assert_eq!(again.starts, line.starts);
        house.later(11);
        // Meanwhile the time is over, and somebody on the pages takes it.
        operations::appointments::expire_due(&house.app).await.unwrap();
        let ahead = (line.starts.date() - house.day(0)).num_days().unsigned_abs();
        let slot = house.slots("pass", ahead).await.remove(0);
        house.book("pass", &slot, PHONE).await;
        let Reply::PickSlot { gone, lines, .. } = house.answer(21, "JA").await else { panic!("others") };
        assert!(gone && lines.iter().all(|other| other.starts != line.starts), "{lines:?}");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_want_the_last_place_one_gets_it_and_everybody_an_answer() {
    each(1, async |house| {
        let people = 21..41;
        for from in people.clone() {
            house.slots_for(from, "TERMIN PASS").await;
        }
        let all = people.clone().map(|from| {
            let (house, sid) = (&house, format!("RUSH-{from}"));
            async move { house.writes_once(&sid, from, "1").await }
        });
        let answers = futures::future::join_all(all).await;
        assert!(answers.iter().all(|answered| *answered == Answered::Once));
        let replies = house.outbox().await;
        let count = |fits: &dyn Fn(&Reply) -> bool| {
            let fits =
                |sent: &&Notification| matches!(sent, Notification::InboundReply { reply } if fits(reply));
            replies.iter().filter(fits).count()
        };
        assert_eq!(count(&|reply| matches!(reply, Reply::ConfirmSlot { .. })), 1);
        assert_eq!(count(&|reply| matches!(reply, Reply::PickSlot { gone: true, .. })), 19);
        for from in people {
            house.writes(from, "JA").await;
        }
        let mut booked = 0;
        for from in 21..41 {
            booked += house.bookings_of(from).await.len();
        }
        assert_eq!(booked, 1);
    })
    .await;
}

#[tokio::test]
async fn an_appointment_is_moved_and_keeps_its_code() {
    each(1, async |house| {
        let before = house.booked(21, "1").await;
        let lines = house.slots_for(21, "VERSCHIEBEN").await;
        let Reply::ConfirmSlot { was, .. } = house.answer(21, "3").await else {
            panic!("asked whether really")
        };
        assert!(was.is_some());
        assert_eq!(house.bookings_of(21).await[0].starts_at, before.starts_at, "not without a yes");
        let news = house.writes(21, "JA").await;
        let [Notification::BookingMoved { visit, code_stays: true, .. }] = news.as_slice() else {
            panic!("{news:?}")
        };
        assert_eq!(visit.starts, lines[2].starts);
        let after = house.bookings_of(21).await;
        assert_eq!(after.len(), 1);
        assert_eq!((after[0].lasting_id(), after[0].rev), (before.id, before.rev + 1));
        // LATER than that one, and nothing when nobody has anything to move.
        let later = house.slots_for(21, "SPÄTER").await;
        assert!(later.iter().all(|line| line.starts > lines[2].starts));
        assert!(matches!(house.answer(22, "VERSCHIEBEN").await, Reply::NothingOpen { .. }));
    })
    .await;
}

#[tokio::test]
async fn ones_own_time_is_no_other_time() {
    each(1, async |house| {
        let own = local_of(house.town.zone, house.booked(21, "3").await.starts_at);
        let lines = house.slots_for(21, "VERSCHIEBEN").await;
        assert!(lines.iter().all(|line| line.starts != own), "{own} in {lines:?}");
    })
    .await;
}

#[tokio::test]
async fn who_wants_no_news_is_told_what_was_done() {
    each(1, async |house| {
        assert!(matches!(house.answer(21, "HALT").await, Reply::OptedOut));
        house.slots_for(21, "TERMIN PASS").await;
        house.answer(21, "1").await;
        let told = |answers: Vec<Notification>| {
            let replies = answers.into_iter().filter_map(|one| match one {
                Notification::InboundReply { reply } => Some(reply),
                _ => None,
            });
            replies.collect::<Vec<_>>()
        };
        let booked = told(house.writes(21, "JA").await);
        assert!(matches!(booked.as_slice(), [Reply::Appointments { total: 1, .. }]), "{booked:?}");
        house.slots_for(21, "VERSCHIEBEN").await;
        house.answer(21, "2").await;
        let moved = told(house.writes(21, "JA").await);
        assert!(matches!(moved.as_slice(), [Reply::Appointments { total: 1, .. }]), "{moved:?}");
        assert!(matches!(house.answer(21, "STORNO").await, Reply::ConfirmCancel { .. }));
        let cancelled = told(house.writes(21, "JA").await);
        assert!(matches!(cancelled.as_slice(), [Reply::Cancelled { .. }]), "{cancelled:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_written_in_every_language_changes_none() {
    each(1, async |house| {
        house.slots_for(21, "TERMIN PASS").await;
        house.answer(21, "1").await;
        house.writes(21, "Ok, danke").await;
        assert_eq!(house.bookings_of(21).await[0].language, Language::De);
        // HELP is English, what it advertises goes on in English, and so does the appointment.
        house.answer(22, "HELP").await;
        let lines = house.slots_for(22, "TERMIN PASS").await;
        assert!(lines.len() > 1);
        house.answer(22, "2").await;
        house.writes(22, "ok").await;
        assert_eq!(house.bookings_of(22).await[0].language, Language::En);
        // Whoever says which language has it, for what is booked as well.
        assert!(matches!(house.answer(21, "english").await, Reply::Help { .. }));
        assert_eq!(house.bookings_of(21).await[0].language, Language::En);
        house.answer(21, "STORNO").await;
        assert!(matches!(house.answer(21, "Deutsch bitte").await, Reply::ConfirmCancel { .. }));
        assert_eq!(house.bookings_of(21).await[0].language, Language::De);
    })
    .await;
}

#[tokio::test]
async fn one_word_of_a_sentence_books_nothing() {
    each(1, async |house| {
        house.answer(21, "TERMIN").await;
        let said = house.answer(21, "Ich bin im Pass").await;
        assert!(matches!(said, Reply::PickService { .. }), "{said:?}");
        let said = house.answer(21, "Ich bin im Pass und ab dem 1.12. wieder erreichbar").await;
        assert!(matches!(said, Reply::NoService { .. }), "{said:?}");
        let said = house.answer(22, "TERMIN 1").await;
        assert!(matches!(said, Reply::PickService { .. } | Reply::NoService { .. }), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn who_is_late_may_still_arrive_and_who_is_here_is_told_so() {
    each(1, async |house| {
        let booked = house.booked(21, "1").await;
        house.app.clock.advance(booked.starts_at - house.app.clock.now() + Duration::minutes(50));
        assert!(matches!(house.answer(21, "STORNO").await, Reply::CannotCancel { .. }));
        assert!(matches!(house.answer(21, "INFO").await, Reply::Appointments { begun: true, .. }));
        let said = house.answer(21, "DA").await;
        let Reply::Arrived { number, too_late: true, at: Some(at), .. } = said else { panic!("{said:?}") };
        assert_eq!(at, local_of(house.town.zone, booked.starts_at).time());
        for asks in ["INFO", "STORNO", "VERSCHIEBEN", "SPAETER"] {
            let said = house.answer(21, asks).await;
            assert!(matches!(&said, Reply::IsHere { number: same, .. } if *same == number), "{said:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn saying_twice_that_one_is_here_leaves_a_later_appointment_alone() {
    each(1, async |house| {
        let first = house.booked(21, "1").await;
        let later = house.slots("meldung", 0).await;
        let later = later.last().expect("there are some");
        assert!(later.span.starts_at() - first.starts_at > Duration::minutes(70));
        house.book("meldung", later, "0171 3920021").await;
        house.app.clock.advance(first.starts_at - house.app.clock.now() - Duration::minutes(5));
        let numbers =
            [house.answer(21, "DA").await, house.answer(21, "Bin da").await].map(|said| match said {
                Reply::Arrived { number, .. } => number,
                other => panic!("{other:?}"),
            });
        assert_eq!(numbers[0], numbers[1]);
        assert_eq!(house.bookings_of(21).await.len(), 1, "the later one is still open");
    })
    .await;
}

#[tokio::test]
async fn what_two_servers_kept_is_answered_in_the_order_it_was_written() {
    each(1, async |house| {
        house.booked(21, "1").await;
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut servers = Vec::new();
        for folder in &folders {
            let mut cut_off = house.app.beside().await.app.clone();
            cut_off.spool = Spool::open(folder.path(), 100_000);
            cut_off.db.clone().close().await.unwrap();
            servers.push(cut_off);
        }
        for (server, body) in [(0, "STORNO"), (1, "JA"), (0, "TERMIN PASS")] {
            house.app.clock.advance(Duration::seconds(1));
            spool::take_inbound(&servers[server], inbound(body, 21, body)).await.unwrap();
        }
        drop(servers);
        let before = house.outbox().await.len();
        let mut next = house.app.beside().await.app.clone();
        for (folder, records) in folders.iter().zip([2, 1]).rev() {
            next.spool = Spool::open(folder.path(), 100_000);
            assert_eq!(spool::replay(&next, true).await.unwrap(), records);
        }
        // The database is back; whoever writes now has his turn after what was written before.
        assert_eq!(house.writes_once("IN-NOW", 21, "1").await, Answered::InItsTurn);
        assert_eq!(house.writes_once("IN-OTHER", 22, "HILFE").await, Answered::Once);
        assert_eq!(spool::answer_landed(&next).await.unwrap(), 0);
        house.app.clock.advance(Duration::seconds(3));
        assert_eq!(spool::answer_landed(&next).await.unwrap(), 4);
        // All were owed at one instant: STORNO, then JA, then TERMIN PASS, then 1.
        let said = house.outbox().await.split_off(before + 1);
        let cancelled = said.iter().filter(|it| matches!(it, Notification::BookingCancelled { .. })).count();
        let replied = |is: fn(&Reply) -> bool| {
            said.iter().any(|it| matches!(it, Notification::InboundReply { reply } if is(reply)))
        };
        assert_eq!((said.len(), cancelled), (4, 1), "{said:?}");
        assert!(replied(|reply| matches!(reply, Reply::ConfirmCancel { .. })));
        assert!(replied(|reply| matches!(reply, Reply::PickSlot { .. })));
        assert!(replied(|reply| matches!(reply, Reply::ConfirmSlot { .. })));
        assert_eq!(house.writes_once("JA", 21, "JA").await, Answered::Before);
        house.writes(21, "JA").await;
        assert_eq!(house.bookings_of(21).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_number_has_each_service_once_and_only_so_many() {
    each(2, async |house| {
        house.slots_for(21, "TERMIN PASS").await;
        house.answer(21, "1").await;
        house.writes(21, "JA").await;
        house.slots_for(21, "TERMIN PASS").await;
        house.answer(21, "2").await;
        assert!(matches!(house.answer(21, "JA").await, Reply::SameService { .. }));
        assert_eq!(house.bookings_of(21).await.len(), 1);
        let day = house.bookings_of(21).await[0].day;
        house.nothing_is_oversold(day).await;
    })
    .await;
}

#[tokio::test]
async fn who_begins_in_english_is_answered_in_english() {
    each(1, async |house| {
        house.answer(21, "book").await;
        house.slots_for(21, "1").await;
        house.answer(21, "1").await;
        house.writes(21, "yes").await;
        assert_eq!(house.bookings_of(21).await[0].language, Language::En);
    })
    .await;
}

#[tokio::test]
async fn whatever_is_written_each_number_keeps_one_slot_at_most_and_nothing_is_oversold() {
    each(1, async |house| {
        let words = [
            "TERMIN PASS",
            "1",
            "JA",
            "2",
            "NEIN",
            "VERSCHIEBEN",
            "0",
            "4",
            "STORNO",
            "blub",
            "SPÄTER",
            "TERMIN",
        ];
        let mut state = 7_u32;
        for step in 0..150 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (from, word) = (21 + (state >> 8) % 3, words[(state >> 16) as usize % words.len()]);
            house.writes_once(&format!("ANY-{step}"), from, word).await;
            house.app.clock.advance(Duration::seconds(i64::from(state % 200)));
        }
        for ahead in 0..10 {
            house.nothing_is_oversold(house.day(ahead)).await;
        }
        house.later(11);
        operations::appointments::expire_due(&house.app).await.unwrap();
        house.later(200);
        operations::appointments::release_freed(&house.app).await.unwrap();
        for from in 21..24 {
            assert!(house.bookings_of(from).await.len() <= 2);
        }
        let (office, mut standing) = (house.office().await, 0);
        for ahead in 0..60 {
            let of_day =
                store::appointments::bookings_of_day(&house.app.db, office, house.day(ahead)).await.unwrap();
            let stands = of_day.iter().filter(|booking| booking.state == BookingState::Booked);
            standing += stands.map(|booking| u32::from(booking.span().count)).sum::<u32>();
        }
        let mut taken = 0;
        for ahead in 0..60 {
            taken += house.taken(house.day(ahead), Audience::Public).await;
        }
        assert_eq!(taken, standing, "what is counted is what stands");
    })
    .await;
}

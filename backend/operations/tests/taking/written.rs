//! What people wrote, as operators see it: understood as what, what became of it, and in the clear only with a reason.

use chrono::Duration;
use domain::actor::StaffMember;
use domain::contact::PhoneNumber;
use domain::ids::StaffId;
use domain::messaging::attempt::{InboundSms, ProviderOptOut};
use domain::messaging::heard::Heard;
use domain::staff::Role;
use operations::error::Error;
use operations::messaging::inbound::{Filter, Page, list, reveal};
use operations::messaging::record_inbound;
use operations::messaging::spool::{self, Spool};
use operations::messaging::upkeep::erase_old;
use operations::messaging::watch::{Acts, MessageRefused, acts_of_staff, sought};
use operations::testing::inbound;
use store::messaging::inbound_list::Written;

use crate::house::{House, each};

impl House {
    async fn came(&self, sms: InboundSms) {
        self.app.clock.advance(Duration::seconds(1));
        record_inbound(&self.app, &self.town, sms).await.unwrap();
    }

    async fn written(&self, filter: &Filter) -> Page {
        list(&self.app, &self.town, filter, 50).await.unwrap()
    }

    /// What was found by what somebody typed, by the providers' ids.
    async fn found(&self, typed: &str) -> Vec<String> {
        let filter = Filter { sought: sought(&self.town, typed), ..Filter::default() };
        self.written(&filter).await.written.into_iter().map(|one| one.provider_sid).collect()
    }
}

fn told(one: &Written) -> (&str, Option<&str>, Option<Heard>, bool) {
    (&one.provider_sid, one.command.as_deref(), one.heard, one.reply.is_some())
}

#[tokio::test]
async fn each_message_shows_what_it_was_understood_as_and_what_became_of_it() {
    each(1, async |house| {
        house.came(inbound("IN-1", 11, "Termin Pass bitte")).await;
        house.came(inbound("IN-2", 11, "irgendwas")).await;
        house.came(InboundSms { opt_out: Some(ProviderOptOut::Stop), ..inbound("IN-3", 12, "STOP") }).await;
        let shop = PhoneNumber::trusted("PAKETDIENST".to_owned());
        house.came(InboundSms { from: shop, ..inbound("IN-4", 0, "Ihr Paket ist da") }).await;
        for n in 0..16 {
            house.came(inbound(&format!("IN-R{n}"), 13, "INFO")).await;
        }
        let page = house.written(&Filter::default()).await;
        let all: Vec<_> = page.written.iter().rev().map(told).collect();
        assert_eq!(all[0], ("IN-1", Some("book"), Some(Heard::Answered), true));
        assert_eq!(all[1], ("IN-2", Some("words"), Some(Heard::Answered), true));
        assert_eq!(all[2], ("IN-3", Some("stop"), Some(Heard::Noted), false));
        assert_eq!(all[3], ("IN-4", Some("words"), Some(Heard::Unanswerable), false));
        assert_eq!(all[18], ("IN-R14", Some("info"), Some(Heard::Answered), true));
        assert_eq!(all[19], ("IN-R15", Some("info"), Some(Heard::TooMany), false));
        assert_eq!(page.written[0].from_tail, "0013");
        let count = |heard| page.counts.iter().find(|(one, _)| *one == Some(heard)).map(|(_, count)| *count);
        assert_eq!(
            (count(Heard::Answered), count(Heard::TooMany), count(Heard::Late)),
            (Some(17), Some(1), None)
        );

        let unanswered = Filter { heard: vec![Heard::TooMany, Heard::Unanswerable], ..Filter::default() };
        let found = house.written(&unanswered).await.written;
        assert_eq!(found.iter().map(|one| &*one.provider_sid).collect::<Vec<_>>(), ["IN-R15", "IN-4"]);
        let first = list(&house.app, &house.town, &Filter::default(), 5).await.unwrap();
        let rest = Filter { after: first.next, ..Filter::default() };
        assert_eq!(house.written(&rest).await.written, page.written[5..]);

        for typed in ["0171 39200 11", "0011", "••••0011"] {
            assert_eq!(house.found(typed).await, ["IN-2", "IN-1"], "{typed}");
        }
        let reply = all_replies(&page)[0].to_string();
        assert_eq!(house.found(&reply).await.len(), 1);
        assert_eq!(house.found("IN-R15").await, ["IN-R15"]);
        for typed in ["0171 3920099", "Exempel", "4829-1376"] {
            assert!(house.found(typed).await.is_empty(), "{typed}");
        }
    })
    .await;
}

fn all_replies(page: &Page) -> Vec<uuid::Uuid> {
    page.written.iter().filter_map(|one| one.reply.as_ref()).map(|reply| reply.id.0).collect()
}

#[tokio::test]
async fn what_waits_and_what_came_too_late_is_seen() {
    each(1, async |house| {
        let folder = tempfile::tempdir().unwrap();
        let mut cut_off = house.app.beside().await.app.clone();
        cut_off.spool = Spool::open(folder.path(), 100_000);
        cut_off.db.clone().close().await.unwrap();
        spool::take_inbound(&cut_off, inbound("IN-1", 21, "INFO")).await.unwrap();
        drop(cut_off);
        let mut back = house.app.beside().await.app.clone();
        back.spool = Spool::open(folder.path(), 100_000);
        house.app.clock.advance(Duration::hours(9));
        assert_eq!(spool::replay(&back, true).await.unwrap(), 1);
        let waiting = Filter { waiting: true, ..Filter::default() };
        let page = house.written(&waiting).await;
        assert_eq!(page.written.iter().map(told).collect::<Vec<_>>(), [("IN-1", None, None, false)]);
        assert_eq!(page.counts, [(None, 1)]);
        house.app.clock.advance(Duration::seconds(3));
        assert_eq!(spool::answer_landed(&back).await.unwrap(), 1);
        assert!(house.written(&waiting).await.written.is_empty());
        let late = house.written(&Filter::default()).await.written.remove(0);
        assert_eq!(told(&late), ("IN-1", Some("info"), Some(Heard::Late), false));
        assert!(late.dealt_at.unwrap() - late.received_at > Duration::hours(9));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_wrote_is_shown_with_a_reason_that_is_kept_and_not_after_its_time() {
    each(1, async |house| {
        house.came(inbound("IN-1", 11, "Hier ist Erika Exempel, wo ist mein Termin?")).await;
        let id = house.written(&Filter::default()).await.written[0].id;
        let by = StaffMember { role: Role::Ops, id: StaffId(uuid::Uuid::from_u128(7)), ..house.staff() };
        let (app, town) = (&house.app.app, &house.town);
        let nobody = reveal(app, town, &by, id, "  ").await;
        assert!(matches!(nobody, Err(Error::Refused(MessageRefused::ReasonMissing))));
        let shown = reveal(app, town, &by, id, "Anruf wegen keiner Antwort").await.unwrap();
        assert_eq!(shown.text, "Hier ist Erika Exempel, wo ist mein Termin?");
        assert_eq!(shown.recipient, "0171 3920011");
        let acts = acts_of_staff(app, town, Acts::Inbound, None, 10).await.unwrap();
        assert_eq!((acts.len(), acts[0].subject_id), (1, id));
        assert_eq!(acts[0].reason.as_deref(), Some("revealed: Anruf wegen keiner Antwort"));
        assert_eq!(acts_of_staff(app, town, Acts::All, None, 10).await.unwrap(), acts);

        let neighbour =
            domain::town::Town { id: domain::ids::TownId(uuid::Uuid::from_u128(8)), ..town.clone() };
        let stranger = reveal(app, &neighbour, &by, id, "Probe").await;
        assert!(matches!(stranger, Err(Error::Refused(MessageRefused::NotFound))));
        house.app.clock.advance(Duration::days(8));
        erase_old(app).await.unwrap();
        assert!(!house.written(&Filter::default()).await.written[0].readable);
        let erased = reveal(app, town, &by, id, "Probe").await;
        assert!(matches!(erased, Err(Error::Refused(MessageRefused::Erased))));
    })
    .await;
}

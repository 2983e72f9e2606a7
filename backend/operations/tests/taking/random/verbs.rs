//! The verbs, and what each of them must answer.

use chrono::Duration;
use domain::actor::Citizen;
use domain::language::Language;
use domain::schedule::opening_hours::{ClosureScope, OpeningRule};
use domain::schedule::{Audience, TickSpan};
use operations::appointments::{
    self, BookProblem, BookRequest, CallerRequest, Decision, ExtendProblem, Fate, HoldProblem, HoldRequest,
    MoveProblem, MoveRequest,
};
use operations::planning::{self, ClosureRequest};
use operations::schedule::{FreeSlot, SlotSearch, free_slots_for_staff};
use proptest::sample::Index;

use super::plan::{Closure, ticks_of};
use super::world::{SERVICES, World};
use crate::house::{form, items, refusal};

#[derive(Clone, Debug)]
pub enum Verb {
    HoldOfList { service: usize, ahead: u64, slot: Index },
    HoldAnywhere { service: usize, ahead: u64, tick: u16 },
    Extend { hold: Index },
    Release { hold: Index },
    Book { hold: Index },
    Verify { pending: Index },
    Cancel { booking: Index },
    Move { booking: Index, ahead: u64, slot: Index },
    BookForCaller { service: usize, ahead: u64, slot: Index },
    CancelByOffice { booking: Index },
    SetHours { rules: Vec<OpeningRule> },
    Close { ahead: u64, from: u32, hours: u32, at_most: u16 },
    Reopen { closure: Index },
    Replan { cancel: bool },
    UndoReplan,
    Wait { minutes: i64 },
    Sweep,
}

impl World {
    pub async fn does(&mut self, verb: &Verb) {
        self.house.app.clock.advance(Duration::seconds(1));
        match verb {
            Verb::HoldOfList { service, ahead, slot } => self.holds_of_list(*service, *ahead, slot).await,
            Verb::HoldAnywhere { service, ahead, tick } => self.holds_anywhere(*service, *ahead, *tick).await,
            Verb::Extend { hold } => self.extends(hold).await,
            Verb::Release { hold } => self.releases(hold).await,
            Verb::Book { hold } => self.books(hold).await,
            Verb::Verify { pending } => self.verifies(pending).await,
            Verb::Cancel { booking } => self.cancels(booking).await,
            Verb::Move { booking, ahead, slot } => self.moves(booking, *ahead, slot).await,
            Verb::BookForCaller { service, ahead, slot } => {
                self.books_for_caller(*service, *ahead, slot).await;
            }
            Verb::CancelByOffice { booking } => self.cancels_by_office(booking).await,
            Verb::SetHours { rules } => self.sets_hours(rules).await,
            Verb::Close { ahead, from, hours, at_most } => {
                self.closes(*ahead, (*from, *hours), *at_most).await;
            }
            Verb::Reopen { closure } => self.reopens(closure).await,
            Verb::Replan { cancel } => self.replans(*cancel).await,
            Verb::UndoReplan => self.undoes_replan().await,
            Verb::Wait { minutes } => self.house.later(*minutes),
            Verb::Sweep => self.sweeps().await,
        }
    }

    async fn holds_of_list(&mut self, service: usize, ahead: u64, slot: &Index) {
        let slots = self.listed(service, ahead).await;
        if let Some(slot) = picked(slot, &slots) {
            let held = self.house.hold(SERVICES[service].0, slot).await.expect("what is listed can be held");
            self.is_not_oversold(slot.span, Audience::Public).await;
            self.held.push(held);
        }
    }

    async fn holds_anywhere(&mut self, service: usize, ahead: u64, tick: u16) {
        let (slug, count) = SERVICES[service];
        let first = ticks_of(self.plan.zone, self.day(ahead)).nth(usize::from(tick)).unwrap();
        let span = TickSpan { first, count };
        let fits = self.fits(span).await;
        let (office, day) = (self.office, self.day(ahead));
        match self.house.hold(slug, &FreeSlot { pool: self.pool, office, span, day }).await {
            Ok(held) => {
                assert!(fits, "held, though nothing was left: {}", span.starts_at());
                self.is_not_oversold(span, Audience::Public).await;
                self.held.push(held);
            }
            Err(HoldProblem::Slot { refused, .. }) => assert!(!fits, "{refused} at {}", span.starts_at()),
            Err(other) => panic!("{other}"),
        }
    }

    async fn extends(&mut self, hold: &Index) {
        let Some(at) = index(hold, self.held.len()) else { return };
        let now = self.now();
        let held = &mut self.held[at];
        let token = held.token.clone().unwrap();
        let extended = appointments::extend_hold(&self.house.app, &self.house.town, &token, held.id).await;
        match refusal(extended) {
            Ok(again) => {
                assert!(held.extendable && now < held.expires_at);
                (held.expires_at, held.extendable) = (again.expires_at, again.extendable);
            }
            Err(ExtendProblem::AlreadyExtended) => assert!(!held.extendable),
            Err(ExtendProblem::HoldExpired(_)) => assert!(held.expires_at <= now),
            Err(ExtendProblem::UnknownHold) => panic!("it was held"),
        }
    }

    async fn releases(&mut self, hold: &Index) {
        let Some(at) = index(hold, self.held.len()) else { return };
        let held = self.held.swap_remove(at);
        let (app, town) = (&self.house.app, &self.house.town);
        refusal(appointments::release_hold(app, town, &held.token.unwrap(), held.id).await).unwrap();
    }

    async fn books(&mut self, hold: &Index) {
        let Some(at) = index(hold, self.held.len()) else { return };
        let held = self.held.swap_remove(at);
        let (alive, token) = (self.now() < held.expires_at, held.token.unwrap());
        self.phones += 1;
        let particulars = form(&format!("0171 39200{:02}", self.phones));
        let request = BookRequest { hold: held.id, particulars, language: Language::De };
        match refusal(appointments::book(&self.house.app, &self.house.town, &token, &request).await) {
            Ok(pending) => {
                assert!(alive, "booked out of a hold that had lapsed");
                self.pending.push((token, pending.id, self.house.code().await));
            }
            Err(BookProblem::HoldExpired(_)) => assert!(!alive),
            Err(other) => panic!("{other}"),
        }
    }

    async fn verifies(&mut self, pending: &Index) {
        let Some(at) = index(pending, self.pending.len()) else { return };
        let (token, id, code) = self.pending.swap_remove(at);
        let verified = appointments::verify(&self.house.app, &self.house.town, &token, id, &code).await;
        // Digits are good for ten minutes and the slot is kept for thirty.
        if let Ok(booked) = refusal(verified) {
            assert_eq!(booked.page.id, id);
        }
    }

    async fn one_of_those_who_come(&self, which: &Index) -> Option<store::appointments::Booking> {
        let standing = self.standing().await;
        picked(which, &standing).cloned()
    }

    async fn cancels(&mut self, which: &Index) {
        let Some(booking) = self.one_of_those_who_come(which).await else { return };
        let by = Citizen { town: self.house.town.id, booking: booking.id };
        refusal(appointments::cancel_by_citizen(&self.house.app, &self.house.town, &by).await).unwrap();
    }

    async fn cancels_by_office(&mut self, which: &Index) {
        let Some(booking) = self.one_of_those_who_come(which).await else { return };
        let (app, town, by) = (&self.house.app, &self.house.town, self.house.staff());
        refusal(appointments::cancel_by_staff(app, town, &by, booking.id, None).await).unwrap();
    }

    async fn moves(&mut self, which: &Index, ahead: u64, slot: &Index) {
        let Some(booking) = self.one_of_those_who_come(which).await else { return };
        let service = SERVICES.iter().position(|(_, count)| *count == booking.span().count).unwrap();
        let slots = self.listed(service, ahead).await;
        let Some(slot) = picked(slot, &slots) else { return };
        let by = Citizen { town: self.house.town.id, booking: booking.id };
        match self.house.move_to(&by, slot).await {
            Ok(page) => self.took(page.id).await,
            Err(MoveProblem::SameSlot) => assert_eq!(booking.starts_at, slot.span.starts_at()),
            Err(other) => panic!("{other}: what is listed can be moved to"),
        }
    }

    async fn books_for_caller(&mut self, service: usize, ahead: u64, slot: &Index) {
        let slug = SERVICES[service].0;
        let search = SlotSearch { items: items(slug), office: None, from: Some(self.day(ahead)), days: 1 };
        let found = free_slots_for_staff(&self.house.app, &self.house.town, &search).await;
        let mut days = refusal(found).unwrap().days;
        let Some(slot) = picked(slot, &days.remove(0).slots).cloned() else { return };
        self.phones += 1;
        let wanted = HoldRequest {
            items: items(slug),
            pool: slot.pool,
            starts_at: slot.span.starts_at(),
            origin: None,
        };
        let request = CallerRequest {
            slot: wanted,
            particulars: form(&format!("0171 39200{:02}", self.phones)),
            language: Language::De,
            follows: None,
        };
        let (app, town, by) = (&self.house.app, &self.house.town, self.house.staff());
        let page = appointments::book_for_caller(app, town, &by, &request).await;
        self.took(refusal(page).expect("what staff see they can book").id).await;
    }

    async fn sets_hours(&mut self, rules: &[OpeningRule]) {
        let (app, town, by) = (&self.house.app, &self.house.town, self.planner());
        let seen = refusal(planning::opening_of_pool(app, town, &by, self.pool).await).unwrap();
        refusal(planning::set_opening(app, town, &by, self.pool, rules, seen.rev).await).unwrap();
        self.plan.rules = rules.to_vec();
        self.plan.walk();
    }

    async fn closes(&mut self, ahead: u64, (from, hours): (u32, u32), at_most: u16) {
        let day = self.day(ahead);
        let at = |hour| day.and_hms_opt(hour, 0, 0).unwrap();
        let (from, until) = (at(from), at(from + hours));
        let request = ClosureRequest {
            scope: ClosureScope::Town,
            from,
            until,
            daily: false,
            at_most,
            reason: "Probe".to_owned(),
        };
        let by = self.planner();
        if let Ok(closed) = refusal(planning::close(&self.house.app, &self.house.town, &by, &request).await) {
            self.plan.closures.push(Closure { id: closed.id, from, until, at_most });
            self.plan.walk();
        }
    }

    async fn reopens(&mut self, closure: &Index) {
        let Some(at) = index(closure, self.plan.closures.len()) else { return };
        let closure = self.plan.closures.swap_remove(at);
        let by = self.planner();
        refusal(planning::reopen(&self.house.app, &self.house.town, &by, closure.id).await).unwrap();
        self.plan.walk();
    }

    /// Everybody goes where it is proposed, or all are cancelled.
    async fn replans(&mut self, cancel: bool) {
        let conflicts = planning::conflicts(&self.house.app, &self.house.town, self.office).await.unwrap();
        let fate = |proposal: Option<(domain::ids::PoolId, TickSpan)>| match proposal {
            Some((pool, span)) if !cancel => Fate::Move(MoveRequest { pool, starts_at: span.starts_at() }),
            _ => Fate::Cancel,
        };
        let decisions: Vec<Decision> = conflicts
            .iter()
            .map(|conflict| Decision { booking: conflict.booking, fate: fate(conflict.proposal) })
            .collect();
        if decisions.is_empty() {
            return;
        }
        let by = self.planner();
        let done = appointments::replan(&self.house.app, &self.house.town, &by, &decisions).await;
        let done = refusal(done).unwrap();
        self.replan = Some(done.id);
        for conflict in conflicts.iter().filter(|conflict| !done.stayed.contains(&conflict.booking)) {
            if let Some((_, span)) = conflict.proposal.filter(|_| !cancel) {
                self.is_not_oversold(span, Audience::Public).await;
            }
        }
    }

    async fn undoes_replan(&mut self) {
        let Some(id) = self.replan else { return };
        let by = self.planner();
        // It may be too late; whoever is restored stands where they stood, closed or not.
        drop(refusal(appointments::undo_replan(&self.house.app, &self.house.town, &by, id).await));
    }

    async fn sweeps(&mut self) {
        appointments::expire_due(&self.house.app).await.unwrap();
        appointments::release_freed(&self.house.app).await.unwrap();
        let lapsed = store::appointments::holds::lapsed(&self.house.app.db, self.now(), 10).await.unwrap();
        assert!(lapsed.is_empty(), "{lapsed:?}");
    }
}

fn index(which: &Index, length: usize) -> Option<usize> {
    (length > 0).then(|| which.index(length))
}

fn picked<'a, T>(which: &Index, all: &'a [T]) -> Option<&'a T> {
    index(which, all.len()).map(|at| &all[at])
}

//! The part of the dialogue that books and moves: looks up what the domain asks for, and asks on with it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::appointments::booking::BookingRefused;
use domain::catalog::search::{Searched, search};
use domain::ids::{BookingId, HoldId, OfficeId};
use domain::local_time::{local_day, local_of};
use domain::messaging::conversation::booking::{ask_office, ask_service, ask_slot, ask_to_confirm, few_of};
use domain::messaging::conversation::{Choice, Conversation, Slot, What, Wish};
use domain::messaging::notification::{Reply, SlotLine};
use store::StoreError;
use store::appointments::Booking;
use store::catalog::Service;
use store::setup::OfficeWithZones;

use super::{Given, Step, Talk};
use crate::appointments::{
    BySmsProblem, accept_by_sms, book_by_sms, hold_by_sms, move_by_sms, slots_instead,
};
use crate::error::Error;
use crate::schedule::plan::Plan;
use crate::schedule::{FreeSlots, ItemRequest, free_slots_of};

/// How many days are searched first, and how many when that gives too little.
const DAYS: [u16; 2] = [14, 120];

/// The slots that were found, or what to say instead.
enum Looked {
    Found { slots: Vec<(Slot, SlotLine)>, place: Option<String>, wish: Wish },
    Instead(Reply),
}

impl Talk<'_> {
    async fn plan(&self) -> Result<Arc<Plan>, StoreError> {
        self.app.plans.now(self.tx, self.town, local_day(self.town.zone, self.now)).await
    }

    /// Offers services, by words or those that most ask for.
    pub(super) async fn find_services(
        &self,
        words: Option<&str>,
        open: Conversation,
    ) -> Result<Step, StoreError> {
        if let Some(reply) = self.has_enough() {
            return Ok(Step::says(reply));
        }
        let plan = self.plan().await?;
        let all: Vec<&Service> = plan.bookable().collect();
        let found: Vec<&Service> = match words {
            None => most_wanted(&all),
            Some(words) => {
                let searched: Vec<Searched<'_>> = all.iter().map(|service| searched(service)).collect();
                search(words, &searched).into_iter().map(|place| all[place]).collect()
            }
        };
        if let ([only], Some(_)) = (found.as_slice(), words) {
            return self.find_offices(&only.slug, false).await;
        }
        // What must not be named in a message is found by its own word only.
        let named = found.into_iter().filter(|service| !service.sensitive);
        let choice = |service: &Service| Choice {
            of: service.slug.clone(),
            label: service.name.get(self.language).to_owned(),
        };
        let options: Vec<Choice<String>> = named.map(choice).collect();
        if options.is_empty() {
            // What was asked before may still be answered.
            let reply = Some(Reply::NoService { link: self.link("") });
            return Ok(Step { after: open, given: Given::default(), reply });
        }
        let (after, reply) = ask_service(options, &self.link("datenschutz"), self.now);
        Ok(Step { after, given: Given::default(), reply: Some(reply) })
    }

    /// The number has as many appointments open as it may.
    fn has_enough(&self) -> Option<Reply> {
        let open = self.rows.iter().filter(|row| row.starts_at > self.now).count();
        let enough = open >= usize::from(self.town.settings.open_bookings_per_number);
        let telephone = self.town.settings.phone_help.clone();
        enough.then_some(Reply::TooManyOpen { open: open as u32, telephone })
    }

    /// Asks where; where there is only one place, goes on to its slots, or back.
    pub(super) async fn find_offices(&self, service: &str, back: bool) -> Result<Step, StoreError> {
        let plan = self.plan().await?;
        let sensitive = plan.bookable().any(|one| one.slug == service && one.sensitive);
        let offices = plan.offices_of(service);
        match offices.as_slice() {
            [] => Ok(Step::says(Reply::NoService { link: self.link("") })),
            [_] if back => Box::pin(self.find_services(None, Conversation::default())).await,
            [only] => {
                let wish = Wish { what: What::Service(service.to_owned()), office: Some(only.id) };
                self.find_slots(wish, None, false).await
            }
            several => {
                let choice =
                    |office: &&OfficeWithZones| Choice { of: office.id, label: called(office, sensitive) };
                let options = several.iter().map(choice).collect();
                let (after, reply) = ask_office(service, options, self.now);
                Ok(Step { after, given: Given::default(), reply: Some(reply) })
            }
        }
    }

    /// Offers a few free slots after a moment; `gone` when the one that was chosen is taken.
    pub(super) async fn find_slots(
        &self,
        wish: Wish,
        after: Option<DateTime<Utc>>,
        gone: bool,
    ) -> Result<Step, StoreError> {
        match self.look(&wish, after).await? {
            Looked::Instead(reply) => Ok(Step::says(reply)),
            Looked::Found { slots, .. } if slots.is_empty() => {
                Ok(Step::says(Reply::NoSlots { link: self.link("") }))
            }
            Looked::Found { slots, place, wish } => {
                let (after, reply) = ask_slot(wish, slots, (place, gone), self.now);
                Ok(Step { after, given: Given::default(), reply: Some(reply) })
            }
        }
    }

    async fn look(&self, wish: &Wish, after: Option<DateTime<Utc>>) -> Result<Looked, StoreError> {
        let mut last = Vec::new();
        let (mut place, mut wish) = (None, wish.clone());
        for days in DAYS {
            let (found, sensitive) = match self.free(&wish, after, days).await? {
                Ok(found) => found,
                Err(reply) => return Ok(Looked::Instead(reply)),
            };
            let plan = self.plan().await?;
            let name = |office: OfficeId| {
                plan.office(office).map(|office| called(office, sensitive)).unwrap_or_default()
            };
            if let (What::Instead(_), [only]) = (&wish.what, places(&found).as_slice()) {
                wish.office = Some(*only);
            }
            place = wish.office.map(name);
            let later = found.days.iter().flat_map(|day| &day.slots);
            let later: Vec<_> =
                later.filter(|slot| after.is_none_or(|after| slot.span.starts_at() > after)).collect();
            let starts: Vec<DateTime<Utc>> = later.iter().map(|slot| slot.span.starts_at()).collect();
            last = few_of(&starts)
                .into_iter()
                .map(|at| {
                    let slot = Slot { pool: later[at].pool, starts_at: starts[at] };
                    let line = SlotLine {
                        starts: local_of(self.town.zone, starts[at]),
                        place: name(later[at].office),
                    };
                    (slot, line)
                })
                .collect();
            if last.len() > 1 {
                break;
            }
        }
        Ok(Looked::Found { slots: last, place, wish })
    }

    /// What is free for a wish, and whether its services must not be named; or why nothing is looked for.
    async fn free(
        &self,
        wish: &Wish,
        after: Option<DateTime<Utc>>,
        days: u16,
    ) -> Result<Result<(FreeSlots, bool), Reply>, StoreError> {
        let from = Some(local_day(self.town.zone, after.unwrap_or(self.now)));
        let (items, found) = match &wish.what {
            What::Service(service) => {
                let items = vec![ItemRequest { service: service.clone(), quantity: 1 }];
                let found = free_slots_of(self.app, self.tx, self.town, &items, wish.office, (from, days));
                match found.await {
                    Ok(found) => (items, found),
                    Err(Error::Refused(_)) => return Ok(Err(Reply::NoService { link: self.link("") })),
                    Err(Error::Failed(failure)) => return Err(failure),
                }
            }
            What::Instead(booking) => {
                match slots_instead(self.app, self.tx, self.town, *booking, (from, days)).await {
                    Ok(found) => found,
                    Err(Error::Refused(_)) => return Ok(Err(self.cannot_move())),
                    Err(Error::Failed(failure)) => return Err(failure),
                }
            }
        };
        let plan = self.plan().await?;
        let sensitive = items.iter().any(|item| plan.is_sensitive(&item.service));
        Ok(Ok((found, sensitive)))
    }

    fn cannot_move(&self) -> Reply {
        Reply::CannotMove { telephone: self.town.settings.phone_help.clone() }
    }

    /// Keeps a slot and asks whether really.
    pub(super) async fn hold(&self, wish: Wish, slot: Slot) -> Result<Step, StoreError> {
        let (items, instead) = match &wish.what {
            What::Service(service) => (vec![ItemRequest { service: service.clone(), quantity: 1 }], None),
            What::Instead(booking) => {
                let own = self.rows.iter().find(|row| row.id == *booking);
                let Some(own) = own else { return Ok(Step::says(self.cannot_move())) };
                (self.items_of(*booking).await?, Some(local_of(self.town.zone, own.starts_at)))
            }
        };
        let held = hold_by_sms(self.app, self.tx, self.town, (&items, instead.is_some()), slot).await;
        let held = match held {
            Ok(held) => held,
            Err(Error::Refused(BySmsProblem::Slot(_))) => return self.find_slots(wish, None, true).await,
            Err(Error::Refused(_)) => return Ok(Step::says(Reply::NoService { link: self.link("") })),
            Err(Error::Failed(failure)) => return Err(failure),
        };
        let plan = self.plan().await?;
        let sensitive = items.iter().any(|item| plan.is_sensitive(&item.service));
        let place = plan.office(held.office).map(|office| called(office, sensitive)).unwrap_or_default();
        let line = SlotLine { starts: local_of(self.town.zone, slot.starts_at), place };
        let (after, reply) = ask_to_confirm(wish, slot, (held.id, held.until), line, instead);
        Ok(Step { after, given: Given::default(), reply: Some(reply) })
    }

    async fn items_of(&self, booking: BookingId) -> Result<Vec<ItemRequest>, StoreError> {
        let items = store::appointments::items_of(self.tx, &[booking]).await?;
        Ok(items
            .into_iter()
            .map(|item| ItemRequest { service: item.slug, quantity: item.quantity })
            .collect())
    }

    /// Books, or moves to, what is kept. The confirmation is the answer; the verb owes it.
    pub(super) async fn book(&self, wish: Wish, slot: Slot, hold: HoldId) -> Result<Step, StoreError> {
        let done = match &wish.what {
            What::Service(_) => {
                let whose = (&self.sms.from, self.language);
                book_by_sms(self.app, self.tx, self.town, hold, whose).await
            }
            What::Instead(booking) => move_by_sms(self.app, self.tx, self.town, *booking, hold).await,
        };
        let refused = match done {
            Ok(booking) => return Ok(Step::done(&booking)),
            Err(Error::Failed(failure)) => return Err(failure),
            Err(Error::Refused(refused)) => refused,
        };
        match refused {
            // It went back by itself a moment ago; perhaps it is still free.
            BySmsProblem::Booking(BookingRefused::HoldExpired) => self.hold(wish, slot).await,
            BySmsProblem::Slot(_) => self.find_slots(wish, None, true).await,
            BySmsProblem::Booking(BookingRefused::SameServiceTwice { starts_at, .. }) => {
                Ok(Step::says(Reply::SameService { starts: local_of(self.town.zone, starts_at) }))
            }
            BySmsProblem::Booking(BookingRefused::TooManyOpenBookings { at_most }) => {
                let telephone = self.town.settings.phone_help.clone();
                Ok(Step::says(Reply::TooManyOpen { open: u32::from(at_most), telephone }))
            }
            BySmsProblem::Booking(BookingRefused::Fields(_)) | BySmsProblem::Items(_) => {
                Ok(Step::says(Reply::NoService { link: self.link("") }))
            }
            BySmsProblem::NotMovable => Ok(Step::says(self.cannot_move())),
        }
    }

    /// Takes the freed slot that is offered to the number.
    pub(super) async fn accept_offer(&self) -> Result<Step, StoreError> {
        Ok(match accept_by_sms(self.app, self.tx, self.town, self.hash).await? {
            Some(booking) => Step::done(&booking),
            None => Step::says(Reply::OfferGone),
        })
    }
}

impl Step {
    /// Answers, with no question open.
    pub(super) fn says(reply: Reply) -> Self {
        Self { after: Conversation::default(), given: Given::default(), reply: Some(reply) }
    }

    /// It is done, and the verb owes the answer.
    fn done(booking: &Booking) -> Self {
        let given = Given { answered: true, changed: Some((booking.office, booking.id)), ..Given::default() };
        Self { after: Conversation::default(), given, reply: None }
    }
}

/// What stands on the first page; where nothing does, everything.
fn most_wanted<'a>(all: &[&'a Service]) -> Vec<&'a Service> {
    let popular: Vec<&Service> = all.iter().filter(|service| service.popular).copied().collect();
    if popular.is_empty() { all.to_vec() } else { popular }
}

fn places(found: &FreeSlots) -> Vec<OfficeId> {
    let mut offices: Vec<OfficeId> = found.places.iter().map(|place| place.office).collect();
    offices.dedup();
    offices
}

/// How an office is called in a message: by its street where its name would tell too much.
fn called(office: &OfficeWithZones, sensitive: bool) -> String {
    if sensitive { office.street.clone() } else { office.name.clone() }
}

fn searched(service: &Service) -> Searched<'_> {
    let names = std::iter::once(service.name.de.as_str()).chain(service.name.en.as_deref());
    Searched {
        sms_keyword: service.sms_keyword.as_deref(),
        names: names.collect(),
        keywords: service.detail.keywords.iter().map(String::as_str).collect(),
        popular: service.popular,
    }
}

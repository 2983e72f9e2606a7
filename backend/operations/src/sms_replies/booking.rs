//! The part of the dialogue that books and moves: looks up what the domain asks for, and asks on with it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::appointments::booking::BookingRefused;
use domain::catalog::search::{Found, Searched, search};
use domain::ids::{HoldId, OfficeId};
use domain::local_time::{local_day, local_of};
use domain::messaging::conversation::booking::{ask_office, ask_service, ask_slot, ask_to_confirm, few_of};
use domain::messaging::conversation::{Choice, Conversation, Slot, What, Wish};
use domain::messaging::heard::Heard;
use domain::messaging::notification::{Reply, SlotLine};
use store::StoreError;
use store::appointments::Booking;
use store::catalog::Service;
use store::setup::OfficeWithZones;

use super::{Given, Step, Talk};
use crate::appointments::{
    BySmsProblem, accept_by_sms, book_by_sms, decline_by_sms, hold_by_sms, items_of, movable_by_sms,
    move_by_sms,
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
        let (found, sure): (Vec<&Service>, bool) = match words {
            None => (most_wanted(&all), false),
            Some(words) => {
                let searched: Vec<Searched<'_>> = all.iter().map(|service| searched(service)).collect();
                let Found { places, sure } = search(words, &searched);
                (places.into_iter().map(|place| all[place]).collect(), sure)
            }
        };
        if let ([only], true) = (found.as_slice(), sure) {
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
            return Ok(Step::asks((open, Reply::NoService { link: self.link("") })));
        }
        Ok(Step::asks(ask_service(options, &self.link("datenschutz"), self.now)))
    }

    /// The number has as many appointments open as it may.
    fn has_enough(&self) -> Option<Reply> {
        let open = self.rows.iter().filter(|row| row.starts_at > self.now).count();
        let enough = open >= usize::from(self.town.settings.open_bookings_per_number);
        enough.then(|| self.too_many(open as u32))
    }

    fn too_many(&self, open: u32) -> Reply {
        Reply::TooManyOpen { open, telephone: self.town.settings.phone_help.clone() }
    }

    /// Asks where; where there is only one place, goes on to its slots, or back.
    pub(super) async fn find_offices(&self, service: &str, back: bool) -> Result<Step, StoreError> {
        let plan = self.plan().await?;
        let offices = plan.offices_of(service);
        match offices.as_slice() {
            [] => Ok(Step::says(Reply::NoService { link: self.link("") })),
            [_] if back => Box::pin(self.find_services(None, Conversation::default())).await,
            [only] => {
                let wish = Wish { what: What::Service(service.to_owned()), office: Some(only.id) };
                self.find_slots(wish, None, false).await
            }
            several => {
                let items = once(service);
                let choice = |office: &&OfficeWithZones| Choice {
                    of: office.id,
                    label: called(&plan, office.id, &items),
                };
                let options = several.iter().map(choice).collect();
                Ok(Step::asks(ask_office(service, options, self.now)))
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
                Ok(Step::asks(ask_slot(wish, slots, (place, gone), self.now)))
            }
        }
    }

    async fn look(&self, wish: &Wish, after: Option<DateTime<Utc>>) -> Result<Looked, StoreError> {
        let mut wish = wish.clone();
        let items = match &wish.what {
            What::Service(service) => once(service),
            What::Instead(booking) => match movable_by_sms(self.app, self.tx, self.town, *booking).await {
                Ok((items, office)) => {
                    wish.office = Some(office);
                    items
                }
                Err(Error::Refused(_)) => return Ok(Looked::Instead(self.cannot_move())),
                Err(Error::Failed(failure)) => return Err(failure),
            },
        };
        // The time one has already is no other time.
        let own = match &wish.what {
            What::Service(_) => None,
            What::Instead(booking) => {
                self.rows.iter().find(|row| row.id == *booking).map(|row| row.starts_at)
            }
        };
        let plan = self.plan().await?;
        let name = |office: OfficeId| called(&plan, office, &items);
        let from = Some(local_day(self.town.zone, after.unwrap_or(self.now)));
        let mut slots = Vec::new();
        for days in DAYS {
            let found = free_slots_of(self.app, self.tx, self.town, &items, wish.office, (from, days)).await;
            let found = match found {
                Ok(found) => found,
                Err(Error::Refused(_)) => return Ok(Looked::Instead(self.nothing_to_find(&wish))),
                Err(Error::Failed(failure)) => return Err(failure),
            };
            slots = self.few_of(&found, (after, own), name);
            if slots.len() > 1 {
                break;
            }
        }
        let place = wish.office.map(name);
        Ok(Looked::Found { slots, place, wish })
    }

    /// A few of the free slots after a moment and at another time than one's own, each with the name of its place.
    fn few_of(
        &self,
        found: &FreeSlots,
        (after, own): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        name: impl Fn(OfficeId) -> String,
    ) -> Vec<(Slot, SlotLine)> {
        let all = found.days.iter().flat_map(|day| &day.slots);
        let all = all.filter(|slot| Some(slot.span.starts_at()) != own);
        let later: Vec<_> =
            all.filter(|slot| after.is_none_or(|after| slot.span.starts_at() > after)).collect();
        let starts: Vec<DateTime<Utc>> = later.iter().map(|slot| slot.span.starts_at()).collect();
        let line = |at: usize| {
            let slot = Slot { pool: later[at].pool, starts_at: starts[at] };
            let starts = local_of(self.town.zone, starts[at]);
            (slot, SlotLine { starts, place: name(later[at].office) })
        };
        few_of(&starts).into_iter().map(line).collect()
    }

    /// What is wished for is offered no longer.
    fn nothing_to_find(&self, wish: &Wish) -> Reply {
        match &wish.what {
            What::Service(_) => Reply::NoService { link: self.link("") },
            What::Instead(_) => self.cannot_move(),
        }
    }

    fn cannot_move(&self) -> Reply {
        Reply::CannotMove { telephone: self.town.settings.phone_help.clone() }
    }

    /// Keeps a slot and asks whether really.
    pub(super) async fn hold(&self, wish: Wish, slot: Slot) -> Result<Step, StoreError> {
        let (items, instead) = match &wish.what {
            What::Service(service) => (once(service), None),
            What::Instead(booking) => {
                let own = self.rows.iter().find(|row| row.id == *booking);
                let Some(own) = own else { return Ok(Step::says(self.cannot_move())) };
                (items_of(self.tx, *booking).await?, Some(local_of(self.town.zone, own.starts_at)))
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
        let place = called(&plan, held.office, &items);
        let line = SlotLine { starts: local_of(self.town.zone, slot.starts_at), place };
        Ok(Step::asks(ask_to_confirm(wish, slot, (held.id, held.until), line, instead)))
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
                Ok(Step::says(self.too_many(u32::from(at_most))))
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

    /// Leaves the freed slot that is offered to the number to others.
    pub(super) async fn decline_offer(&self) -> Result<Reply, StoreError> {
        let declined = decline_by_sms(self.app, self.tx, self.town, self.hash).await?;
        Ok(if declined { Reply::OfferDeclined } else { Reply::OfferGone })
    }
}

impl Step {
    /// Answers, with this question open.
    fn asks((after, reply): (Conversation, Reply)) -> Self {
        Self { after, given: Given::default(), reply: Some(reply) }
    }

    /// Answers, with no question open.
    fn says(reply: Reply) -> Self {
        Self::asks((Conversation::default(), reply))
    }

    /// It is done, and the verb owes the answer.
    fn done(booking: &Booking) -> Self {
        let given =
            Given { heard: Heard::Answered, changed: Some((booking.office, booking.id)), ..Given::default() };
        Self { after: Conversation::default(), given, reply: None }
    }
}

/// What stands on the first page; where nothing does, everything.
fn most_wanted<'a>(all: &[&'a Service]) -> Vec<&'a Service> {
    let popular: Vec<&Service> = all.iter().filter(|service| service.popular).copied().collect();
    if popular.is_empty() { all.to_vec() } else { popular }
}

/// One person for one service.
fn once(service: &str) -> Vec<ItemRequest> {
    vec![ItemRequest { service: service.to_owned(), quantity: 1 }]
}

/// How an office is called in a message about these services: by its street where its name would tell too much.
fn called(plan: &Plan, office: OfficeId, items: &[ItemRequest]) -> String {
    let sensitive = items.iter().any(|item| plan.is_sensitive(&item.service));
    let name = |office: &OfficeWithZones| if sensitive { office.street.clone() } else { office.name.clone() };
    plan.office(office).map(name).unwrap_or_default()
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

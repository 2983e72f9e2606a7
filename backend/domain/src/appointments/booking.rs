//! Whether a slot may be held and a hold may become a booking: the decisions, from facts and `now`.
//!
//! What the rules say no to comes back as a named refusal; the last guard against two people in one place
//! is the stored count, not the check here.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::form::FieldRefused;
use super::status::{BookingState, HoldState};
use crate::contact::Contact;
use crate::ids::ServiceId;
use crate::schedule::slots::{self, BookingWindow};
use crate::schedule::timeline::Timeline;
use crate::schedule::{TICK_MINUTES, Tick, TickSpan};

/// How long a hold lasts, and how much one extension adds (WCAG 2.2.1).
pub const HOLD_LIFETIME: Duration = Duration::minutes(10);
/// How long a booking waits for the six digits.
pub const VERIFICATION_LIFETIME: Duration = Duration::minutes(30);
/// Services in one visit.
pub const SERVICES_PER_VISIT: usize = 8;
/// The longest visit that can be booked, in minutes.
pub const LONGEST_VISIT_MIN: u16 = 240;

/// How long a service takes at a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// Minutes for the first person or piece.
    pub duration_min: u16,
    /// Minutes for each further one; 0 means as long as the first.
    pub per_person_min: u16,
    /// Minutes kept free after the visit; of several services the longest counts once.
    pub buffer_min: u16,
}

/// One service of a wanted visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedItem {
    /// The service.
    pub service: ServiceId,
    /// For how many persons or pieces.
    pub quantity: u16,
    /// How many the service allows at once.
    pub max_quantity: u16,
    /// How long it takes at the wanted pool.
    pub terms: OfferTerms,
}

/// Why these services do not make a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ItemsRefused {
    /// No service was chosen.
    #[error("no service was chosen")]
    NothingChosen,
    /// Too many services for one visit.
    #[error("more than {at_most} services")]
    TooManyServices {
        /// The most that go into one visit.
        at_most: usize,
    },
    /// A service is listed twice; its quantity says how often.
    #[error("a service is listed twice")]
    ServiceTwice {
        /// The service.
        service: ServiceId,
    },
    /// None, or more than the service allows at once.
    #[error("the quantity is not between 1 and {at_most}")]
    QuantityOutOfRange {
        /// The service.
        service: ServiceId,
        /// The most it allows.
        at_most: u16,
    },
    /// The visit would take longer than can be booked.
    #[error("the visit takes longer than {at_most_min} minutes")]
    TooLong {
        /// The longest that can be booked.
        at_most_min: u16,
    },
}

/// How many ticks a visit takes: Σ of its services, further persons included, the buffer once, rounded up.
pub fn length_of(items: &[WantedItem]) -> Result<u16, ItemsRefused> {
    if items.is_empty() {
        return Err(ItemsRefused::NothingChosen);
    }
    if items.len() > SERVICES_PER_VISIT {
        return Err(ItemsRefused::TooManyServices { at_most: SERVICES_PER_VISIT });
    }
    let mut minutes = 0_u32;
    for (position, item) in items.iter().enumerate() {
        if items.iter().take(position).any(|before| before.service == item.service) {
            return Err(ItemsRefused::ServiceTwice { service: item.service });
        }
        if item.quantity == 0 || item.quantity > item.max_quantity {
            return Err(ItemsRefused::QuantityOutOfRange {
                service: item.service,
                at_most: item.max_quantity,
            });
        }
        minutes = minutes.saturating_add(item.terms.minutes_for(item.quantity));
    }
    let buffer = items.iter().map(|item| item.terms.buffer_min).max().unwrap_or(0);
    let minutes = minutes.saturating_add(u32::from(buffer)).max(1);
    if minutes > u32::from(LONGEST_VISIT_MIN) {
        return Err(ItemsRefused::TooLong { at_most_min: LONGEST_VISIT_MIN });
    }
    let ticks = minutes.div_ceil(u32::from(TICK_MINUTES));
    Ok(u16::try_from(ticks).expect("not longer than the longest visit"))
}

impl OfferTerms {
    fn minutes_for(self, quantity: u16) -> u32 {
        let further = if self.per_person_min > 0 { self.per_person_min } else { self.duration_min };
        u32::from(self.duration_min) + u32::from(further) * u32::from(quantity.saturating_sub(1))
    }
}

/// Why a slot is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HoldRefused {
    /// It does not begin on the five-minute grid.
    #[error("appointments begin every five minutes")]
    OffTheGrid,
    /// It begins too soon, or has begun.
    #[error("appointments can be booked from {earliest} on")]
    TooSoon {
        /// The earliest start that can be booked.
        earliest: DateTime<Utc>,
    },
    /// It lies further ahead than can be booked.
    #[error("appointments can be booked until {latest}")]
    BeyondHorizon {
        /// The last start that can be booked.
        latest: DateTime<Utc>,
    },
    /// Somebody was faster, or nobody is there at that time.
    #[error("the slot is taken")]
    SlotTaken,
    /// This network or device holds enough already.
    #[error("more than {at_most} slots held at once")]
    TooManyHolds {
        /// The most one origin may hold.
        at_most: u32,
    },
}

/// What a hold is decided from.
#[derive(Clone, Copy, Debug)]
pub struct HoldFacts<'a> {
    /// Capacity and use of the pool around the wanted time.
    pub timeline: &'a Timeline,
    /// When one may book.
    pub window: BookingWindow,
    /// Holds this origin has at the moment.
    pub live_holds_of_origin: u32,
    /// Holds one origin may have.
    pub holds_per_origin: u32,
}

/// A slot that may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewHold {
    /// The ticks to take.
    pub span: TickSpan,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Whether the slot that begins then may be held.
pub fn decide_hold(
    starts_at: DateTime<Utc>,
    length: u16,
    facts: HoldFacts<'_>,
    now: DateTime<Utc>,
) -> Result<NewHold, HoldRefused> {
    let span = decide_span(starts_at, length, facts.timeline, facts.window)?;
    if facts.live_holds_of_origin >= facts.holds_per_origin {
        return Err(HoldRefused::TooManyHolds { at_most: facts.holds_per_origin });
    }
    Ok(NewHold { span, expires_at: now + HOLD_LIFETIME })
}

/// The ticks of an appointment that begins then, if it may be taken: the check staff bookings share.
pub fn decide_span(
    starts_at: DateTime<Utc>,
    length: u16,
    timeline: &Timeline,
    window: BookingWindow,
) -> Result<TickSpan, HoldRefused> {
    let first = Tick::starting_at(starts_at).ok_or(HoldRefused::OffTheGrid)?;
    if starts_at < window.earliest {
        return Err(HoldRefused::TooSoon { earliest: window.earliest });
    }
    if starts_at > window.latest {
        return Err(HoldRefused::BeyondHorizon { latest: window.latest });
    }
    let span = TickSpan { first, count: length };
    if slots::is_free(timeline, span, window) { Ok(span) } else { Err(HoldRefused::SlotTaken) }
}

/// What decides about a hold that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTerms {
    /// Where it stands.
    pub state: HoldState,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
    /// Whether it was extended already.
    pub extended: bool,
}

/// Why a hold is not extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExtendRefused {
    /// Its time ran out.
    #[error("the hold has expired")]
    HoldExpired,
    /// It was extended before.
    #[error("a hold is extended once")]
    AlreadyExtended,
}

impl HoldTerms {
    /// Whether it still keeps its slot.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.state == HoldState::Held && now < self.expires_at
    }

    /// When it lapses after the one extension it may have.
    pub fn extend(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, ExtendRefused> {
        if !self.is_live(now) {
            return Err(ExtendRefused::HoldExpired);
        }
        if self.extended {
            return Err(ExtendRefused::AlreadyExtended);
        }
        Ok(self.expires_at + HOLD_LIFETIME)
    }
}

/// Who books, and so which checks apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booker {
    /// A citizen by web or app: the number is verified first.
    Citizen,
    /// A citizen by SMS: the number is known to be theirs.
    KnownNumber,
    /// A member of staff for a caller; is told when the number has the service booked already.
    StaffUnaware,
    /// A member of staff who knows; may book beside open bookings, which is logged.
    Staff,
}

/// A booking that a mobile number has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBooking {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Its services.
    pub services: Vec<ServiceId>,
}

/// What a booking is decided from.
#[derive(Clone, Copy, Debug)]
pub struct BookingFacts<'a> {
    /// Who books.
    pub booker: Booker,
    /// The hold it grows out of; staff need none.
    pub hold: Option<HoldTerms>,
    /// The services wanted.
    pub services: &'a [ServiceId],
    /// What the number has open already.
    pub open_bookings: &'a [OpenBooking],
    /// How many bookings a number may have open.
    pub open_bookings_per_number: u16,
}

/// Why a booking is not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BookingRefused {
    /// The hold has lapsed.
    #[error("the hold has expired")]
    HoldExpired,
    /// Particulars are missing or cannot be read.
    #[error("particulars are missing or wrong")]
    Fields(Vec<FieldRefused>),
    /// The number has enough bookings open.
    #[error("a number has at most {at_most} bookings open")]
    TooManyOpenBookings {
        /// The most it may have.
        at_most: u16,
    },
    /// The number has a booking for the same service.
    #[error("the number has this service booked already")]
    SameServiceTwice {
        /// The service.
        service: ServiceId,
        /// When that booking begins.
        starts_at: DateTime<Utc>,
    },
}

/// A booking that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBooking {
    /// The state it begins in.
    pub state: BookingState,
    /// Until when it waits for the six digits.
    pub unverified_until: Option<DateTime<Utc>>,
    /// How to reach the person.
    pub contact: Contact,
}

/// Whether the booking may be made, with the particulars that were read before.
pub fn decide(
    contact: Result<Contact, Vec<FieldRefused>>,
    facts: BookingFacts<'_>,
    now: DateTime<Utc>,
) -> Result<NewBooking, BookingRefused> {
    if facts.hold.is_some_and(|hold| !hold.is_live(now)) {
        return Err(BookingRefused::HoldExpired);
    }
    let contact = contact.map_err(BookingRefused::Fields)?;
    match facts.booker {
        Booker::Citizen => {
            check_open_bookings(facts.open_bookings, facts.services, facts.open_bookings_per_number)?;
            let until = now + VERIFICATION_LIFETIME;
            Ok(NewBooking { state: BookingState::Unverified, unverified_until: Some(until), contact })
        }
        Booker::KnownNumber => {
            check_open_bookings(facts.open_bookings, facts.services, facts.open_bookings_per_number)?;
            Ok(NewBooking { state: BookingState::Booked, unverified_until: None, contact })
        }
        Booker::StaffUnaware => {
            check_same_service(facts.open_bookings, facts.services)?;
            Ok(NewBooking { state: BookingState::Booked, unverified_until: None, contact })
        }
        Booker::Staff => Ok(NewBooking { state: BookingState::Booked, unverified_until: None, contact }),
    }
}

fn check_same_service(open_bookings: &[OpenBooking], services: &[ServiceId]) -> Result<(), BookingRefused> {
    let same = open_bookings.iter().find_map(|open| {
        let service = open.services.iter().copied().find(|service| services.contains(service))?;
        Some(BookingRefused::SameServiceTwice { service, starts_at: open.starts_at })
    });
    same.map_or(Ok(()), Err)
}

/// Whether a number that has these bookings open may have one more, for these services.
///
/// # Errors
/// When it has a booking for one of them, or enough bookings.
pub fn check_open_bookings(
    open_bookings: &[OpenBooking],
    services: &[ServiceId],
    at_most: u16,
) -> Result<(), BookingRefused> {
    check_same_service(open_bookings, services)?;
    if open_bookings.len() >= usize::from(at_most) {
        return Err(BookingRefused::TooManyOpenBookings { at_most });
    }
    Ok(())
}

/// How long after the start of the appointment its check-in code still works at a terminal.
pub const CHECK_IN_GRACE: Duration = Duration::minutes(30);

/// Why a booking is not cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a booking that is {state:?} cannot be cancelled")]
pub struct NotCancellable {
    /// The state it is in.
    pub state: BookingState,
}

/// Whether the citizen may still cancel: until the minute of the appointment.
pub fn may_cancel(state: BookingState, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    state.is_open() && now < starts_at
}

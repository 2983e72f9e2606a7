//! The waiting list (Warteliste): who is offered a freed slot before everybody sees it, and for how long.

use chrono::{DateTime, Duration, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::moving::Place;
use crate::ids::OfficeId;
use crate::local_time::{MINUTES_PER_DAY, local_of};
use crate::schedule::{Tick, TickSpan};

/// How long an offer is somebody's alone.
pub const OFFER_LIFETIME: Duration = Duration::minutes(15);
/// The most offers somebody gets.
pub const OFFERS_PER_PERSON: u16 = 3;
/// A slot is offered only when there is this much time left to come after the offer has ended.
pub const LEAST_NOTICE: Duration = Duration::minutes(60);
/// How many wishes one number may have on the list.
pub const WISHES_PER_NUMBER: usize = 2;
/// The most days a wish may cover.
pub const LONGEST_WISH_DAYS: i64 = 62;
/// How many days ahead a wish may begin: longer nobody's name and number are kept for a place that may become free.
pub const FARTHEST_WISH_DAYS: i64 = 365;

/// Where somebody on the waiting list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingState {
    /// The number is not proved yet.
    Unverified,
    /// Is offered what becomes free.
    Waiting,
    /// Took an offer.
    Served,
    /// Left the list.
    Withdrawn,
}

/// What can happen to somebody on the waiting list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingEvent {
    /// The six digits were right.
    Verify,
    /// An offer was taken.
    Serve,
    /// The person leaves.
    Withdraw,
}

impl WaitingState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Unverified, Self::Waiting, Self::Served, Self::Withdrawn];

    /// The table of the waiting list; `None` is not possible.
    pub fn after(self, event: WaitingEvent) -> Option<Self> {
        match (self, event) {
            (Self::Unverified, WaitingEvent::Verify) => Some(Self::Waiting),
            (Self::Waiting, WaitingEvent::Serve) => Some(Self::Served),
            (Self::Unverified | Self::Waiting, WaitingEvent::Withdraw) => Some(Self::Withdrawn),
            (Self::Unverified | Self::Waiting | Self::Served | Self::Withdrawn, _) => None,
        }
    }

    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Waiting => "waiting",
            Self::Served => "served",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Is theirs alone until it expires.
    Open,
    /// Was taken.
    Taken,
    /// Was declined.
    Declined,
    /// Nobody answered in time.
    Expired,
}

impl OfferState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Open, Self::Taken, Self::Declined, Self::Expired];

    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it may still be answered.
    pub fn may_answer(self, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), OfferRefused> {
        match self {
            Self::Open if now < expires_at => Ok(()),
            Self::Taken => Err(OfferRefused::Taken),
            Self::Open | Self::Declined | Self::Expired => Err(OfferRefused::Expired),
        }
    }
}

/// Why an offer cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OfferRefused {
    /// Its time is over, or it was declined.
    #[error("the offer has expired")]
    Expired,
    /// It was taken already.
    #[error("the offer was taken already")]
    Taken,
}

/// When and where somebody would like to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// One office, or any.
    pub office: Option<OfficeId>,
    /// The first local day.
    pub from_day: NaiveDate,
    /// The last local day.
    pub to_day: NaiveDate,
    /// The earliest start of a day, in local minutes.
    pub from_min: u16,
    /// The latest end of a day, in local minutes.
    pub to_min: u16,
}

/// Why somebody does not get onto the waiting list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WishRefused {
    /// The days are over, out of order, or too many.
    #[error("the days make no sense")]
    Days,
    /// The times of day are out of order.
    #[error("the times of day make no sense")]
    Times,
    /// The number has enough wishes.
    #[error("a number has at most {at_most} wishes")]
    TooMany {
        /// The most it may have.
        at_most: usize,
    },
}

impl Wish {
    /// Whether the wish can be kept.
    pub fn check(&self, today: NaiveDate, wishes_of_number: usize) -> Result<(), WishRefused> {
        let days = (self.to_day - self.from_day).num_days();
        let ahead = (self.from_day - today).num_days();
        if self.to_day < today || !(0..LONGEST_WISH_DAYS).contains(&days) || ahead > FARTHEST_WISH_DAYS {
            return Err(WishRefused::Days);
        }
        if self.from_min >= self.to_min || self.to_min > MINUTES_PER_DAY {
            return Err(WishRefused::Times);
        }
        if wishes_of_number >= WISHES_PER_NUMBER {
            return Err(WishRefused::TooMany { at_most: WISHES_PER_NUMBER });
        }
        Ok(())
    }

    /// The first ticks of a freed slot in which a visit of that length fits this wish.
    pub fn fits(&self, office: OfficeId, place: &Place, length: u16, zone: Tz) -> Option<TickSpan> {
        if self.office.is_some_and(|wanted| wanted != office) || length > place.span.count {
            return None;
        }
        (0..=place.span.count - length).find_map(|ahead| {
            let span = TickSpan { first: Tick(place.span.first.0 + i64::from(ahead)), count: length };
            let (starts, ends) = (local_of(zone, span.starts_at()), local_of(zone, span.ends_at()));
            let minute = |time: chrono::NaiveDateTime| time.hour() * 60 + time.minute();
            let fits = (self.from_day..=self.to_day).contains(&starts.date())
                && minute(starts) >= u32::from(self.from_min)
                && starts.date() == ends.date()
                && minute(ends) <= u32::from(self.to_min);
            fits.then_some(span)
        })
    }
}

/// What decides whether somebody is offered a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingTerms {
    /// Where they stand.
    pub state: WaitingState,
    /// Offers so far.
    pub offers: u16,
    /// The local day of the last one.
    pub offered_on: Option<NaiveDate>,
}

impl WaitingTerms {
    /// Whether they may be offered something today: three offers in all, one a day.
    pub fn may_be_offered(&self, today: NaiveDate) -> bool {
        self.state == WaitingState::Waiting
            && self.offers < OFFERS_PER_PERSON
            && self.offered_on != Some(today)
    }
}

/// Whether there is time enough to offer a slot to somebody alone.
pub fn worth_offering(place: &Place, now: DateTime<Utc>) -> bool {
    place.span.starts_at() >= now + OFFER_LIFETIME + LEAST_NOTICE
}

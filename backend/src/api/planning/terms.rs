//! The rules of booking as they travel.

use domain::town::BookingTerms;
use operations::planning::TermsOfTown;
use poem_openapi::Object;

/// The rules of booking of a town.
#[derive(Clone, Debug, Object)]
pub struct TermsBody {
    /// How many days ahead the public books: 1 to 365.
    pub horizon_days: u16,
    /// How many minutes before its start a slot can still be booked: 0 to 10080.
    pub lead_minutes: u16,
    /// How many open bookings one number may have: 1 to 20.
    pub open_bookings_per_number: u16,
    /// How many slots one network may hold at the same time: 1 to 1000.
    pub holds_per_network: u16,
    /// How many slots one device may hold at the same time: 1 to 100.
    pub holds_per_device: u16,
    /// How many zero bits the proof of work before a hold must show: 0 asks for none, 22 is the most.
    pub hold_difficulty: u8,
    /// How long a visitor without appointment shall wait at most, in minutes: 5 to 240.
    pub target_wait_minutes: u16,
    /// The revision that was read.
    pub rev: u64,
}

impl TermsBody {
    pub(super) fn read(&self) -> BookingTerms {
        BookingTerms {
            horizon_days: self.horizon_days,
            lead_minutes: self.lead_minutes,
            open_bookings_per_number: self.open_bookings_per_number,
            holds_per_network: self.holds_per_network,
            holds_per_device: self.holds_per_device,
            hold_difficulty: self.hold_difficulty,
            target_wait_minutes: self.target_wait_minutes,
        }
    }
}

impl From<TermsOfTown> for TermsBody {
    fn from(TermsOfTown { terms, rev }: TermsOfTown) -> Self {
        Self {
            horizon_days: terms.horizon_days,
            lead_minutes: terms.lead_minutes,
            open_bookings_per_number: terms.open_bookings_per_number,
            holds_per_network: terms.holds_per_network,
            holds_per_device: terms.holds_per_device,
            hold_difficulty: terms.hold_difficulty,
            target_wait_minutes: terms.target_wait_minutes,
            rev,
        }
    }
}

//! A town (Kommune), the tenant: found by the host name of the request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::ids::TownId;
use crate::schedule::holidays::LocalHoliday;

/// A town and what distinguishes it from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Town {
    /// Its id.
    pub id: TownId,
    /// Its name in addresses: `musterstadt`.
    pub slug: String,
    /// Its name: `Stadt Musterstadt`.
    pub name: String,
    /// The host name under which it is reached; `None` answers for every host.
    pub host: Option<String>,
    /// The zone its clocks show.
    pub zone: Tz,
    /// The Land, whose holidays apply: `NW`.
    pub land: String,
    /// What the town chose.
    pub settings: TownSettings,
    /// Since when codes are guarded more closely, because many were asked for and few were typed in.
    pub guarded_since: Option<DateTime<Utc>>,
}

/// What a town chose for itself; kept as JSON, each value with a sensible default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TownSettings {
    /// The telephone number for help, as people dial it.
    pub phone_help: String,
    /// The number SMS come from and can be answered to, in E.164 form.
    pub sms_number: Option<String>,
    /// A short host of its own for the links in SMS: `t.musterstadt.example`; `None` is the town's host.
    pub link_host: Option<String>,
    /// Action colour of the light theme, as CSS hex.
    pub color: String,
    /// Action colour of the dark theme, as CSS hex.
    pub color_dark: String,
    /// ISO 3166 codes of the countries whose mobile numbers are accepted.
    pub phone_countries: Vec<String>,
    /// Local holidays the town keeps beside those of its Land.
    pub local_holidays: BTreeSet<LocalHoliday>,
    /// How many days ahead can be booked.
    pub horizon_days: u16,
    /// How many minutes before its start a slot can still be booked.
    pub lead_minutes: u16,
    /// How many slots one network may hold at the same time.
    pub holds_per_network: u16,
    /// How many slots one device may hold at the same time.
    pub holds_per_device: u16,
    /// How many zero bits the proof of work before a hold must show; 0 asks for none. About 17 is half a second on a phone.
    pub hold_difficulty: u8,
    /// How many open bookings one number may have.
    pub open_bookings_per_number: u16,
    /// How long a visitor without appointment shall wait at most, the target of the call order.
    pub target_wait_minutes: u16,
    /// Whether "I am here" on a phone asks for the code shown in the foyer.
    pub foyer_code: bool,
    /// What one segment of an SMS costs, in thousandths of a cent; for forecasts, the provider's bill is what counts.
    pub segment_millicents: u32,
    /// How many SMS parts a day may cost; a fifth more is kept for codes, confirmations and calls.
    pub sms_segments_per_day: u32,
    /// How many SMS one number gets in an hour, without calls and answers.
    pub sms_per_number_hour: u16,
    /// How many SMS one number gets in a day, without calls and answers.
    pub sms_per_number_day: u16,
    /// How many codes one network may ask for in an hour that nobody has typed in.
    pub codes_per_network: u16,
    /// The same for a whole block of networks: /24 of IPv4, /48 of IPv6.
    pub codes_per_wide_network: u16,
    /// The same for a block of ten thousand numbers.
    pub codes_per_number_block: u16,
    /// The same for one office.
    pub codes_per_office: u16,
}

impl Default for TownSettings {
    fn default() -> Self {
        Self {
            phone_help: "115".to_owned(),
            sms_number: None,
            link_host: None,
            color: "#1f48b0".to_owned(),
            color_dark: "#a3b8ea".to_owned(),
            phone_countries: vec!["DE".to_owned()],
            local_holidays: BTreeSet::new(),
            horizon_days: 60,
            lead_minutes: 30,
            holds_per_network: 20,
            holds_per_device: 3,
            hold_difficulty: 15,
            open_bookings_per_number: 2,
            target_wait_minutes: 30,
            foyer_code: true,
            segment_millicents: 7500,
            sms_segments_per_day: 5000,
            sms_per_number_hour: 3,
            sms_per_number_day: 6,
            // Behind one address there may be a library; who types the code in is not counted.
            codes_per_network: 5,
            codes_per_wide_network: 15,
            codes_per_number_block: 10,
            codes_per_office: 60,
        }
    }
}

impl TownSettings {
    /// The names of all settings, as files have them.
    #[must_use]
    pub fn names() -> Vec<String> {
        let all = serde_json::to_value(Self::default()).unwrap_or_default();
        all.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    }

    /// With the rules of booking and local holidays of others, as far as they are named; how the town is reached stays.
    #[must_use]
    pub fn with_planning(mut self, others: &Self, named: &[String]) -> Self {
        let names = |name: &str| named.iter().any(|one| one == name);
        let terms = |settings: &Self| serde_json::to_value(BookingTerms::of(settings)).unwrap_or_default();
        let (mut mine, theirs) = (terms(&self), terms(others));
        for (name, value) in theirs.as_object().into_iter().flatten().filter(|(name, _)| names(name)) {
            mine[name.as_str()] = value.clone();
        }
        if let Ok(terms) = serde_json::from_value::<BookingTerms>(mine) {
            terms.apply(&mut self);
        }
        if names("local_holidays") {
            self.local_holidays.clone_from(&others.local_holidays);
        }
        self
    }
}

/// The rules of booking that a town may change at any time (Buchungsregeln).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingTerms {
    /// How many days ahead the public books.
    pub horizon_days: u16,
    /// How many minutes before its start a slot can still be booked.
    pub lead_minutes: u16,
    /// How many open bookings one number may have.
    pub open_bookings_per_number: u16,
    /// How many slots one network may hold at the same time.
    pub holds_per_network: u16,
    /// How many slots one device may hold at the same time.
    pub holds_per_device: u16,
    /// How many zero bits the proof of work before a hold must show; 0 asks for none.
    pub hold_difficulty: u8,
    /// How long a visitor without appointment shall wait at most, in minutes.
    pub target_wait_minutes: u16,
}

/// A term that is outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {least} to {most}")]
pub struct TermRefused {
    /// Which one.
    pub field: &'static str,
    /// The least it may be.
    pub least: u16,
    /// The most it may be.
    pub most: u16,
}

impl BookingTerms {
    /// The terms in force.
    pub fn of(settings: &TownSettings) -> Self {
        Self {
            horizon_days: settings.horizon_days,
            lead_minutes: settings.lead_minutes,
            open_bookings_per_number: settings.open_bookings_per_number,
            holds_per_network: settings.holds_per_network,
            holds_per_device: settings.holds_per_device,
            hold_difficulty: settings.hold_difficulty,
            target_wait_minutes: settings.target_wait_minutes,
        }
    }

    /// Puts them in force.
    pub fn apply(&self, settings: &mut TownSettings) {
        settings.horizon_days = self.horizon_days;
        settings.lead_minutes = self.lead_minutes;
        settings.open_bookings_per_number = self.open_bookings_per_number;
        settings.holds_per_network = self.holds_per_network;
        settings.holds_per_device = self.holds_per_device;
        settings.hold_difficulty = self.hold_difficulty;
        settings.target_wait_minutes = self.target_wait_minutes;
    }

    /// Refuses terms that would lock everybody out, or let anybody take everything.
    ///
    /// # Errors
    /// With the first term that is outside its range.
    pub fn check(&self) -> Result<(), TermRefused> {
        let ranges = [
            ("horizon_days", self.horizon_days, 1, 365),
            // A week.
            ("lead_minutes", self.lead_minutes, 0, 10_080),
            ("open_bookings_per_number", self.open_bookings_per_number, 1, 20),
            // Behind one address there may be a whole mobile network.
            ("holds_per_network", self.holds_per_network, 1, 60_000),
            ("holds_per_device", self.holds_per_device, 1, 100),
            // More than 22 bits is a quarter of a minute on a phone.
            ("hold_difficulty", u16::from(self.hold_difficulty), 0, 22),
            ("target_wait_minutes", self.target_wait_minutes, 5, 240),
        ];
        match ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((field, _, least, most)) => Err(TermRefused { field, least, most }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_allowed_and_each_term_has_its_range() {
        let usual = BookingTerms::of(&TownSettings::default());
        assert_eq!(usual.check(), Ok(()));
        let field = |change: fn(&mut BookingTerms)| {
            let mut terms = usual.clone();
            change(&mut terms);
            terms.check().map_err(|refused| refused.field)
        };
        assert_eq!(field(|terms| terms.horizon_days = 0), Err("horizon_days"));
        assert_eq!(field(|terms| terms.horizon_days = 366), Err("horizon_days"));
        assert_eq!(field(|terms| terms.lead_minutes = 0), Ok(()));
        assert_eq!(field(|terms| terms.lead_minutes = 10_081), Err("lead_minutes"));
        assert_eq!(field(|terms| terms.open_bookings_per_number = 0), Err("open_bookings_per_number"));
        assert_eq!(field(|terms| terms.holds_per_network = 0), Err("holds_per_network"));
        assert_eq!(field(|terms| terms.holds_per_device = 101), Err("holds_per_device"));
        assert_eq!(field(|terms| terms.hold_difficulty = 23), Err("hold_difficulty"));
        assert_eq!(field(|terms| terms.target_wait_minutes = 4), Err("target_wait_minutes"));
    }

    #[test]
    fn only_what_is_named_is_taken_over() {
        let mine = TownSettings { lead_minutes: 5, horizon_days: 90, ..TownSettings::default() };
        let theirs =
            TownSettings { horizon_days: 30, color: "#000000".to_owned(), ..TownSettings::default() };
        let both = mine.clone().with_planning(&theirs, &["horizon_days".to_owned(), "color".to_owned()]);
        assert_eq!(both, TownSettings { horizon_days: 30, ..mine });
    }

    #[test]
    fn terms_change_nothing_else() {
        let mut settings = TownSettings { phone_help: "0171 3920000".to_owned(), ..TownSettings::default() };
        let terms = BookingTerms { horizon_days: 90, hold_difficulty: 12, ..BookingTerms::of(&settings) };
        terms.apply(&mut settings);
        assert_eq!(BookingTerms::of(&settings), terms);
        assert_eq!(settings.phone_help, "0171 3920000");
    }
}

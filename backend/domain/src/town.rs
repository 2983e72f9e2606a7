//! A town (Kommune), the tenant: found by the host name of the request.

use std::collections::BTreeSet;

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
            hold_difficulty: 0,
            open_bookings_per_number: 2,
            target_wait_minutes: 30,
        }
    }
}

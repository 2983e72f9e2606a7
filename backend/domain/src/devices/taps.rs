//! Taps a terminal kept while its line was down: what it signs of them, and which arrival time is believed.

use chrono::{DateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::ids::DeviceId;
use crate::local_time::local_day;

/// A tap that comes in within this time was not kept at all; nobody looks at its signature.
pub const JUST_NOW: TimeDelta = TimeDelta::seconds(30);

/// A check-in that was kept.
#[derive(Clone, Copy, Debug)]
pub struct KeptTap<'a> {
    /// The device that kept it.
    pub device: DeviceId,
    /// Names the tap for good.
    pub tap_key: &'a str,
    /// What was typed or scanned.
    pub code: &'a str,
    /// When the person stood there, by the device's clock.
    pub tapped_at: DateTime<Utc>,
}

impl KeptTap<'_> {
    /// The text a device signs, one thing on a line; `mobile/src/terminal/signing.ts` writes the same.
    #[must_use]
    pub fn signed_text(&self) -> String {
        let tapped_at = self.tapped_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        format!("lotse-tap-1\n{}\n{}\n{}\n{tapped_at}", self.device, self.tap_key, self.code)
    }
}

/// When somebody arrived whose tap was signed: as the device says, but not in the future, and not before today, because
/// nobody waits over night.
#[must_use]
pub fn believed(tapped_at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let midnight = local_day(zone, now).and_hms_opt(0, 0, 0).unwrap_or_default();
    let morning = zone.from_local_datetime(&midnight).earliest().map_or(now, |morning| morning.to_utc());
    tapped_at.max(morning).min(now)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;
    use uuid::Uuid;

    use super::*;

    fn local(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Berlin.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap().to_utc()
    }

    #[test]
    fn the_signed_text_names_device_tap_code_and_time() {
        let tap = KeptTap {
            device: DeviceId::from(Uuid::from_u128(7)),
            tap_key: "tap-00000001",
            code: "48291376",
            tapped_at: local(23, 10, 20) + TimeDelta::milliseconds(5),
        };
        assert_eq!(
            tap.signed_text(),
            "lotse-tap-1\n00000000-0000-0000-0000-000000000007\ntap-00000001\n48291376\n2026-11-23T09:20:00.005Z"
        );
    }

    #[test]
    fn an_arrival_is_believed_from_this_morning_until_now() {
        let now = local(23, 10, 20);
        assert_eq!(believed(local(23, 9, 0), now, Berlin), local(23, 9, 0));
        assert_eq!(believed(local(23, 11, 0), now, Berlin), now);
        assert_eq!(believed(local(22, 15, 0), now, Berlin), local(23, 0, 0));
    }
}

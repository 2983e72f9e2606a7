//! Self-service at a terminal (Selbstbedienung): the town's online services for a limited time.

use serde::{Deserialize, Serialize};

use crate::town::TermRefused;

/// How an online service is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// Not at the terminal: a code leads there on one's own phone.
    OnPhone,
    /// In a frame of the terminal's page that keeps nothing.
    InFrame,
}

impl Opens {
    /// The word sent over the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnPhone => "on_phone",
            Self::InFrame => "in_frame",
        }
    }
}

/// What a terminal offers beside arriving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfService {
    /// How many minutes one person has.
    pub minutes: u16,
    /// How services are opened.
    pub opens: Opens,
}

impl SelfService {
    /// Refuses sessions too short for a form, or so long that nobody else can arrive.
    ///
    /// # Errors
    /// When the time is outside its range.
    pub fn check(&self) -> Result<(), TermRefused> {
        let (least, most) = (3, 60);
        if (least..=most).contains(&self.minutes) {
            Ok(())
        } else {
            Err(TermRefused { field: "minutes", least, most })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_three_minutes_to_an_hour() {
        let of = |minutes| SelfService { minutes, opens: Opens::InFrame }.check().is_ok();
        assert_eq!([2, 3, 60, 61].map(of), [false, true, true, false]);
    }
}

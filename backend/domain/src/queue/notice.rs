//! What an office writes on its displays (Aushang): a short text in German and English, for some days.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::language::Text;

/// The most characters a notice has in each language: a line of the display.
pub const LONGEST_NOTICE: usize = 160;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it says.
    pub text: Text,
    /// The first day it stands.
    pub from_day: NaiveDate,
    /// The last day.
    pub until_day: NaiveDate,
}

/// Why a notice is not put up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// It says nothing, or too much for a display.
    #[error("a notice has 1 to {LONGEST_NOTICE} characters")]
    Length,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    EndsBeforeItBegins,
    /// Its last day is over.
    #[error("it is over already")]
    Over,
}

impl Notice {
    /// The notice as it is put up: without space around its words, on one line, English only where there is some.
    ///
    /// # Errors
    /// When it is empty, too long, or nobody would ever see it.
    pub fn put_up(&self, today: NaiveDate) -> Result<Self, NoticeRefused> {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let de = one_line(&self.text.de);
        let en = self.text.en.as_deref().map(one_line).filter(|en| !en.is_empty());
        let length = |text: &String| text.chars().count();
        if de.is_empty()
            || length(&de) > LONGEST_NOTICE
            || en.as_ref().is_some_and(|en| length(en) > LONGEST_NOTICE)
        {
            return Err(NoticeRefused::Length);
        }
        if self.until_day < self.from_day {
            return Err(NoticeRefused::EndsBeforeItBegins);
        }
        if self.until_day < today {
            return Err(NoticeRefused::Over);
        }
        Ok(Self { text: Text { de, en }, ..self.clone() })
    }

    /// Whether it stands on a day.
    #[must_use]
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        (self.from_day..=self.until_day).contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(of_month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, of_month).expect("a day")
    }

    fn notice(de: &str, en: Option<&str>) -> Notice {
        let text = Text { de: de.to_owned(), en: en.map(str::to_owned) };
        Notice { text, from_day: day(23), until_day: day(25) }
    }

    #[test]
    fn it_stands_from_its_first_to_its_last_day() {
        let put_up =
            notice("  Heute ab 12 Uhr\ngeschlossen ", Some(" ")).put_up(day(24)).expect("it is put up");
        assert_eq!(put_up.text, Text { de: "Heute ab 12 Uhr geschlossen".to_owned(), en: None });
        let stands: Vec<bool> = (22..=26).map(|it| put_up.stands_on(day(it))).collect();
        assert_eq!(stands, [false, true, true, true, false]);
    }

    #[test]
    fn what_nobody_could_read_is_not_put_up() {
        let length = Err(NoticeRefused::Length);
        assert_eq!(notice(" ", Some("Closed")).put_up(day(23)), length);
        assert_eq!(notice(&"ä".repeat(161), None).put_up(day(23)), length);
        assert_eq!(notice("Zu", Some(&"e".repeat(161))).put_up(day(23)), length);
        assert!(notice(&"ä".repeat(160), None).put_up(day(23)).is_ok());
        assert_eq!(notice("Zu", None).put_up(day(26)), Err(NoticeRefused::Over));
        let backwards = Notice { from_day: day(26), ..notice("Zu", None) };
        assert_eq!(backwards.put_up(day(23)), Err(NoticeRefused::EndsBeforeItBegins));
    }
}

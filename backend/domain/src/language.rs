//! The languages in which Lotse writes to people, and texts that exist in several of them.

use serde::{Deserialize, Serialize};

/// A language of outgoing texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// German, the first language of the house.
    #[default]
    De,
    /// English.
    En,
}

impl Language {
    /// All languages, German first.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag ("en-GB" is English), if we write it.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()? {
            "de" => Some(Self::De),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// A text in German and, where somebody translated it, in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// German, always there.
    pub de: String,
    /// English; a reader falls back to German.
    #[serde(default)]
    pub en: Option<String>,
}

impl Text {
    /// A text in both languages.
    pub fn new(de: impl Into<String>, en: impl Into<String>) -> Self {
        Self { de: de.into(), en: Some(en.into()) }
    }

    /// A text that exists in German only.
    pub fn german(de: impl Into<String>) -> Self {
        Self { de: de.into(), en: None }
    }

    /// The text in this language, or in German.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::De => &self.de,
            Language::En => self.en.as_deref().unwrap_or(&self.de),
        }
    }
}

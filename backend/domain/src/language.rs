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

    /// The language of a BCP 47 tag ("en-GB" is English), if we write it. Capitals do not matter.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// The language in which we write to somebody who wishes this one, the rule wherever a person's language comes in: a
    /// language we do not write in, or none, gets German; what is no tag at all is a mistake of the program that asks.
    pub fn wished(tag: &str) -> Result<Self, NoLanguageTag> {
        match Self::parse(tag) {
            Some(language) => Ok(language),
            None if tag.is_empty() || is_tag(tag) => Ok(Self::default()),
            None => Err(NoLanguageTag),
        }
    }
}

/// What was given as a language is no tag of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no tag of a language")]
pub struct NoLanguageTag;

/// Whether this has the shape of a BCP 47 tag (RFC 5646, 2.1): a language of two to eight letters, then parts of up to eight
/// letters and digits. Whether they mean something is not asked. An underscore is taken for a hyphen.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric())
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wishes_a_language_we_do_not_write_in_gets_german() {
        for (tag, language) in [
            ("de", Language::De),
            ("EN", Language::En),
            ("en-GB", Language::En),
            ("en_US", Language::En),
            ("", Language::De),
            ("uk", Language::De),
            ("zh-Hant-TW", Language::De),
        ] {
            assert_eq!(Language::wished(tag), Ok(language), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for wrong in ["x", "1", "klingonisch", "de de", "fr-", "-fr", "fr--FR", "<b>", "фр", "fr-überlang"]
        {
            assert_eq!(Language::wished(wrong), Err(NoLanguageTag), "{wrong}");
        }
    }
}

//! The texts of a town as they travel.

use chrono::{DateTime, Utc};
use domain::language::{Language, Text};
use domain::messaging::Kind;
use domain::messaging::sms_encoding::Encoding;
use domain::messaging::template::TemplateFault;
use operations::Error;
use operations::messaging::texts::{FormerText, Preview, TextProblem, TownText};
use poem_openapi::Object;
use uuid::Uuid;

use crate::problem::Text as Words;

/// A text the town may word itself.
#[derive(Clone, Debug, Object)]
#[oai(rename = "TownText", skip_serializing_if_is_none = false)]
pub struct TextShown {
    /// The kind of message.
    pub kind: String,
    /// The language.
    pub language: String,
    /// The town's own wording; absent while it is ours.
    pub own: Option<String>,
    /// Our wording, to begin with.
    pub start: String,
    /// The version that was read.
    pub version: i32,
    /// Placeholders it must have.
    pub required: Vec<String>,
    /// Placeholders it may have.
    pub optional: Vec<String>,
    /// Whether it must say how to cancel.
    pub cancel_hint: bool,
    /// What people get, with example values.
    pub example: String,
}

/// All texts.
#[derive(Clone, Debug, Object)]
pub struct TownTexts {
    /// By kind and language.
    pub texts: Vec<TextShown>,
}

/// Another wording.
#[derive(Clone, Debug, Object)]
pub struct NewText {
    /// The wording; without one it is ours again.
    #[oai(validator(max_length = 2000))]
    pub template: Option<String>,
    /// The version that was edited.
    pub version: i32,
}

/// A wording to look at.
#[derive(Clone, Debug, Object)]
pub struct TextDraft {
    /// The wording.
    #[oai(validator(max_length = 2000))]
    pub template: String,
}

/// What is wrong in a wording.
#[derive(Clone, Debug, Object)]
pub struct TextFault {
    /// The character it begins at, from 0.
    pub at: u32,
    /// A stable word.
    pub code: String,
    /// In words.
    pub detail: Words,
}

/// What a wording looks like.
#[derive(Clone, Debug, Object)]
pub struct TextPreview {
    /// With example values.
    pub text: String,
    /// Its characters as they are counted on the air.
    pub units: u32,
    /// SMS parts.
    pub segments: u32,
    /// Whether a character triples the price.
    pub dear: bool,
    /// What is wrong with it.
    pub faults: Vec<TextFault>,
}

/// A former version.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct TextVersion {
    /// Its number.
    pub version: i32,
    /// The wording; absent where it was ours again.
    pub template: Option<String>,
    /// Who made it.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// The versions of a text, newest first.
#[derive(Clone, Debug, Object)]
pub struct TextHistory {
    /// At most fifty.
    pub versions: Vec<TextVersion>,
}

/// Which text is meant.
pub(super) fn which(kind: &str, language: &str) -> Result<(Kind, Language), Error<TextProblem>> {
    let which = Kind::parse(kind).zip(Language::parse(language));
    which.ok_or(Error::Refused(TextProblem::NotEditable))
}

impl From<TownText> for TextShown {
    fn from(text: TownText) -> Self {
        let words = |placeholders: &[domain::messaging::template::Placeholder]| {
            placeholders.iter().map(|one| one.as_str().to_owned()).collect()
        };
        Self {
            kind: text.kind.as_str().to_owned(),
            language: text.language.tag().to_owned(),
            own: text.own,
            start: text.start.to_owned(),
            version: text.version,
            required: words(text.rules.required),
            optional: words(text.rules.optional),
            cancel_hint: text.rules.cancel_hint,
            example: text.example,
        }
    }
}

impl From<TemplateFault> for TextFault {
    fn from(fault: TemplateFault) -> Self {
        let text: Text = fault.problem.text();
        Self {
            at: u32::try_from(fault.at).unwrap_or(u32::MAX),
            code: fault.problem.code().to_owned(),
            detail: text.into(),
        }
    }
}

impl From<Preview> for TextPreview {
    fn from(preview: Preview) -> Self {
        Self {
            text: preview.text,
            units: u32::try_from(preview.size.units).unwrap_or(u32::MAX),
            segments: preview.size.segments,
            dear: preview.size.encoding == Encoding::Ucs2,
            faults: preview.faults.into_iter().map(TextFault::from).collect(),
        }
    }
}

impl From<Vec<FormerText>> for TextHistory {
    fn from(versions: Vec<FormerText>) -> Self {
        let shown = |one: FormerText| TextVersion {
            version: one.version,
            template: one.template,
            by: one.by.0,
            at: one.at,
        };
        Self { versions: versions.into_iter().map(shown).collect() }
    }
}

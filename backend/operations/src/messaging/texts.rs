//! A town's own wordings of SMS: who administers changes them, each change is checked and kept, and a message is sent in the
//! wording it was made with.

use chrono::{DateTime, Utc};
use domain::actor::StaffMember;
use domain::ids::{MessageId, StaffId};
use domain::language::Language;
use domain::messaging::sms_encoding::{Size, measure};
use domain::messaging::template::{self, Length, Rules, Template, TemplateFault};
use domain::messaging::{Kind, Notification, text};
use domain::town::Town;
use store::messaging::texts::{self as rows, Wording};
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

use crate::app::App;
use crate::error::{Error, Outcome};

/// How many former versions are shown.
const HISTORY: u64 = 50;

/// Why a wording is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// This role does not write for the town.
    #[error("this role does not write for the town")]
    NotAllowed,
    /// No wording of its own is possible for this kind.
    #[error("this kind has no wording of its own")]
    NotEditable,
    /// Something is wrong in it.
    #[error("the wording has {} faults", .0.len())]
    Faults(Vec<TemplateFault>),
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed it meanwhile")]
    ChangedMeanwhile,
}

/// A text a town may word itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TownText {
    /// Of which kind of message.
    pub kind: Kind,
    /// In which language.
    pub language: Language,
    /// The town's own wording; `None` is ours.
    pub own: Option<String>,
    /// Our wording as a template, to begin with.
    pub start: &'static str,
    /// How often it was changed.
    pub version: i32,
    /// What it may and must say.
    pub rules: Rules,
    /// What people get, with example values.
    pub example: String,
}

/// A former version of a wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerText {
    /// Its number.
    pub version: i32,
    /// The wording; `None` is ours.
    pub template: Option<String>,
    /// Who made it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a wording would look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The text with example values.
    pub text: String,
    /// Its size on the air.
    pub size: Size,
    /// What is wrong with it.
    pub faults: Vec<TemplateFault>,
}

/// Every text of a town, by kind and language.
///
/// # Errors
/// When the role does not write for the town or the database fails.
pub async fn all(app: &App, town: &Town, by: &StaffMember) -> Outcome<Vec<TownText>, TextProblem> {
    may_write(by)?;
    let own = rows::all_current(&app.db, town.id).await?;
    let mut all = Vec::new();
    for kind in Kind::ALL {
        for language in Language::ALL {
            let current = own.iter().find(|one| (one.kind, one.language) == (kind, language));
            all.extend(shown(app, town, kind, language, current));
        }
    }
    Ok(all)
}

fn shown(
    app: &App,
    town: &Town,
    kind: Kind,
    language: Language,
    current: Option<&Wording>,
) -> Option<TownText> {
    let (rules, start) = (template::rules(kind)?, template::start(kind, language)?);
    let own = current.and_then(|current| current.template.clone());
    let sample = template::sample(kind, &example_link(app, town), Length::Usual);
    Some(TownText {
        kind,
        language,
        start,
        version: current.map_or(0, |current| current.version),
        rules,
        example: worded(own.as_deref(), &sample, language),
        own,
    })
}

/// The former versions of a text, newest first.
///
/// # Errors
/// When the role does not write for the town or the database fails.
pub async fn history(
    app: &App,
    town: &Town,
    by: &StaffMember,
    (kind, language): (Kind, Language),
) -> Outcome<Vec<FormerText>, TextProblem> {
    may_write(by)?;
    let versions = rows::versions(&app.db, town.id, kind, language, HISTORY).await?;
    let former = |one: Wording| FormerText {
        version: one.version,
        template: one.template,
        by: one.made_by,
        at: one.made_at,
    };
    Ok(versions.into_iter().map(former).collect())
}

/// What a wording would look like, and what is wrong with it; nothing is kept.
///
/// # Errors
/// When the role does not write for the town or the kind has no wording of its own.
pub fn preview(
    app: &App,
    town: &Town,
    by: &StaffMember,
    (kind, language): (Kind, Language),
    typed: &str,
) -> Outcome<Preview, TextProblem> {
    may_write(by)?;
    if template::rules(kind).is_none() {
        return Err(Error::Refused(TextProblem::NotEditable));
    }
    let link = example_link(app, town);
    let faults = Template::check(typed, kind, language, &link).err().unwrap_or_default();
    let text = Template::kept(typed).example(&template::sample(kind, &link, Length::Usual), language);
    Ok(Preview { size: measure(&text), text, faults })
}

/// Gives a town its own wording from now on, or ours again with `None`. `seen` is the version that was edited.
///
/// # Errors
/// When the role does not write for the town, something is wrong in the wording, somebody else changed it meanwhile, or
/// the database fails.
pub async fn set(
    app: &App,
    town: &Town,
    by: &StaffMember,
    (kind, language): (Kind, Language),
    typed: Option<&str>,
    seen: i32,
) -> Outcome<TownText, TextProblem> {
    may_write(by)?;
    if template::rules(kind).is_none() {
        return Err(Error::Refused(TextProblem::NotEditable));
    }
    if let Some(typed) = typed {
        let checked = Template::check(typed, kind, language, &example_link(app, town));
        checked.map_err(|faults| Error::Refused(TextProblem::Faults(faults)))?;
    }
    let tx = app.db.write().await?;
    let current = rows::current(&tx, town.id, kind, language).await?;
    let changed = || Error::Refused(TextProblem::ChangedMeanwhile);
    if current.as_ref().map_or(0, |current| current.version) != seen {
        return Err(changed());
    }
    let new = Wording {
        id: app.uuid(),
        kind,
        language,
        version: seen + 1,
        template: typed.map(str::to_owned),
        made_by: by.id,
        made_at: app.clock.now(),
    };
    match rows::insert(&tx, town.id, &new).await {
        Err(StoreError::Stale) => return Err(changed()),
        done => done?,
    }
    tx.commit().await?;
    shown(app, town, kind, language, Some(&new)).ok_or(Error::Refused(TextProblem::NotEditable))
}

/// The version a message is made with that is owed now.
pub(super) async fn pinned(
    tx: &Tx,
    town: &Town,
    kind: Kind,
    language: Language,
) -> Result<Option<Uuid>, StoreError> {
    if template::rules(kind).is_none() {
        return Ok(None);
    }
    let current = rows::current(tx, town.id, kind, language).await?;
    Ok(current.filter(|current| current.template.is_some()).map(|current| current.id))
}

/// The text of a message, in the wording it was made with.
pub(super) async fn sms(
    connection: &impl Connection,
    pinned: Option<Uuid>,
    notification: &Notification,
    language: Language,
    id: MessageId,
) -> Result<String, StoreError> {
    let own = own(connection, pinned, id).await?;
    Ok(worded(own.as_deref(), notification, language))
}

/// The town's own wording that a message was made with.
async fn own(
    connection: &impl Connection,
    pinned: Option<Uuid>,
    id: MessageId,
) -> Result<Option<String>, StoreError> {
    let Some(pinned) = pinned else { return Ok(None) };
    let own = rows::template(connection, pinned).await?;
    if own.is_none() {
        tracing::error!(message.id = %id, "the wording a message was made with is gone");
    }
    Ok(own)
}

/// In the town's own wording where that makes one part, in ours else.
pub(super) fn worded(own: Option<&str>, notification: &Notification, language: Language) -> String {
    let own = own.and_then(|own| Template::kept(own).render(notification, language));
    own.unwrap_or_else(|| text::render(notification, language))
}

/// A link as long as those of this town.
fn example_link(app: &App, town: &Town) -> String {
    app.link(town, "t/7FQ2MKD9TR")
}

fn may_write(by: &StaffMember) -> Result<(), Error<TextProblem>> {
    if by.role.may_administer() { Ok(()) } else { Err(Error::Refused(TextProblem::NotAllowed)) }
}

//! A town's own wordings as rows: every version stays, because messages point at the one they were made with.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::{StaffId, TownId};
use domain::language::Language;
use domain::messaging::Kind;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::many;
use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// A version of a wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Its id.
    pub id: Uuid,
    /// Of which kind of message.
    pub kind: Kind,
    /// In which language.
    pub language: Language,
    /// Counts from 1.
    pub version: i32,
    /// The wording; `None` is ours again.
    pub template: Option<String>,
    /// Who made it.
    pub made_by: StaffId,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// The wording in force; `None` when the town never had one of its own.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn current(
    connection: &impl Connection,
    town: TownId,
    kind: Kind,
    language: Language,
) -> Result<Option<Wording>, StoreError> {
    let mut newest = versions(connection, town, kind, language, 1).await?;
    Ok(newest.pop())
}

/// The newest versions of a wording, newest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn versions(
    connection: &impl Connection,
    town: TownId,
    kind: Kind,
    language: Language,
    limit: u64,
) -> Result<Vec<Wording>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM text_override WHERE town_id = ? AND kind = ? AND language = ? \
         ORDER BY version DESC LIMIT ?"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let statement = connection
        .kind()
        .statement(&sql, [town.0.into(), kind.as_str().into(), language.tag().into(), limit.into()]);
    read(&connection.raw().query_all_raw(statement).await?)
}

/// Every wording in force of a town.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn all_current(connection: &impl Connection, town: TownId) -> Result<Vec<Wording>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM text_override t WHERE town_id = ? AND NOT EXISTS (SELECT 1 FROM text_override n \
         WHERE n.town_id = t.town_id AND n.kind = t.kind AND n.language = t.language AND n.version > t.version) \
         ORDER BY kind, language"
    );
    let statement = connection.kind().statement(&sql, [town.0.into()]);
    read(&connection.raw().query_all_raw(statement).await?)
}

/// The template of a version that a message was made with.
///
/// # Errors
/// When the database fails.
pub async fn template(connection: &impl Connection, id: Uuid) -> Result<Option<String>, StoreError> {
    let statement =
        connection.kind().statement("SELECT template FROM text_override WHERE id = ?", [id.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| Ok(row.try_get("", "template")?))
}

/// The templates of versions that messages were made with, by version.
///
/// # Errors
/// When the database fails.
pub async fn templates(
    connection: &impl Connection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = many::padded(ids);
    let sql = format!(
        "SELECT id, template FROM text_override WHERE id IN ({}) AND template IS NOT NULL",
        many::marks(ids.len())
    );
    let statement = connection.kind().statement(&sql, ids.into_iter().map(Value::from));
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "template")?))).collect()
}

/// Adds a version.
///
/// # Errors
/// [`StoreError::Stale`] when that version exists already, or when the database fails.
pub async fn insert(tx: &Tx, town: TownId, new: &Wording) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO text_override (id, town_id, kind, language, version, template, made_by, made_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (town_id, kind, language, version) DO NOTHING",
        [
            new.id.into(),
            town.0.into(),
            new.kind.as_str().into(),
            new.language.tag().into(),
            new.version.into(),
            new.template.clone().into(),
            new.made_by.0.into(),
            new.made_at.into(),
        ],
    );
    match tx.raw().execute_raw(statement).await?.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

const COLUMNS: &str = "id, kind, language, version, template, made_by, made_at";

fn read(rows: &[sea_orm::QueryResult]) -> Result<Vec<Wording>, StoreError> {
    let corrupt = |column| StoreError::Corrupt { column };
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get("", "kind")?;
            let language: String = row.try_get("", "language")?;
            Ok(Wording {
                id: row.try_get("", "id")?,
                kind: Kind::parse(&kind).ok_or(corrupt("text_override.kind"))?,
                language: Language::parse(&language).ok_or(corrupt("text_override.language"))?,
                version: row.try_get("", "version")?,
                template: row.try_get("", "template")?,
                made_by: StaffId(row.try_get("", "made_by")?),
                made_at: row.try_get("", "made_at")?,
            })
        })
        .collect()
}

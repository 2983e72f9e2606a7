//! Notes of staff about a visitor: sealed, for colleagues, and deleted some days after the visit.

use chrono::{DateTime, Utc};
use domain::ids::{StaffId, TownId, VisitId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::placeholders;
use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

const PURPOSE: &str = "visit_note";

/// A note to be kept.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// Its id.
    pub id: Uuid,
    /// The town.
    pub town: TownId,
    /// The visit, by the id that stays.
    pub visit: VisitId,
    /// Who wrote it.
    pub by: StaffId,
    /// What it says.
    pub text: String,
    /// When.
    pub written_at: DateTime<Utc>,
    /// When it is deleted.
    pub delete_after: DateTime<Utc>,
}

/// A note as colleagues read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: Uuid,
    /// The visit, by the id that stays.
    pub visit: VisitId,
    /// Who wrote it; `None` when the account is gone.
    pub by: Option<String>,
    /// What it says.
    pub text: String,
    /// When.
    pub written_at: DateTime<Utc>,
}

/// Keeps a note.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &NewNote, nonce: [u8; 12]) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO visit_note (id, town_id, visit_id, staff_id, written_at, sealed, delete_after) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            new.id.into(),
            new.town.0.into(),
            new.visit.0.into(),
            new.by.0.into(),
            new.written_at.into(),
            tx.sealer().seal(&new.text, nonce, PURPOSE)?.into(),
            new.delete_after.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// The notes about these visits, oldest first.
///
/// # Errors
/// When the database fails or a note cannot be opened.
pub async fn of_visits(connection: &impl Connection, visits: &[VisitId]) -> Result<Vec<Note>, StoreError> {
    if visits.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = visits.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT n.id, n.visit_id, n.written_at, n.sealed, s.name FROM visit_note n LEFT JOIN staff s ON s.id = n.staff_id \
         WHERE n.visit_id IN ({}) ORDER BY n.written_at, n.id",
        placeholders(&ids)
    );
    let statement = connection.kind().statement(&sql, ids.into_iter().map(Into::into));
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let sealed: Vec<u8> = row.try_get("", "sealed")?;
            Ok(Note {
                id: row.try_get("", "id")?,
                visit: VisitId(row.try_get("", "visit_id")?),
                by: row.try_get("", "name")?,
                text: connection.sealer().open(&sealed, PURPOSE)?,
                written_at: row.try_get("", "written_at")?,
            })
        })
        .collect()
}

/// Deletes the notes whose time is over; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn delete_due(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let statement = tx.kind().statement("DELETE FROM visit_note WHERE delete_after < ?", [now.into()]);
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

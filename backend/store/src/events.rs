//! The append-only event log as rows.

use chrono::{DateTime, Utc};
use domain::event::Event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::event;
use crate::error::StoreError;

/// One logged transition, as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of subject: `booking`, `visit`, …
    pub subject: String,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// The kind of actor: `citizen`, `staff`, …
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// Appends one event, in the transaction of the change it tells of.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &Tx, id: Uuid, new: &Event) -> Result<(), StoreError> {
    let (subject, subject_id) = new.subject.as_log();
    let (actor, actor_id) = new.actor.as_log();
    let row = event::ActiveModel {
        id: Set(id),
        town_id: Set(new.town.0),
        at: Set(new.at),
        subject: Set(subject.to_owned()),
        subject_id: Set(subject_id),
        from_state: Set(new.from.map(str::to_owned)),
        to_state: Set(new.to.to_owned()),
        actor: Set(actor.to_owned()),
        actor_id: Set(actor_id),
        counter_id: Set(new.counter.map(|counter| counter.0)),
        reason: Set(new.reason.clone()),
    };
    event::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// What happened to one subject, oldest first, at most 200 events.
///
/// # Errors
/// When the database fails.
pub async fn of_subject(connection: &impl Connection, subject_id: Uuid) -> Result<Vec<Logged>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::SubjectId.eq(subject_id))
        .order_by_asc(event::Column::At)
        .order_by_asc(event::Column::Id)
        .limit(200)
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

fn read(row: event::Model) -> Logged {
    Logged {
        at: row.at,
        subject: row.subject,
        from: row.from_state,
        to: row.to_state,
        actor: row.actor,
        reason: row.reason,
    }
}

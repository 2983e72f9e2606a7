//! Browsers that get pushes: a row for each booking or visit a browser is told about. Who knows an endpoint can send to the
//! device, so it is sealed and found again by its keyed hash.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, SubscriptionId, TownId, VisitId};
use domain::messaging::attempt::PushSubscription;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryResult, Value};

use super::many;
use crate::database::{Connection, Raw, Tx};
use crate::entities::push_subscription::{self, Column, Entity};
use crate::error::StoreError;
use crate::sealed::Sealer;

const PURPOSE: &str = "push_subscription";

/// What a browser is told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A booking, by the id that stays when it is moved.
    Booking(BookingId),
    /// A visit without booking.
    Visit(VisitId),
}

impl About {
    fn column(self) -> (Column, Value) {
        match self {
            About::Booking(id) => (Column::BookingId, id.0.into()),
            About::Visit(id) => (Column::VisitId, id.0.into()),
        }
    }
}

/// A subscription that is to be kept.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Its id, unless the browser is known already.
    pub id: SubscriptionId,
    /// The town.
    pub town: TownId,
    /// What the browser is told about.
    pub about: About,
    /// What the browser gave.
    pub push: PushSubscription,
    /// Which wording its owner agreed to.
    pub consent_version: i32,
    /// Now.
    pub now: DateTime<Utc>,
    /// When it is deleted, unless the booking moves.
    pub delete_after: DateTime<Utc>,
}

/// A subscription as it is kept.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// What the browser is told about.
    pub about: About,
    /// What the browser gave.
    pub push: PushSubscription,
}

/// The hash under which a browser is found again.
#[must_use]
pub fn endpoint_hash(sealer: &Sealer, endpoint: &str) -> Vec<u8> {
    sealer.keyed_hash("push endpoint", endpoint.as_bytes())
}

/// Keeps a subscription, or what is new about a known one; who agreed and when stays as it was.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &Tx, new: &NewSubscription, nonce: [u8; 12]) -> Result<(), StoreError> {
    let (column, booking, visit) = match new.about {
        About::Booking(id) => ("booking_id", Some(id.0), None),
        About::Visit(id) => ("visit_id", None, Some(id.0)),
    };
    let sql = format!(
        "INSERT INTO push_subscription (id, town_id, booking_id, visit_id, endpoint_hash, sealed, vapid_key, \
         consent_version, consented_at, failures, delete_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) \
         ON CONFLICT ({column}, endpoint_hash) WHERE {column} IS NOT NULL DO UPDATE SET sealed = excluded.sealed, \
         vapid_key = excluded.vapid_key, delete_after = excluded.delete_after"
    );
    let values: [Value; 10] = [
        new.id.0.into(),
        new.town.0.into(),
        booking.into(),
        visit.into(),
        endpoint_hash(tx.sealer(), &new.push.endpoint).into(),
        tx.sealer().seal(&new.push, nonce, PURPOSE)?.into(),
        new.push.vapid_key.clone().unwrap_or_default().into(),
        new.consent_version.into(),
        new.now.into(),
        new.delete_after.into(),
    ];
    tx.raw().execute_raw(tx.kind().statement(&sql, values)).await?;
    Ok(())
}

/// How many other browsers are told about the same; nobody else adds one until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn others(tx: &Tx, about: About, endpoint: &str) -> Result<u64, StoreError> {
    if tx.kind() == crate::Kind::Postgres {
        let id = match about {
            About::Booking(id) => id.0,
            About::Visit(id) => id.0,
        };
        let key = i64::from_be_bytes(id.as_u128().to_be_bytes()[8..].try_into().unwrap_or_default());
        let lock = tx.kind().statement("SELECT pg_advisory_xact_lock(?)", [key.into()]);
        tx.raw().execute_raw(lock).await?;
    }
    let (column, id) = about.column();
    let found = Entity::find()
        .filter(column.eq(id))
        .filter(Column::EndpointHash.ne(endpoint_hash(tx.sealer(), endpoint)));
    Ok(found.count(tx.raw()).await?)
}

/// A subscription; `None` once it is gone.
///
/// # Errors
/// When the database fails or the row cannot be opened.
pub async fn get(
    connection: &impl Connection,
    id: SubscriptionId,
) -> Result<Option<Subscription>, StoreError> {
    let row = Entity::find_by_id(id.0).one(connection.raw()).await?;
    row.map(|row| read(connection.sealer(), &row)).transpose()
}

/// Subscriptions by their ids; one that is gone is not there.
///
/// # Errors
/// When the database fails or a row cannot be opened.
pub async fn get_many(
    connection: &impl Connection,
    ids: &[SubscriptionId],
) -> Result<HashMap<SubscriptionId, Subscription>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = many::padded(ids);
    let rows =
        Entity::find().filter(Column::Id.is_in(wanted.iter().map(|id| id.0))).all(connection.raw()).await?;
    rows.iter().map(|row| Ok((SubscriptionId(row.id), read(connection.sealer(), row)?))).collect()
}

/// The browsers that are told about a booking or a visit, the oldest first: those of a visit's booking, too.
///
/// # Errors
/// When the database fails.
pub async fn browsers_of(
    connection: &impl Connection,
    booking: Option<BookingId>,
    visit: Option<VisitId>,
) -> Result<Vec<SubscriptionId>, StoreError> {
    let statement = connection.kind().statement(
        "SELECT id FROM push_subscription WHERE visit_id = ? UNION SELECT id FROM push_subscription \
         WHERE booking_id IN (SELECT COALESCE(b.first_id, b.id) FROM booking b \
         WHERE b.id = ? OR b.id IN (SELECT v.booking_id FROM visit v WHERE v.id = ?)) ORDER BY id",
        [visit.map(|id| id.0).into(), booking.map(|id| id.0).into(), visit.map(|id| id.0).into()],
    );
    let rows = connection.raw().query_all_raw(statement).await?;
    rows.iter().map(|row: &QueryResult| Ok(SubscriptionId(row.try_get("", "id")?))).collect()
}

/// Those of these visits that somebody is told about on a browser.
///
/// # Errors
/// When the database fails.
pub async fn visits_with_browser(
    connection: &impl Connection,
    visits: &[VisitId],
) -> Result<Vec<VisitId>, StoreError> {
    if visits.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; visits.len()].join(", ");
    let sql = format!(
        "SELECT v.id FROM visit v WHERE v.id IN ({places}) AND (EXISTS (SELECT 1 FROM push_subscription s \
         WHERE s.visit_id = v.id) OR EXISTS (SELECT 1 FROM booking b JOIN push_subscription s \
         ON s.booking_id = COALESCE(b.first_id, b.id) WHERE b.id = v.booking_id))"
    );
    let ids: Vec<Value> = visits.iter().map(|id| id.0.into()).collect();
    let rows = connection.raw().query_all_raw(connection.kind().statement(&sql, ids)).await?;
    rows.iter().map(|row: &QueryResult| Ok(VisitId(row.try_get("", "id")?))).collect()
}

/// Every place where a browser is known, by its endpoint.
///
/// # Errors
/// When the database fails or a row cannot be opened.
pub async fn of_endpoint(
    tx: &Tx,
    town: TownId,
    endpoint: &str,
) -> Result<Vec<(SubscriptionId, Subscription)>, StoreError> {
    let rows = Entity::find()
        .filter(Column::EndpointHash.eq(endpoint_hash(tx.sealer(), endpoint)))
        .filter(Column::TownId.eq(town.0))
        .all(tx.raw())
        .await?;
    rows.iter().map(|row| Ok((SubscriptionId(row.id), read(tx.sealer(), row)?))).collect()
}

/// The browser has another endpoint now; whoever is told about what stays as it was.
///
/// # Errors
/// When the database fails.
pub async fn renew(
    tx: &Tx,
    id: SubscriptionId,
    push: &PushSubscription,
    nonce: [u8; 12],
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::EndpointHash, Expr::value(endpoint_hash(tx.sealer(), &push.endpoint)))
        .col_expr(Column::Sealed, Expr::value(tx.sealer().seal(push, nonce, PURPOSE)?))
        .col_expr(Column::VapidKey, Expr::value(push.vapid_key.clone().unwrap_or_default()))
        .col_expr(Column::Failures, Expr::value(0))
        .col_expr(Column::FailingSince, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(id.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// The browsers that were told about a visit are told about the one that goes on from it.
///
/// # Errors
/// When the database fails.
pub async fn pass_on(tx: &Tx, from: VisitId, to: VisitId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::VisitId, Expr::value(to.0))
        .filter(Column::VisitId.eq(from.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Tells a browser nothing more about this; `false` when it was told nothing.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &Tx, about: About, endpoint: &str) -> Result<bool, StoreError> {
    let (column, id) = about.column();
    let found = Entity::delete_many()
        .filter(column.eq(id))
        .filter(Column::EndpointHash.eq(endpoint_hash(tx.sealer(), endpoint)));
    Ok(found.exec(tx.raw()).await?.rows_affected > 0)
}

/// Forgets a browser whose push service no longer knows it.
///
/// # Errors
/// When the database fails.
pub async fn remove_everywhere(tx: &Tx, endpoint: &str) -> Result<(), StoreError> {
    let hash = endpoint_hash(tx.sealer(), endpoint);
    Entity::delete_many().filter(Column::EndpointHash.eq(hash)).exec(tx.raw()).await?;
    Ok(())
}

/// Notes that a push service took a push for this browser.
///
/// # Errors
/// When the database fails.
pub async fn worked(tx: &Tx, endpoint: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LastOkAt, Expr::value(now))
        .col_expr(Column::Failures, Expr::value(0))
        .col_expr(Column::FailingSince, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::EndpointHash.eq(endpoint_hash(tx.sealer(), endpoint)))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Notes that a push to this browser failed; gives how often in a row and since when.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    tx: &Tx,
    endpoint: &str,
    now: DateTime<Utc>,
) -> Result<Option<(i32, DateTime<Utc>)>, StoreError> {
    let hash = endpoint_hash(tx.sealer(), endpoint);
    let statement = tx.kind().statement(
        "UPDATE push_subscription SET failures = failures + 1, failing_since = COALESCE(failing_since, ?) \
         WHERE endpoint_hash = ?",
        [now.into(), hash.clone().into()],
    );
    tx.raw().execute_raw(statement).await?;
    let row = Entity::find().filter(Column::EndpointHash.eq(hash)).one(tx.raw()).await?;
    Ok(row.and_then(|row| Some((row.failures, row.failing_since?))))
}

/// Deletes the subscriptions whose time is over; a booking that was moved to a later day keeps its own.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, now: DateTime<Utc>, kept_after: chrono::Duration) -> Result<u64, StoreError> {
    let statement = tx.kind().statement(
        "DELETE FROM push_subscription WHERE delete_after < ? AND NOT EXISTS (SELECT 1 FROM booking b \
         WHERE (b.id = push_subscription.booking_id OR b.first_id = push_subscription.booking_id) \
         AND b.state IN ('booked', 'arrived') AND b.ends_at >= ?)",
        [now.into(), (now - kept_after).into()],
    );
    Ok(tx.raw().execute_raw(statement).await?.rows_affected())
}

fn read(sealer: &Sealer, row: &push_subscription::Model) -> Result<Subscription, StoreError> {
    let about = match (row.booking_id, row.visit_id) {
        (Some(booking), _) => About::Booking(BookingId(booking)),
        (None, Some(visit)) => About::Visit(VisitId(visit)),
        (None, None) => return Err(StoreError::Corrupt { column: "push_subscription.visit_id" }),
    };
    Ok(Subscription { about, push: sealer.open(&row.sealed, PURPOSE)? })
}

//! Going on elsewhere: what a visit hands over, and who waits for one counter alone.

use std::collections::HashMap;

use domain::ids::{CounterId, VisitId};
use domain::queue::TicketNumber;
use domain::queue::status::VisitState;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::{Visit, one};
use crate::database::{Connection, Raw, Tx};
use crate::entities::visit;
use crate::error::StoreError;

/// Gives a booking to the visit that goes on: what is asked for by the booking is found there from now on.
///
/// # Errors
/// When the database fails.
pub async fn give_up_booking(tx: &Tx, visit: VisitId) -> Result<(), StoreError> {
    visit::Entity::update_many()
        .set(visit::ActiveModel { booking_id: Set(None), ..visit::ActiveModel::default() })
        .filter(visit::Column::Id.eq(visit.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// Lets everybody who was wished to this counter be called by any counter of its pool.
///
/// # Errors
/// When the database fails.
pub async fn forget_wishes(tx: &Tx, counter: CounterId) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "UPDATE visit SET wished_counter_id = NULL, version = version + 1 \
         WHERE wished_counter_id = ? AND state IN ('waiting', 'parked', 'missed')",
        [counter.0.into()],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

/// The visit where somebody stands now: the last of those that go on from one another.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn last_of(connection: &impl Connection, visit: Visit) -> Result<Visit, StoreError> {
    if visit.state != VisitState::Transferred {
        return Ok(visit);
    }
    let last = Condition::all()
        .add(visit::Column::FirstId.eq(visit.lasting_id().0))
        .add(visit::Column::State.ne(VisitState::Transferred.as_str()));
    Ok(one(connection, last).await?.unwrap_or(visit))
}

/// The numbers these visits had before their present ones; who has the first number is not named.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn numbers_before(
    connection: &impl Connection,
    visits: &[Visit],
) -> Result<HashMap<VisitId, TicketNumber>, StoreError> {
    let firsts: Vec<_> = visits.iter().filter_map(|visit| visit.first).map(|id| id.0).collect();
    if firsts.is_empty() {
        return Ok(HashMap::new());
    }
    let chains = Condition::any()
        .add(visit::Column::Id.is_in(firsts.iter().copied()))
        .add(visit::Column::FirstId.is_in(firsts));
    let rows = visit::Entity::find()
        .filter(chains)
        .order_by_desc(visit::Column::EndedAt)
        .all(connection.raw())
        .await?;
    let ended = rows.into_iter().map(super::read).collect::<Result<Vec<Visit>, _>>()?;
    let before = |now: &Visit| {
        let first = now.first?;
        let one = ended.iter().find(|one| one.lasting_id() == first && one.id != now.id)?;
        Some((now.id, one.ticket))
    };
    Ok(visits.iter().filter_map(before).collect())
}

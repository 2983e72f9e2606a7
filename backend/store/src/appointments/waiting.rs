//! The waiting list and its offers as rows.

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::moving::Place;
use domain::appointments::waiting::{OfferState, WaitingState, WaitingTerms, Wish};
use domain::ids::{BookingId, ContactId, OfficeId, PoolId, ServiceId, TownId};
use domain::language::Language;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use super::{Booking, audience_name, read_audience, span};
use crate::database::{Connection, Raw, Tx};
use crate::entities::{booking, slot_offer, waiting};
use crate::error::StoreError;
use crate::json;
use crate::sealed::PhoneHash;

/// Somebody on the waiting list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// The town.
    pub town: TownId,
    /// When and where.
    pub wish: Wish,
    /// What for.
    pub items: Vec<(ServiceId, u16)>,
    /// State and offers.
    pub terms: WaitingTerms,
    /// How to reach the person, unless a booking says.
    pub contact: Option<ContactId>,
    /// The number's keyed hash.
    pub phone_hash: PhoneHash,
    /// The language of messages.
    pub language: Language,
    /// The lasting id of the booking that shall be earlier.
    pub booking: Option<BookingId>,
    /// The keyed hash of the entry's secret.
    pub token_hash: Vec<u8>,
    /// The keyed hash of the six digits, until when they are good, and how often others were typed.
    pub code: Option<(Vec<u8>, DateTime<Utc>)>,
    /// Wrong digits so far.
    pub code_tries: u8,
    /// Grows with every change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An offer of a freed slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: Uuid,
    /// The town.
    pub town: TownId,
    /// To whom.
    pub waiting: Uuid,
    /// The freed slot it is cut from.
    pub freed: Uuid,
    /// Where.
    pub office: OfficeId,
    /// Which ticks.
    pub place: Place,
    /// Where it stands.
    pub state: OfferState,
    /// The keyed hash of its secret.
    pub token_hash: Vec<u8>,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// Until when it is theirs alone.
    pub expires_at: DateTime<Utc>,
}

/// Adds somebody to the list.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, new: &Waiting) -> Result<(), StoreError> {
    let row = waiting::ActiveModel {
        id: Set(new.id),
        town_id: Set(new.town.0),
        office_id: Set(new.wish.office.map(|office| office.0)),
        items: Set(json::write(&new.items)),
        from_day: Set(new.wish.from_day),
        to_day: Set(new.wish.to_day),
        from_min: Set(i32::from(new.wish.from_min)),
        to_min: Set(i32::from(new.wish.to_min)),
        contact_id: Set(new.contact.map(|contact| contact.0)),
        phone_hash: Set(new.phone_hash.0.clone()),
        language: Set(new.language.tag().to_owned()),
        booking_id: Set(new.booking.map(|booking| booking.0)),
        token_hash: Set(new.token_hash.clone()),
        created_at: Set(new.created_at),
        ..changing(new)
    };
    waiting::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The columns that change.
fn changing(entry: &Waiting) -> waiting::ActiveModel {
    waiting::ActiveModel {
        state: Set(entry.terms.state.as_str().to_owned()),
        code_hash: Set(entry.code.as_ref().map(|(hash, _)| hash.clone())),
        code_until: Set(entry.code.as_ref().map(|(_, until)| *until)),
        code_tries: Set(i32::from(entry.code_tries)),
        offers: Set(i32::from(entry.terms.offers)),
        offered_on: Set(entry.terms.offered_on),
        version: Set(entry.version),
        ..waiting::ActiveModel::default()
    }
}

/// Changes an entry from the version it was read in; gives it as it is now.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed meanwhile.
pub async fn change(
    tx: &Tx,
    before: &Waiting,
    how: impl FnOnce(&mut Waiting),
) -> Result<Waiting, StoreError> {
    let mut after = before.clone();
    how(&mut after);
    after.version = before.version + 1;
    let done = waiting::Entity::update_many()
        .set(changing(&after))
        .filter(waiting::Column::Id.eq(before.id))
        .filter(waiting::Column::Version.eq(before.version))
        .exec(tx.raw())
        .await?;
    if done.rows_affected == 1 { Ok(after) } else { Err(StoreError::Stale) }
}

/// The entry that a secret opens.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn of_token(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<Waiting>, StoreError> {
    let row = waiting::Entity::find()
        .filter(waiting::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(waiting::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// An entry by its id.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn entry(connection: &impl Connection, id: Uuid) -> Result<Option<Waiting>, StoreError> {
    waiting::Entity::find_by_id(id).one(connection.raw()).await?.map(read).transpose()
}

/// How many wishes a number has that may still be answered.
///
/// # Errors
/// When the database fails.
pub async fn wishes_of_number(
    connection: &impl Connection,
    town: TownId,
    number: &PhoneHash,
    today: NaiveDate,
) -> Result<usize, StoreError> {
    let count = waiting::Entity::find()
        .filter(waiting::Column::PhoneHash.eq(number.0.clone()))
        .filter(waiting::Column::TownId.eq(town.0))
        .filter(waiting::Column::State.eq(WaitingState::Waiting.as_str()))
        .filter(waiting::Column::ToDay.gte(today))
        .count(connection.raw())
        .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Those who wait for something on this day, the longest waiting first, without those who were offered this freed slot
/// before.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn waiting_for(
    connection: &impl Connection,
    town: TownId,
    day: NaiveDate,
    freed: Uuid,
    limit: u64,
) -> Result<Vec<Waiting>, StoreError> {
    let offered: Vec<Uuid> = slot_offer::Entity::find()
        .select_only()
        .column(slot_offer::Column::WaitingId)
        .filter(slot_offer::Column::FreedSlotId.eq(freed))
        .into_tuple()
        .all(connection.raw())
        .await?;
    let rows = waiting::Entity::find()
        .filter(waiting::Column::TownId.eq(town.0))
        .filter(waiting::Column::State.eq(WaitingState::Waiting.as_str()))
        .filter(waiting::Column::FromDay.lte(day))
        .filter(waiting::Column::ToDay.gte(day))
        .filter(waiting::Column::Id.is_not_in(offered))
        .order_by_asc(waiting::Column::CreatedAt)
        .order_by_asc(waiting::Column::Id)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Whether anybody waits for something on this day.
///
/// # Errors
/// When the database fails.
pub async fn anybody_waits(
    connection: &impl Connection,
    town: TownId,
    day: NaiveDate,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM waiting WHERE town_id = ? AND state = 'waiting' AND from_day <= ? \
               AND to_day >= ? LIMIT 1";
    let statement = connection.kind().statement(sql, [town.0.into(), day.into(), day.into()]);
    Ok(connection.raw().query_one_raw(statement).await?.is_some())
}

/// The booking of a chain that stands, by the chain's lasting id.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn standing_booking(
    connection: &impl Connection,
    town: TownId,
    lasting: BookingId,
) -> Result<Option<Booking>, StoreError> {
    let chain =
        Condition::any().add(booking::Column::Id.eq(lasting.0)).add(booking::Column::FirstId.eq(lasting.0));
    let row = booking::Entity::find()
        .filter(chain)
        .filter(booking::Column::TownId.eq(town.0))
        .filter(booking::Column::MovedTo.is_null())
        .one(connection.raw())
        .await?;
    row.map(super::read).transpose()
}

/// Adds an offer. A freed slot has one open offer at a time.
///
/// # Errors
/// [`StoreError::Duplicate`] when the slot is offered to somebody else.
pub async fn insert_offer(tx: &Tx, new: &Offer) -> Result<(), StoreError> {
    let row = slot_offer::ActiveModel {
        id: Set(new.id),
        town_id: Set(new.town.0),
        waiting_id: Set(new.waiting),
        freed_slot_id: Set(new.freed),
        office_id: Set(new.office.0),
        pool_id: Set(new.place.pool.0),
        audience: Set(audience_name(new.place.audience).to_owned()),
        starts_at: Set(new.place.span.starts_at()),
        ends_at: Set(new.place.span.ends_at()),
        state: Set(new.state.as_str().to_owned()),
        token_hash: Set(new.token_hash.clone()),
        offered_at: Set(new.offered_at),
        expires_at: Set(new.expires_at),
    };
    slot_offer::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The offer that a secret opens.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn offer_of_token(
    connection: &impl Connection,
    town: TownId,
    token_hash: &[u8],
) -> Result<Option<Offer>, StoreError> {
    let row = slot_offer::Entity::find()
        .filter(slot_offer::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(slot_offer::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read_offer).transpose()
}

/// The offer somebody may answer now.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn open_offer(
    connection: &impl Connection,
    waiting: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Offer>, StoreError> {
    let row = slot_offer::Entity::find()
        .filter(slot_offer::Column::WaitingId.eq(waiting))
        .filter(slot_offer::Column::State.eq(OfferState::Open.as_str()))
        .filter(slot_offer::Column::ExpiresAt.gt(now))
        .one(connection.raw())
        .await?;
    row.map(read_offer).transpose()
}

/// The offer that whoever has this number may answer now.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn open_offer_of_number(
    connection: &impl Connection,
    town: TownId,
    number: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Offer>, StoreError> {
    let of_number = waiting::Entity::find()
        .select_only()
        .column(waiting::Column::Id)
        .filter(waiting::Column::TownId.eq(town.0))
        .filter(waiting::Column::PhoneHash.eq(number.to_vec()))
        .into_query();
    let row = slot_offer::Entity::find()
        .filter(slot_offer::Column::State.eq(OfferState::Open.as_str()))
        .filter(slot_offer::Column::ExpiresAt.gt(now))
        .filter(slot_offer::Column::WaitingId.in_subquery(of_number))
        .order_by_asc(slot_offer::Column::ExpiresAt)
        .one(connection.raw())
        .await?;
    row.map(read_offer).transpose()
}

/// Offers that nobody answered in time, oldest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn lapsed_offers(
    connection: &impl Connection,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Offer>, StoreError> {
    let rows = slot_offer::Entity::find()
        .filter(slot_offer::Column::State.eq(OfferState::Open.as_str()))
        .filter(slot_offer::Column::ExpiresAt.lte(now))
        .order_by_asc(slot_offer::Column::ExpiresAt)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read_offer).collect()
}

/// Ends an open offer; whoever gets `true` did it, everybody else was slower.
///
/// # Errors
/// When the database fails.
pub async fn end_offer(tx: &Tx, id: Uuid, to: OfferState) -> Result<bool, StoreError> {
    let row =
        slot_offer::ActiveModel { state: Set(to.as_str().to_owned()), ..slot_offer::ActiveModel::default() };
    let done = slot_offer::Entity::update_many()
        .set(row)
        .filter(slot_offer::Column::Id.eq(id))
        .filter(slot_offer::Column::State.eq(OfferState::Open.as_str()))
        .exec(tx.raw())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether a freed slot is offered to somebody alone.
///
/// # Errors
/// When the database fails.
pub async fn is_offered(connection: &impl Connection, freed: Uuid) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM slot_offer WHERE freed_slot_id = ? AND state = 'open'";
    let statement = connection.kind().statement(sql, [freed.into()]);
    Ok(connection.raw().query_one_raw(statement).await?.is_some())
}

/// Forgets wishes whose last day was before a day, those whose number nobody proved until then, and offers that ended
/// before; gives the number of wishes.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    slot_offer::Entity::delete_many()
        .filter(slot_offer::Column::ExpiresAt.lt(before))
        .filter(slot_offer::Column::State.ne(OfferState::Open.as_str()))
        .exec(tx.raw())
        .await?;
    let unproved = Condition::all()
        .add(waiting::Column::State.eq(WaitingState::Unverified.as_str()))
        .add(waiting::Column::CreatedAt.lt(before));
    let over = Condition::any().add(waiting::Column::ToDay.lt(before.date_naive())).add(unproved);
    Ok(waiting::Entity::delete_many().filter(over).exec(tx.raw()).await?.rows_affected)
}

fn read(row: waiting::Model) -> Result<Waiting, StoreError> {
    const CORRUPT: StoreError = StoreError::Corrupt { column: "waiting" };
    let minute = |value: i32| u16::try_from(value).map_err(|_| CORRUPT);
    Ok(Waiting {
        id: row.id,
        town: TownId(row.town_id),
        wish: Wish {
            office: row.office_id.map(OfficeId),
            from_day: row.from_day,
            to_day: row.to_day,
            from_min: minute(row.from_min)?,
            to_min: minute(row.to_min)?,
        },
        items: json::read(&row.items, "waiting.items")?,
        terms: WaitingTerms {
            state: WaitingState::parse(&row.state).ok_or(CORRUPT)?,
            offers: minute(row.offers)?,
            offered_on: row.offered_on,
        },
        contact: row.contact_id.map(ContactId),
        phone_hash: PhoneHash(row.phone_hash),
        language: Language::parse(&row.language).unwrap_or_default(),
        booking: row.booking_id.map(BookingId),
        token_hash: row.token_hash,
        code: row.code_hash.zip(row.code_until),
        code_tries: u8::try_from(row.code_tries).unwrap_or(u8::MAX),
        version: row.version,
        created_at: row.created_at,
    })
}

fn read_offer(row: slot_offer::Model) -> Result<Offer, StoreError> {
    const CORRUPT: StoreError = StoreError::Corrupt { column: "slot_offer" };
    let audience = read_audience(&row.audience).ok_or(CORRUPT)?;
    Ok(Offer {
        id: row.id,
        town: TownId(row.town_id),
        waiting: row.waiting_id,
        freed: row.freed_slot_id,
        office: OfficeId(row.office_id),
        place: Place { pool: PoolId(row.pool_id), span: span(row.starts_at, row.ends_at), audience },
        state: OfferState::parse(&row.state).ok_or(CORRUPT)?,
        token_hash: row.token_hash,
        offered_at: row.offered_at,
        expires_at: row.expires_at,
    })
}

//! Holds, bookings, challenges and contacts as rows.
//!
//! A change of state names the state and version it was decided on; when another was faster it is
//! [`StoreError::Stale`] and nothing has happened.

pub mod challenges;
mod changes;
pub mod contacts;
pub mod freed;
pub mod holds;
mod items;
pub mod moves;
mod named;
pub mod waiting;

use chrono::{DateTime, NaiveDate, Utc};
use domain::appointments::codes::CheckInCode;
use domain::appointments::status::BookingState;
use domain::ids::{BookingId, ContactId, HoldId, OfficeId, PoolId, ServiceId, TownId};
use domain::language::Language;
use domain::messaging::timing::Reminders;
use domain::schedule::{Audience, Tick, TickSpan};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::database::{Connection, Raw, Tx};
use crate::entities::{booking, booking_item};
use crate::error::StoreError;
use crate::sealed::PhoneHash;

pub use changes::{Transition, change_number, change_state, drop_number};
pub use items::{BookedItem, items_of, open_bookings};
pub use named::named_bookings;

/// A booking (Buchung).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The town.
    pub town: TownId,
    /// Where.
    pub office: OfficeId,
    /// At which counters.
    pub pool: PoolId,
    /// The hold it grew out of.
    pub hold: Option<HoldId>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The local day.
    pub day: NaiveDate,
    /// Which count its ticks are in.
    pub audience: Audience,
    /// Where it stands.
    pub state: BookingState,
    /// Grows with every change people are told of.
    pub rev: i32,
    /// Grows with every change.
    pub version: i32,
    /// The check-in code, once it stands.
    pub check_in_code: Option<CheckInCode>,
    /// The keyed hash of the citizen's link.
    pub link_token_hash: Option<Vec<u8>>,
    /// How to reach the person, until it is deleted.
    pub contact: Option<ContactId>,
    /// The number's keyed hash.
    pub phone_hash: Option<PhoneHash>,
    /// The language of messages.
    pub language: Language,
    /// How it was made: `web`, `desk`, `sms`.
    pub channel: Channel,
    /// How many people come.
    pub people: u16,
    /// Until when it waits for the six digits.
    pub unverified_until: Option<DateTime<Utc>>,
    /// When the reminders are due.
    pub reminders: Reminders,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The first booking of the chain, when this one came to be by moving another.
    pub first: Option<BookingId>,
}

impl Booking {
    /// The id that stays when it is moved: links and calendars go by it.
    #[must_use]
    pub fn lasting_id(&self) -> BookingId {
        self.first.unwrap_or(self.id)
    }

    /// The ticks it takes.
    #[must_use]
    pub fn span(&self) -> TickSpan {
        span(self.starts_at, self.ends_at)
    }
}

/// The ticks between two instants on the grid.
pub(crate) fn span(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> TickSpan {
    let first = Tick::containing(starts_at);
    let count = Tick::at_or_after(ends_at).since(first);
    TickSpan { first, count: u16::try_from(count).unwrap_or(u16::MAX) }
}

/// How a booking was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// On the town's pages.
    Web,
    /// By staff for a caller.
    Desk,
    /// By SMS.
    Sms,
}

impl Channel {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Desk => "desk",
            Self::Sms => "sms",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Web, Self::Desk, Self::Sms].into_iter().find(|channel| channel.as_str() == name)
    }
}

/// Adds a booking with its services.
///
/// # Errors
/// When the hold or the check-in code has a booking already, or the database fails.
pub async fn insert(tx: &Tx, new: &Booking, items: &[(ServiceId, u16)]) -> Result<(), StoreError> {
    let row = booking::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(new.town.0),
        office_id: Set(new.office.0),
        pool_id: Set(new.pool.0),
        hold_id: Set(new.hold.map(|hold| hold.0)),
        starts_at: Set(new.starts_at),
        ends_at: Set(new.ends_at),
        day: Set(new.day),
        audience: Set(audience_name(new.audience).to_owned()),
        state: Set(new.state.as_str().to_owned()),
        rev: Set(new.rev),
        version: Set(new.version),
        check_in_code: Set(new.check_in_code.map(CheckInCode::compact)),
        link_token_hash: Set(new.link_token_hash.clone()),
        contact_id: Set(new.contact.map(|contact| contact.0)),
        phone_hash: Set(new.phone_hash.clone().map(|hash| hash.0)),
        language: Set(new.language.tag().to_owned()),
        channel: Set(new.channel.as_str().to_owned()),
        people: Set(i32::from(new.people)),
        unverified_until: Set(new.unverified_until),
        remind_at: Set(new.reminders.day_before),
        remind_early_at: Set(new.reminders.early),
        created_at: Set(new.created_at),
        ended_at: Set(None),
        first_id: Set(new.first.map(|first| first.0)),
        moved_to: Set(None),
    };
    booking::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    let items = items.iter().zip(0_i32..).map(|((service, quantity), position)| booking_item::ActiveModel {
        booking_id: Set(new.id.0),
        service_id: Set(service.0),
        quantity: Set(i32::from(*quantity)),
        position: Set(position),
    });
    tx.later(&booking_item::Entity::insert_many(items));
    Ok(())
}

/// A booking of a town.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn booking(
    connection: &impl Connection,
    town: TownId,
    id: BookingId,
) -> Result<Option<Booking>, StoreError> {
    let row = booking::Entity::find_by_id(id.0)
        .filter(booking::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// The booking that a link opens.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn booking_of_link(
    connection: &impl Connection,
    town: TownId,
    link_token_hash: &[u8],
) -> Result<Option<Booking>, StoreError> {
    let row = booking::Entity::find()
        .filter(booking::Column::LinkTokenHash.eq(link_token_hash.to_vec()))
        .filter(booking::Column::TownId.eq(town.0))
        .one(connection.raw())
        .await?;
    row.map(read).transpose()
}

/// The booking that grew out of a hold.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn booking_of_hold(
    connection: &impl Connection,
    hold: HoldId,
) -> Result<Option<Booking>, StoreError> {
    let row =
        booking::Entity::find().filter(booking::Column::HoldId.eq(hold.0)).one(connection.raw()).await?;
    row.map(read).transpose()
}

/// The bookings of a town with this check-in code from one local day to another, soonest first: a code is
/// unique at one office on one day only.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn bookings_of_code(
    connection: &impl Connection,
    town: TownId,
    code: CheckInCode,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<Booking>, StoreError> {
    let rows = booking::Entity::find()
        .filter(booking::Column::TownId.eq(town.0))
        .filter(booking::Column::CheckInCode.eq(code.compact()))
        .filter(booking::Column::Day.gte(days.0))
        .filter(booking::Column::Day.lte(days.1))
        .order_by_asc(booking::Column::StartsAt)
        .limit(20)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// All bookings of an office on a local day, soonest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn bookings_of_day(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
) -> Result<Vec<Booking>, StoreError> {
    let rows = booking::Entity::find()
        .filter(booking::Column::OfficeId.eq(office.0))
        .filter(booking::Column::Day.eq(day))
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .limit(2000)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The bookings a number has that have not begun yet and still claim their slot, soonest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn bookings_of_number(
    connection: &impl Connection,
    town: TownId,
    number: &PhoneHash,
    now: DateTime<Utc>,
) -> Result<Vec<Booking>, StoreError> {
    let open = BookingState::ALL.into_iter().filter(|state| state.is_open()).map(BookingState::as_str);
    let rows = booking::Entity::find()
        .filter(booking::Column::PhoneHash.eq(number.0.clone()))
        .filter(booking::Column::StartsAt.gt(now))
        .filter(booking::Column::TownId.eq(town.0))
        .filter(booking::Column::State.is_in(open))
        .order_by_asc(booking::Column::StartsAt)
        .limit(50)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Whether a check-in code is taken at an office on a day.
///
/// # Errors
/// When the database fails.
pub async fn code_is_taken(
    connection: &impl Connection,
    office: OfficeId,
    day: NaiveDate,
    code: CheckInCode,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM booking WHERE office_id = ? AND day = ? AND check_in_code = ?";
    let values = [office.0.into(), day.into(), code.compact().into()];
    let statement = connection.kind().statement(sql, values);
    Ok(connection.raw().query_one_raw(statement).await?.is_some())
}

/// Unverified bookings whose time is over, oldest first.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn lapsed_bookings(
    connection: &impl Connection,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Booking>, StoreError> {
    let rows = booking::Entity::find()
        .filter(booking::Column::State.eq(BookingState::Unverified.as_str()))
        .filter(booking::Column::UnverifiedUntil.lte(now))
        .order_by_asc(booking::Column::UnverifiedUntil)
        .limit(limit)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn read(row: booking::Model) -> Result<Booking, StoreError> {
    const fn corrupt(column: &'static str) -> StoreError {
        StoreError::Corrupt { column }
    }
    let code = row.check_in_code.as_deref().map(CheckInCode::parse).transpose();
    Ok(Booking {
        id: BookingId(row.id),
        town: TownId(row.town_id),
        office: OfficeId(row.office_id),
        pool: PoolId(row.pool_id),
        hold: row.hold_id.map(HoldId),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        day: row.day,
        audience: read_audience(&row.audience).ok_or(corrupt("booking.audience"))?,
        state: BookingState::parse(&row.state).ok_or(corrupt("booking.state"))?,
        rev: row.rev,
        version: row.version,
        check_in_code: code.map_err(|_| corrupt("booking.check_in_code"))?,
        link_token_hash: row.link_token_hash,
        contact: row.contact_id.map(ContactId),
        phone_hash: row.phone_hash.map(PhoneHash),
        language: Language::parse(&row.language).unwrap_or_default(),
        channel: Channel::parse(&row.channel).ok_or(corrupt("booking.channel"))?,
        people: u16::try_from(row.people).map_err(|_| corrupt("booking.people"))?,
        unverified_until: row.unverified_until,
        reminders: Reminders { early: row.remind_early_at, day_before: row.remind_at },
        created_at: row.created_at,
        first: row.first_id.map(BookingId),
    })
}

pub(crate) fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Staff => "staff",
    }
}

pub(crate) fn read_audience(name: &str) -> Option<Audience> {
    [Audience::Public, Audience::Staff].into_iter().find(|audience| audience_name(*audience) == name)
}

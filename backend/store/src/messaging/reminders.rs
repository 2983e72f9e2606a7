//! Bookings whose reminder is due and not owed yet.

use chrono::{DateTime, Utc};
use domain::contact::Contact;
use domain::ids::{BookingId, TownId};
use domain::language::Language;
use domain::messaging::Kind;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::database::{Connection, Raw, Tx};
use crate::error::StoreError;

/// Which of the two reminders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Some days before.
    Early,
    /// The day before.
    DayBefore,
}

impl Which {
    fn kind(self) -> Kind {
        match self {
            Self::Early => Kind::EarlyReminder,
            Self::DayBefore => Kind::Reminder,
        }
    }

    /// The column that says when.
    pub(super) fn due_at(self) -> &'static str {
        match self {
            Self::Early => "remind_early_at",
            Self::DayBefore => "remind_at",
        }
    }
}

/// A booking to remind of.
#[derive(Clone, Debug)]
pub struct ToRemind {
    /// The booking.
    pub booking: BookingId,
    /// Its revision.
    pub rev: i32,
    /// Its start.
    pub starts_at: DateTime<Utc>,
    /// Name of its office.
    pub office: String,
    /// Street of its office.
    pub street: String,
    /// Whether one of its services must not be guessed from the office's name.
    pub sensitive: bool,
    /// The check-in code, eight digits.
    pub check_in_code: String,
    /// The language the person chose.
    pub language: Language,
    /// How to reach the person.
    pub contact: Contact,
}

/// Open bookings of a town whose people we know; goes on with `AND`.
const TO_REMIND: &str = "SELECT b.id, b.rev, b.starts_at, b.remind_at, b.remind_early_at, b.check_in_code, b.language, o.name AS office, o.street, c.sealed, \
     (SELECT count(*) FROM booking_item i JOIN service s ON s.id = i.service_id \
      WHERE i.booking_id = b.id AND s.sensitive) AS sensitive \
     FROM booking b JOIN office o ON o.id = b.office_id JOIN contact c ON c.id = b.contact_id \
     WHERE b.town_id = ? AND b.state = 'booked' \
     AND b.check_in_code IS NOT NULL";

/// Of them those that have no reminder of this kind yet which still holds.
pub(super) fn not_yet_reminded(which: Which) -> String {
    format!(
        "{TO_REMIND} AND NOT EXISTS (SELECT 1 FROM message m WHERE m.booking_id = b.id AND m.kind = '{}' \
         AND m.state <> 'superseded')",
        which.kind().as_str()
    )
}

/// The next bookings to remind of, the longest due first.
///
/// # Errors
/// When the database fails or a contact cannot be opened.
pub async fn due(
    tx: &Tx,
    town: TownId,
    which: Which,
    now: DateTime<Utc>,
    not_before_start: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<ToRemind>, StoreError> {
    let (not_yet, due_at) = (not_yet_reminded(which), which.due_at());
    let sql = format!("{not_yet} AND b.{due_at} <= ? AND b.starts_at > ? ORDER BY b.{due_at}, b.id LIMIT ?");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [town.0.into(), now.into(), not_before_start.into(), limit.into()];
    let rows = tx.raw().query_all_raw(tx.kind().statement(&sql, values)).await?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Reminds nobody of a booking: there is no way to whoever booked, or it is owed already. No scan looks at it again.
///
/// # Errors
/// When the database fails.
pub async fn leave_out(tx: &Tx, which: Which, booking: BookingId) -> Result<(), StoreError> {
    let sql = format!("UPDATE booking SET {} = NULL WHERE id = ?", which.due_at());
    tx.raw().execute_raw(tx.kind().statement(&sql, [booking.0.into()])).await?;
    Ok(())
}

/// How many bookings of the whole installation should have had their reminder of this kind before that moment.
///
/// # Errors
/// When the database fails.
pub async fn overdue(
    connection: &impl Connection,
    which: Which,
    before: DateTime<Utc>,
    not_before_start: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let (due_at, kind) = (which.due_at(), which.kind().as_str());
    let sql = format!(
        "SELECT count(*) AS n FROM booking b WHERE b.state = 'booked' AND b.{due_at} <= ? AND b.starts_at > ? \
         AND b.contact_id IS NOT NULL AND b.check_in_code IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m \
         WHERE m.booking_id = b.id AND m.kind = '{kind}' AND m.state <> 'superseded')"
    );
    let statement = connection.kind().statement(&sql, [before.into(), not_before_start.into()]);
    let row = connection.raw().query_one_raw(statement).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
}

pub(super) fn read(connection: &impl Connection, row: &QueryResult) -> Result<ToRemind, StoreError> {
    let sealed: Vec<u8> = row.try_get("", "sealed")?;
    let language: String = row.try_get("", "language")?;
    Ok(ToRemind {
        booking: BookingId(row.try_get("", "id")?),
        rev: row.try_get("", "rev")?,
        starts_at: row.try_get("", "starts_at")?,
        office: row.try_get("", "office")?,
        street: row.try_get("", "street")?,
        sensitive: row.try_get::<i64>("", "sensitive")? > 0,
        check_in_code: row.try_get("", "check_in_code")?,
        language: Language::parse(&language).unwrap_or_default(),
        contact: connection.sealer().open(&sealed, "contact")?,
    })
}

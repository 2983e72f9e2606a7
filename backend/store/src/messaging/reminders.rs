//! Bookings whose reminder is due and not owed yet.

use chrono::{DateTime, Utc};
use domain::contact::Contact;
use domain::ids::{BookingId, TownId};
use domain::language::Language;
use domain::messaging::Kind;
use sea_orm::ConnectionTrait;

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
    let (due_at, kind) = match which {
        Which::Early => ("remind_early_at", Kind::EarlyReminder),
        Which::DayBefore => ("remind_at", Kind::Reminder),
    };
    let sql = format!(
        "SELECT b.id, b.rev, b.starts_at, b.check_in_code, b.language, o.name AS office, o.street, c.sealed, \
         (SELECT count(*) FROM booking_item i JOIN service s ON s.id = i.service_id \
          WHERE i.booking_id = b.id AND s.sensitive) AS sensitive \
         FROM booking b JOIN office o ON o.id = b.office_id JOIN contact c ON c.id = b.contact_id \
         WHERE b.town_id = ? AND b.state = 'booked' AND b.{due_at} <= ? AND b.starts_at > ? \
         AND b.phone_hash IS NOT NULL AND b.check_in_code IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM message m WHERE m.booking_id = b.id AND m.kind = '{}' \
                         AND m.booking_rev = b.rev) \
         ORDER BY b.{due_at}, b.id LIMIT ?",
        kind.as_str()
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let statement =
        tx.kind().statement(&sql, [town.0.into(), now.into(), not_before_start.into(), limit.into()]);
    let rows = tx.raw().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
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
                contact: tx.sealer().open(&sealed, "contact")?,
            })
        })
        .collect()
}

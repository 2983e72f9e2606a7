//! Staff looks for somebody's appointment: by mobile number, by check-in code, or by name.
//!
//! Each search is in the event log with who looked. What was typed is not: only the first half of its keyed hash, so that
//! "did anybody look for this number?" can be answered without the log telling numbers.

use chrono::TimeDelta;
use domain::actor::StaffMember;
use domain::appointments::codes::CheckInCode;
use domain::appointments::status::BookingState;
use domain::contact::PhoneNumber;
use domain::event::Subject;
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::names::{folded, matches};
use domain::town::Town;
use store::appointments::{BookedItem, Booking};
use store::{Connection, StoreError};
use uuid::Uuid;

use crate::app::{App, Change};
use crate::appointments::details_of;

/// How many days ahead a name is looked for: its letters are sealed, so every booking of these days is opened.
const NAME_DAYS: i64 = 28;

/// How far back and ahead a code is looked for.
const CODE_DAYS: (i64, i64) = (1, 370);

/// The most that is shown.
const MOST: usize = 20;

/// An appointment that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The booking.
    pub booking: Booking,
    /// The person's name, while it is kept.
    pub name: String,
    /// The office's name.
    pub office_name: String,
    /// The services.
    pub items: Vec<BookedItem>,
}

/// What was typed.
enum Wanted {
    Phone(PhoneNumber),
    Code(CheckInCode),
    Name(String),
}

impl Wanted {
    fn read(typed: &str, town: &Town) -> Self {
        if let Ok(code) = CheckInCode::parse(typed) {
            return Self::Code(code);
        }
        match PhoneNumber::parse(typed, &town.settings.phone_countries) {
            Ok(phone) => Self::Phone(phone),
            Err(_) => Self::Name(folded(typed)),
        }
    }

    /// How the log calls it.
    fn by(&self) -> &'static str {
        match self {
            Self::Phone(_) => "by_number",
            Self::Code(_) => "by_code",
            Self::Name(_) => "by_name",
        }
    }
}

/// The appointments that match, soonest first, and whether there are more. A name is looked for in one office.
///
/// # Errors
/// When the database fails.
pub async fn find(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
    typed: &str,
) -> Result<(Vec<Found>, bool), StoreError> {
    let now = app.clock.now();
    let today = local_day(town.zone, now);
    let wanted = Wanted::read(typed.trim(), town);
    let mut bookings = match &wanted {
        Wanted::Phone(phone) => {
            let hash = app.db.sealer().phone_hash(phone);
            store::appointments::bookings_of_number(&app.db, town.id, &hash, now).await?
        }
        Wanted::Code(code) => {
            let days = (today - TimeDelta::days(CODE_DAYS.0), today + TimeDelta::days(CODE_DAYS.1));
            store::appointments::bookings_of_code(&app.db, town.id, *code, days).await?
        }
        Wanted::Name(name) => {
            let days = (today, today + TimeDelta::days(NAME_DAYS));
            let all = store::appointments::named_bookings(&app.db, office, days).await?;
            all.into_iter().filter(|(_, full)| matches(full, name)).map(|(booking, _)| booking).collect()
        }
    };
    bookings.retain(|booking| booking.state != BookingState::Moved && booking.state != BookingState::Expired);
    note(app, by, &wanted, bookings.len()).await?;
    let more = bookings.len() > MOST;
    bookings.truncate(MOST);
    Ok((with_details(app, town, bookings).await?, more))
}

async fn note(app: &App, by: &StaffMember, wanted: &Wanted, found: usize) -> Result<(), StoreError> {
    let same = match wanted {
        Wanted::Phone(phone) => phone.e164().to_owned(),
        Wanted::Code(code) => code.compact(),
        Wanted::Name(name) => name.clone(),
    };
    let hash = app.db.sealer().keyed_hash("search", same.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    let tx = app.db.write().await?;
    let change = Change::begins("searched").because(format!("{}: {found} found", wanted.by()));
    app.log(&tx, by.town, Subject::Search(Uuid::from_bytes(half)), change, by.into()).await?;
    tx.commit().await
}

async fn with_details(app: &App, town: &Town, bookings: Vec<Booking>) -> Result<Vec<Found>, StoreError> {
    let mut details = details_of(&app.db, bookings.iter()).await?;
    let offices = store::setup::offices(&app.db, town.id).await?;
    let found = bookings.into_iter().map(|booking| Found {
        name: booking
            .contact
            .and_then(|id| details.contacts.get(&id))
            .map(|contact| contact.name.clone())
            .unwrap_or_default(),
        office_name: offices
            .iter()
            .find(|office| office.id == booking.office)
            .map(|office| office.name.clone())
            .unwrap_or_default(),
        items: details.items.remove(&booking.id).unwrap_or_default(),
        booking,
    });
    Ok(found.collect())
}

//! The reminders, some days before and the day before: found by looking at the bookings, never parked in a queue, so that a moved booking, a restored
//! backup or a flushed queue change nothing about it.

use chrono::Duration;
use domain::local_time::local_of;
use domain::messaging::notification::Visit;
use domain::messaging::{Notification, dedupe, timing};
use domain::town::Town;
use store::StoreError;
use store::messaging::reminders::{self as rows, ToRemind, Which};

use super::{Owed, notify_until, wake};
use crate::app::App;
use crate::fail_point;

/// Bookings in one transaction.
const PAGE: u64 = 200;
/// A reminder shortly before the appointment only annoys, and an early one shortly before the other.
pub(super) const fn latest(which: Which) -> Duration {
    match which {
        Which::Early => Duration::hours(48),
        Which::DayBefore => Duration::hours(2),
    }
}

/// Owes the reminders that are due in a town; gives their number. May be interrupted anywhere and run twice at once.
///
/// # Errors
/// When the database fails; what was owed until then stays owed.
pub async fn remind(app: &App, town: &Town) -> Result<u64, StoreError> {
    let owed = remind_of(app, town, Which::Early).await? + remind_of(app, town, Which::DayBefore).await?;
    if owed > 0 {
        wake(app, town.id);
    }
    Ok(owed)
}

async fn remind_of(app: &App, town: &Town, which: Which) -> Result<u64, StoreError> {
    let mut owed = 0;
    loop {
        let now = app.clock.now();
        let tx = app.db.write().await?;
        let page = rows::due(&tx, town.id, which, now, now + latest(which), PAGE).await?;
        let found = page.len();
        let mut new = 0;
        for booking in page {
            let expires_at = match which {
                Which::Early => timing::early_reminder_expires(booking.starts_at, town.zone),
                Which::DayBefore => timing::reminder_expires(booking.starts_at, town.zone),
            };
            let id = booking.booking;
            let message = reminder(town, booking, which);
            if notify_until(app, &tx, town, message, expires_at).await?.is_some() {
                new += 1;
            } else {
                rows::leave_out(&tx, which, id).await?;
            }
        }
        fail_point::reached(fail_point::REMINDERS_WRITTEN);
        tx.commit().await?;
        fail_point::reached(fail_point::REMINDERS_COMMITTED);
        owed += new;
        if found < PAGE as usize {
            break;
        }
    }
    Ok(owed)
}

pub(super) fn reminder(town: &Town, booking: ToRemind, which: Which) -> Owed {
    let visit = Visit {
        starts: local_of(town.zone, booking.starts_at),
        office: booking.office,
        address: booking.street,
        entrance: None,
        sensitive: booking.sensitive,
        check_in_code: super::shown_code(&booking.check_in_code),
    };
    let (id, starts_at) = (booking.booking, booking.starts_at);
    let (notification, dedupe) = match which {
        Which::Early => {
            (Notification::EarlyReminder { visit }, dedupe::early_reminder(id, starts_at, booking.rev))
        }
        Which::DayBefore => (Notification::Reminder { visit }, dedupe::reminder(id, starts_at, booking.rev)),
    };
    Owed {
        notification,
        to: booking.contact.into(),
        language: booking.language,
        booking: Some((booking.booking, booking.rev)),
        visit: None,
        dedupe,
        not_before: None,
    }
}

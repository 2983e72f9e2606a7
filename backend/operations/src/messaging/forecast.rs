//! What goes out tomorrow, hour by hour: reminders that will be owed, and messages that wait for their moment.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use domain::language::Language;
use domain::local_time::{day_span, local_of, next_day};
use domain::messaging::{ChannelKind, Notification, sms_encoding, text};
use domain::town::Town;
use store::StoreError;
use store::messaging::forecast as rows;
use store::messaging::reminders::Which;

use super::{quiet, reminders};
use crate::app::App;

/// What goes out in one hour of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// The hour on the town's clocks.
    pub hour: u32,
    /// Text messages that remind.
    pub reminders: u64,
    /// Other text messages, which are owed already.
    pub others: u64,
    /// E-mails.
    pub mails: u64,
    /// Segments of all text messages.
    pub segments: u64,
}

/// What goes out on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The day.
    pub day: NaiveDate,
    /// Its hours in which something goes out.
    pub hours: Vec<Hour>,
    /// What a segment costs, in thousandths of a cent.
    pub segment_millicents: u32,
}

/// What goes out tomorrow, as far as it is known now.
///
/// # Errors
/// When the database fails.
pub async fn tomorrow(app: &App, town: &Town) -> Result<Forecast, StoreError> {
    let day = next_day(local_of(town.zone, app.clock.now()).date());
    let (from, until) = day_span(town.zone, day);
    let mut hours: Vec<Hour> = (0..24).map(|hour| Hour { hour, ..Hour::default() }).collect();
    let hour_of = |at: DateTime<Utc>| local_of(town.zone, at).hour() as usize;
    let mut reminded = Vec::new();
    for which in [Which::Early, Which::DayBefore] {
        let found = rows::reminders_between(&app.db, (town.id, which), from, until).await?;
        reminded
            .extend(found.into_iter().map(|(at, booking)| (at, reminders::reminder(town, booking, which))));
    }
    for (at, owed) in reminded {
        // On Sundays and holidays they wait for ten o'clock.
        let hour = &mut hours[hour_of(quiet::allowed_from(town, at))];
        if owed.to.phone.is_some() {
            hour.reminders += 1;
            hour.segments += segments(&owed.notification, owed.language);
        }
        hour.mails += u64::from(owed.to.mailbox(app, owed.notification.kind()).is_some());
    }
    for waiting in rows::waiting_between(&app.db, town.id, from, until).await? {
        let hour = &mut hours[hour_of(waiting.due_at)];
        match waiting.channel {
            ChannelKind::Sms => {
                hour.others += 1;
                let said = waiting.content.as_ref();
                hour.segments += said.map_or(1, |said| segments(&said.notification, waiting.language));
            }
            ChannelKind::Email => hour.mails += 1,
            // A push costs nothing, and what follows it is owed beside it.
            ChannelKind::Push => {}
        }
    }
    hours.retain(|hour| hour.reminders + hour.others + hour.mails > 0);
    Ok(Forecast { day, hours, segment_millicents: town.settings.segment_millicents })
}

/// How many segments a text has.
pub(super) fn segments(notification: &Notification, language: Language) -> u64 {
    sms_encoding::measure(&text::render(notification, language)).segments.into()
}

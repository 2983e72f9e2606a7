//! An SMS somebody wrote to us: kept once, understood as one command, answered once, all in one transaction.
//!
//! The number it came from is the identity: it may see and cancel what was booked with this number, nothing else, and a
//! cancellation takes a second message. Answers go to that number only, so a forged sender learns nothing.

use chrono::{DateTime, Duration, Utc};
use domain::contact::PhoneNumber;
use domain::language::Language;
use domain::local_time::local_of;
use domain::messaging::attempt::{InboundSms, ProviderOptOut};
use domain::messaging::conversation::{self, Act, Facts, MUTE_MINUTES, OpenBooking};
use domain::messaging::notification::Reply;
use domain::messaging::{Notification, dedupe, sms_dialogue};
use domain::town::Town;
use store::messaging::inbox::{self, OpenBookingRow};
use store::{Connection, StoreError, Tx};

use crate::app::App;
use crate::appointments::{cancel_by_sms, signal};
use crate::error::Error;
use crate::messaging::{Owed, notify, shown_code, wake};
use crate::queue::{self, Visit, arrival};

/// Most answers to one number in an hour: two robots must not write to each other at our cost.
const PER_HOUR: u32 = 15;
/// Most answers to one number in a day.
const PER_DAY: u32 = 30;
/// How long an appointment is still talked about after it began.
const STILL_OPEN: Duration = Duration::minutes(30);

/// What became of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer is owed.
    Once,
    /// It needs no answer, or gets none.
    Silently,
    /// It was here before.
    Before,
}

/// Records an inbound message and owes its answer. The same message twice is one.
///
/// # Errors
/// When the database fails; the provider delivers it again then.
pub async fn record_inbound(app: &App, town: &Town, sms: InboundSms) -> Result<Answered, StoreError> {
    let now = app.clock.now();
    let hash = app.db.sealer().phone_hash(&sms.from).0;
    let id = app.uuid();
    let tx = app.db.write().await?;
    if !inbox::insert_inbound(&tx, id, town.id, &sms, app.rng.bytes(), now).await? {
        return Ok(Answered::Before);
    }
    inbox::lock_number(&tx, &hash).await?;
    let mut conversation = Talk { app, tx: &tx, town, sms: &sms, hash: &hash, now };
    let reply = conversation.answer().await?;
    inbox::finish_inbound(&tx, id, reply.message, now).await?;
    tx.commit().await?;
    wake(app, town.id);
    if let Some(booking) = reply.cancelled {
        signal(app, town, booking.office_id, booking.id);
    }
    if let Some(visit) = &reply.arrived {
        queue::signal(app, visit);
    }
    Ok(if reply.answered { Answered::Once } else { Answered::Silently })
}

/// One exchange, while its transaction is open.
struct Talk<'a> {
    app: &'a App,
    tx: &'a Tx,
    town: &'a Town,
    sms: &'a InboundSms,
    hash: &'a [u8],
    now: DateTime<Utc>,
}

/// What came of an exchange.
#[derive(Default)]
struct Given {
    answered: bool,
    message: Option<domain::ids::MessageId>,
    cancelled: Option<OpenBookingRow>,
    arrived: Option<Visit>,
}

impl Talk<'_> {
    async fn answer(&mut self) -> Result<Given, StoreError> {
        if let Some(done) = self.sms.opt_out {
            // The provider has answered already.
            match done {
                ProviderOptOut::Stop => self.opt_out().await?,
                ProviderOptOut::Start => self.opt_in().await?,
                ProviderOptOut::Help => {}
            }
            return Ok(Given::default());
        }
        let rows = inbox::open_bookings(self.tx, self.town.id, self.hash, self.now - STILL_OPEN).await?;
        let inbound = sms_dialogue::parse(&self.sms.body);
        let before = inbox::conversation(self.tx, self.town.id, self.hash, self.now).await?;
        let (after, act) = conversation::step(&before, &inbound.command, &self.facts(&rows), self.now);
        let until = self.now + Duration::minutes(MUTE_MINUTES);
        inbox::save_conversation(self.tx, self.town.id, self.hash, &after, until).await?;
        // STORNO is advertised in every language: the booking knows better than the word.
        let language = rows.first().map(|row| row.language).or(inbound.language).unwrap_or_default();
        let reply = match act {
            Act::Reply(reply) => reply,
            Act::Nothing => return Ok(Given::default()),
            Act::OptOut => {
                self.opt_out().await?;
                Reply::OptedOut
            }
            Act::OptIn => {
                self.opt_in().await?;
                Reply::OptedIn
            }
            Act::Arrive(booking) => {
                match arrival::check_in_by_sms(self.app, self.tx, self.town, booking).await {
                    Ok((visit, zone)) => {
                        let number = visit.ticket.compact();
                        let mut given = self.reply(Reply::Arrived { number, zone }, language).await?;
                        given.arrived = Some(visit);
                        return Ok(given);
                    }
                    Err(Error::Failed(failure)) => return Err(failure),
                    Err(Error::Refused(_)) => match rows.iter().find(|row| row.id == booking) {
                        Some(row) => Reply::CannotArrive { line: self.open(row).line() },
                        None => Reply::NothingOpen { link: self.link("") },
                    },
                }
            }
            Act::Cancel(booking) => match cancel_by_sms(self.app, self.tx, self.town, booking).await {
                // The news about the cancellation is the answer; it is owed by the cancellation itself.
                Ok(_) => {
                    let cancelled = rows.into_iter().find(|row| row.id == booking);
                    return Ok(Given { answered: true, cancelled, ..Given::default() });
                }
                Err(Error::Refused(_)) => {
                    Reply::CannotCancel { telephone: self.town.settings.phone_help.clone() }
                }
                Err(Error::Failed(failure)) => return Err(failure),
            },
        };
        self.reply(reply, language).await
    }

    async fn reply(&self, reply: Reply, language: Language) -> Result<Given, StoreError> {
        if !self.may_answer().await? {
            return Ok(Given::default());
        }
        let owed = Owed {
            notification: Notification::InboundReply { reply },
            to: self.sms.from.clone(),
            language,
            booking: None,
            visit: None,
            dedupe: dedupe::reply(self.sms.provider, &self.sms.sid),
            not_before: None,
        };
        let message = notify(self.app, self.tx, self.town, owed).await?;
        Ok(Given { answered: message.is_some(), message, ..Given::default() })
    }

    /// No answers to names, short numbers and ourselves, and not too many to anybody.
    async fn may_answer(&self) -> Result<bool, StoreError> {
        let own = self.town.settings.sms_number.as_deref() == Some(self.sms.from.e164());
        if own || !is_a_phone(&self.sms.from) {
            return Ok(false);
        }
        let tail: String = self.hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        for (limit, window, name) in
            [(PER_HOUR, Duration::hours(1), "hour"), (PER_DAY, Duration::days(1), "day")]
        {
            let key = format!("sms-answers:{name}:{tail}");
            let (count, _) = store::throttle::count(self.tx, &key, window, self.now).await?;
            if count > limit {
                tracing::warn!(window = name, "a number writes too often, it gets no answer");
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn opt_out(&self) -> Result<(), StoreError> {
        inbox::suppress(self.tx, self.town.id, self.hash, "sms", self.now).await
    }

    async fn opt_in(&self) -> Result<(), StoreError> {
        inbox::unsuppress(self.tx, self.town.id, self.hash).await
    }

    fn facts(&self, rows: &[OpenBookingRow]) -> Facts {
        Facts {
            open: rows.iter().map(|row| self.open(row)).collect(),
            telephone: self.town.settings.phone_help.clone(),
            booking_link: self.link(""),
            privacy_link: self.link("datenschutz"),
        }
    }

    fn open(&self, row: &OpenBookingRow) -> OpenBooking {
        OpenBooking {
            id: row.id,
            starts: local_of(self.town.zone, row.starts_at),
            place: row.place.clone(),
            check_in_code: shown_code(&row.check_in_code),
        }
    }

    fn link(&self, path: &str) -> String {
        self.app.link(self.town, path)
    }
}

fn is_a_phone(number: &PhoneNumber) -> bool {
    let digits = number.e164().strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

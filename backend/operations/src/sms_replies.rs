//! An SMS somebody wrote to us: kept once, understood as one command, answered once, all in one transaction.
//!
//! The number it came from is the identity: it may book for itself, and see, move and cancel what was booked with this
//! number, nothing else; a booking and a cancellation take a second message. Answers go to that number only, so a forged
//! sender learns nothing.

mod booking;
mod landed;

use std::convert::Infallible;

use chrono::{DateTime, Duration, Utc};
use domain::contact::PhoneNumber;
use domain::ids::{BookingId, HoldId, OfficeId};
use domain::language::Language;
use domain::local_time::{day_span, local_day, local_of};
use domain::messaging::attempt::{InboundSms, ProviderOptOut};
use domain::messaging::conversation::{self, Act, Conversation, Facts, OpenBooking, Question};
use domain::messaging::heard::Heard;
use domain::messaging::notification::Reply;
use domain::messaging::sms_dialogue::{Command, Inbound};
use domain::messaging::{ChannelKind, Notification, dedupe, sms_dialogue};
use domain::town::Town;
use store::appointments::waiting::open_offer_of_number;
use store::messaging::inbound::{self, Came, Ended};
use store::messaging::inbox::{self, OpenBookingRow};
use store::{Connection, StoreError, Tx};
use uuid::Uuid;

use crate::app::App;
use crate::appointments::{cancel_by_sms, let_go_by_sms, signal};
use crate::error::{Error, Outcome, Tries};
use crate::messaging::{Owed, notify, shown_code, wake};
use crate::queue::arrival::HereBySms;
use crate::queue::{self, Visit, arrival};
pub use landed::answer_landed;
pub(crate) use landed::land;

/// Most answers to one number in an hour: two robots must not write to each other at our cost.
const PER_HOUR: u32 = 15;
/// Most answers to one number in a day.
const PER_DAY: u32 = 30;
/// How long we remember what was said last: an unfinished dialogue is forgotten after a day.
const REMEMBERED: Duration = Duration::hours(24);
/// Who is here for one appointment and says so again is here for the next one, too, when that begins so soon.
const SOON: Duration = Duration::minutes(60);

/// What became of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer is owed.
    Once,
    /// It needs no answer, or gets none.
    Silently,
    /// It was here before.
    Before,
    /// Older ones of its number are still to be dealt with; it waits for them.
    InItsTurn,
}

/// Records an inbound message and owes its answer. The same message twice is one.
///
/// # Errors
/// When the database fails; the provider delivers it again then.
pub async fn record_inbound(app: &App, town: &Town, sms: InboundSms) -> Result<Answered, StoreError> {
    record_written(app, town, sms, app.clock.now()).await
}

/// As [`record_inbound`], for a message that reaches us later than it was written: one that is older than a dialogue lasts
/// is kept, and heard where it wants no messages or wants them again, but not answered.
pub(crate) async fn record_written(
    app: &App,
    town: &Town,
    sms: InboundSms,
    written_at: DateTime<Utc>,
) -> Result<Answered, StoreError> {
    let mut tries = Tries::default();
    loop {
        match try_record(app, town, &sms, written_at).await {
            Err(error) if tries.again(&error) => {}
            Ok(answered) => return Ok(answered),
            Err(Error::Failed(failure)) => return Err(failure),
        }
    }
}

async fn try_record(
    app: &App,
    town: &Town,
    sms: &InboundSms,
    written_at: DateTime<Utc>,
) -> Outcome<Answered, Infallible> {
    let hash = app.db.sealer().phone_hash(&sms.from).0;
    let id = app.uuid();
    let tx = app.db.write().await?;
    let came = Came { received_at: written_at, landed_at: None };
    if !inbound::insert(&tx, (id, town.id), sms, app.rng.bytes(), came).await? {
        return Ok(Answered::Before);
    }
    inbox::lock_number(&tx, &hash).await?;
    if inbound::oldest(&tx, town.id, &hash).await?.is_some_and(|oldest| oldest.id != id) {
        inbound::leave(&tx, id, app.clock.now()).await?;
        tx.commit().await?;
        return Ok(Answered::InItsTurn);
    }
    Ok(exchange(app, tx, town, (id, sms, &hash), written_at).await?)
}

/// Does what a message says and owes its answer; the number is locked.
async fn exchange(
    app: &App,
    tx: Tx,
    town: &Town,
    (id, sms, hash): (Uuid, &InboundSms, &[u8]),
    written_at: DateTime<Utc>,
) -> Result<Answered, StoreError> {
    let now = app.clock.now();
    let mut talk = Talk {
        app,
        tx: &tx,
        town,
        sms,
        hash,
        now,
        written_at,
        rows: Vec::new(),
        language: Language::default(),
    };
    talk.rows = talk.open_bookings().await?;
    let late = now - written_at > Duration::minutes(conversation::ASK_MINUTES);
    let inbound = sms_dialogue::parse(&sms.body);
    let command = Some(inbound.command.as_str());
    let given = if late { talk.only_hear(&inbound).await? } else { talk.answer(inbound).await? };
    let ended = Ended { command, heard: given.heard, reply: given.message };
    inbound::finish(&tx, id, ended, now).await?;
    tx.commit().await?;
    wake(app, town.id);
    if let Some((office, booking)) = given.changed {
        signal(app, town, office, booking);
    }
    if let Some(visit) = &given.arrived {
        queue::signal(app, visit);
    }
    Ok(if given.heard == Heard::Answered { Answered::Once } else { Answered::Silently })
}

/// One exchange, while its transaction is open.
struct Talk<'a> {
    app: &'a App,
    tx: &'a Tx,
    town: &'a Town,
    sms: &'a InboundSms,
    hash: &'a [u8],
    now: DateTime<Utc>,
    written_at: DateTime<Utc>,
    /// What the number has open.
    rows: Vec<OpenBookingRow>,
    /// The language of the answer.
    language: Language,
}

/// What came of an exchange.
#[derive(Default)]
struct Given {
    heard: Heard,
    message: Option<domain::ids::MessageId>,
    changed: Option<(OfficeId, BookingId)>,
    arrived: Option<Visit>,
}

/// What is remembered after an exchange, what it did, and what is still to be said.
struct Step {
    after: Conversation,
    given: Given,
    reply: Option<Reply>,
}

impl Talk<'_> {
    async fn answer(&mut self, inbound: Inbound) -> Result<Given, StoreError> {
        let before = inbox::conversation(self.tx, self.town.id, self.hash, self.now).await?;
        let wanted = self.wanted(&inbound.command);
        if self.sms.opt_out.is_some() || (wanted.is_some() && self.is_overtaken(&before)) {
            // The provider has answered already, or the answer would be untrue.
            self.hear(before, wanted).await?;
            return Ok(Given::default());
        }
        if let Command::Speak(language) = inbound.command {
            self.speak(language).await?;
        }
        // A word of one language tells; what is asked was asked in the language of the answer; the booking knows the rest.
        let asked = (before.question != Question::None).then_some(before.language).flatten();
        let booked = self.rows.first().map(|row| row.language);
        let known = inbound.language.or(asked).or(booked).or(before.language);
        self.language = known.unwrap_or_default();
        let facts = self.facts().await?;
        let (after, act) = conversation::step(&before, &inbound.command, &facts, self.now);
        if let Some(hold) = before.hold().filter(|hold| lets_go(&after, &act, *hold)) {
            let_go_by_sms(self.app, self.tx, self.town, hold).await?;
        }
        let step = self.act(after, act).await?;
        let opted_at = wanted.map_or(before.opted_at, |_| Some(self.written_at));
        let after = Conversation { language: known, opted_at, ..step.after };
        let until = self.now + REMEMBERED;
        inbox::save_conversation(self.tx, self.town.id, self.hash, &after, until).await?;
        let reply = match step.reply {
            Some(Reply::NothingOpen { link }) => self.here().await?.unwrap_or(Reply::NothingOpen { link }),
            Some(reply) => reply,
            // The news of what was done is the answer; to a number that wants no news it is not sent.
            None if step.given.changed.is_some() && self.wants_no_news().await? => {
                self.rows = self.open_bookings().await?;
                conversation::appointments(&self.facts().await?)
            }
            None => return Ok(step.given),
        };
        let said = self.reply(reply).await?;
        Ok(Given { heard: said.heard, message: said.message, ..step.given })
    }

    /// Whoever wrote has given up waiting for an answer; only what holds from now on is heard.
    async fn only_hear(&self, inbound: &Inbound) -> Result<Given, StoreError> {
        let before = inbox::conversation(self.tx, self.town.id, self.hash, self.now).await?;
        self.hear(before, self.wanted(&inbound.command)).await?;
        Ok(Given { heard: Heard::Late, ..Given::default() })
    }

    /// Whether the number says that it wants messages or wants none, if it says anything of that.
    fn wanted(&self, command: &Command) -> Option<bool> {
        match (self.sms.opt_out, command) {
            (Some(ProviderOptOut::Stop), _) | (None, Command::Stop) => Some(false),
            (Some(ProviderOptOut::Start), _) | (None, Command::Start) => Some(true),
            _ => None,
        }
    }

    /// Whether the number has said something newer about that: messages may reach us in another order than they were
    /// written.
    fn is_overtaken(&self, before: &Conversation) -> bool {
        before.opted_at.is_some_and(|at| at > self.written_at)
    }

    /// Does what the number wants about messages, without a word.
    async fn hear(&self, before: Conversation, wanted: Option<bool>) -> Result<(), StoreError> {
        if self.is_overtaken(&before) {
            return Ok(());
        }
        match wanted {
            Some(true) => self.opt_in().await?,
            Some(false) => self.opt_out().await?,
            None => return Ok(()),
        }
        let after = Conversation { opted_at: Some(self.written_at), ..before };
        inbox::save_conversation(self.tx, self.town.id, self.hash, &after, self.now + REMEMBERED).await
    }

    /// From now on the number hears and reads this language, what is booked already included.
    async fn speak(&mut self, language: Language) -> Result<(), StoreError> {
        inbox::set_language(self.tx, self.town.id, self.hash, language).await?;
        for row in &mut self.rows {
            row.language = language;
        }
        Ok(())
    }

    /// What to say to who is here already and asks about appointments.
    async fn here(&self) -> Result<Option<Reply>, StoreError> {
        let here = arrival::waiting_number(self.app, self.tx, self.town, self.hash).await?;
        let telephone = self.town.settings.phone_help.clone();
        Ok(here.map(|(number, zone)| Reply::IsHere { number, zone, telephone }))
    }

    /// Checks in with the next appointment; whoever is here already hears their number again.
    async fn arrive(&self, next: Option<BookingId>) -> Result<(Reply, Option<Visit>), StoreError> {
        let (app, tx, town) = (self.app, self.tx, self.town);
        let told = |here: HereBySms| {
            let number = here.visit.ticket.compact();
            let at = here.visit.appointment_at.map(|at| local_of(town.zone, at).time());
            let reply = Reply::Arrived { number, zone: here.zone, too_late: here.too_late, at };
            (reply, Some(here.visit))
        };
        let starts_at = self.rows.iter().find(|row| Some(row.id) == next).map(|row| row.starts_at);
        let soon = starts_at.is_some_and(|at| at - self.now <= SOON);
        let is_for_later = !soon && next.is_some() && self.here().await?.is_some();
        if let Some(booking) = next.filter(|_| !is_for_later) {
            match arrival::check_in_by_sms(app, tx, town, booking).await {
                Ok(here) => return Ok(told(here)),
                Err(Error::Failed(failure)) => return Err(failure),
                Err(Error::Refused(_)) => {}
            }
        }
        match arrival::here_again_by_sms(app, tx, town, self.hash).await {
            Ok(Some(here)) => return Ok(told(here)),
            Ok(None) => {}
            Err(Error::Failed(failure)) => return Err(failure),
            Err(Error::Refused(_)) => {
                return Ok((Reply::TooLate { telephone: town.settings.phone_help.clone() }, None));
            }
        }
        let row = self.rows.iter().find(|row| Some(row.id) == next);
        Ok(match row {
            Some(row) => (Reply::CannotArrive { line: self.open(row).line() }, None),
            None => (Reply::NothingOpen { link: self.link("") }, None),
        })
    }

    async fn act(&self, after: Conversation, act: Act) -> Result<Step, StoreError> {
        let mut given = Given::default();
        let reply = match act {
            Act::Reply(reply) => reply,
            Act::Nothing => return Ok(Step { after, given, reply: None }),
            Act::OptOut => {
                self.opt_out().await?;
                Reply::OptedOut
            }
            Act::OptIn => {
                self.opt_in().await?;
                Reply::OptedIn
            }
            Act::Arrive(next) => {
                let (reply, arrived) = self.arrive(next).await?;
                given.arrived = arrived;
                reply
            }
            Act::Cancel(booking) => match cancel_by_sms(self.app, self.tx, self.town, booking).await {
                // The news about the cancellation is the answer; it is owed by the cancellation itself.
                Ok(_) => {
                    let row = self.rows.iter().find(|row| row.id == booking);
                    given.changed = row.map(|row| (row.office_id, row.id));
                    match row {
                        // To a number that wants no news that one is not sent.
                        Some(row) if self.wants_no_news().await? => {
                            Reply::Cancelled { starts: local_of(self.town.zone, row.starts_at) }
                        }
                        _ => {
                            given.heard = Heard::Answered;
                            return Ok(Step { after, given, reply: None });
                        }
                    }
                }
                Err(Error::Refused(_)) => {
                    Reply::CannotCancel { telephone: self.town.settings.phone_help.clone() }
                }
                Err(Error::Failed(failure)) => return Err(failure),
            },
            Act::FindServices(words) => return self.find_services(words.as_deref(), after).await,
            Act::FindOffices { service, back } => return self.find_offices(&service, back).await,
            Act::FindSlots { wish, after } => return self.find_slots(wish, after, false).await,
            Act::Hold(wish, slot) => return self.hold(wish, slot).await,
            Act::Book(wish, slot, hold) => return self.book(wish, slot, hold).await,
            Act::AcceptOffer => return self.accept_offer().await,
            Act::DeclineOffer => self.decline_offer().await?,
        };
        Ok(Step { after, given, reply: Some(reply) })
    }

    async fn reply(&self, reply: Reply) -> Result<Given, StoreError> {
        if let Some(heard) = self.unanswered().await? {
            return Ok(Given { heard, ..Given::default() });
        }
        let owed = Owed {
            notification: Notification::InboundReply { reply },
            to: self.sms.from.clone().into(),
            language: self.language,
            booking: None,
            visit: None,
            dedupe: dedupe::reply(self.sms.provider, &self.sms.sid),
            not_before: None,
        };
        let message = notify(self.app, self.tx, self.town, owed).await?;
        if let Some(id) = message {
            // The answer comes from the number that was written to.
            store::messaging::prefer_provider(self.tx, id, self.sms.provider).await?;
        }
        let heard = if message.is_some() { Heard::Answered } else { Heard::Noted };
        Ok(Given { heard, message, ..Given::default() })
    }

    /// Why it gets no answer: names, short numbers and we ourselves get none, and nobody gets too many.
    async fn unanswered(&self) -> Result<Option<Heard>, StoreError> {
        let from = self.sms.from.e164();
        let own = self.town.settings.sms_number.as_deref() == Some(from) || self.sms.to == from;
        let countries = &self.town.settings.phone_countries;
        // What a name or a short number asks costs us, and nobody reads the answer.
        if own || PhoneNumber::parse(self.sms.from.e164(), countries).is_err() {
            return Ok(Some(Heard::Unanswerable));
        }
        let tail: String = self.hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        for (limit, window, name) in
            [(PER_HOUR, Duration::hours(1), "hour"), (PER_DAY, Duration::days(1), "day")]
        {
            let key = format!("sms-answers:{name}:{tail}");
            let (count, _) = store::throttle::count(self.tx, &key, window, self.now).await?;
            if count > limit {
                tracing::warn!(window = name, "a number writes too often, it gets no answer");
                return Ok(Some(Heard::TooMany));
            }
        }
        Ok(None)
    }

    async fn open_bookings(&self) -> Result<Vec<OpenBookingRow>, StoreError> {
        let (today, _) = day_span(self.town.zone, local_day(self.town.zone, self.now));
        inbox::open_bookings(self.tx, self.town.id, self.hash, today).await
    }

    async fn wants_no_news(&self) -> Result<bool, StoreError> {
        inbox::is_suppressed(self.tx, self.town.id, (ChannelKind::Sms, self.hash)).await
    }

    async fn opt_out(&self) -> Result<(), StoreError> {
        inbox::suppress(self.tx, self.town.id, (ChannelKind::Sms, self.hash), "sms", self.now).await
    }

    async fn opt_in(&self) -> Result<(), StoreError> {
        inbox::unsuppress(self.tx, self.town.id, (ChannelKind::Sms, self.hash)).await
    }

    async fn facts(&self) -> Result<Facts, StoreError> {
        let offer = open_offer_of_number(self.tx, self.town.id, self.hash, self.now).await?;
        Ok(Facts {
            open: self.rows.iter().map(|row| self.open(row)).collect(),
            offered: offer.map(|offer| offer.offered_at),
            telephone: self.town.settings.phone_help.clone(),
            booking_link: self.link(""),
            privacy_link: self.link("datenschutz"),
        })
    }

    fn open(&self, row: &OpenBookingRow) -> OpenBooking {
        OpenBooking {
            id: row.id,
            starts_at: row.starts_at,
            starts: local_of(self.town.zone, row.starts_at),
            place: row.place.clone(),
            check_in_code: shown_code(&row.check_in_code),
            begun: row.starts_at <= self.now,
        }
    }

    fn link(&self, path: &str) -> String {
        self.app.link(self.town, path)
    }
}

/// Whether a slot that was kept is no longer asked about, and not the one that is booked now.
fn lets_go(after: &Conversation, act: &Act, hold: HoldId) -> bool {
    let booked = matches!(act, Act::Book(_, _, kept) if *kept == hold);
    !booked && after.hold() != Some(hold)
}

//! One message with everything that happened to it, as a line of events in words.

use chrono::{DateTime, Utc};
use domain::messaging::Lane;
use domain::messaging::delivery::{Receipt, State};
use domain::messaging::failure::ErrorClass;
use domain::messaging::standing::Redrive;
use operations::messaging::watch::{Attempt, Story};
use poem_openapi::Object;
use uuid::Uuid;

use super::MessageRow;
use crate::problem::Text;

/// A message with everything that happened to it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessageDetail {
    /// Its id.
    pub id: Uuid,
    /// When it was owed.
    pub created_at: DateTime<Utc>,
    /// What kind.
    pub kind: String,
    /// By which channel.
    pub channel: String,
    /// The last digits of the recipient.
    pub recipient: String,
    /// Where it stands.
    pub state: String,
    /// Parts billed.
    pub segments: i32,
    /// The provider's own id.
    pub provider_ref: Option<String>,
    /// The booking it speaks about.
    pub booking_id: Option<Uuid>,
    /// When it is or was due.
    pub due_at: DateTime<Utc>,
    /// Its text without codes and links; empty once erased.
    pub text_masked: String,
    /// In which language.
    pub language: String,
    /// The wording and its version.
    pub template: String,
    /// When its time is over.
    pub expires_at: DateTime<Utc>,
    /// What happened, oldest first.
    pub timeline: Vec<MessageEvent>,
    /// The attempts.
    pub attempts: Vec<MessageAttempt>,
    /// Whether it may be sent again by hand.
    pub may_retry: bool,
    /// Why one that failed may not: `expired`, `superseded`, `suppressed`, `erased`.
    pub not_again: Option<String>,
    /// Whether it may be stopped by hand.
    pub may_cancel: bool,
}

/// One thing that happened to a message.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessageEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// In one stable word.
    pub event: String,
    /// In words.
    pub title: Text,
    /// A code or reason.
    pub detail: Option<String>,
    /// `ok`, `run`, `warn`, `bad` or `off`.
    pub tone: String,
}

/// One attempt.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessageAttempt {
    /// The how-manieth.
    pub no: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its end was known.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended, in one word.
    pub outcome: String,
    /// The status of the provider's answer.
    pub http_status: Option<i32>,
    /// The provider's code.
    pub error_code: Option<String>,
    /// The letter of the class of failures it belongs to.
    pub error_class: Option<String>,
    /// Who was asked to carry it.
    pub provider: String,
}

/// Puts what is known in order.
pub(super) fn tell(story: Story) -> MessageDetail {
    let (retry, may_cancel) = (story.retry(), story.may_cancel());
    let timeline = timeline(&story);
    let row = MessageRow::from(&story.message);
    MessageDetail {
        id: row.id,
        created_at: row.created_at,
        kind: row.kind.clone(),
        channel: row.channel,
        recipient: row.recipient,
        state: row.state,
        segments: row.segments,
        provider_ref: row.provider_ref,
        booking_id: row.booking_id,
        due_at: row.due_at,
        text_masked: story.text_masked.unwrap_or_default(),
        language: story.message.language.tag().to_owned(),
        template: format!("{} v{}", row.kind, story.message.template_version),
        expires_at: story.message.expires_at,
        timeline,
        attempts: story.attempts.into_iter().map(MessageAttempt::from).collect(),
        may_retry: retry == Some(Redrive::Send),
        not_again: retry.filter(|retry| *retry != Redrive::Send).map(|retry| retry.as_str().to_owned()),
        may_cancel,
    }
}

impl From<Attempt> for MessageAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            no: attempt.no,
            started_at: attempt.started_at,
            finished_at: attempt.finished_at,
            outcome: attempt.outcome,
            http_status: attempt.http_status,
            error_code: attempt.error_code,
            error_class: attempt.error_class.map(|class| class.letter().to_owned()),
            provider: attempt.provider,
        }
    }
}

fn timeline(story: &Story) -> Vec<MessageEvent> {
    let message = &story.message;
    let mut events = vec![event(message.created_at, "owed", ("Entstanden", "Owed"), None, "off")];
    if let Some(at) = message.enqueued_at {
        events.push(event(at, "enqueued", ("An einen Worker gegeben", "Handed to a worker"), None, "run"));
    }
    for attempt in &story.attempts {
        let no = format!("{}", attempt.no);
        events.push(event(
            attempt.started_at,
            "attempt",
            ("Versuch begonnen", "Attempt began"),
            Some(no),
            "run",
        ));
        if let Some(at) = attempt.finished_at {
            events.push(ended(at, attempt));
        }
    }
    for (word, code, at) in &story.receipts {
        events.push(receipt(*at, word, code));
    }
    for logged in &story.interventions {
        let title = if logged.from.as_deref() == Some(logged.to.as_str()) {
            ("Im Klartext angesehen", "Read in the clear")
        } else if logged.to == "cancelled" {
            ("Von Hand angehalten", "Stopped by hand")
        } else {
            ("Von Hand erneut gesendet", "Sent again by hand")
        };
        events.push(event(logged.at, "intervention", title, logged.reason.clone(), "warn"));
    }
    if let Some(at) = message.final_at {
        events.extend(end(at, story));
    }
    events.extend(waits(story));
    events.sort_by_key(|event| event.at);
    events
}

fn event(
    at: DateTime<Utc>,
    word: &str,
    title: (&str, &str),
    detail: Option<String>,
    tone: &str,
) -> MessageEvent {
    let title = Text { de: title.0.to_owned(), en: Some(title.1.to_owned()) };
    MessageEvent { at, event: word.to_owned(), title, detail, tone: tone.to_owned() }
}

fn ended(at: DateTime<Utc>, attempt: &Attempt) -> MessageEvent {
    let code = attempt.error_code.clone().filter(|code| !code.is_empty());
    let (title, tone) = match attempt.outcome.as_str() {
        "accepted" => (("Vom Anbieter angenommen", "Taken by the provider"), "ok"),
        "unknown" => (("Ausgang nicht zu klären", "The outcome could not be found out"), "warn"),
        "not_listed" => (("Der Anbieter hatte sie nie", "The provider never had it"), "warn"),
        _ => attempt
            .error_class
            .map_or((("Vom Anbieter abgelehnt", "Refused by the provider"), "bad"), meaning),
    };
    event(at, "attempt_ended", title, code, tone)
}

/// What a class of failures means.
fn meaning(class: ErrorClass) -> ((&'static str, &'static str), &'static str) {
    match class {
        ErrorClass::NotSent => (("Anbieter nicht erreicht", "The provider was not reached"), "warn"),
        ErrorClass::Throttled => (("Anbieter bittet zu warten", "The provider asks to wait"), "warn"),
        ErrorClass::Ambiguous => {
            (("Ausgang unklar, wird geprüft", "Outcome unclear, being looked into"), "warn")
        }
        ErrorClass::PermanentRecipient => {
            (("Empfänger kann nichts empfangen", "The recipient cannot receive it"), "bad")
        }
        ErrorClass::OptedOut => {
            (("Beim Anbieter abbestellt", "The recipient opted out at the provider"), "off")
        }
        ErrorClass::CarrierTemporary => {
            (("Gerät gerade nicht erreichbar", "The phone cannot be reached at the moment"), "warn")
        }
        ErrorClass::Blocked => (("Vom Netz ausgefiltert", "Filtered out by the carrier"), "bad"),
        ErrorClass::Configuration => {
            (("Anbieter lehnt unsere Einstellungen ab", "The provider refuses our settings"), "bad")
        }
        ErrorClass::ProviderQueue => {
            (("Warteschlange des Anbieters ist voll", "The provider's queue is full"), "warn")
        }
        ErrorClass::Late => (("Beim Anbieter zu spät geworden", "Too late at the provider"), "warn"),
        ErrorClass::Gone => (("Empfang im Browser beendet", "The browser ended its subscription"), "bad"),
        ErrorClass::Render => (("Text oder Anfrage fehlerhaft", "Our text or request is at fault"), "bad"),
        ErrorClass::MailTemporary => {
            (("Mailserver bittet um Geduld", "The mail server asks for patience"), "warn")
        }
    }
}

fn receipt(at: DateTime<Utc>, word: &str, code: &str) -> MessageEvent {
    let detail = Some(code.to_owned()).filter(|code| !code.is_empty());
    let (title, tone) = match Receipt::parse(word) {
        Some(Receipt::Delivered) => (("Zugestellt", "Delivered"), "ok"),
        Some(Receipt::Sent) => (("Ans Netz übergeben", "Passed to the carrier"), "run"),
        Some(Receipt::Undelivered) => (("Nicht zustellbar", "Not delivered"), "bad"),
        Some(Receipt::Failed) => (("Beim Anbieter gescheitert", "Failed at the provider"), "bad"),
        Some(Receipt::Queued | Receipt::Accepted | Receipt::Sending) | None => {
            (("Beim Anbieter unterwegs", "On its way at the provider"), "run")
        }
    };
    event(at, "receipt", title, detail, tone)
}

/// How it ended, where no attempt or report tells it already.
fn end(at: DateTime<Utc>, story: &Story) -> Option<MessageEvent> {
    let state = story.message.state;
    let (title, detail, tone) = match state {
        State::Expired => (("Verfallen, zu spät zum Senden", "Expired, too late to send"), None, "warn"),
        State::Superseded => (overtaken_by(story), None, "off"),
        State::Suppressed => {
            let since = story.opt_out.as_ref().map(|opt_out| opt_out.since.format("%Y-%m-%d").to_string());
            (told_by(story), since, "off")
        }
        State::Failed => (("Endgültig gescheitert", "Failed for good"), None, "bad"),
        State::Delivered
        | State::Undelivered
        | State::Cancelled
        | State::Held
        | State::Queued
        | State::Enqueued
        | State::Sending
        | State::Uncertain
        | State::Accepted
        | State::Sent => return None,
    };
    Some(event(at, state.as_str(), title, detail, tone))
}

/// What has changed since it was owed, as far as it still shows.
fn overtaken_by(story: &Story) -> (&'static str, &'static str) {
    let booking = story.now.as_ref().and_then(|now| now.booking.as_ref());
    let visit = story.now.as_ref().and_then(|now| now.visit.as_ref());
    if let (Some((_, now)), false) = (booking, story.message.kind.lane() == Lane::Calls) {
        return match now.as_ref().map(|(state, _)| state.as_str()) {
            Some("cancelled_by_citizen") => {
                ("Überholt: Der Termin wurde abgesagt", "Superseded: the appointment was cancelled")
            }
            Some("cancelled_by_office") => (
                "Überholt: Das Amt hat den Termin abgesagt",
                "Superseded: the office cancelled the appointment",
            ),
            Some("moved") => ("Überholt: Der Termin wurde verlegt", "Superseded: the appointment was moved"),
            Some("no_show") => ("Überholt: Der Termin ist verfallen", "Superseded: nobody came"),
            Some(_) => ("Überholt: Der Termin hat sich geändert", "Superseded: the appointment changed"),
            None => ("Überholt: Den Termin gibt es nicht mehr", "Superseded: the appointment is gone"),
        };
    }
    match visit.and_then(Option::as_deref) {
        Some("serving" | "done" | "transferred") => {
            ("Überholt: Die Person ist schon am Platz", "Superseded: the person is at the counter already")
        }
        Some("left") => ("Überholt: Die Person ist gegangen", "Superseded: the person has left"),
        Some(_) | None => ("Überholt: Die Nummer ist weitergerückt", "Superseded: the ticket has moved on"),
    }
}

/// Why nothing goes to this recipient.
fn told_by(story: &Story) -> (&'static str, &'static str) {
    match story.opt_out.as_ref().map(|opt_out| opt_out.source.as_str()) {
        Some("sms") => ("Nicht gesendet: per SMS abbestellt", "Not sent: the recipient opted out by SMS"),
        Some("provider") => {
            ("Nicht gesendet: beim Anbieter abbestellt", "Not sent: the recipient opted out at the provider")
        }
        Some(_) | None => ("Nicht gesendet: abbestellt", "Not sent: the recipient had opted out"),
    }
}

/// Why it has not left yet.
fn waits(story: &Story) -> Option<MessageEvent> {
    let message = &story.message;
    let later = message.not_before > story.read_at;
    let title = match (message.state, message.error_class) {
        (State::Held, _) => ("Zurückgehalten", "Held back"),
        (State::Uncertain, _) => ("Nachfrage beim Anbieter läuft", "Being looked for at the provider"),
        (State::Queued, Some(_)) if later => ("Nächster Versuch", "Next attempt"),
        (State::Queued, None) if later && message.kind.respects_quiet_hours() => {
            ("Wartet bis zum Ende der Ruhezeit", "Waits for the end of the quiet hours")
        }
        (State::Queued, None) if later => ("Wartet auf ihre Zeit", "Waits for its time"),
        _ => return None,
    };
    let at = if later { message.not_before } else { story.read_at };
    Some(event(at, "waits", title, None, "run"))
}

//! One message with everything that happened to it, as a line of events in words.

use chrono::{DateTime, Utc};
use domain::messaging::delivery::{Receipt, State};
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
}

/// Puts what is known in order.
pub(super) fn tell(story: Story) -> MessageDetail {
    let (may_retry, may_cancel) = (story.may_retry(), story.may_cancel());
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
        may_retry,
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
        events.extend(end(at, message.state));
    }
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
    let detail = attempt.error_code.clone().filter(|code| !code.is_empty());
    let (title, tone) = match attempt.outcome.as_str() {
        "accepted" => (("Vom Anbieter angenommen", "Taken by the provider"), "ok"),
        "throttled" => (("Anbieter bittet zu warten", "The provider asks to wait"), "warn"),
        "not_sent" => (("Anbieter nicht erreicht", "The provider was not reached"), "warn"),
        "ambiguous" => (("Ausgang unklar, wird geprüft", "Outcome unclear, being looked into"), "warn"),
        "unknown" => (("Ausgang nicht zu klären", "The outcome could not be found out"), "warn"),
        "config" => (("Einstellungen vom Anbieter abgelehnt", "The provider refuses our settings"), "bad"),
        _ => (("Vom Anbieter abgelehnt", "Refused by the provider"), "bad"),
    };
    event(at, "attempt_ended", title, detail, tone)
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
fn end(at: DateTime<Utc>, state: State) -> Option<MessageEvent> {
    let (title, tone) = match state {
        State::Expired => (("Verfallen, zu spät zum Senden", "Expired, too late to send"), "warn"),
        State::Superseded => {
            (("Überholt, der Termin hat sich geändert", "Superseded, the appointment changed"), "off")
        }
        State::Suppressed => {
            (("Nicht gesendet, Nummer will keine SMS", "Not sent, the number wants no SMS"), "off")
        }
        State::Failed => (("Endgültig gescheitert", "Failed for good"), "bad"),
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
    Some(event(at, state.as_str(), title, None, tone))
}

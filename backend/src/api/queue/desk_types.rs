//! What the desk reads: visits, seats, the next person and why.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::actor::StaffMember;
use domain::ids::VisitId;
use domain::queue::call_order::{HeldBack, Reason as Why};
use operations::App;
use operations::queue;
use operations::queue::Counter as Place;
use operations::queue::counters::{CounterState as State, CounterView};
use operations::queue::desk::{DeskView, ExpectedCard, Notified as Fared, Proposal, SeatCard, VisitCard};
use operations::queue::emergencies::Emergency as Called;
use operations::queue::room::is_outside;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use super::WaitRange;
use super::ticket::TicketState;
use crate::api::appointments::Item;
use crate::api::staff::CounterRef;
use crate::api::town::{Clock, OfficeRef};
use crate::problem::Text;

/// What happens at a counter.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum CounterState {
    /// Nobody sits there.
    Closed,
    /// Ready for the next.
    Free,
    /// Waits for somebody who was called.
    Calling,
    /// Serves.
    Serving,
    /// Takes a break.
    Paused,
}

impl From<State> for CounterState {
    fn from(state: State) -> Self {
        match state {
            State::Closed => Self::Closed,
            State::Free => Self::Free,
            State::Calling => Self::Calling,
            State::Serving => Self::Serving,
            State::Paused => Self::Paused,
        }
    }
}

/// A counter one can sit at.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Counter {
    /// Its id.
    pub id: Uuid,
    /// Its name: `Platz 3`.
    pub name: String,
    /// Its number: `3`.
    pub number: String,
    /// Its office.
    pub office: OfficeRef,
    /// The pool of counters it belongs to.
    pub pool_id: Uuid,
    /// The department it works for.
    pub department: Text,
    /// The letter of its waiting zone.
    pub zone_letter: String,
    /// What happens there.
    pub state: CounterState,
    /// Who sits there.
    pub staff_name: Option<String>,
}

impl From<CounterView> for Counter {
    fn from(view: CounterView) -> Self {
        let counter = view.counter;
        Self {
            id: counter.id.0,
            name: counter.name,
            number: counter.number,
            office: OfficeRef { id: counter.office.0, name: counter.office_name },
            pool_id: counter.pool.0,
            department: counter.department.into(),
            zone_letter: counter.zone_letter,
            state: view.state.into(),
            staff_name: counter.staff_name,
        }
    }
}

/// How the latest message about somebody fared.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Notified {
    /// It left.
    Sent,
    /// It is on its way.
    Pending,
    /// It did not arrive.
    Failed,
    /// There is none.
    None,
}

impl From<Fared> for Notified {
    fn from(fared: Fared) -> Self {
        match fared {
            Fared::Sent => Self::Sent,
            Fared::Pending => Self::Pending,
            Fared::Failed => Self::Failed,
            Fared::None => Self::None,
        }
    }
}

/// A visit as the desk sees it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Visit {
    /// Its id.
    pub id: Uuid,
    /// As shown: `B 012`.
    pub number: String,
    /// The letter of the waiting zone.
    pub letter: String,
    /// The digits: `012`.
    pub digits: String,
    /// Where it stands.
    pub state: TicketState,
    /// The person, while their particulars are kept.
    pub name: Option<String>,
    /// The services.
    pub items: Vec<Item>,
    /// How many persons.
    pub people: u16,
    /// The appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// The arrival.
    pub arrived_at: DateTime<Utc>,
    /// Minutes waited.
    pub waited_min: u32,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// The last call.
    pub called_at: Option<DateTime<Utc>>,
    /// How often called.
    pub calls: u32,
    /// Since when at the counter.
    pub started_at: Option<DateTime<Utc>>,
    /// Planned minutes.
    pub planned_min: u16,
    /// The counter.
    pub counter: Option<CounterRef>,
    /// The person's language.
    pub language: String,
    /// Whether the person is told by SMS.
    pub sms: bool,
    /// How the latest message fared.
    pub notified: Notified,
    /// What to bring.
    pub documents: Vec<Text>,
    /// What the person wants staff to know.
    pub remark: Option<String>,
    /// Why the person was put aside.
    pub parked_because: Option<String>,
    /// What colleagues noted, oldest first.
    pub notes: Vec<Note>,
    /// The only counter that is to call the person.
    pub wished_counter: Option<CounterRef>,
    /// Whether this person could be called now.
    pub may_call: bool,
    /// Whether this person waits outside, because the house is full.
    pub outside: bool,
}

impl From<VisitCard> for Visit {
    fn from(card: VisitCard) -> Self {
        let visit = card.visit;
        Self {
            outside: is_outside(&visit),
            id: visit.id.0,
            number: visit.ticket.to_string(),
            letter: visit.ticket.zone().to_string(),
            digits: visit.ticket.digits(),
            state: visit.state.into(),
            name: card.contact.as_ref().map(|contact| contact.name.clone()).filter(|name| !name.is_empty()),
            items: card
                .items
                .into_iter()
                .map(|item| Item { service: item.slug, name: item.name.into(), quantity: item.quantity })
                .collect(),
            people: visit.people,
            appointment_at: visit.appointment_at,
            arrived_at: visit.arrived_at,
            waited_min: card.waited_min,
            due_at: visit.due_at,
            called_at: visit.last_call_at(),
            calls: visit.calls,
            started_at: visit.started_at,
            planned_min: visit.planned_min,
            counter: card.counter.map(counter_ref),
            language: visit.language.tag().to_owned(),
            sms: card.contact.as_ref().is_some_and(|contact| contact.phone.is_some()),
            notified: card.notified.into(),
            documents: card.documents.into_iter().map(Text::from).collect(),
            remark: card.contact.and_then(|contact| contact.remark),
            parked_because: visit.park_reason,
            notes: card.notes.into_iter().map(Note::from).collect(),
            wished_counter: card.wished.map(counter_ref),
            may_call: card.may_call,
        }
    }
}

/// A note of a colleague.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// Who wrote it; `null` when the account is gone.
    pub by: Option<String>,
    /// When.
    pub written_at: DateTime<Utc>,
}

impl From<queue::Note> for Note {
    fn from(note: queue::Note) -> Self {
        Self { text: note.text, by: note.by, written_at: note.written_at }
    }
}

/// A colleague who calls for help.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Emergency {
    /// Its id.
    pub id: Uuid,
    /// The counter it comes from.
    pub counter: Option<String>,
    /// Who calls; `null` when the account is gone.
    pub by: Option<String>,
    /// Whether that is whoever looks.
    pub mine: bool,
    /// Since when.
    pub raised_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who comes, the first one first.
    pub answers: Vec<EmergencyAnswer>,
    /// Whether whoever looks said that they come.
    pub answered: bool,
}

/// Somebody who comes.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct EmergencyAnswer {
    /// Who; `null` when the account is gone.
    pub name: Option<String>,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Emergency {
    /// As this person sees it.
    pub fn of(called: Called, by: &StaffMember) -> Self {
        Self {
            id: called.id.0,
            counter: called.counter_name,
            mine: called.by == by.id,
            by: called.by_name,
            raised_at: called.raised_at,
            ended_at: called.ended_at,
            answered: called.answers.iter().any(|answer| answer.staff == by.id),
            answers: called
                .answers
                .into_iter()
                .map(|answer| EmergencyAnswer { name: answer.name, at: answer.at })
                .collect(),
        }
    }
}

fn counter_ref(counter: Place) -> CounterRef {
    CounterRef { id: counter.id.0, name: counter.name, number: counter.number }
}

/// Why somebody is next.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Nobody is due earlier, or the person is overdue.
    EarliestDue,
    /// Called early, and nobody gets late by it.
    EarlyNoHarm,
    /// Somebody waits longer but is due later.
    WalkInWaitedLongest,
    /// An early call would make somebody late.
    Vetoed,
}

/// One reason for the choice.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Reason {
    /// A stable word.
    pub code: ReasonCode,
    /// The sentence.
    pub text: Text,
    /// The minutes it speaks of.
    pub minutes: Option<i64>,
}

/// Who would be called next, and why.
#[derive(Clone, Debug, Object)]
pub struct NextProposal {
    /// The visitor.
    pub visit: Visit,
    /// Why, the main reason first.
    pub reasons: Vec<Reason>,
}

impl NextProposal {
    /// With times as the office's clocks show them.
    fn of(proposal: Proposal, zone: chrono_tz::Tz) -> Self {
        let time = |at: DateTime<Utc>| at.with_timezone(&zone).format("%H:%M").to_string();
        let mut reasons: Vec<Reason> =
            proposal.reasons.iter().map(|why| reason(*why, &proposal.tickets, time)).collect();
        reasons.extend(proposal.held_back.iter().map(|held| vetoed(held, &proposal.tickets, time)));
        Self { visit: proposal.card.into(), reasons }
    }
}

fn say(code: ReasonCode, minutes: Option<i64>, de: String, en: String) -> Reason {
    Reason { code, minutes, text: Text { de, en: Some(en) } }
}

fn ticket_of(tickets: &HashMap<VisitId, String>, visit: VisitId) -> &str {
    tickets.get(&visit).map_or("?", String::as_str)
}

fn reason(why: Why, tickets: &HashMap<VisitId, String>, time: impl Fn(DateTime<Utc>) -> String) -> Reason {
    match why {
        Why::EarliestDue { due_at } => {
            let due = time(due_at);
            say(
                ReasonCode::EarliestDue,
                None,
                format!("Früheste Fälligkeit: {due} Uhr"),
                format!("Due first, at {due}"),
            )
        }
        Why::EarlyWithoutHarm { minutes_early } => say(
            ReasonCode::EarlyNoHarm,
            Some(minutes_early),
            format!("{minutes_early} Min. früher: niemand kommt dadurch über seine Zeit"),
            format!("{minutes_early} min early: nobody gets late by it"),
        ),
        Why::Overdue { minutes } => say(
            ReasonCode::EarliestDue,
            Some(minutes),
            format!("Seit {minutes} Min. überfällig"),
            format!("Overdue for {minutes} min"),
        ),
        Why::LongerWaitDueLater { visit, due_at } => {
            let (ticket, due) = (ticket_of(tickets, visit), time(due_at));
            say(
                ReasonCode::WalkInWaitedLongest,
                None,
                format!("{ticket} wartet länger, ist aber erst um {due} fällig"),
                format!("{ticket} waits longer but is due only at {due}"),
            )
        }
    }
}

fn vetoed(
    held: &HeldBack,
    tickets: &HashMap<VisitId, String>,
    time: impl Fn(DateTime<Utc>) -> String,
) -> Reason {
    let (ticket, other, late) =
        (ticket_of(tickets, held.visit), time(held.harm.due_at), held.harm.late_minutes);
    say(
        ReasonCode::Vetoed,
        Some(late),
        format!("{ticket} jetzt schon würde den Termin um {other} um {late} Min. verspäten"),
        format!("{ticket} right now would make the {other} appointment {late} min late"),
    )
}

/// A counter in the strip at the top of the desk.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Seat {
    /// The counter.
    pub counter_id: Uuid,
    /// Its name.
    pub name: String,
    /// What happens there.
    pub state: CounterState,
    /// Who is there: the ticket.
    pub ticket: Option<String>,
    /// For what.
    pub service: Option<Text>,
    /// Since when it is so.
    pub since: Option<DateTime<Utc>>,
    /// Planned minutes.
    pub planned_min: Option<u16>,
    /// Whether it is one's own.
    pub mine: bool,
}

impl From<SeatCard> for Seat {
    fn from(card: SeatCard) -> Self {
        Self {
            counter_id: card.counter.id.0,
            name: card.counter.name,
            state: card.state.into(),
            ticket: card.ticket,
            service: card.service.map(Text::from),
            since: card.since,
            planned_min: card.planned_min,
            mine: card.mine,
        }
    }
}

/// An appointment whose person is not here yet.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Expected {
    /// The booking.
    pub booking_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The person.
    pub name: String,
    /// The services.
    pub items: Vec<Item>,
    /// Planned minutes.
    pub planned_min: u32,
    /// Minutes past the time.
    pub late_min: Option<u32>,
    /// How the latest message fared.
    pub notified: Notified,
}

impl From<ExpectedCard> for Expected {
    fn from(card: ExpectedCard) -> Self {
        Self {
            booking_id: card.booking.id.0,
            starts_at: card.booking.starts_at,
            name: card.name,
            items: card
                .items
                .into_iter()
                .map(|item| Item { service: item.slug, name: item.name.into(), quantity: item.quantity })
                .collect(),
            planned_min: card.planned_min,
            late_min: card.late_min,
            notified: card.notified.into(),
        }
    }
}

/// The desk's first page.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct QueueView {
    /// The office.
    pub office: OfficeRef,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
    /// The town's clock.
    pub clock: Clock,
    /// One's own counter.
    pub my_counter: Option<CounterRef>,
    /// The visitor there.
    pub current: Option<Visit>,
    /// Who would be next, and why.
    pub next: Option<NextProposal>,
    /// All counters.
    pub seats: Vec<Seat>,
    /// Who waits, earliest due first.
    pub here: Vec<Visit>,
    /// Who should be here.
    pub late: Vec<Expected>,
    /// Who is expected, soonest first.
    pub expected: Vec<Expected>,
    /// The expected wait without appointment.
    pub wait_walk_in: Option<WaitRange>,
    /// The expected wait with an appointment.
    pub wait_appointment: Option<WaitRange>,
    /// Who did not come and may still come back.
    pub missed: Vec<Visit>,
    /// Who was put aside.
    pub parked: Vec<Visit>,
    /// Colleagues who call for help, the first one first.
    pub emergencies: Vec<Emergency>,
}

impl QueueView {
    /// With the town's clock and zone, for whoever looks.
    pub fn of(view: DeskView, app: &App, zone: chrono_tz::Tz, by: &StaffMember) -> Self {
        let visits = |cards: Vec<VisitCard>| cards.into_iter().map(Visit::from).collect();
        let expected = |cards: Vec<ExpectedCard>| cards.into_iter().map(Expected::from).collect();
        Self {
            office: OfficeRef { id: view.office.0.0, name: view.office.1 },
            generated_at: view.generated_at,
            clock: Clock::of(app),
            my_counter: view.my_counter.map(counter_ref),
            current: view.current.map(Visit::from),
            next: view.next.map(|proposal| NextProposal::of(proposal, zone)),
            seats: view.seats.into_iter().map(Seat::from).collect(),
            here: visits(view.here),
            late: expected(view.late),
            expected: expected(view.expected),
            wait_walk_in: view.wait_walk_in.map(WaitRange::from),
            wait_appointment: view.wait_appointment.map(WaitRange::from),
            missed: visits(view.missed),
            parked: visits(view.parked),
            emergencies: view.emergencies.into_iter().map(|one| Emergency::of(one, by)).collect(),
        }
    }
}

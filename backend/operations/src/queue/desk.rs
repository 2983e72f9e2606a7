//! What the desk sees at one glance: who is here, late, expected, being served, and who is next and why.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::actor::StaffMember;
use domain::appointments::status::BookingState;
use domain::contact::Contact;
use domain::ids::{BookingId, ContactId, OfficeId, PoolId, ServiceId, VisitId};
use domain::language::Text;
use domain::queue::announced::WaitRange;
use domain::queue::call_order::{Choice, HeldBack, Reason, next_for};
use domain::queue::habits::Habits;
use domain::queue::status::VisitState;
use domain::town::Town;
use store::appointments::{BookedItem, Booking};
use store::queue::Visit;
use store::queue::counters::Counter;
use store::queue::notes::Note;
use store::queue::reading::VisitItem;
use store::{Connection, StoreError};

use super::counters::CounterState;
use super::emergencies::Emergency;
use super::now::OfficeNow;
use super::situation::{self, Facts};
use crate::app::App;

/// How many expected appointments the desk shows.
const EXPECTED_SHOWN: usize = 60;

/// Everything on the desk's first page.
#[derive(Clone, Debug)]
pub struct DeskView {
    /// The office.
    pub office: (OfficeId, String),
    /// When this was so.
    pub generated_at: DateTime<Utc>,
    /// The counter of the person who looks.
    pub my_counter: Option<Counter>,
    /// The visitor at that counter.
    pub current: Option<VisitCard>,
    /// Who would be called next there, and why.
    pub next: Option<Proposal>,
    /// All counters.
    pub seats: Vec<SeatCard>,
    /// Who waits, earliest due first.
    pub here: Vec<VisitCard>,
    /// Whose appointment has begun and who is not here.
    pub late: Vec<ExpectedCard>,
    /// Who is expected, soonest first.
    pub expected: Vec<ExpectedCard>,
    /// The expected wait without appointment.
    pub wait_walk_in: Option<WaitRange>,
    /// The expected wait with an appointment now.
    pub wait_appointment: Option<WaitRange>,
    /// Who did not come when called and may still come back.
    pub missed: Vec<VisitCard>,
    /// Who was put aside.
    pub parked: Vec<VisitCard>,
    /// Colleagues who call for help.
    pub emergencies: Vec<Emergency>,
}

/// A visit with everything the desk needs to know about it.
#[derive(Clone, Debug)]
pub struct VisitCard {
    /// The visit.
    pub visit: Visit,
    /// The person, while their particulars are kept.
    pub contact: Option<Contact>,
    /// The services.
    pub items: Vec<VisitItem>,
    /// What to bring.
    pub documents: Vec<Text>,
    /// What colleagues noted, oldest first.
    pub notes: Vec<Note>,
    /// The only counter that is to call the person.
    pub wished: Option<Counter>,
    /// Minutes since the arrival.
    pub waited_min: u32,
    /// The counter.
    pub counter: Option<Counter>,
    /// How the latest message fared.
    pub notified: Notified,
    /// Whether the person who looks could call it now.
    pub may_call: bool,
}

/// How the latest message about somebody fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Who would be next, and why.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The visitor.
    pub card: VisitCard,
    /// Why, the main reason first.
    pub reasons: Vec<Reason>,
    /// Who is passed over because an early call would make somebody late; with no reasons the proposal itself is vetoed.
    pub held_back: Vec<HeldBack>,
    /// Tickets named in the reasons.
    pub tickets: HashMap<VisitId, String>,
}

/// A counter as the strip of the desk shows it.
#[derive(Clone, Debug)]
pub struct SeatCard {
    /// The counter.
    pub counter: Counter,
    /// What happens there.
    pub state: CounterState,
    /// Who is there: the ticket, as shown.
    pub ticket: Option<String>,
    /// For what.
    pub service: Option<Text>,
    /// Since when it is so.
    pub since: Option<DateTime<Utc>>,
    /// Planned minutes.
    pub planned_min: Option<u16>,
    /// Whether it is the counter of the person who looks.
    pub mine: bool,
}

/// An appointment whose person is not here yet.
#[derive(Clone, Debug)]
pub struct ExpectedCard {
    /// The booking.
    pub booking: Booking,
    /// The person's name, while it is kept.
    pub name: String,
    /// The services.
    pub items: Vec<BookedItem>,
    /// Planned minutes.
    pub planned_min: u32,
    /// Minutes past the time.
    pub late_min: Option<u32>,
    /// How the latest message fared.
    pub notified: Notified,
}

/// What belongs to visits and bookings beside their rows, and who calls for help; the same for all desks of an office.
#[derive(Debug)]
pub(super) struct Background {
    items: HashMap<VisitId, Vec<VisitItem>>,
    booked: HashMap<BookingId, Vec<BookedItem>>,
    contacts: HashMap<ContactId, Contact>,
    documents: HashMap<ServiceId, Vec<Text>>,
    notes: HashMap<VisitId, Vec<Note>>,
    notices: HashMap<VisitId, Notified>,
    booking_notices: HashMap<BookingId, Notified>,
    emergencies: Vec<Emergency>,
}

/// The desk's first page for an office; `None` when the town has no such office.
///
/// # Errors
/// When the database fails.
pub async fn view(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
) -> Result<Option<DeskView>, StoreError> {
    match OfficeNow::read(app, town.id, office).await? {
        Some(now) => view_of(app, &now, by).await.map(Some),
        None => Ok(None),
    }
}

/// As [`view`], of an office at hand.
///
/// # Errors
/// When the database fails.
pub async fn view_of(app: &App, office: &OfficeNow, by: &StaffMember) -> Result<DeskView, StoreError> {
    let (facts, waits) = (&office.facts, &office.waits);
    let now = facts.now;
    let soon: Vec<&Booking> =
        facts.bookings.iter().filter(|one| one.state == BookingState::Booked).take(EXPECTED_SHOWN).collect();
    let background = office.background.get_or_try_init(|| background_of(app, office, &soon)).await?;
    let my_counter = facts.counters.iter().find(|one| one.staff == Some(by.id)).cloned();
    let my_pools: Vec<PoolId> = match &my_counter {
        Some(counter) => vec![counter.pool],
        None => facts.counters.iter().map(|counter| counter.pool).collect(),
    };
    let cards = Cards { facts, background, mine: my_counter.as_ref() };
    let (late, expected) =
        soon.into_iter().map(|one| cards.expected(one)).partition(|one| one.late_min.is_some());
    let current = my_counter.as_ref().and_then(|counter| facts.at(counter)).map(|one| cards.visit(one));
    Ok(DeskView {
        office: (office.office.id, office.office.name.clone()),
        generated_at: now,
        next: if current.is_none() { cards.proposal() } else { None },
        current,
        seats: facts.counters.iter().map(|counter| cards.seat(counter)).collect(),
        here: cards.in_state(VisitState::Waiting),
        late,
        expected,
        wait_walk_in: waits.walk_in(&my_pools),
        wait_appointment: waits.appointment(&my_pools),
        missed: cards
            .in_state(VisitState::Missed)
            .into_iter()
            .filter(|card| {
                card.visit.missed_at.is_some_and(|at| now <= at + domain::queue::status::REJOIN_WINDOW)
            })
            .collect(),
        parked: cards.in_state(VisitState::Parked),
        emergencies: background.emergencies.clone(),
        my_counter,
    })
}

/// One visit as the desk sees it; `None` when there is no such visit.
///
/// # Errors
/// When the database fails.
pub async fn card(app: &App, town: &Town, by: &StaffMember, visit: &Visit) -> Result<VisitCard, StoreError> {
    let background = background(&app.db, town, &[visit], &[]).await?;
    let facts = Facts {
        now: app.clock.now(),
        day: visit.day,
        office: visit.office,
        target_wait: situation::target_wait(town),
        counters: store::queue::counters::counters_of_office(&app.db, visit.office).await?,
        visits: vec![visit.clone()],
        bookings: Vec::new(),
        usual: HashMap::new(),
        habits: Habits::ASSUMED,
    };
    let mine = facts.counters.iter().find(|one| one.staff == Some(by.id));
    Ok(Cards { facts: &facts, background: &background, mine }.visit(visit))
}

/// Makes cards out of facts.
struct Cards<'a> {
    facts: &'a Facts,
    background: &'a Background,
    mine: Option<&'a Counter>,
}

impl Cards<'_> {
    fn visit(&self, visit: &Visit) -> VisitCard {
        let items = self.background.items.get(&visit.id).cloned().unwrap_or_default();
        let mut documents: Vec<Text> = Vec::new();
        for text in items.iter().filter_map(|item| self.background.documents.get(&item.service)).flatten() {
            if !documents.contains(text) {
                documents.push(text.clone());
            }
        }
        let until = visit.started_at.unwrap_or(self.facts.now);
        let free = self.mine.is_some_and(|counter| !counter.paused && self.facts.at(counter).is_none());
        VisitCard {
            contact: visit.contact.and_then(|id| self.background.contacts.get(&id).cloned()),
            documents,
            items,
            waited_min: minutes(until - visit.arrived_at),
            counter: visit
                .counter
                .and_then(|id| self.facts.counters.iter().find(|one| one.id == id))
                .cloned(),
            notes: self.background.notes.get(&visit.lasting_id()).cloned().unwrap_or_default(),
            wished: visit
                .wished_counter
                .and_then(|id| self.facts.counters.iter().find(|one| one.id == id))
                .cloned(),
            notified: self.background.notices.get(&visit.id).copied().unwrap_or(Notified::None),
            may_call: free && visit.state == VisitState::Waiting,
            visit: visit.clone(),
        }
    }

    fn in_state(&self, state: VisitState) -> Vec<VisitCard> {
        self.facts.visits.iter().filter(|one| one.state == state).map(|one| self.visit(one)).collect()
    }

    fn expected(&self, booking: &Booking) -> ExpectedCard {
        let contact = booking.contact.and_then(|id| self.background.contacts.get(&id));
        let late = self.facts.now - booking.starts_at;
        ExpectedCard {
            name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
            items: self.background.booked.get(&booking.id).cloned().unwrap_or_default(),
            planned_min: minutes(booking.ends_at - booking.starts_at),
            late_min: (late.num_minutes() > 0).then(|| minutes(late)),
            notified: self.background.booking_notices.get(&booking.id).copied().unwrap_or(Notified::None),
            booking: booking.clone(),
        }
    }

    fn seat(&self, counter: &Counter) -> SeatCard {
        let visitor = self.facts.at(counter);
        let items = visitor.and_then(|visit| self.background.items.get(&visit.id));
        SeatCard {
            state: CounterState::of(counter, visitor),
            ticket: visitor.map(|visit| visit.ticket.to_string()),
            service: items.and_then(|items| items.first()).map(|item| item.name.clone()),
            since: visitor.map_or(counter.opened_at, |visit| visit.started_at.or(visit.last_call_at())),
            planned_min: visitor.map(|visit| visit.planned_min),
            mine: self.mine.is_some_and(|mine| mine.id == counter.id),
            counter: counter.clone(),
        }
    }

    /// Who would be next at the counter of the person who looks.
    fn proposal(&self) -> Option<Proposal> {
        let situation = self.facts.situation();
        let seat =
            situation.counters.iter().find(|seat| Some(seat.counter) == self.mine.map(|one| one.id))?;
        let (visit, reasons, held_back) = match next_for(&situation, seat) {
            Choice::Call(next) => (next.visit, next.reasons, next.held_back),
            Choice::HoldBack(held_back) => (held_back.first()?.visit, Vec::new(), held_back),
            Choice::NobodyWaits => return None,
        };
        let card = self.visit(self.facts.visits.iter().find(|one| one.id == visit)?);
        let tickets = self.facts.visits.iter().map(|one| (one.id, one.ticket.to_string())).collect();
        Some(Proposal { card, reasons, held_back, tickets })
    }
}

async fn background_of(app: &App, office: &OfficeNow, soon: &[&Booking]) -> Result<Background, StoreError> {
    let visits: Vec<&Visit> = office.facts.visits.iter().collect();
    let background = background(&app.db, &office.town, &visits, soon).await?;
    let emergencies = store::queue::emergencies::running(&app.db, office.office.id).await?;
    Ok(Background { emergencies, ..background })
}

async fn background(
    connection: &impl Connection,
    town: &Town,
    visits: &[&Visit],
    bookings: &[&Booking],
) -> Result<Background, StoreError> {
    let visit_ids: Vec<VisitId> = visits.iter().map(|one| one.id).collect();
    let booking_ids: Vec<BookingId> = bookings.iter().map(|one| one.id).collect();
    let mut contact_ids: Vec<ContactId> = visits.iter().filter_map(|one| one.contact).collect();
    contact_ids.extend(bookings.iter().filter_map(|one| one.contact));
    let items = store::queue::reading::items_of(connection, &visit_ids).await?;
    let lasting: Vec<VisitId> = visits.iter().map(|one| one.lasting_id()).collect();
    let mut services: Vec<ServiceId> = items.iter().map(|item| item.service).collect();
    services.sort_unstable();
    services.dedup();
    let documents = store::catalog::services_of_ids(connection, &services).await?;
    let day = visits.first().map(|visit| visit.day).unwrap_or_default();
    let contacts = store::appointments::contacts::contacts(connection, &contact_ids).await?;
    let booked = store::appointments::items_of(connection, &booking_ids).await?;
    let notices = store::queue::reading::notices(connection, town.id, &visit_ids, &booking_ids).await?;
    let mut background = Background {
        items: HashMap::new(),
        booked: HashMap::new(),
        contacts: contacts.into_iter().collect(),
        documents: documents
            .into_iter()
            .map(|service| (service.id, service.detail.on(day).documents))
            .collect(),
        notes: HashMap::new(),
        notices: HashMap::new(),
        booking_notices: HashMap::new(),
        emergencies: Vec::new(),
    };
    for item in items {
        background.items.entry(item.visit).or_default().push(item);
    }
    for note in store::queue::notes::of_visits(connection, &lasting).await? {
        background.notes.entry(note.visit).or_default().push(note);
    }
    for item in booked {
        background.booked.entry(item.booking).or_default().push(item);
    }
    // Oldest first: the latest message about somebody is the one that stays.
    for notice in notices {
        let notified = notified(&notice.state);
        if let Some(visit) = notice.visit {
            background.notices.insert(visit, notified);
        }
        if let Some(booking) = notice.booking {
            background.booking_notices.insert(booking, notified);
        }
    }
    Ok(background)
}

fn notified(state: &str) -> Notified {
    match state {
        "accepted" | "sent" | "delivered" => Notified::Sent,
        "held" | "queued" | "enqueued" | "sending" | "uncertain" => Notified::Pending,
        "undelivered" | "failed" | "expired" => Notified::Failed,
        _ => Notified::None,
    }
}

fn minutes(time: chrono::TimeDelta) -> u32 {
    u32::try_from(time.num_minutes()).unwrap_or(0)
}

//! What is kept of a day of an office: its visits, appointments, open counters and planned capacity, without persons.
//!
//! One row of the database holds one day as JSON; the rows within are short lists, because a year has a hundred thousand.

use serde::{Deserialize, Serialize};

use crate::ids::{PoolId, ServiceId};

/// Seconds after local midnight, as the clock on the wall shows them.
pub type SecondOfDay = u32;

/// One day of an office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFacts {
    /// The pools that the facts name by their place in this list.
    pub pools: Vec<PoolId>,
    /// The services that the facts name by their place in this list.
    pub services: Vec<ServiceId>,
    /// Who was here.
    pub visits: Vec<VisitFact>,
    /// The appointments of the day, also those that were given up.
    pub bookings: Vec<BookingFact>,
    /// When counters were open.
    pub open: Vec<OpenSpan>,
    /// What was planned by the opening hours.
    pub planned: Vec<PlannedHour>,
}

/// One visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "VisitRow", into = "VisitRow")]
pub struct VisitFact {
    /// The pool.
    pub pool: u16,
    /// The first service.
    pub service: u16,
    /// How many services and pieces there were.
    pub pieces: u16,
    /// When the person came.
    pub arrived: SecondOfDay,
    /// The appointment; a walk-in has none.
    pub appointment: Option<SecondOfDay>,
    /// Seconds from the arrival to the first call that stood.
    pub wait: Option<u32>,
    /// Seconds at counters, without parked time.
    pub served: Option<u32>,
    /// How it ended.
    pub outcome: VisitOutcome,
    /// Who let the person in.
    pub entry: Entry,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitOutcome {
    /// Not yet.
    Open,
    /// Served.
    Done,
    /// Went on elsewhere with a new ticket.
    Transferred,
    /// Was called and did not come.
    Missed,
    /// Went away, or the day was over.
    Left,
}

/// Who let somebody into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A terminal.
    Terminal,
    /// Staff.
    Staff,
    /// The visitor's own phone.
    Own,
    /// A counter that sent the person on: here already, with a new number.
    SentOn,
}

/// One appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BookingRow", into = "BookingRow")]
pub struct BookingFact {
    /// The pool.
    pub pool: u16,
    /// The first service.
    pub service: u16,
    /// When it begins.
    pub starts: SecondOfDay,
    /// How long it was planned, in minutes.
    pub length_min: u16,
    /// How it was booked.
    pub channel: BookedBy,
    /// What became of it.
    pub fate: Fate,
    /// Whether it came to be by moving another one.
    pub moved_here: bool,
}

/// How an appointment was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookedBy {
    /// On the town's pages or its app.
    Web,
    /// By staff, for a caller or at the counter: the log does not tell them apart.
    Desk,
    /// By SMS.
    Sms,
}

/// What became of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is still to come.
    Open,
    /// The person came.
    Arrived,
    /// Nobody came.
    NoShow,
    /// The citizen cancelled.
    CancelledByCitizen,
    /// The office cancelled.
    CancelledByOffice,
    /// It was moved to another time.
    Moved,
    /// It was never confirmed with the six digits.
    Unverified,
}

/// A time during which a counter was open; breaks are gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SpanRow", into = "SpanRow")]
pub struct OpenSpan {
    /// The pool.
    pub pool: u16,
    /// From when.
    pub from: SecondOfDay,
    /// Until when.
    pub until: SecondOfDay,
}

/// Counter minutes of a pool that the opening hours plan within one hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PlannedRow", into = "PlannedRow")]
pub struct PlannedHour {
    /// The pool.
    pub pool: u16,
    /// The hour, from 0.
    pub hour: u8,
    /// For bookings of the public and of staff together.
    pub minutes: u32,
}

type VisitRow = (u16, u16, u16, u32, Option<u32>, Option<u32>, Option<u32>, u8, u8);
type BookingRow = (u16, u16, u32, u16, u8, u8, bool);
type SpanRow = (u16, u32, u32);
type PlannedRow = (u16, u8, u32);

impl VisitOutcome {
    /// All, by their number in a kept row: what stands there must never change.
    pub const ALL: [Self; 5] = [Self::Open, Self::Done, Self::Transferred, Self::Missed, Self::Left];
}

impl Entry {
    /// All, by their number in a kept row.
    pub const ALL: [Self; 4] = [Self::Terminal, Self::Staff, Self::Own, Self::SentOn];
}

impl BookedBy {
    /// All, by their number in a kept row.
    pub const ALL: [Self; 3] = [Self::Web, Self::Desk, Self::Sms];

    /// The way of this name in the log of bookings.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "web" => Some(Self::Web),
            "desk" => Some(Self::Desk),
            "sms" => Some(Self::Sms),
            _ => None,
        }
    }
}

impl Fate {
    /// All, by their number in a kept row.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Arrived,
        Self::NoShow,
        Self::CancelledByCitizen,
        Self::CancelledByOffice,
        Self::Moved,
        Self::Unverified,
    ];
}

/// The one of this number in a kept row.
fn kept<T: Copy>(all: &[T], number: u8) -> Result<T, &'static str> {
    all.get(usize::from(number)).copied().ok_or("a number that no version of Lotse wrote")
}

fn number_of<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|other| other == one).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

impl TryFrom<VisitRow> for VisitFact {
    type Error = &'static str;

    fn try_from(row: VisitRow) -> Result<Self, Self::Error> {
        let (pool, service, pieces, arrived, appointment, wait, served, outcome, entry) = row;
        let (outcome, entry) = (kept(&VisitOutcome::ALL, outcome)?, kept(&Entry::ALL, entry)?);
        Ok(Self { pool, service, pieces, arrived, appointment, wait, served, outcome, entry })
    }
}

impl From<VisitFact> for VisitRow {
    fn from(one: VisitFact) -> Self {
        let (outcome, entry) =
            (number_of(&VisitOutcome::ALL, &one.outcome), number_of(&Entry::ALL, &one.entry));
        (
            one.pool,
            one.service,
            one.pieces,
            one.arrived,
            one.appointment,
            one.wait,
            one.served,
            outcome,
            entry,
        )
    }
}

impl TryFrom<BookingRow> for BookingFact {
    type Error = &'static str;

    fn try_from(row: BookingRow) -> Result<Self, Self::Error> {
        let (pool, service, starts, length_min, channel, fate, moved_here) = row;
        let (channel, fate) = (kept(&BookedBy::ALL, channel)?, kept(&Fate::ALL, fate)?);
        Ok(Self { pool, service, starts, length_min, channel, fate, moved_here })
    }
}

impl From<BookingFact> for BookingRow {
    fn from(one: BookingFact) -> Self {
        let (channel, fate) = (number_of(&BookedBy::ALL, &one.channel), number_of(&Fate::ALL, &one.fate));
        (one.pool, one.service, one.starts, one.length_min, channel, fate, one.moved_here)
    }
}

impl From<SpanRow> for OpenSpan {
    fn from((pool, from, until): SpanRow) -> Self {
        Self { pool, from, until }
    }
}

impl From<OpenSpan> for SpanRow {
    fn from(one: OpenSpan) -> Self {
        (one.pool, one.from, one.until)
    }
}

impl From<PlannedRow> for PlannedHour {
    fn from((pool, hour, minutes): PlannedRow) -> Self {
        Self { pool, hour, minutes }
    }
}

impl From<PlannedHour> for PlannedRow {
    fn from(one: PlannedHour) -> Self {
        (one.pool, one.hour, one.minutes)
    }
}

impl VisitFact {
    /// How long the person waited as the house counts it: from the arrival, with an appointment from its time at the
    /// earliest. Who is called early has not waited.
    #[must_use]
    pub fn wait_counted(&self) -> Option<u32> {
        let early = self.appointment.map_or(0, |at| at.saturating_sub(self.arrived));
        self.wait.map(|wait| wait.saturating_sub(early))
    }

    /// Whether the person with an appointment came before its time.
    #[must_use]
    pub fn came_early(&self) -> bool {
        self.appointment.is_some_and(|at| self.arrived < at)
    }

    /// Whether the person with an appointment was called before its time.
    #[must_use]
    pub fn called_early(&self) -> bool {
        matches!((self.appointment, self.wait), (Some(at), Some(wait)) if self.arrived + wait < at)
    }
}

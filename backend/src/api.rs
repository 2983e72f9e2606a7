//! The API under `/api/v1`: one module per noun, each translating requests to one verb and back.

pub mod appointments;
pub mod catalog;
pub mod demo;
pub mod devices;
pub mod health;
pub mod mails;
pub mod moves;
pub mod ops;
pub mod planning;
pub mod push;
pub mod queue;
pub mod schedule;
pub mod staff;
pub mod statistics;
pub mod town;
pub mod waiting;
pub mod webhooks;

use poem_openapi::Tags;

/// What the description groups operations by.
#[derive(Tags)]
pub(crate) enum Tag {
    /// The town, its offices and when they are open.
    Town,
    /// Services: what they need, cost and where they are done.
    Catalogue,
    /// Free slots.
    Slots,
    /// Holding, booking, moving and cancelling; the waiting list and its offers.
    Appointments,
    /// Checking in, drawing a ticket, following it.
    Arrival,
    /// Notifications on the device somebody chose.
    Push,
    /// Display, terminal and public board.
    Screens,
    /// Calling and serving; the day of an office.
    Desk,
    /// Opening hours, closures, and whom they displace.
    Planning,
    /// What the days were like: figures, measured durations, one counter more or less.
    Statistics,
    /// Terminals and displays: enrolling and revoking.
    Devices,
    /// Staff accounts and sessions.
    Staff,
    /// Messages, jobs and workers, for operators.
    Operators,
    /// Only in the demo: the simulated phone.
    Demo,
}

//! The queue (Warteschlange): people in the building with a ticket, who is called next, how long it takes.
//! Rules only: facts and `now` come in, decisions go out. See `status` for the machines.

pub mod accuracy;
pub mod announced;
pub mod call_order;
mod chance;
pub mod check_in;
pub mod forecast;
pub mod habits;
pub mod learning;
pub mod notice;
pub mod presence;
pub mod refusal;
mod rollout;
pub mod room;
pub mod status;
pub mod ticket_number;
pub mod transfer;
pub mod wait_estimate;

pub use ticket_number::TicketNumber;

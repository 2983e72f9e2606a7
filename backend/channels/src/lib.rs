//! Provider protocols: send one message, classify the answer, verify and parse what comes back. Nothing here knows the
//! database or decides what happens next.

pub mod delivery;
pub mod email;
pub mod gateway;
mod http;
pub mod simulator;
pub mod twilio;
pub mod web_push;

pub use delivery::{Caps, Channel};
pub use email::{Mailer, Smtp};
pub use gateway::Gateway;
pub use simulator::Simulator;
pub use twilio::Twilio;
pub use web_push::WebPush;

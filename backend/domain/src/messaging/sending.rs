//! Which provider carries a text message, when and how fast: whom to leave alone, how a share drifts, how quickly one may be
//! asked, who may follow whom, and what people have stopped.

mod breaker;
mod choice;
mod drift;
mod pace;
mod switches;

pub use breaker::{Breaker, Passage, Phase, Verdict, Why};
pub use choice::{Choice, Ending, Line, Tried, Wanted, choose};
pub use drift::Drift;
pub use pace::Pace;
pub use switches::Scope;

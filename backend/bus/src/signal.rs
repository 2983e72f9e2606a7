//! What may change, as seen by those who watch.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// "Look again at this, in this town."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signal {
    pub town: Uuid,
    pub topic: Topic,
}

/// What somebody may be watching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Who waits, is called or served in an office, and its counters.
    Queue { office: Uuid },
    /// One person's ticket.
    Visit { visit: Uuid },
    /// One appointment.
    Booking { booking: Uuid },
    /// What the call displays of an office show.
    Display { office: Uuid },
    /// Messages as operators see them.
    Messages,
    /// There are messages to send: wakes the relay.
    Outbox,
    /// The simulated phones of the demo.
    Phones,
    /// Terminals and displays: enrolled, revoked.
    Devices,
}

/// What a listener hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// This changed.
    At(Signal),
    /// Signals were missed: anything may have changed.
    Everything,
}

impl Change {
    /// Whether somebody who watches these topics in this town should look again.
    pub fn concerns(&self, town: Uuid, topics: &[Topic]) -> bool {
        match self {
            Self::Everything => true,
            Self::At(signal) => signal.town == town && topics.contains(&signal.topic),
        }
    }
}

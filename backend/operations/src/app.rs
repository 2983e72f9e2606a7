//! What every verb works with: database, bus, clock and randomness.

use std::sync::{Arc, Mutex};

use bus::Bus;
use domain::actor::Actor;
use domain::contact::EmailAddress;
use domain::event::{Event, Subject};
use domain::ids::{CounterId, Id, TownId};
use domain::town::Town;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use store::{Database, StoreError, Tx};
use uuid::Uuid;

use crate::clock::Clock;
use crate::messaging::spool::Spool;
use crate::queue::Announcements;
use crate::schedule::plan::Plans;

/// The application's state; cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Database,
    /// Signals about what changed.
    pub bus: Bus,
    /// The time.
    pub clock: Clock,
    /// Randomness fit for secrets; tests seed it.
    pub rng: Rng,
    /// What is remembered of the towns' plans.
    pub plans: Plans,
    /// The waits this process has announced.
    pub announcements: Announcements,
    /// The host, and the port where it is not the usual one, of the address the citizens know.
    pub public_host: String,
    /// How it is reached: `https`, or `http` on a machine of one's own.
    pub public_scheme: String,
    /// The address e-mails come from; without it there are none.
    pub mail_from: Option<EmailAddress>,
    /// Whether there is a key to sign pushes with; without it there are none.
    pub web_push: bool,
    /// Where what comes in is kept while the database is away.
    pub spool: Spool,
}

/// A source of randomness (ChaCha, seeded by the operating system or by a test).
#[derive(Clone, Debug)]
pub struct Rng(Arc<Mutex<StdRng>>);

impl Rng {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_os() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same numbers in every run: for tests and the simulated day.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().expect("no holder of this lock panics").fill_bytes(&mut bytes);
        bytes
    }

    /// A number in `0..bound`, without bias that matters (64 random bits).
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % bound.max(1)
    }

    /// A number in `[0, 1)`.
    #[must_use]
    pub fn unit(&self) -> f64 {
        (u64::from_le_bytes(self.bytes()) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl App {
    /// A new id: UUID version 7 (RFC 9562), of this clock and this randomness.
    #[must_use]
    pub fn id<I: Id>(&self) -> I {
        I::from_uuid(self.uuid())
    }

    /// A new UUID, for rows without a typed id.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.rng.bytes()).into_uuid()
    }

    /// The host of the links a town writes into its messages.
    #[must_use]
    pub fn link_host<'a>(&'a self, town: &'a Town) -> &'a str {
        let own = town.settings.link_host.as_deref().or(town.host.as_deref());
        own.unwrap_or(&self.public_host)
    }

    /// The address of one of the town's pages, as its messages name it.
    pub(crate) fn link(&self, town: &Town, path: &str) -> String {
        format!("{}://{}/{path}", self.public_scheme, self.link_host(town))
    }

    /// Appends one event to the log, in the transaction of the change it tells of.
    pub(crate) async fn log(
        &self,
        tx: &Tx,
        town: TownId,
        subject: Subject,
        change: Change,
        actor: Actor,
    ) -> Result<(), StoreError> {
        let event = Event {
            town,
            at: self.clock.now(),
            subject,
            from: change.from,
            to: change.to,
            actor,
            counter: change.counter,
            reason: change.reason,
        };
        store::events::append(tx, self.uuid(), &event);
        Ok(())
    }
}

/// From which state to which, where and why.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) from: Option<&'static str>,
    pub(crate) to: &'static str,
    pub(crate) counter: Option<CounterId>,
    pub(crate) reason: Option<String>,
}

impl Change {
    /// A beginning.
    pub(crate) fn begins(to: &'static str) -> Self {
        Self { from: None, to, counter: None, reason: None }
    }

    /// A transition.
    pub(crate) fn moves(from: &'static str, to: &'static str) -> Self {
        Self { from: Some(from), to, counter: None, reason: None }
    }

    /// At this counter.
    pub(crate) fn at(mut self, counter: CounterId) -> Self {
        self.counter = Some(counter);
        self
    }

    /// For this reason.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

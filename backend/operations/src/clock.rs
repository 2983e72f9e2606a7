//! The one source of time: the system's, a running one of the demo, or one that tests move.

use std::sync::{Arc, RwLock};
use std::time::Instant;

use chrono::{DateTime, Duration, DurationRound, Utc};

/// A clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<RwLock<Mode>>);

#[derive(Clone, Copy, Debug)]
enum Mode {
    System,
    Running { from: DateTime<Utc>, since: Instant, speed: f64 },
    Standing(DateTime<Utc>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(RwLock::new(Mode::System)))
    }

    /// A clock that stands until it is moved.
    #[must_use]
    pub fn standing(at: DateTime<Utc>) -> Self {
        Self(Arc::new(RwLock::new(Mode::Standing(at))))
    }

    /// The time, in whole microseconds: what PostgreSQL keeps.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match *self.read() {
            Mode::System => system_now(),
            Mode::Running { from, since, speed } => {
                let elapsed = since.elapsed().as_secs_f64() * speed;
                from + Duration::microseconds((elapsed * 1e6) as i64)
            }
            Mode::Standing(at) => at,
        };
        now.duration_trunc(Duration::microseconds(1)).unwrap_or(now)
    }

    /// Runs on from `from` at `speed` times the pace of the world.
    pub fn run_from(&self, from: DateTime<Utc>, speed: f64) {
        self.write(Mode::Running { from, since: Instant::now(), speed });
    }

    /// Stands at this time.
    pub fn set(&self, at: DateTime<Utc>) {
        self.write(Mode::Standing(at));
    }

    /// Stands later by this much.
    pub fn advance(&self, by: Duration) {
        let now = self.now();
        self.set(now + by);
    }

    /// How fast it runs: 1 for the system's clock, 0 for one that stands.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match *self.read() {
            Mode::System => 1.0,
            Mode::Running { speed, .. } => speed,
            Mode::Standing(_) => 0.0,
        }
    }

    /// The world's time, which others check our statements by; the demo's day may be another one.
    #[must_use]
    pub fn of_world(&self) -> DateTime<Utc> {
        match *self.read() {
            Mode::System | Mode::Running { .. } => system_now(),
            Mode::Standing(at) => at,
        }
    }

    /// Whether it shows the world's time.
    #[must_use]
    pub fn is_system(&self) -> bool {
        matches!(*self.read(), Mode::System)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Mode> {
        self.0.read().expect("no holder of this lock panics")
    }

    fn write(&self, mode: Mode) {
        *self.0.write().expect("no holder of this lock panics") = mode;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

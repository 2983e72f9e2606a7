//! How the providers of text messages do, as this process sees it: a breaker and a drift for each. It is kept in memory: each
//! process finds out for itself within seconds, and a restart may ask again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::messaging::failure::ErrorClass;
use domain::messaging::sending::{Breaker, Drift, Passage, Phase, Verdict};
use operations::messaging::providers::Known;
use runtime::metrics as figures;

/// All providers of this process.
#[derive(Debug)]
pub(crate) struct Health {
    providers: Mutex<Vec<Provider>>,
}

#[derive(Clone, Debug)]
struct Provider {
    name: &'static str,
    breaker: Breaker,
    drift: Drift,
}

/// How one stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) passage: Passage,
    pub(crate) lost_points: u32,
}

impl Health {
    pub(crate) fn of(names: impl IntoIterator<Item = &'static str>) -> Self {
        let new = |name| Provider { name, breaker: Breaker::default(), drift: Drift::default() };
        Self { providers: Mutex::new(names.into_iter().map(new).collect()) }
    }

    fn providers(&self) -> MutexGuard<'_, Vec<Provider>> {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How all stand, in order, for those who only look.
    pub(crate) fn look(&self, now: DateTime<Utc>) -> Vec<Standing> {
        self.providers().iter().map(|one| one.standing(now)).collect()
    }

    /// How all stand, for messages that may go: whoever gets a probe offered has it alone, and gives it back by
    /// [`Health::settle`] when it is not used.
    pub(crate) fn offer(&self, now: DateTime<Utc>) -> Vec<Standing> {
        let mut providers = self.providers();
        let standing = providers.iter().map(|one| one.standing(now)).collect::<Vec<_>>();
        for one in providers.iter_mut().filter(|one| one.breaker.passage(now) == Passage::Probe) {
            one.breaker.probe_begins(now);
        }
        standing
    }

    /// Gives back the probes that were offered and not used.
    pub(crate) fn settle(&self, offered: &[Standing], used: &[&str], now: DateTime<Utc>) {
        let mut providers = self.providers();
        let unused = |one: &&Standing| one.passage == Passage::Probe && !used.contains(&one.name);
        for offer in offered.iter().filter(unused) {
            if let Some(one) = providers.iter_mut().find(|one| one.name == offer.name) {
                one.breaker.probe_returns(now);
            }
        }
    }

    /// A call ended.
    pub(crate) fn record(
        &self,
        provider: &str,
        class: Option<ErrorClass>,
        was_probe: bool,
        now: DateTime<Utc>,
    ) {
        let mut providers = self.providers();
        let Some(one) = providers.iter_mut().find(|one| one.name == provider) else { return };
        let verdict = Verdict::of(class);
        let before = one.breaker.phase();
        one.breaker.record(verdict, was_probe, now);
        if verdict == Verdict::Bad {
            one.drift.failed(now);
        }
        let (was_open, is_open) = (before != Phase::Closed, one.breaker.phase() != Phase::Closed);
        match (was_open, is_open) {
            (false, true) => {
                metrics::counter!(figures::BREAKER_OPENED, "provider" => one.name).increment(1);
                tracing::error!(provider = one.name, phase = ?one.breaker.phase(), "the provider is left alone");
            }
            (true, false) => tracing::info!(provider = one.name, "the provider works again"),
            (true, true) | (false, false) => {}
        }
        one.show(now);
    }

    /// What operators are told.
    pub(crate) fn known(&self, now: DateTime<Utc>) -> Vec<Known<'static>> {
        let known = |one: &Provider| {
            one.show(now);
            Known { provider: one.name, breaker: one.breaker.clone(), lost_points: one.drift.points(now) }
        };
        self.providers().iter().map(known).collect()
    }
}

impl Provider {
    fn standing(&self, now: DateTime<Utc>) -> Standing {
        Standing { name: self.name, passage: self.breaker.passage(now), lost_points: self.drift.points(now) }
    }

    fn show(&self, now: DateTime<Utc>) {
        let open = if self.breaker.phase() == Phase::Closed { 0.0 } else { 1.0 };
        metrics::gauge!(figures::BREAKER_OPEN, "provider" => self.name).set(open);
        metrics::gauge!(figures::PROVIDER_LOST_POINTS, "provider" => self.name)
            .set(f64::from(self.drift.points(now)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn a_probe_is_offered_to_one_message_at_a_time() {
        let health = Health::of(["one"]);
        let noon: DateTime<Utc> = "2026-09-14T12:00:00Z".parse().unwrap();
        health.record("one", Some(ErrorClass::Configuration), false, noon);
        assert_eq!(health.offer(noon)[0].passage, Passage::Shut(noon + Duration::seconds(30)));
        let later = noon + Duration::seconds(31);
        let first = health.offer(later);
        assert_eq!(first[0].passage, Passage::Probe);
        assert!(matches!(health.offer(later)[0].passage, Passage::Shut(_)), "the first one has it");
        health.settle(&first, &[], later);
        let second = health.offer(later);
        assert_eq!(second[0].passage, Passage::Probe, "it was given back");
        health.settle(&second, &["one"], later);
        assert!(matches!(health.look(later)[0].passage, Passage::Shut(_)), "it was used");
        health.record("one", None, true, later);
        assert_eq!(health.look(later)[0].passage, Passage::Free);
    }
}

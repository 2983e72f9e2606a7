//! Guessing of links: a network that named too many that open nothing waits, before any other is looked up for it.
//!
//! Counted in the memory of this process, so that a guess costs no write; a server beside it counts its own.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use operations::{Opened, StoreError};
use poem::http::StatusCode;
use runtime::metrics::UNKNOWN_LINKS;
use serde_json::json;

use crate::client_address::ClientAddress;
use crate::problem::{ApiError, Describe, Description, failed};

/// Links that open nothing one network may name in a minute …
const IN_A_MINUTE: usize = 10;
/// … and one of IPv6 in an hour: a household has a /64 of its own, while a carrier's customers share one address of IPv4, and
/// who guesses there must not shut them out for longer than a minute. Of 30^10 links a hundred thousand may be alive: one
/// network finds one in a thousand years, one of IPv6 in eleven thousand.
const IN_AN_HOUR: usize = 60;
/// Networks that are remembered; beyond, the one whose last wrong link is the oldest is forgotten.
const NETWORKS: usize = 10_000;

/// What networks named in vain; clones share it.
#[derive(Clone, Default)]
pub struct LinkTries(Arc<Mutex<Remembered>>);

/// A network named too many links that open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyWrongLinks {
    /// When links are looked up for it again.
    pub again_at: DateTime<Utc>,
}

#[derive(Default)]
struct Remembered {
    networks: HashMap<IpAddr, Vec<Wrong>>,
    hasher: RandomState,
}

/// A link that opened nothing.
#[derive(Clone, Copy)]
struct Wrong {
    at: DateTime<Utc>,
    /// Tells links apart: an old page that names the same one again and again guesses nothing.
    link: u64,
}

impl LinkTries {
    /// What a link opens, looked up only for a network that may still name one. Asked for again afterwards, so that many
    /// guesses at once learn no more than guesses in a row.
    ///
    /// # Errors
    /// When the network has to wait, or the look-up fails.
    pub async fn look_up<T>(
        &self,
        from: ClientAddress,
        link: &str,
        now: DateTime<Utc>,
        looking: impl Future<Output = Result<Opened<T>, StoreError>>,
    ) -> Result<Opened<T>, ApiError> {
        let network = from.network();
        self.admit(network, now)?;
        let opened = looking.await.map_err(|failure| failed(&failure))?;
        match opened {
            Opened::Nothing => self.note(network, link, now)?,
            Opened::It(_) | Opened::NotHere | Opened::NoLink => self.admit(network, now)?,
        }
        Ok(opened)
    }

    /// Whether links are looked up for this network.
    fn admit(&self, network: IpAddr, now: DateTime<Utc>) -> Result<(), TooManyWrongLinks> {
        self.lock().admit(network, now)
    }

    /// Counts a link that opened nothing, once.
    fn note(&self, network: IpAddr, link: &str, now: DateTime<Utc>) -> Result<(), TooManyWrongLinks> {
        let mut remembered = self.lock();
        remembered.admit(network, now)?;
        remembered.note(network, link, now);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn admit(&self, network: IpAddr, now: DateTime<Utc>) -> Result<(), TooManyWrongLinks> {
        let Some(wrong) = self.networks.get(&network) else { return Ok(()) };
        let limits = [(IN_A_MINUTE, Duration::minutes(1)), (IN_AN_HOUR, Duration::hours(1))];
        let limits = &limits[..if network.is_ipv6() { 2 } else { 1 }];
        // Of as many as are allowed, the oldest has to be over first.
        let over = limits.iter().filter_map(|(most, window)| {
            let oldest = wrong.len().checked_sub(*most).map(|at| wrong[at].at)?;
            Some(oldest + *window)
        });
        match over.max().filter(|again_at| *again_at > now) {
            Some(again_at) => {
                metrics::counter!(UNKNOWN_LINKS).increment(1);
                Err(TooManyWrongLinks { again_at })
            }
            None => Ok(()),
        }
    }

    fn note(&mut self, network: IpAddr, link: &str, now: DateTime<Utc>) {
        let link = self.hasher.hash_one(link.trim().to_ascii_lowercase());
        if !self.networks.contains_key(&network) && self.networks.len() >= NETWORKS {
            self.forget(now);
        }
        let wrong = self.networks.entry(network).or_default();
        wrong.retain(|one| now - one.at < Duration::hours(1));
        if wrong.iter().any(|one| one.link == link) {
            return;
        }
        wrong.push(Wrong { at: now, link });
        metrics::counter!(UNKNOWN_LINKS).increment(1);
    }

    /// Makes room: forgets who named nothing wrong for an hour, or else whose last wrong link is the oldest.
    fn forget(&mut self, now: DateTime<Utc>) {
        let last = |wrong: &[Wrong]| wrong.last().map(|one| one.at);
        self.networks.retain(|_, wrong| last(wrong).is_some_and(|at| now - at < Duration::hours(1)));
        if self.networks.len() >= NETWORKS {
            let oldest =
                self.networks.iter().min_by_key(|(_, wrong)| last(wrong)).map(|(network, _)| *network);
            oldest.map(|network| self.networks.remove(&network));
        }
    }
}

impl Describe for TooManyWrongLinks {
    fn describe(&self) -> Description {
        Description::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_wrong_links",
            "Von Ihrem Anschluss kamen zu viele falsche Links. Bitte warten Sie etwas, Ihr Link bleibt gültig.",
            "Too many wrong links came from your connection. Please wait a while, your link stays valid.",
        )
        .with(json!({ "retry_at": self.again_at }))
    }
}

impl From<TooManyWrongLinks> for ApiError {
    fn from(refused: TooManyWrongLinks) -> Self {
        refused.describe().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "192.0.2.7";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
    }

    /// Names a link nobody named before; whether it was looked up.
    fn guess(tries: &LinkTries, network: &str, seconds: i64, number: usize) -> bool {
        let network = network.parse().unwrap();
        tries.admit(network, at(seconds)).is_ok()
            && tries.note(network, &format!("guess {number}"), at(seconds)).is_ok()
    }

    #[test]
    fn ten_in_a_minute_are_looked_up_and_of_a_household_sixty_in_an_hour() {
        let tries = LinkTries::default();
        // Every second of an hour and a half.
        let of = |network: &str| -> Vec<i64> {
            (0..5400).filter(|second| guess(&tries, network, *second, *second as usize)).collect()
        };
        let shared = of(HERE);
        assert_eq!(shared.len(), 900);
        assert!(
            shared
                .iter()
                .all(|from| shared.iter().filter(|one| (*from..from + 60).contains(one)).count() <= 10)
        );
        let passed = of("2001:db8:1:2::");
        assert!(passed.iter().all(|from| {
            let within = |span: i64| passed.iter().filter(|one| (*from..from + span).contains(one)).count();
            within(60) <= 10 && within(3600) <= 60
        }));
        assert_eq!(passed.len(), 120, "as many as are allowed, no fewer: {passed:?}");
        assert_eq!((passed[9], passed[10], passed[59], passed[60]), (9, 60, 309, 3600));
    }

    #[test]
    fn who_has_to_wait_hears_until_when_and_others_go_on() {
        let tries = LinkTries::default();
        assert!((0..10).all(|number| guess(&tries, HERE, 0, number)));
        let here = HERE.parse().unwrap();
        assert_eq!(tries.admit(here, at(59)), Err(TooManyWrongLinks { again_at: at(60) }));
        assert_eq!(tries.admit(here, at(60)), Ok(()));
        assert!(guess(&tries, "192.0.2.8", 0, 0));
    }

    #[test]
    fn the_same_wrong_link_counts_once_however_it_is_written() {
        let tries = LinkTries::default();
        let here = HERE.parse().unwrap();
        for second in 0..50 {
            let link = if second % 2 == 0 { "2222222222" } else { " 2222222222 " };
            tries.note(here, link, at(second)).unwrap();
        }
        assert!((0..9).all(|number| guess(&tries, HERE, 50, number)));
        assert!(!guess(&tries, HERE, 50, 9));
    }

    #[test]
    fn as_many_networks_are_remembered_as_there_is_room_for() {
        let tries = LinkTries::default();
        for number in 0..NETWORKS + 50 {
            let network = std::net::Ipv4Addr::from_bits(0x0a00_0000 + number as u32).to_string();
            assert!(guess(&tries, &network, number as i64 / 100, number));
        }
        assert_eq!(tries.lock().networks.len(), NETWORKS);
        // Those forgotten are of the first hundred, which were all there in the same second.
        let known = |number: u32| {
            let network = IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number));
            tries.lock().networks.contains_key(&network)
        };
        assert_eq!((0..100).filter(|number| known(*number)).count(), 50);
    }

    #[tokio::test]
    async fn what_opens_something_is_never_counted_and_many_at_once_learn_no_more() {
        let (tries, here) = (LinkTries::default(), ClientAddress(HERE.parse().unwrap()));
        for _ in 0..200 {
            tries.look_up(here, "right", at(0), async { Ok(Opened::It(())) }).await.unwrap();
            tries.look_up(here, "over", at(0), async { Ok(Opened::<()>::NotHere) }).await.unwrap();
        }
        // All are let in before the first is counted.
        let gate = tokio::sync::Notify::new();
        let one = |number: usize| {
            let (tries, gate) = (&tries, &gate);
            async move {
                let looking = async {
                    gate.notified().await;
                    Ok(if number == 40 { Opened::It(()) } else { Opened::Nothing })
                };
                tries.look_up(here, &format!("guess {number}"), at(1), looking).await.is_ok()
            }
        };
        let guesses = futures::future::join_all((0..50).map(one));
        let ((), answers) = futures::future::join(
            async {
                tokio::task::yield_now().await;
                gate.notify_waiters();
            },
            guesses,
        )
        .await;
        let learned: Vec<usize> = (0..50).filter(|number| answers[*number]).collect();
        assert_eq!(learned, (0..10).collect::<Vec<_>>());
    }
}

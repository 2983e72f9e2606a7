//! Who carries a message: decided when it is claimed, by what this worker knows of its providers, what operators have set, and
//! the buckets all workers share. A bucket is a row of the database: it holds between any number of workers, and when Redis is
//! away.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::messaging::attempt::Dispatch;
use domain::messaging::failure::ErrorClass;
use domain::messaging::sending::{Choice, Ending, Line, Pace, Passage, Tried, Wanted, choose};
use domain::messaging::{ChannelKind, Lane, sms_encoding};
use store::messaging::Message;
use store::messaging::attempts::Attempt;
use store::messaging::providers::{self as rows, PaceRow};
use store::messaging::relay::{self, Closed};
use store::{StoreError, Tx};

use super::switches::Switches;
use crate::app::App;

/// When a message is looked at again whose channel or provider this worker does not have.
const NOT_HERE: Duration = Duration::minutes(5);
/// When a message is looked at again that somebody has just stopped.
const STOPPED: Duration = Duration::seconds(5);
/// Hints younger than this are on their way to somebody who takes them; older ones may be lost.
const ON_ITS_WAY: Duration = Duration::seconds(5);

/// A provider of text messages, as this worker knows it.
#[derive(Clone, Copy, Debug)]
pub struct Carrier<'a> {
    /// The word under which attempts are kept.
    pub name: &'a str,
    /// Who its messages come from.
    pub sender: &'a str,
    /// Segments it may be given in a second, by all workers together; `None` is no limit.
    pub per_second: Option<u32>,
    /// Whether it takes messages now.
    pub passage: Passage,
    /// Points of its share lost to failures.
    pub lost_points: u32,
}

/// The channels of a worker, and what is set about them; a channel nobody carries is not there.
#[derive(Clone, Debug)]
pub struct Providers<'a> {
    /// Who carries text messages, in the order of the settings.
    pub sms: Vec<Carrier<'a>>,
    /// The word under which the attempts of e-mails are kept.
    pub email: Option<&'a str>,
    /// The word under which the attempts of pushes are kept.
    pub push: Option<&'a str>,
    /// What operators have set, as it was a moment ago.
    pub switches: Arc<Switches>,
}

impl<'a> From<&'a str> for Providers<'a> {
    fn from(name: &'a str) -> Self {
        let carrier = Carrier { name, sender: "", per_second: None, passage: Passage::Free, lost_points: 0 };
        Self { sms: vec![carrier], email: None, push: None, switches: Arc::default() }
    }
}

impl Providers<'_> {
    /// What a relay leaves where it is.
    pub(super) fn closed(&self) -> Vec<Closed> {
        let names: Vec<&str> = self.sms.iter().map(|carrier| carrier.name).collect();
        let mut closed = self.switches.closed(&names);
        let all_shut = self.sms.iter().all(|carrier| matches!(carrier.passage, Passage::Shut(_)));
        if all_shut && !self.sms.is_empty() {
            closed.push(Closed::Channel(ChannelKind::Sms));
        }
        closed
    }
}

/// How a message goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// By this provider.
    By {
        /// Its name.
        provider: String,
        /// It was left alone until now; this message shows whether it works again.
        probe: bool,
        /// Another could carry it, too, should this one not take it.
        elsewhere: bool,
    },
    /// Not before this moment.
    Later(DateTime<Utc>),
}

/// The buckets of the providers of text messages, locked.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    kept: Vec<PaceRow>,
    used: BTreeSet<(String, String)>,
}

impl Buckets {
    /// Those of these providers, where so many text messages want to leave; made where there is none yet.
    pub(super) async fn lock(
        tx: &Tx,
        providers: &Providers<'_>,
        texts: usize,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let limited = || providers.sms.iter().filter_map(|one| Some((one, one.per_second?)));
        if texts == 0 || limited().next().is_none() {
            return Ok(Self::default());
        }
        let mut kept = rows::lock_paces(tx).await?;
        let mut added = false;
        for (carrier, per_second) in limited() {
            if bucket_of(&kept, carrier).is_none() {
                rows::add_pace(tx, carrier.name, carrier.sender, &Pace::new(per_second, now)).await?;
                added = true;
            }
        }
        if added {
            kept = rows::lock_paces(tx).await?;
        }
        Ok(Self { kept, used: BTreeSet::new() })
    }

    /// Decides who carries a message and takes its segments out of the provider's bucket. Whoever is probed by it has no other.
    pub(super) fn route(
        &mut self,
        app: &App,
        message: &Message,
        outgoing: &Dispatch,
        (attempts, providers): (&[Attempt], &mut Providers<'_>),
        now: DateTime<Utc>,
    ) -> Route {
        match outgoing {
            Dispatch::Sms(sms) => {
                let segments = sms_encoding::measure(&sms.body).segments;
                let route = self.by_sms(app, (message, segments), attempts, providers, now);
                if let Route::By { provider, probe: true, .. } = &route {
                    for carrier in providers.sms.iter_mut().filter(|carrier| carrier.name == provider) {
                        carrier.passage = Passage::Shut(now + STOPPED);
                    }
                }
                route
            }
            Dispatch::Email(_) => only_by(providers.email, now),
            Dispatch::Push(_) => only_by(providers.push, now),
        }
    }

    fn by_sms(
        &mut self,
        app: &App,
        (message, segments): (&Message, u32),
        attempts: &[Attempt],
        providers: &Providers<'_>,
        now: DateTime<Utc>,
    ) -> Route {
        let tried: Vec<Tried<'_>> = attempts.iter().map(tried).collect();
        let mut lines = Vec::new();
        let mut paces = Vec::new();
        for (at, carrier) in providers.sms.iter().enumerate() {
            if providers.switches.stop_provider(message.town, carrier.name) {
                continue;
            }
            let (line, pace) = stands(carrier, bucket_of(&self.kept, carrier), message, segments, now);
            let weight = providers.switches.weight(message.town, carrier.name, at == 0);
            lines.push(Line { weight: weight.saturating_sub(carrier.lost_points), ..line });
            paces.push(pace.map(|pace| (carrier.name, carrier.sender, pace)));
        }
        if lines.is_empty() && !providers.sms.is_empty() {
            return Route::Later(now + STOPPED);
        }
        let urgent = matches!(message.lane, Lane::Codes | Lane::Calls);
        let wanted = Wanted { tried: &tried, preferred: message.provider.as_deref(), urgent };
        let draw = if lines.len() > 1 { u32::from_le_bytes(app.rng.bytes()) } else { 0 };
        let at = match choose(&lines, wanted, draw, now) {
            Choice::Send(at) => at,
            Choice::Wait(at) => return Route::Later(at),
            // Who may have it is stopped, or not one of this worker's.
            Choice::Nobody if lines.len() < providers.sms.len() => return Route::Later(now + STOPPED),
            Choice::Nobody => return Route::Later(now + NOT_HERE),
        };
        let line = lines[at];
        if let Some((provider, sender, pace)) = paces.swap_remove(at) {
            self.take(provider, sender, pace);
        }
        let could =
            |other: &Line<'_>| other.provider != line.provider && !matches!(other.passage, Passage::Shut(_));
        let bound = tried.iter().any(|tried| tried.ending == Ending::MaybeTaken);
        Route::By {
            provider: line.provider.to_owned(),
            probe: line.passage == Passage::Probe,
            elsewhere: !bound && lines.iter().any(could),
        }
    }

    fn take(&mut self, provider: &str, sender: &str, less: Pace) {
        for row in self.kept.iter_mut().filter(|row| row.provider == provider && row.sender == sender) {
            row.pace = less;
        }
        self.used.insert((provider.to_owned(), sender.to_owned()));
    }

    /// Writes what was taken out.
    pub(super) async fn save(self, tx: &Tx) -> Result<(), StoreError> {
        let Self { kept, used } = self;
        for row in kept {
            if used.contains(&(row.provider.clone(), row.sender.clone())) {
                rows::save_pace(tx, &row.provider, &row.sender, &row.pace).await?;
            }
        }
        Ok(())
    }
}

fn only_by(provider: Option<&str>, now: DateTime<Utc>) -> Route {
    match provider {
        Some(name) => Route::By { provider: name.to_owned(), probe: false, elsewhere: false },
        None => Route::Later(now + NOT_HERE),
    }
}

fn bucket_of<'r>(buckets: &'r [PaceRow], carrier: &Carrier<'_>) -> Option<&'r PaceRow> {
    buckets.iter().find(|row| row.provider == carrier.name && row.sender == carrier.sender)
}

/// A carrier as it stands for this message, and its bucket once the message is out of it.
fn stands<'a>(
    carrier: &Carrier<'a>,
    bucket: Option<&PaceRow>,
    message: &Message,
    segments: u32,
    now: DateTime<Utc>,
) -> (Line<'a>, Option<Pace>) {
    let mut line = Line { provider: carrier.name, weight: 0, passage: carrier.passage, ready_at: now };
    let (Some(row), Some(per_second)) = (bucket, carrier.per_second) else { return (line, None) };
    let pace = row.pace.limited_to(per_second, now);
    if let Some(until) = pace.blocked(now) {
        line.passage = Passage::Shut(until);
        return (line, None);
    }
    match pace.take(segments, message.lane, now) {
        Ok(less) => (line, Some(less)),
        Err(ready_at) => {
            line.ready_at = ready_at;
            (line, None)
        }
    }
}

/// What an attempt says about who may try next. What was ever taken has a reference.
fn tried(attempt: &Attempt) -> Tried<'_> {
    let class = attempt.error_class.filter(|_| attempt.provider_ref.is_none());
    let ending = match (attempt.outcome.as_str(), class) {
        ("not_sent", Some(ErrorClass::NotSent)) => Ending::NotSent,
        ("throttled", Some(ErrorClass::Throttled)) => Ending::Throttled,
        ("config", Some(ErrorClass::Configuration)) => Ending::Misconfigured,
        ("refused", Some(_)) => Ending::Refused,
        // Begun, taken, in doubt, never found out.
        (_, _) => Ending::MaybeTaken,
    };
    Tried { provider: &attempt.provider, ending }
}

/// The provider asked us to slow down: everybody who asks it does. `false` where no bucket is kept for it.
pub(super) async fn slow_down(
    tx: &Tx,
    message: &Message,
    after: Option<Duration>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(provider) = &message.provider else { return Ok(false) };
    let mut slower = false;
    for row in rows::lock_paces(tx).await? {
        if row.provider == *provider {
            rows::save_pace(tx, provider, &row.sender, &row.pace.throttled(after, now)).await?;
            slower = true;
        }
    }
    Ok(slower)
}

/// How many text messages may be handed out now.
pub(super) struct Allowance {
    /// What is in the buckets that are open; `None` where one has no limit.
    paces: Option<Vec<Pace>>,
    now: DateTime<Utc>,
}

impl Allowance {
    /// What the buckets hold, less what is on its way to them.
    pub(super) async fn read(app: &App, providers: &Providers<'_>) -> Result<Self, StoreError> {
        let now = app.clock.now();
        let limited = providers.sms.iter().any(|carrier| carrier.per_second.is_some());
        let kept = if limited { rows::paces(&app.db).await? } else { Vec::new() };
        let pace_of = |carrier: &Carrier<'_>| {
            let per_second = carrier.per_second?;
            let kept = bucket_of(&kept, carrier).map(|row| row.pace.limited_to(per_second, now));
            Some(kept.unwrap_or_else(|| Pace::new(per_second, now)))
        };
        let open: Vec<(bool, Option<Pace>)> = providers
            .sms
            .iter()
            .enumerate()
            .filter(|(_, one)| !matches!(one.passage, Passage::Shut(_)))
            .map(|(at, one)| (providers.switches.has_share(one.name, at == 0), pace_of(one)))
            .filter(|(_, pace)| pace.is_none_or(|pace| pace.blocked(now).is_none()))
            .collect();
        // Who has no share steps in only when no other can.
        let shares = open.iter().any(|(has_share, _)| *has_share);
        let paces: Option<Vec<Pace>> =
            open.into_iter().filter(|(has_share, _)| *has_share || !shares).map(|(_, pace)| pace).collect();
        let Some(mut paces) = paces else { return Ok(Self { paces: None, now }) };
        let on_way = relay::outstanding_since(&app.db, ChannelKind::Sms, now - ON_ITS_WAY).await?;
        if let Some(first) = paces.first_mut() {
            *first = first.without(on_way, now);
        }
        Ok(Self { paces: Some(paces), now })
    }

    /// Whether nothing limits us.
    pub(super) fn is_unlimited(&self) -> bool {
        self.paces.is_none()
    }

    /// Whether one more of a lane may go; it is taken out then.
    pub(super) fn admit(&mut self, lane: Lane) -> bool {
        let Some(paces) = &mut self.paces else { return true };
        match lane {
            Lane::Mail | Lane::Push => return true,
            Lane::Codes | Lane::Calls | Lane::Dialogue | Lane::Sms => {}
        }
        for pace in paces {
            if let Ok(less) = pace.take(1, lane, self.now) {
                *pace = less;
                return true;
            }
        }
        false
    }

    /// How many of a lane may go at most; they are taken out then.
    pub(super) fn admit_up_to(&mut self, lane: Lane, most: u64) -> u64 {
        let mut count = 0;
        while count < most && self.admit(lane) {
            count += 1;
        }
        count
    }
}

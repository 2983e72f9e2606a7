//! What operators can stop and let go on in their town: a channel, a provider, a kind of message, everything that is paid for.
//! What is stopped stays queued, and still expires. Who did it, when and why goes into the event log.

use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::TownId;
use domain::messaging::sending::Scope;
use domain::messaging::{ChannelKind, Kind};
use domain::reason::Reason;
use domain::town::Town;
use store::messaging::relay::Closed;
use store::messaging::{providers, switches as rows};
use store::{Connection, StoreError, Tx};

pub use store::messaging::switches::Pause;

use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// A provider's share where nobody has set one: the first of the settings has all, the others step in.
pub const WEIGHT_OF_THE_FIRST: u32 = 100;

/// Why operators cannot change how messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwitchRefused {
    /// There is nothing of that name to pause.
    #[error("there is nothing of that name")]
    Unknown,
    /// It is paused already.
    #[error("it is paused already")]
    AlreadyPaused,
    /// It is not paused.
    #[error("it is not paused")]
    NotPaused,
    /// No provider of that name works here.
    #[error("no provider of that name works here")]
    ProviderUnknown,
    /// Shares lie between 0 and 100, and somebody must have one.
    #[error("shares lie between 0 and 100, and not all are 0")]
    WeightsImpossible,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// What is set about sending, in all towns, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    pauses: Vec<(TownId, Scope)>,
    weights: Vec<rows::Weight>,
}

impl Switches {
    /// As it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(app: &App) -> Result<Self, StoreError> {
        Ok(Self { pauses: paused(&app.db).await?, weights: rows::weights(&app.db).await? })
    }

    /// The same shares, with what is paused at this very moment: in the transaction that spends money.
    pub(super) async fn looked_at_again(&self, tx: &Tx) -> Result<Self, StoreError> {
        Ok(Self { pauses: paused(tx).await?, weights: self.weights.clone() })
    }

    /// Whether a town's messages of this kind stay where they are on this channel, whoever would carry them.
    #[must_use]
    pub fn stop(&self, town: TownId, channel: ChannelKind, kind: Kind) -> bool {
        self.of(town).any(|scope| scope.stops(channel, kind))
    }

    /// Whether a town sends nothing by this provider.
    #[must_use]
    pub fn stop_provider(&self, town: TownId, provider: &str) -> bool {
        self.of(town).any(|scope| matches!(scope, Scope::Provider(name) if name == provider))
    }

    /// A provider's share in a town.
    #[must_use]
    pub fn weight(&self, town: TownId, provider: &str, is_first: bool) -> u32 {
        let set = self.weights.iter().find(|weight| weight.town == town && weight.provider == provider);
        let unset = if is_first { WEIGHT_OF_THE_FIRST } else { 0 };
        set.map_or(unset, |weight| weight.weight)
    }

    /// Whether a provider has a share anywhere.
    pub(super) fn has_share(&self, provider: &str, is_first: bool) -> bool {
        let mut set = self.weights.iter().filter(|weight| weight.provider == provider).peekable();
        if set.peek().is_none() { is_first } else { set.any(|weight| weight.weight > 0) }
    }

    /// How many pauses of each scope there are, by its word, for the figures.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 4] {
        ["paid_sms", "channel", "provider", "kind"]
            .map(|word| (word, self.pauses.iter().filter(|(_, scope)| scope.words().0 == word).count()))
    }

    /// What a relay leaves where it is.
    pub(super) fn closed(&self, providers: &[&str]) -> Vec<Closed> {
        let mut closed = Vec::new();
        for (town, scope) in &self.pauses {
            match scope {
                Scope::PaidSms => closed.push(Closed::ChannelOf(*town, ChannelKind::Sms)),
                Scope::Channel(channel) => closed.push(Closed::ChannelOf(*town, *channel)),
                Scope::Kind(kind) => closed.push(Closed::KindOf(*town, *kind)),
                // The others go on, if there are any.
                Scope::Provider(_) if providers.iter().all(|one| self.stop_provider(*town, one)) => {
                    closed.push(Closed::ChannelOf(*town, ChannelKind::Sms));
                }
                Scope::Provider(_) => {}
            }
        }
        closed
    }

    fn of(&self, town: TownId) -> impl Iterator<Item = &Scope> {
        self.pauses.iter().filter(move |(of, _)| *of == town).map(|(_, scope)| scope)
    }
}

async fn paused(connection: &impl Connection) -> Result<Vec<(TownId, Scope)>, StoreError> {
    let pauses = rows::pauses(connection).await?;
    Ok(pauses.into_iter().map(|pause| (pause.town, pause.scope)).collect())
}

/// What is paused in a town, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn pauses(app: &App, town: &Town) -> Result<Vec<Pause>, StoreError> {
    let mut pauses = rows::pauses(&app.db).await?;
    pauses.retain(|pause| pause.town == town.id);
    Ok(pauses)
}

/// Stops something, because somebody says why.
///
/// # Errors
/// When it is stopped already or is not there, or the database fails.
pub async fn pause(
    app: &App,
    town: &Town,
    by: &StaffMember,
    scope: Scope,
    reason: &str,
) -> Outcome<(), SwitchRefused> {
    let reason = Reason::typed(reason).ok_or(Error::Refused(SwitchRefused::ReasonMissing))?;
    if let Scope::Provider(name) = &scope {
        let known = providers::states(&app.db).await?;
        if !known.iter().any(|state| state.provider == *name) {
            return Err(Error::Refused(SwitchRefused::ProviderUnknown));
        }
    }
    let pause = Pause {
        town: town.id,
        scope,
        since: app.clock.now(),
        by: by.id,
        by_name: None,
        reason: reason.to_string(),
    };
    let tx = app.db.write().await?;
    if !rows::pause(&tx, &pause).await? {
        return Err(Error::Refused(SwitchRefused::AlreadyPaused));
    }
    let moved = Change::moves("running", "paused").because(told(&pause.scope, &reason));
    app.log(&tx, town.id, Subject::Sending(town.id), moved, Actor::from(by)).await?;
    tx.commit().await?;
    super::watched(app, town.id);
    Ok(())
}

/// Lets something go on, because somebody says why.
///
/// # Errors
/// When it was not stopped, or the database fails.
pub async fn resume(
    app: &App,
    town: &Town,
    by: &StaffMember,
    scope: Scope,
    reason: &str,
) -> Outcome<(), SwitchRefused> {
    let reason = Reason::typed(reason).ok_or(Error::Refused(SwitchRefused::ReasonMissing))?;
    let tx = app.db.write().await?;
    if !rows::resume(&tx, town.id, &scope).await? {
        return Err(Error::Refused(SwitchRefused::NotPaused));
    }
    let moved = Change::moves("paused", "running").because(told(&scope, &reason));
    app.log(&tx, town.id, Subject::Sending(town.id), moved, Actor::from(by)).await?;
    tx.commit().await?;
    super::watched(app, town.id);
    super::wake(app, town.id);
    Ok(())
}

/// As the event log keeps it: what, then why.
fn told(scope: &Scope, reason: &str) -> String {
    let (word, name) = scope.words();
    let what = if name.is_empty() { word.to_owned() } else { format!("{word} {name}") };
    format!("{what}: {reason}")
}

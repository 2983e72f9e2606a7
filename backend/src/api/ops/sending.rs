//! How messages are sent, as operators set it: what is paused, which provider has what share, and how each provider does.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::messaging::sending::Scope;
use domain::messaging::{ChannelKind, Kind};
use domain::town::Town;
use operations::App;
use operations::messaging::providers::{self, Provider, State};
use operations::messaging::switches::{self, Pause, SwitchRefused};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::api::Tag;
use crate::auth::staff_session::{OpsOperate, OpsWatch};
use crate::problem::{ApiError, failed};

/// Pauses, providers and their shares, for operators.
pub struct SendingApi;

/// What is stopped or shall be.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PauseOrder {
    /// `paid_sms` (everything that costs money), `channel`, `provider` or `kind`.
    #[oai(validator(max_length = 20))]
    pub scope: String,
    /// Which channel, provider or kind; empty for `paid_sms`.
    #[oai(default, validator(max_length = 60))]
    pub name: String,
    /// Why, in a sentence; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

/// Something that is paused.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct MessagePause {
    /// `paid_sms`, `channel`, `provider` or `kind`.
    pub scope: String,
    /// Which channel, provider or kind; empty for `paid_sms`.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who paused it.
    pub by: Option<String>,
    /// Why.
    pub reason: String,
}

/// What is paused, and what could be.
#[derive(Clone, Debug, Object)]
pub struct MessagePauses {
    /// What is paused, the oldest first. Such messages stay queued, and still expire.
    pub pauses: Vec<MessagePause>,
    /// The channels there are.
    pub channels: Vec<String>,
    /// The kinds of messages there are.
    pub kinds: Vec<String>,
    /// The providers of text messages that work here, in the order of the settings.
    pub providers: Vec<String>,
}

/// How many calls ended how.
#[derive(Clone, Debug, Object)]
pub struct ProviderOutcome {
    /// `accepted`, `throttled`, `not_sent`, `refused`, `ambiguous`, `config`, `started` or `unknown`.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

/// A provider as one worker sees it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ProviderBreaker {
    /// The worker.
    pub worker: String,
    /// `closed` (messages pass), `failing` or `misconfigured` (only a probe passes every now and then).
    pub breaker: String,
    /// Since when it is left alone.
    pub open_since: Option<DateTime<Utc>>,
    /// When the next probe may go.
    pub probe_at: Option<DateTime<Utc>>,
    /// Points of its share lost to failures; ten come back every five minutes.
    pub lost_points: i32,
    /// Calls of the last minute; begins anew when the breaker opens.
    pub calls: i32,
    /// Those that could not reach it or left us in doubt.
    pub bad: i32,
}

/// How fast a provider is asked.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ProviderSpeed {
    /// Segments a second at most.
    pub limit: f64,
    /// Segments a second now: lower when the provider asks us to slow down, back within some minutes.
    pub rate: f64,
    /// It asked us to send nothing before this moment.
    pub blocked_until: Option<DateTime<Utc>>,
}

/// A provider of text messages.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct SmsProviderState {
    /// Its name.
    pub name: String,
    /// Its share of the town's messages, 0 to 100; with 0 it only steps in when no other can.
    pub weight: u32,
    /// Whether it is paused in this town.
    pub paused: bool,
    /// `working`, `failing`, `misconfigured`, or `unknown` when no worker lives: the worst that a worker sees.
    pub state: String,
    /// As each living worker sees it.
    pub workers: Vec<ProviderBreaker>,
    /// How fast it is asked; `null` where nothing limits it.
    pub speed: Option<ProviderSpeed>,
    /// How its calls of the last quarter of an hour ended, in the whole installation.
    pub outcomes: Vec<ProviderOutcome>,
}

/// All providers of text messages, in the order of the settings.
#[derive(Clone, Debug, Object)]
pub struct SmsProviders {
    /// The providers.
    pub providers: Vec<SmsProviderState>,
}

/// A provider's share.
#[derive(Clone, Debug, Object)]
pub struct ProviderWeight {
    /// The provider.
    #[oai(validator(max_length = 60))]
    pub provider: String,
    /// Its share, 0 to 100.
    pub weight: u32,
}

/// How a town's messages shall be divided.
#[derive(Clone, Debug, Object)]
pub struct ProviderWeights {
    /// The shares; a provider that is not named keeps its own.
    #[oai(validator(max_items = 20))]
    pub weights: Vec<ProviderWeight>,
    /// Why, in a sentence; it goes into the event log.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

#[OpenApi(tag = "Tag::Operators")]
impl SendingApi {
    /// What is paused in this town.
    #[oai(path = "/ops/pauses", method = "get", operation_id = "list_pauses")]
    async fn list_pauses(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
    ) -> Result<Json<MessagePauses>, ApiError> {
        paused(&app, &town).await
    }

    /// Stops a channel, a provider, a kind of message, or every text message that is paid for.
    #[oai(path = "/ops/pauses", method = "post", operation_id = "pause_messages")]
    async fn pause_messages(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        order: Json<PauseOrder>,
    ) -> Result<Json<MessagePauses>, ApiError> {
        switches::pause(&app, &town, &by.0, scope(&order)?, &order.reason).await?;
        paused(&app, &town).await
    }

    /// Lets go on what was stopped.
    #[oai(path = "/ops/pauses/end", method = "post", operation_id = "resume_messages")]
    async fn resume_messages(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        order: Json<PauseOrder>,
    ) -> Result<Json<MessagePauses>, ApiError> {
        switches::resume(&app, &town, &by.0, scope(&order)?, &order.reason).await?;
        paused(&app, &town).await
    }

    /// The providers of text messages: how each does, how fast it is asked, what share it has.
    #[oai(path = "/ops/providers", method = "get", operation_id = "list_providers")]
    async fn list_providers(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: OpsWatch,
    ) -> Result<Json<SmsProviders>, ApiError> {
        all(&app, &town).await
    }

    /// Divides the town's text messages among the providers.
    #[oai(path = "/ops/providers/weights", method = "put", operation_id = "set_provider_weights")]
    async fn set_provider_weights(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: OpsOperate,
        order: Json<ProviderWeights>,
    ) -> Result<Json<SmsProviders>, ApiError> {
        let weights: Vec<(String, u32)> =
            order.weights.iter().map(|one| (one.provider.clone(), one.weight)).collect();
        providers::set_weights(&app, &town, &by.0, &weights, &order.reason).await?;
        all(&app, &town).await
    }
}

fn scope(order: &PauseOrder) -> Result<Scope, operations::Error<SwitchRefused>> {
    Scope::parse(&order.scope, &order.name).ok_or(operations::Error::Refused(SwitchRefused::Unknown))
}

async fn paused(app: &App, town: &Town) -> Result<Json<MessagePauses>, ApiError> {
    let pauses = switches::pauses(app, town).await.map_err(|failure| failed(&failure))?;
    let providers = providers::list(app, town).await.map_err(|failure| failed(&failure))?;
    Ok(Json(MessagePauses {
        pauses: pauses.iter().map(MessagePause::from).collect(),
        channels: ChannelKind::ALL.map(|channel| channel.as_str().to_owned()).to_vec(),
        kinds: Kind::ALL.map(|kind| kind.as_str().to_owned()).to_vec(),
        providers: providers.into_iter().map(|provider| provider.name).collect(),
    }))
}

async fn all(app: &App, town: &Town) -> Result<Json<SmsProviders>, ApiError> {
    let providers = providers::list(app, town).await.map_err(|failure| failed(&failure))?;
    Ok(Json(SmsProviders { providers: providers.iter().map(SmsProviderState::from).collect() }))
}

impl From<&Pause> for MessagePause {
    fn from(pause: &Pause) -> Self {
        let (scope, name) = pause.scope.words();
        Self {
            scope: scope.to_owned(),
            name: name.to_owned(),
            since: pause.since,
            by: pause.by_name.clone(),
            reason: pause.reason.clone(),
        }
    }
}

impl From<&Provider> for SmsProviderState {
    fn from(provider: &Provider) -> Self {
        let sees = |word: &str| provider.workers.iter().any(|worker| worker.breaker == word);
        let state = match () {
            () if provider.workers.is_empty() => "unknown",
            () if sees("misconfigured") => "misconfigured",
            () if sees("failing") => "failing",
            () => "working",
        };
        let in_seconds = |milli: i64| milli as f64 / 1000.0;
        Self {
            name: provider.name.clone(),
            weight: provider.weight,
            paused: provider.paused,
            state: state.to_owned(),
            workers: provider.workers.iter().map(ProviderBreaker::from).collect(),
            speed: provider.speed.map(|speed| ProviderSpeed {
                limit: in_seconds(speed.limit),
                rate: in_seconds(speed.rate),
                blocked_until: speed.blocked_until,
            }),
            outcomes: provider
                .outcomes
                .iter()
                .map(|one| ProviderOutcome { outcome: one.outcome.clone(), count: one.count })
                .collect(),
        }
    }
}

impl From<&State> for ProviderBreaker {
    fn from(state: &State) -> Self {
        Self {
            worker: state.worker.clone(),
            breaker: state.breaker.clone(),
            open_since: state.open_since,
            probe_at: state.probe_at,
            lost_points: state.lost_points,
            calls: state.calls,
            bad: state.bad,
        }
    }
}

//! All settings of Lotse: defaults, then a TOML file, then `LOTSE_*` variables (`__` separates a section
//! from its key: `LOTSE_TWILIO__ACCOUNT_SID`). `backend/config.example.toml` documents every one of them,
//! and a test keeps it complete.

mod loading;
mod mail;
mod network;
mod push;
mod seven;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use loading::{ConfigError, ConfigErrors, Source};
pub use mail::{MailConfig, MailSecurity};
pub use network::Network;
pub use push::PushConfig;
pub use seven::SevenConfig;
pub use values::{CountryCode, DataKey, DatabaseUrl, MetricsListen, PublicUrl, RedisUrl, Secret};

/// Every setting of every process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Address and port the API and the front ends listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people type: links in messages, webhook signatures and cookies depend on it.
    pub public_url: PublicUrl,
    /// Where the truth lives: `sqlite://…` or `postgres://…`.
    pub database_url: DatabaseUrl,
    /// Queue hints and signals between processes; absent means everything runs in this one process.
    pub redis_url: Option<RedisUrl>,
    /// Key that encrypts contact data at rest: 32 bytes in base64.
    pub data_key: Option<DataKey>,
    pub log: LogConfig,
    pub metrics: MetricsConfig,
    pub database: DatabaseConfig,
    pub http: HttpConfig,
    pub session: SessionConfig,
    pub sign_in: SignInConfig,
    pub phone: PhoneConfig,
    pub sms: SmsConfig,
    pub twilio: TwilioConfig,
    pub seven: SevenConfig,
    pub mail: MailConfig,
    pub push: PushConfig,
    pub relay: RelayConfig,
    pub workers: WorkersConfig,
    pub spool: SpoolConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: PublicUrl::local(8080),
            database_url: DatabaseUrl::sqlite("data/lotse.db"),
            redis_url: None,
            data_key: None,
            log: LogConfig::default(),
            metrics: MetricsConfig::default(),
            database: DatabaseConfig::default(),
            http: HttpConfig::default(),
            session: SessionConfig::default(),
            sign_in: SignInConfig::default(),
            phone: PhoneConfig::default(),
            sms: SmsConfig::default(),
            twilio: TwilioConfig::default(),
            seven: SevenConfig::default(),
            mail: MailConfig::default(),
            push: PushConfig::default(),
            relay: RelayConfig::default(),
            workers: WorkersConfig::default(),
            spool: SpoolConfig::default(),
        }
    }
}

/// What is written to standard error, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogConfig {
    /// `pretty` for people, `json` for collectors.
    pub format: LogFormat,
    /// Level and per-module exceptions, as in `info,sqlx=warn`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Pretty,
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, filter: "info".to_owned() }
    }
}

/// Where `/metrics` is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsConfig {
    /// `main` (same port, callers on this machine only), `off`, or an own `address:port`.
    pub listen: MetricsListen,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self { listen: MetricsListen::Main }
    }
}

/// How this process talks to the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatabaseConfig {
    /// Connections this process may hold open at once.
    pub max_connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { max_connections: 8 }
    }
}

/// Limits of the HTTP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpConfig {
    /// Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Largest request body.
    pub body_limit_kib: u32,
    /// Requests one address may make in a minute, on average.
    pub requests_per_minute: u32,
    /// Requests one address may make at once before the average counts.
    pub request_burst: u32,
    /// Connections that may be open at once, live pages included; fewer where the process may not open enough files.
    pub max_connections: u32,
    /// How long running requests may take to finish when the process is told to stop.
    pub stop_seconds: u64,
    /// Serve the front ends from this folder instead of those built into the binary.
    pub web_dir: Option<PathBuf>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            body_limit_kib: 64,
            requests_per_minute: 600,
            request_burst: 200,
            max_connections: 16_384,
            stop_seconds: 10,
            web_dir: None,
        }
    }
}

/// How long staff stay signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionConfig {
    /// A session ends this long after signing in, whatever happens.
    pub lifetime_hours: u32,
    /// A session nobody uses ends after this long.
    pub idle_minutes: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { lifetime_hours: 12, idle_minutes: 60 }
    }
}

impl SessionConfig {
    /// The longest life of a session.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.lifetime_hours) * 3600)
    }

    /// The longest pause within a session.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }
}

/// The brake on guessing staff passwords.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignInConfig {
    /// Wrong passwords for one login within the window before it has to wait.
    pub failures: u32,
    /// Length of the window, and of the wait.
    pub window_minutes: u32,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self { failures: 5, window_minutes: 15 }
    }
}

/// Which telephone numbers may be texted: every foreign SMS costs money and invites fraud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhoneConfig {
    /// ISO 3166 codes of the countries whose mobile numbers are accepted; the first is the national one.
    pub countries: Vec<CountryCode>,
}

impl Default for PhoneConfig {
    fn default() -> Self {
        Self { countries: vec![CountryCode::germany()] }
    }
}

/// Who carries text messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmsConfig {
    /// The first one: it carries all, unless operators divide them otherwise.
    pub provider: SmsProvider,
    /// A second one, which steps in when the first cannot.
    pub second: Option<SmsProvider>,
}

impl SmsConfig {
    /// The providers in their order.
    pub fn providers(&self) -> impl Iterator<Item = SmsProvider> {
        std::iter::once(self.provider).chain(self.second)
    }
}

/// The SMS providers Lotse can speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsProvider {
    /// Nothing leaves the machine; messages are shown on the phone page.
    Simulator,
    Twilio,
    Seven,
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self { provider: SmsProvider::Simulator, second: None }
    }
}

/// The account at Twilio; needed when `sms.provider` or `sms.second` is `twilio`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwilioConfig {
    /// The account, `AC…`.
    pub account_sid: Option<String>,
    /// The account's secret; also proves that webhooks come from Twilio.
    pub auth_token: Option<Secret>,
    /// The coming auth token while it is being changed: webhooks signed with it are accepted, too.
    pub next_auth_token: Option<Secret>,
    /// An API key for sending, `SK…`; without it the account and its token are used.
    pub api_key_sid: Option<String>,
    /// Secret of that API key.
    pub api_key_secret: Option<Secret>,
    /// The number messages come from, as `+49…`: people answer to it.
    pub sender: Option<String>,
    /// A messaging service, `MG…`, instead of a single number.
    pub messaging_service_sid: Option<String>,
    /// Where the API is; tests point it at a fake.
    pub base_url: String,
    /// Segments a second it may be given, by all workers together; 0 is no limit.
    pub segments_per_second: u32,
    /// Time to connect.
    pub connect_timeout_seconds: u64,
    /// Time for the whole call; later the outcome counts as unknown.
    pub timeout_seconds: u64,
}

impl Default for TwilioConfig {
    fn default() -> Self {
        Self {
            account_sid: None,
            auth_token: None,
            next_auth_token: None,
            api_key_sid: None,
            api_key_secret: None,
            sender: None,
            messaging_service_sid: None,
            base_url: "https://api.twilio.com".to_owned(),
            segments_per_second: 10,
            connect_timeout_seconds: 3,
            timeout_seconds: 10,
        }
    }
}

/// How due messages travel from the database to the workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelayConfig {
    /// Pause between two looks when there was something to do.
    pub busy_poll_ms: u64,
    /// Longest pause between two looks when there is nothing to do.
    pub idle_poll_ms: u64,
    /// Messages handed over at once.
    pub batch: u32,
    /// Hints that may lie in the queue at once; above some 8,000 the queue's Redis scripts break.
    pub outstanding: u32,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self { busy_poll_ms: 200, idle_poll_ms: 2000, batch: 500, outstanding: 5000 }
    }
}

/// How the workers deliver messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkersConfig {
    /// Messages of one queue being delivered at the same time.
    pub concurrency: u32,
    /// How long a worker may hold a message before others ask what became of it.
    pub claim_seconds: u32,
    /// A hint nobody picked up for this long is given out again.
    pub lost_hint_seconds: u32,
    /// How long running deliveries may take to finish when the process is told to stop.
    pub stop_seconds: u64,
}

impl Default for WorkersConfig {
    fn default() -> Self {
        Self { concurrency: 128, claim_seconds: 60, lost_hint_seconds: 120, stop_seconds: 15 }
    }
}

/// Where what providers tell us is kept while the database is away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpoolConfig {
    /// A folder that survives a restart and that every process of this machine may write to.
    pub folder: PathBuf,
    /// The most one process keeps in it.
    pub limit_mib: u32,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self { folder: PathBuf::from("data/spool"), limit_mib: 256 }
    }
}

impl SpoolConfig {
    /// The most one process keeps, in bytes.
    pub fn limit(&self) -> u64 {
        u64::from(self.limit_mib) * 1024 * 1024
    }
}
